//! Reading while files are being replaced.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;

/// How often the file is replaced, and by how many versions in turn.
const SWAPS: usize = 10_000;
const VERSIONS: usize = 250;

/// Version `n` of the file: its length and every piece follow from `n`, so a mix of two shows.
fn version(n: usize) -> Vec<u8> {
    format!("{n:08}").repeat(100 + n * 7).into_bytes()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f113_a_reader_gets_one_whole_version_during_10000_swaps() {
    let server = Server::start(patient()).await;
    server.publish(&[("feeds/all.rss", &version(0))]);
    let place = server.place("feeds/all.rss");
    // Written before, so that the swaps follow one another as fast as they can.
    let made = |n: usize| server.place(&format!("made-{n}"));
    (0..VERSIONS).for_each(|n| fs::write(made(n), version(n)).unwrap());
    let made: Vec<PathBuf> = (0..VERSIONS).map(made).collect();
    let done = Arc::new(AtomicBool::new(false));
    let finished = Arc::clone(&done);
    let publisher = tokio::task::spawn_blocking(move || {
        let beside = place.with_extension("tmp");
        for n in 1..=SWAPS {
            fs::hard_link(&made[n % VERSIONS], &beside).unwrap();
            fs::rename(&beside, &place).unwrap();
        }
        finished.store(true, Ordering::Relaxed);
    });
    let mut client = server.connect().await;
    let mut last = false;
    let mut seen = BTreeSet::new();
    while !last {
        // One more after the last swap: it must give the last version.
        last = done.load(Ordering::Relaxed);
        client.send("GET /feeds/all.rss HTTP/1.1\r\nHost: h\r\n\r\n").await;
        let answer = client.answer(true).await;
        let n: usize = answer.text()[..8].parse().unwrap();
        assert_eq!(answer.body, version(n));
        assert_eq!(answer.header("etag"), Some(&*etag(&answer.body)));
        seen.insert(n);
        assert!(!last || n == SWAPS % VERSIONS, "the last version, and not {n}");
    }
    assert!(seen.len() > 1, "the file was read while it was being replaced");
    publisher.await.unwrap();
}
