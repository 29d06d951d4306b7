//! Applying records to the index. Replay runs exactly this, so it decides nothing: ids, times, slugs and splits
//! come from the record.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use super::index::{Feed, HealthEntry, Index, Listing, SEGMENT, Stored};
use super::record::{
    ConfigureFact, Content, DecisionFact, Fact, HealthFact, KnownArticle, ListingFact, NewArticle, NewFeed,
    Record, RetagFact, Retagged, ScanFact, ViewFact,
};
use super::txn::Result;
use crate::diff::{Baseline, Held, Kind, Past, ReadingHash, SightKind};
use crate::model::feed::{Membership, of_article};
use crate::model::{
    Article, ArticleId, FeedKey, FeedKind, Field, Health, Key, ListingId, OnListing, Presence, SiteUid,
    Timestamp,
};
use crate::store::WINDOW_MAX;

/// How many of a feed's last segments a window can show.
const WINDOW_SEGMENTS: u32 = (WINDOW_MAX / SEGMENT) as u32 + 1;

/// Applies one record. What it says of articles or listings that the index does not know is passed over: that is
/// only so where damaged lines were skipped on purpose.
pub(super) fn apply(index: &mut Index<'_>, record: &Record) -> Result<()> {
    let mut apply = Apply { index, seq: record.seq, at: record.at };
    match &record.fact {
        Fact::Store(fact) => apply.feeds(&fact.feeds),
        Fact::Scan(fact) => apply.scan(fact),
        Fact::Retag(fact) => apply.retag(fact),
        Fact::Health(fact) => apply.health(fact),
        Fact::Decision(DecisionFact::Configure(fact)) => apply.configure(fact),
        Fact::Decision(DecisionFact::Rebaseline { reason }) => apply.rebaseline(reason),
        Fact::Decision(DecisionFact::Pause(health) | DecisionFact::Resume(health)) => apply.health(health),
        Fact::Decision(DecisionFact::Reject { hash, health }) => apply.reject(*hash, health),
        Fact::Decision(DecisionFact::Hide { article }) => apply.set_hidden(*article, true),
        Fact::Decision(DecisionFact::Restore { article, feeds }) => {
            apply.feeds(feeds)?;
            apply.set_hidden(*article, false)
        }
    }
}

struct Apply<'i, 't> {
    index: &'i mut Index<'t>,
    seq: u64,
    at: Timestamp,
}

impl Apply<'_, '_> {
    fn feeds(&mut self, feeds: &[NewFeed]) -> Result<()> {
        for new in feeds {
            let key = FeedKey::named(new.kind, &new.label);
            if self.index.feed_number(&key)?.is_some() {
                continue;
            }
            let Some(mut applied) = self.index.applied()? else { return Ok(()) };
            let number = applied.next_feed;
            applied.next_feed += 1;
            // An empty feed shows the store's own beginning, which no rebuild moves.
            let feed = Feed {
                key,
                label: new.label.clone(),
                slug: new.slug.clone(),
                id: new.id,
                count: 0,
                segments: 0,
                updated: applied.created,
                changed: self.seq,
                retired: false,
            };
            self.index.applied = Some(applied);
            self.index.add_feed(number, &feed)?;
        }
        Ok(())
    }

    fn scan(&mut self, fact: &ScanFact) -> Result<()> {
        self.feeds(&fact.feeds)?;
        let Some(mut listing) = self.index.listing(&fact.listing)? else { return Ok(()) };
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
            entering.extend(sighted.map(|(published, number)| (published, Reverse(known.place), number)));
            let held = Held { article: known.id, offered: known.keys, print: known.print };
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
                self.index.put_stored(number, &stored)?;
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
        self.index.put_listing(&fact.listing, &listing)
    }

    /// What a scan says of the listing itself.
    fn believe(&self, fact: &ScanFact, listing: &mut Listing) {
        if fact.kind == Kind::Baseline {
            listing.baseline = Some(Baseline { seq: self.seq, at: self.at });
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
        let Content { title, link, source, date, category, summary, row, tags, sure, likes, minutes } =
            new.content.clone();
        let article = Article {
            id: new.id,
            site: fact.site,
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
            published: new.published,
            updated: new.published,
            first_seen: self.at,
            first_seq: self.seq,
            announced: new.announced.then_some(self.seq),
            late: new.late,
            hidden: false,
            listings: vec![self.on(&fact.listing, listing)],
        };
        let mut stored = Stored { article, routes: Vec::new() };
        self.index.put_number(new.id, number)?;
        self.add_keys(fact.site, number, &mut stored.article, new.keys.all())?;
        self.given_second(fact.site, &new.content, new.second)?;
        self.index.mark_unsure(number, !stored.article.sure)?;
        if fact.kind == Kind::Scan {
            listing.news += 1;
        }
        listing.newest = listing.newest.max(new.content.date.map(|date| date.day().number()));
        self.index.put_stored(number, &stored)?;
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

    /// Returns when the article was published, and its number.
    fn known_article(
        &mut self,
        fact: &ScanFact,
        listing: &mut Listing,
        known: &KnownArticle,
    ) -> Result<Option<(Timestamp, u32)>> {
        let Some((number, mut stored)) = self.stored(known.id)? else { return Ok(None) };
        self.add_keys(fact.site, number, &mut stored.article, known.keys.all())?;
        let on = self.on(&fact.listing, listing);
        let tags = stored.article.all_tags().len();
        match stored.article.listings.iter_mut().find(|on| on.listing == fact.listing) {
            Some(here) => *here = on,
            None => stored.article.listings.push(on),
        }
        let got_tags = stored.article.all_tags().len() != tags;
        if known.announced {
            stored.article.announced = Some(self.seq);
            stored.article.late = known.late;
            listing.news += 1;
        }
        if let Some(content) = &known.content {
            self.given_second(fact.site, content, known.second)?;
            update(&mut stored.article, &known.fields, content, known.published);
            if fact.kind == Kind::Scan {
                stored.article.updated = self.at;
            }
            self.index.mark_unsure(number, !stored.article.sure)?;
        }
        listing.newest = listing.newest.max(stored.article.date.map(|date| date.day().number()));
        if known.content.is_some() || got_tags {
            self.touch(number, &stored)?;
        } else {
            self.note(&stored)?;
        }
        self.index.put_stored(number, &stored)?;
        Ok(Some((stored.article.published, number)))
    }

    fn set_presence(&mut self, id: ArticleId, listing: &ListingId, presence: Presence) -> Result<()> {
        let Some((number, mut stored)) = self.stored(id)? else { return Ok(()) };
        for on in stored.article.listings.iter_mut().filter(|on| on.listing == *listing) {
            on.presence = presence;
        }
        self.note(&stored)?;
        self.index.put_stored(number, &stored)
    }

    fn stored(&self, id: ArticleId) -> Result<Option<(u32, Stored)>> {
        let Some(number) = self.index.number(id)? else { return Ok(None) };
        Ok(self.index.stored(number)?.map(|stored| (number, stored)))
    }

    fn retag(&mut self, fact: &RetagFact) -> Result<()> {
        self.feeds(&fact.feeds)?;
        for Retagged { id, tags, sure } in &fact.articles {
            let Some((number, mut stored)) = self.stored(*id)? else { continue };
            stored.article.tags.clone_from(tags);
            stored.article.sure = *sure;
            self.index.mark_unsure(number, !sure)?;
            self.touch(number, &stored)?;
            self.route(number, &mut stored)?;
            self.index.put_stored(number, &stored)?;
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
        self.index.put_listing(&fact.listing, &listing)
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
        self.index.put_stored(number, &stored)
    }

    fn touch_health_feed(&mut self) -> Result<()> {
        let Some(number) = self.index.feed_number(&FeedKey::health())? else { return Ok(()) };
        let Some(mut feed) = self.index.feed(number)? else { return Ok(()) };
        feed.count += 1;
        (feed.updated, feed.changed) = (self.at, self.seq);
        self.index.put_feed(number, &feed)
    }

    fn configure(&mut self, fact: &ConfigureFact) -> Result<()> {
        self.feeds(&fact.feeds)?;
        for declared in &fact.listings {
            self.declare(declared)?;
        }
        for id in &fact.retired {
            if let Some(mut listing) = self.index.listing(id)? {
                // Taken back later, it begins with a baseline again: what it misses meanwhile is not news.
                listing.retired = true;
                listing.health = Health::Ok;
                forget(&mut listing);
                self.index.put_listing(id, &listing)?;
                self.index.delete_memo(id);
            }
            self.set_retired(&FeedKey::named(FeedKind::Listing, id.as_str()), true)?;
        }
        self.views(&fact.views, &fact.dropped)
    }

    /// Forgets what listings hold, not what was seen: what they miss meanwhile is not news. Said once for each.
    fn rebaseline(&mut self, reason: &str) -> Result<()> {
        for (id, mut listing) in self.index.listings()? {
            if listing.retired {
                continue;
            }
            let (from, to) = (listing.health, listing.health);
            let entry = HealthEntry {
                seq: self.seq,
                at: self.at,
                listing: id.clone(),
                from,
                to,
                reason: reason.to_owned(),
            };
            self.index.add_health_event(entry)?;
            self.touch_health_feed()?;
            forget(&mut listing);
            self.index.put_listing(&id, &listing)?;
            self.index.delete_memo(&id);
        }
        Ok(())
    }

    fn declare(&mut self, declared: &ListingFact) -> Result<()> {
        self.index.put_site(&declared.site, declared.uid)?;
        let before = self.index.listing(&declared.id)?;
        let mut listing = before.clone().unwrap_or_else(|| Listing {
            title: String::new(),
            site: String::new(),
            uid: declared.uid,
            tags: Vec::new(),
            retired: false,
            baseline: None,
            held: Vec::new(),
            newest: None,
            believed: Vec::new(),
            rejected: Vec::new(),
            news: 0,
            health: Health::Ok,
            health_since: self.at,
            reason: String::new(),
            hold: None,
        });
        if listing.uid != declared.uid {
            // Another site: what the listing held there says nothing here.
            forget(&mut listing);
            self.index.delete_memo(&declared.id);
        }
        listing.title.clone_from(&declared.title);
        listing.site.clone_from(&declared.site);
        listing.uid = declared.uid;
        listing.tags.clone_from(&declared.tags);
        listing.retired = false;
        self.index.put_listing(&declared.id, &listing)?;
        let key = FeedKey::named(FeedKind::Listing, declared.id.as_str());
        self.set_retired(&key, false)?;
        match before {
            Some(before) if before.tags != listing.tags || before.title != listing.title => {
                self.redescribe(&declared.id, &key, &listing.tags)
            }
            _ => Ok(()),
        }
    }

    /// Gives the listing's tags of today to every article that was ever on it.
    fn redescribe(&mut self, id: &ListingId, key: &FeedKey, tags: &[String]) -> Result<()> {
        let Some(feed) = self.index.feed_number(key)? else { return Ok(()) };
        let segments = self.index.feed(feed)?.map_or(0, |feed| feed.segments);
        for segment in 0..segments {
            for number in self.index.segment(feed, segment)?.members {
                let Some(mut stored) = self.index.stored(number)? else { continue };
                for on in stored.article.listings.iter_mut().filter(|on| on.listing == *id) {
                    on.tags = tags.to_vec();
                }
                self.touch(number, &stored)?;
                self.route(number, &mut stored)?;
                self.index.put_stored(number, &stored)?;
            }
        }
        Ok(())
    }

    fn set_retired(&mut self, key: &FeedKey, retired: bool) -> Result<()> {
        let Some(number) = self.index.feed_number(key)? else { return Ok(()) };
        let Some(mut feed) = self.index.feed(number)?.filter(|feed| feed.retired != retired) else {
            return Ok(());
        };
        feed.retired = retired;
        feed.changed = self.seq;
        self.index.put_feed(number, &feed)
    }

    /// Defines views and fills them with what is remembered, oldest article first.
    fn views(&mut self, defined: &[ViewFact], dropped: &[ListingId]) -> Result<()> {
        if defined.is_empty() && dropped.is_empty() {
            return Ok(());
        }
        let mut views = self.index.views()?.to_vec();
        views.retain(|(id, _)| !dropped.contains(id) && !defined.iter().any(|view| view.id == *id));
        views.extend(defined.iter().map(|view| (view.id.clone(), view.filter.clone())));
        views.sort_by(|a, b| a.0.cmp(&b.0));
        self.index.put_views(views)?;
        for id in dropped {
            self.set_retired(&FeedKey::named(FeedKind::View, id.as_str()), true)?;
        }
        for view in defined {
            self.set_retired(&FeedKey::named(FeedKind::View, view.id.as_str()), false)?;
        }
        let count = self.index.applied()?.map_or(0, |applied| applied.next_article);
        for number in 0..count {
            let Some(mut stored) = self.index.stored(number)? else { continue };
            let mut wanted: Vec<u32> = Vec::new();
            for (feed, _) in &stored.routes {
                let kind = self.index.feed(*feed)?.map(|feed| feed.key.kind);
                wanted.extend((kind != Some(FeedKind::View)).then_some(*feed));
            }
            let views = self.view_keys(&stored.article)?;
            wanted.extend(self.numbers_of(views)?);
            if self.route_to(number, &mut stored, &wanted)? {
                self.index.put_stored(number, &stored)?;
            }
        }
        Ok(())
    }

    /// Puts the article into the feeds it belongs to, and takes it out of those it no longer does.
    fn route(&mut self, number: u32, stored: &mut Stored) -> Result<()> {
        self.index.touched.articles.insert(stored.article.id);
        let unnamed = unnamed_source(self.index, &stored.article)?;
        let member = |member: Membership<'_>| FeedKey::named(member.kind, member.label);
        let mut keys: Vec<FeedKey> = of_article(&stored.article, &unnamed).into_iter().map(member).collect();
        keys.extend(self.view_keys(&stored.article)?);
        let wanted = self.numbers_of(keys)?;
        self.route_to(number, stored, &wanted)?;
        Ok(())
    }

    /// Puts the article into exactly these feeds. Whether anything moved.
    fn route_to(&mut self, number: u32, stored: &mut Stored, wanted: &[u32]) -> Result<bool> {
        let (stay, leave): (Vec<_>, Vec<_>) =
            stored.routes.iter().partition(|(feed, _)| wanted.contains(feed));
        let join: Vec<u32> =
            wanted.iter().copied().filter(|feed| !stay.iter().any(|(there, _)| there == feed)).collect();
        let moved = !leave.is_empty() || !join.is_empty();
        stored.routes = stay;
        for (feed, segment) in leave {
            self.leave(feed, segment, number)?;
        }
        for feed in join {
            let segment = self.join(feed, number)?;
            stored.routes.push((feed, segment));
        }
        Ok(moved)
    }

    /// The views that an article fits.
    fn view_keys(&mut self, article: &Article) -> Result<Vec<FeedKey>> {
        let views = self.index.views()?.to_vec();
        if article.hidden || views.is_empty() {
            return Ok(Vec::new());
        }
        let mut titles: HashMap<&ListingId, Option<String>> = HashMap::new();
        for on in &article.listings {
            titles.insert(&on.listing, self.index.listing(&on.listing)?.map(|listing| listing.title));
        }
        let title_of = |id: &ListingId| titles.get(id).cloned().flatten();
        let fits = views.iter().filter(|(_, filter)| filter.matches(article, &title_of));
        Ok(fits.map(|(id, _)| FeedKey::named(FeedKind::View, id.as_str())).collect())
    }

    /// The numbers of those feeds that exist.
    fn numbers_of(&self, keys: Vec<FeedKey>) -> Result<Vec<u32>> {
        let mut numbers = Vec::with_capacity(keys.len());
        for key in keys {
            if let Some(number) = self.index.feed_number(&key)?.filter(|number| !numbers.contains(number)) {
                numbers.push(number);
            }
        }
        Ok(numbers)
    }

    fn join(&mut self, feed_number: u32, number: u32) -> Result<u32> {
        let Some(mut feed) = self.index.feed(feed_number)? else { return Ok(0) };
        let mut last = feed.segments.saturating_sub(1);
        let mut segment = self.index.segment(feed_number, last)?;
        if segment.entered as usize >= SEGMENT {
            last += 1;
            segment = self.index.segment(feed_number, last)?;
        }
        segment.members.push(number);
        segment.entered += 1;
        segment.changed = self.seq;
        if segment.entered as usize == SEGMENT {
            // A page closes, and the one before it learns its successor.
            self.index.touched.archives.extend([(feed_number, last)]);
            if last > 0 {
                self.index.touched.archives.insert((feed_number, last - 1));
            }
        }
        self.index.put_segment(feed_number, last, &segment)?;
        feed.segments = last + 1;
        feed.count += 1;
        (feed.updated, feed.changed) = (self.at, self.seq);
        self.index.put_feed(feed_number, &feed)?;
        Ok(last)
    }

    fn leave(&mut self, feed_number: u32, segment_number: u32, number: u32) -> Result<()> {
        let Some(mut feed) = self.index.feed(feed_number)? else { return Ok(()) };
        let mut segment = self.index.segment(feed_number, segment_number)?;
        segment.members.retain(|member| *member != number);
        segment.changed = self.seq;
        if segment.entered as usize >= SEGMENT {
            self.index.touched.archives.insert((feed_number, segment_number));
        }
        self.index.put_segment(feed_number, segment_number, &segment)?;
        feed.count = feed.count.saturating_sub(1);
        feed.changed = self.seq;
        if segment_number + WINDOW_SEGMENTS >= feed.segments {
            feed.updated = self.at;
        }
        self.index.put_feed(feed_number, &feed)
    }

    /// Notes that an article's own page changed, but nothing that feeds show of it. One of its feeds remembers
    /// that, so that a start after a crash finds it.
    fn note(&mut self, stored: &Stored) -> Result<()> {
        self.index.touched.articles.insert(stored.article.id);
        let Some((feed_number, segment_number)) = stored.routes.first() else { return Ok(()) };
        let Some(mut feed) = self.index.feed(*feed_number)? else { return Ok(()) };
        let mut segment = self.index.segment(*feed_number, *segment_number)?;
        (feed.changed, segment.changed) = (self.seq, self.seq);
        self.index.put_segment(*feed_number, *segment_number, &segment)?;
        self.index.put_feed(*feed_number, &feed)
    }

    /// Notes that what feeds show of an article changed.
    fn touch(&mut self, number: u32, stored: &Stored) -> Result<()> {
        debug_assert!(self.index.number(stored.article.id)? == Some(number), "an article keeps its number");
        self.index.touched.articles.insert(stored.article.id);
        for (feed_number, segment_number) in &stored.routes {
            let Some(mut feed) = self.index.feed(*feed_number)? else { continue };
            let mut segment = self.index.segment(*feed_number, *segment_number)?;
            segment.changed = self.seq;
            if segment.entered as usize >= SEGMENT {
                self.index.touched.archives.insert((*feed_number, *segment_number));
            }
            self.index.put_segment(*feed_number, *segment_number, &segment)?;
            feed.changed = self.seq;
            if segment_number + WINDOW_SEGMENTS >= feed.segments {
                feed.updated = self.at;
            }
            self.index.put_feed(*feed_number, &feed)?;
        }
        Ok(())
    }
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

/// Forgets what a listing holds: its next scan is a baseline.
fn forget(listing: &mut Listing) {
    listing.baseline = None;
    listing.held.clear();
    listing.believed.clear();
    listing.hold = None;
}

/// The source of an article that names none: the title of its first listing.
pub(super) fn unnamed_source(index: &Index<'_>, article: &Article) -> Result<String> {
    if article.source.is_some() {
        return Ok(String::new());
    }
    let Some(on) = article.listings.first() else { return Ok(String::new()) };
    Ok(index.listing(&on.listing)?.map_or_else(|| on.listing.to_string(), |listing| listing.title))
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
