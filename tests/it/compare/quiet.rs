//! Pages that say nothing new.

use tidings::daemon::report::{ScanReport, Status};
use tidings::model::Health;

use crate::support::{Page, Watch, Work, item, items};

/// Scans bytes that must change nothing: no line in the journal, nothing in the report.
fn quiet(watch: &mut Watch, bytes: impl Into<Vec<u8>>) -> ScanReport {
    let before = watch.journal();
    let report = watch.scan(bytes);
    assert_eq!((report.status, report.health), (Status::Unchanged, Health::Ok), "{report:?}");
    assert_eq!(watch.journal(), before, "the journal grew");
    report
}

#[test]
fn page_unchanged_writes_no_line_and_touches_no_file() {
    let work = Work::one("tags = [\"Backend Architecture\"]");
    work.page("news.txt", Page::of(items(0..20)).text());
    assert_eq!(work.scan().line()["status"], "baseline");
    let (journal, tree) = (work.journal(), work.tree());
    let report = work.scan();
    assert_eq!((report.code, &report.line()["status"]), (0, &"unchanged".into()));
    assert_eq!(report.line()["articles"], 20);
    assert_eq!(work.journal(), journal);
    assert!(work.tree() == tree, "published files or their times changed");
}

#[test]
fn page_with_other_likes_publishes_nothing() {
    let work = Work::one("");
    let mut page = Page::of(items(0..20));
    work.page("news.txt", page.text());
    work.scan();
    let (journal, tree) = (work.journal(), work.tree());
    page.items.iter_mut().for_each(|item| (item.likes, item.minutes) = (item.likes + 7, item.minutes + 1));
    page.header = Some((951, 11, 11));
    work.page("news.txt", page.text());
    assert_eq!(work.scan().line()["status"], "unchanged");
    assert_eq!(work.journal(), journal);
    assert!(work.tree() == tree, "published files or their times changed");
}

#[test]
fn f089_page_in_another_order_is_quiet() {
    let mut watch = Watch::after(items(0..20));
    let mut shuffled = items(0..20);
    shuffled.reverse();
    quiet(&mut watch, Page::of(shuffled.clone()).text());
    shuffled.rotate_left(7);
    quiet(&mut watch, Page::of(shuffled).text());
    quiet(&mut watch, Page::of(items(0..20)).text());
}

#[test]
fn f108_page_whose_likes_change_at_every_scan_is_quiet() {
    let mut watch = Watch::after(items(0..20));
    for round in 1..6 {
        let mut page = Page::of(items(0..20));
        page.items.iter_mut().for_each(|item| item.likes += round);
        quiet(&mut watch, page.text());
    }
}

#[test]
fn page_with_other_header_counts_is_quiet() {
    let mut watch = Watch::after(items(0..20));
    for header in [Some((950, 10, 10)), Some((960, 11, 11)), None, Some((3, 10, 10))] {
        quiet(&mut watch, Page { header, items: items(0..20) }.text());
    }
}

#[test]
fn page_whose_count_is_not_what_it_holds_is_a_warning_only() {
    let mut watch = Watch::after(Page { header: Some((20, 1, 1)), items: items(0..20) });
    let report = quiet(&mut watch, Page { header: Some((46, 1, 1)), items: items(0..20) }.text());
    assert_eq!((report.declared, report.faults.len()), (Some(46), 1));
}

#[test]
fn f089_page_with_other_line_ends_is_quiet() {
    let mut watch = Watch::after(items(0..20));
    let text = Page::of(items(0..20)).text();
    quiet(&mut watch, text.replace('\n', "\r\n"));
    quiet(&mut watch, text.replace('\n', "\r"));
    quiet(&mut watch, format!("\u{FEFF}{text}"));
    quiet(&mut watch, text.replace("\n\n", "\n"));
    quiet(&mut watch, text.replace('\n', "  \n"));
    quiet(&mut watch, format!("\n\n{text}\n\n\n"));
    quiet(&mut watch, text.trim_end());
}

#[test]
fn f096_page_with_other_spaces_dashes_and_quotes_is_quiet() {
    let mut page = Page::of(items(0..20));
    page.items[3].title = "Scale-Up: \"How\" It's Done in 5 ms".to_owned();
    page.items[3].summary =
        "It's a \"well-known\" rule: 5 ms - no more, and everybody keeps to it.".to_owned();
    let mut watch = Watch::after(page.clone());
    page.items[3].title = "Scale\u{2011}Up: \u{201C}How\u{201D} It\u{2019}s Done in 5\u{202F}ms".to_owned();
    page.items[3].summary =
        "It\u{2019}s a \u{201C}well\u{2011}known\u{201D} rule: 5\u{A0}ms \u{2013} no more, and \
                             everybody keeps to it."
            .to_owned();
    quiet(&mut watch, page.text());
    page.items[3].title = "Sca\u{AD}le-Up: \"How\" It's\u{200B} Done in 5 ms".to_owned();
    quiet(&mut watch, page.text());
}

#[test]
fn f096_page_composed_or_decomposed_is_quiet() {
    let mut page = Page::of(items(0..20));
    page.items[5].title = "Caf\u{E9} R\u{E9}sum\u{E9}s under Load".to_owned();
    let mut watch = Watch::after(page.clone());
    page.items[5].title = "Cafe\u{301} Re\u{301}sume\u{301}s under Load".to_owned();
    quiet(&mut watch, page.text());
}

#[test]
fn f071_page_in_other_encodings_is_quiet() {
    let mut page = Page::of(items(0..20));
    page.items[4].title = "微服务架构设计实践：从单体到云原生".to_owned();
    page.items[4].summary = "本文介绍了一个团队如何把单体系统拆成微服务，以及他们付出了什么代价。".to_owned();
    let text = page.text();
    let mut watch = Watch::after(page);
    let (gb18030, _, lost) = encoding_rs::GB18030.encode(&text);
    assert!(!lost);
    quiet(&mut watch, gb18030.into_owned());
    let little: Vec<u8> =
        [0xFEFF].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    quiet(&mut watch, little);
    let big: Vec<u8> = [0xFEFF].into_iter().chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect();
    quiet(&mut watch, big);
}

#[test]
fn f072_page_with_bytes_that_are_no_text_keeps_its_other_articles_quiet() {
    let mut watch = Watch::after(items(0..20));
    let mut bytes = Page::of(items(0..20)).text().into_bytes();
    let at = bytes.windows(5).position(|window| window == b"Entry").expect("a summary");
    bytes[at] = 0xFF;
    let report = watch.scan(bytes);
    assert!(report.new.is_empty() && report.removed.is_empty(), "{report:?}");
    assert!(report.updated.len() <= 1 && !report.faults.is_empty(), "{report:?}");
}

#[test]
fn entries_that_move_to_the_next_page_are_quiet() {
    let mut watch = Watch::one("");
    let text = |page, range: std::ops::Range<usize>| {
        Page { header: Some((40, page, 2)), items: items(range) }.text()
    };
    watch.scan_on("news", &[text(1, 20..40).as_bytes(), text(2, 0..20).as_bytes()]);
    let before = watch.journal();
    let report = watch.scan_on("news", &[text(1, 23..40).as_bytes(), text(2, 0..23).as_bytes()]);
    assert_eq!(report.status, Status::Unchanged);
    assert_eq!(watch.journal(), before);
    let report = watch.scan_on("news", &[text(1, 21..41).as_bytes(), text(2, 0..21).as_bytes()]);
    assert_eq!((report.new.len(), report.removed.len()), (1, 0));
}

#[test]
fn entry_that_stands_on_both_pages_while_they_turn_is_one_article() {
    let mut watch = Watch::one("");
    let text = |range: std::ops::Range<usize>| Page::of(items(range)).text();
    watch.scan_on("news", &[text(20..40).as_bytes(), text(0..20).as_bytes()]);
    let before = watch.journal();
    let report = watch.scan_on("news", &[text(19..40).as_bytes(), text(0..20).as_bytes()]);
    assert_eq!((report.status, report.faults.len()), (Status::Unchanged, 1));
    assert_eq!(watch.journal(), before);
}

/// Two entries with one source, day and title: the one that is remembered stays, whichever stands first.
#[test]
fn entries_with_one_key_that_change_places_are_quiet() {
    let twin = |summary: &str| crate::support::Item { summary: summary.to_owned(), ..item(3) };
    let (a, b) = (twin("The first of the two."), twin("The second of the two."));
    let mut rest = items(4..20);
    rest.extend([a.clone(), b.clone()]);
    let mut watch = Watch::after(rest);
    let mut turned = items(4..21);
    turned.extend([b, a]);
    let report = watch.see(turned);
    assert_eq!((report.new.len(), report.updated.len()), (1, 0), "{report:?}");
}
