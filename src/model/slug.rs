//! Slugs: the names of feeds in paths. Assigned once, remembered, never computed again for a feed that has one.
//!
//! A slug is 1 to 100 of `a-z 0-9 -`: a safe file name on every system, and the same in a URL.

use unicode_normalization::UnicodeNormalization;

/// The greatest length of a slug in bytes, the hash of a collision included.
const MAX: usize = 100;

/// Names that a path or some file system has another use for.
const RESERVED: &[&str] = &["all", "health", "index", "con", "prn", "aux", "nul", "catalog", "opml"];

/// The slug for a feed first named `name`, where `taken` says which slugs of its kind are owned by others.
///
/// The readable part alone when it is free; else with a short hash of the folded name. The earlier owner always
/// keeps the bare slug, because slugs are remembered.
#[must_use]
pub fn assign(name: &str, mut taken: impl FnMut(&str) -> bool) -> String {
    let base = readable(name);
    let plain = !base.is_empty() && !is_reserved(&base) && base.len() <= MAX;
    if plain && !taken(&base) {
        return base;
    }
    let digest = blake3::hash(super::text::fold_key(name).as_bytes()).to_hex();
    // Eight digits do nearly always; the loop is for the one time they do not.
    for digits in [8, 16, 32] {
        let room = MAX - digits - 1;
        let stem = base.get(..base.len().min(room)).unwrap_or_default().trim_end_matches('-');
        let hash = &digest.as_str()[..digits];
        let slug = if stem.is_empty() { format!("x-{hash}") } else { format!("{stem}-{hash}") };
        if !taken(&slug) {
            return slug;
        }
    }
    format!("x-{}", digest.as_str())
}

/// The readable part: letters and digits of ASCII, marks that tell tags apart spelled out, the rest as `-`. Empty where
/// letters would be lost; may be of any length.
#[must_use]
pub fn readable(name: &str) -> String {
    let mut out = String::new();
    let word = |out: &mut String, word: &str| {
        if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
        out.push_str(word);
        out.push('-');
    };
    let decomposed = super::text::fold_key(name).nfd().collect::<String>();
    let mut lost = false;
    for (at, c) in decomposed.char_indices() {
        match c {
            'a'..='z' | '0'..='9' => out.push(c),
            '+' => word(&mut out, "plus"),
            '#' => word(&mut out, "sharp"),
            '&' => word(&mut out, "and"),
            '@' => word(&mut out, "at"),
            '.' if at == 0 && decomposed.len() > 1 => word(&mut out, "dot"),
            '\'' => {}
            '\u{300}'..='\u{36F}' => {}
            c if c.is_ascii() => {
                if !out.ends_with('-') && !out.is_empty() {
                    out.push('-');
                }
            }
            _ => lost = true,
        }
    }
    let out = out.trim_matches('-').to_owned();
    // Half a name reads as another one ("中Go文" is not "go"): such names go by their hash alone.
    if lost { String::new() } else { out }
}

/// Whether a slug could be mistaken for another file: a reserved name, or an archive page of another feed.
fn is_reserved(slug: &str) -> bool {
    let archive = slug
        .rsplit_once("-archive-")
        .is_some_and(|(_, n)| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    archive || RESERVED.contains(&slug)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn f102_hostile_names_get_distinct_safe_slugs() {
        let long = "x".repeat(300);
        let names = [
            "C",
            "C++",
            "C#",
            ".NET",
            "NET",
            "f/f",
            "f f",
            "..",
            ".",
            "",
            "con",
            "a%2fb",
            "İ",
            "ß",
            "😀",
            "中文",
            "中Go文",
            "Go",
            "all",
            "kafka-archive-2",
            "CI/CD",
            "A/B testing",
            "Node.js",
            "I/O",
            "R&D",
            &long,
            "日本",
            "café",
        ];
        let mut owners: BTreeMap<String, &str> = BTreeMap::new();
        for name in names {
            let slug = assign(name, |slug| owners.contains_key(slug));
            assert!((1..=100).contains(&slug.len()), "{name:?} -> {slug:?}");
            assert!(
                slug.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
                "{slug:?}"
            );
            assert!(!slug.starts_with('-') && !is_reserved(&slug), "{slug:?}");
            assert_eq!(owners.insert(slug.clone(), name), None, "{name:?} -> {slug:?}");
        }
        for (slug, name) in
            [("c", "C"), ("c-plus-plus", "C++"), ("c-sharp", "C#"), ("dot-net", ".NET"), ("ci-cd", "CI/CD")]
        {
            assert_eq!(owners.get(slug), Some(&name));
        }
        assert_eq!(readable("Backend Architecture"), "backend-architecture");
    }
}
