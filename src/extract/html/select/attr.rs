//! Tests of attributes: `[href]`, `[class~="x"]`, `[href^="/news" i]`.

use crate::extract::html::tree::{Id, Tree};

#[derive(Clone, Debug)]
pub(super) struct AttrTest {
    /// In lower case.
    pub(super) name: Box<str>,
    pub(super) operator: Operator,
    pub(super) value: Box<str>,
    pub(super) caseless: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Given,
    Equal,
    /// One of the words (`~=`).
    Word,
    /// Equal, or followed by `-` (`|=`).
    Dash,
    Begins,
    Ends,
    Holds,
}

/// Attributes whose values HTML compares without case.
const CASELESS: [&str; 16] = [
    "align",
    "charset",
    "checked",
    "dir",
    "disabled",
    "http-equiv",
    "hreflang",
    "lang",
    "language",
    "media",
    "method",
    "rel",
    "selected",
    "target",
    "type",
    "valign",
];

impl AttrTest {
    /// Whether values of `name` are compared without case unless a selector says otherwise.
    pub(super) fn is_caseless(name: &str) -> bool {
        CASELESS.contains(&name)
    }

    pub(super) fn matches(&self, tree: &Tree<'_>, id: Id) -> bool {
        if self.operator == Operator::Given {
            return tree.raw_attr(id, &self.name).is_some();
        }
        let Some(value) = tree.attr(id, &self.name) else { return false };
        let wanted = &*self.value;
        let same = |a: &str| if self.caseless { a.eq_ignore_ascii_case(wanted) } else { a == wanted };
        let size = wanted.len();
        match self.operator {
            Operator::Given => true,
            Operator::Equal => same(&value),
            Operator::Word => size > 0 && value.split_ascii_whitespace().any(same),
            Operator::Dash => {
                same(&value) || value.get(..size).is_some_and(same) && value[size..].starts_with('-')
            }
            Operator::Begins => size > 0 && value.get(..size).is_some_and(same),
            Operator::Ends => {
                size > 0 && value.len().checked_sub(size).and_then(|at| value.get(at..)).is_some_and(same)
            }
            Operator::Holds if self.caseless => {
                size > 0 && value.to_ascii_lowercase().contains(&wanted.to_ascii_lowercase())
            }
            Operator::Holds => size > 0 && value.contains(wanted),
        }
    }
}
