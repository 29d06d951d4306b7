//! Where texts stand in the journal: the index keeps their places, and reads them late.
//!
//! A place counts the bytes of its journal file as they were written, and carries a checksum of its own, so that what
//! is read there is what was meant.

use std::collections::HashMap;
use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::dump::snapshot;
use super::journal;
use super::record::{Content, Fact, Record};
use super::txn::{IndexError, Result};

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
    folder: PathBuf,
    open: Mutex<HashMap<u32, Arc<File>>>,
}

impl Texts {
    pub(super) fn new(journal_folder: &Path) -> Self {
        Self { folder: journal_folder.to_owned(), open: Mutex::default() }
    }

    /// The content that stands at a place.
    pub(super) fn content(&self, place: Place) -> Result<Content> {
        let wrong =
            |what: String| IndexError::Text { file: self.folder.join(journal::name(place.file)), what };
        let bytes = self.bytes(place).map_err(|error| match error.kind() {
            ErrorKind::NotFound | ErrorKind::UnexpectedEof => wrong(error.to_string()),
            // It may be there all the same: another try tells.
            _ => error.into(),
        })?;
        if crc32c::crc32c(&bytes) != place.crc {
            return Err(wrong(format!("the text of an article at byte {} is damaged", place.offset)));
        }
        let content: Content = serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
        Ok(Content { place: Some(place), ..content })
    }

    fn bytes(&self, place: Place) -> std::io::Result<Vec<u8>> {
        let file = self.file(place.file)?;
        let mut bytes = vec![0; place.len as usize];
        file.read_exact_at(&mut bytes, place.offset)?;
        Ok(bytes)
    }

    fn file(&self, number: u32) -> std::io::Result<Arc<File>> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = open.get(&number) {
            return Ok(Arc::clone(file));
        }
        let file = match File::open(self.folder.join(journal::name(number))) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                File::open(self.folder.join(snapshot::name(number)))
            }
            opened => opened,
        };
        let file = Arc::new(file?);
        open.insert(number, Arc::clone(&file));
        Ok(file)
    }
}
