//! The catalogue: what feeds there are, as `catalog.json`.

use serde::Serialize;

use super::document::Channel;
use super::error::RenderError;
use super::text::line_or;
use crate::model::text::fold_key;
use crate::model::{FeedKind, Timestamp};

/// What the catalogue, OPML and the pages say of one feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedSummary {
    /// Its kind.
    pub kind: FeedKind,
    /// Its title, without the channel's: `Kafka`.
    pub title: String,
    /// Its slug; empty for `all` and `health`.
    pub slug: String,
    /// How many articles are in it.
    pub count: usize,
    /// When it last changed.
    pub updated: Timestamp,
    /// Its path without an ending: `feeds/tags/kafka`.
    pub path: String,
}

impl FeedSummary {
    /// The title on one line; the slug if there is none.
    pub(super) fn name(&self) -> std::borrow::Cow<'_, str> {
        line_or(&self.title, if self.slug.is_empty() { self.kind.name() } else { &self.slug })
    }
}

#[derive(Serialize)]
struct Row<'a> {
    kind: FeedKind,
    title: &'a str,
    slug: &'a str,
    count: usize,
    updated: Timestamp,
    rss: String,
    atom: String,
    json: String,
}

/// `catalog.json`: a list of `{"kind","title","slug","count","updated","rss","atom","json"}`, the last three
/// absolute addresses; by kind, then title, whatever order `feeds` is in. One feed a line.
///
/// # Errors
/// [`RenderError`] if the writer fails, which no text can cause.
pub fn catalog(feeds: &[FeedSummary], channel: &Channel) -> Result<Vec<u8>, RenderError> {
    let mut bytes = b"[".to_vec();
    for (at, feed) in sorted(feeds).into_iter().enumerate() {
        bytes.extend_from_slice(if at == 0 { b"\n" } else { b",\n" });
        let url = |ending: &str| channel.url(&format!("{}.{ending}", feed.path));
        let row = Row {
            kind: feed.kind,
            title: &feed.name(),
            slug: &feed.slug,
            count: feed.count,
            updated: feed.updated,
            rss: url("rss"),
            atom: url("atom"),
            json: url("json"),
        };
        serde_json::to_writer(&mut bytes, &row).map_err(RenderError::at("catalog.json"))?;
    }
    bytes.extend_from_slice(b"\n]\n");
    Ok(bytes)
}

/// The feeds by kind, in the order people look for them, then by title.
pub(super) fn sorted(feeds: &[FeedSummary]) -> Vec<&FeedSummary> {
    let mut sorted: Vec<&FeedSummary> = feeds.iter().collect();
    sorted.sort_by_cached_key(|feed| (rank(feed.kind), fold_key(&feed.title), feed.slug.clone()));
    sorted
}

/// The feeds of one kind after another, with the name of each kind.
pub(super) fn groups(feeds: &[FeedSummary]) -> Vec<(FeedKind, Vec<&FeedSummary>)> {
    let sorted = sorted(feeds);
    let same_kind = sorted.chunk_by(|a, b| a.kind == b.kind);
    same_kind.map(|group| (group[0].kind, group.to_vec())).collect()
}

/// What a group of feeds is called.
pub(super) fn heading(kind: FeedKind) -> &'static str {
    match kind {
        FeedKind::All => "Everything",
        FeedKind::View => "Views",
        FeedKind::Listing => "Listings",
        FeedKind::Category => "Categories",
        FeedKind::Tag => "Tags",
        FeedKind::Source => "Sources",
        FeedKind::Health => "Health",
    }
}

fn rank(kind: FeedKind) -> u8 {
    match kind {
        FeedKind::All => 0,
        FeedKind::View => 1,
        FeedKind::Listing => 2,
        FeedKind::Category => 3,
        FeedKind::Tag => 4,
        FeedKind::Source => 5,
        FeedKind::Health => 6,
    }
}
