//! The articles of a document, by rules.

use std::borrow::Cow;

use serde_json::Value;

use crate::extract::faults::Faults;
use crate::extract::fields::{Fields, too_many};
use crate::extract::links::Base;
use crate::extract::markup;
use crate::model::Entry;
use crate::model::json::{JsonField, JsonPart, JsonPlace, JsonRules};
use crate::model::listing::{DateRules, Limits, Rules};
use crate::model::reading::Weight;

use super::{MAX_STEPS, Parsed, places, text};

/// An article and the line it begins on.
pub(super) struct Item<'v> {
    pub(super) value: &'v Value,
    pub(super) line: u32,
}

/// The articles that the rules lead to, in the order of the document; one sentence where they lead to none, or would
/// take too long.
pub(super) fn of<'v>(
    parsed: &'v Parsed<'_>,
    rules: &JsonRules,
    limits: &Limits,
) -> Result<Vec<Item<'v>>, String> {
    let Some(place) = &rules.items else { return Ok(Vec::new()) };
    let (values, depth) = size(&parsed.value);
    let fields = [&rules.fields.id, &rules.fields.title, &rules.fields.link, &rules.fields.date];
    let others = [&rules.fields.source, &rules.fields.category, &rules.fields.summary, &rules.fields.tags];
    let steps = fields.into_iter().chain(others).flatten().map(|field| steps_of(field, values, depth));
    let steps = steps.fold(place.steps(values, depth), u64::saturating_add);
    if steps > MAX_STEPS {
        return Err(format!(
            "the paths of `[listing.json]` would take too long on this document of {values} values; use fewer `..`, \
             and no patterns or `$` in filters"
        ));
    }
    let mut found: Vec<&Value> = Vec::new();
    let most = (limits.entries as usize).saturating_add(1);
    let nodes = place.query(&parsed.value);
    for value in &nodes {
        match value {
            // A path may lead to a list of articles instead of to its articles.
            Value::Array(inner) => found.extend(inner),
            single => found.push(single),
        }
        if found.len() > most.saturating_mul(16) {
            break;
        }
    }
    if found.is_empty() {
        return Err(match nodes.first() {
            Some(_) => format!("the list at `{place}` is empty"),
            None => format!("there is nothing at `{place}` in this document; its form may have changed"),
        });
    }
    let mut seen = std::collections::HashSet::new();
    found.retain(|value| seen.insert(std::ptr::from_ref::<Value>(value)));
    let places = places::offsets(parsed, &found);
    let mut placed: Vec<(usize, &Value)> = places.into_iter().zip(found).collect();
    placed.sort_by_key(|(at, _)| *at);
    let found: Vec<&Value> = placed.into_iter().map(|(_, value)| value).collect();
    let lines = places::lines(parsed, &found);
    Ok(found.into_iter().zip(lines).map(|(value, line)| Item { value, line }).collect())
}

/// Reads the articles.
pub(super) fn read(
    items: &[Item<'_>],
    rules: &JsonRules,
    base: &Base,
    listing: &Rules,
    entries: &mut Vec<Entry>,
    faults: &mut Faults,
) {
    let limits = &listing.limits;
    let before = entries.len();
    let mut nameless = Vec::new();
    for item in items {
        if entries.len() >= limits.entries as usize {
            too_many(limits, item.line, faults);
            break;
        }
        let mut fields = Fields { limits, dates: &listing.dates, faults, line: item.line };
        match entry(item.value, rules, base, &mut fields) {
            Some(entry) => entries.push(entry),
            None => nameless.push(item.line),
        }
    }
    if entries.len() == before && !items.is_empty() {
        faults.page("no item has a title; the document's form may have changed, or `title` leads elsewhere");
        return;
    }
    for line in nameless {
        faults.add(Weight::Loss, line, "the item has no title, no text and no link; it was left out");
    }
}

fn entry(item: &Value, rules: &JsonRules, base: &Base, fields: &mut Fields<'_>) -> Option<Entry> {
    let rule = &rules.fields;
    let link = said(rule.link.as_ref(), item, true).filter(|link| !link.trim().is_empty());
    let link = fields.link(base, link.into_iter());
    let most = fields.limits.summary_bytes as usize;
    let summary = said(rule.summary.as_ref(), item, false).and_then(|summary| {
        let plain =
            if markup_like(&summary) { markup::plain(&summary, most) } else { Cow::Borrowed(&*summary) };
        fields.summary(&plain)
    });
    let title = said(rule.title.as_ref(), item, false).and_then(|title| {
        let most = fields.limits.line_bytes as usize;
        fields.line("title", &markup::title(&title, most))
    });
    let title = title.or_else(|| fields.stand_in(summary.as_deref(), link.as_deref()))?;
    let dates: &DateRules = fields.dates;
    let date = match &rule.date {
        Some(JsonField::Place(place)) => {
            place.query(item).into_iter().find_map(|value| text::date(value, dates))
        }
        Some(template) => said(Some(template), item, false)
            .and_then(|text| text::date(&Value::String(text.into_owned()), dates)),
        None => None,
    };
    let tags = tags(rule.tags.as_ref(), item, rules.tags_separator.as_deref());
    let mut line = |name: &str, field: &Option<JsonField>| {
        said(field.as_ref(), item, false)
            .and_then(|text| fields.line(name, &markup::title(&text, usize::MAX)))
    };
    let (source, category) = (line("source", &rule.source), line("category", &rule.category));
    Some(Entry {
        id: said(rule.id.as_ref(), item, false).and_then(|id| fields.id(&id)),
        link,
        source,
        date: fields.date(date.into_iter()),
        category,
        title,
        summary,
        tags: fields.tags(tags.into_iter()),
        page: fields.faults.page_number(),
        line: fields.line,
        whole: true,
        ..Entry::default()
    })
}

/// What a field says of an item: the first text at its place, or its template filled in. `None` where a part is
/// missing.
fn said<'v>(field: Option<&JsonField>, item: &'v Value, for_link: bool) -> Option<Cow<'v, str>> {
    match field? {
        JsonField::Place(place) => first(place, item),
        JsonField::Template(parts) => {
            let mut out = String::new();
            for part in parts {
                match part {
                    JsonPart::Text(text) => out.push_str(text),
                    JsonPart::Place(place) => {
                        let text = first(place, item)?;
                        // A template that begins with a place has an address there, which is one already.
                        if for_link && !out.is_empty() {
                            push_encoded(&mut out, &text)
                        } else {
                            out.push_str(&text)
                        }
                    }
                }
            }
            Some(Cow::Owned(out))
        }
    }
}

fn first<'v>(place: &JsonPlace, item: &'v Value) -> Option<Cow<'v, str>> {
    place.query(item).into_iter().find_map(text::of)
}

fn tags<'v>(field: Option<&JsonField>, item: &'v Value, separator: Option<&'v str>) -> Vec<Cow<'v, str>> {
    match field {
        Some(JsonField::Place(place)) => {
            place.query(item).into_iter().flat_map(|value| text::tags(value, separator)).collect()
        }
        other => said(other, item, false).into_iter().collect(),
    }
}

/// Puts a text into an address: what would end a path or a value there is encoded; slashes are parts of paths.
fn push_encoded(out: &mut String, text: &str) {
    use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
    const WITHIN: &AsciiSet =
        &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'%').add(b'&').add(b'<').add(b'>').add(b'?').add(b'+');
    out.extend(utf8_percent_encode(text.trim(), WITHIN));
}

/// Whether a text is HTML rather than plain: it closes a tag, or has an entity.
fn markup_like(text: &str) -> bool {
    text.contains("</")
        || text.contains("/>")
        || text.contains("<p>")
        || text.contains("<br")
        || text.contains(';')
}

/// How many values a document holds, and how deep they nest.
fn size(value: &Value) -> (u64, u64) {
    let below = |values: &mut dyn Iterator<Item = &Value>| {
        values.map(size).fold((1, 0), |(count, deep), (inner, depth)| (count + inner, u64::max(deep, depth)))
    };
    let (count, depth) = match value {
        Value::Array(values) => below(&mut values.iter()),
        Value::Object(fields) => below(&mut fields.values()),
        _ => (1, 0),
    };
    (count, depth + 1)
}

/// How many steps a field takes on all items together.
fn steps_of(field: &JsonField, values: u64, depth: u64) -> u64 {
    match field {
        JsonField::Place(place) => place.steps(values, depth),
        JsonField::Template(parts) => parts
            .iter()
            .filter_map(|part| match part {
                JsonPart::Place(place) => Some(place.steps(values, depth)),
                JsonPart::Text(_) => None,
            })
            .fold(0, u64::saturating_add),
    }
}
