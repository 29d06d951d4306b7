//! The value of one field of one entry.

use super::compile::{Compiled, Field};
use super::select::Query;
use super::tree::{Id, Name};
use crate::model::text;

/// What a field is, as far as its default value goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Link,
    Date,
}

impl Query<'_, '_> {
    /// The elements that `field` is about for the entry `item`, in the order of the page.
    pub(super) fn targets(&self, item: Id, field: &Field, rules: &Compiled) -> Targets {
        match self.start(item, field, rules) {
            None => Targets::None,
            Some(at) => match &field.select {
                None => Targets::One(at),
                Some(_) => Targets::Below(at),
            },
        }
    }

    /// Where the steps of a rule lead from the entry `item`.
    fn start(&self, item: Id, field: &Field, rules: &Compiled) -> Option<Id> {
        let tree = self.tree;
        let mut at = item;
        if let Some(wanted) = &field.closest {
            while !self.matches(at, wanted, item) {
                at = tree.parent(at)?;
            }
        }
        for _ in 0..field.parent {
            at = tree.parent(at)?;
        }
        if let Some(wanted) = &field.previous {
            at = tree.previous(at)?;
            while !self.matches(at, wanted, item) {
                at = tree.previous(at)?;
            }
        }
        if let Some(wanted) = &field.next {
            loop {
                at = tree.next(at)?;
                // What stands after the next entry is its own.
                if self.matches(at, &rules.item, 0) {
                    return None;
                }
                if self.matches(at, wanted, item) {
                    break;
                }
            }
        }
        Some(at)
    }

    /// The first value that `field` gives for `item`.
    pub(super) fn value(
        &self,
        item: Id,
        field: &Field,
        rules: &Compiled,
        kind: Kind,
        most: usize,
    ) -> Option<String> {
        self.first(item, field, rules, kind, most).map(|(_, value)| value)
    }

    /// The same with the element that gives it.
    pub(super) fn first(
        &self,
        item: Id,
        field: &Field,
        rules: &Compiled,
        kind: Kind,
        most: usize,
    ) -> Option<(Id, String)> {
        let value = |id: Id| self.value_of(id, field, kind, most).map(|value| (id, value));
        match self.targets(item, field, rules) {
            Targets::None => None,
            Targets::One(at) => value(at),
            Targets::Below(at) => self.all(at, field.select.as_ref()?).find_map(value),
        }
    }

    /// All values that `field` gives for `item`, at most `count`, and whether they are parts of several elements.
    pub(super) fn values(
        &self,
        item: Id,
        field: &Field,
        rules: &Compiled,
        most: usize,
        count: usize,
    ) -> Vec<String> {
        let one = |id: Id| self.value_of(id, field, Kind::Text, most);
        match (self.targets(item, field, rules), &field.select) {
            (Targets::One(at), _) => one(at).into_iter().collect(),
            (Targets::Below(at), Some(select)) => self.all(at, select).filter_map(one).take(count).collect(),
            _ => Vec::new(),
        }
    }

    /// The value of the element `id`; `None` when it is empty.
    fn value_of(&self, id: Id, field: &Field, kind: Kind, most: usize) -> Option<String> {
        let value = match &field.attr {
            Some(name) => self.tree.attr(id, name)?.into_owned(),
            None => match kind {
                Kind::Link => self.href(id)?,
                Kind::Date => self.date_text(id, most),
                Kind::Text => self.text_of(id, most),
            },
        };
        let value = if kind == Kind::Link { value.trim().to_owned() } else { text::one_line(&value) };
        let value = match &field.regex {
            Some(regex) => {
                let found = regex.captures(&value)?;
                let part = found.iter().skip(1).flatten().next().or_else(|| found.get(0))?;
                part.as_str().trim().to_owned()
            }
            None => value,
        };
        Some(value).filter(|value| !value.is_empty())
    }

    /// What stands for an element as text: of those without content what is shown or meant instead.
    pub(super) fn text_of(&self, id: Id, most: usize) -> String {
        let attr = match self.tree.name(id) {
            Name::META => "content",
            Name::IMG | Name::AREA => "alt",
            Name::INPUT | Name::DATA | Name::METER => "value",
            _ => "",
        };
        let instead = if attr.is_empty() { None } else { self.tree.attr(id, attr) };
        match instead {
            Some(value) => value.into_owned(),
            // A little more than is kept, so that a cut is noticed and white space does not count.
            None => self.tree.text(id, most.saturating_mul(2)),
        }
    }

    /// The date of an element: what it says to programs, else its text.
    fn date_text(&self, id: Id, most: usize) -> String {
        match self.tree.attr(id, "datetime").filter(|value| !value.trim().is_empty()) {
            Some(value) => value.into_owned(),
            None => self.text_of(id, most),
        }
    }
}

/// The elements that a field is about.
pub(super) enum Targets {
    None,
    One(Id),
    /// Those below this that the field's selector matches.
    Below(Id),
}
