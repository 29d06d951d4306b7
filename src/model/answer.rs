//! An answer: what a server said to one request, as far as it decides what happens next.

/// What a server answered. It comes from a stranger: nothing in it is trusted, and none of it is long.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The status code, 100 to 999 (RFC 9110, section 15).
    pub status: u16,
    /// `Retry-After` as it came; `None` where there was none, or none that can be one (over 100 bytes, no text).
    pub retry_after: Option<String>,
    /// The beginning of the body, at most 4 KB; empty when the body is no text.
    pub text: String,
}
