//! `state.json`: what ties a data folder together from outside the journal and the index.
//!
//! One JSON object in one line. Its last field, `sum`, is the CRC-32C of all bytes before it, so a digit that changed
//! is never believed; a file without one is an older program's.

mod identity;
mod lock;
#[cfg(test)]
mod tests;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use self::identity::Identity;
use super::journal::io;
use crate::disk::Disk;
use crate::model::id::StoreId;
use crate::store::StoreError;

pub(super) use self::identity::birth;
pub(super) use self::lock::Lock;

/// What stands before the checksum.
const SUM: &[u8] = b",\"sum\":\"";

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
    /// What this file itself is to the file system: one that was put back over it, or in its place, is another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) file: Option<Identity>,
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
        Self { schema: SCHEMA, store, seq: 0, born: None, file: None, rebaseline: None, sealed: None }
    }
}

impl Mark {
    /// The mark that a data folder has, or gets because it is a copy of another one, or a backup that was put back:
    /// what pages showed since that was made is not news.
    pub(super) fn of(found: &Found, folder: &Path) -> Option<Self> {
        let Found::State(state) = found else { return None };
        let is_other_folder = differ(state.born, birth(&folder.join("journal")));
        let is_other_file = differ(state.file, Identity::at(&path(folder)));
        if !is_other_folder && !is_other_file {
            return state.rebaseline.clone();
        }
        let reason =
            "the data folder is a copy, or a backup that was put back; the next scan is a quiet baseline";
        tracing::warn!(folder = %folder.display(), "{reason}");
        Some(Self { reason: reason.to_owned(), seq: None })
    }
}

/// Whether what was stated is known to be otherwise now.
fn differ<T: PartialEq>(then: Option<T>, now: Option<T>) -> bool {
    then.zip(now).is_some_and(|(then, now)| then != now)
}

/// What was found where `state.json` should be.
pub(super) enum Found {
    State(State),
    Missing,
    /// Empty, no JSON, or not what was written: a crash of the machine, a disk, or somebody's hand.
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
    // Before anything in it is believed, that a newer program wrote it, too.
    if !is_as_written(&bytes) {
        return Ok(Found::Unreadable("its checksum does not match".to_owned()));
    }
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
    let replace = |born: Option<u64>, may_state: bool| -> std::io::Result<bool> {
        let mut temp = disk.temp_in(folder, ".state-", "")?;
        // Renaming changes neither.
        let file = if may_state { Identity::of(temp.system()) } else { None };
        temp.write_all(&written(&State { born, file, ..state.clone() })?)?;
        temp.sync()?;
        crate::crashpoint::hit("state.before-rename");
        temp.persist(&target)?;
        disk.sync_folder(folder)?;
        Ok(!differ(file, Identity::at(&target)))
    };
    let replaced = replace(state.born, true).and_then(|is_as_stated| {
        // A file system that soon says something else of the same file would make a copy of it at each start.
        if is_as_stated { Ok(true) } else { replace(None, false) }
    });
    replaced.map(drop).map_err(|error| io("write", &target, &error))
}

/// The bytes of the file.
fn written(state: &State) -> std::io::Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec(state)?;
    // The brace at the end.
    bytes.pop();
    let sum = crc32c::crc32c(&bytes);
    bytes.extend_from_slice(SUM);
    bytes.extend_from_slice(format!("{sum:08x}\"}}\n").as_bytes());
    Ok(bytes)
}

/// Whether the checksum of a file is right; one without any may be an older program's.
fn is_as_written(bytes: &[u8]) -> bool {
    let at = bytes.trim_ascii_end().len().checked_sub(SUM.len() + 8 + 2);
    let Some((text, end)) = at.and_then(|at| bytes.split_at_checked(at)) else { return true };
    let Some(stated) = end.strip_prefix(SUM) else { return true };
    stated.starts_with(format!("{:08x}", crc32c::crc32c(text)).as_bytes())
}

/// Notes the seal of a closed index.
pub(super) fn seal(disk: &Disk, folder: &Path, sealed: String) -> Result<(), StoreError> {
    match read(folder)? {
        Found::State(state) => write(disk, folder, &State { sealed: Some(sealed), ..state }),
        // Nothing to tie it to; the next start looks through the index.
        Found::Missing | Found::Unreadable(_) => Ok(()),
    }
}
