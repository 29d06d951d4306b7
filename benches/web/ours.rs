//! The program itself: its own cycle over all listings, and its own publishing.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use tidings::config::{Config, Environment, parse};
use tidings::daemon::report::Status;
use tidings::daemon::service::scan_all;
use tidings::daemon::{App, clock};
use tidings::store::EmbeddedStore;

use super::measure::{Meter, memory};
use super::pages::RULES;
use super::{Control, address};

/// A process that goes on: a cold start, cycles in which nothing changed, and cycles in which some did.
pub(crate) fn resident(folder: &Path, control: &Control) {
    let runtime = runtime();
    let (app, publisher) = open(&runtime, folder, control);
    let cycle = |what: &str, wanted: Option<Status>| {
        let meter = Meter::start();
        let found = runtime.block_on(async {
            let jobs = app.config.listings.iter().map(|listing| (listing.clone(), None)).collect();
            let reports = scan_all(&app, jobs).await.expect("scans");
            let scanned = meter.spent();
            let published = publisher.publish().await.expect("publishes");
            let of = |status: Status| reports.iter().filter(|report| report.status == status).count();
            let failed = reports.iter().find(|report| report.status == Status::Failed);
            assert!(failed.is_none(), "{failed:?}");
            (of(Status::Unchanged), wanted.map(of), published.written, scanned)
        });
        let (same, others, written, scanned) = found;
        meter.row(what, same + others.unwrap_or_default());
        scanned.row("  of that scanning", same + others.unwrap_or_default());
        println!("    {same} as they were, {others:?} {wanted:?}, {written} files; {}", memory());
    };
    cycle("cold start", Some(Status::Baseline));
    // More for a profile.
    let cycles = std::env::var("WEB_CYCLES").ok().and_then(|n| n.parse().ok()).unwrap_or(10);
    for n in 1..=cycles {
        cycle(&format!("nothing changed, cycle {n}"), None);
    }
    let rounds = std::env::var("WEB_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(3);
    for round in 1..=rounds {
        control.round(round);
        cycle(&format!("10 % changed, round {round}"), Some(Status::Changed));
    }
    cycle("nothing changed", None);
    let meter = Meter::start();
    drop(publisher);
    let app = Arc::into_inner(app).expect("the last");
    runtime.block_on(app.close()).expect("closes");
    meter.row("stop", 1);
}

/// A process of its own for one cycle, from its start to its end; or one that goes on for ten more before it ends.
pub(crate) fn again(folder: &Path, control: &Control, more: usize) {
    let meter = Meter::whole();
    let runtime = runtime();
    let (app, publisher) = open(&runtime, folder, control);
    let opened = Meter::whole().spent();
    let at_rest = memory();
    let cycle = || {
        runtime.block_on(async {
            let jobs = app.config.listings.iter().map(|listing| (listing.clone(), None)).collect();
            scan_all(&app, jobs).await.expect("scans");
            publisher.publish().await.expect("publishes");
        });
    };
    cycle();
    let once = memory();
    (0..more).for_each(|_| cycle());
    let last = memory();
    drop(publisher);
    let app = Arc::into_inner(app).expect("the last");
    runtime.block_on(app.close()).expect("closes");
    if more == 0 {
        meter.row("one process for one cycle", control.listings);
        opened.row("  of that until the store is open", control.listings);
    } else {
        println!("started again: {at_rest} at rest; after a cycle {once}; after {more} more {last}");
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime")
}

type Open = (Arc<App<EmbeddedStore>>, tidings::daemon::publishing::Publisher<EmbeddedStore>);

fn open(runtime: &tokio::runtime::Runtime, folder: &Path, control: &Control) -> Open {
    let store = EmbeddedStore::open(folder, clock()).expect("opens");
    let app = runtime.block_on(App::with(config(folder, control), store)).expect("an app");
    let publisher = app.publisher().expect("a tree");
    (Arc::new(app), publisher)
}

fn config(folder: &Path, control: &Control) -> Config {
    let mut text = String::from("data_dir = \".\"\n[network]\ngap = \"0s\"\n");
    for n in 0..control.listings {
        let _ = write!(
            text,
            "[[listing]]\nid = \"listing-{n}\"\ntitle = \"Listing {n}\"\nurl = \"{}\"\nformat = \"html\"\nallow_private = \
             true\n[listing.html]\n{RULES}",
            address(&control.ports, n)
        );
    }
    let env = Environment { working_dir: folder.to_owned(), ..Environment::default() };
    parse(&text, Path::new("bench.toml"), &env).unwrap_or_else(|faults| panic!("{faults:?}")).config
}
