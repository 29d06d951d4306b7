//! Quiet hours: until when nothing is sent.

use chrono::{Datelike as _, NaiveDate, NaiveDateTime, TimeDelta, TimeZone as _};
use chrono_tz::Tz;

use crate::model::Timestamp;
use crate::model::quiet::QuietHours;

/// No quiet lasts longer than this many seconds without an end that is known.
pub const QUIET_MOST: i64 = 8 * 86_400;

/// When the quiet hours end in which `now` lies; `None` where it lies in none. Hours that follow one another without a
/// gap are one; after [`QUIET_MOST`] it may go on.
#[must_use]
pub fn quiet_until(hours: &[QuietHours], now: Timestamp) -> Option<Timestamp> {
    let mut end = now;
    while let Some(later) = hours.iter().filter_map(|hours| end_of(hours, end)).max()
        && later > end
    {
        end = later;
        if end.since(now) >= QUIET_MOST {
            break;
        }
    }
    (end > now).then_some(end)
}

/// When these hours end, if `at` lies in them.
fn end_of(hours: &QuietHours, at: Timestamp) -> Option<Timestamp> {
    let today = at.to_chrono().with_timezone(&hours.zone()).date_naive();
    // They last into the next day, and where a clock change skips a day, into the one after it.
    (0..=2).find_map(|ago| {
        let day = today.checked_sub_signed(TimeDelta::days(ago))?;
        let is_one = hours.days().get(day.weekday().num_days_from_monday() as usize).copied()?;
        let begin = instant(day, hours.from(), hours.zone(), false)?;
        let end = instant(day, hours.until(), hours.zone(), true)?;
        (is_one && begin <= at && at < end).then_some(end)
    })
}

/// The instant at which a clock shows so many minutes after the midnight of a day. One that a clock change skips is the
/// first after the gap; of one that comes twice the first, or the `last`.
fn instant(day: NaiveDate, minutes: u16, zone: Tz, last: bool) -> Option<Timestamp> {
    let shown: NaiveDateTime = day.and_time(chrono::NaiveTime::MIN) + TimeDelta::minutes(minutes.into());
    // No clock was ever put forward by more than a day.
    let found = (0..=100).find_map(|quarters| {
        let found = zone.from_local_datetime(&(shown + TimeDelta::minutes(15 * quarters)));
        // After a gap there is one alone.
        if last { found.latest() } else { found.earliest() }
    });
    found.map(|at| Timestamp::from_chrono(&at))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).expect("a time")
    }

    fn hours(from: &str, until: &str, days: &[usize], zone: Tz) -> QuietHours {
        let minute = |text| crate::model::quiet::minute_of_day(text).expect("a time of the day");
        let mut chosen = [days.is_empty(); 7];
        days.iter().for_each(|day| chosen[*day] = true);
        QuietHours::new(minute(from), minute(until), chosen, zone).expect("hours")
    }

    fn until(hours: &[QuietHours], now: &str) -> Option<String> {
        quiet_until(hours, at(now)).map(Timestamp::rfc3339)
    }

    #[test]
    fn a_night_is_quiet_from_its_first_minute_until_its_last() {
        let night = [hours("22:00", "07:00", &[], Tz::UTC)];
        assert_eq!(until(&night, "2026-11-21T21:59:59Z"), None);
        let end = Some("2026-11-22T07:00:00Z".to_owned());
        assert_eq!(until(&night, "2026-11-21T22:00:00Z"), end);
        assert_eq!(until(&night, "2026-11-22T06:59:59Z"), end);
        assert_eq!(until(&night, "2026-11-22T07:00:00Z"), None);
    }

    #[test]
    fn days_are_those_on_which_they_begin_and_neighbours_are_one() {
        // 2026-11-21 is a Saturday.
        let friday = [hours("22:00", "07:00", &[4], Tz::UTC)];
        assert_eq!(until(&friday, "2026-11-21T03:00:00Z"), Some("2026-11-21T07:00:00Z".to_owned()));
        assert_eq!(until(&friday, "2026-11-21T23:00:00Z"), None);
        let weekend = [hours("00:00", "24:00", &[5, 6], Tz::UTC), hours("20:00", "06:30", &[6], Tz::UTC)];
        assert_eq!(until(&weekend, "2026-11-21T09:00:00Z"), Some("2026-11-23T06:30:00Z".to_owned()));
        let always = [hours("00:00", "24:00", &[], Tz::UTC)];
        let end = quiet_until(&always, at("2026-11-21T09:00:00Z")).expect("quiet");
        assert!(end.since(at("2026-11-21T09:00:00Z")) >= QUIET_MOST);
    }

    #[test]
    fn clock_changes_make_a_night_longer_or_shorter_and_never_skip_it() {
        // Berlin: the clock goes from 2:00 to 3:00 on 2026-03-29, and from 3:00 to 2:00 on 2026-10-25.
        let night = [hours("22:00", "07:00", &[], Tz::Europe__Berlin)];
        assert_eq!(until(&night, "2026-03-28T21:00:00Z"), Some("2026-03-29T05:00:00Z".to_owned()));
        assert_eq!(until(&night, "2026-10-24T20:00:00Z"), Some("2026-10-25T06:00:00Z".to_owned()));
        let skipped = [hours("02:15", "02:45", &[], Tz::Europe__Berlin)];
        assert_eq!(until(&skipped, "2026-03-29T00:59:00Z"), None);
        assert_eq!(until(&skipped, "2026-03-29T01:00:00Z"), None, "the clock never shows them");
        let twice = [hours("02:15", "02:45", &[], Tz::Europe__Berlin)];
        let end = Some("2026-10-25T01:45:00Z".to_owned());
        assert_eq!(until(&twice, "2026-10-25T00:15:00Z"), end, "until they are shown for the last time");
        assert_eq!(until(&twice, "2026-10-25T01:30:00Z"), end);
        // A day that was skipped whole.
        let apia = [hours("22:00", "07:00", &[], Tz::Pacific__Apia)];
        assert_eq!(until(&apia, "2011-12-30T09:30:00Z"), Some("2011-12-30T17:00:00Z".to_owned()));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn the_end_is_the_first_instant_that_is_not_quiet(
            from in 0u16..1_440,
            length in 1u16..1_200,
            days in 1u8..128,
            start in 1_700_000_000i64..1_900_000_000,
            zone in prop::sample::select(vec![Tz::UTC, Tz::Europe__Berlin, Tz::America__New_York, Tz::Australia__Lord_Howe]),
        ) {
            let chosen = [0, 1, 2, 3, 4, 5, 6].map(|day| days & (1 << day) != 0);
            let hours = [QuietHours::new(from, (from + length) % 1_440, chosen, zone).expect("hours")];
            let mut now = Timestamp::from_unix(start);
            let stop = now.plus(3 * 86_400);
            while now < stop {
                let Some(end) = quiet_until(&hours, now) else {
                    now = now.plus(613);
                    continue;
                };
                prop_assert!(end > now);
                prop_assert_eq!(quiet_until(&hours, end), None);
                prop_assert_eq!(quiet_until(&hours, end.plus(-1)), Some(end));
                now = end;
            }
        }
    }
}
