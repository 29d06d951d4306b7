//! `tidings run` as a process of its own: what it serves, what it prints, how it ends.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::child::{Ended, Running, start};
use crate::program::{Entry, Home, page};
use crate::store::support::{OnDisk, World, block_on, entries, spec};

const RUN: [&str; 3] = ["run", "--listen", "127.0.0.1:0"];

/// The last line that is printed when everything is ready.
const READY: &str = "next look at";

/// How long a change may take to show, at most.
const PATIENCE: Duration = Duration::from_secs(30);

fn config(every: &str, rest: &str) -> String {
    format!(
        "data_dir = \"var\"\n[site]\ntitle = \"Bench\"\nbase_url = \"http://bench.example\"\n\
         [defaults]\nformat = \"text\"\nevery = \"{every}\"\n\
         [[listing]]\nid = \"queues\"\nfiles = [\"pages/queues\"]\n{rest}"
    )
}

/// A folder with one listing of so many articles.
fn home(articles: u32, every: &str) -> Home {
    let home = Home::new(&config(every, ""));
    write(&home, articles);
    home
}

fn write(home: &Home, articles: u32) {
    let entries: Vec<Entry> = (1..=articles).rev().map(Entry::numbered).collect();
    home.write_page("queues", &page(&entries));
}

/// A running service and its address.
struct Service {
    running: Running,
    address: String,
}

impl Service {
    fn start(home: &Home) -> Self {
        Self::start_at(home, None)
    }

    fn start_at(home: &Home, crash_at: Option<&str>) -> Self {
        let mut running = start(home, &RUN, crash_at);
        assert!(!running.wait_until(READY), "{}", running.kill().err);
        let printed = running.printed();
        let address = printed.split("http://").nth(1).unwrap().split('/').next().unwrap().to_owned();
        Self { running, address }
    }

    /// The answer to a request: status, head and body.
    fn ask(&self, method: &str, path: &str, headers: &str) -> Answer {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        write!(stream, "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n").unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, head: head.to_ascii_lowercase(), body: bytes[end + 4..].to_vec() }
    }

    fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, "")
    }

    /// Asks until the answer is as wanted.
    #[track_caller]
    fn wait_for(&self, path: &str, wanted: impl Fn(&Answer) -> bool) {
        let begun = Instant::now();
        while !wanted(&self.get(path)) {
            assert!(begun.elapsed() < PATIENCE, "{path} does not become what it should");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Stops it by a signal; it must end by itself and cleanly.
    #[track_caller]
    fn stop(self, signal: Signal) -> Ended {
        self.running.signal(signal);
        let ended = self.running.end();
        assert_eq!(ended.code(), Some(0), "{}", ended.err);
        ended
    }
}

struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    fn header(&self, name: &str) -> Option<&str> {
        let line = self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        line.map(str::trim)
    }
}

/// When the service said that it looks next.
fn next_look(service: &Service) -> String {
    let printed = service.running.printed();
    let line = printed.lines().find(|line| line.starts_with(READY)).unwrap();
    line.split_whitespace().nth(3).unwrap().to_owned()
}

/// What `status` says of the only listing.
fn status(home: &Home) -> serde_json::Value {
    let out = home.expect(0, &["status", "--json"]);
    crate::program::json_lines(&out)[0]["listings"][0].clone()
}

#[test]
fn next_look_is_at_the_same_instant_after_a_restart_with_the_daemon_and_without() {
    let home = home(5, "6h");
    let service = Service::start(&home);
    let announced = next_look(&service);
    assert_eq!(status(&home)["next"], announced.as_str(), "while it runs");
    service.stop(Signal::TERM);
    let first = status(&home);
    assert_eq!(first["next"], announced.as_str(), "while none runs");
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_millis(1_100) {
        home.expect(0, &["scan"]);
    }
    let service = Service::start(&home);
    let second = status(&home);
    assert_ne!(second["scanned"], first["scanned"], "it was looked at all the same");
    assert_eq!((next_look(&service), &second["next"]), (announced, &first["next"]));
    service.stop(Signal::TERM);
}

#[test]
fn run_serves_what_it_publishes() {
    let home = home(5, "1h");
    let service = Service::start(&home);
    for (path, file) in [
        ("/", "index.html"),
        ("/feeds/all.rss", "feeds/all.rss"),
        ("/feeds/all.atom", "feeds/all.atom"),
        ("/feeds/listings/queues.json", "feeds/listings/queues.json"),
        ("/opml.xml", "opml.xml"),
        ("/catalog.json", "catalog.json"),
        ("/style.css", "style.css"),
    ] {
        let answer = service.get(path);
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.body, std::fs::read(home.public().join(file)).unwrap(), "{path}");
        let etag = answer.header("etag").unwrap().to_owned();
        let again = service.ask("GET", path, &format!("If-None-Match: {etag}\r\n"));
        assert_eq!((again.status, again.body.len()), (304, 0), "{path}");
        assert_eq!(again.header("etag"), Some(etag.as_str()));
        let head = service.ask("HEAD", path, "");
        assert_eq!((head.status, head.body.len()), (200, 0), "{path}");
        assert_eq!(head.header("content-length"), Some(answer.body.len().to_string().as_str()));
        assert_eq!(head.header("etag"), Some(etag.as_str()));
    }
    for path in ["/feeds/none.rss", "/journal/0001.jsonl", "/../state.json", "/articles/", "/articles/x.html"]
    {
        assert_eq!(service.get(path).status, 404, "{path}");
    }
    let ended = service.stop(Signal::TERM);
    let lines: Vec<&str> = ended.out.lines().collect();
    assert_eq!(lines.len(), 4, "one for the listing, and three of the service: {lines:?}");
    assert!(lines[0].starts_with("queues: first look, 5 articles"), "{lines:?}");
    assert!(!ended.out.contains('\u{1b}') && !ended.out.contains('{'), "lines for people: {lines:?}");
}

#[test]
fn run_picks_up_a_changed_page_and_stops_at_sigint() {
    let home = home(5, "1s");
    let service = Service::start(&home);
    assert!(!service.get("/feeds/all.json").text().contains("number 6 to"));
    write(&home, 6);
    service.wait_for("/feeds/all.json", |answer| answer.text().contains("number 6 to"));
    // What was served is the file on the disk.
    let tag = service.get("/feeds/all.rss");
    assert_eq!(tag.body, std::fs::read(home.public().join("feeds/all.rss")).unwrap());
    let first = service.stop(Signal::INT);
    assert_eq!(home.articles().len(), 6);
    let again = Service::start(&home).stop(Signal::INT);
    let feeds = |ended: &Ended| ended.out.lines().find(|line| line.contains(" feeds in ")).map(str::to_owned);
    assert!(!feeds(&again).unwrap().starts_with("0 "), "nothing changed, but there are feeds");
    assert!(feeds(&first).is_some());
}

#[test]
fn f133_a_stop_in_the_middle_of_a_scan_is_clean() {
    for signal in [Signal::TERM, Signal::INT] {
        let home = home(2_000, "1s");
        // Before anything is ready: while it opens, reads, commits or publishes for the first time.
        let mut running = start(&home, &RUN, None);
        let begun = Instant::now();
        while !home.path("var/journal/0001.jsonl").exists() && begun.elapsed() < PATIENCE {
            assert!(!running.wait(Duration::from_millis(1)));
        }
        running.signal(signal);
        running.wait(Duration::from_millis(5));
        // Twice, as an impatient person would; it may have ended by now.
        if !running.wait(Duration::ZERO) {
            running.signal(signal);
        }
        let ended = running.end();
        assert_eq!(ended.code(), Some(0), "{}", ended.err);
        crate::program::json_lines(&home.expect(0, &["scan", "--json"]));
        assert_eq!(home.articles().len(), 2_000);
    }
}

#[test]
fn address_in_use_ends_it_before_anything_else() {
    let home = home(1, "1h");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = home.run(&["run", "--listen", &address]);
    assert_eq!(output.status.code(), Some(7));
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(err.contains(&address) && err.contains("in use"), "{err}");
    assert!(output.stdout.is_empty());
    assert!(!home.path("var").exists(), "nothing was begun");
}

#[test]
fn a_second_run_on_a_data_folder_names_the_first_and_leaves_it_alone() {
    let home = home(3, "1h");
    let service = Service::start(&home);
    let output = home.run(&RUN);
    assert_eq!(output.status.code(), Some(4), "{output:?}");
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(err.contains(&format!("process {}", service.running.id())), "{err}");
    // Commands are carried out by the first.
    assert_eq!(home.run(&["scan"]).status.code(), Some(0));
    assert_eq!(service.get("/feeds/all.rss").status, 200);
    service.stop(Signal::TERM);
}

#[test]
fn a_broken_config_is_told_with_all_its_faults() {
    let home = home(1, "1h");
    home.configure("data_dir = 5\nnonsense = true\n[[listing]]\nid = \"No Good\"\nfiles = []\n");
    let output = home.run(&["run"]);
    assert_eq!(output.status.code(), Some(3));
    let err = String::from_utf8_lossy(&output.stderr);
    for fault in ["data_dir", "nonsense", "No Good", "files"] {
        assert!(err.contains(fault), "{fault}: {err}");
    }
    assert!(output.stdout.is_empty() && !home.path("var").exists());
}

#[test]
fn a_failing_listing_stops_nobody() {
    let home = home(3, "1s");
    home.configure(&config("1s", "[[listing]]\nid = \"missing\"\nfiles = [\"pages/missing\"]\n"));
    let service = Service::start(&home);
    write(&home, 4);
    service.wait_for("/feeds/all.json", |answer| answer.text().contains("number 4 to"));
    // And when its page comes, it is scanned like any other.
    home.write_page("missing", &page(&[Entry::numbered(77)]));
    service.wait_for("/feeds/all.json", |answer| answer.text().contains("number 77 to"));
    let ended = service.stop(Signal::TERM);
    assert!(ended.out.contains("missing: failed"), "{}", ended.out);
}

#[test]
fn f135_a_panic_in_one_scan_fails_that_scan_alone() {
    let home = home(3, "1s");
    home.configure(&config("1s", "[[listing]]\nid = \"other\"\nfiles = [\"pages/other\"]\n"));
    home.write_page("other", &page(&[Entry::numbered(77)]));
    // One of the two, whichever comes first.
    let service = Service::start_at(&home, Some("cycle.after-fetch!"));
    service.wait_for("/feeds/all.json", |answer| {
        answer.text().contains("number 77 to") && answer.text().contains("number 3 to")
    });
    let ended = service.stop(Signal::TERM);
    assert_eq!(ended.out.matches("failed: a bug of ours").count(), 1, "{}", ended.out);
}

#[test]
fn f016_a_folder_in_the_way_does_not_stop_the_service() {
    let home = home(3, "1s");
    let way = home.public().join("feeds/all.rss");
    std::fs::create_dir_all(way.join("theirs")).unwrap();
    let service = Service::start(&home);
    assert_eq!(service.get("/feeds/all.atom").status, 200);
    assert_eq!(service.get("/feeds/all.rss").status, 404);
    std::fs::remove_dir_all(&way).unwrap();
    // Tried again with the next scan, though no page changed.
    service.wait_for("/feeds/all.rss", |answer| answer.status == 200);
    service.stop(Signal::TERM);
}

/// A data folder whose only listing was last scanned in 2016, and had taken this article off by then.
fn of_2016(home: &Home) -> tidings::model::ArticleId {
    block_on(async {
        let queues = spec("queues", "queues");
        let mut world = World::<OnDisk>::with(&[&queues]).await;
        let page = entries(&["One", "Two", "Three"]);
        let committed = world.scan(&queues, &page).await;
        for _ in 0..2 {
            world.scan(&queues, &page[1..]).await;
        }
        world.bench.close().await;
        crate::program::copy(world.bench.folder(), &home.path("var"));
        crate::program::pass_for_the_original(&home.path("var"));
        committed.new.iter().find(|article| article.title == "One").unwrap().id
    })
}

#[test]
fn what_old_articles_said_is_forgotten_while_the_service_runs() {
    let home = Home::new(&config("1h", "[keep]\narticles = \"1y\"\n"));
    write(&home, 5);
    let one = of_2016(&home);
    let service = Service::start(&home);
    service.wait_for(&format!("/articles/{one}.html"), |answer| answer.status == 410);
    let forgotten = home.expect(0, &["articles", "--forgotten", "--json"]);
    let ids: Vec<_> = crate::program::json_lines(&forgotten).iter().map(|row| row["id"].clone()).collect();
    assert_eq!(ids, [one.to_string()]);
    let told = home.expect(0, &["explain", &one.to_string()]);
    assert!(told.contains("its texts were forgotten: nothing was remembered of it since"), "{told}");
    assert!(home.expect(0, &["log"]).contains("the texts of 1 article were forgotten"));
    assert!(home.articles().iter().all(|article| article["id"] != one.to_string().as_str()));
    let ended = service.stop(Signal::TERM);
    assert!(!ended.err.contains("ERROR"), "{}", ended.err);
    // And what is left of it leaves the journal.
    home.expect(0, &["store", "compact", "--history", "0d"]);
    let text = crate::support::journal_text(&home.path("var/journal"));
    assert!(!String::from_utf8_lossy(&text).contains("\"title\":\"One\""));
    assert!(home.expect(0, &["explain", &one.to_string()]).contains("none: its texts were forgotten on"));
    home.expect(0, &["store", "check"]);
}

#[test]
fn articles_that_no_feed_shows_are_rendered_on_request() {
    let home = home(1, "1h");
    // All of one source, category and tag, so that no feed is short enough to show them all.
    let alike = |n: u32| Entry { tags: "Kafka".into(), ..Entry::numbered(n * 6) };
    let entries: Vec<Entry> = (1..=250).rev().map(alike).collect();
    home.write_page("queues", &page(&entries));
    let service = Service::start(&home);
    let articles = home_articles(&home);
    assert_eq!(articles.len(), 250);
    let is_file = |id: &str| home.public().join(format!("articles/{id}.html")).exists();
    let (files, older): (Vec<&String>, Vec<&String>) = articles.iter().partition(|id| is_file(id));
    assert!(!files.is_empty() && !older.is_empty(), "{} and {}", files.len(), older.len());
    for id in older.iter().take(20).chain(files.iter().take(3)) {
        let path = format!("/articles/{id}.html");
        let answer = service.get(&path);
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
        assert!(answer.text().contains("moved its queue number"), "{}", answer.text());
        let etag = answer.header("etag").unwrap().to_owned();
        let again = service.ask("GET", &path, &format!("If-None-Match: {etag}\r\n"));
        assert_eq!((again.status, again.body.len()), (304, 0));
        let head = service.ask("HEAD", &path, "");
        assert_eq!((head.status, head.body.len()), (200, 0));
        assert_eq!(head.header("etag"), Some(etag.as_str()));
    }
    // Every entry of an archive leads to a page.
    let archive = service.get("/feeds/all-archive-1.atom").text();
    let parsed = roxmltree::Document::parse(&archive).unwrap();
    let links: Vec<&str> = parsed
        .descendants()
        .filter(|node| node.has_tag_name(("http://www.w3.org/2005/Atom", "entry")))
        .filter_map(|entry| entry.children().find(|node| node.tag_name().name() == "link")?.attribute("href"))
        .collect();
    assert_eq!(links.len(), 100);
    for link in links {
        let path = link.strip_prefix("http://bench.example").unwrap();
        assert_eq!(service.get(path).status, 200, "{path}");
    }
    for path in ["00000000-0000-0000-0000-000000000000.html", "x.html", &format!("{}.htm", articles[0])] {
        assert_eq!(service.get(&format!("/articles/{path}")).status, 404, "{path}");
    }
    let upper = format!("/articles/{}.html", older[0].to_uppercase());
    assert_eq!(service.get(&upper).status, 404, "one article, one address");
    // The same bytes as the file that it was: a window that shows it makes it one again.
    let page = service.get(&format!("/articles/{}.html", older[0])).body;
    service.stop(Signal::TERM);
    home.configure(&config("1h", "").replace("[defaults]", "window = 300\n[defaults]"));
    home.expect(0, &["scan"]);
    assert_eq!(std::fs::read(home.public().join(format!("articles/{}.html", older[0]))).unwrap(), page);
}

/// The ids of all articles, by the journal of a service that still runs.
fn home_articles(home: &Home) -> Vec<String> {
    let copy = home.path("copy");
    crate::program::copy(&home.path("var/journal"), &copy.join("journal"));
    std::fs::copy(home.path("var/state.json"), copy.join("state.json")).unwrap();
    let out = home.expect(0, &["--data-dir", "copy", "articles", "--json", "--limit", "100000"]);
    let lines = crate::program::json_lines(&out);
    lines.iter().map(|article| article["id"].as_str().unwrap().to_owned()).collect()
}
