//! A group of records that a power cut tore in its middle.
//!
//! A disk may have written the later pages of a write that was never flushed, and not the earlier ones: zeros stand
//! there then, which no record holds, and whole lines may follow. Nothing of such a group was acknowledged.

use std::io::Read as _;
use std::path::Path;

use super::journal::{self, Damage, Position, io};
use crate::disk::Disk;
use crate::store::StoreError;

/// A group is not longer. More than that behind zeros is no torn write.
const MOST: u64 = 8 << 20;

/// Cuts off the end of a damaged journal if it can only be a torn group: it holds zeros, is the end of the last file,
/// and begins after record `acknowledged`. Returns whether it did.
///
/// # Errors
/// [`StoreError::Io`]; those of a journal that cannot be read for another reason.
pub(super) fn cut(disk: &Disk, journal_folder: &Path, acknowledged: u64) -> Result<bool, StoreError> {
    let mut whole = Position::default();
    let read = journal::read(journal_folder, Position::default(), Damage::Stop, |_, place| {
        whole = place;
        Ok(())
    });
    let last = journal::files(journal_folder)?.last().copied().unwrap_or(0);
    let is_torn = matches!(read, Err(StoreError::Damaged { .. }));
    if !is_torn || whole.seq < acknowledged.max(1) || whole.file != last {
        return Ok(false);
    }
    let path = journal_folder.join(journal::name(last));
    if !path.exists() {
        // A compressed one was whole once; an empty file beside it would hide it.
        return Ok(false);
    }
    let mut file = disk.open(&path, whole.end).map_err(|error| io("open", &path, &error))?;
    let length = file.system().metadata().map_err(|error| io("read", &path, &error))?.len();
    let mut end = Vec::new();
    let bytes = length.saturating_sub(whole.end);
    if bytes <= MOST {
        let mut reader = std::fs::File::open(&path).map_err(|error| io("open", &path, &error))?;
        let read = std::io::Seek::seek(&mut reader, std::io::SeekFrom::Start(whole.end));
        read.and_then(|_| reader.read_to_end(&mut end)).map_err(|error| io("read", &path, &error))?;
    }
    let line = end.split(|byte| *byte == b'\n').next().unwrap_or_default();
    if !line.contains(&0) {
        return Ok(false);
    }
    tracing::warn!(
        file = %path.display(), bytes, record = whole.seq,
        "cut off the end of the journal, which a power cut left with zeros in it; none of it was acknowledged"
    );
    file.cut(whole.end).and_then(|()| file.sync()).map_err(|error| io("write", &path, &error))?;
    Ok(true)
}
