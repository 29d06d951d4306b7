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
