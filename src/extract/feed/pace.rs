//! How often a feed asks to be fetched.

use crate::extract::markup;
use crate::extract::xml::{Kind, Scanner};
use crate::model::reading::Pace;

/// Seconds of a year, the longest pause that is believed.
const YEAR: u64 = 366 * 86_400;

/// Days of the week as `skipDays` names them.
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// What was heard of it so far.
#[derive(Debug, Default)]
pub(super) struct Asked {
    ttl: Option<u64>,
    period: Option<u64>,
    frequency: Option<u64>,
    hours: u32,
    days: u8,
}

impl Asked {
    /// Hears what the element `name` says; of others and of nonsense, nothing.
    pub(super) fn hear(&mut self, name: &str, raw: &str) {
        let text = markup::value(raw);
        let text = text.trim();
        match name {
            "ttl" => self.ttl = text.parse().ok().map(|minutes: u64| minutes.saturating_mul(60)),
            "updatePeriod" => {
                self.period = match text.to_ascii_lowercase().as_str() {
                    "hourly" => Some(3_600),
                    "daily" => Some(86_400),
                    "weekly" => Some(7 * 86_400),
                    "monthly" => Some(30 * 86_400),
                    "yearly" => Some(365 * 86_400),
                    _ => None,
                }
            }
            "updateFrequency" => self.frequency = text.parse().ok(),
            "skipHours" => each(raw, "hour", |text| {
                // 24 is midnight to some.
                if let Some(hour) = text.parse::<u32>().ok().filter(|hour| *hour <= 24) {
                    self.hours |= 1 << (hour % 24);
                }
            }),
            "skipDays" => each(raw, "day", |text| {
                let start = text.get(..3).unwrap_or_default().to_ascii_lowercase();
                if let Some(day) = DAYS.iter().position(|day| *day == start) {
                    self.days |= 1 << day;
                }
            }),
            _ => {}
        }
    }

    /// All of it; `None` when it asks for nothing.
    pub(super) fn settle(&self) -> Option<Pace> {
        let period = self.period.map(|period| period / self.frequency.unwrap_or(1).max(1));
        let seconds = self.ttl.max(period).filter(|seconds| *seconds > 0);
        let seconds = seconds.map(|seconds| u32::try_from(seconds.min(YEAR)).unwrap_or(u32::MAX));
        let pace = Pace { seconds, skip_hours: self.hours, skip_days: self.days };
        (pace != Pace::default()).then_some(pace)
    }
}

fn each(raw: &str, name: &str, mut heard: impl FnMut(&str)) {
    let mut scanner = Scanner::new(raw);
    while let Some(tag) = scanner.next() {
        if tag.kind == Kind::Open && tag.name == name {
            heard(markup::value(scanner.inner(&tag, |_| false)).trim());
        }
    }
}
