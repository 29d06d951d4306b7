//! What a start tag closes and opens before its element stands: end tags that were left out, parts of a table
//! that were.

use super::{Builder, Name};

impl Builder<'_> {
    /// Closes what the start tag of `name` ends, and opens what it implies; whether it is to be added at all.
    pub(super) fn make_room(&mut self, name: Name, at: usize) -> bool {
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
    pub(super) fn make_table_room(&mut self, name: Name, at: usize) {
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
    pub(super) fn close_part(&mut self, names: &[Name]) {
        if let Some(at) = self.stack.iter().rposition(|open| names.contains(&open.name)) {
            self.close_to(at + 1);
        }
    }

    pub(super) fn close_top(&mut self, names: &[Name]) {
        if names.contains(&self.top()) {
            self.close_to(self.stack.len() - 1);
        }
    }

    /// Closes the open item of the same list.
    pub(super) fn close_item(&mut self, names: &[Name]) {
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

    pub(super) fn close_paragraph(&mut self) {
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
    pub(super) fn close_scoped(&mut self, name: Name) {
        if let Some(at) = self.scoped(|open| open == name) {
            self.close_to(at);
        }
    }

    pub(super) fn scoped(&self, wanted: impl Fn(Name) -> bool) -> Option<usize> {
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
    pub(super) fn close_within_line(&mut self, name: Name) {
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
}
