//! A checksum over all that the index holds, kept up with each write: one pass tells whether every entry is there,
//! none is of another time, and none too many. sled 0.34 says nothing when it opens with fewer.

use serde::{Deserialize, Serialize};

use super::txn::{self, Result, checked};

/// The sum of what entries stand for; their order is of no matter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sum(u64);

impl Sum {
    /// Whether an entry is in the sum. Marks hold the sum itself; memos are written beside the writer, and may be
    /// lost.
    pub(super) fn counts(key: &[u8]) -> bool {
        !txn::is_of(key, b'M') && !txn::is_of(key, b'm')
    }

    pub(super) fn add(&mut self, key: &[u8], value: &[u8]) {
        self.0 = self.0.wrapping_add(mix(key, value));
    }

    pub(super) fn subtract(&mut self, key: &[u8], value: &[u8]) {
        self.0 = self.0.wrapping_sub(mix(key, value));
    }

    pub(super) fn plus(self, change: Self) -> Self {
        Self(self.0.wrapping_add(change.0))
    }

    /// The sum of what a tree holds; every value is checked on the way.
    pub(super) fn of(tree: &sled::Tree) -> Result<Self> {
        let mut sum = Self::default();
        for entry in tree {
            let (key, value) = entry?;
            checked(&key, &value)?;
            if Self::counts(&key) {
                sum.add(&key, &value);
            }
        }
        Ok(sum)
    }
}

/// What an entry stands for. A value begins with a checksum of the rest, so that is not read once more.
fn mix(key: &[u8], value: &[u8]) -> u64 {
    let crc = value.first_chunk::<4>().map_or(0, |crc| u32::from_le_bytes(*crc));
    let both = u64::from(crc32c::crc32c(key)) << 32 | u64::from(crc);
    // The finaliser of SplitMix64: sums of checksums that differ by little must not.
    let both = (both ^ (both >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let both = (both ^ (both >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    both ^ (both >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::disk::Disk;
    use crate::store::embedded::txn::Txn;

    fn tree() -> sled::Db {
        sled::Config::new().temporary(true).open().expect("opens")
    }

    /// Writes as a group of commits does, and keeps the sum.
    fn write(db: &sled::Db, sum: &mut Sum, writes: &[(u8, Option<usize>)]) {
        let mut txn = Txn::new(db);
        for (key, size) in writes {
            match size {
                Some(size) => txn.put_bytes(vec![b'x', *key], &vec![*key; *size]),
                None => txn.delete(vec![b'x', *key]),
            }
        }
        *sum = sum.plus(txn.settle().expect("reads"));
        txn.apply(&Disk::default(), false).expect("applies");
    }

    #[test]
    fn sum_follows_every_write_and_large_values_come_in_pieces() {
        let (db, mut sum, mut model) = (tree(), Sum::default(), BTreeMap::new());
        let mut seed = 1u64;
        for _ in 0..300 {
            let mut below = |most: u64| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (seed >> 33) % most
            };
            let sizes = [0, 1, 700, 4_096, 4_097, 40_000, 200_000];
            let key = u8::try_from(below(20)).expect("small");
            let size = (below(4) > 0).then(|| sizes[usize::try_from(below(7)).expect("small")]);
            write(&db, &mut sum, &[(key, size)]);
            match size {
                Some(size) => drop(model.insert(key, size)),
                None => drop(model.remove(&key)),
            }
        }
        assert_eq!(Sum::of(&db).expect("is whole"), sum);
        assert!(db.iter().flatten().all(|(_, value)| value.len() <= 4_200), "sled would make files of them");
        let txn = Txn::new(&db);
        for key in 0..20 {
            let found = txn
                .bytes(&[b'x', key])
                .expect("reads")
                .map(|bytes| (bytes.len(), bytes.iter().all(|b| *b == key)));
            assert_eq!(found, model.get(&key).map(|size| (*size, true)));
        }
        let pieces = db.scan_prefix(b"c").count();
        let expected: usize =
            model.values().filter(|size| **size > 4_096).map(|size| size.div_ceil(4_096)).sum();
        assert_eq!(pieces, expected, "no piece of an older value is left");
    }

    #[test]
    fn sum_tells_what_is_missing_too_much_or_of_another_time() {
        let (db, mut sum) = (tree(), Sum::default());
        write(&db, &mut sum, &[(1, Some(10)), (2, Some(20)), (3, Some(40_000))]);
        let before: Vec<_> = db.iter().flatten().collect();
        write(&db, &mut sum, &[(1, Some(11)), (2, None), (4, Some(5))]);
        assert_eq!(Sum::of(&db).expect("is whole"), sum);
        for (key, value) in &before {
            let now = db.insert(key, value).expect("writes");
            if now.as_ref() != Some(value) {
                assert_ne!(Sum::of(&db).expect("every value is"), sum, "an entry of another time");
            }
            match now {
                Some(now) => db.insert(key, now).expect("writes"),
                None => db.remove(key).expect("writes"),
            };
            assert_eq!(Sum::of(&db).expect("is whole"), sum);
        }
        let removed = db.remove([b'x', 1]).expect("writes").expect("was there");
        assert_ne!(Sum::of(&db).expect("every value is"), sum, "a missing entry");
        db.insert([b'x', 1], removed).expect("writes");
        let mut flipped = db.get([b'x', 4]).expect("reads").expect("is there").to_vec();
        flipped[6] ^= 1;
        db.insert([b'x', 4], flipped).expect("writes");
        assert!(Sum::of(&db).is_err(), "a damaged value");
    }
}
