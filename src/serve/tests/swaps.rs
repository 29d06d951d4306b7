//! Reading while files are being replaced.

use std::sync::atomic::{AtomicBool, Ordering};

use super::*;

/// How often the file is replaced.
const SWAPS: usize = 10_000;

/// Version `n` of the file: its length and every piece follow from `n`, so a mix of two shows.
fn version(n: usize) -> Vec<u8> {
    format!("{n:08}").repeat(100 + n * 7 % 1_000).into_bytes()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f113_a_reader_gets_one_whole_version_during_10000_swaps() {
    let server = Server::start(patient()).await;
    server.publish(&[("feeds/all.rss", &version(0))]);
    let place = server.place("feeds/all.rss");
    let done = Arc::new(AtomicBool::new(false));
    let finished = Arc::clone(&done);
    let publisher = tokio::task::spawn_blocking(move || {
        for n in 1..=SWAPS {
            let beside = place.with_extension("tmp");
            fs::write(&beside, version(n)).unwrap();
            fs::rename(&beside, &place).unwrap();
        }
        finished.store(true, Ordering::Relaxed);
    });
    let mut client = server.connect().await;
    let mut last = false;
    let mut newest = 0;
    while !last {
        // One more after the last swap: it must give the last version.
        last = done.load(Ordering::Relaxed);
        client.send("GET /feeds/all.rss HTTP/1.1\r\nHost: h\r\n\r\n").await;
        let answer = client.answer(true).await;
        let n = answer.text()[..8].parse().unwrap();
        assert_eq!(answer.body, version(n));
        assert_eq!(answer.header("etag"), Some(&*etag(&answer.body)));
        assert!(n >= newest, "never an older version than before");
        newest = n;
    }
    assert_eq!(newest, SWAPS);
    publisher.await.unwrap();
}
