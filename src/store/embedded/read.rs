//! Reading: what the index answers to the questions of the store.

use std::sync::{Mutex, PoisonError};

use super::forget;
use super::index::{Feed, HealthEntry, Index, SEGMENT};
use super::packed;
use super::stored::Stored;
use super::writer::Pending;
use crate::diff::{Past, Recall};
use crate::model::{Article, ArticleId, FeedKey, Health, HealthEvent, Key, ListingId};
use crate::store::{FeedInfo, ListingInfo, Result, StoreError, Unpublished};

/// After a start: what the marks say was never published.
pub(super) fn recover_unpublished(index: &Index<'_>, touched: &Mutex<Pending>) -> Result<()> {
    let Some((upto, _)) = index.published()? else { return Ok(()) };
    let applied = index.applied()?.map_or(0, |applied| applied.seq);
    if applied <= upto {
        return Ok(());
    }
    // What is hidden or forgotten stands in no feed that could tell since when; its own page may still have to go.
    let mut silent = index.hidden()?;
    if index.forgot()?.seq > upto {
        // Also those whose texts are known again by now.
        silent.extend(forget::forgotten(index)?);
    }
    let mut pending = touched.lock().unwrap_or_else(PoisonError::into_inner);
    for number in silent {
        pending.articles.extend(index.core(number)?.map(|core| (core.id, applied)));
    }
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
                let core = index.core(member)?;
                pending.articles.extend(core.map(|core| (core.id, segment.changed)));
            }
        }
    }
    Ok(())
}

/// The past without what the listing holds.
pub(super) fn glance(index: &Index<'_>, listing: &ListingId) -> Result<Past> {
    let known = index.listing_alone(listing)?.filter(|known| !known.retired);
    let known = known.ok_or_else(|| StoreError::NoListing(listing.clone()))?;
    Ok(known.past(index.memo(listing)?.unwrap_or_default()))
}

pub(super) fn past(index: &Index<'_>, listing: &ListingId) -> Result<Past> {
    let known = index.listing(listing)?.filter(|known| !known.retired);
    let known = known.ok_or_else(|| StoreError::NoListing(listing.clone()))?;
    Ok(known.past(index.memo(listing)?.unwrap_or_default()))
}

pub(super) fn recall(
    index: &Index<'_>,
    listing: &ListingId,
    keys: &[Key],
    articles: &[ArticleId],
) -> Result<Recall> {
    let site = index.listing_alone(listing)?.ok_or_else(|| StoreError::NoListing(listing.clone()))?.uid;
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

pub(super) fn articles_of(index: &Index<'_>, numbers: impl Iterator<Item = u32>) -> Result<Vec<Article>> {
    let mut articles = Vec::new();
    for number in numbers {
        articles.extend(index.stored(number)?.map(|stored| stored.article));
    }
    Ok(articles)
}

pub(super) fn articles(index: &Index<'_>, skip: usize, most: usize) -> Result<Vec<Article>> {
    let count = index.applied()?.map_or(0, |applied| applied.next_article);
    let from = u32::try_from(skip).unwrap_or(u32::MAX);
    let to = count.min(from.saturating_add(u32::try_from(most).unwrap_or(u32::MAX)));
    articles_of(index, from..to)
}

pub(super) fn find(index: &Index<'_>, prefix: &str) -> Result<Vec<Article>> {
    let Some((start, digits)) = packed::hex_prefix(prefix) else { return Ok(Vec::new()) };
    let numbers = index.numbers_from(&start, digits, 2)?;
    articles_of(index, numbers.into_iter())
}

pub(super) fn feeds(index: &Index<'_>) -> Result<Vec<FeedInfo>> {
    let feeds = index.feeds()?;
    feeds.into_iter().map(|(number, feed)| info(index, number, feed)).collect()
}

pub(super) fn feed(index: &Index<'_>, key: &FeedKey) -> Result<Option<FeedInfo>> {
    let Some(number) = index.feed_number(key)? else { return Ok(None) };
    index.feed(number)?.map(|feed| info(index, number, feed)).transpose()
}

fn info(index: &Index<'_>, number: u32, feed: Feed) -> Result<FeedInfo> {
    let archives = closed(index, number, &feed)?;
    let Feed { key, label, slug, former, id, count, updated, retired, .. } = feed;
    Ok(FeedInfo { key, label, slug, former, id, count, archives, updated, retired })
}

/// How many of a feed's segments are full.
fn closed(index: &Index<'_>, number: u32, feed: &Feed) -> Result<u32> {
    let Some(last) = feed.segments.checked_sub(1) else { return Ok(0) };
    let full = index.segment(number, last)?.entered as usize >= SEGMENT;
    Ok(last + u32::from(full))
}

pub(super) fn window(index: &Index<'_>, key: &FeedKey, most: usize) -> Result<Vec<Article>> {
    let Some(number) = index.feed_number(key)? else { return Ok(Vec::new()) };
    let segments = index.feed(number)?.map_or(0, |feed| feed.segments);
    let mut numbers = Vec::new();
    for at in (0..segments).rev() {
        numbers.extend(index.segment(number, at)?.members.into_iter().rev());
        if numbers.len() >= most {
            break;
        }
    }
    articles_of(index, numbers.into_iter().take(most))
}

pub(super) fn archive(index: &Index<'_>, key: &FeedKey, page: u32) -> Result<Vec<Article>> {
    let (Some(number), Some(at)) = (index.feed_number(key)?, page.checked_sub(1)) else {
        return Ok(Vec::new());
    };
    let segment = index.segment(number, at)?;
    if (segment.entered as usize) < SEGMENT {
        return Ok(Vec::new());
    }
    articles_of(index, segment.members.into_iter().rev())
}

pub(super) fn health_events(index: &Index<'_>) -> Result<Vec<HealthEvent>> {
    let event = |entry: HealthEntry| {
        let HealthEntry { seq, at, listing, from, to, reason } = entry;
        HealthEvent { seq, at, listing, from, to, reason }
    };
    Ok(index.health_events()?.into_iter().rev().map(event).collect())
}

pub(super) fn listings(index: &Index<'_>) -> Result<Vec<ListingInfo>> {
    let mut found = Vec::new();
    for (id, listing) in index.listings()? {
        found.push(ListingInfo {
            memo: index.memo(&id)?.unwrap_or_default(),
            id,
            title: listing.title,
            tags: listing.tags,
            evident: listing.evident,
            retired: listing.retired,
            health: listing.health,
            since: listing.health_since,
            reason: match listing.health {
                Health::Ok => String::new(),
                _ => listing.reason,
            },
            hold: listing.hold,
            articles: listing.held.len(),
        });
    }
    Ok(found)
}

pub(super) fn unpublished(
    index: &Index<'_>,
    touched: &Mutex<Pending>,
    mark: [u8; 16],
) -> Result<Unpublished> {
    // The sequence number first: what changes after it is looked at again the next time.
    let upto = index.applied()?.map_or(0, |applied| applied.seq);
    let everything = index.published()?.is_none_or(|(_, published)| published != mark);
    let (feeds, archives, articles) = {
        let pending = touched.lock().unwrap_or_else(PoisonError::into_inner);
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

/// Whether an article stands among the last `window` of a feed that is not retired.
pub(super) fn is_shown(index: &Index<'_>, id: ArticleId, window: usize) -> Result<bool> {
    let Some(number) = index.number(id)? else { return Ok(false) };
    let routes = index.core(number)?.map(|core| core.routes).unwrap_or_default();
    for (feed_number, segment_number) in routes {
        let Some(feed) = index.feed(feed_number)?.filter(|feed| !feed.retired) else { continue };
        if feed.count <= window as u64 {
            return Ok(true);
        }
        let members = index.segment(feed_number, segment_number)?.members;
        let mut after = members.iter().rev().position(|member| *member == number).unwrap_or(window);
        for later in segment_number + 1..feed.segments {
            if after >= window {
                break;
            }
            after += index.segment(feed_number, later)?.members.len();
        }
        if after < window {
            return Ok(true);
        }
    }
    Ok(false)
}
