//! Judging a reading before believing it.
//!
//! The page is a stranger: it may be empty, cut, a login page, an old copy, or a thousand articles that nobody
//! wrote. What is judged here is the page, not the articles; its result says how much of it to believe.

use super::fingerprint::ReadingHash;
use super::identity::{Match, Sight};
use super::past::{Hold, Past};
use crate::model::reading::Weight;
use crate::model::text::{bounded, counted};
use crate::model::{Field, Health, ListingSpec, Reading, Timestamp};

/// How much of a reading to believe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Belief {
    /// All of it: what is not on it is gone.
    Whole,
    /// What is on it, but not that the rest is gone.
    Part,
    /// Nothing of it, for now.
    Nothing,
    /// Nothing until somebody approves.
    Hold(Hold),
}

impl Belief {
    /// What waits for approval, if anything does.
    #[must_use]
    pub fn hold(&self) -> Option<&Hold> {
        match self {
            Self::Hold(hold) => Some(hold),
            _ => None,
        }
    }
}

/// The judgement of one reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// How much to believe.
    pub belief: Belief,
    /// The listing's health by it.
    pub health: Health,
    /// Why it is not ok, one sentence.
    pub reason: String,
    /// The doubt to carry on to the next scan.
    pub doubt: Option<(ReadingHash, u8)>,
}

impl Judgement {
    fn of(belief: Belief, health: Health, reason: impl Into<String>) -> Self {
        Self { belief, health, reason: reason.into(), doubt: None }
    }
}

/// How many scans in a row a doubtful reading must be seen before it is believed.
const SCANS_TO_BELIEVE: u8 = 3;

/// How many new articles at once are never a flood.
const NEW_ALWAYS: usize = 50;

/// How many articles at once may have other titles, if these are not the most.
const REWRITTEN_ALWAYS: usize = 10;

/// Judges a reading against the listing's past.
///
/// An open-ended reading shows as many pages as brought something new, so its size says nothing. It is believed whole or
/// not at all: once a part of it is remembered, nobody would look for the rest below.
#[must_use]
pub fn judge(
    reading: &Reading,
    sight: &Sight<'_>,
    hash: ReadingHash,
    past: &Past,
    spec: &ListingSpec,
    now: Timestamp,
) -> Judgement {
    let page_fault = reading.faults.iter().find(|fault| fault.weight == Weight::Page);
    let count = sight.entries.len();
    if count == 0 {
        let reason = page_fault.map_or_else(|| "no entry was found".to_owned(), |fault| fault.reason.clone());
        let before = if past.held.is_empty() {
            String::new()
        } else {
            format!(" (the last reading had {})", past.held.len())
        };
        return Judgement::of(Belief::Nothing, Health::Empty, reason + &before);
    }
    let incomplete = match page_fault {
        Some(fault) => Some(format!("page {} could not be read: {}", fault.page, fault.reason)),
        None if reading.is_cut() => Some("the page ends in the middle of an entry".to_owned()),
        None => misnumbered(reading, past),
    };
    if past.baseline.is_none() {
        return match incomplete {
            Some(reason) => Judgement::of(Belief::Nothing, Health::Shrunk, reason),
            None => Judgement::of(Belief::Whole, Health::Ok, ""),
        };
    }
    if incomplete.is_none() {
        if past.believed.last() == Some(&hash) {
            return Judgement::of(Belief::Whole, Health::Ok, "");
        }
        if let Some(doubted) = old_copy(hash, past) {
            return doubted;
        }
    }
    if let Some(reason) = incomplete.as_ref().filter(|_| spec.is_open_ended() && !is_patient(past)) {
        return Judgement::of(Belief::Nothing, Health::Shrunk, reason.as_str());
    }
    if let Some(reason) = rewritten(sight, past, &spec.content) {
        return Judgement::of(Belief::Nothing, Health::Odd, reason);
    }
    if let Some(reason) = flood(sight, past, now) {
        let titles = sight.new_titles(Hold::TITLES).map(|title| bounded(title, Hold::TITLE_BYTES)).collect();
        let hold = Hold { hash, new: sight.new_count() as u64, reason: reason.clone(), titles };
        return Judgement::of(Belief::Hold(hold), Health::Quarantined, reason);
    }
    let shrunk = || if spec.is_open_ended() { None } else { shrunk(reading, count, past) };
    match incomplete.or_else(shrunk) {
        Some(reason) => Judgement::of(Belief::Part, Health::Shrunk, reason),
        None => Judgement::of(Belief::Whole, Health::Ok, ""),
    }
}

/// Whether the pages' own numbers say that one of them is missing, or stands in another's place. Listings whose
/// pages were never numbered in a row are none of its business.
fn misnumbered(reading: &Reading, past: &Past) -> Option<String> {
    if past.memo.pages < 2 || !in_a_row(&past.memo.numbers) {
        return None;
    }
    let numbers = reading.numbers();
    if in_a_row(&numbers) {
        return None;
    }
    let said: Vec<String> = numbers
        .iter()
        .map(|number| number.map_or("none".to_owned(), |(n, of)| format!("{n} of {of}")))
        .collect();
    Some(format!("a page is missing or repeated: the pages say that they are {}", said.join(", ")))
}

/// Whether every page says its number, each the next one.
fn in_a_row(numbers: &[Option<(u32, u32)>]) -> bool {
    let all: Option<Vec<u32>> = numbers.iter().map(|number| number.map(|(number, _)| number)).collect();
    all.is_some_and(|all| all.windows(2).all(|pair| pair[1] == pair[0].saturating_add(1)))
}

/// A reading equal to an older one is an old copy from some cache, until it was seen often enough; one that was
/// rejected stays so.
fn old_copy(hash: ReadingHash, past: &Past) -> Option<Judgement> {
    if past.rejected.contains(&hash) {
        return Some(Judgement::of(Belief::Nothing, Health::Odd, "this reading was rejected before"));
    }
    if !past.believed.contains(&hash) {
        return None;
    }
    let scans = past
        .memo
        .doubt
        .filter(|(doubted, _)| *doubted == hash)
        .map_or(1, |(_, scans)| scans.saturating_add(1));
    if scans >= SCANS_TO_BELIEVE {
        return Some(Judgement::of(Belief::Whole, Health::Ok, ""));
    }
    let mut judgement =
        Judgement::of(Belief::Nothing, Health::Odd, "the page is equal to an older copy of itself");
    judgement.doubt = Some((hash, scans));
    Some(judgement)
}

/// Whether most articles have other titles than before, though their ids or links are the same: the page in another
/// language, or something else with the same links. Seen often enough in a row, it is simply so.
fn rewritten(sight: &Sight<'_>, past: &Past, content: &[Field]) -> Option<String> {
    let (mut known, mut changed) = (0, 0);
    for seen in &sight.entries {
        let Match::Held(at) = seen.is else { continue };
        let Some(before) = past.held.get(at) else { continue };
        known += 1;
        let title = seen.candidate.print.differences(&before.print, &[Field::Title]);
        changed += usize::from(!title.is_empty());
    }
    let streak = past.memo.trouble.as_ref().filter(|streak| streak.health == Health::Odd);
    let patience = streak.is_some_and(|streak| streak.scans + 1 >= u32::from(SCANS_TO_BELIEVE));
    let is_odd = changed > REWRITTEN_ALWAYS && changed * 2 > known && content.contains(&Field::Title);
    (is_odd && !patience)
        .then(|| format!("{changed} of {known} known articles have other titles: is it another language?"))
}

/// Whether more is new at once than the listing's history allows.
fn flood(sight: &Sight<'_>, past: &Past, now: Timestamp) -> Option<String> {
    let (count, new, last) = (sight.entries.len(), sight.new_count(), past.held.len());
    if last == 0 {
        return None;
    }
    // Where the time of the last believed scan was lost, no time passed: better one reading held than a flood.
    let elapsed = now.since(past.memo.believed.unwrap_or(now));
    #[expect(clippy::cast_precision_loss, reason = "seconds and counts are far below 52 bits")]
    let expected = past.usual_rate(now) * elapsed as f64;
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 52 bits")]
    let (new_f, last_f, count_f) = (new as f64, last as f64, count as f64);
    if new > NEW_ALWAYS && new_f > 0.3 * last_f && new_f > 3.0 * expected {
        return Some(format!("{new} articles are new at once where the last reading had {last}"));
    }
    if new == count && expected < count_f {
        if count >= 10 {
            return Some(format!("none of the {count} articles is known, where the last reading had {last}"));
        }
        if lost(count, past).is_some() {
            let there = if count == 1 {
                "one unknown article stands".into()
            } else {
                format!("{count} unknown articles stand")
            };
            return Some(format!("{there} where the last reading had {last}"));
        }
    }
    None
}

/// Whether the listing lost more than it plausibly can. Seen often enough in a row, it is simply a shorter one.
fn shrunk(reading: &Reading, count: usize, past: &Past) -> Option<String> {
    let (pages, before) = (reading.pages.len(), past.memo.pages as usize);
    // A pattern finds what is there: a page that is not may be one that its writer has not written yet.
    let fewer =
        (pages < before).then(|| format!("{} where the last reading had {before}", counted(pages, "page")));
    fewer.or_else(|| lost(count, past)).filter(|_| !is_patient(past))
}

/// Whether the listing was shrunk for so many scans in a row that it is simply so.
fn is_patient(past: &Past) -> bool {
    let streak = past.memo.trouble.as_ref().filter(|streak| streak.health == Health::Shrunk);
    streak.is_some_and(|streak| streak.scans + 1 >= u32::from(SCANS_TO_BELIEVE))
}

/// Whether too many of the last reading's articles are not there.
fn lost(count: usize, past: &Past) -> Option<String> {
    let last = past.held.len();
    let lost = last.saturating_sub(count);
    (lost >= 4 && count * 10 < last * 7)
        .then(|| format!("{} where the last reading had {last}", counted(count, "article")))
}
