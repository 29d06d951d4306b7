//! Fetching: the pages of a listing as bytes, from files, from a program, and from the [`web`].
//!
//! A page is taken whole or not at all: too large, not a regular file, or changing while it is read are errors,
//! because half a page looks like a page from which articles are gone. A file that its writer left half-written and
//! rests on cannot be told from a whole one here; judging the reading does that.

mod command;
mod error;
mod hints;
mod page;
pub mod patience;
mod pattern;
pub mod robots;
#[cfg(test)]
mod tests;
pub mod web;

use std::path::{Path, PathBuf};

pub use command::command;
pub use error::FetchError;
pub use hints::Hints;

use crate::model::listing::Limits;
use crate::model::reading::Document;

/// Bytes of all pages of one listing together, because they are held in memory at once: 256 MiB.
pub const LISTING_BYTES: u64 = 256 << 20;

/// Reads the pages of a file listing, in the order of `patterns`; what one pattern finds, in natural order
/// (`page-2` before `page-10`).
///
/// A pattern is the path of one file, or has `*`, `**`, `?` or `[…]` in it; `*` stays within one folder and finds
/// no hidden files. A path that exists is itself, whatever characters it has. A file found twice, also through
/// symbolic or hard links, is read once, at its first place. Links are followed. Blocks on the disk.
///
/// At most `limits.pages` pages of at most `limits.page_bytes` each, and 256 MiB together.
///
/// # Errors
/// When a pattern finds nothing, and when any page cannot be read whole; nothing is returned then, since a listing
/// without one of its pages is not the listing. The text names the file and says what to do; the next scan may
/// simply try again.
pub fn files(patterns: &[String], limits: &Limits) -> Result<Vec<Document>, FetchError> {
    pages(pattern::expand(patterns, limits.pages)?, limits.page_bytes, LISTING_BYTES)
}

/// The pages at `paths`, at most `page_bytes` each and `listing_bytes` together.
fn pages(paths: Vec<PathBuf>, page_bytes: u64, listing_bytes: u64) -> Result<Vec<Document>, FetchError> {
    let mut documents = Vec::new();
    let mut room = listing_bytes;
    for path in paths {
        let bytes = page::read(&path, page_bytes)?;
        let Some(rest) = room.checked_sub(bytes.len() as u64) else {
            return Err(FetchError::ListingTooLarge { path, limit: listing_bytes });
        };
        room = rest;
        documents.push(Document::new(name(&path), bytes));
    }
    Ok(documents)
}

/// The fingerprint of what was fetched: equal exactly when there are as many pages with the same bytes in the same
/// order. The names of the pages do not count, so a moved file is no change.
///
/// The first 16 bytes of BLAKE3 over, for each page, its length (8 bytes, little endian) and its bytes.
#[must_use]
pub fn fingerprint(documents: &[Document]) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new();
    for document in documents {
        hasher.update(&(document.bytes.len() as u64).to_le_bytes());
        hasher.update(&document.bytes);
    }
    let mut fingerprint = [0; 16];
    hasher.finalize_xof().fill(&mut fingerprint);
    fingerprint
}

/// A path as text for messages; what is not UTF-8 in it shows as replacement characters.
fn name(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
