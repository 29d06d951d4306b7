//! `tidings deliveries retry | drop | replay`: what operators decide about messages, however many they are.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{by_id, known_target, unsent};
use crate::cli::args::{ChosenDeliveries, DropDeliveries, ReplayArgs};
use crate::cli::desk::Desk;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::Output;
use crate::daemon::clock;
use crate::model::delivery::StateKind;
use crate::model::text::counted;
use crate::model::{DeliveryId, TargetId};
use crate::store::{Decision, Store, Wanted};

/// How many messages are decided about in one step, so that what is sent meanwhile goes on.
const STEP: usize = 10_000;

/// A decision, as JSON: one object a step.
#[derive(Serialize)]
struct Decided<'a> {
    decision: &'static str,
    /// Whether nothing was done, and only shown what would be.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    dry_run: bool,
    deliveries: &'a [DeliveryId],
}

/// What is done to messages, and how it is told.
struct Deed {
    name: &'static str,
    /// What is said of those that it was done to.
    said: &'static str,
    /// What is said where there are none.
    none: String,
    decision: fn(Vec<DeliveryId>) -> Decision,
    dry_run: bool,
    json: bool,
}

pub(super) async fn retry(desk: &Desk, chosen: &ChosenDeliveries, output: &Output) -> Result<Exit, Failure> {
    let deed = Deed {
        name: "retry",
        said: "due now, with the same ids and all tries again",
        none: none_of(chosen),
        // Who names one means it; of those in a state, some may be delivered by now.
        decision: if chosen.ids.is_empty() { Decision::RetryUndelivered } else { Decision::Retry },
        dry_run: false,
        json: chosen.json,
    };
    deed.done(desk, choose(desk, chosen).await?, output).await
}

pub(super) async fn drop(desk: &Desk, args: &DropDeliveries, output: &Output) -> Result<Exit, Failure> {
    let DropDeliveries { chosen, dry_run } = args;
    let deed = Deed {
        name: "drop",
        said: if *dry_run { "would be forgotten; nothing was done" } else { "forgotten, and never sent" },
        none: none_of(chosen),
        decision: Decision::Drop,
        dry_run: *dry_run,
        json: chosen.json,
    };
    deed.done(desk, choose(desk, chosen).await?, output).await
}

pub(super) async fn replay(desk: &Desk, args: &ReplayArgs, output: &Output) -> Result<Exit, Failure> {
    let target = target(desk, args.target.as_deref()).await?;
    let since = Some(args.since.at(clock()));
    let wanted = Wanted { target, states: vec![StateKind::Delivered], since };
    let deed = Deed {
        name: "replay",
        said: "due once more, with the same ids",
        none: "no message was delivered since then".to_owned(),
        decision: Decision::Retry,
        dry_run: false,
        json: args.json,
    };
    deed.done(desk, desk.app.store.delivery_ids(&wanted).await?, output).await
}

impl Deed {
    async fn done(
        self,
        desk: &Desk,
        found: Vec<(DeliveryId, TargetId)>,
        output: &Output,
    ) -> Result<Exit, Failure> {
        let targets: BTreeSet<&TargetId> = found.iter().map(|(_, target)| target).collect();
        let ids: Vec<DeliveryId> = found.iter().map(|(id, _)| *id).collect();
        for step in ids.chunks(STEP) {
            if !self.dry_run {
                desk.app.store.decide((self.decision)(step.to_vec()), clock()).await?;
            }
            if self.json {
                output.json(&self.decided(step))?;
            }
        }
        if !self.dry_run && !ids.is_empty() {
            desk.send().await?;
        }
        if self.json {
            return if ids.is_empty() {
                output.json(&self.decided(&[])).map(|()| Exit::Done)
            } else {
                Ok(Exit::Done)
            };
        }
        if ids.is_empty() {
            output.line(&self.none)?;
            return Ok(Exit::Done);
        }
        output.line(&format!("{}: {}", counted(ids.len(), "message"), self.said))?;
        if self.name != "drop" {
            for info in unsent(desk).await?.into_iter().filter(|info| info.disabled.is_some()) {
                if targets.contains(&info.id) {
                    let id = info.id;
                    output
                        .line(&format!("{id} is disabled; they wait until `tidings target enable {id}`"))?;
                }
            }
        }
        Ok(Exit::Done)
    }

    fn decided<'a>(&self, deliveries: &'a [DeliveryId]) -> Decided<'a> {
        Decided { decision: self.name, dry_run: self.dry_run, deliveries }
    }
}

/// What is said when none of the messages that could be meant is there.
fn none_of(chosen: &ChosenDeliveries) -> String {
    let since = if chosen.since.is_some() { " since then" } else { "" };
    match chosen.state {
        Some(state) => format!("no message is {}{since}", state.kind().name()),
        None => format!("no message is dead{since}; `--state waiting` means those that wait"),
    }
}

/// The messages that are named, or those of a target or of all that are dead (or in another state).
async fn choose(desk: &Desk, chosen: &ChosenDeliveries) -> Result<Vec<(DeliveryId, TargetId)>, Failure> {
    let mut found = Vec::new();
    for prefix in &chosen.ids {
        let delivery = by_id(desk, prefix).await?;
        found.push((delivery.id, delivery.target));
    }
    if found.is_empty() {
        let target = target(desk, chosen.target.as_deref()).await?;
        let states = vec![chosen.state.map_or(StateKind::Dead, |state| state.kind())];
        let since = chosen.since.map(|since| since.at(clock()));
        found = desk.app.store.delivery_ids(&Wanted { target, states, since }).await?;
    }
    Ok(found)
}

async fn target(desk: &Desk, name: Option<&str>) -> Result<Option<TargetId>, Failure> {
    match name {
        Some(name) => known_target(desk, name).await.map(Some),
        None => Ok(None),
    }
}
