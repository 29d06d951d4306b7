//! How listings are treated: schedule, zone, identity, fields, limits. A listing's own word goes first, then
//! `[defaults]`, then the program's.

use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use chrono_tz::{TZ_VARIANTS, Tz};

use super::Checker;
use super::value::inside;
use crate::config::raw::{RawPolicy, Text, Texts};
use crate::model::Field;
use crate::model::key::KeyKind;
use crate::model::listing::{DateRules, Format, Limits, Quiet};
use crate::schedule::Schedule;

/// Thirty minutes: what a listing gets that says nothing of when.
const EVERY: Duration = Duration::from_secs(30 * 60);

/// The shortest and the longest time without anything new that can be asked for.
const QUIET: RangeInclusive<Duration> = Duration::from_secs(3_600)..=Duration::from_secs(366 * 86_400);

/// Names that mean a field which is volatile whatever the config says.
const ALWAYS_VOLATILE: [&str; 4] = ["likes", "minutes", "views", "position"];

/// A policy, checked.
#[derive(Clone)]
pub(super) struct Policy {
    pub(super) schedule: When,
    pub(super) zone: Tz,
    pub(super) format: Format,
    pub(super) dates: DateRules,
    pub(super) identity: Vec<KeyKind>,
    pub(super) content: Vec<Field>,
    pub(super) announce_first: bool,
    pub(super) removed_after: u8,
    pub(super) alert_after: u8,
    pub(super) quiet: Quiet,
    pub(super) limits: Limits,
}

/// A schedule, where a cron line waits for the zone it is read in.
#[derive(Clone)]
pub(super) enum When {
    Cron(Text),
    Every(Schedule),
}

impl Checker<'_> {
    /// What listings get that say nothing, from `[defaults]`.
    pub(super) fn defaults(&mut self, raw: &RawPolicy) -> Option<Policy> {
        let program = Policy {
            schedule: When::Every(Schedule::every(EVERY).ok()?),
            zone: Tz::UTC,
            format: Format::Auto,
            dates: DateRules::default(),
            identity: KeyKind::ALL.to_vec(),
            content: Field::ALL.to_vec(),
            announce_first: false,
            removed_after: 2,
            alert_after: 3,
            quiet: Quiet::Auto,
            limits: Limits::default(),
        };
        let policy = self.policy(raw, &program);
        if raw.schedule.is_some() {
            // Every listing reads it again, perhaps in another zone; here its mistakes are reported once.
            self.schedule(&policy);
        }
        Some(policy)
    }

    /// `raw` with `base` for what it leaves out.
    pub(super) fn policy(&mut self, raw: &RawPolicy, base: &Policy) -> Policy {
        Policy {
            schedule: self.when(raw).unwrap_or_else(|| base.schedule.clone()),
            zone: self.zone(raw.zone.as_ref()).unwrap_or(base.zone),
            format: self.format(raw.format.as_ref()).unwrap_or(base.format),
            dates: self.dates(raw, &base.dates),
            identity: self.identity(raw.identity.as_ref()).unwrap_or_else(|| base.identity.clone()),
            content: self.content(raw.volatile.as_ref()).unwrap_or_else(|| base.content.clone()),
            announce_first: raw.announce_first.as_ref().map_or(base.announce_first, |flag| *flag.get_ref()),
            removed_after: self.count(raw.removed_after.as_ref(), "removed_after", base.removed_after),
            alert_after: self.count(raw.alert_after.as_ref(), "alert_after", base.alert_after),
            quiet: self.quiet(raw.quiet_after.as_ref()).unwrap_or(base.quiet),
            limits: self.limits(raw, base.limits),
        }
    }

    /// The schedule of a policy in its zone; `None` after a fault.
    pub(super) fn schedule(&mut self, policy: &Policy) -> Option<Schedule> {
        let line = match &policy.schedule {
            When::Every(schedule) => return Some(schedule.clone()),
            When::Cron(line) => line,
        };
        self.cron(line, policy.zone)
    }

    /// The schedule of a cron line; `None` after a fault.
    pub(super) fn cron(&mut self, line: &Text, zone: Tz) -> Option<Schedule> {
        match Schedule::cron(line.get_ref(), zone) {
            Ok(schedule) => Some(schedule),
            Err(error) => {
                let span = inside(self.text, line, &error.span);
                self.findings.fault(span, error.message).hint(error.hint);
                None
            }
        }
    }

    fn when(&mut self, raw: &RawPolicy) -> Option<When> {
        if let (Some(cron), Some(every)) = (&raw.schedule, &raw.every) {
            let fault = self.findings.fault(every.span(), "both `schedule` and `every` are given");
            fault.also(cron.span(), "the other").hint("keep one of them");
        }
        let every = raw.every.as_ref().and_then(|text| self.every(text));
        raw.schedule.clone().map(When::Cron).or(every.map(When::Every))
    }

    fn every(&mut self, text: &Text) -> Option<Schedule> {
        match Schedule::every(self.period(text, "every")?) {
            Ok(schedule) => Some(schedule),
            Err(error) => {
                self.findings.fault(text.span(), error.message).hint(error.hint);
                None
            }
        }
    }

    /// A time span in words, such as `30m`.
    pub(super) fn period(&mut self, text: &Text, key: &str) -> Option<Duration> {
        match humantime::parse_duration(text.get_ref()) {
            Ok(period) => Some(period),
            Err(error) => {
                let fault = self.findings.fault(text.span(), format!("`{key}` is no period"));
                fault.label(error.to_string()).hint("a number and a unit, such as `30m`, `1h 30m` or `1d`");
                None
            }
        }
    }

    /// `"auto"`, a period, or `false`.
    fn quiet(&mut self, raw: Option<&Result<Text, toml::Spanned<bool>>>) -> Option<Quiet> {
        let text = match raw? {
            Ok(text) if text.get_ref() == "auto" => return Some(Quiet::Auto),
            Ok(text) => text,
            Err(flag) if !flag.get_ref() => return Some(Quiet::Never),
            Err(flag) => {
                let fault =
                    self.findings.fault(flag.span(), "`quiet_after` must be a period, \"auto\" or false");
                fault.hint("by a listing's own rhythm is `\"auto\"`");
                return None;
            }
        };
        let period = self.period(text, "quiet_after")?;
        if QUIET.contains(&period) {
            return u32::try_from(period.as_secs()).ok().map(Quiet::After);
        }
        let fault = self.findings.fault(text.span(), "`quiet_after` is out of range");
        fault.label("from 1h to 366d").hint("the default is \"auto\"");
        None
    }

    pub(super) fn zone(&mut self, zone: Option<&Text>) -> Option<Tz> {
        let text = zone?;
        let name = text.get_ref();
        if let Ok(zone) = Tz::from_str(name) {
            return Some(zone);
        }
        let names = || TZ_VARIANTS.iter().map(|zone| zone.name());
        let city = |zone: &&str| zone.rsplit('/').next().is_some_and(|city| city.eq_ignore_ascii_case(name));
        let near = names().find(city).or_else(|| self.findings.suggest(name, names()));
        let fault = self.findings.fault(text.span(), "`zone` is no time zone");
        match near {
            Some(near) => fault.hint(format!("did you mean `{near}`?")),
            None => {
                fault.hint("a name from the IANA database, such as `Europe/Berlin`; the default is `UTC`")
            }
        };
        None
    }

    fn format(&mut self, format: Option<&Text>) -> Option<Format> {
        let text = format?;
        let found = Format::ALL.iter().copied().find(|format| format.name() == text.get_ref());
        if found.is_none() {
            let names: Vec<&str> = Format::ALL.iter().map(|format| format.name()).collect();
            let fault = self.findings.fault(text.span(), "`format` is not known");
            fault.hint(format!("one of {}", names.join(", ")));
        }
        found
    }

    fn identity(&mut self, list: Option<&Texts>) -> Option<Vec<KeyKind>> {
        let list = list?;
        let mut kinds = Vec::new();
        for text in list.get_ref() {
            match KeyKind::ALL.into_iter().find(|kind| kind.name() == text.get_ref()) {
                Some(kind) if kinds.contains(&kind) => {
                    self.findings.warn(text.span(), format!("`{}` is given twice", kind.name()));
                }
                Some(kind) => kinds.push(kind),
                None => {
                    let known = KeyKind::ALL.map(KeyKind::name).join(", ");
                    self.findings.fault(text.span(), "no such kind of key").hint(format!("one of {known}"));
                }
            }
        }
        if list.get_ref().is_empty() {
            let fault = self.findings.fault(list.span(), "`identity` is empty");
            fault.hint("without a key no article can be told from another; leave it out to get all three");
        }
        Some(kinds)
    }

    /// The fields that are left when those of `volatile` are taken out.
    fn content(&mut self, list: Option<&Texts>) -> Option<Vec<Field>> {
        let list = list?;
        let mut content = Field::ALL.to_vec();
        for text in list.get_ref() {
            let name = text.get_ref().as_str();
            if let Some(field) = Field::ALL.into_iter().find(|field| field.name() == name) {
                content.retain(|kept| *kept != field);
            } else if ALWAYS_VOLATILE.contains(&name) {
                self.findings
                    .warn(text.span(), format!("`{name}` is always volatile"))
                    .hint("it can be left out");
            } else {
                let fault = self.findings.fault(text.span(), "no such field");
                fault.hint(format!("one of {}", Field::ALL.map(Field::name).join(", ")));
            }
        }
        Some(content)
    }

    fn count(&mut self, number: Option<&toml::Spanned<i64>>, key: &str, default: u8) -> u8 {
        u8::try_from(self.number(number, key, 1..=100, default.into())).unwrap_or(default)
    }

    fn limits(&mut self, raw: &RawPolicy, base: Limits) -> Limits {
        let mut limit = |number, key, most: i64, default: u32| {
            u32::try_from(self.number(number, key, 1..=most, default.into())).unwrap_or(default)
        };
        let page_bytes = u32::try_from(base.page_bytes).unwrap_or(u32::MAX);
        Limits {
            pages: limit(raw.max_pages.as_ref(), "max_pages", 10_000, base.pages),
            page_bytes: limit(raw.max_page_bytes.as_ref(), "max_page_bytes", 64 << 20, page_bytes).into(),
            entries: limit(raw.max_entries.as_ref(), "max_entries", 100_000, base.entries),
            line_bytes: limit(raw.max_line_bytes.as_ref(), "max_line_bytes", 10_000, base.line_bytes),
            summary_bytes: limit(
                raw.max_summary_bytes.as_ref(),
                "max_summary_bytes",
                100_000,
                base.summary_bytes,
            ),
        }
    }
}
