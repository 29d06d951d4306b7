//! RSS 2.0, through the `rss` crate.
//!
//! Titles are plain text; descriptions are HTML, as every reader takes them, so plain text is escaped once
//! more there. Authors are `dc:creator`, because RSS wants a mail address in `author`.

use rss::extension::atom::{AtomExtension, Link};
use rss::extension::dublincore::DublinCoreExtension;
use rss::{Category, Guid, Item};

use super::document::{Channel, FeedDocument, FeedEntry};
use super::error::RenderError;
use super::fitted;
use super::media::RSS;
use super::text::{html, legal};

/// The feed as RSS 2.0 (RSS Advisory Board, version 2.0.11), UTF-8.
///
/// # Errors
/// [`RenderError`] if the writer fails, which no text can cause.
pub fn rss(doc: &FeedDocument<'_>, channel: &Channel) -> Result<Vec<u8>, RenderError> {
    let path = doc.file("rss");
    let categories = channel.url("feeds/categories/");
    fitted(doc.entries.len(), |count| {
        let entries = &doc.entries[..count];
        let mut feed = head(doc, channel, &path);
        feed.items = entries.iter().map(|entry| item(entry, channel, &categories)).collect();
        feed.write_to(Vec::with_capacity(2_048 + 1_024 * count)).map_err(RenderError::at(&path))
    })
}

fn head(doc: &FeedDocument<'_>, channel: &Channel, path: &str) -> rss::Channel {
    let title = doc.title(channel).into_owned();
    let itself = Link {
        href: channel.url(path),
        rel: "self".to_owned(),
        mime_type: Some(RSS.to_owned()),
        ..Link::default()
    };
    rss::Channel {
        link: channel.url(&doc.file("html")),
        description: doc
            .description(channel)
            .map_or_else(|| html(&title).into_owned(), |text| html(&text).into_owned()),
        title,
        language: channel.language().map(Into::into),
        last_build_date: Some(doc.updated().rfc2822()),
        generator: Some("tidings".to_owned()),
        atom_ext: Some(AtomExtension { links: vec![itself] }),
        ..rss::Channel::default()
    }
}

fn item(entry: &FeedEntry<'_>, channel: &Channel, categories: &str) -> Item {
    let tags = entry.tags.iter().map(|tag| Category { name: legal(tag).into_owned(), domain: None });
    let category = entry
        .category
        .iter()
        .map(|name| Category { name: legal(name).into_owned(), domain: Some(categories.to_owned()) });
    Item {
        title: Some(legal(&entry.title).into_owned()),
        link: Some(entry.url(channel)),
        description: entry.summary.as_deref().map(|summary| html(&legal(summary)).into_owned()),
        categories: tags.chain(category).collect(),
        guid: Some(Guid { value: entry.urn(), permalink: false }),
        pub_date: Some(entry.published.rfc2822()),
        dublin_core_ext: entry.source.as_deref().map(|source| DublinCoreExtension {
            creators: vec![legal(source).into_owned()],
            ..DublinCoreExtension::default()
        }),
        ..Item::default()
    }
}
