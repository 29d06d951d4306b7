//! Tags and texts into a tree, as the HTML standard's tree construction nests them.

mod ends;
mod room;

use super::name::COUNT;
use super::token::{Attr, Token, Tokens};
use super::{Id, NONE, Name, Node, Tree};

/// How deep elements may be nested; as in browsers.
pub(in crate::extract::html) const MAX_DEPTH: usize = 512;

/// How many elements and texts of a page are kept.
const MAX_NODES: usize = 2_000_000;

/// Why a page has no tree: elements nested deeper than [`MAX_DEPTH`], at this byte of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::extract::html) struct BadPage {
    pub(in crate::extract::html) at: usize,
}

/// An open element.
#[derive(Clone, Copy)]
struct Open {
    id: Id,
    name: Name,
    /// Closed out of order: it ends with the next element in it that does.
    doomed: bool,
}

struct Builder<'t> {
    text: &'t str,
    nodes: Vec<Node>,
    attrs: Vec<Attr>,
    stack: Vec<Open>,
    /// How many of each name are open.
    open: [u32; COUNT],
    spaced: bool,
    html: bool,
    head: bool,
    body: bool,
    begins: bool,
    ends: bool,
    full: bool,
}

pub(super) fn build(text: &str) -> Result<Tree<'_>, BadPage> {
    // A tag of real pages with the text after it has about forty bytes.
    let room = (text.len() / 24).min(MAX_NODES / 4);
    let mut builder = Builder {
        text,
        nodes: Vec::with_capacity(room),
        attrs: Vec::with_capacity(room),
        stack: Vec::with_capacity(64),
        open: [0; COUNT],
        spaced: false,
        html: false,
        head: false,
        body: false,
        begins: false,
        ends: false,
        full: false,
    };
    let document = Node {
        name: Name::OTHER,
        spaced: false,
        parent: NONE,
        end: 0,
        from: 0,
        to: 0,
        at: 0,
        previous: NONE,
        index: 1,
        children: 0,
        last: NONE,
    };
    builder.nodes.push(document);
    let mut tokens = Tokens::new(text);
    loop {
        tokens.cdata = builder.is_foreign();
        let Some(token) = tokens.next(&mut builder.attrs) else { break };
        match token {
            Token::Text { from, to } => builder.text(from, to),
            Token::Start { at, name, attrs, closes_itself } => {
                let attrs = builder.attrs.len() - attrs;
                if let Some(raw) = builder.start(at, name, attrs, closes_itself) {
                    tokens.enter_raw(raw);
                }
            }
            Token::End { at, name } => builder.end(at, name),
        }
        if builder.stack.len() > MAX_DEPTH {
            let at = builder.stack.last().map_or(0, |open| builder.nodes[open.id as usize].at as usize);
            return Err(BadPage { at });
        }
        if builder.nodes.len() >= MAX_NODES {
            builder.full = true;
            break;
        }
    }
    let open = builder.stack.iter().map(|open| open.id).collect();
    builder.close_to(0);
    let end = u32::try_from(builder.nodes.len()).unwrap_or(u32::MAX);
    builder.nodes[0].end = end;
    Ok(Tree {
        text,
        nodes: builder.nodes,
        attrs: builder.attrs,
        open,
        broken: tokens.broken,
        begins: builder.begins,
        ends: builder.ends,
        full: builder.full,
    })
}

impl Builder<'_> {
    fn top(&self) -> Name {
        self.stack.last().map_or(Name::OTHER, |open| open.name)
    }

    fn is_open(&self, name: Name) -> bool {
        self.open[name.number()] > 0
    }

    /// Whether the place is within a drawing or a formula, where HTML's rules do not count.
    fn is_foreign(&self) -> bool {
        if !self.is_open(Name::SVG) && !self.is_open(Name::MATH) {
            return false;
        }
        for open in self.stack.iter().rev() {
            match open.name {
                Name::SVG | Name::MATH => return true,
                Name::FOREIGN_OBJECT | Name::DESC | Name::TITLE => return false,
                _ => {}
            }
        }
        false
    }

    fn text(&mut self, from: usize, to: usize) {
        let text = &self.text.as_bytes()[from..to];
        let raw = self.top().is_raw();
        if !raw && text.iter().all(u8::is_ascii_whitespace) {
            self.spaced = true;
            return;
        }
        if !raw && !self.body {
            self.ensure_body(from);
        }
        let id = self.push_node(Name::TEXT, from, from, to);
        self.nodes[id as usize].end = id + 1;
    }

    /// Appends a node below the open element.
    fn push_node(&mut self, name: Name, at: usize, from: usize, to: usize) -> Id {
        let place = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
        let id = place(self.nodes.len());
        let parent = self.stack.last().map_or(0, |open| open.id);
        let mut node = Node {
            name,
            spaced: std::mem::take(&mut self.spaced),
            parent,
            end: id + 1,
            from: place(from),
            to: place(to),
            at: place(at),
            previous: NONE,
            index: 0,
            children: 0,
            last: NONE,
        };
        if name != Name::TEXT {
            let parent = &mut self.nodes[parent as usize];
            parent.children += 1;
            (node.index, node.previous) = (parent.children, parent.last);
            parent.last = id;
        }
        self.nodes.push(node);
        id
    }

    /// Adds an element and opens it.
    fn push(&mut self, name: Name, at: usize, attrs: usize) {
        let id = self.push_node(name, at, attrs, self.attrs.len());
        self.stack.push(Open { id, name, doomed: false });
        self.open[name.number()] += 1;
    }

    /// Adds an element that the page left out.
    fn imply(&mut self, name: Name, at: usize) {
        // The attributes of the tag that implies it are not its own.
        let id = self.push_node(name, at, 0, 0);
        self.stack.push(Open { id, name, doomed: false });
        self.open[name.number()] += 1;
    }

    fn pop(&mut self) {
        let Some(open) = self.stack.pop() else { return };
        self.open[open.name.number()] -= 1;
        self.nodes[open.id as usize].end = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
    }

    /// Closes everything above the first `length` open elements, and those closed out of order below them.
    fn close_to(&mut self, length: usize) {
        while self.stack.len() > length {
            self.pop();
        }
        while self.stack.last().is_some_and(|open| open.doomed) {
            self.pop();
        }
    }

    fn ensure_html(&mut self, at: usize) {
        if !self.html {
            self.html = true;
            self.imply(Name::HTML, at);
        }
    }

    /// Where content begins, the head has ended.
    fn ensure_body(&mut self, at: usize) {
        self.ensure_html(at);
        if !self.body {
            self.ensure_head(at);
            self.body = true;
            self.imply(Name::BODY, at);
        }
    }

    /// Every page has a head; it has ended where the body begins.
    fn ensure_head(&mut self, at: usize) {
        self.close_to(1);
        if !self.head {
            self.head = true;
            self.imply(Name::HEAD, at);
            self.close_to(1);
        }
    }

    /// A start tag; gives the element's name when its content is raw text.
    fn start(&mut self, at: usize, name: (usize, usize), attrs: usize, closes_itself: bool) -> Option<Name> {
        let name = Name::of(&self.text[name.0..name.1]);
        match name {
            Name::HTML => {
                self.begins = true;
                if !self.html {
                    self.html = true;
                    self.push(name, at, attrs);
                }
                return None;
            }
            Name::HEAD => {
                self.ensure_html(at);
                if !self.head && !self.body {
                    self.head = true;
                    self.push(name, at, attrs);
                }
                return None;
            }
            Name::BODY => {
                self.begins = true;
                self.ensure_html(at);
                if !self.body {
                    self.ensure_head(at);
                    self.body = true;
                    self.push(name, at, attrs);
                }
                return None;
            }
            _ => {}
        }
        self.ensure_html(at);
        if !self.body && !name.is_metadata() {
            self.ensure_body(at);
        } else if !self.body && !self.head {
            self.head = true;
            self.imply(Name::HEAD, at);
        }
        if self.is_foreign() {
            if !breaks_out(name) {
                self.push(name, at, attrs);
                if closes_itself {
                    self.pop();
                }
                return None;
            }
            while self.is_foreign() {
                self.close_to(self.stack.len().saturating_sub(1));
            }
        }
        if !self.make_room(name, at) {
            return None;
        }
        self.push(name, at, attrs);
        if name.is_void() || closes_itself && matches!(name, Name::SVG | Name::MATH) {
            self.pop();
            return None;
        }
        Some(name).filter(|name| name.is_raw())
    }
}

/// HTML that ends a drawing or a formula it stands in.
fn breaks_out(name: Name) -> bool {
    name.is_heading()
        || matches!(
            name,
            Name::B
                | Name::BIG
                | Name::BLOCKQUOTE
                | Name::BR
                | Name::CENTER
                | Name::CODE
                | Name::DD
                | Name::DIV
                | Name::DL
                | Name::DT
                | Name::EM
                | Name::EMBED
                | Name::HR
                | Name::I
                | Name::IMG
                | Name::LI
                | Name::LISTING
                | Name::MENU
                | Name::META
                | Name::NOBR
                | Name::OL
                | Name::P
                | Name::PRE
                | Name::RUBY
                | Name::S
                | Name::SMALL
                | Name::SPAN
                | Name::STRONG
                | Name::STRIKE
                | Name::SUB
                | Name::SUP
                | Name::TABLE
                | Name::TT
                | Name::U
                | Name::UL
                | Name::VAR
        )
}
