//! Importing: a fresh store whose journal begins with a dump.
//!
//! It is built beside and put in place by renames. Once it is whole it says so, and from then on every start finishes
//! what a crash left of the renames; before, it is thrown away, and what was there stays.

use std::io::{BufRead, Write as _};
use std::path::{Path, PathBuf};

use super::build::open_base;
use super::closed::SNAPSHOT;
use super::dump::{self, snapshot};
use super::error::IndexError;
use super::export::Progress;
use super::index::Index;
use super::journal::{damaged, io, sync_folder};
use super::numbered;
use super::open::create_folder;
use super::state::{self, Lock, Mark, State};
use crate::disk::Disk;
use crate::model::id::StoreId;
use crate::store::{Result, StoreError};

/// The folder in which the new store is built.
const FRESH: &str = "import.new";

/// The file in it that says that it is whole, and where what was there before goes.
const READY: &str = "ready";

/// What makes up a store, in the order in which it is replaced.
const PARTS: [&str; 3] = ["state.json", "index", "journal"];

/// What was imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// Which store.
    pub store: StoreId,
    /// Its last record.
    pub seq: u64,
    /// How many articles it has.
    pub articles: u64,
    /// How many deliveries.
    pub deliveries: u64,
    /// Where the store went that was there before.
    pub replaced: Option<PathBuf>,
}

/// Imports a dump into a data folder.
pub(super) fn import(
    disk: &Disk,
    folder: &Path,
    reader: impl BufRead,
    source: &Path,
    replace: bool,
    tell: &mut dyn FnMut(Progress),
) -> Result<Imported> {
    create_folder(disk, folder)?;
    let _lock = Lock::take(disk, folder)?;
    finish(disk, folder)?;
    if !replace && PARTS.iter().any(|part| folder.join(part).exists()) {
        return Err(StoreError::Occupied(folder.to_owned()));
    }
    let fresh = folder.join(FRESH);
    let built = build(disk, &fresh, reader, source, tell);
    let (store, articles, deliveries, seq) = match built {
        Ok(built) => built,
        Err(error) => {
            if let Err(error) = disk.remove_folder(&fresh) {
                tracing::warn!(folder = %fresh.display(), %error, "cannot remove an import that failed");
            }
            return Err(error);
        }
    };
    let aside = free(folder);
    let name = aside.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let ready = fresh.join(READY);
    crate::crashpoint::hit("import.before-ready");
    disk.replace(&ready, ".ready-", name.as_bytes()).map_err(|error| io("write", &ready, &error))?;
    sync_folder(disk, folder)?;
    crate::crashpoint::hit("import.after-ready");
    finish(disk, folder)?;
    let replaced = aside.exists().then_some(aside);
    Ok(Imported { store, seq, articles, deliveries, replaced })
}

/// Builds a store from a dump: its journal, its index, its state.
fn build(
    disk: &Disk,
    fresh: &Path,
    reader: impl BufRead,
    source: &Path,
    tell: &mut dyn FnMut(Progress),
) -> Result<(StoreId, u64, u64, u64)> {
    let (journal_folder, index_folder) = (fresh.join("journal"), numbered::next(&numbered::all(fresh)));
    disk.remove_folder(fresh).map_err(|error| io("remove", fresh, &error))?;
    create_folder(disk, &journal_folder)?;
    create_folder(disk, &index_folder)?;
    let path = journal_folder.join(snapshot::name(1));
    let written = |error: &std::io::Error| io("write", &path, error);
    let file = disk.create(&path).map_err(|error| written(&error))?;
    let mut copy = std::io::BufWriter::with_capacity(1 << 18, file);
    let base = open_base(disk, &index_folder, &journal_folder)?;
    let mut index = Index::new(&base);
    let (mut articles, mut deliveries) = (0, 0);
    dump::load(&mut index, reader, source, Some(1 | SNAPSHOT), &mut |line, loader| {
        articles += u64::from(line.starts_with(b"{\"article\""));
        deliveries += u64::from(line.starts_with(b"{\"delivery\""));
        tell(Progress { what: "reading articles", done: articles, of: loader.articles() });
        copy.write_all(line).map_err(|error| written(&error))
    })?;
    let file = copy.into_inner().map_err(|error| written(error.error()))?;
    file.sync().map_err(|error| written(&error))?;
    let Some(applied) = &mut index.applied else { return Err(damaged(source, 0, "it is empty")) };
    (applied.file, applied.end, applied.generation) = (2, 0, 1);
    let (store, seq) = (applied.store, applied.seq);
    index.apply()?;
    drop(index);
    base.tree.flush().map_err(IndexError::from)?;
    drop(base);
    sync_folder(disk, &journal_folder)?;
    let reason = "the store was imported; the next scan is a quiet baseline".to_owned();
    let rebaseline = Some(Mark { reason, seq: Some(seq) });
    let born = state::birth(&journal_folder);
    state::write(disk, fresh, &State { seq, born, rebaseline, ..State::new(store) })?;
    sync_folder(disk, fresh)?;
    Ok((store, articles, deliveries, seq))
}

/// Finishes an import that a crash cut short, or throws away one that was not whole.
pub(super) fn finish(disk: &Disk, folder: &Path) -> Result<()> {
    let fresh = folder.join(FRESH);
    if !fresh.exists() {
        return Ok(());
    }
    let ready = fresh.join(READY);
    let name = match std::fs::read_to_string(&ready) {
        Ok(name) => name,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            tracing::info!(folder = %fresh.display(), "removing an import that was cut short");
            return disk.remove_folder(&fresh).map_err(|error| io("remove", &fresh, &error));
        }
        Err(error) => return Err(io("read", &ready, &error)),
    };
    // Only ever a name in this folder, whoever wrote it.
    let aside = folder.join(Path::new(name.trim()).file_name().unwrap_or_default());
    for part in PARTS {
        let (new, here) = (fresh.join(part), folder.join(part));
        if !new.exists() {
            continue;
        }
        if here.exists() {
            create_folder(disk, &aside)?;
            rename(disk, &here, &aside.join(part))?;
            crate::crashpoint::hit("import.after-aside");
        }
        rename(disk, &new, &here)?;
        crate::crashpoint::hit("import.after-rename");
    }
    sync_folder(disk, folder)?;
    disk.remove_folder(&fresh).map_err(|error| io("remove", &fresh, &error))
}

fn rename(disk: &Disk, from: &Path, to: &Path) -> Result<()> {
    disk.rename(from, to).map_err(|error| io("rename", from, &error))
}

/// A folder of a name that is free, for the store that is replaced.
fn free(folder: &Path) -> PathBuf {
    let mut number = 1u32;
    loop {
        let aside = folder.join(format!("replaced-{number}"));
        if !aside.exists() {
            return aside;
        }
        number += 1;
    }
}
