//! Who wrote an entry, and its tags, where they stand in one text with something else: `By Ann on March 3, 2026`,
//! `Tags: rivers, bridges`.

use std::sync::LazyLock;

use regex::Regex;

use super::naming::is_phrase;
use crate::extract::dates::{self, PageDate};
use crate::model::listing::DateRules;

/// The longest text that may be a byline, in bytes.
pub(super) const MAX_BYLINE: usize = 120;

/// The longest name of an author, in bytes.
const MAX_NAME: usize = 60;

/// A regex of a rule, and what it is in the config.
pub(super) struct Form {
    pub(super) text: &'static str,
    pub(super) regex: Regex,
}

/// What an author's name stands beside, the plainest first. The group is the name.
static BYLINES: LazyLock<Vec<(Beside, Form)>> = LazyLock::new(|| {
    let forms = [
        (Beside::Other, r"(?i)^by\s+(.+?)\s+on\s"),
        (Beside::Other, r"(?i)\bby\s+(.+)$"),
        (
            Beside::Word,
            r"(?i)(?:\bby|(?:^|\d,?\s+)(?:von|par|por))\s+(.+?)\s*(?:$|[,·•|–—(\[]|\s-\s|\s(?:on|at|in|am|le|el)\s|\s\d|\s(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w*\.?\s+\d)",
        ),
        (Beside::Word, r"(?:作者|来源|來源)\s*[:：]\s*(\S+)"),
        (Beside::Mark, r"^([^·•|–—,\d]+?)\s*(?:[·•|–—,]|\s-\s)"),
        (Beside::Mark, r"[·•|–—]\s*([^·•|–—\d]+)$"),
    ];
    forms.into_iter().filter_map(|(beside, text)| Some((beside, form(text)?))).collect()
});

/// A row of tags with a word before it. Of texts that all have one, and of those that may have none.
static ROWS: LazyLock<Vec<Form>> = LazyLock::new(|| {
    let forms = [
        r"(?i)^(?:tags?|tagged(?: with)?|topics?|keywords?|labels?|filed under|schlagw[oö]rter|mots-clés|etiquetas|标签|標籤|关键词|關鍵詞|タグ)\s*[:：]\s*(.+)$",
        r"(?i)^(?:(?:tags?|tagged(?: with)?|topics?|keywords?|labels?|filed under|schlagw[oö]rter|mots-clés|etiquetas|标签|標籤|关键词|關鍵詞|タグ)\s*[:：]\s*)?(.+)$",
    ];
    forms.into_iter().filter_map(form).collect()
});

fn form(text: &'static str) -> Option<Form> {
    Some(Form { text, regex: Regex::new(text).ok()? })
}

/// What tells an author's name from the rest.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Beside {
    /// A word that says so.
    Word,
    /// A mark between it and the date.
    Mark,
    /// Another form has to say the same.
    Other,
}

/// The form of byline with this number.
pub(super) fn byline(number: usize) -> Option<&'static Form> {
    BYLINES.get(number).map(|(_, form)| form)
}

/// What takes the word off a row of tags: for rows that all have one, or of which some have none.
pub(super) fn row(all: bool) -> Option<&'static Form> {
    ROWS.get(usize::from(!all))
}

/// Whether a text begins with the word for tags, and some follow.
pub(super) fn is_row(text: &str) -> bool {
    text.contains([':', '：']) && row(true).is_some_and(|form| form.regex.is_match(text))
}

/// The forms by which a short text names an author, a bit for each number; `named` says that its element is called after
/// one.
///
/// A date must stand in it, or the word must begin it. Beside a mark alone, only what looks like the name of a person
/// is one: it might be a category.
pub(super) fn of_author(text: &str, named: bool, rules: &DateRules) -> Option<u8> {
    if text.len() > MAX_BYLINE {
        return None;
    }
    let is_dated = |text: &str| {
        matches!(dates::find(text, rules), PageDate::Date(_) | PageDate::Relative | PageDate::Unordered)
    };
    let mut dated = None;
    let name = BYLINES.iter().find_map(|(beside, form)| {
        let captures = form.regex.captures(text).filter(|_| *beside != Beside::Other)?;
        let (all, name) = (captures.get(0)?, captures.get(1)?);
        let fits = match beside {
            Beside::Word => {
                let begins = ["", "posted", "published", "written", "posted on", "story"];
                let before = text[..all.start()].trim().to_lowercase();
                begins.contains(&before.as_str()) || *dated.get_or_insert_with(|| is_dated(text))
            }
            _ => {
                let rest = format!("{} {}", &text[..name.start()], &text[name.end()..]);
                (named || is_person(name.as_str())) && is_dated(&rest)
            }
        };
        (fits && is_name(name.as_str()) && !is_dated(name.as_str())).then(|| name.as_str().trim())
    })?;
    let says = |form: &Form| {
        form.regex
            .captures(text)
            .and_then(|captures| captures.get(1))
            .is_some_and(|found| found.as_str().trim() == name)
    };
    let bits = BYLINES.iter().enumerate().filter(|(_, (_, form))| says(form));
    Some(bits.fold(0, |mask, (at, _)| mask | 1 << at))
}

/// Whether a text may be the name of an author: short, without numbers, and no end of a sentence.
fn is_name(text: &str) -> bool {
    let text = text.trim();
    (2..=MAX_NAME).contains(&text.len())
        && text.chars().any(char::is_alphabetic)
        && !text.chars().any(|c| c.is_ascii_digit() || matches!(c, ':' | '?' | '!' | '。' | '，' | '/'))
        && text.split_whitespace().count() <= 6
        && (!text.ends_with("day") || text.contains(' '))
        && !is_phrase(text)
}

/// Whether a text looks like the name of a person: two to four words with large letters.
fn is_person(text: &str) -> bool {
    let mut words = 0;
    let fits = text.split_whitespace().all(|word| {
        words += 1;
        word.chars().next().is_some_and(char::is_uppercase)
            && word.chars().all(|c| c.is_alphabetic() || matches!(c, '.' | '\'' | '’' | '-'))
    });
    fits && (2..=4).contains(&words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn author(text: &str, named: bool) -> Option<String> {
        let form = byline(of_author(text, named, &DateRules::default())?.trailing_zeros() as usize)?;
        Some(form.regex.captures(text)?.get(1)?.as_str().to_owned())
    }

    #[test]
    fn authors_are_told_from_what_stands_beside_them() {
        assert_eq!((BYLINES.len(), ROWS.len()), (6, 2), "all regexes are any");
        for (text, expected) in [
            ("By Priya Raman on 2026-03-18", Some("Priya Raman")),
            ("by Ann", Some("Ann")),
            ("Posted by Ann Miller, March 3, 2026", Some("Ann Miller")),
            ("By ANN MILLER March 3, 2026", Some("ANN MILLER")),
            ("March 3, 2026 by Ann Miller", Some("Ann Miller")),
            ("Posted on March 3, 2026 by Ann Miller in Rivers", Some("Ann Miller")),
            ("3 hours ago by ann (12 comments)", Some("ann")),
            ("Ann Miller · March 4, 2026 · 5 min read", Some("Ann Miller")),
            ("Ann Miller | 4 March 2026", Some("Ann Miller")),
            ("Ann Miller, March 4, 2026", Some("Ann Miller")),
            ("March 4, 2026 — Jean-Luc d'Or", None),
            ("March 4, 2026 — Jean-Luc Dor", Some("Jean-Luc Dor")),
            ("3. März 2026 von Ann Miller", Some("Ann Miller")),
            ("Hans von Berg · 3 March 2026", None),
            ("作者：架构师之路 2016-03-03", Some("架构师之路")),
            ("Rivers · March 4, 2026", None),
            ("March 4, 2026 · 5 min read", None),
            ("Thursday, March 5, 2026", None),
            ("A bridge that was built by many hands over the years", None),
            ("12 points | 4 comments", None),
            ("", None),
        ] {
            assert_eq!(author(text, false).as_deref(), expected, "{text}");
        }
        // The plainest that says it goes into a config.
        let plainest = |text| of_author(text, false, &DateRules::default()).map(u8::trailing_zeros);
        assert_eq!(plainest("By Priya Raman on 2026-03-18"), Some(0));
        assert_eq!(plainest("March 3, 2026 by Ann Miller"), Some(1));
        assert_eq!(plainest("by Ann Miller, March 3, 2026"), Some(2));
        assert_eq!(author("Rivers Inc · March 4, 2026", true).as_deref(), Some("Rivers Inc"));
        assert_eq!(author("架构师之路 · 2016-03-03", true).as_deref(), Some("架构师之路"));
        assert_eq!(author("Thursday, March 5, 2026", true), None);
    }

    #[test]
    fn rows_of_tags_are_known_by_their_word() {
        for (text, is) in [
            ("Tags: rivers, bridges", true),
            ("TAGGED: rivers", true),
            ("标签：缓存，架构", true),
            ("Filed under: rivers", true),
            ("Tags:", false),
            ("Tagging: how it works", false),
            ("The tags: a story", false),
        ] {
            assert_eq!(is_row(text), is, "{text}");
        }
    }
}
