//! Texts out of markup: character data with its entities, and HTML as plain text.

use std::borrow::Cow;

use memchr::{memchr, memchr2, memmem};
use quick_xml::escape::resolve_html5_entity;

/// Elements that end a word: their tags become a blank.
const BLOCKS: &[&str] = &[
    "address",
    "article",
    "aside",
    "blockquote",
    "br",
    "caption",
    "center",
    "dd",
    "details",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "img",
    "li",
    "main",
    "nav",
    "ol",
    "option",
    "p",
    "pre",
    "section",
    "summary",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "ul",
];

/// Elements whose content is no text.
const HIDDEN: &[&str] = &["script", "style", "template", "iframe", "noscript", "svg", "math"];

/// Elements that titles are written with; every other `<…>` in a title that does not say it is HTML is text.
const INLINE: &[&str] = &[
    "a", "abbr", "b", "bdi", "big", "br", "cite", "code", "del", "em", "font", "i", "img", "ins", "kbd",
    "mark", "nobr", "p", "q", "s", "small", "span", "strike", "strong", "sub", "sup", "tt", "u", "var",
    "wbr",
];

/// The character data of an element's content as it is in the document: sections of character data as they are,
/// entities once decoded, tags and comments left out. Entities that nobody knows stay as they are.
pub(super) fn value(raw: &str) -> Cow<'_, str> {
    let bytes = raw.as_bytes();
    if memchr2(b'<', b'&', bytes).is_none() {
        return Cow::Borrowed(raw);
    }
    // The usual form of a text with markup in it: one section and nothing else.
    let trimmed = raw.trim_ascii();
    if let Some(inside) = trimmed.strip_prefix("<![CDATA[").and_then(|rest| rest.strip_suffix("]]>"))
        && memmem::find(inside.as_bytes(), b"]]>").is_none()
    {
        return Cow::Borrowed(inside);
    }
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = memchr2(b'<', b'&', rest.as_bytes()) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        rest = if rest.starts_with('&') { entity(rest, &mut out) } else { skip_tag(rest, &mut out) };
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// What follows the markup that `rest` begins with; what it says as text goes to `out`.
fn skip_tag<'t>(rest: &'t str, out: &mut String) -> &'t str {
    if let Some(inside) = rest.strip_prefix("<![CDATA[") {
        let (text, after) = inside.split_once("]]>").unwrap_or((inside, ""));
        out.push_str(text);
        return after;
    }
    match tag_length(rest) {
        Some(length) => &rest[length..],
        None => {
            out.push('<');
            &rest[1..]
        }
    }
}

/// HTML as plain text: tags and what shows nothing left out, entities decoded, blocks kept apart by a blank. Stops
/// soon after `most` bytes of text.
pub(super) fn plain(html: &str, most: usize) -> Cow<'_, str> {
    strip(html, most, |_| true)
}

/// A title that may be HTML and may not: entities are decoded, and only tags that titles are written with are left
/// out, so `Vec<T>` stays.
pub(super) fn title(text: &str, most: usize) -> Cow<'_, str> {
    strip(text, most, |name| INLINE.contains(&name))
}

fn strip(html: &str, most: usize, is_tag: impl Fn(&str) -> bool) -> Cow<'_, str> {
    if memchr2(b'<', b'&', html.as_bytes()).is_none() {
        return Cow::Borrowed(html);
    }
    let mut out = String::with_capacity(html.len().min(most.saturating_add(64)));
    let mut rest = html;
    while let Some(at) = memchr2(b'<', b'&', rest.as_bytes()) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if out.len() > most {
            return Cow::Owned(out);
        }
        if rest.starts_with('&') {
            rest = entity(rest, &mut out);
            continue;
        }
        let Some(length) = tag_length(rest) else {
            out.push('<');
            rest = &rest[1..];
            continue;
        };
        let mut name = [0; 12];
        let name = tag_name(rest, &mut name);
        if name.is_empty() {
            rest = skip_tag(rest, &mut out);
            continue;
        }
        if !is_tag(name) {
            out.push('<');
            rest = &rest[1..];
            continue;
        }
        if BLOCKS.contains(&name) {
            out.push(' ');
        }
        let opens = !rest.starts_with("</") && !rest[..length].ends_with("/>");
        rest = &rest[length..];
        if opens && HIDDEN.contains(&name) {
            rest = after_close(rest, name);
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The length of the tag, comment, section or declaration that `rest` begins with; `None` when its `<` is text.
fn tag_length(rest: &str) -> Option<usize> {
    let bytes = rest.as_bytes();
    let end = |mark: &[u8]| memmem::find(bytes, mark).map(|at| at + mark.len());
    match bytes.get(1)? {
        b'!' if rest.starts_with("<!--") => Some(end(b"-->").unwrap_or(bytes.len())),
        b'!' if rest.starts_with("<![CDATA[") => Some(end(b"]]>").unwrap_or(bytes.len())),
        b'!' | b'?' => {
            let close = 1 + memchr2(b'<', b'>', bytes.get(1..)?)?;
            (bytes.get(close) == Some(&b'>')).then_some(close + 1)
        }
        byte if byte.is_ascii_alphabetic() || *byte == b'/' => {
            // A `>` within quotes does not count, where the quotes are closed.
            let mut at = 1;
            loop {
                let found = at
                    + bytes.get(at..)?.iter().position(|byte| matches!(byte, b'>' | b'"' | b'\'' | b'<'))?;
                match bytes.get(found)? {
                    b'>' => return Some(found + 1),
                    b'<' => return None,
                    mark if bytes.get(found - 1) == Some(&b'=') => {
                        let inside = bytes.get(found + 1..)?;
                        // Long quotes are open ones; so a flood of them costs no more than its bytes.
                        let inside = inside.get(..inside.len().min(4_096))?;
                        at = found + 1 + memchr(*mark, inside).map_or(0, |close| close + 1);
                    }
                    _ => at = found + 1,
                }
            }
        }
        _ => None,
    }
}

/// The name of the tag that `rest` begins with, in small letters; empty for a comment, and cut after twelve letters.
fn tag_name<'b>(rest: &str, buffer: &'b mut [u8; 12]) -> &'b str {
    let from = if rest.starts_with("</") { 2 } else { 1 };
    let mut length = 0;
    for byte in rest.bytes().skip(from).take(buffer.len()).take_while(u8::is_ascii_alphanumeric) {
        if let Some(place) = buffer.get_mut(length) {
            *place = byte.to_ascii_lowercase();
            length += 1;
        }
    }
    std::str::from_utf8(buffer.get(..length).unwrap_or_default()).unwrap_or_default()
}

/// What follows the end tag of `name`; nothing, when there is none.
fn after_close<'t>(text: &'t str, name: &str) -> &'t str {
    let mut rest = text;
    while let Some(at) = memmem::find(rest.as_bytes(), b"</") {
        rest = &rest[at + 2..];
        if rest.get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name)) {
            return rest.split_once('>').map_or("", |(_, after)| after);
        }
    }
    ""
}

/// Decodes the entity that `text` begins with into `out`, or takes its `&` as it is; gives what follows.
fn entity<'t>(text: &'t str, out: &mut String) -> &'t str {
    let name_end =
        text.bytes().skip(1).take(32).position(|byte| !(byte.is_ascii_alphanumeric() || byte == b'#'));
    let name = name_end.and_then(|end| text.get(1..=end)).unwrap_or_default();
    let after = text.get(1 + name.len()..).unwrap_or_default();
    if let Some(after) = after.strip_prefix(';')
        && decode(name, out)
    {
        return after;
    }
    out.push('&');
    text.get(1..).unwrap_or_default()
}

fn decode(name: &str, out: &mut String) -> bool {
    let known = match name {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" => "\"",
        "apos" => "'",
        "nbsp" => "\u{A0}",
        _ => match name.strip_prefix('#') {
            Some(number) => {
                let code = match number.strip_prefix(['x', 'X']) {
                    Some(hex) => u32::from_str_radix(hex, 16),
                    None => number.parse(),
                };
                // As browsers do: 128 to 159 are Windows' characters, and no character is U+FFFD.
                let Ok(code) = code else { return false };
                out.push(
                    windows(code).or_else(|| char::from_u32(code)).unwrap_or(char::REPLACEMENT_CHARACTER),
                );
                return true;
            }
            None => match resolve_html5_entity(name) {
                Some(known) => known,
                None => return false,
            },
        },
    };
    out.push_str(known);
    true
}

/// What numeric references from 128 to 159 stand for: what Windows' encoding has there.
fn windows(code: u32) -> Option<char> {
    let byte = u8::try_from(code).ok().filter(|byte| (0x80..0xA0).contains(byte))?;
    encoding_rs::WINDOWS_1252.decode_without_bom_handling(&[byte]).0.chars().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn character_data_is_decoded_once() {
        assert_eq!(value("plain"), "plain");
        assert_eq!(value("a &amp;amp; b &#x4e2d;&#25991; &eacute; &#150;"), "a &amp; b 中文 é –");
        assert_eq!(value("<![CDATA[a &amp; <b>]]>"), "a &amp; <b>");
        assert_eq!(value("x <![CDATA[<y>]]> &amp; <![CDATA[z]]>"), "x <y> & z");
        assert_eq!(value("a<b>c</b>d<!-- e -->"), "acd");
    }

    #[test]
    fn f080_bare_marks_and_unknown_entities_stay() {
        assert_eq!(
            value("AT&T & R&D; &unknown; &#xZZ; 1 < 2 &#1114112;"),
            "AT&T & R&D; &unknown; &#xZZ; 1 < 2 \u{FFFD}"
        );
        assert_eq!(value("&"), "&");
        assert_eq!(value("a &amp"), "a &amp");
    }

    #[test]
    fn html_becomes_plain_text() {
        let html = "<p>One &amp; <b>two</b>.</p><script>no()</script><ul><li>three<li>four</ul><!-- x --><IMG alt='>'>five";
        assert_eq!(
            plain(html, 1_000).split_whitespace().collect::<Vec<_>>().join(" "),
            "One & two. three four five"
        );
        assert_eq!(plain("a < b and 1<2", 100), "a < b and 1<2");
        assert_eq!(plain("<style>x", 100), "");
        assert!(plain(&"<p>word</p>".repeat(1_000), 50).len() < 60);
    }

    #[test]
    fn titles_keep_what_only_looks_like_tags() {
        assert_eq!(title("<b>Vec<T></b> &amp; <script>", 100), "Vec<T> & <script>");
        assert_eq!(title("a<br/>b", 100), "a b");
    }

    #[test]
    fn floods_of_open_marks_end() {
        for piece in ["<a href=\"", "<!--", "<![CDATA[", "</", "&", "<script>", "<a ='", "<!x", "<?"] {
            let text = piece.repeat(100_000 / piece.len());
            let _ = (value(&text), plain(&text, usize::MAX));
        }
    }
}
