//! The lane of one target.

mod left;
mod look;
mod pace;

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;

use self::left::Left;
use super::bell::Bell;
use super::settling::Settling;
use super::tempo::Tempo;
use super::{Handed, Happened, Line, TargetNews};
use crate::clock::Clock;
use crate::delivery::{Judged, quiet_until, verdict};
use crate::model::{Delivery, DeliveryId, TargetId, Timestamp};
use crate::store::{Settled, Settlement, Store, StoreError, TryEnd};

/// While there is something to be tried, rings of the bell are answered no sooner than this after the last look.
const RING_PAUSE: Duration = Duration::from_millis(100);

/// How long a lane waits after the store failed; twice as long after each further time.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The longest such wait.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// How long a pass waits for the pace of its target, between two messages.
const PASS_PAUSE: Duration = Duration::from_secs(2);

/// One target's messages on their way.
pub(super) struct Lane<S> {
    target: TargetId,
    line: Line,
    store: Arc<S>,
    clock: Clock,
    /// When this process began.
    begun: Timestamp,
    tell: mpsc::UnboundedSender<TargetNews>,
    /// Rung where something comes to be owed to other targets.
    bell: Bell,
    left: Left,
    /// Whether the rules that the target had before are known.
    knows_rules: bool,
    /// What is to be tried next.
    ready: VecDeque<Delivery>,
    trying: JoinSet<Judged>,
    /// What the tries are of, and how often each was tried before.
    under_way: HashMap<Id, (DeliveryId, u32)>,
    /// What became of tries that ended, until it is remembered.
    settling: Settling<S>,
    /// Whether the store failed, and nothing is asked of it until a pause is over.
    stalled: bool,
    /// When the store was last asked what is due, and whether it may have more.
    looked: Instant,
    more: bool,
    /// Whether the bell was rung since then.
    rung: bool,
    /// How long to wait when the store fails.
    pause: Duration,
    /// When the next try may begin. Handed on from lane to lane, so a reload is no way around it.
    tempo: Option<Tempo>,
    /// When messages about one article were sent, within the last minute.
    sent: Vec<Timestamp>,
    /// Since when messages wait that were born later than that by a clock that was set back.
    ahead: Option<Timestamp>,
    /// Whether the last try failed.
    failing: bool,
    given_up: bool,
    /// Whether the receiver said that it wants no more.
    disabled: bool,
}

impl<S: Store> Lane<S> {
    pub(super) fn new(
        line: Line,
        store: Arc<S>,
        clock: Clock,
        begun: Timestamp,
        tell: mpsc::UnboundedSender<TargetNews>,
        bell: Bell,
    ) -> Self {
        let singly = if line.manner.digest.is_some() { 0 } else { line.manner.doubt };
        let left = Left::new(begun, singly, line.quiet.clone());
        Self {
            target: line.target.clone(),
            line,
            settling: Settling::new(Arc::clone(&store), clock.clone()),
            store,
            clock,
            begun,
            tell,
            bell,
            left,
            knows_rules: false,
            ready: VecDeque::new(),
            trying: JoinSet::new(),
            under_way: HashMap::new(),
            stalled: false,
            looked: Instant::now(),
            more: false,
            rung: false,
            pause: FIRST_PAUSE,
            tempo: None,
            sent: Vec::new(),
            ahead: None,
            failing: false,
            given_up: false,
            disabled: false,
        }
    }

    /// Sends what is due, until nobody keeps it; then waits for the tries under way. Begins with what the lane before
    /// could not remember, and returns what this one could not.
    pub(super) async fn run(
        mut self,
        handed: Handed,
        mut bell: watch::Receiver<()>,
        mut kept: watch::Receiver<()>,
    ) -> Result<Handed, StoreError> {
        self.stalled = !handed.unsettled.is_empty();
        self.settling.extend(handed.unsettled);
        self.tempo = handed.tempo;
        let mut rest = self.look_again().await?;
        loop {
            if kept.has_changed().is_err() {
                return self.end().await;
            }
            self.fill();
            if !self.stalled {
                self.settling.begin();
            }
            let (held, free) = (self.is_held(), self.free());
            tokio::select! {
                Some(ended) = self.trying.join_next_with_id() => {
                    self.ended(ended);
                    if !self.stalled && !self.defers() {
                        let remembered = self.remember().await;
                        rest = match self.passing(remembered)? {
                            Some(pause) => pause,
                            None if self.ready.is_empty() => self.look_again().await?,
                            None => rest,
                        };
                    } else if !self.stalled && self.ready.is_empty() && self.more {
                        rest = self.look_again().await?;
                    }
                }
                Some(done) = self.settling.answered() => {
                    let done = done.map(|settlement| self.settled(settlement));
                    rest = match self.passing(done)? {
                        Some(pause) => pause,
                        None if self.ready.is_empty() => self.look_again().await?,
                        None => rest,
                    };
                }
                rung = bell.changed(), if !self.stalled => match rung {
                    Ok(()) if self.ready.is_empty() => rest = self.look_again().await?,
                    Ok(()) => self.rung = true,
                    Err(_) => return self.end().await,
                },
                _ = kept.changed() => {}
                () = tokio::time::sleep(rest), if self.ready.is_empty() => rest = self.look_again().await?,
                () = tokio::time::sleep_until(self.looked + RING_PAUSE), if self.rung && !self.stalled => {
                    rest = self.look_again().await?;
                }
                () = free, if held => {}
            }
        }
    }

    /// Whether nothing is under way though something is to be tried: its time has not come.
    fn is_held(&self) -> bool {
        self.trying.is_empty() && !self.ready.is_empty() && !self.may_begin()
    }

    /// Whether further tries begin before it is remembered what became of earlier ones.
    fn defers(&self) -> bool {
        self.line.manner.doubt > self.line.manner.concurrency
    }

    /// Waits until the next try may begin.
    fn free(&self) -> impl Future<Output = ()> + use<S> {
        tokio::time::sleep(self.wait())
    }

    /// What failed in passing is tried again after a while, which is returned; nothing is sent before.
    fn passing<T>(&mut self, done: Result<T, StoreError>) -> Result<Option<Duration>, StoreError> {
        match done {
            Ok(_) => {
                (self.pause, self.stalled) = (FIRST_PAUSE, false);
                Ok(None)
            }
            Err(error) if error.is_passing() => {
                if self.pause == FIRST_PAUSE {
                    tracing::warn!(target = %self.target, %error, "nothing is sent while the store fails");
                }
                self.ready.clear();
                self.stalled = true;
                let longer = (self.pause * 2).min(LONGEST_PAUSE);
                Ok(Some(std::mem::replace(&mut self.pause, longer)))
            }
            Err(error) => Err(error),
        }
    }

    /// Remembers what is not yet, then reads anew what is to be tried; how long until there may be more.
    async fn look_again(&mut self) -> Result<Duration, StoreError> {
        // Before the store knows that it is disabled, it would give more.
        if self.stalled || self.disabled {
            let remembered = self.remember().await;
            if let Some(pause) = self.passing(remembered)? {
                return Ok(pause);
            }
        }
        let looked = match self.learn_rules().await {
            Ok(()) => self.look(self.clock.now()).await,
            Err(error) => Err(error),
        };
        match looked {
            Ok(rest) => {
                (self.pause, self.stalled) = (FIRST_PAUSE, false);
                Ok(rest)
            }
            failed => Ok(self.passing(failed)?.unwrap_or(FIRST_PAUSE)),
        }
    }

    /// Learns by which rules an earlier process may have sent.
    async fn learn_rules(&mut self) -> Result<(), StoreError> {
        if !self.knows_rules {
            let known = self.store.targets().await?.into_iter().find(|info| info.id == self.target);
            self.left.had_rules(known.and_then(|info| info.before));
            self.knows_rules = true;
        }
        Ok(())
    }

    /// Tries everything that is due by now, each message once.
    pub(super) async fn pass(mut self) -> Result<(), StoreError> {
        // What fails meanwhile is due again later than that.
        let begun = self.clock.now();
        loop {
            if self.ready.is_empty() {
                self.learn_rules().await?;
                self.look(begun).await?;
            }
            self.fill();
            // What must wait for longer waits for the next pass.
            let (held, free) = (self.is_held() && self.wait() <= PASS_PAUSE, self.free());
            tokio::select! {
                Some(ended) = self.trying.join_next_with_id() => {
                    self.ended(ended);
                    // A command may end at the next failure, and what it knows with it.
                    self.remember().await?;
                }
                () = free, if held => {}
                else => return Ok(()),
            }
        }
    }

    /// Starts as many tries as there is room for.
    fn fill(&mut self) {
        if !self.ready.is_empty() && quiet_until(&self.line.quiet, self.clock.now()).is_some() {
            self.ready.clear();
        }
        let (at_once, in_doubt) = (self.at_once(), self.in_doubt_most());
        while self.trying.len() < at_once
            && self.trying.len() + self.settling.len() < in_doubt
            && self.may_begin()
            && let Some(delivery) = self.ready.pop_front()
        {
            if delivery.is_fresh() && self.line.burst.is_some() {
                self.sent.push(self.clock.now());
            }
            crate::crashpoint::hit("drain.before-try");
            let tried = (delivery.id, delivery.tries);
            let task = self.trying.spawn((self.line.attempt)(Arc::new(delivery), self.clock.clone()));
            self.under_way.insert(task.id(), tried);
        }
    }

    /// Notes what became of a try, and of all others that have ended by now.
    fn ended(&mut self, ended: Result<(Id, Judged), JoinError>) {
        crate::crashpoint::hit("drain.after-try");
        let mut next = Some(ended);
        while let Some(ended) = next {
            let (task, verdict) = match ended {
                Ok((task, verdict)) => (task, Some(verdict)),
                Err(error) => (error.id(), None),
            };
            if let Some((id, tries)) = self.under_way.remove(&task) {
                let Judged { end: verdict, rest } = verdict.unwrap_or_else(|| self.panicked(tries).into());
                if let Some(tempo) = &mut self.tempo {
                    tempo.note(Duration::ZERO);
                    tempo.rest(Duration::from_secs(u64::try_from(rest).unwrap_or(0)));
                }
                self.say(&verdict);
                let holds = self.line.manner.order && matches!(verdict, TryEnd::Failed { .. });
                if holds || matches!(verdict, TryEnd::Disabled { .. }) {
                    // What waits for it goes on waiting.
                    self.ready.clear();
                }
                self.settling.push(Settled { id, target: self.target.clone(), end: verdict });
            }
            next = self.trying.try_join_next_with_id();
        }
    }

    /// Waits until all that became of tries is remembered.
    async fn remember(&mut self) -> Result<(), StoreError> {
        loop {
            self.settling.begin();
            match self.settling.answered().await {
                Some(done) => {
                    let settlement = done?;
                    self.settled(settlement);
                }
                None => return Ok(()),
            }
        }
    }

    /// It is remembered what became of tries.
    fn settled(&mut self, settlement: Settlement) {
        if settlement.owed > 0 {
            self.bell.ring();
        }
        if let Some((_, reason)) = settlement.disabled.into_iter().find(|(id, _)| *id == self.target) {
            self.ready.clear();
            self.say(&TryEnd::Disabled { reason });
        }
    }

    /// A bug of ours, met by one message: the others go on, and it is tried again like any that failed.
    fn panicked(&self, tries: u32) -> TryEnd {
        verdict(&Err("a bug of ours ended the try"), tries + 1, self.clock.now(), fastrand::f64())
    }

    fn say(&mut self, verdict: &TryEnd) {
        let what = match verdict {
            TryEnd::Delivered => {
                (self.given_up, self.disabled) = (false, false);
                std::mem::take(&mut self.failing).then_some(Happened::Recovered)
            }
            TryEnd::Failed { reason, .. } => {
                let before = std::mem::replace(&mut self.failing, true);
                (!before).then(|| Happened::Failing(reason.clone()))
            }
            TryEnd::Dead { reason } => {
                let before = std::mem::replace(&mut self.given_up, true);
                (!before).then(|| Happened::GivenUp(reason.clone()))
            }
            TryEnd::Disabled { reason } => {
                let before = std::mem::replace(&mut self.disabled, true);
                (!before).then(|| Happened::Disabled(reason.clone()))
            }
        };
        if let Some(what) = what {
            let _ = self.tell.send(TargetNews { target: self.target.clone(), what });
        }
    }

    /// Waits for the tries under way. What became of those that cannot be remembered.
    async fn end(mut self) -> Result<Handed, StoreError> {
        while let Some(ended) = self.trying.join_next_with_id().await {
            self.ended(ended);
            self.settling.begin();
        }
        let remembered = self.remember().await;
        if self.passing(remembered)?.is_some() {
            let tries = self.settling.len();
            tracing::warn!(target = %self.target, tries, "what became of tries cannot be remembered yet");
        }
        Ok(Handed { unsettled: self.settling.rest(), tempo: self.tempo })
    }
}
