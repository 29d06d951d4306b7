//! Articles and feeds to render.

use tidings::feed::{Channel, FeedDocument, FeedSummary, entry, order};
use tidings::model::id::{FeedId, StoreId};
use tidings::model::text::fold_key;
use tidings::model::{
    Article, ArticleId, FeedKind, ListingId, OnListing, Presence, Printed, SiteUid, TagRow, Timestamp, feed,
    slug,
};
use uuid::Uuid;

/// 2016-03-03T00:00:00Z.
pub(super) const BASE_TIME: i64 = 1_456_963_200;

pub(super) fn channel() -> Channel {
    Channel {
        title: "Backend reading".into(),
        description: "What is new on the pages we watch".into(),
        base_url: "https://news.example/tidings".into(),
        language: "en".into(),
    }
}

/// The `n`th article: every tenth without a link, every seventh without a summary.
pub(super) fn article(n: u32) -> Article {
    let at = Timestamp::from_unix(BASE_TIME + i64::from(n) * 3_600);
    Article {
        id: ArticleId::from_uuid(Uuid::from_u128(u128::from(n) + (1 << 100))),
        site: SiteUid::from_uuid(Uuid::from_u128(7)),
        keys: vec![],
        title: format!("How team {n} moved 3 services to one queue & lived"),
        link: (n % 10 != 3).then(|| format!("https://source.example/posts/{n}?a=1&b=2")),
        source: (n % 5 != 2).then(|| "JD Cloud Developers".to_owned()),
        date: Printed::parse("2016-03-03"),
        category: Some("Industry Insights".into()),
        summary: (n % 7 != 4).then(|| format!("The {n}th story: what was slow, why, and what a < b meant.")),
        row: TagRow::None,
        tags: vec!["Kafka".into(), "Backend Architecture".into()],
        sure: true,
        likes: Some(3),
        minutes: Some(5),
        published: at,
        updated: if n.is_multiple_of(4) { at.plus(90) } else { at },
        first_seen: at,
        first_seq: u64::from(n),
        seen: Timestamp::default(),
        announced: None,
        late: false,
        hidden: false,
        forgotten: None,
        listings: vec![OnListing {
            listing: ListingId::parse("backend-architecture").expect("an id"),
            tags: vec!["backend architecture".into(), "Queues".into()],
            presence: Presence::Listed,
        }],
    }
}

pub(super) fn articles(count: u32) -> Vec<Article> {
    (0..count).map(article).collect()
}

/// The feed of the tag Kafka with these articles.
pub(super) fn document(articles: &[Article]) -> FeedDocument<'_> {
    let mut entries = articles.iter().map(|article| entry(article, None)).collect();
    order(&mut entries);
    FeedDocument {
        id: FeedId::derive(StoreId::from_uuid(Uuid::from_u128(1)), "tag", "Kafka"),
        kind: FeedKind::Tag,
        title: "Kafka".into(),
        description: "Articles tagged Kafka".into(),
        path: "feeds/tags/kafka".into(),
        updated: Timestamp::from_unix(BASE_TIME),
        entries,
        archives: 0,
    }
}

pub(super) fn summary(kind: FeedKind, title: &str) -> FeedSummary {
    let slug = match kind {
        FeedKind::All | FeedKind::Health => String::new(),
        _ => slug::assign(&fold_key(title), |_| false),
    };
    FeedSummary {
        kind,
        title: title.into(),
        path: feed::path(kind, &slug),
        slug,
        count: 2,
        updated: Timestamp::from_unix(BASE_TIME),
    }
}
