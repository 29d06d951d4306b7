//! Exports and imports: what is remembered leaves its folder and comes back.

use std::path::Path;

use tempfile::TempDir;
use tidings::model::{Health, ListingSpec, Timestamp};
use tidings::store::{EmbeddedStore, Imported, Store, StoreError};

use super::support::{Bench, OnDisk, World, block_on, declared, entries, id, spec, start};

/// All lines of a store's export.
pub(super) fn exported(folder: &Path) -> Vec<u8> {
    let mut lines = Vec::new();
    let mut out = |line: &[u8]| {
        lines.extend_from_slice(line);
        Ok(())
    };
    EmbeddedStore::export(folder, start(), &mut out, &mut |_| {}).expect("is exported");
    lines
}

/// A folder of its own that they were imported into.
pub(super) fn imported(lines: &[u8]) -> TempDir {
    let folder = TempDir::new().expect("a folder");
    import(folder.path(), lines, false).expect("is imported");
    folder
}

fn import(folder: &Path, lines: &[u8], replace: bool) -> Result<Imported, StoreError> {
    EmbeddedStore::import(folder, lines, Path::new("backup.jsonl"), replace, &mut |_| {})
}

pub(super) fn text(lines: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(lines)
}

fn listing() -> ListingSpec {
    spec("a", "site")
}

/// A store with a baseline of two and one announced.
async fn some() -> World<OnDisk> {
    let mut world = World::with(&[&listing()]).await;
    world.scan(&listing(), &entries(&["One", "Two"])).await;
    world.scan(&listing(), &entries(&["Three", "One", "Two"])).await;
    world
}

#[test]
fn f027_first_scan_after_an_import_is_a_quiet_baseline_and_said_once() {
    block_on(async {
        let mut world = some().await;
        let lines = exported(world.bench.folder());
        world.bench.close().await;
        let mut world = World { bench: OnDisk::at(imported(&lines)), now: world.now };
        let quiet = |events: &[tidings::model::HealthEvent]| {
            events.iter().filter(|event| event.reason.contains("was imported")).count()
        };
        assert_eq!(
            quiet(&world.store().health_events().await.expect("reads")),
            0,
            "nothing was declared yet"
        );
        // However often it is opened before.
        world.bench.reopen().await;
        for _ in 0..2 {
            world.declare(&declared(&[&listing()])).await;
            assert_eq!(quiet(&world.store().health_events().await.expect("reads")), 1);
            world.bench.reopen().await;
        }
        let committed = world.scan(&listing(), &entries(&["Four", "Three", "One", "Two"])).await;
        assert!(committed.baseline && committed.owed == 0, "{committed:?}");
        let articles = world.store().articles(0, 10).await.expect("reads");
        let four = articles.iter().find(|article| article.title == "Four").expect("is remembered");
        assert_eq!((articles.len(), four.announced), (4, None));
        let committed = world.scan(&listing(), &entries(&["Five", "Four", "Three", "One", "Two"])).await;
        assert_eq!(committed.new.len(), 1, "the next one is news again");
        world.bench.close().await;
    });
}

#[test]
fn f027_copy_of_a_data_folder_begins_with_a_quiet_baseline_and_the_folder_itself_does_not() {
    block_on(async {
        let mut world = some().await;
        world.bench.close().await;
        let folder = TempDir::new().expect("a folder");
        copy(world.bench.folder(), folder.path());
        if std::fs::metadata(folder.path()).expect("is there").created().is_err() {
            println!("skipped: this file system does not tell when a folder was made");
            return;
        }
        world.bench.open();
        world.declare(&declared(&[&listing()])).await;
        let events = world.store().health_events().await.expect("reads");
        assert!(events.iter().all(|event| event.from != event.to), "{events:?}");
        world.bench.close().await;
        let mut world = World { bench: OnDisk::at(folder), now: world.now };
        world.declare(&declared(&[&listing()])).await;
        let events = world.store().health_events().await.expect("reads");
        assert!(events.iter().any(|event| event.reason.contains("is a copy")), "{events:?}");
        let committed = world.scan(&listing(), &entries(&["Four", "Three", "One", "Two"])).await;
        assert!(committed.baseline && committed.owed == 0, "{committed:?}");
        world.bench.reopen().await;
        world.declare(&declared(&[&listing()])).await;
        assert!(world.store().past(&id("a")).await.expect("reads").baseline.is_some(), "once is enough");
        assert_eq!(world.store().listings().await.expect("reads")[0].health, Health::Ok);
        world.bench.close().await;
    });
}

/// A backup that is put back into the folder that it was made of, over the files that are there: each of them stays the
/// file that it was, and has what another time wrote.
#[test]
fn f027_backup_put_back_over_the_files_that_are_there_begins_with_a_quiet_baseline() {
    // Of all but the index, or with it; made while the store was closed, or open.
    for (with_index, while_open) in [(false, false), (true, false), (false, true)] {
        block_on(async {
            let what = format!("with the index: {with_index}, of an open store: {while_open}");
            let mut world = some().await;
            let backup = TempDir::new().expect("a folder");
            if while_open {
                crate::program::copy(world.bench.folder(), backup.path());
                world.bench.close().await;
            } else {
                world.bench.close().await;
                crate::program::copy(world.bench.folder(), backup.path());
            }
            world.bench.open();
            let page = entries(&["Four", "Three", "One", "Two"]);
            assert_eq!(world.scan(&listing(), &page).await.new.len(), 1, "it is told: {what}");
            world.bench.close().await;
            if !state_says_of_itself(world.bench.folder()) {
                println!("skipped: this file system does not tell one file from another");
                return;
            }
            if !with_index {
                std::fs::remove_dir_all(backup.path().join("index")).expect("is there");
            }
            std::fs::remove_dir_all(world.bench.folder().join("index")).expect("is there");
            crate::program::copy(backup.path(), world.bench.folder());
            world.bench.open();
            world.declare(&declared(&[&listing()])).await;
            let committed = world.scan(&listing(), &page).await;
            assert!(committed.baseline && committed.owed == 0, "{what}: {committed:?}");
            world.bench.reopen().await;
            let page = entries(&["Five", "Four", "Three", "One", "Two"]);
            assert_eq!(world.scan(&listing(), &page).await.new.len(), 1, "once is enough: {what}");
            world.bench.close().await;
        });
    }
}

fn state_says_of_itself(data: &std::path::Path) -> bool {
    std::fs::read_to_string(data.join("state.json")).expect("is there").contains("\"file\":")
}

#[test]
fn f027_damaged_export_changes_nothing_and_its_line_is_named() {
    block_on(async {
        let mut world = some().await;
        let lines = exported(world.bench.folder());
        world.bench.close().await;
        let ends: Vec<usize> = (0..lines.len()).filter(|at| lines[*at] == b'\n').collect();
        let mut flipped = lines.clone();
        flipped[ends[3] + 20] ^= 1;
        for (damaged, line) in [(&flipped[..], 5), (&lines[..=ends[6]], 8), (&lines[..ends[6] - 9], 7)] {
            for folder in [TempDir::new().expect("a folder").path(), world.bench.folder()] {
                match import(folder, damaged, true) {
                    Err(StoreError::Damaged { file, line: at, .. }) => {
                        assert_eq!((file.as_path(), at), (Path::new("backup.jsonl"), line));
                    }
                    other => panic!("{other:?}"),
                }
                assert!(!folder.join("import.new").exists(), "nothing of it stays");
            }
        }
        assert_eq!(text(&exported(world.bench.folder())), text(&lines), "what was there stays as it was");
    });
}

#[test]
fn f027_import_over_a_store_is_refused_or_moves_it_aside() {
    block_on(async {
        let mut world = some().await;
        let lines = exported(world.bench.folder());
        let folder = world.bench.folder().to_owned();
        assert!(matches!(import(&folder, &lines, true), Err(StoreError::InUse { .. })));
        world.scan(&listing(), &entries(&["Four", "Three", "One", "Two"])).await;
        world.bench.close().await;
        let later = exported(&folder);
        assert!(matches!(import(&folder, &lines, false), Err(StoreError::Occupied(_))));
        assert_eq!(text(&exported(&folder)), text(&later));
        let done = import(&folder, &lines, true).expect("is imported");
        assert_eq!(done.articles, 3);
        let aside = done.replaced.expect("there was one");
        assert_eq!(text(&exported(&folder)), text(&lines));
        assert_eq!(text(&exported(&aside)), text(&later), "the one before is whole");
    });
}

#[test]
fn export_of_an_empty_folder_makes_no_store() {
    let folder = TempDir::new().expect("a folder");
    let error = EmbeddedStore::export(folder.path(), Timestamp::from_unix(1), &mut |_| Ok(()), &mut |_| {});
    assert!(error.is_err());
    assert_eq!(std::fs::read_dir(folder.path()).expect("is there").count(), 0);
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).expect("is there") {
        let entry = entry.expect("is there");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            std::fs::create_dir(&target).expect("is made");
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("is copied");
        }
    }
}
