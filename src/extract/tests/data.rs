//! Laws of feeds, JSON and sitemaps that hold for any input.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::model::listing::DateRules;

/// Pieces of feeds and sitemaps, in any order.
const MARKUP: [&str; 34] = [
    "<?xml version='1.0'?>",
    "<rss version='2.0'>",
    "<channel>",
    "<item>",
    "<title>",
    "</title>",
    "</item>",
    "</channel>",
    "</rss>",
    "<feed xmlns='http://www.w3.org/2005/Atom'>",
    "<entry>",
    "</entry>",
    "</feed>",
    "<link href='/x'/>",
    "<link>https://a.b/1</link>",
    "<guid>",
    "</guid>",
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "&amp;",
    "&",
    "<",
    "text 文",
    "<description>&lt;p>",
    "<pubDate>Thu, 03 Mar 2016 10:30:05 GMT</pubDate>",
    "<urlset>",
    "<url><loc>https://a.b/2</loc>",
    "</url>",
    "</urlset>",
    "\n",
    "<source>",
    "<a b='",
];

/// Pieces of JSON, in any order.
const JSON: [&str; 24] = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"title\"",
    "\"One\"",
    "\"url\"",
    "\"https://a.b/1\"",
    "\"items\"",
    "1e999",
    "12",
    "\\u",
    "\"\\ud800\"",
    "\n",
    "null",
    "{\"title\": \"T\", \"url\": \"/x\"}",
    "[{\"title\": \"T\", \"url\": \"https://a.b/1\"},",
    "\"version\": \"https://jsonfeed.org/version/1\"",
    "\"",
    "\\",
    "é",
    " ",
];

/// What holds for every reading, whatever the bytes are.
fn check_sane(bytes: &[u8]) {
    for format in Format::ALL {
        let mut document = Document::new("page", bytes.to_vec());
        document.address = Some("https://example.com/x".to_owned());
        let limits = crate::model::listing::Limits { entries: 50, line_bytes: 100, ..Default::default() };
        let rules = Rules { format: *format, limits, ..Rules::default() };
        let reading = read(&[document.clone()], &rules);
        assert_eq!(reading.pages[0].entries, reading.entries.len());
        assert!(reading.entries.len() <= 50 && reading.faults.len() <= 201);
        for entry in &reading.entries {
            assert!(!entry.title.is_empty() && entry.title.len() <= 100 && entry.page == 1 && entry.line > 0);
            assert!(entry.link.as_ref().is_none_or(|link| link.starts_with("http")));
        }
        assert!(reading.entries.is_sorted_by_key(|entry| entry.line));
        let page_faults = reading.faults.iter().filter(|fault| fault.weight == Weight::Page).count();
        assert!(page_faults == 0 || reading.entries.is_empty());
        assert_eq!(reading, read(&[document], &rules));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn f075_arbitrary_bytes_are_read_sanely_in_every_format(bytes in vec(any::<u8>(), 0..400)) {
        check_sane(&bytes);
    }

    #[test]
    fn f075_pieces_of_markup_in_any_order_are_read_sanely(pieces in vec(select(&MARKUP[..]), 0..60)) {
        check_sane(pieces.concat().as_bytes());
        check_sane(format!("<rss><channel><item>{}", pieces.concat()).as_bytes());
        check_sane(format!("<urlset>{}", pieces.concat()).as_bytes());
    }

    #[test]
    fn f086_pieces_of_json_in_any_order_are_read_sanely(pieces in vec(select(&JSON[..]), 0..60)) {
        check_sane(pieces.concat().as_bytes());
        check_sane(format!("[{{\"title\": \"T\", \"url\": \"/x\"}}, {}", pieces.concat()).as_bytes());
    }
}

#[test]
fn pages_are_read_as_what_they_are_whatever_they_are_sent_as() {
    for (bytes, media, format) in [
        ("<rss><channel/></rss>", Some("text/html"), Some(Format::Feed)),
        ("<rss><channel/></rss>", None, Some(Format::Feed)),
        ("<!DOCTYPE rss><rss/>", None, Some(Format::Feed)),
        (
            "Notice: x\n<?xml version='1.0'?><rss/>",
            Some("application/rss+xml; charset=utf-8"),
            Some(Format::Feed),
        ),
        ("<urlset/>", Some("application/xml"), Some(Format::Sitemap)),
        ("[{\"title\": \"T\", \"url\": \"/x\"}]", Some("text/plain"), Some(Format::Json)),
        ("<p>Something", Some("text/html"), Some(Format::Html)),
        (ENGINEERING, Some("text/plain"), Some(Format::Text)),
        (ENGINEERING, Some("application/octet-stream"), Some(Format::Text)),
    ] {
        let document = Document { media: media.map(str::to_owned), ..Document::new("page", bytes.into()) };
        assert_eq!(read(&[document], &Rules::default()).pages[0].format, format, "{bytes:.40} {media:?}");
    }
}

#[test]
fn f071_feeds_come_in_any_encoding() {
    let feed = |encoding: &str| {
        format!(
            "<?xml version=\"1.0\" encoding=\"{encoding}\"?><rss><channel><item><title>负载均衡</title></item></channel></rss>"
        )
    };
    let title = |bytes: Vec<u8>, media: Option<&str>| {
        let document = Document { media: media.map(str::to_owned), ..Document::new("feed", bytes) };
        read(&[document], &Rules::default()).entries[0].title.clone()
    };
    let utf16 = |big: bool| -> Vec<u8> {
        let text = feed("UTF-16");
        text.encode_utf16()
            .flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() })
            .collect()
    };
    for bytes in [
        feed("UTF-8").into_bytes(),
        encoding_rs::GB18030.encode(&feed("gb2312")).0.into_owned(),
        encoding_rs::BIG5.encode(&feed("big5").replace("负载均衡", "負載")).0.into_owned(),
        utf16(false),
        utf16(true),
        [b"\xFE\xFF".to_vec(), utf16(true)].concat(),
    ] {
        let title = title(bytes, None);
        assert!(["负载均衡", "負載"].contains(&title.as_str()), "{title}");
    }
    let undeclared = feed("x").replace(" encoding=\"x\"", "").replace("负载均衡", "Проверка связи");
    let bytes = encoding_rs::WINDOWS_1251.encode(&undeclared).0.into_owned();
    assert_eq!(title(bytes.clone(), Some("text/xml; charset=windows-1251")), "Проверка связи");
    assert_eq!(
        title(b"<rss><channel><item><title>caf\xE9</title></item></channel></rss>".to_vec(), None),
        "café"
    );
}

#[test]
fn f085_dates_of_data_are_read_by_the_rules_of_the_listing() {
    let feed = "<rss version='2.0'><channel><title>F</title><item><title>T</title><pubDate>DATE</pubDate></item></channel></rss>";
    let json_feed = "{\"version\": \"https://jsonfeed.org/version/1.1\", \"title\": \"F\", \"items\": [{\"id\": 1, \
        \"title\": \"T\", \"date_published\": \"DATE\"}]}";
    let json = "{\"data\": [{\"id\": 1, \"title\": \"T\", \"url\": \"https://a.b/1\", \"date\": \"DATE\"}]}";
    let sitemap = "<urlset><url><loc>https://a.b/some-title</loc><lastmod>DATE</lastmod></url></urlset>";
    let by = |day_first: Option<bool>, formats: &[&str], language: Option<&str>| DateRules {
        day_first,
        formats: formats.iter().map(|format| (*format).to_owned()).collect(),
        language: language.map(str::to_owned),
    };
    for (text, rules, expected) in [
        ("03/04/2026", by(None, &[], None), None),
        ("03/04/2026", by(Some(true), &[], None), Some("2026-04-03")),
        ("03/04/2026", by(Some(false), &[], None), Some("2026-03-04")),
        ("03.04.2026", by(None, &[], Some("de")), Some("2026-04-03")),
        ("03/04/2026", by(None, &[], Some("ja")), Some("2026-03-04")),
        // No month has that number.
        ("25/12/2026", by(None, &[], None), Some("2026-12-25")),
        ("26|03|04", by(None, &["%y|%m|%d"], None), Some("2026-03-04")),
        // A form of the listing goes before any that is known.
        ("2026-03-04", by(None, &["%Y-%d-%m"], None), Some("2026-04-03")),
        ("202603041015", by(None, &["%Y%m%d%H%M"], None), Some("2026-03-04")),
        ("Thu, 05 Mar 2026 10:00:00 GMT", by(Some(true), &[], Some("de")), Some("2026-03-05T10:00:00Z")),
    ] {
        for document in [feed, json_feed, json, sitemap] {
            let page = Document::new("page", document.replace("DATE", text).into_bytes());
            let reading = read(&[page], &Rules { dates: rules.clone(), ..Rules::default() });
            let date = reading.entries.first().and_then(|entry| entry.date).map(|date| date.to_string());
            assert_eq!(date.as_deref(), expected, "{text} in {document} by {rules:?}: {:?}", reading.faults);
        }
    }
    let reading =
        read(&[Document::new("page", feed.replace("DATE", "03/04/2026").into_bytes())], &Rules::default());
    assert!(reading.faults.iter().any(|fault| fault.reason.contains("`day_first`")), "{:?}", reading.faults);
}
