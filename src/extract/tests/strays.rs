//! Lines that are no part of an entry stand in it, or a line of it is missing: told, and never taken for a part.

use super::*;

/// Where the lines of the second entry of [`ENGINEERING`] stand, counted from 0.
const SOURCE: usize = 14;
const DATE: usize = SOURCE + 2;
const TITLE: usize = SOURCE + 4;
const TAGS: usize = SOURCE + 8;
const CLOSING: usize = SOURCE + 9;

/// The lines of a page, without their ends.
fn lines() -> Vec<String> {
    ENGINEERING.lines().map(str::to_owned).collect()
}

/// Reads the page with `put` before line `at`.
fn with(at: usize, put: &[&str]) -> Reading {
    let mut lines = lines();
    lines.splice(at..at, put.iter().map(|line| (*line).to_owned()));
    read_bytes((lines.join("\n") + "\n").as_bytes())
}

/// All entries are as they would be without the odd lines, and there is this fault, and no other but the count.
#[track_caller]
fn unharmed(reading: &Reading, weight: Weight, line: usize, word: &str) {
    let wanted = without_line(&expected(ENGINEERING));
    assert_eq!(reading.entries.len(), wanted.len(), "{:?}", reading.faults);
    for (entry, wanted) in without_line(&reading.entries).iter().zip(&wanted) {
        assert_eq!(entry, wanted, "{:?}", reading.faults);
    }
    let told: Vec<_> = reading.faults.iter().filter(|fault| fault.line > 0).collect();
    let [fault] = told[..] else { panic!("one fault: {told:?}") };
    assert_eq!((fault.weight, fault.line as usize), (weight, line), "{}", fault.reason);
    assert!(fault.reason.contains(word), "{}", fault.reason);
}

#[test]
fn first_entry_without_its_date_line_is_a_loss_with_its_line() {
    let mut lines = lines();
    lines.remove(5);
    let reading = read_bytes(lines.join("\n").as_bytes());
    assert_eq!(without_line(&reading.entries), without_line(&expected(ENGINEERING)[1..]));
    let loss: Vec<_> = reading.faults.iter().filter(|fault| fault.weight == Weight::Loss).collect();
    assert_eq!((loss.len(), loss[0].line), (1, 12), "{loss:?}");

    // The second one too.
    lines.remove(DATE - 1);
    let reading = read_bytes(lines.join("\n").as_bytes());
    assert_eq!(reading.entries.len(), 41);
    assert!(reading.faults.iter().any(|fault| fault.line == 12 && fault.reason.contains("1 more")));
}

#[test]
fn first_entry_without_date_and_closing_line_is_a_loss_where_its_source_is_known() {
    let mut lines = lines();
    let source = lines[SOURCE].clone();
    (lines[3], lines[4]) = (source.clone(), source);
    lines.remove(12);
    lines.remove(5);
    let reading = read_bytes(lines.join("\n").as_bytes());
    assert_eq!(reading.entries.len(), 42);
    assert!(reading.faults.iter().any(|fault| fault.weight == Weight::Loss && fault.line == 4));
}

#[test]
fn stray_lines_before_a_title_are_told_and_never_the_title() {
    for stray in [&["Advertisement", ""][..], &["Our book is out. Read it!", "Buy now", ""]] {
        unharmed(&with(TITLE, stray), Weight::Warning, TITLE + 1, "left out");
    }
    // The last entry has nothing after the title again.
    unharmed(&with(3 + 11 * 42 + 4, &["Advertisement", ""]), Weight::Warning, 3 + 11 * 42 + 5, "left out");
    // One entry alone, in other case after the closing line.
    let page = "Ctrip\nMar 3, 2016 · Backend\n\nAdvertisement\n\nOn Caches\n\nWhat they are.\n\nRedis\n\
                0 likes · 5 min read\nON CACHES\n";
    let reading = read_bytes(page.as_bytes());
    assert_eq!((reading.entries.len(), reading.entries[0].title.as_str()), (1, "On Caches"));
    assert_eq!(reading.entries[0].summary.as_deref(), Some("What they are."));
}

#[test]
fn stray_lines_before_a_title_on_a_page_without_sources_are_told() {
    let entry = |at: usize, stray: &str| {
        format!(
            "Mar {at}, 2016 · Backend\n{stray}Title {at}\nSummary, of {at}.\nKafkaRedis\n0 likes · 5 min read\nTitle {at}\n"
        )
    };
    let page = |stray: &str| entry(9, "") + &entry(8, stray) + &entry(7, "") + &entry(6, "");
    let reading = read_bytes(page("Advertisement\n").as_bytes());
    assert_eq!(without_line(&reading.entries), without_line(&read_bytes(page("").as_bytes()).entries));
    assert_eq!(reading.faults.len(), 1);
}

#[test]
fn pages_with_a_stray_before_the_last_title_cut_anywhere_tell_only_whole_entries() {
    let lines = lines();
    let mut lines: Vec<String> = lines[..3 + 11 * 3].to_vec();
    lines.splice(3 + 11 * 2 + 4..3 + 11 * 2 + 4, ["Advertisement".to_owned(), String::new()]);
    let text = lines.join("\n");
    let full = read_bytes(text.as_bytes());
    assert_eq!(full.entries.len(), 3);
    for end in (0..=text.len()).filter(|end| text.is_char_boundary(*end)) {
        let reading = read_bytes(&text.as_bytes()[..end]);
        for (at, entry) in reading.entries.iter().enumerate().filter(|(_, entry)| entry.whole) {
            assert_eq!(entry, &full.entries[at], "{}", &text[..end]);
        }
    }
}

#[test]
fn closing_lines_printed_twice_are_told_and_never_tags() {
    let closing = lines()[CLOSING].clone();
    unharmed(&with(CLOSING, &[&closing]), Weight::Warning, CLOSING + 1, "closing line");
    unharmed(&with(CLOSING, &[&closing, "", &closing]), Weight::Warning, CLOSING + 1, "closing line");
    unharmed(&with(CLOSING, &[&closing, "Advertisement"]), Weight::Loss, CLOSING + 1, "closing line");
    unharmed(&with(CLOSING, &["77 likes · 99 min read"]), Weight::Loss, CLOSING + 1, "closing line");
    let page = "Ctrip\nMar 3, 2016 · Backend\nOn Caches\n3 min read\n0 likes · 5 min read\nOn Caches\n";
    let reading = read_bytes(page.as_bytes());
    assert_eq!(reading.entries[0].summary.as_deref(), Some("3 min read"));
    assert_eq!((&reading.entries[0].tags, reading.faults.len()), (&TagRow::None, 1));
}

#[test]
fn stray_lines_before_the_closing_line_are_told_and_never_tags() {
    for stray in ["Advertisement", "Our book is out. Read it now!", "Sponsored"] {
        unharmed(&with(CLOSING, &[stray]), Weight::Warning, CLOSING + 1, "left out");
    }
    unharmed(&with(CLOSING, &["", "Advertisement", ""]), Weight::Warning, CLOSING + 2, "left out");
    // Which of two lines are the tags cannot be known: told.
    let reading = with(TAGS, &["CachingQueues"]);
    assert!(reading.faults.iter().any(|fault| fault.line as usize == TAGS + 1));
}

#[test]
fn tags_kept_apart_by_the_page_are_a_list() {
    let names = ["Cloud Native", "Data Lake", "Kubernetes"];
    let list = TagRow::List(names.map(str::to_owned).to_vec());
    for mark in [" | ", " · ", " • ", ", ", "、", " / ", " #"] {
        let row = if mark == " #" { "#" } else { "" }.to_owned() + &names.join(mark);
        let mut lines = lines();
        lines[TAGS].clone_from(&row);
        let mut wanted = without_line(&expected(ENGINEERING));
        wanted[1].tags = list.clone();
        let reading = read_bytes(lines.join("\n").as_bytes());
        assert_eq!(without_line(&reading.entries), wanted, "{row}");
    }
}

#[test]
fn f072_stray_bytes_in_a_short_page_leave_it_utf8_with_their_lines() {
    let page: String = ENGINEERING.lines().take(3 + 11 * 5).map(|line| format!("{line}\n")).collect();
    let only_dots = |c: char| if c.is_ascii() || c == '·' { c } else { '-' };
    let page: String = page.chars().map(only_dots).collect();
    for dots in [usize::MAX, 1] {
        // With one dot alone, `|` stands for the others.
        let page = if dots == 1 { page.replace('·', "|").replacen('|', "·", 1) } else { page.clone() };
        let mut bytes = Vec::new();
        for (at, line) in page.lines().enumerate() {
            bytes.extend(line.as_bytes());
            if [TITLE + 2, TITLE + 13, TITLE + 24].contains(&at) {
                bytes.extend(b" caf\xE9");
            }
            bytes.push(b'\n');
        }
        let reading = read_bytes(&bytes);
        assert_eq!((reading.entries.len(), reading.pages[0].encoding.as_str()), (5, "UTF-8"));
        assert!(reading.entries.iter().all(|entry| entry.whole && entry.category.is_some()));
        let told: Vec<_> =
            reading.faults.iter().filter(|fault| fault.line > 0).map(|fault| fault.line as usize).collect();
        assert_eq!(told, [TITLE + 3, TITLE + 14, TITLE + 25]);
    }
}

#[test]
fn numbers_of_headers_that_cannot_be_are_left_out_and_told() {
    let page = |head: &str| {
        let entries: String = ENGINEERING.split_inclusive('\n').skip(3).collect();
        read_bytes((head.to_owned() + &entries).as_bytes())
    };
    for number in ["Page 3 of 2", "Page 0 of 2", "Page 1 of 99999999999", "Page 99999999999/3"] {
        let reading = page(&format!("Tagged\n949 articles\n{number}\n"));
        assert_eq!((reading.pages[0].number, reading.pages[0].declared), (None, Some(949)), "{number}");
        let [fault] = &reading.faults[..] else { panic!("{number}: {:?}", reading.faults) };
        assert_eq!((fault.weight, fault.line), (Weight::Warning, 3));
    }
    let reading = page("Tagged\n99999999999999999999999 articles\nPage 1 of 1\n");
    assert_eq!((reading.pages[0].number, reading.pages[0].declared), (Some((1, 1)), None));
    let [fault] = &reading.faults[..] else { panic!("{:?}", reading.faults) };
    assert_eq!((fault.weight, fault.line), (Weight::Warning, 2));
}

#[test]
fn numbers_of_entries_that_cannot_be_are_left_out_and_told() {
    let mut lines = lines();
    lines[CLOSING] = "99999999999999999999999 likes · 99999999999 min read".to_owned();
    let reading = read_bytes(lines.join("\n").as_bytes());
    let mut wanted = without_line(&expected(ENGINEERING));
    (wanted[1].likes, wanted[1].minutes) = (None, None);
    assert_eq!(without_line(&reading.entries), wanted);
    assert!(reading.faults.iter().any(|fault| fault.line as usize == CLOSING + 1));
}

#[test]
fn stated_counts_that_differ_are_told_in_good_grammar() {
    let entry = "Ctrip\nMar 3, 2016 · Backend\nOn Caches\nWhat they are.\nRedis\n0 likes · 5 min read\n";
    for (count, entries, words) in [
        ("1 article", 2, "it has 1 article, 2 were read"),
        ("2 articles", 1, "it has 2 articles, 1 was read"),
        ("0 articles", 1, "it has 0 articles, 1 was read"),
    ] {
        let text = format!("Tagged\n{count}\nPage 1 of 1\n") + &entry.repeat(entries);
        let reading = read_bytes(text.as_bytes());
        assert!(reading.faults.iter().any(|fault| fault.reason.contains(words)), "{:?}", reading.faults);
    }
}

#[test]
fn repeated_strays_stay_within_the_bound_of_faults() {
    let entry = "Ctrip\nMar 3, 2016 · Backend\n\nAd\n\nOn Caches\n\nWhat they are.\n\nKafkaRedis\n\
                 0 likes · 5 min read\n0 likes · 5 min read\nOn Caches\n";
    let text = "Page 3 of 2\n".repeat(300) + &entry.repeat(1_000);
    let reading = read_bytes(text.as_bytes());
    assert_eq!((reading.entries.len(), reading.faults.len()), (1_000, 200));
    assert!(reading.faults[199].reason.starts_with("and "));
}
