//! What the plain model makes of the config.

use super::{Listing, Model};
use crate::diff::{Memo, Past};
use crate::model::{FeedKey, FeedKind, Health, ListingId, SiteUid, Timestamp};
use crate::store::{Declared, DeclaredListing, DeclaredView};

impl Model {
    pub(super) fn configure(&mut self, declared: &Declared, now: Timestamp) {
        let renamed = self.renamed(declared);
        let sites = self.renamed_sites(declared, &renamed);
        // All of it is one record.
        let before = (self.seq, self.at);
        self.next_record(now);
        renamed.iter().for_each(|(from, to)| self.rename(from, to));
        for (from, to) in &sites {
            if let Some(uid) = self.sites.remove(from) {
                self.sites.insert(to.clone(), uid);
            }
        }
        self.begin_sites(declared);
        let listings: Vec<&DeclaredListing> =
            declared.listings.iter().filter(|listing| self.is_news(listing)).collect();
        let is_declared = |id: &ListingId| declared.listings.iter().any(|listing| listing.id == *id);
        let retired: Vec<ListingId> = self
            .listings
            .iter()
            .filter(|(id, known)| !known.retired && !is_declared(id))
            .map(|(id, _)| id.clone())
            .collect();
        let views: Vec<&DeclaredView> =
            declared.views.iter().filter(|view| self.views.get(&view.id) != Some(&view.filter)).collect();
        let dropped: Vec<ListingId> = self
            .views
            .keys()
            .filter(|id| !declared.views.iter().any(|view| view.id == **id))
            .cloned()
            .collect();
        let nothing = listings.is_empty() && retired.is_empty() && views.is_empty() && dropped.is_empty();
        let nothing = nothing && renamed.is_empty() && sites.is_empty();
        if nothing && !self.declare_targets(&declared.targets, false) {
            (self.seq, self.at) = before;
            return;
        }
        self.begin_declared(&listings, &views);
        listings.into_iter().for_each(|listing| self.declare(listing));
        retired.iter().for_each(|id| self.retire(id));
        self.define_views(&views, &dropped);
        self.declare_targets(&declared.targets, true);
    }

    fn begin_sites(&mut self, declared: &Declared) {
        for listing in &declared.listings {
            let minted = self.minted.get(&listing.site).copied();
            self.sites
                .entry(listing.site.clone())
                .or_insert_with(|| minted.unwrap_or_else(|| SiteUid::from_uuid(uuid::Uuid::new_v4())));
        }
    }

    /// Whether the listing differs from what is remembered.
    fn is_news(&self, listing: &DeclaredListing) -> bool {
        self.listings.get(&listing.id).is_none_or(|known| {
            known.retired
                || known.title != listing.title
                || known.site != listing.site
                || known.tags != listing.tags
                || known.evident != listing.evident
                || self.sites.get(&listing.site) != Some(&known.uid)
        })
    }

    fn begin_declared(&mut self, listings: &[&DeclaredListing], views: &[&DeclaredView]) {
        for listing in listings {
            self.begin_feed(FeedKind::Listing, listing.id.as_str());
            for tag in &listing.tags {
                self.begin_feed(FeedKind::Tag, tag);
            }
            let renamed = self.listings.get(&listing.id).is_some_and(|known| known.title != listing.title);
            let unnamed = |article: &crate::model::Article| {
                // A hidden or forgotten one is in no feed; restoring it begins those it needs.
                article.source.is_none()
                    && article.is_shown()
                    && article.listings.first().is_some_and(|on| on.listing == listing.id)
            };
            if renamed && self.articles.iter().any(unnamed) {
                self.begin_feed(FeedKind::Source, &listing.title);
            }
        }
        for view in views {
            self.begin_feed(FeedKind::View, view.id.as_str());
        }
    }

    fn declare(&mut self, declared: &DeclaredListing) {
        let Some(uid) = self.sites.get(&declared.site).copied() else { return };
        let before = self.listings.get(&declared.id).cloned();
        let mut listing = before.clone().unwrap_or_else(|| Listing {
            title: String::new(),
            site: String::new(),
            uid,
            tags: Vec::new(),
            evident: false,
            retired: false,
            left: None,
            since: self.at,
            reason: String::new(),
            past: Past::default(),
        });
        if listing.uid != uid {
            forget(&mut listing.past);
            listing.past.arrivals.clear();
        }
        listing.title.clone_from(&declared.title);
        listing.site.clone_from(&declared.site);
        listing.tags.clone_from(&declared.tags);
        listing.evident = declared.evident;
        (listing.uid, listing.retired) = (uid, false);
        self.listings.insert(declared.id.clone(), listing);
        let key = FeedKey::named(FeedKind::Listing, declared.id.as_str());
        self.set_retired(&key, false);
        if before.is_some_and(|before| before.tags != declared.tags || before.title != declared.title) {
            self.redescribe(&declared.id, &key, &declared.tags);
        }
    }

    /// Gives a listing's tags of today to every article that was ever on it.
    fn redescribe(&mut self, id: &ListingId, key: &FeedKey, tags: &[String]) {
        let members: Vec<usize> =
            self.feed(key).map(|feed| feed.entered.iter().flatten().copied().collect()).unwrap_or_default();
        for place in members {
            for on in self.articles[place].listings.iter_mut().filter(|on| on.listing == *id) {
                on.tags = tags.to_vec();
            }
            self.content_changed(place);
            self.route(place);
        }
    }

    fn retire(&mut self, id: &ListingId) {
        let at = self.at;
        if let Some(listing) = self.listings.get_mut(id) {
            listing.retired = true;
            listing.left = Some(at);
            listing.past.health = Health::Ok;
            forget(&mut listing.past);
        }
        self.set_retired(&FeedKey::named(FeedKind::Listing, id.as_str()), true);
    }

    fn define_views(&mut self, defined: &[&DeclaredView], dropped: &[ListingId]) {
        if defined.is_empty() && dropped.is_empty() {
            return;
        }
        for id in dropped {
            self.views.remove(id);
            self.set_retired(&FeedKey::named(FeedKind::View, id.as_str()), true);
        }
        for view in defined {
            self.views.insert(view.id.clone(), view.filter.clone());
            self.set_retired(&FeedKey::named(FeedKind::View, view.id.as_str()), false);
        }
        for place in 0..self.articles.len() {
            self.route_views(place);
        }
    }

    fn set_retired(&mut self, key: &FeedKey, retired: bool) {
        if let Some(feed) = self.feed_mut(key) {
            feed.retired = retired;
        }
    }
}

/// Forgets what a listing holds: its next scan is a baseline.
fn forget(past: &mut Past) {
    past.baseline = None;
    past.held.clear();
    past.believed.clear();
    past.hold = None;
    past.memo = Memo::default();
}
