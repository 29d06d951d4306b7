//! Tags of XML documents, one after another, however broken the document is.
//!
//! A scanner of our own, because those of libraries stop for good at the first mistake, and make an event of every
//! entity that stands in a text. Nothing is ever expanded or fetched: a document type is passed over. Everything is
//! borrowed from the document, nothing is kept of open elements, and every byte is looked at a bounded number of
//! times, so neither depth nor a flood of attributes or prefixes costs more than its bytes.

use memchr::{memchr, memchr2, memmem};

/// A tag.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tag<'t> {
    /// Where its `<` stands.
    pub(super) at: usize,
    /// Where what follows its `>` begins.
    pub(super) end: usize,
    /// Its name, with prefix.
    pub(super) name: &'t str,
    /// What stands between its name and its end.
    pub(super) attributes: &'t str,
    /// Which kind it is.
    pub(super) kind: Kind,
}

/// The kinds of tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `<a>`
    Open,
    /// `</a>`
    Close,
    /// `<a/>`
    Empty,
}

/// Goes through the tags of a document.
pub(super) struct Scanner<'t> {
    text: &'t str,
    at: usize,
    /// The line (from 1) of the place `counted`.
    line: u32,
    counted: usize,
    /// How many bytes may still be looked at a second time.
    slack: usize,
}

impl<'t> Scanner<'t> {
    /// At the beginning of `text`.
    pub(super) fn new(text: &'t str) -> Self {
        let slack = text.len().saturating_mul(4);
        Self { text, at: 0, line: 1, counted: 0, slack }
    }

    /// The next tag; comments, sections of character data, instructions and the document type are passed over.
    pub(super) fn next(&mut self) -> Option<Tag<'t>> {
        let text: &'t str = self.text;
        let bytes = text.as_bytes();
        loop {
            let at = self.at + memchr(b'<', bytes.get(self.at..)?)?;
            let rest = bytes.get(at + 1..).unwrap_or_default();
            let past = match rest.first() {
                Some(b'!') if rest.starts_with(b"!--") => after(bytes, at + 4, b"-->"),
                Some(b'!') if rest.starts_with(b"![CDATA[") => after(bytes, at + 9, b"]]>"),
                Some(b'!') => after_declaration(bytes, at + 2),
                Some(b'?') => after(bytes, at + 2, b"?>"),
                Some(b'/') => match self.tag(at, at + 2, Kind::Close) {
                    Some(tag) => return Some(tag),
                    None => Some(self.at),
                },
                Some(byte) if begins_name(*byte) => match self.tag(at, at + 1, Kind::Open) {
                    Some(tag) => return Some(tag),
                    None => Some(self.at),
                },
                // A bare `<` is a part of the text.
                Some(_) => Some(at + 1),
                None => None,
            };
            let Some(past) = past else {
                self.at = text.len();
                return None;
            };
            self.at = past;
        }
    }

    /// The tag whose name begins at `from`; `None` where the document ends within it, or its name is none.
    fn tag(&mut self, at: usize, from: usize, kind: Kind) -> Option<Tag<'t>> {
        let text: &'t str = self.text;
        let bytes = text.as_bytes();
        let Some(close) = end_of_tag(bytes, from) else {
            self.at = text.len();
            return None;
        };
        // Without `>` before the next `<`, this one counts as text.
        if bytes.get(close) == Some(&b'<') {
            self.at = close;
            return None;
        }
        self.at = close + 1;
        let inside = text.get(from..close)?;
        let empty = kind == Kind::Open && inside.ends_with('/');
        let inside = if empty { inside.get(..inside.len() - 1)? } else { inside };
        let name_end = inside.bytes().position(|byte| byte.is_ascii_whitespace() || byte == b'/');
        let (name, attributes) = inside.split_at_checked(name_end.unwrap_or(inside.len()))?;
        let kind = if empty { Kind::Empty } else { kind };
        Some(Tag { at, end: close + 1, name, attributes, kind })
    }

    /// What stands within the element that `open` opens: up to where it is closed, or up to a tag of which `ends` says
    /// that it cannot be within. Then, or where the document ends, only the text up to the next tag counts, and the
    /// scanner goes on there.
    pub(super) fn inner(&mut self, open: &Tag<'t>, ends: impl Fn(&Tag<'t>) -> bool) -> &'t str {
        if open.kind != Kind::Open {
            return "";
        }
        let mut within = 0_usize;
        let mut first = None;
        let stop = loop {
            let Some(tag) = self.next() else { break self.text.len() };
            let first_at = *first.get_or_insert(tag.at);
            if tag.name == open.name {
                match tag.kind {
                    Kind::Open => within += 1,
                    Kind::Close if within == 0 => {
                        return self.text.get(open.end..tag.at).unwrap_or_default();
                    }
                    Kind::Close => within -= 1,
                    Kind::Empty => {}
                }
            }
            if ends(&tag) {
                // Looking at the same bytes again has its bound; past it, what was within is lost.
                let again = tag.at.saturating_sub(first_at);
                self.at = if again <= self.slack { first_at } else { tag.at };
                self.slack = self.slack.saturating_sub(again);
                break first_at;
            }
        };
        let stop = first.unwrap_or(stop);
        if self.at >= self.text.len() {
            let again = self.text.len().saturating_sub(stop);
            if again <= self.slack && first.is_some() {
                self.slack -= again;
                self.at = stop;
            }
        }
        self.text.get(open.end..stop).unwrap_or_default()
    }

    /// Goes back to before `tag`, which was the last.
    pub(super) fn back(&mut self, tag: &Tag<'t>) {
        self.at = tag.at;
    }

    /// The line of `at`, from 1; places must be asked for in order.
    pub(super) fn line_of(&mut self, at: usize) -> u32 {
        if at > self.counted {
            let between = self.text.as_bytes().get(self.counted..at).unwrap_or_default();
            let ends = memchr::memchr_iter(b'\n', between).count();
            self.line = self.line.saturating_add(u32::try_from(ends).unwrap_or(u32::MAX));
            self.counted = at;
        }
        self.line
    }
}

impl<'t> Tag<'t> {
    /// Its name without prefix.
    pub(super) fn local(&self) -> &'t str {
        self.name.rsplit_once(':').map_or(self.name, |(_, local)| local)
    }

    /// Its prefix, empty where it has none.
    pub(super) fn prefix(&self) -> &'t str {
        self.name.split_once(':').map_or("", |(prefix, _)| prefix)
    }

    /// Its attributes as written, entities and all.
    pub(super) fn pairs(&self) -> Pairs<'t> {
        Pairs { rest: self.attributes }
    }

    /// The value of the attribute `name`, as written.
    pub(super) fn attribute(&self, name: &str) -> Option<&'t str> {
        self.pairs().find(|(key, _)| *key == name).map(|(_, value)| value)
    }
}

/// Attributes, one after another.
pub(super) struct Pairs<'t> {
    rest: &'t str,
}

impl<'t> Iterator for Pairs<'t> {
    type Item = (&'t str, &'t str);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.rest.trim_ascii_start();
        let end = rest.find(|c: char| c == '=' || c.is_ascii_whitespace()).unwrap_or(rest.len());
        if rest.is_empty() {
            return None;
        }
        let (name, after) = rest.split_at_checked(end.max(usize::from(rest.starts_with('='))))?;
        let Some(value) = after.trim_ascii_start().strip_prefix('=') else {
            self.rest = after;
            return Some((name, ""));
        };
        let value = value.trim_ascii_start();
        let mark = value.chars().next().filter(|mark| matches!(mark, '"' | '\''));
        let (value, rest) = match mark {
            Some(mark) => {
                let inside = value.get(1..).unwrap_or_default();
                inside.split_once(mark).unwrap_or((inside, ""))
            }
            None => value.split_at(value.find(|c: char| c.is_ascii_whitespace()).unwrap_or(value.len())),
        };
        self.rest = rest;
        Some((name, value))
    }
}

fn begins_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

/// Where what follows the next `mark` begins; `None` when there is none.
fn after(bytes: &[u8], from: usize, mark: &[u8]) -> Option<usize> {
    memmem::find(bytes.get(from..)?, mark).map(|found| from + found + mark.len())
}

/// Where what follows a declaration (`<!DOCTYPE …>`) begins, its own declarations in brackets included.
fn after_declaration(bytes: &[u8], from: usize) -> Option<usize> {
    let at = from + memchr2(b'[', b'>', bytes.get(from..)?)?;
    if bytes.get(at) == Some(&b'>') {
        return Some(at + 1);
    }
    let mut at = at;
    loop {
        at += memchr(b']', bytes.get(at..)?)? + 1;
        let rest = bytes.get(at..)?.trim_ascii_start();
        if rest.first() == Some(&b'>') {
            return Some(bytes.len() - rest.len() + 1);
        }
    }
}

/// Where the `>` of a tag stands; those in quotes do not count. Where a `<` comes first, quotes were not closed: then
/// the first `>` counts, and without one the place of that `<`. `None` at the end of the document.
fn end_of_tag(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    let mut quote = None;
    let mut first = None;
    loop {
        let rest = bytes.get(at..)?;
        let found = match quote {
            None => rest.iter().position(|byte| matches!(byte, b'>' | b'<' | b'"' | b'\''))?,
            Some(mark) => match rest.iter().position(|byte| *byte == mark || matches!(byte, b'>' | b'<')) {
                Some(found) => found,
                // A quote that the document's end leaves open.
                None => return first,
            },
        };
        at += found;
        match (bytes.get(at)?, quote) {
            (b'>', None) => return Some(at),
            (b'>', Some(_)) => {
                first.get_or_insert(at);
            }
            (b'<', _) => return Some(first.unwrap_or(at)),
            (byte, None) => {
                // A mark that no `=` stands before opens nothing: `<a it's>`.
                let before = bytes.get(from..at).unwrap_or_default().trim_ascii_end();
                if before.last() == Some(&b'=') {
                    quote = Some(*byte);
                }
            }
            (_, Some(_)) => {
                quote = None;
                first = None;
            }
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        let mut scanner = Scanner::new(text);
        let mut names = Vec::new();
        while let Some(tag) = scanner.next() {
            let mark = match tag.kind {
                Kind::Open => "",
                Kind::Close => "/",
                Kind::Empty => "=",
            };
            names.push(format!("{mark}{}", tag.name));
        }
        names
    }

    #[test]
    fn tags_are_found_and_the_rest_passed_over() {
        let text = "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY x '<b>'> ] ><a x='>'><!-- <c> --><d:e/>\
                    <![CDATA[<f>]]>1 < 2</a >";
        assert_eq!(names(text), ["a", "=d:e", "/a"]);
    }

    #[test]
    fn f080_broken_tags_do_not_hide_those_after_them() {
        assert_eq!(names("<a href='x><b>y</b><c"), ["a", "b", "/b"]);
        assert_eq!(names("a <b and <c>"), ["c"]);
        assert_eq!(names("<a it's><b>"), ["a", "b"]);
        assert_eq!(names("<>< /><a>"), ["a"]);
    }

    #[test]
    fn an_element_that_is_not_closed_ends_where_another_must() {
        let mut scanner = Scanner::new("<item><title>One<b>two</b></item><item>");
        scanner.next();
        let title = scanner.next().expect("a tag");
        let inner = scanner.inner(&title, |tag| tag.name == "item");
        assert_eq!(inner, "One");
        assert_eq!(scanner.next().map(|tag| tag.name), Some("b"));
    }

    #[test]
    fn attributes_are_read_as_they_are_written() {
        let mut scanner = Scanner::new("<a one='1' two = \"2 > 1\" three four=4 =x five='>");
        let tag = scanner.next().expect("a tag");
        let pairs: Vec<_> = tag.pairs().collect();
        assert_eq!(pairs[..4], [("one", "1"), ("two", "2 > 1"), ("three", ""), ("four", "4")]);
        assert_eq!(tag.attribute("two"), Some("2 > 1"));
    }

    #[test]
    fn f079_floods_of_attributes_and_unclosed_elements_end() {
        let flood: String = (0..80_000).map(|n| format!(" a{n}='{n}'")).collect();
        let text = format!("<a{flood}>");
        let tag = Scanner::new(&text).next().expect("a tag");
        assert_eq!(tag.pairs().count(), 80_000);
        let text = "<title>".repeat(50_000);
        let mut scanner = Scanner::new(&text);
        let mut count = 0;
        while let Some(tag) = scanner.next() {
            scanner.inner(&tag, |_| false);
            count += 1;
        }
        assert!(count > 0);
    }
}
