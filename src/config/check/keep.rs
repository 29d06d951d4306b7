//! `[keep]`.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::Checker;
use crate::config::model::KeepConfig;
use crate::config::raw::{RawKeep, Text};
use crate::model::delivery::DELIVERED_KEPT;

const DAY: u64 = 86_400;

/// For how long records stay that tell what happened, a year without a word; and what articles say, for ever.
const PERIODS: RangeInclusive<Duration> = Duration::from_secs(DAY)..=Duration::from_secs(100 * 366 * DAY);

/// A year, as the parser of periods has it.
const YEAR: i64 = 31_557_600;

impl Checker<'_> {
    pub(super) fn keep(&mut self, raw: &RawKeep) -> KeepConfig {
        let articles = raw.articles.as_ref().and_then(|raw| self.articles_kept(raw));
        let history =
            raw.history.as_ref().and_then(|text| self.kept(text, "history", "\"1y\"")).unwrap_or(YEAR);
        KeepConfig { articles, history, delivered: self.delivered(raw) }
    }

    fn delivered(&mut self, raw: &RawKeep) -> u64 {
        let default = i64::try_from(DELIVERED_KEPT).unwrap_or(i64::MAX);
        let number = self.number(raw.delivered.as_ref(), "delivered", 1..=100_000, default);
        u64::try_from(number).unwrap_or(DELIVERED_KEPT)
    }

    /// A period, or `false`: for ever.
    fn articles_kept(&mut self, raw: &Result<Text, toml::Spanned<bool>>) -> Option<i64> {
        match raw {
            Ok(text) => self.kept(text, "articles", "false"),
            Err(flag) if !flag.get_ref() => None,
            Err(flag) => {
                let fault = self.findings.fault(flag.span(), "`articles` must be a period or false");
                fault.hint(
                    "`false` keeps what articles say for ever, `\"2y\"` two years after they were last seen",
                );
                None
            }
        }
    }

    fn kept(&mut self, text: &Text, key: &str, default: &str) -> Option<i64> {
        let period = self.period(text, key)?;
        if PERIODS.contains(&period) {
            return i64::try_from(period.as_secs()).ok();
        }
        let fault = self.findings.fault(text.span(), format!("`{key}` is out of range"));
        fault.label("from 1d to 100y").hint(format!("the default is {default}"));
        None
    }
}
