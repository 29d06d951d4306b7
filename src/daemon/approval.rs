//! What operators decide about a listing, beyond what the store remembers of it: the held pages.

use super::App;
use super::cycle::Known;
use super::pages::Pages;
use crate::diff::{Belief, Content, HealthChange, Hold};
use crate::model::{ListingId, ListingSpec};
use crate::store::{Committed, Decision, Store, StoreError};

/// Why a held reading cannot be decided.
#[derive(Debug, thiserror::Error)]
pub enum ApprovalError {
    /// Nothing is held.
    #[error("no reading of `{0}` is held")]
    NotHeld(ListingId),
    /// The pages are gone, or are read otherwise by now.
    #[error("the held pages of `{0}` are no longer there as they were judged")]
    Gone(ListingId),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl<S: Store> App<S> {
    /// Believes the reading of a listing that is held: its articles enter the feeds, and are announced as one.
    ///
    /// # Errors
    /// [`ApprovalError::NotHeld`], [`ApprovalError::Gone`]: scan again, then approve; [`ApprovalError::Store`].
    pub async fn approve(&self, spec: &ListingSpec) -> Result<(Hold, Committed), ApprovalError> {
        let _gate = self.gates.enter(&spec.id).await;
        let past = self.store.past(&spec.id).await?;
        let hold = past.hold.clone().ok_or_else(|| ApprovalError::NotHeld(spec.id.clone()))?;
        let gone = || ApprovalError::Gone(spec.id.clone());
        let documents = self.snapshots.held(&spec.id, hold.hash).ok_or_else(gone)?;
        let pages = Pages::of(self.rules.of(spec), &documents);
        let mut found = self.find(spec, &pages, &past, Known::Approved, self.clock.now()).await?;
        if found.hash != hold.hash {
            return Err(gone());
        }
        let (to, reason) = (found.judgement.health, found.judgement.reason);
        found.proposal.health.get_or_insert(HealthChange { to, reason, hold: None });
        let committed = self.commit(found.proposal).await?;
        let whole = found.judgement.belief == Belief::Whole;
        let kept = match whole {
            true => self.snapshots.keep(&spec.id, pages.body, &documents),
            false => self.snapshots.let_go(&spec.id),
        };
        if let Err(error) = kept {
            tracing::warn!(listing = %spec.id, %error, "cannot keep a snapshot of the approved pages");
        }
        self.learn_tags(&committed).await?;
        Ok((hold, committed))
    }

    /// What is new in the reading of a listing that is held, as it would be remembered; nothing where none is
    /// held, or its pages are gone or read otherwise by now. Decides nothing.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub async fn held(&self, spec: &ListingSpec) -> Result<Vec<Content>, StoreError> {
        let past = self.store.past(&spec.id).await?;
        let Some(hold) = &past.hold else { return Ok(Vec::new()) };
        let Some(documents) = self.snapshots.held(&spec.id, hold.hash) else { return Ok(Vec::new()) };
        let pages = Pages::of(self.rules.of(spec), &documents);
        let found = self.find(spec, &pages, &past, Known::Approved, self.clock.now()).await?;
        if found.hash != hold.hash {
            return Ok(Vec::new());
        }
        Ok(found.proposal.drafts.into_iter().map(|draft| draft.content).collect())
    }

    /// Does not believe the reading of a listing that is held, now or later.
    ///
    /// # Errors
    /// [`ApprovalError::NotHeld`], [`ApprovalError::Store`].
    pub async fn reject(&self, listing: &ListingId) -> Result<Hold, ApprovalError> {
        let _gate = self.gates.enter(listing).await;
        let held = self.store.past(listing).await?.hold;
        let hold = held.ok_or_else(|| ApprovalError::NotHeld(listing.clone()))?;
        self.store.decide(Decision::Reject(listing.clone(), hold.hash), self.clock.now()).await?;
        if let Err(error) = self.snapshots.let_go(listing) {
            tracing::warn!(%listing, %error, "cannot remove the rejected pages");
        }
        Ok(hold)
    }
}
