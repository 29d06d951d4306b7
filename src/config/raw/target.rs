//! `[[target]]` as typed.

use std::ops::Range;

use toml::Spanned;

use super::{RawWhen, Text, Texts, WHEN};
use crate::config::fault::Findings;
use crate::config::read::{RawSecret, Section};

pub(in crate::config) const TARGET: &[&str] =
    &["id", "kind", "url", "secret", "when", "late", "health", "burst", "allow_private"];

/// `[[target]]`.
pub(in crate::config) struct RawTarget {
    pub(in crate::config) span: Range<usize>,
    /// The keys it must have and does not; one of a wrong type is not missing.
    pub(in crate::config) missing: Vec<&'static str>,
    pub(in crate::config) id: Option<Text>,
    pub(in crate::config) kind: Option<Text>,
    pub(in crate::config) url: Option<RawSecret>,
    /// Its secrets, and the place of all of them; `None` when there is no such key.
    pub(in crate::config) secret: Option<Spanned<Vec<RawSecret>>>,
    pub(in crate::config) when: Option<Result<RawWhen, Spanned<bool>>>,
    pub(in crate::config) late: Option<Spanned<bool>>,
    pub(in crate::config) health: Option<Result<Texts, Spanned<bool>>>,
    pub(in crate::config) burst: Option<Result<Spanned<i64>, Spanned<bool>>>,
    pub(in crate::config) allow_private: Option<Spanned<bool>>,
}

impl RawTarget {
    pub(super) fn read(section: &Section<'_>, findings: &mut Findings) -> Self {
        let when = section.section_or_flag("when", &[WHEN], findings);
        Self {
            span: section.span.clone(),
            missing: section.missing(&["id", "url"]),
            id: section.text("id", findings),
            kind: section.text("kind", findings),
            url: section.secret("url", findings),
            secret: section.secrets("secret", findings),
            when: when.map(|when| when.map(|table| RawWhen::read(&table, findings))),
            late: section.flag("late", findings),
            health: section.texts_or_flag("health", findings),
            burst: section.number_or_flag("burst", findings),
            allow_private: section.flag("allow_private", findings),
        }
    }
}
