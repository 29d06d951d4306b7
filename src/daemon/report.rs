//! What one scan did, as a value: printed for people, and as JSON for programs.

use serde::Serialize;

use crate::diff::Content;
use crate::model::{Article, ArticleId, Fault, Field, Health, ListingId, Printed};

/// What one scan of a listing did. Its JSON is part of the public surface; readers ignore fields they do not know.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScanReport {
    /// The listing.
    pub listing: ListingId,
    /// How it ended.
    pub status: Status,
    /// The listing's health by it.
    pub health: Health,
    /// Why it is not ok, one sentence; empty when it is.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// How many pages were read.
    pub pages: usize,
    /// How many articles are on them.
    pub articles: usize,
    /// How many the listing states.
    pub declared: Option<u64>,
    /// Articles that are new; in a baseline those that fill the feed.
    pub new: Vec<Item>,
    /// Articles whose content changed.
    pub updated: Vec<Item>,
    /// Articles taken off the listing.
    pub removed: Vec<Item>,
    /// Articles that had been taken off and are back.
    pub returned: Vec<Item>,
    /// What did not fit on the pages.
    pub faults: Vec<Fault>,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
}

/// How a scan ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Something changed.
    Changed,
    /// Nothing did.
    Unchanged,
    /// It was the listing's first: it fills feeds and announces nothing.
    Baseline,
    /// The reading waits for approval.
    Held,
    /// The pages could not be fetched, or are no listing.
    Failed,
}

/// An article as JSON shows it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Item {
    /// Its id; `null` for an article that is not remembered: in a preview, or new in a dry run.
    pub id: Option<ArticleId>,
    /// The title.
    pub title: String,
    /// The link.
    pub link: Option<String>,
    /// The publisher.
    pub source: Option<String>,
    /// The date as given: `YYYY-MM-DD` or RFC 3339.
    pub date: Option<Printed>,
    /// The category.
    pub category: Option<String>,
    /// The tags that its row shows; where it shows none, those of its listing.
    pub tags: Vec<String>,
    /// The summary.
    pub summary: Option<String>,
    /// Whether it is dated before the listing's newest article.
    pub late: bool,
    /// The fields that changed, of an update.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Field>,
}

impl Item {
    /// An article as remembered.
    #[must_use]
    pub fn of(article: &Article, fields: &[Field]) -> Self {
        let tags = if article.tags.is_empty() {
            article.all_tags().into_iter().map(str::to_owned).collect()
        } else {
            article.tags.clone()
        };
        Self {
            id: Some(article.id),
            title: article.title.clone(),
            link: article.link.clone(),
            source: article.source.clone(),
            date: article.date,
            category: article.category.clone(),
            tags,
            summary: article.summary.clone(),
            late: article.late,
            fields: fields.to_vec(),
        }
    }

    /// An entry's content, not remembered yet.
    #[must_use]
    pub fn content(content: &Content) -> Self {
        Self {
            id: None,
            title: content.title.clone(),
            link: content.link.clone(),
            source: content.source.clone(),
            date: content.date,
            category: content.category.clone(),
            tags: content.tags.clone(),
            summary: content.summary.clone(),
            late: false,
            fields: Vec::new(),
        }
    }
}
