//! JSON Feed 1.0 and 1.1.

use std::borrow::Cow;

use serde_json::Value;

use crate::extract::faults::Faults;
use crate::extract::fields::{Fields, too_many};
use crate::extract::links::Base;
use crate::extract::markup;
use crate::model::listing::Rules;
use crate::model::reading::Weight;
use crate::model::{Entry, Page};

use super::{Parsed, places, text};

/// Whether a document says that it is a JSON Feed.
pub(super) fn is_feed(value: &Value) -> bool {
    let version = value.get("version").and_then(Value::as_str).unwrap_or_default();
    version.contains("jsonfeed.org/version/") && value.get("items").is_some_and(Value::is_array)
}

/// Reads a feed: its title into `page`, its items to `entries`.
pub(super) fn read(
    parsed: &Parsed<'_>,
    base: &Base,
    rules: &Rules,
    page: &mut Page,
    entries: &mut Vec<Entry>,
    faults: &mut Faults,
) {
    let (feed, limits, dates) = (&parsed.value, &rules.limits, &rules.dates);
    let title = feed.get("title").and_then(text::of).unwrap_or_default();
    page.title = Fields { limits, dates, faults, line: 0 }.line("title of the feed", &title);
    let items: Vec<&Value> = feed.get("items").and_then(Value::as_array).into_iter().flatten().collect();
    let lines = places::lines(parsed, &items);
    for (item, line) in items.into_iter().zip(lines) {
        if entries.len() >= limits.entries as usize {
            too_many(limits, line, faults);
            return;
        }
        let mut fields = Fields { limits, dates, faults, line };
        let Some(mut entry) = read_item(item, base, &mut fields) else {
            let reason = "the item has no title, no text and no link; it was left out";
            fields.faults.add(Weight::Loss, line, reason);
            continue;
        };
        if entry.source.is_none() {
            entry.source =
                page.title.clone().or_else(|| author(item).and_then(|name| fields.line("author", &name)));
        }
        entries.push(entry);
    }
}

fn read_item(item: &Value, base: &Base, fields: &mut Fields<'_>) -> Option<Entry> {
    let said = |name: &str| item.get(name).and_then(text::of);
    let links = [said("url"), said("external_url")].into_iter().flatten();
    let link = fields.link(base, links.filter(|link| !link.trim().is_empty()));
    let most = fields.limits.summary_bytes as usize;
    let html = said("content_html").map(|html| markup::plain(&html, most).into_owned().into());
    let texts: [Option<Cow<'_, str>>; 3] = [said("summary"), said("content_text"), html];
    let summary = texts.into_iter().flatten().find_map(|text| fields.summary(&text));
    let title = said("title").and_then(|title| {
        let most = fields.limits.line_bytes as usize;
        fields.line("title", &markup::title(&title, most))
    });
    let title = title.or_else(|| fields.stand_in(summary.as_deref(), link.as_deref()))?;
    let dates = ["date_published", "date_modified"].iter().filter_map(|name| item.get(*name));
    let rules = fields.dates;
    let tags = item.get("tags").map(|tags| text::tags(tags, None)).unwrap_or_default();
    Some(Entry {
        id: said("id").and_then(|id| fields.id(&id)),
        link,
        date: fields.date(dates.filter_map(|value| text::date(value, rules))),
        title,
        summary,
        tags: fields.tags(tags.into_iter()),
        page: fields.faults.page_number(),
        line: fields.line,
        whole: true,
        ..Entry::default()
    })
}

/// The name of the first author: of 1.1 in a list, of 1.0 alone.
fn author(item: &Value) -> Option<Cow<'_, str>> {
    let first = item.get("authors").and_then(|authors| authors.get(0)).or_else(|| item.get("author"))?;
    first.get("name").and_then(text::of)
}
