//! The two kinds of lines that pin an entry: date lines and closing lines.

use crate::extract::cursor::{Cursor, is_blank, is_separator};
use crate::extract::dates::{self, BadDate};
use crate::model::Day;

use super::lines::Kind;
use super::phrase;

/// Longer lines pin nothing.
const MAX_BYTES: usize = 200;

/// `Mar 3, 2016 · Backend Development`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DateLine<'t> {
    /// The day, or why there is none.
    pub(super) day: Result<Day, BadDate>,
    /// What stands after the separator.
    pub(super) category: Option<&'t str>,
}

/// `0 likes · 5 min read`; at least one of the two is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Closing {
    /// Likes.
    pub(super) likes: Option<u64>,
    /// Minutes of reading; `u32::MAX` stands for all that are more.
    pub(super) minutes: Option<u32>,
    /// Whether it ends with the word for reading, so that nothing of it can be missing.
    pub(super) read: bool,
}

/// What a line is by its own looks.
pub(super) fn kind(text: &str) -> Kind<'_> {
    if text.len() > MAX_BYTES {
        return Kind::Text;
    }
    if let Some(closing) = closing(text) {
        return Kind::Close(closing);
    }
    date_line(text).map_or(Kind::Text, Kind::Date)
}

fn date_line(text: &str) -> Option<DateLine<'_>> {
    let found = dates::leading(text)?;
    let mut rest = Cursor::new(found.rest);
    if rest.rest().is_empty() {
        return Some(DateLine { day: found.day, category: None });
    }
    rest.take(is_separator)?;
    rest.skip(|c| is_separator(c) || is_blank(c));
    let category = rest.rest();
    if category.is_empty() {
        return Some(DateLine { day: found.day, category: None });
    }
    // `Mar 3, 2016 · 5 min read` heads an article, and a sentence is no category.
    let plain = !phrase::is_prose(category) && closing(category).is_none();
    plain.then_some(DateLine { day: found.day, category: Some(category) })
}

fn closing(text: &str) -> Option<Closing> {
    let mut at = Cursor::new(text);
    let mut found = Closing::default();
    loop {
        at.skip(|c| is_separator(c) || is_blank(c) || c == ',');
        if at.rest().is_empty() {
            break;
        }
        let count = at.count();
        at.skip(|c| c == '-' || is_blank(c));
        found.read = false;
        match unit(&mut at)? {
            Unit::Likes => found.likes = found.likes.or(count),
            Unit::Minutes { read } => {
                found.minutes = found.minutes.or(count.map(|count| u32::try_from(count).unwrap_or(u32::MAX)));
                found.read = read;
            }
            Unit::Other => {
                count?;
            }
        }
    }
    (found.likes.is_some() || found.minutes.is_some()).then_some(found)
}

enum Unit {
    Likes,
    Minutes { read: bool },
    Other,
}

fn unit(at: &mut Cursor<'_>) -> Option<Unit> {
    let word = at.letters();
    let is = |names: &[&str]| names.iter().any(|name| name.eq_ignore_ascii_case(word));
    if word.is_empty() {
        return chinese_unit(at);
    }
    if at.peek().is_some_and(char::is_alphanumeric) {
        return None;
    }
    if is(&["like", "likes"]) {
        return Some(Unit::Likes);
    }
    if is(&["min", "mins", "minute", "minutes"]) {
        at.take(|c| c == '.');
        let mut after = *at;
        after.skip(|c| c == '-' || is_blank(c));
        let word = after.letters();
        let read = ["read", "reading"].iter().any(|name| name.eq_ignore_ascii_case(word));
        if read {
            *at = after;
        }
        return Some(Unit::Minutes { read });
    }
    is(&["comment", "comments", "view", "views", "reads", "share", "shares", "bookmarks", "saves"])
        .then_some(Unit::Other)
}

fn chinese_unit(at: &mut Cursor<'_>) -> Option<Unit> {
    at.word("个");
    if ["点赞", "赞", "喜欢"].iter().any(|name| at.word(name)) {
        return Some(Unit::Likes);
    }
    if at.word("分钟") {
        at.blanks();
        return Some(Unit::Minutes { read: at.word("阅读") || at.word("读完") });
    }
    ["评论", "阅读", "浏览", "收藏", "分享"].iter().any(|name| at.word(name)).then_some(Unit::Other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(text: &str) -> Option<(Option<u64>, Option<u32>)> {
        match kind(text) {
            Kind::Close(closing) => Some((closing.likes, closing.minutes)),
            _ => None,
        }
    }

    #[test]
    fn closing_lines_in_every_form_are_read() {
        for (text, likes, minutes) in [
            ("0 likes · 5 min read", Some(0), Some(5)),
            ("1 like · 1 min read", Some(1), Some(1)),
            ("1.2k likes | 12 mins read", Some(1_200), Some(12)),
            ("12,345 likes - 5 minutes reading", Some(12_345), Some(5)),
            ("12,345 likes", Some(12_345), None),
            ("5 min read", None, Some(5)),
            ("5 min", None, Some(5)),
            ("0 likes ·", Some(0), None),
            ("likes · 5 min read", None, Some(5)),
            ("0 likes · min read", Some(0), None),
            ("０ likes・５ min read", Some(0), Some(5)),
            ("0\u{A0}likes\u{202F}·  5-min-read", Some(0), Some(5)),
            ("3 likes · 2 comments · 7 min read", Some(3), Some(7)),
            ("0 likes \u{FFFD} 5 min read", Some(0), Some(5)),
            ("3 个赞 · 5 分钟阅读", Some(3), Some(5)),
        ] {
            assert_eq!(close(text), Some((likes, minutes)), "{text}");
        }
        for text in
            ["likes", "min read", "5 minutes to midnight", "0 likes · 5 mi", "12306", "2 comments", "-", ""]
        {
            assert_eq!(close(text), None, "{text}");
        }
    }

    #[test]
    fn date_lines_give_day_and_category() {
        let day = Day::parse("2016-03-03");
        for (text, category) in [
            ("Mar 3, 2016 · Backend Development", Some("Backend Development")),
            ("Mar 3，2016・Backend Development", Some("Backend Development")),
            ("2016-03-03 - C++", Some("C++")),
            ("2016年3月3日 ｜ 后端开发", Some("后端开发")),
            ("3 March 2016 • CI/CD", Some("CI/CD")),
            ("Mar 3, 2016 \u{FFFD} Operations", Some("Operations")),
            ("Mar 3, 2016 ·", None),
            ("Mar 3, 2016", None),
        ] {
            assert_eq!(
                kind(text),
                Kind::Date(DateLine { day: day.ok_or(BadDate::NoSuchDay), category }),
                "{text}"
            );
        }
        for text in [
            "Mar 3, 2016: A Postmortem",
            "Mar 3, 2016 was the day",
            "Mar 3, 2016 · 5 min read",
            "Mar 3, 2016 - the day we moved everything, and it broke.",
        ] {
            assert_eq!(kind(text), Kind::Text, "{text}");
        }
    }
}
