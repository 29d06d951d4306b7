//! What a page says of itself, before and after its entries.

use crate::extract::content::Content;
use crate::extract::cursor::{Cursor, is_separator};
use crate::model::Page;
use crate::model::listing::Format;
use crate::model::listing::Limits;
use crate::model::text;

use super::lines::Lines;
use super::noise;

/// Lines before the first entry that are looked at.
const MAX_LINES: usize = 200;

/// One fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fact {
    Count(u64),
    Number(u32, u32),
    /// One of the two that cannot be true.
    Absurd(&'static str),
}

const ABSURD_COUNT: &str = "the page states more articles than any listing has; the count was left out";
const ABSURD_NUMBER: &str = "the page states a page number that cannot be; it was left out";

/// What is wrong on a line of the header, by its position.
pub(super) type Note = (usize, &'static str);

/// Reads title, stated count and page number from the lines before `head`, and the latter two from those
/// after `tail` where the former are silent. Gives what cannot be true of them.
pub(super) fn read(
    lines: &Lines<'_>,
    head: usize,
    tail: usize,
    limits: &Limits,
    page: &mut Page,
) -> Vec<Note> {
    let mut notes = Vec::new();
    for at in 0..head.min(MAX_LINES) {
        let line = lines.text(at);
        if !take_facts(lines, at, page, &mut notes) && page.title.is_none() && !noise::is_noise(line) {
            page.title = Some(text::bounded(&text::one_line(line), limits.line_bytes as usize))
                .filter(|title| !title.is_empty());
        }
    }
    for at in tail..lines.len().min(tail + MAX_LINES) {
        take_facts(lines, at, page, &mut notes);
    }
    notes
}

/// Whether the page says how many articles or pages there are.
pub(super) fn has_facts(page: &Page) -> bool {
    page.declared.is_some() || page.number.is_some()
}

/// Whether a line states a count or a page number.
pub(super) fn is_fact(line: &str) -> bool {
    facts(line).next().is_some()
}

/// Says what a text without entries seems to be.
pub(super) fn complaint(text: &str, page: &Page) -> String {
    let lower = text.chars().take(4096).collect::<String>().to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if has_facts(page) {
        return "the page has a listing's header but no entry; it may be cut, or its form has changed"
            .to_owned();
    }
    if text.len() < 16_384
        && says(&["password", "captcha", "verify you are human", "sign in to", "验证码", "密码"])
    {
        return "the page is no text listing: it seems to be a login or check page; open it in a browser"
            .to_owned();
    }
    let failing =
        ["not found", "bad gateway", "unavailable", "access denied", "forbidden", "internal server error"];
    if text.len() < 4_096 && says(&failing) {
        return "the page is no text listing: it seems to be an error page; try its address in a browser"
            .to_owned();
    }
    Content::Text.complaint(Format::Text)
}

/// Puts the facts of line `at` into `page`, the first of each kind; tells whether there were any.
fn take_facts(lines: &Lines<'_>, at: usize, page: &mut Page, notes: &mut Vec<Note>) -> bool {
    let mut any = false;
    for fact in facts(lines.text(at)) {
        any = true;
        match fact {
            Fact::Count(count) => page.declared = page.declared.or(Some(count)),
            Fact::Number(number, of) => page.number = page.number.or(Some((number, of))),
            Fact::Absurd(reason) => notes.push((at, reason)),
        }
    }
    any
}

/// The facts of a line, whose parts may be kept apart by separators.
fn facts(line: &str) -> impl Iterator<Item = Fact> {
    let short = if line.len() <= 200 { line } else { "" };
    let whole = page_number(short);
    let parts = if whole.is_some() { "" } else { short };
    let spoken = parts.split(|c| is_separator(c) && c != '/' && c != '-');
    whole.into_iter().chain(spoken.filter_map(|part| page_number(part).or_else(|| count(part))))
}

/// `Page 10 of 10`, `Page 10/10`, `第 10 页 / 共 10 页`.
fn page_number(text: &str) -> Option<Fact> {
    let mut at = Cursor::new(text);
    at.blanks();
    let chinese = at.word("第");
    if !chinese && !at.letters().eq_ignore_ascii_case("page") {
        return None;
    }
    at.blanks();
    let number = small_number(&mut at)?;
    at.skip(|c| c == '页' || c == ',' || c == '，' || c.is_whitespace());
    let joined = at.letters().eq_ignore_ascii_case("of") || at.take(is_separator).is_some() || chinese;
    at.blanks();
    at.word("共");
    at.blanks();
    let of = small_number(&mut at)?;
    at.blanks();
    at.word("页");
    at.blanks();
    if !joined || !at.rest().is_empty() {
        return None;
    }
    match number.zip(of) {
        Some((number, of)) if (1..=of).contains(&number) => Some(Fact::Number(number, of)),
        _ => Some(Fact::Absurd(ABSURD_NUMBER)),
    }
}

/// Reads digits: their number, or `None` within where it is no page's.
fn small_number(at: &mut Cursor<'_>) -> Option<Option<u32>> {
    let number = at.digits(1, 9);
    let long = number.is_none() && at.skip(|c| c.is_ascii_digit()) > 0;
    (number.is_some() || long).then_some(number)
}

/// `949 articles`, `共 949 篇文章`.
fn count(text: &str) -> Option<Fact> {
    const WORDS: [&str; 10] =
        ["article", "articles", "post", "posts", "story", "stories", "result", "results", "entries", "items"];
    let mut at = Cursor::new(text);
    at.blanks();
    at.word("共");
    at.blanks();
    let count = at.count()?;
    at.blanks();
    let word = at.letters();
    let known = if word.is_empty() {
        at.word("篇文章") || at.word("篇")
    } else {
        WORDS.iter().any(|name| name.eq_ignore_ascii_case(word))
    };
    at.blanks();
    let fact = if count > u64::from(u32::MAX) { Fact::Absurd(ABSURD_COUNT) } else { Fact::Count(count) };
    (known && at.rest().is_empty()).then_some(fact)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_of_headers_are_read() {
        for (line, expected) in [
            ("949 articles", vec![Fact::Count(949)]),
            ("1,949 Articles", vec![Fact::Count(1949)]),
            ("1 article", vec![Fact::Count(1)]),
            ("共 949 篇文章", vec![Fact::Count(949)]),
            ("Page 10 of 10", vec![Fact::Number(10, 10)]),
            ("Page 3/7", vec![Fact::Number(3, 7)]),
            ("第 2 页 / 共 7 页", vec![Fact::Number(2, 7)]),
            ("Kafka · 12 articles · Page 1 of 1", vec![Fact::Count(12), Fact::Number(1, 1)]),
            ("128 articles · 3.4k followers", vec![Fact::Count(128)]),
            ("Page 11 of 10", vec![Fact::Absurd(ABSURD_NUMBER)]),
            ("Page 0 of 0", vec![Fact::Absurd(ABSURD_NUMBER)]),
            ("Page 1 of 99999999999999999999999", vec![Fact::Absurd(ABSURD_NUMBER)]),
            ("99999999999999999999999 articles", vec![Fact::Absurd(ABSURD_COUNT)]),
            ("4294967295 articles", vec![Fact::Count(4_294_967_295)]),
            ("10 articles you must read", vec![]),
            ("Tagged articles", vec![]),
        ] {
            assert_eq!(facts(line).collect::<Vec<_>>(), expected, "{line}");
        }
    }
}
