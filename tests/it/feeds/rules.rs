//! The rules that feed validators check, over every format.

use std::collections::BTreeSet;

use chrono::{DateTime, FixedOffset};
use roxmltree::{Document, Node};
use tidings::feed::{Channel, FeedDocument, archive, atom, json, rss};

use super::read::{ATOM, all_formats, inner, text};
use super::sample::{article, articles, channel, document};

#[test]
fn f109_feeds_obey_the_validators_rules() {
    for count in [1, 2, 100] {
        let articles = articles(count);
        let mut doc = document(&articles);
        doc.archives = 2;
        check_all(&doc, &channel());
    }
}

#[test]
fn f109_feed_that_says_it_is_older_than_its_entries_is_raised() {
    let articles = articles(9);
    let mut doc = document(&articles);
    doc.updated = tidings::model::Timestamp::from_unix(0);
    doc.entries[0].updated = tidings::model::Timestamp::from_unix(0);
    check_all(&doc, &channel());
}

#[test]
fn f109_ids_are_unique_and_outlive_a_new_base_url() {
    let articles = articles(50);
    let doc = document(&articles);
    let moved = Channel { base_url: "http://127.0.0.1:7878".into(), ..channel() };
    let ids: BTreeSet<String> = articles.iter().map(|article| article.id.urn()).collect();
    for channel in [channel(), moved] {
        for (format, entries) in all_formats(&doc, &channel) {
            let read: BTreeSet<String> = entries.into_iter().map(|entry| entry.id).collect();
            assert_eq!(read, ids, "{format}");
        }
        let bytes = atom(&doc, &channel).expect("Atom");
        assert!(text(&bytes).contains(&format!("<id>{}</id>", doc.id.urn())));
    }
}

#[test]
fn f110_empty_feed_is_valid_and_keeps_its_date() {
    let doc = document(&[]);
    check_all(&doc, &channel());
    let bytes = atom(&doc, &channel()).expect("Atom");
    assert!(text(&bytes).contains("<updated>2016-03-03T00:00:00+00:00</updated>"));
    let bytes = rss(&doc, &channel()).expect("RSS");
    assert!(text(&bytes).contains("<lastBuildDate>Thu, 3 Mar 2016 00:00:00 +0000</lastBuildDate>"));
    let bytes = json(&doc, &channel()).expect("JSON");
    assert!(text(&bytes).ends_with(r#""items":[]}"#));
    for bytes in [rss(&doc, &channel()), atom(&doc, &channel()), json(&doc, &channel())] {
        let feed = feed_rs::parser::parse(&bytes.expect("bytes")[..]).expect("a feed");
        assert!(feed.entries.is_empty());
    }
}

#[test]
fn f110_feed_of_nameless_things_is_valid() {
    let nameless = Channel {
        title: " ".into(),
        description: String::new(),
        base_url: "http://127.0.0.1:7878".into(),
        language: String::new(),
    };
    let mut article = article(1);
    (article.title, article.category, article.summary) =
        ("\u{0} ".into(), Some(" ".into()), Some("\n".into()));
    (article.source, article.link) = (Some("\u{1}".into()), Some(String::new()));
    article.tags = vec![String::new(), " ".into()];
    article.listings.clear();
    let articles = [article];
    let mut doc = document(&articles);
    (doc.title, doc.description) = (String::new(), String::new());
    check_all(&doc, &nameless);
    for (format, entries) in all_formats(&doc, &nameless) {
        assert_eq!(entries[0].title, "Untitled", "{format}");
        assert_eq!((&entries[0].author, &entries[0].categories), (&None, &vec![]), "{format}");
        assert_eq!(entries[0].url, format!("http://127.0.0.1:7878/articles/{}.html", articles[0].id));
    }
}

#[test]
fn f112_same_values_give_the_same_bytes_in_any_order() {
    let articles = articles(60);
    let reversed: Vec<_> = articles.iter().rev().cloned().collect();
    let (one, other) = (document(&articles), document(&reversed));
    for render in [rss, atom, json] {
        assert_eq!(render(&one, &channel()).expect("bytes"), render(&other, &channel()).expect("bytes"));
    }
}

#[test]
fn feed_reader_finds_what_was_written() {
    let articles = articles(20);
    let doc = document(&articles);
    for render in [rss, atom, json] {
        let bytes = render(&doc, &channel()).expect("bytes");
        let feed = feed_rs::parser::parse(&bytes[..]).expect("a feed");
        assert_eq!(feed.title.map(|title| title.content).as_deref(), Some("Kafka"));
        assert_eq!(feed.language.as_deref(), Some("en"));
        assert_eq!(feed.entries.len(), 20);
        for (read, written) in feed.entries.iter().zip(&doc.entries) {
            assert_eq!(read.id, written.id.urn().to_string());
            assert_eq!(read.title.as_ref().map(|title| title.content.as_str()), Some(&*written.title));
            assert_eq!(read.published.map(|at| at.timestamp()), Some(written.published.unix()));
            let author = read.authors.first().and_then(|author| author.name.as_deref());
            // In Atom, an entry without an author has the feed's (RFC 4287, section 4.2.1).
            assert!(author == written.source.as_deref().or(author.filter(|name| *name == "Backend reading")));
            let link = read.links.first().map(|link| link.href.as_str());
            assert_eq!(link, Some(written.link.as_deref().unwrap_or(&channel().article_url(written.id))));
            let categories: Vec<_> = read.categories.iter().map(|category| category.term.as_str()).collect();
            if !categories.is_empty() {
                assert_eq!(categories, ["Kafka", "Backend Architecture", "Queues", "Industry Insights"]);
            }
        }
    }
}

/// The rules of RSS 2.0, Atom 1.0 and JSON Feed 1.1, and of archive documents.
fn check_all(doc: &FeedDocument<'_>, channel: &Channel) {
    check_rss(&rss(doc, channel).expect("RSS"));
    check_atom(&atom(doc, channel).expect("Atom"));
    check_atom(&archive(doc, 1, channel).expect("an archive"));
    check_json(&json(doc, channel).expect("JSON"));
}

fn check_rss(bytes: &[u8]) {
    let document = Document::parse(text(bytes)).expect("well-formed RSS");
    let channel = document.root_element().first_element_child().expect("a channel");
    assert_eq!(document.root_element().attribute("version"), Some("2.0"));
    for required in ["title", "link", "description"] {
        let value = inner(only(channel, required));
        assert!(required == "description" || !value.is_empty(), "{required}");
    }
    rfc822(&inner(only(channel, "lastBuildDate")));
    let itself: Vec<_> = channel.children().filter(|node| node.has_tag_name((ATOM, "link"))).collect();
    assert_eq!(itself.len(), 1, "one self link and no other");
    assert_eq!(itself[0].attribute("rel"), Some("self"));
    absolute(itself[0].attribute("href").expect("href"));
    absolute(&inner(only(channel, "link")));
    let mut ids = BTreeSet::new();
    for item in channel.children().filter(|node| node.has_tag_name("item")) {
        let guid = only(item, "guid");
        assert_eq!(guid.attribute("isPermaLink"), Some("false"));
        assert!(inner(guid).starts_with("urn:uuid:") && ids.insert(inner(guid)));
        assert!(!inner(only(item, "title")).is_empty());
        absolute(&inner(only(item, "link")));
        rfc822(&inner(only(item, "pubDate")));
        assert!(item.children().all(|node| !node.has_tag_name("author")), "author wants a mail address");
    }
}

fn check_atom(bytes: &[u8]) {
    let document = Document::parse(text(bytes)).expect("well-formed Atom");
    let feed = document.root_element();
    assert!(feed.has_tag_name((ATOM, "feed")));
    assert!(inner(only(feed, "id")).starts_with("urn:uuid:"));
    assert!(!inner(only(feed, "title")).is_empty());
    assert!(!inner(only(only(feed, "author"), "name")).is_empty());
    let updated = rfc3339(&inner(only(feed, "updated")));
    assert_eq!(links(feed, "self"), 1);
    assert_eq!(links(feed, "alternate"), 1);
    let mut ids = BTreeSet::new();
    for entry in feed.children().filter(|node| node.has_tag_name((ATOM, "entry"))) {
        let id = inner(only(entry, "id"));
        assert!(id.starts_with("urn:uuid:") && ids.insert(id));
        assert!(!inner(only(entry, "title")).is_empty());
        let changed = rfc3339(&inner(only(entry, "updated")));
        assert!(rfc3339(&inner(only(entry, "published"))) <= changed && changed <= updated);
        assert_eq!(links(entry, "alternate"), 1);
        for author in entry.children().filter(|node| node.has_tag_name((ATOM, "author"))) {
            assert!(!inner(only(author, "name")).is_empty());
        }
    }
    for node in document.descendants() {
        assert!(node.attribute("type") != Some("xhtml"));
        assert!(node.attribute("term") != Some(""));
        for address in [node.attribute("href"), node.attribute("scheme")].into_iter().flatten() {
            absolute(address);
        }
    }
}

fn check_json(bytes: &[u8]) {
    let feed: serde_json::Value = serde_json::from_slice(bytes).expect("JSON");
    assert_eq!(feed["version"], "https://jsonfeed.org/version/1.1");
    assert!(feed["title"].as_str().is_some_and(|title| !title.is_empty()));
    absolute(feed["home_page_url"].as_str().expect("home_page_url"));
    absolute(feed["feed_url"].as_str().expect("feed_url"));
    let mut ids = BTreeSet::new();
    for item in feed["items"].as_array().expect("items") {
        assert!(ids.insert(item["id"].as_str().expect("id").to_owned()));
        absolute(item["url"].as_str().expect("url"));
        assert!(item["content_text"].is_string());
        let published = rfc3339(item["date_published"].as_str().expect("a date"));
        assert!(published <= rfc3339(item["date_modified"].as_str().expect("a date")));
    }
}

/// The only child of that name, in the parent's own namespace.
fn only<'a, 'b>(parent: Node<'a, 'b>, name: &str) -> Node<'a, 'b> {
    let space = parent.tag_name().namespace();
    let mut found = parent
        .children()
        .filter(|node| node.tag_name().name() == name && node.tag_name().namespace() == space);
    let first = found.next().unwrap_or_else(|| panic!("no {name}"));
    assert!(found.next().is_none(), "two of {name}");
    first
}

fn links(parent: Node<'_, '_>, rel: &str) -> usize {
    let links = parent.children().filter(|node| node.has_tag_name((ATOM, "link")));
    links.filter(|link| link.attribute("rel").unwrap_or("alternate") == rel).count()
}

fn absolute(address: &str) {
    let url = url::Url::parse(address).unwrap_or_else(|error| panic!("{address:?}: {error}"));
    assert!(matches!(url.scheme(), "http" | "https"), "{address}");
}

fn rfc822(date: &str) {
    assert!(date.ends_with(" +0000"), "{date}");
    DateTime::parse_from_rfc2822(date).expect(date);
}

fn rfc3339(date: &str) -> DateTime<FixedOffset> {
    assert!(date.ends_with('Z') || date.ends_with("+00:00"), "{date}");
    DateTime::parse_from_rfc3339(date).expect(date)
}
