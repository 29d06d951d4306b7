//! Texts on their way out: cleaned once where an entry is made, and checked again where bytes are written.

use std::borrow::Cow;

use url::Url;

use crate::model::text;

/// The cleaned text on one line ([`text::one_line`]); borrowed when it is so already.
pub(super) fn line(raw: &str) -> Cow<'_, str> {
    let plain = raw.bytes().all(|b| (0x20..0x7F).contains(&b));
    if plain && !raw.starts_with(' ') && !raw.ends_with(' ') && !raw.contains("  ") {
        Cow::Borrowed(raw)
    } else {
        Cow::Owned(text::one_line(raw))
    }
}

/// The cleaned text ([`text::clean`]), its lines kept, trimmed; borrowed when it is so already.
pub(super) fn paragraphs(raw: &str) -> Cow<'_, str> {
    if raw.bytes().all(is_plain) {
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
    if given.bytes().all(is_plain) || given.chars().all(text::is_legal) {
        Cow::Borrowed(given)
    } else {
        Cow::Owned(text::clean(given))
    }
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
pub(super) fn html(plain: &str) -> String {
    let mut out = String::with_capacity(plain.len() + 16);
    let mut rest = plain;
    while let Some(at) = rest.find(['&', '<', '>']) {
        out.push_str(&rest[..at]);
        out.push_str(match rest.as_bytes()[at] {
            b'&' => "&amp;",
            b'<' => "&lt;",
            _ => "&gt;",
        });
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
    out
}

fn is_plain(b: u8) -> bool {
    (0x20..0x7F).contains(&b) || b == b'\n' || b == b'\t'
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
    fn f100_html_escapes_once() {
        assert_eq!(html("a < b && c > d &amp;"), "a &lt; b &amp;&amp; c &gt; d &amp;amp;");
    }
}
