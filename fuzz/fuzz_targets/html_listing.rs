//! Any bytes as an HTML page give a reading that holds its own promises, by rules and without.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tidings::extract;
use tidings::model::html::{FieldRule, HtmlRules};
use tidings::model::listing::{Format, Limits, Rules};
use tidings::model::reading::Document;

fuzz_target!(|bytes: &[u8]| {
    let documents = [Document::new("page", bytes.to_vec())];
    let limits = Limits { entries: 100, line_bytes: 200, summary_bytes: 2_000, ..Limits::default() };
    let html = HtmlRules {
        item: "li, article, tr:has(a), div > p:nth-of-type(odd)".to_owned(),
        date: Some(FieldRule::short("time, .date")),
        summary: Some(FieldRule { next: Some("p".to_owned()), ..FieldRule::default() }),
        ..HtmlRules::default()
    };
    for html in [None, Some(Box::new(html))] {
        let rules = Rules { format: Format::Html, limits, html, ..Rules::default() };
        let reading = extract::read(&documents, &rules);
        assert_eq!(reading.pages[0].entries, reading.entries.len());
        assert!(reading.entries.len() <= 100 && reading.faults.len() <= 201);
        assert!(!reading.entries.is_empty() || !reading.faults.is_empty());
        for entry in &reading.entries {
            assert!(!entry.title.is_empty() && entry.title.len() <= 200);
            assert!(entry.link.as_ref().is_none_or(|link| link.starts_with("http")));
        }
        assert_eq!(reading, extract::read(&documents, &rules));
    }
});
