//! When messages are sent: quiet hours, digests, order, how many at once, and a target that nothing reaches.

use chrono_tz::Tz;

use super::*;
use crate::delivery::Digest;
use crate::model::Message;
use crate::model::quiet::QuietHours;
use crate::schedule::Schedule;

/// How many articles each message tells of that was tried, in their order.
async fn told<S: Store>(world: &World<S>) -> Vec<u32> {
    let wanted = Wanted { target: TargetId::parse("one").ok(), ..Wanted::default() };
    let mut all = world.app.store.deliveries(&wanted, 1_000).await.unwrap();
    all.reverse();
    let tried: Vec<DeliveryId> = world.tried.lock().unwrap().iter().map(|(_, id, _)| *id).collect();
    let found = tried.iter().filter_map(|id| all.iter().find(|delivery| delivery.id == *id));
    let count = found.map(|delivery| match &delivery.message {
        Message::Summary(summary) => summary.count,
        _ => 1,
    });
    count.collect()
}

fn tried_at<S: Store>(world: &World<S>) -> Vec<u64> {
    world.tried.lock().unwrap().iter().map(|(.., at)| *at).collect()
}

fn digest(seconds: u64, most: usize) -> Manner {
    let window = Schedule::every(Duration::from_secs(seconds)).unwrap();
    Manner { digest: Some(Digest::new(window, most)), ..Manner::default() }
}

/// Quiet for so many minutes, beginning so many from now.
fn quiet<S: Store>(world: &World<S>, after: i64, minutes: u16) -> Vec<QuietHours> {
    let begin = u16::try_from((world.now().unix() / 60 + after) % 1_440).unwrap();
    vec![QuietHours::new(begin, (begin + minutes) % 1_440, [true; 7], Tz::UTC).unwrap()]
}

#[tokio::test(start_paused = true)]
async fn a_digest_gathers_and_is_told_as_one_and_the_next_begins_with_the_next() {
    let mut world = World::new().await;
    let line = Line { manner: digest(3_600, 50), ..world.line("one", Duration::from_millis(10), taken) };
    let _drain = world.drain(vec![line]);
    for _ in 0..5 {
        world.news(2).await;
        pass(300).await;
    }
    assert!(tried_at(&world).is_empty());
    pass(2_200).await;
    assert_eq!(told(&world).await, [10]);
    world.news(1).await;
    pass(3_500).await;
    assert_eq!(told(&world).await, [10]);
    pass(200).await;
    assert_eq!(told(&world).await, [10, 1], "one alone is told as a summary of one, too");
    let at = tried_at(&world);
    assert!((3_600..3_665).contains(&at[0]), "{at:?}");
}

#[tokio::test(start_paused = true)]
async fn a_digest_that_is_full_is_told_at_once() {
    let mut world = World::new().await;
    let line = Line { manner: digest(3_600, 5), ..world.line("one", Duration::from_millis(10), taken) };
    let _drain = world.drain(vec![line]);
    world.news(4).await;
    pass(60).await;
    world.news(3).await;
    pass(5).await;
    assert_eq!(told(&world).await, [7]);
    world.news(1).await;
    pass(60).await;
    assert_eq!(told(&world).await, [7]);
}

#[tokio::test(start_paused = true)]
async fn f124_a_restart_moves_no_digest_and_tells_nothing_alone() {
    let keys = "digest = \"1h\"";
    let store = MemoryStore::new(StoreId::from_uuid(uuid::Uuid::nil()), Timestamp::from_unix(BEGUN));
    let mut world = World::declaring(store, keys, "").await;
    let line = |world: &World| Line {
        manner: digest(3_600, 50),
        ..world.line("one", Duration::from_secs(5), taken)
    };
    world.news(3).await;
    for _ in 0..4 {
        let killed = world.drain(vec![line(&world)]);
        pass(600).await;
        std::mem::drop(killed);
        world.news(1).await;
    }
    // The one that is killed while it sends the summary.
    let killed = world.drain(vec![line(&world)]);
    pass(1_202).await;
    std::mem::drop(killed);
    let _drain = world.drain(vec![line(&world)]);
    pass(60).await;
    let counts = told(&world).await;
    assert!(counts.iter().all(|count| *count == 7) && !counts.is_empty(), "{counts:?}");
    let at = tried_at(&world);
    assert!((3_600..3_665).contains(&at[0]), "{at:?}");
    assert_eq!(world.count("one", "delivered").await, 1);
}

#[tokio::test(start_paused = true)]
async fn f124_a_digest_that_the_config_begins_after_a_kill_leaves_what_was_under_way_alone() {
    let mut world = World::new().await;
    let killed = world.drain(vec![world.line("one", Duration::from_secs(5), taken)]);
    world.news(6).await;
    pass(2).await;
    std::mem::drop(killed);
    let before: Vec<DeliveryId> = world.tried.lock().unwrap().drain(..).map(|(_, id, _)| id).collect();
    assert_eq!(before.len(), AT_ONCE as usize);
    let text = format!("{CONFIG}{}digest = \"1h\"\n{}", target("one"), target("two"));
    let checked = crate::config::parse(&text, Path::new("t.toml"), &Environment::default()).unwrap();
    world.set_clock(10);
    let declared = crate::store::Declared {
        targets: checked.config.targets.iter().map(|target| target.rule.clone()).collect(),
        ..world.app.declared()
    };
    world.app.store.configure(declared, world.now()).await.unwrap();
    let line = Line { manner: digest(3_600, 50), ..world.line("one", Duration::from_millis(10), taken) };
    let _drain = world.drain(vec![line]);
    pass(10).await;
    let after: Vec<DeliveryId> = world.tried.lock().unwrap().iter().map(|(_, id, _)| *id).collect();
    assert_eq!(after, before, "these keep their ids");
    pass(3_700).await;
    assert_eq!(told(&world).await, [1, 1, 1, 1, 2]);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_in_quiet_hours_and_what_waited_is_one_message() {
    let mut world = World::new().await;
    let hours = quiet(&world, 10, 120);
    let line = Line { quiet: hours.clone(), ..world.line("one", Duration::from_millis(10), taken) };
    let _drain = world.drain(vec![line]);
    world.news(2).await;
    pass(700).await;
    assert_eq!(told(&world).await, [1, 1]);
    for _ in 0..4 {
        world.news(3).await;
        pass(1_000).await;
    }
    assert_eq!(told(&world).await, [1, 1]);
    pass(4_000).await;
    assert_eq!(told(&world).await, [1, 1, 12]);
    world.news(2).await;
    pass(60).await;
    assert_eq!(told(&world).await, [1, 1, 12, 1, 1]);
    let begun = crate::delivery::quiet_until(&hours, world.now());
    assert_eq!(begun, None);
}

#[tokio::test(start_paused = true)]
async fn quiet_hours_begin_in_the_middle_of_a_row_and_survive_a_restart() {
    let store = MemoryStore::new(StoreId::from_uuid(uuid::Uuid::nil()), Timestamp::from_unix(BEGUN));
    let mut world = World::over(store).await;
    let hours = quiet(&world, 2, 60);
    let pace = vec![(1, Duration::from_secs(10))];
    let line = |world: &World| Line {
        quiet: hours.clone(),
        pace: pace.clone(),
        ..world.line("one", Duration::from_millis(10), taken)
    };
    let drain = world.drain(vec![line(&world)]);
    world.news(40).await;
    pass(600).await;
    drain.close(Duration::from_secs(1)).await;
    let sent = tried_at(&world).len();
    assert!((8..=18).contains(&sent), "{sent}");
    assert!(tried_at(&world).iter().all(|at| *at <= 180));
    world.news(3).await;
    // As if this process had been killed in the quiet hours, and another one began in them.
    let _drain = world.drain(vec![line(&world)]);
    pass(2_000).await;
    assert_eq!(tried_at(&world).len(), sent);
    pass(3_000).await;
    let counts = told(&world).await;
    assert_eq!(counts.iter().sum::<u32>(), 43);
    // What was born before the quiet hours may have been under way at a kill.
    let alone = counts.iter().skip(sent).filter(|count| **count == 1).count();
    assert!(alone <= AT_ONCE as usize, "{counts:?}");
}

#[tokio::test(start_paused = true)]
async fn in_order_a_message_that_fails_holds_those_behind_it() {
    let mut world = World::new().await;
    let clock = world.clock();
    let held = Arc::new(AtomicBool::new(true));
    let holds = Arc::clone(&held);
    let first = Arc::new(Mutex::new(0));
    let line = world.line("one", Duration::from_millis(10), move |_| {
        let mut tries = first.lock().unwrap();
        *tries += 1;
        // The third message is refused.
        match *tries > 2 && holds.load(Ordering::SeqCst) {
            true => TryEnd::Failed { reason: "busy".into(), next: clock.now().plus(100) },
            false => TryEnd::Delivered,
        }
    });
    let line = Line { manner: Manner { order: true, concurrency: 1, digest: None, doubt: 1 }, ..line };
    let _drain = world.drain(vec![line]);
    world.news(6).await;
    pass(350).await;
    world.news(3).await;
    pass(100).await;
    assert_eq!(world.count("one", "delivered").await, 2);
    held.store(false, Ordering::SeqCst);
    pass(200).await;
    assert_eq!(world.count("one", "delivered").await, 9);
    let wanted = Wanted { target: TargetId::parse("one").ok(), ..Wanted::default() };
    let mut owed: Vec<DeliveryId> =
        world.app.store.deliveries(&wanted, 100).await.unwrap().iter().map(|one| one.id).collect();
    owed.reverse();
    let mut tried: Vec<DeliveryId> = world.tried.lock().unwrap().iter().map(|(_, id, _)| *id).collect();
    tried.dedup();
    assert_eq!(tried, owed, "in the order in which they came to be owed");
}

#[tokio::test(start_paused = true)]
async fn as_many_are_under_way_at_once_as_the_config_says() {
    let mut world = World::new().await;
    world.news(20).await;
    for (concurrency, expected) in [(1, 1), (9, 9)] {
        world.tried.lock().unwrap().clear();
        let manner = Manner { concurrency, doubt: concurrency, ..Manner::default() };
        let line = Line { manner, ..world.line("one", Duration::from_secs(100_000), taken) };
        let killed = world.drain(vec![line]);
        pass(2).await;
        assert_eq!(world.tried.lock().unwrap().len(), expected);
        std::mem::drop(killed);
    }
}

#[tokio::test(start_paused = true)]
async fn f125_a_target_that_nothing_reached_for_five_days_is_disabled_and_another_says_so() {
    let mut world = World::new().await;
    let clock = world.clock();
    let dead = world.line("one", Duration::from_millis(10), move |_| TryEnd::Failed {
        reason: "no route".into(),
        next: clock.now().plus(20_000),
    });
    let other = world.line("two", Duration::from_millis(10), taken);
    let mut drain = world.drain(vec![dead, other]);
    world.news(2).await;
    pass(5 * 86_400 - 20_000).await;
    let failing = drain.news().await.unwrap();
    assert_eq!(failing.what, Happened::Failing("no route".into()));
    assert_eq!(world.count("two", "delivered").await, 2);
    pass(40_000).await;
    let reason = "every try failed for 5 days; the last one: no route";
    assert_eq!(drain.news().await.unwrap().what, Happened::Disabled(reason.into()));
    let tries = world.tried.lock().unwrap().len();
    let wanted = Wanted { target: TargetId::parse("two").ok(), ..Wanted::default() };
    let said = world.app.store.deliveries(&wanted, 1).await.unwrap().remove(0);
    assert_eq!(said.state, DeliveryState::Delivered, "at once, without anything else happening");
    let Message::Target(trouble) = said.message else { panic!("{said:?}") };
    assert_eq!((trouble.target.as_str(), trouble.reason.as_str(), trouble.waiting), ("one", reason, 2));
    world.news(3).await;
    pass(86_400).await;
    assert!(world.tried.lock().unwrap().iter().skip(tries).all(|(id, ..)| id.as_str() == "two"));
    assert_eq!(world.count("one", "waiting").await, 5);
}
