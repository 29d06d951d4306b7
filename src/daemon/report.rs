//! What one scan did, as a value: printed for people, and as JSON for programs.

use serde::Serialize;

use crate::diff::Content;
use crate::model::{Fault, Health, ListingId, Timestamp};

pub use crate::model::Item;

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
    /// Until when its pages are to be left alone, for whoever plans the next scan.
    #[serde(skip)]
    pub rest: Option<Timestamp>,
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

impl Item {
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
