//! Rendering one feed of 100 articles, beside what the bare crates take for the same content.
//!
//! `cargo bench --bench feed`

use divan::{Bencher, black_box};
use tidings::feed::{Channel, FeedDocument, RenderError, article_page, atom, entry, json, order, rss};
use tidings::model::id::{FeedId, StoreId};
use tidings::model::{Article, ArticleId, FeedKind, Printed, SiteUid, TagRow, Timestamp};
use uuid::Uuid;

fn main() {
    divan::main();
}

/// An article of the size that aggregator pages have: 370 bytes of summary, four tags.
fn article(n: u32) -> Article {
    let at = Timestamp::from_unix(1_456_963_200 + i64::from(n) * 3_600);
    Article {
        id: ArticleId::from_uuid(Uuid::from_u128(u128::from(n) + (0xA7 << 96))),
        site: SiteUid::from_uuid(Uuid::from_u128(7)),
        keys: vec![],
        title: format!("Scaling the order service to {n} million messages a day: what broke & why"),
        link: Some(format!("https://source.example/posts/{n}/scaling-the-order-service?from=list")),
        source: Some("JD Cloud Developers".into()),
        date: Printed::parse("2016-03-03"),
        category: Some("Industry Insights".into()),
        summary: Some(
            "The team’s queue kept up until it did not: consumers stalled, retries piled up, and \
             p99 rose from 40 ms to 9 s. This is how they found the hot partition, why \"more brokers\" was \
             the wrong answer, and what a bounded retry budget changed. It ends with the checklist they now \
             run before every sale, and with the two alerts that would have told them a day earlier."
                .into(),
        ),
        row: TagRow::None,
        tags: ["Kafka", "Backend Architecture", "Distributed Systems", "Message Queue"]
            .map(Into::into)
            .to_vec(),
        sure: true,
        likes: Some(0),
        minutes: Some(5),
        published: at,
        updated: at,
        first_seen: at,
        first_seq: 1,
        seen: Timestamp::default(),
        announced: None,
        late: false,
        hidden: false,
        forgotten: None,
        listings: vec![],
    }
}

fn articles() -> Vec<Article> {
    (0..100).map(article).collect()
}

fn channel() -> Channel {
    Channel {
        title: "Backend reading".into(),
        description: "What is new on the pages we watch".into(),
        base_url: "https://news.example".into(),
        language: "en".into(),
    }
}

fn document(articles: &[Article]) -> FeedDocument<'_> {
    let mut entries = articles.iter().map(|article| entry(article, None)).collect();
    order(&mut entries);
    FeedDocument {
        id: FeedId::derive(StoreId::from_uuid(Uuid::from_u128(1)), "tag", "Kafka"),
        kind: FeedKind::Tag,
        title: "Kafka".into(),
        description: "Articles tagged Kafka".into(),
        path: "feeds/tags/kafka".into(),
        updated: Timestamp::from_unix(1_456_963_200),
        entries,
        archives: 0,
    }
}

type Render = fn(&FeedDocument<'_>, &Channel) -> Result<Vec<u8>, RenderError>;

fn render(bencher: Bencher<'_, '_>, formats: &[Render]) {
    let (articles, channel) = (articles(), channel());
    bencher.bench_local(|| {
        let doc = document(black_box(&articles));
        formats.iter().map(|format| format(&doc, &channel).map_or(0, |bytes| bytes.len())).sum::<usize>()
    });
}

/// From articles to bytes in all three formats.
#[divan::bench]
fn ours_all(bencher: Bencher<'_, '_>) {
    render(bencher, &[rss, atom, json]);
}

#[divan::bench]
fn ours_document_only(bencher: Bencher<'_, '_>) {
    render(bencher, &[]);
}

#[divan::bench]
fn ours_rss(bencher: Bencher<'_, '_>) {
    render(bencher, &[rss]);
}

#[divan::bench]
fn ours_atom(bencher: Bencher<'_, '_>) {
    render(bencher, &[atom]);
}

#[divan::bench]
fn ours_json(bencher: Bencher<'_, '_>) {
    render(bencher, &[json]);
}

#[divan::bench]
fn ours_article_page(bencher: Bencher<'_, '_>) {
    let (article, channel) = (article(1), channel());
    bencher.bench_local(|| article_page(black_box(&article), &[], &channel).map_or(0, |bytes| bytes.len()));
}

/// What the bare crates take: the same values, no cleaning, no checks.
#[divan::bench]
fn floor_all(bencher: Bencher<'_, '_>) {
    let articles = articles();
    bencher.bench_local(|| {
        let articles = black_box(&articles);
        floor::rss(articles) + floor::atom(articles) + floor::json(articles)
    });
}

#[divan::bench]
fn floor_rss(bencher: Bencher<'_, '_>) {
    let articles = articles();
    bencher.bench_local(|| floor::rss(black_box(&articles)));
}

#[divan::bench]
fn floor_atom(bencher: Bencher<'_, '_>) {
    let articles = articles();
    bencher.bench_local(|| floor::atom(black_box(&articles)));
}

#[divan::bench]
fn floor_json(bencher: Bencher<'_, '_>) {
    let articles = articles();
    bencher.bench_local(|| floor::json(black_box(&articles)));
}

/// The same content through the crates alone, as short as it can be said.
mod floor {
    use serde::Serialize;
    use tidings::model::{Article, Timestamp};

    const SCHEME: &str = "https://news.example/feeds/categories/";

    pub(super) fn rss(articles: &[Article]) -> usize {
        use rss::extension::dublincore::DublinCoreExtension;
        let items = articles.iter().rev().map(|article| rss::Item {
            title: Some(article.title.clone()),
            link: article.link.clone(),
            description: article.summary.clone(),
            categories: article
                .tags
                .iter()
                .map(|tag| rss::Category { name: tag.clone(), domain: None })
                .chain(
                    article
                        .category
                        .iter()
                        .map(|name| rss::Category { name: name.clone(), domain: Some(SCHEME.into()) }),
                )
                .collect(),
            guid: Some(rss::Guid { value: article.id.urn(), permalink: false }),
            pub_date: Some(article.published.rfc2822()),
            dublin_core_ext: article.source.clone().map(|source| DublinCoreExtension {
                creators: vec![source],
                ..DublinCoreExtension::default()
            }),
            ..rss::Item::default()
        });
        let feed = rss::Channel { title: "Kafka".into(), items: items.collect(), ..rss::Channel::default() };
        feed.write_to(Vec::new()).map_or(0, |bytes| bytes.len())
    }

    pub(super) fn atom(articles: &[Article]) -> usize {
        use atom_syndication::{Category, Entry, Feed, Link, Person, Text};
        let entries = articles.iter().rev().map(|article| Entry {
            title: Text::plain(article.title.clone()),
            id: article.id.urn(),
            updated: article.updated.to_chrono().fixed_offset(),
            published: Some(article.published.to_chrono().fixed_offset()),
            authors: article
                .source
                .iter()
                .map(|name| Person { name: name.clone(), ..Person::default() })
                .collect(),
            links: article
                .link
                .iter()
                .map(|href| Link { href: href.clone(), rel: "alternate".into(), ..Link::default() })
                .collect(),
            categories: article
                .tags
                .iter()
                .map(|tag| Category { term: tag.clone(), ..Category::default() })
                .chain(article.category.iter().map(|name| Category {
                    term: name.clone(),
                    scheme: Some(SCHEME.into()),
                    label: None,
                }))
                .collect(),
            summary: article.summary.clone().map(Text::plain),
            ..Entry::default()
        });
        let feed = Feed { title: "Kafka".into(), entries: entries.collect(), ..Feed::default() };
        feed.write_to(Vec::new()).map_or(0, |bytes| bytes.len())
    }

    #[derive(Serialize)]
    struct Feed<'a> {
        version: &'static str,
        title: &'static str,
        items: Vec<Item<'a>>,
    }

    #[derive(Serialize)]
    struct Item<'a> {
        id: String,
        url: &'a Option<String>,
        title: &'a str,
        content_text: &'a Option<String>,
        date_published: Timestamp,
        date_modified: Timestamp,
        author: &'a Option<String>,
        tags: &'a [String],
    }

    pub(super) fn json(articles: &[Article]) -> usize {
        let items = articles.iter().rev().map(|article| Item {
            id: article.id.urn(),
            url: &article.link,
            title: &article.title,
            content_text: &article.summary,
            date_published: article.published,
            date_modified: article.updated,
            author: &article.source,
            tags: &article.tags,
        });
        let feed =
            Feed { version: "https://jsonfeed.org/version/1.1", title: "Kafka", items: items.collect() };
        serde_json::to_vec(&feed).map_or(0, |bytes| bytes.len())
    }
}
