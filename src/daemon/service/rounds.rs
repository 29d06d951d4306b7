//! Runs scans as the plan says: each on its own, a bounded number at once, a panic in one of them harming no other.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;

use super::SCANS_AT_ONCE;
use super::plan::{Look, Looked, Plan};
use crate::clock::Clock;
use crate::config::Listing;
use crate::daemon::report::ScanReport;
use crate::model::{ListingId, Timestamp};
use crate::store::StoreError;

/// The longest sleep: a clock that was set, and a machine that slept, are noticed within this time.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// The shortest sleep: the clock counts whole seconds, and what is due at one is not asked for all the time.
const SHORTEST_SLEEP: Duration = Duration::from_millis(200);

/// When no scan ended for so long although all places are taken, something is stuck.
pub(super) const STUCK: Duration = Duration::from_secs(600);

/// Scans a listing.
pub(super) type Scan = Box<dyn Fn(Look) -> Pin<Box<dyn Future<Output = Outcome> + Send>> + Send + Sync>;

/// What became of one scan.
#[derive(Debug)]
pub(super) struct Outcome {
    /// What it did; `None` when a panic kept even the report from being made.
    pub report: Option<Result<ScanReport, StoreError>>,
    /// Whether it panicked.
    pub panicked: bool,
}

/// A scan that ended.
#[derive(Debug)]
pub(super) struct Scanned {
    /// The listing.
    pub listing: ListingId,
    /// What became of it.
    pub outcome: Outcome,
    /// Fires of its schedule that passed meanwhile and were skipped.
    pub skipped: usize,
}

/// The plan, and the scans that run.
pub(super) struct Rounds {
    /// When what is due.
    pub plan: Plan,
    clock: Clock,
    scan: Scan,
    running: JoinSet<Outcome>,
    /// Of each scan that runs, its listing, and whether its pages are files.
    listings: HashMap<Id, (ListingId, bool)>,
    /// How many scans run of listings whose pages are files.
    files: usize,
    /// How many hosts are asked at once.
    hosts: usize,
    /// When a scan last ended, or began while others were free to.
    moved: Instant,
}

impl Rounds {
    /// Rounds over all listings, each of which is looked at first of all.
    pub(super) fn new(listings: Vec<Listing>, last: &Looked, clock: Clock, scan: Scan) -> Self {
        let plan = Plan::new(listings, last, clock.now());
        let (running, listings) = (JoinSet::new(), HashMap::new());
        let (files, hosts) = (0, SCANS_AT_ONCE);
        Self { plan, clock, scan, running, listings, files, hosts, moved: Instant::now() }
    }

    /// The same, asking so many hosts at once.
    pub(super) fn asking(self, hosts: usize) -> Self {
        Self { hosts, ..self }
    }

    /// Starts what is due and waits until a scan ends, at most `longest`; then `None`. Dropping the future loses
    /// nothing.
    ///
    /// A scan of a listing that the config no longer has ends unseen.
    pub(super) async fn turn(&mut self, longest: Duration) -> Option<Scanned> {
        let begun = Instant::now();
        loop {
            let now = self.clock.now();
            self.plan.look(now);
            self.start(now);
            let rest = longest.min(LONGEST_SLEEP).saturating_sub(begun.elapsed());
            if rest.is_zero() {
                return None;
            }
            let wait = self.plan.wait(now).unwrap_or(rest).max(SHORTEST_SLEEP).min(rest);
            tokio::select! {
                Some(ended) = self.running.join_next_with_id() => {
                    if let Some(scanned) = self.ended(ended) {
                        return Some(scanned);
                    }
                }
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    fn start(&mut self, now: Timestamp) {
        // Each has places of its own: hosts are waited for, disks hardly.
        while self.files < SCANS_AT_ONCE
            && let Some(look) = self.plan.start_file(now)
        {
            self.files += 1;
            self.spawn(look, true);
        }
        while self.running.len() - self.files < self.hosts
            && let Some(look) = self.plan.start_web(now)
        {
            self.spawn(look, false);
        }
    }

    fn spawn(&mut self, look: Look, is_files: bool) {
        let id = look.listing.spec.id.clone();
        let task = self.running.spawn((self.scan)(look));
        self.listings.insert(task.id(), (id, is_files));
        self.moved = Instant::now();
    }

    fn ended(&mut self, ended: Result<(Id, Outcome), JoinError>) -> Option<Scanned> {
        self.moved = Instant::now();
        let (task, outcome) = match ended {
            Ok(ended) => ended,
            Err(error) => (error.id(), Outcome { report: None, panicked: error.is_panic() }),
        };
        let (listing, is_files) = self.listings.remove(&task)?;
        self.files -= usize::from(is_files);
        if let Some(Ok(report)) = &outcome.report {
            self.plan.rest(&listing, report.rest);
        }
        let ended = self.plan.finished(&listing, outcome.panicked, self.clock.now());
        ended.known.then_some(Scanned { listing, outcome, skipped: ended.skipped })
    }

    /// Uses another config from the next scan on.
    pub(super) fn replace(&mut self, listings: Vec<Listing>, hosts: usize, scan: Scan) {
        (self.scan, self.hosts) = (scan, hosts);
        self.plan.replace(listings, self.clock.now());
    }

    /// Something tells that a listing changed: it is scanned as soon as there is a place.
    pub(super) fn soon(&mut self, listing: &ListingId) {
        self.plan.soon(listing, self.clock.now());
    }

    /// Whether all places have been taken for ten minutes without a scan ending, while others wait.
    pub(super) fn is_stuck(&self) -> bool {
        self.files >= SCANS_AT_ONCE && self.plan.has_files_queued() && self.moved.elapsed() > STUCK
    }

    /// Lets scans that run end, for so long, and ends those that do not. Returns how many those were.
    pub(super) async fn drain(mut self, patience: Duration) -> usize {
        let all = async { while self.running.join_next().await.is_some() {} };
        drop(tokio::time::timeout(patience, all).await);
        let cut = self.running.len();
        self.running.shutdown().await;
        cut
    }
}
