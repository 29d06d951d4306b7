//! Pages of several kinds, each with what they should give, in `tests/fixtures/listings`.
//!
//! `replay` there holds inputs for the fuzz target; each must give a sane reading.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::*;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/listings")
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let all = fs::read_dir(folder).expect("the folder of fixtures").map(|file| file.expect("a file").path());
    let mut files: Vec<_> = all.filter(|path| path.extension().is_some_and(|ext| ext == extension)).collect();
    files.sort();
    files
}

fn entry_value(entry: &Entry) -> Value {
    json!({
        "line": entry.line,
        "whole": entry.whole,
        "source": entry.source,
        "date": entry.date,
        "category": entry.category,
        "title": entry.title,
        "summary": entry.summary,
        "tags": entry.tags.as_text(),
        "likes": entry.likes,
        "minutes": entry.minutes,
    })
}

fn value(reading: &Reading) -> Value {
    let page = &reading.pages[0];
    let fault =
        |fault: &crate::model::Fault| json!([format!("{:?}", fault.weight), fault.line, fault.reason]);
    json!({
        "title": page.title,
        "declared": page.declared,
        "number": page.number,
        "cut": page.cut,
        "encoding": page.encoding,
        "entries": reading.entries.iter().map(entry_value).collect::<Vec<_>>(),
        "faults": reading.faults.iter().map(fault).collect::<Vec<_>>(),
    })
}

#[test]
fn f054_fixture_pages_give_what_stands_beside_them() {
    let pages = files(&folder(), "txt");
    assert!(pages.len() >= 11);
    for path in pages {
        let reading = read_bytes(&fs::read(&path).expect("a page"));
        let beside = path.with_extension("json");
        let wanted = fs::read_to_string(&beside).expect("what the page should give");
        let wanted: Value = serde_json::from_str(&wanted).expect("JSON");
        assert_eq!(value(&reading), wanted, "{}", path.display());
    }
}

#[test]
fn replayed_inputs_give_a_sane_reading() {
    let inputs = files(&folder().join("replay"), "bin");
    assert!(!inputs.is_empty());
    for path in inputs {
        properties::check_sane(&fs::read(&path).expect("an input"));
    }
}
