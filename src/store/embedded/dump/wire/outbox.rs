//! Targets, and what is owed to them.

use serde::{Deserialize, Serialize};

use super::Event;
use super::article::Known;
use crate::model::{
    DeliveryId, DeliveryState, HealthEvent, ListingId, Message, TargetId, TargetRule, Timestamp, delivery,
};
use crate::store::embedded::outbox::entry;

#[derive(Serialize, Deserialize)]
pub(in super::super) struct Target {
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
    #[serde(default, skip_serializing_if = "is_none")]
    failed: u32,
    /// How many messages might be under way at once by earlier rules, and until when the last of those held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    before: Option<(u32, Timestamp)>,
}

fn is_none(count: &u32) -> bool {
    *count == 0
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
    pub(in super::super) fn of(target: entry::Target, tally: entry::Tally) -> Self {
        let entry::Target { rule, retired, before } = target;
        let entry::Tally { waiting, delivered, dead, disabled, failing, failed } = tally;
        let (delivered, dead) = (delivered.into(), dead.into());
        Self { rule, retired, waiting, delivered, dead, disabled, failing, failed, before }
    }

    pub(in super::super) fn remembered(self) -> (entry::Target, entry::Tally) {
        let Self { rule, retired, waiting, delivered, dead, disabled, failing, failed, before } = self;
        let (delivered, dead) = (delivered.into(), dead.into());
        let tally = entry::Tally { waiting, delivered, dead, disabled, failing, failed };
        (entry::Target { rule, retired, before }, tally)
    }
}

#[derive(Serialize, Deserialize)]
pub(in super::super) struct Delivery {
    pub(in super::super) id: DeliveryId,
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
    pub(in super::super) fn of(id: DeliveryId, progress: entry::Progress, message: Message) -> Self {
        let entry::Progress { target, seq, ordinal, born, state, place, tries, changed, trouble } = progress;
        let (is, place) = match state {
            DeliveryState::Waiting(due) => (State::Waiting(due), None),
            DeliveryState::Delivered => (State::Delivered, Some(place)),
            DeliveryState::Dead => (State::Dead, Some(place)),
        };
        let says = Says::of(message);
        Self { id, target, seq, ordinal, born, is, place, tries, changed, trouble, says }
    }

    pub(in super::super) fn remembered(self) -> (entry::Progress, Message) {
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
    Target(delivery::TargetTrouble),
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
            Message::Target(trouble) => Self::Target(*trouble),
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
            Self::Target(trouble) => Message::Target(Box::new(trouble)),
        }
    }
}
