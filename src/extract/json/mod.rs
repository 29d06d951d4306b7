//! JSON documents: by rules, as JSON Feed, or by finding the list of articles in them.
//!
//! Also one object a line. Numbers serve as ids, an object where a text should stand gives what it calls its text, and
//! small mistakes that programs make (a comma too many, half a character, a line break in a text) are mended.

mod feed;
mod find;
mod items;
mod places;
mod repair;
pub(super) mod table;
mod text;

use serde_json::Value;

use crate::model::json::JsonRules;
use crate::model::listing::{DateRules, Format, Rules};
use crate::model::reading::{Document, Weight};
use crate::model::{Entry, Page};

use super::charset::{self, Decoded};
use super::content::Content;
use super::faults::Faults;
use super::links::Base;

/// How many values one document may hold: each takes some ten times the memory that it takes as text.
const MAX_VALUES: usize = 2_000_000;

/// How many steps a path may take on one document; some seconds.
const MAX_STEPS: u64 = 50_000_000;

/// What was found in a JSON document that nobody gave rules for.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The rules that read it so.
    pub rules: JsonRules,
    /// How sure that is, from 0 to 1.
    pub confidence: f32,
    /// How many articles there are.
    pub items: usize,
}

/// The rules that would read `document` as it is read without rules; `None` when no list of articles is found in it,
/// or when it is a JSON Feed, which needs no rules.
#[must_use]
pub fn find(document: &Document) -> Option<Found> {
    let decoded = charset::decode(&document.bytes, document.media.as_deref());
    let value = parse(&decoded.text).ok()?.value;
    if feed::is_feed(&value) { None } else { find::find(&value, &DateRules::default()) }
}

/// The next page of a JSON Feed (`next_url`), absolute; `None` where it names none, and for any other document.
#[must_use]
pub fn next_page(document: &Document) -> Option<String> {
    let decoded = charset::decode(&document.bytes, document.media.as_deref());
    let value = parse(&decoded.text).ok()?.value;
    let next = value.get("next_url").filter(|_| feed::is_feed(&value))?.as_str()?;
    Base::of(document.address.as_deref()).absolute(next).ok()
}

/// Reads one document: fills in the facts of `page` and appends its entries.
pub(super) fn read(
    decoded: &Decoded<'_>,
    base: &Base,
    rules: &Rules,
    page: &mut Page,
    entries: &mut Vec<Entry>,
    faults: &mut Faults,
) {
    let parsed = match parse(&decoded.text) {
        Ok(parsed) => parsed,
        Err(wrong) => {
            page.cut = wrong.cut;
            faults.page(wrong.reason);
            return;
        }
    };
    let value = &parsed.value;
    let configured = rules.json.as_deref().filter(|_| rules.format != Format::Feed);
    let is_feed = feed::is_feed(value);
    if rules.format == Format::Feed && !is_feed {
        faults.page(Content::Json.complaint(rules.format));
        return;
    }
    if is_feed && configured.is_none() {
        page.format = Some(Format::Feed);
        feed::read(&parsed, base, rules, page, entries, faults);
    } else {
        page.format = Some(Format::Json);
        by_rules(&parsed, configured, base, rules, entries, faults);
    }
    if let Some(mended) = &parsed.mended {
        faults.add(Weight::Warning, 0, format!("this is no JSON ({mended}); it was mended and read"));
    }
    if parsed.cut || decoded.cut {
        page.cut = true;
        let reason = "the document ends within its last line; it may not have come whole";
        faults.add(Weight::Loss, u32::try_from(decoded.text.lines().count()).unwrap_or(u32::MAX), reason);
    }
}

/// Reads by the rules of the config, as far as they go; the rest is found.
fn by_rules(
    parsed: &Parsed<'_>,
    configured: Option<&JsonRules>,
    base: &Base,
    rules: &Rules,
    entries: &mut Vec<Entry>,
    faults: &mut Faults,
) {
    let found;
    let used = match configured {
        Some(configured) if configured.items.is_some() => configured,
        _ => {
            let Some(by_itself) = find::find(&parsed.value, &rules.dates) else {
                faults.page(
                    "no list of articles was found in this JSON document; say where it is with `items` in \
                     `[listing.json]`",
                );
                return;
            };
            found = merged(by_itself.rules, configured);
            &found
        }
    };
    let items = match items::of(parsed, used, &rules.limits) {
        Ok(items) => items,
        Err(reason) => {
            faults.page(reason);
            return;
        }
    };
    items::read(&items, used, base, rules, entries, faults);
}

/// What was found, with what the config says instead.
fn merged(mut found: JsonRules, configured: Option<&JsonRules>) -> JsonRules {
    let Some(configured) = configured else { return found };
    let fields = configured.fields.clone();
    found.fields.id = fields.id.or(found.fields.id);
    found.fields.title = fields.title.or(found.fields.title);
    found.fields.link = fields.link.or(found.fields.link);
    found.fields.date = fields.date.or(found.fields.date);
    found.fields.source = fields.source.or(found.fields.source);
    found.fields.category = fields.category.or(found.fields.category);
    found.fields.summary = fields.summary.or(found.fields.summary);
    found.fields.tags = fields.tags.or(found.fields.tags);
    found.tags_separator.clone_from(&configured.tags_separator);
    found
}

/// A document that was understood.
struct Parsed<'t> {
    /// The text that was understood in the end.
    text: std::borrow::Cow<'t, str>,
    value: Value,
    /// What was wrong with it before it was mended.
    mended: Option<String>,
    /// Whether it is one object a line, and the last line is not all there.
    cut: bool,
}

/// Why a document could not be understood.
struct Wrong {
    reason: String,
    cut: bool,
}

/// Understands a document; several values after one another are as if they stood in a list.
fn parse(text: &str) -> Result<Parsed<'_>, Wrong> {
    let commas = memchr::memchr_iter(b',', text.as_bytes()).count();
    if commas > MAX_VALUES {
        let reason = format!("the document holds more than {MAX_VALUES} values; it was not read");
        return Err(Wrong { reason, cut: false });
    }
    let first = match serde_json::from_str::<Value>(text) {
        Ok(value) => return Ok(Parsed { text: text.into(), value, mended: None, cut: false }),
        Err(error) => error,
    };
    if let Some(parsed) = values(text) {
        return Ok(parsed);
    }
    let mended = repair::repair(text);
    if let Some(value) = mended.as_deref().and_then(|mended| serde_json::from_str::<Value>(mended).ok()) {
        let text = mended.unwrap_or_default().into();
        return Ok(Parsed { text, value, mended: Some(first.to_string()), cut: false });
    }
    let reason = if first.is_eof() {
        format!("the JSON document ends before its end: {first}; it may not have come whole")
    } else {
        format!("this is no JSON document: {first}")
    };
    Err(Wrong { reason, cut: first.is_eof() })
}

/// Several values after one another (one a line, mostly); the last may be cut off.
fn values(text: &str) -> Option<Parsed<'_>> {
    let mut all = Vec::new();
    let mut cut = false;
    for value in serde_json::Deserializer::from_str(text).into_iter::<Value>() {
        match value {
            Ok(value) => all.push(value),
            Err(error) if error.is_eof() => cut = true,
            Err(_) => return None,
        }
    }
    let enough = all.len() > 1 || (cut && !all.is_empty());
    let value = Value::Array(all);
    enough.then(|| Parsed { text: text.into(), value, mended: None, cut })
}

#[cfg(test)]
mod tests;
