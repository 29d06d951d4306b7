//! An answer: what a server said to one request, as far as it decides what happens next.

use super::time::Timestamp;

/// The longest wait that an answer is granted, in seconds: 24 hours.
pub const LONGEST_WAIT: i64 = super::delivery::WAIT_MOST;

/// The wait in seconds that a `Retry-After` asks for: seconds or a date in any of the forms that HTTP knows, up to
/// [`LONGEST_WAIT`]; 0 for a past date and for what is neither.
#[must_use]
pub fn asked_wait(text: &str, now: Timestamp) -> i64 {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        // More than fits in a number is more than is granted.
        return text.parse().unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT);
    }
    date(text).map_or(0, |at| at.since(now).min(LONGEST_WAIT))
}

/// A date in any of the forms that HTTP knows.
#[must_use]
pub fn date(text: &str) -> Option<Timestamp> {
    let at = httpdate::parse_http_date(text.trim()).ok()?;
    let seconds = at.duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    Some(Timestamp::from_unix(i64::try_from(seconds).unwrap_or(i64::MAX)))
}

/// What a server answered. It comes from a stranger: nothing in it is trusted, and none of it is long.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The status code, 100 to 999 (RFC 9110, section 15). A mail server's is its reply code (RFC 5321, section 4.2), a
    /// program's is the status it ended with.
    pub status: u16,
    /// `Retry-After` as it came; `None` where there was none, or none that can be one (over 100 bytes, no text).
    pub retry_after: Option<String>,
    /// The beginning of the body, at most 4 KB; empty when the body is no text.
    pub text: String,
}
