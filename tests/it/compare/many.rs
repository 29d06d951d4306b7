//! Many listings at once.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use tidings::config::{Environment, load};
use tidings::daemon::App;
use tidings::daemon::report::Status;
use tidings::daemon::service::scan_all;
use tidings::model::Timestamp;
use tidings::store::EmbeddedStore;

use crate::support::{Page, items};

/// Listings that are due in one second.
const LISTINGS: u32 = 500;

#[test]
fn f037_five_hundred_listings_due_at_once_are_each_read_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut text = String::from("data_dir = \"var\"\n");
    for number in 0..LISTINGS {
        text += &format!("[[listing]]\nid = \"l{number}\"\nfiles = [\"{number}.txt\"]\n");
        let page = Page::of(items(number as usize..number as usize + 2)).text();
        std::fs::write(folder.path().join(format!("{number}.txt")), page).expect("a page");
    }
    let path = folder.path().join("tidings.toml");
    std::fs::write(&path, text).expect("a config");
    let env = Environment { working_dir: folder.path().to_owned(), ..Environment::default() };
    let config = load(Path::new(&path), &env).expect("a config").config;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().expect("a runtime");
    let reports = runtime.block_on(async {
        let start = Timestamp::from_unix(1_900_000_000);
        let store = EmbeddedStore::open(&config.data_dir, start).expect("a store");
        let app = Arc::new(App::with(config.clone(), store).await.expect("an app"));
        let reports = scan_all(&app, config.listings.into_iter().map(|listing| (listing, None)).collect())
            .await
            .expect("scans");
        Arc::into_inner(app).expect("no scan is left").close().await.expect("closed");
        reports
    });
    let read: BTreeSet<&str> = reports.iter().map(|report| report.listing.as_str()).collect();
    assert_eq!((reports.len(), read.len()), (500, 500));
    assert!(reports.iter().all(|report| report.status == Status::Baseline && report.articles == 2));
    let journal = std::fs::read_to_string(folder.path().join("var/journal/0001.jsonl")).expect("a journal");
    let scans = journal.lines().filter(|line| line.contains("\"type\":\"scan\"")).count();
    assert_eq!(scans, 500);
}
