//! Reading: what the index answers to questions about the outbox.
//!
//! The writer goes on meanwhile, so what is found in a queue is looked at once more where it stands.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};

use super::entry::{Progress, at};
use crate::model::{ArticleId, Delivery, DeliveryId, DeliveryState, Message, StateKind, TargetId, Timestamp};
use crate::store::embedded::index::Index;
use crate::store::embedded::packed;
use crate::store::embedded::txn::Result;
use crate::store::{Due, TargetInfo, Wanted};

/// How many deliveries are looked at in one go.
const STEP: usize = 1_000;

/// One delivery with its message.
pub(in super::super) fn delivery(index: &Index<'_>, id: DeliveryId) -> Result<Option<Delivery>> {
    let Some(progress) = index.progress(id)? else { return Ok(None) };
    with_message(index, id, progress)
}

fn with_message(index: &Index<'_>, id: DeliveryId, progress: Progress) -> Result<Option<Delivery>> {
    let Some(message) = index.message(id)? else { return Ok(None) };
    let Progress { target, seq, born, state, tries, changed, trouble, .. } = progress;
    Ok(Some(Delivery { id, target, seq, born, message, state, tries, changed, trouble }))
}

/// All targets ever declared, by id.
pub(in super::super) fn targets(index: &Index<'_>) -> Result<Vec<TargetInfo>> {
    let mut found = Vec::new();
    for target in index.read_targets()? {
        let (rule, retired, before) = (target.rule, target.retired, target.before);
        let tally = index.tally(&rule.id)?;
        let is_sent = !retired && tally.disabled.is_none();
        let next = if is_sent { due_after(index, &rule.id, Timestamp::default())? } else { None };
        let (disabled, since) = tally.disabled.unzip();
        found.push(TargetInfo {
            id: rule.id.clone(),
            rule,
            before,
            retired,
            disabled,
            since,
            failing: tally.failing,
            waiting: tally.waiting,
            dead: tally.dead.count,
            delivered: tally.delivered.count,
            next,
        });
    }
    Ok(found)
}

/// When the first of a target's queue is due that is not due before `from`.
fn due_after(index: &Index<'_>, target: &TargetId, from: Timestamp) -> Result<Option<Timestamp>> {
    let queue = at::queue(target);
    let first: Vec<(Vec<u8>, DeliveryId)> = index.txn.scan_from(&queue, &at::queue_from(target, from), 1)?;
    Ok(first.first().and_then(|(key, _)| due_of(key, &queue)))
}

/// When what stands at a place of a queue is due.
fn due_of(key: &[u8], queue: &[u8]) -> Option<Timestamp> {
    let bytes = key.get(queue.len()..)?.first_chunk::<8>()?;
    Some(Timestamp::from_unix(i64::from_be_bytes(*bytes)))
}

/// What is to be sent to a target by `now`.
pub(in super::super) fn due(
    index: &Index<'_>,
    target: &TargetId,
    now: Timestamp,
    most: usize,
) -> Result<Due> {
    let is_declared = index.target(target)?.is_some_and(|target| !target.retired);
    if !is_declared || index.tally(target)?.disabled.is_some() {
        return Ok(Due::default());
    }
    let queue = at::queue(target);
    let places: Vec<(Vec<u8>, DeliveryId)> = index.txn.scan(&queue, most)?;
    let mut deliveries = Vec::new();
    for (_, id) in places.into_iter().take_while(|(key, _)| due_of(key, &queue).is_some_and(|due| due <= now))
    {
        if let Some(progress) = index.progress(id)?
            && progress.state.is_due(progress.tries, now)
        {
            deliveries.extend(with_message(index, id, progress)?);
        }
    }
    // The clock was put back: more may be due than stands before `now`.
    if index.applied()?.is_some_and(|applied| applied.at > now) {
        return due_ahead(index, target, now, most, deliveries);
    }
    Ok(Due { deliveries, next: due_after(index, target, now.plus(1))? })
}

/// What is to be sent by `now` to a target that takes messages in the order in which they came to be owed: the first of
/// all that wait, up to one that is not due yet.
pub(in super::super) fn due_in_order(
    index: &Index<'_>,
    target: &TargetId,
    now: Timestamp,
    most: usize,
) -> Result<Due> {
    let is_declared = index.target(target)?.is_some_and(|target| !target.retired);
    if !is_declared || index.tally(target)?.disabled.is_some() {
        return Ok(Due::default());
    }
    let queue = at::queue(target);
    // The last of those kept is on top, and makes room for one that was owed before it.
    let mut kept: BinaryHeap<(u64, u32, DeliveryId)> = BinaryHeap::new();
    let mut from = queue.clone();
    loop {
        let step: Vec<(Vec<u8>, DeliveryId)> = index.txn.scan_from(&queue, &from, STEP)?;
        let Some((last, _)) = step.last() else { break };
        from.clone_from(last);
        from.push(0);
        for (key, id) in step {
            let Some((seq, ordinal)) = born_of(&key, &queue) else { continue };
            kept.push((seq, ordinal, id));
            if kept.len() > most {
                kept.pop();
            }
        }
    }
    let mut due = Due::default();
    for (_, _, id) in kept.into_sorted_vec() {
        let Some(progress) = index.progress(id)? else { continue };
        match progress.state {
            DeliveryState::Waiting(later) if !progress.state.is_due(progress.tries, now) => {
                due.next = Some(later);
                break;
            }
            _ => due.deliveries.extend(with_message(index, id, progress)?),
        }
    }
    Ok(due)
}

/// When what stands at a place of a queue came to be owed.
fn born_of(key: &[u8], queue: &[u8]) -> Option<(u64, u32)> {
    let (seq, ordinal) = key.get(queue.len() + 8..)?.split_first_chunk::<8>()?;
    Some((u64::from_be_bytes(*seq), u32::from_be_bytes(*ordinal.first_chunk()?)))
}

/// Adds what is due though its place is after `now`, because that is by a clock that was put back.
fn due_ahead(
    index: &Index<'_>,
    target: &TargetId,
    now: Timestamp,
    most: usize,
    mut deliveries: Vec<Delivery>,
) -> Result<Due> {
    let queue = at::queue(target);
    let mut from = at::queue_from(target, now.plus(1));
    let mut next = None;
    while deliveries.len() < most || next.is_none() {
        let step: Vec<(Vec<u8>, DeliveryId)> = index.txn.scan_from(&queue, &from, STEP)?;
        let Some((last, _)) = step.last() else { break };
        from.clone_from(last);
        from.push(0);
        for (key, id) in step {
            let Some(progress) = index.progress(id)? else { continue };
            if !progress.state.is_due(progress.tries, now) {
                next = next.or_else(|| due_of(&key, &queue));
            } else if deliveries.len() < most {
                deliveries.extend(with_message(index, id, progress)?);
            }
        }
    }
    Ok(Due { deliveries, next })
}

/// The articles that messages tell of which wait. Looks at every delivery there is.
pub(in super::super) fn waiting(index: &Index<'_>) -> Result<HashSet<ArticleId>> {
    let mut found = HashSet::new();
    let mut last = None;
    loop {
        let step = index.progress_after(last, STEP)?;
        let Some((id, _)) = step.last() else { return Ok(found) };
        last = Some(*id);
        for (id, progress) in step {
            if progress.state.kind() != StateKind::Waiting {
                continue;
            }
            found.extend(index.message(id)?.iter().flat_map(Message::articles));
        }
    }
}

/// Deliveries, the last born first.
pub(in super::super) fn deliveries(index: &Index<'_>, which: &Wanted, most: usize) -> Result<Vec<Delivery>> {
    // The oldest of those kept is on top, and makes room for one that is younger.
    let mut kept: BinaryHeap<Reverse<(u64, u32, DeliveryId)>> = BinaryHeap::new();
    let mut from = at::DELIVERIES.to_vec();
    loop {
        let step: Vec<(Vec<u8>, Progress)> = index.txn.scan_from(at::DELIVERIES, &from, STEP)?;
        let Some((last, _)) = step.last() else { break };
        from.clone_from(last);
        from.push(0);
        for (key, progress) in step.iter().filter(|(_, progress)| is_wanted(which, progress)) {
            let Some(id) = id_after(key) else { continue };
            kept.push(Reverse((progress.seq, progress.ordinal, id)));
            if kept.len() > most {
                kept.pop();
            }
        }
    }
    let mut found = Vec::new();
    for Reverse((_, _, id)) in kept.into_sorted_vec() {
        found.extend(delivery(index, id)?);
    }
    Ok(found)
}

/// The ids of deliveries, each with its target; in no order that means anything.
pub(in super::super) fn ids(index: &Index<'_>, which: &Wanted) -> Result<Vec<(DeliveryId, TargetId)>> {
    let mut found = Vec::new();
    let mut last = None;
    loop {
        let step = index.progress_after(last, STEP)?;
        let Some((id, _)) = step.last() else { return Ok(found) };
        last = Some(*id);
        let wanted = step.into_iter().filter(|(_, progress)| is_wanted(which, progress));
        found.extend(wanted.map(|(id, progress)| (id, progress.target)));
    }
}

fn is_wanted(which: &Wanted, progress: &Progress) -> bool {
    which.target.as_ref().is_none_or(|target| *target == progress.target)
        && (which.states.is_empty() || which.states.contains(&progress.state.kind()))
        && which.since.is_none_or(|since| progress.changed >= since)
}

/// The deliveries whose ids begin with these hex digits; at most two.
pub(in super::super) fn find(index: &Index<'_>, prefix: &str) -> Result<Vec<Delivery>> {
    let Some((start, digits)) = packed::hex_prefix(prefix) else { return Ok(Vec::new()) };
    let from = at::progress(DeliveryId::from_uuid(uuid::Uuid::from_bytes(start)));
    let mut found = Vec::new();
    for (key, progress) in index.txn.scan_from::<Progress>(at::DELIVERIES, &from, 2)? {
        let Some(id) = id_after(&key).filter(|id| packed::shares_prefix(&id.bytes(), &start, digits)) else {
            break;
        };
        found.extend(with_message(index, id, progress)?);
    }
    Ok(found)
}

fn id_after(key: &[u8]) -> Option<DeliveryId> {
    Some(DeliveryId::from_uuid(uuid::Uuid::from_bytes(*key.get(1..)?.first_chunk()?)))
}
