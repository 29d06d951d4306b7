//! What a scan proposes: the store's writer checks it once more against what is remembered by then, and returns
//! what it accepted.

use super::fingerprint::{Fingerprint, ReadingHash};
use super::identity::Offered;
use super::past::{Hold, Memo};
use crate::model::{ArticleId, Entry, Field, Health, Key, ListingId, Printed, TagRow, Timestamp};

/// What one scan of a listing proposes to remember.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    /// The listing.
    pub listing: ListingId,
    /// The clock at the scan.
    pub now: Timestamp,
    /// The zone in which date-only articles get their time.
    pub zone: chrono_tz::Tz,
    /// What kind of scan it is.
    pub kind: Kind,
    /// Whether new articles are announced.
    pub announce: bool,
    /// Whether an operator approved the reading after it was held: what is new in it is announced as one.
    pub approved: bool,
    /// The hash of the reading, when it was believed as a whole.
    pub hash: Option<ReadingHash>,
    /// Entries that match nothing known.
    pub drafts: Vec<Draft>,
    /// Known articles of which something is to be remembered.
    pub known: Vec<Known>,
    /// Articles that were taken off the listing.
    pub removed: Vec<ArticleId>,
    /// Of those, the ones that other rules made go and not the page: nobody is told.
    pub corrected: Vec<ArticleId>,
    /// Articles that fell off the listing's last page.
    pub aged: Vec<ArticleId>,
    /// Every article of the listing from now on, in page order.
    pub order: Vec<Place>,
    /// A change of the listing's health that is to be said.
    pub health: Option<HealthChange>,
    /// Why the listing is unusually quiet, one sentence; `None` when it is not, or in trouble.
    pub quiet: Option<String>,
    /// What to remember beside the journal.
    pub memo: Memo,
}

impl Proposal {
    /// Whether there is nothing to write to the journal.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.kind != Kind::Baseline
            && self.drafts.is_empty()
            && self.known.is_empty()
            && self.removed.is_empty()
            && self.aged.is_empty()
            && self.health.is_none()
    }

    /// Whether something new came to the listing, be it known from another one of its site.
    #[must_use]
    pub fn brings_news(&self) -> bool {
        let first = || self.known.iter().any(|known| known.sight == SightKind::First);
        self.kind == Kind::Scan && (!self.drafts.is_empty() || first())
    }

    /// Whether any tag run in it must be split: that of a draft, or of an update whose row changed.
    #[must_use]
    pub fn wants_splits(&self) -> bool {
        let run = |content: &Content| matches!(content.row, TagRow::Run(_));
        let mut updates = self.known.iter().filter_map(|known| known.update.as_ref());
        self.drafts.iter().any(|draft| run(&draft.content))
            || updates.any(|update| update.tells_tags() && run(&update.content))
    }
}

/// The kinds of scans.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The first of a listing: fills its feed, announces nothing.
    Baseline,
    /// An ordinary one.
    Scan,
    /// The same pages read by other rules: its differences are corrections, not news.
    Reread,
}

/// A place in the listing's page order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The draft with this index.
    Draft(usize),
    /// An article known before.
    Article(ArticleId),
}

/// The content of an entry, as it will be remembered.
#[derive(Clone, Debug, PartialEq)]
pub struct Content {
    /// The title.
    pub title: String,
    /// The link.
    pub link: Option<String>,
    /// The publisher.
    pub source: Option<String>,
    /// The date as printed.
    pub date: Option<Printed>,
    /// The category.
    pub category: Option<String>,
    /// The summary.
    pub summary: Option<String>,
    /// The tag row as printed.
    pub row: TagRow,
    /// The row's names.
    pub tags: Vec<String>,
    /// Whether they are sure.
    pub sure: bool,
    /// Likes.
    pub likes: Option<u64>,
    /// Minutes of reading.
    pub minutes: Option<u32>,
}

impl Content {
    /// The content of `entry`, its row not yet split: a list of names stands as it is, a run waits.
    #[must_use]
    pub fn of(entry: &Entry) -> Self {
        let (tags, sure) = match &entry.tags {
            TagRow::None => (Vec::new(), true),
            TagRow::List(names) => (names.clone(), true),
            TagRow::Run(_) => (Vec::new(), false),
        };
        Self {
            title: entry.title.clone(),
            link: entry.link.clone(),
            source: entry.source.clone(),
            date: entry.date,
            category: entry.category.clone(),
            summary: entry.summary.clone(),
            row: entry.tags.clone(),
            tags,
            sure,
            likes: entry.likes,
            minutes: entry.minutes,
        }
    }
}

/// An article proposed as new.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// The place of its entry among the reading's candidates.
    pub index: usize,
    /// Its keys.
    pub offered: Offered,
    /// Those among its keys that lead to other articles, and are known to mean another one here.
    pub refused: Vec<Key>,
    /// Its fingerprint.
    pub print: Fingerprint,
    /// Its content.
    pub content: Content,
    /// Whether it is dated before the listing's newest article.
    pub late: bool,
}

/// A known article of which something is to be remembered.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// The article.
    pub article: ArticleId,
    /// The place of its entry among the reading's candidates.
    pub index: usize,
    /// The keys its entry offers.
    pub offered: Offered,
    /// Those among them that did not lead to it before.
    pub aliases: Vec<Key>,
    /// The fingerprint of its entry.
    pub print: Fingerprint,
    /// How it comes to be on the listing.
    pub sight: SightKind,
    /// Whether this listing may announce it.
    pub announce: bool,
    /// Whether it is dated before the listing's newest article.
    pub late: bool,
    /// What changed in its content.
    pub update: Option<Update>,
}

/// How a known article comes to be on the listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SightKind {
    /// It was on the last reading.
    Still,
    /// Seen here for the first time.
    First,
    /// It had fallen off the last page, and is back.
    Back,
    /// It had been removed, and is back.
    Returned,
}

/// What changed in an article's content.
#[derive(Clone, Debug, PartialEq)]
pub struct Update {
    /// Which fields. None where its texts were forgotten: all of them are learned, and nobody is told.
    pub fields: Vec<Field>,
    /// The content from now on.
    pub content: Content,
}

impl Update {
    /// Whether the row of tags is one of what is remembered from now on.
    #[must_use]
    pub fn tells_tags(&self) -> bool {
        self.fields.is_empty() || self.fields.contains(&Field::Tags)
    }
}

/// A change of a listing's health that is to be said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HealthChange {
    /// The health from now on.
    pub to: Health,
    /// Why, one sentence.
    pub reason: String,
    /// The reading that waits for approval, when `to` is quarantined.
    pub hold: Option<Hold>,
}
