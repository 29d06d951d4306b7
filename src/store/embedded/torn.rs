//! A group of records that a power cut tore in its middle.
//!
//! A disk may have written the later sectors of a write that was never flushed, and not the earlier ones: zeros stand
//! there then, which no record holds, and whole lines may follow. (Zeros that no sector bounds are damage: a bit that
//! flipped may make one of a blank.) Nothing of such a group was acknowledged. But all
//! that stands before a group was flushed before the group was written. So a line behind the zeros that belongs to a
//! later group than what the zeros took proves that this had been flushed: that is damage, and nothing is cut.

#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::dump::snapshot;
use super::journal::{self, Damage, Position, io};
use crate::disk::Disk;
use crate::store::StoreError;

/// A group is not longer. More than that behind zeros is no torn write.
const MOST: u64 = 64 << 20;

/// The least that a disk writes or does not write, in bytes.
const SECTOR: u64 = 512;

/// What the name of a file begins with that has what was cut off.
const CUT: &str = "journal.torn-";

/// How many of those are kept.
const KEPT: usize = 2;

type Result<T> = std::result::Result<T, StoreError>;

/// Cuts off the end of a damaged journal if it can only be a torn group: it holds zeros, is the end of the last file,
/// nothing of a later group stands behind it, and it begins after the record that is known to have been
/// `acknowledged`. What is cut off is kept beside the journal. Returns whether it did.
///
/// # Errors
/// [`StoreError::Io`]; those of a journal that cannot be read for another reason.
pub(super) fn cut(disk: &Disk, folder: &Path, acknowledged: impl FnOnce() -> u64) -> Result<bool> {
    let journal_folder = folder.join("journal");
    let Some(last) = journal::files(&journal_folder)?.last().copied() else { return Ok(false) };
    // A compressed file was whole once, and has another path.
    let path = journal_folder.join(journal::name(last));
    let Some(whole) = whole(&journal_folder, last, &path)? else { return Ok(false) };
    let file = File::open(&path).map_err(|error| io("open", &path, &error))?;
    let length = file.metadata().map_err(|error| io("read", &path, &error))?.len();
    let Some(bytes) = length.checked_sub(whole.end).filter(|bytes| *bytes <= MOST) else { return Ok(false) };
    let mut end = vec![0; usize::try_from(bytes).unwrap_or_default()];
    file.read_exact_at(&mut end, whole.end).map_err(|error| io("read", &path, &error))?;
    if !is_torn(&end, whole) || whole.seq < acknowledged() {
        return Ok(false);
    }
    let kept = keep(disk, folder, &end)?;
    tracing::warn!(
        file = %path.display(), bytes, record = whole.seq, kept = %kept.display(),
        "cut off the end of the journal, which a power cut left with zeros in it; none of it was acknowledged"
    );
    let mut file = disk.open(&path, whole.end).map_err(|error| io("open", &path, &error))?;
    file.cut(whole.end).and_then(|()| file.sync()).map_err(|error| io("write", &path, &error))?;
    Ok(true)
}

/// Where the last record ends that is whole and applies, in the last file of a journal, or before its first byte;
/// `None` where something else is wrong than a line of that file.
fn whole(journal_folder: &Path, last: u32, path: &Path) -> Result<Option<Position>> {
    let origin = snapshot::origin(journal_folder)?;
    let mut whole = origin.map(|(_, after)| after).unwrap_or_default();
    let read = journal::read(journal_folder, Position::default(), Damage::Stop, |_, place| {
        whole = place;
        Ok(())
    });
    let is_there = matches!(read, Err(StoreError::Damaged { file, .. }) if file == path);
    if whole.file < last {
        // The files before it were read to their ends.
        whole = Position { file: last, end: 0, ..whole };
    }
    Ok(Some(whole).filter(|whole| is_there && whole.seq > 0))
}

/// Whether what stands behind the last whole record can be a group that was never flushed.
fn is_torn(end: &[u8], whole: Position) -> bool {
    let mut lines = end.split_inclusive(|byte| *byte == b'\n');
    let mut at = whole;
    // The parts of a scan may be whole but for the last ones.
    let torn = loop {
        let Some(line) = lines.next() else { return false };
        match journal::check(line, at) {
            Ok((record, crc)) => {
                at = Position { crc, seq: record.seq, end: at.end + line.len() as u64, ..at };
            }
            Err(_) => break line,
        }
    };
    // Before the group stood nothing that a sector had to be written for.
    let is_edge = |place: u64| place.is_multiple_of(SECTOR) || place == whole.end;
    let file_end = whole.end + end.len() as u64;
    lost(torn, at.end).any(|(from, to)| is_edge(from) && (is_edge(to) || to == file_end))
        && lines.all(|line| may_be_of(line, at.seq + 1))
}

/// Where zeros stand in a line that begins at `start`.
fn lost(line: &[u8], start: u64) -> impl Iterator<Item = (u64, u64)> {
    let mut at = start;
    line.chunk_by(|one, next| (*one == 0) == (*next == 0)).filter_map(move |run| {
        let from = at;
        at += run.len() as u64;
        (run[0] == 0).then_some((from, at))
    })
}

/// Whether a line may be of the group that record `torn` is of.
fn may_be_of(line: &[u8], torn: u64) -> bool {
    #[derive(Deserialize)]
    struct Group {
        seq: u64,
        group: Option<u64>,
    }
    let Some(tab) = line.iter().rposition(|byte| *byte == b'\t') else { return true };
    match serde_json::from_slice(&line[..tab]) {
        Ok(Group { seq, group }) => seq > torn && group.unwrap_or(seq) <= torn,
        // Zeros took some of it, too.
        Err(_) => true,
    }
}

/// Keeps what is cut off beside the journal, and only the last few of those.
fn keep(disk: &Disk, folder: &Path, end: &[u8]) -> Result<PathBuf> {
    let entries = std::fs::read_dir(folder).map_err(|error| io("read", folder, &error))?;
    let number = |name: &std::ffi::OsStr| name.to_str()?.strip_prefix(CUT)?.parse::<u32>().ok();
    let mut kept: Vec<(u32, PathBuf)> =
        entries.flatten().filter_map(|entry| Some((number(&entry.file_name())?, entry.path()))).collect();
    kept.sort();
    let path = folder.join(format!("{CUT}{}", kept.last().map_or(1, |(number, _)| number.saturating_add(1))));
    let written = disk.create(&path).and_then(|mut file| file.write_all(end).and_then(|()| file.sync()));
    written.and_then(|()| disk.sync_folder(folder)).map_err(|error| io("write", &path, &error))?;
    let surplus = (kept.len() + 1).saturating_sub(KEPT);
    for (_, old) in kept.into_iter().take(surplus) {
        if let Err(error) = disk.remove(&old) {
            tracing::warn!(file = %old.display(), %error, "cannot remove what was cut off the journal long ago");
        }
    }
    Ok(path)
}
