//! A copy of a store, to try something on.

use std::fs::{self, File, TryLockError};
use std::path::Path;

use super::closed;
use super::dump::snapshot;
use super::journal::{self, io};
use super::numbered;
use super::state::{self, Found, State};
use crate::disk::Disk;
use crate::store::StoreError;

/// How often a journal is copied that is compacted meanwhile.
const TRIES: u32 = 5;

/// Copies the store in `folder` to `target`, which must exist and be empty; changes nothing in `folder`.
///
/// Also while another process has it open: then its index, which is being written to, is left out, and built anew
/// from the journal when the copy is opened.
///
/// # Errors
/// [`StoreError::Io`], where a file cannot be read or written.
pub(super) fn copy(disk: &Disk, folder: &Path, target: &Path) -> Result<(), StoreError> {
    // In this order the journal is never behind what the others say of it.
    file(disk, &folder.join("state.json"), &target.join("state.json"))?;
    // A copy on purpose goes on where the store is.
    if let Ok(Found::State(state)) = state::read(target) {
        state::write(disk, target, &State { born: None, ..state })?;
    }
    let index = numbered::all(target);
    if is_open(folder) {
        // Left out on purpose: whoever opens the copy need not be warned that it is missing.
        numbered::begin(disk, &numbered::next(&index))?;
    } else {
        tree(disk, &numbered::all(folder), &index)?;
    }
    records(disk, &folder.join("journal"), &target.join("journal"))
}

/// Copies a journal, whose closed files may be compressed meanwhile.
fn records(disk: &Disk, from: &Path, to: &Path) -> Result<(), StoreError> {
    if !from.exists() {
        return Ok(());
    }
    for tries in 1.. {
        disk.create_folder(to, 0o700).map_err(|error| io("create", to, &error))?;
        let begins = snapshot::newest(from)?;
        files(disk, from, to, begins)?;
        // Files that a snapshot took the place of may have gone while they were copied.
        if tries == TRIES || snapshot::newest(from)? == begins {
            break;
        }
        disk.remove_folder(to).map_err(|error| io("remove", to, &error))?;
    }
    Ok(())
}

/// Copies the files of a journal, which begins with that snapshot.
fn files(disk: &Disk, from: &Path, to: &Path, begins: Option<u32>) -> Result<(), StoreError> {
    let snapshot = begins.map(snapshot::name);
    for name in snapshot.into_iter().chain(journal::files(from)?.into_iter().map(journal::name)) {
        // The compressed one has its name before the plain one loses its.
        for name in [name.clone(), name + closed::ENDING] {
            file(disk, &from.join(&name), &to.join(&name))?;
        }
    }
    Ok(())
}

/// Whether a process has the store open.
fn is_open(folder: &Path) -> bool {
    let Ok(lock) = File::open(folder.join("lock")) else { return false };
    matches!(lock.try_lock_shared(), Err(TryLockError::WouldBlock))
}

/// Copies a folder with all that is in it; one that is not there is none.
fn tree(disk: &Disk, from: &Path, to: &Path) -> Result<(), StoreError> {
    if !from.exists() {
        return Ok(());
    }
    disk.create_folder(to, 0o700).map_err(|error| io("create", to, &error))?;
    for entry in fs::read_dir(from).map_err(|error| io("read", from, &error))? {
        let entry = entry.map_err(|error| io("read", from, &error))?;
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() { tree(disk, &path, &target)? } else { file(disk, &path, &target)? }
    }
    Ok(())
}

fn file(disk: &Disk, from: &Path, to: &Path) -> Result<(), StoreError> {
    match disk.copy(from, to) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(io("copy", from, &error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Timestamp;
    use crate::store::{EmbeddedStore, Store};

    #[test]
    fn copy_of_an_open_store_is_that_store() {
        let (folder, target) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let store = EmbeddedStore::open(folder.path(), Timestamp::from_unix(1)).unwrap();
        copy(&Disk::default(), folder.path(), target.path()).unwrap();
        assert!(is_open(folder.path()) && !numbered::exists(&numbered::all(target.path())));
        let other = EmbeddedStore::open(target.path(), Timestamp::from_unix(2)).unwrap();
        assert_eq!(other.identity(), store.identity());
    }
}
