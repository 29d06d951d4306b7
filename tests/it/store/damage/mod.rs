//! Damage and lifecycle of the embedded store: whatever happens to its files, it is whole, or rebuilt, or says no.

mod full;
mod index;
mod journal;
mod lifecycle;

use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tidings::model::{Article, Entry, ListingSpec};
use tidings::store::{EmbeddedStore, FeedInfo, Store, StoreError};

use super::support::{OnDisk, World, block_on, entries, journal_file, journal_lines, propose, spec, start};

/// A closed store with a small history.
struct Folder {
    dir: TempDir,
    specs: [ListingSpec; 2],
    pages: [Vec<Entry>; 2],
    remembered: (Vec<Article>, Vec<FeedInfo>),
}

/// Everything that feeds are made of.
async fn remembered(store: &EmbeddedStore) -> Result<(Vec<Article>, Vec<FeedInfo>), StoreError> {
    Ok((store.articles(0, usize::MAX).await?, store.feeds().await?))
}

impl Folder {
    fn filled() -> Self {
        block_on(async {
            let specs = [spec("a", "site"), spec("b", "other")];
            let mut world = World::<OnDisk>::with(&[&specs[0], &specs[1]]).await;
            let mut pages = [entries(&["Two", "One"]), entries(&["B one", "B two"])];
            for title in ["Three", "Four", "Five"] {
                world.scan(&specs[0], &pages[0]).await;
                pages[0].insert(0, super::support::entry(title));
                world.scan(&specs[1], &pages[1]).await;
            }
            world.scan(&specs[0], &pages[0]).await;
            let remembered = remembered(world.store()).await.expect("reads");
            world.bench.close().await;
            Self { dir: world.bench.into_folder(), specs, pages, remembered }
        })
    }

    /// A copy of it, to be damaged.
    fn copy(&self) -> TempDir {
        let copy = TempDir::new().expect("a folder");
        copy_folder(self.dir.path(), copy.path());
        crate::program::pass_for_the_original(copy.path());
        copy
    }

    /// What was remembered is all there, and the same pages bring nothing new.
    async fn is_whole(&self, store: &EmbeddedStore) {
        assert_eq!(remembered(store).await.expect("reads"), self.remembered);
        self.brings_nothing(store, false).await;
    }

    async fn brings_nothing(&self, store: &EmbeddedStore, baseline: bool) {
        for (spec, page) in self.specs.iter().zip(&self.pages) {
            let now = start().plus(900_000);
            let proposal = propose(store, spec, page, false, now).await.expect("declared");
            let committed = store.commit_scan(proposal).await.expect("commits");
            assert_eq!(committed.baseline, baseline, "{}", spec.id);
            let announced = committed.new.iter().filter(|article| article.announced.is_some()).count();
            assert_eq!(announced, 0, "{}", spec.id);
            assert!(baseline || committed.new.is_empty());
        }
    }
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("reads") {
        let entry = entry.expect("reads");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("copies");
        }
    }
}

fn open(folder: &Path) -> Result<EmbeddedStore, StoreError> {
    EmbeddedStore::open(folder, start())
}

fn remove_index(folder: &Path) {
    std::fs::remove_dir_all(folder.join("index")).expect("there is an index");
}

fn write_lines(folder: &Path, lines: &[String]) {
    std::fs::write(journal_file(folder), lines.join("\n") + "\n").expect("is written");
}

fn set_state(folder: &Path, change: impl FnOnce(&mut serde_json::Value)) {
    crate::program::change_state(folder, change);
}

/// All bytes of the files that must not be touched.
fn truth(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder.join("journal"))
        .expect("reads")
        .map(|entry| entry.expect("reads").path())
        .collect();
    files.push(folder.join("state.json"));
    files.sort();
    let read = |path: PathBuf| {
        let bytes = std::fs::read(&path).unwrap_or_default();
        // Every closing seals its own index, and every folder was made at its own time.
        let state = serde_json::from_slice(&bytes).ok().filter(|_| path.ends_with("state.json"));
        let unsealed = state.and_then(|mut state: serde_json::Map<String, serde_json::Value>| {
            state.remove("sealed");
            for of_its_file in ["born", "file", "sum"] {
                state.remove(of_its_file);
            }
            serde_json::to_vec(&state).ok()
        });
        (path, unsealed.unwrap_or(bytes))
    };
    files.into_iter().map(read).collect()
}

/// A line with its checksum, behind those before it.
fn sealed(before: Option<&String>, json: &str) -> String {
    let crc = before.map_or(0, |line| {
        u32::from_str_radix(line.rsplit('\t').next().expect("a checksum"), 16).expect("hex")
    });
    format!("{json}\t{:08x}", crc32c::crc32c_append(crc, json.as_bytes()))
}
