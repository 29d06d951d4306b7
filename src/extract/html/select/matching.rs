//! Comparing elements with selectors.

use std::cell::Cell;

use super::{Combinator, Complex, Compound, Selectors, Tag, Test};
use crate::extract::html::select::nth::Nth;
use crate::extract::html::tree::{Id, Tree};

/// Steps that every page may take, and steps more for each of its nodes.
const STEPS: u64 = 10_000_000;
const STEPS_PER_NODE: u64 = 128;

/// Looks for elements of one page, within a budget of steps for all of it.
///
/// A selector and a page can be made for each other so that comparing them takes for ever; when the budget is
/// spent nothing matches any more, and [`Query::is_spent`] says so.
pub(in crate::extract::html) struct Query<'q, 't> {
    pub(in crate::extract::html) tree: &'q Tree<'t>,
    left: Cell<u64>,
}

/// How far a failure to match reaches.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Matches,
    /// Another sibling or ancestor may still match.
    Not,
    /// Only another ancestor may.
    NotHere,
    /// Nothing can.
    Never,
}

impl<'q, 't> Query<'q, 't> {
    pub(in crate::extract::html) fn new(tree: &'q Tree<'t>) -> Self {
        let steps = STEPS + STEPS_PER_NODE * u64::from(tree.len());
        Self { tree, left: Cell::new(steps) }
    }

    /// Whether looking took too many steps; what was found since then is not all there is.
    pub(in crate::extract::html) fn is_spent(&self) -> bool {
        self.left.get() == 0
    }

    /// Counts a step of looking that is done elsewhere; whether there are steps left.
    pub(in crate::extract::html) fn is_budgeted(&self) -> bool {
        self.step()
    }

    fn step(&self) -> bool {
        let left = self.left.get();
        self.left.set(left.saturating_sub(1));
        left > 0
    }

    /// Whether `id` matches; `:scope` is `scope`.
    pub(in crate::extract::html) fn matches(&self, id: Id, selectors: &Selectors, scope: Id) -> bool {
        self.any(id, &selectors.0, scope)
    }

    /// The elements below `scope` that match, in the order of the page.
    pub(in crate::extract::html) fn all<'s>(
        &'s self,
        scope: Id,
        selectors: &'s Selectors,
    ) -> impl Iterator<Item = Id> + use<'s, 'q, 't> {
        let beside = selectors.0.iter().any(Complex::looks_beside);
        let end = match self.tree.parent(scope).filter(|_| beside) {
            Some(parent) => self.tree.end(parent),
            None => self.tree.end(scope),
        };
        let only = selectors.only_name();
        let fits = move |id: &Id| match only {
            // What has another name needs no step.
            Some(name) => self.tree.name(*id) == name,
            None => self.tree.is_element(*id),
        };
        (scope + 1..end).filter(fits).filter(move |id| self.matches(*id, selectors, scope))
    }

    fn any(&self, id: Id, list: &[Complex], scope: Id) -> bool {
        list.iter().any(|complex| self.complex(id, complex, 0, scope) == Outcome::Matches)
    }

    fn complex(&self, id: Id, complex: &Complex, at: usize, scope: Id) -> Outcome {
        let Some(compound) = complex.compounds.get(at) else { return Outcome::Matches };
        if !self.step() {
            return Outcome::Never;
        }
        if !self.compound(id, compound, scope) {
            return Outcome::Not;
        }
        let Some(combinator) = complex.combinators.get(at) else { return Outcome::Matches };
        let mut here = id;
        loop {
            let (next, none) = match combinator {
                Combinator::Below | Combinator::In => (self.tree.parent(here), Outcome::Never),
                Combinator::After | Combinator::Behind => (self.tree.previous(here), Outcome::NotHere),
            };
            let Some(next) = next else { return none };
            here = next;
            match (self.complex(here, complex, at + 1, scope), combinator) {
                (Outcome::Matches, _) => return Outcome::Matches,
                (Outcome::Never, _) => return Outcome::Never,
                (outcome, Combinator::After) => return outcome,
                (_, Combinator::In) | (Outcome::NotHere, Combinator::Behind) => return Outcome::NotHere,
                _ => {}
            }
        }
    }

    fn compound(&self, id: Id, compound: &Compound, scope: Id) -> bool {
        let fits = match &compound.tag {
            Tag::Any => true,
            Tag::Known(name) => self.tree.name(id) == *name,
            Tag::Other(name) => {
                self.tree.name(id) == super::Name::OTHER && self.tree.raw_name(id).eq_ignore_ascii_case(name)
            }
        };
        fits && compound.tests.iter().all(|test| self.test(id, test, scope))
    }

    fn test(&self, id: Id, test: &Test, scope: Id) -> bool {
        let tree = self.tree;
        match test {
            Test::Class(class) => match tree.raw_attr(id, "class") {
                Some(raw) if raw.contains('&') => tree
                    .attr(id, "class")
                    .is_some_and(|all| all.split_ascii_whitespace().any(|one| *one == **class)),
                Some(raw) => {
                    raw.len() >= class.len() && raw.split_ascii_whitespace().any(|one| *one == **class)
                }
                None => false,
            },
            Test::Id(wanted) => tree.attr(id, "id").is_some_and(|found| *found == **wanted),
            Test::Attr(test) => test.matches(tree, id),
            Test::Is(list) => self.any(id, list, scope),
            Test::Not(list) => !self.any(id, list, scope),
            Test::Has(list) => list.iter().any(|complex| self.has(id, complex)),
            Test::Nth(nth) => self.nth(id, nth, scope),
            Test::Root => tree.parent(id).is_none(),
            Test::Empty => tree.is_empty(id),
            Test::Scope => id == scope,
            Test::Link => {
                matches!(tree.name(id), super::Name::A | super::Name::AREA)
                    && tree.raw_attr(id, "href").is_some()
            }
        }
    }

    /// Whether some element below or after `id` matches, seen from it.
    fn has(&self, id: Id, complex: &Complex) -> bool {
        let tree = self.tree;
        let below = id + 1..tree.end(id);
        let after = match tree.parent(id).filter(|_| complex.looks_beside()) {
            Some(parent) => tree.end(id)..tree.end(parent),
            None => 0..0,
        };
        let mut ids = below.chain(after).filter(|id| tree.is_element(*id));
        ids.any(|other| self.complex(other, complex, 0, id) == Outcome::Matches)
    }

    fn nth(&self, id: Id, nth: &Nth, scope: Id) -> bool {
        let tree = self.tree;
        if nth.of.is_none() && !nth.of_type {
            return nth.fits(if nth.back { tree.index_back(id) } else { tree.index(id) });
        }
        let counts = |other: Id| match &nth.of {
            Some(list) => self.any(other, list, scope),
            None => tree.name(other) == tree.name(id) && tree.name_text(other) == tree.name_text(id),
        };
        if nth.of.is_some() && !counts(id) {
            return false;
        }
        let mut number = 1;
        let mut here = id;
        while let Some(next) = if nth.back { tree.next(here) } else { tree.previous(here) } {
            if !self.step() {
                return false;
            }
            number += u32::from(counts(next));
            here = next;
        }
        nth.fits(number)
    }
}

impl Selectors {
    /// The name that everything has that they match, where there is one.
    fn only_name(&self) -> Option<super::Name> {
        let mut names = self.0.iter().map(|complex| match complex.compounds.first() {
            Some(Compound { tag: Tag::Known(name), .. }) => Some(*name),
            _ => None,
        });
        let first = names.next()??;
        names.all(|name| name == Some(first)).then_some(first)
    }
}

impl Complex {
    /// Whether it looks for what stands after the scope, rather than below it.
    fn looks_beside(&self) -> bool {
        let starts =
            self.compounds.last().is_some_and(|first| matches!(first.tests.as_slice(), [Test::Scope, ..]));
        starts && matches!(self.combinators.last(), Some(Combinator::After | Combinator::Behind))
    }
}
