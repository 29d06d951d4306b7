//! The text rendering of an aggregator's listing page.
//!
//! Two kinds of lines pin an entry: the date line (`Mar 3, 2016 · Backend Development`) and the closing line
//! (`0 likes · 5 min read`); everything else is found around them. What renderings do differently (blank
//! lines, the source once or twice, the title again at the end, navigation in between) is used as evidence
//! where it is there and never asked for.
//!
//! [`lines`] finds the lines and [`anchors`] says which pin something; [`blocks`] decides which lines make an
//! entry, and [`strays`] takes out what is no part of it; [`entry`] reads one, [`row`] its tags; [`header`]
//! reads what stands around the entries; [`cut`] says whether the page ends before its time.

mod anchors;
mod blocks;
mod cut;
mod entry;
mod header;
mod lines;
mod noise;
mod phrase;
mod row;
mod strays;

use std::ops::Range;

use crate::model::listing::Limits;
use crate::model::reading::Weight;
use crate::model::text::counted;
use crate::model::{Entry, Page};

use super::charset::Decoded;
use super::faults::Faults;

use self::blocks::Block;
use self::entry::Finish;
use self::lines::{Kind, Lines};

pub(super) use self::lines::numbered as numbered_lines;

/// Lines of title, summary and tags that a lone entry may have.
const SMALL_BODY: usize = 4;

/// Lines printed twice before the first entry that are compared with the sources of the page.
const MAX_DOUBLED: usize = 20;

/// What is said of an entry that lost its date line.
const ORPHAN: &str = "a closing line (likes, minutes) without a date line before it";

/// Reads one page: fills in the facts of `page` and appends its entries.
///
/// Gives a fault of the page and no entry when the text is no listing.
pub(super) fn read(
    decoded: &Decoded<'_>,
    limits: &Limits,
    page: &mut Page,
    entries: &mut Vec<Entry>,
    faults: &mut Faults,
) {
    let lines = Lines::of(&decoded.text);
    let mut blocks = blocks::find(&lines);
    let strays = strays::settle(&lines, &mut blocks);
    let head = blocks.first().map_or(lines.len(), |block| block.first);
    let tail = blocks.last().map_or(lines.len(), |block| block.end);
    let notes = header::read(&lines, head, tail, limits, page);
    let cut = cut::find(&lines, &blocks, decoded.cut);
    let before = entries.len();
    if is_listing(&blocks, page) {
        page.cut = cut.page;
        note_head(&lines, &blocks, faults);
        read_blocks(&lines, &blocks, cut.last, limits, entries, faults);
        note_gap_end(&lines, tail, faults);
    } else {
        page.title = page.title.take().filter(|_| header::has_facts(page));
        page.cut = cut.page && header::has_facts(page);
    }
    if entries.len() == before && limits.entries as usize > before {
        faults.page(header::complaint(&decoded.text, page));
        return;
    }
    for note in strays {
        faults.add(note.weight, lines.number(note.at), note.reason);
    }
    for (at, reason) in notes {
        faults.add(Weight::Warning, lines.number(at), reason);
    }
    if page.cut {
        let line = lines.number(lines.len().saturating_sub(1));
        faults.add(Weight::Loss, line, "the page ends in the middle of an entry; it may not have come whole");
    }
    check_count(page, entries.len() - before, faults);
}

/// Reads the entries of all blocks, the last one ending as `last` says, within the limit of entries.
fn read_blocks(
    lines: &Lines<'_>,
    blocks: &[Block],
    last: Finish,
    limits: &Limits,
    entries: &mut Vec<Entry>,
    faults: &mut Faults,
) {
    for (at, block) in blocks.iter().enumerate() {
        if at > 0 {
            note_gap(lines, block.gap..block.first, faults);
        }
        if entries.len() >= limits.entries as usize {
            let reason = format!("more than {} entries; those from here on were left out", limits.entries);
            faults.add(Weight::Loss, lines.number(block.first), reason);
            return;
        }
        let finish = if at + 1 == blocks.len() { last } else { Finish::of(block) };
        entries.extend(entry::read(lines, block, finish, limits, faults));
    }
}

/// Whether what was found is a listing: something beside one pair of look-alike lines speaks for it.
fn is_listing(blocks: &[Block], page: &Page) -> bool {
    let closed = blocks.iter().filter(|block| block.close.is_some() && !block.body.is_empty());
    let evident = header::has_facts(page)
        || blocks.iter().any(|block| block.repeated || block.first + 2 == block.date)
        || closed.clone().count() >= 2;
    // One entry without more evidence is short; an article under its date is not.
    let small = closed.clone().any(|block| block.body.len() <= SMALL_BODY);
    small || evident && (closed.count() > 0 || blocks.len() == 1)
}

/// One fault for an entry among the lines before the first block: it closes, or its source is printed twice as
/// those of other entries are.
fn note_head(lines: &Lines<'_>, blocks: &[Block], faults: &mut Faults) {
    let head = blocks.first().map_or(0, |block| block.first);
    let mut closings = (0..head).filter(|at| matches!(lines.kind(*at), Kind::Close(_)));
    if let Some(at) = closings.next() {
        faults.add(Weight::Loss, lines.number(at), orphans(1 + closings.count()));
        return;
    }
    let known = |at: usize| blocks.iter().any(|b| b.source.is_some_and(|source| lines.same(source, at)));
    let doubles = blocks.iter().filter(|block| block.first + 2 == block.date).count() * 2 > blocks.len();
    let mut doubled = (1..head).filter(|at| doubles && lines.same(at - 1, *at)).take(MAX_DOUBLED);
    if let Some(at) = doubled.find(|at| known(*at)) {
        let reason = "a source printed twice, without a date line after it; the entry was left out";
        faults.add(Weight::Loss, lines.number(at - 1), reason);
    }
}

/// What is said of `count` entries in one stretch that lost their date lines.
fn orphans(count: usize) -> String {
    match count {
        0 | 1 => ORPHAN.to_owned(),
        _ => format!("{ORPHAN}, and {} more like it", count - 1),
    }
}

/// One fault for a stretch of lines between two entries that belongs to neither.
fn note_gap(lines: &Lines<'_>, gap: Range<usize>, faults: &mut Faults) {
    let closings = gap.clone().filter(|at| matches!(lines.kind(*at), Kind::Close(_))).count();
    let strays: Vec<usize> =
        gap.filter(|at| !noise::is_noise(lines.text(*at)) && !header::is_fact(lines.text(*at))).collect();
    let Some(first) = strays.first() else { return };
    let line = lines.number(*first);
    match closings {
        0 => faults.add(Weight::Warning, line, "text between two entries that belongs to neither"),
        _ => faults.add(Weight::Loss, line, orphans(closings)),
    }
}

/// After the last entry only a closing line is worth a word: it closes an entry that could not be read.
fn note_gap_end(lines: &Lines<'_>, tail: usize, faults: &mut Faults) {
    if let Some(at) = (tail..lines.len()).find(|at| matches!(lines.kind(*at), Kind::Close(_))) {
        faults.add(Weight::Loss, lines.number(at), ORPHAN);
    }
}

/// Compares the stated count with what was read, where one page can know: it is the only one.
fn check_count(page: &Page, read: usize, faults: &mut Faults) {
    let Some(declared) = page.declared.filter(|_| page.number == Some((1, 1))) else { return };
    if declared != read as u64 {
        let were = if read == 1 { "was" } else { "were" };
        let reason = format!("the page says it has {}, {read} {were} read", counted(declared, "article"));
        faults.add(Weight::Warning, 0, reason);
    }
}
