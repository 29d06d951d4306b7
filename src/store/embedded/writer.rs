//! The one writer: a thread that owns the journal and gives the last word on every proposal.
//!
//! Commits that arrive while an fsync runs are taken together: decided one after another, each seeing those
//! before it, appended in one write, made durable by one fsync, applied to the index as one batch. Nobody is
//! answered before that.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::closed::Keeper;
use super::group::{Group, Request, Result};
use super::handle::Handle;
use super::index::{Applied, Index, Touched};
use super::journal::{Journal, Line};
use super::mend::Broken;
use super::state::{self, State};
use crate::disk::Disk;
use crate::model::{ArticleId, Timestamp};
use crate::store::StoreError;

/// The most commits that share one fsync.
const GROUP: usize = 512;

/// After how many records `state.json` is brought up to date while the daemon runs.
const STATE_EVERY: u64 = 1_000;

/// And after which time, once there is a record: a backup that was made before it is told from what came after it.
const STATE_AFTER: Duration = Duration::from_secs(600);

/// The writer's own: nobody else touches the journal.
pub(super) struct Writer {
    pub(super) disk: Disk,
    pub(super) handle: Arc<Handle>,
    pub(super) journal: Journal,
    pub(super) folder: std::path::PathBuf,
    pub(super) applied: Applied,
    /// What `state.json` says.
    pub(super) state: State,
    /// When it was brought up to date.
    pub(super) noted: Instant,
    pub(super) touched: Arc<Mutex<Pending>>,
    /// What is to be mended before anything else.
    pub(super) broken: Option<Broken>,
    /// How many groups ended in a panic.
    pub(super) panics: u32,
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
            let mut batch = Vec::new();
            let (mut mended, mut between, mut close) = (Vec::new(), Vec::new(), None);
            let mut next = Some(first);
            while let Some(request) = next {
                match request {
                    Request::Close(to) => close = Some(to),
                    Request::Mend(to) => mended.push(to),
                    Request::Between(what) => between.push(what),
                    request => batch.push(request),
                }
                next = if batch.len() < GROUP { requests.try_recv().ok() } else { None };
            }
            self.group(batch);
            for to in mended {
                let whole = self.be_whole();
                if whole.is_ok() && self.handle.trouble().is_some() && self.is_writable() {
                    self.handle.note(None);
                }
                drop(to.send(whole));
            }
            for what in between {
                if catch_unwind(AssertUnwindSafe(|| what(&mut self))).is_err() {
                    self.panicked();
                }
            }
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
        if batch.is_empty() {
            return;
        }
        if let Err(error) = self.be_whole() {
            return batch.into_iter().for_each(|request| request.refuse(&error));
        }
        let next = match self.journal.next() {
            Ok(next) => next,
            Err(error) => {
                tracing::error!(%error, "cannot begin a new file of the journal; nothing was acknowledged");
                self.handle.note(Some(&error));
                return batch.into_iter().for_each(|request| request.refuse(&error));
            }
        };
        if next.0 != self.applied.file {
            self.keeper.wake();
        }
        // Whoever waits for a group that panics is told that there is no answer; the others go on.
        if catch_unwind(AssertUnwindSafe(|| self.decide(batch, next))).is_err() {
            self.panicked();
        }
    }

    /// Decides on requests, makes them durable from `next` on, and answers them.
    fn decide(&mut self, batch: Vec<Request>, next: (u32, u64)) {
        let handle = Arc::clone(&self.handle);
        let seat = handle.seat();
        let borrowed = seat.borrow();
        let base = match borrowed.base() {
            Ok(base) => base,
            Err(error) => return batch.into_iter().for_each(|request| request.refuse(&error)),
        };
        let mut index = Index::new(base);
        index.applied = Some(self.applied.clone());
        let mut group = Group::new(index, &self.applied, &self.folder, next);
        group.rebaseline = self.state.rebaseline.as_ref().map(|mark| mark.reason.clone());
        let mut failed = None;
        for request in batch {
            match &failed {
                None => failed = group.take(request).err(),
                Some(error) => request.refuse(error),
            }
        }
        let Group { mut index, lines, answers, seq, at, .. } = group;
        let done = failed
            .map_or_else(|| self.write(&mut index, &lines, seq, at), |error| Err(Failed::Before(error)));
        drop(index);
        drop(borrowed);
        let failure = done.err().and_then(|failed| self.failed(failed));
        if let Some(error) = &failure {
            tracing::error!(%error, "a group of commits failed; nothing of it was acknowledged");
        }
        // An index that is mended is no trouble any more.
        let is_mended = matches!(failure, Some(StoreError::Index(_))) && self.broken.is_none();
        self.handle.note(failure.as_ref().filter(|_| !is_mended));
        for answer in answers {
            answer(failure.as_ref());
        }
    }

    /// What to answer after a group failed; nothing, when it turns out to be remembered.
    fn failed(&mut self, failed: Failed) -> Option<StoreError> {
        match failed {
            Failed::Before(error @ StoreError::Index(_)) => {
                self.break_down(error.clone());
                // For those who read; whoever asked asks again.
                drop(self.be_whole());
                Some(error)
            }
            Failed::Before(error) => Some(error),
            // It is durable, so mending the index applies it.
            Failed::After(error) => {
                self.break_down(error);
                self.be_whole().err()
            }
        }
    }

    /// Makes a group durable, then visible.
    fn write(
        &mut self,
        index: &mut Index<'_>,
        lines: &[Line],
        seq: u64,
        at: Timestamp,
    ) -> std::result::Result<(), Failed> {
        if lines.is_empty() {
            let done = if index.is_clean() { Ok(()) } else { index.apply() };
            return done.map_err(|error| Failed::Before(error.into()));
        }
        let end = self.journal.append(lines).map_err(Failed::Before)?;
        // Whatever was marked is said by now, also where state.json cannot be written: an older mark is passed over.
        let was_marked = self.state.rebaseline.take().is_some();
        let mut applied = index.applied.clone().unwrap_or_else(|| self.applied.clone());
        (applied.seq, applied.at) = (seq, at);
        (applied.file, applied.end, applied.crc) = (end.file, end.end, end.crc);
        // From here on the group is a fact; an index that fails is behind, and must not be written over.
        // Noted before it is visible: whoever sees the new sequence number must see what it touched, too.
        let touched = std::mem::take(&mut index.touched);
        self.touched.lock().unwrap_or_else(PoisonError::into_inner).note(touched, seq);
        index.applied = Some(applied);
        crate::crashpoint::hit("index.before-apply");
        index.apply().map_err(|error| Failed::After(error.into()))?;
        if let Some(applied) = index.applied.take() {
            self.applied = applied;
        }
        crate::crashpoint::hit("index.after-apply");
        let is_long_ago = self.noted.elapsed() > STATE_AFTER;
        if (seq >= self.state.seq + STATE_EVERY || is_long_ago || was_marked)
            && let Err(error) = self.note_state()
        {
            tracing::warn!(%error, "cannot bring state.json up to date; the next group tries again");
        }
        Ok(())
    }

    /// Whether a group of commits would go well by now: the journal is whole, and the folder takes what is written.
    fn is_writable(&mut self) -> bool {
        self.journal.next().and_then(|_| state::write(&self.disk, &self.folder, &self.state)).is_ok()
    }

    fn note_state(&mut self) -> Result<()> {
        if self.state.seq == self.applied.seq {
            return Ok(());
        }
        // Whatever was marked is said by now.
        let state = State { seq: self.applied.seq, rebaseline: None, ..self.state.clone() };
        state::write(&self.disk, &self.folder, &state)?;
        self.state = state;
        self.noted = Instant::now();
        Ok(())
    }
}

/// When a group failed.
enum Failed {
    /// Before it was durable: nothing of it is remembered.
    Before(StoreError),
    /// After that: it is remembered, and the index does not show it.
    After(StoreError),
}
