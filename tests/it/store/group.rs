//! Group commit: many scans at once are each accepted exactly once, in one dense sequence.

use std::collections::BTreeSet;
use std::sync::Arc;

use tempfile::TempDir;
use tidings::diff::Proposal;
use tidings::model::FeedKey;
use tidings::store::{EmbeddedStore, Store};

use super::support::{declared, entry, propose, spec, start};

const SCANS: u64 = 2_000;
const LISTINGS: u64 = 20;

/// Proposals of `LISTINGS` listings, each with one new article; every eighth is also proposed by a neighbour.
async fn proposals(store: &EmbeddedStore) -> Vec<Proposal> {
    let specs: Vec<_> = (0..LISTINGS).map(|n| spec(&format!("listing-{n}"), "site")).collect();
    let all: Vec<_> = specs.iter().collect();
    store.configure(declared(&all), start()).await.expect("commits");
    for (n, spec) in specs.iter().enumerate() {
        let page = [entry(&format!("First of {n}"))];
        let proposal = propose(store, spec, &page, false, start()).await.expect("declared");
        store.commit_scan(proposal).await.expect("commits");
    }
    let mut proposals = Vec::new();
    for n in 0..SCANS {
        let listing = n % LISTINGS;
        let number = if n % 8 == 7 { n - 1 } else { n };
        let page = [entry(&format!("Article {number}")), entry(&format!("First of {listing}"))];
        let now = start().plus(60);
        proposals.push(propose(store, &specs[listing as usize], &page, false, now).await.expect("declared"));
    }
    proposals
}

async fn commit_all(store: Arc<EmbeddedStore>, proposals: Vec<Proposal>) -> Vec<(u64, Vec<String>, usize)> {
    let mut tasks = Vec::new();
    for proposal in proposals {
        let store = Arc::clone(&store);
        tasks.push(tokio::spawn(async move { store.commit_scan(proposal).await.expect("commits") }));
    }
    let mut done = Vec::new();
    for task in tasks {
        let committed = task.await.expect("ends");
        let new = committed.new.iter().map(|article| article.title.clone()).collect();
        done.push((committed.seq, new, committed.also));
    }
    done
}

async fn each_is_accepted_once() {
    let folder = TempDir::new().expect("a folder");
    let store = Arc::new(EmbeddedStore::open(folder.path(), start()).expect("opens"));
    let proposals = proposals(&store).await;
    let before = store.unpublished([0; 16]).await.expect("reads").upto;
    let done = commit_all(Arc::clone(&store), proposals).await;
    let numbers: BTreeSet<u64> = done.iter().map(|(seq, _, _)| *seq).collect();
    assert!(numbers.into_iter().eq(before + 1..=before + SCANS), "dense, each once");
    let titles: Vec<&String> = done.iter().flat_map(|(_, new, _)| new).collect();
    let distinct: BTreeSet<&String> = titles.iter().copied().collect();
    assert_eq!((titles.len(), distinct.len()), (SCANS as usize * 7 / 8, SCANS as usize * 7 / 8));
    assert_eq!(done.iter().map(|(_, _, also)| also).sum::<usize>(), SCANS as usize / 8);
    let expected = store.articles(0, usize::MAX).await.expect("reads");
    let window = store.window(&FeedKey::all(), usize::MAX).await.expect("reads");
    Arc::into_inner(store).expect("is the last").close().await.expect("closes");
    let store = EmbeddedStore::open(folder.path(), start()).expect("opens");
    assert_eq!(store.articles(0, usize::MAX).await.expect("reads"), expected);
    assert_eq!(store.window(&FeedKey::all(), usize::MAX).await.expect("reads"), window);
    assert_eq!(store.unpublished([0; 16]).await.expect("reads").upto, before + SCANS);
    store.close().await.expect("closes");
    let store = EmbeddedStore::rebuild(folder.path(), start(), false).expect("rebuilds");
    assert_eq!(store.articles(0, usize::MAX).await.expect("reads"), expected);
    store.close().await.expect("closes");
}

#[test]
fn two_thousand_scans_at_once_on_one_thread() {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime")
        .block_on(each_is_accepted_once());
}

#[test]
fn two_thousand_scans_at_once_on_many_threads() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).build();
    runtime.expect("a runtime").block_on(each_is_accepted_once());
}

/// While scans commit, a publisher looks and marks; no feed or article may fall between the two.
#[test]
fn publishing_beside_commits_misses_nothing() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).build();
    runtime.expect("a runtime").block_on(async {
        let folder = TempDir::new().expect("a folder");
        let store = Arc::new(EmbeddedStore::open(folder.path(), start()).expect("opens"));
        let proposals = proposals(&store).await;
        store.published(0, [0; 16]).await.expect("is noted");
        let committing = tokio::spawn(commit_all(Arc::clone(&store), proposals));
        let mut published = BTreeSet::new();
        loop {
            let is_over = committing.is_finished();
            let found = store.unpublished([0; 16]).await.expect("reads");
            published.extend(found.articles);
            store.published(found.upto, [0; 16]).await.expect("is noted");
            if is_over {
                break;
            }
        }
        committing.await.expect("ends");
        let all = store.articles(0, usize::MAX).await.expect("reads");
        let missed = all.iter().filter(|article| !published.contains(&article.id)).count();
        assert_eq!(missed, 0, "of {}", all.len());
        Arc::into_inner(store).expect("is the last").close().await.expect("closes");
    });
}
