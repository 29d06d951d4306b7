//! Compaction: the oldest files of the journal make room for a snapshot of what they lead to.
//!
//! The snapshot of the files up to a number is built from those very files, in an index of its own, never from the one
//! in use: the journal is the truth. It is written whole, read back and made durable before it gets its name, which is
//! the moment that counts. From then on the journal begins with it. The index, whose texts stand in the files that go,
//! goes right before that and is built anew after it, and then those files go. A crash anywhere leaves the files before, or the snapshot with some of
//! them, and the next start does the rest.

use std::io::Write as _;
use std::path::Path;

use super::closed::{self, Packing, SNAPSHOT};
use super::dump::{self, snapshot};
use super::export::Progress;
use super::index::Index;
use super::journal::{self, Damage, Position, io, sync_folder, unread};
use super::open::{self, Opened, Wish};
use crate::disk::Disk;
use crate::model::Timestamp;
use crate::store::Result;

/// The index that the snapshot is made from.
const SCRATCH: &str = ".compact";

/// What a compaction did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Compacted {
    /// How many files of the journal made room.
    pub files: u64,
    /// Up to which record.
    pub seq: u64,
    /// How many bytes the journal had before.
    pub before: u64,
    /// How many it has now.
    pub after: u64,
}

/// Compacts the journal of the store in `folder`, which no process may have open. Files with records that are not
/// older than `since` stay; without that, none does. `None` when there is nothing to do.
pub(super) fn compact(
    disk: &Disk,
    folder: &Path,
    now: Timestamp,
    since: Option<Timestamp>,
    tell: &mut dyn FnMut(Progress),
) -> Result<Option<Compacted>> {
    let Opened { lock, base, mut journal, applied, .. } = open::open(disk, folder, now, Wish::default())?;
    drop(base);
    let journal_folder = folder.join("journal");
    if since.is_none() && journal.at().end > 0 {
        journal.rotate()?;
    }
    tell(Progress { what: "reading the journal", done: 0, of: 0 });
    let Some((upto, seq, files)) = replaced(&journal_folder, journal.at().file, since)? else {
        return Ok(None);
    };
    let before = bytes(&journal_folder);
    write_snapshot(disk, folder, upto, tell)?;
    crate::crashpoint::hit("compact.after-rename");
    tell(Progress { what: "building the index", done: 0, of: 0 });
    drop(open::reopen(disk, folder, applied.store, journal.at())?);
    sweep(disk, folder)?;
    drop((journal, lock));
    Ok(Some(Compacted { files, seq, before, after: bytes(&journal_folder) }))
}

/// The last file that a snapshot is to stand for, the last record in it, and how many files that are.
fn replaced(journal_folder: &Path, open: u32, since: Option<Timestamp>) -> Result<Option<(u32, u64, u64)>> {
    // The time of the last record of each file, and its number.
    let mut ends: Vec<(u32, Timestamp, u64)> = Vec::new();
    journal::read(journal_folder, Position::default(), Damage::Stop, |records, place| {
        if let Some(record) = records.last() {
            ends.pop_if(|(file, ..)| *file == place.file);
            ends.push((place.file, record.at, record.seq));
        }
        Ok(())
    })?;
    let is_old = |at: Timestamp| since.is_none_or(|since| at < since);
    let old: Vec<_> = ends.into_iter().take_while(|(file, at, _)| *file < open && is_old(*at)).collect();
    Ok(old.last().map(|(file, _, seq)| (*file, *seq, old.len() as u64)))
}

fn write_snapshot(disk: &Disk, folder: &Path, upto: u32, tell: &mut dyn FnMut(Progress)) -> Result<()> {
    let (journal_folder, scratch) = (folder.join("journal"), folder.join(SCRATCH));
    let number = upto | SNAPSHOT;
    let path = closed::packed(&journal_folder, number);
    let written = |error: &std::io::Error| unread("write", &path, 0, error);
    remove_scratch(disk, folder)?;
    let base = open::built_to(disk, &scratch, &journal_folder, upto, tell)?;
    let mut packing = Packing::begin(disk, &journal_folder).map_err(|error| written(&error))?;
    crate::crashpoint::hit("compact.before-write");
    let mut done = 0;
    dump::write(&mut Index::new(&base), &mut |line| {
        done += 1;
        tell(Progress { what: "writing the snapshot", done, of: 0 });
        packing.write_all(line).map_err(|error| written(&error))
    })?;
    drop(base);
    // The texts that the index points at stand in files that go. Without one, it is built from what is there.
    let between = || {
        crate::crashpoint::hit("compact.before-index");
        open::drop_index(disk, folder)?;
        crate::crashpoint::hit("compact.before-rename");
        Ok(())
    };
    packing.finish(number, &between).map_err(|error| written(&error))?;
    remove_scratch(disk, folder)
}

fn remove_scratch(disk: &Disk, folder: &Path) -> Result<()> {
    let scratch = folder.join(SCRATCH);
    if !scratch.exists() {
        return Ok(());
    }
    disk.remove_folder(&scratch).map_err(|error| io("remove", &scratch, &error))
}

/// Removes what a compaction leaves, or a crash left of one: the files that the newest snapshot stands for, and older
/// snapshots. The index must be built from that snapshot.
pub(super) fn sweep(disk: &Disk, folder: &Path) -> Result<()> {
    remove_scratch(disk, folder)?;
    let journal_folder = folder.join("journal");
    let Some(newest) = snapshot::newest(&journal_folder)? else { return Ok(()) };
    let mut gone = false;
    let entries = std::fs::read_dir(&journal_folder).map_err(|error| io("read", &journal_folder, &error))?;
    for entry in entries {
        let entry = entry.map_err(|error| io("read", &journal_folder, &error))?;
        let Some(number) = closed::number_of(&entry.file_name()) else { continue };
        let is_older = number & SNAPSHOT != 0 && number & !SNAPSHOT < newest;
        let is_replaced = number & SNAPSHOT == 0 && number <= newest;
        if is_older || is_replaced {
            if !gone {
                crate::crashpoint::hit("compact.before-remove");
            }
            disk.remove(&entry.path()).map_err(|error| io("remove", &entry.path(), &error))?;
            if !gone {
                crate::crashpoint::hit("compact.after-remove");
            }
            gone = true;
        }
    }
    if gone { sync_folder(disk, &journal_folder) } else { Ok(()) }
}

/// How many bytes the files of a folder have.
fn bytes(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.metadata().ok()).map(|found| found.len()).sum()
}
