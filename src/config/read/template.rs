//! Templates as typed: in place, or the name of a file.

use std::ops::Range;

use toml::de::DeValue;

use super::{Section, Text, wrong_type};
use crate::config::fault::Findings;

/// A template as typed, and its place.
pub(in crate::config) struct RawTemplate {
    pub(in crate::config) span: Range<usize>,
    /// The text, or the path of its file; `None` after a fault.
    pub(in crate::config) text: Option<Result<String, Text>>,
}

const SOURCE: &[&str] = &["file"];

impl Section<'_> {
    /// A string, or `{ file = "…" }`.
    pub(in crate::config) fn template(&self, key: &str, findings: &mut Findings) -> Option<RawTemplate> {
        let value = self.get(key)?;
        let span = value.span();
        let text = match value.get_ref() {
            DeValue::String(text) => Some(Ok(text.to_string())),
            DeValue::Table(table) => {
                let section = Section::open(span.clone(), table, &[SOURCE], findings);
                if !section.has("file") && section.table.is_empty() {
                    let fault = findings.fault(span.clone(), format!("`{key}` names no file"));
                    fault.hint(format!("such as `{key} = {{ file = \"alert.txt\" }}`"));
                }
                section.text("file", findings).map(Err)
            }
            _ => {
                wrong_type(key, "a string, or a table that names a file", value, findings);
                None
            }
        };
        Some(RawTemplate { span, text })
    }
}
