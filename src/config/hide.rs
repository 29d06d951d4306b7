//! Keeping secrets out of faults.
//!
//! A fault shows the lines of the file it is about, and a secret may stand on one of them: where it belongs, under a
//! misspelled key, or in a file that is no TOML at all. So what may be a secret is blotted out of the text that
//! faults carry, byte for byte, and every place in it stays where it was.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Keys of the file whose values are no secrets, wherever they stand within.
const OPEN_TABLES: [&str; 8] =
    ["data_dir", "site", "serve", "network", "tags", "defaults", "listing", "view"];
/// Keys of a target whose values are no secrets.
const OPEN: [&str; 18] = [
    "id",
    "kind",
    "when",
    "late",
    "health",
    "burst",
    "pace",
    "allow_private",
    "chat",
    "topic",
    "room",
    "from",
    "to",
    "command_timeout",
    "template",
    "summary_template",
    "health_template",
    "subject_template",
];
/// Keys that name where a secret is to be had.
const NAMES: [&str; 3] = ["env", "file", "credential"];
/// Keys that hold a secret wherever they stand.
const SECRET: [&str; 8] =
    ["secret", "secrets", "password", "token", "headers", "basic_auth", "cookies", "proxy"];
/// What a signing secret begins with (Standard Webhooks 1.0).
pub(super) const PREFIX: &str = "whsec_";

/// Whether `text` can name a variable; a secret put there by mistake seldom can.
pub(super) fn is_variable(text: &str) -> bool {
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    begins
        && text.len() <= 200
        && !text.starts_with(PREFIX)
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Whether `text` can name a file or a credential.
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty() && !text.contains(PREFIX) && !text.contains("://") && !text.contains('\0')
}

/// `text` with everything blotted out that may be a secret. `table` is what it means; without one the file is no
/// TOML, and what it looks like has to do.
pub(super) fn blotted(text: &str, table: Option<&DeTable<'_>>) -> String {
    let mut spans = Vec::new();
    match table {
        Some(table) => table.iter().for_each(|(key, value)| {
            let name: &str = key.get_ref();
            find(name, value, !OPEN_TABLES.contains(&name), &mut spans);
        }),
        None => look(text, &mut spans),
    }
    spans.extend(keys(text));
    spans.extend(logins(text));
    blot(text, &spans)
}

/// Signing secrets, wherever they stand.
fn keys(text: &str) -> Vec<Range<usize>> {
    let (mut found, mut from) = (Vec::new(), 0);
    while let Some(at) = text[from..].find(PREFIX) {
        let start = from + at + PREFIX.len();
        let end = text[start..].find(|c: char| !(c.is_ascii_alphanumeric() || "_+/=-".contains(c)));
        from = end.map_or(text.len(), |end| start + end);
        found.push(start..from);
    }
    found
}

/// Names and passwords in addresses, wherever they stand.
fn logins(text: &str) -> impl Iterator<Item = Range<usize>> {
    text.match_indices("://").filter_map(|(at, sign)| {
        let start = at + sign.len();
        let rest = &text[start..];
        let end = rest.find(|c: char| c.is_whitespace() || "/?#\"'".contains(c)).unwrap_or(rest.len());
        rest[..end].rfind('@').map(|sign| start..start + sign)
    })
}

/// Finds what may be a secret in the value of `name`. Within a target that is every value that is not known to be none.
fn find(name: &str, value: &Spanned<DeValue<'_>>, target: bool, spans: &mut Vec<Range<usize>>) {
    match value.get_ref() {
        DeValue::Array(list) => list.iter().for_each(|item| find(name, item, target, spans)),
        DeValue::Table(table) => {
            for (key, value) in table {
                let key: &str = key.get_ref();
                // What a header is called says nothing of what it holds.
                if !(target && OPEN.contains(&key)) || SECRET.contains(&name) {
                    find(key, value, target || SECRET.contains(&key), spans);
                }
            }
        }
        scalar => {
            let named = scalar.as_str().is_some_and(|text| match name {
                "env" => is_variable(text),
                _ => NAMES.contains(&name) && is_name(text),
            });
            if (target || SECRET.contains(&name)) && !named {
                spans.push(value.span());
            }
        }
    }
}

/// Finds what may be a secret in a text that cannot be read: what follows a key that is not known to hold none, up
/// to the next key.
fn look(text: &str, spans: &mut Vec<Range<usize>>) {
    let (mut target, mut all, mut hidden, mut start) = (false, false, false, 0);
    for line in text.split_inclusive('\n') {
        let from = match key_of(line) {
            Some((key, value)) => {
                let begins_target = !target && key == "target";
                hidden = all || SECRET.contains(&key) || begins_target || target && !OPEN.contains(&key);
                value
            }
            None if line.trim_start().starts_with("[[") || !hidden && line.trim_start().starts_with('[') => {
                let name = line.trim_start().trim_start_matches('[');
                let known = OPEN_TABLES.iter().any(|open| name.trim_start().starts_with(open));
                // Of a table within a listing, such as its headers, every value may be one.
                let name = name.split(']').next().unwrap_or_default().trim();
                all = SECRET.iter().any(|key| name.ends_with(key));
                (target, hidden) = (!known, false);
                line.len()
            }
            None => 0,
        };
        // On one line there may be several, as in `{ id = "a", secret = "b" }`.
        let inner = SECRET.iter().filter_map(|key| Some(line.find(key)? + key.len())).min();
        match (hidden, inner) {
            (true, _) => spans.push(start + from..start + line.len()),
            (false, Some(inner)) => spans.push(start + inner..start + line.len()),
            (false, None) => {}
        }
        start += line.len();
    }
}

/// The key that a line begins with, the last word of it, and where its value begins.
fn key_of(line: &str) -> Option<(&str, usize)> {
    let (key, _) = line.split_once('=')?;
    let bare = |word: &str| word.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b));
    let words = || key.split('.').map(|word| unquoted(word.trim()));
    let last = words().next_back().filter(|_| words().all(|word| !word.is_empty() && bare(word)));
    last.map(|last| (last, key.len() + 1))
}

fn unquoted(word: &str) -> &str {
    let quoted = |quote| word.strip_prefix(quote)?.strip_suffix(quote);
    quoted('"').or_else(|| quoted('\'')).unwrap_or(word)
}

/// `text` with every byte of `spans` replaced, but for those that give it its shape.
fn blot(text: &str, spans: &[Range<usize>]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for byte in spans.iter().flat_map(|span| bytes_of(span, text)) {
        if let Some(byte) = bytes.get_mut(byte).filter(|byte| !b" \t\r\n\"'[]{},".contains(byte)) {
            *byte = b'*';
        }
    }
    // Spans end where characters do, so nothing is replaced here but in a bug of ours.
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The bytes of a span, out to the borders of characters.
fn bytes_of(span: &Range<usize>, text: &str) -> Range<usize> {
    let (mut start, mut end) = (span.start.min(text.len()), span.end.min(text.len()));
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    while !text.is_char_boundary(end) {
        end += 1;
    }
    start..end.max(start)
}
