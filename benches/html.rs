//! How fast HTML pages are read: bytes to entries, encoding and all.

use divan::Bencher;
use divan::counter::BytesCount;
use tidings::extract;
use tidings::model::html::{FieldRule, HtmlRules};
use tidings::model::listing::{Format, Rules};
use tidings::model::reading::Document;

fn main() {
    divan::main();
}

/// A page of `count` entries, about 740 bytes each, as blogs have them.
fn page(count: usize) -> Vec<u8> {
    let mut page = String::from(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>A blog</title></head>\n<body>\
         <nav><ul><li><a href=\"/\">Home</a></li><li><a href=\"/about\">About</a></li></ul></nav>\n<main>\n",
    );
    for n in 0..count {
        page.push_str(&format!(
            "<article class=\"post post-{n}\" id=\"post-{n}\">\n  <header class=\"entry-header\">\n    <h2 \
             class=\"entry-title\"><a href=\"/2026/03/article-{n}.html\" rel=\"bookmark\">How we moved a billion rows, \
             part {n} &amp; more</a></h2>\n    <div class=\"meta\"><time datetime=\"2026-03-{:02}T10:00:00Z\">March {}, 2026\
             </time> by <span class=\"author\">Ann Miller</span></div>\n  </header>\n  <div class=\"summary\"><p>This is what \
             the article says at its beginning, in a sentence or two, so that people may know whether they want to read the \
             rest of it.</p></div>\n  <footer class=\"tags\"><a href=\"/tag/databases\" rel=\"tag\">databases</a> <a \
             href=\"/tag/cities\" rel=\"tag\">cities</a></footer>\n</article>\n",
            n % 28 + 1,
            n % 28 + 1
        ));
    }
    page.push_str("</main>\n<footer><p>All rights reserved.</p></footer></body></html>\n");
    page.into_bytes()
}

fn rules() -> HtmlRules {
    let rule = |text: &str| Some(FieldRule::short(text));
    HtmlRules {
        item: "article.post".to_owned(),
        title: rule("h2 a"),
        date: rule("time"),
        source: rule(".author"),
        summary: rule(".summary p"),
        tags: rule("a[rel=tag]"),
        ..HtmlRules::default()
    }
}

fn bench(bencher: Bencher<'_, '_>, bytes: Vec<u8>, html: Option<HtmlRules>) {
    let rules = Rules { format: Format::Html, html: html.map(Box::new), ..Rules::default() };
    let count = BytesCount::new(bytes.len());
    let address = Some("https://ex.com/".to_owned());
    let documents = [Document { address, ..Document::new("page", bytes) }];
    let entries = extract::read(&documents, &rules).entries;
    assert!(!entries.is_empty() && entries.iter().all(|entry| entry.whole));
    bencher.counter(count).bench(|| extract::read(&documents, &rules));
}

/// 50 entries by configured selectors.
#[divan::bench]
fn by_rules(bencher: Bencher<'_, '_>) {
    bench(bencher, page(50), Some(rules()));
}

/// The same with a regex.
#[divan::bench]
fn by_rules_with_a_regex(bencher: Bencher<'_, '_>) {
    let mut rules = rules();
    rules.source =
        Some(FieldRule { regex: Some(r"^(?:by )?(.+)$".to_owned()), ..FieldRule::short(".author") });
    bench(bencher, page(50), Some(rules));
}

/// 50 entries found without rules.
#[divan::bench]
fn without_rules(bencher: Bencher<'_, '_>) {
    bench(bencher, page(50), None);
}

/// 3,000 entries by configured selectors.
#[divan::bench]
fn long_page(bencher: Bencher<'_, '_>) {
    bench(bencher, page(3_000), Some(rules()));
}
