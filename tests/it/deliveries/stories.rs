//! What a receiver gets, and when.

use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::Value;

use super::world::World;
use crate::child::start;
use crate::support::{Inbox, Received, Reply};

const RUN: &[&str] = &["run", "--listen", "127.0.0.1:0"];

fn titles(received: &[Received]) -> Vec<&str> {
    received.iter().filter_map(|one| one.body["data"]["article"]["title"].as_str()).collect()
}

#[test]
fn a_new_article_is_told_once_and_a_first_look_is_told_to_nobody() {
    let receiver = Inbox::new();
    let mut world = World::new(2, &receiver.target("team", ""));
    assert!(receiver.all().is_empty(), "a baseline was told");
    let new = world.add(0, 1);
    for _ in 0..3 {
        world.home.expect(0, &["scan"]);
    }
    let all = receiver.all();
    assert_eq!(titles(&all), new);
    let body = &all[0].body;
    assert_eq!(body["type"], "article.new");
    assert_eq!(body["data"]["listing"]["id"], "page-0");
    let id = body["data"]["article"]["id"].as_str().unwrap();
    assert_eq!(body["data"]["article"]["url"], format!("http://news.example/articles/{id}.html"));
    let delivered = world.deliveries(&[]);
    assert_eq!(delivered.len(), 1);
    assert_eq!(delivered[0]["id"], all[0].id.as_str());
    assert_eq!(delivered[0]["state"], "delivered");
    assert!(world.home.expect(0, &["explain", id]).contains("team"), "explain says whom it was told to");
}

#[test]
fn the_service_tells_of_a_changed_page_and_goes_on_after_a_failure() {
    let receiver = Inbox::answering(|n| if n == 0 { Reply::Cut } else { Reply::Status(200, "") });
    let mut world = World::new(2, &receiver.target("team", "burst = false"));
    let mut running = start(&world.home, RUN, None);
    assert!(!running.wait_until("next look at"));
    let new = world.add(1, 3);
    let all = receiver.until(|all| all.len() == 3);
    assert_eq!(all.iter().filter(|one| one.taken).count(), 2);
    // A message arrives before it is remembered that it did.
    let waiting = || world.deliveries(&["--state", "waiting"]);
    receiver.until(|_| waiting().iter().map(|one| &one["tries"]).eq([1].iter()));
    // The one that failed waits five seconds; an operator does not.
    let waiting = waiting();
    assert!(waiting[0]["trouble"].as_str().unwrap().len() > 5);
    world.home.expect(0, &["deliveries", "retry", "--all", "--state", "waiting"]);
    let all = receiver.until(|all| all.iter().filter(|one| one.taken).count() == 3);
    assert_eq!(all[0].bytes, all[3].bytes, "a retry says the same");
    assert_eq!(all[0].id, all[3].id);
    assert_eq!(receiver.told().into_keys().collect::<Vec<_>>(), {
        let mut new = new;
        new.sort();
        new
    });
    running.signal(Signal::TERM);
    assert_eq!(running.end().code(), Some(0));
}

#[test]
fn a_target_is_told_what_it_asks_for() {
    let (late, mysql, other, health) = (Inbox::new(), Inbox::new(), Inbox::new(), Inbox::new());
    let targets = [
        late.target("no-late", "late = false\nburst = false"),
        mysql.target("mysql", "when = { tags = [\"MySQL\"] }\nburst = false"),
        other.target("other", "when = { listings = [\"page-1\"] }\nburst = false"),
        health.target("health", "health = true\nwhen = { listings = [\"page-none*\"] }"),
    ];
    let mut world = World::new(2, &targets.concat());
    let new = world.add(0, 4);
    world.home.expect(0, &["scan"]);
    assert_eq!(late.all().len(), 4);
    assert!(other.all().is_empty());
    let told = mysql.all();
    assert!(!told.is_empty() && told.len() < 4, "{}", told.len());
    for one in &told {
        let tags = one.body["data"]["article"]["tags"].as_array().unwrap();
        assert!(tags.contains(&Value::from("MySQL")), "{tags:?}");
    }
    assert!(titles(&told).iter().all(|title| new.iter().any(|new| new == title)));
    std::fs::remove_file(world.home.path("pages/page-1")).unwrap();
    for _ in 0..4 {
        world.home.expect(6, &["scan"]);
    }
    let said = health.all();
    assert_eq!(said.len(), 1, "trouble that lasts is said once");
    assert_eq!(said[0].body["type"], "listing.health");
    assert_eq!(said[0].body["data"]["to"], "failing");
    world.add(1, 0);
    world.home.expect(0, &["scan"]);
    assert_eq!(health.all()[1].body["data"]["to"], "ok");
    assert_eq!(late.all().len(), 4);
}

#[test]
fn f126_what_comes_at_once_becomes_one_summary() {
    let receiver = Inbox::new();
    let mut world = World::new(2, &receiver.target("team", "burst = 20"));
    world.add(0, 20);
    world.home.expect(0, &["scan"]);
    assert_eq!(titles(&receiver.all()).len(), 20, "as many as the burst are told one by one");
    world.add(0, 45);
    world.home.expect(0, &["scan"]);
    let all = receiver.all();
    assert_eq!(all.len(), 21);
    assert_eq!(all[20].body["type"], "articles.summary");
    assert_eq!(all[20].body["data"]["count"], 45);
    assert!(all[20].bytes.len() < 20_000);
    // More than history allows is held, and approved it is one message, whatever the burst.
    world.add(1, 5_000);
    world.home.expect(6, &["scan"]);
    assert_eq!(receiver.all().len(), 21, "what is held is told to nobody");
    world.home.expect(0, &["listing", "approve", "page-1"]);
    let all = receiver.all();
    assert_eq!(all.len(), 22);
    assert_eq!(all[21].body["data"]["count"], 5_000);
    assert_eq!(all[21].body["data"]["approved"], true);
    assert!(all[21].bytes.len() < 20_000);
}

#[test]
fn f124_killed_after_sending_it_is_sent_again_with_the_same_id() {
    let receiver = Inbox::new();
    let mut world = World::new(1, &receiver.target("team", ""));
    let new = world.add(0, 1);
    let ended = start(&world.home, &["scan"], Some("drain.after-try")).end();
    assert!(ended.is_killed());
    world.home.expect(0, &["scan"]);
    world.home.expect(0, &["scan"]);
    let all = receiver.all();
    assert_eq!(titles(&all), [&new[..], &new[..]].concat());
    assert_eq!(all[0].id, all[1].id);
    assert_eq!(all[0].bytes, all[1].bytes);
}

#[test]
fn f133_a_receiver_that_does_not_answer_keeps_nobody_from_stopping() {
    let receiver = Inbox::answering(|_| Reply::Slow(Duration::from_secs(14)));
    let mut world = World::new(1, &receiver.target("team", ""));
    let mut running = start(&world.home, RUN, None);
    assert!(!running.wait_until("next look at"));
    world.add(0, 1);
    receiver.until(|all| all.len() == 1);
    let told = Instant::now();
    running.signal(Signal::TERM);
    assert_eq!(running.end().code(), Some(0));
    assert!(told.elapsed() < Duration::from_secs(10));
    receiver.answer(|_| Reply::Status(204, ""));
    world.home.expect(0, &["scan"]);
    let all = receiver.all();
    assert_eq!((all.len(), &all[0].id), (2, &all[1].id));
}

#[test]
fn a_reload_begins_and_ends_sending() {
    let (first, second) = (Inbox::new(), Inbox::new());
    let mut world = World::new(1, &first.target("first", ""));
    let mut running = start(&world.home, RUN, None);
    assert!(!running.wait_until("next look at"));
    world.target(&second.target("second", ""));
    world.home.expect(0, &["reload"]);
    // The answer comes when the config is asked for; it is in use when the listing is looked at by it.
    let begun = Instant::now();
    let taken = || world.home.expect(0, &["status", "--json"]).contains("\"second\"");
    while !taken() {
        assert!(begun.elapsed() < Duration::from_secs(20));
    }
    let new = world.add(0, 1);
    assert_eq!(titles(&second.until(|all| all.len() == 1)), new);
    assert!(first.all().is_empty());
    running.signal(Signal::TERM);
    assert_eq!(running.end().code(), Some(0));
}
