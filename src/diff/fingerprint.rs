//! Fingerprints: what two readings of one entry are compared by.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::text::fold;
use crate::model::{Article, Entry, Field, Key, Printed};

/// One hash for each field of an entry, in the order of [`Field::ALL`].
///
/// Hashes are over folded texts with their case, so that another rendering of the same page is the same; the
/// tag row counts as printed, not as split. 32 bits a field: an edit goes unseen once in four billion.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Fingerprint([u32; Field::ALL.len()]);

impl Serialize for Fingerprint {
    /// For people, eight hex digits a field.
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if !to.is_human_readable() {
            return self.0.serialize(to);
        }
        to.serialize_str(&self.0.iter().map(|hash| format!("{hash:08x}")).collect::<String>())
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        if !from.is_human_readable() {
            return <[u32; Field::ALL.len()]>::deserialize(from).map(Self);
        }
        let text = std::borrow::Cow::<str>::deserialize(from)?;
        let mut hashes = [0; Field::ALL.len()];
        let wrong = || serde::de::Error::custom(format!("no fingerprint: {text:?}"));
        if text.len() != 8 * hashes.len() || !text.is_ascii() {
            return Err(wrong());
        }
        for (at, hash) in hashes.iter_mut().enumerate() {
            *hash = u32::from_str_radix(&text[8 * at..8 * at + 8], 16).map_err(|_| wrong())?;
        }
        Ok(Self(hashes))
    }
}

impl Fingerprint {
    /// The fingerprint of `entry`.
    #[must_use]
    pub fn of(entry: &Entry) -> Self {
        Self(Field::ALL.map(|field| match field {
            Field::Title => hash_text(Some(&entry.title)),
            Field::Link => hash_text(entry.link.as_deref()),
            Field::Source => hash_text(entry.source.as_deref()),
            Field::Date => hash_date(entry.date),
            Field::Category => hash_text(entry.category.as_deref()),
            Field::Summary => hash_text(entry.summary.as_deref()),
            Field::Tags => hash_text(Some(&entry.tags.as_text())),
        }))
    }

    /// The fingerprint of an entry that says what is remembered of `article`.
    #[must_use]
    pub fn of_article(article: &Article) -> Self {
        Self(Field::ALL.map(|field| match field {
            Field::Title => hash_text(Some(&article.title)),
            Field::Link => hash_text(article.link.as_deref()),
            Field::Source => hash_text(article.source.as_deref()),
            Field::Date => hash_date(article.date),
            Field::Category => hash_text(article.category.as_deref()),
            Field::Summary => hash_text(article.summary.as_deref()),
            Field::Tags => hash_text(Some(&article.row.as_text())),
        }))
    }

    /// The fields among `content` in which `self` and `other` differ, in report order.
    #[must_use]
    pub fn differences(&self, other: &Self, content: &[Field]) -> Vec<Field> {
        Field::ALL
            .into_iter()
            .zip(self.0.iter().zip(&other.0))
            .filter(|(field, (a, b))| a != b && content.contains(field))
            .map(|(field, _)| field)
            .collect()
    }

    fn of_content(&self, content: &[Field]) -> impl Iterator<Item = u32> {
        Field::ALL
            .into_iter()
            .zip(self.0)
            .map(move |(field, hash)| if content.contains(&field) { hash } else { 0 })
    }
}

/// Those of `fields` in which an article says something else than it did `before`. None where another listing brought
/// the same change meanwhile: it is told once.
#[must_use]
pub fn told_fields(before: &Article, after: &Article, fields: &[Field]) -> Vec<Field> {
    Fingerprint::of_article(before).differences(&Fingerprint::of_article(after), fields)
}

fn hash_text(text: Option<&str>) -> u32 {
    text.map_or(0, |text| hash32(&fold(text)))
}

fn hash_date(date: Option<Printed>) -> u32 {
    date.map_or(0, |date| hash32(&date.to_string()))
}

fn hash32(text: &str) -> u32 {
    let hash = blake3::hash(text.as_bytes());
    let mut first = [0; 4];
    first.copy_from_slice(&hash.as_bytes()[..4]);
    // Zero is "not there".
    u32::from_le_bytes(first).max(1)
}

/// What a reading says, as one hash: its entries' first keys and content, whatever their order.
///
/// Two readings with the same hash are the same page for the reader: likes, header counts and order may differ.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct ReadingHash([u8; 16]);

impl ReadingHash {
    /// The hash of the entries' first keys and fingerprints under a listing's field policy.
    #[must_use]
    pub fn of(entries: &[(Key, Fingerprint)], content: &[Field]) -> Self {
        let mut sorted: Vec<_> = entries.iter().collect();
        sorted.sort_unstable_by_key(|(key, print)| (*key, print.0));
        let mut hasher = blake3::Hasher::new();
        for (key, print) in sorted {
            hasher.update(&key.bytes());
            for hash in print.of_content(content) {
                hasher.update(&hash.to_le_bytes());
            }
        }
        let mut hash = [0; 16];
        hash.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        Self(hash)
    }
}

impl fmt::Debug for ReadingHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&Key::from_bytes(self.0), f)
    }
}

impl Serialize for ReadingHash {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        Key::from_bytes(self.0).serialize(to)
    }
}

impl<'de> Deserialize<'de> for ReadingHash {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Key::deserialize(from).map(|key| Self(key.bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Entry {
        Entry {
            title: "Scale\u{2011}Up".into(),
            summary: Some("It\u{2019}s a test".into()),
            ..Entry::default()
        }
    }

    #[test]
    fn fingerprint_of_another_rendering_is_the_same() {
        let mut other = entry();
        other.title = "Scale-Up".into();
        other.summary = Some("It's a\u{A0}test".into());
        other.likes = Some(5);
        assert_eq!(Fingerprint::of(&entry()), Fingerprint::of(&other));
    }

    #[test]
    fn fingerprint_names_the_fields_that_differ_and_only_content() {
        let mut other = entry();
        other.title = "Scale-Out".into();
        other.summary = None;
        let (a, b) = (Fingerprint::of(&entry()), Fingerprint::of(&other));
        assert_eq!(a.differences(&b, &Field::ALL), [Field::Title, Field::Summary]);
        assert_eq!(a.differences(&b, &[Field::Title]), [Field::Title]);
    }

    #[test]
    fn reading_hash_ignores_order() {
        let a = (Key::of_id("a"), Fingerprint::of(&entry()));
        let b = (Key::of_id("b"), Fingerprint::default());
        assert_eq!(ReadingHash::of(&[a, b], &Field::ALL), ReadingHash::of(&[b, a], &Field::ALL));
        assert_ne!(ReadingHash::of(&[a], &Field::ALL), ReadingHash::of(&[b], &Field::ALL));
    }
}
