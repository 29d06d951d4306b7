//! What becomes of articles that are known, and of readings that are held, as receivers get it.

use rustix::process::Signal;
use serde_json::{Value, json};

use super::world::World;
use crate::child::start;
use crate::program::{Entry, json_lines};
use crate::support::{Inbox, Received};

const TARGET: &str =
    "changes = [\"new\", \"updated\", \"removed\", \"returned\"]\nheld = true\nburst = false";

fn types(received: &[Received]) -> Vec<&str> {
    received.iter().filter_map(|one| one.body["type"].as_str()).collect()
}

#[test]
fn what_becomes_of_an_article_is_told_by_the_service_and_explained() {
    let (receiver, plain) = (Inbox::new(), Inbox::new());
    let targets = [receiver.target("team", TARGET), plain.target("plain", "burst = false")].concat();
    let mut world = World::new(1, &targets);
    let mut running = start(&world.home, &["run", "--listen", "127.0.0.1:0"], None);
    assert!(!running.wait_until("next look at"));
    let scan = |world: &World| world.home.expect(0, &["scan"]);

    let mut entry: Option<Entry> = None;
    world.edit(0, |entries| {
        entries[1].summary = "The story was written anew.".to_owned();
        entry = Some(entries[1].clone());
    });
    let all = receiver.until(|all| all.len() == 1);
    assert_eq!(types(&all), ["article.updated"]);
    let data = &all[0].body["data"];
    assert_eq!(
        (&data["fields"], &data["article"]["summary"]),
        (&json!(["summary"]), &json!("The story was written anew."))
    );
    assert!(data["was"]["summary"].as_str().unwrap().contains("version 1"));
    let id = data["article"]["id"].as_str().unwrap().to_owned();

    world.edit(0, |entries| drop(entries.remove(1)));
    receiver.until(|all| {
        // It counts as removed once two scans missed it.
        scan(&world);
        all.len() == 2
    });
    world.edit(0, |entries| {
        entries.insert(0, Entry::numbered(50));
        entries.insert(2, entry.take().unwrap());
    });
    let all = receiver.until(|all| all.len() == 4);
    // The last two were on their way at once.
    let mut rest = types(&all)[1..].to_vec();
    rest[1..].sort_unstable();
    assert_eq!(rest, ["article.removed", "article.new", "article.returned"]);
    let of_it = all.iter().filter(|one| one.body["data"]["article"]["id"] == id.as_str());
    assert_eq!(of_it.count(), 3);

    world.edit(0, |entries| entries.extend((100..200).map(Entry::numbered)));
    let all = receiver.until(|all| all.len() == 5);
    let data = &all[4].body["data"];
    assert_eq!((&data["to"], &data["held"]["count"]), (&json!("quarantined"), &json!(100)));
    assert_eq!(data["held"]["titles"][0], Entry::numbered(100).title);
    world.home.expect(0, &["listing", "reject", "page-0"]);
    let all = receiver.until(|all| all.len() == 6);
    assert_eq!((&all[5].body["type"], &all[5].body["data"]["to"]), (&json!("listing.health"), &json!("odd")));
    assert_eq!(types(&plain.all()), ["article.new"], "who did not ask is told of new articles alone");

    let told = world.home.expect(0, &["explain", &id]);
    for what in ["updated", "removed", "returned"] {
        assert!(told.contains(&format!("a message that it was {what} is owed to team")), "{told}");
    }
    let log = world.home.expect(0, &["log", "--limit", "100"]);
    assert!(log.contains("page-0: scan: 1 updated, 1 message owed"), "{log}");
    running.signal(Signal::TERM);
    assert_eq!(running.end().code(), Some(0));
    let mut names: Vec<Value> =
        world.deliveries(&["--target", "team"]).iter().map(|one| one["message"].clone()).collect();
    names.reverse();
    assert_eq!(names, ["updated", "removed", "new", "returned", "health", "health"]);
}

#[test]
fn f126_changes_count_towards_a_burst_and_its_summary_says_how_many_are_which() {
    let receiver = Inbox::new();
    let target = receiver.target("team", "changes = [\"new\", \"updated\"]\nburst = 2");
    let mut world = World::new(1, &target);
    world.edit(0, |entries| {
        for entry in entries.iter_mut() {
            entry.summary.push_str(" And more.");
        }
        entries.insert(0, Entry::numbered(50));
    });
    world.home.expect(0, &["scan"]);
    let all = receiver.all();
    assert_eq!(types(&all), ["articles.summary"]);
    let data = &all[0].body["data"];
    assert_eq!(data["counts"], json!({"new": 1, "updated": 3, "removed": 0, "returned": 0}));
    assert_eq!((&data["count"], data["articles"].as_array().map(Vec::len)), (&json!(4), Some(1)));
    assert_eq!(data["changed"].as_array().map(Vec::len), Some(3));
    assert_eq!(
        (&data["changed"][0]["what"], &data["changed"][0]["fields"]),
        (&json!("updated"), &json!(["summary"]))
    );
}

#[test]
fn previews_and_checks_show_what_a_target_is_told_of() {
    let receiver = Inbox::new();
    let target = receiver.target("team", &format!("{TARGET}\nwhen = {{ regex = 'queue|lake' }}"));
    let world = World::new(1, &target);
    for (message, kind) in [
        ("updated", "article.updated"),
        ("removed", "article.removed"),
        ("returned", "article.returned"),
        ("held", "listing.health"),
    ] {
        let shown = world.home.expect(0, &["deliveries", "preview", "team", "--message", message, "--json"]);
        let shown = json_lines(&shown).remove(0);
        assert!(shown["sent"].as_str().unwrap().contains(kind), "{shown}");
    }
    let shown = world.home.expect(0, &["check"]);
    assert!(shown.contains("articles  fitting /queue|lake/"), "{shown}");
    assert!(shown.contains("changes   new, updated, removed, returned"), "{shown}");
    assert!(shown.contains("held      readings of all listings"), "{shown}");
    assert!(receiver.all().is_empty());
}
