//! Applying records to the index. Replay runs exactly this, so it decides nothing: ids, times, slugs and splits
//! come from the record.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use super::index::{Feed, HealthEntry, Index, Listing};
use super::record::{
    Content, DecisionFact, Fact, HealthFact, KnownArticle, NewArticle, NewFeed, Record, RetagFact, Retagged,
    ScanFact,
};
use super::stored::Stored;
use super::txn::Result;
use crate::diff::{Baseline, Fingerprint, Held, Kind, Past, ReadingHash, SightKind, note_arrival};
use crate::model::{
    Article, ArticleId, FeedKey, FeedKind, Key, ListingId, OnListing, Presence, SiteUid, Timestamp,
};

/// Applies one record. What it says of articles or listings that the index does not know is passed over: that is
/// only so where damaged lines were skipped on purpose.
pub(super) fn apply(index: &mut Index<'_>, record: &Record) -> Result<()> {
    let mut apply = Apply { index, seq: record.seq, at: record.at };
    match &record.fact {
        Fact::Store(fact) => apply.feeds(&fact.feeds),
        Fact::Scan(fact) => apply.scan(fact),
        Fact::Retag(fact) => apply.retag(fact),
        Fact::Health(fact) => apply.health(fact),
        Fact::Batch(fact) => apply.batch(fact),
        Fact::Delivery(fact) => apply.outcomes(fact),
        Fact::Decision(DecisionFact::Configure(fact)) => apply.configure(fact),
        Fact::Decision(DecisionFact::Rebaseline { reason }) => apply.rebaseline(reason),
        Fact::Decision(DecisionFact::Pause(health) | DecisionFact::Resume(health)) => apply.health(health),
        Fact::Decision(DecisionFact::Reject { hash, health }) => apply.reject(*hash, health),
        Fact::Decision(DecisionFact::Hide { article }) => apply.set_hidden(*article, true),
        Fact::Decision(DecisionFact::Restore { article, feeds }) => {
            apply.feeds(feeds)?;
            apply.set_hidden(*article, false)
        }
        Fact::Decision(DecisionFact::Forget { articles, .. }) => apply.forget_texts(articles),
        Fact::Decision(DecisionFact::Retry { deliveries }) => apply.retry(deliveries),
        Fact::Decision(DecisionFact::Drop { deliveries }) => apply.drop_deliveries(deliveries),
        Fact::Decision(DecisionFact::Disable { target, reason }) => apply.disable(target, reason),
        Fact::Decision(DecisionFact::Enable { target }) => apply.enable(target),
    }
}

pub(super) struct Apply<'i, 't> {
    pub(super) index: &'i mut Index<'t>,
    pub(super) seq: u64,
    pub(super) at: Timestamp,
}

impl Apply<'_, '_> {
    pub(super) fn feeds(&mut self, feeds: &[NewFeed]) -> Result<()> {
        for new in feeds {
            let key = FeedKey::named(new.kind, &new.label);
            if self.index.feed_number(&key)?.is_some() {
                continue;
            }
            if new.kind == FeedKind::Listing {
                self.take_slug(&new.slug)?;
            }
            let Some(mut applied) = self.index.applied()? else { return Ok(()) };
            let number = applied.next_feed;
            applied.next_feed += 1;
            // An empty feed shows the store's own beginning, which no rebuild moves.
            let feed = Feed {
                key,
                label: new.label.clone(),
                slug: new.slug.clone(),
                former: Vec::new(),
                id: new.id,
                count: 0,
                segments: 0,
                updated: applied.created,
                changed: self.seq,
                retired: false,
            };
            self.index.applied = Some(applied);
            self.index.add_feed(number, feed)?;
        }
        Ok(())
    }

    fn scan(&mut self, fact: &ScanFact) -> Result<()> {
        self.feeds(&fact.feeds)?;
        let Some(mut listing) = self.index.listing(&fact.listing)? else { return Ok(()) };
        let before = self.before(fact)?;
        let mut placed = Vec::new();
        let places: HashMap<ArticleId, usize> =
            listing.held.iter().enumerate().map(|(at, held)| (held.article, at)).collect();
        let mut entering = Vec::new();
        for new in &fact.new {
            let number = self.new_article(fact, &mut listing, new)?;
            entering.extend(number.map(|number| (new.published, Reverse(new.place), number)));
            placed.push((new.place, Held { article: new.id, offered: new.keys, print: new.print }));
        }
        let mut moved = HashSet::new();
        for known in &fact.known {
            let sighted = self.known_article(fact, &mut listing, known)?;
            let mut print = known.print;
            if let Some((number, article)) = sighted {
                entering.push((article.published, Reverse(known.place), number));
                if article.is_textless() {
                    // What it says was forgotten while the scan ran: the next one sees a difference, and learns it.
                    print = Fingerprint::default();
                }
            }
            let held = Held { article: known.id, offered: known.keys, print };
            match places.get(&known.id).and_then(|at| listing.held.get_mut(*at)) {
                Some(stays) if known.sight == SightKind::Still => *stays = held,
                _ => {
                    moved.insert(known.id);
                    placed.push((known.place, held));
                }
            }
        }
        // Last into a feed is what its window shows longest: the latest, and of one time the upper one.
        entering.sort_unstable();
        for (_, _, number) in entering {
            if let Some(mut stored) = self.index.stored(number)? {
                self.route(number, &mut stored)?;
                self.index.put_stored(number, &stored);
            }
        }
        for (gone, presence) in [(&fact.removed, Presence::Removed), (&fact.aged, Presence::Aged)] {
            for id in gone {
                moved.insert(*id);
                self.set_presence(*id, &fact.listing, presence)?;
            }
        }
        listing.held.retain(|held| !moved.contains(&held.article));
        listing.held = put_in_places(std::mem::take(&mut listing.held), placed);
        self.believe(fact, &mut listing);
        self.index.put_listing(&fact.listing, &listing)?;
        self.owe_articles(fact, &listing.title, &before)
    }

    /// What a scan says of the listing itself.
    fn believe(&self, fact: &ScanFact, listing: &mut Listing) {
        if fact.kind == Kind::Baseline {
            listing.baseline = Some(Baseline { seq: self.seq, at: self.at });
        }
        if fact.kind == Kind::Scan && brings_news(fact) {
            note_arrival(&mut listing.arrivals, self.at);
        }
        if fact.approved {
            listing.hold = None;
        }
        if let Some(hash) = fact.hash {
            listing.believed.retain(|known| *known != hash);
            listing.believed.push(hash);
            let surplus = listing.believed.len().saturating_sub(Past::BELIEVED);
            listing.believed.drain(..surplus);
            listing.hold = None;
        }
    }

    /// Returns the new article's number.
    fn new_article(
        &mut self,
        fact: &ScanFact,
        listing: &mut Listing,
        new: &NewArticle,
    ) -> Result<Option<u32>> {
        let Some(mut applied) = self.index.applied()? else { return Ok(None) };
        let number = applied.next_article;
        applied.next_article += 1;
        self.index.applied = Some(applied);
        let article = new.article(fact.site, self.on(&fact.listing, listing), self.at, self.seq);
        let (routes, also) = (Vec::new(), new.also.clone());
        let mut stored = Stored { article, routes, place: None, resplit: false, also, story: None };
        if let Some(story) = stored.story() {
            self.index.put_story(story, number)?;
        }
        stored.point(&new.content);
        self.index.put_number(new.id, number)?;
        self.add_keys(fact.site, number, &mut stored.article, new.keys.all())?;
        self.given_second(fact.site, &new.content, new.second)?;
        self.index.mark_unsure(number, !stored.article.sure)?;
        if fact.kind == Kind::Scan {
            listing.news += 1;
        }
        listing.newest = listing.newest.max(new.content.date.map(|date| date.day().number()));
        self.index.put_stored(number, &stored);
        Ok(Some(number))
    }

    fn on(&self, id: &ListingId, listing: &Listing) -> OnListing {
        OnListing { listing: id.clone(), tags: listing.tags.clone(), presence: Presence::Listed }
    }

    fn add_keys(
        &mut self,
        site: SiteUid,
        number: u32,
        article: &mut Article,
        keys: impl Iterator<Item = Key>,
    ) -> Result<()> {
        for key in keys {
            // A key that leads to another article keeps doing so.
            let owner = self.index.put_key(site, key, number)?;
            if owner == number && !article.keys.contains(&key) {
                article.keys.push(key);
            }
        }
        Ok(())
    }

    fn given_second(&mut self, site: SiteUid, content: &Content, second: Option<u32>) -> Result<()> {
        let (Some(second), Some(date)) = (second, content.date) else { return Ok(()) };
        let given = self.index.day_second(site, date.day())?.max(second);
        self.index.put_day_second(site, date.day(), given)
    }

    /// Returns the article's number, and the article as it is from now on.
    fn known_article(
        &mut self,
        fact: &ScanFact,
        listing: &mut Listing,
        known: &KnownArticle,
    ) -> Result<Option<(u32, Article)>> {
        let Some((number, mut stored)) = self.stored(known.id)? else { return Ok(None) };
        self.add_keys(fact.site, number, &mut stored.article, known.keys.all())?;
        let on = self.on(&fact.listing, listing);
        let tags = stored.article.all_tags().len();
        let was_textless = stored.article.is_textless();
        let story = stored.story();
        known.leave(&mut stored.article, fact.kind, on, self.at, self.seq);
        if was_textless && !stored.article.is_textless() {
            self.relearned()?;
        }
        let got_tags = stored.article.all_tags().len() != tags;
        if known.announced {
            listing.news += 1;
        }
        if let Some(content) = &known.content {
            stored.point(content);
            stored.keep_story(story);
            self.given_second(fact.site, content, known.second)?;
            self.index.mark_unsure(number, !stored.article.sure)?;
        }
        listing.newest = listing.newest.max(stored.article.date.map(|date| date.day().number()));
        if known.content.is_some() || got_tags {
            self.touch(number, &stored)?;
        } else {
            self.note(stored.article.id, &stored.routes)?;
        }
        self.index.put_stored(number, &stored);
        Ok(Some((number, stored.article)))
    }

    fn set_presence(&mut self, id: ArticleId, listing: &ListingId, presence: Presence) -> Result<()> {
        let Some(number) = self.index.number(id)? else { return Ok(()) };
        let Some(mut core) = self.index.core(number)? else { return Ok(()) };
        for on in core.listings.iter_mut().filter(|on| on.listing == *listing) {
            on.presence = presence;
        }
        core.seen = self.at;
        self.note(core.id, &core.routes)?;
        self.index.put_core(number, core);
        Ok(())
    }

    pub(super) fn stored(&self, id: ArticleId) -> Result<Option<(u32, Stored)>> {
        let Some(number) = self.index.number(id)? else { return Ok(None) };
        Ok(self.index.stored(number)?.map(|stored| (number, stored)))
    }

    fn retag(&mut self, fact: &RetagFact) -> Result<()> {
        self.feeds(&fact.feeds)?;
        for Retagged { id, tags, sure } in &fact.articles {
            let Some((number, mut stored)) = self.stored(*id)? else { continue };
            if stored.article.is_textless() {
                continue;
            }
            stored.article.tags.clone_from(tags);
            stored.article.sure = *sure;
            stored.resplit = true;
            self.index.mark_unsure(number, !sure)?;
            self.touch(number, &stored)?;
            self.route(number, &mut stored)?;
            self.index.put_stored(number, &stored);
        }
        Ok(())
    }

    fn health(&mut self, fact: &HealthFact) -> Result<()> {
        let Some(mut listing) = self.index.listing(&fact.listing)? else { return Ok(()) };
        if fact.to != listing.health {
            listing.health_since = self.at;
            let HealthFact { listing, from, to, reason, .. } = fact.clone();
            self.index.add_health_event(HealthEntry {
                seq: self.seq,
                at: self.at,
                listing,
                from,
                to,
                reason,
            })?;
            self.touch_health_feed()?;
        }
        listing.health = fact.to;
        listing.reason.clone_from(&fact.reason);
        listing.hold.clone_from(&fact.hold);
        self.index.put_listing(&fact.listing, &listing)?;
        self.owe_health(fact, &listing.title)
    }

    fn reject(&mut self, hash: ReadingHash, health: &HealthFact) -> Result<()> {
        self.health(health)?;
        let Some(mut listing) = self.index.listing(&health.listing)? else { return Ok(()) };
        listing.rejected.retain(|known| *known != hash);
        listing.rejected.push(hash);
        let surplus = listing.rejected.len().saturating_sub(Past::BELIEVED);
        listing.rejected.drain(..surplus);
        self.index.put_listing(&health.listing, &listing)
    }

    fn set_hidden(&mut self, id: ArticleId, hidden: bool) -> Result<()> {
        let Some((number, mut stored)) = self.stored(id)? else { return Ok(()) };
        stored.article.hidden = hidden;
        self.index.mark_hidden(number, hidden)?;
        self.route(number, &mut stored)?;
        self.index.put_stored(number, &stored);
        Ok(())
    }

    pub(super) fn touch_health_feed(&mut self) -> Result<()> {
        let Some(number) = self.index.feed_number(&FeedKey::health())? else { return Ok(()) };
        let Some(feed) = self.index.feed_mut(number)? else { return Ok(()) };
        feed.count += 1;
        (feed.updated, feed.changed) = (self.at, self.seq);
        Ok(())
    }
}

/// Whether something new came to the listing, be it known from another one of its site.
fn brings_news(fact: &ScanFact) -> bool {
    !fact.new.is_empty() || fact.known.iter().any(|known| known.sight == SightKind::First)
}

/// Puts articles at their places among those that stay, in one pass: a page may have thousands.
fn put_in_places(stay: Vec<Held>, mut placed: Vec<(u32, Held)>) -> Vec<Held> {
    placed.sort_by_key(|(place, _)| *place);
    let mut all = Vec::with_capacity(stay.len() + placed.len());
    let mut stay = stay.into_iter();
    for (place, held) in placed {
        let gap = (place as usize).saturating_sub(all.len());
        all.extend(stay.by_ref().take(gap));
        all.push(held);
    }
    all.extend(stay);
    all
}
