//! `tidings log`: the journal as sentences.
//!
//! Read from the journal itself, with a daemon or without: it only grows, so this needs no lock, and `--follow`
//! keeps no daemon from starting.

use std::collections::VecDeque;
use std::time::Duration;

use super::args::LogArgs;
use super::exit::{Exit, Failure};
use super::output::{Output, plain};
use crate::config::Config;
use crate::diff::Kind;
use crate::model::text::counted;
use crate::model::{Health, ListingId, TargetId};
use crate::store::history::{Counts, Ends, Happening, History, Renamed, Turn, What};

/// How long `--follow` waits before it looks again.
const PAUSE: Duration = Duration::from_millis(300);

/// Shows what happened, newest last.
pub(super) async fn log(config: &Config, args: &LogArgs, output: &Output) -> Result<Exit, Failure> {
    let listing = args.listing.as_deref().map(|id| known(config, id)).transpose()?;
    let names = listing.map(|id| names(config, id)).transpose()?;
    let wanted =
        |what: &What| names.as_ref().is_none_or(|names| names.iter().any(|name| what.is_about(name)));
    let mut history = History::new(&config.data_dir);
    let mut last: VecDeque<Happening> = VecDeque::new();
    history.read(|happening| {
        if wanted(&happening.what) {
            last.push_back(happening);
            if last.len() > args.limit {
                last.pop_front();
            }
        }
    })?;
    let mut fresh: Vec<Happening> = last.into();
    if let Some(id) = args.listing.as_deref()
        && fresh.is_empty()
        && config.listings.iter().all(|listing| listing.spec.id.as_str() != id)
    {
        return Err(unknown(config, id));
    }
    loop {
        for happening in fresh.drain(..) {
            if !show(&happening, args.json, output)? {
                return Ok(Exit::Done);
            }
        }
        if !args.follow {
            return Ok(Exit::Done);
        }
        tokio::time::sleep(PAUSE).await;
        history.read(|happening| {
            if wanted(&happening.what) {
                fresh.push(happening);
            }
        })?;
    }
}

/// The listing's id, and those that it had before.
fn names(config: &Config, id: ListingId) -> Result<Vec<ListingId>, Failure> {
    let mut renames: Vec<Renamed> = Vec::new();
    History::new(&config.data_dir).read(|happening| {
        if let What::Configure { renamed, .. } = happening.what {
            renames.extend(renamed);
        }
    })?;
    let mut names = vec![id];
    for Renamed { from, to } in renames.into_iter().rev() {
        if names.contains(&to) {
            names.push(from);
        }
    }
    Ok(names)
}

/// A listing of the config. One that is no longer there may be asked for, too, if its id could be one.
fn known(config: &Config, id: &str) -> Result<ListingId, Failure> {
    ListingId::parse(id).map_err(|_| unknown(config, id))
}

fn unknown(config: &Config, id: &str) -> Failure {
    let known: Vec<&str> = config.listings.iter().map(|listing| listing.spec.id.as_str()).collect();
    Failure::new(Exit::NotFound, format!("there is no listing `{}`", plain(id)))
        .hint(format!("the config has {}", known.join(", ")))
}

/// Whether anybody still reads.
fn show(happening: &Happening, json: bool, output: &Output) -> Result<bool, Failure> {
    if json {
        let text =
            serde_json::to_string(happening).map_err(|error| Failure::new(Exit::Bug, error.to_string()))?;
        return output.try_line(&text);
    }
    output.try_line(&plain(&format!("{}  {}", happening.at, sentence(&happening.what))))
}

fn sentence(what: &What) -> String {
    match what {
        What::Store => "the store was created".to_owned(),
        What::Scan(counts) => scan(counts),
        What::Retag { articles } => {
            format!("better tags for {} by what was learned since", counted(articles, "article"))
        }
        What::Health(turn) => health(turn),
        What::Configure { renamed, listings, retired, views, dropped, targets, untargeted } => {
            let pair = |Renamed { from, to }: &Renamed| format!("{from} to {to}");
            let pairs: Vec<String> = renamed.iter().map(pair).collect();
            let parts = [
                (!pairs.is_empty()).then(|| format!("renames {}", pairs.join(", "))),
                list("declares", listings),
                list("no longer declares", retired),
                list("has views", views),
                list("no longer has views", dropped),
                list("has targets", targets),
                list("no longer has targets", untargeted),
            ];
            format!("the config {}", parts.into_iter().flatten().collect::<Vec<_>>().join("; "))
        }
        What::Rebaseline { reason } => format!("every listing begins anew with a quiet baseline: {reason}"),
        What::Pause(turn) => format!("{}: paused", turn.listing),
        What::Resume(turn) => format!("{}: resumed", turn.listing),
        What::Reject(turn) => format!("{}: the held reading was rejected", turn.listing),
        What::Hide { article } => format!("article {article} was hidden"),
        What::Restore { article } => format!("article {article} came back"),
        What::Forget { articles, before } => {
            let count = counted(*articles, "article");
            format!("the texts of {count} were forgotten, of which nothing was remembered since {before}")
        }
        What::Batch { target, messages: count } => {
            format!("{target}: {} became one summary", messages(*count))
        }
        What::Delivery(ended) => ends(ended),
        What::Retry { deliveries } => format!("an operator has {} sent again", messages(*deliveries)),
        What::Drop { deliveries } => format!("an operator dropped {}", messages(*deliveries)),
        What::Disable { target, reason } => format!("{target}: nothing more is sent to it: {reason}"),
        What::Enable { target } => format!("{target}: messages are sent to it again"),
    }
}

fn messages(count: usize) -> String {
    format!("{count} {}", if count == 1 { "message" } else { "messages" })
}

/// A part of a sentence; none where nothing is to be named.
fn list(what: &str, ids: &[impl ToString]) -> Option<String> {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    (!ids.is_empty()).then(|| format!("{what} {}", ids.join(", ")))
}

fn ends(ended: &Ends) -> String {
    let all = [(ended.delivered, "delivered"), (ended.failed, "to be tried again"), (ended.dead, "given up")];
    let mut parts: Vec<String> =
        all.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    parts.extend(list("nothing more is sent to", &ended.disabled));
    let targets: Vec<&str> = ended.targets.iter().map(TargetId::as_str).collect();
    let reason = if ended.reason.is_empty() { String::new() } else { format!(": {}", ended.reason) };
    format!("{}: {}{reason}", targets.join(", "), parts.join(", "))
}

fn scan(counts: &Counts) -> String {
    let all = [
        (counts.announced, "new"),
        (counts.new.saturating_sub(counts.announced), "remembered without announcing them"),
        (counts.also, "seen here, too"),
        (counts.updated, "updated"),
        (counts.removed, "removed"),
        (counts.returned, "returned"),
        (counts.aged, "fell off the last page"),
    ];
    let mut parts: Vec<String> =
        all.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    if counts.owed > 0 {
        parts.push(format!("{} owed", messages(counts.owed)));
    }
    let how = match (counts.approved, counts.kind) {
        (true, _) => "approved by an operator",
        (false, Kind::Baseline) => "first look",
        (false, Kind::Scan) => "scan",
        (false, Kind::Reread) => "corrected by other rules",
    };
    let parts = if parts.is_empty() { "nothing that is told".to_owned() } else { parts.join(", ") };
    format!("{}: {how}: {parts}", counts.listing)
}

fn health(turn: &Turn) -> String {
    let Turn { listing, from, to, reason } = turn;
    match to {
        Health::Quarantined => format!("{listing}: held for approval: {reason}"),
        to if to == from => format!("{listing}: still {}: {reason}", to.name()),
        to => format!("{listing}: {}, was {}: {reason}", to.name(), from.name()),
    }
}
