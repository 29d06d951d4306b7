//! What the plain model makes of listings and sites that were renamed.

use super::Model;
use crate::model::{FeedKey, FeedKind, ListingId};
use crate::store::{Declared, DeclaredListing};

impl Model {
    /// The listings that go on under another id: old one, new one.
    pub(super) fn renamed(&self, declared: &Declared) -> Vec<(ListingId, ListingId)> {
        let mut found: Vec<(ListingId, ListingId)> = Vec::new();
        for listing in &declared.listings {
            let was_left = |id: &&ListingId| {
                self.listings.contains_key(*id)
                    && declared.listings.iter().all(|other| other.id != **id)
                    && found.iter().all(|(from, _)| from != *id)
            };
            let from = listing.renamed_from.iter().find(was_left).cloned();
            if let Some(from) = from.filter(|_| self.is_free(&listing.id)) {
                found.push((from, listing.id.clone()));
            }
        }
        found
    }

    fn is_free(&self, id: &ListingId) -> bool {
        let feed = self.feed(&FeedKey::named(FeedKind::Listing, id.as_str()));
        let is_empty = feed.is_none_or(|feed| feed.entered.is_empty());
        self.listings.get(id).is_none_or(|known| known.retired && is_empty)
    }

    /// The sites that go on under another name: old one, new one.
    pub(super) fn renamed_sites(
        &self,
        declared: &Declared,
        renamed: &[(ListingId, ListingId)],
    ) -> Vec<(String, String)> {
        let mut found: Vec<(String, String)> = Vec::new();
        for listing in &declared.listings {
            let is_known = self.sites.contains_key(&listing.site);
            if is_known || found.iter().any(|(_, to)| *to == listing.site) {
                continue;
            }
            let Some(site) = self.former_site(listing, renamed) else { continue };
            let stays = declared.listings.iter().any(|other| other.site == site);
            if !stays && found.iter().all(|(from, _)| *from != site) {
                found.push((site, listing.site.clone()));
            }
        }
        found
    }

    fn former_site(&self, listing: &DeclaredListing, renamed: &[(ListingId, ListingId)]) -> Option<String> {
        let known = match renamed.iter().find(|(_, to)| *to == listing.id) {
            Some((from, _)) => self.listings.get(from),
            None => self.listings.get(&listing.id).filter(|known| !known.retired),
        };
        known.filter(|known| self.sites.get(&known.site) == Some(&known.uid)).map(|known| known.site.clone())
    }

    /// Everything that named the one names the other.
    pub(super) fn rename(&mut self, from: &ListingId, to: &ListingId) {
        if let Some(listing) = self.listings.remove(from) {
            self.listings.insert(to.clone(), listing);
        }
        for event in self.events.iter_mut().filter(|event| event.listing == *from) {
            event.listing = to.clone();
        }
        let key = FeedKey::named(FeedKind::Listing, to.as_str());
        self.feeds.retain(|feed| feed.key != key);
        self.take_slug(to.as_str());
        if let Some(feed) = self.feed_mut(&FeedKey::named(FeedKind::Listing, from.as_str())) {
            feed.former.push(from.to_string());
            (feed.key, feed.label, feed.slug) = (key.clone(), to.to_string(), to.to_string());
            feed.former.retain(|slug| slug != to.as_str());
        }
        for article in &mut self.articles {
            for on in article.listings.iter_mut().filter(|on| on.listing == *from) {
                on.listing = to.clone();
            }
        }
        let members: Vec<usize> =
            self.feed(&key).map(|feed| feed.entered.iter().flatten().copied().collect()).unwrap_or_default();
        members.into_iter().for_each(|place| self.route(place));
    }

    pub(super) fn take_slug(&mut self, slug: &str) {
        for feed in self.feeds.iter_mut().filter(|feed| feed.key.kind == FeedKind::Listing) {
            feed.former.retain(|former| former != slug);
        }
    }
}
