//! `tidings store`.

use serde::Serialize;

use super::desk::Desk;
use super::exit::{Exit, Failure};
use super::output::Output;
use crate::config::Config;
use crate::daemon::clock;
use crate::model::text::counted;
use crate::store::{EmbeddedStore, Store, StoreError};

#[derive(Serialize)]
struct Checked {
    records: u64,
    articles: usize,
    feeds: usize,
    listings: usize,
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

/// Reads everything once: every value of the index is checked against its checksum on the way, and every record
/// of the journal.
pub(super) async fn check(desk: &Desk, json: bool, output: &Output) -> Result<Exit, Failure> {
    let app = &desk.app;
    let articles = app.store.article_count().await?;
    let mut read = 0;
    while read < articles {
        let step = app.store.articles(read, 1_000).await?;
        if step.is_empty() {
            break;
        }
        read += step.len();
    }
    let feeds = app.store.feeds().await?;
    for feed in &feeds {
        for page in 1..=feed.archives {
            app.store.archive(&feed.key, page).await?;
        }
        app.store.window(&feed.key, crate::store::WINDOW_MAX).await?;
    }
    let listings = app.store.listings().await?.len();
    let folder = app.config.data_dir.clone();
    let journal = tokio::task::spawn_blocking(move || EmbeddedStore::check_journal(&folder)).await;
    let records = journal.map_err(|error| StoreError::Stopped(error.to_string()))??;
    let checked = Checked { records, articles: read, feeds: feeds.len(), listings };
    if read < articles {
        return Err(Failure::new(
            Exit::Store,
            format!("the index names {} but holds {read}", counted(articles, "article")),
        )
        .hint("run `tidings store rebuild`"));
    }
    if json {
        output.json(&checked)?;
    } else {
        let Checked { records, articles, feeds, listings } = checked;
        output.line(&format!(
            "the store is whole: {}, {}, {}, {}",
            counted(records, "record"),
            counted(articles, "article"),
            counted(feeds, "feed"),
            counted(listings, "listing")
        ))?;
    }
    Ok(Exit::Done)
}

/// Builds the index anew; no daemon may have the store open.
pub(super) async fn rebuild(config: Config, skip_bad_lines: bool, output: &Output) -> Result<Exit, Failure> {
    must_exist(&config)?;
    let folder = config.data_dir.clone();
    let job = move || EmbeddedStore::rebuild(&folder, clock(), skip_bad_lines);
    let store = tokio::task::spawn_blocking(job).await;
    let store = store.map_err(|error| StoreError::Stopped(error.to_string()))??;
    let articles = store.article_count().await?;
    store.close().await?;
    output.line(&format!(
        "built the index anew from the journal: {}; nothing is announced by that",
        counted(articles, "article")
    ))?;
    Ok(Exit::Done)
}
