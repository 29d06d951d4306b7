//! Messages to a program.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Instant;

use serde_json::Value;

use super::world::World;

fn script(world: &World, text: &str) {
    let path = world.home.path("tell");
    fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
}

const TARGET: &str = "\n[[target]]\nid = \"team\"\nkind = \"command\"\ncommand = [\"./tell\", \"a b\"]\ncommand_timeout = \"1s\"\n";

#[test]
fn a_program_gets_the_message_and_its_status_says_whether_it_took_it() {
    let mut world = World::new(TARGET);
    script(&world, "cat > \"got-$1\"; echo \"$TIDINGS_TARGET $TIDINGS_DELIVERY $SECRET_OF_OURS\" > env");
    world.add("An article that a program is told of, with $(touch harm) in it");
    let deliveries = world.scan();
    assert_eq!(deliveries[0]["state"], "delivered");
    let got: Value = serde_json::from_slice(&fs::read(world.home.path("got-a b")).unwrap()).unwrap();
    assert_eq!((&got["type"], &got["id"]), (&"article.new".into(), &deliveries[0]["id"]));
    assert!(!world.home.path("harm").exists());
    let env = fs::read_to_string(world.home.path("env")).unwrap();
    assert_eq!(env.trim(), format!("team {}", deliveries[0]["id"].as_str().unwrap()));

    script(&world, "echo 'nobody is at home' >&2; exit 75");
    world.add("An article that a program does not take just now");
    let waiting = world.scan();
    assert_eq!((&waiting[0]["state"], &waiting[0]["tries"]), (&"waiting".into(), &1.into()));
    let trouble = waiting[0]["trouble"].as_str().unwrap();
    assert_eq!(trouble, "the program ended with status 75: \"nobody is at home\"");
    world.home.expect(6, &["target", "test", "team"]);
    script(&world, "exit 0");
    world.home.expect(0, &["deliveries", "retry", "--target", "team", "--state", "waiting"]);
    assert!(world.deliveries().iter().all(|one| one["state"] == "delivered"));
    world.home.expect(0, &["target", "test", "team"]);
}

#[test]
fn a_program_that_does_not_end_is_killed_with_all_that_it_started() {
    let mut world = World::new(TARGET);
    script(&world, "sleep 60 & echo $! > child; wait");
    world.add("An article that keeps a program for too long");
    let begun = Instant::now();
    let waiting = world.scan();
    assert!(begun.elapsed().as_secs() < 40);
    let trouble = waiting[0]["trouble"].as_str().unwrap();
    assert!(trouble.contains("was still running after 1 s and was killed"), "{trouble}");
    let child = fs::read_to_string(world.home.path("child")).unwrap();
    let state = fs::read_to_string(format!("/proc/{}/stat", child.trim())).unwrap_or_default();
    assert!(state.is_empty() || state.contains(") Z "), "{state}");
    fs::remove_file(world.home.path("tell")).unwrap();
    let output = world.home.run(&["target", "test", "team"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("there is no such program"), "{said}");
}
