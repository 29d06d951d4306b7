//! Dates as pages print them.
//!
//! The forms are one ordered list; the first that fits decides. A language is a table of month names. The
//! order of day and month is never guessed: `03/04/2016` is [`BadDate::Unordered`].
//!
//! [`leading`] reads the lines of text listings, [`find`] whatever web pages write.

mod loose;
mod words;

use crate::model::Day;

use super::cursor::Cursor;

pub(super) use self::loose::by_formats;
pub use self::loose::{PageDate, find};

/// Why something that is written like a date is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadDate {
    /// Day and month are both numbers, and nothing says which is which.
    Unordered,
    /// The calendar has no such day, or its year is outside 1970..2200.
    NoSuchDay,
}

/// A date at the beginning of a text, and what follows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leading<'t> {
    /// The day, or why there is none.
    pub day: Result<Day, BadDate>,
    /// What follows, blanks skipped.
    pub rest: &'t str,
}

/// Year, month and day as read; `None` for a form that does not say their order.
type Parts = Option<(u32, u32, u32)>;

/// One way to write a date: reads it at the cursor or leaves.
type Form = fn(&mut Cursor<'_>) -> Option<Parts>;

/// The forms, in the order they are tried.
const FORMS: [Form; 7] =
    [month_first, day_first, year_first, chinese_year_first, chinese_month_first, unordered, compact];

/// English month names; three letters and a full stop are enough.
const ENGLISH: [&str; 12] = [
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

/// Chinese month names, without `月`; longer ones first where one begins another.
const CHINESE: [(&str, u32); 14] = [
    ("十二", 12),
    ("十一", 11),
    ("十", 10),
    ("一", 1),
    ("二", 2),
    ("三", 3),
    ("四", 4),
    ("五", 5),
    ("六", 6),
    ("七", 7),
    ("八", 8),
    ("九", 9),
    ("正", 1),
    ("腊", 12),
];

/// Reads the date that `text` begins with: `Mar 3, 2016`, `3 March 2016`, `2016-03-03`, `2016年3月3日`, a
/// weekday before it, a time of day after it. `None` when it begins with none.
#[must_use]
pub fn leading(text: &str) -> Option<Leading<'_>> {
    let mut start = Cursor::new(text);
    start.blanks();
    weekday(&mut start);
    if !start.peek().is_some_and(may_begin) {
        return None;
    }
    for form in FORMS {
        let mut cursor = start;
        let Some(parts) = form(&mut cursor) else { continue };
        if cursor.peek().is_some_and(char::is_alphanumeric) && !begins_time(cursor) {
            continue;
        }
        let day = match parts {
            None => Err(BadDate::Unordered),
            Some((year, month, day)) => {
                let year = i32::try_from(year).unwrap_or(i32::MAX);
                Day::from_ymd(year, month, day).ok_or(BadDate::NoSuchDay)
            }
        };
        time_of_day(&mut cursor);
        cursor.blanks();
        return Some(Leading { day, rest: cursor.rest() });
    }
    None
}

/// Whether a text, cut anywhere, may be the beginning of a date: a number, or letters that begin a month's name.
pub(super) fn may_begin_date(text: &str) -> bool {
    let mut at = Cursor::new(text);
    let letters = at.letters();
    let month =
        |full: &&str| full.get(..letters.len()).is_some_and(|head| head.eq_ignore_ascii_case(letters));
    if letters.is_empty() { at.peek().is_some_and(|c| c.is_ascii_digit()) } else { ENGLISH.iter().any(month) }
}

/// A cheap look before the forms are tried: most lines begin with none of these.
fn may_begin(c: char) -> bool {
    c.is_ascii_digit()
        || matches!(c.to_ascii_lowercase(), 'j' | 'f' | 'm' | 'a' | 's' | 'o' | 'n' | 'd')
        || CHINESE.iter().any(|(name, _)| name.starts_with(c))
}

/// `Mar 3, 2016`, `March 3rd 2016`, `Mar. 3, 2016`.
fn month_first(at: &mut Cursor<'_>) -> Option<Parts> {
    let month = month_name(at)?;
    at.blanks();
    let day = at.digits(1, 2)?;
    ordinal(at);
    let comma = at.take(is_comma).is_some();
    if at.blanks() == 0 && !comma {
        return None;
    }
    Some(Some((at.digits(4, 5)?, month, day)))
}

/// `3 Mar 2016`, `3rd of March, 2016`, `3-Mar-2016`.
fn day_first(at: &mut Cursor<'_>) -> Option<Parts> {
    let day = at.digits(1, 2)?;
    ordinal(at);
    at.skip(is_gap);
    if at.word("of ") {
        at.blanks();
    }
    let month = month_name(at)?;
    at.take(is_comma);
    at.skip(is_gap);
    Some(Some((at.digits(4, 5)?, month, day)))
}

/// `2016-03-03`, `2016/3/3`, `2016.03.03`.
fn year_first(at: &mut Cursor<'_>) -> Option<Parts> {
    let year = at.digits(4, 4)?;
    let mark = at.take(is_mark)?;
    let month = at.digits(1, 2)?;
    at.take(|c| c == mark)?;
    Some(Some((year, month, at.digits(1, 2)?)))
}

/// `2016年3月3日`, with Chinese month names too.
fn chinese_year_first(at: &mut Cursor<'_>) -> Option<Parts> {
    let year = at.digits(4, 4)?;
    at.blanks();
    at.take(|c| c == '年')?;
    at.blanks();
    let month = chinese_month(at)?;
    at.blanks();
    let day = at.digits(1, 2)?;
    at.blanks();
    at.take(|c| matches!(c, '日' | '号' | '號'))?;
    Some(Some((year, month, day)))
}

/// `三月 3, 2016`, `3月3日, 2016`.
fn chinese_month_first(at: &mut Cursor<'_>) -> Option<Parts> {
    let month = chinese_month(at)?;
    at.blanks();
    let day = at.digits(1, 2)?;
    at.take(|c| matches!(c, '日' | '号' | '號'));
    at.take(is_comma);
    at.blanks();
    Some(Some((at.digits(4, 4)?, month, day)))
}

/// `03/04/2016`: written as a date, but which number is the month is not said.
fn unordered(at: &mut Cursor<'_>) -> Option<Parts> {
    at.digits(1, 2)?;
    let mark = at.take(is_mark)?;
    at.digits(1, 2)?;
    at.take(|c| c == mark)?;
    // `1.2.34` is a version.
    at.digits(4, 4).or_else(|| at.digits(2, 2).filter(|_| mark != '.')).map(|_| None)
}

/// `20160303`, when it is a day.
fn compact(at: &mut Cursor<'_>) -> Option<Parts> {
    let number = at.digits(8, 8)?;
    let (year, month, day) = (number / 10_000, number / 100 % 100, number % 100);
    Day::from_ymd(i32::try_from(year).ok()?, month, day).map(|_| Some((year, month, day)))
}

fn month_name(at: &mut Cursor<'_>) -> Option<u32> {
    let name = at.letters();
    let long_enough = name.len() >= 3;
    let same = |full: &&str| {
        let head = full.get(..name.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(name))
            && (name.len() <= 4 || name.len() == full.len())
    };
    let index = long_enough.then(|| ENGLISH.iter().position(same))??;
    at.take(|c| c == '.');
    u32::try_from(index + 1).ok()
}

fn chinese_month(at: &mut Cursor<'_>) -> Option<u32> {
    let named = CHINESE.iter().find(|(name, _)| at.word(name)).map(|(_, month)| *month);
    let month = named.or_else(|| at.digits(1, 2))?;
    at.blanks();
    at.take(|c| c == '月').map(|_| month)
}

/// `Thu, `, `Thursday `, `星期四 `.
fn weekday(at: &mut Cursor<'_>) {
    let mut after = *at;
    let english = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let name = after.letters();
    let known = name.len() >= 3 && english.iter().any(|day| starts_with(name, day));
    let chinese = name.is_empty()
        && (after.word("星期") || after.word("周"))
        && after.take(|c| "一二三四五六日天".contains(c)).is_some();
    if !(known && name.len() <= 9 || chinese) {
        return;
    }
    let comma = after.take(is_comma).is_some();
    if after.blanks() > 0 || comma {
        *at = after;
    }
}

/// ` 10:30`, `T10:30:05Z`, ` at 10:30 PM`; stays where it is when there is none.
fn time_of_day(at: &mut Cursor<'_>) {
    let mut after = *at;
    after.take(is_comma);
    after.blanks();
    if after.word("at ") || after.take(|c| c == 'T').is_some() {
        after.blanks();
    }
    let hour = after.digits(1, 2);
    if hour.is_none() || after.take(|c| c == ':').is_none() || after.digits(2, 2).is_none() {
        return;
    }
    if after.take(|c| c == ':').is_some() {
        after.skip(|c| c.is_ascii_digit() || c == '.');
    }
    after.take(|c| c == 'Z');
    *at = after;
    after.blanks();
    if matches!(after.letters().to_ascii_lowercase().as_str(), "am" | "pm") {
        *at = after;
    }
}

fn begins_time(at: Cursor<'_>) -> bool {
    let mut after = at;
    time_of_day(&mut after);
    after.rest().len() < at.rest().len()
}

fn ordinal(at: &mut Cursor<'_>) {
    let mut after = *at;
    let end = after.letters();
    if ["st", "nd", "rd", "th"].iter().any(|known| end.eq_ignore_ascii_case(known)) {
        *at = after;
    }
}

fn is_comma(c: char) -> bool {
    matches!(c, ',' | '、')
}

fn is_mark(c: char) -> bool {
    matches!(c, '-' | '/' | '.' | '‑' | '‐')
}

fn is_gap(c: char) -> bool {
    super::cursor::is_blank(c) || is_mark(c)
}

fn starts_with(text: &str, head: &str) -> bool {
    text.get(..head.len()).is_some_and(|start| start.eq_ignore_ascii_case(head))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(Result<String, BadDate>, &str)> {
        leading(text).map(|found| (found.day.map(|day| day.to_string()), found.rest))
    }

    #[test]
    fn dates_in_every_form_are_read() {
        for text in [
            "Mar 3, 2016",
            "March 3, 2016",
            "MARCH 3 2016",
            "Mar. 3rd, 2016",
            "Mar 3，2016",
            "Mar ３, ２０１６",
            "Mar\u{A0}3,\u{202F}2016",
            "Thu, Mar 3, 2016",
            "Thursday, March 3, 2016",
            "3 Mar 2016",
            "3rd of March, 2016",
            "03-Mar-2016",
            "2016-03-03",
            "2016/3/3",
            "2016.03.03",
            "2016-03-03T10:30:00Z",
            "2016-03-03 10:30",
            "Mar 3, 2016 at 10:30 PM",
            "2016年3月3日",
            "2016 年 3 月 3 日",
            "２０１６年３月３日",
            "2016年三月3日",
            "三月 3, 2016",
            "3月3日, 2016",
            "星期四 2016年3月3日",
            "20160303",
        ] {
            assert_eq!(read(text), Some((Ok("2016-03-03".to_owned()), "")), "{text}");
        }
        assert_eq!(read("Sept 1, 2022 · x"), Some((Ok("2022-09-01".to_owned()), "· x")));
        assert_eq!(read("十二月 24, 2021"), Some((Ok("2021-12-24".to_owned()), "")));
    }

    #[test]
    fn f084_impossible_days_are_dates_without_a_day() {
        for text in
            ["Feb 30, 2016", "Jan 1, 1601", "Jan 1, 0000", "Jan 1, 12000", "2016-13-01", "9999年1月1日"]
        {
            assert_eq!(read(text), Some((Err(BadDate::NoSuchDay), "")), "{text}");
        }
    }

    #[test]
    fn f085_day_order_is_never_guessed() {
        for text in ["03/04/2016", "3.4.2016", "25/12/2016", "03-04-16"] {
            assert_eq!(read(text), Some((Err(BadDate::Unordered), "")), "{text}");
        }
    }

    #[test]
    fn texts_that_only_begin_like_dates_are_none() {
        for text in [
            "",
            "Mar",
            "March of the Penguins",
            "Mars 3, 2016",
            "May 5 things",
            "Mar 3, 20",
            "Mar 3, 2016th",
            "2016",
            "2016-03",
            "2016-03-0x",
            "12306 is no ordinary shop",
            "3 Marches 2016",
            "20161399",
            "一个系统",
            "Jan 32, 2016x",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
