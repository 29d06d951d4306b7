//! The outbox in the index: what each of its entries is.

use serde::{Deserialize, Serialize};

use crate::model::{DeliveryId, DeliveryState, Message, TargetId, TargetRule, Timestamp};
use crate::store::embedded::index::{Index, after};
use crate::store::embedded::txn::{Result, damaged, join};

/// A target, as declared.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) struct Target {
    pub(in super::super) rule: TargetRule,
    /// No longer declared.
    pub(in super::super) retired: bool,
    /// How many messages might be under way at once by earlier rules, and until when the last of those held.
    pub(in super::super) before: Option<(u32, Timestamp)>,
}

/// How a target is doing, in numbers that every settled try changes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(in super::super) struct Tally {
    pub(in super::super) waiting: u64,
    pub(in super::super) delivered: Row,
    pub(in super::super) dead: Row,
    /// Why nothing is sent to it, and since when.
    pub(in super::super) disabled: Option<(String, Timestamp)>,
    /// The first of the tries that failed in a row.
    pub(in super::super) failing: Option<Timestamp>,
    /// How many of them that are.
    pub(in super::super) failed: u32,
}

/// A row of deliveries in the order in which they were settled. Its places are counted on for ever; what left the
/// row leaves its place empty.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(in super::super) struct Row {
    /// How many are in it.
    pub(in super::super) count: u64,
    /// No place before this one is taken.
    pub(in super::super) first: u64,
    /// The place that the next one gets.
    pub(in super::super) next: u64,
}

/// How far a delivery is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in super::super) struct Progress {
    pub(in super::super) target: TargetId,
    /// The record that owes it, and its place among what that record owes.
    pub(in super::super) seq: u64,
    pub(in super::super) ordinal: u32,
    pub(in super::super) born: Timestamp,
    pub(in super::super) state: DeliveryState,
    /// Its place in the row of those in its state; of no meaning while it waits.
    pub(in super::super) place: u64,
    pub(in super::super) tries: u32,
    pub(in super::super) changed: Timestamp,
    pub(in super::super) trouble: String,
}

impl Progress {
    /// Where it stands among those in its state.
    fn place(&self) -> Vec<u8> {
        match self.state {
            DeliveryState::Waiting(due) => at::waiting(&self.target, due, self.seq, self.ordinal),
            DeliveryState::Delivered => at::settled(&self.target, Settled::Delivered, self.place),
            DeliveryState::Dead => at::settled(&self.target, Settled::Dead, self.place),
        }
    }
}

/// The rows of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Settled {
    /// Those that were delivered.
    Delivered = 1,
    /// Those that are dead.
    Dead = 2,
}

/// The keys of the outbox.
pub(in super::super) mod at {
    use super::{DeliveryId, Settled, TargetId, Timestamp, join};

    /// What every delivery's entry begins with.
    pub(in super::super) const DELIVERIES: &[u8] = b"O";
    /// What every target's entry begins with.
    pub(in super::super) const TARGETS: &[u8] = b"T";

    pub(in super::super) fn target(id: &TargetId) -> Vec<u8> {
        join(TARGETS, id.as_str().as_bytes())
    }
    pub(in super::super) fn tally(id: &TargetId) -> Vec<u8> {
        join(b"t", id.as_str().as_bytes())
    }
    pub(in super::super) fn progress(id: DeliveryId) -> Vec<u8> {
        join(DELIVERIES, &id.bytes())
    }
    pub(in super::super) fn message(id: DeliveryId) -> Vec<u8> {
        join(b"o", &id.bytes())
    }
    /// What waits for a target. No id holds a zero byte, so none begins with another one.
    pub(in super::super) fn queue(target: &TargetId) -> Vec<u8> {
        join(&join(b"Q", target.as_str().as_bytes()), &[0])
    }
    /// The queue of a target from what is due at `due` on.
    pub(in super::super) fn queue_from(target: &TargetId, due: Timestamp) -> Vec<u8> {
        join(&queue(target), &due.unix().to_be_bytes())
    }
    /// A place in the queue. Times are never before 1970, so that their bytes are in order.
    pub(in super::super) fn waiting(target: &TargetId, due: Timestamp, seq: u64, ordinal: u32) -> Vec<u8> {
        let born = join(&seq.to_be_bytes(), &ordinal.to_be_bytes());
        join(&queue_from(target, due), &born)
    }
    /// A place in a row.
    pub(in super::super) fn settled(target: &TargetId, which: Settled, place: u64) -> Vec<u8> {
        join(&row(target, which), &place.to_be_bytes())
    }
    /// A row.
    pub(in super::super) fn row(target: &TargetId, which: Settled) -> Vec<u8> {
        join(&join(b"R", target.as_str().as_bytes()), &[0, which as u8])
    }
}

impl Index<'_> {
    /// All targets ever declared, by id; read once a group, because every announced article asks.
    pub(in super::super) fn targets(&mut self) -> Result<&[Target]> {
        if self.targets.is_none() {
            self.targets = Some(self.read_targets()?);
        }
        Ok(self.targets.as_deref().unwrap_or_default())
    }

    pub(in super::super) fn read_targets(&self) -> Result<Vec<Target>> {
        let found: Vec<(Vec<u8>, TargetEntry)> = self.txn.scan(at::TARGETS, usize::MAX)?;
        let ready = |target: Target| {
            let when = self.base.filter(target.rule.when);
            Target { rule: TargetRule { when, ..target.rule }, ..target }
        };
        found.into_iter().map(|(key, entry)| target(&key, entry).map(ready)).collect()
    }

    pub(in super::super) fn target(&self, id: &TargetId) -> Result<Option<Target>> {
        let key = at::target(id);
        self.txn.get(&key)?.map(|entry| target(&key, entry)).transpose()
    }

    pub(in super::super) fn put_target(&mut self, target: &Target) -> Result<()> {
        let key = at::target(&target.rule.id);
        // As JSON, because the rule leaves out what it need not say, and the index's own encoding cannot.
        let rule = serde_json::to_string(&target.rule).map_err(|error| damaged(&key, &error.to_string()))?;
        self.targets = None;
        self.txn.put(key, &(rule, target.retired, target.before))
    }

    pub(in super::super) fn tally(&self, id: &TargetId) -> Result<Tally> {
        Ok(self.txn.get(&at::tally(id))?.unwrap_or_default())
    }

    pub(in super::super) fn put_tally(&mut self, id: &TargetId, tally: &Tally) -> Result<()> {
        self.txn.put(at::tally(id), tally)
    }

    pub(in super::super) fn progress(&self, id: DeliveryId) -> Result<Option<Progress>> {
        self.txn.get(&at::progress(id))
    }

    pub(in super::super) fn put_progress(&mut self, id: DeliveryId, progress: &Progress) -> Result<()> {
        self.txn.put(at::progress(id), progress)
    }

    pub(in super::super) fn message(&self, id: DeliveryId) -> Result<Option<Message>> {
        self.txn.get(&at::message(id))
    }

    pub(in super::super) fn put_message(&mut self, id: DeliveryId, message: &Message) -> Result<()> {
        self.txn.put(at::message(id), message)
    }

    /// Deliveries by id, those after `last`; at most `most`.
    pub(in super::super) fn progress_after(
        &self,
        last: Option<DeliveryId>,
        most: usize,
    ) -> Result<Vec<(DeliveryId, Progress)>> {
        let from = last.map_or_else(|| at::DELIVERIES.to_vec(), |id| after(at::progress(id)));
        let found: Vec<(Vec<u8>, Progress)> = self.txn.scan_from(at::DELIVERIES, &from, most)?;
        let id =
            |key: &[u8]| Some(DeliveryId::from_uuid(uuid::Uuid::from_bytes(*key.get(1..)?.first_chunk()?)));
        Ok(found.into_iter().filter_map(|(key, progress)| Some((id(&key)?, progress))).collect())
    }

    /// Whether a delivery is where those in its state are.
    pub(in super::super) fn is_in_its_place(&self, id: DeliveryId, progress: &Progress) -> Result<bool> {
        Ok(self.txn.get::<DeliveryId>(&progress.place())? == Some(id))
    }

    /// How many stand in a target's queue.
    pub(in super::super) fn count_waiting(&self, id: &TargetId) -> Result<u64> {
        self.count(&at::queue(id))
    }

    /// How many stand in a row of a target.
    pub(in super::super) fn count_settled(&self, id: &TargetId, row: Settled) -> Result<u64> {
        self.count(&at::row(id, row))
    }

    fn count(&self, prefix: &[u8]) -> Result<u64> {
        let (mut from, mut count) = (prefix.to_vec(), 0);
        loop {
            let step: Vec<(Vec<u8>, DeliveryId)> = self.txn.scan_from(prefix, &from, 1_000)?;
            let Some((last, _)) = step.last() else { return Ok(count) };
            from = after(last.clone());
            count += step.len() as u64;
        }
    }

    /// Puts a delivery where those in its state are, as it says itself; no tally counts it by that.
    pub(in super::super) fn put_in_state(&mut self, id: DeliveryId, progress: &Progress) -> Result<()> {
        self.txn.put(progress.place(), &id)?;
        self.put_progress(id, progress)
    }

    /// Takes a delivery out; its place in a queue or a row is its caller's.
    pub(in super::super) fn delete_delivery(&mut self, id: DeliveryId) {
        self.txn.delete(at::progress(id));
        self.txn.delete(at::message(id));
    }
}

/// A target as its entry has it: the rule as JSON.
type TargetEntry = (String, bool, Option<(u32, Timestamp)>);

fn target(key: &[u8], (rule, retired, before): TargetEntry) -> Result<Target> {
    let rule = serde_json::from_str(&rule).map_err(|error| damaged(key, &error.to_string()))?;
    Ok(Target { rule, retired, before })
}
