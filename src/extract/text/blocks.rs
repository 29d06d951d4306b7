//! Which lines make an entry.
//!
//! A block is: the source (once or twice), the date line, the body (title, summary, tags), the closing line,
//! the title again. Titles and summaries may look like date lines or closing lines; what is redundant on the
//! page tells them apart, the title that is repeated after the closing line first of all.

use std::ops::Range;

use super::header;
use super::lines::{Kind, Lines};
use super::noise;
use super::phrase;

/// How many pinning lines are looked at to decide about one.
const LOOK_AHEAD: usize = 4;

/// The lines of one entry, as positions among the lines of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Block {
    /// Where the stretch since the block before begins; it ends at `first`.
    pub(super) gap: usize,
    /// The first line: the source, or the date line where no source is printed.
    pub(super) first: usize,
    /// The source.
    pub(super) source: Option<usize>,
    /// The date line.
    pub(super) date: usize,
    /// Title, summary, tags.
    pub(super) body: Range<usize>,
    /// The closing line.
    pub(super) close: Option<usize>,
    /// The line after the block.
    pub(super) end: usize,
    /// Whether the title stands again after the closing line.
    pub(super) repeated: bool,
    /// Whether the repeated title is cut by the end of the page.
    pub(super) cut_repeat: bool,
    /// Whether a line that looks like a date line was judged without the proof that the repeated title gives.
    pub(super) unsure: bool,
}

/// Finds the blocks of a page, in order. Linear.
pub(super) fn find(lines: &Lines<'_>) -> Vec<Block> {
    let finder = Finder::new(lines);
    let mut blocks: Vec<Block> = Vec::new();
    let mut anchor = 0;
    let mut gap = 0;
    while let Some(at) = finder.next_date(anchor, gap) {
        let (block, next) = finder.block(at, gap);
        gap = block.end;
        anchor = next;
        blocks.push(block);
    }
    settle_sources(lines, &mut blocks);
    blocks
}

/// A judgement on a line that looks like it pins an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Proven(bool),
    Likely(bool),
}

struct Finder<'l, 't> {
    lines: &'l Lines<'t>,
    /// Lines that look like they pin an entry.
    anchors: Vec<usize>,
    /// Whether this page prints sources twice.
    doubles: bool,
}

impl<'l, 't> Finder<'l, 't> {
    fn new(lines: &'l Lines<'t>) -> Self {
        let anchors: Vec<usize> = (0..lines.len()).filter(|at| lines.kind(*at) != Kind::Text).collect();
        let dates = anchors.iter().filter(|at| matches!(lines.kind(**at), Kind::Date(_)));
        let doubled = dates.clone().filter(|at| is_doubled(lines, **at, 0)).count();
        let doubles = doubled * 2 > dates.count();
        Self { lines, anchors, doubles }
    }

    /// The first anchor from `anchor` on that is a date line at or after line `from`.
    fn next_date(&self, anchor: usize, from: usize) -> Option<usize> {
        (anchor..self.anchors.len()).find(|at| {
            let line = self.line(*at);
            line >= from && matches!(self.lines.kind(line), Kind::Date(_))
        })
    }

    /// The line of an anchor; beyond the last one, the end of the page.
    fn line(&self, anchor: usize) -> usize {
        self.anchors.get(anchor).copied().unwrap_or(self.lines.len())
    }

    fn is_close(&self, anchor: usize) -> bool {
        matches!(self.lines.kind(self.line(anchor)), Kind::Close(_))
    }

    /// The lines of the next few anchors after `anchor` that look like closing lines.
    fn closes_ahead(&self, anchor: usize) -> impl Iterator<Item = usize> {
        let ahead = anchor + 1..=anchor + LOOK_AHEAD;
        ahead.filter(|next| self.is_close(*next)).map(|next| self.line(next))
    }

    /// The block of the date line at `anchor`, and the anchor to go on from.
    fn block(&self, anchor: usize, gap: usize) -> (Block, usize) {
        let date = self.line(anchor);
        let (source, first) = source_of(self.lines, date, gap);
        let mut unsure = false;
        let ends = |next: &usize| {
            let closes = self.is_close(*next);
            let verdict = if closes { self.closes(date, *next) } else { self.begins(date, *next) };
            unsure |= !closes && matches!(verdict, Verdict::Likely(_));
            matches!(verdict, Verdict::Proven(true) | Verdict::Likely(true))
        };
        let count = self.anchors.len();
        let end = (anchor + 1..count).find(ends).unwrap_or(count);
        (Block { gap, first, source, unsure, ..self.bounded(date, end) }, end)
    }

    /// The block from the date line at `date` to the closing line, date line or end of page at anchor `end`.
    fn bounded(&self, date: usize, end: usize) -> Block {
        let line = self.line(end);
        let title = date + 1;
        let mut block = Block {
            gap: 0,
            first: date,
            source: None,
            date,
            body: title..line,
            close: None,
            end: line,
            repeated: false,
            cut_repeat: false,
            unsure: false,
        };
        if self.is_close(end) {
            block.close = Some(line);
            block.repeated = line > title && self.repeats(line + 1, title);
            block.cut_repeat = !block.repeated && line > title && self.begins_to_repeat(line + 1, title);
            block.end = line + 1 + usize::from(block.repeated || block.cut_repeat);
        } else if end < self.anchors.len() {
            let (_, first) = source_of(self.lines, line, title);
            (block.body.end, block.end) = (first, first);
        }
        block
    }

    /// Whether line `at` is the title on line `title` again, perhaps shortened by an ellipsis.
    fn repeats(&self, at: usize, title: usize) -> bool {
        if self.lines.same(at, title) {
            return true;
        }
        let text = self.lines.text(at);
        let head = text.strip_suffix('…').or_else(|| text.strip_suffix("...")).map(str::trim_end);
        head.is_some_and(|head| head.len() >= 10 && self.lines.text(title).starts_with(head))
    }

    /// Whether the page ends on line `at`, within the title again.
    fn begins_to_repeat(&self, at: usize, title: usize) -> bool {
        self.lines.is_open(at) && self.lines.text(title).starts_with(self.lines.text(at))
    }

    /// Whether the closing line at `anchor` closes the entry of the date line at `date`.
    fn closes(&self, date: usize, anchor: usize) -> Verdict {
        let line = self.line(anchor);
        let title = date + 1;
        let next = self.line(anchor + 1);
        let next_closes = self.is_close(anchor + 1);
        if line == title {
            // A title such as `5 min read`: then the true closing line comes before the next date line, and
            // the title again after it.
            return if self.closes_ahead(anchor).any(|close| self.repeats(close + 1, line)) {
                Verdict::Proven(false)
            } else {
                Verdict::Likely(!next_closes)
            };
        }
        if self.repeats(line + 1, title) {
            return Verdict::Proven(true);
        }
        if !next_closes {
            return Verdict::Proven(true);
        }
        if self.repeats(next + 1, title) {
            return Verdict::Proven(false);
        }
        // A summary that looks like a closing line has at most the tags after it; an entry that lost its date
        // line has more lines than that.
        Verdict::Likely(next - line > 2)
    }

    /// Whether the date line at `anchor` begins another entry than the one of the date line at `date`, which
    /// then lacks its closing line.
    fn begins(&self, date: usize, anchor: usize) -> Verdict {
        let line = self.line(anchor);
        let title = date + 1;
        let close =
            (anchor + 1..=anchor + LOOK_AHEAD).find(|next| self.is_close(*next)).map(|at| self.line(at));
        let repeated = |title| close.is_some_and(|close| self.repeats(close + 1, title));
        if line == title {
            return match (repeated(line), repeated(line + 1)) {
                (true, _) => Verdict::Proven(false),
                (false, true) => Verdict::Proven(true),
                (false, false) => Verdict::Likely(close.is_none()),
            };
        }
        match (repeated(title), repeated(line + 1)) {
            (true, false) => return Verdict::Proven(false),
            (false, true) => return Verdict::Proven(true),
            _ => {}
        }
        if is_doubled(self.lines, line, title) {
            return Verdict::Proven(true);
        }
        let named = source_of(self.lines, line, title).0.is_some();
        Verdict::Likely(named && !self.doubles)
    }
}

/// Whether the two lines before the date line at `date`, both from `floor` on, are one source printed twice.
fn is_doubled(lines: &Lines<'_>, date: usize, floor: usize) -> bool {
    date >= floor + 2 && lines.same(date - 1, date - 2)
}

/// The source of the date line at `date` among the lines from `floor` on, and the entry's first line.
fn source_of(lines: &Lines<'_>, date: usize, floor: usize) -> (Option<usize>, usize) {
    if date <= floor {
        return (None, date);
    }
    let at = date - 1;
    if is_doubled(lines, date, floor) {
        return (Some(at), date - 2);
    }
    let text = lines.text(at);
    let named = lines.kind(at) == Kind::Text
        && !phrase::is_prose(text)
        && !noise::is_noise(text)
        && !header::is_fact(text);
    if named { (Some(at), at) } else { (None, date) }
}

/// Corrects two sources that one block alone cannot see.
fn settle_sources(lines: &Lines<'_>, blocks: &mut [Block]) {
    let Some((head, others)) = blocks.split_first_mut() else { return };
    let named = others.iter().filter(|block| block.source.is_some()).count();
    // A page that prints no sources: the line before its first entry belongs to the header.
    if others.len() >= 2 && named == 0 && head.first + 1 == head.date {
        head.source = None;
        head.first = head.date;
    }
    // A source equal to the title before it was taken for that title again.
    if named * 2 < others.len() {
        return;
    }
    for at in 1..blocks.len() {
        let Some([before, block]) = blocks.get_mut(at - 1..=at) else { continue };
        let taken = before.repeated && before.end == block.date && block.source.is_none();
        if taken && !phrase::is_prose(lines.text(block.date - 1)) {
            block.source = Some(block.date - 1);
            block.first = block.date - 1;
            block.gap = block.first;
            before.end = block.first;
        }
    }
}
