//! What goes: removed, aged out, and back again.

use tidings::daemon::report::{ScanReport, Status};
use tidings::model::{FeedKey, Presence};

use crate::support::{Item, Page, Watch, Work, item, items, titles};

/// Twenty entries without the one with number `n`.
fn without(n: usize) -> Vec<Item> {
    items(0..20).into_iter().filter(|entry| *entry != item(n)).collect()
}

fn is_quiet(report: &ScanReport) -> bool {
    report.status == Status::Unchanged
}

#[test]
fn entry_is_removed_after_two_complete_scans_without_it() {
    let mut watch = Watch::after(items(0..20));
    assert!(is_quiet(&watch.see(without(10))));
    let report = watch.see(without(10));
    assert_eq!(titles(&report.removed), [item(10).title.as_str()]);
    assert!(is_quiet(&watch.see(without(10))));
    let article = watch.article(&item(10).title);
    assert_eq!(article.listings[0].presence, Presence::Removed);
    assert!(
        watch.window(&FeedKey::all()).contains(&article.title),
        "it stays in feeds until the window passes"
    );
}

#[test]
fn entry_is_removed_at_once_where_the_config_says_so() {
    let mut watch = Watch::one("removed_after = 1");
    watch.see(items(0..20));
    assert_eq!(titles(&watch.see(without(10)).removed), [item(10).title.as_str()]);
}

#[test]
fn first_entry_is_removed_like_any_other() {
    let mut watch = Watch::after(items(0..20));
    watch.see(without(19));
    assert_eq!(titles(&watch.see(without(19)).removed), [item(19).title.as_str()]);
}

#[test]
fn removal_counts_scans_in_a_row() {
    let mut watch = Watch::after(items(0..20));
    for _ in 0..4 {
        assert!(is_quiet(&watch.see(without(10))));
        assert!(is_quiet(&watch.see(items(0..20))));
    }
}

#[test]
fn scans_that_fail_in_between_do_not_count() {
    let mut watch = Watch::one("removed_after = 3");
    watch.see(items(0..20));
    assert!(watch.see(without(10)).removed.is_empty());
    for _ in 0..3 {
        assert_eq!(watch.fail().status, Status::Failed);
        assert_eq!(watch.scan("").status, Status::Failed);
    }
    assert!(watch.see(without(10)).removed.is_empty());
    assert_eq!(watch.see(without(10)).removed.len(), 1);
}

#[test]
fn entry_seen_on_a_cut_page_in_between_is_not_missing_in_a_row() {
    let mut watch = Watch::after(items(0..20));
    watch.see(without(15));
    let text = Page::of(items(0..20)).text();
    watch.scan(&text.as_bytes()[..text.len() * 3 / 4]);
    assert!(watch.see(without(15)).removed.is_empty());
    assert_eq!(watch.see(without(15)).removed.len(), 1);
}

#[test]
fn entries_that_fall_off_the_end_are_not_removed() {
    let mut watch = Watch::after(items(0..20));
    for n in 21..30 {
        let report = watch.see(items(n - 20..n));
        assert_eq!((report.new.len(), report.removed.len()), (1, 0), "{report:?}");
    }
    assert_eq!(watch.article(&item(0).title).listings[0].presence, Presence::Aged);
}

#[test]
fn entries_that_fell_off_the_end_and_are_back_are_quiet() {
    let mut watch = Watch::after(items(0..20));
    watch.see(items(2..22));
    // Two at the head are taken off again, so the two at the end are back.
    let report = watch.see(items(0..20).into_iter().chain([]).collect::<Vec<_>>());
    assert!(report.new.is_empty() && report.returned.is_empty(), "{report:?}");
    let mut next = items(0..20);
    next.insert(0, item(40));
    let report = watch.see(next);
    assert_eq!(titles(&report.new), [item(40).title.as_str()]);
    assert!(report.returned.is_empty());
}

#[test]
fn f107_removed_entry_that_is_back_has_returned_and_is_not_new() {
    let mut watch = Watch::after(items(0..20));
    watch.see(without(10));
    let id = watch.see(without(10)).removed[0].id;
    let mut back = items(0..20);
    back.insert(0, item(30));
    let report = watch.see(back);
    assert_eq!(titles(&report.new), [item(30).title.as_str()]);
    assert_eq!((report.returned.len(), report.returned[0].id), (1, id));
    let article = watch.article(&item(10).title);
    assert_eq!(article.listings[0].presence, Presence::Listed);
    assert_eq!(article.updated, article.published, "returning is no update");
}

#[test]
fn f108_entry_that_comes_and_goes_is_never_news() {
    let mut watch = Watch::one("removed_after = 1");
    watch.see(items(0..20));
    for round in 0..8 {
        let page = if round % 2 == 0 { without(10) } else { items(0..20) };
        let report = watch.see(page);
        assert!(report.new.is_empty() && report.updated.is_empty(), "{report:?}");
    }
    assert_eq!(watch.articles().len(), 20);
}

#[test]
fn removal_is_found_across_pages() {
    let mut watch = Watch::one("");
    let text = |items: Vec<Item>| Page::of(items).text();
    let second: Vec<Item> = items(0..20);
    let scan = |watch: &mut Watch, second: &[Item]| {
        watch.scan_on("news", &[text(items(20..40)).as_bytes(), text(second.to_vec()).as_bytes()])
    };
    scan(&mut watch, &second);
    // The first entry of the second page: its neighbour above is on the other page.
    scan(&mut watch, &second[1..]);
    assert_eq!(titles(&scan(&mut watch, &second[1..]).removed), [item(19).title.as_str()]);
}

#[test]
fn nothing_is_removed_while_one_page_cannot_be_read() {
    let mut watch = Watch::one("removed_after = 1");
    let (first, second) = (Page::of(items(20..40)).text(), Page::of(items(0..20)).text());
    watch.scan_on("news", &[first.as_bytes(), second.as_bytes()]);
    for broken in ["", "<!doctype html><title>Sign in</title>", "{\"error\": 500}"] {
        let report = watch.scan_on("news", &[broken.as_bytes(), second.as_bytes()]);
        assert!(report.removed.is_empty() && !report.reason.is_empty(), "{report:?}");
    }
    let report = watch.scan_on("news", &[first.as_bytes(), second.as_bytes()]);
    assert!(is_quiet(&report), "{report:?}");
}

#[test]
fn nothing_is_removed_when_a_pattern_finds_one_page_less() {
    let work = Work::new(
        "[[listing]]\nid = \"news\"\nfiles = [\"pages/news-*.txt\"]\nremoved_after = 1\nalert_after = 2\n",
    );
    work.page("news-1.txt", Page::of(items(20..23)).text());
    work.page("news-2.txt", Page::of(items(0..20)).text());
    work.scan();
    std::fs::remove_file(work.path("pages/news-1.txt")).expect("removed");
    for _ in 0..2 {
        let report = work.scan().line();
        assert_eq!((&report["removed"], &report["health"]), (&serde_json::json!([]), &"shrunk".into()));
    }
    work.page("news-1.txt", Page::of(items(20..24)).text());
    let report = work.scan().line();
    assert_eq!((report["new"].as_array().map(Vec::len), &report["health"]), (Some(1), &"ok".into()));
}

#[test]
fn entry_removed_from_a_page_that_was_reordered_meanwhile_is_found() {
    let mut watch = Watch::after(items(0..20));
    let mut page = items(0..20);
    page.reverse();
    watch.see(page.clone());
    // In today's order number 0 stands first: it is removed, not aged out. A failed scan does not change that.
    watch.fail();
    page.remove(0);
    watch.see(page.clone());
    assert_eq!(titles(&watch.see(page).removed), [item(0).title.as_str()]);
}

#[test]
fn entry_that_is_garbled_is_not_removed() {
    let mut watch = Watch::one("removed_after = 1");
    watch.see(items(0..20));
    let text = Page::of(items(0..20)).text();
    let garbled = item(10).date.format("%b %-d, %Y").to_string();
    let likes = format!("{} likes · {} min read\n{}", item(10).likes, item(10).minutes, item(10).title);
    for page in [text.replace(&garbled, "Feb 30, 2016"), text.replace(&likes, &item(10).title)] {
        assert_ne!(page, text);
        let report = watch.scan(page);
        assert!(report.removed.is_empty() && report.new.is_empty(), "{report:?}");
        assert!(!report.faults.is_empty());
    }
    assert!(is_quiet(&watch.scan(text)));
    assert_eq!(watch.article(&item(10).title).listings[0].presence, Presence::Listed);
}

/// What could not be read may be what is missing.
#[test]
fn entry_whose_date_line_is_gone_is_not_removed() {
    let mut watch = Watch::after(items(0..20));
    for n in [10, 19] {
        let text = Page::from(items(0..20)).text();
        let date = item(n).date.format("%b %-d, %Y").to_string();
        let broken: String =
            text.lines().filter(|line| !line.starts_with(&date)).map(|line| format!("{line}\n")).collect();
        assert_ne!(broken, text);
        for _ in 0..4 {
            let report = watch.scan(broken.clone());
            assert!(report.removed.is_empty(), "{report:?}");
        }
        watch.see(items(0..20));
    }
}

/// Three pages that say their numbers, of ten entries each.
fn numbered(pages: &[usize]) -> Vec<Vec<u8>> {
    let page = |n: &usize| {
        let text = Page::from(items((3 - n) * 10..(4 - n) * 10)).text();
        let header = text.lines().find(|line| line.starts_with("Page ")).map(str::to_owned);
        let numbered = format!("Page {n} of 3");
        match header {
            Some(header) => text.replacen(&header, &numbered, 1).into_bytes(),
            None => format!("Tagged articles\n30 articles\n{numbered}\n{text}").into_bytes(),
        }
    };
    pages.iter().map(page).collect()
}

#[test]
fn page_missing_between_others_or_repeated_removes_nothing() {
    for broken in [vec![1, 3], vec![1, 1, 3]] {
        let mut watch = Watch::one("");
        let see = |watch: &mut Watch, pages: &[usize]| {
            let pages = numbered(pages);
            watch.scan_on("news", &pages.iter().map(Vec::as_slice).collect::<Vec<_>>())
        };
        assert_eq!(see(&mut watch, &[1, 2, 3]).status, Status::Baseline);
        for _ in 0..5 {
            let report = see(&mut watch, &broken);
            assert!(report.removed.is_empty() && report.reason.contains("missing or repeated"), "{report:?}");
        }
        assert!(is_quiet(&see(&mut watch, &[1, 2, 3])));
    }
}
