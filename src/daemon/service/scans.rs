//! The scans of the service: each a task of its own, whose panic is remembered as a failure of its listing.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use tokio::task::JoinSet;

use super::plan::{self, Look};
use super::rounds::{Outcome, Rounds, Scan};
use crate::daemon::App;
use crate::daemon::report::ScanReport;
use crate::daemon::web::resting;
use crate::store::{Store, StoreError};

/// Rounds over all listings, going on with their schedules where an earlier process left them.
pub(super) async fn rounds<S: Store>(app: &Arc<App<S>>) -> Result<Rounds, StoreError> {
    let known = app.store.listings().await?;
    let rests: Vec<_> =
        known.iter().map(|info| (info.id.clone(), resting(&info.memo, app.clock.now()))).collect();
    let last = known.into_iter().filter_map(|info| Some((info.id, info.memo.on_schedule?))).collect();
    let hosts = app.config.network.concurrency;
    let mut rounds =
        Rounds::new(app.config.listings.clone(), &last, app.clock.clone(), scan(app)).asking(hosts);
    for (id, rest) in rests {
        rounds.plan.rest(&id, rest);
    }
    Ok(rounds)
}

/// Scans by one app. A panic is caught, and remembered as a failure of the listing.
pub(super) fn scan<S: Store>(app: &Arc<App<S>>) -> Scan {
    let app = Arc::clone(app);
    Box::new(move |look| Box::pin(scan_guarded(Arc::clone(&app), look)))
}

async fn scan_guarded<S: Store>(app: Arc<App<S>>, look: Look) -> Outcome {
    let Look { listing, panics, due } = look;
    let spec = listing.spec.clone();
    let mut task = JoinSet::new();
    let scanning: Pin<Box<dyn Future<Output = Result<ScanReport, StoreError>> + Send>> = {
        let app = Arc::clone(&app);
        Box::pin(async move { app.scan(&listing.spec, due).await })
    };
    task.spawn(scanning);
    match task.join_next().await {
        Some(Ok(report)) => Outcome { report: Some(report), panicked: false },
        _ => {
            let times = panics + 1;
            let report = app.panicked(&spec, times, times >= plan::PANICS, due).await;
            Outcome { report: Some(report), panicked: true }
        }
    }
}
