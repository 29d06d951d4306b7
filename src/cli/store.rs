//! `tidings store`.

use std::sync::Arc;

use serde::Serialize;

use super::args::Command;
use super::desk::{self, Desk};
use super::exit::{Exit, Failure};
use super::output::{Output, plain};
use crate::config::Config;
use crate::daemon::clock;
use crate::model::Timestamp;
use crate::model::text::counted;
use crate::store::{Checked, Compacted, EmbeddedStore, Rewritten, Store, StoreError};

#[derive(Serialize)]
struct Rebuilt {
    articles: u64,
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
    let mut teller = output.teller();
    let job = move || store.check(&mut |progress| teller.tell(progress));
    let checked = tokio::task::spawn_blocking(job).await;
    let checked = checked.map_err(|error| StoreError::Stopped(error.to_string()))??;
    list(&checked, json, output)?;
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
    let hint = checked.faults.into_iter().next().map(|fault| fault.hint).unwrap_or_default();
    let number = counted(faults, "fault");
    Err(Failure::new(Exit::Store, format!("the store has {number}")).hint(hint))
}

/// The same for a store that cannot be opened because of damage, which `error` says: its journal is read all the same.
pub(super) async fn check_unopened(
    config: &Config,
    error: StoreError,
    json: bool,
    output: &Output,
) -> Result<Exit, Failure> {
    let folder = config.data_dir.clone();
    let mut teller = output.teller();
    let job = move || {
        let checked = EmbeddedStore::check_unopened(&folder, &error, &mut |progress| teller.tell(progress));
        checked.map(|checked| (checked, error))
    };
    let checked = tokio::task::spawn_blocking(job).await;
    let (checked, error) = checked.map_err(|error| StoreError::Stopped(error.to_string()))??;
    list(&checked, json, output)?;
    Err(error.into())
}

fn list(checked: &Checked, json: bool, output: &Output) -> Result<(), Failure> {
    if json {
        return output.json(checked);
    }
    for fault in &checked.faults {
        output.line(&plain(&format!("{}: {}", fault.place, fault.what)))?;
    }
    if checked.more > 0 {
        output.line(&format!("and {} more", checked.more))?;
    }
    Ok(())
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
        row("  without texts, by age", number(stats.forgotten)),
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

/// What `store compact` did, for programs.
#[derive(Serialize)]
struct Small {
    #[serde(flatten)]
    journal: Option<Compacted>,
    index: Rewritten,
}

/// Compacts the journal, and then the index.
pub(super) async fn compact(
    desk: &Desk,
    history: Option<std::time::Duration>,
    json: bool,
    output: &Output,
) -> Result<Exit, Failure> {
    let asked = history.map(|history| i64::try_from(history.as_secs()).unwrap_or(i64::MAX));
    let seconds = asked.unwrap_or(desk.app.config.keep.history);
    let now = desk.app.clock.now();
    let since = (seconds > 0).then(|| Timestamp::from_unix(now.unix().saturating_sub(seconds)));
    let store = &desk.app.store;
    let mut teller = output.teller();
    let journal = store.compact_beside(since, move |progress| teller.tell(progress)).await?;
    let mut teller = output.teller();
    let index = store.rewrite_beside(move |progress| teller.tell(progress)).await?;
    if json {
        output.json(&Small { journal, index })?;
        return Ok(Exit::Done);
    }
    output.line(&match journal {
        Some(Compacted { files, before, after, .. }) => format!(
            "compacted {} of the journal: {} before, {} after; nothing is announced by that",
            counted(files, "file"),
            bytes(before),
            bytes(after)
        ),
        None => {
            "nothing of the journal to compact: no closed file of it is old enough (see --history)".to_owned()
        }
    })?;
    let Rewritten { before, after, .. } = index;
    output.line(&format!("compacted the index: {} before, {} after", bytes(before), bytes(after)))?;
    Ok(Exit::Done)
}

/// Builds the index anew: by the daemon if one runs, or else before the store is opened.
pub(super) async fn rebuild(
    config: Config,
    command: &Command,
    skip_bad_lines: bool,
    json: bool,
    output: &Output,
) -> Result<Exit, Failure> {
    must_exist(&config)?;
    if let Some(exit) = desk::ask(&config.data_dir, command, output).await? {
        return Ok(exit);
    }
    let folder = config.data_dir.clone();
    let job = move || EmbeddedStore::rebuild(&folder, clock(), skip_bad_lines);
    let store = tokio::task::spawn_blocking(job).await;
    let store = store.map_err(|error| StoreError::Stopped(error.to_string()))??;
    let articles = store.article_count().await?;
    store.close().await?;
    rebuilt(articles as u64, json, output)
}

/// Builds the index anew while the store is open.
pub(super) async fn rebuild_beside(desk: &Desk, json: bool, output: &Output) -> Result<Exit, Failure> {
    let mut teller = output.teller();
    let done = desk.app.store.rebuild_beside(move |progress| teller.tell(progress)).await?;
    rebuilt(done.articles, json, output)
}

fn rebuilt(articles: u64, json: bool, output: &Output) -> Result<Exit, Failure> {
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
