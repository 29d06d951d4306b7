//! The lock on a data folder.

use std::fs::TryLockError;
use std::io::{Read as _, Write as _};
use std::path::Path;

use crate::disk::{Disk, File};
use crate::store::StoreError;
use crate::store::embedded::journal::io;

/// The lock on a data folder; held as long as this lives, and by the system no longer than the process.
#[derive(Debug)]
pub(in super::super) struct Lock {
    file: File,
}

impl Drop for Lock {
    /// Gives it back at once. Closing the file alone would leave it to a program that another thread is just starting.
    fn drop(&mut self) {
        let _ = self.file.system().unlock();
    }
}

impl Lock {
    /// Whether another process holds the lock on `folder`; takes and creates nothing.
    pub(in super::super) fn holder(folder: &Path) -> Option<StoreError> {
        let file = std::fs::File::open(folder.join("lock")).ok()?;
        matches!(file.try_lock(), Err(TryLockError::WouldBlock)).then(|| in_use(folder, &file))
    }

    /// Takes the lock.
    ///
    /// # Errors
    /// [`StoreError::InUse`] with the holder's process id, when another process has it.
    pub(in super::super) fn take(disk: &Disk, folder: &Path) -> Result<Self, StoreError> {
        let path = folder.join("lock");
        let mut file = disk.open(&path, 0).map_err(|error| io("open", &path, &error))?;
        match file.system().try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(in_use(folder, file.system())),
            Err(TryLockError::Error(error)) => return Err(io("lock", &path, &error)),
        }
        // Only for the message above; the lock itself is the system's.
        let note =
            format!("{}\n{}", std::process::id(), world().map(|world| world + "\n").unwrap_or_default());
        let note = file.cut(0).and_then(|()| file.write_all(note.as_bytes()));
        note.map_err(|error| io("write", &path, &error))?;
        Ok(Self { file })
    }
}

fn in_use(folder: &Path, mut lock: &std::fs::File) -> StoreError {
    let mut note = String::new();
    let _ = lock.read_to_string(&mut note);
    let (pid, theirs) = note.split_once('\n').unwrap_or((&note, ""));
    let is_elsewhere = !theirs.trim().is_empty() && world().is_some_and(|ours| ours != theirs.trim());
    let holder = match pid.trim() {
        "" => String::new(),
        pid if is_elsewhere => format!(" by process {pid} of another container"),
        pid => format!(" by process {pid}"),
    };
    StoreError::InUse { folder: folder.to_owned(), holder }
}

/// Which processes know each other by the numbers that they have here, where the system tells.
fn world() -> Option<String> {
    std::fs::read_link("/proc/self/ns/pid").ok()?.into_os_string().into_string().ok()
}
