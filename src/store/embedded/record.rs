//! The journal's records, version 1: one fact a line.
//!
//! A line is one JSON object, a TAB, eight hex digits of CRC-32C, LF. The CRC covers the bytes before the TAB,
//! starting from the previous record's CRC, so that a missing line shows. Records hold results (ids, splits,
//! slugs, times): replaying them decides nothing.
//!
//! Version 1 is for ever: `tests/fixtures/journal-v1` is replayed by every later program. Fields may be added
//! with a default; one that changes meaning needs version 2.

use serde::{Deserialize, Serialize};

use super::outbox::record::{BatchFact, DeliveryFact, Owed};
use super::place::Place;
use crate::diff::{Fingerprint, Kind, Offered, ReadingHash, SightKind};
use crate::model::filter::Filter;
use crate::model::id::{FeedId, StoreId};
use crate::model::{
    ArticleId, DeliveryId, FeedKind, Field, Health, ListingId, Printed, SiteUid, TagRow, TargetId,
    TargetRule, Timestamp,
};

/// One record.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Record {
    /// Its sequence number; the first is 1, and none is left out.
    pub seq: u64,
    /// When it was written; never before the record in front of it.
    pub at: Timestamp,
    /// The fact.
    pub fact: Fact,
}

/// What a record says.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Fact {
    /// The store was created.
    Store(StoreFact),
    /// A scan changed something.
    Scan(ScanFact),
    /// Rows were split anew.
    Retag(RetagFact),
    /// A listing's health changed.
    Health(HealthFact),
    /// Several messages became one.
    Batch(BatchFact),
    /// Tries of deliveries ended.
    Delivery(DeliveryFact),
    /// The operator, or the config, decided something.
    Decision(DecisionFact),
}

/// The store was created.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct StoreFact {
    /// Its id.
    pub id: StoreId,
    /// The feeds that stand from the beginning.
    pub feeds: Vec<NewFeed>,
}

/// A scan changed something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct ScanFact {
    /// The listing.
    pub listing: ListingId,
    /// The site.
    pub site: SiteUid,
    /// What kind of scan it was.
    pub kind: Kind,
    /// Which part of a scan too large for one record, and of how many: parts apply together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<(u32, u32)>,
    /// Whether an operator approved the reading after it was held: what it announces is announced as one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub approved: bool,
    /// The hash of the reading, when it was believed as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<ReadingHash>,
    /// Articles accepted as new, in the order in which they enter feeds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub new: Vec<NewArticle>,
    /// Known articles of which something is to be remembered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub known: Vec<KnownArticle>,
    /// Articles taken off the listing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<ArticleId>,
    /// Articles that fell off its last page.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aged: Vec<ArticleId>,
    /// Feeds that begin with this record.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub feeds: Vec<NewFeed>,
    /// What it owes to targets, in the order in which it came to be owed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub owes: Vec<Owed>,
}

/// An article accepted as new.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct NewArticle {
    /// Its id.
    pub id: ArticleId,
    /// Its keys.
    pub keys: Offered,
    /// The fingerprint of its entry.
    pub print: Fingerprint,
    /// Its place in the listing's page order.
    pub place: u32,
    /// Its content.
    #[serde(rename = "as")]
    pub content: Content,
    /// The time feeds show.
    pub published: Timestamp,
    /// The second of its day that it got, where the page gives a day only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second: Option<u32>,
    /// Whether it was announced.
    pub announced: bool,
    /// Whether it is dated before the listing's newest article.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub late: bool,
    /// Others that tell the same story: earlier ones, and such that come with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<ArticleId>,
}

/// A known article of which something is to be remembered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct KnownArticle {
    /// The article.
    pub id: ArticleId,
    /// The keys its entry offers; those that did not lead to it before do from now on.
    pub keys: Offered,
    /// The fingerprint of its entry.
    pub print: Fingerprint,
    /// Its place in the listing's page order.
    pub place: u32,
    /// How it comes to be on the listing.
    pub sight: SightKind,
    /// Whether it was announced by this scan.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub announced: bool,
    /// Whether it is dated before the listing's newest article.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub late: bool,
    /// The fields that changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Field>,
    /// The content from now on, when a field changed.
    #[serde(rename = "as", default, skip_serializing_if = "Option::is_none")]
    pub content: Option<Content>,
    /// The time feeds show from now on, when its date was corrected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<Timestamp>,
    /// The second of its day that it got then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second: Option<u32>,
}

/// An article's content in a record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Content {
    /// The title.
    pub title: String,
    /// The link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// The publisher.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The date as printed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<Printed>,
    /// The category.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// The summary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// The tag row as printed.
    pub row: TagRow,
    /// Its names.
    pub tags: Vec<String>,
    /// Whether they are sure.
    pub sure: bool,
    /// Likes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub likes: Option<u64>,
    /// Minutes of reading.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<u32>,
    /// Where it stands in the journal, once that is known; not part of it.
    #[serde(skip)]
    pub place: Option<Place>,
}

/// A feed that begins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct NewFeed {
    /// Its kind.
    pub kind: FeedKind,
    /// Its name as first seen; two spellings that fold to one are one feed.
    pub label: String,
    /// Its slug.
    pub slug: String,
    /// Its id.
    pub id: FeedId,
}

/// Rows were split anew: nothing else about these articles changed, and nobody is told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct RetagFact {
    /// The articles.
    pub articles: Vec<Retagged>,
    /// Feeds that begin with this record.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub feeds: Vec<NewFeed>,
}

/// One article's new split.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Retagged {
    /// The article.
    pub id: ArticleId,
    /// Its row's names from now on.
    pub tags: Vec<String>,
    /// Whether they are sure.
    pub sure: bool,
}

/// A listing's health changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct HealthFact {
    /// The listing.
    pub listing: ListingId,
    /// Its health before.
    pub from: Health,
    /// Its health from now on.
    pub to: Health,
    /// Why, one sentence.
    pub reason: String,
    /// The reading that waits for approval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<crate::diff::Hold>,
    /// What it owes to targets, in the order in which it came to be owed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub owes: Vec<Owed>,
}

/// The operator, or the config, decided something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum DecisionFact {
    /// The config declares these listings, views and targets, or no longer does.
    Configure(ConfigureFact),
    /// Records were lost: the next scan of each listing is a quiet baseline.
    Rebaseline {
        /// Why, one sentence.
        reason: String,
    },
    /// A listing is paused.
    Pause(HealthFact),
    /// It is watched again, from where it was.
    Resume(HealthFact),
    /// The reading that was held is not to be believed, now or later.
    Reject {
        /// The reading.
        hash: ReadingHash,
        /// What becomes of the listing.
        health: HealthFact,
    },
    /// An article leaves all feeds.
    Hide {
        /// The article.
        article: ArticleId,
    },
    /// A hidden article comes back.
    Restore {
        /// The article.
        article: ArticleId,
        /// Feeds that begin with this record.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        feeds: Vec<NewFeed>,
    },
    /// The texts of these articles are forgotten, and they are in no feed from now on. What leads to them stays.
    Forget {
        /// The articles.
        articles: Vec<ArticleId>,
        /// No listing holds them, and nothing was remembered of them since.
        before: Timestamp,
    },
    /// Deliveries are due at once, their tries counted anew.
    Retry {
        /// The deliveries.
        deliveries: Vec<DeliveryId>,
    },
    /// Deliveries are forgotten.
    Drop {
        /// The deliveries.
        deliveries: Vec<DeliveryId>,
    },
    /// Nothing is sent to a target.
    Disable {
        /// The target.
        target: TargetId,
        /// Why.
        reason: String,
    },
    /// A disabled target is sent messages again.
    Enable {
        /// The target.
        target: TargetId,
    },
}

/// What of the config is remembered: only what differs from what was.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct ConfigureFact {
    /// Listings that go on under another id. This comes before everything else.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub renamed: Vec<RenameFact>,
    /// Sites that go on under another name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sites: Vec<SiteFact>,
    /// Listings that are new, back, or described otherwise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub listings: Vec<ListingFact>,
    /// Listings that are no longer declared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retired: Vec<ListingId>,
    /// Views that are new, or defined otherwise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub views: Vec<ViewFact>,
    /// Views that are no longer declared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dropped: Vec<ListingId>,
    /// Targets that are new, back, or owed other messages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<TargetRule>,
    /// Targets that are no longer declared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub untargeted: Vec<TargetId>,
    /// Feeds that begin with this record.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub feeds: Vec<NewFeed>,
}

/// A listing that goes on under another id, with all that is remembered of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct RenameFact {
    /// The id that it had.
    pub from: ListingId,
    /// The one that it has.
    pub to: ListingId,
}

/// A site that goes on under another name. The one that it had is free again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct SiteFact {
    /// The name that it had.
    pub from: String,
    /// The one that it has.
    pub to: String,
}

/// A listing as declared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct ListingFact {
    /// Its id.
    pub id: ListingId,
    /// Its title; the source of articles that name none.
    pub title: String,
    /// The name of its site.
    pub site: String,
    /// The site's own id.
    pub uid: SiteUid,
    /// The tags it gives to every article on it.
    pub tags: Vec<String>,
    /// Whether the pages made these tags evident, and the config does not say them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub evident: bool,
}

/// A view as declared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct ViewFact {
    /// Its id.
    pub id: ListingId,
    /// Its title.
    pub title: String,
    /// Which articles are in it.
    pub filter: Filter,
}
