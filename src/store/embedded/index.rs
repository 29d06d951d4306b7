//! The index in domain words: what each entry of the tree is.
//!
//! Everything here follows from the journal except memos and marks; losing those costs work, never a byte of a
//! feed or an announcement. The encoding need not last: with [`SCHEMA`] raised, the index is built anew.

mod at;
mod entries;
mod open;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::articles::Articles;
use super::base::Base;
use super::outbox::entry::Target;
use super::sum::Sum;
use super::txn::{Result, Txn, checked};
use crate::diff::{Held, Memo, StoryKey};
use crate::model::filter::Filter;
use crate::model::id::StoreId;
use crate::model::{ArticleId, FeedKey, FeedKind, Health, Key, ListingId, SiteUid, Timestamp};

use self::open::Open;

pub(super) use self::entries::{Feed, Forgot, Listing, Segment};

/// The version of the index's layout. Raise it when anything in this file or in `outbox/entry.rs` changes: the
/// index is rebuilt.
pub(super) const SCHEMA: u32 = 7;

/// How many articles one segment of a feed holds; a full one is an archive page.
pub(super) const SEGMENT: usize = crate::store::ARCHIVE_PAGE;

/// How many days of a site one entry has.
const DAYS: u32 = 64;

/// How many articles of what a listing held one entry has.
const HELD: usize = 128;

/// How many health events are remembered.
const HEALTH_EVENTS: usize = 100;

/// How far the index is, and what it needs to go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Applied {
    /// [`SCHEMA`].
    pub(super) schema: u32,
    /// The store.
    pub(super) store: StoreId,
    /// When the store was created.
    pub(super) created: Timestamp,
    /// The last record that is in the index.
    pub(super) seq: u64,
    /// When it was written.
    pub(super) at: Timestamp,
    /// The number of the journal file it stands in.
    pub(super) file: u32,
    /// Where it ends there.
    pub(super) end: u64,
    /// Its CRC.
    pub(super) crc: u32,
    /// The number the next article gets.
    pub(super) next_article: u32,
    /// The number the next feed gets.
    pub(super) next_feed: u32,
    /// The number the next name gets.
    pub(super) next_name: u32,
    /// The number of the snapshot that it was built from; 0 without one.
    pub(super) generation: u32,
    /// The checksum over everything else in the index.
    pub(super) sum: Sum,
}

/// The key of how far the index is.
pub(super) const APPLIED: &[u8] = at::APPLIED;

/// What a group of commits touched: what must be published anew.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Touched {
    pub(super) feeds: BTreeSet<u32>,
    pub(super) archives: BTreeSet<(u32, u32)>,
    pub(super) articles: BTreeSet<ArticleId>,
}

/// The index with a group's writes on top, in domain words.
#[derive(Debug)]
pub(super) struct Index<'t> {
    pub(super) base: &'t Base,
    pub(super) txn: Txn<'t>,
    pub(super) articles: Articles,
    open: Open,
    /// Whether a kill may take back what is written, and nobody minds.
    pub(super) casual: bool,
    pub(super) touched: Touched,
    /// The number that the writer goes on from; kept here so that a group sees its own articles.
    pub(super) applied: Option<Applied>,
    views: Option<Vec<(ListingId, Filter)>>,
    /// The targets, once they were asked for.
    pub(super) targets: Option<Vec<Target>>,
}

impl<'t> Index<'t> {
    pub(super) fn new(base: &'t Base) -> Self {
        Self {
            base,
            txn: Txn::new(&base.tree),
            articles: Articles::default(),
            open: Open::default(),
            casual: false,
            touched: Touched::default(),
            applied: None,
            views: None,
            targets: None,
        }
    }

    /// Whether nothing waits to be applied.
    pub(super) fn is_clean(&self) -> bool {
        self.txn.is_empty() && self.articles.is_clean() && self.open.is_empty()
    }

    /// How many bytes wait to be applied, about.
    pub(super) fn size(&self) -> usize {
        self.txn.size() + self.articles.size() + self.open.size()
    }

    /// Applies all that was written as one atomic batch, with the mark of how far the index is.
    pub(super) fn apply(&mut self) -> Result<()> {
        self.pack_articles()?;
        self.close()?;
        if let Some(mut applied) = self.applied.take() {
            // Settled in front of the mark that holds the sum, which is not counted itself.
            applied.sum = applied.sum.plus(self.txn.settle()?);
            self.txn.put(at::APPLIED.to_vec(), &applied)?;
            self.applied = Some(applied);
        } else {
            self.txn.settle()?;
        }
        let keys = self.base.noted.is_on().then(|| self.txn.written());
        // One alone is atomic, too. sled ends a page of its log with each batch, and wakes all of its threads to write it.
        let is_alone = self.casual && self.txn.is_one();
        self.txn.apply(&self.base.disk, self.base.is_apart || is_alone)?;
        if let Some(keys) = keys {
            self.base.noted.add(keys);
        }
        Ok(())
    }

    /// Whether an earlier version made the index: those had the layout's number where values now say what they are.
    pub(super) fn is_older(tree: &sled::Tree) -> Result<bool> {
        let mark = tree.get(at::APPLIED)?;
        let is_earlier =
            |mark: &[u8]| checked(at::APPLIED, mark).is_ok() && matches!(mark.get(4), Some(1 | 2));
        Ok(mark.is_some_and(|mark| is_earlier(&mark)))
    }

    pub(super) fn applied(&self) -> Result<Option<Applied>> {
        if self.applied.is_some() { Ok(self.applied.clone()) } else { self.txn.get(at::APPLIED) }
    }

    /// The mark that publishing leaves: up to which record, and under which config and program.
    pub(super) fn published(&self) -> Result<Option<(u64, [u8; 16])>> {
        self.txn.get(at::PUBLISHED)
    }

    pub(super) fn put_published(&mut self, mark: &(u64, [u8; 16])) -> Result<()> {
        self.txn.put(at::PUBLISHED.to_vec(), mark)
    }

    /// Up to when old articles were last looked for.
    pub(super) fn looked(&self) -> Result<Option<Timestamp>> {
        self.txn.get(at::LOOKED)
    }

    pub(super) fn put_looked(&mut self, before: Timestamp) -> Result<()> {
        self.txn.put(at::LOOKED.to_vec(), &before)
    }

    /// What of articles' texts is forgotten.
    pub(super) fn forgot(&self) -> Result<Forgot> {
        Ok(self.txn.get(at::FORGOT)?.unwrap_or_default())
    }

    pub(super) fn put_forgot(&mut self, forgot: Forgot) -> Result<()> {
        self.txn.put(at::FORGOT.to_vec(), &forgot)
    }

    pub(super) fn site(&self, name: &str) -> Result<Option<SiteUid>> {
        self.txn.get(&at::site(name))
    }

    pub(super) fn put_site(&mut self, name: &str, uid: SiteUid) -> Result<()> {
        self.txn.put(at::site(name), &uid)
    }

    pub(super) fn delete_site(&mut self, name: &str) {
        self.txn.delete(at::site(name));
    }

    /// All sites by name.
    pub(super) fn sites(&self) -> Result<Vec<(String, SiteUid)>> {
        let found = self.txn.scan(at::SITES, usize::MAX)?;
        Ok(found.into_iter().filter_map(|(key, uid)| Some((text_after(&key, 1)?, uid))).collect())
    }

    pub(super) fn listing(&self, id: &ListingId) -> Result<Option<Listing>> {
        let Some(listing) = self.txn.get(&at::listing(id))? else { return Ok(None) };
        self.with_held(id, listing).map(Some)
    }

    /// A listing without what it holds.
    pub(super) fn listing_alone(&self, id: &ListingId) -> Result<Option<Listing>> {
        self.txn.get(&at::listing(id))
    }

    pub(super) fn listing_exists(&self, id: &ListingId) -> Result<bool> {
        Ok(self.listing_alone(id)?.is_some())
    }

    /// What a listing holds stands beside it, in stretches: it grows with the page.
    fn with_held(&self, id: &ListingId, mut listing: Listing) -> Result<Listing> {
        for at in 0..listing.stretches {
            listing.held.extend(self.txn.get::<Vec<Held>>(&at::held(id, at))?.unwrap_or_default());
        }
        Ok(listing)
    }

    pub(super) fn put_listing(&mut self, id: &ListingId, listing: &Listing) -> Result<()> {
        let before = self.txn.get::<Listing>(&at::listing(id))?.map_or(0, |listing| listing.stretches);
        let mut stretches = 0;
        for held in listing.held.chunks(HELD) {
            let key = at::held(id, stretches);
            // Most of a long page stays as it is.
            if self.txn.get::<Vec<Held>>(&key)?.is_none_or(|known| known != held) {
                self.txn.put(key, held)?;
            }
            stretches += 1;
        }
        (stretches..before).for_each(|at| self.txn.delete(at::held(id, at)));
        self.txn.put(at::listing(id), &Listing { held: Vec::new(), stretches, ..listing.clone() })
    }

    pub(super) fn delete_listing(&mut self, id: &ListingId) -> Result<()> {
        let before = self.txn.get::<Listing>(&at::listing(id))?.map_or(0, |listing| listing.stretches);
        (0..before).for_each(|at| self.txn.delete(at::held(id, at)));
        self.txn.delete(at::listing(id));
        Ok(())
    }

    pub(super) fn listings(&self) -> Result<Vec<(ListingId, Listing)>> {
        let found = self.txn.scan(b"L", usize::MAX)?;
        let listings = found.into_iter().filter_map(|(key, listing)| Some((id_after(&key)?, listing)));
        listings.map(|(id, listing)| Ok((id.clone(), self.with_held(&id, listing)?))).collect()
    }

    pub(super) fn memo(&self, id: &ListingId) -> Result<Option<Memo>> {
        self.txn.get(&at::memo(id))
    }

    pub(super) fn put_memo(&mut self, id: &ListingId, memo: &Memo) -> Result<()> {
        self.txn.put(at::memo(id), memo)
    }

    pub(super) fn delete_memo(&mut self, id: &ListingId) {
        self.txn.delete(at::memo(id));
    }

    /// The number of the article that a key leads to.
    pub(super) fn by_key(&self, site: SiteUid, key: Key) -> Result<Option<u32>> {
        self.txn.packed_get(&at::keys(site), &key.bytes())
    }

    /// Lets a key lead to an article, unless it leads to one. Returns the number it leads to from then on.
    pub(super) fn put_key(&mut self, site: SiteUid, key: Key, article: u32) -> Result<u32> {
        self.txn.packed_put(&at::keys(site), &key.bytes(), article)
    }

    /// The number of the article that told a story last.
    pub(super) fn by_story(&self, story: StoryKey) -> Result<Option<u32>> {
        self.txn.packed_get(at::STORIES, &story.bytes())
    }

    /// Notes who told a story last.
    pub(super) fn put_story(&mut self, story: StoryKey, article: u32) -> Result<()> {
        self.txn.packed_set(at::STORIES, &story.bytes(), article)
    }

    /// How many keys lead to articles.
    pub(super) fn count_keys(&self) -> Result<u64> {
        self.txn.packed_count(b"K")
    }

    pub(super) fn number(&self, id: ArticleId) -> Result<Option<u32>> {
        self.txn.packed_get(at::IDS, &id.bytes())
    }

    pub(super) fn put_number(&mut self, id: ArticleId, number: u32) -> Result<()> {
        self.txn.packed_put(at::IDS, &id.bytes(), number).map(drop)
    }

    /// The numbers of articles whose ids begin with `digits` hex digits of `start`; at most `most`.
    pub(super) fn numbers_from(&self, start: &[u8; 16], digits: usize, most: usize) -> Result<Vec<u32>> {
        self.txn.packed_prefix(at::IDS, start, digits, most)
    }

    pub(super) fn feed_number(&self, key: &FeedKey) -> Result<Option<u32>> {
        self.txn.get(&at::feed_name(key))
    }

    /// Creates a feed: its entry, its name, its slug.
    pub(super) fn add_feed(&mut self, number: u32, feed: Feed) -> Result<()> {
        self.txn.put(at::feed_name(&feed.key), &number)?;
        self.txn.put(at::slug(feed.key.kind, &feed.slug), &number)?;
        self.put_feed(number, feed);
        Ok(())
    }

    /// Its slug still leads to the feed that it is the name of, so that no other one gets that feed's id.
    pub(super) fn delete_feed_name(&mut self, key: &FeedKey) {
        self.txn.delete(at::feed_name(key));
    }

    /// Removes a feed that nothing was ever in.
    pub(super) fn delete_feed(&mut self, number: u32, key: &FeedKey) {
        self.delete_feed_name(key);
        self.open.feeds.remove(&number);
        self.txn.delete(at::feed(number));
    }

    pub(super) fn feeds(&self) -> Result<Vec<(u32, Feed)>> {
        let found = self.txn.scan(b"F", usize::MAX)?;
        let number =
            |key: &[u8]| key.get(1..5).and_then(|bytes| bytes.try_into().ok()).map(u32::from_be_bytes);
        let found = found.into_iter().filter_map(|(key, feed)| Some((number(&key)?, feed)));
        if self.open.is_empty() {
            return Ok(found.collect());
        }
        let mut all: BTreeMap<u32, Feed> = found.collect();
        all.extend(self.open.feeds.iter().map(|(number, feed)| (*number, feed.clone())));
        Ok(all.into_iter().collect())
    }

    pub(super) fn slug_owner(&self, kind: FeedKind, slug: &str) -> Result<Option<u32>> {
        self.txn.get(&at::slug(kind, slug))
    }

    /// Slugs by kind and name, those after `last`; at most `most`.
    pub(super) fn slugs_after(
        &self,
        last: Option<&(FeedKind, String)>,
        most: usize,
    ) -> Result<Vec<(FeedKind, String, u32)>> {
        let from = last.map_or_else(|| at::SLUGS.to_vec(), |(kind, slug)| after(at::slug(*kind, slug)));
        let found = self.txn.scan_from(at::SLUGS, &from, most)?;
        let kind = |key: &[u8]| FeedKind::from_number(*key.get(1)?);
        Ok(found
            .into_iter()
            .filter_map(|(key, feed)| Some((kind(&key)?, text_after(&key, 2)?, feed)))
            .collect())
    }

    pub(super) fn put_slug(&mut self, kind: FeedKind, slug: &str, feed: u32) -> Result<()> {
        self.txn.put(at::slug(kind, slug), &feed)
    }

    /// The greatest second given on each day, in days since 1970, of each site: those after the entry of `last`; of
    /// at most `most` entries.
    pub(super) fn day_seconds_after(
        &self,
        last: Option<(SiteUid, u32)>,
        most: usize,
    ) -> Result<Vec<(SiteUid, u32, u32)>> {
        let from = last.map_or_else(|| at::DAYS.to_vec(), |(site, day)| after(at::days(site, day)));
        let entries: Vec<(Vec<u8>, BTreeMap<u32, u32>)> = self.txn.scan_from(at::DAYS, &from, most)?;
        let place = |key: &[u8]| {
            let (site, days) = key.get(1..)?.split_first_chunk()?;
            let site = SiteUid::from_uuid(uuid::Uuid::from_bytes(*site));
            Some((site, u32::from_be_bytes(days.try_into().ok()?).checked_mul(DAYS)?))
        };
        let mut found = Vec::new();
        for (key, days) in entries {
            let Some((site, first)) = place(&key) else { continue };
            found.extend(days.into_iter().map(|(day, second)| (site, first.saturating_add(day), second)));
        }
        Ok(found)
    }

    pub(super) fn mark_unsure(&mut self, number: u32, unsure: bool) -> Result<()> {
        if unsure {
            return self.txn.put(at::unsure(number), &());
        }
        self.txn.delete(at::unsure(number));
        Ok(())
    }

    pub(super) fn unsure(&self, most: usize) -> Result<Vec<u32>> {
        let found: Vec<(Vec<u8>, ())> = self.txn.scan(b"U", most)?;
        Ok(found
            .iter()
            .filter_map(|(key, ())| Some(u32::from_be_bytes(key.get(1..5)?.try_into().ok()?)))
            .collect())
    }

    pub(super) fn mark_hidden(&mut self, number: u32, hidden: bool) -> Result<()> {
        if hidden {
            return self.txn.put(at::hidden(number), &());
        }
        self.txn.delete(at::hidden(number));
        Ok(())
    }

    pub(super) fn hidden(&self) -> Result<Vec<u32>> {
        let found: Vec<(Vec<u8>, ())> = self.txn.scan(b"X", usize::MAX)?;
        Ok(found
            .iter()
            .filter_map(|(key, ())| Some(u32::from_be_bytes(key.get(1..5)?.try_into().ok()?)))
            .collect())
    }

    /// The declared views; read once a group, because every routed article asks.
    pub(super) fn views(&mut self) -> Result<&[(ListingId, Filter)]> {
        if self.views.is_none() {
            let found: Option<Vec<(ListingId, String)>> = self.txn.get(b"V")?;
            let parse = |json: String| Some(self.base.filter(serde_json::from_str(&json).ok()?));
            let views = found
                .unwrap_or_default()
                .into_iter()
                .filter_map(|(id, json)| Some((id, parse(json)?)))
                .collect();
            self.views = Some(views);
        }
        Ok(self.views.as_deref().unwrap_or_default())
    }

    pub(super) fn put_views(&mut self, views: Vec<(ListingId, Filter)>) -> Result<()> {
        // As JSON, because the index's own encoding does not describe itself and filters nest.
        let stored: Vec<(&ListingId, String)> = views
            .iter()
            .map(|(id, filter)| (id, serde_json::to_string(filter).unwrap_or_default()))
            .collect();
        self.txn.put(b"V".to_vec(), &stored)?;
        self.views = Some(views);
        Ok(())
    }

    pub(super) fn health_events(&self) -> Result<Vec<HealthEntry>> {
        Ok(self.txn.get(at::HEALTH)?.unwrap_or_default())
    }

    pub(super) fn add_health_event(&mut self, event: HealthEntry) -> Result<()> {
        let mut events = self.health_events()?;
        events.push(event);
        let surplus = events.len().saturating_sub(HEALTH_EVENTS);
        events.drain(..surplus);
        self.put_health_events(&events)
    }

    pub(super) fn put_health_events(&mut self, events: &[HealthEntry]) -> Result<()> {
        self.txn.put(at::HEALTH.to_vec(), events)
    }
}

/// A health event, as remembered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct HealthEntry {
    pub(super) seq: u64,
    pub(super) at: Timestamp,
    pub(super) listing: ListingId,
    pub(super) from: Health,
    pub(super) to: Health,
    pub(super) reason: String,
}

fn id_after(key: &[u8]) -> Option<ListingId> {
    ListingId::parse(std::str::from_utf8(key.get(1..)?).ok()?).ok()
}

fn text_after(key: &[u8], first: usize) -> Option<String> {
    std::str::from_utf8(key.get(first..)?).ok().map(str::to_owned)
}

/// The first key after this one.
pub(super) fn after(mut key: Vec<u8>) -> Vec<u8> {
    key.push(0);
    key
}
