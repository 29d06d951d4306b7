//! Article keys, version 1: what identifies an article on a site.
//!
//! A key is the first 16 bytes of BLAKE3 over length-prefixed parts: `tidings-key-1`, the kind, then the folded
//! parts. Keys are scoped to a site by where they are kept. The rule never changes: a better one would be
//! version 2, beside this one.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::link;
use super::text::fold_key;
use super::time::Printed;

/// The kinds of keys an entry can offer, strongest first in the default identity rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum KeyKind {
    /// The explicit id that the page gives (a feed's guid, a JSON id).
    #[serde(rename = "id")]
    Id,
    /// The canonical link.
    #[serde(rename = "link")]
    Link,
    /// Source, calendar day as printed, folded title.
    #[serde(rename = "source+date+title")]
    SourceDateTitle,
}

impl KeyKind {
    /// All kinds, strongest first: the default identity rule.
    pub const ALL: [Self; 3] = [Self::Id, Self::Link, Self::SourceDateTitle];

    /// The kind as the config and the key rule spell it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Link => "link",
            Self::SourceDateTitle => "source+date+title",
        }
    }
}

/// A version 1 article key: 16 bytes, scoped to its site.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key([u8; 16]);

impl Key {
    /// From its bytes, as remembered.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub const fn bytes(self) -> [u8; 16] {
        self.0
    }

    /// The key of an explicit id. Ids are compared as they are, white space trimmed: their case can matter.
    #[must_use]
    pub fn of_id(id: &str) -> Self {
        Self::of_parts(KeyKind::Id, &[id.trim()])
    }

    /// The key of a link, over its canonical form; `None` when it is no http(s) link or holds `%00`.
    #[must_use]
    pub fn of_link(address: &str) -> Option<Self> {
        link::canonical(address).map(|canonical| Self::of_parts(KeyKind::Link, &[&canonical]))
    }

    /// The key of source, day and title. An unnamed source and a missing (or relative) date are empty parts.
    #[must_use]
    pub fn of_text(source: Option<&str>, date: Option<Printed>, title: &str) -> Self {
        let source = source.map(fold_key).unwrap_or_default();
        let day = date.map(|date| date.day().to_string()).unwrap_or_default();
        Self::of_parts(KeyKind::SourceDateTitle, &[&source, &day, &fold_key(title)])
    }

    fn of_parts(kind: KeyKind, parts: &[&str]) -> Self {
        let mut hasher = blake3::Hasher::new();
        for part in ["tidings-key-1", kind.name()].iter().chain(parts) {
            hasher.update(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        let mut key = [0; 16];
        key.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        Self(key)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({self})")
    }
}

impl std::str::FromStr for Key {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("no key of 32 hex digits: {text:?}");
        if text.len() != 32 || !text.is_ascii() {
            return Err(wrong());
        }
        let mut key = [0; 16];
        for (at, byte) in key.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).map_err(|_| wrong())?;
        }
        Ok(Self(key))
    }
}

impl Serialize for Key {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if to.is_human_readable() { to.collect_str(self) } else { self.0.serialize(to) }
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        if from.is_human_readable() {
            let text = std::borrow::Cow::<str>::deserialize(from)?;
            text.parse().map_err(serde::de::Error::custom)
        } else {
            <[u8; 16]>::deserialize(from).map(Self)
        }
    }
}
