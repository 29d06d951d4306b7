//! Articles, with their texts.

use serde::{Deserialize, Serialize};

use crate::diff::StoryKey;
use crate::model::{ArticleId, Forgotten, Key, ListingId, OnListing, Presence, SiteUid, Timestamp};
use crate::store::embedded::place::Place;
use crate::store::embedded::record::Content;
use crate::store::embedded::stored::Stored;

#[derive(Serialize, Deserialize)]
pub(in super::super) struct Article {
    pub(in super::super) number: u32,
    /// The segments of feeds that it stands in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    routes: Vec<(u32, u32)>,
    is: Known,
    /// Earlier ones that tell the same story.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    also: Vec<ArticleId>,
    /// Whose story it tells, where its title does not say so any more: one, or none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    story: Option<Vec<Key>>,
}

impl Article {
    pub(in super::super) fn of(number: u32, stored: Stored) -> Self {
        let story = stored.story.map(|story| story.iter().map(|key| Key::from_bytes(key.bytes())).collect());
        Self { number, routes: stored.routes, is: Known::of(stored.article), also: stored.also, story }
    }

    /// The article, and where its texts stand from now on.
    pub(in super::super) fn remembered(self, place: Option<Place>) -> Stored {
        let (article, routes, also) = (self.is.remembered(), self.routes, self.also);
        let story = self.story.map(|story| story.first().map(|key| StoryKey::from_bytes(key.bytes())));
        Stored { article, routes, place, resplit: false, also, story }
    }
}

/// What is known of an article.
#[derive(Serialize, Deserialize)]
pub(super) struct Known {
    id: ArticleId,
    site: SiteUid,
    keys: Vec<Key>,
    /// Its texts, as a record of the journal has them: the index may point at them.
    #[serde(rename = "as")]
    content: Content,
    published: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    updated: Option<Timestamp>,
    first_seen: Timestamp,
    first_seq: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seen: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    announced: Option<u64>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    late: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    hidden: bool,
    /// When its texts were forgotten.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    forgotten: Option<Timestamp>,
    /// Whether they are known again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    relearned: bool,
    listings: Vec<On>,
}

#[derive(Serialize, Deserialize)]
struct On {
    listing: ListingId,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
    is: Sight,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Sight {
    Listed,
    Aged,
    Removed,
}

impl Known {
    pub(super) fn of(article: crate::model::Article) -> Self {
        let content = Content::of(&article);
        let crate::model::Article { id, site, keys, published, updated, first_seen, first_seq, .. } = article;
        let crate::model::Article { seen, announced, late, hidden, forgotten, listings, .. } = article;
        let seen = (seen != first_seen).then_some(seen);
        let relearned = forgotten.is_some_and(|forgotten| forgotten.relearned);
        let forgotten = forgotten.map(|forgotten| forgotten.at);
        let updated = (updated != published).then_some(updated);
        let listings = listings.into_iter().map(On::of).collect();
        Self {
            id,
            site,
            keys,
            content,
            published,
            updated,
            first_seen,
            first_seq,
            seen,
            announced,
            late,
            hidden,
            forgotten,
            relearned,
            listings,
        }
    }

    pub(super) fn remembered(self) -> crate::model::Article {
        let Content { title, link, source, date, category, summary, row, tags, sure, likes, minutes, .. } =
            self.content;
        crate::model::Article {
            id: self.id,
            site: self.site,
            keys: self.keys,
            title,
            link,
            source,
            date,
            category,
            summary,
            row,
            tags,
            sure,
            likes,
            minutes,
            published: self.published,
            updated: self.updated.unwrap_or(self.published),
            first_seen: self.first_seen,
            first_seq: self.first_seq,
            seen: self.seen.unwrap_or(self.first_seen),
            announced: self.announced,
            late: self.late,
            hidden: self.hidden,
            forgotten: self.forgotten.map(|at| Forgotten { at, relearned: self.relearned }),
            listings: self.listings.into_iter().map(On::remembered).collect(),
        }
    }
}

impl On {
    pub(super) fn of(on: OnListing) -> Self {
        let is = match on.presence {
            Presence::Listed => Sight::Listed,
            Presence::Aged => Sight::Aged,
            Presence::Removed => Sight::Removed,
        };
        Self { listing: on.listing, tags: on.tags, is }
    }

    pub(super) fn remembered(self) -> OnListing {
        let presence = match self.is {
            Sight::Listed => Presence::Listed,
            Sight::Aged => Presence::Aged,
            Sight::Removed => Presence::Removed,
        };
        OnListing { listing: self.listing, tags: self.tags, presence }
    }
}
