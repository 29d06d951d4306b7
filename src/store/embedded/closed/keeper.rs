//! The thread that compresses closed files, whenever one was closed.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;

use super::{UNFINISHED, close};
use crate::disk::Disk;
use crate::store::embedded::journal;

/// How little of the processor it asks for: others come first.
const NICE: i32 = 10;

/// Compresses closed files in a thread of its own, which ends with this.
#[derive(Debug)]
pub(in super::super) struct Keeper {
    wake: Option<mpsc::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    is_ending: Arc<AtomicBool>,
    /// Held by who changes closed files.
    closed: Arc<Mutex<()>>,
}

impl Keeper {
    /// Begins with the files of a journal that are closed already. What it cannot do it says in the log: everything
    /// works with plain files, too.
    pub(in super::super) fn start(disk: &Disk, journal_folder: &Path) -> Self {
        let is_ending = Arc::new(AtomicBool::new(false));
        let (wake, woken) = mpsc::channel();
        let (disk, folder) = (disk.clone(), journal_folder.to_owned());
        let ending = Arc::clone(&is_ending);
        let closed: Arc<Mutex<()>> = Arc::default();
        let held = Arc::clone(&closed);
        let thread = std::thread::Builder::new().name("journal-closed".into()).spawn(move || {
            // On Linux this is the thread's own.
            let _ = rustix::process::setpriority_process(None, NICE);
            loop {
                if let Err(error) = all(&disk, &folder, &held, &|| !ending.load(Ordering::Relaxed)) {
                    tracing::warn!(%error, "cannot compress a closed file of the journal; trying again when the next one is closed");
                }
                if woken.recv().is_err() {
                    return;
                }
            }
        });
        let thread = thread
            .map_err(|error| tracing::warn!(%error, "closed files of the journal stay as they are"))
            .ok();
        Self { wake: Some(wake), thread, is_ending, closed }
    }

    /// To be held by who removes closed files: none is compressed meanwhile.
    pub(in super::super) fn closed(&self) -> Arc<Mutex<()>> {
        Arc::clone(&self.closed)
    }

    /// Says that a file was closed.
    pub(in super::super) fn wake(&self) {
        if let Some(wake) = &self.wake {
            let _ = wake.send(());
        }
    }
}

impl Drop for Keeper {
    /// Waits for its thread, which gets one file done: a program that never runs for long would else never do any.
    fn drop(&mut self) {
        self.is_ending.store(true, Ordering::Relaxed);
        self.wake = None;
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the thread that compresses the journal panicked");
        }
    }
}

/// Compresses every file but the last, which is being written to.
fn all(disk: &Disk, folder: &Path, closed: &Mutex<()>, go_on: &dyn Fn() -> bool) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)?.flatten() {
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            disk.remove(&entry.path())?;
        }
    }
    let mut numbers = journal::files(folder).map_err(|error| io::Error::other(error.to_string()))?;
    numbers.pop();
    for number in numbers {
        let _held = closed.lock().unwrap_or_else(PoisonError::into_inner);
        if !folder.join(journal::name(number)).exists() {
            continue;
        }
        close(disk, folder, number).map_err(|error| {
            let what = format!("{}: {error}", folder.join(journal::name(number)).display());
            io::Error::new(error.kind(), what)
        })?;
        tracing::debug!(file = journal::name(number), "compressed a closed file of the journal");
        if !go_on() {
            return Ok(());
        }
    }
    Ok(())
}
