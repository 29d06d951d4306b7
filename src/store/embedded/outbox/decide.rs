//! Deciding on deliveries: only what still is as it is asked for becomes a fact.

use std::collections::{BTreeSet, HashSet};

use super::entry::Progress;
use super::owe::{self, Origin};
use super::record::{BatchFact, DeliveryFact, DisabledFact, EndFact, TryFact};
use crate::model::delivery::WAIT_MOST;
use crate::model::text::bounded;
use crate::model::{DeliveryId, DeliveryState, TargetId, TargetRule, Timestamp};
use crate::store::embedded::index::Index;
use crate::store::embedded::record::{ConfigureFact, DecisionFact};
use crate::store::embedded::txn::Result;
use crate::store::outbox::{given_up, is_given_up};
use crate::store::{BATCH_MOST, Settled, TROUBLE_BYTES, TryEnd};

/// The fact of ended tries; `None` when no delivery waits for one of them.
///
/// The next try is written down by the clock as it is, and not by the record's time: where the clock was put back,
/// that stands still until the clock catches up, and so no wait by it would end.
pub(in super::super) fn settle(
    index: &mut Index<'_>,
    tries: &[Settled],
    now: Timestamp,
    origin: Origin,
) -> Result<Option<DeliveryFact>> {
    let mut seen = HashSet::new();
    let mut ended = Vec::new();
    for settled in tries {
        let progress = index.progress(settled.id)?;
        let waits = progress.is_some_and(|progress| {
            progress.target == settled.target && matches!(progress.state, DeliveryState::Waiting(_))
        });
        if waits && seen.insert(settled.id) {
            let end = end(&settled.end, now.plus(WAIT_MOST));
            ended.push(TryFact { id: settled.id, target: settled.target.clone(), end });
        }
    }
    if ended.is_empty() {
        return Ok(None);
    }
    let disabled = disabled(index, &ended, origin)?;
    Ok(Some(DeliveryFact { tries: ended, disabled }))
}

/// The targets that are sent nothing more once these tries ended, and who is told of it.
fn disabled(index: &mut Index<'_>, ended: &[TryFact], origin: Origin) -> Result<Vec<DisabledFact>> {
    let mut found: Vec<(TargetId, String)> = Vec::new();
    let failed = ended.iter().filter(|ended| ended.end != EndFact::Delivered);
    let targets: BTreeSet<&TargetId> = failed.map(|ended| &ended.target).collect();
    for target in targets {
        let tally = index.tally(target)?;
        if tally.disabled.is_some() {
            continue;
        }
        let (mut since, mut failed) = (tally.failing, tally.failed);
        let reason = ended.iter().filter(|ended| ended.target == *target).find_map(|ended| {
            let reason = match &ended.end {
                EndFact::Delivered => {
                    (since, failed) = (None, 0);
                    return None;
                }
                EndFact::Disabled { reason } => return Some(reason.clone()),
                EndFact::Failed { reason, .. } | EndFact::Dead { reason } => reason,
            };
            failed = failed.saturating_add(1);
            let first = *since.get_or_insert(origin.at);
            is_given_up(first, failed, origin.at).then(|| bounded(&given_up(reason), TROUBLE_BYTES))
        });
        found.extend(reason.map(|reason| (target.clone(), reason)));
    }
    let mut facts = Vec::new();
    for (target, reason) in &found {
        let owes = owe::of_disabled(index, target, &found, origin)?;
        facts.push(DisabledFact { target: target.clone(), reason: reason.clone(), owes });
    }
    Ok(facts)
}

fn end(end: &TryEnd, last: Timestamp) -> EndFact {
    let bounded = |reason: &str| bounded(reason, TROUBLE_BYTES);
    match end {
        TryEnd::Delivered => EndFact::Delivered,
        TryEnd::Failed { reason, next } => {
            EndFact::Failed { reason: bounded(reason), next: (*next).min(last) }
        }
        TryEnd::Dead { reason } => EndFact::Dead { reason: bounded(reason) },
        TryEnd::Disabled { reason } => EndFact::Disabled { reason: bounded(reason) },
    }
}

/// The fact of a batch; `None` when no delivery can be in it.
pub(in super::super) fn batch(
    index: &Index<'_>,
    target: &TargetId,
    deliveries: &[DeliveryId],
    origin: Origin,
) -> Result<Option<BatchFact>> {
    let mut members = Vec::new();
    let mut seen = HashSet::new();
    for id in deliveries.iter().filter(|id| seen.insert(**id)) {
        let Some(progress) = index.progress(*id)? else { continue };
        let Progress { state, tries, seq, ordinal, born, changed, .. } = progress;
        let is_waiting = progress.target == *target && matches!(state, DeliveryState::Waiting(_));
        // As `Delivery::is_fresh` has it, without reading the message of those that are not.
        let is_fresh = is_waiting && tries == 0 && changed == born;
        if is_fresh && index.message(*id)?.is_some_and(|message| message.is_of_one()) {
            members.push(((seq, ordinal), *id));
        }
    }
    members.sort_unstable();
    members.truncate(BATCH_MOST);
    let deliveries: Vec<DeliveryId> = members.into_iter().map(|(_, id)| id).collect();
    let id = origin.id(target, "batch");
    Ok((!deliveries.is_empty()).then(|| BatchFact { id, target: target.clone(), deliveries }))
}

/// What of the declared targets differs from what is remembered.
pub(in super::super) fn targets(
    index: &mut Index<'_>,
    declared: &[TargetRule],
    fact: &mut ConfigureFact,
) -> Result<()> {
    let known = index.targets()?;
    let is_known = |rule: &&TargetRule| known.iter().any(|known| !known.retired && known.rule == **rule);
    fact.targets = declared.iter().filter(|rule| !is_known(rule)).cloned().collect();
    let is_declared = |id: &TargetId| declared.iter().any(|rule| rule.id == *id);
    let gone = known.iter().filter(|known| !known.retired && !is_declared(&known.rule.id));
    fact.untargeted = gone.map(|known| known.rule.id.clone()).collect();
    Ok(())
}

/// Those of them that are not due at once as they are; the delivered ones too, if `delivered`.
pub(in super::super) fn retry(
    index: &Index<'_>,
    deliveries: &[DeliveryId],
    delivered: bool,
    at: Timestamp,
) -> Result<Option<DecisionFact>> {
    let is_fresh = |progress: &Progress| {
        progress.tries == 0 && matches!(progress.state, DeliveryState::Waiting(due) if due <= at)
    };
    let deliveries = those(index, deliveries, |progress| {
        !is_fresh(progress) && (delivered || progress.state != DeliveryState::Delivered)
    })?;
    Ok((!deliveries.is_empty()).then_some(DecisionFact::Retry { deliveries }))
}

/// Those of them that are not delivered.
pub(in super::super) fn drop(index: &Index<'_>, deliveries: &[DeliveryId]) -> Result<Option<DecisionFact>> {
    let deliveries = those(index, deliveries, |progress| progress.state != DeliveryState::Delivered)?;
    Ok((!deliveries.is_empty()).then_some(DecisionFact::Drop { deliveries }))
}

fn those(
    index: &Index<'_>,
    deliveries: &[DeliveryId],
    which: impl Fn(&Progress) -> bool,
) -> Result<Vec<DeliveryId>> {
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    for id in deliveries.iter().filter(|id| seen.insert(**id)) {
        if index.progress(*id)?.is_some_and(|progress| which(&progress)) {
            found.push(*id);
        }
    }
    Ok(found)
}

pub(in super::super) fn disable(
    index: &Index<'_>,
    target: &TargetId,
    reason: &str,
) -> Result<Option<DecisionFact>> {
    let is_enabled = index.target(target)?.is_some() && index.tally(target)?.disabled.is_none();
    let reason = bounded(reason, TROUBLE_BYTES);
    Ok(is_enabled.then(|| DecisionFact::Disable { target: target.clone(), reason }))
}

pub(in super::super) fn enable(index: &Index<'_>, target: &TargetId) -> Result<Option<DecisionFact>> {
    let is_disabled = index.tally(target)?.disabled.is_some();
    Ok(is_disabled.then(|| DecisionFact::Enable { target: target.clone() }))
}
