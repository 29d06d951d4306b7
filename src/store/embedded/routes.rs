//! Which feeds an article is in: entering, leaving, and noting that what they show changed.

use std::collections::HashMap;

use super::apply::Apply;
use super::index::{Index, SEGMENT, Segment};
use super::stored::Stored;
use super::txn::Result;
use crate::model::feed::{Membership, of_article};
use crate::model::{Article, ArticleId, FeedKey, FeedKind, ListingId};
use crate::store::WINDOW_MAX;

/// How many of a feed's last segments a window can show.
const WINDOW_SEGMENTS: u32 = (WINDOW_MAX / SEGMENT) as u32 + 1;

impl Apply<'_, '_> {
    /// Puts the article into the feeds it belongs to, and takes it out of those it no longer does.
    pub(super) fn route(&mut self, number: u32, stored: &mut Stored) -> Result<()> {
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
    pub(super) fn route_to(&mut self, number: u32, stored: &mut Stored, wanted: &[u32]) -> Result<bool> {
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
    pub(super) fn view_keys(&mut self, article: &Article) -> Result<Vec<FeedKey>> {
        let views = self.index.views()?.to_vec();
        if !article.is_shown() || views.is_empty() {
            return Ok(Vec::new());
        }
        let mut titles: HashMap<&ListingId, Option<String>> = HashMap::new();
        for on in &article.listings {
            titles.insert(&on.listing, self.index.listing_alone(&on.listing)?.map(|listing| listing.title));
        }
        let title_of = |id: &ListingId| titles.get(id).cloned().flatten();
        let fits = views.iter().filter(|(_, filter)| filter.matches(article, &title_of));
        Ok(fits.map(|(id, _)| FeedKey::named(FeedKind::View, id.as_str())).collect())
    }

    /// The numbers of those feeds that exist.
    pub(super) fn numbers_of(&self, keys: Vec<FeedKey>) -> Result<Vec<u32>> {
        let mut numbers = Vec::with_capacity(keys.len());
        for key in keys {
            if let Some(number) = self.index.feed_number(&key)?.filter(|number| !numbers.contains(number)) {
                numbers.push(number);
            }
        }
        Ok(numbers)
    }

    pub(super) fn join(&mut self, feed_number: u32, number: u32) -> Result<u32> {
        let Some(feed) = self.index.feed_mut(feed_number)? else { return Ok(0) };
        let mut last = feed.segments.saturating_sub(1);
        if self.index.segment_mut(feed_number, last)?.entered as usize >= SEGMENT {
            last += 1;
        }
        let segment = self.index.segment_mut(feed_number, last)?;
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
        if let Some(feed) = self.index.feed_mut(feed_number)? {
            feed.segments = last + 1;
            feed.count += 1;
            (feed.updated, feed.changed) = (self.at, self.seq);
        }
        Ok(last)
    }

    pub(super) fn leave(&mut self, feed_number: u32, segment_number: u32, number: u32) -> Result<()> {
        let (seq, at) = (self.seq, self.at);
        let Some(feed) = self.index.feed_mut(feed_number)? else { return Ok(()) };
        feed.count = feed.count.saturating_sub(1);
        feed.changed = seq;
        if segment_number + WINDOW_SEGMENTS >= feed.segments {
            feed.updated = at;
        }
        let segment = self.segment_changed(feed_number, segment_number)?;
        segment.members.retain(|member| *member != number);
        Ok(())
    }

    /// Notes that an article's own page changed, but nothing that feeds show of it. One of its feeds remembers
    /// that, so that a start after a crash finds it.
    pub(super) fn note(&mut self, id: ArticleId, routes: &[(u32, u32)]) -> Result<()> {
        let seq = self.seq;
        self.index.touched.articles.insert(id);
        let Some((feed_number, segment_number)) = routes.first() else { return Ok(()) };
        let Some(feed) = self.index.feed_mut(*feed_number)? else { return Ok(()) };
        feed.changed = seq;
        self.index.segment_mut(*feed_number, *segment_number)?.changed = seq;
        Ok(())
    }

    /// Notes that what feeds show of an article changed.
    pub(super) fn touch(&mut self, number: u32, stored: &Stored) -> Result<()> {
        debug_assert!(self.index.number(stored.article.id)? == Some(number), "an article keeps its number");
        let (seq, at) = (self.seq, self.at);
        self.index.touched.articles.insert(stored.article.id);
        for (feed_number, segment_number) in &stored.routes {
            let Some(feed) = self.index.feed_mut(*feed_number)? else { continue };
            feed.changed = seq;
            if segment_number + WINDOW_SEGMENTS >= feed.segments {
                feed.updated = at;
            }
            self.segment_changed(*feed_number, *segment_number)?;
        }
        Ok(())
    }

    /// A stretch of a feed that this record changes. A full one is an archive page.
    fn segment_changed(&mut self, feed: u32, number: u32) -> Result<&mut Segment> {
        let seq = self.seq;
        if self.index.segment_mut(feed, number)?.entered as usize >= SEGMENT {
            self.index.touched.archives.insert((feed, number));
        }
        let segment = self.index.segment_mut(feed, number)?;
        segment.changed = seq;
        Ok(segment)
    }
}

/// The source of an article that names none: the title of its first listing.
pub(super) fn unnamed_source(index: &Index<'_>, article: &Article) -> Result<String> {
    if article.source.is_some() {
        return Ok(String::new());
    }
    let Some(on) = article.listings.first() else { return Ok(String::new()) };
    Ok(index.listing_alone(&on.listing)?.map_or_else(|| on.listing.to_string(), |listing| listing.title))
}
