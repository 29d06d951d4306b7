//! Mending: after its index failed, the store opens it anew in the running process, or builds it anew.
//!
//! What was acknowledged is in the journal, so nothing is lost by that. Until it is done, whoever reads or commits
//! waits, or is told what is wrong; each request tries again, though not more often than makes sense.

use std::time::{Duration, Instant};

use super::error::IndexError;
use super::guard::distrust;
use super::index::Index;
use super::open;
use super::read;
use super::writer::Writer;
use crate::store::{Result, StoreError};

/// How long nothing is tried after the first failure; twice as long after each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// The longest time that nothing is tried: space that is back is noticed within it.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// After so many panics the index is built anew, once: it may be what sled panics about.
const SUSPICIOUS: u32 = 2;

/// What is wrong with the index.
pub(super) struct Broken {
    why: StoreError,
    pause: Duration,
    next: Instant,
}

impl Writer {
    /// Notes that the index failed. It is not used again before it is opened anew.
    pub(super) fn break_down(&mut self, why: StoreError) {
        if matches!(&why, StoreError::Index(error) if error.is_damage()) {
            distrust(&self.disk, &self.folder, &why);
        }
        self.broken = Some(Broken { why, pause: FIRST_PAUSE, next: Instant::now() });
    }

    /// Notes that a group ended in a panic: by sled, by what it met in its files, or by a bug of ours.
    pub(super) fn panicked(&mut self) {
        self.panics += 1;
        let what = "deciding on a group of commits ended in a panic; standard error has the place".to_owned();
        tracing::error!(panics = self.panics, "{what}");
        let outside = self.panics != SUSPICIOUS;
        let error = if outside { IndexError::Io { reason: what, outside } } else { IndexError::Sled(what) };
        self.handle.note(Some(&StoreError::Index(error.clone())));
        self.break_down(error.into());
    }

    /// Mends what is broken.
    ///
    /// # Errors
    /// What keeps it from that; the next call tries again, unless the last one was just now.
    pub(super) fn be_whole(&mut self) -> Result<()> {
        if let Some(why) = self.handle.take_suspect()
            && self.broken.is_none()
        {
            tracing::error!(%why, "the index cannot be read");
            self.break_down(why);
        }
        let Some(broken) = &self.broken else { return Ok(()) };
        if !broken.why.is_passing() || Instant::now() < broken.next {
            return Err(broken.why.clone());
        }
        let (before, pause) = (broken.why.clone(), broken.pause);
        match self.mend(&before) {
            Ok(()) => {
                tracing::warn!(after = %before, "the index was opened anew; nothing that was acknowledged is lost");
                self.broken = None;
                self.handle.note(None);
                Ok(())
            }
            Err(why) => {
                if why.to_string() != before.to_string() {
                    tracing::error!(%why, "the index cannot be opened anew; each request tries again");
                }
                self.handle.close(&why);
                self.handle.note(Some(&why));
                let (next, pause) = (Instant::now() + pause, (pause * 2).min(LONGEST_PAUSE));
                self.broken = Some(Broken { why: why.clone(), pause, next });
                Err(why)
            }
        }
    }

    fn mend(&mut self, why: &StoreError) -> Result<()> {
        self.handle.close(why);
        // What stands behind the last acknowledged record must not be taken for one.
        self.journal.mend()?;
        let (db, applied) = open::reopen(&self.disk, &self.folder, self.applied.store, self.journal.at())?;
        read::recover_unpublished(&Index::new(&db), &self.touched)?;
        self.applied = applied;
        drop(self.handle.put(db));
        Ok(())
    }
}
