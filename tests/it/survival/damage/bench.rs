//! Data folders with a history, what they hold, and one run over a harmed copy.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tidings::model::Timestamp;
use tidings::store::{Declared, EmbeddedStore, Store, StoreError, Wanted};

use crate::child::{Ended, start};
use crate::crash::Dice;
use crate::program::{Entry, Home, copy, differences, page, pass_for_the_original};
use crate::store::support::{self, OnDisk, World, block_on, declared, spec, target};
use crate::support::{Inbox, index};

const CONFIG: &str = r#"
data_dir = "var"

[site]
title = "Harmed"
base_url = "http://harmed.example"

[serve]
listen = "127.0.0.1:0"

[defaults]
every = "1h"
format = "text"

[[listing]]
id = "north"
files = ["pages/north"]
site = "shared"
tags = ["Northern"]

[[listing]]
id = "south"
files = ["pages/south"]
site = "shared"

[[listing]]
id = "other"
files = ["pages/other"]

[[view]]
id = "queues"
when = { tags = ["Kafka"] }
"#;

/// The listings, and so the pages.
const PAGES: [&str; 3] = ["north", "south", "other"];

/// Articles on the pages at the first look.
const BASE: u32 = 102;

/// How a process left the folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// It ended by itself.
    Clean,
    /// It was killed, with the journal ahead of what the index has on the disk.
    Killed,
    /// It was killed, and the index was opened once since: it has a snapshot.
    Opened,
}

/// A whole data folder and what it holds.
pub(super) struct Image {
    pub(super) left: Left,
    home: Home,
    truth: Vec<String>,
    published: BTreeMap<String, Vec<u8>>,
}

/// The config of a folder whose messages go to `team`.
fn config(team: &Inbox) -> String {
    CONFIG.to_owned() + &team.target("team", "burst = false") + &team.target("away", "burst = false")
}

fn write_pages(home: &Home, upto: u32, version: u32) {
    for (at, name) in (0..).zip(PAGES) {
        let numbers = (0..upto).rev().filter(|n| n % 3 == at || (at < 2 && n % 3 < 2 && n % 7 == 0)).take(40);
        let mut entries: Vec<Entry> = numbers.map(Entry::numbered).collect();
        for entry in entries.iter_mut().take(version as usize) {
            entry.summary = format!("Revised, version {version}: it was the disk after all.");
        }
        home.write_page(name, &page(&entries));
    }
}

impl Image {
    /// Each way of leaving it once a process: making them takes seconds.
    pub(super) fn all() -> &'static [Self; 3] {
        static IMAGES: OnceLock<[Image; 3]> = OnceLock::new();
        IMAGES.get_or_init(|| {
            let clean = Self::clean();
            let killed = Self::killed(&clean);
            let opened = Self::opened(&killed);
            [clean, killed, opened]
        })
    }

    /// Some scans, messages that were delivered and some that wait, an article that is hidden.
    fn clean() -> Self {
        let team = Inbox::new();
        let home = Home::new(&config(&team));
        write_pages(&home, BASE, 0);
        home.expect(0, &["scan", "--json"]);
        home.expect(0, &["target", "disable", "away"]);
        for step in 1..=2 {
            write_pages(&home, BASE + step * 9, step);
            home.expect(0, &["scan", "--json"]);
        }
        let hidden = home.articles()[7]["id"].as_str().unwrap().to_owned();
        home.expect(0, &["articles", "hide", &hidden]);
        home.expect(0, &["scan", "--json"]);
        assert_eq!(team.all().len(), 18, "each that was new was sent");
        Self::whole(Left::Clean, home)
    }

    fn killed(clean: &Self) -> Self {
        let (home, team) = clean.copy();
        let mut running = start(&home, &["run"], None);
        assert!(!running.wait_until("next look at"), "it goes on");
        for step in 3..=4 {
            write_pages(&home, BASE + step * 9, step);
            running.signal(rustix::process::Signal::HUP);
            // The folder of pages is watched, so the change is seen soon.
            team.until(|all| all.len() as u32 >= (step - 2) * 9);
        }
        let owed = ["deliveries", "--target", "team", "--state", "waiting", "--json"];
        while !home.expect(0, &owed).is_empty() {
            std::thread::sleep(Duration::from_millis(20));
        }
        assert!(running.kill().is_killed());
        fs::remove_file(home.path("var/tidings.sock")).unwrap();
        // What the kill may have cut off of publishing is made up for by every run over a copy.
        Self::whole(Left::Killed, home)
    }

    fn opened(killed: &Self) -> Self {
        let (home, _team) = killed.copy();
        let store = EmbeddedStore::open(&home.path("var"), now()).unwrap();
        block_on(store.close()).unwrap();
        Self::whole(Left::Opened, home)
    }

    /// What it holds is what its journal says, and nothing that an index may have lost.
    fn whole(left: Left, home: Home) -> Self {
        let image = Self { left, home, truth: Vec::new(), published: BTreeMap::new() };
        let (fresh, team) = image.copy();
        fs::remove_dir_all(fresh.path("var/index")).unwrap();
        let truth = remembered(&fresh.path("var")).unwrap();
        let ended = start(&fresh, &["scan", "--json"], None).end();
        assert_eq!((ended.code(), team.all().len()), (Some(0), 0), "{}", ended.err);
        Self { truth, published: fresh.tree(), ..image }
    }

    /// A copy of it, and where its messages go.
    pub(super) fn copy(&self) -> (Home, Inbox) {
        let team = Inbox::new();
        let home = Home::new(&config(&team));
        for folder in ["var", "pages"] {
            copy(&self.home.path(folder), &home.path(folder));
        }
        pass_for_the_original(&home.path("var"));
        (home, team)
    }

    /// The bytes that a file of its index has.
    pub(super) fn index_bytes(&self, name: &str) -> Vec<u8> {
        fs::read(index(&self.home.path("var")).join(name)).unwrap_or_default()
    }

    /// The bytes that a file of it has.
    pub(super) fn bytes(&self, relative: &str) -> Vec<u8> {
        fs::read(self.home.path(relative)).unwrap_or_default()
    }

    /// The names of the files in a folder of it that begin so.
    pub(super) fn names(&self, folder: &str, prefix: &str) -> Vec<String> {
        let entries = fs::read_dir(self.home.path(folder)).into_iter().flatten().flatten();
        let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        let mut names: Vec<String> = names.filter(|name| name.starts_with(prefix)).collect();
        names.sort();
        names
    }

    /// A real process scans a harmed copy: it must end well, tell nobody, and leave the journal as it is.
    pub(super) fn survives(&self, what: &str, harm: &dyn Fn(&Path)) -> Ended {
        let (home, team) = self.copy();
        harm(&home.path("var"));
        let ended = start(&home, &["scan", "--json"], None).end();
        let context = || format!("{what} ({:?})\n{}{}", self.left, ended.out, ended.err);
        assert_eq!(ended.code(), Some(0), "{}", context());
        for report in crate::program::json_lines(&ended.out) {
            for list in ["new", "updated", "removed", "returned"] {
                assert_eq!(report[list].as_array().map(Vec::len), Some(0), "{}", context());
            }
        }
        assert_eq!(team.all().len(), 0, "{}", context());
        self.publishes(&home, &context());
        for name in self.names("var/journal", "") {
            let relative = format!("var/journal/{name}");
            assert!(self.bytes(&relative) == fs::read(home.path(&relative)).unwrap(), "{}", context());
        }
        self.holds(&home.path("var"), &context());
        self.tell(&home, what);
        ended
    }

    /// For whoever reads along.
    fn tell(&self, home: &Home, what: &str) {
        let is_rebuilt = home.path("var/index.broken-1").exists();
        println!("{what} ({:?}): {}", self.left, if is_rebuilt { "rebuilt" } else { "whole" });
    }

    /// What is published in a copy is what was published before.
    #[track_caller]
    pub(super) fn publishes(&self, home: &Home, what: &str) {
        let differ = differences(&self.published, &home.tree());
        assert_eq!(differ, Vec::<String>::new(), "{what}");
    }

    /// Everything that it should hold is there.
    #[track_caller]
    pub(super) fn holds(&self, folder: &Path, what: &str) {
        equal(&self.truth, remembered(folder), what);
    }
}

/// A data folder of some megabytes, made without a process, for what is tried very often.
pub(super) struct Deep {
    pub(super) left: Left,
    folder: tempfile::TempDir,
    truth: Vec<String>,
}

impl Deep {
    /// Each way of leaving it, once a process.
    pub(super) fn all() -> &'static [Self; 3] {
        static DEEP: OnceLock<[Deep; 3]> = OnceLock::new();
        DEEP.get_or_init(|| {
            let folders = block_on(Self::history());
            let killed = &folders[1].1;
            let opened = tempfile::tempdir().unwrap();
            copy(killed.path(), opened.path());
            pass_for_the_original(opened.path());
            block_on(EmbeddedStore::open(opened.path(), now()).unwrap().close()).unwrap();
            let [clean, killed] = folders;
            [clean, killed, (Left::Opened, opened)].map(|(left, folder)| {
                let fresh = tempfile::tempdir().unwrap();
                copy(folder.path(), fresh.path());
                pass_for_the_original(fresh.path());
                fs::remove_dir_all(fresh.path().join("index")).unwrap();
                Self { left, truth: remembered(fresh.path()).unwrap(), folder }
            })
        })
    }

    /// Hundreds of scans of a page that changes, so that the index's log has many segments.
    async fn history() -> [(Left, tempfile::TempDir); 2] {
        let (a, b) = (spec("a", "site"), spec("b", "other"));
        let mut world = World::<OnDisk>::begin();
        let targets = vec![target("team", support::everything())];
        world.declare(&Declared { targets, ..declared(&[&a, &b]) }).await;
        let mut page: Vec<_> = (0..100).map(|n| support::entry(&format!("Article {n}"))).collect();
        for n in 0..150 {
            world.scan(if n % 5 == 0 { &b } else { &a }, &page).await;
            page.insert(0, support::entry(&format!("News {n}")));
            page.pop();
        }
        let killed = tempfile::tempdir().unwrap();
        // As it lies there while the store is open: sled writes what it knows twice a second.
        copy(world.bench.folder(), killed.path());
        world.bench.close().await;
        [(Left::Clean, world.bench.into_folder()), (Left::Killed, killed)]
    }

    /// The name of sled's snapshot.
    pub(super) fn snapshot(&self) -> String {
        let entries = fs::read_dir(index(self.folder.path())).unwrap().flatten();
        let mut names = entries.map(|entry| entry.file_name().into_string().unwrap());
        names.find(|name| name.starts_with("snap.")).expect("it was opened so that it has one")
    }

    /// The bytes of a file of its index.
    pub(super) fn index_bytes(&self, name: &str) -> Vec<u8> {
        fs::read(index(self.folder.path()).join(name)).unwrap()
    }

    /// A harmed copy is opened, here or by a process that reads everything, and is whole or rebuilt.
    pub(super) fn opens(&self, what: &str, by_process: bool, harm: &dyn Fn(&Path)) {
        let home = Home::new(CONFIG);
        let folder = home.path("var");
        copy(self.folder.path(), &folder);
        pass_for_the_original(&folder);
        harm(&folder);
        let what = format!("{what} ({:?}, deep)", self.left);
        if by_process {
            let ended = start(&home, &["store", "check"], None).end();
            assert_eq!(ended.code(), Some(0), "{what}: {}{}", ended.out, ended.err);
        }
        equal(&self.truth, remembered(&folder), &what);
        let is_rebuilt = folder.join("index.broken-1").exists();
        println!("{what}: {}", if is_rebuilt { "rebuilt" } else { "whole" });
    }
}

/// What was found is the truth.
#[track_caller]
fn equal(truth: &[String], found: Result<Vec<String>, StoreError>, what: &str) {
    match found {
        Ok(found) => {
            let both = truth.iter().zip(&found).find(|(a, b)| a != b);
            assert_eq!(both.map(|(a, _)| a), both.map(|(_, b)| b), "{what}: this differs first");
            assert_eq!(truth.len(), found.len(), "{what}: something is missing");
        }
        Err(error) => panic!("{what}: {error}"),
    }
}

/// Removes the snapshots of an index.
pub(super) fn remove_snapshots(var: &Path) {
    for entry in fs::read_dir(index(var)).unwrap().flatten() {
        if entry.file_name().to_string_lossy().starts_with("snap.") {
            fs::remove_file(entry.path()).unwrap();
        }
    }
}

pub(super) fn now() -> Timestamp {
    Timestamp::from_unix(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64)
}

/// Everything that a store remembers and that follows from its journal, line by line.
pub(super) fn remembered(folder: &Path) -> Result<Vec<String>, StoreError> {
    let folder = folder.to_owned();
    // In a thread, because sled may panic, and with a deadline, because it may hang.
    let (done, answer) = std::sync::mpsc::channel();
    let reading = std::thread::spawn(move || {
        let found = EmbeddedStore::open(&folder, now()).and_then(|store| {
            block_on(async {
                let found = everything(&store).await;
                store.close().await?;
                found
            })
        });
        let _ = done.send(found);
    });
    match answer.recv_timeout(Duration::from_secs(120)) {
        Ok(found) => found,
        Err(std::sync::mpsc::RecvTimeoutError::Timeout) => panic!("the store hangs"),
        Err(_) => panic!("the store panicked: {:?}", reading.join().err().map(|_| ())),
    }
}

async fn everything(store: &EmbeddedStore) -> Result<Vec<String>, StoreError> {
    let mut found = vec![format!("{:?} {}", store.identity(), store.article_count().await?)];
    let articles = store.articles(0, usize::MAX).await?;
    let listings = store.listings().await?;
    for mut listing in listings.clone() {
        listing.memo = tidings::diff::Memo::default();
        found.push(format!("{listing:?}"));
        let mut past = store.past(&listing.id).await?;
        past.memo = tidings::diff::Memo::default();
        found.push(format!("{past:?}"));
        let keys: Vec<_> = articles.iter().flat_map(|article| &article.keys).copied().collect();
        let recall = store.recall(&listing.id, &keys, &[]).await?;
        found.extend(keys.iter().map(|key| format!("{key} leads to {:?}", recall.by_key.get(key))));
    }
    for article in &articles {
        found.push(format!("{article:?} {}", store.find(&article.id.to_string()).await?.len()));
    }
    for feed in store.feeds().await? {
        let mut pages = vec![store.window(&feed.key, tidings::store::WINDOW_MAX).await?];
        for page in 1..=feed.archives {
            pages.push(store.archive(&feed.key, page).await?);
        }
        let ids = pages.iter().map(|page| page.iter().map(|article| article.id).collect::<Vec<_>>());
        found.push(format!("{feed:?} {:?}", ids.collect::<Vec<_>>()));
    }
    for target in store.targets().await? {
        let due = store.due(&target.id, Timestamp::from_unix(i64::MAX / 2), usize::MAX).await?;
        found.push(format!("{target:?} {due:?}"));
    }
    let deliveries = store.deliveries(&Wanted::default(), usize::MAX).await?;
    found.extend(deliveries.iter().map(|delivery| format!("{delivery:?}")));
    found.extend(store.health_events().await?.iter().map(|event| format!("{event:?}")));
    found.push(format!("{:?} {:?}", store.hidden().await?, store.unsure(usize::MAX).await?.len()));
    Ok(found)
}

/// A number from the environment.
fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// How often something is done that is usually done `times`.
pub(super) fn rounds(times: usize) -> usize {
    times * number("TIDINGS_DAMAGE_TIMES").map_or(1, |more| usize::try_from(more).unwrap())
}

/// Does all the work on as many threads as the machine has, each with dice of its own. A failure shows its seed.
pub(super) fn each(times: usize, work: impl Fn(usize, &mut Dice) + Sync) {
    let clock = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    // Whoever asks for more gets others each time; a change is not to fail for what it has not done.
    let first = if number("TIDINGS_DAMAGE_TIMES").is_some() { clock.as_secs() } else { 1 };
    let seed = number("TIDINGS_DAMAGE_SEED").unwrap_or(first);
    println!("TIDINGS_DAMAGE_SEED={seed}");
    let next = Mutex::new(0..rounds(times));
    let take = || next.lock().unwrap().next();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(round) = take() {
                    work(round, &mut Dice(seed ^ (round as u64) << 32));
                }
            });
        }
    });
}

/// Flips one bit of a file.
pub(super) fn flip(path: &Path, bit: usize) {
    let file = File::options().read(true).write(true).open(path).unwrap();
    let (at, mut byte) = (bit as u64 / 8, [0]);
    file.read_exact_at(&mut byte, at).unwrap();
    file.write_all_at(&[byte[0] ^ (1 << (bit % 8))], at).unwrap();
}

/// Overwrites 4 KB of a file with zeros.
pub(super) fn zero(path: &Path, page: usize) {
    let file = File::options().write(true).open(path).unwrap();
    let length = file.metadata().unwrap().len();
    let at = page as u64 * 4_096;
    let zeros = vec![0; (length - at).min(4_096) as usize];
    file.write_all_at(&zeros, at).unwrap();
}

/// Cuts a file to so many bytes.
pub(super) fn cut(path: &Path, length: usize) {
    File::options().write(true).open(path).unwrap().set_len(length as u64).unwrap();
}
