//! `[listing.json]` as typed.

use std::ops::Range;

use super::Text;
use crate::config::fault::Findings;
use crate::config::read::Section;

pub(in crate::config) const JSON: &[&str] =
    &["items", "id", "title", "link", "date", "source", "category", "summary", "tags", "tags_separator"];

/// `[listing.json]`.
pub(in crate::config) struct RawJson {
    pub(in crate::config) span: Range<usize>,
    pub(in crate::config) items: Option<Text>,
    pub(in crate::config) id: Option<Text>,
    pub(in crate::config) title: Option<Text>,
    pub(in crate::config) link: Option<Text>,
    pub(in crate::config) date: Option<Text>,
    pub(in crate::config) source: Option<Text>,
    pub(in crate::config) category: Option<Text>,
    pub(in crate::config) summary: Option<Text>,
    pub(in crate::config) tags: Option<Text>,
    pub(in crate::config) tags_separator: Option<Text>,
}

impl RawJson {
    pub(super) fn read(section: &Section<'_>, findings: &mut Findings) -> Self {
        let mut text = |key| section.text(key, findings);
        Self {
            span: section.span.clone(),
            items: text("items"),
            id: text("id"),
            title: text("title"),
            link: text("link"),
            date: text("date"),
            source: text("source"),
            category: text("category"),
            summary: text("summary"),
            tags: text("tags"),
            tags_separator: text("tags_separator"),
        }
    }
}
