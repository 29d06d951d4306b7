//! Names of feeds.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::text::fold_key;

/// The kinds of feeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FeedKind {
    /// Everything.
    All,
    /// One tag.
    Tag,
    /// One publisher.
    Source,
    /// One category.
    Category,
    /// One listing.
    Listing,
    /// A view from the config.
    View,
    /// Health events of all listings.
    Health,
}

impl FeedKind {
    /// Its name in JSON and feed ids.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Tag => "tag",
            Self::Source => "source",
            Self::Category => "category",
            Self::Listing => "listing",
            Self::View => "view",
            Self::Health => "health",
        }
    }

    /// The folder below `feeds/` that holds feeds of this kind; empty for the two that stand alone.
    #[must_use]
    pub fn folder(self) -> &'static str {
        match self {
            Self::All | Self::Health => "",
            Self::Tag => "tags",
            Self::Source => "sources",
            Self::Category => "categories",
            Self::Listing => "listings",
            Self::View => "views",
        }
    }
}

/// Which feed: its kind, and its name folded without case (two spellings of one tag are one feed).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FeedKey {
    /// The kind.
    pub kind: FeedKind,
    /// The folded name; empty for `all` and `health`.
    pub name: String,
}

impl FeedKey {
    /// The feed of everything.
    #[must_use]
    pub fn all() -> Self {
        Self { kind: FeedKind::All, name: String::new() }
    }

    /// The health feed.
    #[must_use]
    pub fn health() -> Self {
        Self { kind: FeedKind::Health, name: String::new() }
    }

    /// The feed of `kind` named `name`, in any spelling.
    #[must_use]
    pub fn named(kind: FeedKind, name: &str) -> Self {
        Self { kind, name: fold_key(name) }
    }
}

impl fmt::Display for FeedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.name.is_empty() {
            f.write_str(self.kind.name())
        } else {
            write!(f, "{} {}", self.kind.name(), self.name)
        }
    }
}

/// The path of a feed's file below the published folder, without its ending: `feeds/tags/kafka`.
#[must_use]
pub fn path(kind: FeedKind, slug: &str) -> String {
    match kind.folder() {
        "" => format!("feeds/{}", kind.name()),
        folder => format!("feeds/{folder}/{slug}"),
    }
}
