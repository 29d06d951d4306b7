//! The service: scans on schedule, publishes what changed, serves the tree, until it is told to stop.

use std::collections::BinaryHeap;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

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

/// Scans all listings given, `SCANS_AT_ONCE` at a time; reports come in the order of the listings.
///
/// # Errors
/// The first [`StoreError`]; scans that were running are finished.
pub async fn scan_all<S: Store>(
    app: &Arc<App<S>>,
    listings: Vec<Listing>,
) -> Result<Vec<ScanReport>, StoreError> {
    let gate = Arc::new(tokio::sync::Semaphore::new(SCANS_AT_ONCE));
    let mut tasks = JoinSet::new();
    for (at, listing) in listings.into_iter().enumerate() {
        let (app, gate) = (Arc::clone(app), Arc::clone(&gate));
        tasks.spawn(async move {
            let _place = gate.acquire_owned().await;
            (at, app.scan(&listing.spec).await)
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
    mut publisher: Publisher<S>,
    listener: Option<TcpListener>,
    tell: impl Fn(Event),
    stop: impl Future<Output = ()>,
) -> Result<(), ServiceError> {
    let (quit, quitting) = watch::channel(false);
    let served = listener.as_ref().and_then(|listener| listener.local_addr().ok());
    // What was published before is served from the beginning, also while the first scans run.
    publisher.publish().await?;
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
    let first = async {
        let reports = scan_all(&app, app.config.listings.clone()).await?;
        let published = publisher.publish().await?;
        Ok::<_, ServiceError>((reports, published))
    };
    let result = tokio::select! {
        () = &mut stop => Ok(()),
        first = first => match first {
            Ok((reports, published)) => {
                let mut queue = Queue::new(&app.config.listings, clock());
                tell(Event::Ready { reports, published, served, next: queue.upcoming(&app.config.listings) });
                queue.drain(&app, &mut publisher, &mut stop).await
            }
            Err(error) => Err(error),
        },
    };
    let _ = quit.send(true);
    if let Some(server) = server {
        drop(server.await);
    }
    result
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
        publisher: &mut Publisher<S>,
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
            let work = async {
                scan_all(app, listings).await?;
                publisher.publish().await?;
                Ok::<_, ServiceError>(())
            };
            tokio::select! {
                () = &mut *stop => return Ok(()),
                done = work => done?,
            }
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
