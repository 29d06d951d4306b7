//! What nobody gets to see of a chat.

use super::service::{KINDS, Mood, SECRET, Service};
use super::world::World;
use crate::program::tree;

#[track_caller]
fn assert_silent(what: &str, text: &str) {
    let base64 = {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.encode(SECRET)
    };
    for secret in [SECRET, &base64] {
        assert!(!text.contains(secret), "{what}: {text}");
    }
}

fn silent(kind: &'static str) {
    let service = Service::new(kind);
    let mut world = World::of(&service, "burst = false\n");
    world.add("An article that a chat repeats with all it was told");
    service.next([Mood::Echo("500 Oops"), Mood::Echo("200 OK"), Mood::Echo("403 No"), Mood::Echo("404 No")]);
    let all: [&[&str]; 13] = [
        &["scan"],
        &["target", "test", "team"],
        &["target", "test", "team", "--json"],
        &["deliveries", "retry", "--target", "team", "--state", "waiting"],
        &["deliveries", "list"],
        &["deliveries", "list", "--json"],
        &["deliveries", "preview", "team"],
        &["deliveries", "preview", "team", "--json"],
        &["check"],
        &["check", "--json"],
        &["status", "--json"],
        &["log"],
        &["export", "-"],
    ];
    for arguments in all {
        let output = world.home.command(arguments).env("TIDINGS_LOG", "trace").output().unwrap();
        let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert_silent(&format!("{kind} {arguments:?}"), &text);
    }
    assert!(service.asked() >= 3, "{kind}: {}", service.asked());
    for (path, bytes) in tree(&world.home.path("var")) {
        assert_silent(&format!("{kind} {path}"), &String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn f132_no_output_shows_a_secret_of_any_chat_whatever_it_repeats() {
    for some in KINDS.chunks(4) {
        std::thread::scope(|scope| {
            let all: Vec<_> = some.iter().map(|kind| scope.spawn(|| silent(kind))).collect();
            all.into_iter().for_each(|one| one.join().unwrap());
        });
    }
}
