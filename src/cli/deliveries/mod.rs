//! `tidings deliveries` and `tidings target`: what is owed to targets, and what operators decide about it.

mod ahead;
mod decide;
mod show;

use std::collections::HashMap;

use serde::Serialize;

use self::ahead::Ahead;
use super::args::{DeliveriesAction, DeliveriesArgs, ListDeliveries, TargetArg, TargetCommand};
use super::desk::Desk;
use super::exit::{Exit, Failure};
use super::output::{Output, plain};
use super::trial;
use crate::daemon::clock;
use crate::model::delivery::DeliveryState;
use crate::model::{Article, Delivery, DeliveryId, Message, TargetId, Timestamp};
use crate::store::{Decision, Store, TargetInfo, Wanted};

/// A message as JSON shows it.
#[derive(Serialize)]
struct Row<'a> {
    id: DeliveryId,
    target: &'a TargetId,
    state: &'static str,
    /// What kind of message it is.
    message: &'static str,
    /// What it is about, in a few words.
    subject: String,
    /// How many articles it is about.
    articles: u32,
    /// The record that owes it, and when that was.
    seq: u64,
    born: Timestamp,
    changed: Timestamp,
    /// When it is tried next; `null` unless it waits, and where nothing is sent to its target.
    next: Option<Timestamp>,
    tries: u32,
    /// How its last try failed.
    #[serde(skip_serializing_if = "str::is_empty")]
    trouble: &'a str,
}

/// A decision about a target, as JSON.
#[derive(Serialize)]
struct OnTarget<'a> {
    target: &'a TargetId,
    decision: &'static str,
    changed: bool,
}

/// Lists messages, or decides about some.
pub(super) async fn deliveries(desk: &Desk, args: &DeliveriesArgs, output: &Output) -> Result<Exit, Failure> {
    match &args.action {
        None => list(desk, &args.list, output).await,
        Some(DeliveriesAction::List(list_args)) => list(desk, list_args, output).await,
        Some(DeliveriesAction::Show(arg)) => show::show(desk, &arg.delivery, arg.json, output).await,
        Some(DeliveriesAction::Preview(args)) => trial::preview(desk, args, output).await,
        Some(DeliveriesAction::Retry(chosen)) => decide::retry(desk, chosen, output).await,
        Some(DeliveriesAction::Drop(args)) => decide::drop(desk, args, output).await,
        Some(DeliveriesAction::Replay(args)) => decide::replay(desk, args, output).await,
    }
}

/// Stops sending to a target, begins again, or tests it.
pub(super) async fn target(desk: &Desk, command: &TargetCommand, output: &Output) -> Result<Exit, Failure> {
    let (TargetCommand::Test(args) | TargetCommand::Disable(args) | TargetCommand::Enable(args)) = command;
    let TargetArg { target, json } = args;
    if matches!(command, TargetCommand::Test(_)) {
        return trial::test(desk, args, output).await;
    }
    let id = known_target(desk, target).await?;
    let (decision, name, done, already) = match command {
        TargetCommand::Test(_) | TargetCommand::Disable(_) => (
            Decision::Disable(id.clone(), "disabled by an operator".to_owned()),
            "disable",
            "disabled; what it is owed waits",
            "is disabled already",
        ),
        TargetCommand::Enable(_) => {
            (Decision::Enable(id.clone()), "enable", "enabled; what waits is sent", "was not disabled")
        }
    };
    let changed = desk.app.store.decide(decision, clock()).await?;
    desk.send().await?;
    if *json {
        output.json(&OnTarget { target: &id, decision: name, changed })?;
    } else {
        output.line(&format!("{id}: {}", if changed { done } else { already }))?;
    }
    Ok(Exit::Done)
}

async fn list(desk: &Desk, args: &ListDeliveries, output: &Output) -> Result<Exit, Failure> {
    let target = match &args.target {
        Some(target) => Some(known_target(desk, target).await?),
        None => None,
    };
    let since = args.since.map(|since| since.at(clock()));
    let wanted = Wanted { target, states: args.state.iter().map(|state| state.kind()).collect(), since };
    let found = desk.app.store.deliveries(&wanted, args.limit).await?;
    let sending = Sending::of(desk, &found).await?;
    if args.json {
        found.iter().try_for_each(|delivery| output.json(&row(delivery, &sending)))?;
        return Ok(Exit::Done);
    }
    if found.is_empty() {
        let is_any = args.target.is_none() && args.state.is_empty() && args.since.is_none();
        output.line(if is_any { "no messages" } else { "no such messages" })?;
        return Ok(Exit::Done);
    }
    let cells = |delivery: &Delivery| {
        let row = row(delivery, &sending);
        let next = row.next.map_or_else(|| "-".to_owned(), |next| next.to_string());
        vec![
            row.id.to_string(),
            row.target.to_string(),
            row.state.to_owned(),
            row.born.to_string(),
            row.tries.to_string(),
            next,
            row.subject,
        ]
    };
    let head = ["id", "target", "state", "owed since", "tries", "next try", "about"];
    output.table(&head, found.iter().map(cells).collect())?;
    for delivery in found.iter().filter(|delivery| !delivery.trouble.is_empty()) {
        output.line(&plain(&format!("{}: {}", delivery.id, delivery.trouble)))?;
    }
    Ok(Exit::Done)
}

async fn by_id(desk: &Desk, prefix: &str) -> Result<Delivery, Failure> {
    let mut found = desk.app.store.find_delivery(prefix).await?;
    match (found.pop(), found.pop()) {
        (Some(one), None) => Ok(one),
        (None, _) => Err(Failure::new(Exit::NotFound, format!("there is no message `{}`", plain(prefix)))
            .hint("`tidings deliveries` shows ids; the beginning of one is enough")),
        (Some(a), Some(b)) => {
            let message = format!("more than one id begins with `{}`", plain(prefix));
            Err(Failure::new(Exit::NotFound, message).hint(format!("give more of it: {}, {}, …", b.id, a.id)))
        }
    }
}

async fn known_target(desk: &Desk, target: &str) -> Result<TargetId, Failure> {
    let targets = desk.app.store.targets().await?;
    if let Some(known) = targets.iter().find(|known| known.id.as_str() == target) {
        return Ok(known.id.clone());
    }
    let known: Vec<&str> = targets.iter().map(|known| known.id.as_str()).collect();
    let hint = match known.is_empty() {
        true => "the config has no [[target]]".to_owned(),
        false => format!("the config has {}", known.join(", ")),
    };
    Err(Failure::new(Exit::NotFound, format!("there is no target `{}`", plain(target))).hint(hint))
}

/// The targets that are sent nothing for now.
async fn unsent(desk: &Desk) -> Result<Vec<TargetInfo>, Failure> {
    let mut targets = desk.app.store.targets().await?;
    targets.retain(|info| info.retired || info.disabled.is_some());
    Ok(targets)
}

/// When messages are sent to the targets of some.
struct Sending {
    unsent: Vec<TargetInfo>,
    ahead: HashMap<TargetId, Ahead>,
    now: Timestamp,
}

impl Sending {
    async fn of(desk: &Desk, found: &[Delivery]) -> Result<Self, Failure> {
        let (now, mut ahead) = (clock(), HashMap::new());
        let waiting = found.iter().filter(|delivery| matches!(delivery.state, DeliveryState::Waiting(_)));
        for delivery in waiting {
            let target = &delivery.target;
            if !ahead.contains_key(target)
                && let Some(found) = Ahead::of(desk, target, now).await?
            {
                ahead.insert(target.clone(), found);
            }
        }
        Ok(Self { unsent: unsent(desk).await?, ahead, now })
    }

    /// When this one is tried next.
    fn next(&self, delivery: &Delivery) -> Option<Timestamp> {
        let DeliveryState::Waiting(due) = delivery.state else { return None };
        if self.unsent.iter().any(|info| info.id == delivery.target) {
            return None;
        }
        let ahead = self.ahead.get(&delivery.target);
        Some(ahead.map_or(due, |ahead| ahead.sent_at(due, delivery.is_fresh(), self.now)))
    }
}

/// When a target is sent something next, where it is at all: the digest that waits and the quiet hours in mind.
pub(super) async fn next(desk: &Desk, info: &TargetInfo) -> Result<Option<Timestamp>, Failure> {
    let now = clock();
    match (info.next, Ahead::of(desk, &info.id, now).await?) {
        (Some(next), Some(ahead)) => Ok(Some(ahead.next(now).unwrap_or(next))),
        (next, _) => Ok(next),
    }
}

fn row<'a>(delivery: &'a Delivery, sending: &Sending) -> Row<'a> {
    Row {
        id: delivery.id,
        target: &delivery.target,
        state: delivery.state.name(),
        message: delivery.message.name(),
        subject: subject(&delivery.message),
        articles: articles(&delivery.message),
        seq: delivery.seq,
        born: delivery.born,
        changed: delivery.changed,
        next: sending.next(delivery),
        tries: delivery.tries,
        trouble: &delivery.trouble,
    }
}

fn articles(message: &Message) -> u32 {
    match message {
        Message::New(_) | Message::Change(_) => 1,
        Message::Summary(summary) => summary.count,
        Message::Health(_) | Message::Target(_) => 0,
    }
}

/// What a message is about, in a few words.
fn subject(message: &Message) -> String {
    match message {
        Message::New(new) => title(&new.article),
        Message::Change(change) => title(&change.article),
        Message::Summary(summary) => {
            let listings: Vec<&str> = summary.listings.iter().map(|(id, ..)| id.as_str()).collect();
            format!("{} on {}", summary.in_words(), listings.join(", "))
        }
        Message::Health(health) => format!("{} is {}", health.event.listing, health.event.to.name()),
        Message::Target(trouble) => format!("nothing is sent to {} any more", trouble.target),
    }
}

fn title(article: &Article) -> String {
    match &article.source {
        Some(source) => format!("{} ({source})", article.title),
        None => article.title.clone(),
    }
}
