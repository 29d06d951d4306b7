//! The published tree: the same bytes everywhere, nothing touched without need, nothing lost when a file cannot be
//! written.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::{MetadataExt as _, symlink};
use std::path::Path;
use std::process::Command;

use crate::child::start;
use crate::program::{Entry, Home, copy, differences, files, page, pass_for_the_original};

const ATOM: &str = "http://www.w3.org/2005/Atom";

const CONFIG: &str = r#"
data_dir = "var"

[site]
title = "Bench"
base_url = "http://bench.example"

[defaults]
every = "1h"
format = "text"

[[view]]
id = "kafka"
when = { tags = ["Kafka"] }

[[listing]]
id = "queues"
files = ["pages/queues"]
site = "shared"
tags = ["Queues"]
"#;

const SECOND: &str = r#"
[[listing]]
id = "teams"
files = ["pages/teams"]
site = "shared"
tags = ["Teams"]
"#;

/// The articles numbered so, the last one at the top.
fn write(home: &Home, name: &str, numbers: std::ops::RangeInclusive<u32>) {
    let entries: Vec<Entry> = numbers.rev().map(Entry::numbered).collect();
    home.write_page(name, &page(&entries));
}

/// Two listings that share articles, after a few scans with new, changed, removed and aged articles.
fn lived_in() -> Home {
    let home = Home::new(&format!("{CONFIG}{SECOND}"));
    write(&home, "queues", 1..=120);
    write(&home, "teams", 100..=140);
    home.expect(0, &["scan"]);
    write(&home, "queues", 1..=130);
    home.expect(0, &["scan"]);
    let mut entries: Vec<Entry> = (20..=135).rev().map(Entry::numbered).collect();
    entries.remove(30);
    entries[12].summary = "Another one, with a <tag> & more, at 5 > 4.".to_owned();
    home.write_page("queues", &page(&entries));
    write(&home, "teams", 90..=150);
    home.expect(0, &["scan"]);
    entries[13].title = "Café №5: “quotes” – and 日本語".to_owned();
    home.write_page("queues", &page(&entries));
    // Until what is missing counts as removed.
    for _ in 0..3 {
        home.expect(0, &["scan"]);
    }
    home
}

/// Inode, time and length of every file.
fn stamps(home: &Home) -> BTreeMap<String, (u64, i64, i64, u64)> {
    let stamp = |path: &Path| {
        let found = fs::metadata(path).unwrap();
        (found.ino(), found.mtime(), found.mtime_nsec(), found.len())
    };
    let names = files(&home.public());
    names.into_iter().map(|name| (name.clone(), stamp(&home.public().join(&name)))).collect()
}

#[test]
fn f112_f139_the_same_journal_gives_the_same_bytes_on_another_node() {
    let first = lived_in();
    let second = Home::new(&format!("{CONFIG}{SECOND}"));
    copy(&first.path("pages"), &second.path("pages"));
    copy(&first.path("var/journal"), &second.path("var/journal"));
    fs::copy(first.path("var/state.json"), second.path("var/state.json")).unwrap();
    pass_for_the_original(&second.path("var"));
    let scan = second.command(&["scan"]);
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", "umask 077; exec \"$0\" \"$@\""]).arg(scan.get_program()).args(scan.get_args());
    let elsewhere = [
        ("TZ", "Asia/Kolkata"),
        ("LANG", "tr_TR.UTF-8"),
        ("LC_ALL", "tr_TR.UTF-8"),
        ("HOME", "/nonexistent"),
        ("NO_COLOR", "1"),
        ("COLUMNS", "20"),
    ];
    let output = shell.env_clear().envs(elsewhere).current_dir(second.root()).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(differences(&first.tree(), &second.tree()), Vec::<String>::new());
    let modes = |home: &Home| -> BTreeSet<u32> {
        let names = files(&home.public());
        names.iter().map(|name| fs::metadata(home.public().join(name)).unwrap().mode() & 0o777).collect()
    };
    assert_eq!((modes(&first), modes(&second)), (BTreeSet::from([0o644]), BTreeSet::from([0o644])));
}

#[test]
fn f112_an_unchanged_scan_touches_no_file() {
    let home = lived_in();
    let before = stamps(&home);
    for _ in 0..2 {
        home.expect(0, &["scan"]);
        assert_eq!(stamps(&home), before);
    }
    // A page that another program wrote anew, with the same bytes.
    write(&home, "teams", 90..=150);
    home.expect(0, &["scan"]);
    assert_eq!(stamps(&home), before);
    // Everything rendered anew, because the index is.
    fs::remove_dir_all(home.path("var/index")).unwrap();
    home.expect(0, &["scan"]);
    assert_eq!(stamps(&home), before);
}

#[test]
fn a_file_that_was_removed_comes_back_at_the_next_scan() {
    let home = lived_in();
    let before = home.tree();
    fs::remove_file(home.public().join("feeds/tags/kafka.rss")).unwrap();
    fs::remove_file(home.public().join("index.html")).unwrap();
    home.expect(0, &["scan"]);
    assert_eq!(differences(&before, &home.tree()), Vec::<String>::new());
}

#[test]
fn another_base_url_changes_links_and_nothing_else() {
    let home = lived_in();
    let before = home.tree();
    home.expect(0, &["--base-url", "https://news.example/tidings", "scan"]);
    let expected: BTreeMap<String, Vec<u8>> = before
        .iter()
        .map(|(name, bytes)| {
            let text = String::from_utf8(bytes.clone()).unwrap();
            // Ids never hold the address: were one to, it would change here and fail below.
            (name.clone(), text.replace("http://bench.example", "https://news.example/tidings").into_bytes())
        })
        .collect();
    assert_eq!(differences(&expected, &home.tree()), Vec::<String>::new());
    for (name, ids) in ids(&home.tree()) {
        for id in ids {
            assert!(id.starts_with("urn:uuid:"), "{name}: {id}");
        }
    }
    home.expect(0, &["scan"]);
    assert_eq!(differences(&before, &home.tree()), Vec::<String>::new());
}

/// All ids in all Atom and RSS files.
fn ids(tree: &BTreeMap<String, Vec<u8>>) -> BTreeMap<String, BTreeSet<String>> {
    let is_xml = |name: &str| name.ends_with(".atom") || name.ends_with(".rss");
    let of = |bytes: &[u8]| {
        let text = std::str::from_utf8(bytes).unwrap();
        let document = roxmltree::Document::parse(text).unwrap();
        let is_id = |node: &roxmltree::Node<'_, '_>| {
            ["id", "guid"].contains(&node.tag_name().name()) && node.is_element()
        };
        document.descendants().filter(is_id).filter_map(|node| node.text().map(str::to_owned)).collect()
    };
    tree.iter().filter(|(name, _)| is_xml(name)).map(|(name, bytes)| (name.clone(), of(bytes))).collect()
}

/// An Atom document: the ids of its entries, and its links by relation.
struct Document {
    entries: Vec<String>,
    links: BTreeMap<String, String>,
    is_archive: bool,
}

fn document(home: &Home, name: &str) -> Document {
    let text = fs::read_to_string(home.public().join(name)).unwrap();
    let parsed = roxmltree::Document::parse(&text).unwrap();
    let feed = parsed.root_element();
    let entries = feed.children().filter(|node| node.has_tag_name((ATOM, "entry")));
    let id = |entry: roxmltree::Node<'_, '_>| {
        let id = entry.children().find(|node| node.has_tag_name((ATOM, "id")));
        id.and_then(|id| id.text()).unwrap().to_owned()
    };
    let links = feed.children().filter(|node| node.has_tag_name((ATOM, "link")));
    let link = |link: roxmltree::Node<'_, '_>| {
        let href = link.attribute("href").unwrap().strip_prefix("http://bench.example/").unwrap();
        (link.attribute("rel").unwrap_or("alternate").to_owned(), href.to_owned())
    };
    Document {
        entries: entries.map(id).collect(),
        links: links.map(link).collect(),
        is_archive: feed.children().any(|node| node.tag_name().name() == "archive"),
    }
}

#[test]
fn f111_window_and_archives_hold_every_article_and_closed_ones_stay() {
    let home = Home::new(CONFIG);
    for last in [200, 250, 300, 350] {
        write(&home, "queues", 1..=last);
        home.expect(0, &["scan"]);
    }
    let known: BTreeSet<String> = home
        .articles()
        .iter()
        .map(|article| format!("urn:uuid:{}", article["id"].as_str().unwrap()))
        .collect();
    assert_eq!(known.len(), 350);
    for feed in ["feeds/all", "feeds/listings/queues", "feeds/tags/queues"] {
        let window = document(&home, &format!("{feed}.atom"));
        assert!(!window.is_archive);
        assert_eq!(window.entries.len(), 100);
        assert!(!home.public().join(format!("{feed}-archive-4.atom")).exists());
        // Walk back, as a reader does (RFC 5005, section 4).
        let mut held: BTreeSet<String> = window.entries.into_iter().collect();
        let mut next = window.links.get("prev-archive").cloned();
        let mut walked = Vec::new();
        while let Some(name) = next {
            let archive = document(&home, &name);
            assert!(archive.is_archive);
            assert_eq!(archive.entries.len(), 100);
            assert_eq!(archive.links["current"], format!("{feed}.atom"));
            held.extend(archive.entries);
            next = archive.links.get("prev-archive").cloned();
            walked.push(name);
        }
        assert_eq!(walked, [3, 2, 1].map(|number| format!("{feed}-archive-{number}.atom")));
        assert_eq!(held, known, "{feed}");
    }
    let before = home.tree();
    write(&home, "queues", 1..=400);
    home.expect(0, &["scan"]);
    let after = home.tree();
    for number in [1, 2] {
        let name = format!("feeds/all-archive-{number}.atom");
        assert_eq!(before[&name], after[&name], "a closed page stays as it is");
    }
    let text = |tree: &BTreeMap<String, Vec<u8>>| {
        let text = String::from_utf8(tree["feeds/all-archive-3.atom"].clone()).unwrap();
        assert_eq!(text.matches("rel=\"next-archive\"").count(), usize::from(tree == &after));
        let at = text.find("rel=\"next-archive\"").map(|at| text[..at].rfind("<link").unwrap());
        let end = at.map(|at| at + text[at..].find('>').unwrap() + 1);
        match (at, end) {
            (Some(at), Some(end)) => format!("{}{}", text[..at].trim_end(), &text[end..]),
            _ => text,
        }
    };
    let squeezed = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(squeezed(text(&before)), squeezed(text(&after)), "it only learns of its successor");
    assert_eq!(document(&home, "feeds/all-archive-4.atom").entries.len(), 100);
}

#[test]
fn a_retired_listing_loses_its_feed_and_its_address_says_so() {
    let home = lived_in();
    let feed = ["rss", "atom", "json"].map(|ending| format!("feeds/listings/teams.{ending}"));
    assert!(feed.iter().all(|name| home.public().join(name).exists()));
    let both = home.tree();
    home.configure(CONFIG);
    home.expect(0, &["scan"]);
    assert!(feed.iter().all(|name| !home.public().join(name).exists()));
    assert!(!fs::read_to_string(home.public().join("index.html")).unwrap().contains("listings/teams"));
    let mut running = start(&home, &["run", "--listen", "127.0.0.1:0"], None);
    assert!(!running.wait_until("next look at"));
    let address = running.printed().split("http://").nth(1).unwrap().split('/').next().unwrap().to_owned();
    for name in &feed {
        assert_eq!(status(&address, name), 410, "{name}");
    }
    assert_eq!(status(&address, "feeds/listings/queues.rss"), 200);
    assert_eq!(status(&address, "feeds/listings/never.rss"), 404);
    running.kill();
    // Declared again, it is the same feed, with the same articles.
    home.configure(&format!("{CONFIG}{SECOND}"));
    home.expect(0, &["scan"]);
    let again = home.tree();
    assert_eq!(ids(&both)["feeds/listings/teams.atom"], ids(&again)["feeds/listings/teams.atom"]);
}

fn status(address: &str, path: &str) -> u16 {
    use std::io::{Read as _, Write as _};
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    write!(stream, "GET /{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

#[test]
fn f014_the_tree_may_be_on_another_file_system() {
    let memory = Path::new("/dev/shm");
    let Ok(elsewhere) = tempfile::tempdir_in(memory) else {
        return println!("skipped: {} cannot be written", memory.display());
    };
    let home = Home::new(CONFIG);
    fs::create_dir(home.path("var")).unwrap();
    symlink(elsewhere.path(), home.public()).unwrap();
    write(&home, "queues", 1..=20);
    home.expect(0, &["scan"]);
    write(&home, "queues", 1..=25);
    home.expect(0, &["scan"]);
    assert!(fs::symlink_metadata(home.public()).unwrap().is_symlink());
    let there = crate::program::tree(elsewhere.path());
    assert!(String::from_utf8_lossy(&there["feeds/all.json"]).contains("number 25 to"));
    assert_eq!(left_over(&there), Vec::<&String>::new());
}

/// Files that were never finished.
fn left_over(tree: &BTreeMap<String, Vec<u8>>) -> Vec<&String> {
    tree.keys().filter(|name| name.contains(".tidings-")).collect()
}

#[test]
fn f015_a_link_in_the_place_of_a_feed_is_replaced_and_what_it_leads_to_stays() {
    let home = Home::new(CONFIG);
    write(&home, "queues", 1..=20);
    home.expect(0, &["scan"]);
    let feed = home.public().join("feeds/all.rss");
    let victim = home.path("victim");
    fs::write(&victim, "not ours").unwrap();
    fs::remove_file(&feed).unwrap();
    symlink(&victim, &feed).unwrap();
    write(&home, "queues", 1..=21);
    home.expect(0, &["scan"]);
    assert!(fs::symlink_metadata(&feed).unwrap().is_file());
    assert!(fs::read_to_string(&feed).unwrap().contains("number 21 to"));
    assert_eq!(fs::read_to_string(&victim).unwrap(), "not ours");
}

#[test]
fn f016_a_folder_in_the_place_of_one_feed_keeps_that_feed_only() {
    let home = Home::new(CONFIG);
    let way = home.public().join("feeds/all.rss");
    fs::create_dir_all(way.join("theirs")).unwrap();
    write(&home, "queues", 1..=20);
    let output = home.run(&["scan", "--json"]);
    assert_eq!(output.status.code(), Some(7), "{output:?}");
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(err.contains("feeds/all.rss") && err.contains("folder"), "{err}");
    assert!(
        String::from_utf8_lossy(&output.stdout).contains("\"status\":\"baseline\""),
        "what it did is told"
    );
    assert!(way.join("theirs").is_dir(), "what is not ours stays");
    assert!(home.public().join("feeds/all.atom").exists() && home.public().join("index.html").exists());
    home.expect(7, &["scan"]);
    fs::remove_dir_all(&way).unwrap();
    home.expect(0, &["scan"]);
    assert!(fs::read_to_string(&way).unwrap().contains("number 20 to"));
    // The same again, after it was published once.
    fs::remove_file(&way).unwrap();
    fs::create_dir(&way).unwrap();
    write(&home, "queues", 1..=22);
    home.expect(7, &["scan"]);
    assert!(fs::read_to_string(home.public().join("feeds/all.json")).unwrap().contains("number 22 to"));
    fs::remove_dir(&way).unwrap();
    home.expect(0, &["scan"]);
    assert!(fs::read_to_string(&way).unwrap().contains("number 22 to"));
}

/// What happens on a full disk: the tree is on a small file system of its own, in a name space of its own.
const FULL_DISK: &str = r#"
set -u
mkdir -p var/public && mount -t tmpfs -o size=4m tmpfs var/public || exit 99
"$0" "$@" || exit 10
cp -r var/public before
mv pages/later pages/queues
dd if=/dev/zero of=var/public/fill bs=4096 2>/dev/null
"$0" "$@" 2>err
test $? = 7 || exit 11
rm var/public/fill
cp -r var/public full
"$0" "$@" || exit 12
cp -r var/public after
"#;

#[test]
fn f008_a_full_disk_keeps_the_last_good_feeds_and_heals() {
    let home = Home::new(CONFIG);
    // Not a short feed: one page of memory would still be free beside the old file.
    write(&home, "queues", 1..=60);
    write(&home, "later", 1..=95);
    let scan = home.command(&["scan"]);
    let mut shell = Command::new("unshare");
    shell.args(["-Urm", "/bin/sh", "-c", FULL_DISK]).arg(scan.get_program()).args(scan.get_args());
    let Ok(output) = shell.current_dir(home.root()).output() else {
        return println!("skipped: there is no unshare");
    };
    if output.status.code() == Some(99) || String::from_utf8_lossy(&output.stderr).contains("unshare failed")
    {
        return println!("skipped: no name spaces here");
    }
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let tree = |name: &str| crate::program::tree(&home.path(name));
    let (before, full, after) = (tree("before"), tree("full"), tree("after"));
    assert_eq!(left_over(&full), Vec::<&String>::new());
    assert_eq!(before["feeds/all.rss"], full["feeds/all.rss"], "the last good version stays");
    for (name, bytes) in &full {
        assert!(before.get(name) == Some(bytes) || after.get(name) == Some(bytes), "{name} is neither");
    }
    assert!(String::from_utf8_lossy(&after["feeds/all.rss"]).contains("number 95 to"));
    let err = fs::read_to_string(home.path("err")).unwrap();
    assert!(err.contains("free some space"), "{err}");
    home.expect(0, &["scan"]);
    assert_eq!(differences(&after, &home.tree()), Vec::<String>::new());
}
