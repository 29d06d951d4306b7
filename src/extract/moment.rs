//! Dates as data has them: RFC 3339, RFC 822 with all that is done to it, numbers since 1970.
//!
//! What has a time but no zone gives its day alone: nothing says which instant was meant. The day of the week is
//! never believed.

use crate::model::listing::DateRules;
use crate::model::{Day, Printed, Timestamp};

use super::dates::{self, BadDate, PageDate};

/// Beginnings of month names, in the order they are tried; English first.
const MONTHS: &[(&str, u32)] = &[
    ("jan", 1),
    ("feb", 2),
    ("mar", 3),
    ("apr", 4),
    ("may", 5),
    ("juin", 6),
    ("juil", 7),
    ("jun", 6),
    ("jul", 7),
    ("aug", 8),
    ("sep", 9),
    ("oct", 10),
    ("nov", 11),
    ("dec", 12),
    // German, Dutch and the North.
    ("jän", 1),
    ("mär", 3),
    ("mrz", 3),
    ("mrt", 3),
    ("maa", 3),
    ("mai", 5),
    ("maj", 5),
    ("mei", 5),
    ("okt", 10),
    ("dez", 12),
    // French, Spanish, Portuguese, Italian.
    ("ene", 1),
    ("gen", 1),
    ("fév", 2),
    ("fev", 2),
    ("avr", 4),
    ("abr", 4),
    ("mag", 5),
    ("giu", 6),
    ("lug", 7),
    ("aoû", 8),
    ("aou", 8),
    ("ago", 8),
    ("set", 9),
    ("out", 10),
    ("ott", 10),
    ("déc", 12),
    ("dic", 12),
    // Russian, Polish.
    ("янв", 1),
    ("фев", 2),
    ("мар", 3),
    ("апр", 4),
    ("мая", 5),
    ("май", 5),
    ("июн", 6),
    ("июл", 7),
    ("авг", 8),
    ("сен", 9),
    ("окт", 10),
    ("ноя", 11),
    ("дек", 12),
    ("sty", 1),
    ("lut", 2),
    ("kwi", 4),
    ("cze", 6),
    ("lip", 7),
    ("sie", 8),
    ("wrz", 9),
    ("paź", 10),
    ("lis", 11),
    ("gru", 12),
];

/// Names of zones and their minutes east of UTC. `CST` and `IST` mean several; RFC 822 decides the first, use the
/// second.
const ZONES: &[(&str, i16)] = &[
    ("Z", 0),
    ("UT", 0),
    ("UTC", 0),
    ("GMT", 0),
    ("WET", 0),
    ("EST", -300),
    ("EDT", -240),
    ("CST", -360),
    ("CDT", -300),
    ("MST", -420),
    ("MDT", -360),
    ("PST", -480),
    ("PDT", -420),
    ("AKST", -540),
    ("AKDT", -480),
    ("HST", -600),
    ("BRT", -180),
    ("BST", 60),
    ("WEST", 60),
    ("CET", 60),
    ("MET", 60),
    ("MEZ", 60),
    ("CEST", 120),
    ("MEST", 120),
    ("MESZ", 120),
    ("EET", 120),
    ("SAST", 120),
    ("EEST", 180),
    ("MSK", 180),
    ("IST", 330),
    ("HKT", 480),
    ("SGT", 480),
    ("AWST", 480),
    ("JST", 540),
    ("KST", 540),
    ("AEST", 600),
    ("AEDT", 660),
    ("NZST", 720),
    ("NZDT", 780),
];

/// The greatest distance of a zone from UTC in minutes.
const FARTHEST: i16 = 15 * 60;

/// Reads a date, with its time where both time and zone are there. `None` when it is written in no known form.
pub(super) fn read(text: &str) -> Option<Result<Printed, BadDate>> {
    let text = text.trim();
    let found = year_first(text).or_else(|| day_first(text)).or_else(|| month_first(text));
    found.or_else(|| dates::leading(text).map(|found| found.day.map(Printed::Day)))
}

/// The same by the rules of a listing: its own forms first, and its order of day and month where a date does not say it.
pub(super) fn read_by(text: &str, rules: &DateRules) -> Option<Result<Printed, BadDate>> {
    if let Some(found) = dates::by_formats(text.trim(), rules) {
        return Some(found);
    }
    let found = read(text);
    let asks = match found {
        Some(Ok(_) | Err(BadDate::NoSuchDay)) => false,
        Some(Err(BadDate::Unordered)) => true,
        None => rules.is_day_first().is_some(),
    };
    if !asks {
        return found;
    }
    match dates::find(text, rules) {
        PageDate::Date(date) => Some(Ok(date)),
        PageDate::NoSuchDay => Some(Err(BadDate::NoSuchDay)),
        PageDate::Unordered => Some(Err(BadDate::Unordered)),
        PageDate::Relative | PageDate::None => found,
    }
}

/// An instant as a number since 1970, of seconds, milliseconds, microseconds or nanoseconds: which, its size tells.
/// `None` for 0, which means that there is none.
pub(super) fn since_1970(number: i64) -> Option<Result<Printed, BadDate>> {
    let seconds = match number.unsigned_abs() {
        0 => return None,
        1..100_000_000_000 => number,
        100_000_000_000..100_000_000_000_000 => number.div_euclid(1_000),
        100_000_000_000_000..100_000_000_000_000_000 => number.div_euclid(1_000_000),
        _ => number.div_euclid(1_000_000_000),
    };
    let at = Timestamp::from_unix(seconds);
    let fits = at.unix() == seconds;
    Some(if fits { Ok(Printed::Instant { at, offset: 0 }) } else { Err(BadDate::NoSuchDay) })
}

/// What is left of a date while it is read.
#[derive(Clone, Copy)]
struct Rest<'t>(&'t str);

impl<'t> Rest<'t> {
    fn blanks(&mut self) -> bool {
        let rest = self.0.trim_start();
        let any = rest.len() < self.0.len();
        self.0 = rest;
        any
    }

    fn mark(&mut self, mark: char) -> bool {
        self.0.strip_prefix(mark).inspect(|rest| self.0 = rest).is_some()
    }

    /// A number of `least..=most` digits that ends there.
    fn number(&mut self, least: usize, most: usize) -> Option<u32> {
        let count = self.0.bytes().take_while(u8::is_ascii_digit).count();
        if !(least..=most).contains(&count) {
            return None;
        }
        let (digits, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        digits.parse().ok()
    }

    /// A word of letters, empty where there is none.
    fn word(&mut self) -> &'t str {
        let end = self.0.find(|c: char| !c.is_alphabetic()).unwrap_or(self.0.len());
        let (word, rest) = self.0.split_at(end);
        self.0 = rest;
        word
    }

    fn month(&mut self) -> Option<u32> {
        let word = self.word();
        if word.len() > 40 {
            return None;
        }
        self.mark('.');
        let word = word.to_lowercase();
        MONTHS.iter().find(|(name, _)| word.starts_with(name)).map(|(_, month)| *month)
    }

    /// Hours, minutes and seconds as seconds; parts of a second are passed over.
    fn time(&mut self) -> Option<i64> {
        let hour = self.number(1, 2).filter(|hour| *hour <= 24)?;
        let minute = self.mark(':').then(|| self.number(1, 2)).flatten().filter(|minute| *minute < 60)?;
        let mut second = 0;
        if self.mark(':') {
            // A leap second is the one before it.
            second = self.number(1, 2).filter(|second| *second <= 60)?.min(59);
            if self.mark('.') || self.mark(',') {
                self.number(1, 20)?;
            }
        }
        Some(i64::from(hour * 3_600 + minute * 60 + second))
    }

    /// The zone's minutes east of UTC: `Z`, `+0100`, `+01:00`, `+1`, `CEST`, `GMT+8`.
    fn zone(&mut self) -> Option<i16> {
        self.blanks();
        let name = self.word();
        let named =
            ZONES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, offset)| *offset);
        let east = self.0.starts_with('+');
        if !east && !self.0.starts_with(['-', '\u{2212}']) {
            return named;
        }
        self.0 = self.0.get(self.0.chars().next()?.len_utf8()..)?;
        let (hours, minutes) = match self.0.bytes().take_while(u8::is_ascii_digit).count() {
            count @ 1..=2 => {
                let hours = self.number(count, count)?;
                (hours, if self.mark(':') { self.number(2, 2)? } else { 0 })
            }
            count => {
                let both = self.number(count, count.min(4))?;
                (both / 100, both % 100)
            }
        };
        let offset = i16::try_from(hours.checked_mul(60)?.checked_add(minutes)?).ok()?;
        (offset <= FARTHEST && minutes < 60).then_some(if east { offset } else { -offset })
    }
}

/// `2016-03-03`, `2016-03-03T10:30:00Z`, `2016-03-03 10:30:00.123 +0100`.
fn year_first(text: &str) -> Option<Result<Printed, BadDate>> {
    let mut rest = Rest(text);
    let year = rest.number(4, 5)?;
    let month = rest.mark('-').then(|| rest.number(1, 2)).flatten()?;
    let day = rest.mark('-').then(|| rest.number(1, 2)).flatten()?;
    let time = (rest.mark('T') || rest.mark('t') || rest.blanks()).then(|| rest.time()).flatten();
    let zone = time.and_then(|_| rest.zone());
    Some(printed(year, month, day, time, zone))
}

/// `Thu, 03 Mar 2016 10:30:00 GMT`, with less and more.
fn day_first(text: &str) -> Option<Result<Printed, BadDate>> {
    let mut rest = Rest(text);
    if !rest.word().is_empty() {
        rest.mark('.');
        rest.mark(',');
        rest.blanks();
    }
    let day = rest.number(1, 2)?;
    rest.mark('.');
    if !rest.blanks() && !rest.mark('-') {
        return None;
    }
    let month = rest.month()?;
    rest.mark(',');
    if !rest.blanks() && !rest.mark('-') {
        return None;
    }
    let year = rest.number(2, 5)?;
    let year = match year {
        // As RFC 2822 has it, section 4.3; only where it was written so.
        0..50 => year + 2_000,
        50..1_000 => year + 1_900,
        _ => year,
    };
    rest.mark(',');
    rest.blanks();
    let time = rest.time();
    let zone = time.and_then(|_| rest.zone());
    Some(printed(year, month, day, time, zone))
}

/// `Thu Mar  3 10:30:00 2016`, `Thu Mar 03 10:30:00 CET 2016`, `Mar 3, 2016 10:30:00 +0100`.
fn month_first(text: &str) -> Option<Result<Printed, BadDate>> {
    let mut rest = Rest(text);
    let start = rest;
    let month = match rest.month() {
        Some(month) if rest.blanks() && rest.0.starts_with(|c: char| c.is_ascii_digit()) => month,
        _ => {
            rest = start;
            rest.word();
            rest.mark(',');
            rest.blanks();
            rest.month()?
        }
    };
    rest.blanks();
    let day = rest.number(1, 2)?;
    rest.mark(',');
    rest.blanks();
    if let Some(year) = rest.number(4, 4) {
        rest.mark(',');
        rest.blanks();
        let time = rest.time();
        // `10:30 PM` has a time that is not the one read here.
        let zone = time.and_then(|_| rest.zone());
        return Some(printed(year, month, day, time, zone));
    }
    let time = rest.time()?;
    let before = rest;
    let zone = rest.zone();
    if zone.is_none() {
        rest = before;
    }
    rest.blanks();
    Some(printed(rest.number(4, 4)?, month, day, Some(time), zone))
}

fn printed(
    year: u32,
    month: u32,
    day: u32,
    time: Option<i64>,
    zone: Option<i16>,
) -> Result<Printed, BadDate> {
    let year = i32::try_from(year).unwrap_or(i32::MAX);
    let day = Day::from_ymd(year, month, day).ok_or(BadDate::NoSuchDay)?;
    let (Some(time), Some(offset)) = (time, zone) else { return Ok(Printed::Day(day)) };
    let at = i64::from(day.number()) * 86_400 + time - i64::from(offset) * 60;
    Ok(Printed::Instant { at: Timestamp::from_unix(at), offset })
}

#[cfg(test)]
mod tests;
