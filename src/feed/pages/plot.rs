//! A small plot: how many entries are from each of the last days, weeks, months or years.
//!
//! The unit is the finest one that shows most of the entries without being mostly gaps, so that a feed with an
//! article every few weeks has a picture too. It ends at the newest day that has an entry, never at today: a page
//! must not change while nothing happens.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use chrono::Datelike;
use minijinja::{Value, context};

use crate::feed::document::FeedEntry;
use crate::model::Timestamp;

/// Most bars there is room for.
const MOST: i64 = 60;
/// Units of the drawing that a bar is wide with the gap after it, and without.
const STEP: i64 = 5;
const BAR: i64 = 4;
/// Units of the drawing that the highest bar is high.
const HEIGHT: i64 = 40;
/// Seconds of a day.
const DAY: i64 = 86_400;
/// Months of a year.
const YEAR: i64 = 12;

/// What one bar stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Day,
    /// From Monday to Sunday.
    Week,
    Month,
    Year,
}

/// From the finest to the coarsest.
const UNITS: [Unit; 4] = [Unit::Day, Unit::Week, Unit::Month, Unit::Year];

/// The entries of each unit that is shown and has some.
struct Counted {
    unit: Unit,
    counts: BTreeMap<i64, i64>,
    shown: i64,
}

/// The plot of these entries, which are called `noun`; `None` where all are from one day, which a sentence says
/// better.
pub(super) fn plot(entries: &[FeedEntry<'_>], noun: &str) -> Option<Value> {
    let days: Vec<i64> = entries.iter().map(day).collect();
    let Counted { unit, counts, shown } = chosen(&days)?;
    let (&oldest, _) = counts.first_key_value()?;
    let (&newest, _) = counts.last_key_value()?;
    let span = (newest - oldest + 1).max(unit.fewest());
    let most = counts.values().copied().max().unwrap_or(1);
    let mut bars = String::new();
    for (at, count) in &counts {
        let left = (at - newest + span - 1) * STEP;
        let high = (count * HEIGHT / most).max(1);
        // Writing to a string cannot fail.
        let _ = write!(bars, "M{left} {HEIGHT}v-{high}h{BAR}v{high}z");
    }
    let row = |(at, count): (&i64, &i64)| context! { at => unit.shown(*at), count };
    Some(context! {
        noun,
        unit => unit.name(),
        head => unit.head(),
        width => span * STEP,
        height => HEIGHT,
        bars,
        span,
        most,
        first => unit.shown(newest - span + 1),
        newest => unit.shown(newest),
        shown,
        total => entries.len(),
        rows => counts.iter().rev().map(row).collect::<Value>(),
    })
}

/// The finest unit that says something, else the coarsest that has two bars.
fn chosen(days: &[i64]) -> Option<Counted> {
    let counted = UNITS.map(|unit| Counted::new(unit, days)).into_iter().filter(|all| all.counts.len() > 1);
    let mut coarsest = None;
    for counted in counted {
        if counted.is_telling(days.len()) {
            return Some(counted);
        }
        coarsest = Some(counted);
    }
    coarsest
}

impl Counted {
    /// The last units, up to the newest that has an entry.
    fn new(unit: Unit, days: &[i64]) -> Self {
        let mut counts: BTreeMap<i64, i64> = BTreeMap::new();
        for day in days {
            *counts.entry(unit.of(*day)).or_default() += 1;
        }
        let newest = counts.last_key_value().map_or(0, |(newest, _)| *newest);
        counts.retain(|at, _| newest - at < MOST);
        let shown = counts.values().sum();
        Self { unit, counts, shown }
    }

    /// Whether three quarters of the entries are shown, and a third of the bars are there.
    fn is_telling(&self, total: usize) -> bool {
        let span = match (self.counts.first_key_value(), self.counts.last_key_value()) {
            (Some((oldest, _)), Some((newest, _))) => newest - oldest + 1,
            _ => return false,
        };
        let (total, bars) = (i64::try_from(total), i64::try_from(self.counts.len()));
        total.is_ok_and(|total| self.shown * 4 >= total * 3) && bars.is_ok_and(|bars| bars * 3 >= span)
    }
}

impl Unit {
    /// The number of the unit that a day is in. Days are counted from 1970-01-01, which was a Thursday.
    fn of(self, day: i64) -> i64 {
        let date = || instant(day).to_chrono();
        match self {
            Self::Day => day,
            Self::Week => (day + 3).div_euclid(7),
            Self::Month => i64::from(date().year()) * YEAR + i64::from(date().month0()),
            Self::Year => i64::from(date().year()),
        }
    }

    /// A unit for people and programs alike: the day, the Monday of the week, the month, the year.
    fn shown(self, number: i64) -> String {
        let date = |day: i64| instant(day).to_chrono().format("%Y-%m-%d").to_string();
        match self {
            Self::Day => date(number),
            Self::Week => date(number * 7 - 3),
            Self::Month => {
                format!("{:04}-{:02}", number.div_euclid(YEAR), number.rem_euclid(YEAR) + 1)
            }
            Self::Year => format!("{number:04}"),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
        }
    }

    /// What stands above its column.
    fn head(self) -> &'static str {
        match self {
            Self::Day => "Day",
            Self::Week => "Week from",
            Self::Month => "Month",
            Self::Year => "Year",
        }
    }

    /// Fewest units that are shown, so that few bars stay bars.
    fn fewest(self) -> i64 {
        match self {
            Self::Day => 14,
            Self::Week | Self::Month => 12,
            Self::Year => 6,
        }
    }
}

/// The day an entry is from, counted from 1970-01-01: as printed, but a day in the future of its publication is a
/// mistake (one day is a matter of zones).
fn day(entry: &FeedEntry<'_>) -> i64 {
    let published = entry.published.unix() / DAY;
    entry.date.map_or(published, |date| i64::from(date.day().number()).min(published + 1))
}

fn instant(day: i64) -> Timestamp {
    Timestamp::from_unix(day * DAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-20, a Friday.
    const NEWEST: i64 = 20_777;

    fn unit(days: impl IntoIterator<Item = i64>) -> Option<&'static str> {
        let days: Vec<i64> = days.into_iter().collect();
        chosen(&days).map(|counted| counted.unit.name())
    }

    fn every(gap: i64) -> impl Iterator<Item = i64> {
        (0..100).map(move |number| NEWEST - number * gap)
    }

    #[test]
    fn unit_follows_how_often_something_comes() {
        assert_eq!(unit((0..100).map(|number| NEWEST - number / 4)), Some("day"));
        assert_eq!(unit(every(1)), Some("week"), "a hundred days have no room");
        assert_eq!(unit(every(4)), Some("week"));
        assert_eq!(unit(every(14)), Some("month"));
        assert_eq!(unit(every(90)), Some("year"));
    }

    #[test]
    fn few_entries_and_stray_ones_have_a_picture_too() {
        assert_eq!(unit([NEWEST]), None);
        assert_eq!(unit([NEWEST, NEWEST, NEWEST]), None, "all of one day");
        assert_eq!(unit([NEWEST, NEWEST - 1]), Some("day"));
        assert_eq!(unit([NEWEST, NEWEST - 20]), Some("week"));
        assert_eq!(unit([NEWEST, NEWEST - 300]), Some("month"), "one year, so the coarsest with two bars");
        let stray = (0..30).map(|number| NEWEST - number).chain([NEWEST - 4_000]);
        assert_eq!(unit(stray), Some("day"), "one very old entry");
        let stray = (0..30).map(|number| NEWEST - 4_000 - number).chain([NEWEST]);
        assert_eq!(unit(stray), Some("year"), "one very new entry");
    }

    #[test]
    fn every_day_is_in_the_unit_that_is_shown_for_it() {
        for day in (4..84_000).step_by(7).chain(NEWEST - 800..NEWEST) {
            let date = Unit::Day.shown(day);
            assert_eq!(Unit::Month.shown(Unit::Month.of(day)), date[..date.len() - 3]);
            assert_eq!(Unit::Year.shown(Unit::Year.of(day)), date[..date.len() - 6]);
            let monday = Unit::Week.of(day) * 7 - 3;
            assert!((monday..monday + 7).contains(&day));
            assert_eq!(instant(monday).to_chrono().weekday(), chrono::Weekday::Mon);
        }
    }
}
