//! When a burst of writes is over. Pure: `now` is an argument.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::Instant;

use crate::model::ListingId;

/// So long without a write means that the writer is done.
pub(super) const QUIET: Duration = Duration::from_millis(500);

/// So long after the writer said that it is done: its other pages, and whatever a rename comes with, belong to it.
const DONE: Duration = Duration::from_millis(20);

/// A page that is written to all the time is read after so long all the same.
const LONGEST: Duration = Duration::from_secs(5);

/// So many pages of a listing are known to be open; where there are more, only silence tells.
const MOST_OPEN: usize = 64;

/// What happened to a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Touch {
    /// It was made or written to, and its writer has more to say.
    Written,
    /// It was closed after writing, or put into its place by a rename: it is whole.
    Done,
    /// Something else: it is gone, or others may read it.
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
    /// When a page was last whole.
    done: Option<Instant>,
    /// Pages that were written to, and are not whole yet.
    open: BTreeSet<PathBuf>,
    /// Whether only silence tells that the writer is done: it wrote just before, or opens very many pages.
    is_slow: bool,
}

impl Burst {
    fn settles(&self) -> Instant {
        let quiet = self.last + QUIET;
        let settles = match self.done {
            Some(done) if self.open.is_empty() && !self.is_slow => quiet.min(done + DONE),
            _ => quiet,
        };
        settles.min(self.first + LONGEST)
    }
}

impl Settling {
    /// Something happened to a listing, nobody knows what.
    pub(super) fn touch(&mut self, listing: &ListingId, now: Instant) {
        self.burst(listing, now);
    }

    /// Something happened to this page of a listing.
    pub(super) fn touch_page(&mut self, listing: &ListingId, page: &Path, touch: Touch, now: Instant) {
        let burst = self.burst(listing, now);
        match touch {
            Touch::Written if burst.open.len() < MOST_OPEN => drop(burst.open.insert(page.to_owned())),
            Touch::Written => burst.is_slow = true,
            Touch::Done => {
                burst.open.remove(page);
                burst.done = Some(now);
            }
            Touch::Other => {}
        }
    }

    fn burst(&mut self, listing: &ListingId, now: Instant) -> &mut Burst {
        // Who closes a page after every line is read when it falls silent, and not each time.
        let is_slow = self.before.get(listing).is_some_and(|settled| now < *settled + QUIET);
        let begun = || Burst { first: now, last: now, done: None, open: BTreeSet::new(), is_slow };
        let burst = self.touched.entry(listing.clone()).or_insert_with(begun);
        burst.last = now;
        burst
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

    /// When what happens to pages at these milliseconds settles.
    fn settled_at(happens: &[(u64, &str, Touch)]) -> Vec<u64> {
        let begun = Instant::now();
        let mut settling = Settling::default();
        let mut found = Vec::new();
        for now in 0..20_000 {
            let at = begun + Duration::from_millis(now);
            for (_, page, touch) in happens.iter().filter(|(when, ..)| *when == now) {
                settling.touch_page(&id(), Path::new(page), *touch, at);
            }
            found.extend(settling.settled(at).iter().map(|_| now));
        }
        assert_eq!(settling.due(), None);
        found
    }

    /// When writes at these milliseconds settle, of a writer that never says that it is done.
    fn writes_settled_at(writes: &[u64]) -> Vec<u64> {
        settled_at(&writes.iter().map(|at| (*at, "page", Touch::Written)).collect::<Vec<_>>())
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
    fn page_that_is_whole_settles_at_once_and_waits_for_others_that_are_not() {
        use Touch::{Done, Other, Written};
        assert_eq!(settled_at(&[(0, "page", Done)]), [20]);
        assert_eq!(settled_at(&[(0, "page", Written), (5, "page", Written), (300, "page", Done)]), [320]);
        assert_eq!(settled_at(&[(0, "1", Done), (10, "2", Written), (200, "2", Done)]), [220]);
        assert_eq!(settled_at(&[(0, "1", Done), (10, "2", Written)]), [510]);
        assert_eq!(settled_at(&[(0, "page", Done), (10, "page", Other)]), [20]);
        assert_eq!(settled_at(&[(0, "page", Other)]), [500]);
    }

    #[test]
    fn page_that_is_closed_over_and_over_settles_at_once_and_then_when_it_is_silent() {
        let closes: Vec<_> = (0..2_000).step_by(100).map(|at| (at, "page", Touch::Done)).collect();
        assert_eq!(settled_at(&closes), [20, 2_400]);
        assert_eq!(settled_at(&[(0, "page", Touch::Done), (100, "page", Touch::Done)]), [20, 600]);
        assert_eq!(settled_at(&[(0, "page", Touch::Done), (600, "page", Touch::Done)]), [20, 620]);
    }

    #[test]
    fn listing_with_very_many_open_pages_settles_when_it_is_silent() {
        let pages: Vec<String> = (0..100).map(|n| n.to_string()).collect();
        let written = pages.iter().map(|page| (0, page.as_str(), Touch::Written));
        let done = pages.iter().map(|page| (10, page.as_str(), Touch::Done));
        assert_eq!(settled_at(&written.chain(done).collect::<Vec<_>>()), [510]);
    }
}
