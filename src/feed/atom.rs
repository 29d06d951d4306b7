//! Atom 1.0 (RFC 4287), through `atom_syndication`.
//!
//! Every text is of type `text`: what it holds is shown, never read as markup. Times end in `+00:00`, the one
//! form the crate writes; RFC 3339 (section 4.1) gives it the meaning of `Z`.

use std::collections::BTreeMap;

use atom_syndication::{Category, Entry, Feed, FixedDateTime, Generator, Link, Person, Text};

use super::archive;
use super::document::{Channel, FeedDocument, FeedEntry};
use super::error::RenderError;
use super::fitted;
use super::media::{ATOM, HTML};
use super::text::legal;
use crate::model::Timestamp;

/// The feed as Atom 1.0 (RFC 4287), UTF-8; with a link to its newest archive document if it has one (RFC 5005,
/// section 4).
///
/// # Errors
/// [`RenderError`] if the writer fails, which no text can cause.
pub fn atom(doc: &FeedDocument<'_>, channel: &Channel) -> Result<Vec<u8>, RenderError> {
    let path = doc.file("atom");
    fitted(doc.entries.len(), |count| {
        let mut feed = feed(doc, channel, count);
        feed.updated = time(doc.updated());
        feed.links.push(link("self", ATOM, channel.url(&path)));
        if doc.archives > 0 {
            let newest = archive::path(&doc.path, doc.archives);
            feed.links.push(link("prev-archive", ATOM, channel.url(&newest)));
        }
        write(&feed, &path)
    })
}

/// What the feed and its archive documents have in common: all but `updated` and the links between them.
pub(super) fn feed(doc: &FeedDocument<'_>, channel: &Channel, count: usize) -> Feed {
    let categories = channel.url("feeds/categories/");
    Feed {
        title: Text::plain(doc.title(channel)),
        id: doc.id.urn(),
        authors: vec![person(channel.name().into_owned())],
        generator: Some(Generator { value: "tidings".to_owned(), uri: None, version: None }),
        links: vec![link("alternate", HTML, channel.url(&doc.file("html")))],
        subtitle: doc.description(channel).map(Text::plain),
        lang: channel.language().map(Into::into),
        entries: doc.entries[..count].iter().map(|item| entry(item, channel, &categories)).collect(),
        ..Feed::default()
    }
}

/// The bytes of a feed; `path` is for the error.
pub(super) fn write(feed: &Feed, path: &str) -> Result<Vec<u8>, RenderError> {
    let room = 2_048 + 1_024 * feed.entries.len();
    feed.write_to(Vec::with_capacity(room)).map_err(RenderError::at(path))
}

/// A link of the feed.
pub(super) fn link(rel: &str, media_type: &str, href: String) -> Link {
    Link { href, rel: rel.to_owned(), mime_type: Some(media_type.to_owned()), ..Link::default() }
}

/// A time as the crate wants it.
pub(super) fn time(at: Timestamp) -> FixedDateTime {
    at.to_chrono().fixed_offset()
}

fn entry(entry: &FeedEntry<'_>, channel: &Channel, categories: &str) -> Entry {
    let tags = entry.tags.iter().map(|tag| Category { term: legal(tag).into_owned(), ..Category::default() });
    let category = entry.category.iter().map(|name| Category {
        term: legal(name).into_owned(),
        scheme: Some(categories.to_owned()),
        label: None,
    });
    let own_page = entry.web_link().is_none();
    Entry {
        title: Text::plain(legal(&entry.title)),
        id: entry.urn(),
        updated: time(entry.updated()),
        authors: entry.source.iter().map(|source| person(legal(source).into_owned())).collect(),
        categories: tags.chain(category).collect(),
        links: vec![Link {
            href: entry.url(channel),
            rel: "alternate".to_owned(),
            mime_type: own_page.then(|| HTML.to_owned()),
            ..Link::default()
        }],
        published: Some(time(entry.published)),
        summary: entry.summary.as_deref().map(|summary| Text::plain(legal(summary))),
        // Each named, because the default entry takes its time from a text that it parses.
        contributors: Vec::new(),
        rights: None,
        source: None,
        content: None,
        extensions: BTreeMap::new(),
        namespaces: BTreeMap::new(),
    }
}

fn person(name: String) -> Person {
    Person { name, ..Person::default() }
}
