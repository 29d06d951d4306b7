//! Texts on their way out: cleaned once where an entry is made, and checked again where bytes are written.

use std::borrow::Cow;

use url::Url;

use crate::model::text;

/// The cleaned text on one line ([`text::one_line`]); borrowed when it is so already.
pub(super) fn line(raw: &str) -> Cow<'_, str> {
    if is_settled(raw) && !any_byte(raw, |b| b < 0x20) && is_single_spaced(raw.as_bytes()) {
        Cow::Borrowed(raw)
    } else {
        Cow::Owned(text::one_line(raw))
    }
}

/// The cleaned text ([`text::clean`]), its lines kept, trimmed; borrowed when it is so already.
pub(super) fn paragraphs(raw: &str) -> Cow<'_, str> {
    if is_settled(raw) {
        return Cow::Borrowed(raw.trim());
    }
    let cleaned = text::clean(raw);
    let trimmed = cleaned.trim();
    if trimmed.len() == cleaned.len() { Cow::Owned(cleaned) } else { Cow::Owned(trimmed.to_owned()) }
}

/// The text without what no XML document may hold; borrowed when there is nothing of the kind.
///
/// The last check before bytes are written: one pass, nothing else.
pub(super) fn legal(given: &str) -> Cow<'_, str> {
    // The bytes of controls, and the first bytes of what may be U+0080..U+009F, U+FFFE or U+FFFF.
    let suspect = |b: u8| (b < 0x20 && b != b'\n' && b != b'\t') || matches!(b, 0x7F | 0xC2 | 0xEF);
    if !any_byte(given, suspect) || given.chars().all(text::is_legal) {
        Cow::Borrowed(given)
    } else {
        Cow::Owned(text::clean(given))
    }
}

/// Whether cleaning surely leaves `text` as it is: `true` for Latin and Chinese text with common punctuation,
/// `false` where only cleaning itself can tell.
///
/// It looks at bytes, because nearly every text is settled and characters cost ten times as much. What it lets
/// pass needs no look at the neighbours: no control, no odd space, nothing that composes.
fn is_settled(text: &str) -> bool {
    let odd = |b: u8| {
        let latin = (0x20..0x7F).contains(&b) || (0x80..=0xBF).contains(&b) || (0xC3..=0xCB).contains(&b);
        let chinese = (0xE4..=0xE9).contains(&b);
        !(latin || chinese || b == PUNCTUATION || b == b'\n' || b == b'\t')
    };
    !any_byte(text, odd) && (!any_byte(text, |b| b == PUNCTUATION) || has_common_punctuation(text))
}

/// The first byte of U+2000..U+2FFF.
const PUNCTUATION: u8 = 0xE2;

/// Whether all of U+2000..U+2FFF in `text` is U+2010..U+2027, dashes, quotes and dots; others may be spaces or
/// line ends.
fn has_common_punctuation(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (next, last) = (bytes.get(1..).unwrap_or_default(), bytes.get(2..).unwrap_or_default());
    let triples = bytes.iter().zip(next).zip(last);
    !triples.fold(false, |found, ((&first, &second), &third)| {
        found | ((first == PUNCTUATION) & ((second != 0x80) | !(0x90..=0xA7).contains(&third)))
    })
}

/// Whether there is no blank at either end and none beside another.
fn is_single_spaced(bytes: &[u8]) -> bool {
    let pairs = bytes.iter().zip(bytes.get(1..).unwrap_or_default());
    let double = pairs.fold(false, |found, (a, b)| found | ((*a == b' ') & (*b == b' ')));
    !double && bytes.first() != Some(&b' ') && bytes.last() != Some(&b' ')
}

/// Whether `is` holds for a byte of `text`. It never stops early, so that many bytes are compared at a time.
fn any_byte(text: &str, is: impl Fn(u8) -> bool) -> bool {
    text.bytes().fold(false, |found, b| found | is(b))
}

/// [`line()`], or `instead` when nothing is left.
pub(super) fn line_or<'a>(raw: &'a str, instead: &'a str) -> Cow<'a, str> {
    let line = line(raw);
    if line.is_empty() { self::line(instead) } else { line }
}

/// [`line()`], or `None` when nothing is left.
pub(super) fn some_line(raw: &str) -> Option<Cow<'_, str>> {
    Some(line(raw)).filter(|line| !line.is_empty())
}

/// An absolute http(s) address in the form that every reader understands; `None` for any other.
pub(super) fn web_address(raw: &str) -> Option<Cow<'_, str>> {
    let url = Url::parse(raw).ok()?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return None;
    }
    Some(if url.as_str() == raw { Cow::Borrowed(raw) } else { Cow::Owned(url.into()) })
}

/// Plain text as HTML: `&`, `<` and `>` as entities.
pub(super) fn html(plain: &str) -> Cow<'_, str> {
    let is_markup = |b: u8| matches!(b, b'&' | b'<' | b'>');
    if !any_byte(plain, is_markup) {
        return Cow::Borrowed(plain);
    }
    let mut out = String::with_capacity(plain.len() + 64);
    let mut rest = plain;
    while let Some(at) = rest.bytes().position(is_markup) {
        out.push_str(&rest[..at]);
        out.push_str(match rest.as_bytes()[at] {
            b'&' => "&amp;",
            b'<' => "&lt;",
            _ => "&gt;",
        });
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f101_only_web_addresses_are_published() {
        for bad in [
            "javascript:alert(1)",
            "java\tscript:alert(1)",
            "data:text/html,x",
            "//ex.com/a",
            "/a",
            "ftp://ex.com/",
            "https:",
            "",
        ] {
            assert_eq!(web_address(bad), None, "{bad:?}");
        }
        for (raw, published) in [
            ("https://ex.com/a?b=1&c=2#d", "https://ex.com/a?b=1&c=2#d"),
            ("https://ex.com/a b\"<c>", "https://ex.com/a%20b%22%3Cc%3E"),
            ("https://ex.com/\u{4E2D}", "https://ex.com/%E4%B8%AD"),
        ] {
            assert_eq!(web_address(raw).as_deref(), Some(published));
        }
    }

    #[test]
    fn f097_legal_keeps_what_xml_may_hold() {
        assert!(matches!(legal("plain\n中文 😀"), Cow::Borrowed(_)));
        assert_eq!(legal("a\u{0}b\u{FFFE}c\u{85}d"), "abc\nd");
    }

    #[test]
    fn f097_settled_texts_are_those_that_cleaning_leaves_alone() {
        // Every character of the first two planes, alone and after a letter that might compose with it.
        let all = (0..0x20000u32).filter_map(char::from_u32);
        for text in all.flat_map(|c| [c.to_string(), format!("e{c}"), format!("{c}\u{4E2D}")]) {
            if is_settled(&text) {
                assert_eq!(text::clean(&text), text, "{text:?}");
                let spaced = text.contains(['\n', '\t', ' ']);
                assert!(spaced || text::one_line(&text) == text, "{text:?}");
            }
        }
        for settled in ["plain", "the team’s p99 – “fast”…", "Größe, naïve, Łódź", "中文标题", "a\nb"]
        {
            assert!(is_settled(settled), "{settled:?}");
        }
    }

    #[test]
    fn f100_html_escapes_once() {
        assert_eq!(html("a < b && c > d &amp;"), "a &lt; b &amp;&amp; c &gt; d &amp;amp;");
    }
}
