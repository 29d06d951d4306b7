//! Tables as programs and people write them.

use super::*;
use crate::extract;
use crate::model::listing::Limits;
use crate::model::{Reading, TagRow};

fn read_by(text: &str, rules: Rules) -> Reading {
    extract::read(&[Document::new("list.csv", text.into())], &rules)
}

fn read(text: &str) -> Reading {
    read_by(text, Rules::default())
}

fn reasons(reading: &Reading) -> Vec<(u32, &str)> {
    reading.faults.iter().map(|fault| (fault.line, fault.reason.as_str())).collect()
}

#[test]
fn f088_a_table_is_read_with_quotes_and_embedded_ends_of_lines() {
    let text = "title,url,published,author,tags,summary\r\n\
        \"One, \"\"quoted\"\"\",https://e.org/1,2026-03-03,Ann,\"a, b\",\"First\r\nand second\"\r\n\
        Two,https://e.org/2,2026-03-04,Bo,c,\r\n\r\nThree \"in\" it,https://e.org/3,2026-03-05,,,";
    let reading = read(text);
    assert_eq!(reasons(&reading), []);
    assert_eq!(reading.pages[0].format, Some(Format::Csv));
    let [one, two, three] = reading.entries.as_slice() else { panic!("{reading:#?}") };
    assert_eq!((one.title.as_str(), one.link.as_deref()), ("One, \"quoted\"", Some("https://e.org/1")));
    assert_eq!(one.date.map(|date| date.to_string()).as_deref(), Some("2026-03-03"));
    assert_eq!((one.source.as_deref(), one.summary.as_deref()), (Some("Ann"), Some("First and second")));
    assert_eq!(one.tags, TagRow::List(vec!["a".to_owned(), "b".to_owned()]));
    assert_eq!((two.title.as_str(), three.title.as_str()), ("Two", "Three \"in\" it"));
    assert_eq!([one.line, two.line, three.line], [2, 4, 6]);
}

#[test]
fn f088_other_separators_are_known() {
    for (begin, separator) in
        [("", ","), ("", ";"), ("", "\t"), ("", "|"), ("sep=;\n", ";"), ("\u{FEFF}", ";")]
    {
        let row = |cells: [&str; 3]| cells.join(separator) + "\n";
        let text = begin.to_owned()
            + &row(["Title", "Link", "Date"])
            + &row(["One", "https://e.org/1", "2026-03-03"]);
        let reading = read(&text);
        assert_eq!(reading.entries.len(), 1, "{text:?}: {:?}", reading.faults);
        assert_eq!(reading.entries[0].link.as_deref(), Some("https://e.org/1"), "{text:?}");
    }
}

#[test]
fn f088_ragged_rows_are_told_with_their_number() {
    let text = "title,link,date\nOne,https://e.org/1\nTwo, and more,https://e.org/2,2026-03-04\n\
        Three,https://e.org/3,2026-03-05,,\n\"Four,https://e.org/4,2026-03-06\n";
    let reading = read(text);
    let titles: Vec<&str> = reading.entries.iter().map(|entry| entry.title.as_str()).collect();
    assert_eq!(titles, ["One", "Three"]);
    let reasons = reasons(&reading);
    let told = |line: u32, words: &str| {
        assert!(
            reasons.iter().any(|(at, reason)| *at == line && reason.starts_with(words)),
            "{words}: {reasons:?}"
        );
    };
    told(2, "row 2 has 2 cells where the first row names 3");
    told(3, "row 3 has 4 cells where the first row names 3");
    told(5, "row 5 opens a quotation that does not end");
    assert!(reading.pages[0].cut);
}

#[test]
fn columns_are_named_by_rules_where_they_are_not_known() {
    let text = "Beitrag;wo;wann\nErster;a-1;03.04.2026\nZweiter;a-2;04.04.2026\n";
    let reading = read(text);
    assert!(reading.entries.is_empty() && reasons(&reading)[0].1.contains("[listing.json]"), "{reading:?}");
    let field = |text: &str| Some(crate::model::json::JsonField::parse(text).expect("a field"));
    let fields = crate::model::json::JsonFields {
        title: field("Beitrag"),
        link: field("https://e.org/{wo}"),
        date: field("wann"),
        ..Default::default()
    };
    let json = crate::model::json::JsonRules { items: None, fields, tags_separator: None };
    let dates = DateRules { day_first: Some(true), ..DateRules::default() };
    let reading =
        read_by(text, Rules { format: Format::Csv, json: Some(Box::new(json)), dates, ..Rules::default() });
    assert_eq!(reasons(&reading), []);
    let first = &reading.entries[0];
    assert_eq!((first.title.as_str(), first.link.as_deref()), ("Erster", Some("https://e.org/a-1")));
    assert_eq!(first.date.map(|date| date.to_string()).as_deref(), Some("2026-04-03"));
}

#[test]
fn f088_what_is_no_table_is_a_fault_and_a_long_one_is_bounded() {
    for text in ["title,link", "title,link\n\n\n", "one line of prose", "a,b\n1,2\n"] {
        let reading = read_by(text, Rules { format: Format::Csv, ..Rules::default() });
        assert!(reading.entries.is_empty(), "{text:?}");
        assert!(reading.faults.iter().any(|fault| fault.weight == Weight::Page), "{text:?}");
    }
    let rows: String = (0..1_000).map(|n| format!("T {n},https://e.org/{n}\n")).collect();
    let limits = Limits { entries: 100, ..Limits::default() };
    let reading = read_by(&format!("title,link\n{rows}"), Rules { limits, ..Rules::default() });
    assert_eq!(reading.entries.len(), 100);
    assert!(reasons(&reading)[0].1.contains("more than 100 entries"));
    // Very wide, and nothing but quotes and separators.
    for text in [",".repeat(100_000), "\"".repeat(100_001), "a,".repeat(5_000) + "\n" + &"b,".repeat(5_000)] {
        assert!(read(&text).entries.is_empty());
    }
}

#[test]
fn rules_that_are_found_read_it_the_same_way() {
    let text =
        "headline,permalink,Published at\nOne,https://e.org/1,2026-03-03\nTwo,https://e.org/2,2026-03-04\n";
    let document = Document::new("list.csv", text.into());
    let found = find(&document).expect("columns");
    assert!(found.rules.items.is_none() && found.rules.to_config().contains("title = \"headline\""));
    let json = Some(Box::new(found.rules));
    assert_eq!(
        read_by(text, Rules { format: Format::Csv, json, ..Rules::default() }).entries,
        read(text).entries
    );
}
