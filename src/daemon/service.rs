//! The service: scans on schedule, publishes what changed, serves the tree, until it is told to stop.

use std::collections::BinaryHeap;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;

use super::cycle;
use super::publishing::{Published, Publisher, PublishingError};
use super::report::ScanReport;
use super::{App, clock};
use crate::config::Listing;
use crate::model::Timestamp;
use crate::serve::{Bounds, serve};
use crate::store::{Store, StoreError};

/// How many scans run at once.
const SCANS_AT_ONCE: usize = 16;

/// The longest sleep of the scheduler: a clock that was set is noticed within this time.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// Why the service ended early.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What is published could not be read or made.
    #[error(transparent)]
    Publishing(#[from] PublishingError),
}

/// How long work in progress may go on when the service is told to stop.
const STOP_WAIT: Duration = Duration::from_secs(5);

/// Scans all listings given, `SCANS_AT_ONCE` at a time; reports come in the order of the listings. A scan that
/// panics is a failed one, and harms no other.
///
/// # Errors
/// The first [`StoreError`]; scans that were running are finished.
pub async fn scan_all<S: Store>(
    app: &Arc<App<S>>,
    listings: Vec<Listing>,
) -> Result<Vec<ScanReport>, StoreError> {
    let gate = Arc::new(tokio::sync::Semaphore::new(SCANS_AT_ONCE));
    let scan = |listing: Listing| {
        let (app, gate) = (Arc::clone(app), Arc::clone(&gate));
        // Tasks of their own, so that a panic ends at their border.
        Task(tokio::spawn(async move {
            let _place = gate.acquire_owned().await;
            app.scan(&listing.spec).await
        }))
    };
    let specs: Vec<_> = listings.iter().map(|listing| listing.spec.clone()).collect();
    let mut tasks: Vec<Task> = listings.into_iter().map(scan).collect();
    let mut reports = Vec::new();
    let mut failure = None;
    for (task, spec) in tasks.iter_mut().zip(specs) {
        match (&mut task.0).await {
            Ok(Ok(report)) => reports.push(report),
            Ok(Err(error)) => failure = failure.or(Some(error)),
            Err(error) if error.is_panic() => {
                tracing::error!(listing = %spec.id, "a scan panicked: this is a bug of ours");
                reports.push(cycle::panicked(&spec));
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

/// What the service tells about itself while it runs.
#[derive(Clone, Debug)]
pub enum Event {
    /// The first scans are done and published.
    Ready {
        /// What they did.
        reports: Vec<ScanReport>,
        /// What was published.
        published: Published,
        /// Where the tree is served, if it is.
        served: Option<SocketAddr>,
        /// When each listing is looked at next, soonest first.
        next: Vec<(String, Timestamp)>,
    },
}

/// Runs until `stop` is ready: scans every listing once, then each when it is due.
///
/// `listener` serves the tree; the caller binds it, so that an address in use is known before anything else.
///
/// # Errors
/// [`ServiceError`] when the store fails; a failing listing or file is logged and tried again.
pub async fn run<S: Store>(
    app: Arc<App<S>>,
    publisher: Publisher<S>,
    listener: Option<TcpListener>,
    tell: impl Fn(Event),
    stop: impl Future<Output = ()>,
) -> Result<(), ServiceError> {
    let (quit, quitting) = watch::channel(false);
    let served = listener.as_ref().and_then(|listener| listener.local_addr().ok());
    // What was published before is served from the beginning, also while the first scans run.
    publish(&publisher).await?;
    let server =
        listener.map(|listener| {
            let mut quitting = quitting.clone();
            let site = publisher.site();
            tokio::spawn(async move {
                serve(listener, site, Bounds::default(), async move {
                    drop(quitting.wait_for(|quit| *quit).await)
                })
                .await;
            })
        });
    tokio::pin!(stop);
    let result = serve_listings(&app, &publisher, served, tell, &mut stop).await;
    let _ = quit.send(true);
    if let Some(server) = server {
        drop(server.await);
    }
    result
}

/// Scans and publishes until `stop`.
async fn serve_listings<S: Store>(
    app: &Arc<App<S>>,
    publisher: &Publisher<S>,
    served: Option<SocketAddr>,
    tell: impl Fn(Event),
    stop: &mut (impl Future<Output = ()> + Unpin),
) -> Result<(), ServiceError> {
    let listings = &app.config.listings;
    let Some(first) = until(stop, round(app, publisher, listings.clone())).await else { return Ok(()) };
    let (reports, published) = first?;
    let mut queue = Queue::new(listings, clock());
    tell(Event::Ready { reports, published, served, next: queue.upcoming(listings) });
    queue.drain(app, publisher, stop).await
}

/// Scans these listings and publishes what changed.
async fn round<S: Store>(
    app: &Arc<App<S>>,
    publisher: &Publisher<S>,
    listings: Vec<Listing>,
) -> Result<(Vec<ScanReport>, Published), ServiceError> {
    let reports = scan_all(app, listings).await?;
    Ok((reports, publish(publisher).await?))
}

/// Publishes. A tree that cannot be read is logged, and tried again with the next scan: what is remembered is safe,
/// and what is published stays.
async fn publish<S: Store>(publisher: &Publisher<S>) -> Result<Published, ServiceError> {
    match publisher.publish().await {
        Err(PublishingError::Publish(error)) => {
            tracing::error!(%error, "cannot publish; the next scan tries again");
            Ok(Published::default())
        }
        done => Ok(done?),
    }
}

/// What `work` gives; nothing when `stop` came first. Work in progress may then go on for a moment, so that it is
/// not done twice.
async fn until<T>(stop: &mut (impl Future<Output = ()> + Unpin), work: impl Future<Output = T>) -> Option<T> {
    tokio::pin!(work);
    tokio::select! {
        () = stop => {}
        done = &mut work => return Some(done),
    }
    if tokio::time::timeout(STOP_WAIT, work).await.is_err() {
        tracing::info!("stopping in the middle of a scan; nothing that was remembered is lost");
    }
    None
}

/// When each listing is due, soonest first.
struct Queue {
    due: BinaryHeap<std::cmp::Reverse<(Timestamp, usize)>>,
}

impl Queue {
    fn new(listings: &[Listing], now: Timestamp) -> Self {
        let due = listings
            .iter()
            .enumerate()
            .map(|(at, listing)| std::cmp::Reverse((listing.schedule.next_due(now, &listing.spec.id), at)));
        Self { due: due.collect() }
    }

    fn upcoming(&self, listings: &[Listing]) -> Vec<(String, Timestamp)> {
        let mut next: Vec<(Timestamp, usize)> = self.due.iter().map(|entry| entry.0).collect();
        next.sort_unstable();
        next.into_iter().map(|(due, at)| (listings[at].spec.id.to_string(), due)).collect()
    }

    /// Scans what is due and publishes, until `stop`.
    async fn drain<S: Store>(
        &mut self,
        app: &Arc<App<S>>,
        publisher: &Publisher<S>,
        stop: &mut (impl Future<Output = ()> + Unpin),
    ) -> Result<(), ServiceError> {
        loop {
            let now = clock();
            let due = self.take_due(now);
            if due.is_empty() {
                let wait = self.due.peek().map_or(LONGEST_SLEEP, |next| {
                    Duration::from_secs(u64::try_from(next.0.0.since(now)).unwrap_or(0)).min(LONGEST_SLEEP)
                });
                tokio::select! {
                    () = &mut *stop => return Ok(()),
                    () = tokio::time::sleep(wait.max(Duration::from_millis(200))) => continue,
                }
            }
            let listings = due.iter().map(|at| app.config.listings[*at].clone()).collect();
            match until(stop, round(app, publisher, listings)).await {
                Some(done) => done?,
                None => return Ok(()),
            };
            let now = clock();
            for at in due {
                let listing = &app.config.listings[at];
                self.due.push(std::cmp::Reverse((listing.schedule.next_due(now, &listing.spec.id), at)));
            }
        }
    }

    fn take_due(&mut self, now: Timestamp) -> Vec<usize> {
        let mut due = Vec::new();
        while let Some(next) = self.due.peek().filter(|next| next.0.0 <= now) {
            due.push(next.0.1);
            self.due.pop();
        }
        due
    }
}
