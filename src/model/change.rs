//! What can change about an article.

use serde::{Deserialize, Serialize};

/// A field of an article that a listing's field policy can speak of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Field {
    /// The title.
    Title,
    /// The link.
    Link,
    /// The publisher.
    Source,
    /// The date as printed.
    Date,
    /// The category.
    Category,
    /// The summary.
    Summary,
    /// The tag row.
    Tags,
}

impl Field {
    /// Every field that is content unless a listing says otherwise, in the order reports name them.
    pub const ALL: [Self; 7] =
        [Self::Title, Self::Link, Self::Source, Self::Date, Self::Category, Self::Summary, Self::Tags];

    /// Its name in config and JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Link => "link",
            Self::Source => "source",
            Self::Date => "date",
            Self::Category => "category",
            Self::Summary => "summary",
            Self::Tags => "tags",
        }
    }
}

/// What became of an article.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// It is new.
    New,
    /// A listing says something else of it than before.
    Updated,
    /// It was taken off, and no listing holds it any more.
    Removed,
    /// It had been taken off, was on no listing, and is on one again.
    Returned,
}

impl Change {
    /// All of them, in the order in which messages name them.
    pub const ALL: [Self; 4] = [Self::New, Self::Updated, Self::Removed, Self::Returned];

    /// Its name in config, JSON and tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Updated => "updated",
            Self::Removed => "removed",
            Self::Returned => "returned",
        }
    }
}
