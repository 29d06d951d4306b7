//! What happened, told: `status`, `log`, `explain`; and `init` and `reload`.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;

use super::bench::Bench;

#[test]
fn log_tells_scans_health_and_decisions_newest_last() {
    let bench = Bench::new(&["Alpha on disks", "Beta on tapes"]);
    assert_eq!(bench.ok(&["log"]), "", "nothing happened yet");
    bench.ok(&["scan"]);
    bench.page(&["Gamma on drums", "Alpha on disks", "Beta on tapes"]);
    bench.ok(&["scan"]);
    bench.ok(&["listing", "pause", "a"]);
    let log = bench.ok(&["log"]);
    let told: Vec<&str> = log.lines().map(|line| line.split_once("  ").expect("a time").1).collect();
    assert_eq!(
        told,
        [
            "the store was created",
            "the config declares a",
            "a: first look: 2 remembered without announcing them",
            "a: scan: 1 new",
            "a: paused"
        ]
    );
    assert_eq!(bench.ok(&["log", "--limit", "1"]).lines().count(), 1);
    let last = bench.ok(&["log", "--json", "--limit", "2", "--listing", "a"]);
    let last: Vec<serde_json::Value> =
        last.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!((last[0]["type"].as_str(), last[0]["new"].as_u64()), (Some("scan"), Some(1)));
    assert_eq!((last[1]["type"].as_str(), last[1]["to"].as_str()), (Some("pause"), Some("paused")));
    assert_eq!(bench.run(&["log", "--listing", "b"]).code, 8, "nobody knows it");
    assert_eq!(bench.run(&["log", "--listing", "NO"]).code, 8);
}

#[test]
fn log_follow_sees_a_new_scan_of_a_daemon() {
    let bench = Bench::new(&["Alpha on disks", "Beta on tapes"]);
    let _daemon = bench.daemon();
    let mut follow =
        bench.command(&["log", "--follow", "--listing", "a"]).stdout(Stdio::piped()).spawn().expect("starts");
    let mut lines = BufReader::new(follow.stdout.take().expect("piped")).lines();
    let mut next = || lines.next().expect("a line").expect("text");
    assert!(next().ends_with("the config declares a"));
    assert!(next().contains("first look"));
    bench.page(&["Gamma on drums", "Alpha on disks", "Beta on tapes"]);
    bench.ok(&["scan"]);
    assert!(next().ends_with("a: scan: 1 new"));
    follow.kill().expect("kill");
    follow.wait().expect("ends");
}

#[test]
fn explain_tells_each_change_and_why() {
    let bench = Bench::new(&["Alpha on disks", "Beta on tapes", "Gamma on drums"]);
    bench.ok(&["scan"]);
    bench.page(&["Delta on cards", "Alpha on disks", "Beta on tapes", "Gamma on drums"]);
    bench.ok(&["scan"]);
    let page = std::fs::read_to_string(bench.path("page.txt")).expect("a page");
    std::fs::write(bench.path("page.txt"), page.replace("A summary of Beta on tapes.", "Another summary."))
        .expect("a page");
    bench.ok(&["scan"]);
    let beta = bench.ok(&["explain", "beta ON tapes"]);
    for part in [
        "Beta on tapes\n",
        "source+date+title",
        "announced  to nobody",
        "listing    a (on it; its tags: Storage)",
        "feeds      all, tag Kafka, tag Redis, tag Storage, source Acme, category Databases, listing a",
        "first seen on a, at its first look: fills feeds, announced to nobody",
        "updated: summary from “A summary of Beta on tapes.” to “Another summary.”",
    ] {
        assert!(beta.contains(part), "{part:?} in {beta}");
    }
    let delta: serde_json::Value =
        serde_json::from_str(&bench.ok(&["explain", "Delta", "--json"])).expect("JSON");
    assert_eq!(delta["title"], "Delta on cards");
    assert_eq!(delta["announced"], delta["history"][0]["seq"]);
    assert_eq!(delta["history"][0]["why"], "new on a: none of its keys was known; announced");
    assert_eq!(delta["keys"][0]["kind"], "source+date+title");
    let many = bench.run(&["explain", " on "]);
    assert_eq!((many.code, many.out.lines().count()), (8, 5));
}

/// A bench whose data folder is that of the fixture in which messages are owed and sent.
fn sending() -> Bench {
    let bench = Bench::new(&[]);
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/journal-v1-outbox");
    std::fs::create_dir_all(bench.data().join("journal")).expect("a folder");
    for name in ["state.json", "journal/0001.jsonl"] {
        std::fs::copy(fixture.join(name), bench.data().join(name)).expect("is copied");
    }
    bench
}

#[test]
fn log_tells_what_is_owed_and_what_became_of_it() {
    let bench = sending();
    let log = bench.ok(&["log"]);
    for line in [
        "the config declares a, b; has targets chat, kafka, short-lived",
        "a: scan: 4 new, 12 messages owed",
        "b: scan: 1 new, 1 seen here, too, 2 messages owed",
        "the config no longer has targets short-lived",
        "chat: 2 messages became one summary",
        "chat: 2 delivered, 1 to be tried again, 2 given up, nothing more is sent to chat: it answered 410",
        "an operator has 2 messages sent again",
        "an operator dropped 1 message",
        "chat: messages are sent to it again",
        "chat: nothing more is sent to it: it is being moved",
    ] {
        assert!(log.lines().any(|told| told.ends_with(&format!("Z  {line}"))), "{line}: {log}");
    }
}

#[test]
fn explain_tells_of_an_article_what_became_of_its_messages() {
    let bench = sending();
    for (title, parts) in [
        (
            "Three",
            vec![
                "a message about it is owed to chat",
                "a message about it is owed to short-lived",
                "its message to chat became part of a summary of 2",
                "sent to kafka",
            ],
        ),
        ("Six", vec!["sent to kafka", "its message to kafka is sent again, by an operator"]),
        (
            "Four",
            vec![
                "sending it to kafka failed: it answered 503; to be tried again at 2016-03-05T17:00:00Z",
                "its message to kafka was dropped by an operator",
            ],
        ),
        ("Five", vec!["its message to kafka was given up: it answered 400"]),
        (
            "Flood 5",
            vec![
                "a summary of 60 articles, with it among them, is owed to chat",
                "its message to kafka was given up: it answered 410",
                "its message to kafka is sent again, by an operator",
            ],
        ),
    ] {
        let told = bench.ok(&["explain", title]);
        for part in parts {
            assert!(told.lines().any(|line| line.ends_with(part)), "{part}: {told}");
        }
    }
}

#[test]
fn explain_names_who_told_the_same_story() {
    let bench = Bench::new(&["Alpha on disks"]);
    let other = "[[listing]]\nid = \"b\"\nfiles = [\"other.txt\"]\nformat = \"text\"\nevery = \"300d\"\n";
    let config = std::fs::read_to_string(bench.path("tidings.toml")).expect("a config") + other;
    std::fs::write(bench.path("tidings.toml"), config).expect("a config");
    let copy = || std::fs::copy(bench.path("page.txt"), bench.path("other.txt")).expect("a page");
    copy();
    bench.ok(&["scan"]);
    bench.page(&["How a queue became a log", "Alpha on disks"]);
    bench.ok(&["scan", "a"]);
    copy();
    let found = bench.ok(&["scan", "b", "--json"]);
    assert!(found.contains("How a queue became a log"), "told twice, and swallowed by nobody: {found}");
    let several = bench.run(&["explain", "How a queue became a log", "--json"]);
    let items = several.out.lines().map(|line| serde_json::from_str(line).expect("JSON"));
    let ids: Vec<String> =
        items.map(|item: serde_json::Value| item["id"].as_str().expect("an id").to_owned()).collect();
    let [first, second] = &ids[..] else { panic!("{several:?}") };
    let told = bench.ok(&["explain", second]);
    let wanted = format!("  also at    Acme: How a queue became a log ({first})");
    assert!(told.lines().any(|line| line == wanted), "{told}");
    assert!(!bench.ok(&["explain", first]).contains("also at"));
    let json: serde_json::Value =
        serde_json::from_str(&bench.ok(&["explain", second, "--json"])).expect("JSON");
    assert_eq!(json["also_at"][0]["id"], first.as_str());
}

#[test]
fn status_is_no_failure_whatever_it_tells() {
    let bench = Bench::new(&["Alpha on disks"]);
    assert_eq!(bench.ok(&["status"]), "nothing is remembered yet; `tidings scan` begins\n");
    bench.ok(&["scan"]);
    std::fs::remove_file(bench.path("page.txt")).expect("stands");
    for _ in 0..3 {
        assert_eq!(bench.run(&["scan"]).code, 6);
    }
    let told = bench.ok(&["status"]);
    assert!(told.contains("failing") && told.contains("a: ") && told.contains("1 in trouble"), "{told}");
    let _daemon = bench.daemon();
    let status: serde_json::Value = serde_json::from_str(&bench.ok(&["status", "--json"])).expect("JSON");
    assert!(status["listings"][0]["next"].is_string(), "{status}");
    assert_eq!(status["trouble"], 1);
}

#[test]
fn init_writes_a_config_once_that_checks() {
    let bench = Bench::new(&[]);
    let args = ["--config", "fresh/tidings.toml", "init"];
    let init = |more: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_tidings"));
        command.current_dir(bench.path("")).args(args).args(more).output().expect("runs").status.code()
    };
    assert_eq!((init(&[]), init(&[]), init(&["--force"])), (Some(0), Some(7), Some(0)));
    let checked = std::process::Command::new(env!("CARGO_BIN_EXE_tidings"))
        .current_dir(bench.path(""))
        .args(["--config", "fresh/tidings.toml", "check"])
        .output()
        .expect("runs");
    assert!(checked.status.success());
}

#[test]
fn f038_reload_reads_the_config_first_and_leaves_the_daemon_running() {
    let bench = Bench::new(&["Alpha on disks"]);
    assert!(bench.ok(&["reload"]).starts_with("no daemon runs"));
    let daemon = bench.daemon();
    assert!(bench.ok(&["reload"]).starts_with("the daemon reads "));
    let good = std::fs::read_to_string(bench.path("tidings.toml")).expect("a config");
    std::fs::write(bench.path("tidings.toml"), "[site]\ntitel = 1\n").expect("a config");
    assert_eq!(bench.run(&["reload"]).code, 3, "a config with faults goes no further");
    std::fs::write(bench.path("tidings.toml"), good).expect("a config");
    bench.ok(&["feeds"]);
    daemon.stop();
}
