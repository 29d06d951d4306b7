//! Deliveries: messages owed to targets, as remembered.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::article::Article;
use super::filter::{Filter, Pattern};
use super::health::HealthEvent;
use super::id::{DeliveryId, ListingId, TargetId};
use super::quiet::QuietHours;
use super::time::Timestamp;

/// How many articles a summary shows; of the others only their number is told.
pub const SUMMARY_ARTICLES: usize = 20;

/// Seconds that a message waits for its next try at most.
pub const WAIT_MOST: i64 = 24 * 3_600;

/// How many messages of a target are under way at once where nothing else is said.
pub const AT_ONCE: u32 = 4;

/// Seconds for which every try to reach a target fails before it is disabled.
pub const FAILING_MOST: i64 = 5 * 86_400;

/// How many tries in a row fail, besides: a machine that slept for a week tried nothing meanwhile.
pub const FAILING_TRIES: u32 = 8;

/// Which messages a target is owed, and when it may be sent any. Journaled when the config declares it; says nothing of where it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetRule {
    /// The target.
    pub id: TargetId,
    /// The articles it is told of.
    pub when: Filter,
    /// Whether it is also told of articles dated before the newest one of their listing.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub late: bool,
    /// The listings whose health it is told of, by id; none by default.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub health: Vec<Pattern>,
    /// How many messages that it took are kept, so that they can be sent again; the last ones.
    #[serde(default = "thousand", skip_serializing_if = "is_thousand")]
    pub delivered: u64,
    /// How many messages, each about one article, are under way at once at most; 0 where all are gathered before. After
    /// a kill so many may be with the receiver though nothing is known of it.
    #[serde(default = "four", skip_serializing_if = "is_four")]
    pub at_once: u32,
    /// When it is sent nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quiet: Vec<QuietHours>,
}

/// How many delivered messages of a target are kept where nothing else is said.
pub const DELIVERED_KEPT: u64 = 1_000;

fn thousand() -> u64 {
    DELIVERED_KEPT
}

fn is_thousand(kept: &u64) -> bool {
    *kept == DELIVERED_KEPT
}

fn four() -> u32 {
    AT_ONCE
}

fn is_four(at_once: &u32) -> bool {
    *at_once == AT_ONCE
}

fn is_true(value: &bool) -> bool {
    *value
}

fn yes() -> bool {
    true
}

/// One message owed to one target, or sent to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Its id, the same in every try.
    pub id: DeliveryId,
    /// Whom it is owed to.
    pub target: TargetId,
    /// The sequence number of the record that owes it.
    pub seq: u64,
    /// When that was.
    pub born: Timestamp,
    /// What it says, as it was known then.
    pub message: Message,
    /// How far it is.
    pub state: DeliveryState,
    /// Tries so far; counted anew when an operator has it sent again.
    pub tries: u32,
    /// When something last became of it; when it came to be owed, where nothing did. What is sent again has a later one.
    pub changed: Timestamp,
    /// How its last try failed; empty when none did.
    pub trouble: String,
}

impl Delivery {
    /// Whether it is about one article, and nothing became of it yet: only such are told as one with others. The receiver
    /// may have taken what an operator has sent again, and knows that by its id.
    #[must_use]
    pub fn is_fresh(&self) -> bool {
        matches!(self.message, Message::New(_)) && self.tries == 0 && self.changed == self.born
    }
}

/// How far a delivery is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryState {
    /// It is tried from then on.
    Waiting(Timestamp),
    /// The receiver took it.
    Delivered,
    /// Given up: every try failed, or the receiver refused it for good. Kept until an operator decides.
    Dead,
}

impl DeliveryState {
    /// Whether it is to be sent at `now`, after so many `tries`.
    ///
    /// The clock may have been put back since the state was written down. What was never tried is due at once, whatever
    /// the clock was; and nothing waits longer than [`WAIT_MOST`], so what seems to was put off by a clock that was
    /// wrong.
    #[must_use]
    pub fn is_due(self, tries: u32, now: Timestamp) -> bool {
        match self {
            Self::Waiting(due) => due <= now || tries == 0 || due > now.plus(WAIT_MOST),
            Self::Delivered | Self::Dead => false,
        }
    }

    /// Which of the states it is, whenever it is due.
    #[must_use]
    pub fn kind(self) -> StateKind {
        match self {
            Self::Waiting(_) => StateKind::Waiting,
            Self::Delivered => StateKind::Delivered,
            Self::Dead => StateKind::Dead,
        }
    }

    /// Its name in JSON and tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.kind().name()
    }
}

/// The states of deliveries, to ask for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StateKind {
    /// It is still to be sent.
    Waiting,
    /// The receiver took it.
    Delivered,
    /// Given up.
    Dead,
}

impl StateKind {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Waiting, Self::Delivered, Self::Dead];

    /// Its name in JSON and tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Dead => "dead",
        }
    }
}

/// How a try to send a message ended. Reasons are one sentence for an operator, without secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TryEnd {
    /// The receiver took it.
    Delivered,
    /// It failed, and is tried again.
    Failed {
        /// Why.
        reason: String,
        /// Not before then.
        next: Timestamp,
    },
    /// It is given up.
    Dead {
        /// Why.
        reason: String,
    },
    /// It is given up, and the receiver wants no more (410): nothing is sent to the target until it is enabled.
    Disabled {
        /// Why.
        reason: String,
    },
}

/// What a delivery says: facts as they were when it was owed. How they are written is each kind of target's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Message {
    /// One article is new.
    New(Box<NewArticle>),
    /// Several are, told as one.
    Summary(Box<Summary>),
    /// A listing's health changed.
    Health(Box<HealthNews>),
    /// Another target is sent nothing any more.
    Target(Box<TargetTrouble>),
}

impl Message {
    /// Its name in JSON and tables.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::New(_) => "new",
            Self::Summary(_) => "summary",
            Self::Health(_) => "health",
            Self::Target(_) => "target",
        }
    }
}

/// One article is new.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewArticle {
    /// The listing that announces it.
    pub listing: ListingId,
    /// That listing's title.
    pub title: String,
    /// The article.
    pub article: Article,
}

/// Several articles are new.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// How many.
    pub count: u32,
    /// The listings that announce them, by id, each with its title and how many of them it announces.
    pub listings: Vec<(ListingId, String, u32)>,
    /// The newest of them, newest first; at most [`SUMMARY_ARTICLES`].
    pub articles: Vec<Article>,
    /// Whether they were held, and an operator approved them.
    pub approved: bool,
}

impl Summary {
    /// Several news as one, in the order in which they became news: a listing that changed its title meanwhile goes
    /// by the last. Which articles it shows does not depend on the order; of one published time, the lower id is
    /// shown first.
    #[must_use]
    pub fn of(news: impl IntoIterator<Item = NewArticle>, approved: bool) -> Self {
        let mut listings: BTreeMap<ListingId, (String, u32)> = BTreeMap::new();
        let mut articles = Vec::new();
        let mut count = 0u32;
        for NewArticle { listing, title, article } in news {
            let (known_as, announced) = listings.entry(listing).or_default();
            *known_as = title;
            *announced = announced.saturating_add(1);
            count = count.saturating_add(1);
            articles.push(article);
        }
        articles.sort_by_key(|article| (Reverse(article.published), article.id));
        articles.truncate(SUMMARY_ARTICLES);
        let listings = listings.into_iter().map(|(id, (title, count))| (id, title, count)).collect();
        Self { count, listings, articles, approved }
    }
}

/// A listing's health changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthNews {
    /// The listing's title.
    pub title: String,
    /// The change.
    pub event: HealthEvent,
}

/// A target is sent nothing any more, because it said so, or because nothing ever arrived: told to others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetTrouble {
    /// The target.
    pub target: TargetId,
    /// Why.
    pub reason: String,
    /// The first of the tries that failed in a row.
    pub since: Timestamp,
    /// How many messages wait for it.
    pub waiting: u64,
}
