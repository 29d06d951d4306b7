//! Log-probabilities of words that no list and no text of the page has: by how they are put together, and by
//! their letters.

use super::index::{Index, part_begins};
use super::row::Row;
use super::shape::{Case, Kind};

/// A word nobody knows, besides its letters.
const NEW_WORD: f32 = -4.0;
/// A name that is like no word, and each of its letters.
const ODD_NAME: f32 = -3.0;
const ODD_LETTER: f32 = -3.2;
/// A number as a word, and each of its digits.
const NUMBER: f32 = -4.5;
const NUMBER_DIGIT: f32 = -0.5;
/// A number at the end of a word, as in `HTTP2`, besides its digits.
const NUMBER_LAST: f32 = -1.5;
/// A new word like `3asyncio`.
const DIGIT_FIRST: f32 = -5.0;
/// An acronym nobody knows, besides its letters.
const ACRONYM: f32 = -1.5;
/// A letter of one.
const ACRONYM_LETTER: f32 = -3.2;
/// How usual acronyms of 0, 1, 2, … letters are.
const ACRONYM_LENGTHS: [f32; 7] = [-20.0, -5.0, -1.2, -0.6, -1.3, -2.8, -4.5];
/// Each letter more.
const ACRONYM_LONG: f32 = -2.0;
/// `APIs` of `API`.
const ACRONYM_PLURAL: f32 = -1.5;
/// One more capitalised part inside a new word, as in `ClickHouse`.
const INNER_CAPITAL: f32 = -3.5;
/// Two small words written as one, and the shortest of them.
const COMPOUND: f32 = -8.0;
const COMPOUND_CHARS_MIN: usize = 3;
/// A part nobody knows, and what more it costs right after capitals, as in `LODvoxel`.
const NEW_PART: f32 = -1.0;
const NEW_PART_AFTER_CAPITALS: f32 = -4.0;
/// A part of one letter inside a new word, and at its beginning, as in `QConf`.
const LONE_PART: f32 = -8.0;
const LONE_FIRST_PART: f32 = -4.0;
/// A new word like `gRPC`: seldom, and mostly the end of another tag.
const SMALL_FIRST: f32 = -6.0;
/// A new word whose first part is a tag by itself, as in `NginxLua`: rather two tags.
const TAG_FIRST: f32 = -2.0;
/// Most parts and letters of a word with inner capitals; a larger one is taken as odd letters.
const PARTS_MAX: usize = 5;
const PARTS_CHARS_MAX: usize = 26;

/// Log-probability of `from..to` as a word.
pub(super) fn word_score(row: &Row, index: &Index, from: usize, to: usize) -> f32 {
    let digits = row.kinds[from..to].iter().rev().take_while(|kind| **kind == Kind::Digit).count();
    if digits > 0 && digits < to - from && row.kinds[to - digits - 1] != Kind::Mark {
        let stem = known_score(row, from, to - digits).max(letters_score(row, index, from, to - digits));
        return stem + NUMBER_LAST + NUMBER_DIGIT * digits as f32;
    }
    letters_score(row, index, from, to)
}

fn letters_score(row: &Row, index: &Index, from: usize, to: usize) -> f32 {
    match row.case(from, to) {
        Case::None if row.kinds[from..to].contains(&Kind::Digit) => {
            NUMBER + NUMBER_DIGIT * (to - from) as f32
        }
        Case::Upper => acronym_score(to - from),
        Case::Mixed => mixed_score(row, index, from, to),
        Case::Lower => {
            let new = NEW_WORD + short_score(to - from) + spelt(row, index, from, to);
            new.max(compound_score(row, from, to))
        }
        Case::Title | Case::None => {
            let new = NEW_WORD + short_score(to - from) / 2.0 + spelt(row, index, from, to);
            new.max(compound_score(row, from, to))
        }
    }
}

/// Two known words written as one, as in `Elasticsearch`.
fn compound_score(row: &Row, from: usize, to: usize) -> f32 {
    let first = row.spans.partition_point(|span| usize::from(span.from) < from);
    let mut best = f32::NEG_INFINITY;
    for span in row.spans[first..].iter().take_while(|span| usize::from(span.from) == from) {
        let middle = usize::from(span.to);
        if middle - from >= COMPOUND_CHARS_MIN && middle + COMPOUND_CHARS_MIN <= to {
            best = best.max(COMPOUND + span.score + known_score(row, middle, to));
        }
    }
    best
}

/// New words of few letters are rarely words at all.
fn short_score(letters: usize) -> f32 {
    [0.0, -7.0, -5.0, -3.0, -1.0].get(letters).copied().unwrap_or(0.0)
}

/// Any few capitals can be an acronym, most often three.
fn acronym_score(letters: usize) -> f32 {
    let last = ACRONYM_LENGTHS.len() - 1;
    let long = letters.saturating_sub(last) as f32;
    ACRONYM + ACRONYM_LENGTHS[letters.min(last)] + ACRONYM_LETTER * letters as f32 + ACRONYM_LONG * long
}

/// A new word with inner capitals: the best way to take it as parts, each known or new.
fn mixed_score(row: &Row, index: &Index, from: usize, to: usize) -> f32 {
    let plural = row.lowers[to] - row.lowers[from] == 1 && row.chars[to - 1] == 's' && to - from > 2;
    if plural {
        return acronym_score(to - from - 1) + ACRONYM_PLURAL;
    }
    let odd = NEW_WORD + ODD_NAME + ODD_LETTER * (to - from) as f32;
    if to - from > PARTS_CHARS_MAX {
        return odd;
    }
    let mut borders = [(from, 0.0_f32); PARTS_MAX + 1];
    let mut count = 0;
    for at in from + 1..=to {
        if at < to && !part_begins(&row.kinds[..to], at) {
            continue;
        }
        count += 1;
        if count > PARTS_MAX {
            return odd;
        }
        borders[count] = (at, best_part(row, index, (from, to), &borders[..count], at));
    }
    let small = if row.kinds[from] == Kind::Lower { SMALL_FIRST } else { 0.0 };
    NEW_WORD - INNER_CAPITAL + small + borders[count].1
}

/// The best score of the word up to `at`: its last part is one between two borders, or a known word over more.
fn best_part(row: &Row, index: &Index, word: (usize, usize), borders: &[(usize, f32)], at: usize) -> f32 {
    let mut best = f32::NEG_INFINITY;
    for (number, &(begin, before)) in borders.iter().enumerate() {
        let new = if number + 1 == borders.len() {
            new_part_score(row, index, word.0, (begin, at))
        } else {
            f32::NEG_INFINITY
        };
        let part = known_score(row, begin, at).max(new);
        if part > f32::NEG_INFINITY {
            best = best.max(before + INNER_CAPITAL + part + usual_part(row, index, word, (begin, at)));
        }
    }
    best
}

/// What is gained or lost when other words begin or end with this part, as with `Open` and `DB`.
fn usual_part(row: &Row, index: &Index, word: (usize, usize), part: (usize, usize)) -> f32 {
    let folded = &row.folded[part.0..part.1];
    let (firsts, lasts) = index.part(folded);
    let (first, last) = (part.0 == word.0, part.1 == word.1);
    if first && firsts == 0 && folded.len() > 2 && index.is_tag(folded) {
        return TAG_FIRST;
    }
    let seen = if first { firsts } else { lasts * u16::from(last) };
    f32::from(seen.min(6)).ln_1p()
}

fn new_part_score(row: &Row, index: &Index, word_from: usize, (from, to): (usize, usize)) -> f32 {
    let after_capital = from > word_from && row.kinds[from - 1] == Kind::Upper;
    match row.case(from, to) {
        _ if to - from == 1 && from == word_from => LONE_FIRST_PART,
        _ if to - from == 1 => LONE_PART,
        Case::Upper => ACRONYM_LETTER * (to - from) as f32,
        _ if after_capital => spelt(row, index, from, to) + NEW_PART + NEW_PART_AFTER_CAPITALS,
        _ => spelt(row, index, from, to) + NEW_PART,
    }
}

/// Log-probability of a word found in lists or texts just here.
fn known_score(row: &Row, from: usize, to: usize) -> f32 {
    let key = (from as u16, to as u16);
    let place = row.spans.binary_search_by_key(&key, |span| (span.from, span.to));
    place.map_or(f32::NEG_INFINITY, |place| row.spans[place].score)
}

/// The letters of `from..to` as one word; names can be any letters at all.
fn spelt(row: &Row, index: &Index, from: usize, to: usize) -> f32 {
    let letters = index.letters();
    let s = &row.symbols;
    if to - from == 1 {
        return letters.after(0, 0, s[from]) + letters.after(0, s[from], 0);
    }
    let begin = letters.after(0, 0, s[from]) + letters.after(0, s[from], s[from + 1]);
    let inside = row.spelt[to] - row.spelt[from + 2];
    let usual = begin + inside + letters.after(s[to - 2], s[to - 1], 0);
    let odd = ODD_NAME + ODD_LETTER * (to - from) as f32;
    let digit_first = row.kinds[from] == Kind::Digit && row.kinds[to - 1] == Kind::Lower;
    usual.max(odd) + if digit_first { DIGIT_FIRST } else { 0.0 }
}
