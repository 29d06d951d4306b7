//! A plain model of the store, in memory: the same words with no disk, no index and no cleverness.
//!
//! It is what the embedded store is checked against, and it shares no code with it. Everything is looked for by
//! walking through plain lists, and what must be published is found by comparing what is shown with what was.

mod configure;
mod feeds;
mod forget;
mod operator;
mod outbox;
mod rename;
mod scan;
mod shown;
mod stories;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use self::feeds::Feed;
use self::outbox::{Kept, Target};
use self::shown::{Shown, differing};
use super::{
    Committed, Decision, Declared, Due, FeedInfo, ListingInfo, Resplit, Result, Settled, Settlement, Store,
    StoreError, TargetInfo, Unpublished, Wanted,
};
use crate::diff::{Memo, Past, Proposal, Recall, StoryKey};
use crate::model::filter::Filter;
use crate::model::id::StoreId;
use crate::model::{
    Article, ArticleId, Day, Delivery, DeliveryId, FeedKey, FeedKind, Health, HealthEvent, Key, ListingId,
    SiteUid, TargetId, Timestamp,
};

/// How many health events are remembered.
const HEALTH_EVENTS: usize = 100;

/// A store that forgets everything when it is dropped. For tests.
#[derive(Debug)]
pub struct MemoryStore {
    model: Mutex<Model>,
}

/// All that is remembered.
#[derive(Debug)]
struct Model {
    store: StoreId,
    created: Timestamp,
    /// The number of the last record, and its time. The first record is that of the store itself.
    seq: u64,
    at: Timestamp,
    sites: BTreeMap<String, SiteUid>,
    /// The ids that new sites get, where another store minted them.
    minted: BTreeMap<String, SiteUid>,
    listings: BTreeMap<ListingId, Listing>,
    views: BTreeMap<ListingId, Filter>,
    /// In the order in which they were remembered.
    articles: Vec<Article>,
    /// Which story each of them tells, and who told it, too, when it came.
    stories: HashMap<ArticleId, (Option<StoryKey>, Vec<ArticleId>)>,
    /// The place in `articles` that a key of a site leads to.
    keys: HashMap<(SiteUid, Key), usize>,
    /// The greatest second given to a date-only article.
    seconds: HashMap<(SiteUid, Day), u32>,
    /// In the order in which they began.
    feeds: Vec<Feed>,
    /// Oldest first.
    events: Vec<HealthEvent>,
    targets: BTreeMap<TargetId, Target>,
    /// In the order in which they came to be owed.
    outbox: Vec<Kept>,
    /// How many tries were settled.
    settlements: u64,
    published: Option<(u64, [u8; 16])>,
    /// Up to when old articles were last looked for.
    looked: Option<Timestamp>,
    /// What was shown at a sequence number, since it may be said to be published.
    shown: BTreeMap<u64, Shown>,
}

/// A listing, as remembered.
#[derive(Clone, Debug)]
struct Listing {
    title: String,
    site: String,
    uid: SiteUid,
    tags: Vec<String>,
    evident: bool,
    retired: bool,
    left: Option<Timestamp>,
    since: Timestamp,
    reason: String,
    past: Past,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new(store: StoreId, created: Timestamp) -> Self {
        let mut model = Model {
            store,
            created,
            seq: 1,
            at: created,
            sites: BTreeMap::new(),
            minted: BTreeMap::new(),
            listings: BTreeMap::new(),
            views: BTreeMap::new(),
            articles: Vec::new(),
            stories: HashMap::new(),
            keys: HashMap::new(),
            seconds: HashMap::new(),
            feeds: Vec::new(),
            events: Vec::new(),
            targets: BTreeMap::new(),
            outbox: Vec::new(),
            settlements: 0,
            published: None,
            looked: None,
            shown: BTreeMap::new(),
        };
        model.begin_feed(FeedKind::All, "");
        model.begin_feed(FeedKind::Health, "");
        Self { model: Mutex::new(model) }
    }

    /// Gives a site, when it begins, the id that another store minted for it, so that the two can be compared.
    pub fn know_site(&self, name: &str, uid: SiteUid) {
        self.model().minted.insert(name.to_owned(), uid);
    }

    /// Forgets what no journal holds, as the loss of an index does: memos, and what was published.
    pub fn forget_memos(&self) {
        let mut model = self.model();
        model.published = None;
        model.looked = None;
        for listing in model.listings.values_mut() {
            listing.past.memo = Memo::default();
        }
    }

    fn model(&self) -> MutexGuard<'_, Model> {
        self.model.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Model {
    /// The listing, if it is declared.
    fn listing(&self, id: &ListingId) -> Result<&Listing> {
        let known = self.listings.get(id).filter(|listing| !listing.retired);
        known.ok_or_else(|| StoreError::NoListing(id.clone()))
    }

    fn place(&self, id: ArticleId) -> Option<usize> {
        self.articles.iter().position(|article| article.id == id)
    }

    /// Articles by their places.
    fn at_places(&self, places: impl IntoIterator<Item = usize>) -> Vec<Article> {
        places.into_iter().filter_map(|place| self.articles.get(place).cloned()).collect()
    }

    /// Takes the number of the next record, and its time: never before the last one's.
    fn next_record(&mut self, now: Timestamp) {
        self.seq += 1;
        self.at = self.at.max(now);
    }

    fn add_event(&mut self, event: HealthEvent) {
        self.events.push(event);
        let surplus = self.events.len().saturating_sub(HEALTH_EVENTS);
        self.events.drain(..surplus);
        let at = self.at;
        if let Some(feed) = self.feed_mut(&FeedKey::health()) {
            feed.events += 1;
            feed.updated = at;
        }
    }

    fn retag(&mut self, splits: &[Resplit], now: Timestamp) -> usize {
        let differs = |split: &&Resplit| {
            self.place(split.id).is_some_and(|place| {
                let article = &self.articles[place];
                !article.is_textless() && (article.tags != split.tags || article.sure != split.sure)
            })
        };
        let splits: Vec<Resplit> = splits.iter().filter(differs).cloned().collect();
        if splits.is_empty() {
            return 0;
        }
        self.next_record(now);
        let places: Vec<usize> = splits.iter().filter_map(|split| self.place(split.id)).collect();
        for (split, place) in splits.iter().zip(&places) {
            let article = &mut self.articles[*place];
            (article.tags, article.sure) = (split.tags.clone(), split.sure);
        }
        let mut begun = 0;
        for place in &places {
            self.begin_feeds_of(*place, &mut begun);
        }
        for place in &places {
            self.content_changed(*place);
            self.route(*place);
        }
        splits.len()
    }
}

impl Store for MemoryStore {
    fn identity(&self) -> (StoreId, Timestamp) {
        let model = self.model();
        (model.store, model.created)
    }

    async fn configure(&self, declared: Declared, now: Timestamp) -> Result<()> {
        self.model().configure(&declared, now);
        Ok(())
    }

    async fn glance(&self, listing: &ListingId) -> Result<Past> {
        Ok(Past { held: Vec::new(), ..self.past(listing).await? })
    }

    async fn past(&self, listing: &ListingId) -> Result<Past> {
        Ok(self.model().listing(listing)?.past.clone())
    }

    async fn recall(&self, listing: &ListingId, keys: &[Key], articles: &[ArticleId]) -> Result<Recall> {
        let model = self.model();
        let known = model.listings.get(listing).ok_or_else(|| StoreError::NoListing(listing.clone()))?;
        let mut recall = Recall::default();
        for key in keys {
            if let Some(place) = model.keys.get(&(known.uid, *key)) {
                let article = &model.articles[*place];
                recall.by_key.insert(*key, article.id);
                recall.articles.insert(article.id, article.clone());
            }
        }
        let asked = model.articles.iter().filter(|article| articles.contains(&article.id));
        recall.articles.extend(asked.map(|article| (article.id, article.clone())));
        Ok(recall)
    }

    async fn commit_scan(&self, proposal: Proposal) -> Result<Committed> {
        self.model().commit_scan(&proposal)
    }

    async fn commit_unchanged(&self, listing: &ListingId, memo: Memo) -> Result<()> {
        let mut model = self.model();
        model.listing(listing)?;
        if let Some(listing) = model.listings.get_mut(listing) {
            listing.past.memo = memo;
        }
        Ok(())
    }

    async fn retag(&self, splits: Vec<Resplit>, now: Timestamp) -> Result<usize> {
        Ok(self.model().retag(&splits, now))
    }

    async fn decide(&self, decision: Decision, now: Timestamp) -> Result<bool> {
        self.model().decide(&decision, now)
    }

    async fn forget(&self, before: Timestamp, now: Timestamp) -> Result<usize> {
        Ok(self.model().forget(before, now))
    }

    async fn hidden(&self) -> Result<Vec<ArticleId>> {
        let model = self.model();
        Ok(model.articles.iter().filter(|article| article.hidden).map(|article| article.id).collect())
    }

    async fn unsure(&self, most: usize) -> Result<Vec<Article>> {
        let model = self.model();
        Ok(model.articles.iter().filter(|article| !article.sure).take(most).cloned().collect())
    }

    async fn articles(&self, skip: usize, most: usize) -> Result<Vec<Article>> {
        Ok(self.model().articles.iter().skip(skip).take(most).cloned().collect())
    }

    async fn article_count(&self) -> Result<usize> {
        Ok(self.model().articles.len())
    }

    async fn find(&self, prefix: &str) -> Result<Vec<Article>> {
        let digits = prefix.replace('-', "").to_ascii_lowercase();
        if digits.is_empty() || !digits.chars().all(|c| c.is_ascii_hexdigit()) {
            return Ok(Vec::new());
        }
        let begins = |article: &&Article| article.id.uuid().simple().to_string().starts_with(&digits);
        let model = self.model();
        let mut found: Vec<Article> = model.articles.iter().filter(begins).cloned().collect();
        found.sort_by_key(|article| article.id);
        found.truncate(2);
        Ok(found)
    }

    async fn feeds(&self) -> Result<Vec<FeedInfo>> {
        Ok(self.model().feeds.iter().map(Feed::info).collect())
    }

    async fn feed(&self, key: &FeedKey) -> Result<Option<FeedInfo>> {
        Ok(self.model().feed(key).map(Feed::info))
    }

    async fn window(&self, key: &FeedKey, most: usize) -> Result<Vec<Article>> {
        let model = self.model();
        Ok(model.feed(key).map(|feed| model.at_places(feed.window(most))).unwrap_or_default())
    }

    async fn shown(&self, articles: &[ArticleId], window: usize) -> Result<Vec<ArticleId>> {
        let model = self.model();
        let feeds = model.feeds.iter().filter(|feed| !feed.retired);
        let places: BTreeSet<usize> = feeds.flat_map(|feed| feed.window(window)).collect();
        let shown: BTreeSet<ArticleId> = places.into_iter().map(|place| model.articles[place].id).collect();
        Ok(articles.iter().filter(|id| shown.contains(id)).copied().collect())
    }

    async fn archive(&self, key: &FeedKey, page: u32) -> Result<Vec<Article>> {
        let model = self.model();
        Ok(model.feed(key).map(|feed| model.at_places(feed.archive(page))).unwrap_or_default())
    }

    async fn health_events(&self) -> Result<Vec<HealthEvent>> {
        Ok(self.model().events.iter().rev().cloned().collect())
    }

    async fn listings(&self) -> Result<Vec<ListingInfo>> {
        let info = |(id, listing): (&ListingId, &Listing)| ListingInfo {
            id: id.clone(),
            title: listing.title.clone(),
            tags: listing.tags.clone(),
            evident: listing.evident,
            retired: listing.retired,
            health: listing.past.health,
            since: listing.since,
            reason: match listing.past.health {
                Health::Ok => String::new(),
                _ => listing.reason.clone(),
            },
            hold: listing.past.hold.clone(),
            articles: listing.past.held.len(),
            memo: listing.past.memo.clone(),
        };
        Ok(self.model().listings.iter().map(info).collect())
    }

    async fn targets(&self) -> Result<Vec<TargetInfo>> {
        Ok(self.model().target_infos())
    }

    async fn due(&self, target: &TargetId, now: Timestamp, most: usize) -> Result<Due> {
        Ok(self.model().due(target, now, most))
    }

    async fn due_in_order(&self, target: &TargetId, now: Timestamp, most: usize) -> Result<Due> {
        Ok(self.model().due_in_order(target, now, most))
    }

    async fn close_batch(
        &self,
        target: &TargetId,
        deliveries: Vec<DeliveryId>,
        now: Timestamp,
    ) -> Result<Option<Delivery>> {
        Ok(self.model().close_batch(target, &deliveries, now))
    }

    async fn settle(&self, tries: Vec<Settled>, now: Timestamp) -> Result<Settlement> {
        Ok(self.model().settle(&tries, now))
    }

    async fn deliveries(&self, which: &Wanted, most: usize) -> Result<Vec<Delivery>> {
        Ok(self.model().deliveries(which, most))
    }

    async fn delivery_ids(&self, which: &Wanted) -> Result<Vec<(DeliveryId, TargetId)>> {
        let found = self.model().deliveries(which, usize::MAX);
        Ok(found.into_iter().map(|delivery| (delivery.id, delivery.target)).collect())
    }

    async fn find_delivery(&self, prefix: &str) -> Result<Vec<Delivery>> {
        Ok(self.model().find_delivery(prefix))
    }

    async fn unpublished(&self, mark: [u8; 16]) -> Result<Unpublished> {
        let mut model = self.model();
        let now = model.shown();
        let nothing = Shown::default();
        let before = model.published.and_then(|(seq, _)| model.shown.get(&seq)).unwrap_or(&nothing);
        let mut found = Unpublished {
            upto: model.seq,
            everything: model.published.is_none_or(|(_, published)| published != mark),
            feeds: differing(&now.feeds, &before.feeds),
            archives: differing(&now.archives, &before.archives),
            articles: differing(&now.articles, &before.articles),
        };
        found.feeds.sort();
        found.archives.sort();
        found.articles.sort();
        let seq = model.seq;
        model.shown.insert(seq, now);
        Ok(found)
    }

    async fn published(&self, upto: u64, mark: [u8; 16]) -> Result<()> {
        let mut model = self.model();
        model.published = Some((upto, mark));
        model.shown.retain(|seq, _| *seq >= upto);
        Ok(())
    }
}
