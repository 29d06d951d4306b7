use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::model::delivery::HeldNews;
use crate::model::{DeliveryState, HealthEvent, OnListing, Presence, SiteUid, TagRow, TargetId};

const BASE: &str = "https://news.example.org/backend";

fn listing() -> ListingId {
    ListingId::parse("backend").expect("an id")
}

fn article(number: u128, title: &str) -> Article {
    Article {
        id: ArticleId::from_uuid(Uuid::from_u128(number)),
        site: SiteUid::from_uuid(Uuid::from_u128(1)),
        keys: Vec::new(),
        title: title.to_owned(),
        link: Some("https://example.org/1?a=1&b=2".into()),
        source: Some("21CTO".into()),
        date: Printed::parse("2016-03-03"),
        category: Some("Databases".into()),
        summary: Some("How a log is kept.".into()),
        row: TagRow::None,
        tags: vec!["Kafka".into(), "Storage".into()],
        sure: true,
        likes: Some(4),
        minutes: Some(5),
        published: Timestamp::from_unix(1_456_963_201),
        updated: Timestamp::from_unix(1_456_963_201),
        first_seen: Timestamp::from_unix(1_800_000_000),
        first_seq: 7,
        seen: Timestamp::default(),
        announced: Some(7),
        late: false,
        hidden: false,
        forgotten: None,
        listings: vec![OnListing {
            listing: listing(),
            tags: vec!["Backend".into()],
            presence: Presence::Listed,
        }],
    }
}

fn delivery(message: Message) -> Delivery {
    Delivery {
        id: DeliveryId::from_uuid(Uuid::from_u128(0xD)),
        target: TargetId::parse("team").expect("an id"),
        seq: 7,
        born: Timestamp::from_unix(1_800_000_000),
        message,
        state: DeliveryState::Waiting(Timestamp::from_unix(1_800_000_000)),
        tries: 0,
        changed: Timestamp::from_unix(1_800_000_000),
        trouble: String::new(),
    }
}

fn new(article: Article) -> Delivery {
    let news =
        NewArticle { listing: listing(), title: "Backend \"reading\"".into(), article, also_at: Vec::new() };
    delivery(Message::New(Box::new(news)))
}

fn summary(articles: Vec<Article>, listings: Vec<(ListingId, String, u32)>) -> Delivery {
    let summary = Summary { count: 64, listings, articles, approved: true, ..Summary::default() };
    delivery(Message::Summary(Box::new(summary)))
}

fn text(delivery: &Delivery) -> String {
    String::from_utf8(body(delivery, BASE).expect("a body")).expect("UTF-8")
}

#[test]
fn a_new_article_is_written_as_promised() {
    let expected = concat!(
        r#"{"type":"article.new","timestamp":"2027-01-15T08:00:00Z","id":"00000000-0000-0000-0000-00000000000d","#,
        r#""seq":7,"data":{"listing":{"id":"backend","title":"Backend \"reading\""},"article":{"#,
        r#""id":"00000000-0000-0000-0000-000000000002","title":"Logs","link":"https://example.org/1?a=1&b=2","#,
        r#""source":"21CTO","date":"2016-03-03","category":"Databases","tags":["Kafka","Storage"],"#,
        r#""summary":"How a log is kept.","late":false,"#,
        r#""url":"https://news.example.org/backend/articles/00000000-0000-0000-0000-000000000002.html","#,
        r#""published":"2016-03-03T00:00:01Z"}}}"#,
    );
    assert_eq!(text(&new(article(2, "Logs"))), expected);
}

#[test]
fn who_else_tells_a_story_is_written_as_promised_as_far_as_there_is_room() {
    let told = |also_at| {
        let Message::New(news) = new(article(2, "Logs")).message else { panic!("a message") };
        text(&delivery(Message::New(Box::new(NewArticle { also_at, ..*news }))))
    };
    let other = AlsoAt::of(Article { source: None, ..article(3, "Logs, too") }, "A listing".into());
    let expected = concat!(
        r#""published":"2016-03-03T00:00:01Z","also_at":[{"id":"00000000-0000-0000-0000-000000000003","#,
        r#""source":"A listing","title":"Logs, too","link":"https://example.org/1?a=1&b=2"}]}}}"#,
    );
    assert!(told(vec![other.clone()]).ends_with(expected));
    let link = Some(format!("https://example.org/{}", "x".repeat(1_900)));
    let long = AlsoAt { title: "t".repeat(900), link, ..other };
    let long = told(vec![long; 5]);
    assert!(long.len() <= BODY_BYTES && long.contains("\"also_at\""), "{}", long.len());
}

#[test]
fn a_summary_is_written_as_promised() {
    let one = summary(vec![article(2, "Logs")], vec![(listing(), "Backend".into(), 64)]);
    let expected = concat!(
        r#"{"type":"articles.summary","timestamp":"2027-01-15T08:00:00Z","id":"00000000-0000-0000-0000-00000000000d","#,
        r#""seq":7,"data":{"count":64,"counts":{"new":64,"updated":0,"removed":0,"returned":0},"approved":true,"listings":[{"id":"backend","title":"Backend","count":64}],"#,
        r#""articles":[{"id":"00000000-0000-0000-0000-000000000002","title":"Logs","#,
        r#""link":"https://example.org/1?a=1&b=2","source":"21CTO","date":"2016-03-03","category":"Databases","#,
        r#""tags":["Kafka","Storage"],"late":false,"#,
        r#""url":"https://news.example.org/backend/articles/00000000-0000-0000-0000-000000000002.html","#,
        r#""published":"2016-03-03T00:00:01Z"}],"changed":[],"#,
        r#""url":"https://news.example.org/backend/feeds/listings/backend.html"}}"#,
    );
    assert_eq!(text(&one), expected);
    let other = ListingId::parse("other").expect("an id");
    let two = summary(Vec::new(), vec![(listing(), "A".into(), 1), (other, "B".into(), 63)]);
    assert!(text(&two).ends_with(r#""url":"https://news.example.org/backend/feeds/all.html"}}"#));
}

fn changed(what: Change, article: Article, fields: Vec<FieldChange>) -> Delivery {
    let (listing, title) = (listing(), "Backend".to_owned());
    delivery(Message::Change(Box::new(ArticleChange { what, fields, listing, title, article })))
}

#[test]
fn a_change_of_an_article_is_written_as_promised() {
    let fields = vec![
        FieldChange { field: Field::Title, was: Some("Log".into()) },
        FieldChange { field: Field::Summary, was: None },
    ];
    let written = text(&changed(Change::Updated, article(2, "Logs"), fields));
    let expected = concat!(
        r#"{"type":"article.updated","timestamp":"2027-01-15T08:00:00Z","id":"00000000-0000-0000-0000-00000000000d","#,
        r#""seq":7,"data":{"listing":{"id":"backend","title":"Backend"},"article":{"#,
        r#""id":"00000000-0000-0000-0000-000000000002","title":"Logs","link":"https://example.org/1?a=1&b=2","#,
        r#""source":"21CTO","date":"2016-03-03","category":"Databases","tags":["Kafka","Storage"],"#,
        r#""summary":"How a log is kept.","late":false,"#,
        r#""url":"https://news.example.org/backend/articles/00000000-0000-0000-0000-000000000002.html","#,
        r#""published":"2016-03-03T00:00:01Z"},"fields":["title","summary"],"#,
        r#""was":{"title":"Log","summary":null}}}"#,
    );
    assert_eq!(written, expected);
    for (what, kind) in [(Change::Removed, "article.removed"), (Change::Returned, "article.returned")] {
        let body: Value =
            serde_json::from_str(&text(&changed(what, article(2, "Logs"), vec![]))).expect("JSON");
        assert_eq!(body["type"], kind);
        assert_eq!((&body["data"]["fields"], &body["data"]["was"]), (&json!([]), &json!({})));
    }
}

#[test]
fn a_summary_tells_what_became_of_articles_after_the_new_ones() {
    let gone = ChangedArticle { what: Change::Removed, fields: vec![], article: article(3, "Gone") };
    let summary = Summary {
        count: 2,
        listings: vec![(listing(), "Backend".into(), 2)],
        articles: vec![article(2, "Logs")],
        removed: 1,
        changed: vec![gone],
        ..Summary::default()
    };
    let body: Value =
        serde_json::from_str(&text(&delivery(Message::Summary(Box::new(summary))))).expect("JSON");
    assert_eq!(body["data"]["counts"], json!({"new": 1, "updated": 0, "removed": 1, "returned": 0}));
    assert_eq!(body["data"]["articles"][0]["title"], "Logs");
    assert_eq!(body["data"]["changed"][0]["what"], "removed");
    assert_eq!(body["data"]["changed"][0]["title"], "Gone");
}

#[test]
fn a_held_reading_is_written_with_how_many_wait_and_some_of_them() {
    let event = HealthEvent {
        seq: 7,
        at: Timestamp::from_unix(1_800_000_000),
        listing: listing(),
        from: Health::Ok,
        to: Health::Quarantined,
        reason: "64 articles are new at once".into(),
    };
    let held = Some(HeldNews { count: 64, titles: vec!["One".into(), "Two".into()] });
    let news = HealthNews { title: "Backend".into(), event, held };
    assert!(
        text(&delivery(Message::Health(Box::new(news))))
            .ends_with(r#""at":"2027-01-15T08:00:00Z","held":{"count":64,"titles":["One","Two"]}}}"#)
    );
}

#[test]
fn a_change_of_health_is_written_as_promised() {
    let event = HealthEvent {
        seq: 7,
        at: Timestamp::from_unix(1_800_000_000),
        listing: listing(),
        from: Health::Ok,
        to: Health::Shrunk,
        reason: "3 entries where 43 were".into(),
    };
    let news = delivery(Message::Health(Box::new(HealthNews { title: "Backend".into(), event, held: None })));
    let expected = concat!(
        r#"{"type":"listing.health","timestamp":"2027-01-15T08:00:00Z","id":"00000000-0000-0000-0000-00000000000d","#,
        r#""seq":7,"data":{"listing":{"id":"backend","title":"Backend"},"from":"ok","to":"shrunk","#,
        r#""reason":"3 entries where 43 were","at":"2027-01-15T08:00:00Z"}}"#,
    );
    assert_eq!(text(&news), expected);
}

#[test]
fn tries_do_not_change_a_byte() {
    let first = new(article(2, "Logs"));
    let mut later = first.clone();
    later.tries = 5;
    later.trouble = "the receiver answered 500".into();
    later.changed = later.changed.plus(9_000);
    later.state = DeliveryState::Dead;
    assert_eq!(text(&first), text(&later));
}

#[test]
fn of_many_listings_those_with_most_articles_are_shown_by_id() {
    let id = |n: u32| ListingId::parse(&format!("l{n:03}")).expect("an id");
    let many = (0..300).map(|n| (id(n), "x".repeat(300), n % 100)).collect();
    let body: Value = serde_json::from_str(&text(&summary(Vec::new(), many))).expect("JSON");
    let shown: Vec<&str> = body["data"]["listings"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|l| l["id"].as_str())
        .collect();
    assert_eq!(shown.len(), LISTINGS);
    assert!(
        shown.is_sorted() && shown.contains(&"l099") && shown.contains(&"l299") && !shown.contains(&"l001")
    );
}

#[test]
fn f131_hostile_titles_are_text_and_nothing_else() {
    let title = "a\r\nX-Evil: 1\",\"type\":\"x\"\u{202E}\u{0}</script>";
    let body: Value = serde_json::from_str(&text(&new(article(2, title)))).expect("JSON");
    assert_eq!(body["type"], "article.new");
    assert_eq!(body["data"]["article"]["title"], title);
}

#[test]
fn a_summary_of_long_articles_shows_as_many_as_fit() {
    let long = |n| Article {
        link: Some(format!("https://example.org/{}", "p".repeat(500))),
        ..article(n, &"Ω".repeat(5_000))
    };
    let articles = (0..20).map(long).collect();
    let body = text(&summary(articles, vec![(listing(), "Backend".into(), 64)]));
    let parsed: Value = serde_json::from_str(&body).expect("JSON");
    let shown = parsed["data"]["articles"].as_array().expect("a list");
    assert!((10..20).contains(&shown.len()), "{}", shown.len());
    assert_eq!(shown[0]["id"], "00000000-0000-0000-0000-000000000000", "the newest stay");
    assert_eq!(parsed["data"]["count"], 64);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn f127_no_body_is_over_20_kb_whatever_the_articles_hold(
        piece in "[\u{0}-\u{1F}\"\\\\]{1,8}|\\PC{1,8}",
        times in 1usize..2_000,
        tags in 0usize..60,
    ) {
        let long = piece.repeat(times);
        let mut hostile = article(2, &long);
        hostile.link = Some(format!("https://example.org/{long}"));
        hostile.source = Some(long.clone());
        hostile.category = Some(long.clone());
        hostile.summary = Some(long.clone());
        hostile.tags = vec![long.clone(); tags];
        let mut news = new(hostile.clone());
        if let Message::New(news) = &mut news.message {
            news.title.clone_from(&long);
        }
        let listings = (0..30).map(|n| (ListingId::parse(&format!("l{n}")).expect("an id"), long.clone(), n));
        let was = Field::ALL.map(|field| FieldChange { field, was: Some(hostile.says(field).unwrap_or_default()) });
        let mut change = changed(Change::Updated, hostile.clone(), was.to_vec());
        if let Message::Change(change) = &mut change.message {
            change.title.clone_from(&long);
        }
        let many = ChangedArticle { what: Change::Updated, fields: Field::ALL.to_vec(), article: hostile.clone() };
        let mut mixed = summary(vec![hostile.clone(); 10], Vec::new());
        if let Message::Summary(mixed) = &mut mixed.message {
            mixed.changed = vec![many; 10];
        }
        for delivery in [news, change, mixed, summary(vec![hostile; 20], listings.collect())] {
            let bytes = body(&delivery, &format!("https://{}", "b".repeat(1_000))).expect("a body");
            prop_assert!(bytes.len() <= BODY_BYTES, "{} bytes", bytes.len());
            prop_assert!(serde_json::from_slice::<Value>(&bytes).is_ok());
        }
    }
}
