//! The index, copied in the order of its keys: sled then has full pages and no leftovers of what was written anew.

use std::time::Duration;

use super::fresh::Fresh;
use super::notes::{FEW, Noting, ROUNDS, follow};
use super::{Beside, Pace};
use crate::store::embedded::build::applied;
use crate::store::embedded::error::IndexError;
use crate::store::embedded::export::Progress;
use crate::store::embedded::noted::Kept;
use crate::store::embedded::sum::Sum;
use crate::store::embedded::txn::checked;
use crate::store::{Result, StoreError};

/// How many bytes are copied at once.
const STEP: usize = 1 << 20;

/// What a copy of the index did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Rewritten {
    /// How many bytes the index had before.
    pub before: u64,
    /// How many it has now.
    pub after: u64,
    /// How many articles it leads to.
    pub articles: u64,
    /// How long commits waited for it, in milliseconds.
    pub pause_ms: u64,
}

impl Rewritten {
    pub(super) fn new(before: u64, after: u64, articles: u32, pause: Duration) -> Self {
        let pause_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
        Self { before, after, articles: articles.into(), pause_ms }
    }
}

impl Beside {
    /// Copies the index, and puts the copy in its place. Blocks.
    ///
    /// # Errors
    /// What kept it from that; nothing happened then.
    pub(in super::super) fn rewrite(&self, tell: &mut (dyn FnMut(Progress) + Send)) -> Result<Rewritten> {
        self.alone(|| self.copy(tell))
    }

    pub(super) fn copy(&self, tell: &mut (dyn FnMut(Progress) + Send)) -> Result<Rewritten> {
        let before = self.index_bytes();
        // A copy is smaller than what it is made of.
        self.has_room(before)?;
        let fresh = Fresh::begin(&self.disk, &self.folder)?;
        let noting = self.note(Kept::All)?;
        let mut sum = self.all(&noting, &fresh, tell)?;
        for _ in 0..ROUNDS {
            self.go_on()?;
            if noting.follow(&fresh.base, &mut sum)? < FEW {
                break;
            }
        }
        crate::crashpoint::hit("beside.after-copy");
        // So that little is left for the time in which the writer waits.
        fresh.make_durable()?;
        noting.follow(&fresh.base, &mut sum)?;
        let path = fresh.place.path.clone();
        let number = noting.number;
        let last = move |writer: &mut super::Writer, fresh: &Fresh| {
            follow(&writer.handle, number, &fresh.base, &mut sum)?;
            let copied = applied(&fresh.base)?;
            if copied != writer.applied || copied.sum != sum {
                let what = "the copy of the index does not hold what the index holds".to_owned();
                return Err(StoreError::GivenUp(what));
            }
            Ok(copied)
        };
        let articles = applied(&fresh.base)?.next_article;
        let pause = self.swap(fresh, number, Box::new(last), None)?;
        let done = Rewritten::new(before, super::size(&path), articles, pause);
        let Rewritten { before, after, articles, pause_ms } = done;
        tracing::info!(before, after, articles, pause_ms, "the index was copied, and the copy is in use");
        Ok(done)
    }

    /// Copies every entry, in order; the sum of what was copied.
    fn all(
        &self,
        noting: &Noting<'_>,
        fresh: &Fresh,
        tell: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Sum> {
        let mut sum = Sum::default();
        let (mut from, mut done) = (Some(Vec::new()), 0);
        let mut pace = Pace::new(&fresh.place.path);
        while let Some(first) = from.take() {
            self.go_on()?;
            let entries = self.look(noting.number, |base| {
                let (mut entries, mut bytes) = (Vec::new(), 0);
                for entry in base.tree.range(first..) {
                    let (key, value) = entry.map_err(IndexError::from)?;
                    checked(&key, &value)?;
                    bytes += key.len() + value.len();
                    entries.push((key, value));
                    if bytes >= STEP {
                        break;
                    }
                }
                Ok(entries)
            })?;
            fresh.base.disk.before_index().map_err(IndexError::from)?;
            for (key, value) in entries {
                if Sum::counts(&key) {
                    sum.add(&key, &value);
                }
                done += (key.len() + value.len()) as u64;
                from = Some(super::super::index::after(key.to_vec()));
                fresh.base.tree.insert(key, value).map_err(IndexError::from)?;
            }
            pace.keep();
            tell(Progress { what: "copying the index", done, of: 0 });
            crate::crashpoint::hit("beside.during-copy");
        }
        Ok(sum)
    }
}
