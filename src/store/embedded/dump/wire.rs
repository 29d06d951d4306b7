//! Lines of a dump, version 1: the shapes of what is written, and how they come from what is remembered and go back.
//!
//! Version 1 is for ever, as that of the journal is: fields may be added with a default. A kind of line that is added,
//! or a field that changes meaning, needs version 2.

mod article;
mod listing;
mod outbox;

use serde::{Deserialize, Serialize};

use crate::model::filter::Filter;
use crate::model::id::StoreId;
use crate::model::{FeedKind, Health, ListingId, SiteUid, Timestamp};
use crate::store::embedded::index::HealthEntry;

pub(super) use self::article::Article;
pub(super) use self::listing::{Feed, Holds, Listing};
pub(super) use self::outbox::{Delivery, Target};

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
