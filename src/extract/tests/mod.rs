//! Tests of reading, by subject.

mod seeds;

use super::*;
use crate::model::{Day, Printed, TagRow};

/// The last page of a listing of 949 articles.
const ARCHITECTURE: &str = include_str!("../../../seeds/backend-architecture-page-10.txt");
/// The only page of a listing that states 46 articles and shows 43.
const ENGINEERING: &str = include_str!("../../../seeds/backend-engineering-page-1.txt");

/// Reads one page as a listing.
fn read_bytes(bytes: &[u8]) -> Reading {
    let document = Document::new("page.txt", bytes.to_vec());
    read(&[document], &Rules { format: Format::Text, ..Rules::default() })
}

/// The entries of a seed, read by counting lines: eleven lines each, after three of the header.
///
/// Shares no code with what it checks but the types.
fn expected(seed: &str) -> Vec<Entry> {
    let lines: Vec<&str> = seed.lines().skip(3).collect();
    assert_eq!(lines.len() % 11, 0, "eleven lines an entry");
    let entry = |(index, lines): (usize, &[&str])| {
        let (date, category) = lines[2].split_once(" · ").expect("a date line");
        let date = chrono::NaiveDate::parse_from_str(date, "%b %d, %Y").expect("a date");
        let (likes, minutes) = lines[9].split_once(" likes · ").expect("a closing line");
        Entry {
            source: Some(lines[0].to_owned()),
            date: Day::parse(&date.to_string()).map(Printed::Day),
            category: Some(category.to_owned()),
            title: spaced(lines[4]),
            summary: Some(spaced(lines[6])),
            tags: TagRow::Run(lines[8].to_owned()),
            likes: likes.parse().ok(),
            minutes: minutes.strip_suffix(" min read").and_then(|minutes| minutes.parse().ok()),
            page: 1,
            line: u32::try_from(index).expect("few") * 11 + 4,
            whole: true,
            ..Entry::default()
        }
    };
    lines.chunks(11).enumerate().map(entry).collect()
}

/// The seeds hold narrow no-break spaces, which are published as blanks.
fn spaced(text: &str) -> String {
    text.replace('\u{202F}', " ")
}

mod data;
mod faults;
mod fixtures;
mod lookalikes;
mod properties;
mod renderings;
mod strays;
mod truncation;

/// What every rendering of an entry must give; its line is its own matter.
fn without_line(entries: &[Entry]) -> Vec<Entry> {
    entries.iter().map(|entry| Entry { line: 0, ..entry.clone() }).collect()
}
