//! When messages are sent to a target, and how many at once: `quiet`, `digest`, `digest_most`, `order`, `concurrency`.

use std::str::FromStr;

use chrono_tz::Tz;

use super::Checker;
use crate::config::raw::{RawConfig, RawQuiet, RawTarget, Text, Texts};
use crate::delivery::{Digest, Manner, QUIET_MOST, quiet_until};
use crate::model::Timestamp;
use crate::model::delivery::AT_ONCE;
use crate::model::quiet::{DAYS, QuietHours, minute_of_day};
use crate::schedule::Schedule;

/// The greatest number of quiet hours of one target.
const MAX_QUIET: usize = 20;
/// As many messages close a digest early where nothing is said.
const DIGEST_MOST: i64 = 1_000;
/// The shortest and the longest time that a digest gathers.
const DIGEST: std::ops::RangeInclusive<u64> = 1..=31 * 86_400;

impl Checker<'_> {
    /// The zone of targets that name none: that of `[defaults]`, whose mistakes are reported there.
    pub(super) fn default_zone(&self, raw: &RawConfig) -> Tz {
        let zone = raw.defaults.zone.as_ref();
        zone.and_then(|zone| Tz::from_str(zone.get_ref()).ok()).unwrap_or(Tz::UTC)
    }

    pub(super) fn manner(&mut self, raw: &RawTarget, zone: Tz) -> Manner {
        let order = raw.order.as_ref().is_some_and(|flag| *flag.get_ref());
        let default = if order { 1 } else { i64::from(AT_ONCE) };
        let number = self.number(raw.concurrency.as_ref(), "concurrency", 1..=64, default);
        if let (Some(given), Some(flag), true) = (&raw.concurrency, &raw.order, order && number > 1) {
            let fault = self.findings.fault(given.span(), "with `order` one message is under way at a time");
            fault.also(flag.span(), "this is `order`").hint("leave `concurrency` out, or `order`");
        }
        let concurrency = if order { 1 } else { usize::try_from(number).unwrap_or(1) };
        Manner { digest: self.digest(raw, zone), order, concurrency, doubt: concurrency }
    }

    fn digest(&mut self, raw: &RawTarget, zone: Tz) -> Option<Digest> {
        let most = self.number(raw.digest_most.as_ref(), "digest_most", 2..=10_000, DIGEST_MOST);
        let Some(text) = &raw.digest else {
            if let Some(most) = &raw.digest_most {
                let fault = self.findings.fault(most.span(), "`digest_most` is given, but no `digest`");
                fault.hint("such as `digest = \"1h\"`");
            }
            return None;
        };
        if let Some(Ok(burst)) = &raw.burst {
            let warning = self.findings.warn(burst.span(), "with a `digest` there is no burst");
            warning.also(text.span(), "this is the digest").hint("leave `burst` out");
        }
        let window = self.window(text, zone)?;
        Some(Digest::new(window, usize::try_from(most).unwrap_or(usize::MAX)))
    }

    /// A period, or a cron line: that has blanks between fields, or begins with an `@`.
    fn window(&mut self, text: &Text, zone: Tz) -> Option<Schedule> {
        let written = text.get_ref().trim();
        let is_period = humantime::parse_duration(written).is_ok();
        if !is_period && (written.starts_with('@') || written.split_whitespace().count() > 2) {
            return self.cron(text, zone);
        }
        let period = self.period(text, "digest")?;
        if DIGEST.contains(&period.as_secs())
            && let Ok(schedule) = Schedule::every(period)
        {
            return Some(schedule);
        }
        let fault = self.findings.fault(text.span(), "`digest` is out of range");
        fault.label("from 1s to 31d").hint("or a cron line, such as `0 9 * * 1-5`");
        None
    }

    /// The hours in which a target is sent nothing.
    pub(super) fn quiet_hours(&mut self, raw: &RawTarget, zone: Tz) -> Vec<QuietHours> {
        let Some(list) = &raw.quiet else { return Vec::new() };
        if let Some(surplus) = list.get(MAX_QUIET) {
            let message = format!("{} quiet hours are too many", list.len());
            self.findings.fault(surplus.span.clone(), message).hint(format!("at most {MAX_QUIET}"));
            return Vec::new();
        }
        let found: Vec<QuietHours> =
            list.iter().filter_map(|raw| self.quiet_hours_of_one(raw, zone)).collect();
        // They are the same every week, but for what clock changes do to them.
        let begin = Timestamp::from_unix(0);
        if let Some(first) = list.first()
            && quiet_until(&found, begin).is_some_and(|end| end.since(begin) >= QUIET_MOST)
        {
            let fault = self.findings.fault(first.span.clone(), "it is always quiet");
            fault.hint("nothing would ever be sent; `tidings target disable` does that for a while");
        }
        found
    }

    fn quiet_hours_of_one(&mut self, raw: &RawQuiet, zone: Tz) -> Option<QuietHours> {
        self.required(&raw.missing, "quiet", &raw.span);
        let from = self.minute(raw.from.as_ref(), "from", 24 * 60 - 1);
        let until = self.minute(raw.until.as_ref(), "until", 24 * 60);
        let days = self.days(raw.days.as_ref());
        let zone = self.zone(raw.zone.as_ref()).unwrap_or(zone);
        let (from, until) = (from?, until?);
        if from == until {
            let fault = self.findings.fault(raw.span.clone(), "`from` and `until` are the same");
            fault.hint("a whole day is from `00:00` until `24:00`");
            return None;
        }
        QuietHours::new(from, until, days, zone)
    }

    fn minute(&mut self, text: Option<&Text>, key: &str, most: u16) -> Option<u16> {
        let text = text?;
        let found = minute_of_day(text.get_ref()).filter(|minute| *minute <= most);
        if found.is_none() {
            let fault = self.findings.fault(text.span(), format!("`{key}` is no time of the day"));
            fault.hint("such as `22:00`");
        }
        found
    }

    fn days(&mut self, days: Option<&Texts>) -> [bool; 7] {
        let Some(list) = days else { return [true; 7] };
        let mut found = [false; 7];
        for day in list.get_ref() {
            match DAYS.iter().position(|name| name == day.get_ref()) {
                Some(at) => found[at] = true,
                None => {
                    let fault = self.findings.fault(day.span(), "this is no day of the week");
                    fault.hint(format!("one of {}", DAYS.join(", ")));
                }
            }
        }
        if list.get_ref().is_empty() {
            let fault = self.findings.fault(list.span(), "`days` is empty, so it would never be quiet");
            fault.hint("leave it out for every day");
        }
        found
    }
}
