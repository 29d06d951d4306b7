//! What is remembered of the pages of a listing that come over the web: how to ask for them again, and when.
//!
//! Losing it costs one fetch of each page.

use serde::{Deserialize, Serialize};

use super::time::Timestamp;

/// What is remembered of all pages of a listing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visits {
    /// The fingerprint of all pages as they came last, believed or not.
    pub body: Option<[u8; 16]>,
    /// Of each page, in their order.
    pub pages: Vec<Visit>,
    /// Whether the pages after the first were followed, and so what stands there is known.
    pub followed: bool,
}

impl Visits {
    /// What is remembered of the page at `address`, as the config has it.
    #[must_use]
    pub fn of(&self, address: &str) -> Visit {
        let known = self.pages.iter().find(|visit| visit.address == address);
        known.cloned().unwrap_or_else(|| Visit { address: address.to_owned(), ..Visit::default() })
    }
}

/// What is remembered of one page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// Its address, as the config has it. What follows is of this one: another address begins anew.
    pub address: String,
    /// The address that gave it in the end, where that is another; else empty. The validators are that one's.
    pub source: String,
    /// `ETag`, byte for byte.
    pub etag: Option<Vec<u8>>,
    /// `Last-Modified`, byte for byte.
    pub modified: Option<Vec<u8>>,
    /// The fingerprint of the page as it came last.
    pub body: Option<[u8; 16]>,
    /// When it was last asked for without a condition, and given.
    pub whole: Option<Timestamp>,
    /// Fetches that failed, in a row.
    pub failures: u16,
    /// Since when it is not there (404).
    pub missing: Option<Timestamp>,
    /// Until when it is left alone, and why.
    pub pause: Option<Pause>,
    /// Where a permanent redirect leads.
    pub moved: Option<Moved>,
    /// Seconds for which the page itself says that it is good.
    pub ttl: u32,
    /// The hours of the day (UTC) in which the page itself asks not to be fetched: bit 0 is midnight to one.
    pub skip_hours: u32,
    /// What robots.txt says of it.
    pub robots: Option<RobotsWord>,
    /// That an index of sitemaps names it, and what that said when it was last had.
    pub listed: Option<Listed>,
}

/// What an index of sitemaps said of a sitemap when that was last had.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// When it changed (`lastmod`), as the index writes it.
    pub changed: Option<String>,
    /// When the sitemap was last had, or was as it was; never where it was not yet.
    pub at: Option<Timestamp>,
}

/// Until when a page is left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// Until then.
    pub until: Timestamp,
    /// Why.
    pub by: Pausing,
}

/// Why a page is left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Pausing {
    /// What came last is good until then: its server, or the page, says so.
    Fresh,
    /// It failed, and we wait longer each time.
    Failed,
    /// Its server asked for it (`Retry-After`).
    Asked,
    /// robots.txt does not let us.
    Robots,
    /// Its server says that it is gone for good, or it was missing for a month: until somebody asks for it.
    Gone,
}

/// Where a permanent redirect leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// The address.
    pub to: String,
    /// When it was first seen to lead there.
    pub since: Timestamp,
    /// How often it was, in a row.
    pub times: u16,
    /// Whether it led there for long enough to be asked directly.
    pub settled: bool,
}

/// What robots.txt says of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RobotsWord {
    /// When it was read.
    pub at: Timestamp,
    /// Whether the page may be fetched.
    pub allowed: bool,
    /// Seconds that it wants between requests, at most 60.
    pub delay: u8,
}
