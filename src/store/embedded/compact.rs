//! Compaction of the journal: what it may replace, and what it leaves behind. The work itself is done in `beside`, with
//! a daemon running or without.

use std::path::Path;

use super::closed::{self, SNAPSHOT, UNNAMED};
use super::dump::snapshot;
use super::journal::{self, Damage, Position, io, sync_folder};
use crate::disk::Disk;
use crate::model::Timestamp;
use crate::store::Result;

/// The index that a snapshot is made from.
pub(super) const SCRATCH: &str = ".compact";

/// The last file that a snapshot is to stand for, the last record in it, and how many files that are. `go_on` may stop
/// it.
pub(super) fn replaced(
    journal_folder: &Path,
    open: u32,
    since: Option<Timestamp>,
    go_on: &dyn Fn() -> Result<()>,
) -> Result<Option<(u32, u64, u64)>> {
    // The time of the last record of each file, and its number.
    let mut ends: Vec<(u32, Timestamp, u64)> = Vec::new();
    journal::read_to(
        journal_folder,
        Position::default(),
        (open.saturating_sub(1), u64::MAX),
        Damage::Stop,
        |records, place| {
            if let Some(record) = records.last() {
                ends.pop_if(|(file, ..)| *file == place.file);
                ends.push((place.file, record.at, record.seq));
            }
            go_on()
        },
    )?;
    let is_old = |at: Timestamp| since.is_none_or(|since| at < since);
    let old: Vec<_> = ends.into_iter().take_while(|(_, at, _)| is_old(*at)).collect();
    Ok(old.last().map(|(file, _, seq)| (*file, *seq, old.len() as u64)))
}

pub(super) fn remove_scratch(disk: &Disk, folder: &Path) -> Result<()> {
    let scratch = folder.join(SCRATCH);
    if !scratch.exists() {
        return Ok(());
    }
    disk.remove_folder(&scratch).map_err(|error| io("remove", &scratch, &error))
}

/// Removes what a compaction leaves, or a crash left of one: the files that the newest snapshot stands for, older
/// snapshots, and those that have no name. The index must be built from the newest.
pub(super) fn sweep(disk: &Disk, folder: &Path) -> Result<()> {
    remove_scratch(disk, folder)?;
    let journal_folder = folder.join("journal");
    let newest = snapshot::newest(&journal_folder)?;
    let mut gone = false;
    let entries = std::fs::read_dir(&journal_folder).map_err(|error| io("read", &journal_folder, &error))?;
    for entry in entries {
        let entry = entry.map_err(|error| io("read", &journal_folder, &error))?;
        let name = entry.file_name();
        let is_unnamed = name.to_string_lossy().starts_with(UNNAMED);
        let is_replaced = newest.zip(closed::number_of(&name)).is_some_and(|(newest, number)| {
            let is_older = number & SNAPSHOT != 0 && number & !SNAPSHOT < newest;
            is_older || (number & SNAPSHOT == 0 && number <= newest)
        });
        if !is_replaced && !is_unnamed {
            continue;
        }
        if !gone && is_replaced {
            // The snapshot must have its name for good before anything goes that it stands for.
            sync_folder(disk, &journal_folder)?;
            crate::crashpoint::hit("compact.before-remove");
        }
        disk.remove(&entry.path()).map_err(|error| io("remove", &entry.path(), &error))?;
        if !gone && is_replaced {
            crate::crashpoint::hit("compact.after-remove");
        }
        gone |= is_replaced;
    }
    if gone { sync_folder(disk, &journal_folder) } else { Ok(()) }
}

/// How many bytes the files of a folder have.
pub(super) fn bytes(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.metadata().ok()).map(|found| found.len()).sum()
}
