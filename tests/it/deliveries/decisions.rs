//! What operators decide about messages and targets.

use std::collections::BTreeSet;

use super::world::World;
use crate::support::{Inbox, Reply, SECRET};

#[test]
fn a_message_that_is_refused_for_good_is_kept_and_can_be_sent_again_or_dropped() {
    let receiver = Inbox::answering(|_| Reply::Status(413, ""));
    let mut world = World::new(1, &receiver.target("team", "burst = false"));
    world.add(0, 2);
    world.home.expect(0, &["scan"]);
    world.home.expect(0, &["scan"]);
    assert_eq!(receiver.all().len(), 2, "what is given up is not tried again by itself");
    let dead = world.deliveries(&["--state", "dead"]);
    assert_eq!(dead.len(), 2);
    assert!(dead[0]["trouble"].as_str().unwrap().contains("413"));
    receiver.answer(|_| Reply::Status(200, ""));
    let (one, other) = (dead[0]["id"].as_str().unwrap(), dead[1]["id"].as_str().unwrap());
    world.home.expect(0, &["deliveries", "retry", &one[..8]]);
    world.home.expect(0, &["deliveries", "drop", other]);
    let all = receiver.all();
    assert_eq!(all.len(), 3);
    assert_eq!(all[2].id, one);
    let shown = world.home.expect(0, &["deliveries", "show", one]);
    let shown = &shown[shown.find("{\n").unwrap()..];
    let squeezed: String = shown.lines().map(|line| line.trim_start().replacen("\": ", "\":", 1)).collect();
    assert_eq!(squeezed.as_bytes(), all[2].bytes, "what is shown is what is sent, in its order");
    let shown = world.home.expect(0, &["deliveries", "show", "--json", one]);
    assert!(shown.as_bytes().windows(all[2].bytes.len()).any(|part| part == all[2].bytes));
    let left = world.deliveries(&[]);
    assert_eq!(left.len(), 1, "a dropped one is forgotten");
    assert_eq!(left[0]["state"], "delivered");
    world.home.expect(8, &["deliveries", "retry", other]);
    world.home.expect(8, &["deliveries", "retry", "--target", "nobody"]);
    world.home.expect(2, &["deliveries", "retry"]);
}

#[test]
fn what_was_delivered_can_be_sent_once_more() {
    let receiver = Inbox::new();
    let mut world = World::new(1, &receiver.target("team", "burst = false"));
    world.add(0, 3);
    world.home.expect(0, &["scan"]);
    let before: Vec<String> = receiver.all().into_iter().map(|one| one.id).collect();
    let future = world.home.expect(0, &["deliveries", "replay", "--since", "2100-01-01"]);
    assert!(future.contains("no message was delivered since then"), "{future}");
    world.home.expect(0, &["deliveries", "replay", "--since", "1h", "--target", "team"]);
    let mut again: Vec<String> = receiver.all().into_iter().skip(3).map(|one| one.id).collect();
    again.sort();
    let mut before = before;
    before.sort();
    assert_eq!(before, again);
}

#[test]
fn what_is_sent_once_more_keeps_its_id_where_it_would_have_become_a_summary() {
    let receiver = Inbox::new();
    let mut world = World::new(1, &receiver.target("team", "burst = 2"));
    for _ in 0..3 {
        world.add(0, 1);
        world.home.expect(0, &["scan"]);
    }
    let ids = |from: usize| -> BTreeSet<String> {
        receiver.all().into_iter().skip(from).map(|one| one.id).collect()
    };
    let before = ids(0);
    world.home.expect(0, &["target", "disable", "team"]);
    let said = world.home.expect(0, &["deliveries", "replay", "--since", "1h"]);
    assert!(said.contains("3 messages") && said.contains("team is disabled; they wait"), "{said}");
    assert!(world.deliveries(&["--state", "waiting"]).iter().all(|waiting| waiting["next"].is_null()));
    assert_eq!(receiver.all().len(), 3);
    world.home.expect(0, &["target", "enable", "team"]);
    assert_eq!((ids(3), receiver.all().len()), (before, 6));
}

#[test]
fn f123_a_receiver_that_is_gone_is_left_alone_until_it_is_enabled() {
    let receiver = Inbox::answering(|_| Reply::Status(410, ""));
    let mut world = World::new(1, &receiver.target("team", "burst = false"));
    world.add(0, 1);
    world.home.expect(0, &["scan"]);
    world.add(0, 2);
    world.home.expect(0, &["scan"]);
    assert_eq!(receiver.all().len(), 1);
    assert!(world.home.expect(0, &["status"]).contains("410"));
    assert_eq!(world.deliveries(&["--state", "waiting"]).len(), 2);
    receiver.answer(|_| Reply::Status(200, ""));
    world.home.expect(0, &["target", "enable", "team"]);
    assert_eq!(receiver.all().len(), 3, "what waited is sent");
    world.home.expect(0, &["deliveries", "retry", "--target", "team"]);
    assert_eq!(receiver.all().len(), 4, "what was given up is sent when it is asked for");
    world.home.expect(0, &["target", "disable", "team"]);
    world.add(0, 1);
    world.home.expect(0, &["scan"]);
    assert_eq!(receiver.all().len(), 4);
}

#[test]
fn a_target_that_leaves_the_config_is_sent_what_waits_when_it_comes_back() {
    let receiver = Inbox::answering(|_| Reply::Status(503, "retry-after: 3600\r\n"));
    let target = receiver.target("team", "burst = false");
    let mut world = World::new(1, &target);
    let first = world.add(0, 1);
    world.home.expect(0, &["scan"]);
    world.target("");
    world.add(0, 1);
    world.home.expect(0, &["scan"]);
    world.target(&target);
    receiver.answer(|_| Reply::Status(200, ""));
    world.home.expect(0, &["scan"]);
    assert_eq!(receiver.all().len(), 1, "its next try is not due yet");
    world.home.expect(0, &["deliveries", "retry", "--all", "--state", "waiting"]);
    let third = world.add(0, 1);
    world.home.expect(0, &["scan"]);
    let told: Vec<String> = receiver.told().into_keys().collect();
    let mut expected = [first, third].concat();
    expected.sort();
    assert_eq!(told, expected, "nothing is owed of the time between");
}

#[test]
fn f132_no_secret_is_in_any_output() {
    let receiver = Inbox::answering(|_| Reply::Status(500, ""));
    let mut world = World::new(1, "");
    let hidden = "xoxb-hidden-path";
    std::fs::write(world.home.path("url"), receiver.url(hidden)).unwrap();
    std::fs::write(world.home.path("key"), format!("{SECRET}\n")).unwrap();
    world.target(
        "[[target]]\nid = \"team\"\nurl = { file = \"url\" }\nsecret = { file = \"key\" }\nallow_private = true\n",
    );
    world.add(0, 1);
    let commands: [&[&str]; 9] = [
        &["-vvv", "scan"],
        &["-vvv", "--log-format", "json", "scan", "--json"],
        &["check"],
        &["check", "--json"],
        &["status"],
        &["deliveries"],
        &["deliveries", "--json"],
        &["log"],
        &["log", "--json"],
    ];
    for arguments in commands {
        let output = world.home.run(arguments);
        for text in [output.stdout, output.stderr] {
            let text = String::from_utf8_lossy(&text).into_owned();
            assert!(!text.contains(hidden), "{arguments:?}: {text}");
            assert!(!text.contains(&SECRET[6..20]), "{arguments:?}: {text}");
        }
    }
    for (name, bytes) in crate::program::tree(&world.home.path("var")) {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        assert!(!text.contains(hidden) && !text.contains(&SECRET[6..20]), "{name}");
    }
    assert!(!receiver.all().is_empty());
}

#[test]
fn a_target_that_cannot_be_had_is_said_at_once() {
    let mut world = World::new(1, "");
    world.target(
        "[[target]]\nid = \"team\"\nurl = { env = \"NO_SUCH_URL\" }\nsecret = { env = \"NO_SUCH_KEY\" }\n",
    );
    let output = world.home.run(&["run", "--listen", "false"]);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(3), "{text}");
    assert!(text.contains("NO_SUCH_URL") && text.contains("NO_SUCH_KEY"), "all at once: {text}");
    // A scan alone still reads; what is owed waits for somebody who knows the address.
    world.add(0, 1);
    let output = world.home.run(&["scan"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&output.stderr).contains("NO_SUCH_URL"));
    assert_eq!(world.deliveries(&["--state", "waiting"]).len(), 1);
    // Commands that send nothing need no secrets.
    world.home.expect(0, &["status"]);
}
