//! A whole page: every row by itself first, then the unsure ones again with what the others taught.

use std::collections::BTreeMap;

use super::index::{ROOT, step};
use super::path::Search;
use super::row::Row;
use super::score::{PageTags, Scorer};
use super::shape::{Kind, kind};
use super::texts::TextWords;
use super::vocabulary::Vocabulary;
use super::{Row as Input, Split};

/// From this share on a split is called sure.
const SURE: f32 = 0.95;
/// Rows at least this sure after the first pass stay as they are.
const SETTLED: f32 = 0.99;
/// What a tag gains that the config says the page is about.
const PAGE_TAG: f32 = 9.0;
/// What a tag gains at most that other rows of the page show.
const SEEN_MAX: f32 = 6.0;
/// What a listed word gains when the row's title, or its summary, has it.
const TITLE_KNOWN: f32 = 2.0;
const SUMMARY_KNOWN: f32 = 1.0;
/// What a word scores that only the title, or the summary, or another tag of the page, has.
const TITLE_FRESH: f32 = -8.0;
const SUMMARY_FRESH: f32 = -9.0;
const PAGE_FRESH: f32 = -8.5;
/// Longest title and summary that are listened to, in bytes.
const TEXT_BYTES_MAX: usize = 1_200;
/// A tag in this share of a page's rows is taken for the page's own while splitting.
const PAGE_TAG_SHARE: f32 = 0.6;
/// On pages with fewer rows no tag is.
const PAGE_TAG_ROWS_MIN: usize = 4;
/// A split without any search is at most this sure.
const BLIND: f32 = 0.2;

/// Everything one page needs, made once for all its rows.
#[derive(Default)]
struct Bench {
    row: Row,
    scorer: Scorer,
    search: Search,
    title: TextWords,
    summary: TextWords,
    /// Words of the page's own tags and of tags found in sure rows.
    page: TextWords,
    tags: PageTags,
}

/// Splits the rows of one page.
pub(super) fn split(rows: &[Input<'_>], page_tags: &[String], vocabulary: &Vocabulary) -> Vec<Split> {
    let mut bench = Bench::default();
    for tag in page_tags {
        bench.page.add(tag);
    }
    bench.set_page_tags(page_tags);
    let mut found: Vec<Split> = rows.iter().map(|row| bench.split(row, vocabulary, false)).collect();
    if found.iter().any(|split| split.confidence < SETTLED) {
        let votes = votes(&found);
        bench.teach(&votes, rows.len());
        bench.set_page_tags(page_tags);
        for (row, split) in rows.iter().zip(&mut found) {
            if split.confidence < SETTLED {
                *split = bench.split_again(row, split, &votes, (rows.len(), page_tags), vocabulary);
            }
        }
    }
    for split in &mut found {
        split.tags = vocabulary.renamed(std::mem::take(&mut split.tags));
    }
    found
}

/// How often each tag was found, each time weighed by how sure.
fn votes(found: &[Split]) -> BTreeMap<String, f32> {
    let mut votes = BTreeMap::new();
    for split in found {
        for tag in &split.tags {
            *votes.entry(tag.clone()).or_insert(0.0) += split.confidence;
        }
    }
    votes
}

/// What a tag gains that `votes` of `rows` rows show.
fn gain(votes: f32, rows: usize) -> Option<f32> {
    if rows >= PAGE_TAG_ROWS_MIN && votes >= PAGE_TAG_SHARE * rows as f32 {
        Some(PAGE_TAG)
    } else if votes >= 0.5 {
        Some((2.5 * votes.ln_1p()).min(SEEN_MAX))
    } else {
        None
    }
}

impl Bench {
    fn set_page_tags(&mut self, page_tags: &[String]) {
        for tag in page_tags {
            self.tags.insert(exact_hash(tag), PAGE_TAG);
        }
    }

    /// Takes what the first pass found as evidence for the second.
    fn teach(&mut self, votes: &BTreeMap<String, f32>, rows: usize) {
        for (tag, &count) in votes {
            if let Some(gain) = gain(count, rows) {
                self.tags.insert(exact_hash(tag), gain);
            }
            if count >= 1.2 {
                self.page.add(tag);
            }
        }
    }

    /// The second pass over a row, without what the row itself said in the first.
    fn split_again(
        &mut self,
        row: &Input<'_>,
        first: &Split,
        votes: &BTreeMap<String, f32>,
        (rows, page_tags): (usize, &[String]),
        vocabulary: &Vocabulary,
    ) -> Split {
        for tag in &first.tags {
            let others = votes.get(tag).map_or(0.0, |count| count - first.confidence);
            match gain(others, rows) {
                Some(gain) => self.tags.insert(exact_hash(tag), gain),
                None => self.tags.remove(&exact_hash(tag)),
            };
        }
        self.set_page_tags(page_tags);
        let split = self.split(row, vocabulary, true);
        for tag in &first.tags {
            if let Some(gain) = votes.get(tag).and_then(|count| gain(*count, rows)) {
                self.tags.insert(exact_hash(tag), gain);
            }
        }
        self.set_page_tags(page_tags);
        split
    }

    /// Splits one row; `thorough` listens to the summary too.
    fn split(&mut self, input: &Input<'_>, vocabulary: &Vocabulary, thorough: bool) -> Split {
        let run = input.run.trim();
        if run.is_empty() {
            return Split { tags: Vec::new(), confidence: 1.0, sure: true };
        }
        if let Some(tags) = vocabulary.pinned(run) {
            return Split { tags: tags.to_vec(), confidence: 1.0, sure: true };
        }
        if !self.row.read(run, vocabulary.index()) {
            return blind(run);
        }
        self.listen(input, thorough);
        self.row.find_points();
        self.scorer.weigh(&self.row, vocabulary.index(), &self.tags);
        match self.search.best(&self.row, run, &self.scorer.segments) {
            Some(best) => Split {
                tags: cut(run, best.ends.iter().map(|end| usize::from(*end))),
                confidence: best.share,
                sure: best.share >= SURE,
            },
            None => blind(run),
        }
    }

    fn listen(&mut self, input: &Input<'_>, thorough: bool) {
        self.title.clear();
        self.title.add(head(input.title));
        if thorough {
            self.summary.clear();
            self.summary.add(input.summary.map_or("", head));
            self.row.hear(&self.summary, SUMMARY_KNOWN, SUMMARY_FRESH);
        }
        self.row.hear(&self.title, TITLE_KNOWN, TITLE_FRESH);
        self.row.hear(&self.page, 0.0, PAGE_FRESH);
    }
}

/// The tags of `run` that end at these places.
fn cut(run: &str, ends: impl Iterator<Item = usize>) -> Vec<String> {
    let mut from = 0;
    let mut tags = Vec::new();
    for end in ends {
        tags.push(run[from..end].to_owned());
        from = end;
    }
    tags
}

/// Splits by letter case alone what is too long or too odd for a search.
fn blind(run: &str) -> Split {
    let mut before = Kind::Join;
    let mut ends = Vec::new();
    for (at, c) in run.char_indices() {
        let now = kind(c);
        if before == Kind::Lower && now == Kind::Upper {
            ends.push(at);
        }
        before = now;
    }
    ends.push(run.len());
    Split { tags: cut(run, ends.into_iter()), confidence: BLIND, sure: false }
}

/// The part of a text that is listened to.
fn head(text: &str) -> &str {
    let mut end = text.len().min(TEXT_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

fn exact_hash(tag: &str) -> u64 {
    tag.chars().fold(ROOT, step)
}

/// The tag in nearly all rows that have any.
pub(super) fn evident_tag(splits: &[Split]) -> Option<String> {
    let mut counts = BTreeMap::new();
    for tag in splits.iter().flat_map(|split| &split.tags) {
        *counts.entry(tag.as_str()).or_insert(0_usize) += 1;
    }
    let rows = splits.iter().filter(|split| !split.tags.is_empty()).count();
    let most = counts.values().copied().max()?;
    let (tag, _) = counts.into_iter().find(|(_, count)| *count == most)?;
    (most >= PAGE_TAG_ROWS_MIN && most * 4 >= rows * 3).then(|| tag.to_owned())
}
