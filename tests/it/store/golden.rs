//! Golden vectors: what is derived once and remembered for ever must be derived the same by every later program.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::{Value, json};
use tidings::diff::{Fingerprint, ReadingHash};
use tidings::model::id::{FeedId, SiteUid, StoreId};
use tidings::model::{ArticleId, Day, DeliveryId, Entry, Field, Key, Printed, TagRow, TargetId, slug};

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/golden-v1.json")
}

fn table() -> Value {
    let text = std::fs::read_to_string(path()).expect("the table of golden vectors");
    serde_json::from_str(&text).expect("JSON")
}

/// The table as this program makes it from its inputs.
fn computed(table: &Value) -> Value {
    let rows = |section: &str, compute: fn(&Value) -> Value, to: &str| -> Value {
        let rows = table[section].as_array().unwrap_or_else(|| panic!("no section {section}"));
        let mut rows = rows.clone();
        for row in &mut rows {
            let result = compute(row);
            row[to] = result;
        }
        rows.into()
    };
    json!({
        "keys": rows("keys", key, "key"),
        "article_ids": rows("article_ids", article_id, "id"),
        "feed_ids": rows("feed_ids", feed_id, "id"),
        "delivery_ids": rows("delivery_ids", delivery_id, "id"),
        "fingerprints": rows("fingerprints", fingerprint, "print"),
        "reading_hashes": rows("reading_hashes", reading_hash, "hash"),
        "slugs": rows("slugs", slugs, "slugs"),
        "days": rows("days", day, "published"),
    })
}

fn text<'v>(row: &'v Value, field: &str) -> Option<&'v str> {
    row[field].as_str()
}

fn date(row: &Value) -> Option<Printed> {
    text(row, "date").map(|date| Printed::parse(date).expect("a date"))
}

fn uuid(row: &Value, field: &str) -> uuid::Uuid {
    text(row, field).and_then(|text| text.parse().ok()).expect("a UUID")
}

fn key(row: &Value) -> Value {
    let key = match (text(row, "of_id"), text(row, "of_link")) {
        (Some(id), _) => Some(Key::of_id(id)),
        (_, Some(link)) => Key::of_link(link),
        _ => Some(Key::of_text(text(row, "source"), date(row), text(row, "title").expect("a title"))),
    };
    key.map_or(Value::Null, |key| key.to_string().into())
}

fn article_id(row: &Value) -> Value {
    let key: Key = text(row, "of").and_then(|key| key.parse().ok()).expect("a key");
    ArticleId::derive(SiteUid::from_uuid(uuid(row, "site")), key).to_string().into()
}

fn feed_id(row: &Value) -> Value {
    let (kind, name) = (text(row, "kind").expect("a kind"), text(row, "name").expect("a name"));
    FeedId::derive(StoreId::from_uuid(uuid(row, "store")), kind, name).to_string().into()
}

fn delivery_id(row: &Value) -> Value {
    let target = text(row, "target").and_then(|id| TargetId::parse(id).ok()).expect("a target");
    let what = text(row, "what").expect("what it tells of");
    DeliveryId::derive(StoreId::from_uuid(uuid(row, "store")), &target, what).to_string().into()
}

fn entry(row: &Value) -> Entry {
    let owned = |field: &str| text(row, field).map(str::to_owned);
    Entry {
        title: owned("title").unwrap_or_default(),
        link: owned("link"),
        source: owned("source"),
        date: date(row),
        category: owned("category"),
        summary: owned("summary"),
        tags: match &row["tags"] {
            Value::String(run) => TagRow::Run(run.clone()),
            Value::Array(names) => {
                TagRow::List(names.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect())
            }
            _ => TagRow::None,
        },
        ..Entry::default()
    }
}

fn fingerprint(row: &Value) -> Value {
    serde_json::to_value(Fingerprint::of(&entry(&row["entry"]))).expect("numbers")
}

fn reading_hash(row: &Value) -> Value {
    let entries = row["entries"].as_array().expect("entries");
    let entries: Vec<(Key, Fingerprint)> = entries
        .iter()
        .map(|row| (Key::of_id(text(row, "id").expect("an id")), Fingerprint::of(&entry(row))))
        .collect();
    let names: Vec<&str> =
        row["content"].as_array().expect("fields").iter().filter_map(Value::as_str).collect();
    let content: Vec<Field> = Field::ALL.into_iter().filter(|field| names.contains(&field.name())).collect();
    serde_json::to_value(ReadingHash::of(&entries, &content)).expect("a hash")
}

/// Slugs are given one after another: an earlier name keeps what it got.
fn slugs(row: &Value) -> Value {
    let mut taken = BTreeSet::new();
    let names = row["names"].as_array().expect("names").iter().filter_map(Value::as_str);
    let assigned: Vec<String> = names
        .map(|name| {
            let slug = slug::assign(name, |slug| taken.contains(slug));
            taken.insert(slug.clone());
            slug
        })
        .collect();
    assigned.into()
}

fn day(row: &Value) -> Value {
    let zone: chrono_tz::Tz = text(row, "zone").and_then(|zone| zone.parse().ok()).expect("a zone");
    let day = text(row, "day").and_then(Day::parse).expect("a day");
    day.start_in(zone).plus(row["second"].as_i64().expect("a number")).rfc3339().into()
}

#[test]
fn golden_vectors_are_what_they_were() {
    let table = table();
    let computed = computed(&table);
    for (section, rows) in computed.as_object().expect("sections") {
        for (row, golden) in
            rows.as_array().expect("rows").iter().zip(table[section].as_array().expect("rows"))
        {
            assert_eq!(row, golden, "{section}");
        }
    }
    assert_eq!(computed, table, "no section is left out");
}

/// Fills in what new rows lead to. Rows that stand must not change: their results are in journals.
#[test]
#[ignore = "writes tests/fixtures/golden-v1.json; for new rows only"]
fn golden_vectors_are_written() {
    let mut text = serde_json::to_string_pretty(&computed(&table())).expect("JSON");
    text.push('\n');
    std::fs::write(path(), text).expect("is written");
}
