//! The one writer: a thread that owns the journal and gives the last word on every proposal.
//!
//! Commits that arrive while an fsync runs are taken together: decided one after another, each seeing those
//! before it, appended in one write, made durable by one fsync, applied to the index as one batch. Nobody is
//! answered before that.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{mpsc, oneshot};

use super::base::Base;
use super::closed::Keeper;
use super::group::{Group, Request, Result};
use super::index::{Applied, Index, Touched};
use super::journal::{Journal, Line};
use super::open::distrust;
use super::state::{self, State};
use crate::disk::Disk;
use crate::model::{ArticleId, Timestamp};
use crate::store::StoreError;

/// The most commits that share one fsync.
const GROUP: usize = 512;

/// After how many records `state.json` is brought up to date while the daemon runs.
const STATE_EVERY: u64 = 1_000;

/// The writer's own: nobody else touches the journal.
pub(super) struct Writer {
    pub(super) disk: Disk,
    pub(super) base: Base,
    pub(super) journal: Journal,
    pub(super) folder: std::path::PathBuf,
    pub(super) applied: Applied,
    pub(super) stated: u64,
    pub(super) touched: Arc<Mutex<Pending>>,
    /// Why nothing is written any more.
    pub(super) stopped: Option<StoreError>,
    /// Compresses the files that it closes.
    pub(super) keeper: Keeper,
}

/// What changed since it was last published, with the sequence number that changed it last.
#[derive(Debug, Default)]
pub(super) struct Pending {
    pub(super) feeds: std::collections::BTreeMap<u32, u64>,
    pub(super) archives: std::collections::BTreeMap<(u32, u32), u64>,
    pub(super) articles: std::collections::BTreeMap<ArticleId, u64>,
}

impl Pending {
    fn note(&mut self, touched: Touched, seq: u64) {
        self.feeds.extend(touched.feeds.into_iter().map(|feed| (feed, seq)));
        self.archives.extend(touched.archives.into_iter().map(|archive| (archive, seq)));
        self.articles.extend(touched.articles.into_iter().map(|article| (article, seq)));
    }

    /// Forgets what was published up to `seq`.
    pub(super) fn forget(&mut self, seq: u64) {
        self.feeds.retain(|_, changed| *changed > seq);
        self.archives.retain(|_, changed| *changed > seq);
        self.articles.retain(|_, changed| *changed > seq);
    }
}

impl Writer {
    /// Serves requests until it is told to close, or nobody can ask any more.
    pub(super) fn run(mut self, mut requests: mpsc::Receiver<Request>) {
        while let Some(first) = requests.blocking_recv() {
            let mut batch = vec![first];
            while batch.len() < GROUP
                && let Ok(next) = requests.try_recv()
            {
                batch.push(next);
            }
            let mut close = None;
            batch.retain_mut(|request| match request {
                Request::Close(_) => {
                    let nothing = Request::Retag(Vec::new(), Timestamp::default(), oneshot::channel().0);
                    if let Request::Close(to) = std::mem::replace(request, nothing) {
                        close = Some(to);
                    }
                    false
                }
                _ => true,
            });
            self.group(batch);
            if let Some(to) = close {
                drop(to.send(self.note_state()));
                return;
            }
        }
        if let Err(error) = self.note_state() {
            tracing::warn!(%error, "cannot bring state.json up to date; the next start reads more of the journal");
        }
    }

    fn group(&mut self, batch: Vec<Request>) {
        if let Some(error) = &self.stopped {
            let stopped = StoreError::Stopped(error.to_string());
            return batch.into_iter().for_each(|request| request.refuse(&stopped));
        }
        let next = match self.journal.next() {
            Ok(next) => next,
            Err(error) => {
                tracing::error!(%error, "cannot begin a new file of the journal; nothing was acknowledged");
                return batch.into_iter().for_each(|request| request.refuse(&error));
            }
        };
        if next.0 != self.applied.file {
            self.keeper.wake();
        }
        let base = self.base.clone();
        let mut index = Index::new(&base);
        index.applied = Some(self.applied.clone());
        let mut group = Group::new(index, &self.applied, &self.folder, next);
        let mut failed = None;
        for request in batch {
            match &failed {
                None => failed = group.take(request).err(),
                Some(error) => request.refuse(error),
            }
        }
        let Group { mut index, lines, answers, seq, at, .. } = group;
        let failure = failed.or_else(|| self.write(&mut index, &lines, seq, at).err());
        if let Some(error) = &failure {
            tracing::error!(%error, "a group of commits failed; nothing of it was acknowledged");
            if matches!(error, StoreError::Index(_)) {
                distrust(&self.disk, &self.folder, error);
            }
        }
        for answer in answers {
            answer(failure.as_ref());
        }
    }

    /// Makes a group durable, then visible.
    fn write(&mut self, index: &mut Index<'_>, lines: &[Line], seq: u64, at: Timestamp) -> Result<()> {
        if lines.is_empty() {
            return self.apply(index);
        }
        let end = self.journal.append(lines)?;
        let mut applied = index.applied.clone().unwrap_or_else(|| self.applied.clone());
        (applied.seq, applied.at) = (seq, at);
        (applied.file, applied.end, applied.crc) = (end.file, end.end, end.crc);
        // From here on the group is a fact; an index that fails is behind, and must not be written over.
        // Noted before it is visible: whoever sees the new sequence number must see what it touched, too.
        let touched = std::mem::take(&mut index.touched);
        self.touched.lock().unwrap_or_else(PoisonError::into_inner).note(touched, seq);
        index.applied = Some(applied);
        crate::crashpoint::hit("index.before-apply");
        if let Err(error) = index.apply() {
            let error = StoreError::from(error);
            self.stopped = Some(error.clone());
            return Err(error);
        }
        if let Some(applied) = index.applied.take() {
            self.applied = applied;
        }
        crate::crashpoint::hit("index.after-apply");
        if seq >= self.stated + STATE_EVERY {
            self.note_state()?;
        }
        Ok(())
    }

    fn apply(&mut self, index: &mut Index<'_>) -> Result<()> {
        if index.is_clean() {
            return Ok(());
        }
        index.apply().map_err(|error| {
            let error = StoreError::from(error);
            self.stopped = Some(error.clone());
            error
        })
    }

    fn note_state(&mut self) -> Result<()> {
        if self.stated == self.applied.seq {
            return Ok(());
        }
        let state = State { schema: state::SCHEMA, store: self.applied.store, seq: self.applied.seq };
        state::write(&self.disk, &self.folder, &state)?;
        self.stated = self.applied.seq;
        Ok(())
    }
}
