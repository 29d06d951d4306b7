//! Kills at random moments while messages are owed, to a receiver that fails at random.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::world::World;
use crate::child::start;
use crate::crash::Dice;
use crate::support::{Inbox, Reply};

/// Listings, and new articles on each.
const LISTINGS: usize = 100;
const EACH: usize = 10;

/// The longest that the service runs before it is killed, in milliseconds.
const LIFE: usize = 2_500;

/// Messages that are under way or not remembered yet, at most: so many may come twice for each kill.
const IN_DOUBT: usize = 64;

/// Six of ten are taken.
fn moody(seed: u64) -> impl FnMut(usize) -> Reply + Send {
    let mut dice = Dice(seed);
    move |_| match dice.below(10) {
        0 => Reply::Status(500, ""),
        1 => Reply::Cut,
        2 => Reply::Status(429, "retry-after: 1\r\n"),
        3 => Reply::Status(302, "location: /elsewhere\r\n"),
        4 => Reply::Slow(Duration::from_millis(100)),
        _ => Reply::Status(200, ""),
    }
}

#[test]
fn killed_at_random_every_message_arrives_and_repeats_carry_the_same_id() {
    let seed = std::env::var("TIDINGS_CRASH_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(11);
    println!("TIDINGS_CRASH_SEED={seed}");
    let mut dice = Dice(seed);
    let receiver = Inbox::answering(moody(seed + 1));
    let mut world = World::new(LISTINGS, &receiver.target("team", "burst = false"));
    let mut expected = BTreeSet::new();
    let (mut next, mut kills) = (0, 0);
    let begun = Instant::now();
    loop {
        let mut running = start(&world.home, &["run", "--listen", "127.0.0.1:0"], None);
        if next == LISTINGS {
            // What failed waits for seconds and minutes; an operator does not.
            assert!(!running.wait_until("next look at"));
            world.home.expect(0, &["deliveries", "retry", "--all", "--state", "waiting"]);
        }
        let until = Instant::now() + Duration::from_millis(dice.below(LIFE) as u64);
        while Instant::now() < until {
            if next < LISTINGS {
                expected.extend(world.add(next, EACH));
                next += 1;
            }
            assert!(!running.wait(Duration::from_millis(20)), "{}", running.kill().err);
        }
        let ended = running.kill();
        assert!(!ended.err.contains("panicked"), "{}", ended.err);
        kills += 1;
        let is_told = next == LISTINGS && receiver.told().len() == expected.len();
        if is_told && world.deliveries(&["--state", "waiting"]).is_empty() {
            break;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(180),
            "{kills} kills, {} left",
            world.deliveries(&["--state", "waiting"]).len()
        );
    }
    let all = receiver.all();
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    for one in all.iter().filter(|one| one.taken) {
        *taken.entry(one.body["data"]["article"]["title"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    assert_eq!(
        taken.keys().cloned().collect::<BTreeSet<_>>(),
        expected,
        "each at least once, and nothing of a baseline"
    );
    assert!(receiver.told().values().all(|ids| ids.len() == 1), "an article has one id");
    let mut bodies: BTreeMap<&str, &[u8]> = BTreeMap::new();
    for one in &all {
        assert_eq!(*bodies.entry(&one.id).or_insert(&one.bytes), &one.bytes[..], "a repeat says the same");
    }
    let repeated: usize = taken.values().map(|times| times - 1).sum();
    println!("{kills} kills, {} requests, {repeated} taken twice", all.len());
    assert!(repeated <= kills * IN_DOUBT, "{repeated} taken twice over {kills} kills");
    assert!(world.deliveries(&["--state", "dead"]).is_empty());
}
