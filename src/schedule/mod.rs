//! Schedules: when a listing is due next. Pure: `after` is always an argument.
//!
//! Two kinds: a cron line in a zone, and a period. Both say the next due instant from the last one alone, so that
//! a daemon that slept through ten of them runs once.

mod error;
mod line;
#[cfg(test)]
mod tests;
mod wall;

use std::str::FromStr;
use std::time::Duration;

use chrono_tz::Tz;

pub use error::ScheduleError;

use crate::model::{ListingId, Timestamp};

/// The greatest period: 366 days.
const MAX_PERIOD: Duration = Duration::from_secs(366 * 86_400);

/// The greatest jitter in seconds.
const MAX_JITTER: i64 = 60;

/// When a listing is due, checked: it always fires again.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    rule: Rule,
}

#[derive(Clone, Debug, PartialEq)]
enum Rule {
    Cron { written: String, times: Box<cron::Schedule>, every_hour: bool, zone: Tz },
    Every { seconds: i64 },
}

impl Schedule {
    /// The schedule of a cron line: five fields (minute, hour, day of month, month, weekday with 0 and 7 =
    /// Sunday, 1 = Monday), six with the second in front, or one of `@hourly`, `@daily`, `@midnight`, `@weekly`,
    /// `@monthly`, `@yearly`, `@annually`. At most 256 bytes.
    ///
    /// # Errors
    /// [`ScheduleError`] with the place in the line: for the user, who must change it.
    pub fn cron(line: &str, zone: Tz) -> Result<Self, ScheduleError> {
        let read = line::Line::parse(line)?;
        let times = cron::Schedule::from_str(&read.for_crate()).map_err(|error| {
            ScheduleError::new(0..line.len(), format!("not understood: {error}"), "such as `*/30 * * * *`")
        })?;
        let written = line.split_whitespace().collect::<Vec<_>>().join(" ");
        let every_hour = read.is_every_hour();
        Ok(Self { rule: Rule::Cron { written, times: Box::new(times), every_hour, zone } })
    }

    /// The schedule that fires `period` after the last time: 1 second to 366 days, whole seconds (the rest is
    /// dropped).
    ///
    /// # Errors
    /// [`ScheduleError`] when it is shorter or longer; its span is empty.
    pub fn every(period: Duration) -> Result<Self, ScheduleError> {
        let range = Duration::from_secs(1)..=MAX_PERIOD;
        if !range.contains(&period) {
            let message =
                if period < *range.start() { "a period below one second" } else { "a period above 366 days" };
            return Err(ScheduleError::new(0..0, message, "from `1s` to `366d`"));
        }
        let seconds = i64::try_from(period.as_secs()).unwrap_or(i64::MAX);
        Ok(Self { rule: Rule::Every { seconds } })
    }

    /// The next due instant strictly after `after`, without jitter.
    ///
    /// `None` only where that would lie beyond the year 2199.
    #[must_use]
    pub fn next_after(&self, after: Timestamp) -> Option<Timestamp> {
        let next = match &self.rule {
            Rule::Cron { times, every_hour, zone, .. } => {
                wall::next(times, *every_hour, *zone, after.unix())?
            }
            Rule::Every { seconds } => after.unix() + seconds,
        };
        let next = Timestamp::from_unix(next);
        (next > after).then_some(next)
    }

    /// The next due instant strictly after `after`, with the jitter of `listing`.
    ///
    /// The jitter spreads listings of one schedule over time: always the same for one listing, at most a tenth of
    /// the gap to the fire after that, and at most 60 seconds. Never earlier than [`Self::next_after`]. Beyond the
    /// year 2199, the last instant there is.
    #[must_use]
    pub fn next_due(&self, after: Timestamp, listing: &ListingId) -> Timestamp {
        let Some(next) = self.next_after(after) else { return Timestamp::from_unix(i64::MAX) };
        next.plus(self.jitter(next, listing))
    }

    /// When a listing runs that is overdue at `now`, because the machine slept or the daemon was down: once,
    /// within its jitter from now.
    #[must_use]
    pub fn catch_up(&self, now: Timestamp, listing: &ListingId) -> Timestamp {
        now.plus(self.jitter(now, listing))
    }

    /// The next `count` due instants after `after`, without jitter, in order.
    #[must_use]
    pub fn upcoming(&self, after: Timestamp, count: usize) -> Vec<Timestamp> {
        std::iter::successors(self.next_after(after), |last| self.next_after(*last)).take(count).collect()
    }

    /// What `check` and the lines at start-up call it: `every 30 minutes`, `cron */30 * * * * (UTC)`.
    #[must_use]
    pub fn describe(&self) -> String {
        match &self.rule {
            Rule::Cron { written, zone, .. } => format!("cron {written} ({zone})"),
            Rule::Every { seconds } => format!("every {}", words(*seconds)),
        }
    }

    /// Seconds from 0 to a tenth of the gap that follows `due`, the same for every such gap of a listing.
    fn jitter(&self, due: Timestamp, listing: &ListingId) -> i64 {
        let gap = self.next_after(due).map_or(0, |following| following.since(due));
        let most = (gap / 10).min(MAX_JITTER);
        let mut bytes = [0u8; 4];
        bytes.copy_from_slice(&blake3::hash(listing.as_str().as_bytes()).as_bytes()[..4]);
        // Scaled rather than divided, so that a listing keeps its place among others whatever the gap.
        (i64::from(u32::from_le_bytes(bytes)) * (most + 1)) >> 32
    }
}

/// `90` as `1 minute 30 seconds`.
fn words(seconds: i64) -> String {
    let mut rest = seconds;
    let mut parts = Vec::new();
    for (unit, length) in [("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)] {
        let count = rest / length;
        rest %= length;
        match count {
            0 => {}
            1 => parts.push(format!("1 {unit}")),
            _ => parts.push(format!("{count} {unit}s")),
        }
    }
    match parts.as_slice() {
        [one] if one.starts_with("1 ") => one[2..].to_owned(),
        _ => parts.join(" "),
    }
}
