//! Entries that one article after another changes: feeds, their stretches, the seconds given on days. They are kept as
//! values, and encoded once for all the articles of a group.

use std::collections::BTreeMap;

use super::{DAYS, Feed, Index, Segment, at};
use crate::model::{Day, SiteUid};
use crate::store::embedded::txn::Result;

/// What a feed takes while it is open, about; a stretch and the days of an entry likewise.
const SIZE: usize = 512;

/// Entries as they will be.
#[derive(Debug, Default)]
pub(in super::super) struct Open {
    pub(super) feeds: BTreeMap<u32, Feed>,
    segments: BTreeMap<(u32, u32), Segment>,
    /// By the key of the entry.
    days: BTreeMap<Vec<u8>, BTreeMap<u32, u32>>,
}

impl Open {
    pub(super) fn is_empty(&self) -> bool {
        self.feeds.is_empty() && self.segments.is_empty() && self.days.is_empty()
    }

    pub(super) fn size(&self) -> usize {
        (self.feeds.len() + self.segments.len() + self.days.len()) * SIZE
    }
}

impl Index<'_> {
    pub(in super::super) fn feed(&self, number: u32) -> Result<Option<Feed>> {
        match self.open.feeds.get(&number) {
            Some(feed) => Ok(Some(feed.clone())),
            None => self.txn.get(&at::feed(number)),
        }
    }

    /// A feed, to be changed.
    pub(in super::super) fn feed_mut(&mut self, number: u32) -> Result<Option<&mut Feed>> {
        if !self.open.feeds.contains_key(&number)
            && let Some(feed) = self.txn.get(&at::feed(number))?
        {
            self.open.feeds.insert(number, feed);
        }
        let feed = self.open.feeds.get_mut(&number);
        if feed.is_some() {
            self.touched.feeds.insert(number);
        }
        Ok(feed)
    }

    pub(in super::super) fn put_feed(&mut self, number: u32, feed: Feed) {
        self.touched.feeds.insert(number);
        self.open.feeds.insert(number, feed);
    }

    pub(in super::super) fn segment(&self, feed: u32, number: u32) -> Result<Segment> {
        match self.open.segments.get(&(feed, number)) {
            Some(segment) => Ok(segment.clone()),
            None => Ok(self.txn.get(&at::segment(feed, number))?.unwrap_or_default()),
        }
    }

    /// A stretch of a feed, to be changed.
    pub(in super::super) fn segment_mut(&mut self, feed: u32, number: u32) -> Result<&mut Segment> {
        let known = self.open.segments.contains_key(&(feed, number));
        let stored = if known { None } else { self.txn.get(&at::segment(feed, number))? };
        Ok(self.open.segments.entry((feed, number)).or_insert_with(|| stored.unwrap_or_default()))
    }

    pub(in super::super) fn put_segment(&mut self, feed: u32, number: u32, segment: Segment) {
        self.open.segments.insert((feed, number), segment);
    }

    /// The greatest second given to a date-only article of `site` on that day.
    pub(in super::super) fn day_second(&mut self, site: SiteUid, day: Day) -> Result<u32> {
        Ok(self.days(site, day)?.get(&(day.number() % DAYS)).copied().unwrap_or(0))
    }

    pub(in super::super) fn put_day_second(&mut self, site: SiteUid, day: Day, second: u32) -> Result<()> {
        self.days(site, day)?.insert(day.number() % DAYS, second);
        Ok(())
    }

    fn days(&mut self, site: SiteUid, day: Day) -> Result<&mut BTreeMap<u32, u32>> {
        let key = at::days(site, day.number());
        let known = self.open.days.contains_key(&key);
        let stored = if known { None } else { self.txn.get(&key)? };
        Ok(self.open.days.entry(key).or_insert_with(|| stored.unwrap_or_default()))
    }

    /// Encodes what is open.
    pub(super) fn close(&mut self) -> Result<()> {
        let Open { feeds, segments, days } = std::mem::take(&mut self.open);
        for (number, feed) in feeds {
            self.txn.put(at::feed(number), &feed)?;
        }
        for ((feed, number), segment) in segments {
            self.txn.put(at::segment(feed, number), &segment)?;
        }
        // Many are only looked at, and those that are on no day are none.
        for (key, days) in days.into_iter().filter(|(_, days)| !days.is_empty()) {
            self.txn.put(key, &days)?;
        }
        Ok(())
    }
}
