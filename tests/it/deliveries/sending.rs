//! When messages are sent: digests that kills cannot move, quiet hours, a target that is gone, and what operators see.

use std::time::Duration;

use super::world::World;
use crate::child::start;
use crate::program::json_lines;
use crate::support::{Inbox, Reply};

const RUN: &[&str] = &["run", "--listen", "127.0.0.1:0"];

/// Seconds that the digest gathers: longer than the processes of the test need.
const GATHERS: i64 = 25;

#[test]
fn f124_a_digest_survives_kills_in_the_middle_of_its_time_and_is_told_under_one_id() {
    let receiver = Inbox::answering(|n| match n {
        0 => Reply::Slow(Duration::from_secs(20)),
        _ => Reply::Status(200, ""),
    });
    let mut world = World::new(1, &receiver.target("team", &format!("digest = \"{GATHERS}s\"")));
    let mut ends = Vec::new();
    for round in 1..=2 {
        let mut running = start(&world.home, RUN, None);
        assert!(!running.wait_until("next look at"));
        world.add(0, 2);
        let waiting = || world.deliveries(&["--state", "waiting"]);
        receiver.until(|_| waiting().len() == 2 * round);
        ends.extend(waiting().into_iter().map(|one| one["next"].as_str().unwrap().to_owned()));
        running.kill();
    }
    ends.dedup();
    assert_eq!(ends.len(), 1, "no restart moves it: {ends:?}");
    assert!(world.home.expect(0, &["status"]).contains(&ends[0]));
    // Killed once more while the digest is sent.
    let running = start(&world.home, RUN, None);
    receiver.until(|all| all.len() == 1);
    running.kill();
    let _running = start(&world.home, RUN, None);
    let all = receiver.until(|all| all.len() == 2);
    for one in &all {
        assert_eq!((&one.body["type"], &one.body["data"]["count"]), (&"articles.summary".into(), &4.into()));
        assert!(one.body["timestamp"].as_str().unwrap() >= ends[0].as_str());
    }
    assert_eq!((&all[0].id, &all[0].bytes), (&all[1].id, &all[1].bytes));
    receiver.until(|_| world.deliveries(&["--state", "delivered"]).len() == 1);
    assert_eq!(world.deliveries(&[]).len(), 1, "and nothing is told alone");
}

#[test]
fn quiet_hours_hold_everything_and_show_their_end() {
    let receiver = Inbox::new();
    let minute = tidings::daemon::clock().unix() / 60;
    let of_day = |minute: i64| format!("{:02}:{:02}", minute % 1_440 / 60, minute % 60);
    let quiet = format!(
        "quiet = {{ from = \"{}\", until = \"{}\", zone = \"UTC\" }}",
        of_day(minute - 60),
        of_day(minute + 120)
    );
    let mut world = World::new(1, &receiver.target("team", &quiet));
    world.add(0, 2);
    world.home.expect(0, &["scan"]);
    world.home.expect(0, &["scan"]);
    assert!(receiver.all().is_empty());
    let end = format!("T{}:00Z", of_day(minute + 120));
    for one in world.deliveries(&[]) {
        assert!(one["next"].as_str().unwrap().ends_with(&end), "{one}");
    }
    assert!(world.home.expect(0, &["status"]).contains(&end));
    let checked = world.home.expect(0, &["check"]);
    assert!(checked.contains("quiet") && checked.contains(&end), "{checked}");
    world.target(&receiver.target("team", ""));
    world.home.expect(0, &["scan"]);
    assert_eq!(receiver.all().len(), 2);
}

#[test]
fn f123_a_target_that_is_gone_is_said_to_another_one() {
    let (gone, other) = (Inbox::answering(|_| Reply::Status(410, "")), Inbox::new());
    let targets = [gone.target("gone", ""), other.target("other", "when = false\nhealth = true")].concat();
    let mut world = World::new(1, &targets);
    let mut running = start(&world.home, RUN, None);
    assert!(!running.wait_until("next look at"));
    world.add(0, 1);
    let all = other.until(|all| !all.is_empty());
    assert_eq!(all[0].body["type"], "target.disabled");
    let data = &all[0].body["data"];
    assert_eq!((&data["target"], &data["enable"]), (&"gone".into(), &"tidings target enable gone".into()));
    assert!(data["reason"].as_str().unwrap().contains("410"));
    let log = world.home.expect(0, &["log"]);
    assert!(log.contains("nothing more is sent to gone"), "{log}");
}

#[test]
fn operators_choose_by_time_see_before_they_drop_and_see_what_a_chat_is_sent() {
    let receiver = Inbox::answering(|_| Reply::Status(500, ""));
    let chat = format!(
        "\n[[target]]\nid = \"chat\"\nkind = \"mattermost\"\nurl = \"{}\"\nallow_private = true\n",
        receiver.url("hooks/hidden-place")
    );
    let mut world = World::new(1, &chat);
    let titles = world.add(0, 3);
    world.home.expect(0, &["scan"]);
    assert_eq!(world.deliveries(&["--since", "1h"]).len(), 3);
    assert_eq!(world.deliveries(&["--since", "2100-01-01"]).len(), 0);
    let id = world.deliveries(&[])[0]["id"].as_str().unwrap().to_owned();
    let shown = world.home.expect(0, &["deliveries", "show", &id]);
    assert!(shown.contains("POST http://127.0.0.1"), "{shown}");
    assert!(titles.iter().any(|title| shown.contains(title)) && !shown.contains("hidden-place"), "{shown}");
    let shown = json_lines(&world.home.expect(0, &["deliveries", "show", "--json", &id]));
    assert_eq!(shown[0]["body"]["type"], "article.new");
    let waiting = ["--since", "1h", "--state", "waiting"];
    let said = world.home.expect(0, &[&["deliveries", "drop", "--dry-run"], &waiting[..]].concat());
    assert!(said.contains("3 messages: would be forgotten"), "{said}");
    let none = world.home.expect(0, &["deliveries", "drop", "--since", "2100-01-01", "--state", "waiting"]);
    assert!(none.contains("no message is waiting since then"), "{none}");
    assert_eq!(world.deliveries(&[]).len(), 3);
    let running = start(&world.home, RUN, None);
    receiver.until(|_| world.home.path("var/tidings.sock").exists());
    let said = json_lines(&world.home.expect(0, &[&["deliveries", "drop", "--json"], &waiting[..]].concat()));
    assert_eq!((&said[0]["decision"], said[0]["deliveries"].as_array().unwrap().len()), (&"drop".into(), 3));
    assert!(world.deliveries(&[]).is_empty());
    running.kill();
}
