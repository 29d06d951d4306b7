//! A dump in the journal: what a generation of it begins with. `0007.snapshot.jsonl` stands in the place of the files
//! up to `0007.jsonl`, and the chain of checksums goes on from it.

use std::io::{BufRead, Read};
use std::path::Path;

use super::load::{Loader, begin_of, checked_first, load};
use super::wire::Begin;
use crate::model::id::StoreId;
use crate::store::Result;
use crate::store::embedded::closed::{self, SNAPSHOT, Source};
use crate::store::embedded::index::Index;
use crate::store::embedded::journal::{Position, io, unread};
use crate::store::embedded::wire::LINE_BYTES;

/// The name of the snapshot that stands for the files up to that number.
pub(in super::super) fn name(number: u32) -> String {
    format!("{number:04}.snapshot.jsonl")
}

/// The newest snapshot of a journal, by its number.
///
/// # Errors
/// [`crate::store::StoreError::Io`].
pub(in super::super) fn newest(journal_folder: &Path) -> Result<Option<u32>> {
    let entries = match std::fs::read_dir(journal_folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io("read", journal_folder, &error)),
    };
    let mut newest = None;
    for entry in entries {
        let entry = entry.map_err(|error| io("read", journal_folder, &error))?;
        let name = entry.file_name();
        let stem = name.to_str().map(|name| name.strip_suffix(closed::ENDING).unwrap_or(name));
        let stem = stem.and_then(|name| name.strip_suffix(".snapshot.jsonl"));
        newest = newest.max(stem.and_then(|stem| stem.parse().ok()));
    }
    Ok(newest)
}

/// Which store a journal that begins with a snapshot is of, and where it goes on after it; `None` without one.
///
/// # Errors
/// As [`load`].
pub(in super::super) fn origin(journal_folder: &Path) -> Result<Option<(StoreId, Position)>> {
    let Some(number) = newest(journal_folder)? else { return Ok(None) };
    let path = closed::path(journal_folder, number | SNAPSHOT);
    let mut line = Vec::new();
    let read = reader(journal_folder, number)?.take(LINE_BYTES as u64).read_until(b'\n', &mut line);
    read.map_err(|error| unread("read", &path, 0, &error))?;
    let begin = begin_of(checked_first(&line, &path)?, &path)?;
    Ok(Some((begin.store, after(number, &begin))))
}

/// Loads the snapshot that a journal begins with into an empty index. Where the journal goes on; `None` without one,
/// when nothing was done.
///
/// # Errors
/// As [`load`].
pub(in super::super) fn open(index: &mut Index<'_>, journal_folder: &Path) -> Result<Option<Position>> {
    let Some(number) = newest(journal_folder)? else { return Ok(None) };
    let path = closed::path(journal_folder, number | SNAPSHOT);
    open_from(index, reader(journal_folder, number)?, number, &path, &mut || Ok(()))
}

/// Loads the snapshot with that number, be it that it has no name yet. `seen` hears of every line.
///
/// # Errors
/// As [`load`]; what `seen` says.
pub(in super::super) fn open_from(
    index: &mut Index<'_>,
    text: impl BufRead,
    number: u32,
    path: &Path,
    seen: &mut dyn FnMut() -> Result<()>,
) -> Result<Option<Position>> {
    let mut next = None;
    load(index, text, path, Some(number | SNAPSHOT), &mut |_, loader| {
        next = next.or_else(|| loader.begin.as_ref().map(|begin| after(number, begin)));
        seen()
    })?;
    if let (Some(applied), Some(next)) = (&mut index.applied, next) {
        (applied.file, applied.end, applied.generation) = (next.file, next.end, number);
    }
    Ok(next)
}

/// Reads the snapshot that a journal begins with, and puts it nowhere. How many lines it has.
///
/// # Errors
/// As [`load`].
pub(in super::super) fn check(journal_folder: &Path) -> Result<u64> {
    let Some(number) = newest(journal_folder)? else { return Ok(0) };
    let path = closed::path(journal_folder, number | SNAPSHOT);
    let (mut loader, mut lines, mut line, mut count) =
        (Loader::new(&path), reader(journal_folder, number)?, Vec::new(), 0);
    loop {
        line.clear();
        let read = lines.by_ref().take(LINE_BYTES as u64 + 64).read_until(b'\n', &mut line);
        if read.map_err(|error| unread("read", &path, 0, &error))? == 0 {
            return loader.finish().map(|()| count);
        }
        loader.read(&line)?;
        count += 1;
    }
}

fn after(number: u32, begin: &Begin) -> Position {
    Position { file: number.saturating_add(1), end: 0, crc: begin.crc, seq: begin.seq }
}

fn reader(journal_folder: &Path, number: u32) -> Result<Box<dyn BufRead>> {
    let number = number | SNAPSHOT;
    let text = Source::open(journal_folder, number, false).and_then(|source| source.text(0, false));
    text.map_err(|error| unread("open", &closed::path(journal_folder, number), 0, &error))
}
