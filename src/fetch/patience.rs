//! When a page may be asked for again: pure, what an answer means and what is remembered are values.
//!
//! What came is good for as long as its server or the page says, up to a day. What failed is left alone for 1, 2, 4 …
//! 24 hours, or for as long as its server asks. What is gone is left alone until somebody asks for it. A schedule is
//! never asked to look earlier by any of this.

use http::HeaderMap;
use http::header::{AGE, CACHE_CONTROL, DATE, EXPIRES, HeaderName, RETRY_AFTER};

use super::hints::Hints;
use crate::model::Timestamp;
use crate::model::answer::{asked_wait, date};
use crate::model::visit::{Moved, Pause, Pausing, Visit};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;
/// A page that is not there is asked for daily, so long; then it counts as gone.
const MISSING: i64 = 30 * DAY;
/// A permanent redirect counts when it was seen so often in a row, over so long.
const MOVED_TIMES: u16 = 5;
const MOVED_FOR: i64 = 2 * DAY;

/// What became of one fetch.
#[derive(Clone, Copy, Debug)]
pub enum Heard<'h> {
    /// The page, or that it is as it was; with what the page itself says, where it came.
    Well(&'h HeaderMap, Option<Hints>),
    /// Another answer: its status.
    Refused(u16, &'h HeaderMap),
    /// No answer, or none that can be used.
    Failed,
    /// Not asked for: robots.txt does not let us.
    Forbidden,
}

/// Notes in what is remembered of a page what became of a fetch at `now`.
pub fn note(visit: &mut Visit, heard: Heard<'_>, now: Timestamp) {
    let pause = match heard {
        Heard::Well(headers, hints) => {
            (visit.failures, visit.missing) = (0, None);
            if let Some(hints) = hints {
                (visit.ttl, visit.skip_hours) = (hints.ttl, hints.skip_hours);
            }
            let good = fresh(headers, now).max(i64::from(visit.ttl)).min(DAY);
            let until = awake(now.plus(good), visit.skip_hours).min(now.plus(DAY));
            (until > now).then_some(Pause { until, by: Pausing::Fresh })
        }
        Heard::Refused(status, headers) => Some(refused(visit, status, headers, now)),
        Heard::Failed => Some(failed(visit, now)),
        Heard::Forbidden => {
            visit.failures = 0;
            Some(Pause { until: now.plus(DAY), by: Pausing::Robots })
        }
    };
    visit.pause = pause;
}

fn refused(visit: &mut Visit, status: u16, headers: &HeaderMap, now: Timestamp) -> Pause {
    let asked = text(headers, &RETRY_AFTER).map_or(0, |text| asked_wait(text, now));
    if status == 410 {
        return gone(now);
    }
    if status == 404 {
        let since = visit.missing.unwrap_or(now).min(now);
        visit.missing = Some(since);
        if now.since(since) >= MISSING {
            return gone(now);
        }
        visit.failures = visit.failures.saturating_add(1);
        return Pause { until: now.plus(DAY), by: Pausing::Failed };
    }
    visit.missing = None;
    let backed_off = failed(visit, now);
    // Whoever asks for a wait is asked again after it, be that sooner or later than we would have waited.
    if asked > 0 { Pause { until: now.plus(asked), by: Pausing::Asked } } else { backed_off }
}

/// 1, 2, 4, 8, 16, 24, 24 … hours.
fn failed(visit: &mut Visit, now: Timestamp) -> Pause {
    visit.failures = visit.failures.saturating_add(1);
    let hours = 1_i64 << (visit.failures - 1).min(5);
    Pause { until: now.plus((hours * HOUR).min(DAY)), by: Pausing::Failed }
}

fn gone(now: Timestamp) -> Pause {
    Pause { until: now.plus(i64::MAX), by: Pausing::Gone }
}

/// Who wants a page, and so which pauses hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Its schedule: all of them.
    Due,
    /// A person, or another config: only what its server asked for.
    Now,
}

/// Until when a page is to be left alone; `None` where it may be asked for at `now`.
///
/// No pause but for what is gone holds for more than a day: one that would was noted by a clock that has been set
/// back since.
#[must_use]
pub fn rest(visit: &Visit, wanted: Wanted, now: Timestamp) -> Option<Pause> {
    let pause = visit.pause?;
    let holds = match (pause.by, wanted) {
        (Pausing::Gone, Wanted::Due) => return Some(pause),
        (_, Wanted::Due) | (Pausing::Asked, Wanted::Now) => true,
        (_, Wanted::Now) => false,
    };
    (holds && pause.until > now && pause.until <= now.plus(DAY)).then_some(pause)
}

/// Whether the page is left alone for good, until somebody asks for it.
#[must_use]
pub fn is_gone(visit: &Visit) -> bool {
    visit.pause.is_some_and(|pause| pause.by == Pausing::Gone)
}

/// For how many seconds an answer is good (RFC 9111, section 4.2), at most a day.
fn fresh(headers: &HeaderMap, now: Timestamp) -> i64 {
    let mut age = None;
    for value in headers.get_all(CACHE_CONTROL) {
        for part in value.to_str().unwrap_or_default().split(',') {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let name = name.trim();
            if name.eq_ignore_ascii_case("no-cache") || name.eq_ignore_ascii_case("no-store") {
                return 0;
            }
            if name.eq_ignore_ascii_case("max-age") && age.is_none() {
                age = Some(seconds(value.trim().trim_matches('"')));
            }
        }
    }
    if let Some(age) = age {
        let spent = text(headers, &AGE).map_or(0, seconds);
        return (age - spent).clamp(0, DAY);
    }
    let Some(expires) = text(headers, &EXPIRES).and_then(date) else { return 0 };
    let sent = text(headers, &DATE).and_then(date).unwrap_or(now);
    expires.since(sent).min(DAY)
}

/// A count of seconds; one too large to be a number is a day, and what is none is 0.
fn seconds(text: &str) -> i64 {
    let is_number = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if is_number { text.parse().unwrap_or(DAY).min(10 * DAY) } else { 0 }
}

fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

/// `at`, or the beginning of the first hour after it in which the page may be fetched.
fn awake(at: Timestamp, skip_hours: u32) -> Timestamp {
    let skipped = |at: Timestamp| skip_hours >> (at.unix() / HOUR % 24) & 1 == 1;
    if !skipped(at) {
        return at;
    }
    let hour = at.unix() - at.unix() % HOUR;
    let later = (1..24).map(|hours| Timestamp::from_unix(hour + hours * HOUR));
    // A page that may never be fetched says nothing.
    later.into_iter().find(|at| !skipped(*at)).unwrap_or(at)
}

/// Notes where the permanent redirects that a fetch began with led; `None` where it began with none. Whether a new
/// address has just become the one that is asked.
pub fn note_moved(visit: &mut Visit, to: Option<&str>, now: Timestamp) -> bool {
    let Some(to) = to else {
        visit.moved = None;
        return false;
    };
    let moved = match visit.moved.take().filter(|moved| moved.to == to) {
        Some(moved) => Moved { times: moved.times.saturating_add(1), since: moved.since.min(now), ..moved },
        None => Moved { to: to.to_owned(), since: now, times: 1, settled: false },
    };
    let settles = !moved.settled && moved.times >= MOVED_TIMES && now.since(moved.since) >= MOVED_FOR;
    visit.moved = Some(Moved { settled: moved.settled || settles, ..moved });
    settles
}

#[cfg(test)]
#[path = "patience_tests.rs"]
mod tests;
