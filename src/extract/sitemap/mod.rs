//! Sitemaps (sitemaps.org, with the extension for news), and indexes of them.
//!
//! A sitemap names addresses, not titles: only news has those. Elsewhere the title is made of the address, from the
//! last part of its path.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use url::Url;

use crate::model::listing::{Format, Rules};
use crate::model::reading::{Document, Weight};
use crate::model::{Entry, Page, Printed, Timestamp};

use super::charset::Decoded;
use super::faults::Faults;
use super::fields::{Fields, too_many};
use super::links::Base;
use super::xml::{Kind, Scanner, Tag};
use super::{charset, gz, markup, moment};

/// How many addresses one sitemap may hold, as the protocol has it.
const MAX_URLS: usize = 50_000;
/// How much an index may hold after it is unpacked.
const MAX_INDEX: u64 = 50 << 20;
/// Bytes of a `lastmod` that are kept; a longer one is none.
const MAX_CHANGED: usize = 100;

/// A sitemap that an index names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Child {
    /// Its absolute address.
    pub address: String,
    /// When it changed, as the index writes it (`lastmod`).
    pub changed: Option<String>,
}

/// The sitemaps that an index of sitemaps names, in order, each once, at most 50,000; `None` when `document` is no
/// index.
///
/// Whether one of them leads back here is for the caller to notice: an index that names itself is one of its own.
#[must_use]
pub fn children(document: &Document) -> Option<Vec<Child>> {
    let unpacked = gz::is_gzip(&document.bytes).then(|| gz::unpack(&document.bytes, MAX_INDEX));
    let bytes = match &unpacked {
        Some(unpacked) => &unpacked.as_ref()?.bytes,
        None => &document.bytes,
    };
    let decoded = charset::decode(bytes, document.media.as_deref());
    let base = Base::of(document.address.as_deref());
    let mut scanner = Scanner::new(&decoded.text);
    let mut is_index = false;
    let mut children: Vec<Child> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    // What the `lastmod` that comes next is of.
    let mut current = None;
    while let Some(tag) = scanner.next() {
        match tag.local() {
            "sitemapindex" => is_index = true,
            "urlset" => return None,
            "sitemap" => current = None,
            "loc" if is_index && tag.kind == Kind::Open => {
                let raw = scanner.inner(&tag, |tag| tag.local() == "sitemap");
                let link = base.absolute(&markup::value(raw)).ok().filter(|link| seen.insert(link.clone()));
                if children.len() >= MAX_URLS {
                    break;
                }
                current = link.is_some().then_some(children.len());
                children.extend(link.map(|address| Child { address, changed: None }));
            }
            "lastmod" if tag.kind == Kind::Open => {
                let raw = scanner.inner(&tag, |tag| tag.local() == "sitemap");
                let changed = markup::value(raw).trim().to_owned();
                if let Some(child) = current.and_then(|at| children.get_mut(at))
                    && (1..=MAX_CHANGED).contains(&changed.len())
                {
                    child.changed = Some(changed);
                }
            }
            _ => {}
        }
    }
    is_index.then_some(children)
}

/// Whether a sitemap that was had `at` some time cannot have changed since, by what its index says (`lastmod`). A day
/// is over when it is over everywhere; what lies in the future, or cannot be read, says nothing.
#[must_use]
pub fn is_settled(changed: &str, at: Timestamp) -> bool {
    let end = match moment::read(changed) {
        Some(Ok(Printed::Instant { at, .. })) => at,
        Some(Ok(Printed::Day(day))) => day.start_in(chrono_tz::UTC).plus(36 * 3_600),
        _ => return false,
    };
    end <= at
}

/// Reads one sitemap: fills in the facts of `page` and appends an entry for each address.
pub(super) fn read(
    decoded: &Decoded<'_>,
    base: &Base,
    rules: &Rules,
    page: &mut Page,
    entries: &mut Vec<Entry>,
    faults: &mut Faults,
) {
    let limits = &rules.limits;
    page.format = Some(Format::Sitemap);
    let before = entries.len();
    let mut scanner = Scanner::new(&decoded.text);
    let mut closed = false;
    while let Some(tag) = scanner.next() {
        match (tag.local(), tag.kind) {
            ("url", Kind::Open) => {
                let line = scanner.line_of(tag.at);
                if entries.len() >= limits.entries as usize {
                    too_many(limits, line, faults);
                    closed = true;
                    break;
                }
                if entries.len() - before >= MAX_URLS {
                    let reason =
                        format!("more than {MAX_URLS} addresses in one sitemap; the others were left out");
                    faults.add(Weight::Loss, line, reason);
                    closed = true;
                    break;
                }
                let (url, end) = Address::read(&mut scanner);
                if end {
                    let mut fields = Fields { limits, dates: &rules.dates, faults, line };
                    entries.extend(url.finish(base, &mut fields));
                }
            }
            ("sitemapindex", Kind::Open | Kind::Empty) => {
                faults.page(
                    "the page is an index of sitemaps: one at a `url` is followed, but from no other index; name the sitemaps that list the articles",
                );
                return;
            }
            ("urlset", Kind::Close | Kind::Empty) => closed = true,
            _ => {}
        }
    }
    page.cut = !closed;
    if page.cut {
        let line = scanner.line_of(decoded.text.len());
        faults.add(
            Weight::Loss,
            line,
            "the sitemap ends before its last end tag; it may not have come whole",
        );
    }
}

/// What one `url` holds, as it stands there.
#[derive(Default)]
struct Address<'t> {
    loc: Option<&'t str>,
    changed: Option<&'t str>,
    title: Option<&'t str>,
    published: Option<&'t str>,
    publication: Option<&'t str>,
    keywords: Option<&'t str>,
}

impl<'t> Address<'t> {
    /// Reads up to the end of the element, and says whether that was there.
    fn read(scanner: &mut Scanner<'t>) -> (Self, bool) {
        let mut url = Self::default();
        while let Some(tag) = scanner.next() {
            if ends(&tag) {
                let closed = tag.kind == Kind::Close && tag.local() == "url";
                if !closed {
                    scanner.back(&tag);
                }
                return (url, true);
            }
            if tag.kind != Kind::Open {
                continue;
            }
            // Pictures and films have titles and places of their own.
            let of_news = tag.prefix().is_empty() || tag.prefix().starts_with(['n', 'N']);
            let place = match tag.local() {
                "loc" if tag.prefix().is_empty() || of_news => &mut url.loc,
                "lastmod" => &mut url.changed,
                "title" if of_news => &mut url.title,
                "publication_date" if of_news => &mut url.published,
                "name" if of_news => &mut url.publication,
                "keywords" if of_news => &mut url.keywords,
                _ => continue,
            };
            let raw = scanner.inner(&tag, ends);
            *place = place.or(Some(raw));
        }
        (url, false)
    }

    fn finish(self, base: &Base, fields: &mut Fields<'_>) -> Option<Entry> {
        let Some(loc) = self.loc.map(markup::value).filter(|loc| !loc.trim().is_empty()) else {
            fields.faults.add(Weight::Loss, fields.line, "a `url` without an address; it was left out");
            return None;
        };
        let link = fields.link(base, std::iter::once(loc))?;
        let title = self.title.map(markup::value).and_then(|title| fields.line("title", &title));
        let title = title.or_else(|| fields.line("title", &title_of(&link)))?;
        let keywords = self.keywords.map(markup::value).unwrap_or_default();
        let dates = [self.published, self.changed].into_iter().flatten();
        let publication = self.publication.map(markup::value);
        let rules = fields.dates;
        Some(Entry {
            title,
            source: publication.and_then(|name| fields.line("source", &name)),
            date: fields.date(dates.map(|raw| moment::read_by(&markup::value(raw), rules))),
            tags: fields.tags(keywords.split([',', ';', '，', '、']).map(Cow::Borrowed)),
            page: fields.faults.page_number(),
            line: fields.line,
            whole: true,
            link: Some(link),
            ..Entry::default()
        })
    }
}

/// Whether a tag cannot stand within a `url`.
fn ends(tag: &Tag<'_>) -> bool {
    matches!(tag.local(), "url" | "urlset") && (tag.kind == Kind::Close || tag.local() == "url")
}

/// A title made of an address: the last part of its path that says something, its words apart, its first letter
/// large; the address itself where there is none.
fn title_of(link: &str) -> String {
    let Ok(url) = Url::parse(link) else { return link.to_owned() };
    let mut parts = url.path_segments().into_iter().flatten().rev();
    let part =
        parts.find(|part| !part.is_empty() && !part.starts_with("index.") && !part.starts_with("default."));
    let Some(part) = part else { return link.to_owned() };
    let decoded = percent_decode_str(part).decode_utf8_lossy();
    let name = match decoded.rsplit_once('.') {
        Some((name, ending)) if !name.is_empty() && (2..=5).contains(&ending.len()) => name,
        _ => &decoded,
    };
    let words: Vec<&str> = name.split(|c: char| matches!(c, '-' | '_' | '+') || c.is_whitespace()).collect();
    let title = words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    let mut chars = title.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => link.to_owned(),
    }
}

#[cfg(test)]
mod tests;
