//! When a burst of writes is over. Pure: `now` is an argument.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::model::ListingId;

/// So long without a write means that the writer is done.
pub(super) const QUIET: Duration = Duration::from_millis(500);

/// A page that is written to all the time is read after so long all the same.
const LONGEST: Duration = Duration::from_secs(5);

/// Listings that were touched: since when, and when last.
#[derive(Debug, Default)]
pub(super) struct Settling {
    touched: BTreeMap<ListingId, (Instant, Instant)>,
}

impl Settling {
    /// A page of this listing was written to.
    pub(super) fn touch(&mut self, listing: &ListingId, now: Instant) {
        self.touched.entry(listing.clone()).and_modify(|(_, last)| *last = now).or_insert((now, now));
    }

    /// When the first of them settles; `None` when none was touched.
    pub(super) fn due(&self) -> Option<Instant> {
        self.touched.values().map(|(first, last)| (*last + QUIET).min(*first + LONGEST)).min()
    }

    /// Takes those that have settled.
    pub(super) fn settled(&mut self, now: Instant) -> Vec<ListingId> {
        let is_settled = |(first, last): &(Instant, Instant)| (*last + QUIET).min(*first + LONGEST) <= now;
        let settled: Vec<ListingId> =
            self.touched.iter().filter(|(_, times)| is_settled(times)).map(|(id, _)| id.clone()).collect();
        self.touched.retain(|_, times| !is_settled(times));
        settled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id() -> ListingId {
        ListingId::parse("a").unwrap()
    }

    /// When writes at these milliseconds settle.
    fn settled_at(writes: &[u64]) -> Vec<u64> {
        let begun = Instant::now();
        let mut settling = Settling::default();
        let mut found = Vec::new();
        for now in 0..20_000 {
            let at = begun + Duration::from_millis(now);
            if writes.contains(&now) {
                settling.touch(&id(), at);
            }
            found.extend(settling.settled(at).iter().map(|_| now));
        }
        assert_eq!(settling.due(), None);
        found
    }

    #[test]
    fn burst_of_writes_settles_once_half_a_second_after_the_last() {
        assert_eq!(settled_at(&[0]), [500]);
        assert_eq!(settled_at(&[0, 10, 400, 800]), [1_300]);
        assert_eq!(settled_at(&[0, 600]), [500, 1_100]);
    }

    #[test]
    fn page_that_is_written_to_all_the_time_settles_every_five_seconds() {
        let writes: Vec<u64> = (0..10_000).step_by(100).collect();
        // What is written when it settles belongs to it; the next burst begins with the write after that.
        assert_eq!(settled_at(&writes), [5_000, 10_100]);
    }
}
