//! Rules for JSON documents: where the articles stand, and where in each what is told of it.
//!
//! Places are paths as RFC 9535 has them (`$.data[*].title`), or plain names with dots between (`author.name`).

use std::fmt;

use serde_json::Value;
use serde_json_path::JsonPath;

/// The greatest length of a path in bytes.
const MAX_PATH: usize = 1_000;
/// The greatest number of parts of a template.
const MAX_PARTS: usize = 50;

/// Where articles stand in a JSON document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonRules {
    /// Leads to the articles, or to lists of them; without it the list is found by itself.
    pub items: Option<JsonPlace>,
    /// What each article says. Without `items` and `title`, fields are found as well.
    pub fields: JsonFields,
    /// What stands between tags that are one text; without it they are kept apart at commas, semicolons and bars.
    pub tags_separator: Option<String>,
}

impl JsonRules {
    /// The table of the config that says the same, `[listing.json]` and a line for each key.
    #[must_use]
    pub fn to_config(&self) -> String {
        let fields = &self.fields;
        let keys = [
            ("items", self.items.as_ref().map(JsonPlace::to_string)),
            ("id", fields.id.as_ref().map(JsonField::to_string)),
            ("title", fields.title.as_ref().map(JsonField::to_string)),
            ("link", fields.link.as_ref().map(JsonField::to_string)),
            ("date", fields.date.as_ref().map(JsonField::to_string)),
            ("source", fields.source.as_ref().map(JsonField::to_string)),
            ("category", fields.category.as_ref().map(JsonField::to_string)),
            ("summary", fields.summary.as_ref().map(JsonField::to_string)),
            ("tags", fields.tags.as_ref().map(JsonField::to_string)),
            ("tags_separator", self.tags_separator.clone()),
        ];
        let mut out = "[listing.json]\n".to_owned();
        for (key, value) in keys {
            if let Some(value) = value {
                // What JSON writes in quotes, TOML reads alike.
                out.push_str(&format!("{key} = {}\n", Value::from(value)));
            }
        }
        out
    }
}

/// Where in an article each field stands; all are against the article.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JsonFields {
    /// Its id: a text or a number.
    pub id: Option<JsonField>,
    /// Its title.
    pub title: Option<JsonField>,
    /// Its link, absolute or against the document's address.
    pub link: Option<JsonField>,
    /// When it was published: a text in any known form, or seconds, milliseconds or microseconds since 1970.
    pub date: Option<JsonField>,
    /// Its publisher.
    pub source: Option<JsonField>,
    /// Its category.
    pub category: Option<JsonField>,
    /// Its summary; HTML becomes plain text.
    pub summary: Option<JsonField>,
    /// Its tags: a list of texts, a list of objects with a `name`, or one text.
    pub tags: Option<JsonField>,
}

/// Where a field comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JsonField {
    /// What stands at a place.
    Place(JsonPlace),
    /// Texts with places between (`https://example.com/{id}`).
    Template(Vec<JsonPart>),
}

/// A part of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JsonPart {
    /// A text as it is.
    Text(String),
    /// What stands at a place, encoded for an address.
    Place(JsonPlace),
}

/// A compiled path.
#[derive(Clone)]
pub struct JsonPlace {
    text: String,
    path: JsonPath,
    cost: Cost,
}

/// What makes a path dear on a large document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Cost {
    /// Descents (`..`).
    descents: u32,
    /// Queries from the root within a filter.
    roots: u32,
    /// Regular expressions, which are compiled for every value they are tried on.
    patterns: u32,
}

/// Why a path or a template is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct PlaceError {
    /// Where in the text, as a byte offset.
    pub at: usize,
    /// What is wrong.
    pub message: String,
}

impl PlaceError {
    fn new(at: usize, message: impl Into<String>) -> Self {
        Self { at, message: message.into() }
    }
}

impl JsonPlace {
    /// Reads a path (`$.items[*]`) or plain names (`author.name`, `links[0].href`).
    ///
    /// # Errors
    ///
    /// When it is no path, is longer than 1,000 bytes, or would take a pattern from the document.
    pub fn parse(text: &str) -> Result<Self, PlaceError> {
        if text.len() > MAX_PATH {
            return Err(PlaceError::new(0, format!("a path has at most {MAX_PATH} bytes")));
        }
        let written = if text.starts_with('$') { text.to_owned() } else { written_out(text)? };
        let path = JsonPath::parse(&written).map_err(|error| {
            let at = if text.starts_with('$') { error.position().min(text.len()) } else { 0 };
            PlaceError::new(at, "this is no JSON path; what is wrong begins about here")
        })?;
        Ok(Self { text: text.to_owned(), path, cost: Cost::of(&written)? })
    }

    /// All that stands there, in no promised order.
    #[must_use]
    pub fn query<'v>(&self, value: &'v Value) -> Vec<&'v Value> {
        self.path.query(value).all()
    }

    /// How many steps it may take on a document of so many values, nested so deep: never less than it does take,
    /// but for a constant.
    #[must_use]
    pub fn steps(&self, values: u64, depth: u64) -> u64 {
        let mut steps = values;
        for _ in 1..self.cost.descents {
            steps = steps.saturating_mul(depth.max(1));
        }
        for _ in 0..self.cost.roots {
            steps = steps.saturating_mul(values);
        }
        // A pattern is compiled anew each time, which takes as long as some hundred steps.
        if self.cost.patterns > 0 { steps.saturating_mul(500) } else { steps }
    }

    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl PartialEq for JsonPlace {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for JsonPlace {}

impl fmt::Debug for JsonPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

impl fmt::Display for JsonPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl JsonField {
    /// Reads a place, or a template when there is a `{` in it that a path would not have.
    ///
    /// # Errors
    ///
    /// When it, or a place in it, cannot be read.
    pub fn parse(text: &str) -> Result<Self, PlaceError> {
        if text.starts_with('$') || !text.contains('{') {
            return JsonPlace::parse(text).map(Self::Place);
        }
        let mut parts = Vec::new();
        let mut at = 0;
        while let Some(open) = text[at..].find('{').map(|found| at + found) {
            let close = text[open..].find('}').map(|found| open + found);
            let close = close.ok_or_else(|| PlaceError::new(open, "this `{` is never closed by `}`"))?;
            if open > at {
                parts.push(JsonPart::Text(text[at..open].to_owned()));
            }
            let place = JsonPlace::parse(&text[open + 1..close])
                .map_err(|error| PlaceError::new(open + 1 + error.at, error.message))?;
            parts.push(JsonPart::Place(place));
            if parts.len() > MAX_PARTS {
                return Err(PlaceError::new(open, format!("a template has at most {MAX_PARTS} parts")));
            }
            at = close + 1;
        }
        if at < text.len() {
            parts.push(JsonPart::Text(text[at..].to_owned()));
        }
        Ok(Self::Template(parts))
    }
}

impl fmt::Display for JsonField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Place(place) => place.fmt(f),
            Self::Template(parts) => parts.iter().try_for_each(|part| match part {
                JsonPart::Text(text) => f.write_str(text),
                JsonPart::Place(place) => write!(f, "{{{place}}}"),
            }),
        }
    }
}

/// The path that plain names with dots between stand for.
fn written_out(text: &str) -> Result<String, PlaceError> {
    let mut path = "$".to_owned();
    let mut at = 0;
    for step in text.split('.') {
        let (name, indexes) = step.split_at(step.find('[').unwrap_or(step.len()));
        if name.trim().is_empty() {
            return Err(PlaceError::new(at, "a name is missing here; a path begins with `$`"));
        }
        path.push_str("['");
        for c in name.trim().chars() {
            if matches!(c, '\'' | '\\') {
                path.push('\\');
            }
            path.push(c);
        }
        path.push_str("']");
        path.push_str(indexes);
        at += step.len() + 1;
    }
    Ok(path)
}

impl Cost {
    /// Looks at a path that was understood; what stands in quotes is passed over.
    fn of(path: &str) -> Result<Self, PlaceError> {
        let mut cost = Self::default();
        let bytes = path.as_bytes();
        let mut at = 1;
        while let Some(byte) = bytes.get(at) {
            let rest = bytes.get(at..).unwrap_or_default();
            match byte {
                b'\'' | b'"' => at += quoted(rest) - 1,
                b'.' if rest.get(1) == Some(&b'.') => {
                    cost.descents += 1;
                    at += 1;
                }
                b'$' => cost.roots += 1,
                b'(' if names_pattern(path.get(..at).unwrap_or_default()) => {
                    cost.patterns += 1;
                    if !has_literal_pattern(rest) {
                        let message = "the pattern of `match` and `search` must stand in quotes";
                        return Err(PlaceError::new(at.min(path.len()), message));
                    }
                }
                _ => {}
            }
            at += 1;
        }
        Ok(cost)
    }
}

fn names_pattern(before: &str) -> bool {
    let before = before.trim_end();
    before.ends_with("match") || before.ends_with("search")
}

/// Whether the arguments that `bytes` begins with end in a text in quotes.
fn has_literal_pattern(bytes: &[u8]) -> bool {
    let (mut at, mut depth, mut literal) = (0, 0_u32, false);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\'' | b'"' => {
                at += quoted(bytes.get(at..).unwrap_or_default()) - 1;
                literal = depth == 1;
            }
            b'(' | b'[' => depth += 1,
            b')' | b']' if depth <= 1 => return literal,
            b')' | b']' => depth -= 1,
            byte if byte.is_ascii_whitespace() => {}
            _ => literal = false,
        }
        at += 1;
    }
    false
}

/// The length of the text in quotes that `bytes` begins with; at least 1.
fn quoted(bytes: &[u8]) -> usize {
    let mark = bytes.first().copied().unwrap_or_default();
    let mut at = 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 1,
            byte if *byte == mark => return at + 1,
            _ => {}
        }
        at += 1;
    }
    bytes.len().max(1)
}

#[cfg(test)]
mod tests;
