//! Many listings once, for the commands that end.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::SCANS_AT_ONCE;
use crate::config::Listing;
use crate::daemon::App;
use crate::daemon::report::ScanReport;
use crate::model::reading::Document;
use crate::store::{Store, StoreError};

/// What is to be scanned: a listing, by the page that somebody gives where there is one.
pub type Job = (Listing, Option<Document>);

type Scanned = Result<ScanReport, StoreError>;

/// Scans all listings given, `SCANS_AT_ONCE` at a time, and those on the web beside them, one of each host; reports
/// come in the order of the listings. A scan that
/// panics is a failed one, and harms no other.
///
/// # Errors
/// The first [`StoreError`]; scans that were running are finished.
pub async fn scan_all<S: Store>(app: &Arc<App<S>>, jobs: Vec<Job>) -> Result<Vec<ScanReport>, StoreError> {
    let mut rows: HashMap<Option<String>, VecDeque<(usize, Job)>> = HashMap::new();
    for (at, job) in jobs.into_iter().enumerate() {
        rows.entry(job.0.spec.input.host()).or_default().push_back((at, job));
    }
    let web = Arc::new(Semaphore::new(app.config.network.concurrency));
    let mut workers = JoinSet::new();
    for (host, jobs) in rows {
        let (at_once, gate) = match host {
            Some(_) => (1, Some(Arc::clone(&web))),
            None => (SCANS_AT_ONCE.min(jobs.len()), None),
        };
        let row = Arc::new(Row { jobs: Mutex::new(jobs), gate });
        for _ in 0..at_once {
            workers.spawn(work(Arc::clone(app), Arc::clone(&row)));
        }
    }
    let mut found: Vec<(usize, Scanned)> = Vec::new();
    while let Some(done) = workers.join_next().await {
        found.extend(done.map_err(|error| StoreError::Stopped(format!("scanning ended early: {error}")))?);
    }
    found.sort_unstable_by_key(|(at, _)| *at);
    found.into_iter().map(|(_, scanned)| scanned).collect()
}

/// Listings that are scanned one after another: those of a host; or those that are files, by several at once.
struct Row {
    jobs: Mutex<VecDeque<(usize, Job)>>,
    /// Bounds how many hosts are asked at once.
    gate: Option<Arc<Semaphore>>,
}

/// Scans what is in a row, until nothing is.
async fn work<S: Store>(app: Arc<App<S>>, row: Arc<Row>) -> Vec<(usize, Scanned)> {
    let mut done = Vec::new();
    loop {
        let next = row.jobs.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        let Some((at, job)) = next else { return done };
        // Who waits for a slow host holds no place.
        let _place = match &row.gate {
            Some(gate) => Some(gate.acquire().await),
            None => None,
        };
        done.push((at, scan(&app, job).await));
    }
}

/// Scans a listing in a task of its own, so that a panic ends at its border. The task ends when nobody waits for it.
async fn scan<S: Store>(app: &Arc<App<S>>, (listing, page): Job) -> Scanned {
    let listing = Arc::new(listing);
    let mut task = JoinSet::new();
    let (scanning, scanned) = (Arc::clone(app), Arc::clone(&listing));
    task.spawn(async move {
        match page {
            Some(page) => scanning.scan_given(&scanned.spec, page).await,
            None => scanning.scan(&scanned.spec, None).await,
        }
    });
    match task.join_next().await {
        Some(Ok(done)) => done,
        Some(Err(error)) if !error.is_panic() => Err(StoreError::Stopped(error.to_string())),
        Some(Err(_)) | None => {
            tracing::error!(listing = %listing.spec.id, "a scan panicked: this is a bug of ours");
            Ok(ScanReport::panicked(&listing.spec))
        }
    }
}
