//! The lines of a page that say something, each with its number.

use super::anchors::{self, Closing, DateLine};

/// What a line is by its own looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind<'t> {
    /// Any text.
    Text,
    /// A date, and perhaps a category: an entry begins around here.
    Date(DateLine<'t>),
    /// Likes and minutes: an entry ends around here.
    Close(Closing),
}

/// A line that is not blank.
#[derive(Clone, Copy, Debug)]
struct Line<'t> {
    text: &'t str,
    number: u32,
    kind: Kind<'t>,
}

/// The lines of a page that are not blank, without margins and list marks.
pub(super) struct Lines<'t> {
    lines: Vec<Line<'t>>,
    /// Whether the last line was not ended, so that it may be cut.
    pub(super) open_end: bool,
}

impl<'t> Lines<'t> {
    /// Splits `text`. Linear; keeps pieces of `text` only.
    pub(super) fn of(text: &'t str) -> Self {
        let mut lines = Vec::with_capacity(text.len() / 64);
        let mut last = "";
        for (number, line) in numbered(text) {
            last = line;
            let text = trim(line);
            if !text.is_empty() {
                lines.push(Line { text, number, kind: anchors::kind(text) });
            }
        }
        Self { lines, open_end: !trim(last).is_empty() }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.lines.len()
    }

    /// The text of line `at`, empty beyond the last.
    pub(super) fn text(&self, at: usize) -> &'t str {
        self.lines.get(at).map_or("", |line| line.text)
    }

    /// The number of line `at` in the document, counted from 1.
    pub(super) fn number(&self, at: usize) -> u32 {
        self.lines.get(at).map_or(0, |line| line.number)
    }

    /// What line `at` is by its looks.
    pub(super) fn kind(&self, at: usize) -> Kind<'t> {
        self.lines.get(at).map_or(Kind::Text, |line| line.kind)
    }

    /// Whether lines `a` and `b` are there and say the same, blanks aside.
    pub(super) fn same(&self, a: usize, b: usize) -> bool {
        match (self.lines.get(a), self.lines.get(b)) {
            (Some(a), Some(b)) => same_text(a.text, b.text),
            _ => false,
        }
    }

    /// Whether line `at` is the last one and may be cut.
    pub(super) fn is_open(&self, at: usize) -> bool {
        self.open_end && at + 1 == self.lines.len()
    }
}

/// All lines of `text` with their numbers, counted from 1, blank ones too. An empty piece after the last line
/// end is a line as well: it tells that the last line was ended.
///
/// A line ends at LF, CR LF, CR, U+0085, U+2028 or U+2029.
pub(in crate::extract) fn numbered(text: &str) -> impl Iterator<Item = (u32, &str)> {
    // One search for each is many times faster than one for all.
    let odd = ['\r', '\u{85}', '\u{2028}', '\u{2029}'].iter().any(|end| text.contains(*end));
    (1..=u32::MAX).zip(Pieces { rest: Some(text), odd })
}

struct Pieces<'t> {
    rest: Option<&'t str>,
    odd: bool,
}

impl<'t> Iterator for Pieces<'t> {
    type Item = &'t str;

    fn next(&mut self) -> Option<&'t str> {
        let rest = self.rest?;
        let end = if self.odd {
            rest.find(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'])
        } else {
            rest.find('\n')
        };
        let Some(end) = end else {
            self.rest = None;
            return Some(rest);
        };
        let (line, after) = rest.split_at(end);
        let mark = if after.starts_with("\r\n") { 2 } else { after.chars().next().map_or(1, char::len_utf8) };
        self.rest = after.get(mark..);
        Some(line)
    }
}

/// Without margins, and without what lists and Markdown put before a line.
fn trim(line: &str) -> &str {
    let mut text = trim_blanks(line);
    while let Some(rest) = strip_mark(text) {
        text = rest;
    }
    text
}

fn trim_blanks(text: &str) -> &str {
    let plain = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_graphic);
    if plain(text.as_bytes().first()) && plain(text.as_bytes().last()) {
        return text;
    }
    text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{FEFF}' | '\u{200B}'))
}

/// Takes off one list mark, quote mark or heading mark that is followed by a blank or stands alone.
fn strip_mark(text: &str) -> Option<&str> {
    let rest = match text.as_bytes().first()? {
        b'-' | b'*' | b'+' | b'>' => text.get(1..)?,
        b'#' => text.trim_start_matches('#'),
        0xE2 => text.strip_prefix(['•', '◦', '▪', '‣'])?,
        _ => return None,
    };
    let bare = trim_blanks(rest);
    (bare.len() < rest.len() || bare.is_empty()).then_some(bare)
}

/// Longer texts are compared byte by byte only, so that no comparison costs more than the shorter text.
const LOOSE_BYTES: usize = 4_096;

/// Whether two texts are equal, blanks aside.
pub(super) fn same_text(a: &str, b: &str) -> bool {
    if a == b {
        return true;
    }
    if a.len().max(b.len()) > LOOSE_BYTES {
        return false;
    }
    a.chars().filter(|c| !c.is_whitespace()).eq(b.chars().filter(|c| !c.is_whitespace()))
}
