//! Cron lines: five Unix fields, six with seconds first, or a name such as `@daily`.
//!
//! The `cron` crate reads another dialect: six or seven fields only, and weekdays counted from Sunday = 1, so that
//! a line pasted from a crontab would run a day early. Lines are therefore read here, where each mistake has a
//! place and a hint, and handed to the crate as plain lists of numbers in its own counting.

use std::ops::Range;

use super::error::ScheduleError;

/// The greatest length of a line in bytes.
const MAX_LINE: usize = 256;

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

const WEEKDAYS: [&str; 7] = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

/// The most days each month can have.
const LONGEST: [u32; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// The names that stand for whole lines, as six fields.
const NAMED: [(&str, &str); 7] = [
    ("@hourly", "0 0 * * * *"),
    ("@daily", "0 0 0 * * *"),
    ("@midnight", "0 0 0 * * *"),
    ("@weekly", "0 0 0 * * 0"),
    ("@monthly", "0 0 0 1 * *"),
    ("@yearly", "0 0 0 1 1 *"),
    ("@annually", "0 0 0 1 1 *"),
];

/// The values of one field as bits: bit `n` is set when the schedule fires at value `n`.
type Values = u64;

/// What a field may hold.
struct Field {
    name: &'static str,
    min: u32,
    max: u32,
    names: &'static [&'static str],
}

impl Field {
    /// The last value of a whole round; weekday 7 is 0 again.
    fn last(&self) -> u32 {
        if self.is_weekday() { 6 } else { self.max }
    }

    fn is_weekday(&self) -> bool {
        self.max == WEEKDAY.max
    }
}

const SECOND: Field = Field { name: "second", min: 0, max: 59, names: &[] };
const MINUTE: Field = Field { name: "minute", min: 0, max: 59, names: &[] };
const HOUR: Field = Field { name: "hour", min: 0, max: 23, names: &[] };
const DAY: Field = Field { name: "day of month", min: 1, max: 31, names: &[] };
const MONTH: Field = Field { name: "month", min: 1, max: 12, names: &MONTHS };
/// 7 is Sunday too, as in Unix.
const WEEKDAY: Field = Field { name: "weekday", min: 0, max: 7, names: &WEEKDAYS };

/// A cron line, read and checked.
pub(super) struct Line {
    seconds: Values,
    minutes: Values,
    hours: Values,
    days: Values,
    months: Values,
    weekdays: Values,
}

impl Line {
    /// Reads a line.
    pub(super) fn parse(line: &str) -> Result<Self, ScheduleError> {
        let whole = 0..line.len();
        if line.len() > MAX_LINE {
            let message = format!("a cron line of {} bytes is too long", line.len());
            return Err(ScheduleError::new(whole, message, format!("at most {MAX_LINE} bytes")));
        }
        let words = words(line);
        if let [(at, name)] = words.as_slice()
            && name.starts_with('@')
        {
            return Self::named(name, at.clone());
        }
        if let Some((at, word)) = words.first().filter(|(_, word)| word.starts_with('@')) {
            return Err(unknown_name(word, at.clone()));
        }
        let minute = match words.len() {
            5 => 0,
            6 => 1,
            count => return Err(wrong_count(count, whole)),
        };
        let read = |field: &Field, index: usize| {
            let (at, word) = &words[index];
            read_field(field, word, at.start)
        };
        let line = Self {
            seconds: if minute == 1 { read(&SECOND, 0)? } else { 1 },
            minutes: read(&MINUTE, minute)?,
            hours: read(&HOUR, minute + 1)?,
            days: read(&DAY, minute + 2)?,
            months: read(&MONTH, minute + 3)?,
            weekdays: read_weekdays(&words[minute + 4])?,
        };
        line.check_days(words[minute + 2].0.start, words[minute + 3].0.end, whole.end)?;
        Ok(line)
    }

    fn named(name: &str, at: Range<usize>) -> Result<Self, ScheduleError> {
        match NAMED.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
            Some((_, fields)) => Self::parse(fields),
            None => Err(unknown_name(name, at)),
        }
    }

    /// Refuses what two crons would read differently, and what never fires.
    fn check_days(&self, days_start: usize, months_end: usize, end: usize) -> Result<(), ScheduleError> {
        let any_day = self.days == all(&DAY);
        if !any_day && self.weekdays != 0x7F {
            return Err(ScheduleError::new(
                days_start..end,
                "day of month and weekday are both restricted",
                "some crons run when either fits, others when both do; leave one of them `*`",
            ));
        }
        let months = (1..).zip(LONGEST).filter(|(month, _)| self.months >> month & 1 == 1);
        let longest = months.map(|(_, days)| days).max().unwrap_or(0);
        if self.days.trailing_zeros() > longest {
            return Err(ScheduleError::new(
                days_start..months_end,
                "this never fires: none of these months has such a day",
                "February has at most 29 days; April, June, September and November have 30",
            ));
        }
        Ok(())
    }

    /// Whether it fires in each of the 24 hours, so that it means real time rather than a time of day.
    pub(super) fn is_every_hour(&self) -> bool {
        self.hours == all(&HOUR)
    }

    /// The line in the dialect of the `cron` crate: six lists of numbers, weekdays from Sunday = 1.
    pub(super) fn for_crate(&self) -> String {
        let fields = [
            list(self.seconds, &SECOND),
            list(self.minutes, &MINUTE),
            list(self.hours, &HOUR),
            list(self.days, &DAY),
            list(self.months, &MONTH),
            if self.weekdays == 0x7F { "*".to_owned() } else { numbers(self.weekdays << 1) },
        ];
        fields.join(" ")
    }
}

/// The words of a line with their places.
fn words(line: &str) -> Vec<(Range<usize>, &str)> {
    let mut words = Vec::new();
    let mut start = None;
    for (at, c) in line.char_indices().chain([(line.len(), ' ')]) {
        match (c.is_whitespace(), start) {
            (false, None) => start = Some(at),
            (true, Some(from)) => {
                words.push((from..at, &line[from..at]));
                start = None;
            }
            _ => {}
        }
    }
    words
}

fn wrong_count(count: usize, span: Range<usize>) -> ScheduleError {
    let message = match count {
        0 => "the cron line is empty".to_owned(),
        1 => "a cron line has 5 fields, this has 1".to_owned(),
        _ => format!("a cron line has 5 fields, this has {count}"),
    };
    let hint = "minute hour day-of-month month weekday, such as `*/30 * * * *`; a sixth field in front is the second";
    ScheduleError::new(span, message, hint)
}

fn unknown_name(name: &str, at: Range<usize>) -> ScheduleError {
    let hint = if name.eq_ignore_ascii_case("@every") {
        "write `every = \"30m\"` instead of `schedule`"
    } else {
        "known are @hourly, @daily, @midnight, @weekly, @monthly, @yearly and @annually"
    };
    ScheduleError::new(at, format!("`{name}` is not understood"), hint)
}

/// Reads one field: items apart by commas.
fn read_field(field: &Field, word: &str, start: usize) -> Result<Values, ScheduleError> {
    let mut values = 0;
    let mut at = start;
    for item in word.split(',') {
        values |= read_item(field, item, at)?;
        at += item.len() + 1;
    }
    Ok(values)
}

/// As [`read_field`], with 7 folded onto 0.
fn read_weekdays((at, word): &(Range<usize>, &str)) -> Result<Values, ScheduleError> {
    let values = read_field(&WEEKDAY, word, at.start)?;
    Ok((values & 0x7F) | (values >> 7))
}

/// Reads `*`, `a`, `a-b`, each of which but the second may be followed by `/step`.
fn read_item(field: &Field, item: &str, start: usize) -> Result<Values, ScheduleError> {
    let (range, step) = match item.split_once('/') {
        Some((range, step)) => (range, Some(step)),
        None => (item, None),
    };
    let any = range == "*" || (range == "?" && (field.is_weekday() || field.max == DAY.max));
    let (low, high) = match range.split_once('-') {
        _ if any => (field.min, field.last()),
        Some((low, high)) => read_range(field, (low, high), start)?,
        None => {
            let value = read_value(field, range, start)?;
            if step.is_some() {
                let hint = format!("write `{range}-{}/{}`", field.max, step.unwrap_or_default());
                let message = "a step needs a range before it";
                return Err(ScheduleError::new(start..start + item.len(), message, hint));
            }
            (value, value)
        }
    };
    let step = step.map_or(Ok(1), |step| read_step(field, step, start + range.len() + 1))?;
    Ok((low..=high).step_by(step).fold(0, |values, value| values | 1 << value))
}

fn read_range(field: &Field, (low, high): (&str, &str), start: usize) -> Result<(u32, u32), ScheduleError> {
    let end = start + low.len() + 1 + high.len();
    let from = read_value(field, low, start)?;
    let mut to = read_value(field, high, start + low.len() + 1)?;
    if to == 0 && field.is_weekday() && from > 0 && high != "0" {
        // `Fri-Sun`: the Sunday at the end of the week.
        to = 7;
    }
    if from > to {
        let hint = format!("write `{low}-{},{}-{high}`", field.last(), field.min);
        return Err(ScheduleError::new(start..end, format!("`{low}-{high}` runs backwards"), hint));
    }
    Ok((from, to))
}

fn read_step(field: &Field, step: &str, start: usize) -> Result<usize, ScheduleError> {
    let span = start..start + step.len();
    let count = field.max - field.min + 1;
    match plain_number(step) {
        Some(0) => Err(ScheduleError::new(span, "a step of 0 never moves on", "the least step is 1")),
        Some(step) if step <= count => Ok(step as usize),
        _ => {
            let message = format!("`{step}` is no step for the {}", field.name);
            Err(ScheduleError::new(span, message, format!("a number from 1 to {count}")))
        }
    }
}

fn read_value(field: &Field, text: &str, start: usize) -> Result<u32, ScheduleError> {
    let value = plain_number(text).or_else(|| named_value(field, text));
    if let Some(value) = value.filter(|value| (field.min..=field.max).contains(value)) {
        return Ok(value);
    }
    let names = if field.names.is_empty() { "" } else { ", or a name such as `" };
    let example = field.names.get(1).map(|name| format!("{}`", &name[..3])).unwrap_or_default();
    let hint = match text {
        "L" | "W" | "LW" | "H" => {
            format!("`{text}` is not known here; {} to {}{names}{example}", field.min, field.max)
        }
        _ => format!("{} to {}{names}{example}", field.min, field.max),
    };
    let message = if text.is_empty() {
        format!("a {} is missing", field.name)
    } else {
        format!("`{text}` is no {}", field.name)
    };
    Err(ScheduleError::new(start..start + text.len(), message, hint))
}

/// A number of at most four plain digits.
fn plain_number(text: &str) -> Option<u32> {
    let plain = (1..=4).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

/// The number of a month or weekday given by its name or the first three letters of it.
fn named_value(field: &Field, text: &str) -> Option<u32> {
    let lower = text.to_ascii_lowercase();
    let index = field
        .names
        .iter()
        .position(|name| *name == lower || (lower.len() == 3 && name.starts_with(&lower)))?;
    u32::try_from(index).ok().map(|index| index + field.min)
}

/// Every value of a field.
fn all(field: &Field) -> Values {
    (field.min..=field.max).fold(0, |values, value| values | 1 << value)
}

fn list(values: Values, field: &Field) -> String {
    if values == all(field) { "*".to_owned() } else { numbers(values) }
}

fn numbers(values: Values) -> String {
    let numbers: Vec<String> =
        (0..64).filter(|bit| values >> bit & 1 == 1).map(|bit| bit.to_string()).collect();
    numbers.join(",")
}
