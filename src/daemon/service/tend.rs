//! Keeping the store small: now and then it is asked to do what pays.

use std::sync::Arc;

use tokio::task::{JoinError, JoinSet};

use crate::daemon::App;
use crate::model::Timestamp;
use crate::store::{Store, StoreError, Upkeep};

/// How many seconds after the start it is asked first: a start has better things to do.
const FIRST: i64 = 5 * 60;

/// How many seconds later again.
const EVERY: i64 = 60 * 60;

/// When the store is asked, and what it answers.
#[derive(Debug, Default)]
pub(super) struct Tending {
    task: JoinSet<Result<Upkeep, StoreError>>,
    next: Option<Timestamp>,
    /// What went wrong the last time: said once.
    trouble: Option<String>,
}

impl Tending {
    /// Asks the store, if it is time.
    pub(super) fn look<S: Store>(&mut self, app: &Arc<App<S>>) {
        let now = app.clock.now();
        let next = *self.next.get_or_insert(now.plus(FIRST));
        // A clock that was put back must not stop it for long.
        if !self.task.is_empty() || (now < next && next <= now.plus(EVERY)) {
            return;
        }
        self.next = Some(now.plus(EVERY));
        let (store, history) = (Arc::clone(&app.store), app.config.keep.history);
        self.task.spawn(async move { store.tend(history, now).await });
    }

    /// Ready when the store has answered; never, while it was not asked.
    pub(super) async fn done(&mut self) -> Result<Result<Upkeep, StoreError>, JoinError> {
        match self.task.join_next().await {
            Some(done) => done,
            None => std::future::pending().await,
        }
    }

    /// Says what came of it.
    pub(super) fn told(&mut self, done: Result<Result<Upkeep, StoreError>, JoinError>) {
        let trouble = match done {
            // The store says itself what it did.
            Ok(Ok(_)) | Ok(Err(StoreError::Stopped(_))) => None,
            Ok(Err(error)) => Some(error.to_string()),
            Err(error) => Some(error.to_string()),
        };
        if let Some(why) = trouble.as_ref().filter(|why| self.trouble.as_ref() != Some(*why)) {
            tracing::warn!(
                why,
                "the store could not be made smaller; it goes on as it was, and tries again in an hour"
            );
        }
        self.trouble = trouble;
    }

    /// Asks no more, and waits for no answer. What the store does ends when it is closed.
    pub(super) async fn end(&mut self) {
        self.task.shutdown().await;
    }
}
