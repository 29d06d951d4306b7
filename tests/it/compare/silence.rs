//! A page that reads well, and on which nothing new has come for unusually long.

use tidings::daemon::report::Status;
use tidings::model::Health;

use crate::support::{Page, Watch, Work, items};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// Looks after so long at a page with articles up to number `last`.
fn look(watch: &mut Watch, after: i64, last: usize) -> Health {
    watch.now += after - 1_800;
    watch.see(items(last - 20..last)).health
}

/// A listing on which something new came once a day for `days` days, looked at every six hours.
fn daily(days: usize) -> Watch {
    let mut watch = Watch::after(items(0..20));
    for last in 21..=20 + days {
        for _ in 0..4 {
            look(&mut watch, 6 * HOUR, last);
        }
    }
    assert_eq!(watch.healths().len(), 0);
    watch
}

#[test]
fn listing_that_falls_silent_is_quiet_once_and_once_it_is_not() {
    let mut watch = daily(8);
    let lines = watch.lines();
    let mut silent = 18 * HOUR;
    while look(&mut watch, 6 * HOUR, 28) == Health::Ok {
        silent += 6 * HOUR;
        assert_eq!(watch.lines(), lines, "nothing is written for a look that finds nothing");
    }
    assert_eq!(silent, 3 * DAY, "three times the usual wait");
    for _ in 0..8 {
        assert_eq!(look(&mut watch, 6 * HOUR, 28), Health::Quiet);
    }
    assert_eq!((watch.lines(), watch.healths()), (lines + 1, vec!["quiet".to_owned()]));
    let reason = watch.events()[0].1.clone();
    assert!(
        reason.starts_with("nothing new since 2030-03-2") && reason.ends_with("at most 24 hours"),
        "{reason}"
    );
    assert_eq!(look(&mut watch, 6 * HOUR, 29), Health::Ok);
    assert_eq!(look(&mut watch, 6 * HOUR, 29), Health::Ok);
    assert_eq!(watch.healths(), ["quiet", "ok"]);
    assert_eq!(watch.events()[1].1, "new articles again after 5 days");
}

#[test]
fn listing_without_a_rhythm_is_never_quiet() {
    let mut watch = daily(6);
    for _ in 0..400 {
        assert_eq!(look(&mut watch, 6 * HOUR, 26), Health::Ok);
    }
    assert_eq!(watch.healths().len(), 0);
}

#[test]
fn listing_that_nobody_looked_at_is_not_quiet() {
    let mut watch = daily(8);
    assert_eq!(look(&mut watch, 60 * DAY, 28), Health::Ok, "the first look after two months");
    // The time without a look counted for a third of what is allowed, as did the one before it.
    let mut looks = 0;
    while look(&mut watch, 6 * HOUR, 28) == Health::Ok {
        looks += 1;
    }
    assert_eq!(looks, (3 * 24 - 18 - 24) / 6);
}

#[test]
fn trouble_is_not_silence_and_ends_in_it_where_it_lasted() {
    let mut watch = daily(8);
    for _ in 0..40 {
        watch.now += 6 * HOUR;
        watch.scan("");
    }
    assert_eq!(look(&mut watch, 6 * HOUR, 28), Health::Ok);
    assert_eq!(watch.healths(), ["empty", "ok"]);
    while look(&mut watch, 6 * HOUR, 28) == Health::Ok {}
    for _ in 0..3 {
        watch.scan("");
    }
    assert_eq!(look(&mut watch, 1_800, 28), Health::Quiet);
    assert_eq!(watch.healths(), ["empty", "ok", "quiet", "empty", "quiet"]);
    assert!(watch.events()[4].1.starts_with("the page reads well again; nothing new since"));
}

#[test]
fn removals_and_edits_are_no_news_and_end_no_silence() {
    let mut watch = daily(8);
    while look(&mut watch, 6 * HOUR, 28) == Health::Ok {}
    let mut page = items(8..28);
    page[4].summary = "Told in other words.".into();
    page.remove(10);
    for _ in 0..3 {
        assert_eq!(watch.see(page.clone()).health, Health::Quiet);
    }
    assert_eq!(watch.healths(), ["quiet"]);
}

#[test]
fn silence_goes_on_over_a_restart() {
    let mut watch = daily(8);
    while look(&mut watch, 6 * HOUR, 28) == Health::Ok {
        watch.reopen(&crate::support::listing("news", ""));
    }
    watch.reopen(&crate::support::listing("news", ""));
    assert_eq!(look(&mut watch, 6 * HOUR, 28), Health::Quiet);
    assert_eq!(watch.healths(), ["quiet"]);
}

#[test]
fn quiet_is_no_failure_of_a_scan() {
    let mut watch = daily(8);
    while look(&mut watch, 6 * HOUR, 28) == Health::Ok {}
    watch.now += 6 * HOUR;
    let report = watch.see(items(8..28));
    assert_eq!((report.status, report.health), (Status::Unchanged, Health::Quiet));
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["health"], "quiet");
}

#[test]
fn work_folder_has_no_quiet_listing_by_chance() {
    let work = Work::one("");
    for last in 20..30 {
        work.page("news.txt", Page::of(items(0..last)).text());
        assert_eq!(work.scan().code, 0);
    }
    assert_eq!(work.run(&["status", "--json"]).line()["quiet"], 0);
}
