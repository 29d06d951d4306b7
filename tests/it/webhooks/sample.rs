//! A target, and messages for it.

use std::time::Duration;

use tidings::model::delivery::{
    ArticleChange, FieldChange, HealthNews, NewArticle, Summary, TargetRule, TargetTrouble,
};
use tidings::model::secret::Secret;
use tidings::model::target::{SecretRef, TargetSpec, Way, Wording};
use tidings::model::{
    Article, ArticleId, Change, Delivery, DeliveryId, DeliveryState, Field, Filter, Health, HealthEvent,
    ListingId, Message, OnListing, Presence, Printed, SiteUid, TagRow, TargetId, Timestamp,
};
use tidings::net::{Client, Limits};
use tidings::notify::Sender;
use uuid::Uuid;

pub(super) const BASE: &str = "https://news.example.org";
pub(super) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
pub(super) const OTHER_SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

/// A client that does not try the patience of who waits for the tests.
pub(super) fn client() -> Client {
    let limits =
        Limits { connect: Duration::from_secs(5), whole: Duration::from_millis(600), ..Limits::default() };
    Client::new(limits).unwrap()
}

/// A target at `url` that may be on this machine.
pub(super) fn target(url: &str, secrets: &[&str]) -> TargetSpec {
    let given = |text: &str| SecretRef::Given(Secret::new(text.to_owned()));
    TargetSpec {
        rule: TargetRule::new(TargetId::parse("team").unwrap(), Filter::All(Vec::new())),
        way: Way::Generic { url: given(url), secrets: secrets.iter().map(|secret| given(secret)).collect() },
        burst: Some(20),
        pace: None,
        allow_private: true,
        wording: Wording::default(),
    }
}

/// A sender to `url` with one secret.
pub(super) fn sender(url: &str) -> Sender {
    Sender::new(&target(url, &[SECRET]), client()).unwrap()
}

pub(super) fn listing() -> ListingId {
    ListingId::parse("backend").unwrap()
}

pub(super) fn article(title: &str) -> Article {
    Article {
        id: ArticleId::from_uuid(Uuid::from_u128(0x0f3c_2a11_7e5d_5c0a_9b46_1f0c_7a95_e2d1)),
        site: SiteUid::from_uuid(Uuid::from_u128(1)),
        keys: Vec::new(),
        title: title.to_owned(),
        link: None,
        source: Some("21CTO".into()),
        date: Printed::parse("2026-11-20"),
        category: Some("Databases".into()),
        summary: Some("How a log is kept on disk.".into()),
        row: TagRow::None,
        tags: vec!["Kafka".into(), "Storage".into()],
        sure: true,
        likes: None,
        minutes: None,
        published: Timestamp::parse_rfc3339("2026-11-20T00:00:01Z").unwrap(),
        updated: Timestamp::parse_rfc3339("2026-11-20T00:00:01Z").unwrap(),
        first_seen: Timestamp::parse_rfc3339("2026-11-21T08:30:04Z").unwrap(),
        first_seq: 812,
        seen: Timestamp::default(),
        announced: Some(812),
        late: false,
        hidden: false,
        forgotten: None,
        listings: vec![OnListing { listing: listing(), tags: Vec::new(), presence: Presence::Listed }],
    }
}

/// A delivery that says that an article of this title is new.
pub(super) fn new(title: &str) -> Delivery {
    delivery(Message::New(Box::new(NewArticle {
        listing: listing(),
        title: "Backend reading".into(),
        article: article(title),
        also_at: Vec::new(),
    })))
}

/// A delivery that says what an article said before.
pub(super) fn updated() -> Delivery {
    let was = |field, was: Option<&str>| FieldChange { field, was: was.map(str::to_owned) };
    delivery(Message::Change(Box::new(ArticleChange {
        what: Change::Updated,
        fields: vec![was(Field::Title, Some("How Kafka keeps a log")), was(Field::Summary, None)],
        listing: listing(),
        title: "Backend reading".into(),
        article: article("How Kafka stores a log"),
    })))
}

pub(super) fn summary() -> Delivery {
    delivery(Message::Summary(Box::new(Summary {
        count: 64,
        listings: vec![(listing(), "Backend reading".into(), 64)],
        articles: vec![article("How Kafka stores a log")],
        ..Summary::default()
    })))
}

pub(super) fn health() -> Delivery {
    let event = HealthEvent {
        seq: 812,
        at: Timestamp::parse_rfc3339("2026-11-21T08:30:04Z").unwrap(),
        listing: listing(),
        from: Health::Ok,
        to: Health::Shrunk,
        reason: "3 entries where 43 were".into(),
    };
    delivery(Message::Health(Box::new(HealthNews { title: "Backend reading".into(), event, held: None })))
}

pub(super) fn disabled() -> Delivery {
    delivery(Message::Target(Box::new(TargetTrouble {
        target: TargetId::parse("chat").unwrap(),
        reason: "every try failed for 5 days; the last one: the receiver answered 503 Service Unavailable"
            .into(),
        since: Timestamp::parse_rfc3339("2026-11-16T07:12:41Z").unwrap(),
        waiting: 12,
    })))
}

fn delivery(message: Message) -> Delivery {
    let born = Timestamp::parse_rfc3339("2026-11-21T08:30:04Z").unwrap();
    Delivery {
        id: DeliveryId::from_uuid(Uuid::from_u128(0x5b1d_9c60_3a0e_5f43_8e52_c1a7_d20b_9f10)),
        target: TargetId::parse("team").unwrap(),
        seq: 812,
        born,
        message,
        state: DeliveryState::Waiting(born),
        tries: 0,
        changed: born,
        trouble: String::new(),
    }
}
