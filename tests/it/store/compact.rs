//! Compaction: a snapshot stands for old files of the journal, and nobody sees a difference.

use std::path::Path;

use tidings::store::{Compacted, EmbeddedStore, Store, StoreError, Upkeep};

use super::dump::exported;
use super::support::{Bench as _, OnDisk, World, block_on, declared, entries, spec, start};

/// A store with a file for each record: a baseline of two articles, and ten announced.
async fn some() -> (World<OnDisk>, Vec<String>) {
    let mut world = World { bench: OnDisk::small(1), now: start() };
    world.declare(&declared(&[&spec("a", "site")])).await;
    let mut titles = vec!["One".to_owned(), "Two".to_owned()];
    world.scan(&spec("a", "site"), &page(&titles)).await;
    for number in 0..10 {
        titles.insert(0, format!("News {number}"));
        assert_eq!(world.scan(&spec("a", "site"), &page(&titles)).await.new.len(), 1);
    }
    (world, titles)
}

fn page(titles: &[String]) -> Vec<tidings::model::Entry> {
    entries(&titles.iter().map(String::as_str).collect::<Vec<_>>())
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder.join("journal")).expect("a journal");
    let mut names: Vec<_> =
        entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("a name")).collect();
    names.sort();
    names
}

/// The next scan finds one new article, and nothing else is new.
async fn goes_on(world: &mut World<OnDisk>, titles: &mut Vec<String>) {
    titles.insert(0, format!("Later {}", titles.len()));
    let before = world.store().article_count().await.expect("reads");
    let committed = world.scan(&spec("a", "site"), &page(titles)).await;
    assert_eq!((committed.new.len(), committed.baseline), (1, false));
    assert_eq!(world.store().article_count().await.expect("reads"), before + 1);
}

#[test]
fn a_compacted_store_is_the_same_and_goes_on() {
    block_on(async {
        let (mut world, mut titles) = some().await;
        world.bench.close().await;
        let before = exported(world.bench.folder());
        world.bench.open();
        let Compacted { files, .. } = world.bench.compact(None).await.expect("there is something to do");
        assert!(files > 10, "{files}");
        world.bench.close().await;
        assert_eq!(exported(world.bench.folder()), before);
        let left = names(world.bench.folder());
        assert!(left.len() == 2 && left[0].ends_with(".snapshot.jsonl.gz"), "{left:?}");
        world.bench.open();
        for _ in 0..2 {
            goes_on(&mut world, &mut titles).await;
            assert!(world.bench.compact(None).await.is_some());
            goes_on(&mut world, &mut titles).await;
            world.bench.rebuild().await;
        }
        world.bench.close().await;
        let before = exported(world.bench.folder());
        let folder = world.bench.folder();
        drop(EmbeddedStore::rebuild(folder, start(), true).expect("has no bad line"));
        assert_eq!(exported(folder), before);
    });
}

/// With the bounds that are used: more than 64 MB of old records.
#[test]
fn it_is_compacted_without_being_asked_once_that_pays() {
    block_on(async {
        let folder = tempfile::TempDir::new().expect("a folder");
        let mut world = World { bench: OnDisk::at(folder), now: start() };
        let listings: Vec<_> = (0..56).map(|n| spec(&format!("l{n}"), "site")).collect();
        world.declare(&declared(&listings.iter().collect::<Vec<_>>())).await;
        for (n, listing) in listings.iter().enumerate() {
            let titles: Vec<String> = (0..100).map(|at| format!("Article {at} of listing {n}")).collect();
            let mut page = page(&titles);
            for entry in &mut page {
                entry.summary = Some(format!("{} {}", entry.title, "word ".repeat(2_800)));
            }
            world.scan(listing, &page).await;
        }
        let before = exported_of(&mut world).await;
        let year = 365 * 86_400;
        let nothing = Upkeep::default();
        assert_eq!(world.store().tend(2 * year, world.now.plus(year)).await.expect("looks"), nothing);
        let done = world.store().tend(year, world.now.plus(2 * year)).await.expect("is compacted");
        let Compacted { files, pause_ms, .. } = done.compacted.expect("that pays");
        assert!(files >= 4, "{files} files, waiting {pause_ms} ms");
        let again = world.store().tend(year, world.now.plus(2 * year)).await.expect("looks");
        assert_eq!(again.compacted, None, "what is left is not worth it");
        assert_eq!(exported_of(&mut world).await, before);
        let titles: Vec<String> = (0..101).map(|at| format!("Article {at} of listing 7")).collect();
        assert_eq!(world.scan(&listings[7], &page(&titles)).await.new.len(), 1);
    });
}

#[test]
fn what_is_young_stays_in_the_journal() {
    block_on(async {
        let (mut world, mut titles) = some().await;
        assert_eq!(world.bench.compact(Some(start())).await, None, "nothing is that old");
        let before = exported_of(&mut world).await;
        // Of the scans each was half an hour after the one before.
        let since = start().plus(1_800 * 6);
        let Compacted { files, seq, .. } = world.bench.compact(Some(since)).await.expect("is compacted");
        let records = history(world.bench.folder());
        assert!(records.first() == Some(&(seq + 1)) && records.len() > 3, "{records:?} after {seq}");
        assert!(files > 3, "{files}");
        assert_eq!(exported_of(&mut world).await, before);
        assert_eq!(world.bench.compact(Some(since)).await, None, "that was done");
        goes_on(&mut world, &mut titles).await;
        world.bench.close().await;
    });
}

async fn exported_of(world: &mut World<OnDisk>) -> Vec<u8> {
    world.bench.close().await;
    let lines = exported(world.bench.folder());
    world.bench.open();
    lines
}

/// The numbers of the records that the journal tells of.
fn history(folder: &Path) -> Vec<u64> {
    let mut numbers = Vec::new();
    tidings::store::history::History::new(folder)
        .read(|happening| numbers.push(happening.seq))
        .expect("reads");
    numbers
}

/// The files of the journal, compressed or not.
fn files(folder: &Path) -> std::collections::BTreeSet<String> {
    names(folder).into_iter().map(|name| name.trim_end_matches(".gz").to_owned()).collect()
}

#[test]
fn a_damaged_journal_is_not_compacted() {
    block_on(async {
        let (mut world, _) = some().await;
        let path = world.bench.folder().join("journal/0003.jsonl.gz");
        while !path.exists() {
            // Each time at least one more is compressed.
            world.bench.reopen().await;
        }
        world.bench.close().await;
        // Opening does not need the third file, so nobody looks at it.
        let mut bytes = std::fs::read(&path).expect("is compressed");
        bytes[40] ^= 1;
        std::fs::write(&path, &bytes).expect("is written");
        let before = files(world.bench.folder());
        let error = EmbeddedStore::compact(world.bench.folder(), start(), None, &mut |_| {});
        let error = error.expect_err("is damaged");
        assert!(matches!(&error, StoreError::Damaged { file, .. } if *file == path), "{error}");
        let after = files(world.bench.folder());
        assert!(after.iter().filter(|name| !before.contains(*name)).count() <= 1, "{after:?}");
        assert!(before.iter().all(|name| after.contains(name.as_str())), "{after:?}");
    });
}

/// The first group behind a snapshot that a power cut tore: nothing of it was acknowledged.
#[test]
fn f010_first_record_behind_a_snapshot_that_is_torn_is_cut_off() {
    block_on(async {
        let (mut world, mut titles) = some().await;
        world.bench.compact(None).await.expect("there is something to do");
        let acknowledged = world.store().unpublished([0; 16]).await.expect("reads").upto;
        goes_on(&mut world, &mut titles).await;
        world.bench.close().await;
        let folder = world.bench.folder();
        let last = folder.join("journal").join(names(folder).pop().expect("a file"));
        let mut bytes = std::fs::read(&last).expect("is plain");
        assert_eq!(bytes.iter().filter(|byte| **byte == b'\n').count(), 1);
        // A sector of it was not written.
        bytes[..512].fill(0);
        // Twice the line that it was: nobody may take it for a last line that is merely not whole.
        bytes.extend_from_slice(&bytes.clone());
        std::fs::write(&last, &bytes).expect("is written");
        crate::program::change_state(folder, |state| state["seq"] = acknowledged.into());
        std::fs::remove_dir_all(folder.join("index")).expect("is there");
        world.bench.open();
        let again = world.scan(&spec("a", "site"), &page(&titles)).await;
        assert_eq!((again.new.len(), again.baseline), (1, false), "what was not acknowledged is found again");
        assert!(std::fs::read(world.bench.folder().join("journal.torn-1")).expect("is kept") == bytes);
        world.bench.close().await;
    });
}
