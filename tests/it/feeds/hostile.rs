//! Texts that want to break out, and texts that are merely strange.

use proptest::prelude::*;
use tidings::feed::{atom, json, rss};
use tidings::model::Article;
use tidings::model::text::{clean, one_line};

use super::read::all_formats;
use super::sample::{article, channel, document};

/// What every reader must see again, to the letter.
const STRANGE: &[&str] = &[
    "]]>",
    "a ]]> b ]]]]>> c",
    "<![CDATA[ x ]]>",
    "<b>bold</b> & <i>more</i>",
    "&amp;amp; &lt; &#60; &nbsp;",
    "<script>alert('1')</script>",
    "\"><img src=x onerror=alert(1)>",
    "</title></entry></item>",
    "<!-- never closed",
    "<?xml version=\"1.0\"?>",
    "😀 👨‍👩‍👧 🇩🇪",
    "\u{202E}gnp.exe \u{2067}עברית\u{2069} العربية",
    "中文标题：消息队列",
    "Zalgo t\u{300}\u{301}\u{302}\u{303}ext",
    "a\u{2011}b\u{202F}c",
    "C:\\path \\u0000 \\n",
    "' \" ` = / { } {{ x }} {% raw %}",
    "\u{7}bell\u{0} \u{8} \u{B} \u{7F} \u{85} \u{FFFE} \u{FFFF}",
];

pub(super) fn with_text(text: &str) -> Article {
    Article {
        title: text.into(),
        summary: Some(text.into()),
        source: Some(text.into()),
        category: Some(format!("{text} category")),
        tags: vec![format!("{text} tag")],
        ..article(1)
    }
}

/// Renders an article made of `text` in every format, and checks that an independent reader sees it again.
fn check(text: &str) {
    let articles = [with_text(text)];
    let doc = document(&articles);
    let title = match one_line(text) {
        empty if empty.is_empty() => "Untitled".to_owned(),
        title => title,
    };
    let summary = clean(text).trim().to_owned();
    let tag = one_line(&format!("{text} tag"));
    let source = Some(one_line(text)).filter(|source| !source.is_empty());
    for (format, entries) in all_formats(&doc, &channel()) {
        let [read] = &entries[..] else { panic!("{format}: {} entries", entries.len()) };
        assert_eq!(read.title, title, "{format}");
        assert_eq!(read.summary, summary, "{format}");
        assert_eq!(read.author, source, "{format}");
        assert_eq!(read.categories[0], tag, "{format}");
        assert_eq!(read.categories.last(), Some(&one_line(&format!("{text} category"))), "{format}");
    }
}

#[test]
fn f098_f100_strange_texts_come_back_to_the_letter() {
    for text in STRANGE {
        check(text);
    }
}

#[test]
fn f098_f100_a_feed_reader_sees_titles_as_written() {
    for text in STRANGE {
        let articles = [with_text(text)];
        let doc = document(&articles);
        for render in [rss, atom, json] {
            let bytes = render(&doc, &channel()).expect("bytes");
            let feed = feed_rs::parser::parse(&bytes[..]).unwrap_or_else(|error| panic!("{text:?}: {error}"));
            let title = feed.entries[0].title.as_ref().map(|title| title.content.clone());
            assert_eq!(title, Some(one_line(text)));
        }
    }
}

#[test]
fn f097_entries_made_by_hand_are_legal_xml_too() {
    let articles = [article(1)];
    let mut doc = document(&articles);
    let entry = &mut doc.entries[0];
    for text in [&mut entry.title, &mut entry.tags[0]] {
        *text = "a\u{0}\u{8}\u{B}\u{FFFE}b".into();
    }
    (entry.summary, entry.source) = (Some("\u{0}ab".into()), Some("a\u{FFFF}b".into()));
    entry.link = Some("javascript:alert(1)".into());
    (doc.title, doc.description) = ("\u{1}T".into(), "D\u{2}".into());
    for (format, entries) in all_formats(&doc, &channel()) {
        let read = &entries[0];
        assert_eq!((&*read.title, &*read.summary, &*read.categories[0]), ("ab", "ab", "ab"), "{format}");
        assert_eq!(read.url, channel().article_url(articles[0].id.uuid()), "{format}");
    }
}

#[test]
fn f099_title_of_100_kb_comes_back_whole() {
    check(&"Kafka <消息> & ".repeat(6_000));
}

#[test]
fn f099_combining_storm_comes_back() {
    check(&format!("e{}", "\u{301}".repeat(1_000)));
}

#[test]
fn f101_links_that_are_no_web_address_give_way_to_the_articles_page() {
    for link in
        ["javascript:alert(1)", "data:text/html,<b>", "//evil.example/", "/relative", " ", "ftp://a/b"]
    {
        let articles = [Article { link: Some(link.into()), ..article(1) }];
        let doc = document(&articles);
        for (format, entries) in all_formats(&doc, &channel()) {
            assert_eq!(entries[0].url, channel().article_url(articles[0].id.uuid()), "{format} {link}");
        }
    }
}

/// Any text, with what breaks writers more often than chance would have it.
pub(super) fn any_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<String>(),
        proptest::sample::select(STRANGE).prop_map(str::to_owned),
        proptest::sample::select(
            &["\n", "\r\n", "\t", "\u{85}", "\u{2028}", " ", "]]", ">", "&", "<", ""][..]
        )
        .prop_map(str::to_owned),
    ];
    proptest::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn f097_any_text_is_well_formed_and_comes_back(text in any_text()) {
        check(&text);
    }

    #[test]
    fn f097_any_text_in_an_entry_made_by_hand_is_well_formed(text in any_text()) {
        let articles = [article(1)];
        let mut doc = document(&articles);
        let entry = &mut doc.entries[0];
        (entry.title, entry.source, entry.summary) = (text.clone().into(), Some(text.clone().into()), None);
        (entry.tags, entry.category) = (vec![text.clone().into()], Some(text.clone().into()));
        entry.link = Some(format!("https://ex.com/{text}").into());
        doc.title = text;
        for (_, entries) in all_formats(&doc, &channel()) {
            assert_eq!(entries.len(), 1);
        }
    }
}
