//! The rhythm that stores remember of a listing, and what comes of it.

use tidings::model::listing::Quiet;
use tidings::model::{Health, ListingSpec};
use tidings::store::Store;

use crate::store::support::{Bench, World, declared, entries, spec, titles};

on_both! {
    arrivals_are_scans_that_found_something_new,
    article_that_another_listing_told_of_is_an_arrival,
    silence_that_the_config_allows_or_does_not_watch,
    rhythm_survives_a_retirement_and_not_another_site,
}

async fn arrivals<B: Bench>(world: &World<B>, spec: &ListingSpec) -> Vec<i64> {
    let past = world.store().past(&spec.id).await.expect("is declared");
    past.arrivals.iter().map(|at| at.since(crate::store::support::start()) / 3_600).collect()
}

/// Scans after so many hours.
async fn after<B: Bench>(world: &mut World<B>, hours: i64, spec: &ListingSpec, page: &[&str]) -> Health {
    world.now = world.now.plus(hours * 3_600 - 1_800);
    world.scan(spec, &entries(page)).await;
    world.store().past(&spec.id).await.expect("is declared").health
}

async fn arrivals_are_scans_that_found_something_new<B: Bench>() {
    let a = spec("a", "site");
    let mut world = World::<B>::with(&[&a]).await;
    after(&mut world, 1, &a, &["One", "Two"]).await;
    assert_eq!(arrivals(&world, &a).await, [0i64; 0], "a baseline is none");
    after(&mut world, 20, &a, &["Three", "One", "Two"]).await;
    after(&mut world, 20, &a, &["Three", "One", "Two"]).await;
    after(&mut world, 20, &a, &["Three", "Two"]).await;
    after(&mut world, 20, &a, &["Four", "Three", "Two"]).await;
    after(&mut world, 5, &a, &["Five", "Four", "Three", "Two"]).await;
    assert_eq!(arrivals(&world, &a).await, [21, 81, 86]);
    after(&mut world, 6, &a, &["Six", "Five", "Four", "Three", "Two"]).await;
    world.bench.reopen().await;
    assert_eq!(arrivals(&world, &a).await, [21, 81, 92], "what comes fast is one");
}

async fn article_that_another_listing_told_of_is_an_arrival<B: Bench>() {
    let (a, b) = (spec("a", "site"), spec("b", "site"));
    let mut world = World::<B>::with(&[&a, &b]).await;
    after(&mut world, 1, &a, &["One"]).await;
    after(&mut world, 1, &b, &["Two"]).await;
    after(&mut world, 1, &a, &["New", "One"]).await;
    let committed = world.scan(&b, &entries(&["New", "Two"])).await;
    assert!(titles(&committed.new).is_empty());
    assert_eq!(arrivals(&world, &b).await, [3]);
}

async fn silence_that_the_config_allows_or_does_not_watch<B: Bench>() {
    let mut a = spec("a", "site");
    a.quiet = Quiet::After(10 * 86_400);
    let mut world = World::<B>::with(&[&a]).await;
    after(&mut world, 1, &a, &["One", "Two"]).await;
    for day in 1..=10 {
        assert_eq!(after(&mut world, 24, &a, &["One", "Two"]).await, Health::Ok, "day {day}");
    }
    assert_eq!(after(&mut world, 24, &a, &["One", "Two"]).await, Health::Quiet, "without any rhythm");
    let events = world.store().health_events().await.expect("reads");
    assert_eq!(events[0].reason, "nothing new since 2016-03-04, for 11 days");
    a.quiet = Quiet::Never;
    assert_eq!(after(&mut world, 24, &a, &["One", "Two"]).await, Health::Ok);
    let events = world.store().health_events().await.expect("reads");
    assert_eq!((events.len(), events[0].reason.as_str()), (2, "its silence is no longer watched"));
    for _ in 0..40 {
        assert_eq!(after(&mut world, 24, &a, &["One", "Two"]).await, Health::Ok);
    }
}

async fn rhythm_survives_a_retirement_and_not_another_site<B: Bench>() {
    let (a, elsewhere) = (spec("a", "site"), spec("a", "another"));
    let stays = spec("b", "site");
    let mut world = World::<B>::with(&[&a, &stays]).await;
    after(&mut world, 1, &a, &["One"]).await;
    after(&mut world, 1, &a, &["Two", "One"]).await;
    world.declare(&declared(&[&stays])).await;
    world.declare(&declared(&[&a, &stays])).await;
    assert_eq!(arrivals(&world, &a).await, [2]);
    world.declare(&declared(&[&elsewhere, &stays])).await;
    assert_eq!(arrivals(&world, &a).await, [0i64; 0]);
}
