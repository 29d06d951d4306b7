//! `tidings export`.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use serde::Serialize;

use super::args::ExportArgs;
use super::exit::{Exit, Failure};
use super::output::Output;
use super::progress::Teller;
use super::store::must_exist;
use crate::config::Config;
use crate::daemon::clock;
use crate::model::id::StoreId;
use crate::model::text::counted;
use crate::store::{EmbeddedStore, Exported, StoreError};

#[derive(Serialize)]
struct Summary<'a> {
    file: &'a Path,
    store: StoreId,
    seq: u64,
    lines: u64,
    articles: u64,
    deliveries: u64,
}

/// Exports the store, be a daemon running or not. A file is there whole, or as it was.
pub(super) async fn export(config: Config, args: &ExportArgs, output: &Output) -> Result<Exit, Failure> {
    must_exist(&config)?;
    let file = args.file.clone();
    let job = move || -> Result<Option<Exported>, Failure> {
        if file == Path::new("-") {
            return lines(&config.data_dir, io::stdout().lock(), &file);
        }
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let named = tempfile::Builder::new().prefix(".tidings-").suffix(".export").tempfile_in(folder);
        let mut temp = named.map_err(|error| unwritten(&file, &error))?;
        let done = lines(&config.data_dir, &mut temp, &file)?;
        let kept = temp.as_file().sync_all().and_then(|()| Ok(temp.persist(&file)?));
        let kept = kept.and_then(|_| fs::File::open(folder)?.sync_all());
        kept.map_err(|error| unwritten(&file, &error))?;
        Ok(done)
    };
    let done = tokio::task::spawn_blocking(job).await;
    let done = done.map_err(|error| Failure::new(Exit::Bug, error.to_string()))??;
    let Some(Exported { store, seq, lines, articles, deliveries }) =
        done.filter(|_| args.file != Path::new("-"))
    else {
        return Ok(Exit::Done);
    };
    if args.json {
        output.json(&Summary { file: &args.file, store, seq, lines, articles, deliveries })?;
    } else {
        let (articles, messages) = (counted(articles, "article"), counted(deliveries, "message"));
        output.line(&format!("exported {articles} and {messages} to {}", args.file.display()))?;
    }
    Ok(Exit::Done)
}

fn unwritten(file: &Path, error: &io::Error) -> Failure {
    Failure::new(Exit::Output, format!("cannot write {}: {error}", file.display()))
        .hint("check that its folder exists, is writable for this user, and has free space")
}

/// Writes all lines; `None` when nobody reads them any more (`tidings export | head`).
fn lines(data_dir: &Path, out: impl Write, file: &Path) -> Result<Option<Exported>, Failure> {
    let mut out = BufWriter::with_capacity(1 << 18, out);
    let mut teller = Teller::new();
    let mut trouble = None;
    let mut write = |line: &[u8]| {
        out.write_all(line).map_err(|error| {
            trouble = Some(error);
            StoreError::Stopped("nobody takes it".to_owned())
        })
    };
    let done = EmbeddedStore::export(data_dir, clock(), &mut write, &mut |progress| teller.tell(progress));
    match trouble.or_else(|| out.flush().err()) {
        Some(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(None),
        Some(error) => Err(unwritten(file, &error)),
        None => Ok(Some(done?)),
    }
}
