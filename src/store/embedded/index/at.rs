//! The keys of the tree.

use crate::model::{FeedKey, FeedKind, ListingId, SiteUid};
use crate::store::embedded::txn::join;

pub(super) const APPLIED: &[u8] = b"M/applied";
pub(super) const PUBLISHED: &[u8] = b"M/published";
pub(super) const HEALTH: &[u8] = b"H";
pub(super) const IDS: &[u8] = b"I";
pub(super) const LOOKED: &[u8] = b"M/looked";
pub(super) const SITES: &[u8] = b"S";
pub(super) const SLUGS: &[u8] = b"G";
pub(super) const DAYS: &[u8] = b"D";
pub(super) const FORGOT: &[u8] = b"Y";
pub(super) const STORIES: &[u8] = b"B";

pub(super) fn site(name: &str) -> Vec<u8> {
    join(SITES, name.as_bytes())
}
pub(super) fn keys(site: SiteUid) -> Vec<u8> {
    join(b"K", &site.bytes())
}
pub(super) fn listing(id: &ListingId) -> Vec<u8> {
    join(b"L", id.as_str().as_bytes())
}
pub(super) fn memo(id: &ListingId) -> Vec<u8> {
    join(b"m", id.as_str().as_bytes())
}
pub(super) fn feed(number: u32) -> Vec<u8> {
    join(b"F", &number.to_be_bytes())
}
pub(super) fn feed_name(key: &FeedKey) -> Vec<u8> {
    join(&[b'N', key.kind as u8], key.name.as_bytes())
}
pub(super) fn slug(kind: FeedKind, slug: &str) -> Vec<u8> {
    join(&[b'G', kind as u8], slug.as_bytes())
}
pub(super) fn segment(feed: u32, number: u32) -> Vec<u8> {
    join(&join(b"E", &feed.to_be_bytes()), &number.to_be_bytes())
}
/// The days of a site, as many together as one entry has.
pub(super) fn days(site: SiteUid, day: u32) -> Vec<u8> {
    join(&join(DAYS, &site.bytes()), &(day / super::DAYS).to_be_bytes())
}
/// A stretch of what a listing held.
pub(super) fn held(id: &ListingId, at: u32) -> Vec<u8> {
    join(&join(&join(b"P", id.as_str().as_bytes()), &[0]), &at.to_be_bytes())
}
pub(super) fn hidden(number: u32) -> Vec<u8> {
    join(b"X", &number.to_be_bytes())
}
pub(super) fn unsure(number: u32) -> Vec<u8> {
    join(b"U", &number.to_be_bytes())
}
