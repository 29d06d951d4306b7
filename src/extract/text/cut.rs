//! Whether a page ends before its time.
//!
//! A page that came half must not pass for a whole one: entries beyond its end would seem to be gone. What
//! follows the last closing line tells; a footer is no cut.

use super::blocks::Block;
use super::entry::Finish;
use super::header;
use super::lines::{Kind, Lines};
use super::noise;

/// What the end of a page shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cut {
    /// Whether the page ends in the middle of an entry.
    pub(super) page: bool,
    /// How the last entry ends.
    pub(super) last: Finish,
}

/// Looks at the end of a page; `within_character` says that its bytes end there.
pub(super) fn find(lines: &Lines<'_>, blocks: &[Block], within_character: bool) -> Cut {
    let Some((last, before)) = blocks.split_last() else {
        return Cut { page: within_character, last: Finish::Cut };
    };
    let Some(close) = last.close else { return Cut { page: true, last: Finish::Cut } };
    if lines.is_open(close) && !is_complete(lines, close, before) {
        return Cut { page: true, last: Finish::Cut };
    }
    let at_end = last.end >= lines.len();
    let finish = if last.unsure && !last.repeated && at_end { Finish::Doubtful } else { Finish::Whole };
    let misses_repeat =
        at_end && !last.repeated && !before.is_empty() && before.iter().all(|block| block.repeated);
    let page = within_character || last.cut_repeat || misses_repeat || begins_entry(lines, last.end, blocks);
    Cut { page, last: finish }
}

/// Whether a closing line on which the page ends has all its parts: the word for reading, or all that the
/// closing line before has.
fn is_complete(lines: &Lines<'_>, close: usize, before: &[Block]) -> bool {
    let Kind::Close(closing) = lines.kind(close) else { return false };
    let earlier = before.iter().rev().find_map(|block| match lines.kind(block.close?) {
        Kind::Close(earlier) => Some(earlier),
        _ => None,
    });
    match earlier {
        Some(earlier) => {
            closing.likes.is_some() == earlier.likes.is_some()
                && closing.minutes.is_some() == earlier.minutes.is_some()
                && (closing.read || !earlier.read)
        }
        None => closing.read,
    }
}

/// Whether the lines from `tail` on are the beginning of an entry: its source, once or twice, perhaps cut, and
/// perhaps the beginning of its date line.
fn begins_entry(lines: &Lines<'_>, tail: usize, blocks: &[Block]) -> bool {
    let rest: Vec<usize> = (tail..lines.len())
        .filter(|at| !noise::is_noise(lines.text(*at)) && !header::is_fact(lines.text(*at)))
        .take(4)
        .collect();
    let reaches_end = rest.last().is_some_and(|at| at + 1 == lines.len());
    let [first, others @ ..] = rest.as_slice() else { return false };
    if !reaches_end || rest.len() > 3 {
        return false;
    }
    let open = lines.open_end;
    let known = is_known(lines, *first, blocks, open && others.is_empty());
    match others {
        [] => open || known,
        [second] => lines.same(*first, *second) || open && (continues(lines, *first, *second) || known),
        [second, ..] => open && lines.same(*first, *second),
    }
}

/// Whether line `second`, on which the page ends, may be the beginning of `first` again.
fn continues(lines: &Lines<'_>, first: usize, second: usize) -> bool {
    lines.text(first).starts_with(lines.text(second))
}

/// Whether a line is a source of this page, or the beginning of one when `open`.
fn is_known(lines: &Lines<'_>, at: usize, blocks: &[Block], open: bool) -> bool {
    let text = lines.text(at);
    blocks.iter().filter_map(|block| block.source).any(|source| {
        let name = lines.text(source);
        name == text || open && name.starts_with(text)
    })
}
