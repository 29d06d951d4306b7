//! What has been said of each listing, so that nothing is said twice: one line when its state changes, and once a
//! day a summary of what is not well. A page that fails every minute for a day is two lines.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::daemon::report::{ScanReport, Status};
use crate::model::text::counted;
use crate::model::{Health, ListingId};

/// How often listings in trouble are summed up.
const SUMMARY: Duration = Duration::from_secs(86_400);

/// So many listings are named in one line; of others, only their number is told.
const NAMED: usize = 10;

/// So many scans in a row that outlast their schedule are no chance.
const SLOW: u32 = 3;

/// Why a scan is worth saying.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// It changed articles.
    Articles,
    /// Its listing is in trouble, since this scan or in another way than before.
    Trouble,
    /// Its listing is well again.
    Recovered,
}

/// A listing that is not well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Trouble {
    health: Health,
    stopped: bool,
    looks: u64,
}

/// The listings in trouble, and when they were last summed up.
#[derive(Debug)]
pub(super) struct Ledger {
    troubles: BTreeMap<ListingId, Trouble>,
    /// Listings slower than their schedule: scans in a row that were, and fires skipped by them.
    slow: BTreeMap<ListingId, (u32, u64)>,
    summed_up: Instant,
}

impl Ledger {
    pub(super) fn new() -> Self {
        Self { troubles: BTreeMap::new(), slow: BTreeMap::new(), summed_up: Instant::now() }
    }

    /// Notes a scan; `stopped` when it was the listing's last. `None` when it is not worth saying.
    pub(super) fn note(&mut self, report: &ScanReport, stopped: bool) -> Option<News> {
        let news = matches!(report.status, Status::Changed | Status::Baseline).then_some(News::Articles);
        if report.health == Health::Ok {
            return self.troubles.remove(&report.listing).map(|_| News::Recovered).or(news);
        }
        let now = Trouble { health: report.health, stopped, looks: 1 };
        let before = self.troubles.insert(report.listing.clone(), now);
        let same = before.filter(|before| (before.health, before.stopped) == (now.health, stopped));
        let Some(before) = same else { return Some(News::Trouble) };
        self.troubles.insert(report.listing.clone(), Trouble { looks: before.looks + 1, ..now });
        news
    }

    /// Notes fires that were skipped; whether to say so: once, when it is no longer chance.
    pub(super) fn note_skipped(&mut self, listing: &ListingId, skipped: usize) -> bool {
        if skipped == 0 {
            self.slow.remove(listing);
            return false;
        }
        let (scans, count) = self.slow.entry(listing.clone()).or_default();
        *count += skipped as u64;
        *scans = scans.saturating_add(1);
        *scans == SLOW
    }

    /// Forgets listings that the config no longer has.
    pub(super) fn retain(&mut self, known: impl Fn(&ListingId) -> bool) {
        self.troubles.retain(|id, _| known(id));
        self.slow.retain(|id, _| known(id));
    }

    /// The day's summary, once a day, when something is not well.
    pub(super) fn summary(&mut self) -> Option<String> {
        if self.summed_up.elapsed() < SUMMARY {
            return None;
        }
        self.summed_up = Instant::now();
        let skipped: u64 = self.slow.values().map(|(_, count)| count).sum();
        let late = (skipped > 0).then(|| format!("{} skipped by slow listings", counted(skipped, "look")));
        let parts: Vec<String> = self.trouble(true).into_iter().chain(late).collect();
        (!parts.is_empty()).then(|| parts.join("; "))
    }

    /// The listings in trouble, in one line, with the number of scans if `looks`; `None` when all are well.
    pub(super) fn trouble(&self, looks: bool) -> Option<String> {
        if self.troubles.is_empty() {
            return None;
        }
        let named = self.troubles.iter().take(NAMED).map(|(id, trouble)| {
            let health = if trouble.stopped { "left alone" } else { trouble.health.name() };
            if looks {
                format!("{id} ({health}, {})", counted(trouble.looks, "look"))
            } else {
                format!("{id} ({health})")
            }
        });
        let more = self.troubles.len().saturating_sub(NAMED);
        let more = (more > 0).then(|| format!("{more} more"));
        Some(format!("trouble: {}", named.chain(more).collect::<Vec<_>>().join(", ")))
    }
}
