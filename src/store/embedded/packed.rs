//! Packed maps: sorted 16-byte keys with a number each, in buckets of up to 32.
//!
//! One sled entry for every key would cost about 150 bytes of disk and 205 of memory a key; in buckets it is
//! about 30. Larger ones take no less room and cost more to write: each key is put into some bucket, and sled writes
//! that anew, and now and then the 16 that share a page. A bucket is stored under its first key, so the bucket of a
//! key is the last one not after it.

/// Bytes of one entry: the key, and the number in little-endian order.
pub(super) const ENTRY: usize = 20;

/// Above this many entries a bucket is split in two.
const MOST: usize = 32;

type Key = [u8; 16];

/// The number of `key` in `bucket`.
pub(super) fn get(bucket: &[u8], key: &Key) -> Option<u32> {
    find(bucket, key).ok().map(|at| number(bucket, at))
}

/// Puts `key` into the bucket that begins at byte `from` of `value`, over an older number.
pub(super) fn put(value: &mut Vec<u8>, from: usize, key: &Key, number: u32) {
    match find(&value[from..], key) {
        Ok(at) => {
            let at = from + at * ENTRY;
            value[at + 16..at + ENTRY].copy_from_slice(&number.to_le_bytes());
        }
        Err(at) => {
            let at = from + at * ENTRY;
            value.splice(at..at, key.iter().copied().chain(number.to_le_bytes()));
        }
    }
}

/// Splits a bucket that grew too large: its upper half, with the same room in front, and that half's first key.
pub(super) fn split(value: &mut Vec<u8>, from: usize) -> Option<(Key, Vec<u8>)> {
    let count = (value.len() - from) / ENTRY;
    if count <= MOST {
        return None;
    }
    let middle = from + count / 2 * ENTRY;
    let mut upper = vec![0; from];
    upper.extend_from_slice(&value[middle..]);
    value.truncate(middle);
    Some((key_at(&upper[from..], 0), upper))
}

/// The entries of a bucket in order.
pub(super) fn entries(bucket: &[u8]) -> impl Iterator<Item = (Key, u32)> + '_ {
    (0..bucket.len() / ENTRY).map(|at| (key_at(bucket, at), number(bucket, at)))
}

/// The first key that begins with these hex digits (hyphens aside), and how many there are; `None` when there is
/// none, too many, or something else among them.
pub(super) fn hex_prefix(prefix: &str) -> Option<(Key, usize)> {
    let digits: String = prefix.chars().filter(|c| *c != '-').collect::<String>().to_ascii_lowercase();
    if digits.is_empty() || digits.len() > 32 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let mut start = [0; 16];
    for (at, digit) in digits.chars().enumerate() {
        let value = u8::try_from(digit.to_digit(16).unwrap_or(0)).unwrap_or(0);
        start[at / 2] |= if at % 2 == 0 { value << 4 } else { value };
    }
    Some((start, digits.len()))
}

/// Whether two keys share their first `digits` hex digits.
pub(super) fn shares_prefix(a: &Key, b: &Key, digits: usize) -> bool {
    let whole = (digits / 2).min(16);
    a[..whole] == b[..whole] && (digits.is_multiple_of(2) || whole == 16 || a[whole] >> 4 == b[whole] >> 4)
}

fn find(bucket: &[u8], key: &Key) -> Result<usize, usize> {
    let (mut low, mut high) = (0, bucket.len() / ENTRY);
    while low < high {
        let middle = usize::midpoint(low, high);
        match bucket[middle * ENTRY..middle * ENTRY + 16].cmp(&key[..]) {
            std::cmp::Ordering::Less => low = middle + 1,
            std::cmp::Ordering::Greater => high = middle,
            std::cmp::Ordering::Equal => return Ok(middle),
        }
    }
    Err(low)
}

fn key_at(bucket: &[u8], at: usize) -> Key {
    let mut key = [0; 16];
    key.copy_from_slice(&bucket[at * ENTRY..at * ENTRY + 16]);
    key
}

fn number(bucket: &[u8], at: usize) -> u32 {
    let mut bytes = [0; 4];
    bytes.copy_from_slice(&bucket[at * ENTRY + 16..(at + 1) * ENTRY]);
    u32::from_le_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn buckets_hold_what_was_put_and_split_in_order() {
        let mut model = BTreeMap::new();
        let mut bucket = Vec::new();
        for n in 0..300u32 {
            let key =
                *blake3::hash(&(n % 290).to_le_bytes()).as_bytes().first_chunk::<16>().expect("16 bytes");
            put(&mut bucket, 0, &key, n);
            model.insert(key, n);
        }
        assert_eq!(entries(&bucket).collect::<Vec<_>>(), model.clone().into_iter().collect::<Vec<_>>());
        let (first, upper) = split(&mut bucket, 0).expect("290 entries are too many");
        assert!(entries(&bucket).all(|(key, _)| key < first));
        assert!(entries(&upper).all(|(key, _)| key >= first));
        let joined: Vec<_> = entries(&bucket).chain(entries(&upper)).collect();
        assert_eq!(joined, model.into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn prefixes_count_hex_digits() {
        let (a, b) = ([0xAB; 16], {
            let mut b = [0xAB; 16];
            b[1] = 0xAC;
            b
        });
        assert!(shares_prefix(&a, &b, 3) && !shares_prefix(&a, &b, 4) && shares_prefix(&a, &a, 32));
    }
}
