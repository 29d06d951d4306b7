//! Which entries of an index were written since a copy of it was begun: they are copied once more.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use super::txn::is_of;

/// How many may be noted: a copy that is written to faster than it is made has to be given up.
const MOST: usize = 1_000_000;

/// Which of them are noted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// Every one.
    All,
    /// Those that the journal does not tell of.
    Notes,
}

impl Kept {
    /// Whether an entry is one of those. How far the index is stands beside the notes, and is none.
    pub(super) fn holds(self, key: &[u8]) -> bool {
        self == Self::All || ((is_of(key, b'm') || is_of(key, b'M')) && key != super::index::APPLIED)
    }
}

/// The keys of what was written to one index.
#[derive(Debug, Default)]
pub(super) struct Noted(Mutex<Option<Keys>>);

#[derive(Debug)]
struct Keys {
    kept: Kept,
    keys: BTreeSet<Vec<u8>>,
    is_full: bool,
}

impl Noted {
    /// Notes from now on. Nobody may be writing to the index meanwhile.
    pub(super) fn begin(&self, kept: Kept) {
        *self.lock() = Some(Keys { kept, keys: BTreeSet::new(), is_full: false });
    }

    /// Whether anything is noted.
    pub(super) fn is_on(&self) -> bool {
        self.lock().is_some()
    }

    /// Notes what was written, which is visible by now.
    pub(super) fn add(&self, written: Vec<Vec<u8>>) {
        let mut lock = self.lock();
        let Some(noted) = &mut *lock else { return };
        noted.keys.extend(written.into_iter().filter(|key| noted.kept.holds(key)));
        if noted.keys.len() > MOST {
            noted.keys.clear();
            noted.is_full = true;
        }
    }

    /// What was noted since this was asked last; `None` where it was too much.
    pub(super) fn take(&self) -> Option<BTreeSet<Vec<u8>>> {
        let mut lock = self.lock();
        let Some(noted) = &mut *lock else { return Some(BTreeSet::new()) };
        (!noted.is_full).then(|| std::mem::take(&mut noted.keys))
    }

    /// Notes nothing more.
    pub(super) fn end(&self) {
        *self.lock() = None;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Keys>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
