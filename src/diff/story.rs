//! Cross-posts: one story that several sources, or several sites, tell under one title.
//!
//! Which article tells the same story as which is decided by the store's writer, when an article is new, and remembered
//! as it was decided. It changes nothing but what messages say: each of them is an article, and announced.

use unicode_normalization::UnicodeNormalization as _;

use crate::model::text::fold_key;
use crate::model::{Article, SiteUid, Timestamp};

/// How many others an article knows at most.
pub const STORIES: usize = 5;

/// How many articles of one title that come at once are looked at.
pub const STORY_MATES: usize = 20;

/// Articles that are further apart tell two stories under one title, as weekly columns do.
const APART: i64 = 14 * 86_400;

/// A title says enough to be that of one story from so many letters on. One of Chinese, Japanese or Korean counts as two.
const LETTERS: usize = 14;

/// What titles of one story have in common: a hash over the folded title; `None` where that says too little.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StoryKey([u8; 16]);

impl StoryKey {
    /// Of a title.
    #[must_use]
    pub fn of(title: &str) -> Option<Self> {
        let folded = fold_key(title);
        let weight = |c: char| match c {
            '\u{3040}'..='\u{30FF}'
            | '\u{3400}'..='\u{9FFF}'
            | '\u{AC00}'..='\u{D7AF}'
            | '\u{F900}'..='\u{FAFF}'
            | '\u{20000}'..='\u{3FFFF}' => 2,
            c => usize::from(c.is_alphabetic()),
        };
        // Composed, so that no syllable counts as its parts.
        if folded.nfc().map(weight).sum::<usize>() < LETTERS {
            return None;
        }
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"tidings-story-1");
        hasher.update(folded.as_bytes());
        let mut key = [0; 16];
        key.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        Some(Self(key))
    }

    /// From its bytes, as remembered.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub const fn bytes(self) -> [u8; 16] {
        self.0
    }
}

/// Who tells a story, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Teller {
    site: SiteUid,
    /// Folded.
    source: String,
    at: Timestamp,
}

impl Teller {
    /// Of an article; `unnamed` is the source of one that names none.
    #[must_use]
    pub fn of(article: &Article, unnamed: &str) -> Self {
        let source = article.source.as_deref().unwrap_or(unnamed);
        let day = article.date.map(|date| date.day().start_in(chrono_tz::Tz::UTC));
        Self { site: article.site, source: fold_key(source), at: day.unwrap_or(article.first_seen) }
    }

    /// Whether two articles of one title are one story, told by two: another source, or the same one on another site,
    /// within two weeks.
    #[must_use]
    pub fn shares_with(&self, other: &Self) -> bool {
        let is_other = self.site != other.site || self.source != other.source;
        is_other && (self.at.unix() - other.at.unix()).abs() <= APART
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn renderings_of_one_title_are_one_story_and_short_ones_are_none() {
        let story = StoryKey::of("How a \u{201C}Queue\u{201D} Became a Log, in 3 Steps");
        assert!(story.is_some());
        assert_eq!(story, StoryKey::of("how a \"queue\" became a log,  in\u{A0}3 steps"));
        assert_ne!(story, StoryKey::of("How a \"Queue\" Became a Log, in 4 Steps"));
        for short in ["", "Weekly update", "Release 1.2.3.4.5.6.7.8.9", "技术周报", "릴리스 노트"] {
            assert_eq!(StoryKey::of(short), None, "{short}");
        }
        assert!(StoryKey::of("如何用三步把队列变成日志").is_some());
        assert_eq!(story.map(|key| StoryKey::from_bytes(key.bytes())), story);
    }
}
