//! What an end tag closes.

use super::{Builder, Id, Name};

impl Builder<'_> {
    pub(super) fn end(&mut self, at: usize, name: (usize, usize)) {
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

    pub(super) fn paragraph_in_scope(&self) -> Option<usize> {
        let found = self.scoped(|open| matches!(open, Name::P | Name::BUTTON));
        found.filter(|at| self.stack[*at].name == Name::P)
    }

    /// Ends a part of the innermost table, whatever is open in it.
    pub(super) fn end_part(&mut self, name: Name) {
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
    pub(super) fn end_formatting(&mut self, name: Name) {
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
    pub(super) fn end_other(&mut self, name: Name, text: &str) {
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

    pub(super) fn raw_name(&self, id: Id) -> &str {
        let rest = self.text.get(self.nodes[id as usize].at as usize + 1..).unwrap_or_default();
        let end = rest.bytes().position(|byte| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>'));
        &rest[..end.unwrap_or(rest.len())]
    }
}
