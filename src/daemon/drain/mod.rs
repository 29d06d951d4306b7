//! Draining the outbox: what is owed to targets is sent, until they took it or it is given up.
//!
//! Each target has a [`lane`] of its own, so that a slow or dead one delays no other. Lanes are woken by a bell
//! whenever something may be owed, and otherwise when a next try is due. What became of a try is remembered before
//! the same message is tried again; one that was taken while that could not be remembered any more (a kill in between) is
//! sent once more, with the same id: it is made part of no summary.

mod bell;
mod lane;
mod once;
mod settling;
mod tempo;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, mpsc, watch};
use tokio::task::JoinSet;

pub use bell::Bell;
pub use once::{Sent, once};

use self::lane::Lane;
use self::tempo::Tempo;
use crate::clock::Clock;
use crate::delivery::{Judged, Manner, Rule, judge, rules};
use crate::model::quiet::QuietHours;
use crate::model::target::{TargetKind, TargetSpec};
use crate::model::{Answer, Delivery, TargetId, Timestamp};
use crate::notify::Sender;
use crate::store::{Settled, Store, StoreError};

/// A try on its way.
type Trying = Pin<Box<dyn Future<Output = Judged> + Send>>;

/// A target that can be sent to.
#[derive(Clone)]
pub struct Line {
    target: TargetId,
    burst: Option<u32>,
    /// When nothing is sent.
    quiet: Vec<QuietHours>,
    manner: Manner,
    /// How fast its messages may follow one another; without a rule several are under way at once.
    pace: Vec<Rule>,
    attempt: Arc<dyn Fn(Arc<Delivery>, Clock) -> Trying + Send + Sync>,
}

impl Line {
    /// The line to a target, as the config says of it, and of how its messages follow one another. Addresses in messages are below `base_url`.
    #[must_use]
    pub fn new(sender: Sender, spec: &TargetSpec, manner: Manner, base_url: &str) -> Self {
        let (sender, base_url): (Arc<Sender>, Arc<str>) = (Arc::new(sender), base_url.into());
        let (target, kind) = (sender.target().clone(), sender.kind());
        let mut pace = rules(kind).to_vec();
        pace.extend(spec.pace.map(|gap| (1, gap)));
        let send = move |delivery: Arc<Delivery>, now| {
            let (sender, base_url) = (Arc::clone(&sender), Arc::clone(&base_url));
            async move { sender.send(&delivery, &base_url, now).await }
        };
        let quiet = spec.rule.quiet.clone();
        Self { pace, quiet, manner, ..Self::of(kind, target, spec.burst, send) }
    }

    /// The line to a generic target that messages reach some other way: `send` tries one, at the present, and gives what
    /// was answered. More messages than `burst` within a minute become one.
    #[must_use]
    pub fn by<F, E>(
        target: TargetId,
        burst: Option<u32>,
        send: impl Fn(Arc<Delivery>, Timestamp) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<Answer, E>> + Send + 'static,
        E: fmt::Display + Send,
    {
        Self::of(TargetKind::Generic, target, burst, send)
    }

    fn of<F, E>(
        kind: TargetKind,
        target: TargetId,
        burst: Option<u32>,
        send: impl Fn(Arc<Delivery>, Timestamp) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<Answer, E>> + Send + 'static,
        E: fmt::Display + Send,
    {
        let attempt = move |delivery: Arc<Delivery>, clock: Clock| -> Trying {
            let sent = send(Arc::clone(&delivery), clock.now());
            Box::pin(async move {
                let answer = sent.await;
                // Spread, so that what failed together does not all come back together.
                judge(kind, &answer, delivery.tries + 1, clock.now(), fastrand::f64())
            })
        };
        let (quiet, manner) = (Vec::new(), Manner::default());
        Self { target, burst, quiet, manner, pace: Vec::new(), attempt: Arc::new(attempt) }
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line").field("target", &self.target).finish_non_exhaustive()
    }
}

/// What is worth saying of a target. Nothing is said again before the opposite was, but after a reload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetNews {
    /// The target.
    pub target: TargetId,
    /// What happened.
    pub what: Happened,
}

/// What happened with a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happened {
    /// A try failed, and why; the message is tried again.
    Failing(String),
    /// A message was taken, after tries that failed.
    Recovered,
    /// A message was given up, and why.
    GivenUp(String),
    /// It wants no more messages, or none arrived for days. Nothing is sent until an operator enables it.
    Disabled(String),
}

/// What the lane of a target hands on to the next one.
#[derive(Debug, Default)]
struct Handed {
    /// What became of tries and could not be remembered.
    unsettled: Vec<Settled>,
    /// When messages were sent; `None` where no lane sent any.
    tempo: Option<Tempo>,
}

/// All lanes of the service.
pub(super) struct Drain<S> {
    store: Arc<S>,
    bell: Bell,
    clock: Clock,
    /// When this process began.
    begun: Timestamp,
    lanes: JoinSet<Result<(), StoreError>>,
    /// Dropping it ends the lanes.
    keeps: watch::Sender<()>,
    /// Held by the lane of a target: two of them would send everything twice. What the next one must know is handed on to
    /// it by this.
    gates: HashMap<TargetId, Arc<Mutex<Handed>>>,
    tell: mpsc::UnboundedSender<TargetNews>,
    told: mpsc::UnboundedReceiver<TargetNews>,
}

impl<S: Store> Drain<S> {
    /// Begins to send to these targets.
    pub(super) fn start(store: Arc<S>, bell: Bell, clock: Clock, lines: Vec<Line>) -> Self {
        let (tell, told) = mpsc::unbounded_channel();
        let (lanes, keeps, gates) = (JoinSet::new(), watch::Sender::new(()), HashMap::new());
        let begun = clock.now();
        let mut drain = Self { store, bell, clock, begun, lanes, keeps, gates, tell, told };
        drain.open(lines);
        drain
    }

    /// Goes on with these targets; tries under way end first.
    pub(super) fn replace(&mut self, lines: Vec<Line>) {
        self.keeps = watch::Sender::new(());
        self.open(lines);
    }

    fn open(&mut self, lines: Vec<Line>) {
        for line in lines {
            let gate = Arc::clone(self.gates.entry(line.target.clone()).or_default());
            let (store, clock) = (Arc::clone(&self.store), self.clock.clone());
            let (tell, bell) = (self.tell.clone(), self.bell.clone());
            let lane = Lane::new(line, store, clock, self.begun, tell, bell);
            let (bell, keeps) = (self.bell.listen(), self.keeps.subscribe());
            self.lanes.spawn(async move {
                let mut handed = gate.lock_owned().await;
                *handed = lane.run(std::mem::take(&mut *handed), bell, keeps).await?;
                Ok(())
            });
        }
    }

    /// Waits until there is something to say, or a lane failed for good. Dropping the future loses nothing.
    ///
    /// # Errors
    /// What the store failed with, or a sentence where a lane panicked.
    pub(super) async fn news(&mut self) -> Result<TargetNews, Broken> {
        loop {
            tokio::select! {
                Some(news) = self.told.recv() => return Ok(news),
                Some(ended) = self.lanes.join_next() => match ended {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => return Err(Broken::Store(error)),
                    Err(error) => return Err(Broken::Bug(format!("sending ended early: {error}"))),
                },
            }
        }
    }

    /// Starts no more tries, and waits for those under way, for so long. What they would have told is told by the next
    /// start, which tries them again.
    pub(super) async fn close(mut self, patience: Duration) {
        self.keeps = watch::Sender::new(());
        let ended = async { while self.lanes.join_next().await.is_some() {} };
        if tokio::time::timeout(patience, ended).await.is_err() {
            tracing::info!(
                "tries that get no answer are cut; the next start makes them again, with the same ids"
            );
            self.lanes.shutdown().await;
        }
    }
}

/// Why nothing is sent any more.
#[derive(Debug)]
pub(super) enum Broken {
    /// The store failed.
    Store(StoreError),
    /// A bug of ours.
    Bug(String),
}
