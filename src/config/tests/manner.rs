//! When messages are sent to a target, and what a bad `quiet`, `digest`, `order` or `concurrency` is told.

use chrono_tz::Tz;

use super::*;
use crate::model::Timestamp;

fn with(keys: &str) -> String {
    format!(
        "[defaults]\nzone = \"Europe/Berlin\"\n{MINIMAL}[[target]]\nid = \"t\"\nsecret = {{ env = \"S\" }}\nurl = {{ env = \"U\" }}\n{keys}\n"
    )
}

#[test]
fn hours_digests_and_order_reach_a_target() {
    let config = config(&with(
        "quiet = [{ from = \"22:00\", until = \"07:00\", days = [\"mon\"] }, { from = \"12:00\", until = \"13:00\", zone = \"UTC\" }]\norder = true",
    ));
    let (target, manner) = (&config.targets[0], config.manner(&config.targets[0].rule.id));
    let [night, noon] = target.rule.quiet.as_slice() else { panic!("{target:?}") };
    assert_eq!((night.from(), night.until(), night.zone()), (22 * 60, 31 * 60, Tz::Europe__Berlin));
    assert_eq!(night.days(), [true, false, false, false, false, false, false]);
    assert_eq!((noon.zone(), noon.days()), (Tz::UTC, [true; 7]));
    assert_eq!((manner.order, manner.concurrency, manner.digest), (true, 1, None));
    assert_eq!(target.rule.at_once, 1);
}

#[test]
fn a_digest_is_a_period_or_a_cron_line_in_the_zone_of_the_defaults() {
    // Sunday noon.
    let sunday = Timestamp::parse_rfc3339("2026-11-22T12:00:00Z").expect("a time");
    for (written, closes) in [("1h 30m", "2026-11-22T13:30:00Z"), ("0 9 * * 1-5", "2026-11-23T08:00:00Z")] {
        let config = config(&with(&format!("digest = \"{written}\"\ndigest_most = 50")));
        let target = &config.targets[0];
        let digest = config.manner(&target.rule.id).digest.expect("a digest");
        assert_eq!((digest.closes(sunday).rfc3339().as_str(), digest.most()), (closes, 50));
        assert_eq!(target.rule.at_once, 0, "nothing is sent alone");
    }
    let plain = config(&with("concurrency = 16"));
    let target = &plain.targets[0];
    assert_eq!((plain.manner(&target.rule.id).concurrency, target.rule.at_once), (16, 16));
}

#[test]
fn bad_ones_are_told_what_is_meant() {
    let cases: &[(&str, &str)] = &[
        ("quiet = \"22:00-07:00\"", "`quiet` must be a table"),
        ("quiet = { from = \"22:00\" }", "this quiet has no `until`"),
        ("quiet = { from = \"22\", until = \"07:00\" }", "`from` is no time of the day (such as `22:00`)"),
        ("quiet = { from = \"24:00\", until = \"07:00\" }", "`from` is no time of the day"),
        (
            "quiet = { from = \"07:00\", until = \"07:00\" }",
            "`from` and `until` are the same (a whole day is",
        ),
        (
            "quiet = { from = \"22:00\", until = \"07:00\", days = [\"monday\"] }",
            "this is no day of the week",
        ),
        ("quiet = { from = \"22:00\", until = \"07:00\", days = [] }", "`days` is empty"),
        (
            "quiet = { from = \"22:00\", until = \"07:00\", zone = \"Berlin\" }",
            "`zone` is no time zone (did you",
        ),
        ("quiet = { from = \"22:00\", util = \"07:00\" }", "unknown key `util`"),
        (
            "quiet = [{ from = \"00:00\", until = \"12:00\" }, { from = \"11:00\", until = \"00:00\" }]",
            "it is always quiet (nothing would ever be sent",
        ),
        ("digest = \"40d\"", "`digest` is out of range (or a cron line"),
        ("digest = \"hourly\"", "`digest` is no period"),
        ("digest = \"0 25 * * *\"", "hour"),
        ("digest_most = 5", "`digest_most` is given, but no `digest`"),
        ("digest = \"1h\"\ndigest_most = 1", "`digest_most` is out of range"),
        ("digest = \"1h\"\nburst = 5", "with a `digest` there is no burst"),
        ("order = true\nconcurrency = 2", "with `order` one message is under way at a time"),
        ("concurrency = 65", "`concurrency` is out of range"),
        ("order = 1", "`order` must be true or false"),
    ];
    for (keys, expected) in cases {
        let found = findings(&with(keys));
        assert!(found.iter().any(|fault| fault.contains(expected)), "{keys}: {found:?}");
    }
}
