//! One run, prepared: its characters, the words found in it, and the places where it may be cut.

use super::index::{Index, ROOT, Word, step};
use super::letters::symbol;
use super::shape::{CHARS_MAX, Case, Kind, case, fold, kind};
use super::texts::TextWords;

/// Most cuts and word edges that are weighed in one run.
pub(super) const POINTS_MAX: usize = 72;
/// Most words found in one run that are kept.
const SPANS_MAX: usize = 400;
/// Shortest word that may make a cut between two small letters.
const CUTTING_WORD_CHARS: usize = 3;

/// Most places where the words of one text are found in one run.
const HEARD_MAX: usize = 64;
/// Longest stretch without known words in which every place is weighed as a cut.
const UNKNOWN_CHARS_MAX: usize = 28;
/// A listed word less likely than this, by how it is written, counts for nothing.
const UNLIKELY_WORD: f32 = -16.0;

/// A word found in the run: characters `from..to`, and its log-probability as written there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) from: u16,
    pub(super) to: u16,
    pub(super) score: f32,
}

/// A place that begins or ends a word.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    /// In characters.
    pub(super) at: u16,
    /// Whether a tag may end here and the next begin.
    pub(super) cut: bool,
}

/// Buffers for one run, used again for the next.
#[derive(Debug, Default)]
pub(super) struct Row {
    pub(super) chars: Vec<char>,
    pub(super) folded: Vec<char>,
    pub(super) kinds: Vec<Kind>,
    pub(super) symbols: Vec<u8>,
    /// Where each character begins, in bytes; one more at the end.
    pub(super) bytes: Vec<u16>,
    /// How many capitals and small letters come before each place.
    pub(super) uppers: Vec<u16>,
    pub(super) lowers: Vec<u16>,
    /// Sum of letter log-probabilities up to each place, as if all were inside one word.
    pub(super) spelt: Vec<f32>,
    pub(super) spans: Vec<Span>,
    pub(super) points: Vec<Point>,
    /// Point number of each place, [`NO_POINT`] elsewhere.
    pub(super) point_at: Vec<u8>,
    marks: Vec<u8>,
}

/// No point at this place.
pub(super) const NO_POINT: u8 = u8::MAX;
const CUT: u8 = 1;
const EDGE: u8 = 2;

impl Row {
    /// Reads `run`. Returns `false`, with nothing prepared, if it is too long.
    pub(super) fn read(&mut self, run: &str, index: &Index) -> bool {
        if run.len() > CHARS_MAX {
            return false;
        }
        self.clear();
        for (at, c) in run.char_indices() {
            let (kind, folded) = (kind(c), fold(c));
            self.chars.push(c);
            self.folded.push(folded);
            self.kinds.push(kind);
            self.symbols.push(symbol(folded));
            self.bytes.push(at as u16);
            let (uppers, lowers) = (self.uppers[at_end(&self.uppers)], self.lowers[at_end(&self.lowers)]);
            self.uppers.push(uppers + u16::from(kind == Kind::Upper));
            self.lowers.push(lowers + u16::from(kind == Kind::Lower));
        }
        self.bytes.push(run.len() as u16);
        self.spell(index);
        self.find_words(index);
        true
    }

    fn clear(&mut self) {
        self.chars.clear();
        self.folded.clear();
        self.kinds.clear();
        self.symbols.clear();
        self.bytes.clear();
        self.spans.clear();
        self.points.clear();
        for counts in [&mut self.uppers, &mut self.lowers] {
            counts.clear();
            counts.push(0);
        }
    }

    /// Number of characters.
    pub(super) fn len(&self) -> usize {
        self.chars.len()
    }

    fn spell(&mut self, index: &Index) {
        self.spelt.clear();
        self.spelt.push(0.0);
        let mut sum = 0.0;
        for at in 0..self.len() {
            if at >= 2 {
                sum += index.letters().after(self.symbols[at - 2], self.symbols[at - 1], self.symbols[at]);
            }
            self.spelt.push(sum);
        }
    }

    /// How `from..to` is written.
    pub(super) fn case(&self, from: usize, to: usize) -> Case {
        let uppers = self.uppers[to] - self.uppers[from];
        let lowers = self.lowers[to] - self.lowers[from];
        case(self.kinds[from], usize::from(uppers), usize::from(lowers))
    }

    /// Whether `from..to` is written exactly so.
    pub(super) fn is(&self, from: usize, to: usize, text: &str) -> bool {
        self.chars[from..to].iter().copied().eq(text.chars())
    }

    fn find_words(&mut self, index: &Index) {
        for from in 0..self.len() {
            if self.kinds[from] == Kind::Join {
                continue;
            }
            let mut hash = ROOT;
            for to in from + 1..=self.len() {
                if self.kinds[to - 1] == Kind::Join {
                    break;
                }
                hash = step(hash, self.folded[to - 1]);
                let Some(node) = index.get(hash) else { break };
                if node.word != 0 && self.spans.len() < SPANS_MAX {
                    let word = index.word(node.word);
                    let score = self.word_score(from, to, word, index);
                    self.spans.push(Span { from: from as u16, to: to as u16, score });
                }
            }
        }
    }

    fn word_score(&self, from: usize, to: usize, word: &Word, index: &Index) -> f32 {
        index.word_score(word.count) + self.case_score(from, to, word)
    }

    /// What it costs that a known word is written as it is here.
    fn case_score(&self, from: usize, to: usize, word: &Word) -> f32 {
        match self.case(from, to) {
            Case::None => 0.0,
            Case::Lower => match (word.lower, word.title, word.upper) {
                (true, ..) => 0.0,
                (_, true, _) => -1.0,
                (.., true) => -3.5,
                _ => -3.5,
            },
            Case::Title if to - from == 1 => {
                if word.upper || word.title {
                    0.0
                } else {
                    -5.0
                }
            }
            Case::Title => match (word.title, word.lower, word.upper) {
                (true, ..) => 0.0,
                (_, true, _) => -0.3,
                (.., true) => -4.0,
                _ => -2.5,
            },
            Case::Upper => {
                if word.upper {
                    0.0
                } else {
                    -4.5
                }
            }
            Case::Mixed => {
                let known = word.mixed.iter().any(|spelling| self.is(from, to, spelling));
                if known {
                    0.0
                } else if self.is_plural(from, to) && word.upper {
                    -1.0
                } else {
                    -9.0
                }
            }
        }
    }

    /// `APIs`: capitals and one small `s`.
    fn is_plural(&self, from: usize, to: usize) -> bool {
        self.lowers[to] - self.lowers[from] == 1 && self.chars[to - 1] == 's'
    }

    /// Raises the words of `text` found in the run, and adds those no list has.
    ///
    /// `known` is what a listed word gains, `fresh` what an unlisted one scores.
    pub(super) fn hear(&mut self, text: &TextWords, known: f32, fresh: f32) {
        let mut left = HEARD_MAX;
        for word in text.iter() {
            let Some((&first, rest)) = word.folded.split_first() else { continue };
            for from in 0..self.len().saturating_sub(rest.len()) {
                let to = from + 1 + rest.len();
                if left > 0 && self.folded[from] == first && self.folded[from + 1..to] == *rest {
                    self.hear_at(from, to, word.written, known, fresh);
                    left -= 1;
                }
            }
        }
    }

    fn hear_at(&mut self, from: usize, to: usize, written: &[char], known: f32, fresh: f32) {
        let same = self.chars[from..to] == *written;
        let natural = same || matches!(self.case(from, to), Case::Lower | Case::Title);
        if !natural {
            return;
        }
        let fresh = if same { fresh } else { fresh - 1.0 };
        let (from, to) = (from as u16, to as u16);
        if let Some(span) = self.spans.iter_mut().find(|span| span.from == from && span.to == to) {
            span.score = (span.score + known).max(fresh);
        } else if self.spans.len() < SPANS_MAX {
            self.spans.push(Span { from, to, score: fresh });
        }
    }

    /// Finds the places where the run may be cut, after all words are known.
    pub(super) fn find_points(&mut self) {
        self.mark_shapes();
        self.spans.sort_unstable_by_key(|span| (span.from, span.to));
        self.mark_forward();
        self.mark_backward();
        self.mark_unknown();
        self.collect_points();
    }

    fn mark_shapes(&mut self) {
        self.marks.clear();
        self.marks.resize(self.len() + 1, 0);
        for at in 0..=self.len() {
            let before = at.checked_sub(1).map_or(Kind::Join, |before| self.kinds[before]);
            let after = self.kinds.get(at).copied().unwrap_or(Kind::Join);
            self.marks[at] = match (before, after) {
                _ if at == 0 || at == self.len() => EDGE,
                (Kind::Join, Kind::Join) => 0,
                (Kind::Join, _) | (_, Kind::Join) => EDGE,
                (_, Kind::Upper) if self.chars[at - 1] != '.' && self.chars[at - 1] != '(' => CUT,
                (Kind::Digit, Kind::Lower) => CUT,
                (Kind::Lower, Kind::Lower) if self.kinds.get(at + 1) == Some(&Kind::Join) => CUT,
                (Kind::Wide, Kind::Wide) => 0,
                (Kind::Wide, _) | (_, Kind::Wide) => CUT,
                (Kind::Mark, Kind::Lower | Kind::Digit) if matches!(self.chars[at - 1], '+' | '#' | ')') => {
                    CUT
                }
                _ => 0,
            };
        }
    }

    /// Words that begin at a likely beginning make a cut where they end.
    fn mark_forward(&mut self) {
        for number in 0..self.spans.len() {
            let span = self.spans[number];
            if self.marks[usize::from(span.from)] != 0 && self.may_cut(span, usize::from(span.to)) {
                self.marks[usize::from(span.to)] |= CUT;
            }
        }
    }

    /// Words that end at a likely end make a cut where they begin.
    fn mark_backward(&mut self) {
        for number in (0..self.spans.len()).rev() {
            let span = self.spans[number];
            if self.marks[usize::from(span.to)] != 0 && self.may_cut(span, usize::from(span.from)) {
                self.marks[usize::from(span.from)] |= CUT;
            }
        }
    }

    /// Where no word is known, a tag may end anywhere.
    fn mark_unknown(&mut self) {
        let mut from = 0;
        let mut budget = POINTS_MAX.saturating_sub(self.marks.iter().filter(|mark| **mark != 0).count());
        for to in 1..=self.len() {
            if self.marks[to] == 0 {
                continue;
            }
            let inside = self.kinds[from] != Kind::Join && to - from > 3;
            if inside && to - from <= budget.min(UNKNOWN_CHARS_MAX) && !self.is_word(from, to) {
                let last = self.len() - 2;
                (from + 2..to - 1).filter(|at| *at < last).for_each(|at| self.marks[at] |= CUT);
                budget -= to - from;
            }
            from = to;
        }
    }

    fn is_word(&self, from: usize, to: usize) -> bool {
        let key = (from as u16, to as u16);
        let place = self.spans.binary_search_by_key(&key, |span| (span.from, span.to));
        place.is_ok_and(|place| self.spans[place].score > UNLIKELY_WORD)
    }

    /// Whether a word is good enough to cut at one of its ends where letter case is silent.
    fn may_cut(&self, span: Span, at: usize) -> bool {
        let (from, to) = (usize::from(span.from), usize::from(span.to));
        let exact_short = to - from == 2 && self.kinds[from] == Kind::Upper;
        self.marks[at] == 0 && (to - from >= CUTTING_WORD_CHARS || exact_short) && span.score > UNLIKELY_WORD
    }

    fn collect_points(&mut self) {
        self.point_at.clear();
        self.point_at.resize(self.len() + 1, NO_POINT);
        for at in 0..=self.len() {
            if self.marks[at] == 0 || self.points.len() == POINTS_MAX {
                continue;
            }
            self.point_at[at] = self.points.len() as u8;
            let cut = self.marks[at] & EDGE == 0 || at == 0 || at == self.len();
            self.points.push(Point { at: at as u16, cut });
        }
    }
}

fn at_end(counts: &[u16]) -> usize {
    counts.len() - 1
}
