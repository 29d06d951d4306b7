//! Extraction: bytes of pages in, a [`Reading`] out. Pure.
//!
//! Bytes become text in [`charset`], [`content`] says what kind of document it is, and a plain match on the
//! format picks the reader. Nothing here fails: what is wrong is a [`Fault`](crate::model::Fault).

pub mod charset;
pub mod content;
pub mod dates;
pub mod tags;

mod cursor;
mod faults;
pub mod html;
mod text;
mod wall;

use crate::model::listing::{Format, Rules};
use crate::model::reading::{Document, Weight};
use crate::model::{Entry, Page, Reading};

use self::charset::Decoded;
use self::content::Content;
use self::faults::Faults;

/// Version of everything that decides what a reading says; bump when the same bytes may read differently.
pub const VERSION: u32 = 2;

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
    if let Some(content) = content::of_bytes(&document.bytes) {
        faults.page(content.complaint());
        return page;
    }
    let decoded = charset::decode(&document.bytes);
    page.encoding = decoded.encoding.to_owned();
    match (rules.format, content::of_text(&decoded.text)) {
        (Format::Auto | Format::Text, Content::Text) => {
            let before = entries.len();
            text::read(&decoded, limits, &mut page, entries, faults);
            page.entries = entries.len() - before;
            note_bad_lines(&decoded, faults);
        }
        (Format::Auto | Format::Html, Content::Html) | (Format::Html, Content::Text) => {
            let wall = rules.html.is_none().then(|| wall::by_title(&decoded.text)).flatten();
            if wall.is_none() {
                html::read(document, &decoded, rules, &mut page, entries, faults);
                note_bad_lines(&decoded, faults);
            }
            let none = || if page.entries == 0 { wall::by_content(&decoded.text) } else { None };
            if let Some(wall) = wall.or_else(none) {
                faults.page_first(wall.complaint());
            }
        }
        (Format::Html, other) => faults.page(other.complaint_of_html()),
        (Format::Auto | Format::Text, other) => {
            let wall = if other == Content::Html { wall::by_content(&decoded.text) } else { None };
            faults.page(wall.map_or_else(|| other.complaint(), |wall| wall.complaint().to_owned()));
        }
    }
    page
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
