//! The health of a listing.

use serde::{Deserialize, Serialize};

use super::id::ListingId;
use super::time::Timestamp;

/// How a listing is doing, as of its last scan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    /// Read and believed.
    #[default]
    Ok,
    /// Read and believed, yet nothing new has come for unusually long.
    Quiet,
    /// Could not be fetched or read at all.
    Failing,
    /// Read, but without a single entry.
    Empty,
    /// Far fewer entries than before, or cut in the middle.
    Shrunk,
    /// Not what it was: an old copy, or a page of another kind.
    Odd,
    /// Held: too much is new at once. Waits for approval, or for a later reading that can be believed.
    Quarantined,
    /// The site says it is gone for good (410). No page that is a file is that.
    Gone,
    /// Paused by an operator.
    Paused,
}

impl Health {
    /// Whether its page reads well: it is ok, or merely quiet.
    #[must_use]
    pub fn is_well(self) -> bool {
        matches!(self, Self::Ok | Self::Quiet)
    }

    /// Its name in JSON and tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Quiet => "quiet",
            Self::Failing => "failing",
            Self::Empty => "empty",
            Self::Shrunk => "shrunk",
            Self::Odd => "odd",
            Self::Quarantined => "quarantined",
            Self::Gone => "gone",
            Self::Paused => "paused",
        }
    }
}

/// A change of a listing's health.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthEvent {
    /// The sequence number of its record; makes its id.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// The listing.
    pub listing: ListingId,
    /// Its health before.
    pub from: Health,
    /// Its health from then on.
    pub to: Health,
    /// Why, one sentence.
    pub reason: String,
}
