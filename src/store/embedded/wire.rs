//! Records as JSON: from facts to the line's text and back.

use serde::{Deserialize, Serialize};

use super::outbox::record::{BatchFact, DeliveryFact};
use super::record::{DecisionFact, Fact, HealthFact, Record, RetagFact, ScanFact, StoreFact};
use crate::model::Timestamp;

/// The version of records that this program writes, and the newest that it reads.
const VERSION: u32 = 1;

/// The greatest length of one line in bytes; larger scans are written in parts.
pub(super) const LINE_BYTES: usize = 16 << 20;

/// The types of records that version 1 knows.
const KINDS: [&str; 7] = ["store", "scan", "retag", "health", "batch", "delivery", "decision"];

/// The decisions that version 1 knows by now.
const DECISIONS: [&str; 12] = [
    "configure",
    "rebaseline",
    "pause",
    "resume",
    "reject",
    "hide",
    "restore",
    "forget",
    "retry",
    "drop",
    "disable",
    "enable",
];

/// Why a line is no record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum RecordError {
    /// A newer program wrote it.
    #[error("written by a newer version of tidings (record version {version}, type `{kind}`)")]
    Newer {
        /// Its version.
        version: u32,
        /// Its type.
        kind: String,
    },
    /// It is damaged.
    #[error("{0}")]
    Damaged(String),
}

/// A record as written.
#[derive(Serialize, Deserialize)]
struct Wire<'a> {
    v: u32,
    seq: u64,
    at: Timestamp,
    #[serde(rename = "type", borrow)]
    kind: std::borrow::Cow<'a, str>,
    /// Of a record that was written and flushed together with others before it: the number of the first of them. Tells
    /// what a power cut may have torn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    group: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    store: Option<StoreFact>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scan: Option<ScanFact>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retag: Option<RetagFact>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    health: Option<HealthFact>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    batch: Option<BatchFact>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    delivery: Option<DeliveryFact>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    decision: Option<DecisionFact>,
}

/// Only what every version of a record must say of itself.
#[derive(Deserialize)]
struct Envelope<'a> {
    v: u32,
    #[serde(rename = "type", borrow)]
    kind: std::borrow::Cow<'a, str>,
}

impl Record {
    /// The record as JSON, without TAB, CRC and LF; written together with those from record `group` on, where that is
    /// not itself.
    ///
    /// # Errors
    /// Never for records that this program makes; the error of the encoder otherwise.
    pub(super) fn to_json(&self, group: Option<u64>) -> Result<Vec<u8>, serde_json::Error> {
        let mut wire = Wire {
            v: VERSION,
            seq: self.seq,
            at: self.at,
            kind: "".into(),
            group: group.filter(|first| *first < self.seq),
            store: None,
            scan: None,
            retag: None,
            health: None,
            batch: None,
            delivery: None,
            decision: None,
        };
        // Cloning is cheap beside the fsync that follows, and keeps one shape of the record.
        match self.fact.clone() {
            Fact::Store(fact) => (wire.kind, wire.store) = ("store".into(), Some(fact)),
            Fact::Scan(fact) => (wire.kind, wire.scan) = ("scan".into(), Some(fact)),
            Fact::Retag(fact) => (wire.kind, wire.retag) = ("retag".into(), Some(fact)),
            Fact::Health(fact) => (wire.kind, wire.health) = ("health".into(), Some(fact)),
            Fact::Batch(fact) => (wire.kind, wire.batch) = ("batch".into(), Some(fact)),
            Fact::Delivery(fact) => (wire.kind, wire.delivery) = ("delivery".into(), Some(fact)),
            Fact::Decision(fact) => (wire.kind, wire.decision) = ("decision".into(), Some(fact)),
        }
        serde_json::to_vec(&wire)
    }

    /// Reads a record's JSON.
    ///
    /// # Errors
    /// [`RecordError::Newer`] when a newer program wrote it: stop, and touch nothing. [`RecordError::Damaged`]
    /// with what is wrong otherwise.
    pub(super) fn from_json(json: &[u8]) -> Result<Self, RecordError> {
        let damaged = |error: serde_json::Error| RecordError::Damaged(error.to_string());
        let wire = match serde_json::from_slice::<Wire<'_>>(json) {
            Ok(wire) if wire.v == VERSION => wire,
            other => {
                let envelope: Envelope<'_> = serde_json::from_slice(json).map_err(damaged)?;
                if envelope.v > VERSION || !KINDS.contains(&envelope.kind.as_ref()) {
                    return Err(RecordError::Newer { version: envelope.v, kind: envelope.kind.into_owned() });
                }
                if let Some(name) = unknown_decision(json) {
                    let kind = format!("decision: {name}");
                    return Err(RecordError::Newer { version: envelope.v, kind });
                }
                let message =
                    other.err().map_or_else(|| format!("version {}", envelope.v), |error| error.to_string());
                return Err(RecordError::Damaged(message));
            }
        };
        let fact = match wire.kind.as_ref() {
            "store" => wire.store.map(Fact::Store),
            "scan" => wire.scan.map(Fact::Scan),
            "retag" => wire.retag.map(Fact::Retag),
            "health" => wire.health.map(Fact::Health),
            "batch" => wire.batch.map(Fact::Batch),
            "delivery" => wire.delivery.map(Fact::Delivery),
            "decision" => wire.decision.map(Fact::Decision),
            other => return Err(RecordError::Newer { version: wire.v, kind: other.to_owned() }),
        };
        let fact =
            fact.ok_or_else(|| RecordError::Damaged(format!("a `{}` record without its fact", wire.kind)))?;
        Ok(Self { seq: wire.seq, at: wire.at, fact })
    }
}

/// The name of a decision that only a newer program knows.
fn unknown_decision(json: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Only {
        decision: std::collections::BTreeMap<String, serde::de::IgnoredAny>,
    }
    let Only { decision } = serde_json::from_slice(json).ok()?;
    decision.into_keys().find(|name| !DECISIONS.contains(&name.as_str()))
}
