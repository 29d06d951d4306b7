//! sled behind a guard: it panics on some damage, stumbles over a snapshot it was writing when it died, and holds its
//! lock for a moment after it is gone.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::error::IndexError;
use super::journal::io;
use super::numbered;
use crate::disk::Disk;
use crate::store::StoreError;

/// How long to wait for sled's own lock, which outlives a killed process, and a closed index, by some milliseconds.
const SLED_LOCK_WAIT: Duration = Duration::from_secs(10);

/// How long the pieces are in which sled fills its file; fixed for an index when it is made.
pub const SEGMENT: usize = 512 << 10;

/// sled's cache, in bytes. What is resident is several times as much; twice this makes no scan quicker.
const CACHE: u64 = 16 << 20;

/// How many broken indexes are kept for a look.
const BROKEN_KEPT: usize = 2;

/// A file in the index's folder that says not to trust it.
const DISTRUSTED: &str = "distrusted";

type Result<T> = std::result::Result<T, StoreError>;

/// Opens sled behind a guard: without the half-written snapshot that its death leaves, in a thread of its own
/// that may panic, and with patience for its lock.
pub(super) fn open_sled(disk: &Disk, path: &Path) -> Result<sled::Db> {
    remove_snapshots(disk, path, |name| name.ends_with(".generating"))?;
    match guarded(path) {
        Ok(db) => Ok(db),
        Err(StoreError::Index(error)) if error.is_outside() => Err(error.at(path)),
        Err(first) => {
            // Snapshots are only a cache of sled's log.
            remove_snapshots(disk, path, |_| true)?;
            tracing::warn!(error = %first, "the index did not open; trying once more without its snapshot");
            guarded(path)
        }
    }
}

fn guarded(path: &Path) -> Result<sled::Db> {
    let config = sled::Config::new()
        .path(path)
        .mode(sled::Mode::LowSpace)
        .segment_size(SEGMENT)
        .cache_capacity(CACHE)
        .flush_every_ms(Some(500));
    let waited = Instant::now();
    loop {
        let config = config.clone();
        let opened = std::thread::Builder::new()
            .name("open-index".into())
            .spawn(move || catch_unwind(AssertUnwindSafe(|| config.open())))
            .map_err(|error| io("open", path, &error))?
            .join();
        let failure = match opened {
            Ok(Ok(Ok(db))) => return Ok(db),
            Ok(Ok(Err(error))) => IndexError::from(error),
            _ => IndexError::Sled("sled panicked while opening it".to_owned()),
        };
        if !failure.to_string().contains("lock") {
            return Err(failure.into());
        }
        if waited.elapsed() > SLED_LOCK_WAIT {
            // An index that somebody still holds is not damaged.
            return Err(StoreError::Io { verb: "lock", path: path.to_owned(), reason: failure.to_string() });
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn remove_snapshots(disk: &Disk, path: &Path, which: impl Fn(&str) -> bool) -> Result<()> {
    let Ok(entries) = std::fs::read_dir(path) else { return Ok(()) };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let Some(name) = name.to_str().filter(|name| name.starts_with("snap.") && which(name)) else {
            continue;
        };
        disk.remove(&entry.path()).map_err(|error| io("remove", &entry.path(), &error))?;
        tracing::info!(file = name, "removed a snapshot of the index; it is only a cache");
    }
    Ok(())
}

/// Notes in the index's folder that it is damaged, so that it is built anew before it is used again.
pub(super) fn distrust(disk: &Disk, folder: &Path, why: &StoreError) {
    tracing::error!(%why, "the index is damaged; it is built anew from the journal");
    let Some(path) = numbered::current(&numbered::all(folder)) else { return };
    let path = path.join(DISTRUSTED);
    if let Err(error) = disk.write(&path, format!("{why}\n").as_bytes()) {
        tracing::error!(file = %path.display(), %error, "cannot note that the index is damaged");
    }
}

/// Whether an index was found damaged.
pub(super) fn is_distrusted(index_folder: &Path) -> bool {
    index_folder.join(DISTRUSTED).exists()
}

/// Makes the index in a folder of its own durable: sled's own flush leaves it to the system when the file reaches the disk.
///
/// # Errors
/// [`StoreError::Io`].
pub(super) fn make_durable(disk: &Disk, path: &Path) -> Result<()> {
    let db = path.join("db");
    disk.sync(&db).map_err(|error| io("sync", &db, &error))?;
    disk.sync_folder(path).map_err(|error| io("sync", path, &error))
}

/// How many bytes are free on the disk of a folder, for this user; `None` where the system does not tell.
pub(super) fn free(folder: &Path) -> Option<u64> {
    let found = rustix::fs::statvfs(folder).ok()?;
    Some(found.f_bavail.saturating_mul(found.f_frsize))
}

/// Renames a folder to `NAME.broken-N`, and keeps only the last few of those.
pub(super) fn move_aside(disk: &Disk, path: &Path) -> Result<()> {
    if !path.exists() {
        return Ok(());
    }
    let (Some(parent), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str())) else {
        return Ok(());
    };
    let prefix = format!("{name}.broken-");
    let mut broken: Vec<(u32, PathBuf)> = std::fs::read_dir(parent)
        .map_err(|error| io("read", parent, &error))?
        .flatten()
        .filter_map(|entry| {
            Some((entry.file_name().to_str()?.strip_prefix(&prefix)?.parse().ok()?, entry.path()))
        })
        .collect();
    broken.sort();
    let next = broken.last().map_or(1, |(number, _)| number + 1);
    let target = parent.join(format!("{prefix}{next}"));
    disk.rename(path, &target).map_err(|error| io("rename", path, &error))?;
    tracing::warn!(from = %path.display(), to = %target.display(), "moved aside");
    let surplus = (broken.len() + 1).saturating_sub(BROKEN_KEPT);
    for (_, old) in broken.into_iter().take(surplus) {
        if let Err(error) = disk.remove_folder(&old) {
            tracing::warn!(folder = %old.display(), %error, "cannot remove an old broken folder");
        }
    }
    Ok(())
}
