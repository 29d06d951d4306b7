//! A listing: one thing the config says to watch.

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::change::Field;
use super::html::HtmlRules;
use super::id::ListingId;
use super::json::JsonRules;
use super::key::KeyKind;

/// What the config says of one listing, checked; everything but its schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListingSpec {
    /// Its id.
    pub id: ListingId,
    /// Ids that it had before: what is remembered of the first that is, and that no listing has any more, is its own.
    pub renamed_from: Vec<ListingId>,
    /// What readers see; the id unless configured.
    pub title: String,
    /// The name of the site it belongs to: keys are scoped to the site.
    pub site: String,
    /// Where its pages come from.
    pub input: Input,
    /// How its pages are read.
    pub rules: Rules,
    /// Tags that every article on it has (the page's own tag).
    pub tags: Vec<String>,
    /// Which keys its entries offer, strongest first; never empty.
    pub identity: Vec<KeyKind>,
    /// The fields whose change is an update; the others are volatile.
    pub content: Vec<Field>,
    /// The zone of dates without one; UTC unless configured.
    pub zone: Tz,
    /// Whether the first scan announces what it finds.
    pub announce_first: bool,
    /// After how many complete scans in a row without it an article counts as removed; at least 1.
    pub removed_after: u8,
    /// After how many scans in a row in trouble the health feed says so; at least 1.
    pub alert_after: u8,
    /// After how long without anything new it is said to be quiet.
    pub quiet: Quiet,
}

/// By which rules pages are read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// What kind of page they are.
    pub format: Format,
    /// What one page, and the listing, may hold.
    pub limits: Limits,
    /// Where the entries of an HTML page are; found without, where there is none.
    pub html: Option<Box<HtmlRules>>,
    /// Where entries stand in JSON documents; found by itself where not configured.
    pub json: Option<Box<JsonRules>>,
    /// How dates are written.
    pub dates: DateRules,
}

/// How the dates of a listing are written, as far as they do not say it themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DateRules {
    /// Whether the day comes before the month in dates of numbers only (`03/04/2026`); unknown unless configured.
    pub day_first: Option<bool>,
    /// Forms that are tried first, as `strftime` has them (`%d.%m.%y`).
    pub formats: Vec<String>,
    /// The language of the pages (`de`); says the order of day and month where `day_first` does not.
    pub language: Option<String>,
}

impl DateRules {
    /// The languages that are known to put the day first, and those that do not.
    pub const LANGUAGES: [(&str, Option<bool>); 12] = [
        ("en", None),
        ("de", Some(true)),
        ("fr", Some(true)),
        ("es", Some(true)),
        ("it", Some(true)),
        ("pt", Some(true)),
        ("nl", Some(true)),
        ("pl", Some(true)),
        ("ru", Some(true)),
        ("zh", Some(false)),
        ("ja", Some(false)),
        ("ko", Some(false)),
    ];

    /// Whether the day comes first in dates of numbers only; `None` when nothing says so.
    #[must_use]
    pub fn is_day_first(&self) -> Option<bool> {
        let language = self.language.as_deref().unwrap_or_default();
        let by_language =
            || Self::LANGUAGES.iter().find(|(name, _)| *name == language).and_then(|(_, day)| *day);
        self.day_first.or_else(by_language)
    }
}

/// After how long without anything new a listing is quiet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Quiet {
    /// By its own rhythm.
    #[default]
    Auto,
    /// After so many seconds.
    After(u32),
    /// Never.
    Never,
}

/// Where the pages of a listing come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Files, one page each: absolute paths or glob patterns; what one pattern finds is read in natural order.
    Files(Vec<String>),
    /// A program, whose standard output is the page.
    Program(Program),
}

/// A program that makes a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// Its path or name, then its arguments; never empty. No shell reads them.
    pub command: Vec<String>,
    /// How long it may run.
    pub seconds: u32,
}

/// How a page is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Whatever the page turns out to be.
    #[default]
    Auto,
    /// The text rendering of an aggregator's listing page.
    Text,
    /// An HTML page.
    Html,
    /// RSS, RDF, Atom or JSON Feed.
    Feed,
    /// Any JSON document with a list of articles in it.
    Json,
    /// A sitemap, of news too.
    Sitemap,
}

impl Format {
    /// All of them, as the config may name them.
    pub const ALL: &'static [Self] =
        &[Self::Auto, Self::Text, Self::Html, Self::Feed, Self::Json, Self::Sitemap];

    /// Its name in the config.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Text => "text",
            Self::Html => "html",
            Self::Feed => "feed",
            Self::Json => "json",
            Self::Sitemap => "sitemap",
        }
    }
}

/// The greatest of everything that a page may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one page; a larger one is a fault of the page.
    pub page_bytes: u64,
    /// Pages of one listing.
    pub pages: u32,
    /// Entries of one listing; those after are left out, with a fault.
    pub entries: u32,
    /// Bytes of one title, source, category, tag row; longer ones are cut.
    pub line_bytes: u32,
    /// Bytes of one summary; longer ones are cut.
    pub summary_bytes: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { page_bytes: 16 << 20, pages: 1_000, entries: 20_000, line_bytes: 2_000, summary_bytes: 20_000 }
    }
}
