//! Small mistakes of programs that write JSON by hand, mended.

/// The document without those mistakes that can be mended without guessing: control characters and wrong escapes in
/// texts, halves of characters, commas before an end, numbers that no machine holds, `NaN` and its like. `None` when
/// none of them is in it. Linear.
pub(super) fn repair(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len() + 16);
    let mut changed = false;
    // What was not written to `out` yet begins here.
    let mut kept = 0;
    let mut at = 0;
    let mut replace = |out: &mut String, kept: &mut usize, from: usize, to: usize, with: &str| {
        out.push_str(text.get(*kept..from).unwrap_or_default());
        out.push_str(with);
        *kept = to;
        changed = true;
    };
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                at += 1;
                while let Some(byte) = bytes.get(at) {
                    match byte {
                        b'"' => break,
                        b'\\' => {
                            let (length, with) = escape(bytes.get(at..).unwrap_or_default());
                            // Never the half of a character of several bytes.
                            let length = (length..length + 4).find(|end| text.is_char_boundary(at + end));
                            let length = length.unwrap_or(1);
                            if let Some(with) = with {
                                replace(&mut out, &mut kept, at, at + length, with);
                            }
                            at += length;
                        }
                        0..0x20 => {
                            replace(&mut out, &mut kept, at, at + 1, " ");
                            at += 1;
                        }
                        _ => at += 1,
                    }
                }
                at += 1;
            }
            b',' => {
                let rest = bytes.get(at + 1..).unwrap_or_default();
                let blanks = rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
                if matches!(rest.get(blanks), Some(b']' | b'}')) {
                    replace(&mut out, &mut kept, at, at + 1, "");
                }
                at += 1 + blanks;
            }
            byte if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.') => {
                let word = bytes.get(at..).unwrap_or_default();
                let length = word
                    .iter()
                    .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'+' | b'.'))
                    .count();
                let word = text.get(at..at + length).unwrap_or_default();
                let is_number = word.parse::<f64>().is_ok_and(f64::is_finite);
                if !is_number && !matches!(word, "true" | "false" | "null") && is_nothing(word) {
                    replace(&mut out, &mut kept, at, at + length, "null");
                }
                at += length;
            }
            _ => at += 1,
        }
    }
    out.push_str(text.get(kept..).unwrap_or_default());
    changed.then_some(out)
}

/// Whether a word stands for no value: what other languages write, or a number past all bounds.
fn is_nothing(word: &str) -> bool {
    matches!(word, "NaN" | "Infinity" | "-Infinity" | "None" | "undefined" | "nil")
        || word.parse::<f64>().is_ok_and(|number| !number.is_finite())
}

/// The length of the escape that `bytes` begins with, and what should stand there instead, if it is wrong.
fn escape(bytes: &[u8]) -> (usize, Option<&'static str>) {
    match bytes.get(1) {
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => (2, None),
        Some(b'u') => match unit(bytes) {
            Some(0xD800..0xDC00) => match unit(bytes.get(6..).unwrap_or_default()) {
                Some(0xDC00..0xE000) => (12, None),
                _ => (6, Some("\u{FFFD}")),
            },
            Some(0xDC00..0xE000) => (6, Some("\u{FFFD}")),
            Some(_) => (6, None),
            None => (2, Some("u")),
        },
        // `\'` and its like: the character is meant.
        Some(_) => (1, Some("")),
        None => (1, Some("")),
    }
}

/// The number in `\u` and four digits.
fn unit(bytes: &[u8]) -> Option<u32> {
    let digits = bytes.strip_prefix(b"\\u")?.get(..4)?;
    let digits =
        std::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|b| b.is_ascii_hexdigit()))?;
    u32::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f086_f097_small_mistakes_are_mended() {
        for (wrong, right) in [
            (r#"{"a": 1,}"#, r#"{"a": 1}"#),
            ("[1, 2 , ]", "[1, 2  ]"),
            (r#"{"a": 1e999, "b": NaN, "c": -Infinity}"#, r#"{"a": null, "b": null, "c": null}"#),
            (r#""a\ud800b\udc00c""#, "\"a\u{FFFD}b\u{FFFD}c\""),
            ("\"a\nb\tc\u{0}\"", "\"a b c \""),
            (r#""it\'s \x""#, r#""it's x""#),
        ] {
            assert_eq!(repair(wrong).as_deref(), Some(right), "{wrong}");
            assert!(serde_json::from_str::<serde_json::Value>(right).is_ok(), "{right}");
        }
        for good in [r#"{"a": [1, -2.5e3, true, null, "\ud83d\ude00 \u00e9 \\ ,]"]}"#, "", "\"", "\"\\"] {
            let mended = repair(good);
            assert!(mended.is_none() || good.ends_with('\\'), "{good}: {mended:?}");
        }
    }
}
