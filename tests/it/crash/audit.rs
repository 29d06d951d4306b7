//! What must hold after every kill.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use serde_json::Value;

use super::world::{World, version};
use crate::child::Ended;
use crate::program::{copy, differences, files, json_lines, pass_for_the_original, tree};
use crate::support::journal_text;

/// What may be said at a start after a kill, or once a test has removed the index.
const MAY_BE_SAID: [&str; 2] = ["cut off the end of the journal", "the index is missing"];

/// What is known of one data folder over all runs.
#[derive(Default)]
pub(super) struct Audit {
    /// Articles that were printed as new or updated: title, and the latest version printed.
    acknowledged: BTreeMap<String, (String, u64)>,
    /// Ids that were printed as new.
    new: BTreeSet<String>,
    /// Titles of those that were news: each is to be told.
    news: BTreeSet<String>,
    /// The whole lines of the journal so far, the CRC of the last one, and its sequence number.
    journal: (Vec<u8>, u32, u64),
    /// Published files that were parsed: inode, time and length.
    parsed: HashMap<String, (u64, i64, i64, u64)>,
}

impl Audit {
    /// Takes what a run of `scan --json` printed.
    pub(super) fn printed(&mut self, ended: &Ended) {
        for report in json_lines(&ended.out) {
            for article in report["new"].as_array().unwrap() {
                let id = article["id"].as_str().unwrap().to_owned();
                assert!(self.new.insert(id), "printed as new twice: {article}");
                if report["status"] == "changed" {
                    self.news.insert(article["title"].as_str().unwrap().to_owned());
                }
                self.acknowledge(article);
            }
            for article in report["updated"].as_array().unwrap() {
                self.acknowledge(article);
            }
        }
    }

    fn acknowledge(&mut self, article: &Value) {
        let text = |field: &str| article[field].as_str().unwrap().to_owned();
        let version = version(&text("summary"));
        let known = self.acknowledged.entry(text("id")).or_insert_with(|| (text("title"), version));
        known.1 = known.1.max(version);
    }

    /// Looks at what lies on the disk, before anything starts again.
    pub(super) fn disk(&mut self, world: &World) {
        self.tree(&world.home.public());
        self.journal(&world.home.path("var/journal"));
    }

    /// Every published file is whole, whatever was being done to it.
    pub(super) fn tree(&mut self, public: &Path) {
        for name in files(public) {
            let path = public.join(&name);
            let found = fs::metadata(&path).unwrap();
            let stamp = (found.ino(), found.mtime(), found.mtime_nsec(), found.len());
            let is_unfinished = name.rsplit('/').next().unwrap().starts_with(".tidings-");
            if is_unfinished || self.parsed.get(&name) == Some(&stamp) {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            match name.rsplit('.').next().unwrap() {
                "rss" | "atom" | "xml" => {
                    let parsed = roxmltree::Document::parse(&text);
                    assert!(parsed.is_ok(), "{name}: {parsed:?}");
                }
                "json" => drop(serde_json::from_str::<Value>(&text).expect(&name)),
                "html" => assert!(text.trim_end().ends_with("</html>"), "{name}: {text:?}"),
                "css" | "js" => assert!(!text.is_empty()),
                other => panic!("{name} has an unknown ending: {other}"),
            }
            self.parsed.insert(name, stamp);
        }
    }

    /// The journal only grows, and its sequence numbers with it; only its last line may be torn.
    fn journal(&mut self, folder: &Path) {
        let entries = fs::read_dir(folder).unwrap().flatten();
        if entries.into_iter().any(|entry| entry.file_name().to_string_lossy().contains(".snapshot.")) {
            // It begins with a snapshot: its chain goes on from what that says.
            return self.forget_journal();
        }
        let bytes = journal_text(folder);
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let bytes = &bytes[..whole];
        let (known, mut crc, mut last) = std::mem::take(&mut self.journal);
        let fresh = bytes.strip_prefix(&known[..]).expect("the journal lost a whole line");
        for line in fresh.split_inclusive(|byte| *byte == b'\n') {
            let tab = line.iter().rposition(|byte| *byte == b'\t').expect("a checksum");
            crc = crc32c::crc32c_append(crc, &line[..tab]);
            assert_eq!(line[tab + 1..], format!("{crc:08x}\n").into_bytes()[..]);
            let record: Value = serde_json::from_slice(&line[..tab]).unwrap();
            let seq = record["seq"].as_u64().unwrap();
            assert!(seq > last, "record {seq} follows record {last}");
            last = seq;
        }
        self.journal = (bytes.to_vec(), crc, last);
    }

    /// Whether anything was printed.
    pub(super) fn has_begun(&self) -> bool {
        !self.acknowledged.is_empty()
    }

    /// The journal was damaged and saved: what it held before is no promise any more.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// The journal was compacted: what it held is in its snapshot now.
    pub(super) fn forget_journal(&mut self) {
        self.journal = Default::default();
    }

    /// What the store holds, when asked: everything acknowledged, nothing twice. Returns the titles.
    pub(super) fn store(&self, world: &World) -> BTreeSet<String> {
        let output = world.home.run(&["articles", "--json", "--limit", "1000000"]);
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{err}");
        quiet(&err);
        let articles = json_lines(std::str::from_utf8(&output.stdout).unwrap());
        let text = |article: &Value, field: &str| article[field].as_str().unwrap().to_owned();
        let by_id: HashMap<String, &Value> =
            articles.iter().map(|article| (text(article, "id"), article)).collect();
        let titles: BTreeSet<String> = articles.iter().map(|article| text(article, "title")).collect();
        assert_eq!(titles.len(), articles.len(), "an article is remembered twice");
        for (id, (title, printed)) in &self.acknowledged {
            let article =
                by_id.get(id).unwrap_or_else(|| panic!("{id} ({title}) was acknowledged and is lost"));
            assert_eq!(text(article, "title"), *title);
            let held = version(&text(article, "summary"));
            assert!(held >= *printed, "{title}: version {printed} was acknowledged, {held} is held");
        }
        titles
    }

    /// After a scan that nobody disturbs, everything on the pages is known.
    pub(super) fn settle(&mut self, world: &World) {
        let ended = crate::child::start(&world.home, &["scan", "--json"], None).end();
        assert_eq!(ended.code(), Some(0), "{}{}", ended.out, ended.err);
        quiet(&ended.err);
        self.printed(&ended);
        self.disk(world);
        let known = self.store(world);
        for entry in world.entries() {
            assert!(known.contains(&entry.title), "{} is on a page and not known", entry.title);
        }
        self.told(world);
    }

    /// What was news is told, under one id each; what was there before the first look is not.
    fn told(&self, world: &World) {
        let told = world.receiver.told();
        for title in &self.news {
            assert!(told.contains_key(title), "{title} was news and is told to nobody");
        }
        for (title, ids) in &told {
            assert_eq!(ids.len(), 1, "{title} is told under {ids:?}");
        }
        for number in 1..=world.baseline {
            let title = crate::program::Entry::numbered(number).title;
            assert!(!told.contains_key(&title), "{title} was there before the first look, and is told");
        }
    }
}

/// What is published after a last scan follows from the journal: index and feeds are thrown away, and the same
/// comes back.
pub(super) fn index_rebuilt_is_equal(world: &World) {
    let published = world.home.tree();
    assert_eq!(left_over(&published), Vec::<&String>::new());
    let told = world.receiver.all().len();
    for folder in ["index", "public"] {
        fs::remove_dir_all(world.home.path(&format!("var/{folder}"))).unwrap();
    }
    world.home.expect(0, &["scan"]);
    let differ = differences(&published, &world.home.tree());
    assert_eq!(differ, Vec::<String>::new(), "after building the index anew");
    assert_eq!(world.receiver.all().len(), told, "building the index anew tells nobody");
}

/// Unfinished files.
fn left_over(published: &BTreeMap<String, Vec<u8>>) -> Vec<&String> {
    published.keys().filter(|name| name.contains(".tidings-")).collect()
}

/// Builds index and feeds beside a copy of the journal, and compares them.
pub(super) fn copy_is_equal(world: &World) {
    let second = world.home.path("second");
    copy(&world.home.path("var/journal"), &second.join("journal"));
    fs::copy(world.home.path("var/state.json"), second.join("state.json")).unwrap();
    pass_for_the_original(&second);
    world.home.expect(0, &["--data-dir", "second", "scan"]);
    let differ = differences(&world.home.tree(), &tree(&second.join("public")));
    assert_eq!(differ, Vec::<String>::new(), "beside a copy of the journal");
}

/// Nothing is said at a start but what must be.
#[track_caller]
pub(super) fn quiet(err: &str) {
    let loud = |line: &&str| line.contains("WARN") || line.contains("ERROR") || line.contains("panicked");
    let said: Vec<&str> =
        err.lines().filter(loud).filter(|line| !MAY_BE_SAID.iter().any(|may| line.contains(may))).collect();
    assert_eq!(said, Vec::<&str>::new());
}
