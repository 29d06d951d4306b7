//! `tidings store`.

use std::sync::Arc;

use serde::Serialize;

use super::desk::Desk;
use super::exit::{Exit, Failure};
use super::output::{Output, plain};
use super::progress::Teller;
use crate::config::Config;
use crate::daemon::clock;
use crate::model::Timestamp;
use crate::model::text::counted;
use crate::store::{Checked, Compacted, EmbeddedStore, Store, StoreError};

#[derive(Serialize)]
struct Rebuilt {
    articles: usize,
}

/// Refuses to look after a store that is not there: a mistyped folder is not to become one.
pub(super) fn must_exist(config: &Config) -> Result<(), Failure> {
    let folder = &config.data_dir;
    if folder.join("journal").exists() || folder.join("state.json").exists() {
        return Ok(());
    }
    let message = format!("there is no store in {}", folder.display());
    Err(Failure::new(Exit::Store, message)
        .hint("`data_dir` or --data-dir names the folder; `tidings scan` begins one"))
}

/// Reads everything once: every record, every entry of the index, every article's texts, and what links them.
pub(super) async fn check(desk: &Desk, json: bool, output: &Output) -> Result<Exit, Failure> {
    let store = Arc::clone(&desk.app.store);
    let job = move || {
        let mut teller = Teller::new();
        store.check(&mut |progress| teller.tell(progress))
    };
    let checked = tokio::task::spawn_blocking(job).await;
    let checked = checked.map_err(|error| StoreError::Stopped(error.to_string()))??;
    if json {
        output.json(&checked)?;
    }
    let faults = checked.faults.len() as u64 + checked.more;
    if faults == 0 {
        let Checked { records, articles, feeds, listings, deliveries, .. } = checked;
        if !json {
            output.line(&format!(
                "the store is whole: {}, {}, {}, {}, {}",
                counted(records, "record"),
                counted(articles, "article"),
                counted(feeds, "feed"),
                counted(listings, "listing"),
                counted(deliveries, "message")
            ))?;
        }
        return Ok(Exit::Done);
    }
    if !json {
        for fault in &checked.faults {
            output.line(&plain(&format!("{}: {}", fault.place, fault.what)))?;
        }
        if checked.more > 0 {
            output.line(&format!("and {} more", checked.more))?;
        }
    }
    let hint = checked.faults.into_iter().next().map(|fault| fault.hint).unwrap_or_default();
    let number = counted(faults, "fault");
    Err(Failure::new(Exit::Store, format!("the store has {number}")).hint(hint))
}

/// Shows how much is remembered, and the room that it takes.
pub(super) async fn stats(desk: &Desk, json: bool, output: &Output) -> Result<Exit, Failure> {
    let store = Arc::clone(&desk.app.store);
    let stats = tokio::task::spawn_blocking(move || store.stats()).await;
    let stats = stats.map_err(|error| StoreError::Stopped(error.to_string()))??;
    if json {
        output.json(&stats)?;
        return Ok(Exit::Done);
    }
    let row = |name: &str, value: String| vec![name.to_owned(), value];
    let number = |value: u64| value.to_string();
    let compacted = stats.compacted.map_or_else(|| "never".to_owned(), |at| at.to_string());
    let rows = vec![
        row("records", number(stats.records)),
        row("articles", number(stats.articles)),
        row("keys", number(stats.keys)),
        row("feeds", number(stats.feeds)),
        row("listings", number(stats.listings)),
        row("messages waiting", number(stats.waiting)),
        row("messages dead", number(stats.dead)),
        row("messages delivered and kept", number(stats.delivered)),
        row("journal", bytes(stats.journal_plain + stats.journal_compressed)),
        row("of that compressed", bytes(stats.journal_compressed)),
        row("index", bytes(stats.index)),
        row("journal and index for each article", bytes(stats.per_article)),
        row("kept pages", bytes(stats.snapshots)),
        row("published", bytes(stats.published)),
        row("last compaction", compacted),
        row("a compaction would save", bytes(stats.compaction_saves)),
    ];
    output.table(&["what", "how much"], rows)?;
    Ok(Exit::Done)
}

/// A number of bytes, as people read it.
fn bytes(bytes: u64) -> String {
    match bytes {
        0..10_000 => format!("{bytes} bytes"),
        10_000..10_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{} MB", bytes / 1_000_000),
    }
}

/// Compacts the journal; no daemon may have the store open.
pub(super) async fn compact(
    config: Config,
    history: Option<std::time::Duration>,
    json: bool,
    output: &Output,
) -> Result<Exit, Failure> {
    must_exist(&config)?;
    let folder = config.data_dir.clone();
    let asked = history.map(|history| i64::try_from(history.as_secs()).unwrap_or(i64::MAX));
    let seconds = asked.unwrap_or(config.keep.history);
    let job = move || {
        let now = clock();
        let since = (seconds > 0).then(|| Timestamp::from_unix(now.unix().saturating_sub(seconds)));
        let mut teller = Teller::new();
        EmbeddedStore::compact(&folder, now, since, &mut |progress| teller.tell(progress))
    };
    let compacted = tokio::task::spawn_blocking(job).await;
    let compacted = compacted.map_err(|error| StoreError::Stopped(error.to_string()))?;
    let compacted = compacted.map_err(|error| match error {
        error @ StoreError::InUse { .. } => {
            Failure::from(error).hint("stop the daemon first (`systemctl stop tidings`), then run this again")
        }
        error => error.into(),
    })?;
    if json {
        output.json(&compacted)?;
        return Ok(Exit::Done);
    }
    output.line(&match compacted {
        Some(Compacted { files, before, after, .. }) => format!(
            "compacted {} of the journal: {} before, {} after; nothing is announced by that",
            counted(files, "file"),
            bytes(before),
            bytes(after)
        ),
        None => "nothing to compact: no closed file of the journal is old enough (see --history)".to_owned(),
    })?;
    Ok(Exit::Done)
}

/// Builds the index anew; no daemon may have the store open.
pub(super) async fn rebuild(
    config: Config,
    skip_bad_lines: bool,
    json: bool,
    output: &Output,
) -> Result<Exit, Failure> {
    must_exist(&config)?;
    let folder = config.data_dir.clone();
    let job = move || EmbeddedStore::rebuild(&folder, clock(), skip_bad_lines);
    let store = tokio::task::spawn_blocking(job).await;
    let store = store.map_err(|error| StoreError::Stopped(error.to_string()))?;
    let store = store.map_err(|error| match error {
        error @ StoreError::InUse { .. } => Failure::from(error).hint(
            "stop the daemon first (`systemctl stop tidings`), then run this again; a running daemon mends a damaged \
             index by itself",
        ),
        error => error.into(),
    })?;
    let articles = store.article_count().await?;
    store.close().await?;
    if json {
        output.json(&Rebuilt { articles })?;
        return Ok(Exit::Done);
    }
    output.line(&format!(
        "built the index anew from the journal: {}; nothing is announced by that",
        counted(articles, "article")
    ))?;
    Ok(Exit::Done)
}
