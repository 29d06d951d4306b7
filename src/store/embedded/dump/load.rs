//! Reading a dump into an empty index.

use std::io::{BufRead, Read};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::value::RawValue;

use super::wire::{Article, Begin, Counts, Days, End, Feed, Line, Segment, Target, VERSION, WHAT};
use crate::model::Day;
use crate::store::embedded::index::{self, Applied, Index};
use crate::store::embedded::journal::{damaged, io};
use crate::store::embedded::place::Place;
use crate::store::embedded::sum::Sum;
use crate::store::embedded::wire::LINE_BYTES;
use crate::store::{Result, StoreError};

/// What is said of a file that is something else.
const FOREIGN: &str = "this is no export of tidings: it does not begin with a line of one";

/// What is said where a checksum is wrong.
const MISMATCH: &str = "the checksum does not match: the line is damaged, or one before it is missing";

/// How many bytes are applied to the index as one batch.
const BATCH_BYTES: usize = 8 << 20;

/// Reads a dump into an empty index, in batches. The last of them, and where the journal goes on, are the caller's to
/// put into the index's mark and to apply.
///
/// `file` is the number of the journal file that these very lines are, where they are one: then the index points at
/// texts there. `source` is only for messages. `seen` hears of every line before it is read.
///
/// # Errors
/// [`StoreError::Damaged`] with the line that is damaged, missing, or no line of a dump; [`StoreError::Newer`];
/// [`StoreError::Io`]; what `seen` says. What was loaded until then is to be thrown away.
pub(in super::super) fn load(
    index: &mut Index<'_>,
    mut reader: impl BufRead,
    source: &Path,
    file: Option<u32>,
    seen: &mut dyn FnMut(&[u8], &Loader) -> Result<()>,
) -> Result<()> {
    let mut loader = Loader::new(source);
    let mut line = Vec::new();
    let mut offset = 0;
    loop {
        line.clear();
        let read = reader.by_ref().take(LINE_BYTES as u64 + 64).read_until(b'\n', &mut line);
        if read.map_err(|error| io("read", source, &error))? == 0 {
            return loader.finish();
        }
        loader.take(index, &line, file.map(|file| (file, offset)))?;
        seen(&line, &loader)?;
        offset += line.len() as u64;
    }
}

/// A dump that is being read.
pub(in super::super) struct Loader {
    source: PathBuf,
    /// The number of the last line, and its CRC.
    at: u64,
    crc: u32,
    pub(super) begin: Option<Begin>,
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
    pub(in super::super) fn take(
        &mut self,
        index: &mut Index<'_>,
        line: &[u8],
        place: Option<(u32, u64)>,
    ) -> Result<()> {
        let (json, line) = self.read(line)?;
        match line {
            Line::Begin(begin) => {
                index.applied = Some(begin.applied());
                return Ok(());
            }
            Line::End(_) => return self.put_rest(index),
            line => {
                let place = place.and_then(|(file, offset)| text_of(json, file, offset));
                self.put(index, line, place)?;
            }
        }
        if index.size() > BATCH_BYTES {
            index.apply()?;
            index.touched = index::Touched::default();
        }
        Ok(())
    }

    /// Reads one line, and puts it nowhere.
    ///
    /// # Errors
    /// As [`load`].
    pub(super) fn read<'l>(&mut self, line: &'l [u8]) -> Result<(&'l [u8], Line)> {
        self.at += 1;
        let json = self.check(line)?;
        if self.begin.is_none() {
            let begin = begin_of(json, &self.source)?;
            self.begin = Some(begin.clone());
            return Ok((json, Line::Begin(begin)));
        }
        if self.end.is_some() {
            return Err(self.wrong("a line after the last one"));
        }
        let line = serde_json::from_slice(json).map_err(|error| self.wrong(&error.to_string()))?;
        match &line {
            Line::Begin(_) => return Err(self.wrong("a first line in the middle")),
            Line::End(end) if self.counts != end.lines => {
                return Err(self.wrong("the last line counts others than there are before it"));
            }
            Line::End(end) => self.end = Some(end.clone()),
            other => self.counts.count(other),
        }
        Ok((json, line))
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when there was no last line.
    pub(in super::super) fn finish(mut self) -> Result<()> {
        self.at += 1;
        match (&self.begin, &self.end) {
            (None, _) => Err(self.wrong("it is empty")),
            (Some(_), None) => Err(self.wrong("it ends here, and its last line is missing: it was cut")),
            (Some(begin), Some(end)) if begin.seq != end.seq || begin.crc != end.crc => {
                Err(self.wrong("its last line is that of another dump"))
            }
            (Some(_), Some(_)) => Ok(()),
        }
    }

    /// How many articles there are, by the first line.
    pub(in super::super) fn articles(&self) -> u64 {
        self.begin.as_ref().map_or(0, |begin| begin.articles)
    }

    fn wrong(&self, what: &str) -> StoreError {
        damaged(&self.source, self.at, what)
    }

    /// Checks a line against the one before it; its JSON.
    fn check<'l>(&mut self, line: &'l [u8]) -> Result<&'l [u8]> {
        let (json, stated) = match (parts(line), self.at) {
            (Some(parts), _) => parts,
            (None, 1) => return Err(self.wrong(FOREIGN)),
            (None, _) if line.ends_with(b"\n") => return Err(self.wrong("the line has no checksum")),
            (None, _) => return Err(self.wrong("the line is not whole: the file was cut")),
        };
        self.crc = crc32c::crc32c_append(self.crc, json);
        if self.crc != stated {
            return Err(self.wrong(MISMATCH));
        }
        Ok(json)
    }

    fn put(&mut self, index: &mut Index<'_>, line: Line, place: Option<Place>) -> Result<()> {
        if !matches!(line, Line::Holds(_)) {
            self.put_listing(index)?;
        }
        match line {
            Line::Begin(_) | Line::End(_) => Ok(()),
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
                {
                    index.put_segment(feed, number, index::Segment { members, entered, changed });
                    Ok(())
                }
            }
            Line::Slug(slug) => Ok(index.put_slug(slug.kind, &slug.slug, slug.feed)?),
            Line::Article(article) => self.article(index, *article, place),
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
        Ok(index.add_feed(number, feed)?)
    }

    fn article(&self, index: &mut Index<'_>, article: Article, place: Option<Place>) -> Result<()> {
        let number = article.number;
        if self.begin.as_ref().is_some_and(|begin| number >= begin.next_article) {
            return Err(self.wrong("an article has a number that none has by the first line"));
        }
        let stored = article.remembered(place);
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
        if let Some(story) = stored.story() {
            index.put_story(story, number)?;
        }
        if !article.sure {
            index.mark_unsure(number, true)?;
        }
        if article.hidden {
            index.mark_hidden(number, true)?;
        }
        if article.forgotten.is_some() {
            let count = index.forgot()?.count + u64::from(article.is_textless());
            let seq = self.begin.as_ref().map_or(1, |begin| begin.seq);
            index.put_forgot(index::Forgot { seq, count })?;
        }
        index.put_stored(number, &stored);
        Ok(())
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

/// The JSON of a line, and the checksum that it states.
fn parts(line: &[u8]) -> Option<(&[u8], u32)> {
    let body = line.strip_suffix(b"\n")?;
    let (json, tail) = body.split_at_checked(body.len().checked_sub(9)?)?;
    let hex = std::str::from_utf8(tail.strip_prefix(b"\t")?).ok()?;
    Some((json, u32::from_str_radix(hex, 16).ok()?))
}

/// The JSON of a first line, checked.
pub(super) fn checked_first<'l>(line: &'l [u8], source: &Path) -> Result<&'l [u8]> {
    let (json, stated) = parts(line).ok_or_else(|| damaged(source, 1, FOREIGN))?;
    if crc32c::crc32c(json) == stated { Ok(json) } else { Err(damaged(source, 1, MISMATCH)) }
}

/// Reads a first line.
pub(super) fn begin_of(json: &[u8], source: &Path) -> Result<Begin> {
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
                return Err(StoreError::Newer { file: source.to_owned(), line: 1, what });
            }
        }
        _ => return Err(damaged(source, 1, FOREIGN)),
    }
    match serde_json::from_slice(json) {
        Ok(Line::Begin(begin)) => Ok(begin),
        Ok(_) => Err(damaged(source, 1, FOREIGN)),
        Err(error) => Err(damaged(source, 1, &error.to_string())),
    }
}

/// Where the texts of an article stand, given its line and where that stands.
fn text_of(json: &[u8], file: u32, offset: u64) -> Option<Place> {
    #[derive(Deserialize)]
    struct Span<'a> {
        #[serde(borrow)]
        article: Is<'a>,
    }
    #[derive(Deserialize)]
    struct Is<'a> {
        #[serde(borrow)]
        is: As<'a>,
    }
    #[derive(Deserialize)]
    struct As<'a> {
        #[serde(borrow, rename = "as")]
        content: &'a RawValue,
    }
    if !json.starts_with(b"{\"article\"") {
        return None;
    }
    let span: Span<'_> = serde_json::from_slice(json).ok()?;
    let text = span.article.is.content.get().as_bytes();
    let from = (text.as_ptr() as usize).checked_sub(json.as_ptr() as usize)?;
    let len = u32::try_from(text.len()).ok()?;
    Some(Place { file, offset: offset + from as u64, len, crc: crc32c::crc32c(text) })
}

impl Begin {
    /// The mark of an index that holds what follows; where the journal goes on is not in it.
    fn applied(&self) -> Applied {
        Applied {
            schema: index::SCHEMA,
            store: self.store,
            created: self.created,
            seq: self.seq,
            at: self.at,
            file: 0,
            end: 0,
            crc: self.crc,
            next_article: self.next_article,
            next_feed: self.next_feed,
            next_name: 0,
            generation: 0,
            sum: Sum::default(),
        }
    }
}
