//! What a reading no longer shows, and whether it can have fallen off the end.

use std::collections::{BTreeSet, HashMap};

use super::identity::{Match, Sight};

/// The articles of the last believed reading that a reading does not show, as places in [`super::past::Past::held`].
#[derive(Clone, Debug, Default)]
pub(super) struct Gone {
    /// All of them.
    pub(super) vanished: BTreeSet<usize>,
    /// Those that stood above an article which is still there: they did not fall off the end.
    pub(super) above: BTreeSet<usize>,
}

impl Gone {
    /// What `sight` misses, where `page_order` is the last reading's.
    pub(super) fn of(sight: &Sight<'_>, page_order: &[usize]) -> Self {
        let vanished: BTreeSet<usize> = sight.vanished.iter().copied().collect();
        let survivor = page_order.iter().rposition(|at| !vanished.contains(at)).unwrap_or(0);
        let above = page_order[..survivor].iter().copied().filter(|at| vanished.contains(at)).collect();
        Self { vanished, above }
    }

    /// Those that cannot have fallen off the end. That is all of them where nothing came in above the last article
    /// that is still there, under its own keys or by `pairs`: then nothing pushed the end down.
    pub(super) fn not_aged(&self, sight: &Sight<'_>, pairs: &HashMap<usize, usize>) -> &BTreeSet<usize> {
        let is_there = |at: &usize| {
            matches!(sight.entries[*at].is, Match::Held(_))
                || pairs.contains_key(&sight.entries[*at].candidate.index)
        };
        let pushed = match (0..sight.entries.len()).rposition(|at| is_there(&at)) {
            Some(last) => !(0..last).all(|at| is_there(&at)),
            None => true,
        };
        if pushed { &self.above } else { &self.vanished }
    }
}
