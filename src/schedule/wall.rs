//! Clocks on walls: where a zone's offset changes, and what a schedule does there.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

const DAY: i64 = 86_400;

/// The last year that the `cron` crate knows.
const LAST_YEAR: i32 = 2100;

/// When the wall clock of `zone` next shows a time that `times` holds, strictly after `after` (seconds UTC).
///
/// Two rules for the days on which clocks change:
///
/// * a schedule of **every hour** means real time: it fires in both runs of a repeated hour, and not in a hour
///   that is skipped;
/// * any other means times of the day: each time fires once, in the first run of a repeated hour; one that is
///   skipped fires at the end of the gap, together with others skipped there.
///
/// `None` past the year 2199.
pub(super) fn next(times: &cron::Schedule, every_hour: bool, zone: Tz, after: i64) -> Option<i64> {
    let mut from = after;
    let mut wall = match repeated_until(zone, after) {
        Some(end) if !every_hour => end - 1,
        _ => after + offset(zone, after),
    };
    loop {
        let before = offset(zone, from);
        let due = next_on_wall(times, wall)? - before;
        let Some(change) = first_change(zone, from, due) else { return Some(due) };
        let (old_wall, new_wall) = (change + before, change + offset(zone, change));
        if !every_hour && due + before < new_wall {
            return Some(change);
        }
        from = change;
        wall = if every_hour { new_wall } else { new_wall.max(old_wall) } - 1;
    }
}

/// Seconds east of UTC at an instant.
fn offset(zone: Tz, at: i64) -> i64 {
    if zone == Tz::UTC {
        return 0;
    }
    zone.offset_from_utc_datetime(&naive(at)).fix().local_minus_utc().into()
}

/// The first instant in `from < t <= to` at which the offset is another than at `from`.
///
/// Looks once a day: no zone has changed its clocks twice within one since 1970.
pub(super) fn first_change(zone: Tz, from: i64, to: i64) -> Option<i64> {
    if zone == Tz::UTC {
        return None;
    }
    let old = offset(zone, from);
    let mut low = from;
    loop {
        let high = (low + DAY).min(to);
        if offset(zone, high) != old {
            return Some(bisect(zone, old, low, high));
        }
        if high >= to {
            return None;
        }
        low = high;
    }
}

/// The instant of the change between `low`, where the offset is still `old`, and `high`, where it is not.
fn bisect(zone: Tz, old: i64, mut low: i64, mut high: i64) -> i64 {
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if offset(zone, middle) == old {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

/// When the wall clock at `at` shows a time for the second time, the wall time at which that ends.
fn repeated_until(zone: Tz, at: i64) -> Option<i64> {
    let shown = at + offset(zone, at);
    let (first, second) = match zone.from_local_datetime(&naive(shown)) {
        chrono::MappedLocalTime::Ambiguous(a, b) => (a.timestamp(), b.timestamp()),
        _ => return None,
    };
    let first = first.min(second);
    if first == at {
        return None;
    }
    let change = first_change(zone, first, at)?;
    Some(change + offset(zone, first))
}

/// The first wall time after `wall` that `times` holds. Wall times are counted like seconds UTC, so that no
/// clock change is met here.
fn next_on_wall(times: &cron::Schedule, wall: i64) -> Option<i64> {
    let mut from = naive(wall);
    if from.year() < LAST_YEAR
        && let Some(found) = times.after(&from.and_utc()).next()
    {
        return Some(found.timestamp());
    }
    // The crate ends with 2100. A later year is asked about by way of an earlier one with the same calendar.
    for year in from.year().max(LAST_YEAR)..=2199 {
        if from.year() < year {
            from = NaiveDate::from_ymd_opt(year, 1, 1)?.and_hms_opt(0, 0, 0)? - TimeDelta::seconds(1);
        }
        let twin = twin(year)?;
        let asked = if from.year() == year {
            from.with_year(twin)?
        } else {
            NaiveDate::from_ymd_opt(twin, 1, 1)?.and_hms_opt(0, 0, 0)? - TimeDelta::seconds(1)
        };
        let found = times.after(&asked.and_utc()).next().filter(|found| found.year() == twin);
        if let Some(found) = found {
            return Some(found.naive_utc().with_year(year)?.and_utc().timestamp());
        }
    }
    None
}

/// A year from 2060 to 2099 with the same days as `year`.
fn twin(year: i32) -> Option<i32> {
    let first = NaiveDate::from_ymd_opt(year, 1, 1)?;
    (2060..2100).find(|candidate| {
        NaiveDate::from_ymd_opt(*candidate, 1, 1)
            .is_some_and(|other| other.weekday() == first.weekday() && other.leap_year() == first.leap_year())
    })
}

fn naive(seconds: i64) -> NaiveDateTime {
    DateTime::<Utc>::from_timestamp(seconds, 0).unwrap_or_default().naive_utc()
}
