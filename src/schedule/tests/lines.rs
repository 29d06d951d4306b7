//! What a cron line means, and what is said of a bad one.

use croner::parser::{CronParser, Seconds};
use proptest::prelude::*;

use super::*;

#[test]
fn f031_five_fields_are_those_of_unix() {
    for (line, expected) in [
        ("0 9 * * 1", "2026-11-23T09:00:00Z"), // Monday
        ("0 9 * * 0", "2026-11-22T09:00:00Z"), // Sunday
        ("0 9 * * 7", "2026-11-22T09:00:00Z"), // Sunday too
        ("0 9 * * sun", "2026-11-22T09:00:00Z"),
        ("0 9 * * Saturday", "2026-11-21T09:00:00Z"),
        ("0 9 * * 1-5", "2026-11-20T09:00:00Z"), // a Friday
        ("0 9 * * Fri-Sun", "2026-11-20T09:00:00Z"),
        ("0 9 * * 6-7", "2026-11-21T09:00:00Z"),
        ("0 9 * * 0-7", "2026-11-20T09:00:00Z"),
        ("0 9 1 * ?", "2026-12-01T09:00:00Z"),
        ("0 9 31 * *", "2026-12-31T09:00:00Z"),
        ("0 9 1 feb,Apr-may *", "2027-02-01T09:00:00Z"),
        ("30 8 * * *", "2026-11-20T08:30:00Z"),
        ("15 30 8 * * *", "2026-11-20T08:30:15Z"), // the second in front
        ("*/20 * * * *", "2026-11-20T08:20:00Z"),
        ("10-50/20 * * * *", "2026-11-20T08:10:00Z"),
        ("\t5,10  8 *  * *  ", "2026-11-20T08:05:00Z"),
        ("@hourly", "2026-11-20T09:00:00Z"),
        ("@daily", "2026-11-21T00:00:00Z"),
        ("@midnight", "2026-11-21T00:00:00Z"),
        ("@weekly", "2026-11-22T00:00:00Z"),
        ("@monthly", "2026-12-01T00:00:00Z"),
        ("@YEARLY", "2027-01-01T00:00:00Z"),
        ("@annually", "2027-01-01T00:00:00Z"),
    ] {
        assert_eq!(fires(line, Tz::UTC, "2026-11-20T08:00:00Z", 1), [expected], "{line}");
    }
}

/// A bad line, what of it is marked, the message and a part of the hint.
const BAD: &[(&str, &str, &str, &str)] = &[
    ("", "", "the cron line is empty", "`*/30 * * * *`"),
    ("   ", "   ", "the cron line is empty", "minute hour"),
    ("* * * *", "* * * *", "a cron line has 5 fields, this has 4", "minute hour"),
    ("* * * * * * 2026", "* * * * * * 2026", "a cron line has 5 fields, this has 7", "sixth field"),
    ("60 * * * *", "60", "`60` is no minute", "0 to 59"),
    ("* 24 * * *", "24", "`24` is no hour", "0 to 23"),
    ("* * 0 * *", "0", "`0` is no day of month", "1 to 31"),
    ("* * * 13 *", "13", "`13` is no month", "1 to 12, or a name such as `feb`"),
    ("* * * * 8", "8", "`8` is no weekday", "0 to 7, or a name such as `mon`"),
    ("60 0 0 * * *", "60", "`60` is no second", "0 to 59"),
    ("*/0 * * * *", "0", "a step of 0 never moves on", "least step is 1"),
    ("*/61 * * * *", "61", "`61` is no step for the minute", "1 to 60"),
    ("*/ * * * *", "", "`` is no step for the minute", "1 to 60"),
    ("5/10 * * * *", "5/10", "a step needs a range before it", "`5-59/10`"),
    ("* 22-2 * * *", "22-2", "`22-2` runs backwards", "`22-23,0-2`"),
    ("* * * * Fri-Mon", "Fri-Mon", "`Fri-Mon` runs backwards", "`Fri-6,0-Mon`"),
    ("1,,2 * * * *", "", "a minute is missing", "0 to 59"),
    ("* * L * *", "L", "`L` is no day of month", "`L` is not known here"),
    ("* * 15W * *", "15W", "`15W` is no day of month", "1 to 31"),
    ("* * * * 5#2", "5#2", "`5#2` is no weekday", "0 to 7"),
    ("H * * * *", "H", "`H` is no minute", "`H` is not known here"),
    ("? * * * *", "?", "`?` is no minute", "0 to 59"),
    ("-5 * * * *", "", "a minute is missing", "0 to 59"),
    ("+5 * * * *", "+5", "`+5` is no minute", "0 to 59"),
    ("99999999999 * * * *", "99999999999", "`99999999999` is no minute", "0 to 59"),
    ("٣ * * * *", "٣", "`٣` is no minute", "0 to 59"),
    ("* * * Febuary *", "Febuary", "`Febuary` is no month", "`feb`"),
    ("@every 5m", "@every", "`@every` is not understood", "write `every = \"30m\"`"),
    ("@reboot", "@reboot", "`@reboot` is not understood", "@hourly"),
    ("@daily x", "@daily", "`@daily` is not understood", "@hourly"),
];

#[test]
fn f034_bad_lines_are_refused_with_place_and_hint() {
    for (line, marked, message, hint) in BAD {
        let error = Schedule::cron(line, Tz::UTC).expect_err(line);
        assert_eq!(&line[error.span.clone()], *marked, "{line}: {error:?}");
        assert_eq!(error.message, *message, "{line}");
        assert!(error.hint.contains(hint), "{line}: {}", error.hint);
    }
    assert!(Schedule::cron(&"* ".repeat(10_000), Tz::UTC).is_err());
}

#[test]
fn f032_both_day_fields_restricted_is_refused_with_the_reason() {
    for line in ["0 9 13 * 5", "0 9 1-30 * 1-6", "0 9 */2 * Mon", "0 0 9 13 * Fri"] {
        let error = Schedule::cron(line, Tz::UTC).expect_err(line);
        assert_eq!(error.message, "day of month and weekday are both restricted", "{line}");
        assert!(error.hint.contains("either") && error.hint.contains("both"));
    }
    for fine in ["0 9 1-31 * 5", "0 9 13 * 0-6", "0 9 13 * *", "0 9 * * 5"] {
        assert!(Schedule::cron(fine, Tz::UTC).is_ok(), "{fine}");
    }
}

#[test]
fn f033_dates_that_never_come_are_refused() {
    for line in ["0 0 30 2 *", "0 0 31 2,4,6,9,11 *", "0 0 31 Apr *", "0 0 30-31 Feb *"] {
        let error = Schedule::cron(line, Tz::UTC).expect_err(line);
        assert!(error.message.starts_with("this never fires"), "{line}: {error}");
    }
    assert_eq!(fires("0 0 29 2 *", Tz::UTC, "2026-01-01T00:00:00Z", 1), ["2028-02-29T00:00:00Z"]);
    assert_eq!(fires("0 0 31 2,3 *", Tz::UTC, "2026-01-01T00:00:00Z", 1), ["2026-03-31T00:00:00Z"]);
}

fn field(min: u32, max: u32) -> impl Strategy<Value = String> {
    let single = (min..=max).prop_map(|value| value.to_string());
    let range = (min..=max, min..=max, 1..=7u32).prop_map(|(a, b, step)| {
        let (low, high) = (a.min(b), a.max(b));
        if step == 1 { format!("{low}-{high}") } else { format!("{low}-{high}/{step}") }
    });
    let item = prop_oneof![single, range];
    let list = proptest::collection::vec(item, 1..4).prop_map(|items| items.join(","));
    prop_oneof![3 => Just("*".to_owned()), 1 => (2..=7u32).prop_map(|step| format!("*/{step}")), 4 => list]
}

/// Lines that are sound but for days that may never come.
pub(super) fn line() -> impl Strategy<Value = String> {
    let days = prop_oneof![
        (field(1, 31), Just("*".to_owned())),
        (Just("*".to_owned()), field(0, 6)),
        Just(("*".to_owned(), "*".to_owned())),
    ];
    let second = prop_oneof![2 => Just(None), 1 => field(0, 59).prop_map(Some)];
    (second, field(0, 59), field(0, 23), days, field(1, 12)).prop_map(
        |(second, minute, hour, (day, weekday), month)| {
            let second = second.map(|second| format!("{second} ")).unwrap_or_default();
            format!("{second}{minute} {hour} {day} {month} {weekday}")
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn in_utc_another_implementation_agrees(line in line(), start in 0i64..4_000_000_000) {
        let oracle = CronParser::builder().seconds(Seconds::Optional).build().parse(&line).expect("a line");
        match Schedule::cron(&line, Tz::UTC) {
            Ok(schedule) => {
                let mut from = Timestamp::from_unix(start);
                for _ in 0..5 {
                    let next = schedule.next_after(from).expect("a time");
                    let expected = oracle.find_next_occurrence(&from.to_chrono(), false).expect("a time");
                    prop_assert_eq!(next, Timestamp::from_chrono(&expected), "{} after {}", line, from);
                    from = next;
                }
            }
            Err(error) => {
                prop_assert!(error.message.starts_with("this never fires"), "{}: {}", line, error);
                prop_assert!(oracle.find_next_occurrence(&Timestamp::from_unix(start).to_chrono(), false).is_err());
            }
        }
    }

    #[test]
    fn any_text_is_read_or_refused_within_itself(line in "\\PC{0,40}|[0-9*/,@LW# -]{0,30}") {
        if let Err(error) = Schedule::cron(&line, Tz::UTC) {
            prop_assert!(line.get(error.span.clone()).is_some(), "{:?}: {:?}", line, error);
            prop_assert!(!error.message.is_empty() && !error.hint.is_empty());
        }
    }
}
