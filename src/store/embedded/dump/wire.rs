//! Lines of a dump, version 1: the shapes of what is written, and how they come from what is remembered and go back.
//!
//! Version 1 is for ever, as that of the journal is: fields may be added with a default. A kind of line that is added,
//! or a field that changes meaning, needs version 2.

use serde::{Deserialize, Serialize};

use crate::diff::{Baseline, Fingerprint, Held, Hold, Offered, ReadingHash};
use crate::model::filter::Filter;
use crate::model::id::{FeedId, StoreId};
use crate::model::{
    ArticleId, DeliveryId, DeliveryState, FeedKey, FeedKind, Forgotten, Health, HealthEvent, Key, ListingId,
    Message, OnListing, Presence, SiteUid, TargetId, TargetRule, Timestamp, delivery,
};
use crate::store::embedded::index::{self, HealthEntry};
use crate::store::embedded::outbox::entry;
use crate::store::embedded::place::Place;
use crate::store::embedded::record::Content;
use crate::store::embedded::stored::Stored;

/// The version of dumps that this program writes, and the newest that it reads.
pub(super) const VERSION: u32 = 1;

/// What the first line says it is.
pub(super) const WHAT: &str = "tidings store";

/// One line, in the order in which they stand.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Line {
    /// The first.
    Begin(Begin),
    Site(Site),
    Listing(Box<Listing>),
    /// A stretch of what the listing before it holds.
    Holds(Holds),
    Feed(Box<Feed>),
    Segment(Segment),
    Slug(Slug),
    Article(Box<Article>),
    /// Seconds given on days of a site.
    Days(Days),
    Health(Event),
    View(View),
    Target(Box<Target>),
    Delivery(Box<Delivery>),
    /// The last.
    End(End),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Begin {
    /// [`WHAT`].
    pub(super) what: String,
    /// [`VERSION`].
    pub(super) v: u32,
    pub(super) store: StoreId,
    pub(super) created: Timestamp,
    /// The last record that is in it, and when that was written.
    pub(super) seq: u64,
    pub(super) at: Timestamp,
    /// The CRC of that record, which the journal goes on from.
    #[serde(with = "hex")]
    pub(super) crc: u32,
    /// The numbers that the next article and the next feed get.
    pub(super) next_article: u32,
    pub(super) next_feed: u32,
    /// How much there is, to tell progress by.
    pub(super) articles: u64,
    pub(super) deliveries: u64,
}

/// How many lines of each kind stand before the last one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Counts {
    pub(super) sites: u64,
    pub(super) listings: u64,
    pub(super) holds: u64,
    pub(super) feeds: u64,
    pub(super) segments: u64,
    pub(super) slugs: u64,
    pub(super) articles: u64,
    pub(super) days: u64,
    pub(super) health: u64,
    pub(super) views: u64,
    pub(super) targets: u64,
    pub(super) deliveries: u64,
}

impl Counts {
    pub(super) fn count(&mut self, line: &Line) {
        let kind = match line {
            Line::Begin(_) | Line::End(_) => return,
            Line::Site(_) => &mut self.sites,
            Line::Listing(_) => &mut self.listings,
            Line::Holds(_) => &mut self.holds,
            Line::Feed(_) => &mut self.feeds,
            Line::Segment(_) => &mut self.segments,
            Line::Slug(_) => &mut self.slugs,
            Line::Article(_) => &mut self.articles,
            Line::Days(_) => &mut self.days,
            Line::Health(_) => &mut self.health,
            Line::View(_) => &mut self.views,
            Line::Target(_) => &mut self.targets,
            Line::Delivery(_) => &mut self.deliveries,
        };
        *kind += 1;
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct End {
    pub(super) seq: u64,
    #[serde(with = "hex")]
    pub(super) crc: u32,
    pub(super) lines: Counts,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Site {
    pub(super) name: String,
    pub(super) uid: SiteUid,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Listing {
    pub(super) id: ListingId,
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
    pub(super) fn of(id: ListingId, listing: index::Listing) -> (Self, Vec<Held>) {
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

    pub(super) fn remembered(self) -> index::Listing {
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
pub(super) struct Holds {
    pub(super) listing: ListingId,
    /// In page order; each with the keys and the fingerprint of its entry.
    articles: Vec<(ArticleId, Offered, Fingerprint)>,
}

impl Holds {
    pub(super) fn of(listing: &ListingId, held: &[Held]) -> Self {
        let article = |held: &Held| (held.article, held.offered, held.print);
        Self { listing: listing.clone(), articles: held.iter().map(article).collect() }
    }

    pub(super) fn remembered(self) -> impl Iterator<Item = Held> {
        self.articles.into_iter().map(|(article, offered, print)| Held { article, offered, print })
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct Feed {
    pub(super) number: u32,
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
    pub(super) fn of(number: u32, feed: index::Feed) -> Self {
        let index::Feed { key, label, slug, former, id, count, segments, updated, changed, retired } = feed;
        let FeedKey { kind, name } = key;
        Self { number, kind, name, label, slug, former, id, count, segments, updated, changed, retired }
    }

    pub(super) fn remembered(self) -> index::Feed {
        let key = FeedKey { kind: self.kind, name: self.name };
        let Self { label, slug, former, id, count, segments, updated, changed, retired, .. } = self;
        index::Feed { key, label, slug, former, id, count, segments, updated, changed, retired }
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct Segment {
    pub(super) feed: u32,
    pub(super) number: u32,
    pub(super) members: Vec<u32>,
    pub(super) entered: u32,
    pub(super) changed: u64,
}

/// Every slug that was ever given, and the feed it leads to, be that gone.
#[derive(Serialize, Deserialize)]
pub(super) struct Slug {
    pub(super) kind: FeedKind,
    pub(super) slug: String,
    pub(super) feed: u32,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Article {
    pub(super) number: u32,
    /// The segments of feeds that it stands in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    routes: Vec<(u32, u32)>,
    is: Known,
}

impl Article {
    pub(super) fn of(number: u32, stored: Stored) -> Self {
        Self { number, routes: stored.routes, is: Known::of(stored.article) }
    }

    /// The article, and where its texts stand from now on.
    pub(super) fn remembered(self, place: Option<Place>) -> Stored {
        Stored { article: self.is.remembered(), routes: self.routes, place, resplit: false }
    }
}

/// What is known of an article.
#[derive(Serialize, Deserialize)]
struct Known {
    id: ArticleId,
    site: SiteUid,
    keys: Vec<Key>,
    /// Its texts, as a record of the journal has them: the index may point at them.
    #[serde(rename = "as")]
    content: Content,
    published: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    updated: Option<Timestamp>,
    first_seen: Timestamp,
    first_seq: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seen: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    announced: Option<u64>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    late: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    hidden: bool,
    /// When its texts were forgotten.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    forgotten: Option<Timestamp>,
    /// Whether they are known again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    relearned: bool,
    listings: Vec<On>,
}

#[derive(Serialize, Deserialize)]
struct On {
    listing: ListingId,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
    is: Sight,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Sight {
    Listed,
    Aged,
    Removed,
}

impl Known {
    fn of(article: crate::model::Article) -> Self {
        let content = Content::of(&article);
        let crate::model::Article { id, site, keys, published, updated, first_seen, first_seq, .. } = article;
        let crate::model::Article { seen, announced, late, hidden, forgotten, listings, .. } = article;
        let seen = (seen != first_seen).then_some(seen);
        let relearned = forgotten.is_some_and(|forgotten| forgotten.relearned);
        let forgotten = forgotten.map(|forgotten| forgotten.at);
        let updated = (updated != published).then_some(updated);
        let listings = listings.into_iter().map(On::of).collect();
        Self {
            id,
            site,
            keys,
            content,
            published,
            updated,
            first_seen,
            first_seq,
            seen,
            announced,
            late,
            hidden,
            forgotten,
            relearned,
            listings,
        }
    }

    fn remembered(self) -> crate::model::Article {
        let Content { title, link, source, date, category, summary, row, tags, sure, likes, minutes, .. } =
            self.content;
        crate::model::Article {
            id: self.id,
            site: self.site,
            keys: self.keys,
            title,
            link,
            source,
            date,
            category,
            summary,
            row,
            tags,
            sure,
            likes,
            minutes,
            published: self.published,
            updated: self.updated.unwrap_or(self.published),
            first_seen: self.first_seen,
            first_seq: self.first_seq,
            seen: self.seen.unwrap_or(self.first_seen),
            announced: self.announced,
            late: self.late,
            hidden: self.hidden,
            forgotten: self.forgotten.map(|at| Forgotten { at, relearned: self.relearned }),
            listings: self.listings.into_iter().map(On::remembered).collect(),
        }
    }
}

impl On {
    fn of(on: OnListing) -> Self {
        let is = match on.presence {
            Presence::Listed => Sight::Listed,
            Presence::Aged => Sight::Aged,
            Presence::Removed => Sight::Removed,
        };
        Self { listing: on.listing, tags: on.tags, is }
    }

    fn remembered(self) -> OnListing {
        let presence = match self.is {
            Sight::Listed => Presence::Listed,
            Sight::Aged => Presence::Aged,
            Sight::Removed => Presence::Removed,
        };
        OnListing { listing: self.listing, tags: self.tags, presence }
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct Days {
    pub(super) site: SiteUid,
    /// Each day, in days since 1970, and the greatest second given on it.
    pub(super) seconds: Vec<(u32, u32)>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Event {
    seq: u64,
    at: Timestamp,
    listing: ListingId,
    from: Health,
    to: Health,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    reason: String,
}

impl From<HealthEntry> for Event {
    fn from(HealthEntry { seq, at, listing, from, to, reason }: HealthEntry) -> Self {
        Self { seq, at, listing, from, to, reason }
    }
}

impl From<Event> for HealthEntry {
    fn from(Event { seq, at, listing, from, to, reason }: Event) -> Self {
        Self { seq, at, listing, from, to, reason }
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct View {
    pub(super) id: ListingId,
    pub(super) filter: Filter,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Target {
    rule: TargetRule,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    retired: bool,
    waiting: u64,
    delivered: Row,
    dead: Row,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    disabled: Option<(String, Timestamp)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failing: Option<Timestamp>,
}

/// How many stand in a row, the first place that may be taken, and the next one.
#[derive(Serialize, Deserialize)]
struct Row {
    count: u64,
    first: u64,
    next: u64,
}

impl From<entry::Row> for Row {
    fn from(entry::Row { count, first, next }: entry::Row) -> Self {
        Self { count, first, next }
    }
}

impl From<Row> for entry::Row {
    fn from(Row { count, first, next }: Row) -> Self {
        Self { count, first, next }
    }
}

impl Target {
    pub(super) fn of(target: entry::Target, tally: entry::Tally) -> Self {
        let entry::Target { rule, retired } = target;
        let entry::Tally { waiting, delivered, dead, disabled, failing } = tally;
        Self { rule, retired, waiting, delivered: delivered.into(), dead: dead.into(), disabled, failing }
    }

    pub(super) fn remembered(self) -> (entry::Target, entry::Tally) {
        let Self { rule, retired, waiting, delivered, dead, disabled, failing } = self;
        let (delivered, dead) = (delivered.into(), dead.into());
        (entry::Target { rule, retired }, entry::Tally { waiting, delivered, dead, disabled, failing })
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct Delivery {
    pub(super) id: DeliveryId,
    target: TargetId,
    seq: u64,
    ordinal: u32,
    born: Timestamp,
    is: State,
    /// Its place in the row of those in its state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    place: Option<u64>,
    tries: u32,
    changed: Timestamp,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    trouble: String,
    says: Says,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Waiting(Timestamp),
    Delivered,
    Dead,
}

impl Delivery {
    pub(super) fn of(id: DeliveryId, progress: entry::Progress, message: Message) -> Self {
        let entry::Progress { target, seq, ordinal, born, state, place, tries, changed, trouble } = progress;
        let (is, place) = match state {
            DeliveryState::Waiting(due) => (State::Waiting(due), None),
            DeliveryState::Delivered => (State::Delivered, Some(place)),
            DeliveryState::Dead => (State::Dead, Some(place)),
        };
        let says = Says::of(message);
        Self { id, target, seq, ordinal, born, is, place, tries, changed, trouble, says }
    }

    pub(super) fn remembered(self) -> (entry::Progress, Message) {
        let Self { target, seq, ordinal, born, is, place, tries, changed, trouble, says, .. } = self;
        let state = match is {
            State::Waiting(due) => DeliveryState::Waiting(due),
            State::Delivered => DeliveryState::Delivered,
            State::Dead => DeliveryState::Dead,
        };
        let place = place.unwrap_or_default();
        let progress = entry::Progress { target, seq, ordinal, born, state, place, tries, changed, trouble };
        (progress, says.remembered())
    }
}

/// What a message says.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Says {
    New {
        listing: ListingId,
        title: String,
        article: Box<Known>,
    },
    Summary {
        count: u32,
        /// Each with its title and how many of them it announces.
        listings: Vec<(ListingId, String, u32)>,
        articles: Vec<Known>,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        approved: bool,
    },
    Health {
        title: String,
        event: Event,
    },
}

impl Says {
    fn of(message: Message) -> Self {
        match message {
            Message::New(news) => {
                let delivery::NewArticle { listing, title, article } = *news;
                Self::New { listing, title, article: Box::new(Known::of(article)) }
            }
            Message::Summary(summary) => {
                let delivery::Summary { count, listings, articles, approved } = *summary;
                let articles = articles.into_iter().map(Known::of).collect();
                Self::Summary { count, listings, articles, approved }
            }
            Message::Health(news) => {
                let delivery::HealthNews { title, event } = *news;
                let HealthEvent { seq, at, listing, from, to, reason } = event;
                Self::Health { title, event: Event { seq, at, listing, from, to, reason } }
            }
        }
    }

    fn remembered(self) -> Message {
        match self {
            Self::New { listing, title, article } => {
                let article = article.remembered();
                Message::New(Box::new(delivery::NewArticle { listing, title, article }))
            }
            Self::Summary { count, listings, articles, approved } => {
                let articles = articles.into_iter().map(Known::remembered).collect();
                Message::Summary(Box::new(delivery::Summary { count, listings, articles, approved }))
            }
            Self::Health { title, event } => {
                let Event { seq, at, listing, from, to, reason } = event;
                let event = HealthEvent { seq, at, listing, from, to, reason };
                Message::Health(Box::new(delivery::HealthNews { title, event }))
            }
        }
    }
}

/// A CRC in eight hex digits, as the journal writes it.
mod hex {
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(crc: &u32, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&format_args!("{crc:08x}"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(from)?;
        u32::from_str_radix(&text, 16).map_err(serde::de::Error::custom)
    }
}
