//! Reading one file whole.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use rustix::fs::OFlags;

use super::FetchError;

/// How often a file that changes under our hands is read before that is an error.
const TRIES: usize = 2;

/// The bytes of the regular file at `path`, at most `limit`.
pub(super) fn read(path: &Path, limit: u64) -> Result<Vec<u8>, FetchError> {
    steady(|| read_once(path, limit))?.ok_or_else(|| FetchError::Changing { path: path.to_owned() })
}

/// Calls `read` until it gives something, at most [`TRIES`] times.
fn steady<T, E>(mut read: impl FnMut() -> Result<Option<T>, E>) -> Result<Option<T>, E> {
    (0..TRIES).find_map(|_| read().transpose()).transpose()
}

/// One reading of the file; `None` when it changed meanwhile.
fn read_once(path: &Path, limit: u64) -> Result<Option<Vec<u8>>, FetchError> {
    let failed = |error| FetchError::io(path, error);
    let file = open(path)?;
    let before = Stamp::of(&file.metadata().map_err(failed)?);
    if before.bytes > limit {
        return Err(FetchError::TooLarge { path: path.to_owned(), bytes: before.bytes, limit });
    }
    let mut bytes = Vec::with_capacity(usize::try_from(before.bytes).unwrap_or_default());
    // One byte more than is allowed, so that a file that grows is seen and does not fill the memory.
    (&file).take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(failed)?;
    let after = Stamp::of(&file.metadata().map_err(failed)?);
    Ok((before == after && before.bytes == bytes.len() as u64).then_some(bytes))
}

/// What changes when a file is written to.
///
/// The change time is there because a writer can set the other one, and moves also when the file is renamed away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    bytes: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Stamp {
    fn of(file: &Metadata) -> Self {
        Self {
            bytes: file.len(),
            modified: (file.mtime(), file.mtime_nsec()),
            changed: (file.ctime(), file.ctime_nsec()),
        }
    }
}

/// Opens a regular file and nothing else.
///
/// Opening a pipe waits for its writer, and opening a device may move a tape, so the path is looked at first. What
/// was opened is looked at again, in case it was exchanged; by then it cannot block.
fn open(path: &Path) -> Result<File, FetchError> {
    let failed = |error| FetchError::io(path, error);
    refuse_others(path, &fs::metadata(path).map_err(|error| missing(path, error))?)?;
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    let file =
        OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path).map_err(failed)?;
    refuse_others(path, &file.metadata().map_err(failed)?)?;
    Ok(file)
}

/// A link that leads nowhere is told from a file that is not there.
fn missing(path: &Path, error: io::Error) -> FetchError {
    if error.kind() == io::ErrorKind::NotFound && path.is_symlink() {
        return FetchError::NotAFile { path: path.to_owned(), what: "a symbolic link that leads nowhere" };
    }
    FetchError::io(path, error)
}

/// An error for everything that is not a regular file.
fn refuse_others(path: &Path, found: &Metadata) -> Result<(), FetchError> {
    let kind = found.file_type();
    let what = match () {
        () if kind.is_file() => return Ok(()),
        () if kind.is_dir() => "a folder",
        () if kind.is_fifo() => "a pipe",
        () if kind.is_socket() => "a socket",
        () if kind.is_char_device() || kind.is_block_device() => "a device",
        () => "not a regular file",
    };
    Err(FetchError::NotAFile { path: path.to_owned(), what })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f067_a_file_that_changes_is_read_once_more_and_then_given_up() {
        for (changes, expected, reads) in [(0, Some(1), 1), (1, Some(2), 2), (2, None, 2), (9, None, 2)] {
            let mut count = 0;
            let result: Result<_, ()> = steady(|| {
                count += 1;
                Ok((count > changes).then_some(count))
            });
            assert_eq!((result, count), (Ok(expected), reads));
        }
        let mut count = 0;
        let failed: Result<Option<()>, _> = steady(|| {
            count += 1;
            Err("gone")
        });
        assert_eq!((failed, count), (Err("gone"), 1));
    }

    #[test]
    fn f067_every_kind_of_write_moves_the_stamp() {
        use std::io::{Seek as _, Write as _};
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"one page").unwrap();
        let long_ago = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1);
        file.set_modified(long_ago).unwrap();
        let before = Stamp::of(&file.metadata().unwrap());
        assert_eq!(before, Stamp::of(&file.metadata().unwrap()));
        file.rewind().unwrap();
        file.write_all(b"two page").unwrap();
        let same_size = Stamp::of(&file.metadata().unwrap());
        assert_eq!(same_size.bytes, before.bytes);
        assert_ne!(same_size, before);
        file.set_len(3).unwrap();
        file.set_modified(long_ago).unwrap();
        let same_time = Stamp::of(&file.metadata().unwrap());
        assert_eq!(same_time.modified, before.modified);
        assert_ne!(same_time, before);
    }
}
