//! A page as a tree of elements, in one piece of memory.
//!
//! Elements and texts stand in one list in the order of the page, so what is below an element is the stretch
//! after it; texts and attributes are places in the page, decoded when asked for. [`token`] cuts the page into
//! tags, [`build`] nests them as browsers do for the mistakes that pages make: end tags left out, stray or in
//! the wrong order, table parts without their table body. It differs from the standard in what moves elements
//! around: text that is misplaced in a table stays there, and formatting that was closed too late is not opened
//! again. Time is linear in the page; nesting is bounded.

mod build;
mod name;
mod text;
mod token;

use std::borrow::Cow;

pub(super) use self::build::{BadPage, MAX_DEPTH};
pub(super) use self::name::Name;
use self::token::Attr;

/// The number of a node; 0 is the document.
pub(super) type Id = u32;

/// No node.
pub(super) const NONE: Id = u32::MAX;

#[derive(Clone, Copy, Debug)]
struct Node {
    name: Name,
    /// Whether there is white space before it.
    spaced: bool,
    parent: Id,
    /// The first node after everything below it.
    end: Id,
    /// The text it is, or the first and last of its attributes.
    from: u32,
    to: u32,
    /// Where it begins in the page.
    at: u32,
    /// The element before it, of the same parent.
    previous: Id,
    /// Its number among the elements of its parent, counted from 1.
    index: u32,
    /// How many elements stand directly in it, and the last of them.
    children: u32,
    last: Id,
}

/// A page as a tree.
pub(super) struct Tree<'t> {
    text: &'t str,
    nodes: Vec<Node>,
    attrs: Vec<Attr>,
    /// The elements that were open when the page ended.
    pub(super) open: Vec<Id>,
    /// Whether the page ended within a tag, a comment or a script.
    pub(super) broken: bool,
    /// Whether the page says where its body begins, and whether it says where that ends.
    pub(super) begins: bool,
    pub(super) ends: bool,
    /// Whether there were more elements than are kept.
    pub(super) full: bool,
}

impl<'t> Tree<'t> {
    /// The page `text` as a tree.
    ///
    /// # Errors
    ///
    /// When elements are nested deeper than [`MAX_DEPTH`].
    pub(super) fn parse(text: &'t str) -> Result<Self, BadPage> {
        build::build(text)
    }

    /// How many nodes there are, the document and texts among them.
    pub(super) fn len(&self) -> u32 {
        u32::try_from(self.nodes.len()).unwrap_or(u32::MAX)
    }

    fn node(&self, id: Id) -> &Node {
        &self.nodes[id as usize]
    }

    pub(super) fn name(&self, id: Id) -> Name {
        self.node(id).name
    }

    pub(super) fn is_element(&self, id: Id) -> bool {
        id != 0 && self.node(id).name != Name::TEXT
    }

    /// The name as text, in lower case.
    pub(super) fn name_text(&self, id: Id) -> Cow<'t, str> {
        match self.name(id) {
            Name::OTHER => Cow::Owned(self.raw_name(id).to_ascii_lowercase()),
            name => Cow::Borrowed(name.text()),
        }
    }

    /// The name as the page writes it; for [`Name::OTHER`].
    pub(super) fn raw_name(&self, id: Id) -> &'t str {
        let rest = self.text.get(self.node(id).at as usize + 1..).unwrap_or_default();
        let end = rest.bytes().position(|byte| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>'));
        &rest[..end.unwrap_or(rest.len())]
    }

    /// The element around it; `None` for the root.
    pub(super) fn parent(&self, id: Id) -> Option<Id> {
        Some(self.node(id).parent).filter(|parent| *parent != 0 && *parent != NONE)
    }

    /// The first node after everything below it.
    pub(super) fn end(&self, id: Id) -> Id {
        self.node(id).end
    }

    /// The elements below it, in the order of the page.
    pub(super) fn below(&self, id: Id) -> impl Iterator<Item = Id> + use<'_, 't> {
        (id + 1..self.end(id)).filter(|id| self.is_element(*id))
    }

    pub(super) fn previous(&self, id: Id) -> Option<Id> {
        Some(self.node(id).previous).filter(|previous| *previous != NONE)
    }

    /// The next element of the same parent.
    pub(super) fn next(&self, id: Id) -> Option<Id> {
        let parent = self.node(id).parent;
        let end = if parent == NONE { self.len() } else { self.end(parent) };
        let mut at = self.end(id);
        while at < end {
            if self.is_element(at) {
                return Some(at);
            }
            at = self.end(at);
        }
        None
    }

    /// Its number among the elements of its parent, counted from 1.
    pub(super) fn index(&self, id: Id) -> u32 {
        self.node(id).index
    }

    /// Its number among the elements of its parent, counted from the last, which is 1.
    pub(super) fn index_back(&self, id: Id) -> u32 {
        let node = self.node(id);
        let count = if node.parent == NONE { 1 } else { self.node(node.parent).children };
        (count + 1).saturating_sub(node.index)
    }

    /// Whether nothing but white space and comments is in it.
    pub(super) fn is_empty(&self, id: Id) -> bool {
        self.end(id) == id + 1
    }

    /// Where it begins in the page, in bytes.
    pub(super) fn at(&self, id: Id) -> usize {
        self.node(id).at as usize
    }

    fn attrs_of(&self, id: Id) -> &[Attr] {
        let node = self.node(id);
        if node.name == Name::TEXT {
            return &[];
        }
        self.attrs.get(node.from as usize..node.to as usize).unwrap_or_default()
    }

    /// An attribute's value as written; the first one counts.
    pub(super) fn raw_attr(&self, id: Id, name: &str) -> Option<&'t str> {
        let bytes = self.text.as_bytes();
        let attr = self.attrs_of(id).iter().find(|attr| {
            usize::from(attr.name_len) == name.len()
                && bytes
                    .get(attr.name as usize..attr.name as usize + name.len())
                    .is_some_and(|found| found.eq_ignore_ascii_case(name.as_bytes()))
        })?;
        self.text.get(attr.from as usize..attr.to as usize)
    }

    /// An attribute's value, character references decoded.
    pub(super) fn attr(&self, id: Id, name: &str) -> Option<Cow<'t, str>> {
        let raw = self.raw_attr(id, name)?;
        Some(if raw.contains('&') { htmlize::unescape_attribute(raw) } else { Cow::Borrowed(raw) })
    }

    /// The classes, where none of them is written with character references.
    pub(super) fn classes(&self, id: Id) -> impl Iterator<Item = &'t str> + use<'t> {
        self.raw_attr(id, "class").unwrap_or_default().split_ascii_whitespace()
    }
}

#[cfg(test)]
mod tests;
