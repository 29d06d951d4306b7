//! What a large store costs: a million remembered articles, as 500 listings bring them in 50 scans each. Start after
//! a clean stop and after a kill, memory, CPU of scans, disk, and building the index anew.
//!
//! `cargo bench --bench size`; `SIZE_ARTICLES=10000000` for ten times as many, `SIZE_FOLDER=path` to keep the store
//! there and to use it again. Each measurement is a process of its own.

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tidings::config::{Config, Environment, parse};
use tidings::daemon::{App, clock};
use tidings::diff::Memo;
use tidings::model::reading::Document;
use tidings::model::{Entry, ListingSpec, Printed, TagRow, Timestamp};
use tidings::store::{EmbeddedStore, Store};

use common::propose;

const SEED: &str = include_str!("../seeds/backend-engineering-page-1.txt");

/// New articles of one scan; three more are known from the one before.
const PER_SCAN: usize = 40;

/// Scans of each listing.
const ROUNDS: usize = 50;

/// Listings that share a site.
const PER_SITE: usize = 10;

/// The day of the first scan, 2015-01-01.
const BEGIN: i64 = 1_420_070_400;

fn main() {
    let articles = std::env::var("SIZE_ARTICLES").ok().and_then(|n| n.parse().ok()).unwrap_or(1_000_000);
    let listings: usize = articles / PER_SCAN / ROUNDS;
    if let Ok(what) = std::env::var("SIZE_CHILD") {
        let folder = PathBuf::from(std::env::var_os("SIZE_FOLDER").expect("a folder"));
        return child(&what, &folder, listings);
    }
    let temporary = tempfile::tempdir_in(".").expect("a folder on a disk");
    let folder = std::env::var_os("SIZE_FOLDER").map_or_else(|| temporary.path().to_owned(), PathBuf::from);
    println!("{} articles, {listings} listings", listings * ROUNDS * PER_SCAN);
    if !folder.join("state.json").exists() {
        run("build", &folder);
    }
    for what in ["first", "clean", "kill", "killed", "rebuild", "clean"] {
        run(what, &folder);
        if what == "killed" {
            disk(&folder, listings * ROUNDS * PER_SCAN);
        }
    }
    disk(&folder, listings * ROUNDS * PER_SCAN);
    run("beside", &folder);
    disk(&folder, listings * ROUNDS * PER_SCAN);
    run("clean", &folder);
}

fn run(what: &str, folder: &Path) {
    let program = std::env::current_exe().expect("a path");
    let status = Command::new(program).env("SIZE_CHILD", what).env("SIZE_FOLDER", folder).status();
    let status = status.expect("starts");
    assert!(status.success() || what == "kill", "{what}: {status}");
}

fn child(what: &str, folder: &Path, listings: usize) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let start = Instant::now();
    match what {
        "build" => {
            runtime.block_on(build(folder, listings));
            return row("built", start.elapsed());
        }
        "rebuild" => {
            let store = EmbeddedStore::rebuild(folder, clock(), false).expect("rebuilds");
            row("index built anew from the journal", start.elapsed());
            memory("  memory after it");
            return runtime.block_on(store.close()).expect("closes");
        }
        _ => {}
    }
    let store = EmbeddedStore::open(folder, clock()).expect("opens");
    let opened = start.elapsed();
    row(
        match what {
            "killed" => "start after kill -9",
            "clean" => "start after a clean stop",
            _ => "start",
        },
        opened,
    );
    memory("  memory at rest");
    let app = runtime.block_on(App::with(config(folder, listings), store)).expect("an app");
    if what == "beside" {
        runtime.block_on(beside(&app));
        memory("  memory after it");
    }
    if what == "first" || what == "clean" {
        scans(&runtime, &app);
        memory("  memory after 600 scans");
    }
    if what == "kill" {
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    }
    let start = Instant::now();
    runtime.block_on(app.close()).expect("closes");
    row("  stop", start.elapsed());
}

fn row(what: &str, took: Duration) {
    println!("{what:<44} {:>10.3} s", took.as_secs_f64());
}

fn memory(what: &str) {
    let status = std::fs::read_to_string("/proc/self/status").expect("a status");
    let line = |name: &str| {
        status.lines().find(|line| line.starts_with(name)).map(str::to_owned).unwrap_or_default()
    };
    println!("{what:<44} {} {}", line("VmRSS"), line("VmHWM"));
}

fn disk(folder: &Path, articles: usize) {
    let (journal, index) = (size(&folder.join("journal")), size(&folder.join("index")));
    let each = |bytes: u64| bytes as f64 / articles as f64;
    println!("disk: journal {:.0} bytes an article, index {:.0}", each(journal), each(index));
}

fn size(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let sizes = entries.filter_map(|entry| {
        let found = entry.metadata().ok()?;
        Some(if found.is_dir() { size(&entry.path()) } else { found.len() })
    });
    sizes.sum()
}

/// The CPU time of all threads, which the system counts in nanoseconds.
fn cpu() -> Duration {
    let tasks = std::fs::read_dir("/proc/self/task").expect("threads").flatten();
    let nanos = tasks.filter_map(|task| {
        let text = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(nanos.sum())
}

/// Copies the index, builds it anew and compacts the journal, while the memos of 5,000 listings are written.
async fn beside(app: &App<EmbeddedStore>) {
    let store = Arc::clone(&app.store);
    let more: Vec<ListingSpec> = (0..5_000).map(|n| common::spec(1_000_000 + n, PER_SITE)).collect();
    let mut declared = app.declared();
    declared.listings.extend(common::declared(&more).listings);
    store.configure(declared, clock()).await.expect("commits");
    let order: Vec<_> =
        store.articles(0, 40).await.expect("reads").into_iter().map(|article| article.id).collect();
    let note = |n: usize, round: u64| {
        let memo = Memo { order: order.clone(), silence: round, ..Memo::default() };
        let (store, listing) = (Arc::clone(&store), more[n].id.clone());
        async move { store.commit_unchanged(&listing, memo).await.expect("is noted") }
    };
    for n in 0..5_000 {
        note(n, 0).await;
    }
    for what in [
        "nothing for 5 s",
        "index copied",
        "index built anew beside",
        "journal compacted",
        "index copied again",
    ] {
        let worker = Arc::clone(&store);
        let start = Instant::now();
        let job = tokio::spawn(async move {
            let said = match what {
                "nothing for 5 s" => {
                    tokio::time::sleep(Duration::from_secs(5)).await;
                    String::new()
                }
                "index built anew beside" => {
                    format!("{:?}", worker.rebuild_beside(|_| {}).await.expect("is built"))
                }
                "journal compacted" => {
                    format!("{:?}", worker.compact_beside(None, |_| {}).await.expect("is compacted"))
                }
                _ => format!("{:?}", worker.rewrite_beside(|_| {}).await.expect("is copied")),
            };
            println!("{what:<44} {:>10.3} s {said}", start.elapsed().as_secs_f64());
        });
        let (mut longest, mut count) = (Duration::ZERO, 0_u64);
        while !job.is_finished() {
            let begun = Instant::now();
            note(count as usize % 5_000, count).await;
            longest = longest.max(begun.elapsed());
            count += 1;
            if count.is_multiple_of(50) {
                // 2,000 scans a second, or fewer.
                tokio::time::sleep(Duration::from_millis(25)).await;
            }
        }
        job.await.expect("ends");
        println!("  {count} memos meanwhile, the longest took {:.1} ms", longest.as_secs_f64() * 1e3);
    }
}

fn scans(runtime: &tokio::runtime::Runtime, app: &App<EmbeddedStore>) {
    let spec = &app.config.listings.last().expect("a listing").spec.clone();
    let scan = |text: String| {
        let pages = vec![Document::new("page.txt", text.into_bytes())];
        runtime.block_on(app.scan_pages(spec, &pages, clock())).expect("a scan")
    };
    let stamp = clock().unix();
    scan(SEED.to_owned());
    let measure = |what: &str, text: &dyn Fn(usize) -> String| {
        let (before, start) = (cpu(), Instant::now());
        for n in 0..200 {
            scan(text(n));
        }
        let each = |took: Duration| took.as_secs_f64() * 1e6 / 200.0;
        println!("{what:<44} {:>10.0} µs of CPU, {:.0} µs", each(cpu() - before), each(start.elapsed()));
    };
    measure("  scan of 43 known entries, same bytes", &|_| SEED.to_owned());
    measure("  scan of 43 known entries, other likes", &|n| {
        SEED.replace("0 likes", &format!("{} likes", n + 1))
    });
    measure("  scan of 43 known entries and one new", &|n| {
        let entry = format!(
            "Page 1 of 1\nSome Source\nSome Source\nMay 3, 2026 · Backend Development\n\nArticle {stamp} {n}\n\nIts \
             summary.\n\nBackend EngineeringJavaKafka\n0 likes · 5 min read\nArticle {stamp} {n}"
        );
        SEED.replacen("Page 1 of 1", &entry, 1)
    });
}

fn config(folder: &Path, listings: usize) -> Config {
    use std::fmt::Write;
    let mut text = String::from("data_dir = \".\"\n");
    for n in 0..listings {
        let _ = write!(
            text,
            "[[listing]]\nid = \"listing-{n}\"\ntitle = \"Listing {n}\"\nsite = \"site-{}\"\nfiles = [\"none\"]\n",
            n / PER_SITE
        );
    }
    text.push_str("[[listing]]\nid = \"page\"\nfiles = [\"page.txt\"]\ntags = [\"Backend Engineering\"]\n");
    let env = Environment { working_dir: folder.to_owned(), ..Environment::default() };
    parse(&text, Path::new("bench.toml"), &env).expect("a config").config
}

/// Words of the seeds, so that texts are as long and as varied as theirs.
struct Words {
    words: Vec<&'static str>,
    seed: u64,
}

impl Words {
    fn new() -> Self {
        Self { words: SEED.split_whitespace().collect(), seed: 0 }
    }

    fn below(&mut self, most: usize) -> usize {
        self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.seed >> 33) as usize % most
    }

    fn text(&mut self, words: usize) -> String {
        let most = self.words.len();
        (0..words)
            .map(|_| {
                let at = self.below(most);
                self.words[at]
            })
            .collect::<Vec<_>>()
            .join(" ")
    }
}

fn entry(n: usize, number: usize, day: i64, words: &mut Words) -> Entry {
    let date = Timestamp::from_unix(BEGIN + day * 86_400).rfc3339();
    let title = format!("{} {number}", words.text(9));
    // Few names are on many articles, and many on few.
    let tag = |words: &mut Words| {
        let below = words.below(2_000) + 1;
        format!("Tag {}", words.below(below))
    };
    Entry {
        link: n.is_multiple_of(2).then(|| format!("https://source-{}.example/posts/{number}", n % 50)),
        title,
        source: Some(format!("Publisher {}", words.below(300))),
        date: Printed::parse(&date[..10]),
        category: Some(format!("Category {}", words.below(12))),
        summary: Some(words.text(34)),
        tags: TagRow::List((0..3).map(|_| tag(words)).collect()),
        whole: true,
        ..Entry::default()
    }
}

async fn build(folder: &Path, listings: usize) {
    let store = Arc::new(EmbeddedStore::open(folder, Timestamp::from_unix(BEGIN)).expect("opens"));
    let specs: Vec<ListingSpec> = (0..listings).map(|n| common::spec(n, PER_SITE)).collect();
    store.configure(common::declared(&specs), Timestamp::from_unix(BEGIN)).await.expect("commits");
    let mut words = Words::new();
    let mut kept: Vec<Vec<Entry>> = vec![Vec::new(); listings];
    for round in 0..ROUNDS {
        let day = 70 * round as i64;
        let now = Timestamp::from_unix(BEGIN + day * 86_400 + 43_200);
        let mut proposals = Vec::with_capacity(listings);
        for (n, spec) in specs.iter().enumerate() {
            let first = (round * listings + n) * PER_SCAN;
            let mut page: Vec<Entry> =
                (0..PER_SCAN).map(|at| entry(n, first + at, day - at as i64, &mut words)).collect();
            page.append(&mut kept[n]);
            kept[n] = page[..3].to_vec();
            proposals.push(propose(&store, spec, &page, now).await);
        }
        let commit = |proposal| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { store.commit_scan(proposal).await })
        };
        let tasks: Vec<_> = proposals.into_iter().map(commit).collect();
        for task in tasks {
            let committed = task.await.expect("ends").expect("commits");
            assert_eq!(committed.new.len(), PER_SCAN);
        }
    }
    let store = Arc::into_inner(store).expect("is the last");
    store.close().await.expect("closes");
}
