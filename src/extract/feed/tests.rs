//! Feeds in every dialect, read as an independent reader reads them, and broken ones that it refuses.

mod broken;
mod dialects;
mod oracle;

use crate::extract;
use crate::model::listing::{Format, Limits, Rules};
use crate::model::reading::{Document, Weight};
use crate::model::{Entry, Reading, TagRow};

/// Reads a feed that was fetched from `https://example.com/blog/feed`.
fn read(text: &str) -> Reading {
    let mut document = Document::new("feed", text.into());
    document.address = Some("https://example.com/blog/feed".to_owned());
    extract::read(&[document], &Rules { format: Format::Feed, ..Rules::default() })
}

/// The only entry of a feed, which has no faults.
#[track_caller]
fn only(text: &str) -> Entry {
    let mut reading = read(text);
    assert_eq!(reading.faults, [], "{text}");
    assert_eq!(reading.entries.len(), 1, "{text}");
    reading.entries.remove(0)
}

/// RSS 2.0 with one item that holds `inside`.
fn rss(inside: &str) -> String {
    format!("<rss version='2.0'><channel><title>Blog</title><item>{inside}</item></channel></rss>")
}

/// Atom 1.0 with one entry that holds `inside`.
fn atom(inside: &str) -> String {
    format!("<feed xmlns='http://www.w3.org/2005/Atom'><title>Blog</title><entry>{inside}</entry></feed>")
}

fn tags(entry: &Entry) -> Vec<&str> {
    match &entry.tags {
        TagRow::List(tags) => tags.iter().map(String::as_str).collect(),
        _ => Vec::new(),
    }
}
