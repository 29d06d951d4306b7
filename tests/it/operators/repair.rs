//! Backups, and looking after the store: with a daemon and without.

use super::bench::Bench;

/// A store with a baseline of two articles.
fn scanned() -> Bench {
    let bench = Bench::new(&["One", "Two"]);
    bench.ok(&["scan"]);
    bench
}

fn json(out: &str) -> serde_json::Value {
    serde_json::from_str(out).expect("JSON")
}

#[test]
fn f027_export_and_import_move_a_store_with_a_daemon_and_without() {
    let bench = scanned();
    let alone = bench.ok(&["export"]);
    assert!(alone.starts_with("{\"begin\"") && alone.lines().last().expect("a line").starts_with("{\"end\""));
    assert_eq!(bench.ok(&["export", "backup.jsonl"]), "exported 2 articles and 0 messages to backup.jsonl\n");
    assert_eq!(std::fs::read_to_string(bench.path("backup.jsonl")).expect("is there"), alone);
    let daemon = bench.daemon();
    assert_eq!(bench.ok(&["export"]), alone, "a daemon has it open");
    let said = json(&bench.ok(&["export", "other.jsonl", "--json"]));
    assert_eq!((&said["articles"], &said["file"]), (&2.into(), &"other.jsonl".into()));
    let said = bench.run(&["import", "backup.jsonl", "--replace"]);
    assert!(said.code == 4 && said.err.contains("is in use"), "{said:?}");
    daemon.stop();
    let left: Vec<_> = std::fs::read_dir(bench.data())
        .expect("is there")
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with(".export") || name.starts_with("import"))
        .collect();
    assert_eq!(left, Vec::<String>::new());
    let said = bench.run(&["import", "backup.jsonl"]);
    assert!(said.code == 5 && said.err.contains("--replace"), "{said:?}");

    let said = bench.ok(&["--data-dir", "other", "import", "backup.jsonl"]);
    assert!(said.contains("imported 2 articles") && said.contains("quiet baseline"), "{said}");
    assert_eq!(bench.ok(&["--data-dir", "other", "export"]), alone);
    bench.page(&["Three", "One", "Two"]);
    let said = bench.ok(&["--data-dir", "other", "scan"]);
    assert!(!said.contains("1 new"), "a quiet baseline: {said}");
    let log = bench.ok(&["--data-dir", "other", "log", "--json"]);
    assert_eq!(log.matches("was imported").count(), 1, "{log}");
    let said = bench.ok(&["import", "backup.jsonl", "--replace", "--json"]);
    assert!(json(&said)["replaced"].as_str().expect("a folder").ends_with("replaced-1"), "{said}");
}

#[test]
fn f027_damaged_export_is_refused_with_its_line() {
    let bench = scanned();
    let lines = bench.ok(&["export"]);
    std::fs::write(bench.path("cut.jsonl"), &lines[..lines.len() - 30]).expect("is written");
    let said = bench.run(&["--data-dir", "other", "import", "cut.jsonl"]);
    let place = format!("cut.jsonl:{}: the line is not whole", lines.lines().count());
    assert!(said.code == 5 && said.err.contains(&place), "{said:?}");
    assert!(said.err.contains("take another export"), "{said:?}");
    std::fs::write(bench.path("page.jsonl"), "{\"some\":\"thing\"}\n").expect("is written");
    let said = bench.run(&["--data-dir", "other", "import", "page.jsonl"]);
    assert!(said.code == 5 && said.err.contains("page.jsonl:1: this is no export of tidings"), "{said:?}");
}

#[test]
fn stats_and_check_say_the_same_with_a_daemon_and_without() {
    let bench = scanned();
    let whole = bench.ok(&["store", "check"]);
    assert!(whole.starts_with("the store is whole: ") && whole.contains("2 articles"), "{whole}");
    let stats = json(&bench.ok(&["store", "stats", "--json"]));
    assert_eq!(
        (&stats["articles"], &stats["listings"], &stats["waiting"]),
        (&2.into(), &1.into(), &0.into())
    );
    for name in ["journal_plain", "index", "published", "snapshots", "keys", "per_article"] {
        assert!(stats[name].as_u64().expect("a number") > 0, "{name}: {stats}");
    }
    let daemon = bench.daemon();
    assert_eq!(bench.ok(&["store", "check"]), whole);
    assert!(bench.ok(&["store", "stats"]).contains("journal and index for each article"));
    let said = bench.run(&["store", "rebuild", "--skip-bad-lines"]);
    assert!(said.code == 4 && said.err.contains("stop the daemon first"), "{said:?}");
    daemon.stop();
    assert_eq!(json(&bench.ok(&["store", "rebuild", "--json"]))["articles"], 2);
}

#[test]
fn rebuild_and_compact_say_the_same_with_a_daemon_and_without() {
    let bench = scanned();
    let before = bench.ok(&["export"]);
    let alone = bench.ok(&["store", "rebuild"]);
    assert_eq!(alone, "built the index anew from the journal: 2 articles; nothing is announced by that\n");
    let daemon = bench.daemon();
    assert_eq!(bench.ok(&["store", "rebuild"]), alone);
    let said = bench.ok(&["store", "compact"]);
    assert!(said.starts_with("nothing of the journal to compact") && said.contains("the index: "), "{said}");
    let said = bench.ok(&["store", "compact", "--history", "0s"]);
    assert!(said.starts_with("compacted 1 file of the journal: "), "{said}");
    assert_eq!(bench.ok(&["export"]), before);
    bench.page(&["Three", "One", "Two"]);
    let report = json(&bench.ok(&["scan", "a", "--json"]));
    assert_eq!(report["new"].as_array().map(Vec::len), Some(1), "{report}");
    assert_eq!(json(&bench.ok(&["store", "rebuild", "--json"]))["articles"], 3);
    let said = json(&bench.ok(&["store", "compact", "--history", "0s", "--json"]));
    assert!(said["files"] == 1 && said["index"]["articles"] == 3, "{said}");
    assert!(bench.ok(&["store", "check"]).starts_with("the store is whole: "));
    let before = bench.ok(&["export"]);
    daemon.stop();
    assert_eq!(bench.ok(&["export"]), before);
    let said = json(&bench.ok(&["store", "compact", "--history", "0s", "--json"]));
    assert!(said["files"].is_null() && said["index"]["after"].as_u64() > Some(0), "{said}");
    assert!(bench.ok(&["store", "check"]).starts_with("the store is whole: "));
}

#[test]
fn f003_check_names_a_damaged_record_and_says_what_to_do() {
    let bench = scanned();
    let path = bench.data().join("journal/0001.jsonl");
    let mut bytes = std::fs::read(&path).expect("is there");
    let second = bytes.iter().position(|byte| *byte == b'\n').expect("lines") + 30;
    bytes[second] ^= 1;
    std::fs::write(&path, &bytes).expect("is written");
    let said = bench.run(&["store", "check"]);
    assert!(said.code == 5 && said.out.contains("0001.jsonl:2: the checksum does not match"), "{said:?}");
    assert!(said.err.contains("--skip-bad-lines"), "{said:?}");
}
