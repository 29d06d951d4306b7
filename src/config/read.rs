//! Reading TOML tables key by key, so that every wrong type and every unknown key is found at once.
//!
//! Deserializing would stop at the first of them.

mod secret;
mod template;

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::Findings;
pub(super) use secret::{RawSecret, Source};
pub(super) use template::RawTemplate;

/// A string and its place.
pub(super) type Text = Spanned<String>;
/// A list of strings and its place.
pub(super) type Texts = Spanned<Vec<Text>>;

/// A table of the file, and the keys it may have.
pub(super) struct Section<'a> {
    /// The place of the table: its header, or its braces.
    pub(super) span: Range<usize>,
    keys: &'a [&'a [&'a str]],
    table: &'a DeTable<'a>,
}

impl<'a> Section<'a> {
    /// Opens `table`, which may hold the keys of all groups in `keys`; any other is a fault.
    pub(super) fn open(
        span: Range<usize>,
        table: &'a DeTable<'a>,
        keys: &'a [&'a [&'a str]],
        findings: &mut Findings,
    ) -> Self {
        let known = || keys.iter().copied().flatten().copied();
        for key in table.keys() {
            let name: &str = key.get_ref();
            if known().any(|known| known == name) {
                continue;
            }
            let shown = crate::model::text::bounded(name, 80);
            let hint = match findings.suggest(name, known()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known here: {}", known().collect::<Vec<_>>().join(", ")),
            };
            findings.fault(key.span(), format!("unknown key `{shown}`")).hint(hint);
        }
        Self { span, keys, table }
    }

    fn get(&self, key: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        debug_assert!(self.keys.iter().any(|group| group.contains(&key)), "`{key}` is not among the keys");
        self.table.get(key)
    }

    /// Whether the table gives `key`, known or not.
    pub(super) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Those of `keys` that the table does not give.
    pub(super) fn missing(&self, keys: &[&'static str]) -> Vec<&'static str> {
        keys.iter().copied().filter(|key| !self.has(key)).collect()
    }

    /// A string.
    pub(super) fn text(&self, key: &str, findings: &mut Findings) -> Option<Text> {
        let value = self.get(key)?;
        let text = value.get_ref().as_str().map(|text| Spanned::new(value.span(), text.to_owned()));
        if text.is_none() {
            wrong_type(key, "a string", value, findings);
        }
        text
    }

    /// A string, or an integer as one.
    pub(super) fn text_or_number(&self, key: &str, findings: &mut Findings) -> Option<Text> {
        let value = self.get(key)?;
        let text = match value.get_ref() {
            DeValue::String(text) => Some(text.to_string()),
            DeValue::Integer(digits) if digits.radix() == 10 => Some(digits.as_str().to_owned()),
            _ => None,
        };
        if text.is_none() {
            wrong_type(key, "a string or a whole number", value, findings);
        }
        text.map(|text| Spanned::new(value.span(), text))
    }

    /// Where the value of a key stands.
    pub(super) fn span_of(&self, key: &str) -> Option<Range<usize>> {
        self.get(key).map(Spanned::span)
    }

    /// An integer; one that does not fit is as good as the greatest.
    pub(super) fn number(&self, key: &str, findings: &mut Findings) -> Option<Spanned<i64>> {
        let value = self.get(key)?;
        let DeValue::Integer(digits) = value.get_ref() else {
            wrong_type(key, "a whole number", value, findings);
            return None;
        };
        let number = i64::from_str_radix(digits.as_str(), digits.radix()).unwrap_or(i64::MAX);
        Some(Spanned::new(value.span(), number))
    }

    /// `true` or `false`.
    pub(super) fn flag(&self, key: &str, findings: &mut Findings) -> Option<Spanned<bool>> {
        let value = self.get(key)?;
        let flag = value.get_ref().as_bool().map(|flag| Spanned::new(value.span(), flag));
        if flag.is_none() {
            wrong_type(key, "true or false", value, findings);
        }
        flag
    }

    /// A list of strings, and its place.
    pub(super) fn texts(&self, key: &str, findings: &mut Findings) -> Option<Texts> {
        self.get(key).and_then(|value| texts_of(key, value, findings))
    }

    /// A table whose keys are names chosen by the user, each with a string.
    pub(super) fn text_by_name(&self, key: &str, findings: &mut Findings) -> Vec<(Text, Text)> {
        let mut read = |name: &str, value: &Spanned<DeValue<'a>>| match value.get_ref().as_str() {
            Some(text) => Some(Spanned::new(value.span(), text.to_owned())),
            None => {
                wrong_type(name, "a string", value, findings);
                None
            }
        };
        let Some(value) = self.get(key) else { return Vec::new() };
        if let Some(table) = value.get_ref().as_table() {
            return by_name(table, &mut read);
        }
        wrong_type(key, "a table", value, findings);
        Vec::new()
    }

    /// A table whose keys are names chosen by the user, each with a list of strings.
    pub(super) fn texts_by_name(&self, key: &str, findings: &mut Findings) -> Vec<(Text, Texts)> {
        let Some(value) = self.get(key) else { return Vec::new() };
        if let Some(table) = value.get_ref().as_table() {
            return by_name(table, &mut |name, value| texts_of(name, value, findings));
        }
        wrong_type(key, "a table", value, findings);
        Vec::new()
    }

    /// A table within this one.
    pub(super) fn section(
        &self,
        key: &str,
        keys: &'a [&'a [&'a str]],
        findings: &mut Findings,
    ) -> Option<Section<'a>> {
        let value = self.get(key)?;
        match value.get_ref().as_table() {
            Some(table) => Some(Section::open(value.span(), table, keys, findings)),
            None => {
                wrong_type(key, "a table", value, findings);
                None
            }
        }
    }

    /// A list of tables; `None` when it is missing or something else.
    pub(super) fn sections(
        &self,
        key: &str,
        keys: &'a [&'a [&'a str]],
        findings: &mut Findings,
    ) -> Option<Vec<Section<'a>>> {
        let value = self.get(key)?;
        let Some(array) = value.get_ref().as_array() else {
            let fault = wrong_type(key, "a list of tables", value, findings);
            if value.get_ref().is_table() {
                fault.hint(format!("write `[[{key}]]` with two brackets"));
            }
            return None;
        };
        let mut sections = Vec::new();
        for value in array.iter() {
            match value.get_ref().as_table() {
                Some(table) => sections.push(Section::open(value.span(), table, keys, findings)),
                None => {
                    wrong_type(key, "a list of tables", value, findings);
                }
            }
        }
        Some(sections)
    }

    /// A table, or a list of them.
    pub(super) fn section_or_sections(
        &self,
        key: &str,
        keys: &'a [&'a [&'a str]],
        findings: &mut Findings,
    ) -> Option<Vec<Section<'a>>> {
        match self.get(key)?.get_ref() {
            DeValue::Array(_) => self.sections(key, keys, findings),
            _ => self.section(key, keys, findings).map(|section| vec![section]),
        }
    }

    /// A value that may be a string or a flag; `Err` is the flag.
    pub(super) fn text_or_flag(
        &self,
        key: &str,
        findings: &mut Findings,
    ) -> Option<Result<Text, Spanned<bool>>> {
        self.or_flag(key, findings, Self::text)
    }

    /// A value that may be an integer or a flag; `Err` is the flag.
    pub(super) fn number_or_flag(
        &self,
        key: &str,
        findings: &mut Findings,
    ) -> Option<Result<Spanned<i64>, Spanned<bool>>> {
        self.or_flag(key, findings, Self::number)
    }

    /// A value that may be a list of strings or a flag; `Err` is the flag.
    pub(super) fn texts_or_flag(
        &self,
        key: &str,
        findings: &mut Findings,
    ) -> Option<Result<Texts, Spanned<bool>>> {
        self.or_flag(key, findings, Self::texts)
    }

    /// A value that may be a table or a flag; `Err` is the flag.
    pub(super) fn section_or_flag(
        &self,
        key: &str,
        keys: &'a [&'a [&'a str]],
        findings: &mut Findings,
    ) -> Option<Result<Section<'a>, Spanned<bool>>> {
        self.or_flag(key, findings, |section, key, findings| section.section(key, keys, findings))
    }

    /// A value that may be a string or a table; `Err` is the table.
    pub(super) fn text_or_section(
        &self,
        key: &str,
        keys: &'a [&'a [&'a str]],
        findings: &mut Findings,
    ) -> Option<Result<Text, Section<'a>>> {
        let value = self.get(key)?;
        match value.get_ref() {
            DeValue::String(_) => self.text(key, findings).map(Ok),
            DeValue::Table(_) => self.section(key, keys, findings).map(Err),
            _ => {
                wrong_type(key, "a selector or a table", value, findings);
                None
            }
        }
    }

    fn or_flag<T>(
        &self,
        key: &str,
        findings: &mut Findings,
        other: impl FnOnce(&Self, &str, &mut Findings) -> Option<T>,
    ) -> Option<Result<T, Spanned<bool>>> {
        match self.get(key)?.get_ref() {
            DeValue::Boolean(_) => self.flag(key, findings).map(Err),
            _ => other(self, key, findings).map(Ok),
        }
    }

    /// A string, or a list of them.
    pub(super) fn text_or_texts(&self, key: &str, findings: &mut Findings) -> Option<Texts> {
        match self.get(key)?.get_ref() {
            DeValue::String(_) => {
                let text = self.text(key, findings)?;
                Some(Spanned::new(text.span(), vec![text]))
            }
            _ => self.texts(key, findings),
        }
    }
}

fn by_name<'a, T>(
    table: &DeTable<'a>,
    read: &mut dyn FnMut(&str, &Spanned<DeValue<'a>>) -> Option<T>,
) -> Vec<(Text, T)> {
    let named = table.iter().filter_map(|(name, value)| {
        let text: &str = name.get_ref();
        Some((Spanned::new(name.span(), text.to_owned()), read(text, value)?))
    });
    let mut list: Vec<_> = named.collect();
    list.sort_by_key(|(name, _)| name.span().start);
    list
}

fn texts_of(key: &str, value: &Spanned<DeValue<'_>>, findings: &mut Findings) -> Option<Texts> {
    let Some(array) = value.get_ref().as_array() else {
        let fault = wrong_type(key, "a list of strings", value, findings);
        if let Some(text) = value.get_ref().as_str() {
            fault.hint(format!("put it into brackets: `[{text:?}]`"));
        }
        return None;
    };
    let mut list = Vec::new();
    for item in array.iter() {
        match item.get_ref().as_str() {
            Some(text) => list.push(Spanned::new(item.span(), text.to_owned())),
            None => {
                wrong_type(key, "a list of strings", item, findings);
            }
        }
    }
    Some(Spanned::new(value.span(), list))
}

fn wrong_type<'f>(
    key: &str,
    wanted: &str,
    value: &Spanned<DeValue<'_>>,
    findings: &'f mut Findings,
) -> &'f mut super::fault::ConfigFault {
    let key = crate::model::text::bounded(key, 80);
    let fault = findings.fault(value.span(), format!("`{key}` must be {wanted}"));
    fault.label(match value.get_ref() {
        DeValue::String(_) => "this is a string",
        DeValue::Integer(_) => "this is a number",
        DeValue::Float(_) => "this is a number with a fraction",
        DeValue::Boolean(_) => "this is a flag",
        DeValue::Datetime(_) => "this is a date",
        DeValue::Array(_) => "this is a list",
        DeValue::Table(_) => "this is a table",
    })
}
