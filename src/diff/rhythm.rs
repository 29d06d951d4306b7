//! The rhythm of a listing: how long one usually waits for something new on it, and when the wait is unusually long.
//!
//! The rhythm comes from the journal alone. How long the listing has been silent is counted in looks that read well,
//! each for the time since the one before, but for no more than a third of the wait that is allowed: a listing is
//! called quiet because it was looked at and nothing was there, never because nobody looked.

use super::past::Past;
use super::proposal::HealthChange;
use crate::model::listing::Quiet;
use crate::model::{Health, ListingSpec, Timestamp};

/// How many arrivals are remembered.
const ARRIVALS: usize = 32;

/// Seconds between two of them, the last one aside. What comes thick and fast takes one place together, so that 32
/// of them reach over two weeks and more, and the nights and weekends in them are part of the rhythm.
const APART: i64 = 12 * 3_600;

/// With fewer gaps between arrivals there is no rhythm yet.
const GAPS: usize = 6;

/// So many times the longest usual wait is unusual.
const UNUSUAL: i64 = 3;

/// So many looks, at least, make a silence.
const LOOKS: i64 = 3;

/// Notes that something new came to a listing. `arrivals` are in order; the last is always the last there was.
pub(crate) fn note_arrival(arrivals: &mut Vec<Timestamp>, at: Timestamp) {
    if let [.., before, last] = arrivals.as_mut_slice()
        && last.since(*before) < APART
    {
        *last = at;
        return;
    }
    arrivals.push(at);
    let surplus = arrivals.len().saturating_sub(ARRIVALS);
    arrivals.drain(..surplus);
}

/// The longest usual wait for something new, in seconds; `None` while there is no rhythm. It is 12 hours or more.
///
/// Of a full history it is the second longest: one holiday, or one week in which nobody looked, is no habit.
fn usual_wait(arrivals: &[Timestamp]) -> Option<i64> {
    let mut gaps: Vec<i64> = arrivals.windows(2).map(|pair| pair[1].since(pair[0])).collect();
    if gaps.len() < GAPS {
        return None;
    }
    gaps.sort_unstable_by(|a, b| b.cmp(a));
    gaps.get(usize::from(arrivals.len() >= ARRIVALS)).copied()
}

/// The longest silence that is not unusual, in seconds; `None` when no silence is.
fn allowed(spec: &ListingSpec, past: &Past) -> Option<i64> {
    match spec.quiet {
        Quiet::Auto => usual_wait(&past.arrivals).map(|wait| wait.saturating_mul(UNUSUAL)),
        Quiet::After(seconds) => Some(i64::from(seconds)),
        Quiet::Never => None,
    }
}

/// What a look that read well says of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wellness {
    /// Seconds of looking since something new came.
    pub silence: u64,
    /// Why the listing is quiet, one sentence; `None` when it is not.
    pub quiet: Option<String>,
    /// The change that is to be said.
    pub change: Option<HealthChange>,
}

/// What a look at `now` that read well, and brought something new or not, says of the listing.
pub(super) fn wellness(spec: &ListingSpec, past: &Past, brings_news: bool, now: Timestamp) -> Wellness {
    let allowed = allowed(spec, past);
    let begins = past.baseline.is_none();
    let silence = if brings_news || begins { 0 } else { silence(past, allowed, now) };
    let is_quiet = match past.health {
        _ if brings_news || begins || spec.quiet == Quiet::Never => false,
        // Until something new comes, however long the silence may be by now.
        Health::Quiet => true,
        _ => allowed.is_some_and(|allowed| i64::try_from(silence).unwrap_or(i64::MAX) > allowed),
    };
    let quiet = is_quiet.then(|| silent(spec, past, now));
    let to = if is_quiet { Health::Quiet } else { Health::Ok };
    let change = (past.health != to).then(|| {
        let reason = match (past.health, &quiet) {
            (Health::Quiet, _) if brings_news => {
                format!("new articles again after {}", span(waited(past, now)))
            }
            (Health::Quiet, _) if begins => "it begins anew".to_owned(),
            (Health::Quiet, _) => "its silence is no longer watched".to_owned(),
            (Health::Ok, Some(quiet)) => quiet.clone(),
            (_, Some(quiet)) => format!("the page reads well again; {quiet}"),
            (_, None) => "the page reads well again".to_owned(),
        };
        HealthChange { to, reason, hold: None }
    });
    Wellness { silence, quiet, change }
}

/// Seconds of looking since something new came, up to a look at `now` that brought nothing.
fn silence(past: &Past, allowed: Option<i64>, now: Timestamp) -> u64 {
    let Some(allowed) = allowed else { return 0 };
    let since = past.memo.well.map_or(0, |well| now.since(well));
    let counted = since.clamp(0, allowed / LOOKS);
    past.memo.silence.saturating_add(u64::try_from(counted).unwrap_or(0))
}

/// When something last came: the baseline where nothing did since.
fn last(past: &Past) -> Option<Timestamp> {
    past.arrivals.last().copied().max(past.baseline.map(|baseline| baseline.at))
}

fn waited(past: &Past, now: Timestamp) -> i64 {
    last(past).map_or(0, |last| now.since(last).max(0))
}

/// The sentence about a quiet listing.
fn silent(spec: &ListingSpec, past: &Past, now: Timestamp) -> String {
    let day = last(past).map_or_else(String::new, |last| format!(" since {}", day(last)));
    let usual = match spec.quiet {
        Quiet::Auto => usual_wait(&past.arrivals)
            .map_or_else(String::new, |wait| format!("; usually it is at most {}", span(wait))),
        Quiet::After(_) | Quiet::Never => String::new(),
    };
    format!("nothing new{day}, for {}{usual}", span(waited(past, now)))
}

/// A day as people write it, in UTC.
pub(super) fn day(at: Timestamp) -> String {
    at.to_chrono().format("%Y-%m-%d").to_string()
}

/// A time in words: hours up to two days, then days.
fn span(seconds: i64) -> String {
    let (count, unit) =
        if seconds < 48 * 3_600 { (seconds / 3_600, "hour") } else { (seconds / 86_400, "day") };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600;

    fn arrivals(hours: impl IntoIterator<Item = i64>) -> Vec<Timestamp> {
        let mut found = Vec::new();
        hours.into_iter().for_each(|hour| note_arrival(&mut found, Timestamp::from_unix(hour * HOUR)));
        found
    }

    #[test]
    fn there_is_no_rhythm_before_six_gaps() {
        assert_eq!(usual_wait(&arrivals((0..6).map(|day| day * 24))), None);
        assert_eq!(usual_wait(&arrivals((0..7).map(|day| day * 24))), Some(24 * HOUR));
    }

    #[test]
    fn weekends_are_in_the_rhythm_of_an_office_that_writes_every_hour() {
        // Nine to five, Monday to Friday, for a year.
        let weeks = (0..52).flat_map(|week| {
            (0..5).flat_map(move |day| (9..17).map(move |hour| (week * 7 + day) * 24 + hour))
        });
        let mut seen = Vec::new();
        for (n, hour) in weeks.enumerate() {
            note_arrival(&mut seen, Timestamp::from_unix(hour * HOUR));
            if n > 40 {
                let wait = usual_wait(&seen).expect("a rhythm");
                assert!(UNUSUAL * wait > 65 * HOUR, "a weekend is no silence after arrival {n}: {wait}");
                assert!(wait <= 72 * HOUR, "and a month is one: {wait}");
            }
        }
    }

    #[test]
    fn articles_every_minute_are_waited_for_a_day_and_a_half_at_least() {
        let mut seen = Vec::new();
        for minute in 0..20_000 {
            note_arrival(&mut seen, Timestamp::from_unix(minute * 60));
        }
        assert_eq!(usual_wait(&seen), Some(APART));
        assert_eq!(seen.last(), Some(&Timestamp::from_unix(19_999 * 60)));
    }

    #[test]
    fn one_holiday_in_a_full_history_is_no_habit() {
        let days = (0..20).chain(50..62).map(|day| day * 24);
        assert_eq!(usual_wait(&arrivals(days.clone())), Some(24 * HOUR));
        assert_eq!(usual_wait(&arrivals(days.take(31))), Some(31 * 24 * HOUR), "few are taken as they come");
    }

    #[test]
    fn spans_are_told_in_hours_and_days() {
        let told: Vec<String> = [HOUR, 47 * HOUR, 48 * HOUR, 12 * 86_400].map(span).into();
        assert_eq!(told, ["1 hour", "47 hours", "2 days", "12 days"]);
    }
}
