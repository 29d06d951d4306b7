//! Indexes that are built beside the one in use: nobody sees a difference, whatever is written meanwhile.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tidings::model::Entry;
use tidings::store::{EmbeddedStore, Store};

use super::dump::exported;
use super::support::{OnDisk, World, block_on, declared, entries, propose, spec, start};
use crate::support::index;

fn page(titles: &[String]) -> Vec<Entry> {
    entries(&titles.iter().map(String::as_str).collect::<Vec<_>>())
}

/// A store with a file for each record: a baseline of two articles, and so many announced.
async fn some(news: usize) -> (World<OnDisk>, Vec<String>) {
    let mut world = World { bench: OnDisk::small(1), now: start() };
    world.declare(&declared(&[&spec("a", "site")])).await;
    let mut titles = vec!["One".to_owned(), "Two".to_owned()];
    world.scan(&spec("a", "site"), &page(&titles)).await;
    for number in 0..news {
        titles.insert(0, format!("News {number}"));
        world.scan(&spec("a", "site"), &page(&titles)).await;
    }
    (world, titles)
}

/// The numbers of the folders of indexes.
fn folders(data: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(data.join("index")).expect("an index");
    entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("a name")).collect()
}

#[test]
fn copied_rebuilt_and_compacted_it_is_the_same_and_goes_on() {
    block_on(async {
        let (mut world, mut titles) = some(10).await;
        for round in 0..6 {
            world.bench.close().await;
            let before = exported(world.bench.folder());
            world.bench.open();
            let store = world.store();
            let memo = store.past(&spec("a", "site").id).await.expect("reads").memo;
            assert!(memo != tidings::diff::Memo::default());
            match round % 3 {
                0 => drop(store.rewrite_now().expect("is copied")),
                1 => drop(store.rebuild_now().expect("is built")),
                _ => assert!(store.compact_now(None).expect("is compacted").is_some()),
            }
            assert_eq!(folders(world.bench.folder()).len(), 1, "the old one is gone");
            let past = store.past(&spec("a", "site").id).await.expect("reads");
            assert_eq!(past.memo, memo, "memos are kept");
            assert_eq!(store.trouble(), None);
            titles.insert(0, format!("Later {round}"));
            let committed = world.scan(&spec("a", "site"), &page(&titles)).await;
            assert_eq!((committed.new.len(), committed.baseline), (1, false));
            world.bench.close().await;
            assert!(exported(world.bench.folder()) != before);
            world.bench.open();
            let checked = world.store().check(&mut |_| {}).expect("is looked through");
            assert_eq!(checked.faults, []);
        }
    });
}

/// Commits, memos, marks and readers go on while indexes are copied, built and begun with a snapshot, one after
/// another; in the end it is what a store is without all that.
#[test]
fn commits_and_readers_beside_never_fail_and_lead_to_the_same() {
    const LISTINGS: usize = 6;
    const ROUNDS: usize = 60;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build();
    let runtime = runtime.expect("a runtime");
    let specs: Vec<_> = (0..LISTINGS).map(|n| spec(&format!("listing-{n}"), &format!("site-{n}"))).collect();
    let run = |is_tended: bool| {
        let folder = tempfile::tempdir().expect("a folder");
        let store = EmbeddedStore::open_small(&tidings::disk::Disk::default(), folder.path(), start(), 2_000);
        let store = Arc::new(store.expect("opens"));
        runtime.block_on(async {
            let all: Vec<_> = specs.iter().collect();
            store.configure(declared(&all), start()).await.expect("commits");
            let done = Arc::new(AtomicBool::new(false));
            let tending = {
                let (store, done) = (Arc::clone(&store), Arc::clone(&done));
                tokio::task::spawn_blocking(move || {
                    let mut times = 0;
                    while is_tended && (!done.load(Ordering::SeqCst) || times < 6) {
                        match times % 3 {
                            0 => drop(store.rewrite_now().expect("is copied")),
                            1 => drop(store.compact_now(None).expect("is compacted")),
                            _ => drop(store.rebuild_now().expect("is built")),
                        }
                        times += 1;
                    }
                    times
                })
            };
            let reading = {
                let (store, done) = (Arc::clone(&store), Arc::clone(&done));
                tokio::spawn(async move {
                    let mut most = 0;
                    while !done.load(Ordering::SeqCst) {
                        let articles = store.articles(0, usize::MAX).await.expect("reads");
                        assert!(articles.len() >= most, "nothing is lost");
                        most = articles.len();
                        let found = store.unpublished([0; 16]).await.expect("reads");
                        store.published(found.upto, [0; 16]).await.expect("is noted");
                        tokio::task::yield_now().await;
                    }
                })
            };
            for round in 0..ROUNDS {
                for (n, listing) in specs.iter().enumerate() {
                    let titles: Vec<_> = (0..=round).rev().map(|at| format!("Article {n} {at}")).collect();
                    let now = start().plus(60 * round as i64);
                    let proposal =
                        propose(&*store, listing, &page(&titles), false, now).await.expect("declared");
                    let memo = proposal.memo.clone();
                    store.commit_scan(proposal).await.expect("commits");
                    store.commit_unchanged(&listing.id, memo).await.expect("is noted");
                    let past = store.past(&listing.id).await.expect("reads");
                    assert_eq!(past.held.len(), round + 1);
                }
            }
            done.store(true, Ordering::SeqCst);
            reading.await.expect("ends");
            let times = tending.await.expect("ends");
            assert!(!is_tended || times >= 6, "{times}");
            println!("{times} times");
            let checked =
                tokio::task::block_in_place(|| store.check(&mut |_| {})).expect("is looked through");
            assert_eq!(checked.faults, []);
            assert_eq!(store.trouble(), None);
            let mut memos = Vec::new();
            for listing in &specs {
                memos.push(store.past(&listing.id).await.expect("reads"));
            }
            let articles = store.articles(0, usize::MAX).await.expect("reads");
            let feeds = store.feeds().await.expect("reads");
            Arc::into_inner(store).expect("is the last").close().await.expect("closes");
            assert!(index(folder.path()).exists());
            let titles: Vec<_> =
                articles.iter().map(|article| (article.title.clone(), article.published)).collect();
            let feeds: Vec<_> =
                feeds.iter().map(|feed| (feed.key.clone(), feed.slug.clone(), feed.count)).collect();
            let held: Vec<_> = memos.iter().map(|past| (past.held.len(), past.memo.scanned)).collect();
            (titles, feeds, held)
        })
    };
    let (with, without) = (run(true), run(false));
    assert!(with == without, "{with:?} {without:?}");
}
