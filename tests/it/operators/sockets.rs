//! A command prints the same by the daemon's socket and on its own.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;

use super::bench::{Bench, Said};

/// Commands that change nothing.
const LOOKS: &[&[&str]] = &[
    &["feeds"],
    &["feeds", "--json"],
    &["articles"],
    &["articles", "--json", "--limit", "2"],
    &["articles", "--tag", "Kafka"],
    &["tags"],
    &["tags", "--json"],
    &["tags", "--unsure"],
    &["store", "check"],
    &["store", "check", "--json"],
    &["scan", "--dry-run"],
    &["scan", "nowhere"],
    &["status", "--json"],
    &["log"],
    &["log", "--json", "--limit", "2"],
    &["explain", "Beta"],
    &["explain", "Beta on tapes", "--json"],
    &["explain", " on "],
    &["explain", "nothing of the kind"],
    &["listing", "approve", "a"],
    &["listing", "pause", "nowhere"],
    &["articles", "hide", "nowhere"],
    &["scan", "--json"],
    &["scan"],
];

/// Runs the first of them, or all.
fn looks(bench: &Bench, count: usize) -> Vec<(&'static [&'static str], Said)> {
    let said = |args: &&'static [&'static str]| (*args, timeless(bench.run(args)));
    LOOKS.iter().take(count).map(said).collect()
}

fn assert_same(bench: &Bench, before: &[(&'static [&'static str], Said)], when: &str) {
    for ((args, now), (_, before)) in looks(bench, before.len()).iter().zip(before) {
        assert_eq!(now, before, "{args:?} {when}");
    }
}

/// How long a scan took is nobody's promise; when the next one is due, only a daemon knows.
fn timeless(mut said: Said) -> Said {
    if let Ok(mut status) = serde_json::from_str::<serde_json::Value>(&said.out)
        && let Some(listings) =
            status["listings"].as_array_mut().filter(|all| all.iter().all(|l| l.is_object()))
    {
        for listing in listings.iter_mut().filter(|listing| listing.get("scanned").is_some()) {
            (listing["next"], listing["scanned"]) = (serde_json::Value::Null, serde_json::Value::Null);
        }
        said.out = status.to_string();
    }
    if let Some(at) = said.out.find("\"duration_ms\":") {
        let digits = said.out[at + 14..].chars().take_while(char::is_ascii_digit).count();
        said.out.replace_range(at + 14..at + 14 + digits, "0");
    }
    said
}

#[test]
fn commands_print_the_same_with_a_daemon_without_and_after_a_killed_one() {
    let bench = Bench::new(&["Alpha on disks", "Beta on tapes", "Gamma on drums"]);
    let daemon = bench.daemon();
    let by_socket = looks(&bench, usize::MAX);
    for (args, said) in &by_socket {
        let is_nothing =
            ["nowhere", "nothing of the kind", " on ", "approve"].iter().any(|word| args.contains(word));
        assert_eq!(said.code, if is_nothing { 8 } else { 0 }, "{args:?}: {said:?}");
    }
    assert!(by_socket[2].1.out.contains("Beta on tapes"), "{:?}", by_socket[2]);
    daemon.stop();
    assert!(!bench.socket().exists(), "a daemon takes its socket away");
    assert_same(&bench, &by_socket, "without a daemon");
    bench.daemon().kill();
    assert!(bench.socket().exists(), "a killed one cannot");
    assert_same(&bench, &by_socket[..4], "after a killed daemon");
    let daemon = bench.daemon();
    assert_same(&bench, &by_socket[..4], "with the socket replaced");
    daemon.stop();
}

#[test]
fn socket_is_for_its_owner_alone() {
    let bench = Bench::new(&["Alpha on disks"]);
    let _daemon = bench.daemon();
    let mode = std::fs::metadata(bench.socket()).expect("stands").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn scan_by_the_socket_publishes_what_is_new() {
    let bench = Bench::new(&["Alpha on disks", "Beta on tapes"]);
    let _daemon = bench.daemon();
    bench.page(&["Gamma on drums", "Alpha on disks", "Beta on tapes"]);
    let out = bench.ok(&["scan", "a", "--json"]);
    let report: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(
        (report["status"].as_str(), report["new"][0]["title"].as_str()),
        (Some("changed"), Some("Gamma on drums"))
    );
    assert!(bench.published("feeds/all.atom").contains("Gamma on drums"));
}

#[test]
fn store_in_use_is_exit_4_when_its_holder_does_not_answer() {
    let bench = Bench::new(&["Alpha on disks"]);
    let daemon = bench.daemon();
    assert_eq!(bench.run(&["run"]).code, 4, "a second daemon");
    std::fs::remove_file(bench.socket()).expect("stands");
    assert_eq!(bench.run(&["store", "rebuild"]).code, 4);
    let alone = bench.run(&["feeds"]);
    assert_eq!(alone.code, 4, "{alone:?}");
    let _silent = UnixListener::bind(bench.socket()).expect("binds");
    let silent = bench.run(&["feeds"]);
    assert_eq!(silent.code, 4, "{silent:?}");
    assert!(silent.err.contains("two seconds") && silent.err.contains("hint: "), "{silent:?}");
    daemon.kill();
}

#[test]
fn looking_makes_no_store() {
    let bench = Bench::new(&["Alpha on disks"]);
    for args in [&["feeds"][..], &["articles", "--json"], &["scan", "--dry-run"]] {
        bench.ok(args);
        assert!(!bench.data().exists(), "{args:?}");
    }
    // A mistyped folder is no whole store.
    for args in [&["store", "check"][..], &["store", "rebuild"]] {
        assert_eq!(bench.run(args).code, 5, "{args:?}");
        assert!(!bench.data().exists(), "{args:?}");
    }
    assert_eq!(bench.run(&["scan", "nowhere"]).code, 8);
    assert!(!bench.data().exists());
    bench.ok(&["scan"]);
    assert_eq!(bench.run(&["articles", "--listing", "nowhere"]).code, 8);
}
