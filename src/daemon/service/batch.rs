//! Many listings once, for the commands that end.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::{Mutex, Semaphore};

use super::SCANS_AT_ONCE;
use crate::config::Listing;
use crate::daemon::App;
use crate::daemon::report::ScanReport;
use crate::model::reading::Document;
use crate::store::{Store, StoreError};

/// What is to be scanned: a listing, by the page that somebody gives where there is one.
pub type Job = (Listing, Option<Document>);

/// Scans all listings given, `SCANS_AT_ONCE` at a time, and those on the web beside them, one of each host; reports
/// come in the order of the listings. A scan that
/// panics is a failed one, and harms no other.
///
/// # Errors
/// The first [`StoreError`]; scans that were running are finished.
pub async fn scan_all<S: Store>(app: &Arc<App<S>>, jobs: Vec<Job>) -> Result<Vec<ScanReport>, StoreError> {
    let (files, web) = (SCANS_AT_ONCE, app.config.network.concurrency);
    let (files, web) = (Arc::new(Semaphore::new(files)), Arc::new(Semaphore::new(web)));
    let mut hosts: HashMap<String, Arc<Mutex<()>>> = HashMap::new();
    let scan = |(listing, page): Job| {
        let host = listing.spec.input.host().map(|host| Arc::clone(hosts.entry(host).or_default()));
        let listing = Arc::new(listing);
        let kept = Arc::clone(&listing);
        let (app, gate) = (Arc::clone(app), Arc::clone(if host.is_some() { &web } else { &files }));
        // Tasks of their own, so that a panic ends at their border.
        let scan = tokio::spawn(async move {
            // The host first: who waits for a slow one holds no place.
            let _turn = match host {
                Some(host) => Some(host.lock_owned().await),
                None => None,
            };
            let _place = gate.acquire_owned().await;
            match page {
                Some(page) => app.scan_given(&listing.spec, page).await,
                None => app.scan(&listing.spec, None).await,
            }
        });
        (Task(scan), kept)
    };
    let mut tasks: Vec<(Task, Arc<Listing>)> = jobs.into_iter().map(scan).collect();
    let mut reports = Vec::new();
    let mut failure = None;
    for (task, listing) in &mut tasks {
        let spec = &listing.spec;
        match (&mut task.0).await {
            Ok(Ok(report)) => reports.push(report),
            Ok(Err(error)) => failure = failure.or(Some(error)),
            Err(error) if error.is_panic() => {
                tracing::error!(listing = %spec.id, "a scan panicked: this is a bug of ours");
                reports.push(ScanReport::panicked(spec));
            }
            Err(error) => failure = failure.or(Some(StoreError::Stopped(error.to_string()))),
        }
    }
    match failure {
        Some(error) => Err(error),
        None => Ok(reports),
    }
}

/// A scan that ends when nobody waits for it any more.
struct Task(tokio::task::JoinHandle<Result<ScanReport, StoreError>>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}
