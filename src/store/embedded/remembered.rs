//! Articles as records leave them: what applying a record remembers, and what deciding on it looks ahead to.

use super::record::{Content, KnownArticle, NewArticle};
use crate::diff::Kind;
use crate::model::{Article, Field, OnListing, SiteUid, TagRow, Timestamp};

impl NewArticle {
    /// The article as it begins, on one listing; its keys are added as they are free.
    pub(super) fn article(&self, site: SiteUid, on: OnListing, at: Timestamp, seq: u64) -> Article {
        let Content { title, link, source, date, category, summary, row, tags, sure, likes, minutes, .. } =
            self.content.clone();
        Article {
            id: self.id,
            site,
            keys: Vec::new(),
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
            updated: self.published,
            first_seen: at,
            first_seq: seq,
            seen: at,
            announced: self.announced.then_some(seq),
            late: self.late,
            hidden: false,
            forgotten: None,
            listings: vec![on],
        }
    }
}

impl From<crate::diff::Content> for Content {
    fn from(content: crate::diff::Content) -> Self {
        let crate::diff::Content {
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
        } = content;
        Self { title, link, source, date, category, summary, row, tags, sure, likes, minutes, place: None }
    }
}

impl Content {
    /// What an article says once it took over those fields.
    pub(super) fn over(&self, mut article: Article, fields: &[Field]) -> Self {
        update(&mut article, fields, self, None);
        Self::of(&article)
    }

    /// What is known of what an article says whose texts are forgotten.
    pub(super) fn empty() -> Self {
        Self {
            title: String::new(),
            link: None,
            source: None,
            date: None,
            category: None,
            summary: None,
            row: TagRow::None,
            tags: Vec::new(),
            sure: true,
            likes: None,
            minutes: None,
            place: None,
        }
    }

    /// What an article says, as a record would.
    pub(super) fn of(article: &Article) -> Self {
        let Article { title, link, source, date, category, summary, row, tags, sure, likes, minutes, .. } =
            article.clone();
        Self { title, link, source, date, category, summary, row, tags, sure, likes, minutes, place: None }
    }
}

impl KnownArticle {
    /// Makes of an article what a record of that kind leaves of it; keys aside, which are free or not.
    pub(super) fn leave(&self, article: &mut Article, kind: Kind, on: OnListing, at: Timestamp, seq: u64) {
        match article.listings.iter_mut().find(|here| here.listing == on.listing) {
            Some(here) => *here = on,
            None => article.listings.push(on),
        }
        if self.announced {
            article.announced = Some(seq);
            article.late = self.late;
        }
        article.seen = at;
        let Some(content) = &self.content else { return };
        if let Some(forgotten) = article.forgotten.as_mut().filter(|forgotten| !forgotten.relearned) {
            // What was forgotten cannot have changed: this is learning it again.
            forgotten.relearned = true;
            update(article, &Field::ALL, content, None);
        } else {
            update(article, &self.fields, content, self.published);
            if kind == Kind::Scan {
                article.updated = at;
            }
        }
    }
}

/// Takes over the fields that changed; volatile values always, as of this record.
fn update(article: &mut Article, fields: &[Field], content: &Content, published: Option<Timestamp>) {
    for field in fields {
        match field {
            Field::Title => article.title.clone_from(&content.title),
            Field::Link => article.link.clone_from(&content.link),
            Field::Source => article.source.clone_from(&content.source),
            Field::Date => article.date = content.date,
            Field::Category => article.category.clone_from(&content.category),
            Field::Summary => article.summary.clone_from(&content.summary),
            Field::Tags => {
                article.row = content.row.clone();
                article.tags.clone_from(&content.tags);
                article.sure = content.sure;
            }
        }
    }
    article.likes = content.likes;
    article.minutes = content.minutes;
    if let Some(published) = published {
        article.published = published;
    }
}
