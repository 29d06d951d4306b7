//! Feeds of XML: RSS 0.9 to 2.0 and RDF, Atom 0.3 and 1.0. (JSON Feed is read in [`super::json`].)
//!
//! One reader for all of them, because feeds mix them: what an element is called says what it is. It reads what is
//! there and asks for nothing: bare `&`, unknown entities, missing ends and prefixes that nobody declared cost
//! nothing around them, and of a feed that was cut off the whole items before the cut are read.

mod item;
mod names;
mod pace;

use crate::model::listing::{DateRules, Format, Limits, Rules};
use crate::model::reading::{Document, Weight};
use crate::model::{Entry, Page};

use super::charset::{self, Decoded};
use super::faults::Faults;
use super::fields::{Fields, too_many};
use super::links::Base;
use super::markup;
use super::xml::{Kind, Scanner, Tag};

use self::item::{End, Item};
use self::names::{Names, Space};

/// Reads one feed: fills in the facts of `page` and appends its entries.
///
/// A feed without items is a listing without entries; what is no feed at all was ruled out before.
pub(super) fn read(
    decoded: &Decoded<'_>,
    base: &Base,
    rules: &Rules,
    page: &mut Page,
    entries: &mut Vec<Entry>,
    faults: &mut Faults,
) {
    page.format = Some(Format::Feed);
    let before = entries.len();
    let mut feed = Feed {
        scanner: Scanner::new(&decoded.text),
        names: Names::default(),
        base: base.clone(),
        limits: &rules.limits,
        dates: &rules.dates,
        authors: Vec::new(),
        pace: pace::Asked::default(),
        title: None,
        rdf: false,
        closed: false,
    };
    feed.run(entries, faults);
    page.title = feed.title.take();
    page.pace = feed.pace.settle();
    name_sources(entries.get_mut(before..).unwrap_or_default(), &mut feed.authors, page.title.as_deref());
    page.cut = !feed.closed && entries.len() < rules.limits.entries as usize;
    if page.cut {
        let line = feed.scanner.line_of(decoded.text.len());
        faults.add(Weight::Loss, line, "the feed ends before its last end tag; it may not have come whole");
    }
}

/// The page of a feed that holds its older entries, absolute: what it calls `next` (RFC 5005, section 3), or
/// `prev-archive` (section 4). `None` where it names none.
#[must_use]
pub fn next_page(document: &Document) -> Option<String> {
    let decoded = charset::decode(&document.bytes, document.media.as_deref());
    let mut base = Base::of(document.address.as_deref());
    let mut scanner = Scanner::new(&decoded.text);
    let mut in_item = false;
    let mut older = None;
    while let Some(tag) = scanner.next() {
        if is_item(&tag) {
            in_item = tag.kind == Kind::Open;
        } else if !in_item && matches!(tag.local(), "feed" | "rss" | "channel") {
            if let Some(outer) = tag.attribute("xml:base") {
                base = base.under(&markup::value(outer));
            }
        } else if !in_item && tag.local() == "link" && tag.kind != Kind::Close {
            let link = tag.attribute("href").and_then(|href| base.absolute(&markup::value(href)).ok());
            match tag.attribute("rel") {
                Some("next") => return link,
                Some("prev-archive") => older = older.or(link),
                _ => {}
            }
        }
    }
    older
}

/// An entry that names no publisher has the feed's title as its source; in a feed without one, its author.
fn name_sources(entries: &mut [Entry], authors: &mut [Option<String>], title: Option<&str>) {
    for (entry, author) in entries.iter_mut().zip(authors) {
        if entry.source.is_none() {
            entry.source = title.map(str::to_owned).or_else(|| author.take());
        }
    }
}

/// A feed while it is read.
struct Feed<'t, 'l> {
    scanner: Scanner<'t>,
    names: Names<'t>,
    base: Base,
    limits: &'l Limits,
    dates: &'l DateRules,
    /// The author of each entry.
    authors: Vec<Option<String>>,
    pace: pace::Asked,
    title: Option<String>,
    /// Whether its items stand after its channel, as those of RDF do.
    rdf: bool,
    /// Whether the feed's end was seen.
    closed: bool,
}

impl<'t> Feed<'t, '_> {
    fn run(&mut self, entries: &mut Vec<Entry>, faults: &mut Faults) {
        while let Some(tag) = self.scanner.next() {
            if is_item(&tag) && tag.kind == Kind::Open {
                if entries.len() >= self.limits.entries as usize {
                    too_many(self.limits, self.scanner.line_of(tag.at), faults);
                    return;
                }
                self.item(&tag, entries, faults);
            } else if tag.kind == Kind::Close {
                self.closed |= is_end(&tag) && !(self.rdf && tag.local() == "channel");
            } else {
                self.fact(&tag, faults);
            }
        }
    }

    /// Something that is said of the feed itself.
    fn fact(&mut self, tag: &Tag<'t>, faults: &mut Faults) {
        let space = self.names.space(tag.prefix());
        match (space, tag.local()) {
            (_, "rss" | "feed" | "RDF" | "channel") => {
                self.names.declare(tag);
                self.rdf |= tag.local() == "RDF";
                if let Some(base) = tag.attribute("xml:base") {
                    self.base = self.base.under(&markup::value(base));
                }
                // An empty feed may be one tag.
                self.closed |= tag.kind == Kind::Empty && tag.local() != "channel";
            }
            (Space::Plain, "title") if self.title.is_none() => {
                let style = item::Style::of_title(tag, None);
                let inner = self.scanner.inner(tag, ends_fact);
                let title = style.text(inner, self.limits.line_bytes as usize);
                let mut fields = Fields { limits: self.limits, dates: self.dates, faults, line: 0 };
                self.title = fields.line("title of the feed", &title);
            }
            // These have titles of their own.
            (Space::Plain, "image" | "textInput" | "textinput" | "author") => {
                self.scanner.inner(tag, ends_fact);
            }
            (Space::Plain, "skipHours" | "skipDays" | "ttl") | (Space::Syndication, _) => {
                let inner = self.scanner.inner(tag, ends_fact);
                self.pace.hear(tag.local(), inner);
            }
            _ => {}
        }
    }

    /// Reads the item that `open` opens.
    fn item(&mut self, open: &Tag<'t>, entries: &mut Vec<Entry>, faults: &mut Faults) {
        let line = self.scanner.line_of(open.at);
        self.names.declare(open);
        let item = Item::read(open, &mut self.scanner, &self.names);
        if item.end == End::Cut {
            return;
        }
        if item.end == End::Missing {
            faults.add(Weight::Warning, line, "the item has no end tag; it ends where the next thing begins");
        }
        let base = open.attribute("xml:base").map(|base| self.base.under(&markup::value(base)));
        let base = base.as_ref().unwrap_or(&self.base);
        let mut fields = Fields { limits: self.limits, dates: self.dates, faults, line };
        if let Some((entry, author)) = item.finish(base, &mut fields) {
            entries.push(entry);
            self.authors.push(author);
        }
    }
}

/// Whether it is the element of one article.
fn is_item(tag: &Tag<'_>) -> bool {
    matches!(tag.name, "item" | "entry")
        || (tag.name.contains(':') && matches!(tag.local(), "item" | "entry"))
}

/// Whether a tag cannot stand within a fact of an item: it opens or closes an item, or closes the feed.
fn ends_fact(tag: &Tag<'_>) -> bool {
    is_item(tag) || (tag.kind == Kind::Close && is_end(tag))
}

/// Whether the end tag of that name closes a feed, or what holds its items.
fn is_end(tag: &Tag<'_>) -> bool {
    matches!(tag.local(), "rss" | "RSS" | "feed" | "RDF" | "channel")
}

#[cfg(test)]
mod tests;
