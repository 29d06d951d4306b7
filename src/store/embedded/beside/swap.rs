//! The moment at which an index takes the place of the one in use.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::fresh::{self, Fresh};
use super::notes::follow;
use super::{Beside, gone};
use crate::store::embedded::handle::Seat;
use crate::store::embedded::index::Applied;
use crate::store::embedded::numbered;
use crate::store::embedded::sum::Sum;
use crate::store::embedded::writer::Writer;
use crate::store::{Result, StoreError};

/// What is left to do while the writer waits.
pub(super) type Last = Box<dyn FnOnce(&mut Writer, &Fresh) -> Result<Applied> + Send>;

/// What cannot be undone once it is done, right before the swap.
pub(super) type Commit = Box<dyn FnOnce() -> Result<()> + Send>;

/// How it went.
struct Swapped {
    /// The place of the one that was in use.
    old: Arc<Seat>,
    /// What failed after there was no way back.
    trouble: Option<StoreError>,
}

impl Beside {
    /// Puts `fresh` in the place of the index with that number; how long the writer waited for it.
    ///
    /// `last` makes it whole: it must hold then what the writer has applied. `commit` is called when it is on the disk.
    ///
    /// # Errors
    /// Whatever keeps it from that. Nothing happened then, and `fresh` is gone.
    pub(super) fn swap(
        &self,
        fresh: Fresh,
        number: u64,
        last: Last,
        commit: Option<Commit>,
    ) -> Result<Duration> {
        self.go_on()?;
        let old_path = numbered::current(&numbered::all(&self.folder));
        let (done, paused) = self.pause(move |writer| {
            let start = Instant::now();
            let done = swap(writer, fresh, number, last, commit);
            (done, start.elapsed())
        })?;
        // What failed is dropped here, where nobody waits for it.
        let Swapped { old, trouble } = done.map_err(|failed| {
            let (error, fresh) = *failed;
            drop(fresh);
            error
        })?;
        old.close(&gone());
        crate::crashpoint::hit("beside.before-remove");
        if let Some(path) = old_path {
            fresh::remove(&self.disk, &path);
        }
        crate::crashpoint::hit("beside.after-remove");
        trouble.map_or(Ok(paused), Err)
    }
}

fn swap(
    writer: &mut Writer,
    fresh: Fresh,
    number: u64,
    last: Last,
    commit: Option<Commit>,
) -> std::result::Result<Swapped, Box<(StoreError, Fresh)>> {
    let applied = match whole(writer, &fresh, number, last) {
        Ok(applied) => applied,
        Err(error) => return Err(Box::new((error, fresh))),
    };
    crate::crashpoint::hit("beside.before-commit");
    let is_committed = commit.is_some();
    if let Some(commit) = commit
        && let Err(error) = commit()
    {
        return Err(Box::new((error, fresh)));
    }
    crate::crashpoint::hit("beside.before-mark");
    let handle = Arc::clone(&writer.handle);
    let Fresh { base, mut place } = fresh;
    let swapped = handle.quietly(|| {
        // What was noted while the rest was made durable; losing that costs no more than it ever does.
        let kept = follow(&handle, number, &base, &mut Sum::default()).and_then(|_| place.keep());
        let trouble = match kept {
            Err(error) if !is_committed => return Err(Box::new((error, Fresh { base, place }))),
            kept => kept.err(),
        };
        place.let_go();
        crate::crashpoint::hit("beside.before-swap");
        let old = handle.put(base.in_use());
        let trouble = trouble.or(place.sync().err());
        Ok(Swapped { old, trouble })
    })?;
    crate::crashpoint::hit("beside.after-swap");
    writer.applied = applied;
    Ok(swapped)
}

/// Makes an index whole that is to take the place of the one with that number, and durable.
fn whole(writer: &mut Writer, fresh: &Fresh, number: u64, last: Last) -> Result<Applied> {
    let failed = || StoreError::GivenUp("the index failed meanwhile".to_owned());
    if writer.broken.is_some() || writer.handle.is_broken() || writer.handle.number() != number {
        return Err(failed());
    }
    let applied = last(writer, fresh)?;
    fresh.make_durable()?;
    Ok(applied)
}
