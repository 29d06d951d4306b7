//! What becomes of what is owed: batches, tries and how they end, and what operators decide.

use tidings::model::{Delivery, DeliveryId, DeliveryState, Message, StateKind, Timestamp};
use tidings::store::{
    DELIVERED_KEPT, Decision, Declared, Settled, Store, TROUBLE_BYTES, TargetInfo, TryEnd, Wanted,
};

use super::operator::decide;
use crate::store::support::{
    Bench, World, declared, entries, everything, spec, target, target_id, titles, told,
};

on_both! {
    failed_try_is_due_again_when_it_says_and_a_delivered_one_never,
    what_does_not_wait_is_not_settled,
    receiver_that_wants_no_more_is_sent_nothing_until_it_is_enabled,
    batch_makes_one_summary_of_what_is_fresh,
    retry_sends_again_under_the_same_id_and_drop_forgets,
    what_is_sent_again_keeps_its_id_and_is_in_no_batch,
    last_thousand_delivered_are_kept,
    clock_put_back_delays_nothing_new_and_hurries_nothing_failed,
    f023_what_failed_by_a_clock_years_ahead_is_tried_once_it_is_right,
    delivery_is_found_by_the_beginning_of_its_id,
}

/// A world with two targets that are owed a message for each of these titles, the last of them first.
pub(super) async fn owing<B: Bench>(names: &[&str]) -> World<B> {
    let mut a = spec("a", "site");
    a.announce_first = true;
    let mut world = World::<B>::begin();
    let targets = vec![target("one", everything()), target("two", everything())];
    world.declare(&Declared { targets, ..declared(&[&a]) }).await;
    assert_eq!(world.scan(&a, &entries(names)).await.owed, 2 * names.len());
    world
}

pub(super) fn settled(delivery: &Delivery, end: TryEnd) -> Settled {
    Settled { id: delivery.id, target: delivery.target.clone(), end }
}

pub(super) fn failed(next: Timestamp) -> TryEnd {
    TryEnd::Failed { reason: "it answered 503".into(), next }
}

pub(super) async fn settle<B: Bench>(world: &mut World<B>, tries: Vec<Settled>) {
    let now = world.tick();
    world.store().settle(tries, now).await.expect("is remembered");
}

pub(super) async fn info<B: Bench>(world: &World<B>, name: &str) -> TargetInfo {
    let targets = world.store().targets().await.expect("reads");
    targets.into_iter().find(|info| info.id == target_id(name)).expect("is declared")
}

async fn find<B: Bench>(world: &World<B>, id: DeliveryId) -> Delivery {
    world.store().find_delivery(&id.to_string()).await.expect("reads").remove(0)
}

async fn failed_try_is_due_again_when_it_says_and_a_delivered_one_never<B: Bench>() {
    let mut world = owing::<B>(&["Three", "Two", "One"]).await;
    let due = world.due("one").await;
    assert_eq!(told(&due), ["One", "Two", "Three"]);
    let next = world.now.plus(7_200);
    let tries = vec![settled(&due[0], failed(next)), settled(&due[1], TryEnd::Delivered)];
    settle(&mut world, tries).await;
    world.bench.reopen().await;
    let ids = |due: &[Delivery]| due.iter().map(|delivery| delivery.id).collect::<Vec<_>>();
    let seen = world.store().due(&target_id("one"), world.now, 9).await.expect("reads");
    assert_eq!((ids(&seen.deliveries), seen.next), (vec![due[2].id], Some(next)));
    let tried = find(&world, due[0].id).await;
    assert_eq!((tried.state, tried.tries, tried.changed), (DeliveryState::Waiting(next), 1, world.now));
    assert_eq!((tried.trouble.as_str(), &tried.message), ("it answered 503", &due[0].message));
    let one = info(&world, "one").await;
    assert_eq!((one.waiting, one.delivered, one.dead), (2, 1, 0));
    assert_eq!((one.failing, one.next), (None, Some(due[2].born)), "the last try succeeded");
    world.now = next;
    assert_eq!(told(&world.due("one").await), ["Three", "One"], "the one that is due longer first");
    let first_failure = next.plus(1_800);
    settle(&mut world, vec![settled(&due[2], failed(next.plus(90_000)))]).await;
    let reason = "x".repeat(5_000);
    settle(&mut world, vec![settled(&due[0], TryEnd::Dead { reason })]).await;
    let dead = find(&world, due[0].id).await;
    assert_eq!((dead.state, dead.tries), (DeliveryState::Dead, 2));
    assert!(dead.trouble.len() <= TROUBLE_BYTES && dead.trouble.starts_with("xxx"));
    let one = info(&world, "one").await;
    assert_eq!((one.waiting, one.delivered, one.dead), (1, 1, 1));
    assert_eq!((one.failing, one.disabled), (Some(first_failure), None));
    assert_eq!(info(&world, "two").await.waiting, 3, "each target has its own");
}

async fn what_does_not_wait_is_not_settled<B: Bench>() {
    let mut world = owing::<B>(&["Two", "One"]).await;
    let due = world.due("one").await;
    settle(&mut world, vec![settled(&due[0], TryEnd::Delivered)]).await;
    let before = world.store().unpublished([0; 16]).await.expect("reads").upto;
    let others = Settled { target: target_id("two"), ..settled(&due[1], TryEnd::Delivered) };
    let unknown = Settled { id: DeliveryId::from_uuid(uuid::Uuid::nil()), ..others.clone() };
    let again = settled(&due[0], failed(world.now));
    settle(&mut world, vec![again, others, unknown]).await;
    settle(&mut world, vec![]).await;
    assert_eq!(find(&world, due[0].id).await.state, DeliveryState::Delivered);
    assert_eq!(find(&world, due[1].id).await.tries, 0);
    assert_eq!(world.store().unpublished([0; 16]).await.expect("reads").upto, before, "no record");
    // Of two ends of one try, the first counts.
    let twice = vec![settled(&due[1], failed(world.now)), settled(&due[1], TryEnd::Delivered)];
    settle(&mut world, twice).await;
    assert_eq!(find(&world, due[1].id).await.tries, 1);
}

async fn receiver_that_wants_no_more_is_sent_nothing_until_it_is_enabled<B: Bench>() {
    let mut a = spec("a", "site");
    a.announce_first = true;
    let mut world = owing::<B>(&["Two", "One"]).await;
    let due = world.due("one").await;
    let gone = TryEnd::Disabled { reason: "it answered 410".into() };
    settle(&mut world, vec![settled(&due[0], gone)]).await;
    let since = world.now;
    world.bench.reopen().await;
    assert!(world.due("one").await.is_empty());
    assert_eq!(world.scan(&a, &entries(&["Three", "Two", "One"])).await.owed, 2, "it is owed all the same");
    let one = info(&world, "one").await;
    assert_eq!((one.disabled.as_deref(), one.since), (Some("it answered 410"), Some(since)));
    assert_eq!((one.waiting, one.dead, one.next, one.failing), (2, 1, None, Some(since)));
    assert!(!decide(&mut world, Decision::Disable(target_id("one"), "again".into())).await);
    assert!(decide(&mut world, Decision::Enable(target_id("one"))).await);
    assert!(!decide(&mut world, Decision::Enable(target_id("one"))).await);
    world.bench.reopen().await;
    assert_eq!(told(&world.due("one").await), ["Two", "Three"]);
    let one = info(&world, "one").await;
    assert_eq!((one.disabled, one.since, one.failing), (None, None, None));
    assert!(decide(&mut world, Decision::Disable(target_id("two"), "asked to".into())).await);
    assert!(world.due("two").await.is_empty());
    assert_eq!(info(&world, "two").await.disabled.as_deref(), Some("asked to"));
    assert!(!decide(&mut world, Decision::Disable(target_id("three"), "unknown".into())).await);
}

async fn batch_makes_one_summary_of_what_is_fresh<B: Bench>() {
    let mut world = owing::<B>(&["Four", "Three", "Two", "One"]).await;
    let due = world.due("one").await;
    let tries = vec![settled(&due[0], failed(world.now)), settled(&due[1], TryEnd::Delivered)];
    settle(&mut world, tries).await;
    let asked: Vec<DeliveryId> =
        due.iter().chain(&world.due("two").await).rev().map(|delivery| delivery.id).collect();
    let now = world.tick();
    let summary = world.store().close_batch(&target_id("one"), asked.clone(), now).await.expect("commits");
    let summary = summary.expect("two are fresh");
    let Message::Summary(said) = &summary.message else { panic!("{summary:?}") };
    assert_eq!((said.count, said.approved, titles(&said.articles)), (2, false, vec!["Four", "Three"]));
    assert_eq!((summary.state, summary.born, summary.tries), (DeliveryState::Waiting(now), now, 0));
    world.bench.reopen().await;
    assert_eq!(find(&world, summary.id).await, summary);
    for member in &due[2..] {
        assert!(world.store().find_delivery(&member.id.to_string()).await.expect("reads").is_empty());
    }
    assert_eq!(told(&world.due("one").await), ["One", "summary"]);
    assert_eq!(info(&world, "one").await.waiting, 2);
    assert_eq!(world.due("two").await.len(), 4, "another target's stay as they are");
    let asked = [asked, vec![summary.id]].concat();
    let again = world.store().close_batch(&target_id("one"), asked, now).await.expect("commits");
    assert_eq!(again, None, "a summary is in no batch");
    let single = vec![world.due("two").await[0].id];
    let one = world.store().close_batch(&target_id("two"), single, now).await.expect("commits");
    assert!(matches!(one.expect("is fresh").message, Message::Summary(said) if said.count == 1));
}

async fn retry_sends_again_under_the_same_id_and_drop_forgets<B: Bench>() {
    let mut world = owing::<B>(&["Four", "Three", "Two", "One"]).await;
    let due = world.due("one").await;
    let later = world.now.plus(80_000);
    let dead = || TryEnd::Dead { reason: "it answered 400".into() };
    let ends = [TryEnd::Delivered, dead(), failed(later), dead()];
    settle(&mut world, due.iter().zip(ends).map(|(delivery, end)| settled(delivery, end)).collect()).await;
    let ids: Vec<DeliveryId> = due.iter().map(|delivery| delivery.id).collect();
    assert!(world.due("one").await.is_empty());
    assert!(decide(&mut world, Decision::Retry(ids[..3].to_vec())).await);
    assert!(!decide(&mut world, Decision::Retry(ids[..3].to_vec())).await, "they are due as they are");
    world.bench.reopen().await;
    let again = world.due("one").await;
    assert_eq!(again.iter().map(|delivery| delivery.id).collect::<Vec<_>>(), ids[..3]);
    assert!(again.iter().all(|delivery| delivery.tries == 0 && delivery.trouble.is_empty()));
    assert_eq!(again[0].message, due[0].message);
    settle(&mut world, vec![settled(&again[0], TryEnd::Delivered)]).await;
    assert!(!decide(&mut world, Decision::RetryUndelivered(ids[..1].to_vec())).await, "it is delivered");
    assert!(decide(&mut world, Decision::RetryUndelivered(vec![ids[0], ids[3]])).await);
    let due: Vec<DeliveryId> = world.due("one").await.iter().map(|delivery| delivery.id).collect();
    assert!(due.contains(&ids[3]) && !due.contains(&ids[0]), "{due:?}");
    assert!(decide(&mut world, Decision::Drop(ids.clone())).await);
    assert!(!decide(&mut world, Decision::Drop(ids.clone())).await, "only the delivered one is left");
    world.bench.reopen().await;
    let wanted = Wanted { target: Some(target_id("one")), ..Wanted::default() };
    let left = world.store().deliveries(&wanted, 9).await.expect("reads");
    assert_eq!(left.iter().map(|delivery| delivery.id).collect::<Vec<_>>(), ids[..1]);
    let one = info(&world, "one").await;
    assert_eq!((one.waiting, one.delivered, one.dead), (0, 1, 0));
    let none = Wanted { states: vec![StateKind::Dead], ..Wanted::default() };
    assert!(world.store().deliveries(&none, 9).await.expect("reads").is_empty());
}

async fn what_is_sent_again_keeps_its_id_and_is_in_no_batch<B: Bench>() {
    let mut world = owing::<B>(&["Three", "Two", "One"]).await;
    let due = world.due("one").await;
    let ids: Vec<DeliveryId> = due.iter().map(|delivery| delivery.id).collect();
    // Within the second in which they came to be owed.
    let born = due[0].born;
    let ends = [TryEnd::Delivered, TryEnd::Dead { reason: "it answered 413".into() }];
    let tries = due.iter().zip(ends).map(|(delivery, end)| settled(delivery, end)).collect();
    world.store().settle(tries, born).await.expect("is remembered");
    assert!(world.store().decide(Decision::Retry(ids.clone()), born).await.expect("is remembered"));
    let fresh: Vec<bool> = world.due("one").await.iter().map(Delivery::is_fresh).collect();
    assert_eq!(fresh, [false, false, true]);
    let summary = world.store().close_batch(&target_id("one"), ids.clone(), born).await.expect("commits");
    assert!(matches!(summary.expect("one is fresh").message, Message::Summary(said) if said.count == 1));
    world.bench.reopen().await;
    let left = world.due("one").await;
    assert_eq!(left.iter().take(2).map(|delivery| delivery.id).collect::<Vec<_>>(), ids[..2]);
    let again = world.store().close_batch(&target_id("one"), ids, world.now).await.expect("commits");
    assert_eq!(again, None);
}

async fn last_thousand_delivered_are_kept<B: Bench>() {
    let names: Vec<String> = (0..1_003).map(|n| format!("Article {n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut world = owing::<B>(&names).await;
    let due = world.due("one").await;
    let (last, first) = due.split_at(1_001);
    for (half, again) in [(first, &first[0]), (last, &last[5])] {
        let tries = half.iter().map(|delivery| settled(delivery, TryEnd::Delivered)).collect();
        settle(&mut world, tries).await;
        assert!(decide(&mut world, Decision::Retry(vec![again.id])).await);
    }
    world.bench.reopen().await;
    let one = info(&world, "one").await;
    assert_eq!((one.delivered, one.waiting), (DELIVERED_KEPT - 1, 2));
    let again = [&first[0], &last[5]];
    settle(&mut world, again.map(|delivery| settled(delivery, TryEnd::Delivered)).to_vec()).await;
    let wanted = Wanted { target: Some(target_id("one")), ..Wanted::default() };
    let kept = world.store().deliveries(&wanted, usize::MAX).await.expect("reads");
    let forgotten = due.iter().filter(|delivery| !kept.iter().any(|kept| kept.id == delivery.id));
    let forgotten: Vec<DeliveryId> = forgotten.map(|delivery| delivery.id).collect();
    assert_eq!(kept.len() as u64, DELIVERED_KEPT);
    assert_eq!(forgotten, [last[0].id, last[1].id, first[1].id], "those delivered first and not again");
    assert_eq!(info(&world, "one").await.delivered, DELIVERED_KEPT);
    assert_eq!(info(&world, "two").await.waiting, 1_003, "what waits is never dropped");
}

async fn clock_put_back_delays_nothing_new_and_hurries_nothing_failed<B: Bench>() {
    let world = owing::<B>(&["Two", "One"]).await;
    let earlier = world.now.plus(-3_600);
    let due = world.store().due(&target_id("one"), earlier, 9).await.expect("reads");
    assert_eq!(told(&due.deliveries), ["One", "Two"]);
    let tries = vec![settled(&due.deliveries[0], failed(earlier.plus(60)))];
    world.store().settle(tries, earlier).await.expect("is remembered");
    let due = world.store().due(&target_id("one"), earlier.plus(59), 9).await.expect("reads");
    assert_eq!((told(&due.deliveries), due.next), (vec!["Two"], Some(earlier.plus(60))));
    let due = world.store().due(&target_id("one"), earlier.plus(60), 9).await.expect("reads");
    assert_eq!((told(&due.deliveries), due.next), (vec!["One", "Two"], None));
    let due = world.store().due(&target_id("one"), earlier.plus(60), 1).await.expect("reads");
    assert_eq!(told(&due.deliveries), ["One"]);
}

async fn f023_what_failed_by_a_clock_years_ahead_is_tried_once_it_is_right<B: Bench>() {
    let world = owing::<B>(&["Two", "One"]).await;
    let due = world.store().due(&target_id("one"), world.now, 9).await.expect("reads").deliveries;
    let ahead = world.now.plus(4 * 365 * 86_400);
    let tries = vec![settled(&due[0], failed(ahead.plus(100 * 86_400))), settled(&due[1], TryEnd::Delivered)];
    world.store().settle(tries, ahead).await.expect("is remembered");
    let next = world.store().due(&target_id("one"), ahead, 9).await.expect("reads").next;
    assert_eq!(next, Some(ahead.plus(86_400)), "no try is put off for longer");
    let due = world.store().due(&target_id("one"), world.now, 9).await.expect("reads");
    assert_eq!((told(&due.deliveries), due.next), (vec!["One"], None));
    let tries = vec![settled(&due.deliveries[0], failed(world.now.plus(300)))];
    world.store().settle(tries, world.now).await.expect("is remembered");
    for (passed, expected) in [(299, 0), (300, 1)] {
        let due = world.store().due(&target_id("one"), world.now.plus(passed), 9).await.expect("reads");
        assert_eq!(due.deliveries.len(), expected, "after {passed} seconds");
    }
}

async fn delivery_is_found_by_the_beginning_of_its_id<B: Bench>() {
    let names: Vec<String> = (0..40).map(|n| format!("Article {n}")).collect();
    let world = owing::<B>(&names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let all = world.store().deliveries(&Wanted::default(), usize::MAX).await.expect("reads");
    for prefix in ["0", "7", "ab", "F", "fe3"] {
        let begins = |delivery: &&Delivery| delivery.id.to_string().starts_with(&prefix.to_lowercase());
        let mut expected: Vec<DeliveryId> = all.iter().filter(begins).map(|delivery| delivery.id).collect();
        expected.sort();
        expected.truncate(2);
        let found = world.store().find_delivery(prefix).await.expect("reads");
        assert_eq!(found.iter().map(|delivery| delivery.id).collect::<Vec<_>>(), expected, "{prefix}");
    }
    for prefix in ["", "x", "ffffffffffffffffffffffffffffffffff"] {
        assert!(world.store().find_delivery(prefix).await.expect("reads").is_empty(), "{prefix}");
    }
    let text = all[0].id.to_string();
    assert_eq!(world.store().find_delivery(&text[..20]).await.expect("reads")[0], all[0]);
}
