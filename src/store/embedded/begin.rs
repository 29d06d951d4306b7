//! Beginning feeds: which ones a record brings, under which slug.

use std::collections::HashSet;

use super::index::Index;
use super::record::NewFeed;
use crate::model::feed::of_article;
use crate::model::id::{FeedId, StoreId};
use crate::model::{Article, FeedKey, FeedKind, slug};
use crate::store::StoreError;

type Result<T> = std::result::Result<T, StoreError>;

/// How many tag feeds one scan may begin: a page of ten thousand tags is not a vocabulary.
const NEW_TAG_FEEDS: usize = 1_000;

/// Feeds that begin with the record in the making.
#[derive(Default)]
pub(super) struct NewFeeds {
    pub(super) new: Vec<NewFeed>,
    keys: HashSet<FeedKey>,
    tags: usize,
}

impl NewFeeds {
    pub(super) fn begin(
        &mut self,
        index: &Index<'_>,
        store: StoreId,
        article: &Article,
        unnamed: &str,
    ) -> Result<()> {
        for member in of_article(article, unnamed) {
            if member.tentative {
                continue;
            }
            let is_tag = member.kind == FeedKind::Tag;
            if is_tag && self.tags >= NEW_TAG_FEEDS {
                continue;
            }
            if self.begin_one(index, store, member.kind, member.label)? && is_tag {
                self.tags += 1;
            }
        }
        Ok(())
    }

    /// Begins one feed unless it exists. Whether it did.
    pub(super) fn begin_one(
        &mut self,
        index: &Index<'_>,
        store: StoreId,
        kind: FeedKind,
        label: &str,
    ) -> Result<bool> {
        let key = FeedKey::named(kind, label);
        if self.keys.contains(&key) || index.feed_number(&key)?.is_some() {
            return Ok(false);
        }
        let mut failed = None;
        let taken = |slug: &str| {
            self.new.iter().any(|feed| feed.kind == kind && feed.slug == slug)
                || index
                    .slug_owner(kind, slug)
                    .unwrap_or_else(|error| {
                        failed = Some(error);
                        None
                    })
                    .is_some()
        };
        let slug = match kind {
            FeedKind::Listing | FeedKind::View => label.to_owned(),
            FeedKind::All | FeedKind::Health => kind.name().to_owned(),
            _ => slug::assign(label, taken),
        };
        if let Some(error) = failed {
            return Err(error.into());
        }
        let id = free_id(index, store, kind, &key.name)?;
        self.new.push(NewFeed { kind, label: label.to_owned(), slug, id });
        self.keys.insert(key);
        Ok(true)
    }
}

/// The id of a feed that begins: from its kind and name. Where that is the id of a feed that had the name before, from
/// the name and a counter.
fn free_id(index: &Index<'_>, store: StoreId, kind: FeedKind, name: &str) -> Result<FeedId> {
    let first = FeedId::derive(store, kind.name(), name);
    if kind != FeedKind::Listing || index.slug_owner(kind, name)?.is_none() {
        return Ok(first);
    }
    let taken: HashSet<FeedId> = index.feeds()?.into_iter().map(|(_, feed)| feed.id).collect();
    let further = (2..).map(|n: u32| FeedId::derive(store, kind.name(), &format!("{name} {n}")));
    Ok(std::iter::once(first).chain(further).find(|id| !taken.contains(id)).unwrap_or(first))
}

/// The feeds that stand from the beginning.
pub(super) fn first_feeds(store: StoreId) -> Vec<NewFeed> {
    let feed = |kind: FeedKind| NewFeed {
        kind,
        label: String::new(),
        slug: kind.name().to_owned(),
        id: FeedId::derive(store, kind.name(), ""),
    };
    vec![feed(FeedKind::All), feed(FeedKind::Health)]
}
