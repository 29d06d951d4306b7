//! The embedded store: a journal that is the truth, and sled as the index over it.
//!
//! ```text
//! proposal ─▶ writer: decide ─▶ journal: append, fsync ─▶ index: one batch ─▶ answer
//!                                  the commit              can be rebuilt
//! ```

mod apply;
mod decide;
pub mod history;
mod index;
mod journal;
mod open;
mod operator;
mod packed;
mod parts;
mod record;
mod salvage;
mod state;
mod txn;
mod writer;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{mpsc, oneshot};

use self::index::{Feed, Index, SEGMENT, Stored};
use self::open::{Opened, Wish};
use self::state::Lock;
use self::writer::{Pending, Request, Writer};
use super::{
    Committed, Decision, Declared, FeedInfo, HealthEvent, ListingInfo, Resplit, Result, Store, StoreError,
    Unpublished,
};
use crate::diff::{Memo, Past, Proposal, Recall};
use crate::model::id::StoreId;
use crate::model::{Article, ArticleId, FeedKey, Health, Key, ListingId, Timestamp};

pub use txn::IndexError;

/// How many commits may wait for the writer.
const QUEUE: usize = 1_024;

/// The embedded store. One process at a time has a data folder open.
#[derive(Debug)]
pub struct EmbeddedStore {
    tree: sled::Tree,
    /// Gone once the store is being dropped: that ends the writer.
    requests: Option<mpsc::Sender<Request>>,
    touched: Arc<Mutex<Pending>>,
    store: StoreId,
    created: Timestamp,
    writer: Mutex<Option<std::thread::JoinHandle<()>>>,
    // Dropped last: sled's files are closed before another process may have the folder.
    db: sled::Db,
    _lock: Lock,
}

impl EmbeddedStore {
    /// Opens the store in a data folder; creates it where there is none. Blocks; call it outside async code.
    ///
    /// # Errors
    /// [`StoreError::InUse`] when another process has it, [`StoreError::Damaged`] or [`StoreError::Newer`] when
    /// it must not be touched, [`StoreError::Io`]. A damaged index alone is no error: it is rebuilt.
    pub fn open(folder: &Path, now: Timestamp) -> Result<Self> {
        Self::with(open::open(folder, now, Wish::default())?, folder)
    }

    /// Opens the store after building its index anew from the journal.
    ///
    /// With `skip_bad_lines`, damaged lines of the journal are passed over, the journal is written anew without
    /// them (the old one is kept beside it), and the next scan of each listing is a quiet baseline.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn rebuild(folder: &Path, now: Timestamp, skip_bad_lines: bool) -> Result<Self> {
        Self::with(open::open(folder, now, Wish { rebuild: true, skip_bad_lines })?, folder)
    }

    fn with(opened: Opened, folder: &Path) -> Result<Self> {
        let Opened { lock, db, journal, applied, stated } = opened;
        let tree: sled::Tree = sled::Tree::clone(&db);
        let touched = Arc::new(Mutex::new(Pending::default()));
        let (store, created) = (applied.store, applied.created);
        let (requests, inbox) = mpsc::channel(QUEUE);
        let writer = Writer {
            tree: tree.clone(),
            journal,
            folder: folder.to_owned(),
            applied,
            stated,
            touched: Arc::clone(&touched),
            stopped: None,
        };
        let thread = std::thread::Builder::new().name("store-writer".into()).spawn(move || writer.run(inbox));
        let thread = thread.map_err(|error| journal::io("start a writer for", folder, &error))?;
        let store = Self {
            tree,
            requests: Some(requests),
            touched,
            store,
            created,
            writer: Mutex::new(Some(thread)),
            db,
            _lock: lock,
        };
        store.recover_unpublished()?;
        Ok(store)
    }

    /// Ends the writer and closes the index. What was acknowledged is durable with or without this.
    ///
    /// # Errors
    /// When `state.json` or the index could not be written; the next start does more work then.
    pub async fn close(self) -> Result<()> {
        let (answer, done) = oneshot::channel();
        let closed = match &self.requests {
            Some(requests) if requests.send(Request::Close(answer)).await.is_ok() => {
                done.await.unwrap_or(Ok(()))
            }
            _ => Ok(()),
        };
        let thread = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        let db = self.db.clone();
        let flushed = tokio::task::spawn_blocking(move || {
            if let Some(thread) = thread {
                drop(thread.join());
            }
            db.flush().map_err(|error| StoreError::from(IndexError::from(error)))
        });
        flushed.await.map_err(|error| StoreError::Stopped(error.to_string()))??;
        closed
    }

    fn index(&self) -> Index<'_> {
        Index::new(&self.tree)
    }

    async fn ask<T>(&self, make: impl FnOnce(oneshot::Sender<Result<T>>) -> Request) -> Result<T> {
        let gone = || StoreError::Stopped("the store's writer has ended".into());
        let (to, answer) = oneshot::channel();
        let requests = self.requests.as_ref().ok_or_else(gone)?;
        requests.send(make(to)).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }

    /// After a start: what the marks say was never published.
    fn recover_unpublished(&self) -> Result<()> {
        let index = self.index();
        let Some((upto, _)) = index.published()? else { return Ok(()) };
        if index.applied()?.is_some_and(|applied| applied.seq <= upto) {
            return Ok(());
        }
        let mut pending = self.touched.lock().unwrap_or_else(PoisonError::into_inner);
        for (number, feed) in index.feeds()?.into_iter().filter(|(_, feed)| feed.changed > upto) {
            pending.feeds.insert(number, feed.changed);
            for at in 0..feed.segments {
                let segment = index.segment(number, at)?;
                if segment.changed <= upto {
                    continue;
                }
                if segment.entered as usize >= SEGMENT {
                    pending.archives.insert((number, at), segment.changed);
                    if at > 0 {
                        pending.archives.insert((number, at - 1), segment.changed);
                    }
                }
                for member in segment.members {
                    let stored = index.stored(member)?;
                    pending.articles.extend(stored.map(|stored| (stored.article.id, segment.changed)));
                }
            }
        }
        Ok(())
    }

    fn articles_of(&self, index: &Index<'_>, numbers: impl Iterator<Item = u32>) -> Result<Vec<Article>> {
        let mut articles = Vec::new();
        for number in numbers {
            articles.extend(index.stored(number)?.map(|stored| stored.article));
        }
        Ok(articles)
    }
}

impl Drop for EmbeddedStore {
    /// Waits for the writer: the lock must not be free while it still writes.
    fn drop(&mut self) {
        self.requests = None;
        let thread = self.writer.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the store's writer panicked");
        }
    }
}

fn info(feed: Feed, closed: u32) -> FeedInfo {
    let Feed { key, label, slug, id, count, updated, retired, .. } = feed;
    FeedInfo { key, label, slug, id, count, archives: closed, updated, retired }
}

/// How many of a feed's segments are full.
fn closed(index: &Index<'_>, number: u32, feed: &Feed) -> Result<u32> {
    let Some(last) = feed.segments.checked_sub(1) else { return Ok(0) };
    let full = index.segment(number, last)?.entered as usize >= SEGMENT;
    Ok(last + u32::from(full))
}

impl Store for EmbeddedStore {
    fn identity(&self) -> (StoreId, Timestamp) {
        (self.store, self.created)
    }

    async fn configure(&self, declared: Declared, now: Timestamp) -> Result<()> {
        self.ask(|to| Request::Configure(declared, now, to)).await
    }

    async fn past(&self, listing: &ListingId) -> Result<Past> {
        let index = self.index();
        let known = index.listing(listing)?.filter(|known| !known.retired);
        let known = known.ok_or_else(|| StoreError::NoListing(listing.clone()))?;
        Ok(known.past(index.memo(listing)?.unwrap_or_default()))
    }

    async fn recall(&self, listing: &ListingId, keys: &[Key], articles: &[ArticleId]) -> Result<Recall> {
        let index = self.index();
        let site = index.listing(listing)?.ok_or_else(|| StoreError::NoListing(listing.clone()))?.uid;
        let mut recall = Recall::default();
        let keep = |recall: &mut Recall, stored: Option<Stored>| {
            let stored = stored?;
            let id = stored.article.id;
            recall.articles.insert(id, stored.article);
            Some(id)
        };
        for key in keys {
            if let Some(number) = index.by_key(site, *key)?
                && let Some(id) = keep(&mut recall, index.stored(number)?)
            {
                recall.by_key.insert(*key, id);
            }
        }
        for id in articles {
            if let Some(number) = index.number(*id)? {
                keep(&mut recall, index.stored(number)?);
            }
        }
        Ok(recall)
    }

    async fn commit_scan(&self, proposal: Proposal) -> Result<Committed> {
        self.ask(|to| Request::Scan(Box::new(proposal), to)).await
    }

    async fn commit_unchanged(&self, listing: &ListingId, memo: Memo) -> Result<()> {
        let mut index = self.index();
        // A memo that outlived its listing would pass for the next one's past.
        if index.listing(listing)?.is_none_or(|known| known.retired) {
            return Err(StoreError::NoListing(listing.clone()));
        }
        index.put_memo(listing, &memo)?;
        Ok(index.txn.apply()?)
    }

    async fn retag(&self, splits: Vec<Resplit>, now: Timestamp) -> Result<usize> {
        self.ask(|to| Request::Retag(splits, now, to)).await
    }

    async fn decide(&self, decision: Decision, now: Timestamp) -> Result<bool> {
        self.ask(|to| Request::Decide(decision, now, to)).await
    }

    async fn hidden(&self) -> Result<Vec<ArticleId>> {
        let index = self.index();
        let articles = self.articles_of(&index, index.hidden()?.into_iter())?;
        Ok(articles.into_iter().map(|article| article.id).collect())
    }

    async fn unsure(&self, most: usize) -> Result<Vec<Article>> {
        let index = self.index();
        self.articles_of(&index, index.unsure(most)?.into_iter())
    }

    async fn articles(&self, skip: usize, most: usize) -> Result<Vec<Article>> {
        let index = self.index();
        let count = index.applied()?.map_or(0, |applied| applied.next_article);
        let from = u32::try_from(skip).unwrap_or(u32::MAX);
        let to = count.min(from.saturating_add(u32::try_from(most).unwrap_or(u32::MAX)));
        self.articles_of(&index, from..to)
    }

    async fn article_count(&self) -> Result<usize> {
        Ok(self.index().applied()?.map_or(0, |applied| applied.next_article as usize))
    }

    async fn find(&self, prefix: &str) -> Result<Vec<Article>> {
        let index = self.index();
        let digits: String = prefix.chars().filter(|c| *c != '-').collect::<String>().to_ascii_lowercase();
        if digits.is_empty() || digits.len() > 32 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Ok(Vec::new());
        }
        let mut start = [0; 16];
        for (at, digit) in digits.chars().enumerate() {
            let value = u8::try_from(digit.to_digit(16).unwrap_or(0)).unwrap_or(0);
            start[at / 2] |= if at % 2 == 0 { value << 4 } else { value };
        }
        let numbers = index.numbers_from(&start, digits.len(), 2)?;
        self.articles_of(&index, numbers.into_iter())
    }

    async fn feeds(&self) -> Result<Vec<FeedInfo>> {
        let index = self.index();
        let feeds = index.feeds()?;
        feeds
            .into_iter()
            .map(|(number, feed)| Ok(info(feed.clone(), closed(&index, number, &feed)?)))
            .collect()
    }

    async fn feed(&self, key: &FeedKey) -> Result<Option<FeedInfo>> {
        let index = self.index();
        let Some(number) = index.feed_number(key)? else { return Ok(None) };
        let Some(feed) = index.feed(number)? else { return Ok(None) };
        let closed = closed(&index, number, &feed)?;
        Ok(Some(info(feed, closed)))
    }

    async fn window(&self, key: &FeedKey, most: usize) -> Result<Vec<Article>> {
        let index = self.index();
        let Some(number) = index.feed_number(key)? else { return Ok(Vec::new()) };
        let segments = index.feed(number)?.map_or(0, |feed| feed.segments);
        let mut numbers = Vec::new();
        for at in (0..segments).rev() {
            numbers.extend(index.segment(number, at)?.members.into_iter().rev());
            if numbers.len() >= most {
                break;
            }
        }
        self.articles_of(&index, numbers.into_iter().take(most))
    }

    async fn archive(&self, key: &FeedKey, page: u32) -> Result<Vec<Article>> {
        let index = self.index();
        let (Some(number), Some(at)) = (index.feed_number(key)?, page.checked_sub(1)) else {
            return Ok(Vec::new());
        };
        let segment = index.segment(number, at)?;
        if (segment.entered as usize) < SEGMENT {
            return Ok(Vec::new());
        }
        self.articles_of(&index, segment.members.into_iter().rev())
    }

    async fn health_events(&self) -> Result<Vec<HealthEvent>> {
        let event = |entry: index::HealthEntry| {
            let index::HealthEntry { seq, at, listing, from, to, reason } = entry;
            HealthEvent { seq, at, listing, from, to, reason }
        };
        Ok(self.index().health_events()?.into_iter().rev().map(event).collect())
    }

    async fn listings(&self) -> Result<Vec<ListingInfo>> {
        let index = self.index();
        let found = index.listings()?;
        found
            .into_iter()
            .map(|(id, listing)| {
                let memo = index.memo(&id)?.unwrap_or_default();
                let (health, since) = (listing.health, listing.health_since);
                let articles = listing.held.len();
                let reason = if health == Health::Ok { String::new() } else { listing.reason };
                Ok(ListingInfo {
                    id,
                    title: listing.title,
                    retired: listing.retired,
                    health,
                    since,
                    reason,
                    hold: listing.hold,
                    articles,
                    memo,
                })
            })
            .collect()
    }

    async fn unpublished(&self, mark: [u8; 16]) -> Result<Unpublished> {
        let index = self.index();
        // The sequence number first: what changes after it is looked at again the next time.
        let upto = index.applied()?.map_or(0, |applied| applied.seq);
        let everything = index.published()?.is_none_or(|(_, published)| published != mark);
        let (feeds, archives, articles) = {
            let pending = self.touched.lock().unwrap_or_else(PoisonError::into_inner);
            let feeds: Vec<u32> = pending.feeds.keys().copied().collect();
            let archives: Vec<(u32, u32)> = pending.archives.keys().copied().collect();
            (feeds, archives, pending.articles.keys().copied().collect())
        };
        let mut found = Unpublished { upto, everything, articles, ..Unpublished::default() };
        for number in feeds {
            found.feeds.extend(index.feed(number)?.map(|feed| feed.key));
        }
        for (number, at) in archives {
            found.archives.extend(index.feed(number)?.map(|feed| (feed.key, at + 1)));
        }
        Ok(found)
    }

    async fn published(&self, upto: u64, mark: [u8; 16]) -> Result<()> {
        let mut index = self.index();
        if index.published()? != Some((upto, mark)) {
            index.put_published(&(upto, mark))?;
            index.txn.apply()?;
        }
        self.touched.lock().unwrap_or_else(PoisonError::into_inner).forget(upto);
        Ok(())
    }
}
