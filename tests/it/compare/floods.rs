//! More that is new at once than history allows.

use tidings::daemon::report::Status;
use tidings::model::Health;

use crate::support::{Item, Page, Watch, Work, item, items, titles};

/// A page with `known` entries that are known and `new` that are not, above them.
fn burst(known: usize, new: usize) -> Vec<Item> {
    let mut page = items(500..500 + new);
    page.extend(items(0..known));
    page
}

#[test]
fn fifty_new_at_once_are_news_and_fifty_one_are_held() {
    let mut watch = Watch::after(items(0..43));
    assert_eq!(watch.see(burst(43, 50)).new.len(), 50);
    let mut watch = Watch::after(items(0..43));
    let report = watch.see(burst(43, 51));
    assert_eq!((report.status, report.health, report.new.len()), (Status::Held, Health::Quarantined, 0));
    assert!(report.reason.contains("51 articles") && report.reason.contains("43"), "{}", report.reason);
}

#[test]
fn new_ones_up_to_thirty_in_a_hundred_of_a_large_page_are_news() {
    let mut watch = Watch::after(items(0..300));
    assert_eq!(watch.see(burst(300, 90)).new.len(), 90);
    let mut watch = Watch::after(items(0..300));
    assert_eq!(watch.see(burst(300, 91)).status, Status::Held);
}

#[test]
fn usual_rate_allows_more_after_a_longer_time() {
    let mut watch = Watch::after(items(0..40));
    // Twenty new articles a day, for ten days.
    for day in 1..=10 {
        watch.now += 86_400 - 1_800;
        assert_eq!(watch.see(items(day * 20..day * 20 + 40)).new.len(), 20);
    }
    let page = |new: usize| {
        let mut page = items(500..500 + new);
        page.extend(items(200..240));
        page
    };
    // The next day, three times twenty are allowed and more are not; after four days they are.
    watch.now += 86_400 - 1_800;
    assert_eq!(watch.see(page(62)).status, Status::Held);
    watch.now += 3 * 86_400;
    assert_eq!(watch.see(page(62)).new.len(), 62);
}

#[test]
fn thousand_new_at_once_are_held_and_a_later_good_page_drops_the_hold() {
    let work = Work::one("");
    work.page("news.txt", Page::of(items(0..43)).text());
    work.scan();
    let content = work.published("feeds/all.atom");
    work.page("news.txt", Page::of(burst(43, 1_000)).text());
    for _ in 0..2 {
        let ran = work.scan();
        assert_eq!(
            (ran.code, &ran.line()["status"], &ran.line()["health"]),
            (6, &"held".into(), &"quarantined".into())
        );
    }
    assert_eq!(work.published("feeds/all.atom"), content);
    assert_eq!(work.feed("feeds/health.atom").len(), 1);
    // Two of the thousand are on the next good page: they are new there.
    work.page("news.txt", Page::of(burst(43, 2)).text());
    let ran = work.scan();
    assert_eq!(
        (ran.code, &ran.line()["status"], &ran.line()["health"]),
        (0, &"changed".into(), &"ok".into())
    );
    assert_eq!(ran.line()["new"].as_array().map(Vec::len), Some(2));
    assert_eq!(work.feed("feeds/health.atom").len(), 2);
    assert_eq!(work.scan().line()["status"], "unchanged");
}

#[test]
fn held_page_that_goes_back_to_the_one_before_is_quiet() {
    let mut watch = Watch::after(items(0..43));
    watch.see(burst(43, 100));
    let report = watch.see(items(0..43));
    assert_eq!((report.status, report.health), (Status::Unchanged, Health::Ok));
    assert_eq!(watch.healths(), ["quarantined", "ok"]);
    let lines = watch.lines();
    watch.see(items(0..43));
    assert_eq!(watch.lines(), lines);
}

#[test]
fn hold_is_said_once_however_often_it_is_seen() {
    let mut watch = Watch::after(items(0..43));
    watch.see(burst(43, 100));
    let lines = watch.lines();
    for _ in 0..5 {
        assert_eq!(watch.see(burst(43, 100)).status, Status::Held);
    }
    assert_eq!((watch.lines(), watch.healths()), (lines, vec!["quarantined".to_owned()]));
}

#[test]
fn hold_outlasts_scans_that_fail() {
    let mut watch = Watch::one("alert_after = 1");
    watch.see(items(0..43));
    watch.see(burst(43, 100));
    watch.fail();
    assert_eq!(watch.see(burst(43, 100)).status, Status::Held);
    assert_eq!(watch.healths(), ["quarantined", "failing", "quarantined"]);
    watch.see(items(0..43));
    assert_eq!(watch.healths(), ["quarantined", "failing", "quarantined", "ok"]);
}

#[test]
fn completely_different_page_is_held() {
    let mut watch = Watch::after(items(0..20));
    let report = watch.see(items(300..310));
    assert_eq!((report.status, report.health), (Status::Held, Health::Quarantined), "{report:?}");
    let mut page = items(300..310);
    page.push(item(3));
    assert_ne!(watch.see(page).status, Status::Held, "one known entry is an overlap");
}

#[test]
fn completely_different_page_after_a_long_time_is_news() {
    let mut watch = Watch::after(items(0..20));
    for day in 1..=10 {
        watch.now += 86_400;
        watch.see(items(day * 4..day * 4 + 20));
    }
    watch.now += 60 * 86_400;
    assert_eq!(watch.see(items(300..320)).new.len(), 20);
}

#[test]
fn slow_growth_past_the_bound_is_never_held() {
    let mut watch = Watch::after(items(0..43));
    let mut announced = 0;
    for round in 1..8 {
        let report = watch.see(items(0..43 + round * 40));
        assert_eq!(report.status, Status::Changed);
        announced += report.new.len();
    }
    assert_eq!(announced, 280);
}

#[test]
fn f081_ids_that_change_at_every_scan_are_held_and_said_once() {
    let mut watch = Watch::after(items(0..20));
    for round in 1..6 {
        let report = watch.see(items(round * 100..round * 100 + 20));
        assert_eq!(report.status, Status::Held);
    }
    assert_eq!(watch.healths(), ["quarantined"]);
}

#[test]
fn held_articles_are_announced_once_when_they_come_in_small_numbers() {
    let mut watch = Watch::after(items(0..43));
    watch.see(burst(43, 60));
    let mut announced = Vec::new();
    for new in [20, 40, 60, 60] {
        announced.extend(titles(&watch.see(burst(43, new)).new).into_iter().map(str::to_owned));
    }
    announced.sort();
    announced.dedup();
    assert_eq!(announced.len(), 60);
}
