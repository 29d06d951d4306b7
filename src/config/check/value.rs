//! Checks of single values: texts, numbers, ids.

use std::ops::{Range, RangeInclusive};

use toml::Spanned;

use super::Checker;
use crate::config::raw::{Text, Texts};
use crate::model::id::IdError;
use crate::model::text::{bounded, fold_key, one_line};
use crate::model::{ListingId, TargetId};

/// The greatest length of a name (a title, a tag, a pattern) in bytes.
pub(super) const MAX_NAME: usize = 300;
/// The greatest length of a description in bytes.
pub(super) const MAX_PROSE: usize = 2_000;

impl Checker<'_> {
    /// A text of one line, white space folded: 1 to `max` bytes. `None` when it is missing or wrong.
    pub(super) fn line(&mut self, text: Option<&Text>, key: &str, max: usize) -> Option<String> {
        let text = text?;
        let line = one_line(text.get_ref());
        if line.is_empty() {
            self.findings
                .fault(text.span(), format!("`{key}` is empty"))
                .hint("leave the key out to get its default");
            return None;
        }
        if line.len() > max {
            let message = format!("`{key}` is {} bytes long", line.len());
            self.findings.fault(text.span(), message).hint(format!("at most {max}"));
            return None;
        }
        Some(line)
    }

    /// A list of such texts: at most `most` names, each once (without case).
    pub(super) fn names(&mut self, list: Option<&Texts>, key: &str, most: usize) -> Vec<String> {
        let Some(list) = list else { return Vec::new() };
        let count = list.get_ref().len();
        if count > most {
            self.findings
                .fault(list.span(), format!("`{key}` holds {count} names"))
                .hint(format!("at most {most}"));
            return Vec::new();
        }
        let mut seen = std::collections::BTreeSet::new();
        let mut names = Vec::new();
        for text in list.get_ref() {
            if let Some(name) = self.line(Some(text), key, MAX_NAME)
                && seen.insert(fold_key(&name))
            {
                names.push(name);
            }
        }
        names
    }

    /// A number within `range`; the default when it is missing or wrong.
    pub(super) fn number(
        &mut self,
        number: Option<&Spanned<i64>>,
        key: &str,
        range: RangeInclusive<i64>,
        default: i64,
    ) -> i64 {
        let Some(number) = number else { return default };
        if range.contains(number.get_ref()) {
            return *number.get_ref();
        }
        let fault = self.findings.fault(number.span(), format!("`{key}` is out of range"));
        fault
            .label(format!("from {} to {}", range.start(), range.end()))
            .hint(format!("the default is {default}"));
        default
    }

    /// Reports the keys that the table at `table` must have and does not.
    pub(super) fn required(&mut self, missing: &[&str], kind: &str, table: &Range<usize>) {
        for key in missing {
            let hint = match *key {
                "id" => "such as `id = \"backend\"`",
                "files" => {
                    "such as `files = [\"pages/*.txt\"]`, or `url = \"https://news.example.org/latest\"`"
                }
                "from" | "until" => "such as `quiet = { from = \"22:00\", until = \"07:00\" }`",
                "url" => "such as `url = { env = \"ALERT_URL\" }`",
                _ => {
                    "such as `when = { tags = [\"Kafka\"] }`; the feed of everything is there without a view"
                }
            };
            self.findings.fault(table.clone(), format!("this {kind} has no `{key}`")).hint(hint);
        }
    }

    /// The id of a target. `None` when it is missing or wrong.
    pub(super) fn target_id(&mut self, id: Option<&Text>) -> Option<TargetId> {
        self.parsed(id?, TargetId::parse)
    }

    fn parsed<T>(&mut self, text: &Text, parse: fn(&str) -> Result<T, IdError>) -> Option<T> {
        match parse(text.get_ref()) {
            Ok(id) => Some(id),
            Err(error) => {
                let fault = self.findings.fault(text.span(), error.to_string());
                if let Some(fitting) = fitting_id(text.get_ref()) {
                    fault.hint(format!("such as `{fitting}`"));
                }
                None
            }
        }
    }

    /// The id of a listing or a view. `None` when it is missing or wrong.
    pub(super) fn id(&mut self, id: Option<&Text>) -> Option<ListingId> {
        let text = id?;
        let id = self.parsed(text, ListingId::parse)?;
        // `kafka-archive-2.atom` is the name of the second archive page of the feed `kafka`.
        let archive = id.as_str().rsplit_once("-archive-").map(|(_, number)| number);
        if archive.is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())) {
            let fault =
                self.findings.fault(text.span(), format!("the id `{id}` is the name of an archive page"));
            fault.hint("ids do not end with `-archive-` and a number");
            return None;
        }
        Some(id)
    }
}

/// The id that `text` was probably meant to be.
fn fitting_id(text: &str) -> Option<String> {
    let plain = bounded(text, 60).to_ascii_lowercase();
    let words: Vec<&str> =
        plain.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let id = words.join("-");
    ListingId::parse(&id).is_ok().then_some(id)
}

/// A place within a string value, where the file spells the string as it is; else the whole value.
pub(super) fn inside(file: &str, value: &Text, part: &Range<usize>) -> Range<usize> {
    let span = value.span();
    let source = file.get(span.clone()).unwrap_or_default();
    let quoted =
        source.len() == value.get_ref().len() + 2 && source[1..].starts_with(value.get_ref().as_str());
    if quoted && part.end <= value.get_ref().len() {
        span.start + 1 + part.start..span.start + 1 + part.end.max(part.start)
    } else {
        span
    }
}
