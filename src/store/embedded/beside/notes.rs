//! What is written to the index while another one is made of it follows to that.

use std::collections::BTreeSet;

use super::{Beside, look};
use crate::store::embedded::base::Base;
use crate::store::embedded::error::IndexError;
use crate::store::embedded::handle::Handle;
use crate::store::embedded::noted::Kept;
use crate::store::embedded::sum::Sum;
use crate::store::embedded::txn::checked;
use crate::store::{Result, StoreError};

/// How many entries follow in one batch.
const BATCH: usize = 2_000;

/// With so few left the writer may wait for them.
pub(super) const FEW: usize = 200;

/// After so many rounds it may wait for what is left, be it more.
pub(super) const ROUNDS: usize = 20;

/// Ends the noting when it is dropped.
pub(super) struct Noting<'b> {
    beside: &'b Beside,
    pub(super) number: u64,
}

impl Beside {
    /// Notes from now on what is written to the index; which one that is.
    pub(super) fn note(&self, kept: Kept) -> Result<Noting<'_>> {
        let number = self.pause(move |writer| {
            let handle = std::sync::Arc::clone(&writer.handle);
            handle.quietly(|| {
                handle.look(|base| {
                    base.noted.begin(kept);
                    Ok(handle.number())
                })
            })
        })??;
        Ok(Noting { beside: self, number })
    }
}

impl Noting<'_> {
    /// Has what was noted so far follow; how many entries that were.
    pub(super) fn follow(&self, fresh: &Base, sum: &mut Sum) -> Result<usize> {
        follow(&self.beside.handle, self.number, fresh, sum)
    }
}

impl Drop for Noting<'_> {
    fn drop(&mut self) {
        // One that has lost its place notes nothing that anybody reads.
        drop(self.beside.look(self.number, |base| {
            base.noted.end();
            Ok(())
        }));
    }
}

/// Has what was noted of the index in use follow to `fresh`, and keeps its sum; how many entries that were.
pub(super) fn follow(handle: &Handle, number: u64, fresh: &Base, sum: &mut Sum) -> Result<usize> {
    let noted = look(handle, number, |base| Ok(base.noted.take()))?;
    let too_much = || StoreError::GivenUp("too much was written meanwhile".to_owned());
    let keys: Vec<Vec<u8>> = noted.ok_or_else(too_much)?.into_iter().collect();
    for keys in keys.chunks(BATCH) {
        again(handle, number, keys, fresh, sum)?;
    }
    Ok(keys.len())
}

/// Copies these entries as they are now, or are no more.
fn again(handle: &Handle, number: u64, keys: &[Vec<u8>], fresh: &Base, sum: &mut Sum) -> Result<()> {
    let values = look(handle, number, |base| {
        let value = |key: &Vec<u8>| {
            let value = base.tree.get(key).map_err(IndexError::from)?;
            if let Some(value) = &value {
                checked(key, value)?;
            }
            Ok(value)
        };
        keys.iter().map(value).collect::<Result<Vec<_>>>()
    })?;
    fresh.disk.before_index().map_err(IndexError::from)?;
    for (key, value) in keys.iter().zip(values) {
        if Sum::counts(key) {
            if let Some(old) = fresh.tree.get(key).map_err(IndexError::from)? {
                sum.subtract(key, &old);
            }
            if let Some(new) = &value {
                sum.add(key, new);
            }
        }
        // Entry by entry: see `Base::is_apart`.
        let done = match value {
            Some(value) => fresh.tree.insert(key, value),
            None => fresh.tree.remove(key),
        };
        done.map_err(IndexError::from)?;
    }
    Ok(())
}

/// Puts the notes of the index in use in the place of those that `fresh` has: what the journal does not tell of.
pub(super) fn take_over(handle: &Handle, number: u64, fresh: &Base) -> Result<()> {
    let notes = |base: &Base| {
        let mut keys = BTreeSet::new();
        for prefix in [&b"m"[..], b"cm", b"M", b"cM"] {
            for key in base.tree.scan_prefix(prefix).keys() {
                keys.insert(key.map_err(IndexError::from)?.to_vec());
            }
        }
        keys.retain(|key| Kept::Notes.holds(key));
        Ok(keys)
    };
    let mut keys: BTreeSet<Vec<u8>> = notes(fresh)?;
    keys.extend(look(handle, number, notes)?);
    let keys: Vec<_> = keys.into_iter().collect();
    // They are in no sum.
    keys.chunks(BATCH).try_for_each(|keys| again(handle, number, keys, fresh, &mut Sum::default()))
}
