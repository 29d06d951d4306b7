//! Log-probabilities of the tags a run may hold.

use super::fresh::word_score;
use super::index::{HashTable, Index, ROOT, Tag, step};
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
/// An unlisted tag without letters of any case costs more.
const LONE_NUMBER: f32 = -3.0;
/// A tag that ends with a joining character: only at the end of a broken run.
const LOOSE_END: f32 = -40.0;
/// Most words of one tag.
const TAG_WORDS_MAX: usize = 6;
/// Longest tag, in characters.
const TAG_CHARS_MAX: usize = 48;

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
            *slot = word_score(row, index, from, end);
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
        let whole = match (self.words, first) {
            (0, Case::None) => word.min(LONE_WORD) + LONE_NUMBER,
            (0, _) => word.min(LONE_WORD),
            _ => whole,
        };
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
