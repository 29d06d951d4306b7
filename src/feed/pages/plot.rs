//! A small plot: how many articles are from each of the last days.
//!
//! It ends at the newest day that has an article, never at today: a page must not change while nothing happens.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use minijinja::{Value, context};

use crate::feed::document::FeedEntry;
use crate::model::Timestamp;

/// Most days that are shown.
const DAYS: i64 = 60;
/// Fewest days that are shown, so that few bars stay bars.
const FEWEST_DAYS: i64 = 14;
/// Units of the drawing that a day is wide, and its bar.
const DAY_WIDTH: i64 = 5;
const BAR_WIDTH: i64 = 4;
/// Units of the drawing that the highest bar is high.
const HEIGHT: i64 = 40;
/// Seconds of a day.
const DAY: i64 = 86_400;

/// The plot of these entries; `None` where all are from one day, which a sentence says better.
pub(super) fn plot(entries: &[FeedEntry<'_>]) -> Option<Value> {
    let mut days: BTreeMap<i64, i64> = BTreeMap::new();
    for entry in entries {
        *days.entry(day(entry)).or_default() += 1;
    }
    let (&newest, _) = days.last_key_value()?;
    days.retain(|day, _| newest - day < DAYS);
    let (&oldest, _) = days.first_key_value().filter(|(oldest, _)| **oldest < newest)?;
    let span = (newest - oldest + 1).max(FEWEST_DAYS);
    let most = days.values().copied().max().unwrap_or(1);
    let mut bars = String::new();
    for (day, count) in &days {
        let left = (day - newest + span - 1) * DAY_WIDTH;
        let high = (count * HEIGHT / most).max(1);
        // Writing to a string cannot fail.
        let _ = write!(bars, "M{left} {HEIGHT}v-{high}h{BAR_WIDTH}v{high}z");
    }
    let rows =
        days.iter().rev().map(|(day, count)| Value::from(vec![Value::from(shown(*day)), (*count).into()]));
    Some(context! {
        width => span * DAY_WIDTH,
        height => HEIGHT,
        bars,
        span,
        most,
        newest => shown(newest),
        shown => days.values().sum::<i64>(),
        total => entries.len(),
        rows => rows.collect::<Value>(),
    })
}

/// The day an entry is from, counted from 1970-01-01: as printed, but a day in the future of its publication is a
/// mistake (one day is a matter of zones).
fn day(entry: &FeedEntry<'_>) -> i64 {
    let published = entry.published.unix() / DAY;
    entry.date.map_or(published, |date| i64::from(date.day().number()).min(published + 1))
}

fn shown(day: i64) -> String {
    Timestamp::from_unix(day * DAY).to_chrono().format("%Y-%m-%d").to_string()
}
