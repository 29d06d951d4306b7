//! `tidings preview`.

use serde::Serialize;

use super::args::PreviewArgs;
use super::exit::{Exit, Failure};
use super::output::{Output, plain};
use crate::config::Config;
use crate::daemon::report::Item;
use crate::daemon::tagging::Tagging;
use crate::daemon::{clock, web};
use crate::diff::Content;
use crate::extract;
use crate::fetch;
use crate::fetch::patience::Wanted;
use crate::fetch::web::{Fetcher, Outcome, Want, WebError};
use crate::model::listing::{DateRules, Format, Limits, NextPage, Rules, Web};
use crate::model::reading::{Document, Page, TagRow, Weight};
use crate::model::text::counted;
use crate::model::{Entry, Fault, Reading, Visit};

/// How many faults are shown to a person.
const FAULTS_SHOWN: usize = 20;

/// A page, and how it would be read.
pub(super) struct Looked {
    /// The page, as it came.
    pub documents: Vec<Document>,
    /// What it says.
    pub reading: Reading,
    /// The page after it, or why it would not be followed.
    pub next: Option<Result<String, String>>,
    /// The rules by which articles were found, where nobody gave any.
    pub rules: Option<FoundRules>,
    /// Feeds that an HTML page names.
    pub feeds: Vec<String>,
    /// How many articles would be remembered.
    pub found: usize,
    format: Format,
    rows: Vec<Row>,
}

/// What of it a program is told.
#[derive(Serialize)]
pub(super) struct Preview<'a> {
    format: &'static str,
    pages: &'a [Page],
    articles: usize,
    declared: Option<u64>,
    /// The page after it, which `next_page = true` would follow.
    next_page: Option<&'a str>,
    page_tag: Option<String>,
    entries: &'a [Row],
    /// The rules by which articles were found, where nobody gave any.
    rules: Option<&'a FoundRules>,
    /// Feeds that an HTML page names.
    feeds: &'a [String],
    faults: &'a [Fault],
}

/// Rules that nobody gave, as they would stand in the config.
#[derive(Serialize)]
pub(super) struct FoundRules {
    /// How sure they are, up to 1.
    pub confidence: f32,
    /// The table of the config.
    pub config: String,
    /// What speaks for them.
    notes: Vec<String>,
}

/// An entry as it would be remembered, and how sure that is.
#[derive(Serialize)]
struct Row {
    #[serde(flatten)]
    item: Item,
    likes: Option<u64>,
    minutes: Option<u32>,
    page: u32,
    line: u32,
    whole: bool,
    row: TagRow,
    sure: bool,
    confidence: f32,
}

/// Shows how a page would be read.
pub(super) async fn preview(config: Config, args: &PreviewArgs, output: &Output) -> Result<Exit, Failure> {
    let looked = look(&config, args).await?;
    if let (Some(path), [page]) = (&args.save, &looked.documents[..]) {
        std::fs::write(path, &page.bytes).map_err(|error| {
            Failure::new(Exit::Output, format!("cannot write {}: {error}", path.display()))
        })?;
    }
    if args.json {
        output.json(&looked.summary())?;
    } else {
        looked.tell(true, output)?;
    }
    Ok(if looked.found == 0 { Exit::Listings } else { Exit::Done })
}

/// Reads a page as a scan would.
///
/// # Errors
/// Exit code 6 when the page cannot be had.
pub(super) async fn look(config: &Config, args: &PreviewArgs) -> Result<Looked, Failure> {
    let limits = Limits::default();
    let documents = match args.page.split_once("://") {
        Some(("http" | "https", _)) => vec![fetched(config, args, &limits).await?],
        _ => fetch::files(&[glob::Pattern::escape(&args.page)], &limits)
            .map_err(|error| Failure::new(Exit::Listings, format!("failed to {error}")))?,
    };
    let reading = extract::read(&documents, &Rules { format: args.format, limits, ..Rules::default() });
    let entries: Vec<&Entry> = reading.entries.iter().collect();
    let splits = Tagging::new(&config.tags, &[]).split_reading(&entries, &args.tags);
    let rows: Vec<Row> = entries.iter().zip(splits).map(|(entry, split)| row(entry, split)).collect();
    let found = reading.entries.iter().filter(|entry| entry.whole).count();
    let next =
        documents.last().zip(reading.pages.last()).and_then(|(document, page)| next_page(document, page));
    let pages = || documents.iter().zip(&reading.pages);
    let rules = pages().find_map(|(document, page)| found_rules(document, page));
    let html = pages().filter(|(_, page)| page.format == Some(Format::Html));
    let feeds = html.flat_map(|(document, _)| extract::html::feeds(document)).collect();
    Ok(Looked { documents, reading, next, rules, feeds, found, format: args.format, rows })
}

impl Looked {
    /// The whole, for programs.
    pub(super) fn summary(&self) -> Preview<'_> {
        Preview {
            format: self.format.name(),
            pages: &self.reading.pages,
            articles: self.found,
            declared: self.reading.declared(),
            next_page: self.next.as_ref().and_then(|next| next.as_ref().ok()).map(String::as_str),
            page_tag: page_tag(&self.rows),
            entries: &self.rows,
            rules: self.rules.as_ref(),
            feeds: &self.feeds,
            faults: &self.reading.faults,
        }
    }

    /// The whole, for people; with the rules that were found, where these are not shown otherwise.
    pub(super) fn tell(&self, rules: bool, output: &Output) -> Result<(), Failure> {
        people(&self.reading.pages, &self.rows, &self.reading.faults, output)?;
        match &self.next {
            Some(Ok(next)) => {
                output.line("")?;
                output.line(&plain(&format!("the next page is {next} (`next_page = true` follows it)")))?;
            }
            Some(Err(reason)) => output.line(&plain(&format!("note: {reason}; it would not be followed")))?,
            None => {}
        }
        if let Some(FoundRules { confidence, config, notes }) = &self.rules {
            output.line("")?;
            let sure = (confidence * 100.0).round();
            if rules {
                output.line(&format!(
                    "found without rules, {sure} % sure; these say the same, for the listing's config:"
                ))?;
                output.line("")?;
                for line in config.lines() {
                    output.line(&plain(line))?;
                }
                if !notes.is_empty() {
                    output.line("")?;
                }
            } else {
                output.line(&format!("found without rules, {sure} % sure"))?;
            }
            for note in notes {
                output.line(&plain(&format!("because: {note}")))?;
            }
        }
        if !self.feeds.is_empty() {
            output.line("")?;
        }
        for feed in &self.feeds {
            output.line(&plain(&format!("the page names a feed, which is surer than the page: {feed}")))?;
        }
        Ok(())
    }
}

/// A page on the web, asked for as a scan would.
async fn fetched(config: &Config, args: &PreviewArgs, limits: &Limits) -> Result<Document, Failure> {
    let failed = |what: String| Failure::new(Exit::Listings, what);
    let url = url::Url::parse(&args.page)
        .map_err(|error| Failure::new(Exit::Usage, format!("this is no address: {error}")))?;
    let page = Web { allow_private: args.allow_private, ..Web::at(url) };
    let want = Want {
        web: &page,
        address: &page.url,
        configured: &page.url,
        wanted: Wanted::Now,
        whole: true,
        robots: web::minds_robots(args.format),
        bytes: limits.page_bytes,
        now: clock(),
    };
    let mut visit = Visit { address: page.url.clone(), ..Visit::default() };
    match Fetcher::new(web::manners(&config.network)).page(want, &mut visit).await {
        Ok(Outcome::Page(document)) => Ok(document),
        // Nothing is remembered of it that could make it wait, or be as it was.
        Ok(Outcome::Same | Outcome::Resting(_)) => Err(failed("the page did not come".to_owned())),
        Err(error @ WebError::Refused { .. }) if !args.allow_private => {
            Err(failed(error.to_string()).hint("--allow-private, where a private network is meant"))
        }
        Err(error) => Err(failed(error.to_string())),
    }
}

/// The page after a page of the web, or why it would not be followed; `None` where there is none.
fn next_page(document: &Document, page: &Page) -> Option<Result<String, String>> {
    document.address.as_ref()?;
    extract::next_page(document, page.format, &NextPage::Relation).transpose()
}

/// The rules that read a document as it was read without any.
fn found_rules(document: &Document, page: &Page) -> Option<FoundRules> {
    match page.format? {
        Format::Json => {
            let found = extract::json::find(document)?;
            let (confidence, config) = (found.confidence, found.rules.to_config());
            Some(FoundRules { confidence, config, notes: Vec::new() })
        }
        Format::Html => {
            let found = extract::html::detect(document, &Limits::default(), &DateRules::default())?;
            let (confidence, config) = (found.confidence, found.rules.to_config());
            Some(FoundRules { confidence, config, notes: found.notes })
        }
        Format::Csv => {
            let found = extract::csv::find(document)?;
            let (confidence, config) = (found.confidence, found.rules.to_config());
            Some(FoundRules { confidence, config, notes: Vec::new() })
        }
        Format::Auto | Format::Text | Format::Feed | Format::Sitemap => None,
    }
}

fn row(entry: &Entry, split: Option<(Vec<String>, bool, f32)>) -> Row {
    let mut content = Content::of(entry);
    let confidence = match split {
        Some((tags, sure, confidence)) => {
            (content.tags, content.sure) = (tags, sure);
            confidence
        }
        None => 1.0,
    };
    Row {
        item: Item::content(&content),
        likes: entry.likes,
        minutes: entry.minutes,
        page: entry.page,
        line: entry.line,
        whole: entry.whole,
        row: entry.tags.clone(),
        sure: content.sure,
        confidence,
    }
}

/// The tag that the page itself makes evident.
fn page_tag(rows: &[Row]) -> Option<String> {
    let splits: Vec<extract::tags::Split> = rows
        .iter()
        .map(|row| extract::tags::Split {
            tags: row.item.tags.clone(),
            confidence: row.confidence,
            sure: row.sure,
        })
        .collect();
    extract::tags::page_tag(&splits)
}

fn people(pages: &[Page], rows: &[Row], faults: &[Fault], output: &Output) -> Result<(), Failure> {
    for page in pages {
        let title = page.title.as_deref().map(|title| format!("“{title}”, ")).unwrap_or_default();
        let declared =
            page.declared.map(|count| format!(", which says there are {count}")).unwrap_or_default();
        let number = page.number.map(|(n, of)| format!(", page {n} of {of}")).unwrap_or_default();
        let cut = if page.cut { ", cut off at its end" } else { "" };
        output.line(&plain(&format!(
            "{}: {title}{}{declared}{number}{cut} ({}{})",
            page.name,
            counted(page.entries, "article"),
            page.format.map(|format| format!("{}, ", format.name())).unwrap_or_default(),
            page.encoding
        )))?;
    }
    let tag = page_tag(rows);
    if let Some(tag) = tag {
        output.line(&plain(&format!("the page's own tag seems to be “{tag}”")))?;
    }
    if !rows.is_empty() {
        output.line("")?;
        let cells = |row: &Row| {
            let date = row.item.date.map(|date| date.to_string()).unwrap_or_default();
            let doubt = if row.sure { "" } else { " (unsure)" };
            let cut = if row.whole { "" } else { " (cut off)" };
            vec![
                row.line.to_string(),
                date,
                row.item.source.clone().unwrap_or_default(),
                format!("{}{cut}", row.item.title),
                format!("{}{doubt}", row.item.tags.join(" | ")),
            ]
        };
        output.table(&["line", "date", "source", "title", "tags"], rows.iter().map(cells).collect())?;
    }
    if !faults.is_empty() {
        output.line("")?;
    }
    for fault in faults.iter().take(FAULTS_SHOWN) {
        let weight = match fault.weight {
            Weight::Warning => "note",
            Weight::Loss => "lost",
            Weight::Page => "page",
        };
        let place =
            if fault.line == 0 { format!("page {}", fault.page) } else { format!("line {}", fault.line) };
        output.line(&plain(&format!("{weight}: {place}: {}", fault.reason)))?;
    }
    let more = faults.len().saturating_sub(FAULTS_SHOWN);
    if more > 0 { output.line(&format!("and {more} more")) } else { Ok(()) }
}
