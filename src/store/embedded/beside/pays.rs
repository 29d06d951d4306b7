//! What is worth its while: when the index is copied, and the journal compacted, without anybody asking.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Beside;
use super::generation::Compacted;
use super::rewrite::Rewritten;
use crate::model::Timestamp;
use crate::store::Result;
use crate::store::embedded::build::applied;
use crate::store::embedded::closed::{SNAPSHOT, Source};
use crate::store::embedded::dump::snapshot;
use crate::store::embedded::error::IndexError;
use crate::store::embedded::index;
use crate::store::embedded::journal;
use crate::store::embedded::numbered;

/// What is smaller than this is left as it is.
const LEAST: u64 = 64 << 20;

/// How many bytes of the index are looked at in one go.
const STEP: usize = 4 << 20;

/// What sled's files have beside the entries in them, however well it is packed, in tenths of those: measured.
const TENTHS: u64 = 25;

/// After how many seconds a copy may be worth its while that gives back a fifth.
const REST: i64 = 24 * 60 * 60;

/// The file in the folder of an index that says what it was when it was copied.
const COPIED: &str = "copied";

/// What a store has grown to, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sizes {
    /// The files of the index.
    index: u64,
    /// What a copy of it would have.
    copy: u64,
    /// Whether it was not copied for long.
    is_rested: bool,
    /// The text of the files of the journal whose records are all old.
    old: u64,
    /// The text of the snapshot that it begins with.
    snapshot: u64,
}

impl Sizes {
    /// Whether a copy of the index is worth its while.
    fn copying_pays(self) -> bool {
        let is_over = |tenths| self.index.saturating_mul(10) > self.copy.saturating_mul(tenths);
        self.index > LEAST && (is_over(25) || (self.is_rested && is_over(12)))
    }

    /// Whether compacting the journal is: each record is then read a few times in all, however long it grows.
    fn compacting_pays(self) -> bool {
        self.old > LEAST.max(self.snapshot)
    }
}

/// What an index was when it was copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Copied {
    at: Timestamp,
    bytes: u64,
    articles: u64,
}

/// What a copy would have, and how large the index was when that was looked at.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Looked {
    index: u64,
    copy: u64,
}

/// What was done to keep a store small.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Upkeep {
    /// The journal was compacted.
    pub compacted: Option<Compacted>,
    /// The index was copied.
    pub rewritten: Option<Rewritten>,
}

impl Beside {
    /// Does what is worth its while. Records younger than `history` seconds stay in the journal, and all do that stand
    /// in a file with such a one. Blocks.
    ///
    /// # Errors
    /// What kept it from that; nothing happened then.
    pub(in super::super) fn tend(&self, history: i64, now: Timestamp) -> Result<Upkeep> {
        let since = Timestamp::from_unix(now.unix().saturating_sub(history.max(0)));
        let index = self.index_bytes();
        let sizes = Sizes { index, copy: index, ..self.journal_sizes(since)? };
        if !sizes.compacting_pays() && index <= LEAST {
            return Ok(Upkeep::default());
        }
        self.alone(|| {
            let compacted =
                if sizes.compacting_pays() { self.generation(Some(since), &mut |_| {})? } else { None };
            let index = self.index_bytes();
            let sizes = match self.copied() {
                Some(copied) => {
                    let articles = self.handle.look(|base| Ok(applied(base)?.next_article))?;
                    let copy = copied.bytes.saturating_mul(articles.into()) / copied.articles.max(1);
                    let is_rested = now.unix().saturating_sub(copied.at.unix()) >= REST;
                    Sizes { index, copy, is_rested, ..sizes }
                }
                None => Sizes { index, copy: self.copy_bytes(index)?, is_rested: true, ..sizes },
            };
            let rewritten = if sizes.copying_pays() { Some(self.copy(&mut |_| {})?) } else { None };
            if let Some(rewritten) = &rewritten {
                self.note_copied(now, rewritten);
            }
            Ok(Upkeep { compacted, rewritten })
        })
    }

    fn copied(&self) -> Option<Copied> {
        let path = numbered::current(&numbered::all(&self.folder))?.join(COPIED);
        serde_json::from_slice(&std::fs::read(path).ok()?).ok()
    }

    /// Notes what a copy has, next to it. Where that cannot be written, the next look goes through the index.
    fn note_copied(&self, at: Timestamp, rewritten: &Rewritten) {
        let Some(path) = numbered::current(&numbered::all(&self.folder)) else { return };
        let copied = Copied { at, bytes: rewritten.after, articles: rewritten.articles };
        let noted = serde_json::to_vec(&copied).map_err(std::io::Error::from);
        if let Err(error) = noted.and_then(|bytes| self.disk.write(&path.join(COPIED), &bytes)) {
            tracing::debug!(%error, "cannot note how large the copy of the index is");
        }
    }

    fn journal_sizes(&self, since: Timestamp) -> Result<Sizes> {
        let journal_folder = self.folder.join("journal");
        let mut sizes = Sizes::default();
        if let Some(number) = snapshot::newest(&journal_folder)? {
            sizes.snapshot = length(&journal_folder, number | SNAPSHOT);
        }
        let files = journal::files(&journal_folder)?;
        for pair in files.windows(2) {
            let [file, next] = *pair else { break };
            // Records are in the order of their times, so those before it are not younger.
            if first_at(&journal_folder, next).is_none_or(|at| at >= since) {
                break;
            }
            sizes.old += length(&journal_folder, file);
        }
        Ok(sizes)
    }

    /// How many bytes a copy of the index would have, about. What is in it is looked through only where it has grown.
    fn copy_bytes(&self, index: u64) -> Result<u64> {
        let known = *self.looked();
        if known.index > 0 && index < known.index + known.index / 4 {
            return Ok(known.copy);
        }
        let number = self.handle.number();
        let (mut from, mut bytes) = (Some(Vec::new()), 0);
        while let Some(first) = from.take() {
            self.go_on()?;
            let (last, step) = self.look(number, |base| {
                let (mut last, mut step) = (None, 0);
                for entry in base.tree.range(first..) {
                    let (key, value) = entry.map_err(IndexError::from)?;
                    step += key.len() + value.len();
                    if step >= STEP {
                        last = Some(index::after(key.to_vec()));
                        break;
                    }
                }
                Ok((last, step as u64))
            })?;
            bytes += step;
            from = last;
        }
        let copy = bytes.saturating_mul(TENTHS) / 10;
        *self.looked() = Looked { index, copy };
        Ok(copy)
    }

    fn looked(&self) -> std::sync::MutexGuard<'_, Looked> {
        self.looked.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// How long the text of a file of the journal is; 0 where it cannot be read.
fn length(journal_folder: &Path, number: u32) -> u64 {
    Source::open(journal_folder, number, false).and_then(|source| source.length()).unwrap_or(0)
}

/// When the first record of a file of the journal was written.
fn first_at(journal_folder: &Path, number: u32) -> Option<Timestamp> {
    // The time is one of the first things that a record says.
    let source = Source::open(journal_folder, number, false).ok()?;
    let length = usize::try_from(source.length().ok()?.min(200)).ok()?;
    let begin = source.read_at(0, length).ok()?;
    let (_, at) = std::str::from_utf8(&begin).unwrap_or_default().split_once("\"at\":")?;
    serde_json::from_str(at.split(',').next()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_stores_are_left_as_they_are() {
        let small = Sizes { index: LEAST, copy: 1, is_rested: true, old: LEAST, snapshot: 0 };
        assert!(!small.copying_pays() && !small.compacting_pays());
        assert!(!Sizes::default().copying_pays() && !Sizes::default().compacting_pays());
    }

    #[test]
    fn index_is_copied_when_most_of_it_is_waste_or_some_and_it_rested() {
        let sizes = |index, copy| Sizes { index, copy, ..Sizes::default() };
        assert!(sizes(1_000 << 20, 300 << 20).copying_pays());
        assert!(!sizes(1_000 << 20, 400 << 20).copying_pays());
        assert!(sizes(LEAST + 1, 20 << 20).copying_pays());
        let rested = |index, copy| Sizes { is_rested: true, ..sizes(index, copy) };
        assert!(rested(1_000 << 20, 800 << 20).copying_pays());
        assert!(!rested(1_000 << 20, 900 << 20).copying_pays());
    }

    #[test]
    fn journal_is_compacted_when_as_much_is_old_as_its_snapshot_has() {
        let sizes = |old, snapshot| Sizes { old, snapshot, ..Sizes::default() };
        assert!(sizes(LEAST + 1, 0).compacting_pays());
        assert!(!sizes(300 << 20, 400 << 20).compacting_pays());
        assert!(sizes(500 << 20, 400 << 20).compacting_pays());
    }
}
