//! What everybody asks of the store, as the embedded one answers it: what is to be remembered goes to the writer, and what
//! is remembered is read in the index.

use super::EmbeddedStore;
use super::Upkeep;
use super::forget;
use super::forget::Holders;
use super::group::Request;
use super::outbox;
use super::read;
use std::sync::PoisonError;

use crate::diff::{Memo, Past, Proposal, Recall};
use crate::model::id::StoreId;
use crate::model::{
    Article, ArticleId, Delivery, DeliveryId, FeedKey, HealthEvent, Key, ListingId, TargetId, Timestamp,
};
use crate::store::{
    Committed, Decision, Declared, Due, FORGET_EVERY, FeedInfo, ListingInfo, Resplit, Result, Settled,
    Settlement, Store, StoreError, TargetInfo, Unpublished, Wanted,
};

impl Store for EmbeddedStore {
    fn identity(&self) -> (StoreId, Timestamp) {
        (self.store, self.created)
    }

    fn trouble(&self) -> Option<String> {
        self.index.trouble()
    }

    async fn tend(&self, history: i64, now: Timestamp) -> Result<Upkeep> {
        self.work(move |beside| beside.tend(history, now)).await
    }

    async fn configure(&self, declared: Declared, now: Timestamp) -> Result<()> {
        self.ask(|to| Request::Configure(declared, now, to)).await
    }

    async fn glance(&self, listing: &ListingId) -> Result<Past> {
        self.read(|index| read::glance(index, listing)).await
    }

    async fn past(&self, listing: &ListingId) -> Result<Past> {
        self.read(|index| read::past(index, listing)).await
    }

    async fn recall(&self, listing: &ListingId, keys: &[Key], articles: &[ArticleId]) -> Result<Recall> {
        self.read(|index| read::recall(index, listing, keys, articles)).await
    }

    async fn commit_scan(&self, proposal: Proposal) -> Result<Committed> {
        self.ask(|to| Request::Scan(Box::new(proposal), to)).await
    }

    async fn commit_unchanged(&self, listing: &ListingId, memo: Memo) -> Result<()> {
        self.note(|index| {
            // A memo that outlived its listing would pass for the next one's past.
            if index.listing_alone(listing)?.is_none_or(|known| known.retired) {
                return Err(StoreError::NoListing(listing.clone()));
            }
            // Which pages were read, and by which rules, is not forgotten in a kill, as far as it can be helped: those of
            // before would be read once more, and what came since would look like an old copy.
            let learned = |memo: &Memo| (memo.body, memo.rules, memo.visits.body);
            index.casual = index.memo(listing)?.is_some_and(|known| learned(&known) == learned(&memo));
            Ok(index.put_memo(listing, &memo)?)
        })
        .await?;
        crate::crashpoint::hit("index.after-memo");
        if self.trouble().is_some() {
            // There may be no commit for long: it is looked whether one would go well.
            self.ask(Request::Mend).await?;
        }
        Ok(())
    }

    async fn retag(&self, splits: Vec<Resplit>, now: Timestamp) -> Result<usize> {
        self.ask(|to| Request::Retag(splits, now, to)).await
    }

    async fn decide(&self, decision: Decision, now: Timestamp) -> Result<bool> {
        self.ask(|to| Request::Decide(decision, now, to)).await
    }

    async fn forget(&self, before: Timestamp, now: Timestamp) -> Result<usize> {
        let looked = self.read(|index| Ok(index.looked()?)).await?;
        if looked.is_some_and(|looked| (before.unix() - looked.unix()).abs() < FORGET_EVERY) {
            return Ok(0);
        }
        let holders = self.read(|index| Ok(Holders::of(index)?)).await?;
        let told = self.read(|index| Ok(outbox::read::waiting(index)?)).await?;
        let (mut forgotten, mut due, mut first) = (0, Vec::new(), 0);
        while first
            < self.read(|index| Ok(index.applied()?.map_or(0, |applied| applied.next_article))).await?
        {
            let found = self.read(|index| Ok(forget::due(index, &holders, first, before)?)).await?;
            due.extend(found.into_iter().filter(|article| !told.contains(article)));
            first = first.saturating_add(forget::STEP);
            while due.len() >= forget::MOST {
                let rest = due.split_off(forget::MOST);
                let full = std::mem::replace(&mut due, rest);
                forgotten += self.ask(|to| Request::Forget(full, before, now, to)).await?;
            }
            // A long look must keep nobody else from theirs.
            tokio::task::yield_now().await;
        }
        if !due.is_empty() {
            forgotten += self.ask(|to| Request::Forget(due, before, now, to)).await?;
        }
        self.note(|index| Ok(index.put_looked(before)?)).await?;
        Ok(forgotten)
    }

    async fn hidden(&self) -> Result<Vec<ArticleId>> {
        self.read(|index| {
            let articles = read::articles_of(index, index.hidden()?.into_iter())?;
            Ok(articles.into_iter().map(|article| article.id).collect())
        })
        .await
    }

    async fn unsure(&self, most: usize) -> Result<Vec<Article>> {
        self.read(|index| read::articles_of(index, index.unsure(most)?.into_iter())).await
    }

    async fn articles(&self, skip: usize, most: usize) -> Result<Vec<Article>> {
        self.read(|index| read::articles(index, skip, most)).await
    }

    async fn article_count(&self) -> Result<usize> {
        self.read(|index| Ok(index.applied()?.map_or(0, |applied| applied.next_article as usize))).await
    }

    async fn find(&self, prefix: &str) -> Result<Vec<Article>> {
        self.read(|index| read::find(index, prefix)).await
    }

    async fn feeds(&self) -> Result<Vec<FeedInfo>> {
        self.read(read::feeds).await
    }

    async fn feed(&self, key: &FeedKey) -> Result<Option<FeedInfo>> {
        self.read(|index| read::feed(index, key)).await
    }

    async fn window(&self, key: &FeedKey, most: usize) -> Result<Vec<Article>> {
        self.read(|index| read::window(index, key, most)).await
    }

    async fn shown(&self, articles: &[ArticleId], window: usize) -> Result<Vec<ArticleId>> {
        self.read(|index| {
            let mut shown = Vec::new();
            for id in articles {
                if read::is_shown(index, *id, window)? {
                    shown.push(*id);
                }
            }
            Ok(shown)
        })
        .await
    }

    async fn archive(&self, key: &FeedKey, page: u32) -> Result<Vec<Article>> {
        self.read(|index| read::archive(index, key, page)).await
    }

    async fn health_events(&self) -> Result<Vec<HealthEvent>> {
        self.read(read::health_events).await
    }

    async fn listings(&self) -> Result<Vec<ListingInfo>> {
        self.read(read::listings).await
    }

    async fn targets(&self) -> Result<Vec<TargetInfo>> {
        self.read(|index| Ok(outbox::read::targets(index)?)).await
    }

    async fn due(&self, target: &TargetId, now: Timestamp, most: usize) -> Result<Due> {
        self.read(|index| Ok(outbox::read::due(index, target, now, most)?)).await
    }

    async fn due_in_order(&self, target: &TargetId, now: Timestamp, most: usize) -> Result<Due> {
        self.read(|index| Ok(outbox::read::due_in_order(index, target, now, most)?)).await
    }

    async fn close_batch(
        &self,
        target: &TargetId,
        deliveries: Vec<DeliveryId>,
        now: Timestamp,
    ) -> Result<Option<Delivery>> {
        self.ask(|to| Request::Batch(target.clone(), deliveries, now, to)).await
    }

    async fn settle(&self, tries: Vec<Settled>, now: Timestamp) -> Result<Settlement> {
        self.ask(|to| Request::Settle(tries, now, to)).await
    }

    async fn deliveries(&self, which: &Wanted, most: usize) -> Result<Vec<Delivery>> {
        self.read(|index| Ok(outbox::read::deliveries(index, which, most)?)).await
    }

    async fn delivery_ids(&self, which: &Wanted) -> Result<Vec<(DeliveryId, TargetId)>> {
        self.read(|index| Ok(outbox::read::ids(index, which)?)).await
    }

    async fn find_delivery(&self, prefix: &str) -> Result<Vec<Delivery>> {
        self.read(|index| Ok(outbox::read::find(index, prefix)?)).await
    }

    async fn unpublished(&self, mark: [u8; 16]) -> Result<Unpublished> {
        self.read(|index| read::unpublished(index, &self.touched, mark)).await
    }

    async fn published(&self, upto: u64, mark: [u8; 16]) -> Result<()> {
        if self.read(|index| Ok(index.published()?)).await? != Some((upto, mark)) {
            self.note(|index| Ok(index.put_published(&(upto, mark))?)).await?;
            crate::crashpoint::hit("index.after-mark");
        }
        self.touched.lock().unwrap_or_else(PoisonError::into_inner).forget(upto);
        Ok(())
    }
}
