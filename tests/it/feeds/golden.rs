//! The final bytes, pinned: a change of them is a change for every reader, and must be meant.
//!
//! After a change that is meant: `cargo test --test it -- --ignored golden_files_are_written_anew`.

use std::fs;
use std::path::PathBuf;

use tidings::feed::{
    Directory, archive, article_page, atom, catalog, feed_page, index_page, json, opml, rss,
};
use tidings::model::{Article, FeedKind, Printed};

use super::sample::{article, channel, document, summary};

/// Every kind of document, by file name: two plain articles and a hostile one.
fn documents() -> Vec<(&'static str, Vec<u8>)> {
    let hostile = Article {
        title: "]]> <b>\u{202E}bold</b> &amp; \u{0}中文 😀".into(),
        link: None,
        date: Printed::parse("2016-03-03T08:30:00+08:00"),
        summary: Some("First & <second>\r\n\r\nthird ]]>".into()),
        ..article(2)
    };
    let articles = [article(1), hostile, article(4)];
    let mut doc = document(&articles);
    doc.archives = 2;
    let feeds = [
        summary(FeedKind::All, "Everything"),
        summary(FeedKind::Tag, "Kafka"),
        summary(FeedKind::Tag, "C++"),
        summary(FeedKind::Category, "Industry Insights"),
    ];
    let channel = channel();
    let bytes = [
        ("kafka.rss", rss(&doc, &channel)),
        ("kafka.atom", atom(&doc, &channel)),
        ("kafka.json", json(&doc, &channel)),
        ("kafka-archive-1.atom", archive(&doc, 1, &channel)),
        ("opml.xml", opml(&feeds, &channel)),
        ("catalog.json", catalog(&feeds, &channel)),
        ("index.html", index_page(&feeds, &doc.entries, &channel)),
        ("kafka.html", feed_page(&doc, &Directory::new(&feeds), &channel)),
        ("article.html", article_page(&articles[1], &feeds, &channel)),
    ];
    bytes.map(|(name, bytes)| (name, bytes.expect(name))).into()
}

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/feeds").join(name)
}

#[test]
fn f112_published_bytes_are_the_golden_ones() {
    for (name, bytes) in documents() {
        let golden = fs::read(file(name)).expect(name);
        let (ours, golden) = (String::from_utf8_lossy(&bytes), String::from_utf8_lossy(&golden));
        assert_eq!(ours, golden, "{name}");
    }
}

#[test]
#[ignore = "writes the golden files"]
fn golden_files_are_written_anew() {
    for (name, bytes) in documents() {
        fs::write(file(name), bytes).expect(name);
    }
}
