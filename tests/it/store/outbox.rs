//! The outbox in random histories: what is sent and decided, and everything that can be read of it.

use proptest::prelude::*;
use proptest::sample::Index;
use tidings::model::quiet::QuietHours;
use tidings::model::{
    Change, Delivery, DeliveryId, Expression, Filter, Pattern, StateKind, TargetId, TargetRule, Timestamp,
};
use tidings::store::{Decision, Due, MemoryStore, Settled, Store, TargetInfo, TryEnd, Wanted};

/// One thing that a sender or an operator does.
#[derive(Clone, Debug)]
pub(super) struct OutboxStep {
    target: Index,
    which: Vec<Index>,
    what: What,
    wait: i64,
}

#[derive(Clone, Debug)]
enum What {
    /// Settle some of what is due, in these ways.
    Settle(Vec<u8>),
    /// Settle deliveries that need not wait, or are another target's.
    SettleAny(u8),
    /// Close a batch of what is due and of anything.
    Batch {
        anything: bool,
    },
    Retry,
    Drop,
    Disable,
    Enable,
}

impl OutboxStep {
    /// Seconds that pass before it.
    pub(super) fn wait(&self) -> i64 {
        self.wait
    }
}

pub(super) fn step() -> impl Strategy<Value = OutboxStep> {
    let what = prop_oneof![
        6 => prop::collection::vec(0..9u8, 1..6).prop_map(What::Settle),
        1 => (0..9u8).prop_map(What::SettleAny),
        3 => prop::bool::weighted(0.3).prop_map(|anything| What::Batch { anything }),
        2 => Just(What::Retry),
        1 => Just(What::Drop),
        1 => Just(What::Disable),
        2 => Just(What::Enable),
    ];
    let waits =
        prop_oneof![4 => Just(30i64), 1 => Just(-3_600), 2 => Just(0), 1 => Just(5_000), 1 => Just(450_000)];
    (any::<Index>(), prop::collection::vec(any::<Index>(), 0..5), what, waits)
        .prop_map(|(target, which, what, wait)| OutboxStep { target, which, what, wait })
}

const NAMES: [&str; 3] = ["all", "all-but-late", "some"];

fn target(name: &str) -> TargetId {
    TargetId::parse(name).expect("an id")
}

/// Three targets, as far as `bits` has them: everything, and all that becomes of it; nothing late, the health of a few
/// and what they hold; and what is told by tags, titles of listings and texts, which is another thing with the fourth
/// bit, and with the fifth no news but what else becomes of it.
pub(super) fn rules(bits: u8) -> Vec<TargetRule> {
    let (is_other, is_changes) = (bits & 8 != 0, bits & 16 != 0);
    let third = Filter::Regex(Expression::parse("(?i)th[iy]rd").expect("a regex"));
    let some = match is_other {
        false => Filter::Tag(Pattern::new("ka*")),
        true => Filter::Any(vec![Filter::Source(Pattern::new("Listing *")), third]),
    };
    let pattern = |text: &str| vec![Pattern::new(text)];
    let all = [
        TargetRule {
            health: pattern("*"),
            held: pattern("b"),
            changes: Change::ALL.to_vec(),
            at_once: if bits & 8 == 0 { 4 } else { 0 },
            ..TargetRule::new(target("all"), Filter::All(vec![]))
        },
        TargetRule {
            late: false,
            health: pattern("A"),
            held: pattern("*"),
            ..TargetRule::new(target("all-but-late"), Filter::All(vec![]))
        },
        TargetRule {
            changes: if is_changes { Change::ALL[1..].to_vec() } else { vec![Change::New, Change::Updated] },
            delivered: if is_other { 2 } else { 1_000 },
            at_once: 9,
            quiet: if bits & 8 == 0 { vec![] } else { vec![night()] },
            ..TargetRule::new(target("some"), some)
        },
    ];
    all.into_iter().zip([1, 2, 4]).filter(|(_, bit)| bits & bit != 0).map(|(rule, _)| rule).collect()
}

fn night() -> QuietHours {
    QuietHours::new(22 * 60, 7 * 60, [true; 7], chrono_tz::Tz::UTC).expect("hours")
}

/// Does it to both stores.
pub(super) async fn run(step: &OutboxStep, disk: &impl Store, model: &MemoryStore, now: Timestamp) {
    let target = target(NAMES[step.target.index(NAMES.len())]);
    let all = model.deliveries(&Wanted::default(), usize::MAX).await.expect("reads");
    let due = model.due(&target, now, usize::MAX).await.expect("reads").deliveries;
    let pick = |from: &[Delivery]| -> Vec<DeliveryId> {
        let picked = step.which.iter().filter(|_| !from.is_empty());
        picked.map(|at| from[at.index(from.len())].id).collect()
    };
    match &step.what {
        What::Settle(ways) => {
            let tries = due.iter().zip(ways).map(|(delivery, way)| Settled {
                id: delivery.id,
                target: target.clone(),
                end: end(*way, now),
            });
            settle(tries.collect(), disk, model, now).await;
        }
        What::SettleAny(way) => {
            let settled = |id| Settled { id, target: target.clone(), end: end(*way, now) };
            settle(pick(&all).into_iter().map(settled).collect(), disk, model, now).await;
        }
        What::Batch { anything } => {
            let mut members: Vec<DeliveryId> = due.iter().map(|delivery| delivery.id).collect();
            if *anything {
                members = [pick(&all), members].concat();
            }
            let ours = disk.close_batch(&target, members.clone(), now).await.expect("commits");
            let theirs = model.close_batch(&target, members, now).await.expect("commits");
            assert_eq!(ours, theirs, "batches");
        }
        What::Retry => decide(Decision::Retry(pick(&all)), disk, model, now).await,
        What::Drop => decide(Decision::Drop(pick(&all)), disk, model, now).await,
        What::Disable => decide(Decision::Disable(target, "enough".into()), disk, model, now).await,
        What::Enable => decide(Decision::Enable(target), disk, model, now).await,
    }
}

async fn settle(tries: Vec<Settled>, disk: &impl Store, model: &MemoryStore, now: Timestamp) {
    let ours = disk.settle(tries.clone(), now).await.expect("commits");
    assert_eq!(ours, model.settle(tries, now).await.expect("commits"), "what became of targets");
}

async fn decide(decision: Decision, disk: &impl Store, model: &MemoryStore, now: Timestamp) {
    let ours = disk.decide(decision.clone(), now).await.expect("commits");
    assert_eq!(ours, model.decide(decision, now).await.expect("commits"), "whether anything changed");
}

fn end(way: u8, now: Timestamp) -> TryEnd {
    let reason = "refused ".repeat(way as usize * 20);
    match way {
        0..=3 => TryEnd::Delivered,
        4..=6 => TryEnd::Failed { reason, next: now.plus(i64::from(way) * 400 - 1_700) },
        7 => TryEnd::Dead { reason },
        _ => TryEnd::Disabled { reason },
    }
}

/// Everything that can be read of an outbox.
pub(super) struct Outbox {
    targets: Vec<TargetInfo>,
    due: Vec<Due>,
    deliveries: Vec<Vec<Delivery>>,
    found: Vec<Vec<Delivery>>,
}

impl Outbox {
    pub(super) async fn of(store: &impl Store, now: Timestamp) -> Self {
        let all = Wanted::default();
        let mut wanted = vec![(all.clone(), usize::MAX), (all.clone(), 2), (all.clone(), 0)];
        wanted.push((Wanted { since: Some(now), ..all.clone() }, usize::MAX));
        wanted.extend(StateKind::ALL.map(|kind| (Wanted { states: vec![kind], ..all.clone() }, 3)));
        let settled = vec![StateKind::Dead, StateKind::Delivered];
        wanted.push((Wanted { target: Some(target("all")), states: settled, since: None }, 9));
        let mut seen = Self { targets: vec![], due: vec![], deliveries: vec![], found: vec![] };
        seen.targets = store.targets().await.expect("reads");
        for name in NAMES {
            for (at, most) in [(now, usize::MAX), (now, 1), (now.plus(900), 2)] {
                seen.due.push(store.due(&target(name), at, most).await.expect("reads"));
                seen.due.push(store.due_in_order(&target(name), at, most).await.expect("reads"));
            }
        }
        for (wanted, most) in &wanted {
            seen.deliveries.push(store.deliveries(wanted, *most).await.expect("reads"));
        }
        let mut ids = store.delivery_ids(&all).await.expect("reads");
        ids.sort_unstable();
        let mut of_all: Vec<_> = seen.deliveries[0].iter().map(|one| (one.id, one.target.clone())).collect();
        of_all.sort_unstable();
        assert_eq!(ids, of_all);
        for prefix in ["", "3", "a", "Fe", "0-"] {
            seen.found.push(store.find_delivery(prefix).await.expect("reads"));
        }
        for delivery in seen.deliveries[0].iter().take(2) {
            let found = store.find_delivery(&delivery.id.to_string()).await.expect("reads");
            assert_eq!(found.as_slice(), std::slice::from_ref(delivery));
        }
        seen
    }

    pub(super) fn agrees(&self, model: &Self) {
        for (ours, model) in self.deliveries.iter().zip(&model.deliveries) {
            assert_eq!(ours, model, "deliveries");
        }
        assert_eq!(self.due, model.due, "due");
        assert_eq!(self.targets, model.targets, "targets");
        assert_eq!(self.found, model.found, "deliveries found by prefix");
    }
}
