//! Targets, and what is owed to them.

use serde::{Deserialize, Serialize};

use super::Event;
use super::article::Known;
use crate::model::delivery::{ChangedArticle, FieldChange, HeldNews};
use crate::model::{
    Change, DeliveryId, DeliveryState, Field, HealthEvent, ListingId, Message, TargetId, TargetRule,
    Timestamp, delivery,
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
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        also_at: Vec<delivery::AlsoAt>,
    },
    Summary {
        count: u32,
        /// Each with its title and how many of them it announces.
        listings: Vec<(ListingId, String, u32)>,
        articles: Vec<Known>,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        approved: bool,
        #[serde(default, skip_serializing_if = "is_zero")]
        updated: u32,
        #[serde(default, skip_serializing_if = "is_zero")]
        removed: u32,
        #[serde(default, skip_serializing_if = "is_zero")]
        returned: u32,
        /// What became of articles that are not new, and the fields that changed.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        changed: Vec<(Change, Vec<Field>, Known)>,
    },
    Health {
        title: String,
        event: Event,
        /// How many articles wait for approval, and the titles of the first of them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        held: Option<(u64, Vec<String>)>,
    },
    Change {
        what: Change,
        /// Each with what it said before.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        fields: Vec<(Field, Option<String>)>,
        listing: ListingId,
        title: String,
        article: Box<Known>,
    },
    Target(delivery::TargetTrouble),
}

fn is_zero(count: &u32) -> bool {
    *count == 0
}

impl Says {
    fn of(message: Message) -> Self {
        match message {
            Message::New(news) => {
                let delivery::NewArticle { listing, title, article, also_at } = *news;
                Self::New { listing, title, article: Box::new(Known::of(article)), also_at }
            }
            Message::Summary(summary) => {
                let delivery::Summary { count, listings, articles, approved, .. } = *summary;
                let delivery::Summary { updated, removed, returned, changed, .. } = *summary;
                let articles = articles.into_iter().map(Known::of).collect();
                let told =
                    |changed: ChangedArticle| (changed.what, changed.fields, Known::of(changed.article));
                let changed = changed.into_iter().map(told).collect();
                Self::Summary { count, listings, articles, approved, updated, removed, returned, changed }
            }
            Message::Health(news) => {
                let delivery::HealthNews { title, event, held } = *news;
                let HealthEvent { seq, at, listing, from, to, reason } = event;
                let held = held.map(|HeldNews { count, titles }| (count, titles));
                Self::Health { title, event: Event { seq, at, listing, from, to, reason }, held }
            }
            Message::Change(change) => {
                let delivery::ArticleChange { what, fields, listing, title, article } = *change;
                let fields = fields.into_iter().map(|FieldChange { field, was }| (field, was)).collect();
                Self::Change { what, fields, listing, title, article: Box::new(Known::of(article)) }
            }
            Message::Target(trouble) => Self::Target(*trouble),
        }
    }

    fn remembered(self) -> Message {
        match self {
            Self::New { listing, title, article, also_at } => {
                let article = article.remembered();
                Message::New(Box::new(delivery::NewArticle { listing, title, article, also_at }))
            }
            Self::Summary { count, listings, articles, approved, updated, removed, returned, changed } => {
                let articles = articles.into_iter().map(Known::remembered).collect();
                let told = |(what, fields, article): (Change, Vec<Field>, Known)| ChangedArticle {
                    what,
                    fields,
                    article: article.remembered(),
                };
                let changed = changed.into_iter().map(told).collect();
                Message::Summary(Box::new(delivery::Summary {
                    count,
                    listings,
                    articles,
                    approved,
                    updated,
                    removed,
                    returned,
                    changed,
                }))
            }
            Self::Health { title, event, held } => {
                let Event { seq, at, listing, from, to, reason } = event;
                let event = HealthEvent { seq, at, listing, from, to, reason };
                let held = held.map(|(count, titles)| HeldNews { count, titles });
                Message::Health(Box::new(delivery::HealthNews { title, event, held }))
            }
            Self::Change { what, fields, listing, title, article } => {
                let fields = fields.into_iter().map(|(field, was)| FieldChange { field, was }).collect();
                let article = article.remembered();
                Message::Change(Box::new(delivery::ArticleChange { what, fields, listing, title, article }))
            }
            Self::Target(trouble) => Message::Target(Box::new(trouble)),
        }
    }
}
