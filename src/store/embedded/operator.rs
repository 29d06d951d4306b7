//! What operators decide, as facts: only what differs from what is remembered.

use super::begin::NewFeeds;
use super::index::{Index, Listing};
use super::outbox;
use super::outbox::owe::{Origin, Turn};
use super::record::{DecisionFact, Fact, HealthFact};
use super::routes::unnamed_source;
use super::stored::Stored;
use crate::model::id::StoreId;
use crate::model::{ArticleId, Health, ListingId, TargetRule};
use crate::store::{Decision, StoreError};

type Result<T> = std::result::Result<T, StoreError>;

/// The fact of a decision that is written down as `origin` says; `None` when nothing differs by it.
pub(super) fn decide(index: &mut Index<'_>, decision: &Decision, origin: Origin) -> Result<Option<Fact>> {
    let fact = match decision {
        Decision::Pause(id) => pause(id, &declared(index, id)?),
        Decision::Resume(id) => resume(id, &declared(index, id)?),
        Decision::Reject(id, hash) => {
            let listing = declared(index, id)?;
            let is_held = listing.hold.as_ref().is_some_and(|hold| hold.hash == *hash);
            let rules = outbox::owe::rules(index)?;
            is_held
                .then(|| DecisionFact::Reject { hash: *hash, health: rejected(id, &listing, &rules, origin) })
        }
        Decision::Hide(article) => {
            let shown = stored(index, *article)?.filter(|stored| !stored.article.hidden);
            shown.map(|_| DecisionFact::Hide { article: *article })
        }
        Decision::Restore(article) => restore(index, *article, origin.store)?,
        Decision::Retry(deliveries) => outbox::decide::retry(index, deliveries, true, origin.at)?,
        Decision::RetryUndelivered(deliveries) => outbox::decide::retry(index, deliveries, false, origin.at)?,
        Decision::Drop(deliveries) => outbox::decide::drop(index, deliveries)?,
        Decision::Disable(target, reason) => outbox::decide::disable(index, target, reason)?,
        Decision::Enable(target) => outbox::decide::enable(index, target)?,
    };
    Ok(fact.map(Fact::Decision))
}

fn declared(index: &Index<'_>, id: &ListingId) -> Result<Listing> {
    let listing = index.listing(id)?.filter(|listing| !listing.retired);
    listing.ok_or_else(|| StoreError::NoListing(id.clone()))
}

fn stored(index: &Index<'_>, article: ArticleId) -> Result<Option<Stored>> {
    let Some(number) = index.number(article)? else { return Ok(None) };
    Ok(index.stored(number)?)
}

fn pause(id: &ListingId, listing: &Listing) -> Option<DecisionFact> {
    (listing.health != Health::Paused).then(|| {
        DecisionFact::Pause(HealthFact {
            listing: id.clone(),
            from: listing.health,
            to: Health::Paused,
            reason: "paused by an operator".to_owned(),
            hold: listing.hold.clone(),
            owes: Vec::new(),
        })
    })
}

/// A reading that was held before the pause still waits.
fn resume(id: &ListingId, listing: &Listing) -> Option<DecisionFact> {
    (listing.health == Health::Paused).then(|| {
        let (to, reason) = match &listing.hold {
            Some(hold) => (Health::Quarantined, hold.reason.clone()),
            None => (Health::Ok, "resumed by an operator".to_owned()),
        };
        let hold = listing.hold.clone();
        let (listing, owes) = (id.clone(), Vec::new());
        DecisionFact::Resume(HealthFact { listing, from: Health::Paused, to, reason, hold, owes })
    })
}

/// Who is told of held readings is told that this one is none any more. Of the listing's health nobody is: it was an
/// operator's doing.
fn rejected(id: &ListingId, listing: &Listing, rules: &[TargetRule], origin: Origin) -> HealthFact {
    let to = if listing.health == Health::Paused { Health::Paused } else { Health::Odd };
    let reason = "an operator rejected its reading; it waits for another".to_owned();
    let owes = outbox::owe::of_turn(rules, id, Turn { is_health: false, is_hold: true }, origin);
    HealthFact { listing: id.clone(), from: listing.health, to, reason, hold: None, owes }
}

/// What its row said while it was hidden may begin feeds now.
fn restore(index: &mut Index<'_>, id: ArticleId, store: StoreId) -> Result<Option<DecisionFact>> {
    let Some(mut stored) = stored(index, id)?.filter(|stored| stored.article.hidden) else {
        return Ok(None);
    };
    stored.article.hidden = false;
    let unnamed = unnamed_source(index, &stored.article)?;
    let mut feeds = NewFeeds::default();
    feeds.begin(index, store, &stored.article, &unnamed)?;
    Ok(Some(DecisionFact::Restore { article: id, feeds: feeds.new }))
}
