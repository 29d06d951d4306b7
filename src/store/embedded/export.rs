//! Exporting: a dump of a store, be it open in another process or not.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::base::Base;
use super::build;
use super::copy;
use super::dump;
use super::index::Index;
use super::journal::{EVERYTHING, damaged, io};
use super::open::{self, Opened, Wish};
use super::state::Lock;
use crate::disk::Disk;
use crate::model::Timestamp;
use crate::model::id::StoreId;
use crate::store::{Result, StoreError};

/// What the folder of an index begins with that is built to be exported and thrown away.
const SCRATCH: &str = ".export-";

/// The file in it by whose lock it is told whether an export still uses it.
const LOCK: &str = "lock";

/// How often a journal is read that is written anew meanwhile.
const TRIES: usize = 3;

/// How far a long piece of work is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is done.
    pub what: &'static str,
    /// How much of it.
    pub done: u64,
    /// Of how much; 0 where that is not known.
    pub of: u64,
}

/// What was exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exported {
    /// Which store.
    pub store: StoreId,
    /// The last record that is in it.
    pub seq: u64,
    /// How many lines it has.
    pub lines: u64,
    /// How many articles.
    pub articles: u64,
    /// How many deliveries.
    pub deliveries: u64,
}

/// Exports the store in `folder`. Where a process has it open, an index of its own is built from the journal, beside
/// it, and removed again.
pub(super) fn export(
    disk: &Disk,
    folder: &Path,
    now: Timestamp,
    out: &mut dyn FnMut(&[u8]) -> Result<()>,
    tell: &mut dyn FnMut(Progress),
) -> Result<Exported> {
    if !folder.join("journal").exists() && !folder.join("state.json").exists() {
        return Err(damaged(folder, 0, "there is no store"));
    }
    match Lock::holder(folder) {
        None => {
            let Opened { lock, base, .. } = open::open(disk, folder, now, Wish::default())?;
            let done = written(&base, out, tell);
            drop(base);
            drop(lock);
            done
        }
        Some(StoreError::InUse { .. }) => beside(disk, folder, out, tell),
        Some(error) => Err(error),
    }
}

/// Exports from an index that is built for it.
fn beside(
    disk: &Disk,
    folder: &Path,
    out: &mut dyn FnMut(&[u8]) -> Result<()>,
    tell: &mut dyn FnMut(Progress),
) -> Result<Exported> {
    remove_left(disk, folder);
    let path = folder.join(format!("{SCRATCH}{}", std::process::id()));
    disk.remove_folder(&path).map_err(|error| io("remove", &path, &error))?;
    let scratch = Scratch::new(disk, path)?;
    let (journal_folder, own) = (folder.join("journal"), scratch.path.join("journal"));
    let index = scratch.path.join("index");
    let named = |error: StoreError| named(error, &own, &journal_folder);
    let mut tries = 0;
    let mut read = |done| {
        tell(Progress { what: "reading the journal", done, of: 0 });
        Ok(())
    };
    let base = loop {
        // Under names of its own, whatever becomes of the files meanwhile, all of it can be read to the end.
        copy::records(disk, &journal_folder, &own, &|from, to| disk.link(from, to))?;
        disk.remove_folder(&index).map_err(|error| io("remove", &index, &error))?;
        match build::built(disk, &index, &own, EVERYTHING, build::BATCH, &mut read) {
            Ok(base) => break base,
            // What failed to be written may have been cut off while it was read.
            Err(error) if tries + 1 < TRIES => {
                tries += 1;
                tracing::debug!(%error, "reading the journal once more");
            }
            Err(error) => return Err(named(error)),
        }
    };
    let done = written(&base, out, tell).map_err(named);
    drop(base);
    done
}

/// An error that names the files of the journal by the names that they have there.
fn named(error: StoreError, own: &Path, journal_folder: &Path) -> StoreError {
    let known = |path: PathBuf| path.strip_prefix(own).map_or(path.clone(), |name| journal_folder.join(name));
    match error {
        StoreError::Damaged { file, line, what } => StoreError::Damaged { file: known(file), line, what },
        StoreError::Newer { file, line, what } => StoreError::Newer { file: known(file), line, what },
        StoreError::Io { verb, path, reason } => StoreError::Io { verb, path: known(path), reason },
        other => other,
    }
}

/// Removes what an export left that was killed.
fn remove_left(disk: &Disk, folder: &Path) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let pid = name.to_str().and_then(|name| name.strip_prefix(SCRATCH)?.parse::<u32>().ok());
        if pid.is_some_and(|pid| is_left(&entry.path(), pid))
            && let Err(error) = disk.remove_folder(&entry.path())
        {
            tracing::warn!(folder = %entry.path().display(), %error, "cannot remove what an export left");
        }
    }
}

/// Whether nobody uses what an export made. Its lock tells; one in another container has a process id of its own.
fn is_left(path: &Path, pid: u32) -> bool {
    match File::open(path.join(LOCK)) {
        Ok(lock) => lock.try_lock().is_ok(),
        Err(_) => !Path::new("/proc").join(pid.to_string()).exists(),
    }
}

fn written(
    base: &Base,
    out: &mut dyn FnMut(&[u8]) -> Result<()>,
    tell: &mut dyn FnMut(Progress),
) -> Result<Exported> {
    let mut index = Index::new(base);
    let applied = index.applied()?.ok_or_else(|| StoreError::Stopped("the index has no mark".into()))?;
    let mut done = Exported { store: applied.store, seq: applied.seq, lines: 0, articles: 0, deliveries: 0 };
    let of = applied.next_article.into();
    dump::write(&mut index, &mut |line| {
        done.lines += 1;
        done.articles += u64::from(line.starts_with(b"{\"article\""));
        done.deliveries += u64::from(line.starts_with(b"{\"delivery\""));
        tell(Progress { what: "writing articles", done: done.articles, of });
        out(line)
    })?;
    Ok(done)
}

/// A folder that is removed when it is no longer needed.
struct Scratch {
    disk: Disk,
    path: PathBuf,
    /// Held as long as it is used.
    _lock: crate::disk::File,
}

impl Scratch {
    fn new(disk: &Disk, path: PathBuf) -> Result<Self> {
        open::create_folder(disk, &path)?;
        let lock = path.join(LOCK);
        let file = disk.open(&lock, 0).map_err(|error| io("open", &lock, &error))?;
        // Where locks are not known, the process id has to do.
        drop(file.system().try_lock());
        Ok(Self { disk: disk.clone(), path, _lock: file })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = self.disk.remove_folder(&self.path) {
            tracing::warn!(folder = %self.path.display(), %error, "cannot remove the index that was built for an export");
        }
    }
}
