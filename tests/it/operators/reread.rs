//! `tidings listing reread`: what other rules would make of the pages kept last.

use serde_json::Value;

use super::bench::{Bench, Said};

/// Has the config say this of the listing, too.
fn configure(bench: &Bench, more: &str) {
    let path = bench.path("tidings.toml");
    let config = std::fs::read_to_string(&path).expect("a config");
    let base = config.split("# more\n").next().expect("a beginning").to_owned();
    std::fs::write(path, format!("{base}# more\n{more}\n")).expect("a config");
}

fn json(said: &Said) -> Value {
    assert_eq!(said.code, 0, "{said:?}");
    serde_json::from_str(&said.out).expect("one JSON object")
}

fn journal(bench: &Bench) -> Vec<u8> {
    std::fs::read(bench.data().join("journal/0001.jsonl")).expect("a journal")
}

const LONG: &str = "Beta on queues and on all that stands in them for longer than anybody would care to wait";

#[test]
fn reread_shows_what_the_config_as_it_is_now_would_correct_and_changes_nothing() {
    let bench = Bench::new(&["Alpha on disks", LONG]);
    bench.ok(&["scan"]);
    let daemon = bench.daemon();
    let before = journal(&bench);
    assert!(
        bench
            .ok(&["listing", "reread", "a"])
            .ends_with("2 articles on 1 page, as kept last: nothing would change\n")
    );
    configure(&bench, "max_line_bytes = 40");
    // The page is another one by now; what was kept is looked at.
    bench.page(&["Alpha on disks", LONG, "Gamma on locks"]);
    let by_daemon = bench.run(&["listing", "reread", "a", "--json"]);
    let told = json(&by_daemon);
    let id = bench.id_of("Beta");
    assert_eq!(
        (&told["corrected"][0]["id"], &told["corrected"][0]["fields"][0]),
        (&id.into(), &"title".into())
    );
    let change = &told["corrected"][0]["changes"][0];
    assert_eq!(change["from"], LONG);
    assert!(change["to"].as_str().expect("text").len() <= 44, "{change}");
    assert_eq!(told["keys"][0]["gains"][0], "source+date+title", "a title that is cut makes another key");
    for empty in ["appear", "vanish"] {
        assert_eq!(told[empty], Value::Array(vec![]), "{empty}");
    }
    let people = bench.ok(&["listing", "reread", "a"]);
    assert!(people.contains("1 would be corrected") && people.contains("title from “Beta"), "{people}");
    daemon.stop();
    let after = journal(&bench);
    assert!(after.starts_with(&before));
    let alone = bench.run(&["listing", "reread", "a", "--json"]);
    assert_eq!(json(&alone)["corrected"], told["corrected"]);
    assert_eq!(journal(&bench), after, "nothing is written");
}

#[test]
fn reread_shows_what_would_vanish_and_what_cannot_be_read_at_all() {
    let bench = Bench::new(&["Alpha on disks", "Beta on queues", "Gamma on locks"]);
    bench.ok(&["scan"]);
    configure(&bench, "max_entries = 2");
    let told = json(&bench.run(&["listing", "reread", "a", "--json"]));
    assert_eq!((told["articles"].as_u64(), &told["vanish"][0]["title"]), (Some(2), &"Gamma on locks".into()));
    configure(&bench, "max_page_bytes = 10");
    let said = bench.run(&["listing", "reread", "a"]);
    assert_eq!(said.code, 6, "{said:?}");
    assert!(said.out.contains("nothing could be read by these rules: the page has"), "{said:?}");
    configure(&bench, "identity = [\"link\"]");
    assert!(
        bench.ok(&["listing", "reread", "a"]).ends_with("nothing would change\n"),
        "an entry always has a key"
    );
    configure(&bench, "max_entries = 0");
    assert_eq!(bench.run(&["listing", "reread", "a"]).code, 3, "a faulty config");
}

#[test]
fn reread_of_what_is_not_there_says_so() {
    let bench = Bench::new(&["Alpha on disks"]);
    assert!(bench.ok(&["listing", "reread", "a"]).starts_with("nothing is remembered yet"));
    bench.ok(&["scan"]);
    assert_eq!(bench.run(&["listing", "reread", "b"]).code, 8);
    std::fs::remove_dir_all(bench.data().join("snapshots")).expect("stands");
    let said = bench.run(&["listing", "reread", "a"]);
    assert_eq!(said.code, 8);
    assert!(said.err.contains("no pages of `a` are kept") && said.err.contains("tidings scan a"), "{said:?}");
}

#[test]
fn reread_of_a_listing_that_the_daemon_does_not_know_yet_says_so() {
    let bench = Bench::new(&["Alpha on disks"]);
    bench.ok(&["scan"]);
    let daemon = bench.daemon();
    configure(&bench, "[[listing]]\nid = \"b\"\nfiles = [\"page.txt\"]");
    let said = bench.run(&["listing", "reread", "b"]);
    assert_eq!(said.code, 8, "{said:?}");
    assert!(said.err.contains("nothing is remembered of `b` yet"), "{said:?}");
    daemon.stop();
}
