//! An article as JSON shows it: one form for reports, commands and messages.

use serde::Serialize;

use super::article::Article;
use super::change::Field;
use super::id::ArticleId;
use super::time::Printed;

/// An article as JSON shows it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Item {
    /// Its id; `null` for an article that is not remembered: in a preview, or new in a dry run.
    pub id: Option<ArticleId>,
    /// The title.
    pub title: String,
    /// The link.
    pub link: Option<String>,
    /// The publisher.
    pub source: Option<String>,
    /// The date as given: `YYYY-MM-DD` or RFC 3339.
    pub date: Option<Printed>,
    /// The category.
    pub category: Option<String>,
    /// The tags that its row shows; where it shows none, those of its listing.
    pub tags: Vec<String>,
    /// The summary.
    pub summary: Option<String>,
    /// Whether it is dated before the listing's newest article.
    pub late: bool,
    /// The fields that changed, of an update.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Field>,
}

impl Item {
    /// An article as remembered.
    #[must_use]
    pub fn of(article: &Article, fields: &[Field]) -> Self {
        let tags = if article.tags.is_empty() {
            article.all_tags().into_iter().map(str::to_owned).collect()
        } else {
            article.tags.clone()
        };
        Self {
            id: Some(article.id),
            title: article.title.clone(),
            link: article.link.clone(),
            source: article.source.clone(),
            date: article.date,
            category: article.category.clone(),
            tags,
            summary: article.summary.clone(),
            late: article.late,
            fields: fields.to_vec(),
        }
    }
}
