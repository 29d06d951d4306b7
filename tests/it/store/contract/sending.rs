//! When targets are sent what they are owed: in order, by which rules, and when no more.

use tidings::model::delivery::{FAILING_MOST, FAILING_TRIES};
use tidings::model::quiet::QuietHours;
use tidings::model::{Message, Pattern, TargetRule};
use tidings::store::{Decision, Declared, Store, TryEnd};

use super::operator::decide;
use super::outbox::{failed, info, owing, settle, settled};
use crate::store::support::{Bench, World, declared, entries, everything, spec, target, target_id, told};

on_both! {
    in_order_what_was_owed_first_holds_the_others,
    f125_target_that_nothing_reaches_for_five_days_is_disabled_and_others_are_told,
    f123_target_that_is_gone_is_said_to_others_and_an_operators_own_is_not,
    where_nobody_is_told_of_health_the_first_other_is_told_of_a_dead_target,
    few_tries_over_a_long_time_disable_nothing,
    rules_by_which_something_may_be_under_way_are_remembered,
}

async fn in_order_what_was_owed_first_holds_the_others<B: Bench>() {
    let mut world = owing::<B>(&["Three", "Two", "One"]).await;
    let one = target_id("one");
    let due = world.store().due_in_order(&one, world.now, 9).await.expect("reads");
    assert_eq!((told(&due.deliveries), due.next), (vec!["One", "Two", "Three"], None));
    let next = world.now.plus(3_600);
    settle(&mut world, vec![settled(&due.deliveries[0], failed(next))]).await;
    world.bench.reopen().await;
    let held = world.store().due_in_order(&one, world.now, 9).await.expect("reads");
    assert_eq!((held.deliveries.len(), held.next), (0, Some(next)));
    let all = world.store().due_in_order(&one, next, 2).await.expect("reads");
    assert_eq!((told(&all.deliveries), all.next), (vec!["One", "Two"], None));
    settle(&mut world, vec![settled(&due.deliveries[0], TryEnd::Dead { reason: "no".into() })]).await;
    let rest = world.store().due_in_order(&one, world.now, 9).await.expect("reads");
    assert_eq!(told(&rest.deliveries), ["Two", "Three"], "what is dead holds nothing");
    assert!(decide(&mut world, Decision::Retry(vec![due.deliveries[0].id])).await);
    let again = world.store().due_in_order(&one, world.now, 9).await.expect("reads");
    assert_eq!(told(&again.deliveries), ["One", "Two", "Three"]);
}

/// Fails what is owed to a target first, so often, that many seconds apart.
async fn fail<B: Bench>(world: &mut World<B>, name: &str, times: u32, apart: i64) {
    let one = world.store().due_in_order(&target_id(name), world.now, 1).await.expect("reads");
    let first = one.deliveries[0].clone();
    for _ in 0..times {
        world.now = world.now.plus(apart);
        let next = world.now.plus(1);
        settle(world, vec![settled(&first, failed(next))]).await;
    }
}

fn of_health(name: &str) -> TargetRule {
    TargetRule { health: vec![Pattern::new("*")], ..target(name, everything()) }
}

async fn with_three<B: Bench>(rules: [TargetRule; 4]) -> World<B> {
    let mut a = spec("a", "site");
    a.announce_first = true;
    let mut world = World::<B>::begin();
    world.declare(&Declared { targets: rules.to_vec(), ..declared(&[&a]) }).await;
    world.scan(&a, &entries(&["Two", "One"])).await;
    world
}

async fn f125_target_that_nothing_reaches_for_five_days_is_disabled_and_others_are_told<B: Bench>() {
    let rules = [of_health("a"), of_health("b"), of_health("c"), target("d", everything())];
    let mut world = with_three::<B>(rules).await;
    assert!(decide(&mut world, Decision::Disable(target_id("b"), "enough".into())).await);
    let times = FAILING_TRIES;
    fail(&mut world, "a", times, FAILING_MOST / i64::from(times)).await;
    let since = info(&world, "a").await.failing.expect("it fails");
    assert!(info(&world, "a").await.disabled.is_none(), "not yet");
    fail(&mut world, "a", 1, FAILING_MOST / i64::from(times)).await;
    world.bench.reopen().await;
    let reason = "every try failed for 5 days; the last one: it answered 503";
    assert_eq!(info(&world, "a").await.disabled.as_deref(), Some(reason));
    assert!(world.due("a").await.is_empty());
    let said = world.due("c").await;
    assert_eq!(told(&said), ["One", "Two", "target"]);
    let Message::Target(trouble) = &said[2].message else { panic!("{said:?}") };
    assert_eq!((trouble.target.as_str(), trouble.reason.as_str()), ("a", reason));
    assert_eq!((trouble.since, trouble.waiting), (since, 2));
    assert_eq!(info(&world, "d").await.waiting, 2, "who is told of no health is not told");
    assert_eq!(info(&world, "b").await.waiting, 2, "nor who is disabled");
    assert!(decide(&mut world, Decision::Enable(target_id("a"))).await);
    fail(&mut world, "a", 2, FAILING_MOST).await;
    assert!(info(&world, "a").await.disabled.is_none(), "what it failed before counts no more");
}

async fn f123_target_that_is_gone_is_said_to_others_and_an_operators_own_is_not<B: Bench>() {
    let rules = [of_health("a"), of_health("b"), of_health("c"), target("d", everything())];
    let mut world = with_three::<B>(rules).await;
    assert!(decide(&mut world, Decision::Disable(target_id("c"), "enough".into())).await);
    assert_eq!(info(&world, "b").await.waiting, 2, "an operator's own is said to nobody");
    let due = world.due("a").await;
    let now = world.tick();
    let gone = || TryEnd::Disabled { reason: "410 Gone".into() };
    let tries = due.iter().map(|delivery| settled(delivery, gone())).collect();
    let settlement = world.store().settle(tries, now).await.expect("is remembered");
    assert_eq!(settlement.disabled, [(target_id("a"), "410 Gone".to_owned())]);
    assert_eq!(settlement.owed, 1);
    world.bench.reopen().await;
    assert_eq!(told(&world.due("b").await), ["One", "Two", "target"]);
    let again = world.store().settle(vec![settled(&due[0], gone())], now).await.expect("is remembered");
    assert_eq!(again, Default::default(), "it is said once");
}

async fn where_nobody_is_told_of_health_the_first_other_is_told_of_a_dead_target<B: Bench>() {
    let rules = ["a", "b", "c", "d"].map(|name| target(name, everything()));
    let mut world = with_three::<B>(rules).await;
    for (dying, told_of_it) in [("a", "b"), ("b", "c")] {
        let due = world.due(dying).await;
        let gone = TryEnd::Disabled { reason: "410 Gone".into() };
        settle(&mut world, vec![settled(&due[0], gone)]).await;
        assert_eq!(told(&world.due(told_of_it).await), ["One", "Two", "target"]);
    }
    assert_eq!(world.due("d").await.len(), 2);
}

async fn few_tries_over_a_long_time_disable_nothing<B: Bench>() {
    let mut world = owing::<B>(&["Two", "One"]).await;
    fail(&mut world, "one", FAILING_TRIES - 1, 30 * FAILING_MOST).await;
    assert!(info(&world, "one").await.disabled.is_none());
    fail(&mut world, "one", 1, 10).await;
    assert!(info(&world, "one").await.disabled.is_some());
}

async fn rules_by_which_something_may_be_under_way_are_remembered<B: Bench>() {
    let a = spec("a", "site");
    let mut world = World::<B>::begin();
    let night = night_of();
    let plain = target("one", everything());
    let of = |at_once| TargetRule { at_once, ..plain.clone() };
    let mut declare = async |rule: TargetRule| {
        let now = world.tick();
        world.declare(&Declared { targets: vec![rule], ..declared(&[&a]) }).await;
        world.bench.reopen().await;
        (info(&world, "one").await.before, now)
    };
    assert_eq!(declare(plain.clone()).await.0, None);
    assert_eq!(
        declare(TargetRule { late: false, ..plain.clone() }).await.0,
        None,
        "that changes nothing here"
    );
    let (before, now) = declare(of(16)).await;
    assert!(before.is_some_and(|(most, at)| most == 4 && at >= now), "{before:?}");
    let (before, now) = declare(of(0)).await;
    assert!(before.is_some_and(|(most, at)| most == 16 && at >= now), "{before:?}");
    let (last, now) = declare(TargetRule { quiet: vec![night], ..of(0) }).await;
    assert!(last.is_some_and(|(most, at)| most == 16 && at >= now), "the most there ever was: {last:?}");
    let of_late = TargetRule { late: false, quiet: vec![night_of()], ..of(0) };
    assert_eq!(declare(of_late).await.0, last);
}

fn night_of() -> QuietHours {
    QuietHours::new(0, 60, [true; 7], chrono_tz::Tz::UTC).expect("hours")
}
