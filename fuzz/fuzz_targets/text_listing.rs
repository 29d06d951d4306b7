//! Any bytes give a reading that holds its own promises; a reading of the same bytes is the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tidings::extract;
use tidings::model::listing::{Format, Limits, Rules};
use tidings::model::reading::Document;

fuzz_target!(|bytes: &[u8]| {
    let document = Document::new("page", bytes.to_vec());
    let limits = Limits { entries: 100, line_bytes: 200, summary_bytes: 2_000, ..Limits::default() };
    let rules = Rules { format: Format::Text, limits, ..Rules::default() };
    let documents = [document];
    let reading = extract::read(&documents, &rules);
    assert_eq!(reading.pages[0].entries, reading.entries.len());
    assert!(reading.entries.len() <= 100 && reading.faults.len() <= 201);
    for entry in &reading.entries {
        assert!(!entry.title.is_empty() && entry.title.len() <= 200);
        assert!(!entry.whole || entry.date.is_some());
    }
    assert_eq!(reading, extract::read(&documents, &rules));
});
