//! Time as tidings keeps it: whole seconds in UTC between 1970 and 2200, calendar days, and dates as printed.
//!
//! Nothing here reads a clock; `now` is always an argument.

use std::fmt;

use chrono::{DateTime, Datelike, Days, NaiveDate, SecondsFormat, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// The first instant that is not kept: 2200-01-01. Later ones cannot be written as RFC 822 dates by all, and
/// are mistakes.
const END: i64 = 7_258_118_400;

/// An instant in UTC, whole seconds, within 1970..2200; values outside are clamped when they come in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The last instant that is kept.
    pub const LAST: Self = Self(END - 1);

    /// The instant `seconds` after 1970-01-01T00:00:00Z, clamped to 1970..2200.
    #[must_use]
    pub fn from_unix(seconds: i64) -> Self {
        Self(seconds.clamp(0, END - 1))
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn unix(self) -> i64 {
        self.0
    }

    /// This instant moved by `seconds`, clamped.
    #[must_use]
    pub fn plus(self, seconds: i64) -> Self {
        Self::from_unix(self.0.saturating_add(seconds))
    }

    /// Seconds from `earlier` to this instant; zero when `earlier` is later (a clock that went backwards).
    #[must_use]
    pub fn since(self, earlier: Self) -> i64 {
        (self.0 - earlier.0).max(0)
    }

    /// As chrono's type, for the crates that want it.
    #[must_use]
    pub fn to_chrono(self) -> DateTime<Utc> {
        Utc.timestamp_opt(self.0, 0).single().unwrap_or_default()
    }

    /// From chrono's type; parts of a second are dropped.
    #[must_use]
    pub fn from_chrono<Z: TimeZone>(instant: &DateTime<Z>) -> Self {
        Self::from_unix(instant.timestamp())
    }

    /// `2016-03-03T00:00:01Z` (RFC 3339).
    #[must_use]
    pub fn rfc3339(self) -> String {
        self.to_chrono().to_rfc3339_opts(SecondsFormat::Secs, true)
    }

    /// `Thu, 3 Mar 2016 00:00:01 +0000` (RFC 2822, which RSS 2.0 asks for).
    #[must_use]
    pub fn rfc2822(self) -> String {
        self.to_chrono().to_rfc2822()
    }

    /// `Thu, 03 Mar 2016 00:00:01 GMT` (RFC 9110, section 5.6.7).
    #[must_use]
    pub fn http_date(self) -> String {
        self.to_chrono().format("%a, %d %b %Y %H:%M:%S GMT").to_string()
    }

    /// Reads [`Self::rfc3339`] back, and any other RFC 3339 date; `None` for anything else.
    #[must_use]
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        DateTime::parse_from_rfc3339(text).ok().map(|at| Self::from_chrono(&at))
    }

    /// The calendar day in `zone` at this instant.
    #[must_use]
    pub fn day_in(self, zone: Tz) -> Day {
        Day(self.to_chrono().with_timezone(&zone).date_naive())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rfc3339())
    }
}

impl Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if to.is_human_readable() { to.serialize_str(&self.rfc3339()) } else { to.serialize_i64(self.0) }
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        if from.is_human_readable() {
            let text = std::borrow::Cow::<str>::deserialize(from)?;
            Self::parse_rfc3339(&text)
                .ok_or_else(|| serde::de::Error::custom(format!("no RFC 3339 time: {text:?}")))
        } else {
            i64::deserialize(from).map(Self::from_unix)
        }
    }
}

/// A calendar day as printed, in no zone, within 1970..2200.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(NaiveDate);

impl Day {
    /// The day, or `None` when there is no such day or its year is outside 1970..2200.
    #[must_use]
    pub fn from_ymd(year: i32, month: u32, day: u32) -> Option<Self> {
        NaiveDate::from_ymd_opt(year, month, day).filter(|date| (1970..2200).contains(&date.year())).map(Self)
    }

    /// Reads `2016-03-03`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
        Self::from_ymd(date.year(), date.month(), date.day())
    }

    /// The first instant of this day in `zone`; where a clock change skips midnight, the first after it.
    #[must_use]
    pub fn start_in(self, zone: Tz) -> Timestamp {
        let midnight = self.0.and_time(chrono::NaiveTime::MIN);
        let found = (0..8).find_map(|half_hours| {
            zone.from_local_datetime(&(midnight + TimeDelta::minutes(30 * half_hours))).earliest()
        });
        found.map_or_else(
            || Timestamp::from_unix(midnight.and_utc().timestamp()),
            |at| Timestamp::from_chrono(&at),
        )
    }

    /// Days from 1970-01-01, for ordering and packing.
    #[must_use]
    pub fn number(self) -> u32 {
        let epoch = NaiveDate::from_ymd_opt(1970, 1, 1).unwrap_or_default();
        u32::try_from((self.0 - epoch).num_days()).unwrap_or(0)
    }

    /// The day `days` later, or `None` past the end of 2199.
    #[must_use]
    pub fn plus(self, days: u32) -> Option<Self> {
        let date = self.0.checked_add_days(Days::new(days.into()))?;
        Self::from_ymd(date.year(), date.month(), date.day())
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m-%d"))
    }
}

/// When an article says it was published: a day, or an instant with the offset it was printed in.
///
/// Written as `2016-03-03` or RFC 3339, as given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Printed {
    /// A day without a time.
    Day(Day),
    /// An instant, and its printed offset from UTC in minutes.
    Instant {
        /// The instant.
        at: Timestamp,
        /// Minutes east of UTC.
        offset: i16,
    },
}

impl Printed {
    /// The calendar day as printed: for an instant, the day in its own offset. This is what goes into keys.
    #[must_use]
    pub fn day(self) -> Day {
        match self {
            Self::Day(day) => day,
            Self::Instant { at, offset } => Day(at.plus(i64::from(offset) * 60).to_chrono().date_naive()),
        }
    }

    /// Reads `2016-03-03` or RFC 3339.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(day) = Day::parse(text) {
            return Some(Self::Day(day));
        }
        let at = DateTime::parse_from_rfc3339(text).ok()?;
        let offset = i16::try_from(at.offset().local_minus_utc() / 60).ok()?;
        Some(Self::Instant { at: Timestamp::from_chrono(&at), offset })
    }
}

impl fmt::Display for Printed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(day) => day.fmt(f),
            Self::Instant { at, offset } => {
                let offset =
                    chrono::FixedOffset::east_opt(i32::from(*offset) * 60).unwrap_or(chrono::Utc.fix());
                let local = at.to_chrono().with_timezone(&offset);
                f.write_str(&local.to_rfc3339_opts(SecondsFormat::Secs, true))
            }
        }
    }
}

use chrono::Offset as _;

impl Serialize for Printed {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Printed {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(from)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom(format!("no date: {text:?}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_are_clamped_and_read_back() {
        assert_eq!(Timestamp::from_unix(-5), Timestamp::from_unix(0));
        assert_eq!(Timestamp::from_unix(i64::MAX).rfc3339(), "2199-12-31T23:59:59Z");
        let at = Timestamp::from_unix(1_456_963_201);
        assert_eq!(Timestamp::parse_rfc3339(&at.rfc3339()), Some(at));
        assert_eq!(at.rfc2822(), "Thu, 3 Mar 2016 00:00:01 +0000");
        assert_eq!(at.http_date(), "Thu, 03 Mar 2016 00:00:01 GMT");
    }

    #[test]
    fn days_outside_the_range_are_refused() {
        assert!(Day::from_ymd(1601, 1, 1).is_none() && Day::from_ymd(12_000, 1, 1).is_none());
        assert!(Day::parse("2016-02-30").is_none());
        assert_eq!(Day::parse("2016-03-03").map(|d| d.to_string()), Some("2016-03-03".into()));
    }

    #[test]
    fn a_day_that_skips_midnight_starts_after_the_gap() {
        // São Paulo, 2018-11-04: 00:00 did not exist.
        let day = Day::from_ymd(2018, 11, 4).expect("a day");
        assert_eq!(day.start_in(chrono_tz::America::Sao_Paulo).rfc3339(), "2018-11-04T03:00:00Z");
        assert_eq!(day.start_in(Tz::UTC).rfc3339(), "2018-11-04T00:00:00Z");
    }

    #[test]
    fn a_printed_instant_keeps_its_offset_and_its_day() {
        let printed = Printed::parse("2016-03-03T01:00:00+08:00").expect("a date");
        assert_eq!(printed.to_string(), "2016-03-03T01:00:00+08:00");
        assert_eq!(printed.day().to_string(), "2016-03-03");
        assert_eq!(Printed::parse("2016-03-03").map(Printed::day), Some(printed.day()));
    }
}
