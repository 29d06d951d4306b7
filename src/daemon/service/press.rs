//! Publishing, in a task of its own: woken by scans, never twice at once, and tried again when files cannot be
//! written.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::ServiceError;
use crate::config::Config;
use crate::daemon::publishing::{Published, Publisher, PublishingError};
use crate::store::Store;

/// After how long files that could not be written are tried again.
const RETRY: Duration = Duration::from_secs(10);

/// What is wanted of the press.
#[derive(Clone, Debug, Default)]
struct Wanted {
    round: u64,
    /// The config to publish by, once it is another than at the start.
    config: Option<Arc<Config>>,
}

/// What the press has done.
#[derive(Clone, Debug, Default)]
pub(super) struct Printed {
    /// Everything that was remembered when this round was asked for is published.
    pub round: u64,
    /// What was published since the start; `feeds` and `failed` are those of the last time.
    pub published: Published,
    /// Articles that are remembered.
    pub articles: usize,
    /// Why files could not be written the last time; `None` when they could.
    pub trouble: Option<String>,
    /// Since when it has been publishing; `None` while it waits.
    pub busy: Option<Instant>,
}

/// The handle of the publishing task.
pub(super) struct Press {
    wanted: watch::Sender<Wanted>,
    printed: watch::Receiver<Printed>,
    task: JoinHandle<Result<(), ServiceError>>,
}

impl Press {
    /// Starts publishing what is remembered already, as round 1.
    pub(super) fn start<S: Store>(publisher: Publisher<S>, store: Arc<S>) -> Self {
        let (wanted, wishes) = watch::channel(Wanted { round: 1, config: None });
        let (report, printed) = watch::channel(Printed::default());
        let task = tokio::spawn(print(publisher, store, wishes, report));
        Self { wanted, printed, task }
    }

    /// Asks for everything remembered by now to be published; returns the round that does it.
    pub(super) fn wake(&self) -> u64 {
        self.wanted.send_modify(|wanted| wanted.round += 1);
        self.wanted.borrow().round
    }

    /// Publishes by another config from now on.
    pub(super) fn configure(&self, config: Arc<Config>) {
        self.wanted.send_modify(|wanted| {
            wanted.config = Some(config);
            wanted.round += 1;
        });
    }

    /// What is done by now.
    pub(super) fn printed(&self) -> Printed {
        self.printed.borrow().clone()
    }

    /// Waits until it has done something, or failed for good. Dropping the future loses nothing.
    ///
    /// # Errors
    /// [`ServiceError`] when the store failed, or the task panicked.
    pub(super) async fn news(&mut self) -> Result<Printed, ServiceError> {
        if self.printed.changed().await.is_ok() {
            return Ok(self.printed.borrow_and_update().clone());
        }
        match (&mut self.task).await {
            Ok(Ok(())) => Err(ServiceError::Bug("publishing ended early".into())),
            Ok(Err(error)) => Err(error),
            Err(error) => Err(ServiceError::Bug(format!("publishing ended early: {error}"))),
        }
    }

    /// Whether one round has taken longer than `patience`.
    pub(super) fn is_stuck(&self, patience: Duration) -> bool {
        self.printed.borrow().busy.is_some_and(|since| since.elapsed() > patience)
    }

    /// Lets what was asked for be published, for so long.
    pub(super) async fn close(self, patience: Duration) {
        drop(self.wanted);
        if self.task.is_finished() {
            return;
        }
        let stop = self.task.abort_handle();
        if tokio::time::timeout(patience, self.task).await.is_err() {
            tracing::info!("publishing is cut short; the next start goes on with it");
            stop.abort();
        }
    }
}

async fn print<S: Store>(
    publisher: Publisher<S>,
    store: Arc<S>,
    mut wishes: watch::Receiver<Wanted>,
    report: watch::Sender<Printed>,
) -> Result<(), ServiceError> {
    wishes.mark_changed();
    loop {
        let failed = report.borrow().trouble.is_some();
        let wished = if failed { retry(&mut wishes).await } else { wishes.changed().await.is_ok() };
        if !wished {
            return Ok(());
        }
        let wanted = wishes.borrow_and_update().clone();
        if let Some(config) = &wanted.config {
            publisher.configure(config);
        }
        report.send_modify(|printed| printed.busy = Some(Instant::now()));
        let done = publisher.publish().await;
        let before = report.borrow().articles;
        let articles = match store.article_count().await {
            Err(error) if error.is_passing() => before,
            count => count?,
        };
        let next = after(&report.borrow(), wanted.round, done, articles)?;
        report.send_replace(next);
    }
}

/// Waits until it is time to try again; `false` when nobody wants it any more.
async fn retry(wishes: &mut watch::Receiver<Wanted>) -> bool {
    let unwanted = async { while wishes.changed().await.is_ok() {} };
    tokio::time::timeout(RETRY, unwanted).await.is_err()
}

/// What is said after one publishing.
fn after(
    before: &Printed,
    round: u64,
    done: Result<Published, PublishingError>,
    articles: usize,
) -> Result<Printed, PublishingError> {
    let mut published = before.published.clone();
    let trouble = match done {
        Ok(done) => {
            // Where nothing changed, nothing was counted.
            published.feeds = if done.feeds == 0 { published.feeds } else { done.feeds };
            published.written += done.written;
            published.removed += done.removed;
            published.failed = done.failed;
            published.trouble.clone_from(&done.trouble);
            done.trouble
        }
        Err(PublishingError::Store(error)) if !error.is_passing() => return Err(error.into()),
        Err(error) => Some(error.to_string()),
    };
    Ok(Printed { round, published, articles, trouble, busy: None })
}
