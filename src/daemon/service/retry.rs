//! Scans that the store failed: made again after a while, and after twice that while it goes on failing. A schedule
//! may ask for the next one only tomorrow.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::Instant;

use crate::model::ListingId;

/// After how long they are made again.
const FIRST: Duration = Duration::from_secs(2);

/// The longest wait: when there is space again, everything goes on within it.
const LONGEST: Duration = Duration::from_secs(60);

/// The listings that are to be scanned again.
#[derive(Debug)]
pub(super) struct Retry {
    listings: BTreeSet<ListingId>,
    pause: Duration,
    /// When they are due; `None` when they were handed out, or there are none.
    at: Option<Instant>,
}

impl Default for Retry {
    fn default() -> Self {
        Self { listings: BTreeSet::new(), pause: FIRST, at: None }
    }
}

impl Retry {
    /// Notes that the store failed a listing's scan.
    pub(super) fn failed(&mut self, listing: ListingId) {
        self.listings.insert(listing);
        if self.at.is_none() {
            self.at = Some(Instant::now() + self.pause);
            self.pause = (self.pause * 2).min(LONGEST);
        }
    }

    /// Notes that a listing's scan is remembered. The others follow at once: the store works again.
    pub(super) fn succeeded(&mut self, listing: &ListingId) {
        if self.listings.remove(listing) {
            self.pause = FIRST;
            self.at = (!self.listings.is_empty()).then(Instant::now);
        }
    }

    /// Forgets listings that the config no longer has.
    pub(super) fn retain(&mut self, known: impl Fn(&ListingId) -> bool) {
        self.listings.retain(known);
    }

    /// Whether no scan waits to be made again.
    pub(super) fn is_idle(&self) -> bool {
        self.listings.is_empty()
    }

    /// Waits until scans are to be made again, and says which. Dropping the future loses nothing.
    pub(super) async fn due(&mut self) -> Vec<ListingId> {
        match self.at {
            Some(at) => tokio::time::sleep_until(at).await,
            None => std::future::pending().await,
        }
        self.at = None;
        self.listings.iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> ListingId {
        ListingId::parse(text).expect("an id")
    }

    #[tokio::test(start_paused = true)]
    async fn failed_scans_are_made_again_ever_later_and_at_once_when_one_succeeds() {
        let mut retry = Retry::default();
        let mut waited = Vec::new();
        for _ in 0..7 {
            retry.failed(id("a"));
            retry.failed(id("b"));
            let begun = Instant::now();
            assert_eq!(retry.due().await, [id("a"), id("b")]);
            waited.push(begun.elapsed().as_secs());
        }
        assert_eq!(waited, [2, 4, 8, 16, 32, 60, 60]);
        retry.succeeded(&id("b"));
        let begun = Instant::now();
        assert_eq!(retry.due().await, [id("a")]);
        assert!(begun.elapsed() < FIRST && !retry.is_idle());
        retry.succeeded(&id("a"));
        assert!(retry.is_idle());
    }
}
