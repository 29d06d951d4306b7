//! Where texts stand in the journal: the index keeps their places, and reads them late.
//!
//! A place counts the bytes of its journal file as they were written, and carries a checksum of its own, so that what
//! is read there is what was meant.

use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::closed::Files;
use super::error::IndexError;
use super::record::{Content, Fact, Record};
use super::txn::Result;

/// A stretch of a journal file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    /// The number of the file.
    pub(super) file: u32,
    /// Bytes from its beginning, as they were written.
    pub(super) offset: u64,
    /// How many bytes.
    pub(super) len: u32,
    /// CRC-32C of them.
    pub(super) crc: u32,
}

/// The contents of a record's JSON, as they stand there.
#[derive(Deserialize)]
struct Spans<'a> {
    #[serde(borrow)]
    scan: Scan<'a>,
}

#[derive(Deserialize)]
struct Scan<'a> {
    #[serde(borrow, default)]
    new: Vec<Entry<'a>>,
    #[serde(borrow, default)]
    known: Vec<Entry<'a>>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow, rename = "as", default)]
    content: Option<&'a RawValue>,
}

/// Notes in a record where its contents stand, given its JSON and where that begins.
pub(super) fn mark(record: &mut Record, json: &[u8], file: u32, offset: u64) {
    let Fact::Scan(scan) = &mut record.fact else { return };
    if scan.new.is_empty() && scan.known.iter().all(|known| known.content.is_none()) {
        return;
    }
    // It was read or written as this very record, so it is one; without places, contents are kept in the index.
    let Ok(Spans { scan: spans }) = serde_json::from_slice::<Spans<'_>>(json) else { return };
    let place = |span: &Entry<'_>| {
        let text = span.content?.get().as_bytes();
        let from = (text.as_ptr() as usize).checked_sub(json.as_ptr() as usize)?;
        let len = u32::try_from(text.len()).ok()?;
        Some(Place { file, offset: offset + from as u64, len, crc: crc32c::crc32c(text) })
    };
    for (new, span) in scan.new.iter_mut().zip(&spans.new) {
        new.content.place = place(span);
    }
    for (known, span) in scan.known.iter_mut().zip(&spans.known) {
        if let Some(content) = &mut known.content {
            content.place = place(span);
        }
    }
}

/// The texts of a journal.
#[derive(Debug)]
pub(super) struct Texts {
    pub(super) files: Arc<Files>,
}

impl Texts {
    pub(super) fn new(journal_folder: &Path) -> Self {
        Self { files: Arc::new(Files::new(journal_folder)) }
    }

    /// The content that stands at a place.
    pub(super) fn content(&self, place: Place) -> Result<Content> {
        let wrong = |what: String| IndexError::Text { file: self.files.path(place.file), what };
        let bytes = self.files.read(place.file, place.offset, place.len as usize);
        let bytes = bytes.map_err(|error| match error.kind() {
            ErrorKind::NotFound | ErrorKind::UnexpectedEof | ErrorKind::InvalidData => {
                wrong(error.to_string())
            }
            _ => IndexError::Unread { file: self.files.path(place.file), reason: error.to_string() },
        })?;
        if crc32c::crc32c(&bytes) != place.crc {
            return Err(wrong(format!("the text of an article at byte {} is damaged", place.offset)));
        }
        let content: Content = serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
        Ok(Content { place: Some(place), ..content })
    }
}
