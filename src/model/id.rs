//! Ids: checked once, where they are made, also when they are read back.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::key::Key;

/// The namespace of all ids that tidings derives (RFC 9562, section 5.5).
const NAMESPACE: Uuid = Uuid::from_u128(0x8f3d_52a4_7c1e_5b0a_9d46_1f0c_7a95_e2d1);

/// Why a text is no id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an id: 1 to 63 of a-z, 0-9 and `-`, beginning with a letter or a digit")]
pub struct IdError {
    /// What was given, cut to a readable length.
    pub text: String,
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// `[a-z0-9][a-z0-9-]{0,62}`: safe as a file name and in a URL by construction.
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Checks `text` against the grammar.
            ///
            /// # Errors
            /// [`IdError`] with the text; the caller shows it with its place.
            pub fn parse(text: &str) -> Result<Self, IdError> {
                checked(text).map(Self)
            }

            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = String::deserialize(from)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}

fn checked(text: &str) -> Result<String, IdError> {
    let valid = (1..=63).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !text.starts_with('-');
    if valid { Ok(text.to_owned()) } else { Err(IdError { text: super::text::bounded(text, 80) }) }
}

text_id! {
    /// The id of a listing or a view in the config.
    ListingId
}

text_id! {
    /// The id of a target in the config.
    TargetId
}

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// From the UUID itself.
            #[must_use]
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }

            /// The 16 bytes of the UUID.
            #[must_use]
            pub const fn bytes(self) -> [u8; 16] {
                self.0.into_bytes()
            }

            /// `urn:uuid:…` (RFC 9562), the form that feeds carry.
            #[must_use]
            pub fn urn(self) -> String {
                self.0.urn().to_string()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }
    };
}

uuid_id! {
    /// An article's stable id, for ever. Derived once from the site and the first key, then remembered; never
    /// computed again.
    ArticleId
}

uuid_id! {
    /// A site's own id: minted once when its name is first met, journaled. Renaming a site keeps it.
    SiteUid
}

uuid_id! {
    /// A feed's stable id (its Atom `id`), from its kind and its first name.
    FeedId
}

uuid_id! {
    /// The store's own id, minted when it was created; ties the parts of a data folder together.
    StoreId
}

uuid_id! {
    /// A message's stable id: given when it is owed, journaled, and the same in every try, so that a receiver can
    /// tell a repeat.
    DeliveryId
}

impl ArticleId {
    /// The id of the article of `site` whose first key is `key`: UUID version 5 over both.
    #[must_use]
    pub fn derive(site: SiteUid, key: Key) -> Self {
        let mut name = [0u8; 32];
        name[..16].copy_from_slice(&site.bytes());
        name[16..].copy_from_slice(&key.bytes());
        Self(Uuid::new_v5(&NAMESPACE, &name))
    }
}

impl FeedId {
    /// The id of the feed of `kind` first named `name`: UUID version 5 over both, and the store they live in,
    /// so that two daemons never publish two feeds under one id.
    #[must_use]
    pub fn derive(store: StoreId, kind: &str, name: &str) -> Self {
        Self(Uuid::new_v5(&store.uuid(), format!("{kind}\n{name}").as_bytes()))
    }
}

impl DeliveryId {
    /// The id of the message to `target` that is told apart by `what` (an article, a batch, an event): UUID version
    /// 5 over both, and the store they live in.
    #[must_use]
    pub fn derive(store: StoreId, target: &TargetId, what: &str) -> Self {
        Self(Uuid::new_v5(&store.uuid(), format!("delivery\n{target}\n{what}").as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f105_listing_ids_are_safe_file_names() {
        for good in ["a", "backend-architecture", "9lives", &"x".repeat(63)] {
            assert!(ListingId::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "-a", "A", "a/b", "..", "a b", "a\u{0}", "ä", &"x".repeat(64)] {
            assert!(ListingId::parse(bad).is_err(), "{bad:?}");
        }
    }
}
