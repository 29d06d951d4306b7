//! What became of tries, on its way into the store.

use std::sync::Arc;

use tokio::task::JoinSet;

use crate::clock::Clock;
use crate::model::DeliveryId;
use crate::store::{Settled, Settlement, Store, StoreError};

/// What became of tries: it waits, then the store is asked to remember it. One batch at a time, and nobody waits for the
/// disk meanwhile: what ends until then is the next batch, and shares one flush.
pub(super) struct Settling<S> {
    store: Arc<S>,
    clock: Clock,
    waiting: Vec<Settled>,
    /// What the store is asked to remember just now.
    asked: Vec<Settled>,
    asking: JoinSet<Result<Settlement, StoreError>>,
}

impl<S: Store> Settling<S> {
    pub(super) fn new(store: Arc<S>, clock: Clock) -> Self {
        Self { store, clock, waiting: Vec::new(), asked: Vec::new(), asking: JoinSet::new() }
    }

    /// Takes over what somebody else could not have remembered.
    pub(super) fn extend(&mut self, ended: Vec<Settled>) {
        self.waiting.extend(ended);
    }

    /// One more try ended.
    pub(super) fn push(&mut self, ended: Settled) {
        self.waiting.push(ended);
    }

    /// How many are not remembered yet.
    pub(super) fn len(&self) -> usize {
        self.waiting.len() + self.asked.len()
    }

    /// Those not remembered yet.
    pub(super) fn ids(&self) -> impl Iterator<Item = DeliveryId> + '_ {
        self.waiting.iter().chain(&self.asked).map(|settled| settled.id)
    }

    /// Asks the store to remember what waits, unless it is being asked.
    pub(super) fn begin(&mut self) {
        if self.asking.is_empty() && !self.waiting.is_empty() {
            self.asked = std::mem::take(&mut self.waiting);
            let (store, now, tries) = (Arc::clone(&self.store), self.clock.now(), self.asked.clone());
            self.asking.spawn(async move { store.settle(tries, now).await });
        }
    }

    /// Waits for the store's answer; `None` where it is not asked. Dropping the future loses nothing.
    pub(super) async fn answered(&mut self) -> Option<Result<Settlement, StoreError>> {
        let answer = self.asking.join_next().await?;
        let done =
            answer.unwrap_or_else(|error| Err(StoreError::Stopped(format!("settling ended: {error}"))));
        if done.is_ok() {
            self.asked.clear();
            crate::crashpoint::hit("drain.after-settle");
        } else {
            // In front of what ended later.
            self.asked.append(&mut self.waiting);
            std::mem::swap(&mut self.asked, &mut self.waiting);
        }
        Some(done)
    }

    /// What is not remembered.
    pub(super) fn rest(mut self) -> Vec<Settled> {
        self.asked.append(&mut self.waiting);
        self.asked
    }
}
