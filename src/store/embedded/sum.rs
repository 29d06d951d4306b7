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
