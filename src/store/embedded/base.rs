//! What every view of the index stands on: the tree, the texts in the journal, and the names that were looked up.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use serde::{Deserialize, Serialize};

use super::noted::Noted;
use super::place::Texts;
use crate::disk::Disk;
use crate::model::filter::Filter;
use crate::model::{ListingId, SiteUid};

/// What articles have in common is kept once, under a number.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) enum Name {
    /// A site.
    Site(SiteUid),
    /// A listing, with the tags that it gave.
    On(ListingId, Vec<String>),
}

/// The tree with what belongs to it.
#[derive(Clone, Debug)]
pub(super) struct Base {
    pub(super) disk: Disk,
    pub(super) tree: sled::Tree,
    pub(super) texts: Arc<Texts>,
    /// What was written since a copy of it was begun.
    pub(super) noted: Arc<Noted>,
    /// Whether it is built beside another one: then it is written entry by entry. sled has every reader and writer of the
    /// process wait while it applies a batch, be it of another tree, and what is not whole yet needs none.
    pub(super) is_apart: bool,
    /// Names that are in the tree; they never change.
    names: Arc<RwLock<Names>>,
    /// Filters by how they are written, so that their regexes are made ready once.
    filters: Arc<RwLock<HashMap<String, Filter>>>,
}

/// How many filters are kept; views and targets together are fewer.
const FILTERS: usize = 2_000;

#[derive(Debug, Default)]
struct Names {
    by_number: HashMap<u32, Arc<Name>>,
    numbers: HashMap<Arc<Name>, u32>,
}

impl Base {
    pub(super) fn new(disk: Disk, tree: sled::Tree, journal_folder: &Path) -> Self {
        let texts = Arc::new(Texts::new(journal_folder));
        Self {
            disk,
            tree,
            texts,
            noted: Arc::default(),
            is_apart: false,
            names: Arc::default(),
            filters: Arc::default(),
        }
    }

    /// The same, built beside another one.
    pub(super) fn apart(self) -> Self {
        Self { is_apart: true, ..self }
    }

    /// The same, in use.
    pub(super) fn in_use(self) -> Self {
        Self { is_apart: false, ..self }
    }

    /// The filter itself, or an equal one that was met before, whose regexes are ready.
    pub(super) fn filter(&self, filter: Filter) -> Filter {
        if !filter.has_regex() {
            return filter;
        }
        let Ok(written) = serde_json::to_string(&filter) else { return filter };
        if let Some(known) = self.filters.read().unwrap_or_else(PoisonError::into_inner).get(&written) {
            return known.clone();
        }
        let mut filters = self.filters.write().unwrap_or_else(PoisonError::into_inner);
        if filters.len() >= FILTERS {
            filters.clear();
        }
        filters.insert(written, filter.clone());
        filter
    }

    /// A name that was looked up before.
    pub(super) fn name(&self, number: u32) -> Option<Arc<Name>> {
        let names = self.names.read().unwrap_or_else(PoisonError::into_inner);
        names.by_number.get(&number).map(Arc::clone)
    }

    /// The number of a name that was looked up before.
    pub(super) fn number(&self, name: &Name) -> Option<u32> {
        self.names.read().unwrap_or_else(PoisonError::into_inner).numbers.get(name).copied()
    }

    /// Keeps a name that was found in the tree.
    pub(super) fn keep(&self, number: u32, name: &Arc<Name>) {
        let mut names = self.names.write().unwrap_or_else(PoisonError::into_inner);
        names.by_number.insert(number, Arc::clone(name));
        names.numbers.insert(Arc::clone(name), number);
    }
}
