//! Rules made ready for reading.

use regex::Regex;

use super::select::{BadSelector, Selectors};
use crate::model::html::{FieldRule, HtmlRules};
use crate::model::regex::{BadRegex, compile as regex};

/// Whether `text` is a regex that rules may have.
///
/// # Errors
///
/// With the place, when it is wrong or would take more than 1 MB.
pub fn check_regex(text: &str) -> Result<(), BadRegex> {
    regex(text).map(|_| ())
}

/// A rule of [`HtmlRules`] that cannot be used; the config refuses these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct BadRule {
    pub(super) message: String,
}

impl From<BadSelector> for BadRule {
    fn from(bad: BadSelector) -> Self {
        Self { message: bad.message }
    }
}

impl From<BadRegex> for BadRule {
    fn from(bad: BadRegex) -> Self {
        Self { message: bad.message }
    }
}

/// [`HtmlRules`], ready.
pub(super) struct Compiled {
    pub(super) item: Selectors,
    pub(super) title: Option<Field>,
    pub(super) link: Option<Field>,
    pub(super) date: Option<Field>,
    pub(super) source: Option<Field>,
    pub(super) summary: Option<Field>,
    pub(super) tags: Option<Field>,
    pub(super) category: Option<Field>,
    pub(super) id: Option<Field>,
    pub(super) tags_split: Option<String>,
}

/// A [`FieldRule`], ready.
pub(super) struct Field {
    pub(super) closest: Option<Selectors>,
    pub(super) parent: u8,
    pub(super) previous: Option<Selectors>,
    pub(super) next: Option<Selectors>,
    /// `None` for the element itself.
    pub(super) select: Option<Selectors>,
    pub(super) attr: Option<String>,
    pub(super) regex: Option<Regex>,
}

impl Compiled {
    pub(super) fn of(rules: &HtmlRules) -> Result<Self, BadRule> {
        let field = |rule: &Option<FieldRule>| rule.as_ref().map(Field::of).transpose();
        Ok(Self {
            item: Selectors::parse(&rules.item)?,
            title: field(&rules.title)?,
            link: field(&rules.link)?,
            date: field(&rules.date)?,
            source: field(&rules.source)?,
            summary: field(&rules.summary)?,
            tags: field(&rules.tags)?,
            category: field(&rules.category)?,
            id: field(&rules.id)?,
            tags_split: rules.tags_split.clone(),
        })
    }
}

impl Field {
    pub(super) fn of(rule: &FieldRule) -> Result<Self, BadRule> {
        let step = |text: &Option<String>| text.as_deref().map(Selectors::parse).transpose();
        let select = rule.select.trim();
        let itself = select.is_empty() || select == super::ITSELF;
        Ok(Self {
            closest: step(&rule.closest)?,
            parent: rule.parent,
            previous: step(&rule.previous)?,
            next: step(&rule.next)?,
            select: if itself { None } else { Some(Selectors::parse(select)?) },
            attr: rule.attr.as_ref().map(|name| name.to_ascii_lowercase()),
            regex: rule.regex.as_deref().map(regex).transpose()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f091_wrong_regexes_are_told_with_their_place_and_great_ones_refused() {
        assert_eq!(check_regex(r"(\d+) views"), Ok(()));
        let bad = check_regex("a(b").expect_err("unclosed");
        assert_eq!((bad.span, bad.message.as_str()), (1..2, "unclosed group"));
        let bad = check_regex(r"x\p{Nope}").expect_err("no such class");
        assert_eq!(bad.span, 1..9);
        let bad = check_regex(r"(\w{1000}){1000}").expect_err("too great");
        assert!(bad.message.contains("memory"), "{}", bad.message);
        assert!(check_regex(&"(".repeat(10_000)).is_err());
    }
}
