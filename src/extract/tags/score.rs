//! Log-probabilities of the tags a run may hold.

use super::index::{HashTable, Index, ROOT, Tag, part_begins, step};
use super::row::{NO_POINT, POINTS_MAX, Row};
use super::shape::{Case, Kind};

/// One possible tag: point numbers of its ends, its log-probability.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment {
    pub(super) from: u8,
    pub(super) to: u8,
    pub(super) score: f32,
}

/// Share of listed tags among all tags, as a log-probability.
const LISTED: f32 = -0.3;
/// Share of tags no list has.
const UNLISTED: f32 = -1.4;
/// What a listed tag costs in another case than listed, where that case is natural.
const OTHER_CASE: f32 = -1.5;
/// The same where it is not.
const ODD_CASE: f32 = -5.0;
/// Log-probabilities of unlisted tags having 1, 2, … words.
const WORD_COUNTS: [f32; 5] = [-0.9, -0.75, -2.3, -4.0, -6.0];
/// Each word beyond.
const MORE_WORDS: f32 = -5.0;
/// A word of a list is at most so likely a tag by itself when no list says it is one.
const LONE_WORD: f32 = -9.5;
/// A word nobody knows, besides its letters.
const NEW_WORD: f32 = -4.0;
/// One more capitalised part inside a new word, as in `ClickHouse`.
const INNER_CAPITAL: f32 = -3.5;
/// A number as a word.
const NUMBER: f32 = -4.5;
/// An acronym nobody knows, besides its letters.
const ACRONYM: f32 = -1.5;
/// A letter of one.
const ACRONYM_LETTER: f32 = -3.2;
/// How usual acronyms of 0, 1, 2, … letters are.
const ACRONYM_LENGTHS: [f32; 7] = [-20.0, -5.0, -1.2, -0.6, -1.3, -2.8, -4.5];
/// A new word whose first part is a tag by itself, as in `NginxLua`: rather two tags.
const TAG_FIRST: f32 = -2.0;
/// A name that is like no word, and each of its letters.
const ODD_NAME: f32 = -3.0;
const ODD_LETTER: f32 = -3.2;
/// A new word like `3asyncio`.
const DIGIT_FIRST: f32 = -5.0;
/// A part of one letter inside a new word, and at its beginning, as in `QConf`.
const LONE_PART: f32 = -8.0;
const LONE_FIRST_PART: f32 = -4.0;
/// A new word like `gRPC`: seldom, and mostly the end of another tag.
const SMALL_FIRST: f32 = -6.0;
/// A tag that ends with a joining character: only at the end of a broken run.
const LOOSE_END: f32 = -40.0;
/// Most words of one tag.
const TAG_WORDS_MAX: usize = 8;
/// Longest tag, in characters.
const TAG_CHARS_MAX: usize = 64;

/// Tables for one run, used again for the next.
#[derive(Debug, Default)]
pub(super) struct Scorer {
    /// Best log-probability of a word between two points; NaN: not weighed yet.
    words: Vec<f32>,
    pub(super) segments: Vec<Segment>,
}

/// What the page says beside the row itself.
pub(super) type PageTags = HashTable<f32>;

impl Scorer {
    /// Lists every possible tag of the row.
    pub(super) fn weigh(&mut self, row: &Row, index: &Index, page: &PageTags) {
        self.take_words(row);
        self.segments.clear();
        for from in 0..row.points.len() {
            if row.points[from].cut && usize::from(row.points[from].at) < row.len() {
                self.weigh_from(from, row, index, page);
            }
        }
    }

    fn take_words(&mut self, row: &Row) {
        self.words.clear();
        self.words.resize(row.points.len() * POINTS_MAX, f32::NAN);
        for span in &row.spans {
            let (from, to) = (row.point_at[usize::from(span.from)], row.point_at[usize::from(span.to)]);
            if from != NO_POINT && to != NO_POINT {
                let slot = &mut self.words[usize::from(from) * POINTS_MAX + usize::from(to)];
                *slot = slot.max(span.score);
            }
        }
    }

    fn weigh_from(&mut self, from: usize, row: &Row, index: &Index, page: &PageTags) {
        let mut walk = Walk { hash: ROOT, exact: ROOT, at: usize::from(row.points[from].at), listed: true };
        let mut phrase = Phrase::new(from);
        for to in from + 1..row.points.len() {
            let end = usize::from(row.points[to].at);
            if end - usize::from(row.points[from].at) > TAG_CHARS_MAX || phrase.words > TAG_WORDS_MAX {
                break;
            }
            let tag = walk.to(end, row, index);
            let unlisted = phrase.to(to, row, index, &mut self.words);
            if !row.points[to].cut {
                continue;
            }
            let listed = tag.map_or(f32::NEG_INFINITY, |tag| {
                LISTED + listed_score(usize::from(row.points[from].at), end, tag, row, index)
            });
            let mut score = listed.max(unlisted);
            if let Some(more) = page.get(&walk.exact) {
                score = score.max(-14.0) + more;
            }
            self.segments.push(Segment { from: from as u8, to: to as u8, score: score.min(-0.05) });
        }
    }
}

/// A walk along the run through the index.
struct Walk {
    hash: u64,
    exact: u64,
    at: usize,
    listed: bool,
}

impl Walk {
    /// Goes on to `end`: the listed tag that ends there, if one does.
    fn to<'a>(&mut self, end: usize, row: &Row, index: &'a Index) -> Option<&'a Tag> {
        let mut place = 0;
        while self.at < end {
            self.exact = step(self.exact, row.chars[self.at]);
            if self.listed {
                self.hash = step(self.hash, row.folded[self.at]);
                match index.get(self.hash) {
                    Some(node) => place = node.tag,
                    None => self.listed = false,
                }
            }
            self.at += 1;
        }
        (self.listed && place != 0).then(|| index.tag(place))
    }
}

/// The best of a listed tag's spellings against what is written.
fn listed_score(from: usize, to: usize, tag: &Tag, row: &Row, index: &Index) -> f32 {
    let mut best = f32::NEG_INFINITY;
    for (spelling, weight) in &tag.spellings {
        let cost = if row.is(from, to, spelling) {
            0.0
        } else if to - from > 3 && is_natural(from, to, row) {
            OTHER_CASE
        } else {
            ODD_CASE
        };
        best = best.max(index.tag_score(*weight) + cost);
    }
    best
}

/// `Load Balancing`, `Load balancing`, `load balancing`, but not `loAd balancing` or `LOAD BALANCING`.
fn is_natural(from: usize, to: usize, row: &Row) -> bool {
    (from..to).all(|at| {
        row.kinds[at] != Kind::Upper
            || at == from
            || row.kinds[at - 1] == Kind::Join
            || row.kinds[at - 1] == Kind::Upper
    })
}

/// A tag taken as words, grown point by point.
struct Phrase {
    /// Where the word being read begins, as a point.
    word_from: usize,
    /// Sum over whole words before it.
    sum: f32,
    words: usize,
    first: Case,
    last: Case,
}

impl Phrase {
    fn new(from: usize) -> Self {
        Self { word_from: from, sum: 0.0, words: 0, first: Case::None, last: Case::None }
    }

    /// Log-probability if the tag ends at point `to`; goes on to the next word where `to` begins one.
    fn to(&mut self, to: usize, row: &Row, index: &Index, table: &mut [f32]) -> f32 {
        let (from, end) = (usize::from(row.points[self.word_from].at), usize::from(row.points[to].at));
        if row.kinds[end - 1] == Kind::Join {
            self.sum += joint_score(row, from, end);
            self.word_from = to;
            return self.sum + LOOSE_END;
        }
        let slot = &mut table[self.word_from * POINTS_MAX + to];
        if slot.is_nan() {
            *slot = new_word_score(row, index, from, end);
        }
        let (word, written) = (*slot, row.case(from, end));
        let first = if self.words == 0 { written } else { self.first };
        let mix = if self.words == 0 { 0.0 } else { mix_score(first, self.last, written) };
        let whole = self.sum + word + mix;
        let score = self.ended(whole, word, first);
        if row.kinds.get(end).is_none_or(|kind| *kind == Kind::Join) {
            self.sum = whole;
            self.words += 1;
            self.first = first;
            self.last = written;
            self.word_from = to;
        }
        score
    }

    fn ended(&self, whole: f32, word: f32, first: Case) -> f32 {
        let whole = if self.words == 0 { word.min(LONE_WORD) } else { whole };
        let count = WORD_COUNTS
            .get(self.words)
            .copied()
            .unwrap_or_else(|| WORD_COUNTS[4] + MORE_WORDS * (self.words - 4) as f32);
        let small = if first == Case::Lower { -0.7 } else { 0.0 };
        UNLISTED + count + small + whole
    }
}

/// What joins two words: a blank is free.
fn joint_score(row: &Row, from: usize, to: usize) -> f32 {
    let one = |c: char| match c {
        ' ' => 0.0,
        '-' | '\u{2011}' => -1.2,
        '/' | '&' => -2.0,
        _ => -3.0,
    };
    row.chars[from..to].iter().map(|c| one(*c)).sum()
}

/// What it costs that a word written like `written` follows others.
fn mix_score(first: Case, last: Case, written: Case) -> f32 {
    match (first, last, written) {
        (Case::Lower, _, Case::Title) => -3.5,
        (Case::Title, Case::Title, Case::Lower) | (Case::Upper | Case::Mixed, _, Case::Lower) => -0.7,
        _ => 0.0,
    }
}

/// Log-probability of a word that no list and no text of the page has.
fn new_word_score(row: &Row, index: &Index, from: usize, to: usize) -> f32 {
    let digits = row.kinds[from..to].iter().filter(|kind| **kind == Kind::Digit).count();
    let written = row.case(from, to);
    match written {
        Case::None if digits > 0 => NUMBER - 0.5 * (to - from) as f32,
        Case::Upper => acronym_score(to - from),
        Case::Mixed => camel_score(row, index, from, to),
        Case::Lower => NEW_WORD + short_score(to - from) + spelt(row, index, from, to),
        _ => NEW_WORD + short_score(to - from) / 2.0 + spelt(row, index, from, to),
    }
}

/// New words of few letters are rarely words at all.
fn short_score(letters: usize) -> f32 {
    [0.0, -7.0, -5.0, -3.0, -1.0].get(letters).copied().unwrap_or(0.0)
}

/// Any few capitals can be an acronym, most often three.
fn acronym_score(letters: usize) -> f32 {
    let long = letters.saturating_sub(ACRONYM_LENGTHS.len() - 1) as f32;
    let usual = ACRONYM_LENGTHS[letters.min(ACRONYM_LENGTHS.len() - 1)];
    ACRONYM + usual + ACRONYM_LETTER * letters as f32 - 2.0 * long
}

/// A new word with inner capitals: its parts, each known or new.
fn camel_score(row: &Row, index: &Index, from: usize, to: usize) -> f32 {
    if row.lowers[to] - row.lowers[from] == 1 && row.chars[to - 1] == 's' && to - from > 2 {
        return acronym_score(to - from - 1) - 1.5;
    }
    let first = match (row.kinds[from], part_begins(&row.kinds[..to], from + 1)) {
        (Kind::Lower, _) => SMALL_FIRST,
        (_, true) => LONE_FIRST_PART - LONE_PART,
        _ => 0.0,
    };
    let mut sum = NEW_WORD - INNER_CAPITAL + first;
    let mut part = from;
    for at in from + 1..=to {
        if at == to || part_begins(&row.kinds[..to], at) {
            sum += INNER_CAPITAL
                + part_score(row, index, part, at)
                + usual_part(row, index, (from, to), (part, at));
            part = at;
        }
    }
    sum
}

/// What is gained or lost when other words begin or end with this part, as with `Open` and `DB`.
fn usual_part(row: &Row, index: &Index, word: (usize, usize), part: (usize, usize)) -> f32 {
    let folded = &row.folded[part.0..part.1];
    let (firsts, lasts) = index.part(folded);
    if part.0 == word.0 && firsts == 0 && folded.len() > 2 && index.is_tag(folded) {
        return TAG_FIRST;
    }
    let seen = if part.0 == word.0 {
        firsts
    } else if part.1 == word.1 {
        lasts
    } else {
        0
    };
    f32::from(seen.min(6)).ln_1p()
}

fn part_score(row: &Row, index: &Index, from: usize, to: usize) -> f32 {
    let key = (from as u16, to as u16);
    let place = row.spans.binary_search_by_key(&key, |span| (span.from, span.to));
    let known = place.map_or(f32::NEG_INFINITY, |place| row.spans[place].score);
    let new = match row.case(from, to) {
        _ if to - from == 1 => LONE_PART,
        Case::Upper => ACRONYM_LETTER * (to - from) as f32,
        _ => spelt(row, index, from, to) - 1.0,
    };
    known.max(new)
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
    let digit_first = row.kinds[from] == Kind::Digit && row.kinds[to - 1] == Kind::Lower;
    let odd = ODD_NAME + ODD_LETTER * (to - from) as f32;
    usual.max(odd) + if digit_first { DIGIT_FIRST } else { 0.0 }
}
