//! `tidings import`.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::args::ImportArgs;
use super::exit::{Exit, Failure};
use super::output::Output;
use super::progress::Teller;
use crate::config::Config;
use crate::model::id::StoreId;
use crate::model::text::counted;
use crate::store::{EmbeddedStore, Imported};

#[derive(Serialize)]
struct Summary {
    store: StoreId,
    seq: u64,
    articles: u64,
    deliveries: u64,
    replaced: Option<PathBuf>,
}

/// Makes a store of what was exported; no daemon may have one open there.
pub(super) async fn import(config: Config, args: &ImportArgs, output: &Output) -> Result<Exit, Failure> {
    let (folder, file, replace) = (config.data_dir.clone(), args.file.clone(), args.replace);
    let job = move || -> Result<Imported, Failure> {
        let mut teller = Teller::new();
        let reader: Box<dyn BufRead> = if file == Path::new("-") {
            Box::new(BufReader::with_capacity(1 << 18, io::stdin().lock()))
        } else {
            let opened = File::open(&file).map_err(|error| {
                Failure::new(Exit::Store, format!("cannot open {}: {error}", file.display()))
            })?;
            Box::new(BufReader::with_capacity(1 << 18, opened))
        };
        let mut tell = |progress| teller.tell(progress);
        Ok(EmbeddedStore::import(&folder, reader, &file, replace, &mut tell)?)
    };
    let done = tokio::task::spawn_blocking(job).await;
    let done = done.map_err(|error| Failure::new(Exit::Bug, error.to_string()))?;
    let Imported { store, seq, articles, deliveries, replaced } = done.map_err(about_the_file)?;
    if args.json {
        output.json(&Summary { store, seq, articles, deliveries, replaced })?;
        return Ok(Exit::Done);
    }
    let (articles, messages) = (counted(articles, "article"), counted(deliveries, "message"));
    output.line(&format!("imported {articles} and {messages} into {}", config.data_dir.display()))?;
    if let Some(replaced) = replaced {
        output.line(&format!("the store that was there is in {}", replaced.display()))?;
    }
    output.line("the next scan of each listing is a quiet baseline: it announces nothing")?;
    Ok(Exit::Done)
}

/// What a damaged journal needs helps no damaged export.
fn about_the_file(failure: Failure) -> Failure {
    match failure.hint {
        Some(hint) if hint.contains("--skip-bad-lines") => Failure {
            hint: Some("nothing was changed; take another export, this one is not whole".to_owned()),
            ..failure
        },
        hint => Failure { hint, ..failure },
    }
}
