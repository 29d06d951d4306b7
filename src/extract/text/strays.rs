//! Lines within entries that are no part of them: an advertisement, a closing line printed twice.
//!
//! What the page prints twice, and how its other entries are built, tells them from the entry's own lines.

use std::collections::HashMap;

use crate::model::reading::Weight;
use crate::model::text::fold_key;

use super::blocks::Block;
use super::lines::{Kind, Lines};
use super::{noise, row};

/// So many lines at most are taken for strays before a title.
const MAX_STRAYS: usize = 4;

/// Longer lines are compared as they are, not folded.
const FOLD_BYTES: usize = 1_024;

const BEFORE_TITLE: &str =
    "text between the date line and the title, which stands again after the closing line; it was left out";
const SAME_CLOSING: &str = "the entry's closing line stands here too; it was left out";
const SAME_CLOSING_FAR: &str =
    "the entry's closing line stands here too; what follows it within the entry was left out";
const OTHER_CLOSING: &str = "a second closing line (likes, minutes) in one entry; it was left out";
const CLOSING_SUMMARY: &str = "a line like a closing line (likes, minutes) was taken for the entry's summary";
const AFTER_TAGS: &str = "text between the tags and the closing line; it was left out";
const GUESSED: &str =
    "one more line than in other entries stands before the closing line; which are the tags was guessed";

/// What was found at a line, by its position.
pub(super) struct Note {
    pub(super) at: usize,
    pub(super) weight: Weight,
    pub(super) reason: &'static str,
}

/// Takes strays out of the blocks' bodies, and tells of each. Linear.
pub(super) fn settle(lines: &Lines<'_>, blocks: &mut [Block]) -> Vec<Note> {
    let mut notes = Vec::new();
    for block in blocks.iter_mut() {
        settle_closings(lines, block, &mut notes);
    }
    settle_titles(lines, blocks, &mut notes);
    settle_rows(lines, blocks, &mut notes);
    notes
}

/// Ends the body before a closing line that is printed twice.
fn settle_closings(lines: &Lines<'_>, block: &mut Block, notes: &mut Vec<Note>) {
    let Some(close) = block.close else { return };
    let Kind::Close(closing) = lines.kind(close) else { return };
    let is_close = |at: usize| matches!(lines.kind(at), Kind::Close(_));
    // A summary may look like a closing line, but hardly like this very one in both its parts.
    let telling = closing.likes.is_some() && closing.minutes.is_some();
    let mut rest = block.body.start + 1..block.body.end;
    if let Some(at) = rest.find(|at| telling && is_close(*at) && lines.same(*at, close)) {
        let far = (at..block.body.end).any(|at| !is_close(at));
        let (weight, reason) =
            if far { (Weight::Loss, SAME_CLOSING_FAR) } else { (Weight::Warning, SAME_CLOSING) };
        notes.push(Note { at, weight, reason });
        block.body.end = at;
    }
    while block.body.len() > 1 && is_close(block.body.end - 1) {
        let at = block.body.end - 1;
        let same = lines.same(at, close);
        if block.body.len() == 2 && !same {
            notes.push(Note { at, weight: Weight::Warning, reason: CLOSING_SUMMARY });
            return;
        }
        let (weight, reason) =
            if same { (Weight::Warning, SAME_CLOSING) } else { (Weight::Loss, OTHER_CLOSING) };
        notes.push(Note { at, weight, reason });
        block.body.end = at;
    }
}

/// Begins the body with the line that stands again after the closing line, where another stands before it.
fn settle_titles(lines: &Lines<'_>, blocks: &mut [Block], notes: &mut Vec<Note>) {
    let closed = blocks.iter().filter(|block| block.close.is_some());
    let repeated = closed.clone().filter(|block| block.repeated || block.cut_repeat).count();
    let named = blocks.iter().filter(|block| block.source.is_some()).count();
    let page = Habits { repeats: repeated * 2 > closed.count(), names: named * 2 > blocks.len() };
    for at in 0..blocks.len() {
        let Some((block, after)) = blocks.get_mut(at..).and_then(<[Block]>::split_first_mut) else { return };
        settle_title(lines, block, after.first_mut(), page, notes);
    }
}

/// What most entries of a page have.
#[derive(Clone, Copy)]
struct Habits {
    /// The title again after the closing line.
    repeats: bool,
    /// A source.
    names: bool,
}

fn settle_title(
    lines: &Lines<'_>,
    block: &mut Block,
    next: Option<&mut Block>,
    page: Habits,
    notes: &mut Vec<Note>,
) {
    let Some(close) = block.close.filter(|_| !block.repeated && !block.cut_repeat) else { return };
    let again = close + 1;
    // The title again may have been taken for the source of an entry, where the page prints none.
    let taken = next.as_ref().is_some_and(|next| next.source == Some(again)) && !page.names && page.repeats;
    let free = next.as_ref().map_or(lines.len(), |next| next.first);
    if again >= free && !taken || noise::is_noise(lines.text(again)) {
        return;
    }
    let open = page.repeats && lines.is_open(again);
    let end = block.body.end.min(block.body.start + 1 + MAX_STRAYS);
    // A page that does not print titles twice may print some tag there.
    let is_title = |at: &usize| {
        (page.repeats || at + 1 < block.body.end) && is_again(lines, *at, again)
            || open && lines.text(*at).starts_with(lines.text(again))
    };
    let Some(title) = (block.body.start + 1..end).find(is_title) else { return };
    notes.push(Note { at: block.body.start, weight: Weight::Warning, reason: BEFORE_TITLE });
    block.repeated = is_again(lines, title, again);
    block.cut_repeat = !block.repeated;
    block.body.start = title;
    block.end = again + 1;
    if let Some(next) = next {
        next.gap = block.end;
        if taken {
            (next.source, next.first) = (None, next.date);
        }
    }
}

/// Whether line `again` says what line `title` says.
fn is_again(lines: &Lines<'_>, title: usize, again: usize) -> bool {
    let (a, b) = (lines.text(title), lines.text(again));
    lines.same(title, again) || a.len().max(b.len()) <= FOLD_BYTES && fold_key(a) == fold_key(b)
}

/// Ends the body before a line that stands between the tags and the closing line.
fn settle_rows(lines: &Lines<'_>, blocks: &mut [Block], notes: &mut Vec<Note>) {
    let shapes: Vec<Option<Shape>> = blocks.iter().map(|block| shape(lines, block)).collect();
    let mut counts: HashMap<&Shape, usize> = HashMap::new();
    for shape in shapes.iter().flatten() {
        *counts.entry(shape).or_default() += 1;
    }
    let others = shapes.iter().flatten().count().saturating_sub(1);
    for (block, shape) in blocks.iter_mut().zip(&shapes) {
        let Some(shape) = shape.as_ref().filter(|_| block.body.len() > 2) else { continue };
        let fewer = without_last(shape);
        if counts.get(&fewer).is_some_and(|count| count * 2 > others) {
            // Without blank lines before the tags, or with one before each line, a second line of the summary
            // looks the same.
            let placed = fewer.len() > 1 && fewer.len() == shape.len();
            settle_row(lines, block, placed, notes);
        }
    }
}

/// Judges the last two lines of a body that has one more than others; `placed` says that blank lines show it
/// to be one of these two.
fn settle_row(lines: &Lines<'_>, block: &mut Block, placed: bool, notes: &mut Vec<Note>) {
    let (last, before) = (block.body.end - 1, block.body.end - 2);
    let is_noise = |at: usize| noise::is_noise(lines.text(at));
    let rank = |at: usize| if is_noise(at) { 0 } else { row::rank(lines.text(at)) };
    if rank(before) > rank(last) && (placed || is_noise(last)) {
        notes.push(Note { at: last, weight: Weight::Warning, reason: AFTER_TAGS });
        block.body.end = last;
    } else if placed {
        notes.push(Note { at: before, weight: Weight::Warning, reason: GUESSED });
    }
}

/// How the lines of a body stand: how many between blank lines.
type Shape = Vec<usize>;

/// The shape of a closed block.
fn shape(lines: &Lines<'_>, block: &Block) -> Option<Shape> {
    block.close?;
    let mut groups: Shape = Vec::new();
    let mut before = None;
    for at in block.body.clone() {
        let number = lines.number(at);
        match groups.last_mut() {
            Some(count) if before == Some(number - 1) => *count += 1,
            _ => groups.push(1),
        }
        before = Some(number);
    }
    Some(groups)
}

/// The shape without the last line.
fn without_last(shape: &Shape) -> Shape {
    let mut fewer = shape.clone();
    match fewer.last_mut() {
        Some(count) if *count > 1 => *count -= 1,
        _ => drop(fewer.pop()),
    }
    fewer
}
