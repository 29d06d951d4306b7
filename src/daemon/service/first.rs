//! The first scans of all listings whose pages are files, which are told of together.

use std::time::Duration;

use tokio::time::Instant;

use crate::config::Listing;
use crate::daemon::report::ScanReport;
use crate::model::ListingId;

/// The service is ready after this time, even when a listing still is being read: a disk that hangs keeps nobody
/// from the others.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is known of the first scans.
#[derive(Debug)]
pub(super) struct First {
    scans: Vec<(ListingId, State)>,
    begun: Instant,
    /// The round that publishes them, once it is asked for.
    pub round: Option<u64>,
}

#[derive(Debug)]
enum State {
    Running,
    Ended(Option<Box<ScanReport>>),
}

impl First {
    pub(super) fn new(listings: &[Listing]) -> Self {
        // Hosts that are slow to answer keep nobody from what is there already.
        let files = listings.iter().filter(|listing| listing.spec.input.host().is_none());
        let scans = files.map(|listing| (listing.spec.id.clone(), State::Running)).collect();
        Self { scans, begun: Instant::now(), round: None }
    }

    /// A scan ended; gives back the report of one that is not its listing's first.
    pub(super) fn ended(&mut self, listing: &ListingId, report: Option<ScanReport>) -> Option<ScanReport> {
        match self.scans.iter_mut().find(|(id, _)| id == listing) {
            Some((_, state @ State::Running)) => {
                *state = State::Ended(report.map(Box::new));
                None
            }
            _ => report,
        }
    }

    /// Whether all have ended, or no more are waited for.
    pub(super) fn is_over(&self) -> bool {
        self.begun.elapsed() >= PATIENCE
            || self.scans.iter().all(|(_, state)| matches!(state, State::Ended(_)))
    }

    /// The reports, in the order of the config.
    pub(super) fn reports(self) -> Vec<ScanReport> {
        let ended = self.scans.into_iter().filter_map(|(_, state)| match state {
            State::Ended(report) => report.map(|report| *report),
            State::Running => None,
        });
        ended.collect()
    }
}
