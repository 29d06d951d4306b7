//! A feed before it takes a format: the neutral document and its entries.

use std::borrow::Cow;

use uuid::Uuid;

use super::text::{line, line_or, paragraphs, some_line, web_address};
use crate::model::id::FeedId;
use crate::model::{Article, FeedKind, Printed, Timestamp};

/// What an entry without a title is called.
const UNTITLED: &str = "Untitled";

/// What readers see of the whole: from the config.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    /// The title of the site.
    pub title: String,
    /// One sentence about it; may be empty.
    pub description: String,
    /// The address that everything is published under, without a slash at its end.
    pub base_url: String,
    /// The language of the titles (BCP 47, `en`); may be empty.
    pub language: String,
}

impl Channel {
    /// The address of a published path: `feeds/all.rss` below the base.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.base_url)
    }

    /// The address of an article's own page.
    #[must_use]
    pub fn article_url(&self, id: Uuid) -> String {
        format!("{}/articles/{id}.html", self.base_url)
    }

    /// The title on one line; never empty.
    pub(super) fn name(&self) -> Cow<'_, str> {
        line_or(&self.title, "tidings")
    }

    /// The language on one line, if one is given.
    pub(super) fn language(&self) -> Option<Cow<'_, str>> {
        some_line(&self.language)
    }
}

/// One feed to write.
#[derive(Clone, Debug)]
pub struct FeedDocument<'a> {
    /// Its stable id; never depends on the base address.
    pub id: FeedId,
    /// Its kind.
    pub kind: FeedKind,
    /// Its title; the channel's when empty.
    pub title: String,
    /// One sentence about it; the channel's when empty.
    pub description: String,
    /// Its path without an ending: `feeds/tags/kafka` ([`crate::model::feed::path`]).
    pub path: String,
    /// When its entries or its membership last changed. Raised to its newest entry's time if that is later.
    pub updated: Timestamp,
    /// Its entries in the order of [`order`].
    pub entries: Vec<FeedEntry<'a>>,
    /// How many closed archive documents it has ([`super::window::closed_archives`]); 0 for none.
    pub archives: u32,
}

impl FeedDocument<'_> {
    /// The title on one line; never empty.
    pub(super) fn title<'s>(&'s self, channel: &'s Channel) -> Cow<'s, str> {
        some_line(&self.title).unwrap_or_else(|| channel.name())
    }

    /// The description on one line, if the feed or the channel has one.
    pub(super) fn description<'s>(&'s self, channel: &'s Channel) -> Option<Cow<'s, str>> {
        some_line(&self.description).or_else(|| some_line(&channel.description))
    }

    /// `updated`, never before an entry's.
    pub(super) fn updated(&self) -> Timestamp {
        self.entries.iter().map(FeedEntry::updated).fold(self.updated, Timestamp::max)
    }

    /// Its path with an ending: `feeds/tags/kafka.rss`.
    pub(super) fn file(&self, ending: &str) -> String {
        format!("{}.{ending}", self.path)
    }
}

/// One entry of a feed.
///
/// [`entry`] makes it of an article and cleans its texts. An entry made by hand may hold any text: what is not
/// legal in XML is dropped when it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedEntry<'a> {
    /// Its stable id, `urn:uuid:…` in feeds.
    pub id: Uuid,
    /// The title, plain text; never empty.
    pub title: Cow<'a, str>,
    /// The absolute http(s) link; without one the entry points to its own page.
    pub link: Option<Cow<'a, str>>,
    /// The publisher, given as its author.
    pub source: Option<Cow<'a, str>>,
    /// The time readers sort by; given once.
    pub published: Timestamp,
    /// The date as its page prints it, which pages for people show.
    pub date: Option<Printed>,
    /// When its content last changed. Raised to `published` if that is later.
    pub updated: Timestamp,
    /// The category.
    pub category: Option<Cow<'a, str>>,
    /// The tags, each once, none empty.
    pub tags: Vec<Cow<'a, str>>,
    /// The summary, plain text; never empty.
    pub summary: Option<Cow<'a, str>>,
    /// Whether the source is the article's own, and so has a feed that the article is in.
    pub named: bool,
    /// Whether the tags are sure, and so each have a feed that the article is in.
    pub sure: bool,
}

impl FeedEntry<'_> {
    /// `updated`, never before `published`.
    pub(super) fn updated(&self) -> Timestamp {
        self.updated.max(self.published)
    }

    /// The entry's address: its link, else its own page.
    pub(super) fn url(&self, channel: &Channel) -> String {
        match self.web_link() {
            Some(link) => super::text::legal(link).into_owned(),
            None => channel.article_url(self.id),
        }
    }

    /// The link, if it is one that may be published.
    pub(super) fn web_link(&self) -> Option<&str> {
        self.link.as_deref().filter(|link| link.starts_with("https://") || link.starts_with("http://"))
    }

    /// `urn:uuid:…`.
    pub(super) fn urn(&self) -> String {
        self.id.urn().to_string()
    }
}

/// The entry of an article: its texts cleaned, all its tags, its link only if it is absolute http(s).
///
/// `listing_title` stands in for the source where the article names none.
#[must_use]
pub fn entry<'a>(article: &'a Article, listing_title: Option<&'a str>) -> FeedEntry<'a> {
    FeedEntry {
        id: article.id.uuid(),
        title: line_or(&article.title, UNTITLED),
        link: article.link.as_deref().and_then(web_address),
        source: article.source.as_deref().and_then(some_line).or_else(|| listing_title.and_then(some_line)),
        published: article.published,
        date: article.date,
        updated: article.updated,
        category: article.category.as_deref().and_then(some_line),
        tags: article.all_tags().into_iter().map(line).filter(|tag| !tag.is_empty()).collect(),
        summary: article.summary.as_deref().map(paragraphs).filter(|summary| !summary.is_empty()),
        named: article.source.is_some(),
        sure: article.sure,
    }
}

/// Puts entries into the order of feeds: newest published first, then by id. An article given twice stays once.
pub fn order(entries: &mut Vec<FeedEntry<'_>>) {
    entries.sort_by(|a, b| b.published.cmp(&a.published).then_with(|| a.id.cmp(&b.id)));
    entries.dedup_by_key(|entry| entry.id);
}
