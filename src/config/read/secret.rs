//! Secrets as typed: in place, or the name of a place.

use std::ops::Range;

use toml::Spanned;
use toml::de::DeValue;

use super::{Section, Text, by_name, wrong_type};
use crate::config::fault::Findings;

/// A secret as typed, and its place.
pub(in crate::config) struct RawSecret {
    pub(in crate::config) span: Range<usize>,
    /// `None` after a fault.
    pub(in crate::config) source: Option<Source>,
}

/// Where a secret is to be had, as typed.
pub(in crate::config) enum Source {
    /// It stands in the file.
    Given(String),
    /// `{ env = "…" }`
    Env(Text),
    /// `{ file = "…" }`
    File(Text),
    /// `{ credential = "…" }`
    Credential(Text),
}

const SOURCE: &[&str] = &["env", "file", "credential"];

impl Section<'_> {
    /// A secret.
    pub(in crate::config) fn secret(&self, key: &str, findings: &mut Findings) -> Option<RawSecret> {
        self.get(key).map(|value| secret_of(key, value, findings))
    }

    /// A table whose keys are names chosen by the user, each with a secret.
    pub(in crate::config) fn secret_by_name(
        &self,
        key: &str,
        findings: &mut Findings,
    ) -> Vec<(Text, RawSecret)> {
        let Some(value) = self.get(key) else { return Vec::new() };
        if let Some(table) = value.get_ref().as_table() {
            return by_name(table, &mut |name, value| Some(secret_of(name, value, findings)));
        }
        wrong_type(key, "a table", value, findings);
        Vec::new()
    }

    /// A secret, or a list of them.
    pub(in crate::config) fn secrets(
        &self,
        key: &str,
        findings: &mut Findings,
    ) -> Option<Spanned<Vec<RawSecret>>> {
        let value = self.get(key)?;
        let list = match value.get_ref().as_array() {
            Some(list) => list.iter().map(|item| secret_of(key, item, findings)).collect(),
            None => vec![secret_of(key, value, findings)],
        };
        Some(Spanned::new(value.span(), list))
    }
}

/// A string, or a table that says where one is to be had.
fn secret_of(key: &str, value: &Spanned<DeValue<'_>>, findings: &mut Findings) -> RawSecret {
    let span = value.span();
    let source = match value.get_ref() {
        DeValue::String(text) => Some(Source::Given(text.to_string())),
        DeValue::Table(table) => {
            let section = Section::open(span.clone(), table, &[SOURCE], findings);
            source_of(key, &section, findings)
        }
        _ => {
            let fault =
                wrong_type(key, "a string, or a table that says where it is to be had", value, findings);
            fault.hint(format!("such as `{key} = {{ env = \"ALERT_{}\" }}`", key.to_ascii_uppercase()));
            None
        }
    };
    RawSecret { span, source }
}

fn source_of(key: &str, section: &Section<'_>, findings: &mut Findings) -> Option<Source> {
    let given: Vec<&str> = SOURCE.iter().copied().filter(|key| section.has(key)).collect();
    let [only] = given.as_slice() else {
        // A key that is not known was reported.
        if !given.is_empty() || section.table.is_empty() {
            let message = format!("`{key}` is to be had from one place, this names {}", given.len());
            findings.fault(section.span.clone(), message).hint("one of env, file, credential");
        }
        return None;
    };
    let text = section.text(only, findings)?;
    Some(match *only {
        "env" => Source::Env(text),
        "file" => Source::File(text),
        _ => Source::Credential(text),
    })
}
