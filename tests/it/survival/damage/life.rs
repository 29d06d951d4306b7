//! What happens to a store over its life: reopened often, scanned from two sides, opened by an older or a newer program.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use tidings::store::EmbeddedStore;

use super::bench::{Image, now, remembered};
use crate::child::start;
use crate::program::{Entry, Home, copy, differences, json_lines, page};
use crate::store::support::block_on;
use crate::support::{Inbox, open_index};

#[test]
fn store_opened_and_closed_300_times_in_one_process_is_whole() {
    let image = &Image::all()[0];
    let (home, _team) = image.copy();
    for round in 0..300 {
        let store =
            EmbeddedStore::open(&home.path("var"), now()).unwrap_or_else(|error| panic!("{round}: {error}"));
        if round % 2 == 0 {
            block_on(store.close()).unwrap_or_else(|error| panic!("{round}: {error}"));
        }
    }
    assert!(!home.path("var/index.broken-1").exists(), "none was taken for damaged");
    image.holds(&home.path("var"), "after 300 times");
}

#[test]
fn lost_memos_cost_a_reading_and_nothing_else() {
    for image in Image::all() {
        image.survives("memos lost", &|var| {
            let db = open_index(var);
            let memos: Vec<_> = db.scan_prefix(b"m").keys().map(Result::unwrap).collect();
            assert!(memos.len() >= 3, "each listing has one");
            memos.into_iter().for_each(|key| drop(db.remove(key).unwrap()));
            db.flush().unwrap();
        });
    }
}

/// An index that an earlier version made, or none of ours at all, is no damage and needs no word to an operator.
#[test]
fn f021_index_of_an_older_layout_is_built_anew_and_not_called_damaged() {
    // A mark of version 2 had the layout's number behind its checksum; now it stands one byte later.
    type Change = fn(&mut Vec<u8>);
    let older: Change = |mark| {
        mark.remove(4);
        mark[4] = 2;
    };
    let other: Change = |mark| mark[5] = 99;
    for change in [older, other] {
        let image = &Image::all()[0];
        let (home, team) = image.copy();
        let db = open_index(&home.path("var"));
        let mut mark = db.get(b"M/applied").unwrap().expect("a mark").to_vec();
        change(&mut mark);
        let crc = crc32c::crc32c(&mark[4..]);
        mark[..4].copy_from_slice(&crc.to_le_bytes());
        db.insert(b"M/applied", mark).unwrap();
        db.flush().unwrap();
        drop(db);
        let ended = start(&home, &["-v", "scan", "--json"], None).end();
        assert_eq!(ended.code(), Some(0), "{}", ended.err);
        assert!(ended.err.contains("layout of another version"), "{}", ended.err);
        assert!(!ended.err.contains("ERROR") && !ended.err.contains("WARN"), "{}", ended.err);
        assert_eq!(team.all().len(), 0);
        image.publishes(&home, "another layout");
        image.holds(&home.path("var"), "another layout");
        let second = start(&home, &["-v", "scan", "--json"], None).end();
        assert!(!second.err.contains("layout"), "the second start has nothing to do: {}", second.err);
    }
}

/// A config for what a fixture of the journal remembers.
fn config_of(folder: &str, team: &Inbox) -> String {
    let listing = |id: &str, site: &str, more: &str| {
        format!(
            "[[listing]]\nid = \"{id}\"\nfiles = [\"pages/{id}\"]\nformat = \"text\"\nsite = \"{site}\"\n{more}\n"
        )
    };
    let head = "data_dir = \"var\"\n[site]\ntitle = \"T\"\nbase_url = \"http://t.example\"\n[defaults]\nevery = \"1h\"\n";
    let rest = match folder {
        "journal-v1" => listing("c", "other", ""),
        _ => team.target("chat", "burst = false") + &team.target("kafka", "burst = false"),
    };
    format!("{head}{}{}{rest}", listing("a", "site", "tags = [\"Servers\"]"), listing("b", "site", ""))
}

/// A whole data folder that an earlier version left.
fn fixture(folder: &str, team: &Inbox) -> Home {
    let home = Home::new(&config_of(folder, team));
    copy(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(folder), &home.path("var"));
    home
}

#[test]
fn f140_data_folders_of_version_1_are_taken_over_and_nobody_is_told_anything_new() {
    for folder in ["journal-v1", "journal-v1-outbox"] {
        let team = Inbox::new();
        let home = fixture(folder, &team);
        let before = fs::read(home.path("var/journal/0001.jsonl")).unwrap();
        let truth = remembered(&{
            let copied = home.path("truth");
            copy(&home.path("var"), &copied);
            copied
        })
        .unwrap();
        // There are no pages: each look fails, which changes no feed.
        let ended = start(&home, &["scan", "--json"], None).end();
        assert_eq!(ended.code(), Some(6), "{folder}: {}{}", ended.out, ended.err);
        let after = fs::read(home.path("var/journal/0001.jsonl")).unwrap();
        assert!(after.starts_with(&before), "{folder}: the journal is only added to");
        let published = feeds(&home);
        // The feeds are the same from a second start, from a new index, and from the index alone.
        for folder in ["public", "index"] {
            fs::remove_dir_all(home.path("var").join(folder)).unwrap();
            start(&home, &["scan", "--json"], None).end();
            assert_eq!(differences(&published, &feeds(&home)), Vec::<String>::new(), "{folder}");
        }
        // What waited for a target is sent, under the id it had; nothing else is.
        let owed = String::from_utf8(before.clone()).unwrap();
        for message in team.all() {
            assert!(owed.contains(&message.id), "{folder}: told of something new: {}", message.body);
        }
        let articles = |lines: &[String]| lines.iter().filter(|line| line.starts_with("Article {")).count();
        let found = remembered(&home.path("var")).unwrap();
        assert_eq!(articles(&found), articles(&truth), "{folder}");
    }
}

/// The published feeds, without that of health, which tells of the pages that are not there.
fn feeds(home: &Home) -> BTreeMap<String, Vec<u8>> {
    home.tree()
        .into_iter()
        .filter(|(path, _)| path.starts_with("feeds/") && !path.contains("health"))
        .collect()
}

#[test]
fn f140_record_of_a_newer_program_is_refused_and_not_a_byte_is_touched() {
    for image in Image::all() {
        for with_index in [true, false] {
            let (home, team) = image.copy();
            if !with_index {
                fs::remove_dir_all(home.path("var/index")).unwrap();
            }
            let path = home.path("var/journal/0001.jsonl");
            let mut text = fs::read_to_string(&path).unwrap();
            let last = text.lines().last().unwrap().to_owned();
            let (json, crc) = last.rsplit_once('\t').unwrap();
            let before: serde_json::Value = serde_json::from_str(json).unwrap();
            let seq = before["seq"].as_u64().unwrap() + 1;
            let json = format!(
                "{{\"v\":1,\"seq\":{seq},\"at\":\"2026-11-21T12:00:00Z\",\"type\":\"telepathy\",\"telepathy\":{{}}}}"
            );
            let crc = crc32c::crc32c_append(u32::from_str_radix(crc, 16).unwrap(), json.as_bytes());
            text.push_str(&format!("{json}\t{crc:08x}\n"));
            fs::write(&path, &text).unwrap();
            let line = text.lines().count();
            let kept = |home: &Home| {
                let all = crate::program::tree(&home.path("var")).into_iter();
                all.filter(|(path, _)| {
                    path.starts_with("journal") || path == "state.json" || path.starts_with("public")
                })
                .collect::<Vec<_>>()
            };
            let before = kept(&home);
            for command in [
                &["scan"][..],
                &["run"],
                &["store", "check"],
                &["store", "rebuild"],
                &["store", "rebuild", "--skip-bad-lines"],
            ] {
                let ended = start(&home, command, None).end();
                assert_eq!(ended.code(), Some(5), "{command:?}: {}{}", ended.out, ended.err);
                assert!(ended.err.contains(&format!("0001.jsonl:{line}:")), "{command:?}: {}", ended.err);
                assert!(ended.err.contains("newer version"), "{command:?}: {}", ended.err);
                assert!(kept(&home) == before, "{command:?} touched something");
            }
            assert!(!home.path("var/index.broken-1").exists(), "nor is the index put aside");
            assert_eq!(team.all().len(), 0);
        }
    }
}

#[test]
fn two_scans_of_one_site_at_once_announce_each_article_once() {
    let team = Inbox::new();
    let listing = |id: &str| {
        format!(
            "[[listing]]\nid = \"{id}\"\nfiles = [\"pages/{id}\"]\nformat = \"text\"\nsite = \"one\"\nevery = \"1h\"\n"
        )
    };
    let ids: Vec<String> = (0..6).map(|n| format!("listing-{n}")).collect();
    let config = format!(
        "data_dir = \"var\"\n[site]\ntitle = \"T\"\nbase_url = \"http://t.example\"\n[serve]\nlisten = \"127.0.0.1:0\"\n{}{}",
        ids.iter().map(|id| listing(id)).collect::<String>(),
        team.target("team", "burst = false"),
    );
    let home = Home::new(&config);
    let write = |upto: u32| {
        let entries: Vec<Entry> = (0..upto).rev().map(Entry::numbered).collect();
        ids.iter().for_each(|id| home.write_page(id, &page(&entries)));
    };
    write(30);
    let mut daemon = start(&home, &["run"], None);
    assert!(!daemon.wait_until("next look at"));
    for step in 1..=5 {
        // The folder is watched, so the service scans all six; beside it two more processes ask for the same.
        write(30 + step * 3);
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    let output = home.run(&["scan", "--json"]);
                    assert_eq!(output.status.code(), Some(0), "{output:?}");
                    for report in json_lines(std::str::from_utf8(&output.stdout).unwrap()) {
                        assert_ne!(report["status"], "failed", "{report}");
                    }
                });
            }
        });
    }
    team.until(|all| all.len() >= 15);
    daemon.signal(rustix::process::Signal::TERM);
    let ended = daemon.end();
    assert_eq!(ended.code(), Some(0), "{}", ended.err);
    let told = team.told();
    assert_eq!(told.len(), 15, "{told:?}");
    assert!(told.values().all(|ids| ids.len() == 1), "{told:?}");
    assert_eq!(home.articles().len(), 45);
    home.expect(0, &["store", "check"]);
}
