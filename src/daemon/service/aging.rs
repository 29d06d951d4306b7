//! Forgetting what old articles say, while everything else goes on.

use std::sync::Arc;

use tokio::task::JoinSet;

use crate::daemon::App;
use crate::model::Timestamp;
use crate::store::{Store, StoreError};

/// How many seconds lie between two looks for old articles. The store takes one a day of them for one.
const EVERY: i64 = 3_600;

/// The looks for old articles: one at a time.
#[derive(Debug, Default)]
pub(super) struct Aging {
    task: JoinSet<Result<usize, StoreError>>,
    last: Option<Timestamp>,
}

impl Aging {
    /// Begins a look when it is time for one, and the config wants any.
    pub(super) fn look<S: Store>(&mut self, app: &Arc<App<S>>) {
        let now = app.clock.now();
        // A clock that was put back keeps nothing from being looked for.
        let is_due = self.last.is_none_or(|last| !(0..EVERY).contains(&(now.unix() - last.unix())));
        if app.config.keep.articles.is_none() || !self.task.is_empty() || !is_due {
            return;
        }
        self.last = Some(now);
        let app = Arc::clone(app);
        self.task.spawn(async move { app.forget_old().await });
    }

    /// Ready when a look ended, with of how many articles the texts were forgotten; `None` when none runs.
    pub(super) async fn ended(&mut self) -> Option<Result<usize, StoreError>> {
        let ended = self.task.join_next().await?;
        Some(ended.unwrap_or_else(|error| {
            tracing::error!(%error, "looking for old articles ended early: this is a bug of ours");
            Ok(0)
        }))
    }

    /// Ends a look that runs. What it had remembered stays so.
    pub(super) async fn close(&mut self) {
        self.task.shutdown().await;
    }
}
