//! Articles in the index: packed by number, with their texts in the journal.
//!
//! A sled entry of its own costs each article about 150 bytes of disk and 205 of memory, so [`BUCKET`] of them share
//! one. What a group of commits changes stays unpacked until it is applied.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::base::Name;
use super::index::Index;
use super::record::Content;
use super::stored::{Body, Core, Packed, Stored};
use super::txn::{Result, damaged, join};
use crate::model::OnListing;

/// How many articles share an entry.
const BUCKET: u32 = 8;

/// Articles and names that are not applied yet.
#[derive(Debug, Default)]
pub(super) struct Articles {
    changed: BTreeMap<u32, Slot>,
    names: HashMap<u32, Arc<Name>>,
    numbers: HashMap<Arc<Name>, u32>,
    /// Bytes of texts, about.
    size: usize,
}

/// A changed article; without its texts as long as nobody asks for them.
#[derive(Debug)]
struct Slot {
    core: Core,
    content: Option<Content>,
}

impl Articles {
    pub(super) fn is_clean(&self) -> bool {
        self.changed.is_empty()
    }

    pub(super) fn size(&self) -> usize {
        self.size
    }
}

fn bucket_key(number: u32) -> Vec<u8> {
    join(b"A", &(number / BUCKET).to_be_bytes())
}

fn name_key(number: u32) -> Vec<u8> {
    join(b"W", &number.to_be_bytes())
}

impl Index<'_> {
    /// An article without its texts.
    pub(super) fn core(&self, number: u32) -> Result<Option<Core>> {
        if let Some(slot) = self.articles.changed.get(&number) {
            return Ok(Some(slot.core.clone()));
        }
        let key = bucket_key(number);
        let Some(bucket) = self.txn.bytes(&key)? else { return Ok(None) };
        let Some(packed) = slot_of(&key, &bucket, number)? else { return Ok(None) };
        let packed: Packed =
            postcard::from_bytes(packed).map_err(|error| damaged(&key, &error.to_string()))?;
        let site = match &*self.name(packed.site)? {
            Name::Site(site) => *site,
            Name::On(..) => return Err(damaged(&key, "a site is a listing")),
        };
        let mut listings = Vec::with_capacity(packed.listings.len());
        for (name, presence) in &packed.listings {
            let Name::On(listing, tags) = &*self.name(*name)? else {
                return Err(damaged(&key, "a listing is a site"));
            };
            listings.push(OnListing { listing: listing.clone(), tags: tags.clone(), presence: *presence });
        }
        packed.core(site, listings).map(Some).map_err(|error| damaged(&key, &error.to_string()))
    }

    /// An article, as remembered; its texts are read in the journal.
    pub(super) fn stored(&self, number: u32) -> Result<Option<Stored>> {
        let content = self.articles.changed.get(&number).and_then(|slot| slot.content.clone());
        let Some(core) = self.core(number)? else { return Ok(None) };
        let content = match (content, &core.body) {
            (Some(content), _) => content,
            (None, Body::Own(content)) => Content::clone(content),
            (None, Body::At(place)) => self.base.texts.content(*place)?,
            (None, Body::Gone) => Content::empty(),
        };
        Ok(Some(core.with(content)))
    }

    pub(super) fn put_stored(&mut self, number: u32, stored: &Stored) {
        let (core, content) = stored.parts();
        self.articles.size += 512 + content.summary.as_ref().map_or(0, String::len) + content.title.len();
        self.articles.changed.insert(number, Slot { core, content: Some(content) });
    }

    /// Writes what is beside an article's texts; those stay as they are, unless they are forgotten.
    pub(super) fn put_core(&mut self, number: u32, core: Core) {
        self.articles.size += 256;
        match self.articles.changed.get_mut(&number) {
            Some(slot) => {
                if core.body == Body::Gone {
                    slot.content = None;
                }
                slot.core = core;
            }
            None => drop(self.articles.changed.insert(number, Slot { core, content: None })),
        }
    }

    /// Puts what changed into buckets.
    pub(super) fn pack_articles(&mut self) -> Result<()> {
        let mut changed = std::mem::take(&mut self.articles.changed).into_iter().peekable();
        while let Some((number, slot)) = changed.next() {
            let key = bucket_key(number);
            let bucket = self.txn.bytes(&key)?.unwrap_or_default();
            let mut slots = slots(&key, &bucket)?;
            slots[(number % BUCKET) as usize] = Some(self.pack(&slot.core)?);
            while let Some((number, slot)) = changed.next_if(|(next, _)| next / BUCKET == number / BUCKET) {
                slots[(number % BUCKET) as usize] = Some(self.pack(&slot.core)?);
            }
            let mut bytes = Vec::with_capacity(bucket.len() + 256);
            for slot in &slots {
                let slot = slot.as_deref().unwrap_or_default();
                bytes.extend_from_slice(&u32::try_from(slot.len()).unwrap_or(u32::MAX).to_le_bytes());
                bytes.extend_from_slice(slot);
            }
            self.txn.put_bytes(key, &bytes);
        }
        self.articles = Articles::default();
        Ok(())
    }

    fn pack(&mut self, core: &Core) -> Result<Vec<u8>> {
        let site = self.number_of(Name::Site(core.site))?;
        let mut listings = Vec::with_capacity(core.listings.len());
        for OnListing { listing, tags, presence } in &core.listings {
            listings.push((self.number_of(Name::On(listing.clone(), tags.clone()))?, *presence));
        }
        let packed = core.packed(site, listings);
        postcard::to_stdvec(&packed).map_err(|error| damaged(b"A", &error.to_string()))
    }

    fn name(&self, number: u32) -> Result<Arc<Name>> {
        if let Some(name) = self.base.name(number) {
            return Ok(name);
        }
        if let Some(name) = self.articles.names.get(&number) {
            return Ok(Arc::clone(name));
        }
        let key = name_key(number);
        let name: Name = self.txn.get(&key)?.ok_or_else(|| damaged(&key, "a name is missing"))?;
        let name = Arc::new(name);
        self.base.keep(number, &name);
        Ok(name)
    }

    /// The number of a name; a new one's is given here.
    fn number_of(&mut self, name: Name) -> Result<u32> {
        let known = self.base.number(&name).or_else(|| self.articles.numbers.get(&name).copied());
        if let Some(number) = known {
            return Ok(number);
        }
        let encoded = postcard::to_stdvec(&name).map_err(|error| damaged(b"w", &error.to_string()))?;
        let mut hash = [0; 16];
        hash.copy_from_slice(&blake3::hash(&encoded).as_bytes()[..16]);
        let name = Arc::new(name);
        if let Some(number) = self.txn.packed_get(b"w", &hash)? {
            self.base.keep(number, &name);
            return Ok(number);
        }
        let Some(applied) = &mut self.applied else {
            return Err(damaged(b"W", "an article was changed where nothing is to be applied"));
        };
        let number = applied.next_name;
        applied.next_name += 1;
        self.txn.put(name_key(number), &*name)?;
        self.txn.packed_put(b"w", &hash, number)?;
        self.articles.names.insert(number, Arc::clone(&name));
        self.articles.numbers.insert(name, number);
        Ok(number)
    }
}

/// The articles of a bucket, each as it is packed.
fn slots(key: &[u8], bucket: &[u8]) -> Result<Vec<Option<Vec<u8>>>> {
    let mut slots = vec![None; BUCKET as usize];
    let mut rest = bucket;
    for slot in &mut slots {
        let Some(bytes) = next(key, &mut rest)? else { break };
        *slot = (!bytes.is_empty()).then(|| bytes.to_vec());
    }
    Ok(slots)
}

/// One article of a bucket.
fn slot_of<'b>(key: &[u8], bucket: &'b [u8], number: u32) -> Result<Option<&'b [u8]>> {
    let mut rest = bucket;
    for _ in 0..number % BUCKET {
        next(key, &mut rest)?;
    }
    Ok(next(key, &mut rest)?.filter(|bytes| !bytes.is_empty()))
}

fn next<'b>(key: &[u8], rest: &mut &'b [u8]) -> Result<Option<&'b [u8]>> {
    let Some((len, after)) = rest.split_first_chunk::<4>() else { return Ok(None) };
    let len = u32::from_le_bytes(*len) as usize;
    let (slot, after) = after.split_at_checked(len).ok_or_else(|| damaged(key, "a bucket is cut short"))?;
    *rest = after;
    Ok(Some(slot))
}
