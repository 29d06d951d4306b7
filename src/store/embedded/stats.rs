//! How much is remembered, and the room that it takes.

use std::path::Path;
use std::time::UNIX_EPOCH;

use super::closed;
use super::dump::{self, snapshot};
use super::handle::Handle;
use super::index::Index;
use crate::model::Timestamp;
use crate::store::Result;

/// How much is remembered, and the room that it takes; in bytes, where nothing else is said.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Stats {
    /// How many records were ever written.
    pub records: u64,
    /// Articles.
    pub articles: u64,
    /// Those among them whose texts are forgotten.
    pub forgotten: u64,
    /// Keys that lead to them.
    pub keys: u64,
    /// Feeds.
    pub feeds: u64,
    /// Listings.
    pub listings: u64,
    /// Messages that wait.
    pub waiting: u64,
    /// Messages that are dead.
    pub dead: u64,
    /// Delivered messages that are kept.
    pub delivered: u64,
    /// Files of the journal.
    pub journal_files: u64,
    /// The journal as it is written.
    pub journal_plain: u64,
    /// The compressed files of the journal.
    pub journal_compressed: u64,
    /// The index.
    pub index: u64,
    /// Kept pages.
    pub snapshots: u64,
    /// The published tree.
    pub published: u64,
    /// Journal and index together for each article; 0 without any.
    pub per_article: u64,
    /// When the journal was last begun anew; never, without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compacted: Option<Timestamp>,
    /// How much smaller the journal would be if it began anew now, before it is compressed.
    pub compaction_saves: u64,
}

/// Looks at a store that is open in this process.
pub(super) fn stats(folder: &Path, handle: &Handle) -> Result<Stats> {
    let mut stats = handle.look(|base| {
        let mut index = Index::new(base);
        let applied = index.applied()?;
        let mut stats = Stats {
            records: applied.as_ref().map_or(0, |applied| applied.seq),
            articles: applied.as_ref().map_or(0, |applied| applied.next_article.into()),
            forgotten: index.forgot()?.count,
            keys: index.count_keys()?,
            feeds: index.feeds()?.len() as u64,
            listings: index.listings()?.len() as u64,
            ..Stats::default()
        };
        for target in index.read_targets()? {
            let tally = index.tally(&target.rule.id)?;
            stats.waiting += tally.waiting;
            stats.delivered += tally.delivered.count;
            stats.dead += tally.dead.count;
        }
        stats.compaction_saves = dump::estimate(&mut index)?;
        Ok(stats)
    })?;
    let journal_folder = folder.join("journal");
    for entry in std::fs::read_dir(&journal_folder).into_iter().flatten().flatten() {
        let (Ok(found), name) = (entry.metadata(), entry.file_name()) else { continue };
        let name = name.to_string_lossy();
        stats.journal_files += 1;
        if name.ends_with(".gz") {
            stats.journal_compressed += found.len();
        } else {
            stats.journal_plain += found.len();
        }
    }
    if let Ok(Some(number)) = snapshot::newest(&journal_folder) {
        let found = std::fs::metadata(closed::path(&journal_folder, number | closed::SNAPSHOT));
        let since = found.and_then(|found| found.modified()).ok();
        let seconds =
            since.and_then(|since| since.duration_since(UNIX_EPOCH).ok()).map(|since| since.as_secs());
        stats.compacted = seconds.and_then(|seconds| i64::try_from(seconds).ok()).map(Timestamp::from_unix);
    }
    stats.index = size(&folder.join("index"));
    stats.snapshots = size(&folder.join("snapshots"));
    stats.published = size(&folder.join("public"));
    let both = stats.journal_plain + stats.journal_compressed + stats.index;
    stats.per_article = both.checked_div(stats.articles).unwrap_or(0);
    // What is compressed counts as what it is on the disk: begun anew, it would be compressed as well.
    stats.compaction_saves = stats.journal_plain.saturating_sub(stats.compaction_saves);
    Ok(stats)
}

/// What a folder holds; what cannot be read counts nothing.
pub(super) fn size(folder: &Path) -> u64 {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.metadata() {
            Ok(found) if found.is_dir() => bytes += size(&entry.path()),
            Ok(found) => bytes += found.len(),
            Err(_) => {}
        }
    }
    bytes
}
