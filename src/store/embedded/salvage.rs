//! Saving what can be read of a damaged journal: it is written anew, and the old one is kept beside it.

use std::path::Path;

use super::begin::first_feeds;
use super::closed;
use super::dump::snapshot;
use super::guard::move_aside;
use super::journal::{self, Damage, Journal, Line, Position, io, sync_folder};
use super::open::create_folder;
use super::record::{DecisionFact, Fact, Record, StoreFact};
use crate::disk::Disk;
use crate::model::Timestamp;
use crate::model::id::StoreId;
use crate::store::StoreError;

/// How many lines are written at once, at least.
const BATCH: usize = 2_000;

/// How many bytes are.
const BATCH_BYTES: u64 = 16 << 20;

/// The name of the new journal until it takes the old one's place.
const FRESH: &str = "journal.new";

type Result<T> = std::result::Result<T, StoreError>;

/// Writes the journal anew without its damaged lines. Nothing happens to a journal that is whole and reaches
/// record `reached`, which was acknowledged.
///
/// `store` is the id by `state.json`, needed only where the journal's own first record is lost.
pub(super) fn rewrite(
    disk: &Disk,
    folder: &Path,
    journal_folder: &Path,
    store: Option<StoreId>,
    reached: u64,
    now: Timestamp,
) -> Result<()> {
    let fresh = folder.join(FRESH);
    remove(disk, &fresh)?;
    create_folder(disk, &fresh)?;
    // What a snapshot stands for is whole, or cannot be saved at all.
    let origin = snapshot::origin(journal_folder)?.map(|(_, after)| after);
    if let Some(after) = origin {
        let path = closed::path(journal_folder, after.file.saturating_sub(1) | closed::SNAPSHOT);
        let copied = fresh.join(path.file_name().unwrap_or_default());
        disk.copy(&path, &copied).map_err(|error| io("copy", &path, &error))?;
        // It is all there is of what it stands for, once the old journal is aside.
        disk.sync(&copied).map_err(|error| io("sync", &copied, &error))?;
    }
    let out = Journal::open(disk, &fresh, origin.unwrap_or_default())?;
    let mut copy = Copy { out, lines: Vec::new(), bytes: 0, last: origin.map(|after| (after.seq, now)) };
    let tail = journal::read(journal_folder, Position::default(), Damage::Skip, |records, _| {
        copy.take(&records, store, folder)
    });
    let tail = match tail {
        Ok(tail) => tail,
        Err(error) => {
            // Nothing is left behind by a refusal, as of a newer version's record.
            remove(disk, &fresh)?;
            return Err(error);
        }
    };
    let Some((seq, at)) = copy.last else {
        remove(disk, &fresh)?;
        return Err(journal::damaged(journal_folder, 0, "no record of the journal can be read"));
    };
    if tail.skipped == 0 && seq >= reached {
        tracing::info!("no line of the journal is damaged");
        return remove(disk, &fresh);
    }
    let reason = if tail.skipped > 0 {
        format!(
            "{} damaged lines of the journal were skipped; the next scan is a quiet baseline",
            tail.skipped
        )
    } else {
        "the end of the journal is missing; the next scan is a quiet baseline".to_owned()
    };
    let fact = Fact::Decision(DecisionFact::Rebaseline { reason });
    // A sequence number is never used again.
    let seq = (seq + 1 + tail.skipped).max(reached + 1);
    copy.lines.push(Line::of(&Record { seq, at: at.max(now), fact }, folder)?);
    copy.out.next()?;
    copy.out.append(&copy.lines)?;
    crate::crashpoint::hit("rewrite.before-aside");
    move_aside(disk, journal_folder)?;
    crate::crashpoint::hit("rewrite.before-rename");
    disk.rename(&fresh, journal_folder).map_err(|error| io("rename", &fresh, &error))?;
    crate::crashpoint::hit("rewrite.after-rename");
    sync_folder(disk, folder)
}

/// Finishes a rewriting that a crash ended between its two renames: the old journal is aside, the new one whole.
pub(super) fn finish(disk: &Disk, folder: &Path, journal_folder: &Path) -> Result<()> {
    let fresh = folder.join(FRESH);
    let is_aside = || {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries
            .map(|entry| entry.file_name())
            .any(|name| name.to_string_lossy().starts_with("journal.broken-"))
    };
    let is_there = !journal::files(journal_folder)?.is_empty() || snapshot::newest(journal_folder)?.is_some();
    if !fresh.exists() || is_there || !is_aside() {
        return Ok(());
    }
    tracing::warn!("an earlier rebuild of the journal was cut short; finishing it");
    disk.rename(&fresh, journal_folder).map_err(|error| io("rename", &fresh, &error))?;
    sync_folder(disk, folder)
}

/// The new journal in the making.
struct Copy {
    out: Journal,
    lines: Vec<Line>,
    /// How many bytes those have.
    bytes: u64,
    last: Option<(u64, Timestamp)>,
}

impl Copy {
    /// Takes records that apply together: they stay in one file, as they were.
    fn take(&mut self, records: &[Record], store: Option<StoreId>, folder: &Path) -> Result<()> {
        records.iter().try_for_each(|record| self.take_one(record, store, folder))?;
        if self.lines.len() >= BATCH || self.bytes >= BATCH_BYTES {
            self.bytes = 0;
            self.out.next()?;
            self.out.append(&std::mem::take(&mut self.lines))?;
        }
        Ok(())
    }

    fn take_one(&mut self, record: &Record, store: Option<StoreId>, folder: &Path) -> Result<()> {
        if self.last.is_none() && !matches!(record.fact, Fact::Store(_)) {
            // The store's own record is lost. All that it says but its time can be said again.
            let what = "its first record is lost, and state.json does not say which store this is";
            let id = store.ok_or_else(|| journal::damaged(&folder.join("journal"), 1, what))?;
            let fact = Fact::Store(StoreFact { id, feeds: first_feeds(id) });
            self.lines.push(Line::of(&Record { seq: 1, at: record.at, fact }, folder)?);
        }
        self.last = Some((record.seq, record.at));
        let line = Line::of(record, folder)?;
        self.bytes += line.len();
        self.lines.push(line);
        Ok(())
    }
}

fn remove(disk: &Disk, folder: &Path) -> Result<()> {
    disk.remove_folder(folder).map_err(|error| io("remove", folder, &error))
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    /// Parts of one scan, as large as they may be, that are taken when a batch is nearly full.
    #[test]
    fn parts_of_a_scan_stay_in_one_file_when_the_journal_is_written_anew() {
        let folder = TempDir::new().expect("a folder");
        let journal_folder = folder.path().join(FRESH);
        create_folder(&Disk::default(), &journal_folder).expect("a folder");
        let mut out = Journal::open(&Disk::default(), &journal_folder, Position::default()).expect("opens");
        // Every batch begins a file.
        out.most = 1;
        let mut copy = Copy { out, lines: Vec::new(), bytes: 0, last: None };
        let at = Timestamp::from_unix(1);
        let id = StoreId::from_uuid(uuid::Uuid::nil());
        let mut take = |facts: Vec<Fact>, seq: u64| {
            let records: Vec<Record> =
                (seq..).zip(facts).map(|(seq, fact)| Record { seq, at, fact }).collect();
            copy.take(&records, None, folder.path()).expect("takes");
        };
        take(vec![Fact::Store(StoreFact { id, feeds: Vec::new() })], 1);
        let note = || Fact::Decision(DecisionFact::Rebaseline { reason: "a note".to_owned() });
        for seq in 2..BATCH as u64 {
            take(vec![note()], seq);
        }
        let part = |number| {
            let site = uuid::Uuid::nil();
            let json = serde_json::json!({"listing": "a", "site": site, "kind": "scan", "part": [number, 3]});
            Fact::Scan(serde_json::from_value(json).expect("a scan"))
        };
        take((1..=3).map(part).collect(), BATCH as u64);
        for seq in BATCH as u64 + 3..3 * BATCH as u64 {
            take(vec![note()], seq);
        }
        let mut places = Vec::new();
        journal::read(&journal_folder, Position::default(), Damage::Stop, |records, place| {
            if records.len() == 3 {
                places.push(place.file);
            }
            Ok(())
        })
        .expect("is whole");
        let text = std::fs::read_to_string(journal_folder.join(journal::name(places[0]))).expect("is there");
        assert_eq!((places.len(), text.matches("\"part\":").count()), (1, 3));
        assert!(journal::files(&journal_folder).expect("reads").len() > 1);
    }
}
