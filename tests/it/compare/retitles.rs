//! Retitles: when a key that vanished and one that appeared are one article, and when not.

use tidings::daemon::report::{ScanReport, Status};
use tidings::model::Field;

use crate::support::{Item, Watch, item, items, titles};

/// An entry in the middle of a page, with a title to play with.
fn entry(title: &str) -> Item {
    let mut entry = item(10).titled(title);
    entry.summary = "About the way from one room of servers to five.".into();
    entry
}

/// A page of twenty with these entries in the middle.
fn page(middle: &[Item]) -> Vec<Item> {
    let mut page = items(11..20);
    page.extend_from_slice(middle);
    page.extend(items(0..10));
    page
}

/// A page with `before` in its middle, then one with `after` there.
fn retitled(before: &[Item], after: &[Item]) -> (Watch, ScanReport) {
    let mut watch = Watch::after(page(before));
    let report = watch.see(page(after));
    (watch, report)
}

fn is_update(report: &ScanReport) -> bool {
    assert!(report.removed.is_empty(), "{report:?}");
    assert_eq!(report.new.is_empty(), !report.updated.is_empty(), "{report:?}");
    report.new.is_empty()
}

#[test]
fn near_equal_title_is_the_same_article() {
    let mut after = entry("How Uber Scaled Its Platform");
    after.summary = "Another summary altogether, by another hand.".into();
    let (_, report) = retitled(&[entry("How Uber Scales Its Platform")], &[after]);
    assert!(is_update(&report));
    assert_eq!(report.updated[0].fields, [Field::Title, Field::Summary]);
}

#[test]
fn another_title_over_the_same_summary_is_the_same_article() {
    let (_, report) = retitled(&[entry("One Room, Five Rooms")], &[entry("Growing a Data Center")]);
    assert!(is_update(&report));
}

#[test]
fn another_title_over_another_summary_is_another_article() {
    let mut after = entry("Growing a Data Center");
    after.summary = "Nothing of the old text is left here.".into();
    let (_, report) = retitled(&[entry("One Room, Five Rooms")], &[after]);
    assert!(!is_update(&report));
}

#[test]
fn next_part_of_a_series_is_another_article() {
    let (_, report) =
        retitled(&[entry("Sharding in Practice, Part 1")], &[entry("Sharding in Practice, Part 2")]);
    assert!(!is_update(&report));
}

#[test]
fn chinese_title_with_one_word_more_is_the_same_article() {
    let mut after = entry("微服务架构设计的实践");
    after.summary = "另一个团队写的摘要，完全不同。".into();
    let (_, report) = retitled(&[entry("微服务架构设计实践")], &[after]);
    assert!(is_update(&report));
}

#[test]
fn near_equal_title_of_another_source_is_another_article() {
    let mut after = entry("How Uber Scaled Its Platform");
    after.source = "Somebody Else".into();
    let (_, report) = retitled(&[entry("How Uber Scales Its Platform")], &[after]);
    assert!(!is_update(&report));
}

#[test]
fn near_equal_title_on_another_day_is_another_article() {
    let (_, report) =
        retitled(&[entry("How Uber Scales Its Platform")], &[entry("How Uber Scaled Its Platform").later(1)]);
    assert!(!is_update(&report));
}

#[test]
fn both_on_the_page_are_two_articles() {
    let (first, second) = (entry("How Uber Scales Its Platform"), entry("How Uber Scaled Its Platform"));
    let (watch, report) = retitled(&[first.clone()], &[second, first]);
    assert_eq!((report.new.len(), report.updated.len()), (1, 0));
    assert_eq!(watch.articles().len(), 21);
}

#[test]
fn two_that_vanished_pair_with_none() {
    let (_, report) = retitled(
        &[entry("How Uber Scales Its Platform"), entry("How Uber Scales Its Platforms")],
        &[entry("How Uber Scaled Its Platform")],
    );
    assert!(!is_update(&report));
}

#[test]
fn two_that_appeared_pair_with_none() {
    let (_, report) = retitled(
        &[entry("How Uber Scales Its Platform")],
        &[entry("How Uber Scaled Its Platform"), entry("How Uber Scaled Its Platforms")],
    );
    assert_eq!((report.new.len(), report.updated.len()), (2, 0));
}

#[test]
fn one_new_and_one_known_from_elsewhere_that_appeared_pair_with_none() {
    let config = ["news", "other"].map(|id| crate::support::listing(id, "")).concat();
    let mut watch = Watch::new(&config);
    watch.see(page(&[entry("How Uber Scales Its Platform")]));
    let elsewhere = entry("How Uber Scaled Its Platforms");
    let mut other = items(100..110);
    other.push(elsewhere.clone());
    watch.see_on("other", other);
    let report = watch.see(page(&[entry("How Uber Scaled Its Platform"), elsewhere]));
    assert!(report.updated.is_empty(), "{report:?}");
}

#[test]
fn near_equal_title_of_one_that_may_have_fallen_off_the_end_is_another_article() {
    let mut old = items(0..20);
    old.push(entry("How Uber Scales Its Platform"));
    let mut new = items(0..20);
    new.insert(0, entry("How Uber Scaled Its Platform"));
    let mut watch = Watch::after(old);
    let report = watch.see(new);
    assert_eq!((report.new.len(), report.updated.len(), report.removed.len()), (1, 0, 0));
}

#[test]
fn edited_title_of_the_last_entry_is_the_same_article() {
    let with_last = |last: Item| items(11..30).into_iter().chain([last]).collect::<Vec<Item>>();
    let mut watch = Watch::after(with_last(entry("How Uber Scales Its Platform")));
    let report = watch.see(with_last(entry("How Uber Scaled Its Platform")));
    assert!(is_update(&report), "{report:?}");
}

#[test]
fn edited_titles_of_first_and_middle_entries_in_one_scan_are_updates() {
    let mut watch = Watch::after(items(0..20));
    let mut page = items(0..20);
    for at in [0, 7, 13] {
        page[at].title.push_str(", Revised");
    }
    let report = watch.see(page);
    assert_eq!((report.new.len(), report.updated.len()), (0, 3));
}

#[test]
fn retitled_article_is_known_under_both_titles() {
    let (first, second) = (entry("How Uber Scales Its Platform"), entry("How Uber Scaled Its Platform"));
    let (mut watch, _) = retitled(&[first.clone()], &[second]);
    let id = watch.article("How Uber Scaled Its Platform").id;
    // Back to the first title, with something else beside it so that the page is no old copy.
    let mut next = page(&[first]);
    next.insert(0, item(50));
    let report = watch.see(next);
    assert_eq!((report.new.len(), titles(&report.updated)), (1, vec!["How Uber Scales Its Platform"]));
    assert_eq!(watch.article("How Uber Scales Its Platform").id, id);
}

#[test]
fn title_that_goes_to_and_fro_is_never_news() {
    let titles = ["How Uber Scales Its Platform", "How Uber Scaled Its Platform"];
    let mut watch = Watch::after(page(&[entry(titles[0])]));
    for round in 1..12 {
        let report = watch.see(page(&[entry(titles[round % 2])]));
        assert!(report.new.is_empty() && report.removed.is_empty(), "{report:?}");
    }
    assert_eq!(watch.articles().len(), 20);
}

#[test]
fn corrected_date_of_an_entry_without_that_summary_is_another_article() {
    let mut after = entry("One Room, Five Rooms").later(3);
    after.summary = "What happened this time is quite another story.".into();
    let (_, report) = retitled(&[entry("One Room, Five Rooms")], &[after]);
    assert!(!is_update(&report));
}

#[test]
fn one_article_page_whose_title_is_edited_stays_in_doubt_two_articles() {
    let mut watch = Watch::after(vec![entry("How Uber Scales Its Platform")]);
    let report = watch.see(vec![entry("How Uber Scaled Its Platform")]);
    assert_eq!((report.status, report.new.len()), (Status::Changed, 1));
}
