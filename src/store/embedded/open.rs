//! Opening: from whatever is in the data folder to a store that is whole, or a clear refusal.
//!
//! The order matters: own lock, `state.json`, the journal's place, the index under guard, replay. sled 0.34 panics
//! on some damage, opens an emptied file as an empty store, and stumbles over a snapshot it was writing when it
//! died; none of that may reach the user, because the journal can always build the index anew.

use std::io::{BufRead, BufReader};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use super::base::Base;
use super::begin::first_feeds;
use super::build::{applied, open_base, rebuild, replay};
use super::closed::{self, Source};
use super::compact;
use super::dump::snapshot;
use super::error::IndexError;
use super::guard::is_distrusted;
use super::import;
use super::index::{self, Applied, Index};
use super::journal::{self, Damage, Journal, Line, Position, Tail, damaged, io, sync_folder};
use super::numbered;
use super::record::{Fact, Record, StoreFact};
use super::salvage;
use super::seal;
use super::state::{self, Found, Lock, Mark, State};
use super::sum::Sum;
use super::torn;
use crate::disk::Disk;
use crate::model::Timestamp;
use crate::model::id::StoreId;
use crate::store::StoreError;

/// What is said of an index that this version cannot read.
const OTHER_LAYOUT: &str = "the index has the layout of another version; it is built anew from the journal";

type Result<T> = std::result::Result<T, StoreError>;

/// The parts of an open store.
pub(super) struct Opened {
    pub(super) lock: Lock,
    pub(super) base: Base,
    pub(super) journal: Journal,
    pub(super) applied: Applied,
    /// What `state.json` says.
    pub(super) state: State,
}

/// What a rebuild should do beside the usual.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Wish {
    /// Build the index anew, whatever is there.
    pub(super) rebuild: bool,
    /// Pass over damaged lines of the journal.
    pub(super) skip_bad_lines: bool,
    /// The index is as it was closed, and need not be looked through.
    pub(super) is_sealed: bool,
}

pub(super) fn open(disk: &Disk, folder: &Path, now: Timestamp, wish: Wish) -> Result<Opened> {
    create_folder(disk, folder)?;
    let lock = Lock::take(disk, folder)?;
    // Before there is a journal's folder again: an import may be about to put its own there.
    import::finish(disk, folder)?;
    create_folder(disk, &folder.join("journal"))?;
    let mut found = state::read(folder)?;
    let journal_folder = folder.join("journal");
    let mark = Mark::of(&found, folder);
    salvage::finish(disk, folder, &journal_folder)?;
    if is_unbegun(folder, &journal_folder, &found)? {
        begin(disk, folder, &journal_folder, &found, now)?;
        found = state::read(folder)?;
    }
    let index_folder = numbered::all(folder);
    let stated = if let Found::State(state) = &found { state.seq } else { 0 };
    let known = || stated.max(reached(disk, &index_folder, &journal_folder));
    // Before the index is put aside: it may know of records that the journal has lost.
    let reached = if wish.rebuild || wish.skip_bad_lines { known() } else { stated };
    if wish.skip_bad_lines {
        let store = if let Found::State(state) = &found { Some(state.store) } else { None };
        salvage::rewrite(disk, folder, &journal_folder, store, reached, now)?;
    }
    let sealed = if let Found::State(state) = &found { state.sealed.clone() } else { None };
    let store = check_identity(folder, &journal_folder, found)?;
    let found = || numbered::current(&index_folder).and_then(|path| seal::of(&path).ok());
    let is_sealed = sealed.is_some_and(|sealed| found().is_some_and(|found| found == sealed));
    let wish = Wish { is_sealed, ..wish };
    let (base, tail) = match index(disk, &index_folder, &journal_folder, store, wish) {
        Err(StoreError::Damaged { .. }) if torn::cut(disk, folder, || known().max(reached))? => {
            index(disk, &index_folder, &journal_folder, store, wish)
        }
        opened => opened,
    }?;
    let applied = applied(&base)?;
    if applied.seq < reached {
        let what = format!(
            "the journal ends with record {}, but record {reached} was acknowledged: its end is missing",
            applied.seq
        );
        return Err(damaged(&journal_folder, 0, &what));
    }
    if tail.torn > 0 {
        tracing::warn!(bytes = tail.torn, "cut off the end of the journal, which a crash left unfinished");
    }
    numbered::sweep(disk, &index_folder)?;
    compact::sweep(disk, folder)?;
    crate::crashpoint::hit("open.before-cut");
    let journal = Journal::open(disk, &journal_folder, tail.end)?;
    crate::crashpoint::hit("open.before-state");
    let mark = mark.filter(|mark| mark.seq.is_none_or(|seq| seq == applied.seq));
    let rebaseline = mark.map(|mark| Mark { seq: Some(applied.seq), ..mark });
    let born = state::birth(&journal_folder);
    let state = State { seq: applied.seq, born, rebaseline, ..State::new(store) };
    state::write(disk, folder, &state)?;
    crate::crashpoint::hit("open.after-state");
    Ok(Opened { lock, base, journal, applied, state })
}

/// Whether this is a first run, or one that ended before its first record was whole.
fn is_unbegun(folder: &Path, journal_folder: &Path, found: &Found) -> Result<bool> {
    if snapshot::newest(journal_folder)?.is_some() {
        return Ok(false);
    }
    let files = journal::files(journal_folder)?;
    if files.is_empty() {
        return Ok(true);
    }
    let is_new = matches!(found, Found::State(state) if state.seq == 0);
    // A compressed file was whole once.
    if !is_new || files != [1] || !journal_folder.join(journal::name(1)).exists() || has_index(folder) {
        return Ok(false);
    }
    let path = journal_folder.join(journal::name(1));
    let bytes = std::fs::read(&path).map_err(|error| io("read", &path, &error))?;
    Ok(!bytes.contains(&b'\n'))
}

/// The last record that the index knows of; 0 when it cannot be asked.
fn reached(disk: &Disk, index_folder: &Path, journal_folder: &Path) -> u64 {
    let Some(path) = numbered::current(index_folder).filter(|path| path.join("db").exists()) else {
        return 0;
    };
    let applied = open_base(disk, &path, journal_folder).and_then(|base| applied(&base));
    applied.map_or(0, |applied| applied.seq)
}

/// Whether there is an index that was in use.
fn has_index(folder: &Path) -> bool {
    let all = numbered::all(folder);
    numbered::exists(&all) || numbered::is_flat(&all)
}

/// Creates a folder that is its owner's alone, unless it is there.
pub(super) fn create_folder(disk: &Disk, path: &Path) -> Result<()> {
    disk.create_folder(path, 0o700).map_err(|error| io("create", path, &error))
}

/// Begins a new store, unless something says that there was one.
fn begin(disk: &Disk, folder: &Path, journal_folder: &Path, found: &Found, now: Timestamp) -> Result<()> {
    let traces = match found {
        Found::State(state) if state.seq > 0 => Some("state.json"),
        Found::State(_) | Found::Missing => has_index(folder).then_some("the index"),
        Found::Unreadable(_) => Some("state.json"),
    };
    if let Some(trace) = traces {
        let what = format!("the journal is gone, but {trace} says that there was one; this is no first run");
        return Err(damaged(journal_folder, 0, &what));
    }
    let id = match found {
        Found::State(state) => state.store,
        _ => StoreId::from_uuid(uuid::Uuid::new_v4()),
    };
    crate::crashpoint::hit("begin.before-state");
    // The state first: a crash in between leaves a state without records, which begins again under the same id.
    state::write(disk, folder, &State::new(id))?;
    crate::crashpoint::hit("begin.after-state");
    let mut journal = Journal::open(disk, journal_folder, Position::default())?;
    crate::crashpoint::hit("begin.before-record");
    let fact = Fact::Store(StoreFact { id, feeds: first_feeds(id) });
    journal.append(&[Line::of(&Record { seq: 1, at: now, fact }, folder)?])?;
    sync_folder(disk, folder)
}

/// The store's id, by its journal; `state.json` must agree.
fn check_identity(folder: &Path, journal_folder: &Path, found: Found) -> Result<StoreId> {
    let path = state::path(folder);
    let store = first_record(journal_folder)?;
    match found {
        Found::State(state) if state.store != store => {
            let what =
                format!("it belongs to store {}, but the journal beside it to store {store}", state.store);
            return Err(damaged(&path, 0, &what));
        }
        Found::State(_) => {}
        Found::Missing => {
            tracing::warn!(file = %path.display(), "state.json is missing; writing it anew from the journal")
        }
        Found::Unreadable(what) => {
            tracing::warn!(file = %path.display(), what, "state.json cannot be read; writing it anew from the journal");
        }
    }
    Ok(store)
}

/// Which store a journal is of, by its first record.
pub(super) fn first_record(journal_folder: &Path) -> Result<StoreId> {
    if let Some((store, _)) = snapshot::origin(journal_folder)? {
        return Ok(store);
    }
    let number = journal::files(journal_folder)?.first().copied().unwrap_or(1);
    let path = journal_folder.join(journal::name(number));
    let mut found = None;
    // Reading stops at the first record by an error of our own, which says nothing to anybody.
    let stop = || StoreError::Stopped(String::new());
    let read = journal::read(journal_folder, Position::default(), Damage::Stop, |record, _| {
        found = record.into_iter().next();
        Err(stop())
    });
    match (found, read) {
        (Some(Record { fact: Fact::Store(fact), .. }), _) => Ok(fact.id),
        (Some(_), _) => Err(damaged(&path, 1, "the first record must be that of the store")),
        (None, Err(error)) => Err(error),
        (None, Ok(_)) => Err(damaged(&path, 1, "the journal is empty; this is no first run")),
    }
}

/// Opens the index of a store that was open so far, and brings it up to the journal, which ends at `end`.
///
/// # Errors
/// [`StoreError::Damaged`] when the journal lost what was acknowledged, [`StoreError::Io`], [`StoreError::Index`].
pub(super) fn reopen(disk: &Disk, folder: &Path, store: StoreId, end: Position) -> Result<(Base, Applied)> {
    let journal_folder = folder.join("journal");
    let (base, tail) = index(disk, &numbered::all(folder), &journal_folder, store, Wish::default())?;
    let applied = applied(&base)?;
    if (tail.end.seq, tail.end.crc) != (end.seq, end.crc) || applied.seq != end.seq {
        let what = format!(
            "the journal ends with record {}, but record {} was acknowledged: its end is missing",
            tail.end.seq, end.seq
        );
        return Err(damaged(&journal_folder, 0, &what));
    }
    Ok((base, applied))
}

/// Opens the index and brings it up to the journal; builds it anew where it cannot be trusted. A full disk is no
/// reason for that.
fn index(
    disk: &Disk,
    path: &Path,
    journal_folder: &Path,
    store: StoreId,
    wish: Wish,
) -> Result<(Base, Tail)> {
    let opened = if wish.rebuild || wish.skip_bad_lines {
        rebuild(disk, path, journal_folder, store)
    } else {
        let open = || match trusted(disk, path, journal_folder, store, wish.is_sealed)? {
            Some((base, from)) => replay(&base, journal_folder, from, store).map(|tail| Some((base, tail))),
            None => Ok(None),
        };
        match unwinding(open) {
            Ok(Some(opened)) => Ok(opened),
            Ok(None) => {
                discard(disk, path, journal_folder)?;
                rebuild(disk, path, journal_folder, store)
            }
            Err(StoreError::Index(error)) if !error.is_outside() => {
                let why = error.to_string();
                tracing::error!(why, index = %path.display(), "the index cannot be used; rebuilding it from the journal");
                rebuild(disk, path, journal_folder, store)
            }
            Err(error) => Err(error),
        }
    };
    opened.map_err(|error| match error {
        StoreError::Index(error) => error.at(path),
        error => error,
    })
}

/// Makes an error of a panic: sled has one for some damage.
fn unwinding<T>(what: impl FnOnce() -> Result<T>) -> Result<T> {
    let panicked = || IndexError::Sled("sled panicked over it; standard error has the place".to_owned());
    catch_unwind(AssertUnwindSafe(what)).unwrap_or_else(|_| Err(panicked().into()))
}

/// The index and its place in the journal, if it is of this store and this layout and the journal agrees.
fn trusted(
    disk: &Disk,
    all: &Path,
    journal_folder: &Path,
    store: StoreId,
    is_sealed: bool,
) -> Result<Option<(Base, Position)>> {
    let Some(path) = found(disk, all, journal_folder)? else { return Ok(None) };
    let wrong = |what: &str| Err(StoreError::Index(IndexError::Sled(what.to_owned())));
    if is_distrusted(&path) {
        return wrong("an earlier run found it damaged");
    }
    let base = open_base(disk, &path, journal_folder)?;
    let other = || {
        tracing::info!("{OTHER_LAYOUT}");
        Ok(None)
    };
    let generation = snapshot::newest(journal_folder)?.unwrap_or(0);
    if Index::is_older(&base.tree)? {
        return other();
    }
    match Index::new(&base).applied()? {
        None => wrong("it is empty"),
        Some(applied) if applied.schema != index::SCHEMA => other(),
        Some(applied) if applied.store != store => wrong("it belongs to another store"),
        // A crash ended a compaction between its last two steps.
        Some(applied) if applied.generation != generation => {
            tracing::info!(
                "the journal begins with another snapshot than the index was built from; it is built anew"
            );
            Ok(None)
        }
        Some(applied) => {
            let place = Position { file: applied.file, end: applied.end, crc: applied.crc, seq: applied.seq };
            check_place(journal_folder, place)?;
            if !is_sealed && Sum::of(&base.tree)? != applied.sum {
                return wrong("entries are missing in it, or of another time");
            }
            Ok(Some((base, place)))
        }
    }
}

/// The folder of the index that counts, if there is one.
fn found(disk: &Disk, all: &Path, journal_folder: &Path) -> Result<Option<PathBuf>> {
    if numbered::exists(all) {
        return Ok(numbered::current(all));
    }
    if numbered::has_unfinished(all) {
        tracing::info!("an earlier start ended while it built the index; it is built from the beginning");
        disk.remove_folder(all).map_err(|error| io("remove", all, &error))?;
    } else if numbered::is_flat(all) {
        tracing::info!("{OTHER_LAYOUT}");
    } else if has_history(journal_folder)? {
        tracing::warn!(index = %all.display(), "the index is missing; rebuilding it from the journal");
    }
    Ok(None)
}

/// Whether the journal holds more than the record it begins with.
fn has_history(journal_folder: &Path) -> Result<bool> {
    let files = journal::files(journal_folder)?;
    let [number] = files[..] else { return Ok(!files.is_empty()) };
    let path = journal_folder.join(journal::name(number));
    // One that is not plain text any more was closed, and so is full.
    let Ok(file) = std::fs::File::open(&path) else { return Ok(true) };
    let mut lines = BufReader::new(file).lines();
    Ok(lines.next().is_some() && lines.next().is_some())
}

/// Removes an index that nobody can use and nobody needs to look at.
fn discard(disk: &Disk, path: &Path, journal_folder: &Path) -> Result<()> {
    if !path.is_dir() {
        return Ok(());
    }
    // What must not be touched shows before anything is.
    journal::read(journal_folder, Position::default(), Damage::Stop, |_, _| Ok(()))?;
    disk.remove_folder(path).map_err(|error| io("remove", path, &error))
}

/// The journal must hold what the index holds: a shorter one is damaged.
fn check_place(journal_folder: &Path, place: Position) -> Result<()> {
    let path = closed::path(journal_folder, place.file);
    let ahead = |what: &str| {
        Err(damaged(
            &path,
            0,
            &format!("{what}: the index holds record {}, which was acknowledged", place.seq),
        ))
    };
    if place.end == 0 && snapshot::origin(journal_folder)?.is_some_and(|(_, after)| after == place) {
        return Ok(());
    }
    let source = match Source::open(journal_folder, place.file, false) {
        Ok(source) => source,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return ahead("the journal ends before this file");
        }
        Err(error) => return ahead(&error.to_string()),
    };
    let Some(from) = place.end.checked_sub(9) else { return ahead("the journal does not match") };
    let tail = match source.read_at(from, 9) {
        Ok(tail) => tail,
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            return ahead("the journal ends too early");
        }
        Err(error) => return ahead(&error.to_string()),
    };
    let stated = std::str::from_utf8(&tail[..8]).ok().and_then(|hex| u32::from_str_radix(hex, 16).ok());
    if stated == Some(place.crc) && tail[8] == b'\n' { Ok(()) } else { ahead("the journal does not match") }
}
