//! Writing a dump: the index from one end to the other, a line at a time.

use super::wire::{
    Article, Begin, Counts, Days, Delivery, End, Feed, Holds, Line, Listing, Segment, Site, Slug, Target,
    VERSION, View, WHAT,
};
use crate::model::SiteUid;
use crate::store::embedded::index::Index;
use crate::store::{Result, StoreError};

/// How many entries of a listing, or days of a site, stand in one line, and how many entries of the index are read in
/// one go.
const STEP: usize = 1_000;

/// Writes all that is remembered, and hands each line on, its end included. The index must stand still meanwhile.
///
/// # Errors
/// What `out` says; [`StoreError::Index`] where the index cannot be read.
pub(in super::super) fn write(index: &mut Index<'_>, out: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
    let applied = index.applied()?.ok_or_else(|| StoreError::Stopped("the index has no mark".into()))?;
    let targets = index.read_targets()?;
    let mut deliveries = 0;
    for target in &targets {
        let tally = index.tally(&target.rule.id)?;
        deliveries += tally.waiting + tally.delivered.count + tally.dead.count;
    }
    let mut lines = Lines { out, crc: 0, counts: Counts::default(), bytes: Vec::new() };
    lines.line(&Line::Begin(Begin {
        what: WHAT.to_owned(),
        v: VERSION,
        store: applied.store,
        created: applied.created,
        seq: applied.seq,
        at: applied.at,
        crc: applied.crc,
        next_article: applied.next_article,
        next_feed: applied.next_feed,
        articles: applied.next_article.into(),
        deliveries,
    }))?;
    for (name, uid) in index.sites()? {
        lines.line(&Line::Site(Site { name, uid }))?;
    }
    lines.listings(index)?;
    lines.feeds(index, applied.next_feed)?;
    for number in 0..applied.next_article {
        if let Some(stored) = index.stored(number)? {
            lines.line(&Line::Article(Box::new(Article::of(number, stored))))?;
        }
    }
    lines.days(index)?;
    for event in index.health_events()? {
        lines.line(&Line::Health(event.into()))?;
    }
    for (id, filter) in index.views()?.to_vec() {
        lines.line(&Line::View(View { id, filter }))?;
    }
    for target in targets {
        let tally = index.tally(&target.rule.id)?;
        lines.line(&Line::Target(Box::new(Target::of(target, tally))))?;
    }
    lines.deliveries(index)?;
    let lines_before = lines.counts;
    lines.line(&Line::End(End { seq: applied.seq, crc: applied.crc, lines: lines_before }))
}

/// How many bytes a dump would have, about: what a thousand articles take stands for all.
///
/// # Errors
/// [`StoreError::Index`] where the index cannot be read.
pub(in super::super) fn estimate(index: &mut Index<'_>) -> Result<u64> {
    let Some(applied) = index.applied()? else { return Ok(0) };
    let mut bytes = 0;
    let mut count = |line: &[u8]| {
        bytes += line.len() as u64;
        Ok(())
    };
    let mut lines = Lines { out: &mut count, crc: 0, counts: Counts::default(), bytes: Vec::new() };
    lines.listings(index)?;
    lines.feeds(index, applied.next_feed)?;
    lines.days(index)?;
    let rest = std::mem::take(&mut bytes);
    let every = (applied.next_article as usize / STEP).max(1);
    let mut sampled = 0;
    for number in (0..applied.next_article).step_by(every) {
        if let Some(stored) = index.stored(number)? {
            let mut lines = Lines {
                out: &mut |line| {
                    bytes += line.len() as u64;
                    Ok(())
                },
                crc: 0,
                counts: Counts::default(),
                bytes: Vec::new(),
            };
            lines.line(&Line::Article(Box::new(Article::of(number, stored))))?;
            sampled += 1;
        }
    }
    let articles = (bytes * u64::from(applied.next_article)).checked_div(sampled).unwrap_or(0);
    Ok(rest + articles)
}

struct Lines<'o> {
    out: &'o mut dyn FnMut(&[u8]) -> Result<()>,
    crc: u32,
    counts: Counts,
    bytes: Vec<u8>,
}

impl Lines<'_> {
    fn line(&mut self, line: &Line) -> Result<()> {
        self.counts.count(line);
        self.bytes.clear();
        serde_json::to_writer(&mut self.bytes, line)
            .map_err(|error| StoreError::Stopped(error.to_string()))?;
        self.crc = crc32c::crc32c_append(self.crc, &self.bytes);
        self.bytes.extend_from_slice(format!("\t{:08x}\n", self.crc).as_bytes());
        (self.out)(&self.bytes)
    }

    fn listings(&mut self, index: &Index<'_>) -> Result<()> {
        for (id, listing) in index.listings()? {
            let (listing, held) = Listing::of(id.clone(), listing);
            self.line(&Line::Listing(Box::new(listing)))?;
            for held in held.chunks(STEP) {
                self.line(&Line::Holds(Holds::of(&id, held)))?;
            }
        }
        Ok(())
    }

    fn feeds(&mut self, index: &Index<'_>, next: u32) -> Result<()> {
        for number in 0..next {
            let Some(feed) = index.feed(number)? else { continue };
            let segments = feed.segments;
            self.line(&Line::Feed(Box::new(Feed::of(number, feed))))?;
            for at in 0..segments {
                let segment = index.segment(number, at)?;
                let (members, entered, changed) = (segment.members, segment.entered, segment.changed);
                self.line(&Line::Segment(Segment { feed: number, number: at, members, entered, changed }))?;
            }
        }
        let mut last = None;
        loop {
            let step = index.slugs_after(last.as_ref(), STEP)?;
            for (kind, slug, feed) in &step {
                self.line(&Line::Slug(Slug { kind: *kind, slug: slug.clone(), feed: *feed }))?;
            }
            match step.into_iter().last() {
                Some((kind, slug, _)) => last = Some((kind, slug)),
                None => return Ok(()),
            }
        }
    }

    /// One line for up to a thousand days of one site.
    fn days(&mut self, index: &Index<'_>) -> Result<()> {
        let mut last: Option<(SiteUid, u32)> = None;
        loop {
            let step = index.day_seconds_after(last, STEP)?;
            let Some((site, day, _)) = step.last() else { return Ok(()) };
            last = Some((*site, *day));
            for days in step.chunk_by(|a, b| a.0 == b.0) {
                let Some((site, _, _)) = days.first() else { continue };
                let seconds = days.iter().map(|(_, day, second)| (*day, *second)).collect();
                self.line(&Line::Days(Days { site: *site, seconds }))?;
            }
        }
    }

    fn deliveries(&mut self, index: &Index<'_>) -> Result<()> {
        let mut last = None;
        loop {
            let step = index.progress_after(last, STEP)?;
            let Some((id, _)) = step.last() else { return Ok(()) };
            last = Some(*id);
            for (id, progress) in step {
                if let Some(message) = index.message(id)? {
                    self.line(&Line::Delivery(Box::new(Delivery::of(id, progress, message))))?;
                }
            }
        }
    }
}
