//! Deliveries: messages owed to targets, as remembered.

mod message;

use serde::{Deserialize, Serialize};

use super::change::Change;
use super::filter::{Filter, Pattern};
use super::id::{DeliveryId, TargetId};
use super::quiet::QuietHours;
use super::time::Timestamp;

pub use message::{
    AlsoAt, ArticleChange, ChangedArticle, FieldChange, HealthNews, HeldNews, Message, NewArticle, News,
    Summary, TargetTrouble,
};

/// How many articles a summary shows; of the others only their number is told.
pub const SUMMARY_ARTICLES: usize = 20;

/// Seconds that a message waits for its next try at most.
pub const WAIT_MOST: i64 = 24 * 3_600;

/// How many messages of a target are under way at once where nothing else is said.
pub const AT_ONCE: u32 = 4;

/// How many tries of a target may be under way or not remembered yet, where its receiver knows by their ids what it has and
/// no message becomes part of another: more than are under way, so that none waits for the disk.
pub const IN_DOUBT: u32 = 64;

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
    /// What it is told of them, each once, in the order of [`Change::ALL`]; that they are new where nothing else is said.
    #[serde(default = "only_new", skip_serializing_if = "is_only_new")]
    pub changes: Vec<Change>,
    /// Whether it is also told of articles dated before the newest one of their listing.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub late: bool,
    /// The listings whose health it is told of, by id; none by default.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub health: Vec<Pattern>,
    /// The listings of which it is told that a reading is held for approval, and that this ended; none by default.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held: Vec<Pattern>,
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

impl TargetRule {
    /// The rule of a target of which the config says nothing else.
    #[must_use]
    pub fn new(id: TargetId, when: Filter) -> Self {
        let (changes, health, held) = (only_new(), Vec::new(), Vec::new());
        let (delivered, at_once, quiet) = (DELIVERED_KEPT, AT_ONCE, Vec::new());
        Self { id, when, changes, late: true, health, held, delivered, at_once, quiet }
    }

    /// Whether it is told when that becomes of an article.
    #[must_use]
    pub fn wants(&self, change: Change) -> bool {
        self.changes.contains(&change)
    }

    /// Whether it is told of anything but new articles.
    #[must_use]
    pub fn wants_changes(&self) -> bool {
        self.changes.iter().any(|change| *change != Change::New)
    }
}

/// How many delivered messages of a target are kept where nothing else is said.
pub const DELIVERED_KEPT: u64 = 1_000;

fn thousand() -> u64 {
    DELIVERED_KEPT
}

fn is_thousand(kept: &u64) -> bool {
    *kept == DELIVERED_KEPT
}

fn only_new() -> Vec<Change> {
    vec![Change::New]
}

fn is_only_new(changes: &[Change]) -> bool {
    *changes == [Change::New]
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
        self.message.is_of_one() && self.tries == 0 && self.changed == self.born
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
