//! Text: what may be published, and how texts are folded before they are compared.
//!
//! Three forms of one text are kept apart:
//!
//! * **as written**, cleaned once when it comes in ([`clean`], [`one_line`]): this is what is published;
//! * **folded** ([`fold`]): the same for all renderings of one text, case kept; two texts that differ only
//!   in kinds of dashes, quotes, spaces or width are the same content;
//! * **folded without case** ([`fold_key`]): what goes into keys and decides whether two names are one.
//!
//! The folding tables are fixed here and never change meaning: stored keys depend on them.

use std::fmt;

use unicode_normalization::{UnicodeNormalization, is_nfc_quick, is_nfkc_quick};

/// A count with its noun: `1 article`, `2 articles`; for nouns whose plural is made with an s.
#[must_use]
pub fn counted(count: impl fmt::Display, noun: &str) -> String {
    let count = count.to_string();
    let plural = if count == "1" { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

/// Whether XML 1.0 allows `c` in a document (XML 1.0, fifth edition, section 2.2), and a reader would show it.
///
/// Stricter than the recommendation in one point: the C1 controls and DEL, which it only discourages, are
/// refused too.
#[must_use]
pub fn is_legal(c: char) -> bool {
    match c {
        '\t' | '\n' => true,
        '\u{0}'..='\u{1F}' | '\u{7F}'..='\u{9F}' => false,
        '\u{FFFE}' | '\u{FFFF}' => false,
        _ => true,
    }
}

/// Drops every character that no XML document may hold, makes line ends `\n`, and composes (NFC).
///
/// Every string that comes from outside passes through here or through [`one_line`] before it is remembered.
#[must_use]
pub fn clean(text: &str) -> String {
    if text.bytes().all(|b| (0x20..0x7F).contains(&b) || b == b'\n' || b == b'\t') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut previous = '\0';
    for c in text.chars() {
        let cr_lf = previous == '\r' && c == '\n';
        previous = c;
        match c {
            '\r' | '\u{85}' | '\u{2028}' => out.push('\n'),
            '\n' if cr_lf => {}
            c if is_legal(c) => out.push(c),
            _ => {}
        }
    }
    if is_nfc_quick(out.chars()) == unicode_normalization::IsNormalized::Yes {
        out
    } else {
        out.nfc().collect()
    }
}

/// [`clean`], then all white space (no-break and other odd spaces too) as single blanks, trimmed.
#[must_use]
pub fn one_line(text: &str) -> String {
    let plain = |b: u8| (0x20..0x7F).contains(&b);
    if text.bytes().all(plain) && !text.starts_with(' ') && !text.ends_with(' ') && !text.contains("  ") {
        return text.to_owned();
    }
    let cleaned = clean(text);
    let mut out = String::with_capacity(cleaned.len());
    for word in cleaned.split(char::is_whitespace).filter(|w| !w.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// Cuts `text` after at most `max` bytes, at a grapheme border, and marks the cut with an ellipsis.
///
/// The result, ellipsis included, is at most `max` bytes; `max` below 3 gives an empty string when a cut is
/// needed.
#[must_use]
pub fn bounded(text: &str, max: usize) -> String {
    use unicode_segmentation::UnicodeSegmentation;
    if text.len() <= max {
        return text.to_owned();
    }
    let Some(room) = max.checked_sub('…'.len_utf8()) else { return String::new() };
    let end = text
        .grapheme_indices(true)
        .map(|(at, grapheme)| at + grapheme.len())
        .take_while(|end| *end <= room)
        .last()
        .unwrap_or(0);
    format!("{}…", &text[..end])
}

/// The folded form, case kept: NFKC; every dash `-`, every quote `'` or `"`, every run of white space one
/// blank; invisible characters dropped; trimmed.
#[must_use]
pub fn fold(text: &str) -> String {
    fold_with(text, false)
}

/// The folded form without case: [`fold`], then each character's lower case of its upper case (so `ß` is `ss`).
#[must_use]
pub fn fold_key(text: &str) -> String {
    fold_with(text, true)
}

fn fold_with(text: &str, caseless: bool) -> String {
    let mut out = String::with_capacity(text.len());
    if text.is_ascii() {
        push_ascii(&mut out, text, caseless);
    } else {
        // Before NFKC, because it would turn `´` and its like into a blank and a combining mark.
        let mapped = text.chars().filter(|c| !is_invisible(*c)).map(fold_mark);
        if is_nfkc_quick(mapped.clone()) == unicode_normalization::IsNormalized::Yes {
            push_folded(&mut out, mapped, caseless);
        } else {
            push_folded(&mut out, mapped.nfkc().map(fold_mark), caseless);
        }
    }
    out
}

/// As [`push_folded`], word by word.
fn push_ascii(out: &mut String, text: &str, caseless: bool) {
    for word in text.split(|c: char| c <= ' ' || c == '\u{7F}').filter(|word| !word.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        let from = out.len();
        out.push_str(word);
        if caseless {
            out[from..].make_ascii_lowercase();
        }
    }
}

fn push_folded(out: &mut String, chars: impl Iterator<Item = char>, caseless: bool) {
    let mut blank = false;
    for c in chars {
        if c.is_whitespace() || c.is_control() {
            blank = true;
            continue;
        }
        if blank && !out.is_empty() {
            out.push(' ');
        }
        blank = false;
        if !caseless {
            out.push(c);
        } else if c.is_ascii() {
            out.push(c.to_ascii_lowercase());
        } else {
            out.extend(c.to_uppercase().flat_map(char::to_lowercase));
        }
    }
}

/// Dashes to `-`, quotes to `'` and `"`. The table is part of the key rule: it only ever grows with a new one.
fn fold_mark(c: char) -> char {
    match c {
        '\u{2010}'..='\u{2015}' | '\u{2043}' | '\u{2212}' | '\u{FE58}' | '\u{FE63}' | '\u{FF0D}' => '-',
        '\u{2018}'..='\u{201B}'
        | '\u{2032}'
        | '\u{2039}'
        | '\u{203A}'
        | '\u{B4}'
        | '`'
        | '\u{2BC}'
        | '\u{FF07}' => '\'',
        '\u{201C}'..='\u{201F}' | '\u{2033}' | '\u{AB}' | '\u{BB}' | '\u{FF02}' => '"',
        _ => c,
    }
}

/// Characters that show nothing: soft hyphen, zero-width ones, direction marks, byte order mark.
#[must_use]
pub fn is_invisible(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2064}'
        | '\u{2066}'..='\u{2069}' | '\u{FEFF}' | '\u{FE00}'..='\u{FE0F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f096_renderings_of_one_title_fold_to_one_form() {
        let plain = fold_key("Scale-Up: \"How\" it's done in 5 ms");
        for other in [
            "Scale\u{2011}Up: \u{201C}How\u{201D} it\u{2019}s done in 5\u{202F}ms",
            "Scale\u{2013}up:  \u{201E}how\u{201F} it\u{B4}s done in 5\u{A0}ms ",
            "\u{FEFF}Sc\u{AD}ale\u{FF0D}Up\u{FF1A} \u{FF02}How\u{FF02} it\u{FF07}s done\u{200B} in 5 ms",
        ] {
            assert_eq!(fold_key(other), plain, "{other:?}");
        }
        assert_eq!(fold("Cafe\u{301}"), fold("Caf\u{E9}"));
        assert_ne!(fold("Kafka"), fold("kafka"));
        assert_eq!(fold_key("STRASSE"), fold_key("straße"));
    }

    #[test]
    fn text_of_ascii_folds_as_any_other_does() {
        for text in ["", " ", "Plain Text", "\t A\u{1C}b\u{7F}C  d\n", "x", "  It's   \"so\" - \u{0}z "] {
            for caseless in [false, true] {
                let mut folded = String::new();
                push_folded(&mut folded, text.chars(), caseless);
                assert_eq!(fold_with(text, caseless), folded, "{text:?}");
            }
        }
    }

    #[test]
    fn f097_characters_that_xml_forbids_are_dropped() {
        let hostile: String =
            (0u32..0x100).chain([0xFFFE, 0xFFFF, 0x1F600]).filter_map(char::from_u32).collect();
        let cleaned = clean(&hostile);
        assert!(cleaned.chars().all(is_legal));
        assert!(cleaned.contains("ABC") && cleaned.ends_with('\u{1F600}'));
        assert_eq!(clean("a\r\nb\rc\u{85}d"), "a\nb\nc\nd");
    }

    #[test]
    fn one_line_of_odd_white_space_is_single_blanks() {
        assert_eq!(one_line(" a\u{A0}\u{202F}b\t\nc "), "a b c");
        assert_eq!(one_line("plain text"), "plain text");
    }

    #[test]
    fn f099_bounded_cuts_at_grapheme_borders() {
        let family = "👨‍👩‍👧 and more";
        assert_eq!(bounded(family, 24), "👨‍👩‍👧 an…");
        assert_eq!(bounded(family, 10), "…");
        assert_eq!(bounded("short", 5), "short");
        assert_eq!(bounded("shorter", 2), "");
    }
}
