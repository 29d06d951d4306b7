//! A reading: what one extraction of a listing gives, before anything is believed or compared.

use serde::{Deserialize, Serialize};

use super::listing::Format;
use super::time::Printed;

/// One document of a listing, as bytes: what fetching gives and extraction takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// Where it came from: the file's path or the address, for messages.
    pub name: String,
    /// The bytes as they came.
    pub bytes: Vec<u8>,
    /// The absolute address that it was fetched from in the end; relative links are against it.
    pub address: Option<String>,
    /// The media type that it was sent as (`text/html; charset=GBK`), as the server wrote it.
    pub media: Option<String>,
    /// The absolute address of the page after it, where its server names one (`Link: …; rel=next`).
    pub next: Option<String>,
}

impl Document {
    /// A document that was not fetched from an address.
    #[must_use]
    pub fn new(name: impl Into<String>, bytes: Vec<u8>) -> Self {
        Self { name: name.into(), bytes, address: None, media: None, next: None }
    }
}

/// What one extraction of a listing gives: the facts of its pages, the entries in page order, and what did
/// not fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// The pages in order.
    pub pages: Vec<Page>,
    /// The entries of all pages, in order.
    pub entries: Vec<Entry>,
    /// What did not fit. Never loses the entries around it.
    pub faults: Vec<Fault>,
}

impl Reading {
    /// The count of articles that the listing states of itself, when its pages agree on one.
    #[must_use]
    pub fn declared(&self) -> Option<u64> {
        let mut counts = self.pages.iter().filter_map(|page| page.declared);
        let first = counts.next()?;
        counts.all(|count| count == first).then_some(first)
    }

    /// Whether the pages read are every page that the listing speaks of.
    #[must_use]
    pub fn has_all_pages(&self) -> bool {
        let Some(of) = self.pages.iter().find_map(|page| page.number.map(|number| number.1)) else {
            return false;
        };
        (1..=of)
            .all(|wanted| self.pages.iter().any(|page| page.number.is_some_and(|number| number.0 == wanted)))
    }

    /// What each page says of its number (`Page N of M`), in order.
    #[must_use]
    pub fn numbers(&self) -> Vec<Option<(u32, u32)>> {
        self.pages.iter().map(|page| page.number).collect()
    }

    /// Whether something that stands on a page is not in the reading.
    #[must_use]
    pub fn has_losses(&self) -> bool {
        self.faults.iter().any(|fault| fault.weight == Weight::Loss)
    }

    /// Whether some page ended in the middle of an entry.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.pages.iter().any(|page| page.cut)
    }
}

/// One page of a listing: what its header says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Page {
    /// Where the page came from.
    pub name: String,
    /// The page's own title (`Tagged articles`).
    pub title: Option<String>,
    /// How many articles the page says the listing has (`949 articles`).
    pub declared: Option<u64>,
    /// `Page N of M`, both counted from 1.
    pub number: Option<(u32, u32)>,
    /// How many entries were read on it.
    pub entries: usize,
    /// Whether it ends in the middle of an entry.
    pub cut: bool,
    /// The character encoding it was read in (`UTF-8`, `gb18030`, …).
    pub encoding: String,
    /// What it was read as, which says more than a configured `auto`; `None` when it was not read.
    pub format: Option<Format>,
    /// How often it asks to be fetched at most, where it says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pace: Option<Pace>,
}

/// How often a feed asks to be fetched at most (`ttl`, `sy:updatePeriod`, `skipHours`, `skipDays`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Pace {
    /// Seconds between two fetches, at least; at most a year.
    pub seconds: Option<u32>,
    /// Hours of the day in UTC in which not to fetch: bit 0 is the hour from midnight.
    pub skip_hours: u32,
    /// Days of the week in UTC on which not to fetch: bit 0 is Monday.
    pub skip_days: u8,
}

impl Pace {
    /// Whether it asks not to be fetched in `hour` (0 to 23, UTC) of `weekday` (0 is Monday). A feed that rules out
    /// every hour or every day rules out none.
    #[must_use]
    pub fn skips(self, weekday: u32, hour: u32) -> bool {
        let hours = self.skip_hours & 0xFF_FFFF;
        let days = self.skip_days & 0x7F;
        (hours != 0xFF_FFFF && hours >> hour.min(31) & 1 == 1)
            || (days != 0x7F && days >> weekday.min(7) & 1 == 1)
    }
}

/// Something on a page that did not fit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// The page, counted from 1 within the listing.
    pub page: u32,
    /// The line (counted from 1) or 0 for the page as a whole.
    pub line: u32,
    /// What is wrong, one sentence for a person.
    pub reason: String,
    /// How grave it is.
    #[serde(skip)]
    pub weight: Weight,
}

/// How grave a fault is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Worth saying; everything was read.
    #[default]
    Warning,
    /// Something on the page is not in the reading: a part of an entry, or one that could not be read.
    Loss,
    /// The page as a whole is no listing, or could not be read.
    Page,
}

/// One article as a page gives it. Texts are cleaned ([`super::text::one_line`]), not folded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// The explicit id, where the page gives one.
    pub id: Option<String>,
    /// The absolute link.
    pub link: Option<String>,
    /// The publisher it names.
    pub source: Option<String>,
    /// When it was published, as printed.
    pub date: Option<Printed>,
    /// The category.
    pub category: Option<String>,
    /// The title; never empty.
    pub title: String,
    /// The summary.
    pub summary: Option<String>,
    /// The tags, as the page shows them.
    pub tags: TagRow,
    /// Likes; volatile.
    pub likes: Option<u64>,
    /// Minutes of reading; volatile.
    pub minutes: Option<u32>,
    /// The page it stands on, counted from 1 within the listing.
    pub page: u32,
    /// The line it begins on, counted from 1.
    pub line: u32,
    /// Whether every part that this kind of page gives is there; only whole entries are announced.
    pub whole: bool,
}

/// The tags of an entry, as the page shows them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum TagRow {
    /// None shown.
    #[default]
    None,
    /// Several names with nothing between them (`Backend ArchitectureCQRSDDD`): must be split.
    Run(String),
    /// Names that the page keeps apart.
    List(Vec<String>),
}

impl TagRow {
    /// One text that is equal exactly when the row is: what "did the tags change" compares.
    #[must_use]
    pub fn as_text(&self) -> String {
        match self {
            Self::None => String::new(),
            Self::Run(run) => run.clone(),
            Self::List(names) => names.join("\n"),
        }
    }
}
