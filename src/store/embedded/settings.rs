//! Applying what was decided: the config's listings and views, and a new beginning for all of them.

use super::apply::Apply;
use super::index::{HealthEntry, Listing};
use super::record::{ConfigureFact, ListingFact, ViewFact};
use super::txn::Result;
use crate::model::{FeedKey, FeedKind, Health, ListingId};

impl Apply<'_, '_> {
    pub(super) fn configure(&mut self, fact: &ConfigureFact) -> Result<()> {
        self.renames(fact)?;
        self.feeds(&fact.feeds)?;
        for declared in &fact.listings {
            self.declare(declared)?;
        }
        for id in &fact.retired {
            if let Some(mut listing) = self.index.listing(id)? {
                // Taken back later, it begins with a baseline again: what it misses meanwhile is not news.
                listing.retired = true;
                listing.left = Some(self.at);
                listing.health = Health::Ok;
                forget(&mut listing);
                self.index.put_listing(id, &listing)?;
                self.index.delete_memo(id);
            }
            self.set_retired(&FeedKey::named(FeedKind::Listing, id.as_str()), true)?;
        }
        self.views(&fact.views, &fact.dropped)?;
        self.targets(&fact.targets, &fact.untargeted)
    }

    /// Forgets what listings hold, not what was seen: what they miss meanwhile is not news. Said once for each.
    pub(super) fn rebaseline(&mut self, reason: &str) -> Result<()> {
        for (id, mut listing) in self.index.listings()? {
            if listing.retired {
                continue;
            }
            let (from, to) = (listing.health, listing.health);
            let entry = HealthEntry {
                seq: self.seq,
                at: self.at,
                listing: id.clone(),
                from,
                to,
                reason: reason.to_owned(),
            };
            self.index.add_health_event(entry)?;
            self.touch_health_feed()?;
            forget(&mut listing);
            self.index.put_listing(&id, &listing)?;
            self.index.delete_memo(&id);
        }
        Ok(())
    }

    pub(super) fn declare(&mut self, declared: &ListingFact) -> Result<()> {
        self.index.put_site(&declared.site, declared.uid)?;
        let before = self.index.listing(&declared.id)?;
        let mut listing = before.clone().unwrap_or_else(|| Listing {
            title: String::new(),
            site: String::new(),
            uid: declared.uid,
            tags: Vec::new(),
            evident: false,
            retired: false,
            left: None,
            baseline: None,
            held: Vec::new(),
            newest: None,
            believed: Vec::new(),
            rejected: Vec::new(),
            news: 0,
            arrivals: Vec::new(),
            stretches: 0,
            health: Health::Ok,
            health_since: self.at,
            reason: String::new(),
            hold: None,
        });
        if listing.uid != declared.uid {
            // Another site: what the listing held there says nothing here.
            forget(&mut listing);
            listing.arrivals.clear();
            self.index.delete_memo(&declared.id);
        }
        listing.title.clone_from(&declared.title);
        listing.site.clone_from(&declared.site);
        listing.uid = declared.uid;
        listing.tags.clone_from(&declared.tags);
        listing.evident = declared.evident;
        listing.retired = false;
        self.index.put_listing(&declared.id, &listing)?;
        let key = FeedKey::named(FeedKind::Listing, declared.id.as_str());
        self.set_retired(&key, false)?;
        match before {
            Some(before) if before.tags != listing.tags || before.title != listing.title => {
                self.redescribe(&declared.id, &key, &listing.tags)
            }
            _ => Ok(()),
        }
    }

    /// Gives the listing's tags of today to every article that was ever on it.
    pub(super) fn redescribe(&mut self, id: &ListingId, key: &FeedKey, tags: &[String]) -> Result<()> {
        let Some(feed) = self.index.feed_number(key)? else { return Ok(()) };
        let segments = self.index.feed(feed)?.map_or(0, |feed| feed.segments);
        for segment in 0..segments {
            for number in self.index.segment(feed, segment)?.members {
                let Some(mut stored) = self.index.stored(number)? else { continue };
                for on in stored.article.listings.iter_mut().filter(|on| on.listing == *id) {
                    on.tags = tags.to_vec();
                }
                self.touch(number, &stored)?;
                self.route(number, &mut stored)?;
                self.index.put_stored(number, &stored);
            }
        }
        Ok(())
    }

    pub(super) fn set_retired(&mut self, key: &FeedKey, retired: bool) -> Result<()> {
        let Some(number) = self.index.feed_number(key)? else { return Ok(()) };
        let Some(mut feed) = self.index.feed(number)?.filter(|feed| feed.retired != retired) else {
            return Ok(());
        };
        feed.retired = retired;
        feed.changed = self.seq;
        self.index.put_feed(number, feed);
        Ok(())
    }

    /// Defines views and fills them with what is remembered, oldest article first.
    pub(super) fn views(&mut self, defined: &[ViewFact], dropped: &[ListingId]) -> Result<()> {
        if defined.is_empty() && dropped.is_empty() {
            return Ok(());
        }
        let mut views = self.index.views()?.to_vec();
        views.retain(|(id, _)| !dropped.contains(id) && !defined.iter().any(|view| view.id == *id));
        views.extend(defined.iter().map(|view| (view.id.clone(), view.filter.clone())));
        views.sort_by(|a, b| a.0.cmp(&b.0));
        self.index.put_views(views)?;
        for id in dropped {
            self.set_retired(&FeedKey::named(FeedKind::View, id.as_str()), true)?;
        }
        for view in defined {
            self.set_retired(&FeedKey::named(FeedKind::View, view.id.as_str()), false)?;
        }
        let count = self.index.applied()?.map_or(0, |applied| applied.next_article);
        for number in 0..count {
            let Some(mut stored) = self.index.stored(number)? else { continue };
            let mut wanted: Vec<u32> = Vec::new();
            for (feed, _) in &stored.routes {
                let kind = self.index.feed(*feed)?.map(|feed| feed.key.kind);
                wanted.extend((kind != Some(FeedKind::View)).then_some(*feed));
            }
            let views = self.view_keys(&stored.article)?;
            wanted.extend(self.numbers_of(views)?);
            if self.route_to(number, &mut stored, &wanted)? {
                self.index.put_stored(number, &stored);
            }
        }
        Ok(())
    }
}

/// Forgets what a listing holds: its next scan is a baseline.
fn forget(listing: &mut Listing) {
    listing.baseline = None;
    listing.held.clear();
    listing.believed.clear();
    listing.hold = None;
}
