//! What is wrong with a page is said once, where it is, and loses nothing around it.

use super::*;
use crate::model::listing::Limits;

fn faults_of(reading: &Reading) -> Vec<(Weight, u32, &str)> {
    reading.faults.iter().map(|fault| (fault.weight, fault.line, fault.reason.as_str())).collect()
}

/// A page that is no listing gives no entry and one fault of the page that holds `word`.
#[track_caller]
fn no_listing(bytes: &[u8], word: &str) {
    no_listing_as(&[Format::Auto, Format::Text], bytes, word);
}

#[track_caller]
fn no_listing_as(formats: &[Format], bytes: &[u8], word: &str) {
    for format in formats.iter().copied() {
        let document = Document::new("page", bytes.to_vec());
        let reading = read(&[document], &Rules { format, ..Rules::default() });
        assert_eq!(reading.entries, [], "{word}");
        let [(Weight::Page, 0, reason)] = faults_of(&reading)[..] else {
            panic!("{word}: {:?}", reading.faults);
        };
        assert!(reason.contains(word), "{reason}");
    }
}

#[test]
fn f070_empty_pages_say_so() {
    for bytes in [&b""[..], b" \r\n\t \n", b"\xEF\xBB\xBF", b"\xFF\xFE", b"\xEF\xBB\xBF\n\n"] {
        no_listing(bytes, "empty");
    }
}

#[test]
fn documents_that_are_no_listing_say_what_they_seem_to_be() {
    let text = &[Format::Text];
    let html = b"<!DOCTYPE html>\n<html><body><p>Mar 3, 2016</p></body></html>";
    no_listing_as(text, html, "HTML");
    no_listing_as(&[Format::Auto, Format::Html], html, "no list of articles");
    no_listing_as(text, b"<?xml version=\"1.0\"?><rss version=\"2.0\"><channel/></rss>", "feed");
    no_listing_as(text, b"<?xml version=\"1.0\"?><urlset/>", "sitemap");
    no_listing(b"<?xml version=\"1.0\"?><thing/>", "XML");
    no_listing(b"{\"items\": [{\"title\": \"A\"}]}", "JSON");
    no_listing(b"%PDF-1.7\n", "PDF");
    no_listing(&[0, 1, 2, 3, 0xFF, 0xFE, 0, 0, 7].repeat(50), "binary");
    no_listing(b"Please sign in to continue\nEmail\nPassword\nForgot it?\n", "login");
    no_listing(b"502 Bad Gateway\nnginx\n", "error page");
    no_listing("O Rose, du bist nicht krank,\nes ist der Wurm, der singt.\n".as_bytes(), "plain text");
    // A title, a date and paragraphs: an article, or a list of changes.
    no_listing(
        b"A Title\nSomebody\nMar 3, 2016 \xC2\xB7 Backend\nOne.\nTwo.\nThree.\nFour.\nFive.\n",
        "plain text",
    );
    no_listing(b"2016-03-03\nFixed one thing.\n2016-03-01\nFixed another.\n", "plain text");
    no_listing(b"Tagged articles\n949 articles\nPage 10 of 10\n", "header");
}

#[test]
fn f072_undecodable_bytes_are_replaced_and_told_with_their_line() {
    let mut bytes = ENGINEERING.as_bytes().to_vec();
    let at = ENGINEERING.find("Deep Dive").expect("a title");
    bytes[at] = 0xFF;
    let reading = read_bytes(&bytes);
    assert_eq!(reading.entries.len(), 43);
    assert_eq!(
        reading.entries[1].title,
        "\u{FFFD}eep Dive into Kafka, RocketMQ, and JMQ Storage Architectures"
    );
    let told: Vec<_> = faults_of(&reading).into_iter().filter(|fault| fault.1 > 0).collect();
    assert_eq!(told[0].0, Weight::Warning);
    assert_eq!(told[0].1, 19);
    assert!(told[0].2.contains("UTF-8"));
}

#[test]
fn f072_damaged_separators_still_separate() {
    let mut bytes = Vec::new();
    for (at, line) in ENGINEERING.split_inclusive('\n').enumerate() {
        let damaged = at % 2 == 0 && line.contains('·');
        let line = if damaged { line.replace('·', "\u{1}") } else { line.to_owned() };
        bytes.extend(line.bytes().map(|byte| if byte == 1 { 0xFF } else { byte }));
    }
    assert_eq!(without_line(&read_bytes(&bytes).entries), without_line(&expected(ENGINEERING)));
}

#[test]
fn entries_that_lack_a_pinning_line_lose_nothing_around_them() {
    let lines: Vec<&str> = ENGINEERING.split_inclusive('\n').collect();
    let wanted = without_line(&expected(ENGINEERING));
    let without = |dropped: usize| -> String {
        lines.iter().enumerate().filter(|(at, _)| *at != dropped).map(|(_, line)| *line).collect()
    };
    // The second entry stands on lines 15 to 25 (counted from 1).
    let others: Vec<Entry> =
        wanted.iter().enumerate().filter(|(at, _)| *at != 1).map(|(_, e)| e.clone()).collect();

    let reading = read_bytes(without(23).as_bytes());
    assert_eq!(reading.entries.len(), 43, "no closing line");
    assert!(!reading.entries[1].whole);
    assert_eq!((&reading.entries[1].title, reading.entries[1].likes), (&wanted[1].title, None));
    assert!(faults_of(&reading).iter().any(|fault| fault.0 == Weight::Loss && fault.1 == 15));
    let whole: Vec<Entry> = reading.entries.iter().filter(|entry| entry.whole).cloned().collect();
    assert_eq!(without_line(&whole), others);

    let reading = read_bytes(without(16).as_bytes());
    assert_eq!(without_line(&reading.entries), others, "no date line");
    let told = faults_of(&reading);
    assert!(told.iter().any(|fault| fault.0 == Weight::Loss && fault.1 == 15), "{told:?}");

    let reading = read_bytes(
        lines
            .iter()
            .enumerate()
            .filter(|(at, _)| !(18..24).contains(at))
            .map(|(_, line)| *line)
            .collect::<String>()
            .as_bytes(),
    );
    assert!(reading.faults.iter().any(|fault| fault.weight == Weight::Loss));
    let kept: Vec<Entry> = reading.entries.iter().filter(|entry| entry.whole).cloned().collect();
    assert_eq!(without_line(&kept), others, "a date line and nothing after it");
}

#[test]
fn f085_dates_without_an_order_are_no_dates_and_told() {
    let text =
        ENGINEERING.replace("Jan 13, 2026 ·", "03/04/2026 ·").replace("Dec 12, 2025 ·", "Feb 30, 2025 ·");
    let reading = read_bytes(text.as_bytes());
    assert_eq!(reading.entries.len(), 43);
    for at in [1, 2] {
        assert_eq!((reading.entries[at].date, reading.entries[at].whole), (None, false));
        assert_eq!(reading.entries[at].category.as_deref(), Some("Backend Development"));
    }
    let told: Vec<_> = faults_of(&reading).into_iter().filter(|fault| fault.0 == Weight::Loss).collect();
    assert_eq!((told.len(), told[0].1, told[1].1), (2, 17, 28));
    assert!(told[0].2.contains("month"));
}

#[test]
fn stretches_between_entries_are_told_once_and_noise_never() {
    let lines: Vec<&str> = ENGINEERING.split_inclusive('\n').collect();
    let with = |noise: &str| lines[..25].concat() + noise + &lines[25..].concat();
    let quiet = read_bytes(with("Load more\nPrevious 1 2 3 Next\n© 2026\n").as_bytes());
    assert_eq!(quiet.faults.len(), 1, "{:?}", quiet.faults);
    let told = read_bytes(with("Some words.\nMore of them, on and on.\nAnd more\n").as_bytes());
    assert_eq!(told.faults.len(), 2);
    assert_eq!((told.faults[1].line, told.faults[1].weight), (26, Weight::Warning));
}

#[test]
fn f089_line_of_a_megabyte_is_cut_to_the_limit() {
    let long = "word ".repeat(200_000);
    let text = ENGINEERING
        .replacen("Three brokers, three ideas", &format!("{long}Three brokers, three ideas"), 1)
        .replacen("JD Retail Technology\nJD Retail Technology", &format!("{long}\n{long}"), 1);
    let reading = read_bytes(text.as_bytes());
    assert_eq!(reading.entries.len(), 43);
    let entry = &reading.entries[1];
    let limits = Limits::default();
    let summary = entry.summary.as_deref().unwrap_or_default();
    assert!(entry.whole && summary.ends_with('…') && summary.len() <= limits.summary_bytes as usize);
    assert!(entry.source.as_deref().is_some_and(|source| source.len() <= limits.line_bytes as usize));
    assert_eq!(reading.faults.iter().filter(|fault| fault.line == 15).count(), 2);
}

#[test]
fn f089_reordered_lines_of_entries_give_the_same_entries() {
    let lines: Vec<&str> = ENGINEERING.split_inclusive('\n').collect();
    let mut entries: Vec<String> = lines[3..].chunks(11).map(<[&str]>::concat).collect();
    entries[42].push('\n');
    entries.reverse();
    let mut wanted = without_line(&expected(ENGINEERING));
    wanted.reverse();
    let reading = read_bytes((lines[..3].concat() + &entries.concat()).as_bytes());
    assert_eq!(without_line(&reading.entries), wanted);
}

#[test]
fn limits_of_pages_bytes_and_entries_are_held_and_told() {
    let document = Document::new("page", ENGINEERING.as_bytes().to_vec());
    let limits = Limits { pages: 2, entries: 50, ..Limits::default() };
    let reading =
        read(&vec![document.clone(); 3], &Rules { format: Format::Text, limits, ..Rules::default() });
    assert_eq!((reading.pages.len(), reading.entries.len()), (2, 50));
    assert_eq!((reading.pages[0].entries, reading.pages[1].entries), (43, 7));
    assert_eq!(reading.entries[43].page, 2);
    let told: Vec<_> = faults_of(&reading).into_iter().filter(|fault| fault.0 > Weight::Warning).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert_eq!((told[0].0, told[0].1), (Weight::Loss, 4 + 7 * 11));
    assert!(told[1].2.contains("3 pages"));

    let limits = Limits { page_bytes: 100, ..Limits::default() };
    let reading = read(&[document], &Rules { format: Format::Text, limits, ..Rules::default() });
    assert_eq!((reading.pages.len(), reading.entries.len()), (1, 0));
    assert_eq!(reading.faults[0].weight, Weight::Page);
    assert!(reading.faults[0].reason.contains("100"));
}

#[test]
fn faults_of_one_page_are_bounded() {
    let text = format!("{ENGINEERING}\n")
        + &"Mar 3, 2016 · Backend\n\u{FFFD}x\n03/04/2016 · Backend\n".repeat(5_000);
    let reading = read_bytes(text.as_bytes());
    assert!(reading.faults.len() <= 200);
    assert!(reading.faults.iter().any(|fault| fault.reason.starts_with("and ")));
    assert!(reading.entries.len() >= 43);
}
