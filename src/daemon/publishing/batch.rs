//! Files on their way to the tree.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::Published;
use crate::model::{Paths, Timestamp};
use crate::publish::Tree;
use crate::store::StoreError;

/// How much may gather in memory before it is written.
const BATCH_BYTES: usize = 8 << 20;

/// Files to write, with the time of their last real change, and what became of those before them.
#[derive(Default)]
pub(super) struct Batch {
    files: BTreeMap<String, (Vec<u8>, Timestamp)>,
    bytes: usize,
    /// Paths whose files have the right bytes now.
    pub(super) written: Paths,
    /// Paths that could not be written; their last good files stay.
    pub(super) failed: HashSet<String>,
    /// Paths that are published no more.
    pub(super) leave: HashSet<String>,
    pub(super) done: Published,
}

impl Batch {
    pub(super) fn add(&mut self, path: String, bytes: Vec<u8>, modified: Timestamp) {
        self.bytes += bytes.len();
        self.files.insert(path, (bytes, modified));
    }

    /// Writes what has gathered, if that is much.
    pub(super) async fn flush_full(&mut self, tree: &Arc<Tree>) -> Result<(), StoreError> {
        if self.bytes > BATCH_BYTES { self.flush(tree).await } else { Ok(()) }
    }

    /// Writes what has gathered. A file that cannot be written is counted, and the first one named.
    pub(super) async fn flush(&mut self, tree: &Arc<Tree>) -> Result<(), StoreError> {
        let tree = Arc::clone(tree);
        let files = std::mem::take(&mut self.files);
        self.bytes = 0;
        let job = move || {
            let replace = |(path, (bytes, modified)): (String, (Vec<u8>, Timestamp))| {
                let changed = tree.replace(&path, &bytes, modified);
                let changed = changed.inspect_err(|error| {
                    tracing::debug!(%error, "cannot publish a file; its last good version stays");
                });
                (path, changed.map_err(|error| error.to_string()))
            };
            files.into_iter().map(replace).collect::<Vec<_>>()
        };
        for (path, changed) in blocking(job).await? {
            match changed {
                Ok(changed) => {
                    self.done.written += usize::from(changed);
                    self.written.insert(&path);
                }
                Err(error) => {
                    self.done.failed += 1;
                    self.done.trouble.get_or_insert(error);
                    self.failed.insert(path);
                }
            }
        }
        Ok(())
    }
}

/// Removes files; returns how many there were, and the paths of those that could not be removed.
pub(super) async fn remove(tree: &Arc<Tree>, paths: Vec<String>) -> Result<(usize, Vec<String>), StoreError> {
    let tree = Arc::clone(tree);
    let job = move || {
        let (mut removed, mut failed) = (0, Vec::new());
        for path in paths {
            match tree.remove(&path) {
                Ok(was_there) => removed += usize::from(was_there),
                Err(error) => {
                    tracing::debug!(%error, "cannot remove a file that is published no more");
                    failed.push(path);
                }
            }
        }
        (removed, failed)
    };
    blocking(job).await
}

/// Does what blocks on the disk, on the pool for that.
pub(super) async fn blocking<T: Send + 'static>(
    job: impl FnOnce() -> T + Send + 'static,
) -> Result<T, StoreError> {
    let done = tokio::task::spawn_blocking(job).await;
    done.map_err(|error| StoreError::Stopped(format!("publishing ended early: {error}")))
}
