//! Listings that get another id, and sites that get another name.

use tidings::diff::Past;
use tidings::model::{FeedKey, FeedKind, Filter, Health, ListingSpec, Pattern};
use tidings::store::{Declared, FeedInfo, Store};

use crate::store::support::{Bench, World, declared, entries, id, spec, titles, view};

on_both! {
    f040_renamed_listing_goes_on_where_it_was,
    f040_renamed_listing_keeps_its_feed_over_chains_and_back,
    f040_listing_that_takes_a_name_that_was_left_begins_anew,
    f040_listing_is_renamed_only_where_nothing_would_be_lost,
    f040_listing_taken_off_and_then_renamed_begins_with_a_baseline,
    f040_site_that_all_leave_for_a_new_name_keeps_its_keys,
    f040_listing_that_leaves_others_on_its_site_begins_anew,
    f040_hold_and_pause_go_with_a_renamed_listing,
    f040_views_and_hidden_articles_follow_a_renamed_listing,
}

/// A listing that had other ids, its site named after it, as a config leaves it.
fn renamed(name: &str, from: &[&str]) -> ListingSpec {
    let mut spec = spec(name, name);
    spec.title = "News".to_owned();
    spec.renamed_from = from.iter().map(|from| id(from)).collect();
    spec
}

async fn feed<B: Bench>(world: &World<B>, name: &str) -> Option<FeedInfo> {
    world.store().feed(&FeedKey::named(FeedKind::Listing, name)).await.expect("reads")
}

async fn past<B: Bench>(world: &World<B>, spec: &ListingSpec) -> Past {
    world.store().past(&spec.id).await.expect("is declared")
}

async fn ids<B: Bench>(world: &World<B>) -> Vec<String> {
    let listings = world.store().listings().await.expect("reads");
    listings.into_iter().filter(|known| !known.retired).map(|known| known.id.to_string()).collect()
}

async fn seq<B: Bench>(world: &World<B>) -> u64 {
    world.store().unpublished([0; 16]).await.expect("reads").upto
}

async fn f040_renamed_listing_goes_on_where_it_was<B: Bench>() {
    let (a, b) = (renamed("a", &[]), renamed("b", &["old", "a"]));
    let mut world = World::<B>::with(&[&a]).await;
    world.scan(&a, &entries(&["Three", "Two", "One"])).await;
    world.scan(&a, &entries(&["Four", "Two", "Three", "One"])).await;
    for _ in 0..3 {
        world.scan(&a, &[]).await;
    }
    let (before, articles) = (past(&world, &a).await, world.store().articles(0, 9).await.expect("reads"));
    let old = feed(&world, "a").await.expect("stands");
    world.declare(&declared(&[&b])).await;
    world.bench.reopen().await;
    assert_eq!(past(&world, &b).await, before);
    assert!(world.store().past(&a.id).await.is_err(), "there is no listing a");
    let new = feed(&world, "b").await.expect("stands");
    assert_eq!((new.id, new.updated, new.count, new.retired), (old.id, old.updated, 4, false));
    assert_eq!((new.slug.as_str(), new.former.as_slice()), ("b", ["a".to_owned()].as_slice()));
    assert_eq!(feed(&world, "a").await, None);
    let after = world.store().articles(0, 9).await.expect("reads");
    for (before, after) in articles.iter().zip(&after) {
        assert_eq!((before.id, before.site, before.updated), (after.id, after.site, after.updated));
        assert_eq!(after.listings.iter().map(|on| on.listing.as_str()).collect::<Vec<_>>(), ["b"]);
    }
    let events = world.store().health_events().await.expect("reads");
    assert_eq!((events.len(), &events[0].listing, events[0].to), (1, &b.id, Health::Empty));
    let listings = world.store().listings().await.expect("reads");
    assert_eq!((listings.len(), &listings[0].id, listings[0].health), (1, &b.id, Health::Empty));
    let seq = seq(&world).await;
    world.declare(&declared(&[&b])).await;
    assert_eq!(self::seq(&world).await, seq, "declared again, nothing differs");
    let committed = world.scan(&b, &entries(&["Five", "Four", "Two", "Three", "One"])).await;
    assert_eq!((titles(&committed.new), committed.baseline), (vec!["Five"], false));
    assert_eq!(world.store().article_count().await.expect("reads"), 5);
}

async fn f040_renamed_listing_keeps_its_feed_over_chains_and_back<B: Bench>() {
    let mut world = World::<B>::with(&[&renamed("a", &[])]).await;
    world.scan(&renamed("a", &[]), &entries(&["One"])).await;
    let first = feed(&world, "a").await.expect("stands").id;
    for (name, from, former) in [
        ("b", vec!["a"], vec!["a"]),
        ("c", vec!["a", "b"], vec!["a", "b"]),
        ("a", vec!["c"], vec!["b", "c"]),
        ("b", vec!["c", "a"], vec!["c", "a"]),
    ] {
        let spec = renamed(name, &from);
        world.declare(&declared(&[&spec])).await;
        let feed = feed(&world, name).await.expect("stands");
        assert_eq!((feed.id, &feed.former), (first, &former.iter().map(|&slug| slug.to_owned()).collect()));
        assert_eq!(world.scan(&spec, &entries(&["One"])).await.seq, 0, "{name}: nothing to write");
        world.bench.reopen().await;
    }
    assert_eq!(world.store().listings().await.expect("reads").len(), 1);
    let kinds = world.store().feeds().await.expect("reads").into_iter().map(|feed| feed.key.kind);
    assert_eq!(kinds.filter(|kind| *kind == FeedKind::Listing).count(), 1);
}

async fn f040_listing_that_takes_a_name_that_was_left_begins_anew<B: Bench>() {
    let (a, b) = (renamed("a", &[]), renamed("b", &["a"]));
    let mut world = World::<B>::with(&[&a]).await;
    world.scan(&a, &entries(&["One"])).await;
    world.declare(&declared(&[&b])).await;
    world.declare(&declared(&[&a, &b])).await;
    let (fresh, old) = (feed(&world, "a").await.expect("begins"), feed(&world, "b").await.expect("stands"));
    assert_ne!(fresh.id, old.id);
    assert_eq!((fresh.count, fresh.former.len(), old.former.len()), (0, 0, 0), "its old path is taken");
    let committed = world.scan(&a, &entries(&["One"])).await;
    assert!(committed.baseline);
    assert_eq!(world.store().article_count().await.expect("reads"), 2, "it is on a site of its own");
    world.bench.reopen().await;
    let c = renamed("c", &["a"]);
    world.declare(&declared(&[&b, &c])).await;
    let ids = [feed(&world, "b").await.expect("stands").id, feed(&world, "c").await.expect("stands").id];
    assert_eq!(ids, [old.id, fresh.id]);
    world.declare(&declared(&[&a, &b, &c])).await;
    let third = feed(&world, "a").await.expect("begins").id;
    assert!(!ids.contains(&third), "no two feeds have one id");
}

async fn f040_listing_is_renamed_only_where_nothing_would_be_lost<B: Bench>() {
    let (a, other) = (renamed("a", &[]), renamed("other", &[]));
    let mut world = World::<B>::with(&[&a, &other]).await;
    world.scan(&a, &entries(&["One"])).await;
    world.scan(&other, &entries(&["Two"])).await;
    // The one it had before is still declared; it is known itself; no such listing was ever known.
    world.declare(&declared(&[&a, &other, &renamed("b", &["a", "unknown"])])).await;
    assert_eq!(ids(&world).await, ["a", "b", "other"]);
    assert!(past(&world, &renamed("b", &[])).await.baseline.is_none());
    world.scan(&renamed("b", &[]), &entries(&["Three"])).await;
    world.declare(&declared(&[&renamed("other", &["a"]), &renamed("b", &["a"])])).await;
    assert_eq!(ids(&world).await, ["b", "other"], "both are known: a is retired");
    assert!(feed(&world, "a").await.expect("stands").retired);
    // Two claim it: the first gets it.
    world.declare(&declared(&[&renamed("c", &["a"]), &renamed("d", &["a"])])).await;
    assert_eq!(feed(&world, "c").await.expect("stands").count, 1);
    assert_eq!(feed(&world, "d").await.expect("stands").count, 0);
    // One that was declared, and on which nothing ever was, is in nobody's way once it is retired.
    world.declare(&declared(&[&renamed("c", &[])])).await;
    world.declare(&declared(&[&renamed("d", &["c"])])).await;
    let feed = feed(&world, "d").await.expect("stands");
    assert_eq!((feed.count, feed.retired, feed.former), (1, false, vec!["a".to_owned(), "c".to_owned()]));
}

async fn f040_listing_taken_off_and_then_renamed_begins_with_a_baseline<B: Bench>() {
    let (a, b, other) = (renamed("a", &[]), renamed("b", &["a"]), renamed("other", &[]));
    let mut world = World::<B>::with(&[&a, &other]).await;
    world.scan(&a, &entries(&["Two", "One"])).await;
    let old = feed(&world, "a").await.expect("stands").id;
    world.declare(&declared(&[&other])).await;
    world.declare(&declared(&[&b, &other])).await;
    let committed = world.scan(&b, &entries(&["Three", "Two", "One"])).await;
    assert!(committed.baseline, "what it missed is no news");
    assert_eq!(world.store().article_count().await.expect("reads"), 3, "the others are known");
    let feed = feed(&world, "b").await.expect("stands");
    assert_eq!((feed.id, feed.count, feed.retired), (old, 3, false));
}

async fn f040_site_that_all_leave_for_a_new_name_keeps_its_keys<B: Bench>() {
    let (a, b) = (spec("a", "site"), spec("b", "site"));
    let mut world = World::<B>::with(&[&a, &b]).await;
    world.scan(&a, &entries(&["One"])).await;
    world.scan(&b, &entries(&["Two"])).await;
    let (a, b) = (spec("a", "place"), spec("b", "place"));
    world.declare(&declared(&[&a, &b])).await;
    for (spec, page) in [(&a, ["Two", "One"]), (&b, ["One", "Two"])] {
        assert!(!world.scan(spec, &entries(&page)).await.baseline);
    }
    assert_eq!(world.store().article_count().await.expect("reads"), 2);
    // The old name is free: it is another site now, and leads nowhere.
    let c = spec("c", "site");
    world.declare(&declared(&[&a, &b, &c])).await;
    world.scan(&c, &entries(&["One"])).await;
    assert_eq!(world.store().article_count().await.expect("reads"), 3);
}

async fn f040_listing_that_leaves_others_on_its_site_begins_anew<B: Bench>() {
    let (a, b) = (spec("a", "site"), spec("b", "site"));
    let mut world = World::<B>::with(&[&a, &b]).await;
    world.scan(&a, &entries(&["One"])).await;
    let a = spec("a", "place");
    world.declare(&declared(&[&a, &b])).await;
    assert!(world.scan(&a, &entries(&["One"])).await.baseline);
    assert_eq!(world.store().article_count().await.expect("reads"), 2);
    // Two that leave it for two names: the first takes it along.
    let (a, b, c) = (spec("a", "place"), spec("b", "left"), spec("c", "site"));
    world.declare(&declared(&[&a, &spec("b", "site"), &c])).await;
    world.scan(&b, &entries(&["Two"])).await;
    world.declare(&declared(&[&a, &b, &spec("c", "right")])).await;
    assert!(past(&world, &b).await.baseline.is_some());
    world.scan(&spec("c", "right"), &entries(&["Two"])).await;
    assert_eq!(world.store().article_count().await.expect("reads"), 4, "on a site of its own");
}

async fn f040_hold_and_pause_go_with_a_renamed_listing<B: Bench>() {
    let (a, b) = (renamed("a", &[]), renamed("b", &["a"]));
    let mut world = World::<B>::with(&[&a]).await;
    world.scan(&a, &entries(&["Two", "One"])).await;
    let flood: Vec<String> = (0..60).map(|n| format!("Flood {n}")).collect();
    let flood: Vec<&str> = flood.iter().map(String::as_str).collect();
    world.scan(&a, &entries(&flood)).await;
    let decision = tidings::store::Decision::Pause(a.id.clone());
    assert!(world.store().decide(decision, world.now).await.expect("commits"));
    let hold = past(&world, &a).await.hold.expect("is held");
    world.declare(&declared(&[&b])).await;
    let past = past(&world, &b).await;
    assert_eq!((past.health, past.hold), (Health::Paused, Some(hold)));
    let decision = tidings::store::Decision::Resume(b.id.clone());
    assert!(world.store().decide(decision, world.now).await.expect("commits"));
    assert_eq!(self::past(&world, &b).await.health, Health::Quarantined);
}

async fn f040_views_and_hidden_articles_follow_a_renamed_listing<B: Bench>() {
    let (a, b) = (renamed("a", &[]), renamed("b", &["a"]));
    let by_name = |name: &str| view(name, Filter::Listing(Pattern::new(name)));
    let views = vec![by_name("a"), by_name("b")];
    let mut world = World::<B>::begin();
    world.declare(&Declared { views: views.clone(), ..declared(&[&a]) }).await;
    world.scan(&a, &entries(&["Two", "One"])).await;
    let one = world.store().articles(0, 1).await.expect("reads")[0].id;
    assert!(world.store().decide(tidings::store::Decision::Hide(one), world.now).await.expect("commits"));
    world.declare(&Declared { views, ..declared(&[&b]) }).await;
    let count = |name: &'static str| {
        let store = world.store();
        async move { store.feed(&FeedKey::named(FeedKind::View, name)).await.expect("reads").unwrap().count }
    };
    assert_eq!((count("a").await, count("b").await), (0, 1));
    assert!(world.store().decide(tidings::store::Decision::Restore(one), world.now).await.expect("commits"));
    assert_eq!((count("a").await, count("b").await), (0, 2));
    assert_eq!(feed(&world, "b").await.expect("stands").count, 2);
}
