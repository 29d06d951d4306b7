//! What an answer means, and when a delivery is tried again: the schedule of Standard Webhooks.

use std::fmt::Display;

use super::chat::{End, Heard, heard};
use crate::model::target::TargetKind;
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

/// What became of a try, and how long the target wants to be left alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// How the try ended.
    pub end: TryEnd,
    /// Seconds for which nothing at all is sent to the target; 0 where it does not ask for that.
    pub rest: i64,
}

impl From<TryEnd> for Judged {
    fn from(end: TryEnd) -> Self {
        Self { end, rest: 0 }
    }
}

/// Judges try number `tries` of a delivery, the first being 1, by its answer, or by the error where there was none, as
/// one to a generic target: see [`judge`].
#[must_use]
pub fn verdict<E: Display>(tried: &Result<Answer, E>, tries: u32, now: Timestamp, jitter: f64) -> TryEnd {
    judge(TargetKind::Generic, tried, tries, now, jitter).end
}

/// Judges try number `tries` of a delivery to a target of that kind.
///
/// `jitter` is a chance in `0..1` that the caller draws: where in ± 20 % around the scheduled time the next try is. A
/// receiver that asks for a longer wait (`Retry-After`, RFC 9110 section 10.2.3, or what its service has in its place)
/// gets it, up to 24 hours.
///
/// Every failure is tried again, refusals (4xx) too: a receiver may be deployed wrongly for an hour. Two are final:
/// that it is gone for good (410, and what its service has in its place), and 413, because the next try is as large.
#[must_use]
pub fn judge<E: Display>(
    kind: TargetKind,
    tried: &Result<Answer, E>,
    tries: u32,
    now: Timestamp,
    jitter: f64,
) -> Judged {
    let (reason, asked, rest) = match tried {
        Ok(answer) => match heard(kind, answer, now) {
            Heard::Taken => return TryEnd::Delivered.into(),
            Heard::Refused { end, wait, busy, hint } => {
                let reason = sentence(kind, answer, hint);
                match end {
                    End::Gone => return TryEnd::Disabled { reason }.into(),
                    End::Never => return TryEnd::Dead { reason }.into(),
                    End::Again => (reason, wait, if busy { wait } else { 0 }),
                }
            }
        },
        Err(error) => (error.to_string(), 0, 0),
    };
    let end = match WAITS.get(tries.max(1) as usize) {
        Some(wait) => TryEnd::Failed { reason, next: now.plus(spread(*wait, jitter).max(asked)) },
        None => TryEnd::Dead { reason: format!("{reason}; this was the last of {TRIES} tries") },
    };
    Judged { end, rest }
}

/// `wait` seconds, up to 20 % less or more.
fn spread(wait: i64, jitter: f64) -> i64 {
    let jitter = if jitter.is_nan() { 0.5 } else { jitter.clamp(0.0, 1.0) };
    let factor = 1.0 - JITTER + 2.0 * JITTER * jitter;
    // At most 12 hours, which a float holds exactly.
    (wait as f64 * factor).round() as i64
}

/// What the receiver answered, what it said to that, and what to do where that is known.
fn sentence(kind: TargetKind, answer: &Answer, hint: Option<&'static str>) -> String {
    let mut sentence = match kind {
        TargetKind::Command => format!("the program ended with status {}", answer.status),
        TargetKind::Email => format!("the mail server answered {}", answer.status),
        _ => {
            let status = http::StatusCode::from_u16(answer.status).ok();
            let name = status.and_then(|status| status.canonical_reason()).map(|name| format!(" {name}"));
            format!("the receiver answered {}{}", answer.status, name.unwrap_or_default())
        }
    };
    let said = bounded(&shown(&answer.text), QUOTE);
    if !said.is_empty() {
        sentence.push_str(&format!(": \"{said}\""));
    }
    if let Some(hint) = hint {
        sentence.push_str("; ");
        sentence.push_str(hint);
    }
    sentence
}

/// A stranger's words on one line, without what would act on a terminal or turn its direction.
fn shown(text: &str) -> String {
    one_line(&text.chars().filter(|c| !is_invisible(*c)).collect::<String>())
}

#[cfg(test)]
#[path = "tests/retry.rs"]
mod tests;
