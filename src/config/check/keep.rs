//! `[keep]`.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::Checker;
use crate::config::model::KeepConfig;
use crate::config::raw::{RawKeep, Text};
use crate::model::delivery::DELIVERED_KEPT;

const DAY: u64 = 86_400;

/// For how long records stay that tell what happened; a year without a word.
const HISTORY: RangeInclusive<Duration> = Duration::from_secs(DAY)..=Duration::from_secs(100 * 366 * DAY);

/// A year, as the parser of periods has it.
const YEAR: i64 = 31_557_600;

impl Checker<'_> {
    pub(super) fn keep(&mut self, raw: &RawKeep) -> KeepConfig {
        let history = raw.history.as_ref().and_then(|text| self.history(text)).unwrap_or(YEAR);
        KeepConfig { history, delivered: self.delivered(raw) }
    }

    fn delivered(&mut self, raw: &RawKeep) -> u64 {
        let default = i64::try_from(DELIVERED_KEPT).unwrap_or(i64::MAX);
        let number = self.number(raw.delivered.as_ref(), "delivered", 1..=100_000, default);
        u64::try_from(number).unwrap_or(DELIVERED_KEPT)
    }

    fn history(&mut self, text: &Text) -> Option<i64> {
        let period = self.period(text, "history")?;
        if HISTORY.contains(&period) {
            return i64::try_from(period.as_secs()).ok();
        }
        let fault = self.findings.fault(text.span(), "`history` is out of range");
        fault.label("from 1d to 100y").hint("the default is \"1y\"");
        None
    }
}
