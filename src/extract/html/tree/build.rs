//! Tags and texts into a tree, as the HTML standard's tree construction nests them.

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

    /// Closes what the start tag of `name` ends, and opens what it implies; whether it is to be added at all.
    fn make_room(&mut self, name: Name, at: usize) -> bool {
        match name {
            Name::LI => self.close_item(&[Name::LI]),
            Name::DT | Name::DD => self.close_item(&[Name::DT, Name::DD]),
            Name::OPTION => self.close_top(&[Name::OPTION]),
            Name::OPTGROUP => {
                self.close_top(&[Name::OPTION]);
                self.close_top(&[Name::OPTGROUP]);
            }
            Name::RB | Name::RT | Name::RP | Name::RTC => {
                self.close_top(&[Name::RB, Name::RT, Name::RP, Name::RTC]);
            }
            Name::BUTTON => self.close_scoped(Name::BUTTON),
            Name::A | Name::NOBR => self.close_within_line(name),
            Name::FORM if self.is_open(Name::FORM) => return false,
            Name::TABLE => {
                let parts = [Name::TABLE, Name::TBODY, Name::THEAD, Name::TFOOT, Name::TR];
                if parts.contains(&self.top()) {
                    self.close_part(&[Name::TABLE]);
                    self.close_to(self.stack.len() - 1);
                }
            }
            Name::CAPTION
            | Name::COL
            | Name::COLGROUP
            | Name::TBODY
            | Name::THEAD
            | Name::TFOOT
            | Name::TR
            | Name::TD
            | Name::TH => {
                if !self.is_open(Name::TABLE) {
                    return false;
                }
                self.make_table_room(name, at);
                return true;
            }
            _ => {}
        }
        if name.ends_paragraph() {
            self.close_paragraph();
        }
        if name.is_heading() && self.top().is_heading() {
            self.close_to(self.stack.len() - 1);
        }
        true
    }

    /// Closes down to where a part of a table belongs, and opens the parts between.
    fn make_table_room(&mut self, name: Name, at: usize) {
        let groups = [Name::TABLE, Name::TBODY, Name::THEAD, Name::TFOOT];
        match name {
            Name::TR => {
                self.close_part(&groups);
                if self.top() == Name::TABLE {
                    self.imply(Name::TBODY, at);
                }
            }
            Name::TD | Name::TH => {
                self.close_part(&[Name::TABLE, Name::TBODY, Name::THEAD, Name::TFOOT, Name::TR]);
                if self.top() == Name::TABLE {
                    self.imply(Name::TBODY, at);
                }
                if self.top() != Name::TR {
                    self.imply(Name::TR, at);
                }
            }
            Name::COL => {
                self.close_part(&[Name::TABLE, Name::COLGROUP]);
                if self.top() == Name::TABLE {
                    self.imply(Name::COLGROUP, at);
                }
            }
            _ => self.close_part(&[Name::TABLE]),
        }
    }

    /// Closes everything in the innermost of `names`.
    fn close_part(&mut self, names: &[Name]) {
        if let Some(at) = self.stack.iter().rposition(|open| names.contains(&open.name)) {
            self.close_to(at + 1);
        }
    }

    fn close_top(&mut self, names: &[Name]) {
        if names.contains(&self.top()) {
            self.close_to(self.stack.len() - 1);
        }
    }

    /// Closes the open item of the same list.
    fn close_item(&mut self, names: &[Name]) {
        if !names.iter().any(|name| self.is_open(*name)) {
            return;
        }
        for at in (0..self.stack.len()).rev() {
            let name = self.stack[at].name;
            if names.contains(&name) {
                self.close_to(at);
                return;
            }
            if name.is_special() && !matches!(name, Name::ADDRESS | Name::DIV | Name::P) {
                return;
            }
        }
    }

    fn close_paragraph(&mut self) {
        if !self.is_open(Name::P) {
            return;
        }
        for at in (0..self.stack.len()).rev() {
            match self.stack[at].name {
                Name::P => return self.close_to(at),
                name if name.is_scope() || name == Name::BUTTON => return,
                _ => {}
            }
        }
    }

    /// Closes the innermost `name` that is in scope.
    fn close_scoped(&mut self, name: Name) {
        if let Some(at) = self.scoped(|open| open == name) {
            self.close_to(at);
        }
    }

    fn scoped(&self, wanted: impl Fn(Name) -> bool) -> Option<usize> {
        for (at, open) in self.stack.iter().enumerate().rev() {
            if wanted(open.name) {
                return Some(at);
            }
            if open.name.is_scope() {
                return None;
            }
        }
        None
    }

    /// Closes an open `name` when only text formatting stands between: a link begins, and no link is in a link.
    fn close_within_line(&mut self, name: Name) {
        if !self.is_open(name) {
            return;
        }
        for at in (0..self.stack.len()).rev() {
            let open = self.stack[at].name;
            if open == name {
                return self.close_to(at);
            }
            if open.is_special() {
                return;
            }
        }
    }

    fn end(&mut self, at: usize, name: (usize, usize)) {
        let text = &self.text[name.0..name.1];
        let name = Name::of(text);
        match name {
            Name::HTML | Name::BODY => {
                self.ends = true;
                return;
            }
            Name::HEAD => {
                if self.top() == Name::HEAD {
                    self.close_to(self.stack.len() - 1);
                }
                return;
            }
            Name::BR => {
                self.ensure_body(at);
                let here = self.attrs.len();
                self.push(name, at, here);
                return self.pop();
            }
            Name::P if self.body => {
                if self.paragraph_in_scope().is_none() {
                    self.imply(name, at);
                }
                return self.close_paragraph();
            }
            _ => {}
        }
        if name.is_void() || name != Name::OTHER && !self.is_open(name) && !name.is_heading() {
            return;
        }
        match name {
            Name::TABLE
            | Name::TBODY
            | Name::THEAD
            | Name::TFOOT
            | Name::TR
            | Name::TD
            | Name::TH
            | Name::CAPTION => self.end_part(name),
            Name::H1 | Name::H2 | Name::H3 | Name::H4 | Name::H5 | Name::H6 => {
                if let Some(at) = self.scoped(Name::is_heading) {
                    self.close_to(at);
                }
            }
            Name::LI => {
                let lists = [Name::OL, Name::UL, Name::LI];
                let found = self.scoped(|open| lists.contains(&open));
                if let Some(at) = found.filter(|at| self.stack[*at].name == Name::LI) {
                    self.close_to(at);
                }
            }
            name if name.is_formatting() => self.end_formatting(name),
            name if name.ends_paragraph()
                || name.is_scope()
                || matches!(name, Name::BUTTON | Name::SELECT) =>
            {
                self.close_scoped(name);
            }
            _ => self.end_other(name, text),
        }
    }

    fn paragraph_in_scope(&self) -> Option<usize> {
        let found = self.scoped(|open| matches!(open, Name::P | Name::BUTTON));
        found.filter(|at| self.stack[*at].name == Name::P)
    }

    /// Ends a part of the innermost table, whatever is open in it.
    fn end_part(&mut self, name: Name) {
        for at in (0..self.stack.len()).rev() {
            let open = self.stack[at].name;
            if open == name {
                return self.close_to(at);
            }
            if open == Name::TABLE {
                return;
            }
        }
    }

    /// Ends text formatting. Past an open block it ends with that block.
    fn end_formatting(&mut self, name: Name) {
        let mut blocked = false;
        for at in (0..self.stack.len()).rev() {
            let open = self.stack[at];
            if open.name == name && !open.doomed {
                if blocked {
                    self.stack[at].doomed = true;
                } else {
                    self.close_to(at);
                }
                return;
            }
            if open.name.is_scope() {
                return;
            }
            blocked |= open.name.is_special();
        }
    }

    /// Ends any other element, unless a block is open in it.
    fn end_other(&mut self, name: Name, text: &str) {
        for at in (0..self.stack.len()).rev() {
            let open = self.stack[at];
            if open.name == name && (name != Name::OTHER || self.raw_name(open.id).eq_ignore_ascii_case(text))
            {
                return self.close_to(at);
            }
            if open.name.is_special() {
                return;
            }
        }
    }

    fn raw_name(&self, id: Id) -> &str {
        let rest = self.text.get(self.nodes[id as usize].at as usize + 1..).unwrap_or_default();
        let end = rest.bytes().position(|byte| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>'));
        &rest[..end.unwrap_or(rest.len())]
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
