//! One pass over the outbox, for a command that scans alone.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::lane::Lane;
use super::{Bell, Line, TargetNews};
use crate::clock::Clock;
use crate::model::Timestamp;
use crate::store::{Store, StoreError};

/// How long a pass may take. What is left then waits for the next one.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a pass did that is worth saying.
pub type Sent = Vec<TargetNews>;

/// Tries every message that is due by now once, in a process that began at `begun`.
///
/// # Errors
/// [`StoreError`] when the store cannot be read or written; what was sent but not remembered is sent again.
pub async fn once<S: Store>(
    store: &Arc<S>,
    lines: Vec<Line>,
    clock: &Clock,
    begun: Timestamp,
) -> Result<Sent, StoreError> {
    let (tell, mut told) = mpsc::unbounded_channel();
    let mut lanes = JoinSet::new();
    for line in lines {
        lanes.spawn(
            Lane::new(line, Arc::clone(store), clock.clone(), begun, tell.clone(), Bell::default()).pass(),
        );
    }
    drop(tell);
    let all = async {
        while let Some(ended) = lanes.join_next().await {
            ended.map_err(|error| StoreError::Stopped(format!("sending ended early: {error}")))??;
        }
        Ok::<(), StoreError>(())
    };
    let done = tokio::time::timeout(PATIENCE, all).await;
    lanes.shutdown().await;
    done.unwrap_or(Ok(()))?;
    let mut news = Vec::new();
    while let Ok(one) = told.try_recv() {
        news.push(one);
    }
    Ok(news)
}
