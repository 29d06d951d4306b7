//! Listings, what they hold, and feeds.

use serde::{Deserialize, Serialize};

use crate::diff::{Baseline, Fingerprint, Held, Hold, Offered, ReadingHash};
use crate::model::id::FeedId;
use crate::model::{ArticleId, FeedKey, FeedKind, Health, ListingId, SiteUid, Timestamp};
use crate::store::embedded::index;

#[derive(Serialize, Deserialize)]
pub(in super::super) struct Listing {
    pub(in super::super) id: ListingId,
    title: String,
    site: String,
    uid: SiteUid,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    evident: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    retired: bool,
    /// When it was last retired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    left: Option<Timestamp>,
    /// Number and time of its baseline's record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    baseline: Option<(u64, Timestamp)>,
    /// The newest day of any article of it, in days since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    newest: Option<u32>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    believed: Vec<ReadingHash>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    rejected: Vec<ReadingHash>,
    news: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    arrivals: Vec<Timestamp>,
    health: Health,
    since: Timestamp,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    reason: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hold: Option<Hold>,
}

impl Listing {
    /// The listing without what it holds, and that.
    pub(in super::super) fn of(id: ListingId, listing: index::Listing) -> (Self, Vec<Held>) {
        let index::Listing { title, site, uid, tags, evident, retired, left, .. } = listing;
        let index::Listing { baseline, held, newest, .. } = listing;
        let index::Listing { believed, rejected, news, arrivals, health, health_since, .. } = listing;
        let (reason, hold) = (listing.reason, listing.hold);
        let baseline = baseline.map(|baseline| (baseline.seq, baseline.at));
        let since = health_since;
        let listing = Self {
            id,
            title,
            site,
            uid,
            tags,
            evident,
            retired,
            left,
            baseline,
            newest,
            believed,
            rejected,
            news,
            arrivals,
            health,
            since,
            reason,
            hold,
        };
        (listing, held)
    }

    pub(in super::super) fn remembered(self) -> index::Listing {
        index::Listing {
            title: self.title,
            site: self.site,
            uid: self.uid,
            tags: self.tags,
            evident: self.evident,
            retired: self.retired,
            left: self.left,
            baseline: self.baseline.map(|(seq, at)| Baseline { seq, at }),
            held: Vec::new(),
            stretches: 0,
            newest: self.newest,
            believed: self.believed,
            rejected: self.rejected,
            news: self.news,
            arrivals: self.arrivals,
            health: self.health,
            health_since: self.since,
            reason: self.reason,
            hold: self.hold,
        }
    }
}

#[derive(Serialize, Deserialize)]
pub(in super::super) struct Holds {
    pub(in super::super) listing: ListingId,
    /// In page order; each with the keys and the fingerprint of its entry.
    articles: Vec<(ArticleId, Offered, Fingerprint)>,
}

impl Holds {
    pub(in super::super) fn of(listing: &ListingId, held: &[Held]) -> Self {
        let article = |held: &Held| (held.article, held.offered, held.print);
        Self { listing: listing.clone(), articles: held.iter().map(article).collect() }
    }

    pub(in super::super) fn remembered(self) -> impl Iterator<Item = Held> {
        self.articles.into_iter().map(|(article, offered, print)| Held { article, offered, print })
    }
}

#[derive(Serialize, Deserialize)]
pub(in super::super) struct Feed {
    pub(in super::super) number: u32,
    kind: FeedKind,
    name: String,
    label: String,
    slug: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    former: Vec<String>,
    id: FeedId,
    count: u64,
    segments: u32,
    updated: Timestamp,
    changed: u64,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    retired: bool,
}

impl Feed {
    pub(in super::super) fn of(number: u32, feed: index::Feed) -> Self {
        let index::Feed { key, label, slug, former, id, count, segments, updated, changed, retired } = feed;
        let FeedKey { kind, name } = key;
        Self { number, kind, name, label, slug, former, id, count, segments, updated, changed, retired }
    }

    pub(in super::super) fn remembered(self) -> index::Feed {
        let key = FeedKey { kind: self.kind, name: self.name };
        let Self { label, slug, former, id, count, segments, updated, changed, retired, .. } = self;
        index::Feed { key, label, slug, former, id, count, segments, updated, changed, retired }
    }
}
