//! The lane of one target.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;

use super::settling::Settling;
use super::tempo::Tempo;
use super::{Handed, Happened, Line, TargetNews};
use crate::clock::Clock;
use crate::delivery::{Judged, Plan, plan, verdict};
use crate::model::{Delivery, DeliveryId, TargetId, Timestamp};
use crate::store::{BATCH_MOST, Settled, Store, StoreError, TryEnd, Wanted};

/// How many tries of one target are under way at once, where its pace is not bound.
pub(super) const AT_ONCE: usize = 4;

/// How many tries of one target may be under way or not remembered yet, where its receiver knows by their ids what it
/// has: more than are under way, so that none waits for the disk.
pub(super) const IN_DOUBT: usize = 64;

/// How many messages are read from the store at once where none are made into one.
const AHEAD: usize = 128;

/// While there is something to be tried, rings of the bell are answered no sooner than this after the last look.
const RING_PAUSE: Duration = Duration::from_millis(100);

/// Seconds for which it matters that a message was sent.
const LATELY: i64 = 60;

/// The longest sleep: a clock that was set, and a machine that slept, are noticed within this time.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// How long a lane waits after the store failed; twice as long after each further time.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The longest such wait.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// How long a pass waits for the pace of its target, between two messages.
const PASS_PAUSE: Duration = Duration::from_secs(2);

/// How many messages are looked at for what was sent before this process began.
const PACED: usize = 1_000;

/// The shortest sleep: the clock counts whole seconds.
const SHORTEST_SLEEP: Duration = Duration::from_millis(200);

/// One target's messages on their way.
pub(super) struct Lane<S> {
    target: TargetId,
    line: Line,
    store: Arc<S>,
    clock: Clock,
    /// When this process began.
    begun: Timestamp,
    tell: mpsc::UnboundedSender<TargetNews>,
    /// What an earlier process may have been sending when it ended: the receiver may have it, so it keeps its id.
    left: HashSet<DeliveryId>,
    /// What is to be tried next.
    ready: VecDeque<Delivery>,
    trying: JoinSet<Judged>,
    /// What the tries are of, and how often each was tried before.
    under_way: HashMap<Id, (DeliveryId, u32)>,
    /// What became of tries that ended, until it is remembered.
    settling: Settling<S>,
    /// Whether the store failed, and nothing is asked of it until a pause is over.
    stalled: bool,
    /// How long to wait when the store fails.
    pause: Duration,
    /// When the store was last asked what is due, and whether it may have more.
    looked: Instant,
    more: bool,
    /// Whether the bell was rung since then.
    rung: bool,
    /// When the next try may begin. Handed on from lane to lane, so a reload is no way around it.
    tempo: Option<Tempo>,
    /// When messages about one article were sent, within the last minute.
    sent: Vec<Timestamp>,
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
    ) -> Self {
        Self {
            target: line.target.clone(),
            line,
            settling: Settling::new(Arc::clone(&store), clock.clone()),
            store,
            clock,
            begun,
            tell,
            left: HashSet::new(),
            ready: VecDeque::new(),
            trying: JoinSet::new(),
            under_way: HashMap::new(),
            stalled: false,
            pause: FIRST_PAUSE,
            looked: Instant::now(),
            more: false,
            rung: false,
            tempo: None,
            sent: Vec::new(),
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
                    if !self.stalled && self.line.burst.is_some() {
                        let remembered = self.settling.finish().await;
                        rest = match self.passing(remembered)? {
                            Some(pause) => pause,
                            None if self.ready.is_empty() => self.look_again().await?,
                            None => rest,
                        };
                    } else if !self.stalled && self.ready.is_empty() && self.more {
                        rest = self.look_again().await?;
                    }
                }
                Some(done) = self.settling.answered() => rest = match self.passing(done)? {
                    Some(pause) => pause,
                    None if self.ready.is_empty() => self.look_again().await?,
                    None => rest,
                },
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

    /// Waits until the next try may begin.
    fn free(&self) -> impl Future<Output = ()> + use<S> {
        tokio::time::sleep(self.wait())
    }

    /// How long until the pace lets another try begin.
    fn wait(&self) -> Duration {
        self.tempo.as_ref().map_or(Duration::ZERO, Tempo::wait)
    }

    /// Begins to keep the pace of its target, if nobody did before: also of what an earlier process sent.
    async fn keep_pace(&mut self, now: Timestamp) -> Result<(), StoreError> {
        if let Some(tempo) = &mut self.tempo {
            tempo.rule(&self.line.pace);
            return Ok(());
        }
        let mut tempo = Tempo::new(&self.line.pace);
        if tempo.is_bound() {
            let lately = i64::try_from(tempo.memory().as_secs()).unwrap_or(0) + 1;
            let target = Some(self.target.clone());
            let wanted = Wanted { target, states: Vec::new(), since: Some(now.plus(-lately)) };
            let found = self.store.deliveries(&wanted, PACED).await?;
            let tried =
                found.iter().filter(|delivery| delivery.tries > 0 || delivery.changed != delivery.born);
            // Both are whole seconds, so that a second less may have passed.
            let ago = |delivery: &Delivery| (now.since(delivery.changed) - 1).clamp(0, lately);
            let mut ago: Vec<i64> = tried.map(ago).collect();
            // What was sent when it ended, and is not remembered.
            ago.extend(found.iter().any(|delivery| delivery.born < self.begun).then_some(0));
            ago.sort_unstable_by(|a, b| b.cmp(a));
            for seconds in ago {
                tempo.note(Duration::from_secs(u64::try_from(seconds).unwrap_or(0)));
            }
        }
        self.tempo = Some(tempo);
        Ok(())
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
            let remembered = self.settling.finish().await;
            if let Some(pause) = self.passing(remembered)? {
                return Ok(pause);
            }
        }
        match self.look(self.clock.now()).await {
            Ok(rest) => {
                (self.pause, self.stalled) = (FIRST_PAUSE, false);
                Ok(rest)
            }
            failed => Ok(self.passing(failed)?.unwrap_or(FIRST_PAUSE)),
        }
    }

    /// Tries everything that is due by now, each message once.
    pub(super) async fn pass(mut self) -> Result<(), StoreError> {
        // What fails meanwhile is due again later than that.
        let begun = self.clock.now();
        loop {
            if self.ready.is_empty() {
                self.look(begun).await?;
            }
            self.fill();
            // What must wait for longer waits for the next pass.
            let (held, free) = (self.is_held() && self.wait() <= PASS_PAUSE, self.free());
            tokio::select! {
                Some(ended) = self.trying.join_next_with_id() => {
                    self.ended(ended);
                    // A command may end at the next failure, and what it knows with it.
                    self.settling.finish().await?;
                }
                () = free, if held => {}
                else => return Ok(()),
            }
        }
    }

    /// Reads anew what is to be tried at `now`; how long until there may be more.
    async fn look(&mut self, now: Timestamp) -> Result<Duration, StoreError> {
        self.keep_pace(now).await?;
        self.ready.clear();
        (self.looked, self.rung) = (Instant::now(), false);
        let most = self.line.burst.map_or(AHEAD, |burst| burst as usize + 1) + self.line.doubt;
        let due = self.store.due(&self.target, now, most).await?;
        self.more = due.deliveries.len() == most;
        // The store gives nothing for a disabled target: an operator enabled it.
        self.disabled &= due.deliveries.is_empty();
        self.note_left(&due.deliveries);
        let (fresh, others) = self.sorted(due.deliveries);
        let (left, others): (Vec<_>, Vec<_>) =
            others.into_iter().partition(|delivery| self.left.contains(&delivery.id));
        // First of all, so that tries go on beginning in the order of the queue.
        self.ready.extend(left);
        self.sent.retain_mut(|sent| {
            // Sent before the clock was set back: from now on it grows old by the clock as it is.
            *sent = (*sent).min(now);
            now.since(*sent) <= LATELY
        });
        let mut wake = due.next;
        let mut fresh = VecDeque::from(fresh);
        let mut lately = self.sent.clone();
        while !fresh.is_empty() {
            match plan(self.line.burst, fresh.len(), &lately, now) {
                Plan::Send => {
                    lately.push(now);
                    self.ready.extend(fresh.pop_front());
                }
                Plan::Summarise => {
                    let all = self.store.due(&self.target, now, BATCH_MOST).await?;
                    let ids = self.sorted(all.deliveries).0.into_iter().map(|delivery| delivery.id).collect();
                    self.ready.extend(self.store.close_batch(&self.target, ids, now).await?);
                    fresh.clear();
                }
                Plan::Wait(until) => {
                    wake = Some(wake.map_or(until, |wake| wake.min(until)));
                    fresh.clear();
                }
            }
        }
        self.ready.extend(others);
        let rest = wake.map(|wake| Duration::from_secs(u64::try_from(wake.since(now)).unwrap_or(0)));
        Ok(rest.unwrap_or(LONGEST_SLEEP).clamp(SHORTEST_SLEEP, LONGEST_SLEEP))
    }

    /// Those that may become one, and the others; without those under way.
    fn sorted(&self, due: Vec<Delivery>) -> (Vec<Delivery>, Vec<Delivery>) {
        // Until it is remembered what became of a try, the store still calls it due.
        let under_way: HashSet<DeliveryId> =
            self.under_way.values().map(|(id, _)| *id).chain(self.settling.ids()).collect();
        let idle = due.into_iter().filter(|delivery| !under_way.contains(&delivery.id));
        idle.partition(|delivery| delivery.is_fresh() && !self.left.contains(&delivery.id))
    }

    /// Notes what may be `left`: tries begin in the order of the queue, and no more are in doubt, so no others.
    fn note_left(&mut self, due: &[Delivery]) {
        let older = due.iter().filter(|delivery| delivery.is_fresh() && delivery.born < self.begun);
        for delivery in older {
            if self.left.len() < self.line.doubt {
                self.left.insert(delivery.id);
            }
        }
    }

    /// Starts as many tries as there is room for.
    fn fill(&mut self) {
        // One after the other where the pace is bound, so that the last one has ended when the next one begins.
        let is_bound = self.tempo.as_ref().is_some_and(Tempo::is_bound);
        // No more than are under way where one that was sent might become part of a summary.
        let most = if self.line.burst.is_some() { AT_ONCE } else { self.line.doubt };
        let (at_once, in_doubt) = if is_bound { (1, 1) } else { (AT_ONCE, most) };
        while self.trying.len() < at_once
            && self.in_doubt() < in_doubt
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

    /// How many tries are under way, or not remembered yet.
    fn in_doubt(&self) -> usize {
        self.trying.len() + self.settling.len()
    }

    /// Whether the pace lets another try begin.
    fn may_begin(&self) -> bool {
        self.wait().is_zero()
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
                if matches!(verdict, TryEnd::Disabled { .. }) {
                    // What waits for it goes on waiting.
                    self.ready.clear();
                }
                self.settling.push(Settled { id, target: self.target.clone(), end: verdict });
            }
            next = self.trying.try_join_next_with_id();
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
        let remembered = self.settling.finish().await;
        if self.passing(remembered)?.is_some() {
            let tries = self.settling.len();
            tracing::warn!(target = %self.target, tries, "what became of tries cannot be remembered yet");
        }
        Ok(Handed { unsettled: self.settling.rest(), tempo: self.tempo })
    }
}
