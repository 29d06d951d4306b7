//! What the plain model shows: all that publishing looks at, to be compared with what it looked at before.

use std::collections::HashMap;

use super::Model;
use crate::model::{Article, ArticleId, FeedKey, TagRow, Timestamp};
use crate::store::{FeedInfo, WINDOW_MAX};

/// Everything that publishing looks at.
#[derive(Clone, Debug, Default)]
pub(super) struct Shown {
    pub(super) feeds: HashMap<FeedKey, (FeedInfo, Vec<Article>)>,
    pub(super) archives: HashMap<(FeedKey, u32), Vec<Article>>,
    pub(super) articles: HashMap<ArticleId, Article>,
}

/// What an article's own page shows of it; the same for all that have none because they were forgotten.
fn on_page(article: &Article) -> Article {
    if article.forgotten.is_some() {
        let none = Timestamp::default();
        let times =
            Article { published: none, updated: none, first_seen: none, seen: none, ..article.clone() };
        return Article {
            keys: Vec::new(),
            first_seq: 0,
            announced: None,
            late: false,
            hidden: false,
            forgotten: None,
            listings: Vec::new(),
            ..times.without_texts()
        };
    }
    let plain = Article { keys: Vec::new(), announced: None, late: false, first_seq: 0, ..article.clone() };
    let seen = article.first_seen;
    Article { row: TagRow::None, likes: None, minutes: None, sure: true, seen, ..plain }
}

/// What feeds show of it: nothing of where it was seen but the tags that it got there.
fn in_feeds(article: &Article) -> Article {
    let tags = article.all_tags().into_iter().map(str::to_owned).collect();
    Article { tags, listings: Vec::new(), date: None, first_seen: article.published, ..on_page(article) }
}

impl Model {
    pub(super) fn shown(&self) -> Shown {
        let mut shown = Shown::default();
        for feed in &self.feeds {
            let info = feed.info();
            for page in 1..=info.archives {
                let articles =
                    feed.archive(page).into_iter().map(|place| in_feeds(&self.articles[place])).collect();
                shown.archives.insert((feed.key.clone(), page), articles);
            }
            let window = feed.window(WINDOW_MAX);
            let window = window.into_iter().map(|place| in_feeds(&self.articles[place])).collect();
            shown.feeds.insert(feed.key.clone(), (info, window));
        }
        shown.articles = self.articles.iter().map(|article| (article.id, on_page(article))).collect();
        shown
    }
}

/// The keys in `now` whose values `before` does not hold.
pub(super) fn differing<K: Clone + Eq + std::hash::Hash, V: PartialEq>(
    now: &HashMap<K, V>,
    before: &HashMap<K, V>,
) -> Vec<K> {
    now.iter().filter(|(key, value)| before.get(key) != Some(value)).map(|(key, _)| key.clone()).collect()
}
