//! Where the index is: `index/0001`, `index/0002`, …, each a folder of sled's own.
//!
//! sled writes some of its files by their path, so an open one is never renamed: another one is built beside it under
//! the next number, says `building` until it is whole, and counts from then on. The newest one without that mark is
//! the index; the others are leftovers, which the next start removes.

use std::path::{Path, PathBuf};

use super::journal::io;
use crate::disk::Disk;
use crate::store::StoreError;

/// The file in the folder of an index that says that it is being built: without it, one that a crash left would look
/// damaged.
const BUILDING: &str = "building";

type Result<T> = std::result::Result<T, StoreError>;

/// The folder that all indexes of a data folder are in.
pub(super) fn all(folder: &Path) -> PathBuf {
    folder.join("index")
}

/// The folder of the index that counts, whatever is in it; `None` where there is none.
pub(super) fn current(all: &Path) -> Option<PathBuf> {
    let mut newest = numbers(all).into_iter().rev().map(|number| path(all, number));
    newest.find(|path| !is_unfinished(path))
}

/// Whether the index that counts has anything in it.
pub(super) fn exists(all: &Path) -> bool {
    current(all).is_some_and(|path| path.join("db").exists())
}

/// Whether there is one that is not whole, be it of an earlier layout.
pub(super) fn has_unfinished(all: &Path) -> bool {
    is_unfinished(all) || numbers(all).into_iter().any(|number| is_unfinished(&path(all, number)))
}

/// Whether there is one of the layout that had no numbers.
pub(super) fn is_flat(all: &Path) -> bool {
    all.join("db").exists()
}

/// The folder of the next one, which is not there yet.
pub(super) fn next(all: &Path) -> PathBuf {
    path(all, numbers(all).last().map_or(1, |number| number.saturating_add(1)))
}

/// Makes the folder of an index that is to be built, with the mark of one that is not whole.
///
/// # Errors
/// [`StoreError::Io`]; so with all calls here.
pub(super) fn begin(disk: &Disk, path: &Path) -> Result<()> {
    disk.create_folder(path, 0o700).map_err(|error| io("create", path, &error))?;
    let mark = path.join(BUILDING);
    disk.write(&mark, b"").map_err(|error| io("write", &mark, &error))
}

/// Lets an index count that is whole.
pub(super) fn finish(disk: &Disk, path: &Path) -> Result<()> {
    let mark = path.join(BUILDING);
    disk.remove(&mark).map_err(|error| io("remove", &mark, &error))
}

/// Removes everything but the index that counts.
pub(super) fn sweep(disk: &Disk, all: &Path) -> Result<()> {
    let current = current(all);
    for entry in std::fs::read_dir(all).into_iter().flatten().flatten() {
        let path = entry.path();
        if current.as_ref() != Some(&path) {
            let removed = if path.is_dir() { disk.remove_folder(&path) } else { disk.remove(&path) };
            removed.map_err(|error| io("remove", &path, &error))?;
        }
    }
    Ok(())
}

fn is_unfinished(path: &Path) -> bool {
    path.join(BUILDING).exists()
}

fn path(all: &Path, number: u32) -> PathBuf {
    all.join(format!("{number:04}"))
}

/// The numbers that are taken, ascending.
fn numbers(all: &Path) -> Vec<u32> {
    let entries = std::fs::read_dir(all).into_iter().flatten().flatten();
    let number = |entry: std::fs::DirEntry| entry.file_name().to_str()?.parse().ok();
    let mut numbers: Vec<u32> = entries.filter_map(number).collect();
    numbers.sort_unstable();
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newest_whole_one_counts_and_the_others_go() {
        let folder = tempfile::tempdir().expect("a folder");
        let (disk, all) = (Disk::default(), all(folder.path()));
        assert!(current(&all).is_none() && next(&all).ends_with("0001"));
        for _ in 0..3 {
            begin(&disk, &next(&all)).expect("is made");
        }
        assert!(current(&all).is_none() && has_unfinished(&all));
        finish(&disk, &path(&all, 2)).expect("is finished");
        assert!(current(&all).is_some_and(|path| path.ends_with("0002")) && !exists(&all));
        assert!(next(&all).ends_with("0004"));
        std::fs::write(all.join("db"), b"").expect("is written");
        assert!(is_flat(&all));
        sweep(&disk, &all).expect("is swept");
        assert_eq!(numbers(&all), [2]);
        assert!(!is_flat(&all) && !has_unfinished(&all));
    }
}
