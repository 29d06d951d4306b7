//! Commits a second: 10,000 scans at once, each with one new article; beside it what the disk and sled alone take
//! for the same bytes. Then tries settled a second: as many messages to one target, some of them sent at once.
//!
//! `cargo bench --bench store`; `STORE_SCANS=1000` for fewer.

mod common;

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tidings::model::{Entry, Filter, ListingSpec, Printed, TagRow, TargetId, TargetRule, Timestamp};
use tidings::store::{Declared, EmbeddedStore, Settled, Store, TryEnd};

use common::{declared, propose};

/// Scans that share a site, and so its keys and its days.
const PER_SITE: usize = 100;

/// How many messages are sent at once.
const IN_FLIGHT: usize = 64;

/// As many commits as the store puts into one fsync.
const GROUP: usize = 512;

fn main() {
    let scans: usize = std::env::var("STORE_SCANS").ok().and_then(|n| n.parse().ok()).unwrap_or(10_000);
    let folder = tempfile::tempdir_in(".").expect("a folder on a disk");
    let runtime = tokio::runtime::Builder::new_multi_thread().build().expect("a runtime");
    let took = runtime.block_on(commits(folder.path(), scans));
    let lines = journal_lines(folder.path(), scans);
    let row = |name: &str, took: Duration, of: usize| {
        let seconds = took.as_secs_f64();
        println!("{name:<44} {:>9.3} s {:>12.0} /s", seconds, of as f64 / seconds);
    };
    let bytes: usize = lines.iter().map(Vec::len).sum();
    println!(
        "{scans} scans with one new article each, {} bytes of journal a scan",
        bytes / lines.len().max(1)
    );
    row("store: commits, all at once", took, scans);
    row("bare: append and fdatasync, 512 lines each", append(folder.path(), &lines, GROUP), scans);
    let few = lines.len().min(500);
    row("bare: append and fdatasync, line by line", append(folder.path(), &lines[..few], 1), few);
    row("bare: one sled batch of the same lines", sled_batch(folder.path(), &lines), scans);
    let start = Instant::now();
    let store = EmbeddedStore::rebuild(folder.path(), now(), false).expect("rebuilds");
    row("store: index built from the journal", start.elapsed(), 2 * scans);
    drop(store);
    let folder = tempfile::tempdir_in(".").expect("a folder on a disk");
    let (due, took) = runtime.block_on(settles(folder.path(), scans, IN_FLIGHT));
    row("outbox: what is due read, 100 at a time", due, scans);
    row(&format!("outbox: tries settled, {IN_FLIGHT} in flight"), took, scans);
}

fn now() -> Timestamp {
    Timestamp::from_unix(1_457_083_800)
}

fn entry(n: usize, round: usize) -> Entry {
    let tags = ["Kafka", "Backend Architecture", "Distributed Systems", "Message Queue"];
    Entry {
        title: format!("Scaling the order service to {n} million messages a day, part {round}"),
        link: Some(format!("https://source.example/posts/{n}/{round}?from=list")),
        source: Some(format!("Publisher {}", n % 50)),
        date: Printed::parse("2016-03-03"),
        category: Some("Industry Insights".to_owned()),
        summary: Some(
            "The team's queue kept up until it did not: consumers stalled, retries piled up. ".repeat(5),
        ),
        tags: TagRow::List(tags.map(str::to_owned).to_vec()),
        whole: true,
        ..Entry::default()
    }
}

/// How long it takes to commit `scans` proposals that are all there at once.
async fn commits(folder: &Path, scans: usize) -> Duration {
    let store = Arc::new(EmbeddedStore::open(folder, now()).expect("opens"));
    let specs: Vec<ListingSpec> = (0..scans).map(|n| common::spec(n, PER_SITE)).collect();
    store.configure(declared(&specs), now()).await.expect("commits");
    let mut took = Duration::ZERO;
    for round in 0..2 {
        let mut proposals = Vec::with_capacity(scans);
        for (n, spec) in specs.iter().enumerate() {
            let page: Vec<Entry> = (0..=round).rev().map(|round| entry(n, round)).collect();
            proposals.push(propose(&store, spec, &page, now()).await);
        }
        let start = Instant::now();
        let commit = |proposal| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { store.commit_scan(proposal).await })
        };
        let tasks: Vec<_> = proposals.into_iter().map(commit).collect();
        for task in tasks {
            let committed = task.await.expect("ends").expect("commits");
            assert_eq!(committed.new.len(), 1);
        }
        // The first round is the baselines; the second is what is measured.
        took = start.elapsed();
    }
    let store = Arc::into_inner(store).expect("is the last");
    store.close().await.expect("closes");
    took
}

fn journal_lines(folder: &Path, last: usize) -> Vec<Vec<u8>> {
    let files = std::fs::read_dir(folder.join("journal")).expect("a journal");
    let mut files: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
    files.sort();
    let mut bytes = Vec::new();
    for path in files {
        let file = File::open(&path).expect("a file");
        let is_packed = path.extension().is_some_and(|ending| ending == "gz");
        let read = if is_packed {
            flate2::read::MultiGzDecoder::new(file).read_to_end(&mut bytes)
        } else {
            { file }.read_to_end(&mut bytes)
        };
        read.expect("a journal file");
    }
    let lines: Vec<Vec<u8>> = bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    lines[lines.len().saturating_sub(last)..].to_vec()
}

fn append(folder: &Path, lines: &[Vec<u8>], group: usize) -> Duration {
    let mut file = File::create(folder.join("bare")).expect("a file");
    let start = Instant::now();
    for lines in lines.chunks(group) {
        file.write_all(&lines.concat()).and_then(|()| file.sync_data()).expect("writes");
    }
    start.elapsed()
}

fn sled_batch(folder: &Path, lines: &[Vec<u8>]) -> Duration {
    let db = sled::open(folder.join("bare-sled")).expect("opens");
    let mut batch = sled::Batch::default();
    for (n, line) in lines.iter().enumerate() {
        batch.insert(&n.to_be_bytes(), line.as_slice());
    }
    let start = Instant::now();
    db.apply_batch(batch).and_then(|()| db.flush()).expect("applies");
    start.elapsed()
}

/// How long it takes to read what is due, and to settle every try of it, each on its own and `at_once` in flight.
async fn settles(folder: &Path, messages: usize, at_once: usize) -> (Duration, Duration) {
    let store = Arc::new(EmbeddedStore::open(folder, now()).expect("opens"));
    let spec = ListingSpec { announce_first: true, ..common::spec(0, PER_SITE) };
    let target = TargetId::parse("team-chat").expect("an id");
    let rule = TargetRule {
        id: target.clone(),
        when: Filter::All(vec![]),
        late: true,
        health: vec![],
        delivered: 1_000,
        at_once: 4,
        quiet: vec![],
    };
    let declared = Declared { targets: vec![rule], ..declared(std::slice::from_ref(&spec)) };
    store.configure(declared, now()).await.expect("commits");
    let page: Vec<Entry> = (0..messages).map(|n| entry(n, 0)).collect();
    let proposal = propose(&store, &spec, &page, now()).await;
    assert_eq!(store.commit_scan(proposal).await.expect("commits").owed, messages);
    let start = Instant::now();
    for _ in 0..messages / 100 {
        let due = store.due(&target, now(), 100).await.expect("reads");
        assert_eq!(due.deliveries.len(), 100.min(messages));
    }
    let read = start.elapsed();
    let due = store.due(&target, now(), messages).await.expect("reads").deliveries;
    let due = Arc::new(std::sync::Mutex::new(due));
    let start = Instant::now();
    let lane = || {
        let (store, due) = (Arc::clone(&store), Arc::clone(&due));
        tokio::spawn(async move {
            loop {
                let next = due.lock().expect("is whole").pop();
                let Some(delivery) = next else { break };
                let tried = Settled { id: delivery.id, target: delivery.target, end: TryEnd::Delivered };
                store.settle(vec![tried], now()).await.expect("commits");
            }
        })
    };
    let lanes: Vec<_> = (0..at_once).map(|_| lane()).collect();
    for lane in lanes {
        lane.await.expect("ends");
    }
    (read, start.elapsed())
}
