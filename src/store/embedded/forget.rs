//! Forgetting what old articles say: which, and what is left of them.
//!
//! An article's id, keys, times and listings stay for ever, so that it is never new again. Its texts, and with them its
//! places in feeds, go when no listing has held it for long.

use std::collections::{HashMap, HashSet};

use super::apply::Apply;
use super::index::{Forgot, Index};
use super::record::DecisionFact;
use super::stored::{Body, Core};
use super::txn::Result;
use crate::model::{ArticleId, Forgotten, ListingId, Presence, Timestamp};

/// How many articles one record may name: with all their feeds, the writer is at it for some 50 ms.
pub(super) const MOST: usize = 1_000;

/// How many articles are looked at in one go.
pub(super) const STEP: u32 = 1_000;

/// Those who hold articles.
pub(super) struct Holders {
    listings: HashMap<ListingId, Holder>,
}

struct Holder {
    /// What its last reading held.
    held: HashSet<ArticleId>,
    /// Whether what is on it is not known now: its next scan is a baseline, or a reading waits for approval.
    is_unsettled: bool,
    /// When it was retired, if it is.
    left: Option<Timestamp>,
}

impl Holders {
    pub(super) fn of(index: &Index<'_>) -> Result<Self> {
        let holder = |(id, listing): (ListingId, super::index::Listing)| {
            let is_unsettled = !listing.retired && (listing.baseline.is_none() || listing.hold.is_some());
            let held = listing.held.into_iter().map(|held| held.article).collect();
            (id, Holder { held, is_unsettled, left: listing.left.filter(|_| listing.retired) })
        };
        Ok(Self { listings: index.listings()?.into_iter().map(holder).collect() })
    }

    /// Whether the texts of an article are to be forgotten.
    pub(super) fn let_go(&self, core: &Core, before: Timestamp) -> bool {
        let is_kept = |on: &crate::model::OnListing| {
            let Some(holder) = self.listings.get(&on.listing) else { return false };
            let was_there = on.presence == Presence::Listed;
            holder.held.contains(&core.id)
                || holder.is_unsettled
                || (was_there && holder.left.is_some_and(|left| left >= before))
        };
        core.body != Body::Gone && core.seen < before && !core.listings.iter().any(is_kept)
    }
}

/// Among the articles from number `first` on, [`STEP`] at most, those to be forgotten.
pub(super) fn due(
    index: &Index<'_>,
    holders: &Holders,
    first: u32,
    before: Timestamp,
) -> Result<Vec<ArticleId>> {
    let mut found = Vec::new();
    for number in first..first.saturating_add(STEP) {
        let core = index.core(number)?.filter(|core| holders.let_go(core, before));
        found.extend(core.map(|core| core.id));
    }
    Ok(found)
}

/// The fact that these articles are forgotten: those of them that are still to be. `None` when none is.
pub(super) fn decide(
    index: &Index<'_>,
    asked: &[ArticleId],
    before: Timestamp,
) -> Result<Option<DecisionFact>> {
    let holders = Holders::of(index)?;
    let mut articles = Vec::new();
    for id in asked.iter().take(MOST) {
        let Some(number) = index.number(*id)? else { continue };
        let core = index.core(number)?.filter(|core| holders.let_go(core, before));
        articles.extend(core.map(|core| core.id));
    }
    Ok((!articles.is_empty()).then_some(DecisionFact::Forget { articles, before }))
}

/// The numbers of all articles that were ever forgotten: no feed leads to them. Looks at every one there is.
pub(super) fn forgotten(index: &Index<'_>) -> Result<Vec<u32>> {
    let mut found = Vec::new();
    if index.forgot()?.seq == 0 {
        return Ok(found);
    }
    for number in 0..index.applied()?.map_or(0, |applied| applied.next_article) {
        let core = index.core(number)?;
        found.extend(core.is_some_and(|core| core.forgotten.is_some()).then_some(number));
    }
    Ok(found)
}

impl Apply<'_, '_> {
    pub(super) fn forget_texts(&mut self, articles: &[ArticleId]) -> Result<()> {
        let mut forgot = self.index.forgot()?;
        for id in articles {
            let Some(number) = self.index.number(*id)? else { continue };
            let Some(mut core) = self.index.core(number)?.filter(|core| core.body != Body::Gone) else {
                continue;
            };
            // Its title says so no more.
            core.story = Some(self.index.stored(number)?.and_then(|stored| stored.story()));
            for (feed, segment) in std::mem::take(&mut core.routes) {
                self.leave(feed, segment, number)?;
            }
            (core.body, core.split) = (Body::Gone, None);
            core.forgotten = Some(Forgotten { at: self.at, relearned: false });
            self.index.mark_unsure(number, false)?;
            self.index.touched.articles.insert(*id);
            self.index.put_core(number, core);
            forgot.count += 1;
        }
        self.index.put_forgot(Forgot { seq: self.seq, ..forgot })
    }

    /// An article's texts are known again.
    pub(super) fn relearned(&mut self) -> Result<()> {
        let forgot = self.index.forgot()?;
        self.index.put_forgot(Forgot { count: forgot.count.saturating_sub(1), ..forgot })
    }
}
