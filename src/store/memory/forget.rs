//! What the plain model makes of old articles.

use super::Model;
use crate::diff::Content;
use crate::model::{Article, ArticleId, Forgotten, Message, Presence, Timestamp};

/// How many articles one record may name.
const RECORD: usize = 1_000;

/// How many seconds lie between two looks.
const DAY: i64 = 86_400;

impl Model {
    /// How many articles are forgotten.
    pub(super) fn forget(&mut self, before: Timestamp, now: Timestamp) -> usize {
        if self.looked.is_some_and(|looked| (before.unix() - looked.unix()).abs() < DAY) {
            return 0;
        }
        self.looked = Some(before);
        let told = self.waiting_articles();
        let due = |article: &&Article| {
            !article.is_textless()
                && article.seen < before
                && !told.contains(&article.id)
                && !self.listings.keys().any(|id| self.keeps(id, article, before))
        };
        let due: Vec<usize> = (0..self.articles.len()).filter(|place| due(&&self.articles[*place])).collect();
        for record in due.chunks(RECORD) {
            self.next_record(now);
            for place in record {
                let at = self.at;
                let article = &mut self.articles[*place];
                *article = Article {
                    forgotten: Some(Forgotten { at, relearned: false }),
                    ..article.clone().without_texts()
                };
                self.route(*place);
            }
        }
        due.len()
    }

    fn keeps(&self, id: &crate::model::ListingId, article: &Article, before: Timestamp) -> bool {
        let Some(on) = article.listings.iter().find(|on| on.listing == *id) else { return false };
        let Some(listing) = self.listings.get(id) else { return false };
        if listing.retired {
            return on.presence == Presence::Listed && listing.left.is_some_and(|left| left >= before);
        }
        let past = &listing.past;
        past.baseline.is_none()
            || past.hold.is_some()
            || past.held.iter().any(|held| held.article == article.id)
    }

    fn waiting_articles(&self) -> Vec<ArticleId> {
        let mut found = Vec::new();
        for message in self.waiting_messages() {
            match message {
                Message::New(news) => found.push(news.article.id),
                Message::Summary(summary) => {
                    found.extend(summary.articles.iter().map(|article| article.id));
                }
                Message::Health(_) | Message::Target(_) => {}
            }
        }
        found
    }

    /// Takes what a page says of an article for its texts, where those were forgotten.
    pub(super) fn learn_again(&mut self, place: usize, content: &Content) {
        let article = &mut self.articles[place];
        let Some(forgotten) = article.forgotten.filter(|forgotten| !forgotten.relearned) else { return };
        let content = content.clone();
        *article = Article {
            title: content.title,
            link: content.link,
            source: content.source,
            date: content.date,
            category: content.category,
            summary: content.summary,
            row: content.row,
            tags: content.tags,
            sure: content.sure,
            likes: content.likes,
            minutes: content.minutes,
            forgotten: Some(Forgotten { relearned: true, ..forgotten }),
            ..article.clone()
        };
    }
}
