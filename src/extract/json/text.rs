//! What a value says as a text, a date, or tags.

use std::borrow::Cow;

use serde_json::Value;

use crate::extract::dates::{self, BadDate};
use crate::extract::moment;
use crate::model::Printed;
use crate::model::listing::DateRules;

/// What an object that stands for a text calls it, in this order.
const NAMES: [&str; 10] =
    ["rendered", "name", "title", "label", "text", "value", "url", "href", "#text", "content"];

/// What stands between tags that are one text.
const SEPARATORS: [char; 7] = [',', ';', '|', '，', '；', '、', '\n'];

/// The text of a value: its own, a number's digits, what an object calls its text, the first of a list. Truth and
/// nothing are no texts.
pub(super) fn of(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Number(number) => Some(Cow::Owned(number.to_string())),
        Value::Array(values) => values.first().and_then(plain),
        Value::Object(fields) => NAMES.iter().find_map(|name| fields.get(*name)).and_then(plain),
        Value::Null | Value::Bool(_) => None,
    }
}

/// As [`of`], one level below.
fn plain(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::Object(fields) => {
            let text = NAMES.iter().find_map(|name| fields.get(*name))?;
            text.as_str().map(Cow::Borrowed)
        }
        Value::Array(_) => None,
        simple => of(simple),
    }
}

/// The date that a value is: a text in any known form, or a number since 1970. The inner `None` is a date that cannot
/// be read, the outer one none at all.
pub(super) fn date(value: &Value, rules: &DateRules) -> Option<Option<Result<Printed, BadDate>>> {
    if !rules.formats.is_empty()
        && let Some(found) = of(value).and_then(|text| dates::by_formats(text.trim(), rules))
    {
        return Some(Some(found));
    }
    if let Value::Number(number) = value {
        let whole = number.as_i64().or_else(|| number.as_f64().map(|number| number as i64))?;
        return moment::since_1970(whole).map(Some);
    }
    let text = of(value)?;
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let digits = text.bytes().all(|byte| byte.is_ascii_digit()) && text.len() >= 9;
    match text.parse().ok().filter(|_| digits) {
        Some(number) => moment::since_1970(number).map(Some),
        None => Some(moment::read_by(text, rules)),
    }
}

/// The tags that a value holds: those of a list, or the parts of one text.
pub(super) fn tags<'v>(value: &'v Value, separator: Option<&'v str>) -> Vec<Cow<'v, str>> {
    match value {
        Value::Array(values) => values.iter().filter_map(plain).collect(),
        Value::String(text) => match separator {
            Some(separator) => text.split(separator).map(Cow::Borrowed).collect(),
            None => text.split(SEPARATORS).map(Cow::Borrowed).collect(),
        },
        other => of(other).into_iter().collect(),
    }
}
