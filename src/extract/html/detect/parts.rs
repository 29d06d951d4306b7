//! What the parts of one entry are.

use std::collections::HashSet;

use super::bylines::{MAX_BYLINE, of_author};
use super::naming::{
    CATEGORIES, DATES, NO_TITLES, SUMMARIES, TITLES, is_link, is_named, is_phrase, is_source, is_tag,
    is_tag_row,
};
use crate::extract::dates::{self, PageDate};
use crate::extract::html::select::Query;
use crate::extract::html::tree::{Id, Name, Tree};
use crate::model::listing::DateRules;
use crate::model::text::one_line;

/// How many elements of an entry are looked at, and how many elements after it.
const MAX_ELEMENTS: usize = 250;
const MAX_AFTER: usize = 4;
/// How much of a text is looked at, in bytes.
const MAX_TEXT: usize = 600;

/// The parts of an entry.
#[derive(Default)]
pub(super) struct Found {
    pub(super) title: Option<Id>,
    pub(super) title_text: String,
    /// Bytes; a character outside Latin says more than a letter, and has more.
    pub(super) title_size: usize,
    pub(super) headed: bool,
    pub(super) href: Option<String>,
    pub(super) date: Option<Id>,
    pub(super) source: Option<Id>,
    /// A text that names the source beside something else, and its forms, a bit each.
    pub(super) byline: Option<(Id, u8)>,
    pub(super) summary: Option<Id>,
    pub(super) category: Option<Id>,
    pub(super) tags: Vec<Id>,
}

pub(super) struct Parts<'p, 'q, 't> {
    pub(super) query: &'p Query<'q, 't>,
    pub(super) dates: &'p DateRules,
}

impl Parts<'_, '_, '_> {
    /// The parts of the entry `item`, those in elements between it and the next of `items` among them.
    pub(super) fn of(&self, item: Id, items: &HashSet<Id>) -> Found {
        let tree = self.query.tree;
        let mut found = Found::default();
        self.title(item, &mut found);
        let mut places = vec![item];
        let mut at = item;
        while let Some(next) = tree.next(at).filter(|next| places.len() <= MAX_AFTER && !items.contains(next))
        {
            places.push(next);
            at = next;
        }
        // Without another entry after it, what follows may be anything.
        if tree.next(at).is_none() && at != item && !followed(tree, item, items) {
            places.truncate(1);
        }
        for (number, place) in places.iter().enumerate() {
            self.rest(*place, number > 0, &mut found);
            if found.date.is_none() && self.is_date(*place) {
                found.date = Some(*place);
            }
        }
        found
    }

    fn text(&self, id: Id) -> String {
        one_line(&self.query.tree.text(id, MAX_TEXT))
    }

    fn elements(&self, id: Id) -> impl Iterator<Item = Id> + '_ {
        let inner = self.query.tree.below(id).take(MAX_ELEMENTS);
        std::iter::once(id)
            .chain(inner)
            .filter(|id| self.query.is_budgeted() && self.query.tree.is_element(*id))
    }

    fn title(&self, item: Id, found: &mut Found) {
        let tree = self.query.tree;
        let mut best = 0.0_f32;
        for id in self.elements(item) {
            let name = tree.name(id);
            let linked = name == Name::A && is_link(tree, id);
            // What is named a title and has a link in it: the link is the title.
            let named = || {
                id != item
                    && is_named(tree, id, &TITLES)
                    && !tree.below(id).take(MAX_ELEMENTS).any(|inner| tree.name(inner) == Name::A)
            };
            if !linked && !name.is_heading() && !named() {
                continue;
            }
            let text = self.text(id);
            let size = text.len();
            if size < 2 {
                continue;
            }
            let heading = name.is_heading() || self.is_around(id, item, Name::is_heading);
            let mut score = size.min(80) as f32 / 16.0 + if heading { 6.0 } else { 0.0 };
            let parent = tree.parent(id).filter(|parent| *parent > item);
            let named = |words: &[&str]| {
                is_named(tree, id, words) || parent.is_some_and(|up| is_named(tree, up, words))
            };
            score += if named(&TITLES) { 4.0 } else { 0.0 };
            score -= if named(&NO_TITLES) && !heading { 5.0 } else { 0.0 };
            let rel = tree.raw_attr(id, "rel").unwrap_or_default();
            score -= if rel.contains("tag") || rel.contains("author") || rel.contains("category") {
                6.0
            } else {
                0.0
            };
            score -= if is_phrase(&text) { 8.0 } else { 0.0 };
            // A link around everything is the entry rather than its title.
            let whole = linked
                && tree
                    .below(id)
                    .take(MAX_ELEMENTS)
                    .any(|inner| !tree.name(inner).is_inline() && tree.name(inner) != Name::BR);
            score -= if whole { 5.0 } else { 0.0 };
            // In a heading the link is the title, where it is most of it.
            score += if linked { 0.5 } else { 0.0 };
            score += if found.title.is_none() { 0.4 } else { 0.0 };
            if score > best || found.title.is_none() && score > -4.0 {
                best = score;
                *found = Found {
                    title: Some(id),
                    title_size: size.min(300),
                    title_text: text,
                    headed: heading,
                    ..Found::default()
                };
            }
        }
        if let Some(title) = found.title {
            found.href = self.link_of(item, title);
        }
    }

    /// Whether `id` stands in an element that is wanted, within the entry.
    fn is_around(&self, id: Id, item: Id, wanted: impl Fn(Name) -> bool) -> bool {
        let tree = self.query.tree;
        let mut at = id;
        while let Some(up) = tree.parent(at).filter(|up| *up >= item) {
            if wanted(tree.name(up)) {
                return true;
            }
            at = up;
        }
        false
    }

    fn link_of(&self, item: Id, title: Id) -> Option<String> {
        let tree = self.query.tree;
        let mut at = title;
        loop {
            if tree.name(at) == Name::A && is_link(tree, at) {
                return tree.attr(at, "href").map(std::borrow::Cow::into_owned);
            }
            match tree.parent(at).filter(|up| *up >= item) {
                Some(up) => at = up,
                None => break,
            }
        }
        self.query.href(title).or_else(|| self.query.href(item)).filter(|href| !href.starts_with('#'))
    }

    /// Everything but the title, in `place`: the entry, or an element after it.
    fn rest(&self, place: Id, after: bool, found: &mut Found) {
        let tree = self.query.tree;
        let title = found.title.map_or(0..0, |title| title..tree.end(title));
        let mut summary = 0.0_f32;
        for id in self.elements(place) {
            if title.contains(&id)
                || id == place && !after && !tree.name(id).is_heading() && tree.name(id) != Name::A
            {
                continue;
            }
            let name = tree.name(id);
            let leaf = !tree.below(id).take(MAX_ELEMENTS).any(|inner| !tree.name(inner).is_inline());
            let holds_title = id <= title.start && title.start < tree.end(id) && !title.is_empty();
            if found.byline.is_none() && leaf && !holds_title {
                found.byline = self.byline(id).map(|forms| (id, forms));
            }
            if found.date.is_none() && self.is_date(id) {
                found.date = Some(id);
                continue;
            }
            if holds_title || !leaf {
                continue;
            }
            // What holds tags is none.
            if is_tag(tree, id) && !tree.below(id).take(50).any(|inner| is_tag(tree, inner)) {
                let text = self.text(id);
                if (1..=60).contains(&text.len()) && !is_phrase(&text) {
                    found.tags.push(id);
                    continue;
                }
            }
            if found.tags.is_empty() && is_tag_row(tree, id, &self.text(id)) {
                found.tags.push(id);
                continue;
            }
            if found.byline.is_some_and(|(byline, _)| byline == id) && found.date.is_some() {
                continue;
            }
            let outer = || tree.below(id).take(50).any(|inner| is_source(tree, inner));
            if found.source.is_none() && is_source(tree, id) && !outer() {
                let text = self.text(id);
                if (2..=80).contains(&text.len()) && self.is_plain(&text) {
                    found.source = Some(id);
                    continue;
                }
            }
            if found.category.is_none() && is_named(tree, id, &CATEGORIES) {
                let text = self.text(id);
                if (2..=60).contains(&text.len()) && self.is_plain(&text) {
                    found.category = Some(id);
                    continue;
                }
            }
            if matches!(
                name,
                Name::P | Name::DIV | Name::DD | Name::SPAN | Name::TD | Name::BLOCKQUOTE | Name::SECTION
            ) {
                let text = self.text(id);
                let named = is_named(tree, id, &SUMMARIES);
                let linked: usize = tree
                    .below(id)
                    .take(MAX_ELEMENTS)
                    .filter(|inner| tree.name(*inner) == Name::A)
                    .map(|link| self.text(link).len())
                    .sum();
                if text.len() < if named { 12 } else { 40 }
                    || linked * 2 > text.len()
                    || text == found.title_text
                {
                    continue;
                }
                let weight = text.len().min(200) as f32
                    + if named { 300.0 } else { 0.0 }
                    + if name == Name::P { 60.0 } else { 0.0 };
                if weight > summary {
                    summary = weight;
                    found.summary = Some(id);
                }
            }
        }
    }

    /// The forms by which an element names a source beside something else.
    fn byline(&self, id: Id) -> Option<u8> {
        let tree = self.query.tree;
        if matches!(tree.name(id), Name::A | Name::TIME | Name::IMG) || tree.name(id).is_heading() {
            return None;
        }
        let text = one_line(&tree.text(id, MAX_BYLINE * 2));
        if text.len() < 5 || text.len() > MAX_BYLINE {
            return None;
        }
        of_author(&text, is_source(tree, id), self.dates)
    }

    /// Whether a text is no date and no count.
    fn is_plain(&self, text: &str) -> bool {
        text.chars().any(char::is_alphabetic) && dates::find(text, self.dates) == PageDate::None
    }

    /// Whether an element says when: it is made for that, or has a short text that is a date.
    fn is_date(&self, id: Id) -> bool {
        let tree = self.query.tree;
        let says = |text: &str| dates::find(text, self.dates) != PageDate::None;
        if tree.name(id) == Name::TIME {
            return tree.attr(id, "datetime").is_some_and(|value| says(&value)) || says(&self.text(id));
        }
        if !matches!(
            tree.name(id),
            Name::SPAN
                | Name::DIV
                | Name::P
                | Name::TD
                | Name::SMALL
                | Name::EM
                | Name::I
                | Name::A
                | Name::LI
                | Name::DD
                | Name::B
                | Name::STRONG
                | Name::FONT
                | Name::ABBR
                | Name::OTHER
                | Name::LABEL
                | Name::H4
                | Name::H5
                | Name::H6
        ) {
            return false;
        }
        // The innermost one: an element that holds another with text says more than a date.
        let own: String = tree
            .texts(id)
            .take(60)
            .filter(|(parent, _)| *parent == id)
            .take(8)
            .map(|(_, text)| text)
            .collect::<Vec<_>>()
            .join(" ");
        let own = one_line(&own);
        let most = if is_named(tree, id, &DATES) { 160 } else { 70 };
        !own.is_empty()
            && own.len() <= most
            && own.chars().any(|c| c.is_ascii_digit() || !c.is_ascii() || own.len() < 12)
            && says(&own)
    }
}

/// Whether another of the items comes after `item`, of the same parent.
fn followed(tree: &Tree<'_>, item: Id, items: &HashSet<Id>) -> bool {
    let mut at = item;
    while let Some(previous) = tree.previous(at) {
        if items.contains(&previous) {
            // The last of several: what follows it is as what follows the others, as far as it is bounded.
            return tree.index_back(item) as usize <= MAX_AFTER;
        }
        at = previous;
        if tree.index(item) - tree.index(at) > 8 {
            break;
        }
    }
    false
}
