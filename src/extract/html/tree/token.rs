//! A page's text as tags and pieces of text, as the HTML standard's tokenizer cuts it. Linear: every byte is
//! looked at once or twice, whatever is left open.

use memchr::{memchr, memmem};

use super::name::Name;

/// Attributes of one tag that are kept; a tag with more is no tag that anybody wrote.
const MAX_ATTRS: usize = 256;

/// An attribute, as places in the text. Its value is as written, character references and all.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attr {
    pub(super) name: u32,
    pub(super) name_len: u16,
    pub(super) from: u32,
    pub(super) to: u32,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Token {
    /// A piece of text.
    Text { from: usize, to: usize },
    /// A start tag; its attributes are the last `attrs` of those collected.
    Start { at: usize, name: (usize, usize), attrs: usize, closes_itself: bool },
    /// An end tag.
    End { at: usize, name: (usize, usize) },
}

pub(super) struct Tokens<'t> {
    text: &'t [u8],
    at: usize,
    /// The element whose content is text up to its end tag.
    raw: Option<Name>,
    /// Whether `<![CDATA[` begins text here: within drawings and formulas.
    pub(super) cdata: bool,
    /// Whether the text ended within a tag, a comment or an element of raw text.
    pub(super) broken: bool,
}

impl<'t> Tokens<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text: text.as_bytes(), at: 0, raw: None, cdata: false, broken: false }
    }

    /// What follows is the content of a `name`, whose start tag was just given.
    pub(super) fn enter_raw(&mut self, name: Name) {
        self.raw = Some(name);
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.text.get(at).copied()
    }

    fn rest(&self, from: usize) -> &'t [u8] {
        self.text.get(from..).unwrap_or_default()
    }

    /// The next token; attributes of a start tag are appended to `attrs`.
    pub(super) fn next(&mut self, attrs: &mut Vec<Attr>) -> Option<Token> {
        if let Some(name) = self.raw.take() {
            let (from, to) = (self.at, self.end_of_raw(name));
            self.at = to;
            if from < to {
                return Some(Token::Text { from, to });
            }
        }
        loop {
            let from = self.at;
            let at = self.markup(from);
            if at > from {
                self.at = at;
                return Some(Token::Text { from, to: at });
            }
            if at >= self.text.len() {
                return None;
            }
            let token = match self.byte(at + 1) {
                Some(b'!') => self.declaration(at),
                Some(b'?') => self.skip_past(at + 2, b">"),
                Some(b'/') => match self.byte(at + 2) {
                    Some(c) if c.is_ascii_alphabetic() => self.end_tag(at),
                    Some(b'>') => {
                        self.at = at + 3;
                        None
                    }
                    _ => self.skip_past(at + 2, b">"),
                },
                _ => self.start_tag(at, attrs),
            };
            if token.is_some() {
                return token;
            }
        }
    }

    /// Where markup begins at or after `from`; a `<` before anything else is text.
    fn markup(&self, from: usize) -> usize {
        let mut at = from;
        while let Some(step) = memchr(b'<', self.rest(at)) {
            at += step;
            match self.byte(at + 1) {
                Some(b'!' | b'?') => return at,
                Some(c) if c.is_ascii_alphabetic() => return at,
                Some(b'/') if self.byte(at + 2).is_some() => return at,
                _ => at += 1,
            }
        }
        self.text.len()
    }

    /// A comment, a document type, or CDATA where that is text.
    fn declaration(&mut self, at: usize) -> Option<Token> {
        let rest = self.rest(at);
        if rest.starts_with(b"<!--") {
            return self.comment(at + 4);
        }
        if self.cdata && rest.starts_with(b"<![CDATA[") {
            let from = at + 9;
            self.skip_past(from, b"]]>");
            let to = if self.broken { self.at } else { self.at - 3 };
            return (from < to).then_some(Token::Text { from, to });
        }
        self.skip_past(at + 2, b">")
    }

    /// `-->` and `--!>` end a comment; `<!-->` and `<!--->` are whole ones.
    fn comment(&mut self, from: usize) -> Option<Token> {
        let rest = self.rest(from);
        if rest.starts_with(b">") || rest.starts_with(b"->") {
            self.at = from + if rest.starts_with(b">") { 1 } else { 2 };
            return None;
        }
        let mut at = from;
        while let Some(step) = memmem::find(self.rest(at), b"--") {
            at += step;
            let after = self.rest(at + 2);
            if after.starts_with(b">") || after.starts_with(b"!>") {
                self.at = at + if after.starts_with(b">") { 3 } else { 4 };
                return None;
            }
            at += 1;
        }
        self.give_up()
    }

    fn skip_past(&mut self, from: usize, end: &[u8]) -> Option<Token> {
        match memmem::find(self.rest(from), end) {
            Some(step) => self.at = from + step + end.len(),
            None => return self.give_up(),
        }
        None
    }

    fn give_up(&mut self) -> Option<Token> {
        self.at = self.text.len();
        self.broken = true;
        None
    }

    /// Where the text of a raw element ends: at its end tag, or with the page.
    fn end_of_raw(&mut self, name: Name) -> usize {
        let name = name.text().as_bytes();
        let mut at = self.at;
        while let Some(step) = memmem::find(self.rest(at), b"</") {
            at += step;
            let found = self.text.get(at + 2..at + 2 + name.len());
            let ends =
                |byte: Option<u8>| matches!(byte, Some(b' ' | b'\t' | b'\n' | b'\r' | 12 | b'/' | b'>'));
            if found.is_some_and(|found| found.eq_ignore_ascii_case(name))
                && ends(self.byte(at + 2 + name.len()))
            {
                return at;
            }
            at += 2;
        }
        self.broken = true;
        self.text.len()
    }

    fn name_end(&self, from: usize) -> usize {
        let is_end = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>');
        self.rest(from).iter().position(is_end).map_or(self.text.len(), |step| from + step)
    }

    fn end_tag(&mut self, at: usize) -> Option<Token> {
        let name = (at + 2, self.name_end(at + 2));
        // An end tag may have attributes, too, with `>` in them.
        self.at = name.1;
        self.attributes(None).map(|_| Token::End { at, name })
    }

    fn start_tag(&mut self, at: usize, attrs: &mut Vec<Attr>) -> Option<Token> {
        let name = (at + 1, self.name_end(at + 1));
        self.at = name.1;
        let before = attrs.len();
        let Some(closes_itself) = self.attributes(Some(attrs)) else {
            attrs.truncate(before);
            return None;
        };
        Some(Token::Start { at, name, attrs: attrs.len() - before, closes_itself })
    }

    fn blanks(&mut self) {
        while self.byte(self.at).is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    /// Reads to the end of the tag; whether it is `/>`. `None` when the page ends before.
    fn attributes(&mut self, mut attrs: Option<&mut Vec<Attr>>) -> Option<bool> {
        let mut count = 0;
        loop {
            self.blanks();
            match self.byte(self.at) {
                None => {
                    self.give_up();
                    return None;
                }
                Some(b'>') => {
                    let closes_itself = self.byte(self.at - 1) == Some(b'/');
                    self.at += 1;
                    return Some(closes_itself);
                }
                Some(b'/') => self.at += 1,
                Some(_) => {
                    let attr = self.attribute();
                    count += 1;
                    if let (Some(attr), Some(attrs)) = (attr, attrs.as_deref_mut())
                        && count <= MAX_ATTRS
                    {
                        attrs.push(attr);
                    }
                }
            }
        }
    }

    /// One attribute at the place, which is at a byte of its name. `None` where its name is absurdly long.
    fn attribute(&mut self) -> Option<Attr> {
        let name = self.at;
        // A leading `=` belongs to the name.
        let is_end = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>' | b'=');
        self.at += 1;
        self.at = self.rest(self.at).iter().position(is_end).map_or(self.text.len(), |step| self.at + step);
        let name_end = self.at;
        let (mut from, mut to) = (name_end, name_end);
        self.blanks();
        if self.byte(self.at) == Some(b'=') {
            self.at += 1;
            self.blanks();
            from = self.at;
            match self.byte(self.at) {
                Some(quote @ (b'"' | b'\'')) => {
                    from += 1;
                    to = memchr(quote, self.rest(from)).map_or(self.text.len(), |step| from + step);
                    self.at = (to + 1).min(self.text.len());
                }
                _ => {
                    let is_end = |byte: &u8| byte.is_ascii_whitespace() || *byte == b'>';
                    to = self.rest(from).iter().position(is_end).map_or(self.text.len(), |step| from + step);
                    self.at = to;
                }
            }
        }
        let short = |place: usize| u32::try_from(place).ok();
        let name_len = u16::try_from(name_end - name).ok()?;
        Some(Attr { name: short(name)?, name_len, from: short(from)?, to: short(to)? })
    }
}
