//! The journal: append-only files of records. It is the truth; its fsync is the commit.
//!
//! `journal/0001.jsonl`, `0002.jsonl`, …: a new file begins when one passes 16 MB, and the closed ones are compressed
//! in the background. The chain of CRCs goes on over the files.

mod read;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use super::closed;
use super::record::Record;
use super::wire::LINE_BYTES;
use crate::disk::{self, Disk};
use crate::store::StoreError;

use self::read::stated_crc;

pub(super) use self::read::{Damage, EVERYTHING, Tail, check, read, read_to};

/// A file is closed when it is longer than this.
const FILE_BYTES: u64 = 16 << 20;

type Result<T> = std::result::Result<T, StoreError>;

/// Where a record ends, and the CRC that the next one goes on from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Position {
    /// The number of the file; 0 before the first.
    pub(super) file: u32,
    /// Bytes from its beginning.
    pub(super) end: u64,
    /// The CRC of the last record.
    pub(super) crc: u32,
    /// Its sequence number.
    pub(super) seq: u64,
}

/// The journal, open for appending.
#[derive(Debug)]
pub(super) struct Journal {
    disk: Disk,
    folder: PathBuf,
    file: disk::File,
    at: Position,
    /// Something of a failed group may stand behind `at`.
    untidy: bool,
    /// A file is closed when it is longer than this: [`FILE_BYTES`], or what a test wants.
    pub(super) most: u64,
}

/// A record as it will be written, without what ties it to its place: checksum and line end.
pub(super) struct Line {
    seq: u64,
    json: Vec<u8>,
}

impl Line {
    /// The line of a record. `folder` is only for the message.
    ///
    /// # Errors
    /// [`StoreError::Io`] when it would be too long to be read back; the proposal is refused.
    pub(super) fn of(record: &Record, folder: &Path) -> Result<Self> {
        Self::within(record, None, folder)
    }

    /// The same for a record that is written together with those from record `group` on.
    ///
    /// # Errors
    /// As [`Self::of`].
    pub(super) fn within(record: &Record, group: Option<u64>, folder: &Path) -> Result<Self> {
        let json = record.to_json(group).map_err(|error| StoreError::Stopped(error.to_string()))?;
        if json.len() > LINE_BYTES {
            let reason = format!("a record of {} bytes; the most is {LINE_BYTES}", json.len());
            return Err(StoreError::Io { verb: "write", path: folder.join("journal"), reason });
        }
        Ok(Self { seq: record.seq, json })
    }

    /// The record's JSON.
    pub(super) fn json(&self) -> &[u8] {
        &self.json
    }

    /// How many bytes it takes in the journal.
    pub(super) fn len(&self) -> u64 {
        self.json.len() as u64 + 10
    }
}

/// When a file is closed. In builds with debug assertions a test can have it sooner.
fn file_bytes() -> u64 {
    #[cfg(debug_assertions)]
    if let Some(bytes) = std::env::var("TIDINGS_JOURNAL_BYTES").ok().and_then(|bytes| bytes.parse().ok()) {
        return bytes;
    }
    FILE_BYTES
}

/// The name of a journal file.
pub(super) fn name(number: u32) -> String {
    format!("{number:04}.jsonl")
}

/// The numbers of the journal files in `folder`, compressed or not, ascending; empty when there is none.
pub(super) fn files(folder: &Path) -> Result<Vec<u32>> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(io("read", folder, &error)),
    };
    let mut numbers = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| io("read", folder, &error))?;
        let name = entry.file_name();
        let plain = name.to_str().map(|name| name.strip_suffix(closed::ENDING).unwrap_or(name));
        let number: Option<u32> =
            plain.and_then(|name| name.strip_suffix(".jsonl")).and_then(|stem| stem.parse().ok());
        numbers.extend(number);
    }
    numbers.sort_unstable();
    numbers.dedup();
    Ok(numbers)
}

impl Journal {
    /// Opens the journal for appending after `at`, cutting off a torn tail.
    pub(super) fn open(disk: &Disk, folder: &Path, at: Position) -> Result<Self> {
        let mut at = if at.file == 0 { Position { file: 1, ..at } } else { at };
        // Nothing is appended to a closed file: not where the next one holds no record yet, and not where that is gone.
        let last = files(folder)?.last().copied().unwrap_or(0);
        let open = if folder.join(name(last)).exists() { last } else { last + 1 };
        if at.file < open {
            at = Position { file: open, end: 0, ..at };
        }
        let path = folder.join(name(at.file));
        let is_new = !path.exists();
        let mut file = disk.open(&path, at.end).map_err(|error| io("open", &path, &error))?;
        file.cut(at.end).and_then(|()| file.sync()).map_err(|error| io("write", &path, &error))?;
        if is_new {
            sync_folder(disk, folder)?;
        }
        Ok(Self {
            disk: disk.clone(),
            folder: folder.to_owned(),
            file,
            at,
            untidy: false,
            most: file_bytes(),
        })
    }

    /// Where the last acknowledged record ends.
    pub(super) fn at(&self) -> Position {
        self.at
    }

    /// Where the next line will stand: the number of the file, and the bytes before it. Begins a new file when the
    /// last one is full.
    ///
    /// # Errors
    /// As [`Self::mend`].
    pub(super) fn next(&mut self) -> Result<(u32, u64)> {
        self.mend()?;
        if self.at.end > self.most {
            self.rotate()?;
        }
        Ok((self.at.file, self.at.end))
    }

    /// Appends records and waits until they are on the disk. Returns where the last of them ends.
    ///
    /// # Errors
    /// [`StoreError::Io`]; then nothing was acknowledged, and what was written of the group is cut off again.
    /// [`StoreError::Damaged`], when an earlier failure took something acknowledged with it.
    pub(super) fn append(&mut self, lines: &[Line]) -> Result<Position> {
        self.mend()?;
        let mut bytes = Vec::new();
        let mut at = self.at;
        for line in lines {
            at.crc = crc32c::crc32c_append(at.crc, &line.json);
            at.end += line.len();
            at.seq = line.seq;
            bytes.extend_from_slice(&line.json);
            bytes.extend_from_slice(format!("\t{:08x}\n", at.crc).as_bytes());
        }
        crate::crashpoint::hit("journal.before-append");
        self.untidy = true;
        let written = self.file.write_all(&bytes).and_then(|()| {
            crate::crashpoint::hit("journal.before-sync");
            self.file.sync_data()
        });
        if let Err(error) = written {
            if let Err(error) = self.mend() {
                tracing::error!(%error, "cannot cut off what was written of a failed group; the next one will try");
            }
            return Err(io("write", &self.path(), &error));
        }
        self.untidy = false;
        crate::crashpoint::hit("journal.after-sync");
        self.at = at;
        Ok(at)
    }

    fn path(&self) -> PathBuf {
        self.folder.join(name(self.at.file))
    }

    /// Cuts off what a failed group left, because the next one must not stand behind half a line; nothing where none
    /// failed. After a failed fsync the system may call pages written that never were, so the file is opened anew
    /// and its end read from the disk.
    ///
    /// # Errors
    /// As [`Self::append`]. What is not mended now, is with the next call.
    pub(super) fn mend(&mut self) -> Result<()> {
        if !self.untidy {
            return Ok(());
        }
        let path = self.path();
        let mut file = self.disk.open(&path, self.at.end).map_err(|error| io("open", &path, &error))?;
        file.cut(self.at.end).and_then(|()| file.sync()).map_err(|error| io("write", &path, &error))?;
        check_end(file.system(), &path, self.at)?;
        self.file = file;
        self.untidy = false;
        Ok(())
    }

    /// Begins the next file.
    pub(super) fn rotate(&mut self) -> Result<()> {
        let number = self.at.file + 1;
        let path = self.folder.join(name(number));
        // A crash may have left a torn first record there; nothing in it was acknowledged.
        let file = self.disk.create(&path).map_err(|error| io("create", &path, &error))?;
        sync_folder(&self.disk, &self.folder)?;
        self.file = file;
        self.at = Position { file: number, end: 0, ..self.at };
        Ok(())
    }
}

/// How much of a file's end is read again after a failure.
const END_BYTES: u64 = 1 << 20;

/// Reads the end of a file again, up to the record that was acknowledged last, from the disk rather than from what the
/// system remembers of it.
fn check_end(file: &File, path: &Path, at: Position) -> Result<()> {
    // Where the system knows no such advice, it reads what it has.
    let _ = rustix::fs::fadvise(file, 0, None, rustix::fs::Advice::DontNeed);
    let from = at.end.saturating_sub(END_BYTES);
    let mut end = vec![0; usize::try_from(at.end - from).unwrap_or_default()];
    let lost = |what: &str| damaged(path, 0, &format!("{what}, after the system failed to write the file"));
    file.read_exact_at(&mut end, from).map_err(|_| lost("it ends before what was acknowledged"))?;
    let mut lines = end.split_inclusive(|byte| *byte == b'\n');
    // The first one may be cut, and goes on from a record that was not read.
    let mut crc = lines.next().and_then(stated_crc);
    for line in lines {
        let tab = line.iter().rposition(|byte| *byte == b'\t');
        let sum = tab.zip(crc).map(|(tab, crc)| crc32c::crc32c_append(crc, &line[..tab]));
        crc = stated_crc(line);
        if sum.is_none() || sum != crc {
            return Err(lost("an acknowledged line is damaged"));
        }
    }
    if at.end == 0 || crc == Some(at.crc) {
        Ok(())
    } else {
        Err(lost("the last acknowledged line is damaged"))
    }
}

/// Makes a folder's entries durable.
pub(super) fn sync_folder(disk: &Disk, folder: &Path) -> Result<()> {
    disk.sync_folder(folder).map_err(|error| io("sync", folder, &error))
}

pub(super) fn io(verb: &'static str, path: &Path, error: &std::io::Error) -> StoreError {
    StoreError::Io { verb, path: path.to_owned(), reason: error.to_string() }
}

/// The error of reading a file of the journal: damage where it does not unpack.
pub(super) fn unread(verb: &'static str, path: &Path, line: u64, error: &std::io::Error) -> StoreError {
    match error.kind() {
        std::io::ErrorKind::InvalidData => damaged(path, line, &error.to_string()),
        _ => io(verb, path, error),
    }
}

pub(super) fn damaged(file: &Path, line: u64, what: &str) -> StoreError {
    StoreError::Damaged { file: file.to_owned(), line, what: what.to_owned() }
}
