//! What messages say.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::SUMMARY_ARTICLES;
use crate::model::article::Article;
use crate::model::change::{Change, Field};
use crate::model::health::HealthEvent;
use crate::model::id::{ArticleId, ListingId, TargetId};
use crate::model::text::counted;
use crate::model::time::Timestamp;

/// What a delivery says: facts as they were when it was owed. How they are written is each kind of target's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Message {
    /// One article is new.
    New(Box<NewArticle>),
    /// Several are, or became something else, told as one.
    Summary(Box<Summary>),
    /// A listing's health changed.
    Health(Box<HealthNews>),
    /// Something became of one article that was known.
    Change(Box<ArticleChange>),
    /// Another target is sent nothing any more.
    Target(Box<TargetTrouble>),
}

impl Message {
    /// Its name in JSON and tables.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::New(_) => "new",
            Self::Summary(_) => "summary",
            Self::Health(_) => "health",
            Self::Change(change) => change.what.name(),
            Self::Target(_) => "target",
        }
    }

    /// Whether it is about one article: such can be told as one with others.
    #[must_use]
    pub fn is_of_one(&self) -> bool {
        matches!(self, Self::New(_) | Self::Change(_))
    }

    /// What it says of one article, where it is about one.
    #[must_use]
    pub fn into_news(self) -> Option<News> {
        match self {
            Self::New(news) => Some(News::New(*news)),
            Self::Change(change) => Some(News::Change(*change)),
            Self::Summary(_) | Self::Health(_) | Self::Target(_) => None,
        }
    }

    /// The articles that it shows.
    #[must_use]
    pub fn articles(&self) -> Vec<ArticleId> {
        match self {
            Self::New(news) => vec![news.article.id],
            Self::Change(change) => vec![change.article.id],
            Self::Summary(summary) => {
                let changed = summary.changed.iter().map(|changed| changed.article.id);
                summary.articles.iter().map(|article| article.id).chain(changed).collect()
            }
            Self::Health(_) | Self::Target(_) => Vec::new(),
        }
    }
}

/// One article is new.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewArticle {
    /// The listing that announces it.
    pub listing: ListingId,
    /// That listing's title.
    pub title: String,
    /// The article.
    pub article: Article,
    /// Others that tell the same story.
    #[serde(default)]
    pub also_at: Vec<AlsoAt>,
}

/// An article that tells the same story as another one, as it was known when that was new.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlsoAt {
    /// Its id.
    pub id: ArticleId,
    /// Its source; its listing's title where it names none.
    pub source: String,
    /// Its title.
    pub title: String,
    /// Its link, if its page gave one.
    pub link: Option<String>,
}

impl AlsoAt {
    /// Of an article; `unnamed` is the source of one that names none.
    #[must_use]
    pub fn of(article: Article, unnamed: String) -> Self {
        Self {
            id: article.id,
            source: article.source.unwrap_or(unnamed),
            title: article.title,
            link: article.link,
        }
    }
}

/// Something became of an article that was known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArticleChange {
    /// What: anything but that it is new.
    pub what: Change,
    /// What it says otherwise than before, in the order of reports. Of an update at least one field; also of an article
    /// that is back.
    pub fields: Vec<FieldChange>,
    /// The listing whose scan found it.
    pub listing: ListingId,
    /// That listing's title.
    pub title: String,
    /// The article, as it is from then on.
    pub article: Article,
}

/// A field that says something else than before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    /// The field.
    pub field: Field,
    /// What it said before, as text; `None` where it said nothing.
    pub was: Option<String>,
}

/// What is told of one article.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// It is new.
    New(NewArticle),
    /// Something became of it.
    Change(ArticleChange),
}

impl From<NewArticle> for News {
    fn from(news: NewArticle) -> Self {
        Self::New(news)
    }
}

impl From<News> for Message {
    fn from(news: News) -> Self {
        match news {
            News::New(news) => Self::New(Box::new(news)),
            News::Change(change) => Self::Change(Box::new(change)),
        }
    }
}

/// What became of several articles.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// How many pieces of news it stands for.
    pub count: u32,
    /// The listings that announce them, by id, each with its title and how many of them it announces.
    pub listings: Vec<(ListingId, String, u32)>,
    /// The newest of the new articles, newest first; at most [`SUMMARY_ARTICLES`].
    pub articles: Vec<Article>,
    /// Whether they were held, and an operator approved them.
    pub approved: bool,
    /// How many of them are updates.
    #[serde(default)]
    pub updated: u32,
    /// How many were removed.
    #[serde(default)]
    pub removed: u32,
    /// How many are back.
    #[serde(default)]
    pub returned: u32,
    /// Those that are not new, newest first, as far as there is room after `articles`.
    #[serde(default)]
    pub changed: Vec<ChangedArticle>,
}

/// Something that became of an article, in a summary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedArticle {
    /// What: anything but that it is new.
    pub what: Change,
    /// The fields that say something else than before.
    pub fields: Vec<Field>,
    /// The article, as it was then.
    pub article: Article,
}

impl Summary {
    /// Several news as one, in the order in which they became news: a listing that changed its title meanwhile goes
    /// by the last. Which articles it shows does not depend on the order; of one published time, the lower id is
    /// shown first.
    #[must_use]
    pub fn of<N: Into<News>>(news: impl IntoIterator<Item = N>, approved: bool) -> Self {
        let mut listings: BTreeMap<ListingId, (String, u32)> = BTreeMap::new();
        let mut summary = Self { approved, ..Self::default() };
        for one in news {
            let (listing, title) = match one.into() {
                News::New(NewArticle { listing, title, article, .. }) => {
                    summary.articles.push(article);
                    (listing, title)
                }
                News::Change(ArticleChange { what, fields, listing, title, article }) => {
                    let counted = match what {
                        Change::Removed => &mut summary.removed,
                        Change::Returned => &mut summary.returned,
                        Change::Updated | Change::New => &mut summary.updated,
                    };
                    *counted = counted.saturating_add(1);
                    let fields = fields.into_iter().map(|change| change.field).collect();
                    summary.changed.push(ChangedArticle { what, fields, article });
                    (listing, title)
                }
            };
            let (known_as, announced) = listings.entry(listing).or_default();
            *known_as = title;
            *announced = announced.saturating_add(1);
            summary.count = summary.count.saturating_add(1);
        }
        let place = |article: &Article| (Reverse(article.published), article.id);
        summary.articles.sort_by_key(place);
        summary.articles.truncate(SUMMARY_ARTICLES);
        // An article to which two things happened stands twice, in the order in which they did.
        summary.changed.sort_by_key(|changed| place(&changed.article));
        summary.changed.truncate(SUMMARY_ARTICLES - summary.articles.len());
        summary.listings = listings.into_iter().map(|(id, (title, count))| (id, title, count)).collect();
        summary
    }

    /// How many of its news are of each kind, in the order of [`Change::ALL`].
    #[must_use]
    pub fn counts(&self) -> [(Change, u32); 4] {
        let Self { count, updated, removed, returned, .. } = *self;
        let changed = updated.saturating_add(removed).saturating_add(returned);
        [
            (Change::New, count.saturating_sub(changed)),
            (Change::Updated, updated),
            (Change::Removed, removed),
            (Change::Returned, returned),
        ]
    }

    /// How many of its news are of each kind, in words: `3 new articles, 1 updated`.
    #[must_use]
    pub fn in_words(&self) -> String {
        let counts = self.counts().into_iter().filter(|(_, count)| *count > 0);
        let parts: Vec<String> = counts
            .enumerate()
            .map(|(at, (what, count))| match at {
                0 => counted(count, &format!("{} article", what.name())),
                _ => format!("{count} {}", what.name()),
            })
            .collect();
        if parts.is_empty() { counted(0, "new article") } else { parts.join(", ") }
    }
}

/// A listing's health changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthNews {
    /// The listing's title.
    pub title: String,
    /// The change.
    pub event: HealthEvent,
    /// The reading that waits for approval by it.
    #[serde(default)]
    pub held: Option<HeldNews>,
}

/// A reading that waits for approval.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldNews {
    /// How many articles are new in it.
    pub count: u64,
    /// The titles of the first of them; at least one.
    pub titles: Vec<String>,
}

/// A target is sent nothing any more, because it said so, or because nothing ever arrived: told to others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetTrouble {
    /// The target.
    pub target: TargetId,
    /// Why.
    pub reason: String,
    /// The first of the tries that failed in a row.
    pub since: Timestamp,
    /// How many messages wait for it.
    pub waiting: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_is_told_in_words() {
        let of = |count, updated, removed, returned| Summary {
            count,
            updated,
            removed,
            returned,
            ..Summary::default()
        };
        assert_eq!(of(1, 0, 0, 0).in_words(), "1 new article");
        assert_eq!(of(9, 3, 0, 1).in_words(), "5 new articles, 3 updated, 1 returned");
        assert_eq!(of(2, 0, 2, 0).in_words(), "2 removed articles");
        assert_eq!(of(0, 0, 0, 0).in_words(), "0 new articles");
    }
}
