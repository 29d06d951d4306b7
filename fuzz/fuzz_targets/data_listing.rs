//! Any bytes, read as a feed, as JSON, as a sitemap or as whatever they are, give a reading that holds its own
//! promises. The first byte picks the format, the second whether rules for JSON are given.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tidings::extract;
use tidings::model::json::{JsonField, JsonFields, JsonPlace, JsonRules};
use tidings::model::listing::{Format, Limits, Rules};
use tidings::model::reading::Document;

fuzz_target!(|bytes: &[u8]| {
    let [format, ruled, bytes @ ..] = bytes else { return };
    let format = Format::ALL[usize::from(*format) % Format::ALL.len()];
    let field = |text: &str| JsonField::parse(text).ok();
    let rules = JsonRules {
        items: JsonPlace::parse("$..items[*]").ok(),
        fields: JsonFields {
            title: field("title"),
            link: field("https://example.com/{id}"),
            date: field("date"),
            tags: field("tags"),
            ..JsonFields::default()
        },
        tags_separator: None,
    };
    let json = (ruled % 2 == 1).then(|| Box::new(rules));
    let mut document = Document::new("page", bytes.to_vec());
    document.address = Some("https://example.com/list".to_owned());
    let limits = Limits { entries: 100, line_bytes: 200, summary_bytes: 2_000, ..Limits::default() };
    let rules = Rules { format, limits, json, ..Rules::default() };
    let _ = extract::sitemap::children(&document);
    let documents = [document];
    let reading = extract::read(&documents, &rules);
    assert_eq!(reading.pages[0].entries, reading.entries.len());
    assert!(reading.entries.len() <= 100 && reading.faults.len() <= 201);
    for entry in &reading.entries {
        assert!(!entry.title.is_empty() && entry.title.len() <= 200);
        assert!(entry.link.as_ref().is_none_or(|link| link.starts_with("http")));
    }
    assert_eq!(reading, extract::read(&documents, &rules));
});
