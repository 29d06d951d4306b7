//! `tidings status`.

use serde::Serialize;

use super::deliveries;
use super::desk::Desk;
use super::exit::{Exit, Failure};
use super::output::{Output, plain};
use crate::daemon::clock;
use crate::daemon::web::resting;
use crate::model::text::counted;
use crate::model::{FeedKey, FeedKind, Health, ListingId, TargetId, Timestamp};
use crate::store::{ListingInfo, Store, TargetInfo};

#[derive(Serialize)]
struct Status {
    listings: Vec<Row>,
    /// How many articles are remembered.
    articles: usize,
    /// How many feeds are published.
    feeds: usize,
    /// How many listings are in trouble.
    trouble: usize,
    /// How many are well, and unusually quiet.
    quiet: usize,
    /// How many of them wait for approval.
    held: usize,
    targets: Vec<TargetRow>,
    /// Why nothing can be remembered just now.
    #[serde(skip_serializing_if = "Option::is_none")]
    store: Option<String>,
}

/// A target, and how sending to it goes.
#[derive(Serialize)]
struct TargetRow {
    id: TargetId,
    /// `ok`, `failing`, `disabled`, or `undeclared` where the config has it no longer and it is owed something.
    state: &'static str,
    /// Since when, unless it is ok.
    since: Option<Timestamp>,
    /// Why it is disabled.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    waiting: u64,
    dead: u64,
    /// When the next message is due; one that is gathered, when its digest is told, and none in quiet hours.
    next: Option<Timestamp>,
}

impl TargetRow {
    fn of(info: TargetInfo) -> Self {
        let (state, since) = match (info.retired, &info.disabled, info.failing) {
            (true, ..) => ("undeclared", None),
            (false, Some(_), _) => ("disabled", info.since),
            (false, None, Some(failing)) => ("failing", Some(failing)),
            (false, None, None) => ("ok", None),
        };
        let TargetInfo { id, disabled: reason, waiting, dead, next, .. } = info;
        Self { id, state, since, reason, waiting, dead, next }
    }
}

#[derive(Serialize)]
struct Row {
    id: ListingId,
    title: String,
    health: Health,
    since: Timestamp,
    #[serde(skip_serializing_if = "String::is_empty")]
    reason: String,
    /// How many articles are new in the reading that waits for approval.
    held: Option<u64>,
    /// How many articles its last believed reading had.
    articles: usize,
    /// The last scan of this or an earlier process; `null` when it is not known.
    scanned: Option<Timestamp>,
    /// When what its feed shows last changed.
    changed: Option<Timestamp>,
    /// When it is due next; where that has passed, it is looked at now, or as soon as a daemon starts. `null`
    /// when it is paused, and until a daemon has looked at it for the first time.
    next: Option<Timestamp>,
}

/// Shows how each listing is doing. Trouble is no failure of this command.
pub(super) async fn status(desk: &Desk, json: bool, output: &Output) -> Result<Exit, Failure> {
    let store = &desk.app.store;
    let mut rows = Vec::new();
    for info in store.listings().await?.into_iter().filter(|info| !info.retired) {
        let feed = store.feed(&FeedKey::named(FeedKind::Listing, info.id.as_str())).await?;
        let changed = feed.filter(|feed| feed.count > 0).map(|feed| feed.updated);
        rows.push(row(desk, info, changed));
    }
    let feeds = store.feeds().await?.iter().filter(|feed| !feed.retired).count();
    let mut targets = store.targets().await?;
    targets.retain(|target| !target.retired || target.waiting + target.dead > 0);
    let mut target_rows = Vec::new();
    for info in targets {
        let next = deliveries::next(desk, &info).await?;
        target_rows.push(TargetRow::of(TargetInfo { next, ..info }));
    }
    let status = Status {
        articles: store.article_count().await?,
        feeds,
        trouble: rows.iter().filter(|row| !row.health.is_well() && row.health != Health::Paused).count(),
        quiet: rows.iter().filter(|row| row.health == Health::Quiet).count(),
        held: rows.iter().filter(|row| row.held.is_some()).count(),
        listings: rows,
        targets: target_rows,
        store: store.trouble(),
    };
    if json {
        output.json(&status)?;
    } else {
        people(&status, desk.daemon, output)?;
    }
    Ok(Exit::Done)
}

fn row(desk: &Desk, info: ListingInfo, changed: Option<Timestamp>) -> Row {
    let listing = desk.app.config.listings.iter().find(|listing| listing.spec.id == info.id);
    let listing = listing.filter(|_| info.health != Health::Paused);
    let next = match (listing, info.memo.on_schedule) {
        (Some(listing), Some(last)) => {
            let rest = resting(&info.memo, clock()).unwrap_or_default();
            Some(listing.due(Some(last)).max(rest)).filter(|next| *next < Timestamp::LAST)
        }
        _ => None,
    };
    Row {
        title: info.title,
        health: info.health,
        since: info.since,
        reason: info.reason,
        held: info.hold.map(|hold| hold.new),
        articles: info.articles,
        scanned: info.memo.scanned,
        changed,
        next,
        id: info.id,
    }
}

fn people(status: &Status, daemon: bool, output: &Output) -> Result<(), Failure> {
    let time = |at: Option<Timestamp>| at.map_or_else(|| "-".to_owned(), |at| at.to_string());
    let now = clock();
    let next = |row: &Row| match row.next {
        _ if row.health == Health::Paused => "-".to_owned(),
        Some(next) if next > now => next.to_string(),
        _ if daemon => "now".to_owned(),
        _ => "at start".to_owned(),
    };
    let cells = |row: &Row| {
        vec![
            row.id.to_string(),
            row.health.name().to_owned(),
            row.since.to_string(),
            row.articles.to_string(),
            time(row.scanned),
            time(row.changed),
            next(row),
        ]
    };
    let head = ["listing", "health", "since", "articles", "scanned", "changed", "next"];
    output.table(&head, status.listings.iter().map(cells).collect())?;
    for row in &status.listings {
        if !row.reason.is_empty() {
            output.line(&plain(&format!("{}: {}", row.id, row.reason)))?;
        }
        if let Some(new) = row.held {
            output.line(&format!(
                "{id}: {new} held; `tidings listing approve {id}` or `reject {id}`",
                id = row.id,
                new = counted(new, "new article")
            ))?;
        }
    }
    targets_for_people(&status.targets, output)?;
    if let Some(why) = &status.store {
        output.line(&plain(&format!("nothing can be remembered: {why}; it is tried again")))?;
    }
    let Status { articles, feeds, listings, trouble, quiet, .. } = status;
    let trouble = if *trouble == 0 { String::new() } else { format!(", {trouble} in trouble") };
    let quiet = if *quiet == 0 { String::new() } else { format!(", {quiet} quiet") };
    output.line(&format!(
        "{}{trouble}{quiet}, {}, {}",
        counted(listings.len(), "listing"),
        counted(articles, "article"),
        counted(feeds, "feed")
    ))
}

fn targets_for_people(targets: &[TargetRow], output: &Output) -> Result<(), Failure> {
    if targets.is_empty() {
        return Ok(());
    }
    output.line("")?;
    let time = |at: Option<Timestamp>| at.map_or_else(|| "-".to_owned(), |at| at.to_string());
    let cells = |row: &TargetRow| {
        let (waiting, dead) = (row.waiting.to_string(), row.dead.to_string());
        vec![row.id.to_string(), row.state.to_owned(), time(row.since), waiting, dead, time(row.next)]
    };
    let head = ["target", "state", "since", "waiting", "dead", "next try"];
    output.table(&head, targets.iter().map(cells).collect())?;
    for row in targets {
        if let Some(reason) = &row.reason {
            let id = &row.id;
            output.line(&plain(&format!("{id}: {reason}; `tidings target enable {id}` begins again")))?;
        }
        if row.dead > 0 {
            let dead = counted(row.dead, "message");
            output.line(&format!("{}: {dead} given up; `tidings deliveries --state dead`", row.id))?;
        }
    }
    output.line("")
}
