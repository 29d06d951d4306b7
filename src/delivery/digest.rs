//! When messages are gathered, and told as one: digests, and what waited for the end of quiet hours.

use super::quiet::quiet_until;
use crate::model::Timestamp;
use crate::model::delivery::AT_ONCE;
use crate::model::quiet::QuietHours;
use crate::schedule::Schedule;

/// When a digest is told.
#[derive(Clone, Debug, PartialEq)]
pub struct Digest {
    /// So long after the first message that waits, or at the times of a cron line.
    window: Schedule,
    /// As many messages close it early.
    most: usize,
}

impl Digest {
    /// One that is told when `window` fires after the birth of the first message in it, or as soon as `most` wait.
    #[must_use]
    pub fn new(window: Schedule, most: usize) -> Self {
        Self { window, most: most.max(1) }
    }

    /// How many messages close it early.
    #[must_use]
    pub fn most(&self) -> usize {
        self.most
    }

    /// When one is told whose first message was born at `oldest`: by that alone, so it stays the same over restarts.
    #[must_use]
    pub fn closes(&self, oldest: Timestamp) -> Timestamp {
        self.window.next_after(oldest).unwrap_or(Timestamp::LAST)
    }

    /// What `check` calls it: `every hour, or as soon as 50 wait`.
    #[must_use]
    pub fn describe(&self) -> String {
        format!("{}, or as soon as {} wait", self.window.describe(), self.most)
    }
}

/// How the messages of a target follow one another.
#[derive(Clone, Debug, PartialEq)]
pub struct Manner {
    /// Messages about articles are gathered, and told as one.
    pub digest: Option<Digest>,
    /// Each waits for all that were owed before it.
    pub order: bool,
    /// How many tries are under way at once, where the pace is not bound; at least 1.
    pub concurrency: usize,
    /// Of how many tries it may be unknown at once, after a kill, whether the receiver took them; at least as many as may be
    /// under way.
    pub doubt: usize,
}

impl Default for Manner {
    fn default() -> Self {
        let most = AT_ONCE as usize;
        Self { digest: None, order: false, concurrency: most, doubt: most }
    }
}

/// What to do with the messages about articles that wait for a target, and that nothing became of yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gather {
    /// Nothing before then.
    Wait(Timestamp),
    /// Make one of them and send that, even of one alone.
    Close,
    /// They are not gathered: a burst has the word.
    Singly,
}

/// Plans for messages that were born at these times, the first of them at `oldest`, where a target is sent nothing in
/// `quiet` hours.
///
/// A digest is told when it closes, or when the quiet hours end in which that would be. Without one, several messages of
/// which any was born in quiet hours become one when these are over. One that waited alone is sent as it is.
#[must_use]
pub fn gather(
    digest: Option<&Digest>,
    quiet: &[QuietHours],
    births: &[Timestamp],
    oldest: Timestamp,
    now: Timestamp,
) -> Gather {
    if let Some(end) = quiet_until(quiet, now) {
        return Gather::Wait(end);
    }
    match digest {
        Some(digest) => {
            let closes = digest.closes(oldest);
            if births.len() >= digest.most || closes <= now { Gather::Close } else { Gather::Wait(closes) }
        }
        None if births.len() > 1 && births.iter().any(|born| quiet_until(quiet, *born).is_some()) => {
            Gather::Close
        }
        None => Gather::Singly,
    }
}

/// When a message is sent that is due at `due`: after the digest that gathers it, whose first message was born at
/// `oldest`, and not in quiet hours.
#[must_use]
pub fn sent_at(
    digest: Option<(&Digest, Timestamp)>,
    quiet: &[QuietHours],
    due: Timestamp,
    now: Timestamp,
) -> Timestamp {
    let due = digest.map_or(due, |(digest, oldest)| digest.closes(oldest).max(due));
    quiet_until(quiet, due.max(now)).unwrap_or(due)
}

#[cfg(test)]
#[path = "tests/digest.rs"]
mod tests;
