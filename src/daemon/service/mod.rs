//! The service: scans on schedule, publishes what changed, serves the tree, until it is told to stop.
//!
//! [`plan`] says when which listing is due, [`rounds`] and [`scans`] scan them, [`press`] publishes, [`super::drain`] sends
//! what is owed, [`ledger`] knows what was said already, [`reload`] goes on with another config. This file ties them
//! together and never waits for a disk itself, so that its own progress is a sign of life that systemd can rely on.

mod aging;
mod batch;
mod event;
mod first;
mod lanes;
mod ledger;
pub mod plan;
mod press;
mod reload;
mod retry;
mod rounds;
mod scans;
mod tend;
#[cfg(test)]
mod tests;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinHandle, JoinSet};

pub use batch::{Job, scan_all};
pub use event::Event;
pub use ledger::News;
pub use reload::Reloaded;

use self::aging::Aging;
use self::first::First;
use self::ledger::Ledger;
use self::press::{Press, Printed};
use self::reload::{Refusal, Renewed};
use self::retry::Retry;
use self::rounds::{Rounds, STUCK, Scanned};
use self::scans::rounds;
use self::tend::Tending;
use super::App;
use super::drain::{Broken, Drain, Line};
use super::publishing::{Publisher, PublishingError};
use super::systemd::Systemd;
use super::watch::Watch;
use crate::config::Config;
use crate::model::Timestamp;
use crate::model::text::counted;
use crate::serve::{Bounds, serve};
use crate::store::{Store, StoreError};

/// How many scans run at once.
const SCANS_AT_ONCE: usize = 16;

/// How often the service looks whether everything goes on.
const PULSE: Duration = Duration::from_secs(20);

/// How long running scans may take when the service stops.
const LAST_SCANS: Duration = Duration::from_secs(3);

/// How long tries to send may take then, beside the scans.
const LAST_TRIES: Duration = Duration::from_secs(3);

/// How long publishing and answers on their way may take then.
const LAST_FILES: Duration = Duration::from_secs(3);

/// A clock before this, 2020-01-01, was never set.
const SANE: i64 = 1_577_836_800;

/// Why the service ended early.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What is published could not be read or made.
    #[error(transparent)]
    Publishing(#[from] PublishingError),
    /// A part of the service panicked.
    #[error("{0}")]
    Bug(String),
}

/// What the service works with.
#[derive(Debug)]
pub struct Parts<S> {
    /// Config, store, and what belongs to them.
    pub app: Arc<App<S>>,
    /// The published tree.
    pub publisher: Publisher<S>,
    /// The targets that can be sent to.
    pub lines: Vec<Line>,
    /// Serves the tree. The caller binds it, so that an address in use is known before anything else.
    pub listener: Option<TcpListener>,
    /// Who started the service.
    pub systemd: Systemd,
}

/// Loads the config anew, with the lines to its targets; the error is for a person, with all its faults.
pub type Load = Arc<dyn Fn() -> Result<(Config, Vec<Line>), String> + Send + Sync>;

/// Waits until the clock is set: articles are dated by it for ever. Says so once, and gives the start more time.
pub async fn sane_clock(clock: impl Fn() -> Timestamp, systemd: &mut Systemd) {
    let mut said = false;
    while clock().unix() < SANE {
        if !said {
            tracing::warn!(clock = %clock(), "the clock is not set; nothing is read before it is");
            said = true;
        }
        systemd.wait(Duration::from_secs(60), "waiting for the clock to be set");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// Runs until `stop` is ready: scans every listing once, and each when it is due, which starting again does not
/// move; publishes, serves, and sends what is owed. Each message on `reloads` has the config loaded anew.
///
/// Ends in under ten seconds, and returns the app, to be closed.
///
/// # Errors
/// [`ServiceError`] when the store fails for good; what may pass, like a full disk, or a listing or a file that fails,
/// is told of and tried again.
pub async fn run<S: Store>(
    mut parts: Parts<S>,
    load: Load,
    mut reloads: mpsc::Receiver<()>,
    tell: impl Fn(Event, &Arc<App<S>>),
    stop: impl Future<Output = ()>,
) -> (Arc<App<S>>, Result<(), ServiceError>) {
    let rounds = match rounds(&parts.app).await {
        Ok(rounds) => rounds,
        Err(error) => return (parts.app, Err(error.into())),
    };
    let (quit, quitting) = watch::channel(false);
    let served = parts.listener.as_ref().and_then(|listener| listener.local_addr().ok());
    let site = parts.publisher.site();
    let mut server = parts.listener.take().map(|listener| {
        tokio::spawn(async move {
            let mut quitting = quitting;
            let bounds = Bounds { stop: LAST_FILES, ..Bounds::default() };
            serve(listener, site, bounds, async move { drop(quitting.wait_for(|quit| *quit).await) }).await;
        })
    });
    let mut service = Service::start(parts, rounds, served, load, tell);
    let result = tokio::select! {
        () = stop => Ok(()),
        error = service.work(&mut reloads) => Err(error),
        error = broken(&mut server) => Err(error),
    };
    let _ = quit.send(true);
    let app = service.end().await;
    if let Some(server) = server.filter(|server| !server.is_finished()) {
        drop(server.await);
    }
    (app, result)
}

/// Ready when the server ends before it was told to.
async fn broken(server: &mut Option<JoinHandle<()>>) -> ServiceError {
    match server {
        Some(server) => match server.await {
            Ok(()) => ServiceError::Bug("serving ended early".into()),
            Err(error) => ServiceError::Bug(format!("serving ended early: {error}")),
        },
        None => std::future::pending().await,
    }
}

struct Service<S, T> {
    app: Arc<App<S>>,
    rounds: Rounds,
    watch: Watch,
    press: Press,
    drain: Drain<S>,
    ledger: Ledger,
    systemd: Systemd,
    served: Option<SocketAddr>,
    first: Option<First>,
    load: Load,
    renewing: JoinSet<Renewed<S>>,
    aging: Aging,
    publishing_failed: bool,
    retry: Retry,
    tending: Tending,
    /// What was said of the store last.
    store_trouble: Option<String>,
    tell: T,
}

impl<S: Store, T: Fn(Event, &Arc<App<S>>)> Service<S, T> {
    fn start(parts: Parts<S>, rounds: Rounds, served: Option<SocketAddr>, load: Load, tell: T) -> Self {
        let Parts { app, publisher, lines, systemd, .. } = parts;
        let listings = app.config.listings.clone();
        let first = Some(First::new(&listings));
        let watch = Watch::start(listings);
        let press = Press::start(publisher, Arc::clone(&app.store));
        let drain = Drain::start(Arc::clone(&app.store), app.bell.clone(), app.clock.clone(), lines);
        let (ledger, renewing) = (Ledger::new(), JoinSet::new());
        let (publishing_failed, store_trouble) = (false, None);
        Self {
            app,
            rounds,
            watch,
            press,
            drain,
            ledger,
            systemd,
            served,
            first,
            load,
            renewing,
            aging: Aging::default(),
            publishing_failed,
            retry: Retry::default(),
            tending: Tending::default(),
            store_trouble,
            tell,
        }
    }

    /// Everything the service does; returns only when it cannot go on.
    async fn work(&mut self, reloads: &mut mpsc::Receiver<()>) -> ServiceError {
        let pulse = self.systemd.pulse().map_or(PULSE, |pulse| pulse.min(PULSE));
        loop {
            let idle = self.renewing.is_empty();
            let done = tokio::select! {
                scanned = self.rounds.turn(pulse) => match scanned {
                    Some(scanned) => self.scanned(scanned),
                    None => Ok(()),
                },
                listings = self.retry.due() => {
                    listings.iter().for_each(|listing| self.rounds.soon(listing));
                    Ok(())
                }
                listing = self.watch.touched() => {
                    self.rounds.soon(&listing);
                    Ok(())
                }
                done = self.tending.done() => {
                    self.tending.told(done);
                    Ok(())
                }
                printed = self.press.news() => printed.map(|printed| self.printed(&printed)),
                news = self.drain.news() => match news {
                    Ok(news) => {
                        (self.tell)(Event::Target(news), &self.app);
                        Ok(())
                    }
                    Err(Broken::Store(error)) => Err(error.into()),
                    Err(Broken::Bug(what)) => Err(ServiceError::Bug(what)),
                },
                Some(()) = reloads.recv(), if idle && self.first.is_none() => {
                    self.reload();
                    Ok(())
                }
                Some(aged) = self.aging.ended() => self.aged(aged),
                Some(renewed) = self.renewing.join_next() => match renewed {
                    Ok(renewed) => self.renewed(renewed),
                    Err(error) => self.renewed(Err(Refusal::Config(format!("loading it failed: {error}")))),
                },
            };
            if let Err(error) = done {
                return error;
            }
            if self.first.is_none() {
                self.tending.look(&self.app);
            }
            self.show();
        }
    }

    fn scanned(&mut self, scanned: Scanned) -> Result<(), ServiceError> {
        let Scanned { listing, outcome, skipped } = scanned;
        if self.ledger.note_skipped(&listing, skipped) {
            (self.tell)(Event::Slow(listing.to_string()), &self.app);
        }
        let report = match outcome.report {
            Some(Ok(report)) => Some(report),
            // The config that is loaded just now has it no more.
            Some(Err(StoreError::NoListing(_))) | None => None,
            Some(Err(error)) if error.is_passing() => {
                tracing::debug!(%listing, %error, "a scan is not remembered; it is made again");
                self.retry.failed(listing.clone());
                self.failing(Some(error.to_string()));
                None
            }
            Some(Err(error)) => return Err(error.into()),
        };
        if report.is_some() {
            self.retry.succeeded(&listing);
        }
        let stopped = self.rounds.plan.is_stopped(&listing);
        let news = report.as_ref().and_then(|report| self.ledger.note(report, stopped));
        let report = match &mut self.first {
            Some(first) => first.ended(&listing, report),
            None => report,
        };
        // Before that, the first round is still to come.
        if self.first.as_ref().is_none_or(|first| first.round.is_some()) {
            self.press.wake();
        }
        if let (Some(news), Some(report)) = (news, report) {
            (self.tell)(Event::Scanned { report: Box::new(report), news }, &self.app);
        }
        Ok(())
    }

    /// Old articles were looked for.
    fn aged(&mut self, aged: Result<usize, StoreError>) -> Result<(), ServiceError> {
        match aged {
            Ok(0) => {}
            Ok(articles) => {
                tracing::info!(articles, "forgot what old articles said, by `[keep] articles`");
                self.press.wake();
            }
            Err(error) if error.is_passing() => {
                tracing::warn!(%error, "cannot forget old articles now; it is tried again in an hour");
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    fn printed(&mut self, printed: &Printed) {
        if printed.busy.is_some() || self.publishing_failed == printed.trouble.is_some() {
            return;
        }
        self.publishing_failed = printed.trouble.is_some();
        (self.tell)(Event::Publishing(printed.trouble.clone()), &self.app);
    }

    /// Says once that nothing can be remembered, and once that it can again.
    fn failing(&mut self, why: Option<String>) {
        if self.store_trouble.is_some() != why.is_some() {
            (self.tell)(Event::Store(why.clone()), &self.app);
        }
        self.store_trouble = why;
    }

    /// Shows that things go on, and how; unless they do not.
    fn show(&mut self) {
        match self.app.store.trouble() {
            Some(why) => self.failing(Some(why)),
            None if self.retry.is_idle() => self.failing(None),
            None => {}
        }
        let printed = self.press.printed();
        let status = self.status(&printed);
        match &mut self.first {
            Some(first) => {
                if first.is_over() {
                    let round = *first.round.get_or_insert_with(|| self.press.wake());
                    if printed.round >= round {
                        self.ready(&printed, &status);
                    }
                }
            }
            None => self.systemd.status(&status),
        }
        if self.first.is_none() {
            self.aging.look(&self.app);
        }
        if !self.rounds.is_stuck() && !self.press.is_stuck(STUCK) {
            self.systemd.alive();
        }
        if let Some(summary) = self.ledger.summary() {
            (self.tell)(Event::Summary(summary), &self.app);
        }
    }

    fn ready(&mut self, printed: &Printed, status: &str) {
        let Some(first) = self.first.take() else { return };
        let (reports, published, served) = (first.reports(), printed.published.clone(), self.served);
        (self.tell)(
            Event::Ready { reports, published, served, next: self.rounds.plan.upcoming() },
            &self.app,
        );
        self.systemd.ready(status);
    }

    fn status(&self, printed: &Printed) -> String {
        let (listings, articles, feeds) =
            (self.app.config.listings.len(), printed.articles, printed.published.feeds);
        let publishing = printed.trouble.as_ref().map(|why| format!("cannot publish: {why}"));
        let store = self.store_trouble.as_ref().map(|why| format!("cannot remember anything: {why}"));
        let trouble: Vec<String> =
            store.into_iter().chain(self.ledger.trouble(false)).chain(publishing).collect();
        let trouble = if trouble.is_empty() { "all well".to_owned() } else { trouble.join("; ") };
        let quiet = self.ledger.quiet().map(|quiet| format!("; {quiet}")).unwrap_or_default();
        let (listings, articles) = (counted(listings, "listing"), counted(articles, "article"));
        format!("{listings}, {articles}, {}; {trouble}{quiet}", counted(feeds, "feed"))
    }

    /// Ends what runs, within a few seconds.
    async fn end(mut self) -> Arc<App<S>> {
        self.systemd.stopping();
        self.renewing.shutdown().await;
        self.tending.end().await;
        self.aging.close().await;
        let (cut, ()) = tokio::join!(self.rounds.drain(LAST_SCANS), self.drain.close(LAST_TRIES));
        if cut > 0 {
            tracing::info!(
                scans = cut,
                "scans that did not end in time are cut; nothing of them is remembered"
            );
        }
        self.press.wake();
        self.press.close(LAST_FILES).await;
        self.app
    }
}
