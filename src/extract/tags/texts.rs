//! Words of titles, summaries and other tags that may be words of a run.

use super::shape::fold;

/// The words of a title or summary, as written and folded, in buffers used again.
#[derive(Debug, Default)]
pub(super) struct TextWords {
    written: Vec<char>,
    folded: Vec<char>,
    ends: Vec<u32>,
}

/// One word of a text.
#[derive(Clone, Copy, Debug)]
pub(super) struct TextWord<'a> {
    pub(super) written: &'a [char],
    pub(super) folded: &'a [char],
}

/// Most words of one text that are looked at.
const TEXT_WORDS_MAX: usize = 120;
/// Longest word of a text that is looked at.
const TEXT_WORD_CHARS_MAX: usize = 30;

impl TextWords {
    pub(super) fn clear(&mut self) {
        self.written.clear();
        self.folded.clear();
        self.ends.clear();
    }

    /// Adds the words of `text` that say something: four letters and more, or a capital or digit after the first.
    pub(super) fn add(&mut self, text: &str) {
        for word in text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '+' | '#' | '.'))) {
            let word = word.trim_end_matches('.');
            let long = word.len() >= 4;
            let telling =
                word.len() >= 2 && word.bytes().skip(1).any(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
            let letters = word.chars().count();
            if (long || telling) && letters <= TEXT_WORD_CHARS_MAX && self.ends.len() < TEXT_WORDS_MAX {
                self.written.extend(word.chars());
                self.folded.extend(word.chars().map(fold));
                self.ends.push(self.written.len() as u32);
            }
        }
    }

    /// The words in the order they were added.
    pub(super) fn iter(&self) -> impl Iterator<Item = TextWord<'_>> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(from, &to)| {
            let range = from as usize..to as usize;
            TextWord { written: &self.written[range.clone()], folded: &self.folded[range] }
        })
    }
}
