//! Days on which clocks change.

use chrono::{Datelike, NaiveDateTime, Timelike};
use croner::Cron;
use proptest::prelude::*;
use std::str::FromStr;

use super::*;

#[test]
fn f028_a_skipped_time_runs_once_at_the_end_of_the_gap() {
    // Berlin, 2026-03-29: 02:00 to 03:00 is skipped at 01:00 UTC.
    let berlin = Tz::Europe__Berlin;
    assert_eq!(
        fires("30 2 * * *", berlin, "2026-03-28T00:00:00Z", 4),
        ["2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z", "2026-03-31T00:30:00Z"]
    );
    // Several skipped together run together, and those after the gap as always.
    assert_eq!(
        fires("0,30 2,3 * * *", berlin, "2026-03-29T00:00:00Z", 3),
        ["2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z", "2026-03-30T00:00:00Z"]
    );
    // São Paulo, 2018-11-04: midnight is skipped.
    assert_eq!(
        fires("@daily", Tz::America__Sao_Paulo, "2018-11-03T12:00:00Z", 2),
        ["2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z"]
    );
    // Apia skipped the whole of 2011-12-30.
    assert_eq!(
        fires("0 9 * * *", Tz::Pacific__Apia, "2011-12-29T00:00:00Z", 3),
        ["2011-12-29T19:00:00Z", "2011-12-30T10:00:00Z", "2011-12-30T19:00:00Z"]
    );
}

#[test]
fn f029_a_repeated_hour_runs_a_fixed_time_once_and_half_hours_each() {
    // Berlin, 2026-10-25: 02:00 to 03:00 runs twice, from 00:00 and from 01:00 UTC.
    let berlin = Tz::Europe__Berlin;
    assert_eq!(
        fires("30 2 * * *", berlin, "2026-10-24T12:00:00Z", 2),
        ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]
    );
    assert_eq!(
        fires("*/30 * * * *", berlin, "2026-10-24T23:30:00Z", 6),
        [
            "2026-10-25T00:00:00Z",
            "2026-10-25T00:30:00Z",
            "2026-10-25T01:00:00Z",
            "2026-10-25T01:30:00Z",
            "2026-10-25T02:00:00Z",
            "2026-10-25T02:30:00Z",
        ]
    );
    // Asked in the middle of the second run, a fixed time waits for the next day.
    assert_eq!(fires("45 2 * * *", berlin, "2026-10-25T01:10:00Z", 1), ["2026-10-26T01:45:00Z"]);
    // And in spring, half hours stay half hours.
    assert_eq!(
        fires("*/30 * * * *", berlin, "2026-03-29T00:15:00Z", 3),
        ["2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z"]
    );
}

#[test]
fn f030_half_an_hour_of_lord_howe_island() {
    let zone = Tz::Australia__Lord_Howe;
    // 2026-04-05: 02:00 (+11) becomes 01:30 (+10:30) at 15:00 UTC the day before.
    assert_eq!(
        fires("*/15 * * * *", zone, "2026-04-04T14:30:00Z", 5),
        [
            "2026-04-04T14:45:00Z",
            "2026-04-04T15:00:00Z",
            "2026-04-04T15:15:00Z",
            "2026-04-04T15:30:00Z",
            "2026-04-04T15:45:00Z",
        ]
    );
    assert_eq!(
        fires("45 1 * * *", zone, "2026-04-04T00:00:00Z", 2),
        ["2026-04-04T14:45:00Z", "2026-04-05T15:15:00Z"]
    );
    // 2026-10-04: 02:00 (+10:30) becomes 02:30 (+11) at 15:30 UTC the day before.
    assert_eq!(
        fires("15 2 * * *", zone, "2026-10-03T00:00:00Z", 2),
        ["2026-10-03T15:30:00Z", "2026-10-04T15:15:00Z"]
    );
}

/// Zones with all sorts of changes: an hour, half an hour, at midnight, at Ramadan, a day left out, none.
const ZONES: [Tz; 12] = [
    Tz::Europe__Berlin,
    Tz::America__New_York,
    Tz::Australia__Lord_Howe,
    Tz::America__Sao_Paulo,
    Tz::Africa__Casablanca,
    Tz::Pacific__Apia,
    Tz::Asia__Tehran,
    Tz::America__Havana,
    Tz::Africa__Cairo,
    Tz::Antarctica__Troll,
    Tz::Asia__Kolkata,
    Tz::UTC,
];

/// 2005-01-01 to 2030-01-01.
const SPAN: std::ops::Range<i64> = 1_104_537_600..1_893_456_000;

fn shown(zone: Tz, at: i64) -> NaiveDateTime {
    Timestamp::from_unix(at).to_chrono().with_timezone(&zone).naive_local()
}

/// Every fire within `days` of `start`, found by walking over every minute there is. Knows nothing of offsets:
/// only what the wall clock shows.
fn walk(line: &str, zone: Tz, start: i64, days: i64) -> Vec<i64> {
    let oracle = Cron::from_str(line).expect("a line");
    let every_hour = line.split(' ').nth(1) == Some("*");
    let fits = |wall: NaiveDateTime| oracle.is_time_matching(&wall.and_utc()).expect("a time");
    // The latest that the clock has shown; a day before tells whether the start is in a repeated hour.
    let mut latest = shown(zone, start - 86_400);
    let mut fires = Vec::new();
    let mut at = start - 86_400 + 60;
    while at <= start + days * 86_400 {
        let wall = shown(zone, at);
        let mut due = fits(wall);
        if !every_hour {
            due = due && wall > latest;
            let mut skipped = latest + chrono::TimeDelta::minutes(1);
            while skipped < wall {
                due = due || fits(skipped);
                skipped += chrono::TimeDelta::minutes(1);
            }
        }
        latest = latest.max(wall);
        if due && at > start {
            fires.push(at);
        }
        at += 60;
    }
    fires
}

/// Days around which the clocks of the zone change, or any days where they do not.
fn start() -> impl Strategy<Value = (Tz, i64)> {
    (proptest::sample::select(&ZONES[..]), SPAN, -2_000i64..2_000).prop_map(|(zone, from, minutes)| {
        let near = wall::first_change(zone, from, from + 200 * 86_400).unwrap_or(from);
        (zone, (near - near.rem_euclid(60)) + minutes * 60)
    })
}

/// Five fields, about half of them of every hour.
fn line() -> impl Strategy<Value = String> {
    let hour = prop_oneof![
        Just("*".to_owned()),
        (0..24u32).prop_map(|hour| hour.to_string()),
        (0..5u32).prop_map(|hour| hour.to_string()),
        (2..6u32).prop_map(|step| format!("*/{step}")),
        Just("0-5".to_owned()),
    ];
    let minute = prop_oneof![
        (0..60u32).prop_map(|minute| minute.to_string()),
        Just("*/30".to_owned()),
        Just("*/15".to_owned()),
        Just("0,45".to_owned()),
    ];
    let days =
        prop_oneof![3 => Just("* * *".to_owned()), 1 => (0..7u32).prop_map(|day| format!("* * {day}"))];
    (minute, hour, days).prop_map(|(minute, hour, days)| format!("{minute} {hour} {days}"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn a_walk_over_every_minute_agrees((zone, start) in start(), line in line()) {
        let schedule = cron(&line, zone);
        let days = 4;
        let found: Vec<i64> =
            schedule.upcoming(Timestamp::from_unix(start), 1_000).into_iter().map(Timestamp::unix)
                .take_while(|at| *at <= start + days * 86_400).collect();
        prop_assert_eq!(&found, &walk(&line, zone, start, days), "{} in {} from {}", line, zone, Timestamp::from_unix(start));
        prop_assert!(found.is_sorted());
    }

    #[test]
    fn another_implementation_agrees_on_fixed_times_and_every_hour(
        (zone, start) in start(),
        hour in prop_oneof![Just("*".to_owned()), (0..6u32).prop_map(|hour| hour.to_string())],
        minute in 0..60u32,
    ) {
        // A day left out is more than it looks for.
        prop_assume!(zone != Tz::Pacific__Apia);
        let line = format!("{minute} {hour} * * *");
        let oracle = Cron::from_str(&line).expect("a line");
        let schedule = cron(&line, zone);
        let mut from = Timestamp::from_unix(start);
        for _ in 0..30 {
            let next = schedule.next_after(from).expect("a time");
            let expected = oracle.find_next_occurrence(&from.to_chrono().with_timezone(&zone), false).expect("a time");
            prop_assert_eq!(next, Timestamp::from_chrono(&expected), "{} in {} after {}", line, zone, from);
            from = next;
        }
    }
}

#[test]
fn no_zone_changes_its_clocks_twice_within_a_day() {
    // What `first_change` builds on. A change that is undone within a day shows at steps of six hours. All zones
    // pass, in ten seconds; every seventh stands for them here.
    for zone in chrono_tz::TZ_VARIANTS.into_iter().step_by(7).chain(ZONES) {
        let mut last = -172_800;
        let mut at = 0;
        let mut seen = shown(zone, at).and_utc().timestamp() - at;
        while at < 2_500_000_000 {
            at += 6 * 3_600;
            let offset = shown(zone, at).and_utc().timestamp() - at;
            if offset != seen {
                assert!(at - last > 86_400, "{zone} at {}", Timestamp::from_unix(at));
                (last, seen) = (at, offset);
            }
        }
    }
}

#[test]
fn a_day_and_its_parts_are_read_off_the_wall() {
    // The walk above stands on this: what a wall in Tokyo shows.
    let wall = shown(Tz::Asia__Tokyo, at("2026-11-20T16:30:00Z").unix());
    assert_eq!((wall.day(), wall.hour(), wall.minute()), (21, 1, 30));
}
