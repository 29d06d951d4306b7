//! Reading the journal: line by line along the chain of checksums.

use std::io::{BufRead, Read as _};
use std::path::Path;

use super::{Position, Result, damaged, files, io, unread};
use crate::store::StoreError;
use crate::store::embedded::closed::{self, Source};
use crate::store::embedded::dump::snapshot;
use crate::store::embedded::place;
use crate::store::embedded::record::{Fact, Record};
use crate::store::embedded::wire::{LINE_BYTES, RecordError};

/// What reading the journal from a position gave.
pub(in super::super) struct Tail {
    /// Where the last whole record ends.
    pub(in super::super) end: Position,
    /// Bytes of a torn last line (or of an unfinished group of parts) after it.
    pub(in super::super) torn: u64,
    /// Damaged lines that were skipped on purpose.
    pub(in super::super) skipped: u64,
}

/// How to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Damage {
    /// Stop with its place.
    Stop,
    /// Pass over it and count it.
    Skip,
}

/// Reads the records after `from` and hands them to `sink`, those that apply together at once, with the position
/// that the last of them ends at.
///
/// A last line that was not written to its end is what a crash leaves: it is reported as torn, not as damage.
pub(in super::super) fn read(
    folder: &Path,
    from: Position,
    damage: Damage,
    sink: impl FnMut(Vec<Record>, Position) -> Result<()>,
) -> Result<Tail> {
    read_to(folder, from, EVERYTHING, damage, sink)
}

/// As far as there is anything: the number of the last file, and of the last byte in it.
pub(in super::super) const EVERYTHING: (u32, u64) = (u32::MAX, u64::MAX);

/// The same up to a place: the number of a file, and how many bytes of it. What stands behind that may be anything.
pub(in super::super) fn read_to(
    folder: &Path,
    from: Position,
    upto: (u32, u64),
    damage: Damage,
    mut sink: impl FnMut(Vec<Record>, Position) -> Result<()>,
) -> Result<Tail> {
    // What a snapshot stands for may still be there.
    let from = match snapshot::origin(folder)? {
        Some((_, after)) if from.file < after.file => after,
        _ => from,
    };
    let numbers = files(folder)?;
    let first = if from.file == 0 { numbers.first().copied().unwrap_or(1) } else { from.file };
    let mut reader = Reader { at: from, damage, upto, skipped: 0, pending: Vec::new() };
    let last = numbers.last().copied().unwrap_or(0);
    for number in first..=last.min(upto.0) {
        let path = closed::path(folder, number);
        if !numbers.contains(&number) {
            if damage == Damage::Stop {
                return Err(damaged(&path, 0, "this file of the journal is missing"));
            }
            tracing::warn!(file = %path.display(), "a file of the journal is missing");
            reader.skipped += 1;
            continue;
        }
        let start = if number == from.file { from.end } else { 0 };
        // A crash may have torn the last record; only the last file may end like that.
        let torn = reader.file(folder, number, start, number == last, &mut sink)?;
        if number == last {
            return Ok(Tail { end: reader.at, torn, skipped: reader.skipped });
        }
    }
    Ok(Tail { end: reader.at, torn: 0, skipped: reader.skipped })
}

struct Reader {
    at: Position,
    damage: Damage,
    upto: (u32, u64),
    skipped: u64,
    /// Parts of one scan that wait for the last of them.
    pending: Vec<(Record, Position)>,
}

impl Reader {
    fn file(
        &mut self,
        folder: &Path,
        number: u32,
        start: u64,
        is_last: bool,
        sink: &mut impl FnMut(Vec<Record>, Position) -> Result<()>,
    ) -> Result<u64> {
        let path = &closed::path(folder, number);
        let lossy = self.damage == Damage::Skip;
        let source = Source::open(folder, number, lossy).map_err(|error| unread("open", path, 0, &error))?;
        let length = source.length().map_err(|error| io("read", path, &error))?;
        let length = if number == self.upto.0 { length.min(self.upto.1) } else { length };
        if length < start {
            return Err(damaged(
                path,
                0,
                &format!("it ends at byte {length}, but {start} bytes were written and acknowledged"),
            ));
        }
        let unreadable =
            |offset: u64, error: &_| unread("read", path, line_number_of(folder, number, offset), error);
        // Another process may be writing behind that, and half a line there is none.
        let mut lines =
            source.text(start, lossy).map_err(|error| unreadable(start, &error))?.take(length - start);
        let (mut offset, mut line_number) = (start, 0u64);
        let mut chain = self.pending.last().map_or(self.at, |(_, at)| *at);
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = lines.by_ref().take(LINE_BYTES as u64 + 64).read_until(b'\n', &mut line);
            if read.map_err(|error| unreadable(offset, &error))? == 0 {
                break;
            }
            line_number += 1;
            let end = offset + line.len() as u64;
            match check(&line, chain) {
                Ok((mut record, crc)) => {
                    place::mark(&mut record, json_of(&line), number, offset);
                    chain = Position { file: number, end, crc, seq: record.seq };
                    self.take(record, chain, sink)?;
                }
                Err(newer @ RecordError::Newer { .. }) => {
                    let (file, line) = (path.to_owned(), line_number_of(folder, number, offset));
                    return Err(StoreError::Newer { file, line, what: newer.to_string() });
                }
                Err(RecordError::Damaged(_)) if is_last && end == length && is_unfinished(&line, chain) => {
                    break;
                }
                Err(RecordError::Damaged(what)) => {
                    let place = line_number_of(folder, number, offset);
                    if self.damage == Damage::Stop {
                        return Err(damaged(path, place, &what));
                    }
                    tracing::warn!(file = %path.display(), line = place, what, "skipping a damaged line of the journal");
                    self.skipped += 1;
                    // The chain goes on from what the damaged line says of itself.
                    if let Some(crc) = stated_crc(&line) {
                        chain.crc = crc;
                    }
                    chain = Position { file: number, end, ..chain };
                }
            }
            offset = end;
        }
        if !is_last {
            return if offset == length {
                Ok(0)
            } else {
                Err(damaged(path, line_number + 1, "the file ends in the middle of a record"))
            };
        }
        let whole = if self.at.file == number { self.at.end } else { 0 };
        Ok(length.saturating_sub(whole))
    }

    /// Hands a record on; parts of one scan together, when the last is there.
    fn take(
        &mut self,
        record: Record,
        at: Position,
        sink: &mut impl FnMut(Vec<Record>, Position) -> Result<()>,
    ) -> Result<()> {
        let part = if let Fact::Scan(scan) = &record.fact { scan.part } else { None };
        self.pending.push((record, at));
        if part.is_none_or(|(number, of)| number >= of) {
            sink(std::mem::take(&mut self.pending).into_iter().map(|(record, _)| record).collect(), at)?;
            self.at = at;
        }
        Ok(())
    }
}

/// Checks one line against the chain and reads its record.
pub(in super::super) fn check(
    line: &[u8],
    before: Position,
) -> std::result::Result<(Record, u32), RecordError> {
    let damaged = |what: &str| RecordError::Damaged(what.to_owned());
    if !line.ends_with(b"\n") {
        return Err(damaged("the line is not whole"));
    }
    let stated = stated_crc(line).ok_or_else(|| damaged("the line has no checksum"))?;
    let json = json_of(line);
    let crc = crc32c::crc32c_append(before.crc, json);
    if crc != stated {
        // Whole in itself, but not in this place?
        return Err(damaged("the checksum does not match: the line is damaged, or one before it is missing"));
    }
    let record = Record::from_json(json)?;
    if record.seq <= before.seq {
        return Err(RecordError::Damaged(format!("record {} follows record {}", record.seq, before.seq)));
    }
    Ok((record, crc))
}

/// Whether a damaged line at the very end can be one that a crash left before it was written to its end.
///
/// One with its line feed was written whole, and so was one that has another byte in its place: either may have been
/// acknowledged. (Where zeros took some of it, as after a power cut, [`torn`](super::super::torn) looks closer.)
fn is_unfinished(line: &[u8], before: Position) -> bool {
    let mut ended = line.to_vec();
    match ended.last_mut() {
        None | Some(b'\n') => false,
        Some(last) => {
            *last = b'\n';
            check(&ended, before).is_err()
        }
    }
}

/// How many bytes of a line follow its JSON: a tab, the checksum in eight digits, and the line feed.
const TRAILER: usize = 10;

/// The JSON of a whole line.
fn json_of(line: &[u8]) -> &[u8] {
    line.get(..line.len().saturating_sub(TRAILER)).unwrap_or_default()
}

/// The checksum that a line states.
pub(super) fn stated_crc(line: &[u8]) -> Option<u32> {
    let hex = line.get(line.len().checked_sub(TRAILER)?..)?.strip_prefix(b"\t")?.strip_suffix(b"\n")?;
    // As it was written, and in no other way that would be read the same.
    let hex = hex.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')).then_some(hex)?;
    u32::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok()
}

/// The number of the line that begins at `offset`; only for messages.
fn line_number_of(folder: &Path, number: u32, offset: u64) -> u64 {
    let Ok(text) = Source::open(folder, number, true).and_then(|source| source.text(0, true)) else {
        return 0;
    };
    let mut count = 1;
    let mut reader = text.take(offset);
    loop {
        let Ok(chunk) = reader.fill_buf() else { return count };
        if chunk.is_empty() {
            return count;
        }
        count += chunk.iter().filter(|byte| **byte == b'\n').count() as u64;
        let length = chunk.len();
        reader.consume(length);
    }
}
