//! `state.json` and the lock: what ties a data folder together from outside the journal and the index.

use std::fs::TryLockError;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::journal::{damaged, io};
use crate::disk::{Disk, File};
use crate::model::id::StoreId;
use crate::store::StoreError;

/// The version of the data folder's layout.
pub(super) const SCHEMA: u32 = 1;

/// What `state.json` says: which store this is, and how far its journal reached at least.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) schema: u32,
    pub(super) store: StoreId,
    /// A sequence number that was durable; the journal must reach it.
    pub(super) seq: u64,
    /// The seal of the index, where it was closed in order. Whatever opens it writes this file without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) sealed: Option<String>,
    /// When the folder of the journal was made, in nanoseconds since 1970, where the file system tells: a copy of it
    /// was made at another time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) born: Option<u64>,
    /// What the first record from now on has to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) rebaseline: Option<Mark>,
}

/// The next record is to be a new beginning for every listing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mark {
    /// Why, one sentence.
    pub(super) reason: String,
    /// The last record before it: once there is another one, it was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) seq: Option<u64>,
}

impl State {
    /// Of a store that has no record yet.
    pub(super) fn new(store: StoreId) -> Self {
        Self { schema: SCHEMA, store, seq: 0, born: None, rebaseline: None, sealed: None }
    }
}

impl Mark {
    /// The mark that a data folder has, or gets because it is a copy of another one, or a backup that was put back:
    /// what pages showed since that was made is not news.
    pub(super) fn of(found: &Found, journal_folder: &Path) -> Option<Self> {
        let Found::State(state) = found else { return None };
        let is_copy = state.born.zip(birth(journal_folder)).is_some_and(|(then, now)| then != now);
        if !is_copy {
            return state.rebaseline.clone();
        }
        let reason =
            "the data folder is a copy, or a backup that was put back; the next scan is a quiet baseline";
        tracing::warn!(folder = %journal_folder.display(), "{reason}");
        Some(Self { reason: reason.to_owned(), seq: None })
    }
}

/// When a folder was made, in nanoseconds since 1970; `None` where the file system does not tell.
pub(super) fn birth(folder: &Path) -> Option<u64> {
    let made = std::fs::metadata(folder).ok()?.created().ok()?;
    u64::try_from(made.duration_since(std::time::UNIX_EPOCH).ok()?.as_nanos()).ok()
}

/// What was found where `state.json` should be.
pub(super) enum Found {
    State(State),
    Missing,
    /// Empty or no JSON: a crash of the machine, or somebody's hand.
    Unreadable(String),
}

pub(super) fn path(folder: &Path) -> PathBuf {
    folder.join("state.json")
}

/// Reads `state.json`.
///
/// # Errors
/// [`StoreError::Newer`] when a newer program wrote it; [`StoreError::Io`].
pub(super) fn read(folder: &Path) -> Result<Found, StoreError> {
    #[derive(Deserialize)]
    struct Schema {
        schema: u32,
    }
    let path = path(folder);
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Found::Missing),
        Err(error) => return Err(io("read", &path, &error)),
    };
    if let Ok(Schema { schema }) = serde_json::from_slice(&bytes)
        && schema > SCHEMA
    {
        let what = format!(
            "the data folder was written by a newer version of tidings (schema {schema}, this one knows {SCHEMA})"
        );
        return Err(StoreError::Newer { file: path, line: 0, what });
    }
    Ok(match serde_json::from_slice(&bytes) {
        Ok(state) => Found::State(state),
        Err(error) => Found::Unreadable(error.to_string()),
    })
}

/// Replaces `state.json` atomically and durably.
pub(super) fn write(disk: &Disk, folder: &Path, state: &State) -> Result<(), StoreError> {
    let target = path(folder);
    let mut bytes = serde_json::to_vec(state).map_err(|error| damaged(&target, 0, &error.to_string()))?;
    bytes.push(b'\n');
    let replace = || -> std::io::Result<()> {
        let mut temp = disk.temp_in(folder, ".state-", "")?;
        temp.write_all(&bytes)?;
        temp.sync()?;
        crate::crashpoint::hit("state.before-rename");
        temp.persist(&target)?;
        disk.sync_folder(folder)
    };
    replace().map_err(|error| io("write", &target, &error))
}

/// Notes the seal of a closed index.
pub(super) fn seal(disk: &Disk, folder: &Path, sealed: String) -> Result<(), StoreError> {
    match read(folder)? {
        Found::State(state) => write(disk, folder, &State { sealed: Some(sealed), ..state }),
        // Nothing to tie it to; the next start looks through the index.
        Found::Missing | Found::Unreadable(_) => Ok(()),
    }
}

/// The lock on a data folder; held as long as this lives, and by the system no longer than the process.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Whether another process holds the lock on `folder`; takes and creates nothing.
    pub(super) fn holder(folder: &Path) -> Option<StoreError> {
        let file = std::fs::File::open(folder.join("lock")).ok()?;
        matches!(file.try_lock(), Err(TryLockError::WouldBlock)).then(|| in_use(folder, &file))
    }

    /// Takes the lock.
    ///
    /// # Errors
    /// [`StoreError::InUse`] with the holder's process id, when another process has it.
    pub(super) fn take(disk: &Disk, folder: &Path) -> Result<Self, StoreError> {
        let path = folder.join("lock");
        let mut file = disk.open(&path, 0).map_err(|error| io("open", &path, &error))?;
        match file.system().try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(in_use(folder, file.system())),
            Err(TryLockError::Error(error)) => return Err(io("lock", &path, &error)),
        }
        // Only for the message above; the lock itself is the system's.
        let note = file.cut(0).and_then(|()| writeln!(file, "{}", std::process::id()));
        note.map_err(|error| io("write", &path, &error))?;
        Ok(Self { _file: file })
    }
}

fn in_use(folder: &Path, mut lock: &std::fs::File) -> StoreError {
    let mut pid = String::new();
    let _ = lock.read_to_string(&mut pid);
    let holder = match pid.trim() {
        "" => String::new(),
        pid => format!(" by process {pid}"),
    };
    StoreError::InUse { folder: folder.to_owned(), holder }
}
