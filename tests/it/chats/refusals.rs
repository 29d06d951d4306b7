//! What services say instead of yes, and what becomes of it.

use serde_json::Value;

use super::service::{KINDS, Mood, Service};
use super::world::World;

/// Does this for every kind, some at once.
fn each(test: fn(&'static str)) {
    for some in KINDS.chunks(4) {
        std::thread::scope(|scope| {
            let all: Vec<_> = some.iter().map(|kind| scope.spawn(|| test(kind))).collect();
            all.into_iter().for_each(|one| one.join().unwrap());
        });
    }
}

fn seconds(delivery: &Value) -> i64 {
    let time = |key: &str| chrono::DateTime::parse_from_rfc3339(delivery[key].as_str().unwrap()).unwrap();
    (time("next") - time("changed")).num_seconds()
}

#[test]
fn f129_what_means_no_is_no_whatever_its_status() {
    each(|kind| {
        let service = Service::new(kind);
        let world = World::of(&service, "");
        service.next([Mood::No]);
        let output = world.home.run(&["target", "test", "team"]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(6), "{kind}: {said}");
        assert!(said.contains("refused by the test"), "{kind}: {said}");
        // A page of somebody else's, in the way.
        if kind != "discord" && kind != "teams" {
            service.next([Mood::Say("200 OK", "<html>Please log in</html>")]);
            let output = world.home.run(&["target", "test", "team"]);
            assert_eq!(output.status.code(), Some(6), "{kind}: {output:?}");
        }
        let json = world.home.expect(0, &["target", "test", "team", "--json"]);
        let json: Value = serde_json::from_str(&json).unwrap();
        assert_eq!((&json["taken"], &json["kind"]), (&true.into(), &kind.into()));
    });
}

#[test]
fn f123_who_asks_to_be_left_alone_is_and_gets_all_messages_later() {
    each(|kind| {
        let service = Service::new(kind);
        let mut world = World::of(&service, "");
        service.next([Mood::Busy(120)]);
        world.add("The first of two that came at a bad time");
        world.add("The second of two that came at a bad time");
        let deliveries = world.scan();
        assert_eq!(service.asked(), 1, "{kind}: nothing more is sent to who wants no more");
        let tried: Vec<&Value> = deliveries.iter().filter(|one| one["tries"] == 1).collect();
        assert_eq!(tried.len(), 1, "{kind}: {deliveries:#?}");
        let least = match kind {
            "feishu" | "wecom" => 60,
            "dingtalk" => 600,
            _ => 119,
        };
        assert!((least..least + 30).contains(&seconds(tried[0])), "{kind}: {deliveries:#?}");
        assert_eq!(deliveries.iter().filter(|one| one["state"] == "waiting").count(), 2, "{kind}");
    });
}

#[test]
fn f123_a_hook_that_is_no_more_disables_its_target_and_keeps_what_waits() {
    each(|kind| {
        let service = Service::new(kind);
        let mut world = World::of(&service, "burst = false");
        service.next([Mood::Gone]);
        world.add("The first of two for a chat that is no more");
        world.add("The second of two for a chat that is no more");
        world.scan();
        let status: Value =
            serde_json::from_str(&world.home.expect(0, &["status", "--json"])).unwrap_or_default();
        let before = service.asked();
        world.scan();
        assert_eq!(service.asked(), before, "{kind}: {status}");
        world.home.expect(0, &["target", "enable", "team"]);
        world.home.expect(0, &["deliveries", "retry", "--target", "team"]);
        assert!(!service.taken().is_empty(), "{kind}");
    });
}

#[test]
fn f125_a_refused_message_is_tried_again_and_kept_when_it_is_dead() {
    let service = Service::new("slack");
    let mut world = World::of(&service, "");
    service.next([Mood::Say("413 x", "too large")]);
    world.add("One that is refused for good by its size");
    let deliveries = world.scan();
    assert_eq!(deliveries[0]["state"], "dead");
    world.home.expect(0, &["deliveries", "retry", "--target", "team"]);
    assert_eq!(service.taken().len(), 1);
}

#[test]
fn addresses_of_chats_are_held_to_the_same_rules() {
    for kind in KINDS {
        let service = Service::new(kind);
        let target = service.target("").replace("allow_private = true\n", "");
        let world = crate::program::Home::new(&format!(
            "[[listing]]\nid = \"news\"\nfiles = [\"pages/news\"]\nevery = \"1h\"\nformat = \"text\"\n{target}"
        ));
        let output = world.run(&["check"]);
        assert_eq!(output.status.code(), Some(3), "{kind}");
        assert!(
            String::from_utf8_lossy(&output.stdout).contains("private network")
                || String::from_utf8_lossy(&output.stderr).contains("private network"),
            "{kind}: {output:?}"
        );
    }
}
