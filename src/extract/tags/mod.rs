//! Tag runs: `Backend ArchitectureCQRSDDD` is Backend Architecture, CQRS, DDD.
//!
//! Listings as text print the tags of an entry without anything between them. Letter case alone does not say where
//! one ends (`cachingflash sale`, `JMQKafka`, `Goci/cd`), so every way to cut a run gets a score, as a
//! log-probability, and the best is taken:
//!
//! * a tag scores by the shipped, configured or learnt [`Vocabulary`], or by its words and, last, its letters;
//! * words of the entry's title and summary, tags of the page's other rows and the page's own tag count for more;
//! * a row likely has three tags, in byte order, none twice.
//!
//! How far the best way is ahead of all others says whether the split is sure. A page is split as a whole, in two
//! passes: what the first is certain of is evidence in the second.
//!
//! Nothing here asks a network or a clock; the same page with the same vocabulary gives the same splits.

mod fresh;
mod index;
mod letters;
mod page;
mod path;
mod row;
mod score;
mod shape;
mod texts;
mod vocabulary;

#[cfg(test)]
mod tests;

pub use vocabulary::Vocabulary;

/// Version of the splitting rules and the shipped vocabulary: goes up when results may change.
pub const VERSION: u32 = 1;

/// One tag run, with the texts of its entry that may name its tags.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// The tags, run together. Blanks around them are left out; beyond 300 bytes no split is sure.
    pub run: &'a str,
    /// The entry's title.
    pub title: &'a str,
    /// The entry's summary, if it has one. The first 1,200 bytes are looked at.
    pub summary: Option<&'a str>,
}

/// The tags of one row.
#[derive(Clone, Debug, PartialEq)]
pub struct Split {
    /// The tags in the order of the run, none of them empty.
    pub tags: Vec<String>,
    /// How likely the split is right, 0 to 1.
    pub confidence: f32,
    /// Whether it may be relied on. Of a hundred such splits at most one is wrong.
    pub sure: bool,
}

/// Splits the rows of one page; one split per row, in order.
///
/// `page_tags` are the tags the config names for the page; none are needed. An empty run has no tags and is sure.
#[must_use]
pub fn split(rows: &[Row<'_>], page_tags: &[String], vocabulary: &Vocabulary) -> Vec<Split> {
    page::split(rows, page_tags, vocabulary)
}

/// The tag that the page itself makes evident, because at least four rows have it, and three in four of all.
#[must_use]
pub fn page_tag(splits: &[Split]) -> Option<String> {
    page::evident_tag(splits)
}
