//! What one scan did, as a value: printed for people, and as JSON for programs.

use serde::Serialize;

use crate::diff::{Belief, Content, Judgement, Past};
use crate::model::{Article, Fault, Health, ListingId, ListingSpec, Timestamp};
use crate::store::Committed;

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

impl ScanReport {
    /// Of a scan that found nothing yet.
    pub(super) fn empty(spec: &ListingSpec) -> Self {
        Self {
            listing: spec.id.clone(),
            status: Status::Unchanged,
            health: Health::Ok,
            reason: String::new(),
            pages: 0,
            articles: 0,
            declared: None,
            new: Vec::new(),
            updated: Vec::new(),
            removed: Vec::new(),
            returned: Vec::new(),
            faults: Vec::new(),
            duration_ms: 0,
            rest: None,
        }
    }

    /// Of a listing that an operator paused.
    pub(super) fn paused(spec: &ListingSpec, past: &Past) -> Self {
        let reason = format!("paused by an operator; `tidings listing resume {}` begins again", spec.id);
        Self { articles: past.held.len(), health: Health::Paused, reason, ..Self::empty(spec) }
    }

    /// Of a scan that ended in a bug of ours. Nothing of it is remembered, so the next scan sees the same pages again.
    pub(super) fn panicked(spec: &ListingSpec) -> Self {
        let reason = "a bug of ours ended the scan; the log has its place, please report it".to_owned();
        Self { status: Status::Failed, health: Health::Failing, reason, ..Self::empty(spec) }
    }

    /// Takes in what was accepted, and how that makes the scan end.
    pub(super) fn fill(&mut self, committed: &Committed, judgement: &Judgement) {
        let items = |articles: &[Article]| articles.iter().map(|article| Item::of(article, &[])).collect();
        self.new = items(&committed.new);
        self.updated = committed.updated.iter().map(|(article, fields)| Item::of(article, fields)).collect();
        self.removed = items(&committed.removed);
        self.returned = items(&committed.returned);
        let lists = [&self.new, &self.updated, &self.removed, &self.returned];
        self.status = match &judgement.belief {
            Belief::Hold(_) => Status::Held,
            Belief::Nothing if judgement.health != Health::Odd => Status::Failed,
            _ if committed.baseline => Status::Baseline,
            _ if lists.iter().any(|list| !list.is_empty()) => Status::Changed,
            _ => Status::Unchanged,
        };
    }

    /// Every scan alike; the service says what changed, and commands print their reports.
    pub(super) fn log(&self) {
        tracing::debug!(
            listing = self.listing.as_str(),
            health = self.health.name(),
            reason = self.reason,
            articles = self.articles,
            new = self.new.len(),
            updated = self.updated.len(),
            removed = self.removed.len(),
            duration_ms = self.duration_ms,
            "scan {:?}",
            self.status
        );
    }
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
