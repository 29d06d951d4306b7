//! What entries of the index hold: listings, feeds and their stretches.

use serde::{Deserialize, Serialize};

use crate::diff::{Baseline, Held, Hold, Memo, Past, ReadingHash};
use crate::model::id::FeedId;
use crate::model::{Day, FeedKey, Health, SiteUid, Timestamp};

/// A listing, as remembered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in super::super) struct Listing {
    pub(in super::super) title: String,
    pub(in super::super) site: String,
    pub(in super::super) uid: SiteUid,
    pub(in super::super) tags: Vec<String>,
    pub(in super::super) evident: bool,
    pub(in super::super) retired: bool,
    /// When the config no longer declared it; kept when it does again.
    pub(in super::super) left: Option<Timestamp>,
    pub(in super::super) baseline: Option<Baseline>,
    /// Kept beside the rest, in so many stretches.
    pub(in super::super) held: Vec<Held>,
    pub(in super::super) stretches: u32,
    pub(in super::super) newest: Option<u32>,
    pub(in super::super) believed: Vec<ReadingHash>,
    pub(in super::super) rejected: Vec<ReadingHash>,
    pub(in super::super) news: u64,
    /// When scans found something new on it, oldest first.
    pub(in super::super) arrivals: Vec<Timestamp>,
    pub(in super::super) health: Health,
    pub(in super::super) health_since: Timestamp,
    pub(in super::super) reason: String,
    pub(in super::super) hold: Option<Hold>,
}

impl Listing {
    /// As diff wants it.
    pub(in super::super) fn past(self, memo: Memo) -> Past {
        Past {
            baseline: self.baseline,
            held: self.held,
            newest: self.newest.and_then(|days| Day::from_ymd(1970, 1, 1)?.plus(days)),
            believed: self.believed,
            rejected: self.rejected,
            news: self.news,
            arrivals: self.arrivals,
            health: self.health,
            hold: self.hold,
            memo,
        }
    }
}

/// What of articles' texts is forgotten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in super::super) struct Forgot {
    /// The last record that had texts forgotten.
    pub(in super::super) seq: u64,
    /// How many articles have no texts.
    pub(in super::super) count: u64,
}

/// A feed, as remembered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in super::super) struct Feed {
    pub(in super::super) key: FeedKey,
    pub(in super::super) label: String,
    pub(in super::super) slug: String,
    /// Slugs that it had before, oldest first.
    pub(in super::super) former: Vec<String>,
    pub(in super::super) id: FeedId,
    /// How many articles are in it.
    pub(in super::super) count: u64,
    /// How many segments it has, the open one included.
    pub(in super::super) segments: u32,
    /// `at` of the last record that changed what its window shows.
    pub(in super::super) updated: Timestamp,
    /// The sequence number of the last record that changed it anywhere.
    pub(in super::super) changed: u64,
    /// No longer declared.
    pub(in super::super) retired: bool,
}

/// A stretch of a feed, in the order in which articles entered it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(in super::super) struct Segment {
    pub(in super::super) members: Vec<u32>,
    /// How many ever entered it; full at [`SEGMENT`], whatever left since.
    pub(in super::super) entered: u32,
    /// The sequence number of the last record that changed it or an article in it.
    pub(in super::super) changed: u64,
}
