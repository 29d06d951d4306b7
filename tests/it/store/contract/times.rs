//! The times that feeds show: given once, kept for ever.

use tidings::model::{Article, Entry, Printed, Timestamp};
use tidings::store::Store;

use crate::store::support::{Bench, World, entries, entry, spec};

on_both! {
    date_only_articles_count_seconds_from_the_bottom_of_the_page,
    seconds_go_on_over_scans_and_listings_of_a_site,
    day_begins_in_the_listings_zone,
    future_day_is_capped_at_first_sight_and_kept,
    instants_are_kept_and_capped,
    undated_articles_keep_the_page_order,
    clock_that_goes_back_moves_no_record_back,
    retag_and_also_on_move_no_entry_time,
}

fn dated(title: &str, date: &str) -> Entry {
    Entry { date: Some(Printed::parse(date).expect("a date")), ..entry(title) }
}

fn times(articles: &[Article]) -> Vec<(&str, String)> {
    articles.iter().map(|article| (article.title.as_str(), article.published.rfc3339())).collect()
}

fn at(title: &'static str, time: &str) -> (&'static str, String) {
    (title, time.to_owned())
}

async fn date_only_articles_count_seconds_from_the_bottom_of_the_page<B: Bench>() {
    let a = spec("a", "site");
    let mut world = World::<B>::with(&[&a]).await;
    let page = [dated("Top", "2016-03-03"), dated("Other day", "2016-03-02"), dated("Bottom", "2016-03-03")];
    let committed = world.scan(&a, &page).await;
    assert_eq!(
        times(&committed.new),
        [
            at("Top", "2016-03-03T00:00:02Z"),
            at("Other day", "2016-03-02T00:00:01Z"),
            at("Bottom", "2016-03-03T00:00:01Z")
        ]
    );
}

async fn seconds_go_on_over_scans_and_listings_of_a_site<B: Bench>() {
    let (a, b, c) = (spec("a", "site"), spec("b", "site"), spec("c", "other"));
    let mut world = World::<B>::with(&[&a, &b, &c]).await;
    world.scan(&a, &entries(&["One"])).await;
    world.bench.reopen().await;
    let more = world.scan(&a, &entries(&["Two", "One"])).await;
    assert_eq!(times(&more.new), [at("Two", "2016-03-03T00:00:02Z")]);
    let other = world.scan(&b, &entries(&["Three"])).await;
    assert_eq!(times(&other.new), [at("Three", "2016-03-03T00:00:03Z")]);
    let elsewhere = world.scan(&c, &entries(&["Four"])).await;
    assert_eq!(times(&elsewhere.new), [at("Four", "2016-03-03T00:00:01Z")]);
}

async fn day_begins_in_the_listings_zone<B: Bench>() {
    let mut a = spec("a", "site");
    a.zone = chrono_tz::Asia::Shanghai;
    let mut world = World::<B>::with(&[&a]).await;
    let committed = world.scan(&a, &entries(&["One"])).await;
    assert_eq!(times(&committed.new), [at("One", "2016-03-02T16:00:01Z")]);
}

async fn future_day_is_capped_at_first_sight_and_kept<B: Bench>() {
    let a = spec("a", "site");
    let mut world = World::<B>::with(&[&a]).await;
    let page = [dated("Tomorrow", "2016-03-05"), dated("Today", "2016-03-03")];
    let committed = world.scan(&a, &page).await;
    let first = world.now;
    assert_eq!(committed.new[0].published, first);
    for _ in 0..3 {
        world.now = world.now.plus(86_400);
        world.scan(&a, &page).await;
    }
    let mut changed = page.clone();
    changed[0].summary = Some("Edited".to_owned());
    let updated = world.scan(&a, &changed).await.updated;
    assert_eq!((updated[0].0.published, updated[0].0.updated), (first, world.now));
}

async fn instants_are_kept_and_capped<B: Bench>() {
    let a = spec("a", "site");
    let mut world = World::<B>::with(&[&a]).await;
    let page = [dated("Future", "2031-01-01T00:00:00Z"), dated("Past", "2016-03-03T23:30:00+08:00")];
    let committed = world.scan(&a, &page).await;
    assert_eq!(
        times(&committed.new),
        [at("Future", &world.now.rfc3339()), at("Past", "2016-03-03T15:30:00Z")]
    );
}

async fn undated_articles_keep_the_page_order<B: Bench>() {
    let a = spec("a", "site");
    let mut world = World::<B>::with(&[&a]).await;
    let undated = |title: &str| Entry { date: None, ..entry(title) };
    let page = [undated("Top"), undated("Middle"), undated("Bottom")];
    let committed = world.scan(&a, &page).await;
    let published: Vec<Timestamp> = committed.new.iter().map(|article| article.published).collect();
    assert_eq!(published, [world.now, world.now.plus(-1), world.now.plus(-2)]);
}

async fn clock_that_goes_back_moves_no_record_back<B: Bench>() {
    let a = spec("a", "site");
    let mut world = World::<B>::with(&[&a]).await;
    world.scan(&a, &entries(&["One", "Two"])).await;
    let before = world.now;
    world.now = world.now.plus(-86_400);
    let committed = world.scan(&a, &entries(&["Zero", "One", "Two"])).await;
    assert_eq!(committed.new[0].first_seen, before, "f023: `at` never falls");
    let all = world.store().feed(&tidings::model::FeedKey::all()).await.expect("reads").expect("stands");
    assert_eq!(all.updated, before);
}

async fn retag_and_also_on_move_no_entry_time<B: Bench>() {
    let (a, mut b) = (spec("a", "site"), spec("b", "site"));
    b.tags = vec!["Given".to_owned()];
    let mut world = World::<B>::with(&[&a, &b]).await;
    let first = world.scan(&a, &entries(&["One"])).await;
    world.scan(&b, &entries(&["One"])).await;
    let split = tidings::store::Resplit { id: first.new[0].id, tags: vec!["Kafka".to_owned()], sure: true };
    let now = world.tick();
    assert_eq!(world.store().retag(vec![split.clone()], now).await.expect("commits"), 1);
    assert_eq!(world.store().retag(vec![split], now).await.expect("commits"), 0, "the same again is nothing");
    let one = &world.store().articles(0, 1).await.expect("reads")[0];
    assert_eq!(one.all_tags(), ["Kafka", "Given"]);
    assert_eq!(one.updated, one.published);
    let all = world.store().feed(&tidings::model::FeedKey::all()).await.expect("reads").expect("stands");
    assert_eq!(all.updated, now, "what the feed shows did change");
}
