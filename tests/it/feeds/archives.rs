//! The size cap, and archive documents.

use roxmltree::Document;
use tidings::feed::{FeedDocument, MAX_BYTES, archive, atom, json, rss};
use tidings::model::{Article, Timestamp};

use super::read::{ATOM, all_formats, read_atom, text};
use super::sample::{article, articles, channel, document};

fn link(bytes: &[u8], rel: &str) -> Option<String> {
    let document = Document::parse(text(bytes)).expect("well-formed");
    let links = document.root_element().children().filter(|node| node.has_tag_name((ATOM, "link")));
    let mut found = links.filter(|link| link.attribute("rel") == Some(rel));
    let first = found.next()?.attribute("href").map(str::to_owned);
    assert!(found.next().is_none(), "two links {rel}");
    first
}

#[test]
fn f111_feed_beyond_2_mb_loses_its_oldest_entries() {
    let heavy = |n| Article { summary: Some("<&>".repeat(20_000)), ..article(n) };
    let articles: Vec<_> = (0..40).map(heavy).collect();
    let doc = document(&articles);
    for render in [rss, atom, json] {
        let bytes = render(&doc, &channel()).expect("bytes");
        assert!(bytes.len() <= MAX_BYTES);
        assert!(bytes.len() > MAX_BYTES - 500_000, "far more was dropped than needed: {}", bytes.len());
    }
    for (format, entries) in all_formats(&doc, &channel()) {
        let newest = doc.entries.iter().map(|entry| entry.id.urn().to_string());
        assert!(entries.iter().map(|entry| entry.id.clone()).eq(newest.take(entries.len())), "{format}");
    }
}

#[test]
fn f111_entry_that_is_alone_too_large_leaves_an_empty_feed() {
    let articles = [Article { summary: Some("x".repeat(MAX_BYTES)), ..article(1) }];
    for (format, entries) in all_formats(&document(&articles), &channel()) {
        assert!(entries.is_empty(), "{format}");
    }
}

#[test]
fn f111_archives_form_one_chain() {
    let articles = articles(10);
    let mut doc = document(&articles);
    let url = |path: &str| channel().url(path);
    assert_eq!(link(&atom(&doc, &channel()).expect("Atom"), "prev-archive"), None);
    doc.archives = 3;
    let newest = link(&atom(&doc, &channel()).expect("Atom"), "prev-archive");
    assert_eq!(newest, Some(url("feeds/tags/kafka-archive-3.atom")));
    for (number, previous, next) in [(1, None, Some(2)), (2, Some(1), Some(3)), (3, Some(2), None)] {
        let bytes = archive(&doc, number, &channel()).expect("an archive");
        let path = |number| url(&format!("feeds/tags/kafka-archive-{number}.atom"));
        assert_eq!(link(&bytes, "self"), Some(path(number)));
        assert_eq!(link(&bytes, "current"), Some(url("feeds/tags/kafka.atom")));
        assert_eq!(link(&bytes, "prev-archive"), previous.map(path));
        assert_eq!(link(&bytes, "next-archive"), next.map(path));
        let document = Document::parse(text(&bytes)).expect("well-formed");
        let mark = ("http://purl.org/syndication/history/1.0", "archive");
        assert_eq!(document.root_element().children().filter(|node| node.has_tag_name(mark)).count(), 1);
        assert_eq!(read_atom(&bytes).len(), 10);
        assert!(feed_rs::parser::parse(&bytes[..]).is_ok());
    }
}

#[test]
fn f112_archive_does_not_change_with_its_feed() {
    let articles = articles(10);
    let doc = FeedDocument { archives: 2, ..document(&articles) };
    let later = FeedDocument { archives: 3, updated: Timestamp::from_unix(2_000_000_000), ..doc.clone() };
    let bytes = |doc| archive(doc, 1, &channel()).expect("an archive");
    assert_eq!(bytes(&doc), bytes(&later));
}
