//! JSON Feed 1.1 (jsonfeed.org/version/1.1), fields in a fixed order.

use std::borrow::Cow;

use serde::Serialize;

use super::document::{Channel, FeedDocument, FeedEntry};
use super::error::RenderError;
use super::fitted;
use super::text::legal;
use crate::model::Timestamp;

#[derive(Serialize)]
struct Feed<'a> {
    version: &'static str,
    title: &'a str,
    home_page_url: &'a str,
    feed_url: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    authors: [Author<'a>; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'a str>,
    items: Vec<Item<'a>>,
}

#[derive(Serialize)]
struct Author<'a> {
    name: Cow<'a, str>,
}

#[derive(Serialize)]
struct Item<'a> {
    id: String,
    url: String,
    title: Cow<'a, str>,
    /// Required by the format, so present also where there is no summary.
    content_text: Cow<'a, str>,
    date_published: Timestamp,
    date_modified: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    authors: Option<[Author<'a>; 1]>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<Cow<'a, str>>,
}

/// The feed as JSON Feed 1.1, UTF-8.
///
/// The format knows no categories: an entry's category is the last of its tags, unless a tag says the same.
///
/// # Errors
/// [`RenderError`] if the writer fails, which no text can cause.
pub fn json(doc: &FeedDocument<'_>, channel: &Channel) -> Result<Vec<u8>, RenderError> {
    let path = doc.file("json");
    let home_page_url = channel.url(&doc.file("html"));
    let feed_url = channel.url(&path);
    let (title, description) = (doc.title(channel), doc.description(channel));
    let language = channel.language();
    fitted(doc.entries.len(), |count| {
        let feed = Feed {
            version: "https://jsonfeed.org/version/1.1",
            title: &title,
            home_page_url: &home_page_url,
            feed_url: &feed_url,
            description: description.as_deref(),
            authors: [Author { name: channel.name() }],
            language: language.as_deref(),
            items: doc.entries[..count].iter().map(|entry| item(entry, channel)).collect(),
        };
        let mut bytes = Vec::with_capacity(2_048 + 1_024 * count);
        serde_json::to_writer(&mut bytes, &feed).map_err(RenderError::at(&path))?;
        Ok(bytes)
    })
}

fn item<'a>(entry: &'a FeedEntry<'_>, channel: &Channel) -> Item<'a> {
    let mut tags: Vec<Cow<'a, str>> = entry.tags.iter().map(|tag| legal(tag)).collect();
    if let Some(category) = entry.category.as_deref().map(legal)
        && !tags.contains(&category)
    {
        tags.push(category);
    }
    Item {
        id: entry.urn(),
        url: entry.url(channel),
        title: legal(&entry.title),
        content_text: entry.summary.as_deref().map(legal).unwrap_or_default(),
        date_published: entry.published,
        date_modified: entry.updated(),
        authors: entry.source.as_deref().map(|source| [Author { name: legal(source) }]),
        tags,
    }
}
