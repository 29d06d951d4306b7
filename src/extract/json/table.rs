//! Rows that come from elsewhere, read as the objects of a list.

use serde_json::{Map, Value};

use super::find::of_rows;
use super::items::{self, Item};
use super::{Found, merged};
use crate::extract::faults::Faults;
use crate::extract::links::Base;
use crate::model::Entry;
use crate::model::listing::{DateRules, Rules};

/// How many rows are looked at for what their columns are.
const SAMPLE: usize = 50;

/// Reads rows by the rules of the config, as far as they go; the rest is found. Each has the line it begins on.
pub(in crate::extract) fn read(
    rows: &[Value],
    lines: &[u32],
    base: &Base,
    rules: &Rules,
    entries: &mut Vec<Entry>,
    faults: &mut Faults,
) {
    let configured = rules.json.as_deref();
    let used = match (known(rows, &rules.dates), configured) {
        (Some(found), configured) => merged(found.rules, configured),
        (None, Some(configured)) if configured.fields.title.is_some() => configured.clone(),
        (None, _) => {
            faults.page(
                "no column of the table is known for a title, or none for a link or a date; say which is which in \
                 `[listing.json]` (`title = \"Headline\"`)",
            );
            return;
        }
    };
    let items: Vec<Item<'_>> =
        rows.iter().zip(lines).map(|(value, line)| Item { value, line: *line }).collect();
    items::read(&items, &used, base, rules, entries, faults);
}

/// The rules that would read rows as they are read without rules; `None` where no columns are known.
pub(in crate::extract) fn find(rows: &[Value], dates: &DateRules) -> Option<Found> {
    let mut found = known(rows, dates)?;
    // There is nothing but the rows.
    found.rules.items = None;
    Some(found)
}

/// What columns are, by the names of all of them: one with a cell filled here and there is one, too.
fn known(rows: &[Value], dates: &DateRules) -> Option<Found> {
    let objects = || rows.iter().filter_map(Value::as_object);
    let mut examples: Map<String, Value> = Map::new();
    for (name, cell) in objects().flatten() {
        if !examples.contains_key(name) {
            examples.insert(name.clone(), cell.clone());
        }
    }
    let whole = objects().take(SAMPLE).map(|row| {
        let cells =
            examples.iter().map(|(name, example)| (name.clone(), row.get(name).unwrap_or(example).clone()));
        Value::Object(cells.collect())
    });
    let found = of_rows(&whole.collect::<Vec<Value>>(), dates)?;
    Some(Found { items: rows.len(), ..found })
}
