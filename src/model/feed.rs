//! Names of feeds.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::article::Article;
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
    /// The kind of that number (`kind as u8`).
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        let all =
            [Self::All, Self::Tag, Self::Source, Self::Category, Self::Listing, Self::View, Self::Health];
        all.into_iter().find(|kind| *kind as u8 == number)
    }

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

/// The feeds that an article belongs to, views aside, each with the label it would begin with.
///
/// `unnamed` is the source of an article that names none: the title of its listing. The article's own tags count
/// only when their split is sure; `tentative` says that a tag's feed would not be begun for this article alone.
#[must_use]
pub fn of_article<'a>(article: &'a Article, unnamed: &'a str) -> Vec<Membership<'a>> {
    if !article.is_shown() {
        return Vec::new();
    }
    let mut found = vec![Membership { kind: FeedKind::All, label: "", tentative: false }];
    let listing_tags = || article.listings.iter().flat_map(|on| &on.tags).map(|tag| fold_key(tag));
    for tag in article.all_tags() {
        let folded = fold_key(tag);
        let tentative = !article.sure && !listing_tags().any(|given| given == folded);
        found.push(Membership { kind: FeedKind::Tag, label: tag, tentative });
    }
    let firm = |kind, label| Membership { kind, label, tentative: false };
    found.push(firm(FeedKind::Source, article.source.as_deref().unwrap_or(unnamed)));
    found.extend(article.category.as_deref().map(|category| firm(FeedKind::Category, category)));
    found.extend(article.listings.iter().map(|on| firm(FeedKind::Listing, on.listing.as_str())));
    found
}

/// One feed that an article belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Membership<'a> {
    /// The kind of the feed.
    pub kind: FeedKind,
    /// The name, as this article spells it.
    pub label: &'a str,
    /// Whether it joins the feed only if that exists already.
    pub tentative: bool,
}

/// The path of a feed's file below the published folder, without its ending: `feeds/tags/kafka`.
#[must_use]
pub fn path(kind: FeedKind, slug: &str) -> String {
    match kind.folder() {
        "" => format!("feeds/{}", kind.name()),
        folder => format!("feeds/{folder}/{slug}"),
    }
}
