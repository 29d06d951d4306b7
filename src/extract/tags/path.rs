//! The best way through a run: which possible tags to take, and how far ahead of the others it is.

use std::cmp::Ordering;

use super::row::{POINTS_MAX, Row};
use super::score::Segment;

/// Most tags of one row.
pub(super) const TAGS_MAX: usize = 8;
/// Log-probabilities of a row having 1, 2, … tags.
const COUNTS: [f32; TAGS_MAX] = [-7.0, -4.2, -0.05, -4.2, -5.5, -9.0, -12.0, -15.0];
/// What two tags out of byte order cost.
const DISORDER: f32 = -6.0;
/// What the same tag twice costs.
const TWICE: f32 = -12.0;
/// Ways this far behind the best, order and count left aside, are not looked at.
const BEAM: f32 = 16.0;
/// How much of the scores' differences is believed when they are turned into a probability.
const BELIEF: f32 = 0.6;
/// Most possible tags weighed against each other.
const SEGMENTS_MAX: usize = 400;

/// The best way found.
#[derive(Clone, Debug, Default)]
pub(super) struct Best {
    /// Where its tags end, in bytes.
    pub(super) ends: Vec<u16>,
    /// Its share of the probability of all ways.
    pub(super) share: f32,
}

/// Where one state of the search stands: the best score, where from, and the probability of all ways here.
#[derive(Clone, Copy, Debug)]
struct State {
    score: f32,
    mass: f32,
    before: u16,
}

const NOWHERE: State = State { score: f32::NEG_INFINITY, mass: 0.0, before: u16::MAX };

/// Buffers of the search, used again for the next row.
#[derive(Debug, Default)]
pub(super) struct Search {
    ahead: Vec<f32>,
    behind: Vec<f32>,
    kept: Vec<Segment>,
    states: Vec<[State; TAGS_MAX]>,
    /// Kept segments by the point they end at: first, and next with the same end.
    last_ending: Vec<u16>,
    same_end: Vec<u16>,
}

impl Search {
    /// Searches the segments of `row`, which come in order of their first point.
    pub(super) fn best(&mut self, row: &Row, run: &str, segments: &[Segment]) -> Option<Best> {
        let last = row.points.len().checked_sub(1)?;
        if usize::from(row.points[last].at) != row.len() {
            return None;
        }
        self.bound(last, segments);
        if self.ahead[last] == f32::NEG_INFINITY {
            return None;
        }
        self.keep(last, segments);
        self.advance(row, run);
        self.finish(row, last)
    }

    /// The best score from the start to each point and from each point to the end, order and count left aside.
    fn bound(&mut self, last: usize, segments: &[Segment]) {
        for side in [&mut self.ahead, &mut self.behind] {
            side.clear();
            side.resize(POINTS_MAX, f32::NEG_INFINITY);
        }
        self.ahead[0] = 0.0;
        for s in segments {
            let reached = self.ahead[usize::from(s.from)] + s.score;
            let slot = &mut self.ahead[usize::from(s.to)];
            *slot = slot.max(reached);
        }
        self.behind[last] = 0.0;
        for s in segments.iter().rev() {
            let reached = self.behind[usize::from(s.to)] + s.score;
            let slot = &mut self.behind[usize::from(s.from)];
            *slot = slot.max(reached);
        }
    }

    /// Keeps the segments that lie on a way near the best, with scores relative to the best way to each point.
    fn keep(&mut self, last: usize, segments: &[Segment]) {
        let floor = self.ahead[last] - BEAM;
        self.kept.clear();
        for s in segments {
            let (from, to) = (usize::from(s.from), usize::from(s.to));
            if self.ahead[from] + s.score + self.behind[to] >= floor && self.kept.len() < SEGMENTS_MAX {
                let score = s.score + self.ahead[from] - self.ahead[to];
                self.kept.push(Segment { score, ..*s });
            }
        }
    }

    fn advance(&mut self, row: &Row, run: &str) {
        self.states.clear();
        self.same_end.clear();
        self.last_ending.clear();
        self.last_ending.resize(POINTS_MAX, u16::MAX);
        for number in 0..self.kept.len() {
            let here = self.kept[number];
            let mut states = [NOWHERE; TAGS_MAX];
            if here.from == 0 {
                states[0] = State { score: here.score, mass: weight(here.score), before: u16::MAX };
            }
            let mut before = self.last_ending[usize::from(here.from)];
            while before != u16::MAX {
                let step = here.score
                    + order_score(text(row, run, self.kept[usize::from(before)]), text(row, run, here));
                extend(&mut states, &self.states[usize::from(before)], step, before);
                before = self.same_end[usize::from(before)];
            }
            self.states.push(states);
            self.same_end.push(self.last_ending[usize::from(here.to)]);
            self.last_ending[usize::from(here.to)] = number as u16;
        }
    }

    fn finish(&self, row: &Row, last: usize) -> Option<Best> {
        let mut best = (f32::NEG_INFINITY, u16::MAX, 0);
        let mut mass = 0.0;
        let mut end = self.last_ending[last];
        while end != u16::MAX {
            for (count, state) in self.states[usize::from(end)].iter().enumerate() {
                let score = state.score + COUNTS[count];
                mass += state.mass * weight(COUNTS[count]);
                if score > best.0 {
                    best = (score, end, count);
                }
            }
            end = self.same_end[usize::from(end)];
        }
        let (score, mut at, count) = best;
        if at == u16::MAX || mass <= 0.0 {
            return None;
        }
        let mut ends = vec![0; count + 1];
        for place in (0..=count).rev() {
            ends[place] = row.bytes[usize::from(row.points[usize::from(self.kept[usize::from(at)].to)].at)];
            at = self.states[usize::from(at)][place].before;
        }
        Some(Best { ends, share: (weight(score) / mass).min(1.0) })
    }
}

fn extend(states: &mut [State; TAGS_MAX], from: &[State; TAGS_MAX], step: f32, before: u16) {
    let factor = weight(step);
    for count in 1..TAGS_MAX {
        let earlier = from[count - 1];
        if earlier.mass <= 0.0 {
            continue;
        }
        let state = &mut states[count];
        state.mass += earlier.mass * factor;
        if earlier.score + step > state.score {
            state.score = earlier.score + step;
            state.before = before;
        }
    }
}

fn weight(score: f32) -> f32 {
    (score * BELIEF).exp()
}

fn text<'a>(row: &Row, run: &'a str, s: Segment) -> &'a [u8] {
    let at = |point: u8| usize::from(row.bytes[usize::from(row.points[usize::from(point)].at)]);
    &run.as_bytes()[at(s.from)..at(s.to)]
}

fn order_score(before: &[u8], after: &[u8]) -> f32 {
    match before.cmp(after) {
        Ordering::Less => 0.0,
        Ordering::Greater => DISORDER,
        Ordering::Equal => TWICE,
    }
}
