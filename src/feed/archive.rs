//! Archive documents: the older entries of a feed, in closed pages that subscribers can walk back through
//! (RFC 5005, section 4). Atom only.
//!
//! Archive 1 holds the first entries that entered the feed, and is never added to once it is full; see
//! [`super::window`] for which entries that are.

use std::collections::BTreeMap;

use atom_syndication::Feed;
use atom_syndication::extension::Extension;

use super::atom::{feed, link, time, write};
use super::document::{Channel, FeedDocument, FeedEntry};
use super::error::RenderError;
use super::fitted;
use super::media::ATOM;

/// The namespace of RFC 5005.
const HISTORY: &str = "http://purl.org/syndication/history/1.0";

/// The path of archive document `number` of the feed at `feed_path`: `feeds/tags/kafka-archive-3.atom`.
#[must_use]
pub fn path(feed_path: &str, number: u32) -> String {
    format!("{feed_path}-archive-{number}.atom")
}

/// Archive document `number` (from 1) of the feed `doc`, whose `entries` are that archive's.
///
/// It carries the feed's own id, as one logical feed does, and says `updated` of its newest entry, so that it
/// does not change with the feed; `doc.updated` counts only when it has no entry left.
///
/// # Errors
/// [`RenderError`] if the writer fails, which no text can cause.
pub fn archive(doc: &FeedDocument<'_>, number: u32, channel: &Channel) -> Result<Vec<u8>, RenderError> {
    let file = path(&doc.path, number);
    let updated = doc.entries.iter().map(FeedEntry::updated).max().unwrap_or(doc.updated);
    fitted(doc.entries.len(), |count| {
        let mut page = feed(doc, channel, count);
        page.updated = time(updated);
        let mut add = |rel: &str, path: &str| page.links.push(link(rel, ATOM, channel.url(path)));
        add("self", &file);
        add("current", &doc.file("atom"));
        if number > 1 {
            add("prev-archive", &path(&doc.path, number - 1));
        }
        if number < doc.archives {
            add("next-archive", &path(&doc.path, number + 1));
        }
        mark(&mut page);
        write(&page, &file)
    })
}

/// Says `<fh:archive/>`.
fn mark(page: &mut Feed) {
    let element = Extension { name: "fh:archive".to_owned(), ..Extension::default() };
    page.namespaces.insert("fh".to_owned(), HISTORY.to_owned());
    page.extensions.insert("fh".to_owned(), BTreeMap::from([("archive".to_owned(), vec![element])]));
}
