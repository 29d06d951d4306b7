//! Pages, OPML and the catalogue.

use proptest::prelude::*;
use roxmltree::{Document, Node, ParsingOptions};
use tidings::feed::{Channel, FeedSummary, STYLE, article_page, catalog, index_page, opml};
use tidings::model::{Article, FeedKind};

use super::hostile::{any_text, with_text};
use super::read::{inner, text};
use super::sample::{article, channel, summary};

fn feeds() -> Vec<FeedSummary> {
    vec![
        summary(FeedKind::Health, "Health"),
        summary(FeedKind::Tag, "Kafka"),
        summary(FeedKind::Tag, "C++ <b>"),
        summary(FeedKind::Tag, "Backend Architecture"),
        summary(FeedKind::Source, "JD Cloud Developers"),
        summary(FeedKind::Category, "Industry Insights"),
        summary(FeedKind::Listing, "Backend architecture"),
        summary(FeedKind::All, "Everything"),
    ]
}

/// The pages are HTML and XML at once, so that a strict parser can read them.
fn parse(page: &str) -> Document<'_> {
    let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
    Document::parse_with_options(page, options).expect("a well-formed page")
}

fn with_name<'a>(page: &'a Document<'a>, name: &'a str) -> impl Iterator<Item = Node<'a, 'a>> {
    page.descendants().filter(move |node| node.has_tag_name(name))
}

/// No script, no style, no handler, no address that is not http(s) or relative; every link tells its place.
fn check_safe(page: &Document<'_>) {
    for node in page.descendants().filter(Node::is_element) {
        let name = node.tag_name().name();
        assert!(!["script", "style", "img", "svg", "iframe", "object"].contains(&name), "{name}");
        for attribute in node.attributes() {
            assert!(!attribute.name().starts_with("on") && attribute.name() != "style");
            if attribute.name() == "href" {
                let scheme = attribute.value().split_once(':').map(|(scheme, _)| scheme);
                assert!(matches!(scheme, None | Some("http" | "https")), "{}", attribute.value());
            }
        }
    }
}

#[test]
fn index_lists_every_feed_with_its_three_addresses() {
    let feeds = feeds();
    let bytes = index_page(&feeds, &channel()).expect("a page");
    let page = parse(text(&bytes));
    check_safe(&page);
    let hrefs: Vec<_> = with_name(&page, "a").filter_map(|link| link.attribute("href")).collect();
    for feed in &feeds {
        for ending in ["rss", "atom", "json"] {
            assert!(hrefs.contains(&&*format!("{}.{ending}", feed.path)), "{}", feed.path);
        }
    }
    assert!(hrefs.contains(&"opml.xml"));
    let headings: Vec<_> = with_name(&page, "h2").map(inner).collect();
    assert_eq!(headings, ["Everything", "Listings", "Categories", "Tags", "Sources", "Health"]);
    let names: Vec<_> = with_name(&page, "strong").map(inner).collect();
    assert!(names.contains(&"C++ <b>".to_owned()));
}

#[test]
fn index_names_the_feed_of_everything_to_programs() {
    let bytes = index_page(&feeds(), &channel()).expect("a page");
    let page = parse(text(&bytes));
    let alternates: Vec<_> = with_name(&page, "link")
        .filter(|link| link.attribute("rel") == Some("alternate"))
        .filter_map(|link| Some((link.attribute("type")?, link.attribute("href")?)))
        .collect();
    assert_eq!(
        alternates,
        [
            ("application/rss+xml", "feeds/all.rss"),
            ("application/atom+xml", "feeds/all.atom"),
            ("application/feed+json", "feeds/all.json"),
        ]
    );
}

#[test]
fn index_without_feeds_says_so() {
    let bytes = index_page(&[], &channel()).expect("a page");
    assert!(inner(parse(text(&bytes)).root_element()).contains("No feeds yet."));
}

#[test]
fn article_page_links_what_has_a_feed() {
    let bytes = article_page(&article(1), &feeds(), &channel()).expect("a page");
    let page = parse(text(&bytes));
    check_safe(&page);
    let links: Vec<_> =
        with_name(&page, "a").map(|a| (inner(a), a.attribute("href").unwrap_or(""))).collect();
    for (name, href) in [
        ("How team 1 moved 3 services to one queue & lived", "https://source.example/posts/1?a=1&b=2"),
        ("Kafka", "../feeds/tags/kafka.atom"),
        ("Backend Architecture", "../feeds/tags/backend-architecture.atom"),
        ("JD Cloud Developers", "../feeds/sources/jd-cloud-developers.atom"),
        ("Industry Insights", "../feeds/categories/industry-insights.atom"),
        ("Backend architecture", "../feeds/listings/backend-architecture.atom"),
    ] {
        assert!(links.contains(&(name.to_owned(), href)), "{name} in {links:?}");
    }
    let shown = inner(page.root_element());
    for part in ["The 1th story", "2016-03-03", "Queues", "on the page", "2016-03-03 01:00 UTC"] {
        assert!(shown.contains(part), "{part}");
    }
}

#[test]
fn f099_f100_hostile_article_is_text_and_isolated() {
    let hostile = "\u{202E}<script>alert(1)</script> {{ 7*7 }} \" onload='x' &amp; ]]>";
    let article = Article {
        title: hostile.into(),
        link: Some("https://ex.com/\"><script>".into()),
        source: Some(hostile.into()),
        category: Some(hostile.into()),
        summary: Some(hostile.into()),
        tags: vec![hostile.into()],
        ..article(1)
    };
    let bytes = article_page(&article, &[], &channel()).expect("a page");
    let page = parse(text(&bytes));
    check_safe(&page);
    let isolated = with_name(&page, "bdi").filter(|bdi| inner(*bdi) == hostile).count();
    assert_eq!(isolated, 5, "title, summary, source, category and tag");
    let loose = page.descendants().filter(|node| {
        let is_isolated = node.ancestors().any(|at| at.has_tag_name("bdi"));
        node.is_text() && !is_isolated && node.text().is_some_and(|text| text.contains('\u{202E}'))
    });
    assert_eq!(loose.count(), 0);
}

#[test]
fn f099_hostile_names_of_feeds_are_text_in_lists() {
    let hostile = "\u{202E}\"><script>&amp;\u{0}\n{{ x }}";
    let cleaned = "\u{202E}\"><script>&amp; {{ x }}";
    let feeds = [FeedSummary { title: hostile.into(), ..summary(FeedKind::Tag, "Kafka") }];
    let channel = Channel { title: hostile.into(), description: hostile.into(), ..channel() };
    let bytes = index_page(&feeds, &channel).expect("a page");
    let page = parse(text(&bytes));
    check_safe(&page);
    assert_eq!(with_name(&page, "strong").map(inner).collect::<Vec<_>>(), [cleaned]);
    let bytes = opml(&feeds, &channel).expect("OPML");
    let list = Document::parse(text(&bytes)).expect("well-formed OPML");
    assert!(with_name(&list, "outline").any(|outline| outline.attribute("text") == Some(cleaned)));
    let bytes = catalog(&feeds, &channel).expect("a catalogue");
    let rows: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
    assert_eq!(rows[0]["title"], cleaned);
}

#[test]
fn opml_lists_every_feed_below_its_kind() {
    let bytes = opml(&feeds(), &channel()).expect("OPML");
    let document = Document::parse(text(&bytes)).expect("well-formed OPML");
    assert_eq!(document.root_element().attribute("version"), Some("2.0"));
    let mut feeds = 0;
    for outline in with_name(&document, "outline") {
        let is_feed = outline.attribute("xmlUrl").is_some();
        assert_eq!(outline.attribute("type"), is_feed.then_some("rss"));
        assert!(is_feed || outline.has_children());
        feeds += usize::from(is_feed);
    }
    assert_eq!(feeds, 8);
    let kafka =
        with_name(&document, "outline").find(|at| at.attribute("text") == Some("Kafka")).expect("Kafka");
    assert_eq!(kafka.attribute("xmlUrl"), Some("https://news.example/tidings/feeds/tags/kafka.atom"));
    assert_eq!(kafka.parent().and_then(|group| group.attribute("text")), Some("Tags"));
}

#[test]
fn catalog_rows_have_absolute_addresses() {
    let bytes = catalog(&feeds(), &channel()).expect("a catalogue");
    let rows: Vec<serde_json::Value> = serde_json::from_slice(&bytes).expect("a list");
    assert_eq!(rows.len(), 8);
    let kafka = rows.iter().find(|row| row["slug"] == "kafka").expect("Kafka");
    assert_eq!(
        kafka.to_string(),
        serde_json::json!({
            "kind": "tag", "title": "Kafka", "slug": "kafka", "count": 2, "updated": "2016-03-03T00:00:00Z",
            "rss": "https://news.example/tidings/feeds/tags/kafka.rss",
            "atom": "https://news.example/tidings/feeds/tags/kafka.atom",
            "json": "https://news.example/tidings/feeds/tags/kafka.json",
        })
        .to_string()
    );
    let empty = catalog(&[], &channel()).expect("a catalogue");
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&empty).expect("JSON"), serde_json::json!([]));
}

#[test]
fn f112_lists_do_not_depend_on_the_order_given() {
    let mut reversed = feeds();
    reversed.reverse();
    for render in [index_page, opml, catalog] {
        assert_eq!(
            render(&feeds(), &channel()).expect("bytes"),
            render(&reversed, &channel()).expect("bytes")
        );
    }
}

#[test]
fn style_sheet_asks_for_nothing_from_elsewhere() {
    assert!(!STYLE.contains("url(") && !STYLE.contains("@import"));
    assert!(STYLE.contains("prefers-color-scheme: dark"));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn f097_f100_any_text_leaves_pages_and_lists_well_formed(text in any_text()) {
        let feeds = [FeedSummary { title: text.clone(), ..summary(FeedKind::Tag, "Kafka") }];
        let channel = Channel { title: text.clone(), description: text.clone(), ..channel() };
        for bytes in [
            article_page(&with_text(&text), &feeds, &channel).expect("a page"),
            index_page(&feeds, &channel).expect("a page"),
            opml(&feeds, &channel).expect("OPML"),
        ] {
            check_safe(&parse(std::str::from_utf8(&bytes).expect("UTF-8")));
        }
    }
}
