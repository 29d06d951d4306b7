//! Building an index beside the one in use, and putting it in its place while the store goes on.
//!
//! Three things are done so: the index is copied in the order of its keys, because sled never gives back the room of
//! what it wrote anew; it is built from the journal; and it is built from a snapshot that makes room in the journal. The
//! bulk is done in a thread of low priority, under a number of its own. What is written meanwhile follows in rounds,
//! each shorter than the one before, and the writer waits only for the last one. Whatever goes wrong before that, the
//! new one is thrown away, and nothing happened.

mod fresh;
mod generation;
mod notes;
mod open;
mod pays;
mod renew;
mod rewrite;
mod swap;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};

use super::group::Request;
use super::guard;
use super::handle::Handle;
use super::journal::io;
use super::numbered;
use super::stats::size;
use super::writer::Writer;
use crate::disk::Disk;
use crate::store::{Result, StoreError};

pub use generation::Compacted;
pub use pays::Upkeep;
pub use rewrite::Rewritten;

use self::pays::Looked;

/// How little of the processor it asks for: others come first.
const NICE: i32 = 10;

/// How many bytes of the journal are applied as one batch: more of them would keep the disk busy for long.
const BATCH: usize = 4 << 20;

/// How often what was written is handed to the disk.
const PACE: Duration = Duration::from_millis(50);

/// What must stay free on the disk beside what is built: the store itself goes on writing.
const SPARE: u64 = 64 << 20;

/// What works beside the writer.
pub(super) struct Beside {
    disk: Disk,
    folder: PathBuf,
    handle: Arc<Handle>,
    requests: mpsc::WeakSender<Request>,
    /// Held by who changes closed files of the journal.
    closed: Arc<Mutex<()>>,
    is_ending: AtomicBool,
    /// One thing at a time.
    job: Mutex<()>,
    /// What it was worth, the last time that somebody looked.
    looked: Mutex<Looked>,
}

impl Beside {
    pub(super) fn new(
        disk: &Disk,
        folder: &Path,
        handle: Arc<Handle>,
        requests: mpsc::WeakSender<Request>,
        closed: Arc<Mutex<()>>,
    ) -> Self {
        let (disk, folder) = (disk.clone(), folder.to_owned());
        let (is_ending, job, looked) = (AtomicBool::new(false), Mutex::default(), Mutex::default());
        Self { disk, folder, handle, requests, closed, is_ending, job, looked }
    }

    /// Ends what runs, throws away what it built, and lets nothing more begin.
    pub(super) fn end(&self) {
        self.is_ending.store(true, Ordering::SeqCst);
        drop(self.job.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Does one piece of work in a thread of low priority, after any other.
    fn alone<T: Send>(&self, what: impl FnOnce() -> Result<T> + Send) -> Result<T> {
        let _job = self.wait()?;
        self.go_on()?;
        let all = numbered::all(&self.folder);
        // What an earlier try left, whose removal failed.
        numbered::sweep(&self.disk, &all)?;
        let cannot = |error: &std::io::Error| io("work beside", &all, error);
        let done = std::thread::scope(|scope| {
            let thread = std::thread::Builder::new().name("store-beside".into());
            let thread = thread.spawn_scoped(scope, || {
                // On Linux this is the thread's own.
                let _ = rustix::process::setpriority_process(None, NICE);
                what()
            });
            let panicked = || {
                let what = "it ended in a panic; standard error has the place";
                Err(StoreError::GivenUp(what.to_owned()))
            };
            thread.map_err(|error| cannot(&error))?.join().unwrap_or_else(|_| panicked())
        });
        done.map_err(|error| match error {
            // Whichever index it was: what readers meet in the one in use is noted where they do.
            StoreError::Index(error) => StoreError::GivenUp(error.to_string()),
            error => error,
        })
    }

    fn wait(&self) -> Result<std::sync::MutexGuard<'_, ()>> {
        loop {
            match self.job.try_lock() {
                Ok(job) => return Ok(job),
                Err(TryLockError::Poisoned(job)) => return Ok(job.into_inner()),
                Err(TryLockError::WouldBlock) => {}
            }
            self.go_on()?;
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Whether to go on.
    ///
    /// # Errors
    /// [`StoreError::Stopped`] once the store is being closed.
    fn go_on(&self) -> Result<()> {
        if self.is_ending.load(Ordering::SeqCst) { Err(gone()) } else { Ok(()) }
    }

    /// Does something on the writer's thread, between two groups of commits.
    fn pause<T: Send + 'static>(&self, what: impl FnOnce(&mut Writer) -> T + Send + 'static) -> Result<T> {
        let requests = self.requests.upgrade().ok_or_else(gone)?;
        let (to, done) = oneshot::channel();
        let job = move |writer: &mut Writer| drop(to.send(what(writer)));
        requests.blocking_send(Request::Between(Box::new(job))).map_err(|_| gone())?;
        drop(requests);
        done.blocking_recv().map_err(|_| gone())
    }

    /// Takes a look at the index with that number.
    ///
    /// # Errors
    /// What the look ends with; [`StoreError::GivenUp`] when another one has taken its place.
    fn look<T>(&self, number: u64, what: impl FnOnce(&super::base::Base) -> Result<T>) -> Result<T> {
        look(&self.handle, number, what)
    }

    /// Whether there is room for something of that size, and more.
    fn has_room(&self, bytes: u64) -> Result<()> {
        let Some(free) = guard::free(&self.folder) else { return Ok(()) };
        let wanted = bytes.saturating_add(SPARE);
        if free >= wanted {
            return Ok(());
        }
        let reason = format!("{} MB must be free for it, and {} MB are", wanted >> 20, free >> 20);
        Err(StoreError::Io { verb: "build beside the index in", path: self.folder.clone(), reason })
    }

    /// How many bytes the index has that is in use.
    fn index_bytes(&self) -> u64 {
        numbered::current(&numbered::all(&self.folder)).map_or(0, |path| size(&path))
    }
}

/// Hands what is built to the disk in small pieces: file systems have whoever waits for the disk next, as each commit
/// does, wait for all that lies there unwritten.
struct Pace {
    db: PathBuf,
    last: Instant,
}

impl Pace {
    fn new(index: &Path) -> Self {
        Self { db: index.join("db"), last: Instant::now() }
    }

    /// What fails here fails again where it matters.
    fn keep(&mut self) {
        if self.last.elapsed() < PACE {
            return;
        }
        drop(std::fs::File::open(&self.db).and_then(|db| db.sync_data()));
        self.last = Instant::now();
    }
}

fn gone() -> StoreError {
    StoreError::Stopped("the store is being closed".to_owned())
}

/// Takes a look at the index with that number.
fn look<T>(handle: &Handle, number: u64, what: impl FnOnce(&super::base::Base) -> Result<T>) -> Result<T> {
    handle.look(|base| {
        if handle.number() != number {
            return Err(StoreError::GivenUp("the index was opened anew meanwhile".to_owned()));
        }
        what(base)
    })
}
