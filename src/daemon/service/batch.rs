//! Many listings once, for the commands that end.

use std::sync::Arc;

use tokio::task::JoinSet;

use super::SCANS_AT_ONCE;
use crate::config::Listing;
use crate::daemon::App;
use crate::daemon::cycle::Mode;
use crate::daemon::report::ScanReport;
use crate::store::{Store, StoreError};

/// Scans all listings given, `SCANS_AT_ONCE` at a time; reports come in the order of the listings.
///
/// # Errors
/// The first [`StoreError`]; scans that were running are finished.
pub async fn scan_all<S: Store>(
    app: &Arc<App<S>>,
    listings: Vec<Listing>,
    mode: Mode,
) -> Result<Vec<ScanReport>, StoreError> {
    let gate = Arc::new(tokio::sync::Semaphore::new(SCANS_AT_ONCE));
    let mut tasks = JoinSet::new();
    for (at, listing) in listings.into_iter().enumerate() {
        let (app, gate) = (Arc::clone(app), Arc::clone(&gate));
        tasks.spawn(async move {
            let _place = gate.acquire_owned().await;
            (at, app.scan(&listing.spec, mode).await)
        });
    }
    let mut reports = Vec::new();
    let mut failure = None;
    while let Some(done) = tasks.join_next().await {
        match done {
            Ok((at, Ok(report))) => reports.push((at, report)),
            Ok((_, Err(error))) => failure = failure.or(Some(error)),
            Err(error) => failure = failure.or(Some(StoreError::Stopped(error.to_string()))),
        }
    }
    match failure {
        Some(error) => Err(error),
        None => {
            reports.sort_by_key(|(at, _)| *at);
            Ok(reports.into_iter().map(|(_, report)| report).collect())
        }
    }
}
