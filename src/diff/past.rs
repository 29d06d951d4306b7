//! What a listing's earlier scans left behind: all that a new reading is judged and compared against.

use std::collections::HashMap;

use serde::ser::SerializeStruct as _;
use serde::{Deserialize, Serialize, Serializer};

use super::fingerprint::{Fingerprint, ReadingHash};
use super::identity::Offered;
use crate::model::{ArticleId, Day, Health, Timestamp, Visits};

/// A listing's past. Everything but `memo` comes from the journal.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Past {
    /// The scan that filled the listing's feed without announcing it; `None` means the next scan is one.
    pub baseline: Option<Baseline>,
    /// The articles of the last believed reading, in page order. Those that a reading missed stay until they
    /// count as removed or aged out.
    pub held: Vec<Held>,
    /// The newest day of any article of the listing.
    pub newest: Option<Day>,
    /// Hashes of the last believed readings, oldest first, at most [`Past::BELIEVED`]; the last is the current.
    pub believed: Vec<ReadingHash>,
    /// Hashes of readings that an operator rejected.
    pub rejected: Vec<ReadingHash>,
    /// How many articles were new on it since the baseline.
    pub news: u64,
    /// When scans found something new on it, oldest first; what came thick and fast is one (see [`super::rhythm`]).
    pub arrivals: Vec<Timestamp>,
    /// Its health as last said.
    pub health: Health,
    /// The reading that waits for approval.
    pub hold: Option<Hold>,
    /// What is remembered beside the journal; losing it may cost one fetch.
    pub memo: Memo,
}

impl Past {
    /// How many hashes of believed readings are kept.
    pub const BELIEVED: usize = 16;

    /// Places in `held` in the order of the page, which may have changed since they were written down.
    #[must_use]
    pub fn page_order(&self) -> Vec<usize> {
        let places: HashMap<ArticleId, usize> =
            self.held.iter().enumerate().map(|(at, held)| (held.article, at)).collect();
        let order: Vec<usize> =
            self.memo.order.iter().filter_map(|article| places.get(article).copied()).collect();
        // An order that does not know every article is one of another time.
        if order.len() == self.held.len() { order } else { (0..self.held.len()).collect() }
    }

    /// New articles a second, as usual for the listing; over at least a day, so that a busy first hour is no rule.
    #[must_use]
    pub fn usual_rate(&self, now: Timestamp) -> f64 {
        let Some(baseline) = &self.baseline else { return 0.0 };
        let seconds = now.since(baseline.at).max(86_400);
        #[expect(clippy::cast_precision_loss, reason = "a rate needs no more than 52 bits")]
        let rate = self.news as f64 / seconds as f64;
        rate
    }
}

/// The scan that filled a listing's feed without announcing it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Baseline {
    /// The sequence number of its record.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
}

/// One article of a listing's last believed reading.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// The article.
    pub article: ArticleId,
    /// The keys its entry offered.
    pub offered: Offered,
    /// The fingerprint of its entry.
    pub print: Fingerprint,
}

/// A reading that is held for approval.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Hold {
    /// Which reading.
    pub hash: ReadingHash,
    /// How many articles were new in it.
    pub new: u64,
    /// Why, one sentence.
    pub reason: String,
    /// The titles of the first of them, at most [`Hold::TITLES`], for who is to decide.
    #[serde(default)]
    pub titles: Vec<String>,
}

impl Hold {
    /// How many titles are kept.
    pub const TITLES: usize = 5;
    /// How many bytes of each.
    pub const TITLE_BYTES: usize = 200;
}

impl Serialize for Hold {
    /// The journal leaves out titles where there are none; the index's own encoding cannot.
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let left_out = to.is_human_readable() && self.titles.is_empty();
        let mut fields = to.serialize_struct("Hold", if left_out { 3 } else { 4 })?;
        fields.serialize_field("hash", &self.hash)?;
        fields.serialize_field("new", &self.new)?;
        fields.serialize_field("reason", &self.reason)?;
        if !left_out {
            fields.serialize_field("titles", &self.titles)?;
        }
        fields.end()
    }
}

/// What is remembered of a listing beside the journal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memo {
    /// Hash of the bytes of the last believed pages.
    pub body: Option<[u8; 16]>,
    /// Hash of the rules they were read by, the extractor's version among them.
    pub rules: [u8; 16],
    /// When the listing was last scanned.
    pub scanned: Option<Timestamp>,
    /// When it was last scanned because it was due. Other scans, as by hand, do not move its schedule.
    pub on_schedule: Option<Timestamp>,
    /// When a scan was last believed.
    pub believed: Option<Timestamp>,
    /// When one was last believed as a whole.
    pub well: Option<Timestamp>,
    /// Seconds of looking since something new came.
    pub silence: u64,
    /// The page order, where it is no longer that of [`Past::held`]; else empty.
    pub order: Vec<ArticleId>,
    /// Articles that complete readings missed, with the number of such scans in a row.
    pub missing: Vec<(ArticleId, u8)>,
    /// Of those, the ones that went when the rules changed and the page did not.
    pub corrected: Vec<ArticleId>,
    /// Trouble, scans in a row.
    pub trouble: Option<Streak>,
    /// A reading that is doubted until it was seen often enough, scans in a row.
    pub doubt: Option<(ReadingHash, u8)>,
    /// How many entries the last reading had, believed or not.
    pub entries: u32,
    /// How many pages the last believed reading had.
    pub pages: u32,
    /// What each of them said of its number.
    pub numbers: Vec<Option<(u32, u32)>>,
    /// The count that the page stated of itself.
    pub declared: Option<u64>,
    /// How its pages on the web are asked for again, and when.
    #[serde(default)]
    pub visits: Visits,
}

impl Memo {
    /// Whether the last scan was in trouble, or doubted what it read.
    #[must_use]
    pub fn is_doubtful(&self) -> bool {
        self.doubt.is_some() || self.trouble.is_some()
    }

    /// Whether the same bytes again would still move something on: a doubt or a missing article that counts scans.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        !self.missing.is_empty() || self.doubt.is_some() || self.trouble.is_some()
    }
}

/// Trouble, scans in a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Streak {
    /// The kind of the last of them.
    pub health: Health,
    /// How many of that kind in a row.
    pub scans: u32,
    /// How many of any kind in a row.
    pub any: u32,
}
