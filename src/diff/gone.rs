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
    /// Whether the reading shows only the beginning of the listing.
    is_open_ended: bool,
}

impl Gone {
    /// What `sight` misses, where `page_order` is the last reading's.
    ///
    /// An open-ended reading reaches as far as the last of its articles that stood there before. One that moved up from
    /// below, as on a page ordered by the last comment, would make all between seem to be gone.
    pub(super) fn of(sight: &Sight<'_>, page_order: &[usize], is_open_ended: bool) -> Self {
        let vanished: BTreeSet<usize> = sight.vanished.iter().copied().collect();
        let survivor = if is_open_ended {
            let held = |is: Match| if let Match::Held(at) = is { Some(at) } else { None };
            let last = sight.entries.iter().rev().find_map(|seen| held(seen.is));
            last.and_then(|last| page_order.iter().position(|at| *at == last))
        } else {
            page_order.iter().rposition(|at| !vanished.contains(at))
        };
        let survivor = survivor.unwrap_or(0);
        let above = page_order[..survivor].iter().copied().filter(|at| vanished.contains(at)).collect();
        Self { vanished, above, is_open_ended }
    }

    /// Those that cannot have fallen off the end. That is all of them where nothing came in above the last article
    /// that is still there, under its own keys or by `pairs`: then nothing pushed the end down. Below the end of an
    /// open-ended reading nobody looked.
    pub(super) fn not_aged(&self, sight: &Sight<'_>, pairs: &HashMap<usize, usize>) -> &BTreeSet<usize> {
        if self.is_open_ended {
            return &self.above;
        }
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
