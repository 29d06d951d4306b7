//! Where the index of a data folder is: the newest of its numbered folders that is whole.

use std::path::{Path, PathBuf};

/// The folder of the index.
pub(crate) fn index(data: &Path) -> PathBuf {
    let entries = std::fs::read_dir(data.join("index")).expect("an index").map(|entry| entry.unwrap().path());
    let whole = entries.filter(|path| path.is_dir() && !path.join("building").exists());
    whole.max().expect("one that is whole")
}

/// The index, to look at or to harm as sled has it.
pub(crate) fn open_index(data: &Path) -> sled::Db {
    let config = sled::Config::new().path(index(data)).segment_size(tidings::store::INDEX_SEGMENT);
    config.open().expect("opens")
}
