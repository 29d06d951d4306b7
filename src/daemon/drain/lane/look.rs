//! Looking for what is to be tried: due, not in quiet hours, and no more than is told one by one.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Duration;

use tokio::time::Instant;

use super::Lane;
use crate::delivery::{Gather, Plan, gather, plan, quiet_until};
use crate::model::{Delivery, DeliveryId, Timestamp};
use crate::store::{BATCH_MOST, Due, Store, StoreError};

/// How many messages are read from the store at once where none are made into one.
const AHEAD: usize = 128;

/// Seconds for which it matters that a message was sent.
const LATELY: i64 = 60;

/// The longest sleep: a clock that was set, and a machine that slept, are noticed within this time.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// The shortest sleep: the clock counts whole seconds.
const SHORTEST_SLEEP: Duration = Duration::from_millis(200);

/// What of the messages about articles is sent now.
struct Chosen {
    ready: Vec<Delivery>,
    /// Those that a burst leaves no room for.
    held: Vec<DeliveryId>,
    /// When there may be more.
    wake: Option<Timestamp>,
}

impl<S: Store> Lane<S> {
    /// Reads anew what is to be tried at `now`; how long until there may be more.
    pub(super) async fn look(&mut self, now: Timestamp) -> Result<Duration, StoreError> {
        self.keep_pace(now).await?;
        self.ready.clear();
        (self.looked, self.rung, self.more) = (Instant::now(), false, false);
        if let Some(end) = quiet_until(&self.line.quiet, now) {
            return Ok(rest(Some(end), now));
        }
        let most = self.most();
        let due = self.due(now, most).await?;
        self.more = due.deliveries.len() == most;
        // The store gives nothing for a disabled target: an operator enabled it.
        self.disabled &= due.deliveries.is_empty();
        self.left.note(&due.deliveries);
        let place: HashMap<DeliveryId, usize> = match self.line.manner.order {
            true => due.deliveries.iter().zip(0..).map(|(delivery, at)| (delivery.id, at)).collect(),
            false => HashMap::new(),
        };
        let (fresh, others) = self.sorted(due.deliveries);
        let (left, others): (Vec<_>, Vec<_>) =
            others.into_iter().partition(|delivery| self.left.has(delivery.id));
        let chosen = self.choose(fresh, now).await?;
        // What is left first of all, so that tries go on beginning in the order of the queue.
        self.ready.extend(left.into_iter().chain(chosen.ready).chain(others));
        if self.line.manner.order {
            // What was made just now stands last.
            let place = |id: DeliveryId| place.get(&id).copied().unwrap_or(usize::MAX);
            let first = chosen.held.into_iter().map(place).min();
            self.ready.retain(|delivery| first.is_none_or(|first| place(delivery.id) < first));
            self.ready.make_contiguous().sort_by_key(|delivery| place(delivery.id));
        }
        let wake = due.next.into_iter().chain(chosen.wake).min();
        Ok(rest(wake, now))
    }

    /// What is to be sent, in the order in which it is.
    async fn due(&self, now: Timestamp, most: usize) -> Result<Due, StoreError> {
        match self.line.manner.order {
            true => self.store.due_in_order(&self.target, now, most).await,
            false => self.store.due(&self.target, now, most).await,
        }
    }

    /// How many messages are to be read, to see whether they are too many, and others behind them.
    fn most(&self) -> usize {
        let fresh = match (&self.line.manner.digest, self.line.burst) {
            (Some(digest), _) => digest.most() + AHEAD,
            (None, Some(burst)) => burst as usize + 1,
            (None, None) => AHEAD,
        };
        fresh + self.line.manner.doubt
    }

    /// Plans for what may become one.
    async fn choose(&mut self, fresh: Vec<Delivery>, now: Timestamp) -> Result<Chosen, StoreError> {
        let mut chosen = Chosen { ready: Vec::new(), held: Vec::new(), wake: None };
        let Some(oldest) = self.oldest(&fresh, now) else { return Ok(chosen) };
        let births: Vec<Timestamp> = fresh.iter().map(|delivery| delivery.born).collect();
        match gather(self.line.manner.digest.as_ref(), &self.line.quiet, &births, oldest, now) {
            Gather::Wait(until) => chosen.wake = Some(until),
            Gather::Close => chosen.ready.extend(self.close(now).await?),
            Gather::Singly => self.singly(fresh, &mut chosen, now).await?,
        }
        Ok(chosen)
    }

    /// When the first of them was born. The clock may have been set back since: from now on it grows old by the clock as
    /// it is.
    fn oldest(&mut self, fresh: &[Delivery], now: Timestamp) -> Option<Timestamp> {
        let oldest = fresh.iter().map(|delivery| delivery.born).min();
        self.ahead = match oldest {
            Some(born) if born > now => Some(self.ahead.map_or(now, |ahead| ahead.min(now))),
            _ => None,
        };
        self.ahead.or(oldest)
    }

    /// One by one, as far as the burst has room for them; more than that become one.
    async fn singly(
        &mut self,
        fresh: Vec<Delivery>,
        chosen: &mut Chosen,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.sent.retain_mut(|sent| {
            // Sent before the clock was set back: from now on it grows old by the clock as it is.
            *sent = (*sent).min(now);
            now.since(*sent) <= LATELY
        });
        let mut fresh = VecDeque::from(fresh);
        let mut lately = self.sent.clone();
        while !fresh.is_empty() {
            match plan(self.line.burst, fresh.len(), &lately, now) {
                Plan::Send => {
                    lately.push(now);
                    chosen.ready.extend(fresh.pop_front());
                }
                Plan::Summarise => {
                    chosen.ready.extend(self.close(now).await?);
                    fresh.clear();
                }
                Plan::Wait(until) => {
                    chosen.wake = Some(until);
                    chosen.held.extend(fresh.drain(..).map(|delivery| delivery.id));
                }
            }
        }
        Ok(())
    }

    /// Makes one of all that may become one.
    async fn close(&mut self, now: Timestamp) -> Result<Option<Delivery>, StoreError> {
        let all = self.due(now, BATCH_MOST).await?;
        self.left.note(&all.deliveries);
        let ids = self.sorted(all.deliveries).0.into_iter().map(|delivery| delivery.id).collect();
        self.store.close_batch(&self.target, ids, now).await
    }

    /// Those that may become one, and the others; without those under way.
    fn sorted(&self, due: Vec<Delivery>) -> (Vec<Delivery>, Vec<Delivery>) {
        // Until it is remembered what became of a try, the store still calls it due.
        let under_way: HashSet<DeliveryId> =
            self.under_way.values().map(|(id, _)| *id).chain(self.settling.ids()).collect();
        let idle = due.into_iter().filter(|delivery| !under_way.contains(&delivery.id));
        idle.partition(|delivery| delivery.is_fresh() && !self.left.has(delivery.id))
    }
}

/// How long to sleep until then.
fn rest(wake: Option<Timestamp>, now: Timestamp) -> Duration {
    let rest = wake.map(|wake| Duration::from_secs(u64::try_from(wake.since(now)).unwrap_or(0)));
    rest.unwrap_or(LONGEST_SLEEP).clamp(SHORTEST_SLEEP, LONGEST_SLEEP)
}
