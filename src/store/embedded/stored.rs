//! An article in the index: what changes or is asked for often. Its texts stand in the journal, and the index knows
//! where.

use serde::{Deserialize, Serialize};

use super::place::Place;
use super::record::Content;
use crate::diff::StoryKey;
use crate::model::{Article, ArticleId, Forgotten, Key, OnListing, Presence, SiteUid, Timestamp};

/// An article, as remembered, and where it stands in feeds.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Stored {
    pub(super) article: Article,
    /// Number of the feed, number of the segment.
    pub(super) routes: Vec<(u32, u32)>,
    /// Where the journal has its content as it is, tags aside where they were split anew; `None` where no record
    /// says all of it.
    pub(super) place: Option<Place>,
    /// Whether its tags were split anew since.
    pub(super) resplit: bool,
    /// Others that tell the same story: earlier ones, and such that came with it.
    pub(super) also: Vec<ArticleId>,
    /// Whose story it tells, where its title does not say so any more: that under which it came does.
    pub(super) story: Option<Option<StoryKey>>,
}

impl Stored {
    /// Takes the content of a record for its own, where the article says the same by now.
    pub(super) fn point(&mut self, content: &Content) {
        let same = Content { place: None, ..content.clone() } == Content::of(&self.article);
        self.place = content.place.filter(|_| same);
        self.resplit = false;
    }

    /// What it has in common with others that tell its story.
    pub(super) fn story(&self) -> Option<StoryKey> {
        self.story.unwrap_or_else(|| StoryKey::of(&self.article.title))
    }

    /// It goes on telling that story, whatever its title says by now.
    pub(super) fn keep_story(&mut self, story: Option<StoryKey>) {
        if self.story() != story {
            self.story = Some(story);
        }
    }

    pub(super) fn parts(&self) -> (Core, Content) {
        let article = &self.article;
        let content = Content::of(article);
        let body = match self.place {
            _ if article.is_textless() => Body::Gone,
            Some(place) => Body::At(place),
            None => Body::Own(Box::new(content.clone())),
        };
        let core = Core {
            id: article.id,
            site: article.site,
            keys: article.keys.clone(),
            split: (self.resplit && matches!(body, Body::At(_)))
                .then(|| (article.tags.clone(), article.sure)),
            body,
            published: article.published,
            updated: article.updated,
            first_seen: article.first_seen,
            first_seq: article.first_seq,
            seen: article.seen,
            announced: article.announced,
            late: article.late,
            hidden: article.hidden,
            forgotten: article.forgotten,
            listings: article.listings.clone(),
            routes: self.routes.clone(),
            also: self.also.clone(),
            story: self.story,
        };
        (core, content)
    }
}

/// An article without its texts.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Core {
    pub(super) id: ArticleId,
    pub(super) site: SiteUid,
    pub(super) keys: Vec<Key>,
    pub(super) body: Body,
    /// Its tags, where they were split anew since its body was written.
    pub(super) split: Option<(Vec<String>, bool)>,
    pub(super) published: Timestamp,
    pub(super) updated: Timestamp,
    pub(super) first_seen: Timestamp,
    pub(super) first_seq: u64,
    pub(super) seen: Timestamp,
    pub(super) announced: Option<u64>,
    pub(super) late: bool,
    pub(super) hidden: bool,
    pub(super) forgotten: Option<Forgotten>,
    pub(super) listings: Vec<OnListing>,
    pub(super) routes: Vec<(u32, u32)>,
    pub(super) also: Vec<ArticleId>,
    pub(super) story: Option<Option<StoryKey>>,
}

/// Where the texts of an article are.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Body {
    /// In the journal.
    At(Place),
    /// Here: no record says all of them.
    Own(Box<Content>),
    /// Nowhere: they were forgotten.
    Gone,
}

impl Core {
    /// The whole article.
    pub(super) fn with(self, content: Content) -> Stored {
        let Content { title, link, source, date, category, summary, row, tags, sure, likes, minutes, .. } =
            content;
        let place = if let Body::At(place) = self.body { Some(place) } else { None };
        let resplit = self.split.is_some();
        let (tags, sure) = self.split.unwrap_or((tags, sure));
        let article = Article {
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
            updated: self.updated,
            first_seen: self.first_seen,
            first_seq: self.first_seq,
            seen: self.seen,
            announced: self.announced,
            late: self.late,
            hidden: self.hidden,
            forgotten: self.forgotten,
            listings: self.listings,
        };
        Stored { article, routes: self.routes, place, resplit, also: self.also, story: self.story }
    }

    /// As it is written, given the numbers of its names.
    pub(super) fn packed(&self, site: u32, listings: Vec<(u32, Presence)>) -> Packed {
        // Most articles are announced, changed and published by one record: what is not 0 costs more.
        let relative = |later: Timestamp, to: Timestamp| later.unix() - to.unix();
        Packed {
            id: self.id.bytes(),
            site,
            keys: self.keys.iter().map(|key| key.bytes()).collect(),
            body: self.body.packed(),
            split: self.split.clone(),
            published: self.published.unix(),
            updated: relative(self.updated, self.published),
            first_seen: relative(self.first_seen, self.published),
            first_seq: self.first_seq,
            seen: relative(self.seen, self.first_seen),
            announced: self.announced.map(|seq| seq.saturating_sub(self.first_seq)),
            flags: u8::from(self.late)
                | u8::from(self.hidden) << 1
                | u8::from(self.forgotten.is_some_and(|forgotten| forgotten.relearned)) << 2,
            forgotten: self.forgotten.map(|forgotten| relative(forgotten.at, self.first_seen)),
            listings,
            routes: self.routes.clone(),
            also: self.also.iter().map(|id| id.bytes()).collect(),
            story: self.story.map(|story| story.map(StoryKey::bytes)),
        }
    }
}

/// An article as its bucket has it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Packed {
    pub(super) id: [u8; 16],
    pub(super) site: u32,
    keys: Vec<[u8; 16]>,
    body: PackedBody,
    split: Option<(Vec<String>, bool)>,
    published: i64,
    updated: i64,
    first_seen: i64,
    first_seq: u64,
    seen: i64,
    announced: Option<u64>,
    flags: u8,
    forgotten: Option<i64>,
    pub(super) listings: Vec<(u32, Presence)>,
    routes: Vec<(u32, u32)>,
    also: Vec<[u8; 16]>,
    story: Option<Option<[u8; 16]>>,
}

impl Packed {
    /// The article, given its names.
    ///
    /// # Errors
    /// When its own texts cannot be read.
    pub(super) fn core(self, site: SiteUid, listings: Vec<OnListing>) -> Result<Core, serde_json::Error> {
        let id = |bytes| ArticleId::from_uuid(uuid::Uuid::from_bytes(bytes));
        let first_seen = self.published + self.first_seen;
        let forgotten = self.forgotten.map(|after| Forgotten {
            at: Timestamp::from_unix(first_seen + after),
            relearned: self.flags & 4 != 0,
        });
        Ok(Core {
            id: id(self.id),
            site,
            keys: self.keys.into_iter().map(Key::from_bytes).collect(),
            body: self.body.unpacked()?,
            split: self.split,
            published: Timestamp::from_unix(self.published),
            updated: Timestamp::from_unix(self.published + self.updated),
            first_seen: Timestamp::from_unix(first_seen),
            first_seq: self.first_seq,
            seen: Timestamp::from_unix(first_seen + self.seen),
            announced: self.announced.map(|after| self.first_seq + after),
            late: self.flags & 1 != 0,
            hidden: self.flags & 2 != 0,
            forgotten,
            listings,
            routes: self.routes,
            also: self.also.into_iter().map(id).collect(),
            story: self.story.map(|story| story.map(StoryKey::from_bytes)),
        })
    }
}

/// A body as its bucket has it. Texts of its own are JSON, because a content leaves out what it need not say, and the
/// index's own encoding cannot.
#[derive(Debug, Serialize, Deserialize)]
enum PackedBody {
    At(Place),
    Own(String),
    Gone,
}

impl Body {
    fn packed(&self) -> PackedBody {
        match self {
            Self::At(place) => PackedBody::At(*place),
            Self::Own(content) => PackedBody::Own(serde_json::to_string(content).unwrap_or_default()),
            Self::Gone => PackedBody::Gone,
        }
    }
}

impl PackedBody {
    fn unpacked(self) -> Result<Body, serde_json::Error> {
        Ok(match self {
            Self::At(place) => Body::At(place),
            Self::Own(json) => Body::Own(Box::new(serde_json::from_str(&json)?)),
            Self::Gone => Body::Gone,
        })
    }
}
