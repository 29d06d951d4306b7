//! A generation of the journal: its oldest files make room for a snapshot of what they lead to.
//!
//! The snapshot of the files up to a number is built from those very files, in an index of its own, never from the one
//! in use: the journal is the truth. It is written whole, read back into the index that is to be used with it, and that
//! must dump to the same bytes, before it gets its name. That is the moment that counts: from then on the journal begins
//! with it. The writer waits meanwhile. Then the new index is in use, and the files go. A crash anywhere leaves the
//! files before, or the snapshot with some of them, and the next start does the rest.

use std::io::Write as _;
use std::time::Duration;

use super::fresh::{self, Fresh};
use super::{BATCH, Beside, Pace};
use crate::model::Timestamp;
use crate::store::embedded::build::{self, applied};
use crate::store::embedded::closed::{self, Packed, Packing, SNAPSHOT};
use crate::store::embedded::compact::{self, SCRATCH};
use crate::store::embedded::dump::{self, snapshot};
use crate::store::embedded::export::Progress;
use crate::store::embedded::index::{Applied, Index};
use crate::store::embedded::journal::unread;
use crate::store::{Result, StoreError};

/// What a compaction did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Compacted {
    /// How many files of the journal made room.
    pub files: u64,
    /// Up to which record.
    pub seq: u64,
    /// How many bytes the journal had before.
    pub before: u64,
    /// How many it has now.
    pub after: u64,
    /// How long commits waited for it, in milliseconds.
    pub pause_ms: u64,
}

/// A snapshot that has no name yet, and what it must lead to.
struct Snapshot {
    packed: Packed,
    applied: Applied,
    hash: blake3::Hash,
}

impl Beside {
    /// Compacts the journal. Files with records that are not older than `since` stay; without that, none does. `None`
    /// when there is nothing to do. Blocks.
    ///
    /// # Errors
    /// What kept it from that. Nothing happened then, or what is left of it is done by the next start.
    pub(in super::super) fn compact(
        &self,
        since: Option<Timestamp>,
        tell: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Option<Compacted>> {
        self.alone(|| self.generation(since, tell))
    }

    pub(super) fn generation(
        &self,
        since: Option<Timestamp>,
        tell: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Option<Compacted>> {
        let journal_folder = self.folder.join("journal");
        // What an earlier one could not finish.
        let used = self.pause(|writer| writer.applied.generation)?;
        if snapshot::newest(&journal_folder)?.unwrap_or(0) != used {
            self.catch_up(Fresh::begin(&self.disk, &self.folder)?, None, tell)?;
        }
        self.sweep()?;
        let open = self.pause(move |writer| {
            if since.is_none() && writer.journal.at().end > 0 {
                writer.journal.mend()?;
                writer.journal.rotate()?;
                writer.keeper.wake();
            }
            Ok::<_, StoreError>(writer.journal.at().file)
        })??;
        tell(Progress { what: "reading the journal", done: 0, of: 0 });
        let Some((upto, seq, files)) = compact::replaced(&journal_folder, open, since, &|| self.go_on())?
        else {
            return Ok(None);
        };
        let before = compact::bytes(&journal_folder);
        // Two indexes at one time, and the snapshot.
        self.has_room(2 * self.index_bytes() + before)?;
        let snapshot = self.snapshot(upto, tell);
        fresh::remove(&self.disk, &self.folder.join(SCRATCH));
        let Snapshot { packed, applied, hash } = snapshot?;
        tell(Progress { what: "building the index", done: 0, of: 0 });
        let fresh = Fresh::begin(&self.disk, &self.folder)?;
        self.load(&fresh, upto, &packed, tell)?;
        self.same(&fresh, &applied, hash)?;
        let pause = self.begin_with(fresh, upto, packed, tell)?;
        // Whoever reads the old ones has them open.
        self.sweep()?;
        let after = compact::bytes(&journal_folder);
        let pause_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
        tracing::info!(files, upto = seq, before, after, pause_ms, "the journal was compacted");
        Ok(Some(Compacted { files, seq, before, after, pause_ms }))
    }

    /// Lets the journal begin with the snapshot, and puts the index in use that was built from it.
    fn begin_with(
        &self,
        fresh: Fresh,
        upto: u32,
        packed: Packed,
        tell: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Duration> {
        let path = closed::packed(&self.folder.join("journal"), upto | SNAPSHOT);
        let commit = move || {
            crate::crashpoint::hit("compact.before-rename");
            packed.persist(upto | SNAPSHOT).map_err(|error| unread("write", &path, 0, &error))?;
            crate::crashpoint::hit("compact.after-rename");
            Ok(())
        };
        let (_, pause) = self.catch_up(fresh, Some(Box::new(commit)), tell)?;
        Ok(pause)
    }

    /// Writes what the files up to a number lead to; its name is the caller's to give.
    fn snapshot(&self, upto: u32, tell: &mut (dyn FnMut(Progress) + Send)) -> Result<Snapshot> {
        let journal_folder = self.folder.join("journal");
        let path = closed::packed(&journal_folder, upto | SNAPSHOT);
        let written = |error: &std::io::Error| unread("write", &path, 0, error);
        let mut pace = Pace::new(&self.folder.join(SCRATCH));
        let mut told = |done| {
            tell(Progress { what: "reading the journal", done, of: 0 });
            pace.keep();
            self.go_on()
        };
        compact::remove_scratch(&self.disk, &self.folder)?;
        let scratch = self.folder.join(SCRATCH);
        let base = build::built(&self.disk, &scratch, &journal_folder, (upto, u64::MAX), BATCH, &mut told)?;
        let mut packing = Packing::begin_snapshot(&self.disk, &journal_folder).map_err(|e| written(&e))?;
        crate::crashpoint::hit("compact.before-write");
        let (mut done, mut hasher) = (0, blake3::Hasher::new());
        dump::write(&mut Index::new(&base), &mut |line| {
            done += 1;
            tell(Progress { what: "writing the snapshot", done, of: 0 });
            self.go_on()?;
            hasher.update(line);
            packing.write_all(line).map_err(|error| written(&error))
        })?;
        let applied = applied(&base)?;
        let packed = packing.finish().map_err(|error| written(&error))?;
        Ok(Snapshot { packed, applied, hash: hasher.finalize() })
    }

    /// Loads a snapshot that has no name yet into an index; texts are read where it is.
    fn load(
        &self,
        fresh: &Fresh,
        upto: u32,
        packed: &Packed,
        tell: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<()> {
        let path = closed::packed(&self.folder.join("journal"), upto | SNAPSHOT);
        let unread = |error: &std::io::Error| unread("read", &path, 0, error);
        let text =
            packed.source().and_then(|source| source.text(0, false)).map_err(|error| unread(&error))?;
        fresh.base.texts.files.give(upto | SNAPSHOT, packed.source().map_err(|error| unread(&error))?);
        let mut index = Index::new(&fresh.base);
        let (mut done, mut pace) = (0, Pace::new(&fresh.place.path));
        snapshot::open_from(&mut index, text, upto, &path, &mut || {
            done += 1;
            pace.keep();
            tell(Progress { what: "building the index", done, of: 0 });
            self.go_on()
        })?;
        index.apply()?;
        Ok(())
    }

    /// Removes the files that the snapshot stands for which the index in use was built from.
    fn sweep(&self) -> Result<()> {
        let used = self.pause(|writer| writer.applied.generation)?;
        if snapshot::newest(&self.folder.join("journal"))?.unwrap_or(0) != used {
            return Ok(());
        }
        let _closed = self.closed.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        compact::sweep(&self.disk, &self.folder)
    }

    /// Whether an index that was loaded from a snapshot is what that was written from.
    fn same(&self, fresh: &Fresh, wanted: &Applied, hash: blake3::Hash) -> Result<()> {
        let loaded = applied(&fresh.base)?;
        let of = |applied: &Applied| (applied.seq, applied.crc, applied.next_article, applied.next_feed);
        let mut hasher = blake3::Hasher::new();
        dump::write(&mut Index::new(&fresh.base), &mut |line| {
            hasher.update(line);
            self.go_on()
        })?;
        if of(&loaded) == of(wanted) && hasher.finalize() == hash {
            return Ok(());
        }
        let what = "what was written of the journal does not lead to what the journal leads to";
        Err(StoreError::GivenUp(what.to_owned()))
    }
}
