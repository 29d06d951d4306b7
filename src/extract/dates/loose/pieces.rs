//! A text as numbers, words and marks.

use crate::extract::dates::words;

/// How many pieces of a text there are at most.
const MAX_PIECES: usize = 80;

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// A number and how many digits it has.
    Number(u32, usize),
    /// Letters of one script, in lower case.
    Word(String),
    Mark(char),
    Blank,
}

/// Cuts a text; full-width forms as their plain ones.
pub(super) fn pieces(text: &str) -> Vec<Piece> {
    let mut out: Vec<Piece> = Vec::new();
    for c in text.chars().map(crate::extract::cursor::narrow) {
        match (c.to_digit(10).filter(|_| c.is_ascii_digit()), out.last_mut()) {
            (Some(digit), Some(Piece::Number(value, digits))) => {
                *value = value.saturating_mul(10).saturating_add(digit);
                *digits += 1;
            }
            (Some(digit), _) => out.push(Piece::Number(digit, 1)),
            (None, Some(Piece::Blank)) if crate::extract::cursor::is_blank(c) => {}
            (None, _) if crate::extract::cursor::is_blank(c) => out.push(Piece::Blank),
            (None, Some(Piece::Word(word)))
                if c.is_alphabetic() && !words::stands_alone(c) && !word.starts_with(words::stands_alone) =>
            {
                word.extend(c.to_lowercase());
            }
            (None, _) if c.is_alphabetic() => out.push(Piece::Word(c.to_lowercase().collect())),
            (None, _) => out.push(Piece::Mark(c)),
        }
        if out.len() > MAX_PIECES {
            break;
        }
    }
    out
}

/// A place among the pieces.
#[derive(Clone, Copy)]
pub(super) struct At<'p> {
    pub(super) pieces: &'p [Piece],
}

impl<'p> At<'p> {
    pub(super) fn next(&mut self) -> Option<&'p Piece> {
        let (first, rest) = self.pieces.split_first()?;
        self.pieces = rest;
        Some(first)
    }

    pub(super) fn number(&mut self, digits: std::ops::RangeInclusive<usize>) -> Option<u32> {
        match self.next()? {
            Piece::Number(value, count) if digits.contains(count) => Some(*value),
            _ => None,
        }
    }

    pub(super) fn skip(&mut self, wanted: impl Fn(&Piece) -> bool) {
        while self.pieces.first().is_some_and(&wanted) {
            self.pieces = &self.pieces[1..];
        }
    }

    pub(super) fn word(&mut self, wanted: &[&str]) -> bool {
        let found = matches!(self.pieces.first(), Some(Piece::Word(word)) if wanted.contains(&word.as_str()));
        if found {
            self.pieces = &self.pieces[1..];
        }
        found
    }

    pub(super) fn mark(&mut self, wanted: &[char]) -> Option<char> {
        match self.pieces.first() {
            Some(Piece::Mark(c)) if wanted.contains(c) => {
                self.pieces = &self.pieces[1..];
                Some(*c)
            }
            _ => None,
        }
    }

    pub(super) fn month(&mut self) -> Option<u32> {
        match self.next()? {
            Piece::Word(word) => {
                let month = words::month(word)?;
                self.mark(&['.']);
                Some(month)
            }
            _ => None,
        }
    }

    /// A year at the place: four digits that nothing goes on from.
    pub(super) fn year(&mut self) -> Option<i32> {
        let year = self.number(4..=5)?;
        i32::try_from(year).ok()
    }

    pub(super) fn blanks(&mut self) {
        self.skip(|piece| *piece == Piece::Blank);
    }

    pub(super) fn gap(&mut self) {
        self.skip(|piece| matches!(piece, Piece::Blank | Piece::Mark(',' | '.' | '-' | '/' | '‑')));
    }
}
