//! When a burst of writes is over. Pure: `now` is an argument.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::model::ListingId;

/// So long without a write means that the writer is done.
pub(super) const QUIET: Duration = Duration::from_millis(500);

/// So long after the writer said that it is done: whatever a rename comes with belongs to it.
const DONE: Duration = Duration::from_millis(20);

/// A page that is written to all the time is read after so long all the same.
const LONGEST: Duration = Duration::from_secs(5);

/// What happened to a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Touch {
    /// It was made or written to, and its writer has more to say.
    Written,
    /// It was closed after writing, or put into its place by a rename: it is whole.
    Done,
    /// Something else: it is gone, or others may read it, or it is one of several, and the others are still to come.
    Other,
}

/// Listings that were touched.
#[derive(Debug, Default)]
pub(super) struct Settling {
    touched: BTreeMap<ListingId, Burst>,
    /// When a listing settled last, for so long as that matters.
    before: BTreeMap<ListingId, Instant>,
}

/// What happened to a listing since it settled.
#[derive(Debug)]
struct Burst {
    first: Instant,
    last: Instant,
    /// When its page was whole; `None` once more is written to it.
    done: Option<Instant>,
    /// Whether only silence tells that the writer is done, because it wrote just before.
    is_slow: bool,
}

impl Burst {
    fn settles(&self) -> Instant {
        let quiet = self.last + QUIET;
        let settles = match self.done {
            Some(done) if !self.is_slow => quiet.min(done + DONE),
            _ => quiet,
        };
        settles.min(self.first + LONGEST)
    }
}

impl Settling {
    /// Something happened to a page of a listing.
    pub(super) fn touch(&mut self, listing: &ListingId, touch: Touch, now: Instant) {
        // Who closes a page after every line is read when it falls silent, and not each time.
        let is_slow = self.before.get(listing).is_some_and(|settled| now < *settled + QUIET);
        let begun = Burst { first: now, last: now, done: None, is_slow };
        let burst = self.touched.entry(listing.clone()).or_insert(begun);
        burst.last = now;
        match touch {
            Touch::Written => burst.done = None,
            Touch::Done => burst.done = Some(now),
            Touch::Other => {}
        }
    }

    /// When the first of them settles; `None` when none was touched.
    pub(super) fn due(&self) -> Option<Instant> {
        self.touched.values().map(Burst::settles).min()
    }

    /// Takes those that have settled.
    pub(super) fn settled(&mut self, now: Instant) -> Vec<ListingId> {
        let settled: Vec<ListingId> = self
            .touched
            .iter()
            .filter(|(_, burst)| burst.settles() <= now)
            .map(|(id, _)| id.clone())
            .collect();
        if !settled.is_empty() {
            self.before.retain(|_, before| now < *before + QUIET);
        }
        for id in &settled {
            self.touched.remove(id);
            self.before.insert(id.clone(), now);
        }
        settled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id() -> ListingId {
        ListingId::parse("a").unwrap()
    }

    /// When what happens to a page at these milliseconds settles.
    fn settled_at(happens: &[(u64, Touch)]) -> Vec<u64> {
        let begun = Instant::now();
        let mut settling = Settling::default();
        let mut found = Vec::new();
        for now in 0..20_000 {
            let at = begun + Duration::from_millis(now);
            for (_, touch) in happens.iter().filter(|(when, _)| *when == now) {
                settling.touch(&id(), *touch, at);
            }
            found.extend(settling.settled(at).iter().map(|_| now));
        }
        assert_eq!(settling.due(), None);
        found
    }

    /// When writes at these milliseconds settle, of a writer that never says that it is done.
    fn writes_settled_at(writes: &[u64]) -> Vec<u64> {
        settled_at(&writes.iter().map(|at| (*at, Touch::Written)).collect::<Vec<_>>())
    }

    #[test]
    fn burst_of_writes_settles_once_half_a_second_after_the_last() {
        assert_eq!(writes_settled_at(&[0]), [500]);
        assert_eq!(writes_settled_at(&[0, 10, 400, 800]), [1_300]);
        assert_eq!(writes_settled_at(&[0, 600]), [500, 1_100]);
    }

    #[test]
    fn page_that_is_written_to_all_the_time_settles_every_five_seconds() {
        let writes: Vec<u64> = (0..10_000).step_by(100).collect();
        // What is written when it settles belongs to it; the next burst begins with the write after that.
        assert_eq!(writes_settled_at(&writes), [5_000, 10_100]);
    }

    #[test]
    fn page_that_is_whole_settles_at_once_unless_more_is_written() {
        use Touch::{Done, Other, Written};
        assert_eq!(settled_at(&[(0, Done)]), [20]);
        assert_eq!(settled_at(&[(0, Written), (5, Written), (300, Done)]), [320]);
        assert_eq!(settled_at(&[(0, Done), (10, Written), (200, Done)]), [220]);
        assert_eq!(settled_at(&[(0, Done), (10, Written)]), [510]);
        assert_eq!(settled_at(&[(0, Done), (10, Other)]), [20]);
        assert_eq!(settled_at(&[(0, Other)]), [500]);
    }

    #[test]
    fn page_that_is_closed_over_and_over_settles_at_once_and_then_when_it_is_silent() {
        let closes: Vec<_> = (0..2_000).step_by(100).map(|at| (at, Touch::Done)).collect();
        assert_eq!(settled_at(&closes), [20, 2_400]);
        assert_eq!(settled_at(&[(0, Touch::Done), (100, Touch::Done)]), [20, 600]);
        assert_eq!(settled_at(&[(0, Touch::Done), (600, Touch::Done)]), [20, 620]);
    }
}
