//! Dates of web pages: anywhere in a text, in the languages that are most written, with the time where an
//! offset makes an instant of it.
//!
//! A text is cut into numbers, words and marks, and the forms are patterns of those. Day and month are told
//! apart by what cannot be a month, else by the listing's own rule, and never by a guess.

mod pieces;

use chrono::{DateTime, NaiveDate, NaiveDateTime};

use self::pieces::{At, Piece, pieces};

use super::{BadDate, words};
use crate::model::listing::DateRules;
use crate::model::{Day, Printed, Timestamp};

/// How much of a text is searched, in bytes.
const MAX_BYTES: usize = 400;

/// What a text says of when something was published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageDate {
    /// This.
    Date(Printed),
    /// `3 hours ago`, `yesterday`, or a day without its year: true only beside a clock.
    Relative,
    /// Day and month are both numbers, and nothing says which is which.
    Unordered,
    /// The calendar has no such day, or its year is outside 1970..2200.
    NoSuchDay,
    /// Nothing.
    None,
}

/// Reads the date in `text`: the first one that can be read, wherever it stands. Linear, and bounded.
#[must_use]
pub fn find(text: &str, rules: &DateRules) -> PageDate {
    let text = text.trim();
    if let Some(date) = rules.formats.iter().find_map(|format| by_format(text, format)) {
        return date;
    }
    if let Some(date) = epoch(text) {
        return date;
    }
    let mut end = text.len().min(MAX_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let pieces = pieces(&text[..end]);
    let mut worst = PageDate::None;
    for at in 0..pieces.len() {
        match date_at(&pieces, at, rules) {
            PageDate::None => {}
            found @ PageDate::Date(_) => return found,
            other if worst == PageDate::None => worst = other,
            _ => {}
        }
    }
    match worst {
        PageDate::None if words::is_relative(&text[..end]) => PageDate::Relative,
        PageDate::None => chinese(text),
        worst => worst,
    }
}

/// What the reader of text listings makes of the beginning: Chinese names of months are read there.
fn chinese(text: &str) -> PageDate {
    let month = text.contains('月');
    match month.then(|| super::leading(text)).flatten().map(|found| found.day) {
        Some(Ok(day)) => PageDate::Date(Printed::Day(day)),
        Some(Err(super::BadDate::NoSuchDay)) => PageDate::NoSuchDay,
        Some(Err(super::BadDate::Unordered)) => PageDate::Unordered,
        None => PageDate::None,
    }
}

/// The date that a whole text is by one of the listing's own forms; `None` where none fits.
pub(in crate::extract) fn by_formats(text: &str, rules: &DateRules) -> Option<Result<Printed, BadDate>> {
    match rules.formats.iter().find_map(|format| by_format(text, format))? {
        PageDate::Date(date) => Some(Ok(date)),
        _ => Some(Err(BadDate::NoSuchDay)),
    }
}

/// By one of the listing's own forms; the whole text must fit.
fn by_format(text: &str, format: &str) -> Option<PageDate> {
    if let Ok(at) = DateTime::parse_from_str(text, format) {
        return Some(instant(at.timestamp(), at.offset().local_minus_utc() / 60));
    }
    let date = NaiveDateTime::parse_from_str(text, format)
        .map(|at| at.date())
        .or_else(|_| NaiveDate::parse_from_str(text, format))
        .ok()?;
    use chrono::Datelike as _;
    Some(day(date.year(), date.month(), date.day()))
}

/// Seconds or milliseconds since 1970.
fn epoch(text: &str) -> Option<PageDate> {
    let digits = text.split_once('.').map_or(text, |(whole, _)| whole);
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: i64 = digits.parse().ok()?;
    match digits.len() {
        9 | 10 => Some(instant(number, 0)),
        12 | 13 => Some(instant(number / 1000, 0)),
        _ => None,
    }
}

fn instant(unix: i64, offset: i32) -> PageDate {
    // The first day and the last are left to days without a time, so that no offset leads outside.
    let in_range = (86_400..7_258_032_000).contains(&unix);
    match i16::try_from(offset).ok().filter(|offset| in_range && offset.abs() < 24 * 60) {
        Some(offset) => PageDate::Date(Printed::Instant { at: Timestamp::from_unix(unix), offset }),
        None => PageDate::NoSuchDay,
    }
}

fn day(year: i32, month: u32, day: u32) -> PageDate {
    match Day::from_ymd(year, month, day) {
        Some(day) => PageDate::Date(Printed::Day(day)),
        None => PageDate::NoSuchDay,
    }
}

const MARKS: [char; 5] = ['-', '/', '.', '‑', '‐'];

/// Year, month and day as far as they are known.
enum Parts {
    Known(i32, u32, u32),
    /// Two numbers of which one is the month, and the year.
    Numbers(u32, u32, i32),
    Yearless,
}

/// The date that begins at the piece `at`.
fn date_at(pieces: &[Piece], at: usize, rules: &DateRules) -> PageDate {
    let start = At { pieces: &pieces[at..] };
    // `v1.2.34` and `5.03.04.2026` are no dates.
    let glued = at > 0
        && matches!((&pieces[at - 1], &pieces[at]), (Piece::Word(word), Piece::Number(..)) if word.is_ascii());
    if glued || !matches!(pieces[at], Piece::Number(..) | Piece::Word(_)) {
        return PageDate::None;
    }
    let forms: [fn(&mut At<'_>) -> Option<Parts>; 6] =
        [year_first, east_asian, day_name_year, name_day_year, numbers, compact];
    for form in forms {
        let mut cursor = start;
        let Some(parts) = form(&mut cursor) else { continue };
        let (year, month, number) = match parts {
            Parts::Known(year, month, number) => (year, month, number),
            Parts::Yearless => return PageDate::Relative,
            Parts::Numbers(a, b, year) => match (a > 12, b > 12, rules.is_day_first()) {
                (true, false, _) | (false, false, Some(true)) => (year, b, a),
                (false, true, _) | (false, false, Some(false)) => (year, a, b),
                _ if a == b => (year, a, b),
                _ => return if a > 12 { PageDate::NoSuchDay } else { PageDate::Unordered },
            },
        };
        let PageDate::Date(Printed::Day(found)) = day(year, month, number) else {
            return PageDate::NoSuchDay;
        };
        return match clock(cursor) {
            Some((minutes, seconds, offset)) => {
                let midnight = found.start_in(chrono_tz::Tz::UTC).unix();
                instant(midnight + i64::from(minutes - offset) * 60 + i64::from(seconds), offset)
            }
            None => PageDate::Date(Printed::Day(found)),
        };
    }
    PageDate::None
}

/// `2016-03-03`, `2016/3/3`, `2016 March 3`.
fn year_first(at: &mut At<'_>) -> Option<Parts> {
    let year = i32::try_from(at.number(4..=4)?).ok()?;
    if let Some(mark) = at.mark(&MARKS) {
        let month = at.number(1..=2)?;
        at.mark(&[mark])?;
        return Some(Parts::Known(year, month, at.number(1..=2)?));
    }
    at.gap();
    let month = at.month()?;
    at.gap();
    Some(Parts::Known(year, month, at.number(1..=2)?))
}

/// `2016年3月3日`, `2016년 3월 3일`, `3月3日`.
fn east_asian(at: &mut At<'_>) -> Option<Parts> {
    let mut year = None;
    let mut month = at.number(1..=4)?;
    at.blanks();
    if at.word(&["年", "년"]) {
        year = Some(i32::try_from(month).ok()?);
        at.blanks();
        month = at.number(1..=2)?;
        at.blanks();
    }
    at.word(&["月", "월"]).then_some(())?;
    at.blanks();
    let day = at.number(1..=2)?;
    at.blanks();
    at.word(&["日", "号", "號", "일"]).then_some(())?;
    Some(year.map_or(Parts::Yearless, |year| Parts::Known(year, month, day)))
}

/// `3 March 2016`, `3. März 2016`, `3 de marzo de 2016`, `1er mars 2016`, `3rd of March, 2016`.
fn day_name_year(at: &mut At<'_>) -> Option<Parts> {
    let day = at.number(1..=2)?;
    if !at.word(&["st", "nd", "rd", "th", "er", "ère", "º", "ª"]) {
        at.mark(&['º', '°']);
    }
    at.gap();
    if at.word(&["of", "de", "d"]) {
        at.gap();
        at.mark(&['\'', '’']);
    }
    let month = at.month()?;
    Some(year_after(at, day, month))
}

/// `March 3, 2016`, `Mar. 3rd 2016`.
fn name_day_year(at: &mut At<'_>) -> Option<Parts> {
    let month = at.month()?;
    at.blanks();
    let day = at.number(1..=2)?;
    at.word(&["st", "nd", "rd", "th"]);
    // `May 5 things` is a title.
    match year_after(at, day, month) {
        Parts::Yearless if !at.pieces.is_empty() => None,
        parts => Some(parts),
    }
}

fn year_after(at: &mut At<'_>, day: u32, month: u32) -> Parts {
    let mut after = *at;
    after.gap();
    if after.word(&["de", "del", "of"]) {
        after.gap();
    }
    if after.mark(&['\'', '’']).is_some()
        && let Some(year) = after.number(2..=2)
    {
        *at = after;
        return Parts::Known(full_year(year), month, day);
    }
    match after.year() {
        Some(year) => {
            *at = after;
            Parts::Known(year, month, day)
        }
        None => {
            // `Thu, 03 Mar 16 10:30`, as mail had it.
            let mut short = *at;
            short.blanks();
            match short.number(2..=2) {
                Some(year) if !matches!(short.pieces.first(), Some(Piece::Mark(':') | Piece::Word(_))) => {
                    *at = short;
                    Parts::Known(full_year(year), month, day)
                }
                _ => Parts::Yearless,
            }
        }
    }
}

fn full_year(short: u32) -> i32 {
    let century = if short < 70 { 2000 } else { 1900 };
    i32::try_from(short).unwrap_or_default() + century
}

/// `03/04/2016`, `25.12.16`.
fn numbers(at: &mut At<'_>) -> Option<Parts> {
    let long = matches!(at.pieces, [Piece::Number(_, 2), Piece::Mark('.'), Piece::Number(_, 2), ..]);
    let a = at.number(1..=2)?;
    let mark = at.mark(&MARKS)?;
    at.blanks();
    let b = at.number(1..=2)?;
    at.mark(&[mark])?;
    at.blanks();
    let year = match at.next()? {
        Piece::Number(year, 4 | 5) => i32::try_from(*year).ok()?,
        // `1.2.34` is a version.
        Piece::Number(year, 2) if mark != '.' || long => full_year(*year),
        _ => return None,
    };
    // `1.2.34.5` is a version or an address.
    if at.mark(&MARKS).is_some() && matches!(at.pieces.first(), Some(Piece::Number(..))) {
        return None;
    }
    Some(Parts::Numbers(a, b, year))
}

/// `20160303`, when it is a day.
fn compact(at: &mut At<'_>) -> Option<Parts> {
    let number = at.number(8..=8)?;
    let year = i32::try_from(number / 10_000).ok()?;
    let (month, day) = (number / 100 % 100, number % 100);
    Day::from_ymd(year, month, day).map(|_| Parts::Known(year, month, day))
}

/// The time of day with its offset from UTC, in minutes, and its seconds, soon after a date; `None` where the
/// offset is not said.
fn clock(mut at: At<'_>) -> Option<(i32, u32, i32)> {
    let joins = |piece: &Piece| match piece {
        Piece::Blank => true,
        Piece::Mark(c) => matches!(c, ',' | '-' | '–' | '—' | '·' | '|' | '(' | '@'),
        Piece::Word(word) => {
            matches!(word.as_str(), "t" | "at" | "um" | "à" | "a" | "om" | "alle" | "ore" | "o" | "в")
        }
        Piece::Number(..) => false,
    };
    at.skip(joins);
    let mut hours = at.number(1..=2)?;
    at.mark(&[':', 'h'])?;
    let minutes = at.number(2..=2)?;
    let mut seconds = 0;
    if at.mark(&[':']).is_some() {
        seconds = at.number(2..=2)?;
        if at.mark(&['.', ',']).is_some() {
            at.number(1..=9)?;
        }
    }
    at.blanks();
    if at.word(&["pm"]) {
        hours = hours % 12 + 12;
    } else if at.word(&["am"]) {
        hours %= 12;
    }
    at.blanks();
    let offset = offset(&mut at)?;
    if hours > 24 || minutes > 59 || seconds > 60 {
        return None;
    }
    Some((i32::try_from(hours * 60 + minutes).ok()?, seconds, offset))
}

fn offset(at: &mut At<'_>) -> Option<i32> {
    if let Some(Piece::Word(zone)) = at.pieces.first() {
        let named = words::zone(zone)?;
        at.next();
        // `GMT+2`.
        return Some(signed_offset(at).unwrap_or(named));
    }
    signed_offset(at)
}

fn signed_offset(at: &mut At<'_>) -> Option<i32> {
    let sign = if at.mark(&['+', '-', '−'])? == '+' { 1 } else { -1 };
    offset_after(at).map(|minutes| sign * minutes)
}

fn offset_after(at: &mut At<'_>) -> Option<i32> {
    let Piece::Number(value, digits) = at.next()? else { return None };
    let value = i32::try_from(*value).ok()?;
    match digits {
        1 | 2 => {
            let minutes = at.mark(&[':']).and_then(|_| at.number(2..=2)).unwrap_or(0);
            Some(value * 60 + i32::try_from(minutes).ok()?)
        }
        4 => Some(value / 100 * 60 + value % 100),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
