//! `tidings deliveries` and `tidings target`: what is owed to targets, and what operators decide about it.

use serde::Serialize;
use serde_json::value::RawValue;

use super::args::{
    ChosenDeliveries, DeliveriesAction, DeliveriesArgs, ListDeliveries, ReplayArgs, TargetArg, TargetCommand,
};
use super::desk::Desk;
use super::exit::{Exit, Failure};
use super::output::{Output, plain};
use super::trial;
use crate::daemon::clock;
use crate::delivery;
use crate::model::delivery::{DeliveryState, StateKind};
use crate::model::text::counted;
use crate::model::{Delivery, DeliveryId, Message, TargetId, Timestamp};
use crate::store::{Decision, Store, TargetInfo, Wanted};

/// How many messages one decision is about at most.
const MOST: usize = 10_000;

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

/// A decision, as JSON.
#[derive(Serialize)]
struct Decided {
    decision: &'static str,
    deliveries: Vec<DeliveryId>,
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
        Some(DeliveriesAction::Show(arg)) => show(desk, &arg.delivery, arg.json, output).await,
        Some(DeliveriesAction::Preview(args)) => trial::preview(desk, args, output).await,
        Some(DeliveriesAction::Retry(chosen)) => {
            let found = choose(desk, chosen).await?;
            let said = ("due now, with the same ids and all tries again", none_of(chosen));
            // Who names one means it; of those in a state, some may be delivered by now.
            let decision: fn(Vec<DeliveryId>) -> Decision =
                if chosen.ids.is_empty() { Decision::RetryUndelivered } else { Decision::Retry };
            decide(desk, found, ("retry", said), chosen.json, decision, output).await
        }
        Some(DeliveriesAction::Drop(chosen)) => {
            let found = choose(desk, chosen).await?;
            let said = ("forgotten, and never sent", none_of(chosen));
            decide(desk, found, ("drop", said), chosen.json, Decision::Drop, output).await
        }
        Some(DeliveriesAction::Replay(args)) => {
            let found = delivered_since(desk, args).await?;
            let said = ("due once more, with the same ids", "no message was delivered since then".to_owned());
            decide(desk, found, ("replay", said), args.json, Decision::Retry, output).await
        }
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
    let wanted =
        Wanted { target, states: args.state.iter().map(|state| state.kind()).collect(), since: None };
    let found = desk.app.store.deliveries(&wanted, args.limit).await?;
    let unsent = unsent(desk).await?;
    if args.json {
        found.iter().try_for_each(|delivery| output.json(&row(delivery, &unsent)))?;
        return Ok(Exit::Done);
    }
    if found.is_empty() {
        let is_any = args.target.is_none() && args.state.is_empty();
        output.line(if is_any { "no messages" } else { "no such messages" })?;
        return Ok(Exit::Done);
    }
    let cells = |delivery: &Delivery| {
        let row = row(delivery, &unsent);
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

async fn show(desk: &Desk, prefix: &str, json: bool, output: &Output) -> Result<Exit, Failure> {
    let delivery = by_id(desk, prefix).await?;
    let bug = |error: serde_json::Error| Failure::new(Exit::Bug, error.to_string());
    let body = delivery::body(&delivery, &desk.app.config.site.base_url).map_err(bug)?;
    // Not as a value: what is shown is what is sent, in its order.
    let body: &RawValue = serde_json::from_slice(&body).map_err(bug)?;
    let unsent = unsent(desk).await?;
    let row = row(&delivery, &unsent);
    if json {
        #[derive(Serialize)]
        struct Shown<'a> {
            #[serde(flatten)]
            row: Row<'a>,
            body: &'a RawValue,
        }
        output.json(&Shown { row, body })?;
        return Ok(Exit::Done);
    }
    output.line(&plain(&row.subject))?;
    let line = |name: &str, value: &str| match value {
        "" => Ok(()),
        value => output.line(&plain(&format!("  {name:<10} {value}"))),
    };
    line("id", &row.id.to_string())?;
    line("target", row.target.as_str())?;
    line("state", row.state)?;
    line("owed since", &format!("{} (record {})", row.born, row.seq))?;
    line("changed", &row.changed.to_string())?;
    line("next try", &row.next.map(|next| next.to_string()).unwrap_or_default())?;
    line("tries", &row.tries.to_string())?;
    line("trouble", row.trouble)?;
    output.line("  body")?;
    indented(body.get()).lines().try_for_each(|line| output.line(&format!("    {}", plain(line))))?;
    Ok(Exit::Done)
}

/// JSON without white space, in lines for people. Nothing changes its place, as it would on the way through a value.
fn indented(json: &str) -> String {
    let mut out = String::with_capacity(json.len() * 2);
    let (mut depth, mut in_text, mut escaped) = (0usize, false, false);
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", depth));
    };
    let mut signs = json.chars().peekable();
    while let Some(sign) = signs.next() {
        if in_text {
            in_text = escaped || sign != '"';
            escaped = !escaped && sign == '\\';
            out.push(sign);
            continue;
        }
        match sign {
            '{' | '[' => {
                out.push(sign);
                if signs.peek().is_some_and(|next| !matches!(next, '}' | ']')) {
                    depth += 1;
                    line(&mut out, depth);
                }
            }
            '}' | ']' => {
                if !out.ends_with(['{', '[']) {
                    depth = depth.saturating_sub(1);
                    line(&mut out, depth);
                }
                out.push(sign);
            }
            ',' => {
                out.push(sign);
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            _ => {
                in_text = sign == '"';
                out.push(sign);
            }
        }
    }
    out
}

/// What is said when none of the messages that could be meant is there.
fn none_of(chosen: &ChosenDeliveries) -> String {
    match chosen.state {
        Some(state) => format!("no message is {}", state.kind().name()),
        None => "no message is dead; `--state waiting` means those that wait".to_owned(),
    }
}

async fn decide(
    desk: &Desk,
    found: Vec<Delivery>,
    (name, (said, none)): (&'static str, (&str, String)),
    json: bool,
    decision: fn(Vec<DeliveryId>) -> Decision,
    output: &Output,
) -> Result<Exit, Failure> {
    let ids: Vec<DeliveryId> = found.iter().map(|delivery| delivery.id).collect();
    let number = ids.len();
    if number > 0 {
        desk.app.store.decide(decision(ids.clone()), clock()).await?;
        desk.send().await?;
    }
    if json {
        output.json(&Decided { decision: name, deliveries: ids })?;
    } else if number == 0 {
        output.line(&none)?;
    } else {
        output.line(&format!("{}: {said}", counted(number, "message")))?;
        let disabled = unsent(desk).await?.into_iter().filter(|info| info.disabled.is_some());
        for id in disabled.map(|info| info.id).filter(|_| name != "drop") {
            if found.iter().any(|delivery| delivery.target == id) {
                output.line(&format!("{id} is disabled; they wait until `tidings target enable {id}`"))?;
            }
        }
    }
    Ok(Exit::Done)
}

/// The messages that are named, or those of a target or of all that are dead (or in another state).
async fn choose(desk: &Desk, chosen: &ChosenDeliveries) -> Result<Vec<Delivery>, Failure> {
    let mut found = Vec::new();
    for prefix in &chosen.ids {
        found.push(by_id(desk, prefix).await?);
    }
    if found.is_empty() {
        let target = match &chosen.target {
            Some(target) => Some(known_target(desk, target).await?),
            None => None,
        };
        let states = match chosen.state {
            Some(state) => vec![state.kind()],
            None => vec![StateKind::Dead],
        };
        found = desk.app.store.deliveries(&Wanted { target, states, since: None }, MOST).await?;
    }
    Ok(found)
}

async fn delivered_since(desk: &Desk, args: &ReplayArgs) -> Result<Vec<Delivery>, Failure> {
    let target = match &args.target {
        Some(target) => Some(known_target(desk, target).await?),
        None => None,
    };
    let since = args.since.at(clock());
    let wanted = Wanted { target, states: vec![StateKind::Delivered], since: Some(since) };
    Ok(desk.app.store.deliveries(&wanted, MOST).await?)
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

fn row<'a>(delivery: &'a Delivery, unsent: &[TargetInfo]) -> Row<'a> {
    let next = match delivery.state {
        DeliveryState::Waiting(next) => {
            Some(next).filter(|_| !unsent.iter().any(|info| info.id == delivery.target))
        }
        DeliveryState::Delivered | DeliveryState::Dead => None,
    };
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
        next,
        tries: delivery.tries,
        trouble: &delivery.trouble,
    }
}

fn articles(message: &Message) -> u32 {
    match message {
        Message::New(_) => 1,
        Message::Summary(summary) => summary.count,
        Message::Health(_) => 0,
    }
}

/// What a message is about, in a few words.
fn subject(message: &Message) -> String {
    match message {
        Message::New(new) => match &new.article.source {
            Some(source) => format!("{} ({source})", new.article.title),
            None => new.article.title.clone(),
        },
        Message::Summary(summary) => {
            let listings: Vec<&str> = summary.listings.iter().map(|(id, ..)| id.as_str()).collect();
            let articles = counted(summary.count, "new article");
            format!("{articles} on {}", listings.join(", "))
        }
        Message::Health(health) => format!("{} is {}", health.event.listing, health.event.to.name()),
    }
}
