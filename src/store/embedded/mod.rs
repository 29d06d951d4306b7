//! The embedded store: a journal that is the truth, and sled as the index over it.
//!
//! ```text
//! proposal ─▶ writer: decide ─▶ journal: append, fsync ─▶ index: one batch ─▶ answer
//!                                  the commit              can be rebuilt
//! ```

mod apply;
mod articles;
mod base;
mod begin;
mod beside;
mod build;
mod check;
mod closed;
mod compact;
mod copy;
mod decide;
mod declare;
mod dump;
mod error;
mod export;
mod forget;
mod group;
mod guard;
mod handle;
pub mod history;
mod import;
mod index;
mod journal;
mod mend;
mod noted;
mod numbered;
mod open;
mod operator;
mod outbox;
mod packed;
mod parts;
mod place;
mod read;
mod record;
mod remembered;
mod rename;
mod routes;
mod salvage;
mod seal;
mod settings;
mod state;
mod stats;
mod store;
mod stored;
mod stories;
mod sum;
#[cfg(test)]
mod tests;
mod torn;
mod txn;
mod wire;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{mpsc, oneshot};

use self::beside::Beside;
use self::closed::Keeper;
use self::group::Request;
use self::handle::Handle;
use self::index::Index;
use self::open::{Opened, Wish};
use self::state::Lock;
use self::writer::{Pending, Writer};
use super::{Result, StoreError};
use crate::disk::Disk;
use crate::model::Timestamp;
use crate::model::id::StoreId;

pub use beside::{Compacted, Rewritten, Upkeep};
pub use check::{Checked, Fault};
pub use error::IndexError;
pub use export::{Exported, Progress};
#[doc(hidden)]
pub use guard::SEGMENT as INDEX_SEGMENT;
pub use import::Imported;
pub use stats::Stats;

/// How many commits may wait for the writer.
const QUEUE: usize = 1_024;

/// The embedded store. One process at a time has a data folder open.
pub struct EmbeddedStore {
    disk: Disk,
    index: Arc<Handle>,
    /// Gone once the store is being dropped: that ends the writer.
    requests: Option<mpsc::Sender<Request>>,
    touched: Arc<Mutex<Pending>>,
    beside: Arc<Beside>,
    folder: PathBuf,
    store: StoreId,
    created: Timestamp,
    writer: Mutex<Option<std::thread::JoinHandle<()>>>,
    // Dropped last: sled's files are closed before another process may have the folder.
    _lock: Lock,
}

impl EmbeddedStore {
    /// Opens the store in a data folder; creates it where there is none. Blocks; call it outside async code.
    ///
    /// # Errors
    /// [`StoreError::InUse`] when another process has it, [`StoreError::Damaged`] or [`StoreError::Newer`] when
    /// it must not be touched, [`StoreError::Io`]. A damaged index alone is no error: it is rebuilt.
    pub fn open(folder: &Path, now: Timestamp) -> Result<Self> {
        Self::open_on(&Disk::default(), folder, now)
    }

    /// The same on a disk that somebody may watch.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_on(disk: &Disk, folder: &Path, now: Timestamp) -> Result<Self> {
        Self::with(disk, open::open(disk, folder, now, Wish::default())?, folder)
    }

    /// The same, with files of the journal that are closed when they are longer than `most` bytes. For tests.
    ///
    /// # Errors
    /// As [`Self::open`].
    #[doc(hidden)]
    pub fn open_small(disk: &Disk, folder: &Path, now: Timestamp, most: u64) -> Result<Self> {
        let mut opened = open::open(disk, folder, now, Wish::default())?;
        opened.journal.most = most;
        Self::with(disk, opened, folder)
    }

    /// Opens the store after building its index anew from the journal.
    ///
    /// With `skip_bad_lines`, damaged lines of the journal are passed over, the journal is written anew without
    /// them (the old one is kept beside it), and the next scan of each listing is a quiet baseline.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn rebuild(folder: &Path, now: Timestamp, skip_bad_lines: bool) -> Result<Self> {
        let disk = Disk::default();
        Self::with(
            &disk,
            open::open(&disk, folder, now, Wish { rebuild: true, skip_bad_lines, is_sealed: false })?,
            folder,
        )
    }

    /// The error that opening a store in `folder` would end with because another process has it; `None` when none has.
    #[must_use]
    pub fn in_use(folder: &Path) -> Option<StoreError> {
        Lock::holder(folder)
    }

    /// Checks everything: each record of the journal, each entry of the index, each article's texts, and that what
    /// belongs together leads to each other. The store goes on meanwhile; an index that turns out wrong is built anew.
    /// Blocks; call it outside async code.
    ///
    /// # Errors
    /// [`StoreError::Io`] where something cannot be read at all. What is damaged is no error but a fault.
    pub fn check(&self, tell: &mut dyn FnMut(Progress)) -> Result<Checked> {
        let found = check::check(&self.folder, &self.index, tell)?;
        if found.is_index_wrong {
            let why = "a check found what it holds wrong".to_owned();
            self.index.accuse(IndexError::Sled(why).into());
            let (to, mended) = oneshot::channel();
            if let Some(requests) = &self.requests
                && requests.blocking_send(Request::Mend(to)).is_ok()
                && let Ok(Err(error)) = mended.blocking_recv()
            {
                tracing::error!(%error, "the index cannot be built anew");
            }
        }
        Ok(found)
    }

    /// Checks the journal of a store that cannot be opened because of damage, which `error` says; another process is
    /// kept out meanwhile. Blocks; call it outside async code.
    ///
    /// # Errors
    /// [`StoreError::InUse`], [`StoreError::Io`].
    pub fn check_unopened(
        folder: &Path,
        error: &StoreError,
        tell: &mut dyn FnMut(Progress),
    ) -> Result<Checked> {
        let _lock = Lock::take(&Disk::default(), folder)?;
        check::unopened(folder, error, tell)
    }

    /// How much is remembered, and the room that it takes. Blocks; call it outside async code.
    ///
    /// # Errors
    /// [`StoreError::Index`] when the index cannot be read.
    pub fn stats(&self) -> Result<Stats> {
        stats::stats(&self.folder, &self.index)
    }

    /// Compacts the journal of a store that no process has open, as [`Self::compact_beside`] does, and closes it again.
    /// Blocks; call it outside async code.
    ///
    /// # Errors
    /// As [`Self::open`] and [`Self::compact_beside`].
    pub fn compact(
        folder: &Path,
        now: Timestamp,
        since: Option<Timestamp>,
        tell: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Option<Compacted>> {
        let store = Self::open(folder, now)?;
        let compacted = store.beside.compact(since, tell);
        // In a thread of its own: this may block wherever it was called.
        let closed = std::thread::scope(|scope| scope.spawn(|| store.close_here()).join());
        let closed = closed.unwrap_or_else(|_| Err(StoreError::Stopped("closing the store panicked".into())));
        let compacted = compacted?;
        closed.map(|()| compacted)
    }

    /// Copies a store to another folder, which must exist and be empty, and changes nothing in its own.
    ///
    /// Also while a process has it open. Blocks; call it outside async code.
    ///
    /// # Errors
    /// [`StoreError::Io`], where a file cannot be read or written.
    pub fn copy(folder: &Path, target: &Path) -> Result<()> {
        copy::copy(&Disk::default(), folder, target)
    }

    /// Exports the store in a data folder, line by line: all that is remembered, and no secret. Also while a process
    /// has it open; then an index is built for it beside the other one, and removed again. Blocks; call it outside
    /// async code.
    ///
    /// # Errors
    /// As [`Self::open`]; what `out` says.
    pub fn export(
        folder: &Path,
        now: Timestamp,
        out: &mut dyn FnMut(&[u8]) -> Result<()>,
        tell: &mut dyn FnMut(Progress),
    ) -> Result<Exported> {
        export::export(&Disk::default(), folder, now, out, tell)
    }

    /// Makes a store in `folder` of what was exported; the next scan of each listing is a quiet baseline. A store that
    /// is there is an error, or with `replace` moved aside once the new one is whole. Blocks; call it outside async
    /// code.
    ///
    /// `source` is only for messages.
    ///
    /// # Errors
    /// [`StoreError::Occupied`], [`StoreError::InUse`], [`StoreError::Damaged`] with the line of `source` that is,
    /// [`StoreError::Newer`], [`StoreError::Io`]. What was there stays as it was then.
    pub fn import(
        folder: &Path,
        reader: impl std::io::BufRead,
        source: &Path,
        replace: bool,
        tell: &mut dyn FnMut(Progress),
    ) -> Result<Imported> {
        import::import(&Disk::default(), folder, reader, source, replace, tell)
    }

    fn with(disk: &Disk, opened: Opened, folder: &Path) -> Result<Self> {
        let Opened { lock, base, journal, applied, state } = opened;
        let touched = Arc::new(Mutex::new(Pending::default()));
        read::recover_unpublished(&Index::new(&base), &touched)?;
        let index = Arc::new(Handle::new(base));
        let (store, created) = (applied.store, applied.created);
        let (requests, inbox) = mpsc::channel(QUEUE);
        let keeper = Keeper::start(disk, &folder.join("journal"));
        let (handle, closed) = (Arc::clone(&index), keeper.closed());
        let beside = Arc::new(Beside::new(disk, folder, handle, requests.downgrade(), closed));
        let writer = Writer {
            disk: disk.clone(),
            handle: Arc::clone(&index),
            journal,
            folder: folder.to_owned(),
            applied,
            state,
            noted: std::time::Instant::now(),
            touched: Arc::clone(&touched),
            broken: None,
            panics: 0,
            keeper,
        };
        let thread = std::thread::Builder::new().name("store-writer".into()).spawn(move || writer.run(inbox));
        let thread = thread.map_err(|error| journal::io("start a writer for", folder, &error))?;
        Ok(Self {
            disk: disk.clone(),
            index,
            requests: Some(requests),
            touched,
            beside,
            folder: folder.to_owned(),
            store,
            created,
            writer: Mutex::new(Some(thread)),
            _lock: lock,
        })
    }

    /// Ends the writer and closes the index. What was acknowledged is durable with or without this.
    ///
    /// # Errors
    /// When `state.json` or the index could not be written; the next start does more work then.
    pub async fn close(self) -> Result<()> {
        let closed = tokio::task::spawn_blocking(move || self.close_here());
        closed.await.map_err(|error| StoreError::Stopped(error.to_string()))?
    }

    /// The same, and blocks.
    fn close_here(self) -> Result<()> {
        self.beside.end();
        let (answer, done) = oneshot::channel();
        let closed = match &self.requests {
            Some(requests) if requests.blocking_send(Request::Close(answer)).is_ok() => {
                done.blocking_recv().unwrap_or(Ok(()))
            }
            _ => Ok(()),
        };
        let thread = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            drop(thread.join());
        }
        self.index.look(|base| {
            base.tree.flush().map_err(IndexError::from)?;
            Ok(())
        })?;
        // Nobody else has it any more: dropping it here closes it.
        self.index.close(&StoreError::Stopped("the store is closed".to_owned()));
        let Some(path) = numbered::current(&numbered::all(&self.folder)) else {
            let index = numbered::all(&self.folder);
            tracing::warn!(index = %index.display(), "the index was removed; the next start builds it from the journal");
            return closed;
        };
        let is_closed = seal::wait_for_close(&path);
        guard::make_durable(&self.disk, &path)?;
        match seal::of(&path) {
            Ok(sealed) if is_closed => state::seal(&self.disk, &self.folder, sealed)?,
            // Then the next start looks through it.
            _ => {}
        }
        closed
    }

    async fn ask<T>(&self, make: impl FnOnce(oneshot::Sender<Result<T>>) -> Request) -> Result<T> {
        let gone = || StoreError::Stopped("the store's writer has ended".into());
        let (to, answer) = oneshot::channel();
        let requests = self.requests.as_ref().ok_or_else(gone)?;
        requests.send(make(to)).await.map_err(|_| gone())?;
        answer.await.map_err(|_| {
            if requests.is_closed() {
                return gone();
            }
            // Its group ended in a panic; the writer goes on, and whoever asks again is answered.
            let reason = "deciding on it ended in a panic; standard error has the place".to_owned();
            IndexError::Io { reason, outside: true }.into()
        })?
    }

    /// Takes a look at the index. Where it fails, it is mended, and looked at again.
    async fn read<T>(&self, what: impl Fn(&Index<'_>) -> Result<T>) -> Result<T> {
        let look = || self.index.look(|base| what(&Index::new(base)));
        match look() {
            Err(_) if self.index.is_broken() => {
                self.ask(Request::Mend).await?;
                look()
            }
            done => done,
        }
    }

    /// Writes to the index what the journal does not hold, and may be lost.
    async fn note(&self, what: impl Fn(&mut Index<'_>) -> Result<()>) -> Result<()> {
        let write = || {
            self.index.write(|base| {
                let mut index = Index::new(base);
                what(&mut index)?;
                Ok(index.apply()?)
            })
        };
        match write() {
            Err(_) if self.index.is_broken() => {
                self.ask(Request::Mend).await?;
                write()
            }
            done => done,
        }
    }
}

impl std::fmt::Debug for EmbeddedStore {
    /// Which store it is. sled would print all that it holds.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EmbeddedStore").field("folder", &self.folder).finish_non_exhaustive()
    }
}

impl Drop for EmbeddedStore {
    /// Waits for the writer: the lock must not be free while it still writes.
    fn drop(&mut self) {
        self.beside.end();
        self.requests = None;
        let thread = self.writer.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the store's writer panicked");
        }
    }
}
