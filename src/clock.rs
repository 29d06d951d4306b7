//! The clock: read here, and nowhere else. Everything below takes `now` as an argument.

use std::fmt;
use std::sync::Arc;

use crate::model::Timestamp;

/// The present, in whole seconds.
#[must_use]
pub fn now() -> Timestamp {
    Timestamp::from_chrono(&chrono::Utc::now())
}

/// What tells the time to everything that runs; clones tell the same. The default is the machine's clock.
#[derive(Clone, Default)]
pub struct Clock {
    told: Option<Arc<dyn Fn() -> Timestamp + Send + Sync>>,
}

impl Clock {
    /// A clock that goes as `told` says, forward and back.
    #[must_use]
    pub fn told(told: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self { told: Some(Arc::new(told)) }
    }

    /// The present by this clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.told.as_ref().map_or_else(now, |told| told())
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.told.is_some() { "Clock (told)" } else { "Clock" })
    }
}
