//! Maps of many small entries, packed into buckets that are entries of the tree.

use super::{HEAD, Raw, Result, Txn, checked, join};
use crate::store::embedded::packed;

impl Txn<'_> {
    /// What the packed map below `prefix` holds for `key`.
    pub(in super::super) fn packed_get(&self, prefix: &[u8], key: &[u8; 16]) -> Result<Option<u32>> {
        let Some((at, bucket)) = self.bucket(prefix, key)? else { return Ok(None) };
        Ok(packed::get(checked(&at, &bucket)?, key))
    }

    /// Puts `key` into the packed map below `prefix` unless it is there. Returns what it leads to from then on.
    pub(in super::super) fn packed_put(&mut self, prefix: &[u8], key: &[u8; 16], value: u32) -> Result<u32> {
        self.packed_enter(prefix, key, value, false)
    }

    /// Puts `key` into the packed map below `prefix`, in the place of what is there.
    pub(in super::super) fn packed_set(&mut self, prefix: &[u8], key: &[u8; 16], value: u32) -> Result<()> {
        self.packed_enter(prefix, key, value, true).map(drop)
    }

    fn packed_enter(&mut self, prefix: &[u8], key: &[u8; 16], value: u32, over: bool) -> Result<u32> {
        let (at, mut sealed) = match self.bucket(prefix, key)? {
            Some((at, bucket)) => {
                if let Some(there) = packed::get(checked(&at, &bucket)?, key).filter(|_| !over) {
                    return Ok(there);
                }
                let mut sealed = Vec::with_capacity(bucket.len() + packed::ENTRY);
                sealed.extend_from_slice(&bucket);
                (at, sealed)
            }
            None => (join(prefix, &[0; 16]), vec![0; HEAD]),
        };
        // A bucket is changed where it will stand: behind its checksum.
        packed::put(&mut sealed, HEAD, key, value);
        if let Some((first, upper)) = packed::split(&mut sealed, HEAD) {
            self.put_sealed(join(prefix, &first), upper);
        }
        self.put_sealed(at, sealed);
        Ok(value)
    }

    /// How many entries the packed maps below `prefix` have together, those not applied aside.
    pub(in super::super) fn packed_count(&self, prefix: &[u8]) -> Result<u64> {
        let mut count = 0;
        for entry in self.tree.scan_prefix(prefix) {
            let (key, value) = entry?;
            count += (checked(&key, &value)?.len() / packed::ENTRY) as u64;
        }
        Ok(count)
    }

    /// The entries of the packed map below `prefix` whose keys begin with the `digits` hex digits of `start`;
    /// at most `most`.
    pub(in super::super) fn packed_prefix(
        &self,
        prefix: &[u8],
        start: &[u8; 16],
        digits: usize,
        most: usize,
    ) -> Result<Vec<u32>> {
        let mut found = Vec::new();
        let mut bucket = self.bucket(prefix, start)?;
        while let Some((at, bytes)) = bucket {
            for (key, value) in packed::entries(checked(&at, &bytes)?) {
                if packed::shares_prefix(&key, start, digits) {
                    found.push(value);
                } else if key > *start {
                    return Ok(found);
                }
                if found.len() == most {
                    return Ok(found);
                }
            }
            bucket = self.bucket_after(prefix, &at)?;
        }
        Ok(found)
    }

    /// The bucket that `key` belongs to: the last one whose first key is not after it.
    fn bucket(&self, prefix: &[u8], key: &[u8; 16]) -> Result<Option<(Vec<u8>, Raw<'_>)>> {
        let range = prefix.to_vec()..=join(prefix, key);
        let written = self.writes.range(range.clone()).next_back();
        let written = written.and_then(|(key, value)| Some((key, value.as_deref()?)));
        let stored = self.tree.range(range).next_back().transpose()?;
        Ok(match (stored, written) {
            (Some((key, _)), Some((newer, value))) if newer.as_slice() >= key.as_ref() => {
                Some((newer.clone(), Raw::Written(value)))
            }
            (Some((key, value)), _) => {
                let value = Some(value);
                self.remember(&key, &value);
                value.map(|value| (key.to_vec(), Raw::Stored(value)))
            }
            (None, Some((key, value))) => Some((key.clone(), Raw::Written(value))),
            (None, None) => None,
        })
    }

    fn bucket_after(&self, prefix: &[u8], at: &[u8]) -> Result<Option<(Vec<u8>, Raw<'_>)>> {
        use std::ops::Bound::{Excluded, Included};
        let end = join(prefix, &[0xFF; 16]);
        let stored = self
            .tree
            .range::<Vec<u8>, _>((Excluded(at.to_vec()), Included(end.clone())))
            .next()
            .transpose()?;
        let written = self.writes.range::<Vec<u8>, _>((Excluded(at.to_vec()), Included(end))).next();
        let at = match (stored.map(|(key, _)| key.to_vec()), written.map(|(key, _)| key.clone())) {
            (Some(a), Some(b)) => a.min(b),
            (Some(a), None) | (None, Some(a)) => a,
            (None, None) => return Ok(None),
        };
        Ok(self.raw(&at)?.map(|value| (at, value)))
    }
}
