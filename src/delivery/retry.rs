//! What an answer means, and when a delivery is tried again: the schedule of Standard Webhooks.

use std::fmt::Display;

use crate::model::answer::asked_wait;
use crate::model::text::{bounded, is_invisible, one_line};
use crate::model::{Answer, Timestamp, TryEnd};

/// Seconds between a try's failure and the next try; before the first there is no wait. With these a delivery lives
/// through a night, a working day and an outage of 27 hours.
const WAITS: [i64; 8] = [0, 5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 10 * 3600];
/// Tries of a delivery before it is given up.
pub const TRIES: u32 = WAITS.len() as u32;
/// How much earlier or later than scheduled a try may be, so that what failed together is not tried together.
const JITTER: f64 = 0.2;
/// Bytes of a receiver's own words that a reason quotes.
const QUOTE: usize = 200;

/// Judges try number `tries` of a delivery, the first being 1, by its answer, or by the error where there was none.
///
/// `jitter` is a chance in `0..1` that the caller draws: where in ± 20 % around the scheduled time the next try is. A
/// receiver that asks for a longer wait (`Retry-After`, RFC 9110 section 10.2.3) gets it, up to 24 hours.
///
/// Every failure is tried again, refusals (4xx) too: a receiver may be deployed wrongly for an hour. Two are final:
/// 410, by which it says that it is gone for good, and 413, because the next try is as large.
#[must_use]
pub fn verdict<E: Display>(tried: &Result<Answer, E>, tries: u32, now: Timestamp, jitter: f64) -> TryEnd {
    let (reason, asked) = match tried {
        Ok(answer) if (200..300).contains(&answer.status) => return TryEnd::Delivered,
        Ok(answer) if answer.status == 410 => return TryEnd::Disabled { reason: sentence(answer) },
        Ok(answer) if answer.status == 413 => return TryEnd::Dead { reason: sentence(answer) },
        Ok(answer) => {
            (sentence(answer), answer.retry_after.as_deref().map_or(0, |text| asked_wait(text, now)))
        }
        Err(error) => (error.to_string(), 0),
    };
    match WAITS.get(tries.max(1) as usize) {
        Some(wait) => TryEnd::Failed { reason, next: now.plus(spread(*wait, jitter).max(asked)) },
        None => TryEnd::Dead { reason: format!("{reason}; this was the last of {TRIES} tries") },
    }
}

/// `wait` seconds, up to 20 % less or more.
fn spread(wait: i64, jitter: f64) -> i64 {
    let jitter = if jitter.is_nan() { 0.5 } else { jitter.clamp(0.0, 1.0) };
    let factor = 1.0 - JITTER + 2.0 * JITTER * jitter;
    // At most 12 hours, which a float holds exactly.
    (wait as f64 * factor).round() as i64
}

/// What the receiver answered, what it said to that, and what to do where that is known.
fn sentence(answer: &Answer) -> String {
    let status = http::StatusCode::from_u16(answer.status).ok();
    let name = status.and_then(|status| status.canonical_reason()).map(|name| format!(" {name}"));
    let mut sentence = format!("the receiver answered {}{}", answer.status, name.unwrap_or_default());
    let said = bounded(&shown(&answer.text), QUOTE);
    if !said.is_empty() {
        sentence.push_str(&format!(": \"{said}\""));
    }
    if let Some(hint) = hint(answer) {
        sentence.push_str("; ");
        sentence.push_str(hint);
    }
    sentence
}

/// A stranger's words on one line, without what would act on a terminal or turn its direction.
fn shown(text: &str) -> String {
    one_line(&text.chars().filter(|c| !is_invisible(*c)).collect::<String>())
}

fn hint(answer: &Answer) -> Option<&'static str> {
    match answer.status {
        300..400 => Some("redirects are not followed; give the target the address it moved to"),
        400 | 401 if speaks_of_time(&answer.text) => Some(
            "check the clock of this machine and the receiver's: signed messages are good for minutes only",
        ),
        401 | 403 => Some("check that the target's secret is the receiver's"),
        404 => Some("check the target's address"),
        410 => Some("it wants no more messages"),
        413 => Some("the message is larger than it takes"),
        _ => None,
    }
}

/// Whether a refusal blames the time of the try, in the words that libraries for receivers have for it.
fn speaks_of_time(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    ["timestamp", "too old", "too new", "clock", "tolerance"].iter().any(|word| text.contains(word))
}

#[cfg(test)]
#[path = "tests/retry.rs"]
mod tests;
