//! Stretches of text that were unpacked lately, for all files of a journal together.
//!
//! Who reads a place mostly reads its neighbours, too; and feeds that share articles are published one after another, so
//! that one stretch is asked for again and again, in turn with others.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// How many are kept: about 4 MB, and twice that at most.
const KEPT: usize = 128;

/// What a member of an open file is known by here.
type Name = (u64, usize);

/// Unpacked members, those that were asked for last.
#[derive(Debug, Default)]
pub(super) struct Recent {
    kept: Mutex<Kept>,
    files: AtomicU64,
}

#[derive(Debug, Default)]
struct Kept {
    texts: HashMap<Name, (Arc<Vec<u8>>, u64)>,
    /// Counts what was asked for.
    clock: u64,
}

impl Recent {
    /// A number for a file that was just opened. No other has it.
    pub(super) fn file(&self) -> u64 {
        self.files.fetch_add(1, Ordering::Relaxed)
    }

    /// What is kept under a name.
    pub(super) fn get(&self, name: Name) -> Option<Arc<Vec<u8>>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.clock += 1;
        let now = kept.clock;
        let (text, used) = kept.texts.get_mut(&name)?;
        *used = now;
        Some(Arc::clone(text))
    }

    /// Keeps a text, in place of that which was not asked for the longest time.
    pub(super) fn keep(&self, name: Name, text: &Arc<Vec<u8>>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.texts.len() >= KEPT
            && let Some(oldest) = kept.texts.iter().min_by_key(|(_, (_, used))| *used).map(|(name, _)| *name)
        {
            kept.texts.remove(&oldest);
        }
        kept.clock += 1;
        let now = kept.clock;
        kept.texts.insert(name, (Arc::clone(text), now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_asked_for_last_are_kept_and_no_more() {
        let recent = Recent::default();
        let (first, second) = (recent.file(), recent.file());
        assert_ne!(first, second);
        for member in 0..KEPT {
            recent.keep((first, member), &Arc::new(vec![1]));
        }
        assert!(recent.get((first, 0)).is_some() && recent.get((second, 0)).is_none());
        recent.keep((second, 0), &Arc::new(vec![2]));
        assert_eq!(recent.get((second, 0)).as_deref(), Some(&vec![2]));
        assert!(recent.get((first, 0)).is_some(), "it was asked for later than the others");
        assert!(recent.get((first, 1)).is_none(), "the oldest has gone");
        assert_eq!(recent.kept.lock().expect("whole").texts.len(), KEPT);
    }
}
