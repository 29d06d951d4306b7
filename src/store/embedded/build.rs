//! Building an index from the journal: all of it, or what follows what an index has.

use std::path::Path;

use super::apply::apply;
use super::base::Base;
use super::dump::snapshot;
use super::error::IndexError;
use super::guard::{move_aside, open_sled};
use super::index::{self, Applied, Index};
use super::journal::{self, Damage, EVERYTHING, Position, Tail};
use super::numbered;
use super::open::{create_folder, first_record};
use super::parts;
use super::sum::Sum;
use crate::disk::Disk;
use crate::model::Timestamp;
use crate::model::id::StoreId;
use crate::store::StoreError;

/// How many bytes are applied to an index as one batch while it is built and nothing else is done: keys are spread, so
/// the more of them come at once, the fewer entries are written twice.
pub(super) const BATCH: usize = 24 << 20;

type Result<T> = std::result::Result<T, StoreError>;

/// Opens the index in a folder of its own.
pub(super) fn open_base(disk: &Disk, path: &Path, journal_folder: &Path) -> Result<Base> {
    let db = open_sled(disk, path)?;
    Ok(Base::new(disk.clone(), sled::Tree::clone(&db), journal_folder))
}

/// How far an index is.
pub(super) fn applied(base: &Base) -> Result<Applied> {
    let applied = Index::new(base).applied()?;
    applied.ok_or_else(|| IndexError::Sled("it has no mark".to_owned()).into())
}

/// Builds the index in `all` anew; what was there is moved aside.
pub(super) fn rebuild(
    disk: &Disk,
    all: &Path,
    journal_folder: &Path,
    store: StoreId,
) -> Result<(Base, Tail)> {
    if all.exists() {
        // What must not be touched shows before anything is.
        journal::read(journal_folder, Position::default(), Damage::Stop, |_, _| Ok(()))?;
    }
    // A number that none had: what is being built beside the one that failed still writes to its own folder.
    let path = numbered::next(all);
    crate::crashpoint::hit("rebuild.before-aside");
    move_aside(disk, all)?;
    crate::crashpoint::hit("rebuild.after-aside");
    create_folder(disk, all)?;
    numbered::begin(disk, &path)?;
    let base = open_base(disk, &path, journal_folder)?;
    crate::crashpoint::hit("rebuild.before-replay");
    let tail = replay(&base, journal_folder, Position::default(), store)?;
    base.tree.flush().map_err(IndexError::from)?;
    numbered::finish(disk, &path)?;
    crate::crashpoint::hit("rebuild.after-replay");
    if tail.end.seq > 1 {
        tracing::info!(
            records = tail.end.seq,
            "the index was built from the journal; nothing is announced by that"
        );
    }
    Ok((base, tail))
}

/// An index that is built from a journal which may be written to: from what is whole of it, up to a place in it.
/// `go_on` hears of every record, by its number, and may stop it.
pub(super) fn built(
    disk: &Disk,
    path: &Path,
    journal_folder: &Path,
    upto: (u32, u64),
    batch: usize,
    go_on: &mut dyn FnMut(u64) -> Result<()>,
) -> Result<Base> {
    let store = first_record(journal_folder)?;
    create_folder(disk, path)?;
    let base = open_base(disk, path, journal_folder)?.apart();
    replay_to(&base, journal_folder, Position::default(), upto, store, batch, go_on)?;
    Ok(base)
}

/// Applies the records after `from`.
pub(super) fn replay(base: &Base, journal_folder: &Path, from: Position, store: StoreId) -> Result<Tail> {
    replay_to(base, journal_folder, from, EVERYTHING, store, BATCH, &mut |_| Ok(()))
}

/// The same up to a place in the journal, in batches of so many bytes. `go_on` hears of every record, by its number, and may stop it.
pub(super) fn replay_to(
    base: &Base,
    journal_folder: &Path,
    from: Position,
    upto: (u32, u64),
    store: StoreId,
    batch: usize,
    go_on: &mut dyn FnMut(u64) -> Result<()>,
) -> Result<Tail> {
    let mut index = Index::new(base);
    index.applied = index.applied()?;
    let from = match index.applied {
        None => snapshot::open(&mut index, journal_folder)?.unwrap_or(from),
        Some(_) => from,
    };
    let tail = journal::read_to(journal_folder, from, upto, Damage::Stop, |records, place| {
        let Some(at) = records.last().map(|record| record.at) else { return Ok(()) };
        if index.applied()?.is_none() {
            index.applied = Some(fresh(store, at));
        }
        for record in parts::join(records) {
            apply(&mut index, &record)?;
        }
        let mut applied = index.applied()?.unwrap_or_else(|| fresh(store, at));
        (applied.seq, applied.at) = (place.seq, at);
        (applied.file, applied.end, applied.crc) = (place.file, place.end, place.crc);
        index.applied = Some(applied);
        go_on(place.seq)?;
        if index.size() > batch {
            index.apply()?;
        }
        Ok(())
    })?;
    crate::crashpoint::hit("replay.before-apply");
    if index.applied.is_some() {
        index.apply()?;
    }
    crate::crashpoint::hit("replay.after-apply");
    Ok(tail)
}

fn fresh(store: StoreId, created: Timestamp) -> Applied {
    Applied {
        schema: index::SCHEMA,
        store,
        created,
        seq: 0,
        at: created,
        file: 0,
        end: 0,
        crc: 0,
        next_article: 0,
        next_feed: 0,
        next_name: 0,
        generation: 0,
        sum: Sum::default(),
    }
}
