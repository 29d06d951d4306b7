//! What an open store has done beside itself.

use std::sync::Arc;

use super::{Beside, Compacted, Rewritten};
use crate::model::Timestamp;
use crate::store::embedded::EmbeddedStore;
use crate::store::embedded::export::Progress;
use crate::store::{Result, StoreError};

impl EmbeddedStore {
    /// Compacts the journal: files whose records are all older than `since`, or all files without that, make room for a
    /// snapshot of what they lead to. What they told `log` and `explain` is gone by that, and nothing else. `None` when
    /// there is nothing to do. The store goes on meanwhile. Dropping this ends nothing; closing the store does.
    ///
    /// # Errors
    /// Whatever kept it from that; [`StoreError::GivenUp`]. The store goes on as it was.
    pub async fn compact_beside(
        &self,
        since: Option<Timestamp>,
        mut tell: impl FnMut(Progress) + Send + 'static,
    ) -> Result<Option<Compacted>> {
        self.work(move |beside| beside.compact(since, &mut tell)).await
    }

    /// Copies the index, which gives back the room that is wasted in it, and goes on with the copy; else as
    /// [`Self::compact_beside`].
    ///
    /// # Errors
    /// As [`Self::compact_beside`].
    pub async fn rewrite_beside(&self, mut tell: impl FnMut(Progress) + Send + 'static) -> Result<Rewritten> {
        self.work(move |beside| beside.rewrite(&mut tell)).await
    }

    /// Builds the index anew from the journal, and goes on with that one; else as [`Self::compact_beside`].
    ///
    /// # Errors
    /// As [`Self::compact_beside`].
    pub async fn rebuild_beside(&self, mut tell: impl FnMut(Progress) + Send + 'static) -> Result<Rewritten> {
        self.work(move |beside| beside.renew(&mut tell)).await
    }

    /// Works beside the writer. Holds nothing that keeps the store from being closed.
    pub(in super::super) async fn work<T: Send + 'static>(
        &self,
        what: impl FnOnce(&Beside) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let beside = Arc::clone(&self.beside);
        let done = tokio::task::spawn_blocking(move || what(&beside));
        done.await.map_err(|error| StoreError::Stopped(error.to_string()))?
    }

    /// [`Self::compact_beside`], which blocks. For tests.
    ///
    /// # Errors
    /// As that.
    #[doc(hidden)]
    pub fn compact_now(&self, since: Option<Timestamp>) -> Result<Option<Compacted>> {
        self.beside.compact(since, &mut |_| {})
    }

    /// [`Self::rewrite_beside`], which blocks. For tests.
    ///
    /// # Errors
    /// As that.
    #[doc(hidden)]
    pub fn rewrite_now(&self) -> Result<Rewritten> {
        self.beside.rewrite(&mut |_| {})
    }

    /// [`Self::rebuild_beside`], which blocks. For tests.
    ///
    /// # Errors
    /// As that.
    #[doc(hidden)]
    pub fn rebuild_now(&self) -> Result<Rewritten> {
        self.beside.renew(&mut |_| {})
    }
}
