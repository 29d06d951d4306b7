//! What is published, as bytes: feeds in three formats, archive documents, pages, OPML and the catalogue.
//!
//! Values come in, bytes go out. The same values give the same bytes: there is no clock here, no render time,
//! no order that depends on hashing. Writing the bytes to files is not done here.
//!
//! A document is never larger than [`MAX_BYTES`]; beyond it the oldest entries are left out.

pub mod archive;
pub mod catalog;
pub mod document;
pub mod opml;
pub mod pages;
pub mod window;

mod atom;
mod error;
mod json;
mod media;
mod rss;
mod text;

pub use archive::archive;
pub use atom::atom;
pub use catalog::{FeedSummary, catalog};
pub use document::{Channel, FeedDocument, FeedEntry, entry, order};
pub use error::{RenderError, RenderErrorKind};
pub use json::json;
pub use media::media_type;
pub use opml::opml;
pub use pages::{Directory, SEARCH, STYLE, article_page, feed_page, index_page};
pub use rss::rss;

/// The greatest size of one feed document in bytes: 2 MB.
pub const MAX_BYTES: usize = 2_000_000;

/// Renders `count` entries, or as many of the newest as fit into [`MAX_BYTES`].
///
/// `render` is given how many entries to write, newest first, and must not give fewer bytes for more entries.
fn fitted(
    count: usize,
    render: impl Fn(usize) -> Result<Vec<u8>, RenderError>,
) -> Result<Vec<u8>, RenderError> {
    let whole = render(count)?;
    if whole.len() <= MAX_BYTES || count == 0 {
        return Ok(whole);
    }
    let (mut fits, mut exceeds) = (0, count);
    let mut best = None;
    while exceeds - fits > 1 {
        let middle = fits + (exceeds - fits) / 2;
        let bytes = render(middle)?;
        if bytes.len() <= MAX_BYTES {
            fits = middle;
            best = Some(bytes);
        } else {
            exceeds = middle;
        }
    }
    match best {
        Some(bytes) => Ok(bytes),
        None => render(0),
    }
}
