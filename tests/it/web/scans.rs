//! Whole scans of a listing on the web: what is fetched, and what of it becomes news, health, and memory.

use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tidings::clock::Clock;
use tidings::config::{Environment, parse};
use tidings::daemon::App;
use tidings::daemon::report::{ScanReport, Status};
use tidings::disk::Disk;
use tidings::model::{Health, ListingSpec, Timestamp};
use tidings::store::{EmbeddedStore, Store};

use super::sample::{DAY, HOUR, ok, same};
use crate::support::{Page, Receiver, Say, items};

const START: i64 = 1_900_000_000;

/// A server with one page, which the test changes, and a listing of it.
struct Bench {
    runtime: tokio::runtime::Runtime,
    folder: tempfile::TempDir,
    server: Receiver,
    page: Arc<Mutex<Serving>>,
    config: String,
    clock: Arc<AtomicI64>,
    app: Option<App<EmbeddedStore>>,
    /// Requests that were looked at already.
    seen: AtomicUsize,
}

/// What the server has.
#[derive(Clone)]
enum Serving {
    /// A page, whose text is its own validator.
    Page(String),
    /// Something else.
    Say(Say),
}

fn etag(text: &str) -> String {
    format!("\"{:x}\"", text.len() * 31 + text.bytes().map(usize::from).sum::<usize>())
}

impl Bench {
    fn new(more: &str) -> Self {
        let page = Arc::new(Mutex::new(Serving::Page(String::new())));
        let serving = Arc::clone(&page);
        let server = Receiver::by(move |request| match serving.lock().unwrap().clone() {
            Serving::Page(text) if request.header("if-none-match") == Some(etag(&text)) => same(""),
            Serving::Page(text) => ok(&format!("ETag: {}\r\n", etag(&text)), &text),
            Serving::Say(say) => say,
        });
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let config = format!(
            "data_dir = \"var\"\n[network]\ngap = \"0s\"\n[[listing]]\nid = \"news\"\nformat = \"text\"\n\
             url = \"http://{}/latest\"\nallow_private = true\nrobots = false\nevery = \"1h\"\n{more}\n",
            server.host()
        );
        let mut bench = Self {
            runtime,
            folder: tempfile::tempdir().unwrap(),
            server,
            page,
            config,
            clock: Arc::new(AtomicI64::new(START)),
            app: None,
            seen: AtomicUsize::new(0),
        };
        bench.reopen("");
        bench
    }

    /// Stops, and starts again, with more in the config of the listing.
    fn reopen(&mut self, more: &str) {
        if let Some(app) = self.app.take() {
            self.runtime.block_on(app.close()).unwrap();
        }
        let env = Environment { working_dir: self.folder.path().to_owned(), ..Environment::default() };
        let text = format!("{}{more}", self.config);
        let config =
            parse(&text, "x.toml".as_ref(), &env).unwrap_or_else(|faults| panic!("{}", faults.render(false)));
        let clock = Arc::clone(&self.clock);
        let clock = Clock::told(move || Timestamp::from_unix(clock.load(Ordering::SeqCst)));
        self.app = Some(self.runtime.block_on(async {
            let store = EmbeddedStore::open(&config.config.data_dir, clock.now()).unwrap();
            App::at(clock, Disk::default(), config.config, store).await.unwrap()
        }));
    }

    fn app(&self) -> &App<EmbeddedStore> {
        self.app.as_ref().unwrap()
    }

    fn spec(&self) -> ListingSpec {
        self.app().config.listings[0].spec.clone()
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_unix(self.clock.load(Ordering::SeqCst))
    }

    /// The page has the entries with these numbers from now on.
    fn serve(&self, numbers: std::ops::Range<usize>) {
        self.put(Serving::Page(Page::of(items(numbers)).text()));
    }

    fn put(&self, serving: Serving) {
        *self.page.lock().unwrap() = serving;
    }

    fn answer(&self, status: &str, headers: &str) {
        self.put(Serving::Say(Say::answer(status, headers, "")));
    }

    /// So many seconds later, scans because it is due.
    fn due(&self, seconds: i64) -> ScanReport {
        self.clock.fetch_add(seconds, Ordering::SeqCst);
        self.runtime.block_on(self.app().scan(&self.spec(), Some(self.now()))).unwrap()
    }

    /// Scans because somebody wants it.
    fn by_hand(&self) -> ScanReport {
        self.runtime.block_on(self.app().scan(&self.spec(), None)).unwrap()
    }

    /// Of each request since the last look, whether it was conditional.
    fn asked(&self) -> Vec<bool> {
        let got = self.server.got();
        let since = self.seen.swap(got.len(), Ordering::SeqCst);
        got[since..].iter().map(|request| request.header("if-none-match").is_some()).collect()
    }

    fn journal(&self) -> usize {
        let folder = self.folder.path().join("var/journal");
        crate::support::journal_text(&folder).iter().filter(|byte| **byte == b'\n').count()
    }

    fn healths(&self) -> Vec<&'static str> {
        let mut events = self.runtime.block_on(self.app().store.health_events()).unwrap();
        events.reverse();
        events.iter().map(|event| event.to.name()).collect()
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        if let Some(app) = self.app.take() {
            self.runtime.block_on(app.close()).unwrap();
        }
    }
}

#[test]
fn what_did_not_change_is_not_fetched_and_what_did_is_news_also_over_restarts() {
    let mut bench = Bench::new("");
    bench.serve(0..20);
    let first = bench.due(0);
    assert_eq!((first.status, first.articles, first.rest), (Status::Baseline, 20, None), "{first:?}");
    let lines = bench.journal();
    let second = bench.due(HOUR);
    assert_eq!((second.status, second.articles, second.health), (Status::Unchanged, 20, Health::Ok));
    bench.reopen("");
    assert_eq!(bench.due(HOUR).status, Status::Unchanged);
    assert_eq!(bench.journal(), lines, "nothing to journal");
    assert_eq!(bench.asked(), [false, true, true]);
    bench.serve(1..21);
    let changed = bench.due(HOUR);
    assert_eq!((changed.status, changed.new.len()), (Status::Changed, 1));
    assert_eq!(bench.due(HOUR).status, Status::Unchanged);
    assert_eq!(bench.asked(), [true, true]);
}

#[test]
fn other_rules_read_the_pages_that_were_kept() {
    let mut bench = Bench::new("");
    bench.serve(0..20);
    bench.due(0);
    bench.due(HOUR);
    bench.reopen("volatile = [\"summary\"]");
    assert_eq!(bench.due(HOUR).articles, 20);
    bench.due(HOUR);
    assert_eq!(bench.asked(), [false, true, true, true], "no page was needed again");
    std::fs::remove_dir_all(bench.folder.path().join("var/snapshots")).unwrap();
    bench.reopen("");
    let before_a_day = bench.due(HOUR);
    assert_eq!((before_a_day.health, before_a_day.status), (Health::Ok, Status::Unchanged));
    assert!(bench.asked().iter().all(|conditional| *conditional), "whole at most once a day");
    bench.due(DAY);
    assert_eq!(bench.asked(), [false]);
    bench.due(HOUR);
    assert_eq!(bench.asked(), [true]);
}

#[test]
fn f059_a_wait_survives_a_restart() {
    let mut bench = Bench::new("");
    bench.serve(0..20);
    bench.due(0);
    bench.answer("503 Service Unavailable", "Retry-After: 36000\r\n");
    let failed = bench.due(HOUR);
    assert_eq!((failed.status, failed.rest), (Status::Failed, Some(bench.now().plus(10 * HOUR))));
    assert_eq!(bench.asked().len(), 2);
    bench.reopen("");
    let listed = bench.runtime.block_on(bench.app().store.listings()).unwrap();
    assert_eq!(tidings::daemon::web::resting(&listed[0].memo, bench.now()), failed.rest);
    let resting = bench.due(9 * HOUR);
    assert_eq!((resting.rest, resting.status), (failed.rest, Status::Unchanged));
    let by_hand = bench.by_hand();
    assert!(
        by_hand.status == Status::Failed && by_hand.reason.contains("asks not to be asked before"),
        "{by_hand:?}"
    );
    assert_eq!(bench.asked().len(), 0);
    bench.serve(0..20);
    assert_eq!(bench.due(HOUR).health, Health::Ok);
    assert_eq!(bench.asked(), [true], "what was known before is still asked about");
}

#[test]
fn f060_trouble_is_said_once_and_so_is_recovery_without_another_page() {
    let bench = Bench::new("alert_after = 2");
    bench.serve(0..20);
    bench.due(0);
    bench.answer("500 Internal Server Error", "");
    let mut wait = HOUR;
    for turn in 0..4 {
        let report = bench.due(wait);
        assert_eq!(report.health, Health::Failing);
        let next = report.rest.unwrap().since(bench.now());
        assert_eq!(next, HOUR << turn);
        wait = next;
    }
    assert_eq!(bench.healths(), ["failing"]);
    bench.asked();
    bench.serve(0..20);
    let report = bench.due(wait);
    assert_eq!((report.health, report.articles, report.new.len()), (Health::Ok, 20, 0), "{report:?}");
    assert_eq!(bench.asked(), [true], "it did not change");
    assert_eq!(bench.healths(), ["failing", "ok"]);
}

#[test]
fn f061_a_listing_that_is_gone_is_said_so_at_once_and_asked_when_somebody_wants_it() {
    let mut bench = Bench::new("");
    bench.serve(0..20);
    bench.due(0);
    bench.answer("410 Gone", "");
    let report = bench.due(HOUR);
    assert_eq!((report.health, report.rest), (Health::Gone, Some(Timestamp::LAST)));
    assert_eq!(bench.healths(), ["gone"]);
    bench.reopen("");
    assert_eq!(bench.due(100 * DAY).health, Health::Gone);
    assert_eq!(bench.asked().len(), 2);
    bench.serve(0..20);
    assert_eq!(bench.by_hand().health, Health::Ok);
    assert_eq!(bench.healths(), ["gone", "ok"]);
}

#[test]
fn f054_a_page_that_is_not_believed_is_kept_so_that_the_same_again_needs_no_fetch() {
    let bench = Bench::new("alert_after = 2");
    bench.serve(0..20);
    bench.due(0);
    bench.put(Serving::Page("<html>please log in</html>".into()));
    let first = bench.due(HOUR);
    assert!(!first.health.is_well(), "{first:?}");
    let again = bench.due(HOUR);
    assert_eq!((again.health, &again.reason), (first.health, &first.reason), "read again from what was kept");
    assert_eq!(bench.asked(), [false, true, true]);
    assert_eq!(bench.healths().len(), 1);
    bench.serve(0..20);
    let well = bench.due(HOUR);
    assert_eq!((well.health, well.new.len(), well.removed.len()), (Health::Ok, 0, 0));
}

#[test]
fn f050_a_page_that_breaks_off_changes_nothing() {
    let bench = Bench::new("");
    bench.serve(0..20);
    bench.due(0);
    let text = Page::of(items(5..25)).text();
    let half = &text[..text.len() / 2];
    let cut = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nETag: \"cut\"\r\n\r\n{half}", text.len());
    bench.put(Serving::Say(Say::Bytes(cut.into_bytes())));
    let report = bench.due(HOUR);
    assert_eq!((report.status, report.new.len(), report.removed.len()), (Status::Failed, 0, 0));
    bench.serve(0..20);
    assert_eq!(bench.due(HOUR).status, Status::Unchanged);
    assert_eq!(bench.asked(), [false, true, true], "the validators of the cut page were not kept");
}

#[test]
fn f062_an_address_that_is_not_to_be_reached_is_told_to_its_operator() {
    let mut bench = Bench::new("");
    bench.config =
        bench.config.replace("url = \"http://", "url = \"http://name.invalid/?key=xyzzy#").replace('#', "&");
    bench.config = bench.config.replace("allow_private = true\n", "");
    bench.reopen("");
    let report = bench.due(0);
    assert!(report.reason.contains("the name in http://name.invalid was not found"), "{}", report.reason);
    assert!(!report.reason.contains("xyzzy"));
}
