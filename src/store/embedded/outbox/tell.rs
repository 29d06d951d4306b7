//! Deciding what a scan tells of: the articles it announces, and what became of others.

use std::collections::{HashMap, HashSet};

use super::owe::{self, Told};
use super::record::Owed;
use crate::diff::{Kind, Proposal, SightKind, told_fields};
use crate::model::{Article, ArticleId, Change, ListingId, Presence, TargetRule};
use crate::store::StoreError;
use crate::store::embedded::decide::Scan;
use crate::store::embedded::index::Index;
use crate::store::embedded::record::{KnownArticle, NewArticle};
use crate::store::embedded::stored::Stored;
use crate::store::embedded::txn;

type Result<T> = std::result::Result<T, StoreError>;

impl Scan<'_, '_, '_> {
    /// What is owed to targets for what is announced, and for what changes.
    pub(in super::super) fn owes(&self, new: &[NewArticle], known: &[KnownArticle]) -> Result<Vec<Owed>> {
        if self.targets.is_empty() {
            return Ok(Vec::new());
        }
        let mut announced = Vec::new();
        for new in new.iter().filter(|new| new.announced) {
            announced.push((new.place, new.article(self.listing.uid, self.on_listing(), self.origin.at, 0)));
        }
        for known in known.iter().filter(|known| known.announced) {
            announced.extend(self.left(known)?.map(|article| (known.place, article)));
        }
        // A baseline changes nothing that anybody is told of.
        let is_told = self.kind != Kind::Baseline && self.targets.iter().any(TargetRule::wants_changes);
        let changed = if is_told { self.changed(known)? } else { Vec::new() };
        let approved = self.proposal.approved;
        Ok(owe::of_articles(self.index, self.targets, announced, changed, approved, self.origin)?)
    }

    /// A known article as this scan leaves it.
    pub(in super::super) fn left(&self, known: &KnownArticle) -> Result<Option<Article>> {
        let Some(mut article) = self.stored(known.id)? else { return Ok(None) };
        known.leave(&mut article, self.kind, self.on_listing(), self.origin.at, 0);
        Ok(Some(article))
    }

    fn stored(&self, id: ArticleId) -> Result<Option<Article>> {
        let Some(number) = self.index.number(id)? else { return Ok(None) };
        Ok(self.index.stored(number)?.map(|Stored { article, .. }| article))
    }

    /// What became of articles that are not announced.
    fn changed(&self, known: &[KnownArticle]) -> Result<Vec<Told>> {
        let mut others = Others { index: self.index, this: &self.proposal.listing, held: HashMap::new() };
        let mut changed = Vec::new();
        // Nor does a correction, but what it finds to be gone for long enough is.
        let is_news = |known: &&KnownArticle| self.kind == Kind::Scan && !known.announced;
        for known in known.iter().filter(is_news) {
            if known.sight == SightKind::Still && known.fields.is_empty() {
                continue;
            }
            let (Some(before), Some(article)) = (self.stored(known.id)?, self.left(known)?) else { continue };
            let fields = told_fields(&before, &article, &known.fields);
            let was_removed = before.listings.iter().any(|on| on.presence == Presence::Removed);
            let mut whats = Vec::new();
            if known.sight != SightKind::Still && was_removed && !others.hold(&before)? {
                whats.push(Change::Returned);
            }
            if !fields.is_empty() {
                whats.push(Change::Updated);
            }
            if !whats.is_empty() {
                changed.push(Told { whats, fields, article });
            }
        }
        let Proposal { removed, corrected, .. } = self.proposal;
        for id in removed.iter().filter(|id| !corrected.contains(id)) {
            let Some(mut article) = self.stored(*id)? else { continue };
            if others.hold(&article)? {
                continue;
            }
            for on in article.listings.iter_mut().filter(|on| on.listing == self.proposal.listing) {
                on.presence = Presence::Removed;
            }
            changed.push(Told { whats: vec![Change::Removed], fields: Vec::new(), article });
        }
        Ok(changed)
    }
}

/// The listings beside the scanned one, with what they hold, once they were asked for.
struct Others<'s, 't> {
    index: &'s Index<'t>,
    this: &'s ListingId,
    held: HashMap<ListingId, HashSet<ArticleId>>,
}

impl Others<'_, '_> {
    /// Whether one of them holds the article. That it is listed there is not enough: a listing that was taken off the
    /// config, or begins anew, holds nothing.
    fn hold(&mut self, article: &Article) -> txn::Result<bool> {
        let listed = article.listings.iter().filter(|on| on.presence == Presence::Listed);
        for on in listed.filter(|on| on.listing != *self.this) {
            if !self.held.contains_key(&on.listing) {
                let listing = self.index.listing(&on.listing)?;
                let held = listing.map(|listing| listing.held).unwrap_or_default();
                self.held.insert(on.listing.clone(), held.into_iter().map(|held| held.article).collect());
            }
            if self.held.get(&on.listing).is_some_and(|held| held.contains(&article.id)) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
