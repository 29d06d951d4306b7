//! Keeping the pace of a target.

use std::time::Duration;

use super::Lane;
use crate::daemon::drain::tempo::Tempo;
use crate::model::{Delivery, Timestamp};
use crate::store::{Store, StoreError, Wanted};

/// How many messages are looked at for what was sent before this process began.
const PACED: usize = 1_000;

impl<S: Store> Lane<S> {
    /// How long until the pace lets another try begin.
    pub(super) fn wait(&self) -> Duration {
        self.tempo.as_ref().map_or(Duration::ZERO, Tempo::wait)
    }

    /// Begins to keep the pace of its target, if nobody did before: also of what an earlier process sent.
    pub(super) async fn keep_pace(&mut self, now: Timestamp) -> Result<(), StoreError> {
        if let Some(tempo) = &mut self.tempo {
            tempo.rule(&self.line.pace);
            return Ok(());
        }
        let mut tempo = Tempo::new(&self.line.pace);
        if tempo.is_bound() {
            let lately = i64::try_from(tempo.memory().as_secs()).unwrap_or(0) + 1;
            let target = Some(self.target.clone());
            let wanted = Wanted { target, states: Vec::new(), since: Some(now.plus(-lately)) };
            let found = self.store.deliveries(&wanted, PACED).await?;
            let tried =
                found.iter().filter(|delivery| delivery.tries > 0 || delivery.changed != delivery.born);
            // Both are whole seconds, so that a second less may have passed.
            let ago = |delivery: &Delivery| (now.since(delivery.changed) - 1).clamp(0, lately);
            let mut ago: Vec<i64> = tried.map(ago).collect();
            // What was sent when it ended, and is not remembered.
            ago.extend(found.iter().any(|delivery| delivery.born < self.begun).then_some(0));
            ago.sort_unstable_by(|a, b| b.cmp(a));
            for seconds in ago {
                tempo.note(Duration::from_secs(u64::try_from(seconds).unwrap_or(0)));
            }
        }
        self.tempo = Some(tempo);
        Ok(())
    }

    /// How many tries may be under way at once: one after the other where the pace is bound, so that the last one has
    /// ended when the next one begins.
    pub(super) fn at_once(&self) -> usize {
        let is_bound = self.tempo.as_ref().is_some_and(Tempo::is_bound);
        if is_bound || self.line.manner.order { 1 } else { self.line.manner.concurrency }
    }

    /// Of how many tries it may be unknown at once, after a kill, whether the receiver took them.
    pub(super) fn in_doubt_most(&self) -> usize {
        self.at_once().max(if self.at_once() == 1 { 1 } else { self.line.manner.doubt })
    }

    /// Whether the pace lets another try begin.
    pub(super) fn may_begin(&self) -> bool {
        self.wait().is_zero()
    }
}
