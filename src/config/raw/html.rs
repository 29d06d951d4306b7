//! `[listing.html]` as typed.

use std::ops::Range;

use toml::Spanned;

use super::Text;
use crate::config::fault::Findings;
use crate::config::read::Section;
use crate::model::html::FIELDS;

pub(in crate::config) const HTML: &[&str] = &["item", "tags_split"];
pub(in crate::config) const FIELD: &[&str] =
    &["select", "attr", "regex", "closest", "parent", "previous", "next"];

/// `[listing.html]`.
#[derive(Clone)]
pub(in crate::config) struct RawHtml {
    pub(in crate::config) span: Range<usize>,
    /// The keys it must have and does not; one of a wrong type is not missing.
    pub(in crate::config) missing: Vec<&'static str>,
    pub(in crate::config) item: Option<Text>,
    pub(in crate::config) fields: Vec<(&'static str, RawField)>,
    pub(in crate::config) tags_split: Option<Text>,
}

/// The rule of a field: a selector, or a table.
#[derive(Clone)]
pub(in crate::config) enum RawField {
    Short(Text),
    Table(Box<RawRule>),
}

/// The rule of a field as a table.
#[derive(Clone)]
pub(in crate::config) struct RawRule {
    pub(in crate::config) span: Range<usize>,
    pub(in crate::config) select: Option<Text>,
    pub(in crate::config) attr: Option<Text>,
    pub(in crate::config) regex: Option<Text>,
    pub(in crate::config) closest: Option<Text>,
    pub(in crate::config) parent: Option<Spanned<i64>>,
    pub(in crate::config) previous: Option<Text>,
    pub(in crate::config) next: Option<Text>,
}

impl RawHtml {
    pub(super) fn read(section: &Section<'_>, findings: &mut Findings) -> Self {
        let field = |name: &'static str, findings: &mut Findings| {
            let rule = match section.text_or_section(name, &[FIELD], findings)? {
                Ok(text) => RawField::Short(text),
                Err(table) => RawField::Table(Box::new(RawRule::read(&table, findings))),
            };
            Some((name, rule))
        };
        Self {
            span: section.span.clone(),
            missing: section.missing(&["item"]),
            item: section.text("item", findings),
            fields: FIELDS.into_iter().filter_map(|name| field(name, findings)).collect(),
            tags_split: section.text("tags_split", findings),
        }
    }
}

impl RawRule {
    fn read(section: &Section<'_>, findings: &mut Findings) -> Self {
        Self {
            span: section.span.clone(),
            select: section.text("select", findings),
            attr: section.text("attr", findings),
            regex: section.text("regex", findings),
            closest: section.text("closest", findings),
            parent: section.number("parent", findings),
            previous: section.text("previous", findings),
            next: section.text("next", findings),
        }
    }
}
