//! What has been said of each listing, so that nothing is said twice: one line when its state changes, and once a
//! day a summary of what is not well. A page that fails every minute for a day is two lines.

use std::collections::{BTreeMap, BTreeSet};
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
    /// Its listing is in trouble, since this scan, or in a way that it was not yet since then.
    Trouble,
    /// Its listing is well again.
    Recovered,
    /// Nothing new has come to its listing for unusually long.
    Quiet,
}

/// A listing that is not well.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Trouble {
    health: Health,
    stopped: bool,
    /// Scans in a row that ended in any trouble.
    looks: u64,
    /// The kinds that were said since it was well: trouble that goes to and fro is not said again and again.
    said: Vec<Health>,
}

/// The listings in trouble, and when they were last summed up.
#[derive(Debug)]
pub(super) struct Ledger {
    troubles: BTreeMap<ListingId, Trouble>,
    /// Listings that are well, and unusually quiet.
    quiet: BTreeSet<ListingId>,
    /// Listings slower than their schedule: scans in a row that were, and fires skipped by them.
    slow: BTreeMap<ListingId, (u32, u64)>,
    summed_up: Instant,
}

impl Ledger {
    pub(super) fn new() -> Self {
        let (troubles, quiet) = (BTreeMap::new(), BTreeSet::new());
        Self { troubles, quiet, slow: BTreeMap::new(), summed_up: Instant::now() }
    }

    /// Notes a scan; `stopped` when it was the listing's last. `None` when it is not worth saying.
    pub(super) fn note(&mut self, report: &ScanReport, stopped: bool) -> Option<News> {
        let news = matches!(report.status, Status::Changed | Status::Baseline).then_some(News::Articles);
        if report.health == Health::Quiet {
            let is_new = self.quiet.insert(report.listing.clone());
            let news = news.or_else(|| is_new.then_some(News::Quiet));
            return self.troubles.remove(&report.listing).map(|_| News::Recovered).or(news);
        }
        self.quiet.remove(&report.listing);
        if report.health == Health::Ok {
            return self.troubles.remove(&report.listing).map(|_| News::Recovered).or(news);
        }
        let none = Trouble { health: report.health, stopped: false, looks: 0, said: Vec::new() };
        let trouble = self.troubles.entry(report.listing.clone()).or_insert(none);
        let is_new = !trouble.said.contains(&report.health);
        if is_new {
            trouble.said.push(report.health);
        }
        let ends = stopped && !trouble.stopped;
        (trouble.health, trouble.stopped) = (report.health, stopped);
        trouble.looks += 1;
        if is_new || ends { Some(News::Trouble) } else { news }
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
        self.quiet.retain(|id| known(id));
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

    /// The listings that are unusually quiet, in one line; `None` when none is.
    pub(super) fn quiet(&self) -> Option<String> {
        if self.quiet.is_empty() {
            return None;
        }
        let named = self.quiet.iter().take(NAMED).map(ToString::to_string);
        let more = self.quiet.len().saturating_sub(NAMED);
        let more = (more > 0).then(|| format!("{more} more"));
        Some(format!("quiet: {}", named.chain(more).collect::<Vec<_>>().join(", ")))
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
