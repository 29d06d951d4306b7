//! What is known of tags before a page is read: shipped, configured, and learnt from sure splits.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock};

use super::index::Index;
use crate::model::text;

/// The shipped list of tags.
static SHIPPED: LazyLock<Arc<Index>> =
    LazyLock::new(|| Arc::new(Index::parse(include_str!("../../../config/tags.txt"))));

/// What a tag named in the config weighs, in shipped tags.
const KNOWN_WEIGHT: f32 = 150.0;
/// What seeing a tag once in a sure split weighs; grows with the root of the count.
const LEARNT_WEIGHT: f32 = 1.0;
/// Counts beyond this add nothing, so that one busy tag cannot drown the rest.
const LEARNT_COUNT_MAX: u32 = 400;

/// The known tags with all that the config says of them.
///
/// Lookups are by exact spelling and by a folded form without case and dashes. A clone is cheap until it is changed.
#[derive(Clone, Debug)]
pub struct Vocabulary {
    index: Arc<Index>,
    pins: BTreeMap<String, Vec<String>>,
    aliases: BTreeMap<String, String>,
    learnt: HashMap<String, u32>,
}

impl Vocabulary {
    /// The shipped list alone.
    #[must_use]
    pub fn shipped() -> Self {
        Self::with(Arc::clone(&SHIPPED))
    }

    fn with(index: Arc<Index>) -> Self {
        Self { index, pins: BTreeMap::new(), aliases: BTreeMap::new(), learnt: HashMap::new() }
    }

    /// A vocabulary of another list, to try how the rules do without a part of the shipped one.
    #[cfg(test)]
    pub(super) fn of(list: &str) -> Self {
        Self::with(Arc::new(Index::parse(list)))
    }

    /// Takes in a tag that the config names. It counts as much as 150 shipped ones.
    pub fn know(&mut self, tag: &str) {
        Arc::make_mut(&mut self.index).add_tag(tag.trim(), KNOWN_WEIGHT);
    }

    /// Says that this run is these tags. Runs are compared folded, without case; the split is sure.
    pub fn pin(&mut self, run: &str, tags: Vec<String>) {
        self.pins.insert(text::fold_key(run), tags);
    }

    /// Reports `to` wherever a split finds `from`, compared folded, without case.
    pub fn alias(&mut self, from: &str, to: &str) {
        self.aliases.insert(text::fold_key(from), to.to_owned());
    }

    /// Counts `count` more sure splits that hold `tag`; 0 has no effect.
    pub fn learn(&mut self, tag: &str, count: u32) {
        let seen = self.learnt.entry(tag.to_owned()).or_insert(0);
        let before = (*seen).min(LEARNT_COUNT_MAX);
        *seen = seen.saturating_add(count);
        let now = (*seen).min(LEARNT_COUNT_MAX);
        if now > before {
            let weight = LEARNT_WEIGHT * ((now as f32).sqrt() - (before as f32).sqrt());
            Arc::make_mut(&mut self.index).add_tag(tag, weight);
        }
    }

    /// Whether this spelling is shipped, configured or learnt.
    #[must_use]
    pub fn is_known(&self, tag: &str) -> bool {
        self.index.is_known(tag)
    }

    pub(super) fn index(&self) -> &Index {
        &self.index
    }

    /// The tags this run is pinned to.
    pub(super) fn pinned(&self, run: &str) -> Option<&[String]> {
        if self.pins.is_empty() {
            return None;
        }
        self.pins.get(&text::fold_key(run)).map(Vec::as_slice)
    }

    /// Puts aliases in place of tags; of two that become one, the first stays.
    pub(super) fn renamed(&self, mut tags: Vec<String>) -> Vec<String> {
        if self.aliases.is_empty() {
            return tags;
        }
        for tag in &mut tags {
            if let Some(to) = self.aliases.get(&text::fold_key(tag)) {
                tag.clone_from(to);
            }
        }
        let mut kept: Vec<String> = Vec::with_capacity(tags.len());
        for tag in tags {
            if !tag.is_empty() && kept.iter().all(|other| text::fold_key(other) != text::fold_key(&tag)) {
                kept.push(tag);
            }
        }
        kept
    }
}
