//! Whether a page ends before its time.
//!
//! A page that came half must not pass for a whole one: entries beyond its end would seem to be gone. What
//! follows the last closing line tells; a footer is no cut.

use crate::extract::dates;

use super::blocks::Block;
use super::entry::Finish;
use super::header;
use super::lines::{Kind, Lines};
use super::noise;
use super::phrase;

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
        return Cut { page: within_character || ends_after_header(lines), last: Finish::Cut };
    };
    let Some(close) = last.close else { return Cut { page: true, last: Finish::Cut } };
    if lines.is_open(close) && !is_complete(lines, close, before) {
        return Cut { page: true, last: Finish::Cut };
    }
    let at_end = last.end >= lines.len();
    if at_end && last.body.is_empty() {
        return Cut { page: true, last: Finish::Cut };
    }
    let titled = before.iter().filter(|block| !block.body.is_empty());
    let repeat_due = !last.repeated && !last.cut_repeat && titled.clone().all(|block| block.repeated);
    let shortest = titled.clone().map(|block| block.body.len()).min().unwrap_or(0);
    // A line before the title is told from it by the title again.
    let stray = last.body.len() > 1 && noise::is_noise(lines.text(last.body.start));
    let unproven = last.cut_repeat && titled.clone().next().is_some() && stray;
    let doubtful = unproven || repeat_due && (last.body.len() < shortest || at_end && (last.unsure || stray));
    let page = within_character
        || last.cut_repeat
        || repeat_due && at_end && titled.count() > 0
        || begins_entry(lines, last.end, blocks);
    Cut { page, last: if doubtful { Finish::Doubtful } else { Finish::Whole } }
}

/// Whether a page without a date line has a header that says it is a listing, and more lines after it.
fn ends_after_header(lines: &Lines<'_>) -> bool {
    let facts = (0..lines.len()).rev().find(|at| header::is_fact(lines.text(*at)));
    facts.is_some_and(|at| at + 1 < lines.len())
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
    let footer = |at: usize| {
        let text = lines.text(at);
        // The first letters of a name may look like a page number or a button.
        let first = at == tail || at > tail && continues(lines, at - 1, at);
        let fragment = first && lines.is_open(at) && text.chars().all(char::is_alphanumeric);
        !fragment && (noise::is_noise(text) || header::is_fact(text))
    };
    let rest: Vec<usize> = (tail..lines.len()).filter(|at| !footer(*at)).take(4).collect();
    let reaches_end = rest.last().is_some_and(|at| at + 1 == lines.len());
    let [first, others @ ..] = rest.as_slice() else { return false };
    if !reaches_end || rest.len() > 3 {
        return false;
    }
    let open = lines.open_end;
    let known = is_known(lines, *first, blocks, open && others.is_empty());
    let begins_second =
        |second| known || continues(lines, *first, second) || dates::may_begin_date(lines.text(second));
    match others {
        [] => open || known || adjoins(lines, *first) && !phrase::is_prose(lines.text(*first)),
        [second] => lines.same(*first, *second) || open && begins_second(*second),
        [second, ..] => open && lines.same(*first, *second),
    }
}

/// Whether no blank line stands before line `at`; before a footer there is one, or there are more lines.
fn adjoins(lines: &Lines<'_>, at: usize) -> bool {
    at > 0 && lines.number(at - 1) + 1 == lines.number(at)
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
