//! Extraction: bytes of pages in, a [`Reading`] out. Pure.
//!
//! Bytes become text in [`charset`], [`content`] says what kind of document it is, and a plain match on the
//! format picks the reader. Nothing here fails: what is wrong is a [`Fault`](crate::model::Fault).

pub mod charset;
pub mod content;
pub mod csv;
pub mod dates;
pub mod feed;
pub mod html;
pub mod json;
pub mod sitemap;
pub mod tags;

mod cursor;
mod faults;
mod fields;
mod gz;
mod links;
mod markup;
mod moment;
mod next;
mod text;
mod wall;
mod xml;

use std::borrow::Cow;

use crate::model::listing::{Format, Rules};
use crate::model::reading::{Document, Weight};
use crate::model::{Entry, Page, Reading};

use self::charset::Decoded;
use self::content::Content;
use self::faults::Faults;
use self::links::Base;

pub use self::next::next_page;

/// Version of everything that decides what a reading says; bump when the same bytes may read differently.
pub const VERSION: u32 = 4;

/// Reads the pages of a listing, in order. Never fails: what is wrong is a fault in the reading.
///
/// Every bound of the rules is held; what lies beyond one is left out or cut, with a fault that says so.
#[must_use]
pub fn read(documents: &[Document], rules: &Rules) -> Reading {
    let limits = &rules.limits;
    let mut reading = Reading::default();
    for (number, document) in (1..=limits.pages).zip(documents) {
        let mut faults = Faults::new(number);
        let page = read_page(document, rules, &mut reading.entries, &mut faults);
        reading.pages.push(page);
        reading.faults.append(&mut faults.finish());
    }
    if documents.len() > reading.pages.len() {
        let mut faults = Faults::new(limits.pages.saturating_add(1));
        let count = documents.len();
        faults.page(format!("the listing has {count} pages, more than the limit of {}", limits.pages));
        reading.faults.append(&mut faults.finish());
    }
    reading
}

/// Reads one page, numbered as `faults` is, and appends its entries.
fn read_page(document: &Document, rules: &Rules, entries: &mut Vec<Entry>, faults: &mut Faults) -> Page {
    let limits = &rules.limits;
    let mut page = Page { name: document.name.clone(), ..Page::default() };
    let size = document.bytes.len() as u64;
    if size > limits.page_bytes {
        let limit = limits.page_bytes;
        faults.page(format!("the page has {size} bytes, more than the limit of {limit}; it was not read"));
        return page;
    }
    let Some(bytes) = unpacked(document, rules, faults) else { return page };
    if let Some(content) = content::of_bytes(&bytes) {
        faults.page(content.complaint(rules.format));
        return page;
    }
    let decoded = charset::decode(&bytes, document.media.as_deref());
    page.encoding = decoded.encoding.to_owned();
    let content = content::of_sent(&decoded.text, document.media.as_deref(), rules.format);
    let base = Base::of(document.address.as_deref());
    let before = entries.len();
    match (rules.format, content) {
        (Format::Csv, Content::Text) => csv::read(&decoded, &base, rules, &mut page, entries, faults),
        (Format::Auto, Content::Text) if csv::is_table(document) => {
            csv::read(&decoded, &base, rules, &mut page, entries, faults);
        }
        (Format::Auto | Format::Text, Content::Text) => {
            page.format = Some(Format::Text);
            text::read(&decoded, limits, &mut page, entries, faults);
        }
        (Format::Auto | Format::Html, Content::Html) | (Format::Html, Content::Text) => {
            page.format = Some(Format::Html);
            let wall = match rules.html {
                None => wall::by_title(&decoded.text),
                Some(_) => wall::by_title_alone(&decoded.text),
            };
            if wall.is_none() {
                html::read(document, &decoded, rules, &mut page, entries, faults);
            }
            let none = || if entries.len() == before { wall::by_content(&decoded.text) } else { None };
            if let Some(wall) = wall.or_else(none) {
                faults.page_first(wall.complaint());
            }
        }
        (Format::Auto | Format::Feed, Content::Feed) => {
            feed::read(&decoded, &base, rules, &mut page, entries, faults);
        }
        (Format::Auto | Format::Feed | Format::Json, Content::Json) => {
            json::read(&decoded, &base, rules, &mut page, entries, faults);
        }
        (Format::Auto | Format::Sitemap, Content::Sitemap) => {
            sitemap::read(&decoded, &base, rules, &mut page, entries, faults);
        }
        (wanted, other) => {
            let wall = if other == Content::Html { wall::by_content(&decoded.text) } else { None };
            faults.page(wall.map_or_else(|| other.complaint(wanted), |wall| wall.complaint().to_owned()));
            return page;
        }
    }
    page.entries = entries.len() - before;
    note_bad_lines(&decoded, faults);
    page
}

/// The bytes of a document, unpacked where they are a gzip file and something else than text is wanted; `None`, with a
/// fault, where they cannot be.
fn unpacked<'d>(document: &'d Document, rules: &Rules, faults: &mut Faults) -> Option<Cow<'d, [u8]>> {
    if rules.format == Format::Text || !gz::is_gzip(&document.bytes) {
        return Some(Cow::Borrowed(&document.bytes));
    }
    let most = rules.limits.page_bytes;
    let Some(unpacked) = gz::unpack(&document.bytes, most) else {
        faults.page(format!(
            "the page is compressed (gzip) and cannot be unpacked: it is damaged, or holds more than {most} bytes"
        ));
        return None;
    };
    if !unpacked.whole {
        faults.add(
            Weight::Loss,
            0,
            "the page is compressed (gzip) and damaged; what comes after the damage is lost",
        );
    }
    Some(Cow::Owned(unpacked.bytes))
}

/// One warning for every line that held bytes which are no text in the page's encoding.
fn note_bad_lines(decoded: &Decoded<'_>, faults: &mut Faults) {
    if !decoded.damaged {
        return;
    }
    for (number, line) in text::numbered_lines(&decoded.text) {
        if line.contains(char::REPLACEMENT_CHARACTER) {
            let encoding = decoded.encoding;
            let reason = format!("bytes that are not {encoding} were replaced by \u{FFFD} on this line");
            faults.add(Weight::Warning, number, reason);
        }
    }
}

#[cfg(test)]
mod tests;
