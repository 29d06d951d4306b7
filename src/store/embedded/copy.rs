//! A copy of a store, to try something on.

#[cfg(test)]
mod tests;

use std::fs::{self, File, TryLockError};
use std::path::Path;

use super::closed;
use super::dump::snapshot;
use super::journal::{self, io};
use super::numbered;
use super::state::{self, Found, State};
use crate::disk::Disk;
use crate::store::StoreError;

/// How often a journal is copied anew that is compacted meanwhile.
const TRIES: usize = 5;

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
    let bring = |from: &Path, to: &Path| disk.copy(from, to);
    records(disk, &folder.join("journal"), &target.join("journal"), &bring)
}

/// How a file of a journal gets to another place.
pub(super) type Bring<'b> = &'b dyn Fn(&Path, &Path) -> std::io::Result<()>;

/// Brings a journal to a folder, also while another process writes, compresses and compacts it.
///
/// # Errors
/// [`StoreError::Io`], also where files went each time before they were there.
pub(super) fn records(disk: &Disk, from: &Path, to: &Path, bring: Bring<'_>) -> Result<(), StoreError> {
    if !from.exists() {
        return Ok(());
    }
    for attempt in 1..=TRIES {
        disk.remove_folder(to).map_err(|error| io("remove", to, &error))?;
        disk.create_folder(to, 0o700).map_err(|error| io("create", to, &error))?;
        if all(from, to, bring)? {
            return Ok(());
        }
        tracing::debug!(attempt, "the journal was compacted while it was copied; once more");
    }
    let reason = format!("its files were compacted while they were copied, {TRIES} times; try again later");
    Err(StoreError::Io { verb: "copy", path: from.to_owned(), reason })
}

/// Whether every file of a journal was there when its turn came.
fn all(from: &Path, to: &Path, bring: Bring<'_>) -> Result<bool, StoreError> {
    // In this order: a snapshot is there before the files go that it stands for.
    let files = journal::files(from)?.into_iter().map(journal::name).collect::<Vec<_>>();
    let snapshot = snapshot::newest(from)?.map(snapshot::name);
    for name in snapshot.into_iter().chain(files) {
        let mut is_there = false;
        // The compressed one has its name before the plain one loses its.
        for name in [name.clone(), name + closed::ENDING] {
            match bring(&from.join(&name), &to.join(&name)) {
                Ok(()) => is_there = true,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(io("copy", &from.join(&name), &error)),
            }
        }
        if !is_there {
            return Ok(false);
        }
    }
    Ok(true)
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
