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
use crate::model::{Health, ListingId};
use crate::store::history::{Counts, Happening, History, Turn, What};

/// How long `--follow` waits before it looks again.
const PAUSE: Duration = Duration::from_millis(300);

/// Shows what happened, newest last.
pub(super) async fn log(config: &Config, args: &LogArgs, output: &Output) -> Result<Exit, Failure> {
    let listing = args.listing.as_deref().map(|id| known(config, id)).transpose()?;
    let wanted = |what: &What| listing.as_ref().is_none_or(|id| what.is_about(id));
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

/// A listing of the config. One that is no longer there may be asked for, too, if its id could be one.
fn known(config: &Config, id: &str) -> Result<ListingId, Failure> {
    ListingId::parse(id).map_err(|_| {
        let known: Vec<&str> = config.listings.iter().map(|listing| listing.spec.id.as_str()).collect();
        Failure::new(Exit::NotFound, format!("there is no listing `{}`", plain(id)))
            .hint(format!("the config has {}", known.join(", ")))
    })
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
        What::Configure { listings, retired, views, dropped } => {
            let list = |what: &str, ids: &[ListingId]| {
                let ids: Vec<&str> = ids.iter().map(ListingId::as_str).collect();
                (!ids.is_empty()).then(|| format!("{what} {}", ids.join(", ")))
            };
            let parts = [
                list("declares", listings),
                list("no longer declares", retired),
                list("has views", views),
                list("no longer has views", dropped),
            ];
            format!("the config {}", parts.into_iter().flatten().collect::<Vec<_>>().join("; "))
        }
        What::Rebaseline { reason } => format!("every listing begins anew with a quiet baseline: {reason}"),
        What::Pause(turn) => format!("{}: paused", turn.listing),
        What::Resume(turn) => format!("{}: resumed", turn.listing),
        What::Reject(turn) => format!("{}: the held reading was rejected", turn.listing),
        What::Hide { article } => format!("article {article} was hidden"),
        What::Restore { article } => format!("article {article} came back"),
    }
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
    let parts: Vec<String> =
        all.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
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
