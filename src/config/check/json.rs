//! `[listing.json]`.

use super::Checker;
use super::policy::Policy;
use super::value::{MAX_NAME, inside};
use crate::config::raw::{RawJson, RawListing, Text};
use crate::model::json::{JsonField, JsonFields, JsonPlace, JsonRules, PlaceError};
use crate::model::listing::Format;

impl Checker<'_> {
    /// The rules for JSON documents of a listing; `None` when it has none.
    pub(super) fn json_rules(&mut self, raw: &RawListing, policy: &Policy) -> Option<Box<JsonRules>> {
        let json = raw.json.as_ref()?;
        if !matches!(policy.format, Format::Auto | Format::Json | Format::Csv) {
            let name = policy.format.name();
            let warning = self
                .findings
                .warn(json.span.clone(), format!("a listing of the format `{name}` reads no JSON"));
            warning.hint("write `format = \"json\"`, or leave `[listing.json]` out");
        }
        let items = self.place(json.items.as_ref());
        let rules = JsonRules {
            items,
            fields: self.json_fields(json),
            tags_separator: self.separator(json.tags_separator.as_ref()),
        };
        if rules.items.is_some() && json.title.is_none() {
            let fault = self.findings.fault(json.span.clone(), "`[listing.json]` has `items` but no `title`");
            fault.hint("such as `title = \"title\"`: the name of the field, or a path from the item");
        }
        if rules == (JsonRules { items: None, fields: JsonFields::default(), tags_separator: None })
            && self.findings_of(json) == 0
        {
            let warning = self.findings.warn(json.span.clone(), "`[listing.json]` says nothing");
            warning.hint("leave it out, and the list of articles is found by itself");
        }
        Some(Box::new(rules))
    }

    fn json_fields(&mut self, raw: &RawJson) -> JsonFields {
        JsonFields {
            id: self.field(raw.id.as_ref()),
            title: self.field(raw.title.as_ref()),
            link: self.field(raw.link.as_ref()),
            date: self.field(raw.date.as_ref()),
            source: self.field(raw.source.as_ref()),
            category: self.field(raw.category.as_ref()),
            summary: self.field(raw.summary.as_ref()),
            tags: self.field(raw.tags.as_ref()),
        }
    }

    /// How many keys of the table are given, right or wrong.
    fn findings_of(&self, raw: &RawJson) -> usize {
        let keys = [&raw.items, &raw.id, &raw.title, &raw.link, &raw.date, &raw.source, &raw.category];
        let others = [&raw.summary, &raw.tags, &raw.tags_separator];
        keys.into_iter().chain(others).filter(|key| key.is_some()).count()
    }

    fn place(&mut self, text: Option<&Text>) -> Option<JsonPlace> {
        let text = text?;
        JsonPlace::parse(text.get_ref()).map_err(|error| self.bad_place(text, error)).ok()
    }

    fn field(&mut self, text: Option<&Text>) -> Option<JsonField> {
        let text = text?;
        JsonField::parse(text.get_ref()).map_err(|error| self.bad_place(text, error)).ok()
    }

    fn bad_place(&mut self, text: &Text, error: PlaceError) {
        let end = text.get_ref().len();
        let at = error.at.min(end);
        let next = (at + 1..=end).find(|next| text.get_ref().is_char_boundary(*next)).unwrap_or(end);
        let span = if at == next { text.span() } else { inside(self.text, text, &(at..next)) };
        let fault = self.findings.fault(span, error.message);
        fault.hint("a path such as `$.data.list[*]`, or names with dots between, such as `author.name`");
    }

    fn separator(&mut self, text: Option<&Text>) -> Option<String> {
        let text = text?;
        let length = text.get_ref().len();
        if length == 0 || length > MAX_NAME {
            let fault = self.findings.fault(text.span(), format!("`tags_separator` has {length} bytes"));
            fault.hint(format!("from 1 to {MAX_NAME}"));
            return None;
        }
        Some(text.get_ref().clone())
    }
}
