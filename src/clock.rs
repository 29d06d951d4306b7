//! The clock: read here, and nowhere else. Everything below takes `now` as an argument.

use crate::model::Timestamp;

/// The present, in whole seconds.
#[must_use]
pub fn now() -> Timestamp {
    Timestamp::from_chrono(&chrono::Utc::now())
}
