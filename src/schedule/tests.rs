//! Schedules against a crontab's own words, another implementation, and a walk over every minute.

mod lines;
mod zones;

use super::*;

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).expect("a time")
}

fn cron(line: &str, zone: Tz) -> Schedule {
    Schedule::cron(line, zone).unwrap_or_else(|error| panic!("{line}: {error}"))
}

fn id(text: &str) -> ListingId {
    ListingId::parse(text).expect("an id")
}

fn fires(line: &str, zone: Tz, after: &str, count: usize) -> Vec<String> {
    cron(line, zone).upcoming(at(after), count).into_iter().map(Timestamp::rfc3339).collect()
}

#[test]
fn every_counts_from_the_last_time() {
    let schedule = Schedule::every(Duration::from_millis(90_500)).expect("a schedule");
    assert_eq!(schedule.next_after(at("2026-01-01T00:00:07Z")), Some(at("2026-01-01T00:01:37Z")));
    assert_eq!(schedule.describe(), "every 1 minute 30 seconds");
    for (seconds, words) in [
        (1, "every second"),
        (1_800, "every 30 minutes"),
        (3_600, "every hour"),
        (90_000, "every 1 day 1 hour"),
    ] {
        assert_eq!(Schedule::every(Duration::from_secs(seconds)).expect("a schedule").describe(), words);
    }
}

#[test]
fn every_outside_its_range_is_refused() {
    for bad in
        [Duration::ZERO, Duration::from_millis(999), MAX_PERIOD + Duration::from_millis(1), Duration::MAX]
    {
        assert!(Schedule::every(bad).is_err(), "{bad:?}");
    }
    assert!(Schedule::every(MAX_PERIOD).is_ok());
}

#[test]
fn describe_names_line_and_zone() {
    assert_eq!(cron(" */30  * * * *", Tz::UTC).describe(), "cron */30 * * * * (UTC)");
    assert_eq!(cron("@daily", Tz::Europe__Berlin).describe(), "cron @daily (Europe/Berlin)");
}

#[test]
fn jitter_is_the_listings_own_and_small() {
    let now = at("2026-01-01T00:00:10Z");
    for (schedule, most) in [
        (cron("*/30 * * * *", Tz::UTC), 60),
        (cron("* * * * *", Tz::UTC), 6),
        (cron("* * * * * *", Tz::UTC), 0),
        (Schedule::every(Duration::from_secs(100)).expect("a schedule"), 10),
        (Schedule::every(Duration::from_secs(86_400)).expect("a schedule"), 60),
    ] {
        let next = schedule.next_after(now).expect("a time");
        let mut seen = std::collections::BTreeSet::new();
        for n in 0..500 {
            let listing = id(&format!("listing-{n}"));
            let due = schedule.next_due(now, &listing);
            assert_eq!(due, schedule.next_due(now, &listing));
            assert!(due >= next && due.since(next) <= most, "{}", schedule.describe());
            seen.insert(due);
        }
        // Five hundred listings take every second there is.
        assert_eq!(i64::try_from(seen.len()), Ok(most + 1), "{}", schedule.describe());
    }
}

#[test]
fn f035_after_three_days_asleep_each_listing_is_due_once_and_soon() {
    let (slept, woke) = (at("2026-01-01T00:00:00Z"), at("2026-01-04T00:00:00Z"));
    for schedule in
        [cron("*/30 * * * *", Tz::UTC), Schedule::every(Duration::from_secs(1_800)).expect("a schedule")]
    {
        let listings: Vec<ListingId> = (0..100).map(|n| id(&format!("listing-{n}"))).collect();
        let mut starts = std::collections::BTreeSet::new();
        for listing in &listings {
            assert!(schedule.next_due(slept, listing) < woke, "overdue");
            let run = schedule.catch_up(woke, listing);
            assert!(run >= woke && run.since(woke) <= 60);
            // Asked from that run on, the missed ones are gone.
            assert!(schedule.next_due(run, listing) > run);
            starts.insert(run);
        }
        assert!(starts.len() > 30, "spread over the minute: {}", starts.len());
    }
}

#[test]
fn the_end_of_time_is_not_passed() {
    let end = at("2199-12-31T23:59:59Z");
    let daily = cron("@daily", Tz::UTC);
    assert_eq!(daily.next_after(at("2199-12-30T12:00:00Z")), Some(at("2199-12-31T00:00:00Z")));
    assert_eq!((daily.next_after(end), daily.next_due(end, &id("a"))), (None, end));
    assert_eq!(Schedule::every(MAX_PERIOD).expect("a schedule").next_after(end), None);
    assert!(daily.upcoming(at("2199-12-30T12:00:00Z"), 9).len() == 1);
}

#[test]
fn years_beyond_those_of_the_crate_are_reached() {
    for (line, after, expected) in [
        ("0 0 29 2 *", "2096-03-01T00:00:00Z", "2104-02-29T00:00:00Z"),
        ("0 0 29 2 *", "2104-02-29T00:00:00Z", "2108-02-29T00:00:00Z"),
        ("@yearly", "2099-06-01T00:00:00Z", "2100-01-01T00:00:00Z"),
        ("@yearly", "2100-06-01T00:00:00Z", "2101-01-01T00:00:00Z"),
        ("0 9 * * 1", "2150-12-31T00:00:00Z", "2151-01-04T09:00:00Z"),
        ("*/30 * * * *", "2163-12-31T23:45:00Z", "2164-01-01T00:00:00Z"),
    ] {
        assert_eq!(cron(line, Tz::UTC).next_after(at(after)), Some(at(expected)), "{line} after {after}");
    }
}
