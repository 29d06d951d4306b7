//! CSS selectors over a [`Tree`](super::tree::Tree).
//!
//! Selectors Level 4 as far as it means anything for a page that nobody looks at: types, ids, classes,
//! attributes with every operator, `:is`, `:where`, `:not`, `:has`, the `:nth-…` family, `:empty`, `:root`,
//! `:scope`, all four combinators, and lists. A selector may begin with a combinator: it is then beside or
//! below the scope. [`parse`] reads them, [`matching`] compares, within a budget of steps.

mod attr;
mod matching;
mod nth;
mod parse;

use std::ops::Range;

use super::tree::Name;

pub(super) use self::matching::Query;
pub(super) use self::parse::is_ident_char;

/// A list of selectors; an element matches it that matches one of them.
#[derive(Clone, Debug)]
pub(super) struct Selectors(Vec<Complex>);

/// What is wrong with a selector, and where in its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadSelector {
    /// The bytes that are wrong.
    pub span: Range<usize>,
    /// What is wrong: a lowercase fragment.
    pub message: String,
    /// What to write instead.
    pub hint: &'static str,
}

/// Compounds from right to left; `combinators[n]` stands left of `compounds[n]`.
#[derive(Clone, Debug)]
struct Complex {
    compounds: Vec<Compound>,
    combinators: Vec<Combinator>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Combinator {
    /// Somewhere below (a blank).
    Below,
    /// Directly in (`>`).
    In,
    /// Directly after (`+`).
    After,
    /// Somewhere after (`~`).
    Behind,
}

#[derive(Clone, Debug)]
struct Compound {
    tag: Tag,
    tests: Vec<Test>,
}

#[derive(Clone, Debug)]
enum Tag {
    Any,
    Known(Name),
    /// A name that HTML does not know, in lower case.
    Other(Box<str>),
}

#[derive(Clone, Debug)]
enum Test {
    Id(Box<str>),
    Class(Box<str>),
    Attr(attr::AttrTest),
    Is(Vec<Complex>),
    Not(Vec<Complex>),
    /// Each begins, on its left end, at the element that is tested.
    Has(Vec<Complex>),
    Nth(nth::Nth),
    Root,
    Empty,
    Scope,
    Link,
}

impl Selectors {
    /// Reads a list of selectors.
    ///
    /// # Errors
    ///
    /// With the place and what to write instead, when it is not one.
    pub(super) fn parse(text: &str) -> Result<Self, BadSelector> {
        parse::parse(text).map(Self)
    }
}

#[cfg(test)]
mod tests;
