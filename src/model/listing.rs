//! A listing: one thing the config says to watch.

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::change::Field;
use super::html::HtmlRules;
use super::id::ListingId;
use super::json::JsonRules;
use super::key::KeyKind;
use super::target::SecretRef;

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

impl ListingSpec {
    /// Whether a reading shows only the beginning of the listing: its pages are followed as far as they bring something
    /// new, and what stands on those that were not asked for is neither there nor gone.
    #[must_use]
    pub fn is_open_ended(&self) -> bool {
        matches!(&self.input, Input::Web(web) if web.following.is_some())
    }
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
    /// An address, fetched over HTTP.
    Web(Box<Web>),
}

/// What stands for the number of a page in an address.
pub const PAGE: &str = "{page}";

/// A program that makes a page, or takes a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// Its path or name, then its arguments; never empty. No shell reads them.
    pub command: Vec<String>,
    /// How long it may run.
    pub seconds: u32,
}

/// A page on the web, and how it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Web {
    /// Its absolute http(s) address, without a user name and a fragment; with `{page}` in it where there are several.
    pub url: String,
    /// The first and the last number that stand for `{page}`; the order of the pages may be the other way round.
    pub pages: Option<(u32, u32)>,
    /// How the pages after it are found, where they are followed; never with `pages`.
    pub following: Option<Following>,
    /// Whether it may be in a private network, or on this machine.
    pub allow_private: bool,
    /// Whether robots.txt is asked; where the config says nothing, it depends on what kind of page it is.
    pub robots: Option<bool>,
    /// How the program names itself to it, where not as to all others.
    pub user_agent: Option<String>,
    /// Headers that are sent with each request, by name.
    pub headers: Vec<(String, SecretRef)>,
    /// `user:password`, sent as basic authentication.
    pub basic_auth: Option<SecretRef>,
    /// Cookies, as the header has them: `a=1; b=2`.
    pub cookies: Option<SecretRef>,
    /// The proxy for it, where not that for all others.
    pub proxy: Option<SecretRef>,
}

/// How the pages after the first are found, and how far they are followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Following {
    /// What names the next page.
    pub by: NextPage,
    /// How many pages are read at most, the first among them; at least 2.
    pub most: u32,
}

impl Following {
    /// How many pages are read where the config does not say it.
    pub const MOST: u32 = 10;
}

/// What names the page after one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NextPage {
    /// What it calls `next` itself: a link or `Link` header of that relation, the `next_url` of a JSON Feed.
    Relation,
    /// The first link that a CSS selector finds on it.
    Selector(String),
}

impl Web {
    /// The page at an address, asked for as all are that need nothing else.
    #[must_use]
    pub fn at(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            pages: None,
            following: None,
            allow_private: false,
            robots: None,
            user_agent: None,
            headers: Vec::new(),
            basic_auth: None,
            cookies: None,
            proxy: None,
        }
    }

    /// The numbers that stand for `{page}`, in the order of the pages.
    pub fn numbers(&self) -> impl Iterator<Item = u32> + use<> {
        let (first, last) = self.pages.unwrap_or((1, 1));
        let (least, most) = (first.min(last), first.max(last));
        (0..=most - least).map(move |n| if first <= last { least + n } else { most - n })
    }

    /// The addresses of its pages, in order.
    pub fn addresses(&self) -> impl Iterator<Item = String> {
        self.numbers().map(|number| self.url.replace(PAGE, &number.to_string()))
    }

    /// Host and port that are asked: pages with the same are fetched one after another.
    #[must_use]
    pub fn host(&self) -> String {
        let Ok(url) = url::Url::parse(&self.url.replace(PAGE, "1")) else { return String::new() };
        let host = url.host_str().unwrap_or_default().trim_end_matches('.');
        format!("{host}:{}", url.port_or_known_default().unwrap_or(0))
    }
}

impl Input {
    /// Host and port of a page on the web; `None` for anything else.
    #[must_use]
    pub fn host(&self) -> Option<String> {
        match self {
            Self::Web(web) => Some(web.host()),
            Self::Files(_) | Self::Program(_) => None,
        }
    }
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
    /// A table of text: CSV, TSV and their like.
    Csv,
}

impl Format {
    /// All of them, as the config may name them.
    pub const ALL: &'static [Self] =
        &[Self::Auto, Self::Text, Self::Html, Self::Feed, Self::Json, Self::Sitemap, Self::Csv];

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
            Self::Csv => "csv",
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
