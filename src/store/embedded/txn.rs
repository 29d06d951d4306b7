//! A view of the index with writes on top: what one group of commits reads and changes before it is applied.
//!
//! The index is one sled tree; the first byte of a key says what the entry is. Each value begins with a CRC-32C
//! of the rest, because sled 0.34 does not notice every damage of its own, and whether more of it follows, because
//! sled makes a file of every large value, and loses them.

mod maps;

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use serde::de::DeserializeOwned;
use sled::IVec;

use super::error::IndexError;
use super::sum::Sum;
use crate::disk::Disk;

/// Bytes in front of each value: the checksum of the rest, and its kind.
pub(super) const HEAD: usize = 5;

/// The value stands in its entry.
const WHOLE: u8 = 0;

/// The entry says how many further ones the value stands in.
const CONTINUED: u8 = 1;

/// How many entries that were read are kept at hand.
const READ_MOST: usize = 2_000;

/// Larger values are cut. sled puts up to 16 entries into one page, and makes a file of a page above 128 KB.
const PIECE: usize = 4 << 10;

pub(super) type Result<T> = std::result::Result<T, IndexError>;

/// A value, where it is.
enum Raw<'t> {
    Written(&'t [u8]),
    Stored(IVec),
    Joined(Vec<u8>),
}

impl std::ops::Deref for Raw<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Written(bytes) => bytes,
            Self::Stored(bytes) => bytes,
            Self::Joined(bytes) => bytes,
        }
    }
}

/// The index, with writes that are not applied yet on top.
#[derive(Debug)]
pub(super) struct Txn<'t> {
    tree: &'t sled::Tree,
    writes: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    /// What was read of the tree, so that nothing is looked up twice.
    read: RefCell<HashMap<Vec<u8>, Option<IVec>>>,
    /// Bytes of the writes.
    size: usize,
}

impl<'t> Txn<'t> {
    pub(super) fn new(tree: &'t sled::Tree) -> Self {
        Self { tree, writes: BTreeMap::new(), read: RefCell::default(), size: 0 }
    }

    /// The value of `key`, decoded.
    pub(super) fn get<T: DeserializeOwned>(&self, key: &[u8]) -> Result<Option<T>> {
        match self.raw(key)? {
            Some(bytes) => decode(key, &bytes).map(Some),
            None => Ok(None),
        }
    }

    /// The bytes of the value of `key`, checked.
    pub(super) fn bytes(&self, key: &[u8]) -> Result<Option<Vec<u8>>> {
        let Some(raw) = self.raw(key)? else { return Ok(None) };
        Ok(Some(checked(key, &raw)?.to_vec()))
    }

    /// Writes `value` at `key`.
    pub(super) fn put<T: Serialize + ?Sized>(&mut self, key: Vec<u8>, value: &T) -> Result<()> {
        let room = vec![0; HEAD];
        let encoded = postcard::to_extend(value, room).map_err(|error| damaged(&key, &error.to_string()))?;
        self.put_sealed(key, encoded);
        Ok(())
    }

    /// Writes bytes at `key`.
    pub(super) fn put_bytes(&mut self, key: Vec<u8>, bytes: &[u8]) {
        let mut value = Vec::with_capacity(HEAD + bytes.len());
        value.extend_from_slice(&[0; HEAD]);
        value.extend_from_slice(bytes);
        self.put_sealed(key, value);
    }

    /// Removes `key`.
    pub(super) fn delete(&mut self, key: Vec<u8>) {
        self.writes.insert(key, None);
    }

    /// Whether one entry waits to be applied.
    pub(super) fn is_one(&self) -> bool {
        self.writes.len() == 1
    }

    /// Whether anything waits to be applied.
    pub(super) fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }

    /// The keys of what waits to be applied.
    pub(super) fn written(&self) -> Vec<Vec<u8>> {
        self.writes.keys().cloned().collect()
    }

    /// How many bytes wait to be applied, about.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// Makes entries of the writes, as they will stand in the tree, and says by how much the tree's sum changes.
    pub(super) fn settle(&mut self) -> Result<Sum> {
        self.cut()?;
        let mut change = Sum::default();
        for (key, value) in self.writes.iter().filter(|(key, _)| Sum::counts(key)) {
            if let Some(old) = self.stored(key)? {
                change.subtract(key, &old);
            }
            if let Some(new) = value {
                change.add(key, new);
            }
        }
        Ok(change)
    }

    /// Cuts large values into pieces, and removes pieces that are left of older ones.
    fn cut(&mut self) -> Result<()> {
        let mut pieces = Vec::new();
        for (key, value) in &mut self.writes {
            let cached = self.read.borrow().get(key).cloned();
            let old = match cached {
                Some(old) => old,
                None => {
                    let old = self.tree.get(key)?;
                    self.read.borrow_mut().insert(key.clone(), old.clone());
                    old
                }
            };
            let before = old.map_or(0, |old| count(&old));
            let mut after = 0;
            if let Some(value) = value.as_mut().filter(|value| value.len() > HEAD + PIECE) {
                let body = value.split_off(HEAD);
                for piece in body.chunks(PIECE) {
                    let mut sealed = vec![0; HEAD];
                    sealed.extend_from_slice(piece);
                    seal(&mut sealed, WHOLE);
                    pieces.push((piece_key(key, after), Some(sealed)));
                    after += 1;
                }
                value.extend_from_slice(&after.to_le_bytes());
                value.extend_from_slice(&crc32c::crc32c(&body).to_le_bytes());
                seal(value, CONTINUED);
            }
            pieces.extend((after..before).map(|at| (piece_key(key, at), None)));
        }
        self.writes.extend(pieces);
        Ok(())
    }

    /// Applies all writes, which were [settled](Self::settle), as one atomic batch, which sled begins to write at once;
    /// `singly`, one after another, and written when sled comes to it.
    pub(super) fn apply(&mut self, disk: &Disk, singly: bool) -> Result<()> {
        disk.before_index()?;
        if singly {
            for (key, value) in std::mem::take(&mut self.writes) {
                match value {
                    Some(value) => self.tree.insert(key, value)?,
                    None => self.tree.remove(key)?,
                };
            }
            self.read.get_mut().clear();
            self.size = 0;
            return Ok(());
        }
        let mut batch = sled::Batch::default();
        for (key, value) in std::mem::take(&mut self.writes) {
            match value {
                Some(value) => batch.insert(key, value),
                None => batch.remove(key),
            }
        }
        self.read.get_mut().clear();
        self.size = 0;
        Ok(self.tree.apply_batch(batch)?)
    }

    /// Writes a value that was encoded behind the room for its head.
    fn put_sealed(&mut self, key: Vec<u8>, mut value: Vec<u8>) {
        seal(&mut value, WHOLE);
        self.size += key.len() + value.len();
        if let Some(Some(before)) = self.writes.insert(key, Some(value)) {
            self.size = self.size.saturating_sub(before.len());
        }
    }

    fn raw(&self, key: &[u8]) -> Result<Option<Raw<'_>>> {
        if let Some(written) = self.writes.get(key) {
            return Ok(written.as_deref().map(Raw::Written));
        }
        match self.stored(key)? {
            Some(value) if count(&value) > 0 => Ok(Some(Raw::Joined(self.joined(key, &value)?))),
            value => Ok(value.map(Raw::Stored)),
        }
    }

    /// The entry of `key` in the tree.
    fn stored(&self, key: &[u8]) -> Result<Option<IVec>> {
        if let Some(known) = self.read.borrow().get(key) {
            return Ok(known.clone());
        }
        let value = self.tree.get(key)?;
        self.remember(key, &value);
        Ok(value)
    }

    fn remember(&self, key: &[u8], value: &Option<IVec>) {
        let mut read = self.read.borrow_mut();
        if read.len() >= READ_MOST {
            read.clear();
        }
        read.insert(key.to_vec(), value.clone());
    }

    /// A value that was cut, as it was written. The writer may replace it between the looks at its head and its pieces:
    /// it is damaged only when its head stood still.
    fn joined(&self, key: &[u8], head: &IVec) -> Result<Vec<u8>> {
        let mut head = head.clone();
        loop {
            let error = match self.pieces(key, &head) {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            match self.tree.get(key)? {
                Some(now) if now != head => head = now,
                _ => return Err(error),
            }
        }
    }

    /// The value that this head and the pieces of now make.
    fn pieces(&self, key: &[u8], head: &[u8]) -> Result<Vec<u8>> {
        if count(head) == 0 {
            checked(key, head)?;
            return Ok(head.to_vec());
        }
        let stated = checked(key, head)?.get(4..8).map(<[u8]>::to_vec);
        let mut value = vec![0; HEAD];
        for at in 0..count(head) {
            let key = piece_key(key, at);
            let piece = self.tree.get(&key)?.ok_or_else(|| damaged(&key, "a piece of a value is missing"))?;
            value.extend_from_slice(checked(&key, &piece)?);
        }
        if stated.as_deref() != Some(&crc32c::crc32c(&value[HEAD..]).to_le_bytes()) {
            return Err(damaged(key, "the pieces of a value do not belong together"));
        }
        seal(&mut value, WHOLE);
        Ok(value)
    }

    /// Entries below `prefix` in key order, decoded; at most `most`.
    pub(super) fn scan<T: DeserializeOwned>(&self, prefix: &[u8], most: usize) -> Result<Vec<(Vec<u8>, T)>> {
        self.scan_from(prefix, prefix, most)
    }

    /// The same, from the key `from` on.
    pub(super) fn scan_from<T: DeserializeOwned>(
        &self,
        prefix: &[u8],
        from: &[u8],
        most: usize,
    ) -> Result<Vec<(Vec<u8>, T)>> {
        let mut found: BTreeMap<Vec<u8>, T> = BTreeMap::new();
        for entry in self.tree.range(from..) {
            let (key, value) = entry?;
            if found.len() == most || !key.starts_with(prefix) {
                break;
            }
            if !self.writes.contains_key(key.as_ref()) {
                let decoded = match count(&value) {
                    0 => decode(&key, &value)?,
                    _ => decode(&key, &self.joined(&key, &value)?)?,
                };
                found.insert(key.to_vec(), decoded);
            }
        }
        for (key, value) in self.writes.range(from.to_vec()..).take_while(|(key, _)| key.starts_with(prefix))
        {
            if let Some(value) = value {
                found.insert(key.clone(), decode(key, value)?);
            }
        }
        Ok(found.into_iter().take(most).collect())
    }
}

/// In how many further entries a value stands.
fn count(value: &[u8]) -> u32 {
    let Some((head, rest)) = value.split_first_chunk::<HEAD>() else { return 0 };
    match (head[4], rest.first_chunk::<4>()) {
        (CONTINUED, Some(count)) => u32::from_le_bytes(*count),
        _ => 0,
    }
}

/// Where a piece of a large value stands: beside all that is looked through by its first byte.
fn piece_key(key: &[u8], at: u32) -> Vec<u8> {
    join(&join(b"c", key), &at.to_be_bytes())
}

/// Whether an entry is, or is a piece of, one of that kind.
pub(super) fn is_of(key: &[u8], kind: u8) -> bool {
    key.first() == Some(&kind) || (key.first() == Some(&b'c') && key.get(1) == Some(&kind))
}

/// `prefix` and `key` as one key.
pub(super) fn join(prefix: &[u8], key: &[u8]) -> Vec<u8> {
    let mut joined = Vec::with_capacity(prefix.len() + key.len());
    joined.extend_from_slice(prefix);
    joined.extend_from_slice(key);
    joined
}

/// Writes the head of a value: its kind, and the checksum of that and the rest.
fn seal(value: &mut [u8], kind: u8) {
    value[4] = kind;
    let crc = crc32c::crc32c(&value[4..]);
    value[..4].copy_from_slice(&crc.to_le_bytes());
}

/// Decodes a value after checking it.
pub(super) fn decode<T: DeserializeOwned>(key: &[u8], bytes: &[u8]) -> Result<T> {
    postcard::from_bytes(checked(key, bytes)?).map_err(|error| damaged(key, &error.to_string()))
}

/// What stands behind the head of a value, if its checksum is right.
pub(super) fn checked<'v>(key: &[u8], bytes: &'v [u8]) -> Result<&'v [u8]> {
    let Some((crc, rest)) = bytes.split_first_chunk::<4>() else { return Err(damaged(key, "too short")) };
    if rest.is_empty() || crc32c::crc32c(rest) != u32::from_le_bytes(*crc) {
        return Err(damaged(key, "wrong checksum"));
    }
    Ok(&rest[1..])
}

pub(super) fn damaged(key: &[u8], what: &str) -> IndexError {
    let key = key.iter().take(64).map(|byte| format!("{byte:02x}")).collect();
    IndexError::Damaged { key, what: what.to_owned() }
}
