//! Renaming: a listing that goes on under another id, a site that goes on under another name. All that is remembered
//! of it stays as it is; nothing is announced.

use std::collections::HashMap;

use super::apply::Apply;
use super::forget;
use super::index::{Feed, Index, Listing, SEGMENT};
use super::record::{ConfigureFact, RenameFact, SiteFact};
use super::txn;
use crate::model::{FeedKey, FeedKind, ListingId, SiteUid};
use crate::store::{Declared, DeclaredListing, StoreError};

type Result<T> = std::result::Result<T, StoreError>;

/// Decides which declared listings go on where one of another id, no longer declared, left off.
pub(super) fn listings(index: &Index<'_>, declared: &Declared) -> Result<Vec<RenameFact>> {
    let is_declared = |id: &ListingId| declared.listings.iter().any(|listing| listing.id == *id);
    let mut renamed: Vec<RenameFact> = Vec::new();
    for listing in declared.listings.iter().filter(|listing| !listing.renamed_from.is_empty()) {
        if !is_free(index, &listing.id)? {
            continue;
        }
        for from in listing.renamed_from.iter().filter(|from| !is_declared(from)) {
            let is_claimed = renamed.iter().any(|rename| rename.from == *from);
            if !is_claimed && index.listing(from)?.is_some() {
                renamed.push(RenameFact { from: from.clone(), to: listing.id.clone() });
                break;
            }
        }
    }
    Ok(renamed)
}

/// Whether nothing is remembered under that id that would be lost.
fn is_free(index: &Index<'_>, id: &ListingId) -> Result<bool> {
    let Some(known) = index.listing(id)? else { return Ok(true) };
    let feed = index.feed_number(&feed_of(id))?.map(|number| index.feed(number)).transpose()?.flatten();
    Ok(known.retired && feed.is_none_or(|feed| feed.segments == 0))
}

fn feed_of(id: &ListingId) -> FeedKey {
    FeedKey::named(FeedKind::Listing, id.as_str())
}

/// The listing as it is remembered, be it under the id that it had before.
pub(super) fn before(index: &Index<'_>, id: &ListingId, renamed: &[RenameFact]) -> Result<Option<Listing>> {
    let from = renamed.iter().find(|rename| rename.to == *id).map_or(id, |rename| &rename.from);
    Ok(index.listing(from)?)
}

/// The sites that declared listings belong to.
pub(super) struct Sites<'d> {
    by_name: HashMap<&'d str, SiteUid>,
    /// Sites that go on under another name.
    pub(super) renamed: Vec<SiteFact>,
}

impl<'d> Sites<'d> {
    /// Decides which sites were renamed. A name that is not known is another one for a listing's former site, if no
    /// listing stays there.
    pub(super) fn of(index: &Index<'_>, declared: &'d Declared, renamed: &[RenameFact]) -> Result<Self> {
        let mut sites = Self { by_name: HashMap::new(), renamed: Vec::new() };
        for listing in &declared.listings {
            if let Some(uid) = index.site(&listing.site)? {
                sites.by_name.insert(&listing.site, uid);
            }
        }
        for listing in &declared.listings {
            if !sites.by_name.contains_key(listing.site.as_str()) {
                sites.take_over(index, listing, renamed)?;
            }
        }
        Ok(sites)
    }

    fn take_over(
        &mut self,
        index: &Index<'_>,
        listing: &'d DeclaredListing,
        renamed: &[RenameFact],
    ) -> Result<()> {
        let is_renamed = renamed.iter().any(|rename| rename.to == listing.id);
        let before = before(index, &listing.id, renamed)?;
        let Some(before) = before.filter(|before| is_renamed || !before.retired) else { return Ok(()) };
        let is_its_name = index.site(&before.site)? == Some(before.uid);
        if is_its_name && self.by_name.values().all(|uid| *uid != before.uid) {
            self.by_name.insert(&listing.site, before.uid);
            self.renamed.push(SiteFact { from: before.site, to: listing.site.clone() });
        }
        Ok(())
    }

    /// The id of a site, minted where it is new.
    pub(super) fn uid(&mut self, name: &'d str, mint: &mut dyn FnMut() -> SiteUid) -> SiteUid {
        *self.by_name.entry(name).or_insert_with(mint)
    }
}

impl Apply<'_, '_> {
    pub(super) fn renames(&mut self, fact: &ConfigureFact) -> txn::Result<()> {
        for rename in &fact.renamed {
            self.rename(rename)?;
        }
        for SiteFact { from, to } in &fact.sites {
            if let Some(uid) = self.index.site(from)? {
                self.index.delete_site(from);
                self.index.put_site(to, uid)?;
            }
        }
        Ok(())
    }

    fn rename(&mut self, RenameFact { from, to }: &RenameFact) -> txn::Result<()> {
        let Some(listing) = self.index.listing(from)? else { return Ok(()) };
        self.index.put_listing(to, &listing)?;
        self.index.delete_listing(from)?;
        match self.index.memo(from)? {
            Some(memo) => self.index.put_memo(to, &memo)?,
            None => self.index.delete_memo(to),
        }
        self.index.delete_memo(from);
        self.rename_feed(from, to)?;
        self.rename_in_events(from, to)?;
        for number in self.ever_on(to)? {
            let Some(mut stored) = self.index.stored(number)? else { continue };
            let mut is_here = false;
            for on in stored.article.listings.iter_mut().filter(|on| on.listing == *from) {
                on.listing.clone_from(to);
                is_here = true;
            }
            if is_here {
                self.note(stored.article.id, &stored.routes)?;
                // Views that name listings may see it otherwise now.
                self.route(number, &mut stored)?;
                self.index.put_stored(number, &stored);
            }
        }
        Ok(())
    }

    /// Every article that was ever on a listing, and those that are hidden or forgotten, which are in no feed.
    fn ever_on(&self, id: &ListingId) -> txn::Result<Vec<u32>> {
        let mut numbers = Vec::new();
        if let Some(feed) = self.index.feed_number(&feed_of(id))? {
            for segment in 0..self.index.feed(feed)?.map_or(0, |feed| feed.segments) {
                numbers.extend(self.index.segment(feed, segment)?.members);
            }
        }
        numbers.extend(self.index.hidden()?);
        numbers.extend(forget::forgotten(self.index)?);
        Ok(numbers)
    }

    /// The feed keeps its id and what is in it; its files get other paths.
    fn rename_feed(&mut self, from: &ListingId, to: &ListingId) -> txn::Result<()> {
        if let Some(empty) = self.index.feed_number(&feed_of(to))? {
            self.index.delete_feed(empty, &feed_of(to));
        }
        self.take_slug(to.as_str())?;
        let Some(number) = self.index.feed_number(&feed_of(from))? else { return Ok(()) };
        let Some(mut feed) = self.index.feed(number)? else { return Ok(()) };
        feed.former.push(feed.slug);
        feed.former.retain(|slug| slug != to.as_str());
        (feed.key, feed.label, feed.slug) = (feed_of(to), to.to_string(), to.to_string());
        feed.changed = self.seq;
        self.index.delete_feed_name(&feed_of(from));
        let segments = feed.segments;
        self.index.add_feed(number, feed)?;
        for at in 0..segments {
            let segment = self.index.segment_mut(number, at)?;
            segment.changed = self.seq;
            if segment.entered as usize >= SEGMENT {
                self.index.touched.archives.insert((number, at));
            }
        }
        Ok(())
    }

    /// A slug that a listing's feed gets now is no longer that of another one before.
    pub(super) fn take_slug(&mut self, slug: &str) -> txn::Result<()> {
        let Some(number) = self.index.slug_owner(FeedKind::Listing, slug)? else { return Ok(()) };
        let seq = self.seq;
        let is_former = |feed: &Feed| feed.former.iter().any(|former| former == slug);
        if self.index.feed(number)?.as_ref().is_some_and(is_former)
            && let Some(feed) = self.index.feed_mut(number)?
        {
            feed.former.retain(|former| former != slug);
            feed.changed = seq;
        }
        Ok(())
    }

    fn rename_in_events(&mut self, from: &ListingId, to: &ListingId) -> txn::Result<()> {
        let mut events = self.index.health_events()?;
        let mut is_told = false;
        for event in events.iter_mut().filter(|event| event.listing == *from) {
            event.listing.clone_from(to);
            is_told = true;
        }
        if !is_told {
            return Ok(());
        }
        self.index.put_health_events(&events)?;
        let Some(number) = self.index.feed_number(&FeedKey::health())? else { return Ok(()) };
        let seq = self.seq;
        if let Some(feed) = self.index.feed_mut(number)? {
            feed.changed = seq;
        }
        Ok(())
    }
}
