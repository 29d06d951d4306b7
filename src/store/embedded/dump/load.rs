//! Reading a dump into an empty index.

use std::io::{BufRead, Read};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::wire::{Article, Begin, Counts, Days, End, Feed, Line, Segment, Target, VERSION, WHAT};
use crate::model::Day;
use crate::store::embedded::index::{self, Applied, Index, Stored};
use crate::store::embedded::journal::{damaged, io};
use crate::store::embedded::wire::LINE_BYTES;
use crate::store::{Result, StoreError};

/// How many entries of the index are written as one batch.
const BATCH: usize = 8_000;

/// Reads a dump into an empty index, in batches. Returns the mark that the index is to get, which does not yet say
/// where the journal goes on; the last batch and that mark are the caller's to apply.
///
/// `source` is only for messages. `seen` hears of every line, its end included, before it is read.
///
/// # Errors
/// [`StoreError::Damaged`] with the line that is damaged, missing, or no line of a dump; [`StoreError::Newer`];
/// [`StoreError::Io`]; what `seen` says. What was loaded until then is to be thrown away.
pub(in super::super) fn load(
    index: &mut Index<'_>,
    mut reader: impl BufRead,
    source: &Path,
    seen: &mut dyn FnMut(&[u8]) -> Result<()>,
) -> Result<Applied> {
    let mut loader = Loader::new(source);
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = reader.by_ref().take(LINE_BYTES as u64 + 64).read_until(b'\n', &mut line);
        if read.map_err(|error| io("read", source, &error))? == 0 {
            return loader.finish();
        }
        seen(&line)?;
        loader.take(index, &line)?;
    }
}

/// A dump that is being read.
pub(in super::super) struct Loader {
    source: PathBuf,
    /// The number of the last line, and its CRC.
    at: u64,
    crc: u32,
    begin: Option<Begin>,
    end: Option<End>,
    counts: Counts,
    /// The listing whose held articles follow.
    listing: Option<(crate::model::ListingId, index::Listing)>,
    views: Vec<(crate::model::ListingId, crate::model::filter::Filter)>,
    events: Vec<index::HealthEntry>,
}

impl Loader {
    pub(in super::super) fn new(source: &Path) -> Self {
        Self {
            source: source.to_owned(),
            at: 0,
            crc: 0,
            begin: None,
            end: None,
            counts: Counts::default(),
            listing: None,
            views: Vec::new(),
            events: Vec::new(),
        }
    }

    /// Takes one line in.
    ///
    /// # Errors
    /// As [`load`].
    pub(in super::super) fn take(&mut self, index: &mut Index<'_>, line: &[u8]) -> Result<()> {
        self.at += 1;
        let json = self.check(line)?;
        if self.begin.is_none() {
            self.begin = Some(self.begin(json)?);
            return Ok(());
        }
        if self.end.is_some() {
            return Err(self.wrong("a line after the last one"));
        }
        let line = match serde_json::from_slice(json) {
            Ok(line) => line,
            Err(error) => return Err(self.wrong(&error.to_string())),
        };
        if let Line::End(end) = line {
            if self.counts != end.lines {
                return Err(self.wrong("the last line counts others than there are before it"));
            }
            self.end = Some(end);
            return self.put_rest(index);
        }
        self.counts.count(&line);
        self.put(index, line)?;
        if index.txn.len() > BATCH {
            index.txn.apply()?;
            index.touched = index::Touched::default();
        }
        Ok(())
    }

    /// The mark of the index after the last line.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when there was no last line.
    pub(in super::super) fn finish(mut self) -> Result<Applied> {
        self.at += 1;
        let (Some(begin), Some(end)) = (&self.begin, &self.end) else {
            return Err(self.wrong(match self.begin {
                None => "it is empty",
                Some(_) => "it ends here, and its last line is missing: it was cut",
            }));
        };
        if begin.seq != end.seq || begin.crc != end.crc {
            return Err(self.wrong("its last line is that of another dump"));
        }
        Ok(Applied {
            schema: index::SCHEMA,
            store: begin.store,
            created: begin.created,
            seq: begin.seq,
            at: begin.at,
            file: 0,
            end: 0,
            crc: begin.crc,
            next_article: begin.next_article,
            next_feed: begin.next_feed,
        })
    }

    /// What is known of the store once the first line was read: its last record, how many articles it has, how many
    /// deliveries.
    pub(in super::super) fn extent(&self) -> Option<(u64, u64, u64)> {
        self.begin.as_ref().map(|begin| (begin.seq, begin.articles, begin.deliveries))
    }

    fn wrong(&self, what: &str) -> StoreError {
        damaged(&self.source, self.at, what)
    }

    /// Checks a line against the one before it; its JSON.
    fn check<'l>(&mut self, line: &'l [u8]) -> Result<&'l [u8]> {
        let parts =
            line.strip_suffix(b"\n").and_then(|body| body.split_at_checked(body.len().checked_sub(9)?));
        let stated = |tail: &[u8]| {
            let hex = std::str::from_utf8(tail.strip_prefix(b"\t")?).ok()?;
            u32::from_str_radix(hex, 16).ok()
        };
        let whole = parts.and_then(|(json, tail)| Some((json, stated(tail)?)));
        let Some((json, stated)) = whole else {
            return Err(self.wrong(match (self.at, line.ends_with(b"\n")) {
                (1, _) => "this is no export of tidings: it does not begin with a line of one",
                (_, false) => "the line is not whole: the file was cut",
                _ => "the line has no checksum",
            }));
        };
        self.crc = crc32c::crc32c_append(self.crc, json);
        if self.crc != stated {
            let what = "the checksum does not match: the line is damaged, or one before it is missing";
            return Err(self.wrong(what));
        }
        Ok(json)
    }

    fn begin(&self, json: &[u8]) -> Result<Begin> {
        #[derive(Deserialize)]
        #[serde(rename_all = "lowercase")]
        enum First {
            Begin(Envelope),
        }
        #[derive(Deserialize)]
        struct Envelope {
            what: String,
            v: u32,
        }
        match serde_json::from_slice(json) {
            Ok(First::Begin(Envelope { what, v })) if what == WHAT => {
                if v > VERSION {
                    let what = format!(
                        "it was written by a newer version of tidings (dump version {v}, this one knows {VERSION})"
                    );
                    return Err(StoreError::Newer { file: self.source.clone(), line: self.at, what });
                }
            }
            _ => {
                return Err(self.wrong("this is no export of tidings: it does not begin with a line of one"));
            }
        }
        match serde_json::from_slice(json) {
            Ok(Line::Begin(begin)) => Ok(begin),
            Ok(_) => Err(self.wrong("its first line is another one's")),
            Err(error) => Err(self.wrong(&error.to_string())),
        }
    }

    fn put(&mut self, index: &mut Index<'_>, line: Line) -> Result<()> {
        if !matches!(line, Line::Holds(_)) {
            self.put_listing(index)?;
        }
        match line {
            Line::Begin(_) | Line::End(_) => Err(self.wrong("a first line in the middle")),
            Line::Site(site) => Ok(index.put_site(&site.name, site.uid)?),
            Line::Listing(listing) => {
                self.listing = Some((listing.id.clone(), listing.remembered()));
                Ok(())
            }
            Line::Holds(holds) => match &mut self.listing {
                Some((id, listing)) if *id == holds.listing => {
                    listing.held.extend(holds.remembered());
                    Ok(())
                }
                _ => Err(self.wrong("what a listing holds does not follow that listing")),
            },
            Line::Feed(feed) => self.feed(index, *feed),
            Line::Segment(segment) => {
                let Segment { feed, number, members, entered, changed } = segment;
                Ok(index.put_segment(feed, number, &index::Segment { members, entered, changed })?)
            }
            Line::Slug(slug) => Ok(index.put_slug(slug.kind, &slug.slug, slug.feed)?),
            Line::Article(article) => self.article(index, *article),
            Line::Days(days) => self.days(index, days),
            Line::Health(event) => {
                self.events.push(event.into());
                Ok(())
            }
            Line::View(view) => {
                self.views.push((view.id, view.filter));
                Ok(())
            }
            Line::Target(target) => Self::target(index, *target),
            Line::Delivery(delivery) => {
                let id = delivery.id;
                let (progress, message) = delivery.remembered();
                index.put_message(id, &message)?;
                Ok(index.put_in_state(id, &progress)?)
            }
        }
    }

    fn put_listing(&mut self, index: &mut Index<'_>) -> Result<()> {
        if let Some((id, listing)) = self.listing.take() {
            index.put_listing(&id, &listing)?;
        }
        Ok(())
    }

    /// What is kept as one entry of the index.
    fn put_rest(&mut self, index: &mut Index<'_>) -> Result<()> {
        self.put_listing(index)?;
        if !self.events.is_empty() {
            index.put_health_events(&std::mem::take(&mut self.events))?;
        }
        if !self.views.is_empty() {
            index.put_views(std::mem::take(&mut self.views))?;
        }
        index.touched = index::Touched::default();
        Ok(())
    }

    fn feed(&self, index: &mut Index<'_>, feed: Feed) -> Result<()> {
        let number = feed.number;
        let feed = feed.remembered();
        if self.begin.as_ref().is_some_and(|begin| number >= begin.next_feed) {
            return Err(self.wrong("a feed has a number that none has by the first line"));
        }
        if index.feed_number(&feed.key)?.is_some() {
            return Err(self.wrong(&format!("a second feed `{}`", feed.key)));
        }
        Ok(index.add_feed(number, &feed)?)
    }

    fn article(&self, index: &mut Index<'_>, article: Article) -> Result<()> {
        let number = article.number;
        if self.begin.as_ref().is_some_and(|begin| number >= begin.next_article) {
            return Err(self.wrong("an article has a number that none has by the first line"));
        }
        let stored: Stored = article.remembered();
        let article = &stored.article;
        if index.number(article.id)?.is_some() {
            return Err(self.wrong(&format!("a second article {}", article.id)));
        }
        index.put_number(article.id, number)?;
        for key in &article.keys {
            if index.put_key(article.site, *key, number)? != number {
                return Err(self.wrong(&format!("key {key} of article {} is another one's", article.id)));
            }
        }
        if !article.sure {
            index.mark_unsure(number, true)?;
        }
        if article.hidden {
            index.mark_hidden(number, true)?;
        }
        Ok(index.put_stored(number, &stored)?)
    }

    fn days(&self, index: &mut Index<'_>, days: Days) -> Result<()> {
        for (day, second) in days.seconds {
            let Some(day) = Day::from_ymd(1970, 1, 1).and_then(|first| first.plus(day)) else {
                return Err(self.wrong(&format!("there is no day {day}")));
            };
            index.put_day_second(days.site, day, second)?;
        }
        Ok(())
    }

    fn target(index: &mut Index<'_>, target: Target) -> Result<()> {
        let (target, tally) = target.remembered();
        index.put_target(&target)?;
        Ok(index.put_tally(&target.rule.id, &tally)?)
    }
}
