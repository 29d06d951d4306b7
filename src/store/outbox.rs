//! The outbox in domain words: what is owed to targets, and what becomes of it.

use crate::model::{Delivery, DeliveryId, StateKind, TargetId, TargetRule, Timestamp, TryEnd};

pub use crate::model::delivery::DELIVERED_KEPT;
use crate::model::delivery::{FAILING_MOST, FAILING_TRIES};

/// How many dead messages of each target are kept until an operator decides. Of more, those that died first are
/// forgotten.
pub const DEAD_KEPT: u64 = 10_000;

/// How many messages one batch takes in; those beyond stay as they are.
pub const BATCH_MOST: usize = 10_000;

/// How many bytes are kept of what went wrong with a try.
pub const TROUBLE_BYTES: usize = 500;

/// A target, as remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetInfo {
    /// Its id.
    pub id: TargetId,
    /// Which messages it is owed.
    pub rule: TargetRule,
    /// How many messages might be under way at once by rules that it had before, and until when the last of those held;
    /// `None` where that never changed.
    pub before: Option<(u32, Timestamp)>,
    /// Whether the config no longer declares it: it is owed nothing more, and what it is owed waits until it is
    /// declared again.
    pub retired: bool,
    /// Why nothing is sent to it, where the receiver or an operator said so. It is owed messages all the same.
    pub disabled: Option<String>,
    /// Since when that is.
    pub since: Option<Timestamp>,
    /// The first of the tries that failed in a row; `None` when the last one succeeded, or since it was enabled.
    pub failing: Option<Timestamp>,
    /// How many messages wait.
    pub waiting: u64,
    /// How many are dead.
    pub dead: u64,
    /// How many delivered ones are kept.
    pub delivered: u64,
    /// When the next one is due; `None` when none waits, and while nothing is sent to it.
    pub next: Option<Timestamp>,
}

/// Whether a target is given up at `at` that failed `failed` times in a row, for the first time at `since`.
pub(super) fn is_given_up(since: Timestamp, failed: u32, at: Timestamp) -> bool {
    failed >= FAILING_TRIES && at.since(since) >= FAILING_MOST
}

/// Why it is, where its last try failed for that reason.
pub(super) fn given_up(reason: &str) -> String {
    format!("every try failed for {} days; the last one: {reason}", FAILING_MOST / 86_400)
}

/// How many messages might be under way at once by rules before `rule`, which follows `known` at `at`.
pub(super) fn ruled(
    known: &TargetRule,
    rule: &TargetRule,
    before: Option<(u32, Timestamp)>,
    at: Timestamp,
) -> Option<(u32, Timestamp)> {
    if (known.at_once, &known.quiet) == (rule.at_once, &rule.quiet) {
        return before;
    }
    Some((before.map_or(known.at_once, |(most, _)| most.max(known.at_once)), at))
}

/// What became of ended tries beside themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settlement {
    /// The targets that are sent nothing more because of them, and why. Not those that were disabled before.
    pub disabled: Vec<(TargetId, String)>,
    /// How many messages about that are owed to other targets.
    pub owed: usize,
}

/// What is to be sent to a target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Due {
    /// The deliveries that are due, oldest due first; of one time in the order in which they came to be owed.
    pub deliveries: Vec<Delivery>,
    /// When the earliest one is due that is not due yet.
    pub next: Option<Timestamp>,
}

/// What became of a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// The delivery.
    pub id: DeliveryId,
    /// The target it is owed to.
    pub target: TargetId,
    /// How the try ended.
    pub end: TryEnd,
}

/// Which deliveries are asked for; all of them by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Those of this target; of all when there is none.
    pub target: Option<TargetId>,
    /// Those in one of these states; in any when there is none.
    pub states: Vec<StateKind>,
    /// Those that came to be owed, or of which something became, at that time or after it.
    pub since: Option<Timestamp>,
}
