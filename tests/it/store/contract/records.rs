//! The rest of what is remembered: health, listings, what is published, ids by prefix.

use tidings::diff::{HealthChange, Kind, Proposal, ReadingHash};
use tidings::model::{FeedKey, FeedKind, Health};
use tidings::store::Store;

use crate::store::support::{Bench, World, declared, entries, spec, titles};

on_both! {
    trouble_that_lasts_is_said_once_and_so_is_recovery,
    health_events_are_capped_and_newest_first,
    quarantine_holds_the_reading_and_a_believed_one_drops_it,
    listings_are_known_for_ever_by_id,
    unpublished_names_what_changed_until_it_is_published,
    what_changes_after_the_mark_stays_unpublished,
    article_taken_off_is_published_after_a_restart,
    find_takes_a_unique_prefix,
    believed_readings_are_the_last_sixteen,
}

async fn trouble_that_lasts_is_said_once_and_so_is_recovery<B: Bench>() {
    let a = spec("a", "site");
    let mut world = World::<B>::with(&[&a]).await;
    let page = entries(&["One", "Two"]);
    world.scan(&a, &page).await;
    for scan in 1..=5 {
        let committed = world.scan(&a, &[]).await;
        assert_eq!(committed.seq > 0, scan == 3, "said at the third scan running");
        if scan == 2 {
            world.bench.reopen().await;
        }
    }
    assert_eq!(world.store().health_events().await.expect("reads").len(), 1);
    let info = &world.store().listings().await.expect("reads")[0];
    assert_eq!((info.health, info.articles), (Health::Empty, 2));
    world.scan(&a, &page).await;
    let events = world.store().health_events().await.expect("reads");
    assert_eq!(events.len(), 2);
    assert_eq!((events[0].from, events[0].to, events[0].at), (Health::Empty, Health::Ok, world.now));
    assert!(events[1].reason.contains("no entry was found"), "{}", events[1].reason);
    let feed = world.store().feed(&FeedKey::health()).await.expect("reads").expect("stands");
    assert_eq!((feed.count, feed.updated), (2, world.now));
    let all = world.store().feed(&FeedKey::all()).await.expect("reads").expect("stands");
    assert!(all.updated < world.now, "health is never inside content feeds");
}

fn health(proposal: &Proposal, to: Health, reason: &str) -> Proposal {
    let health = Some(HealthChange { to, reason: reason.to_owned(), hold: None });
    Proposal { health, ..proposal.clone() }
}

async fn health_events_are_capped_and_newest_first<B: Bench>() {
    let a = spec("a", "site");
    let mut world = World::<B>::with(&[&a]).await;
    world.scan(&a, &entries(&["One"])).await;
    let quiet = world.propose(&a, &entries(&["One"])).await;
    assert_eq!(quiet.kind, Kind::Scan);
    for n in 0..60 {
        for to in [Health::Failing, Health::Ok] {
            world.store().commit_scan(health(&quiet, to, &format!("{n}"))).await.expect("commits");
        }
    }
    // The same again is no event, only another reason.
    world.store().commit_scan(health(&quiet, Health::Ok, "again")).await.expect("commits");
    let events = world.store().health_events().await.expect("reads");
    assert_eq!((events.len(), events[0].reason.as_str(), events[99].reason.as_str()), (100, "59", "10"));
    assert!(events.is_sorted_by(|newer, older| newer.seq > older.seq));
}

async fn quarantine_holds_the_reading_and_a_believed_one_drops_it<B: Bench>() {
    let a = spec("a", "site");
    let mut world = World::<B>::with(&[&a]).await;
    let known = entries(&["One", "Two", "Three"]);
    world.scan(&a, &known).await;
    let flood: Vec<String> = (0..60).map(|n| format!("Flood {n}")).collect();
    let flood = entries(&flood.iter().map(String::as_str).collect::<Vec<_>>());
    let committed = world.scan(&a, &[flood.clone(), known.clone()].concat()).await;
    assert!(committed.new.is_empty() && committed.seq > 0);
    let past = world.store().past(&a.id).await.expect("declared");
    assert_eq!((past.health, past.hold.as_ref().map(|hold| hold.new)), (Health::Quarantined, Some(60)));
    assert_eq!((past.held.len(), world.store().article_count().await.expect("reads")), (3, 3));
    let again = world.scan(&a, &[flood, known.clone()].concat()).await;
    assert_eq!(again.seq, 0, "the same hold is said once");
    world.bench.reopen().await;
    world.scan(&a, &known).await;
    let past = world.store().past(&a.id).await.expect("declared");
    assert_eq!((past.health, past.hold), (Health::Ok, None));
}

async fn listings_are_known_for_ever_by_id<B: Bench>() {
    let (a, b) = (spec("a", "site"), spec("b", "site"));
    let mut world = World::<B>::with(&[&b, &a]).await;
    world.scan(&a, &entries(&["One"])).await;
    world.tick();
    world.declare(&declared(&[&b])).await;
    let listings = world.store().listings().await.expect("reads");
    let known: Vec<_> = listings.iter().map(|l| (l.id.as_str().to_owned(), l.retired, l.articles)).collect();
    assert_eq!(known, [("a".to_owned(), true, 0), ("b".to_owned(), false, 0)]);
    let key = FeedKey::named(FeedKind::Listing, "a");
    let feed = world.store().feed(&key).await.expect("reads").expect("stays known");
    assert!(feed.retired && feed.count == 1);
    world.declare(&declared(&[&a, &b])).await;
    assert!(!world.store().feed(&key).await.expect("reads").expect("stays known").retired);
}

async fn unpublished_names_what_changed_until_it_is_published<B: Bench>() {
    let (mark, other) = ([1; 16], [2; 16]);
    let a = spec("a", "site");
    let mut world = World::<B>::with(&[&a]).await;
    let first = world.scan(&a, &entries(&["One", "Two"])).await;
    let found = world.store().unpublished(mark).await.expect("reads");
    assert!(found.everything, "nothing was published yet");
    assert_eq!(found.upto, first.seq);
    world.store().published(found.upto, mark).await.expect("is noted");
    let found = world.store().unpublished(mark).await.expect("reads");
    assert!(!found.everything && found.feeds.is_empty() && found.articles.is_empty());
    assert!(world.store().unpublished(other).await.expect("reads").everything, "another config");
    let next = world.scan(&a, &entries(&["Zero", "One", "Two"])).await;
    for reopened in [false, true] {
        if reopened {
            world.bench.reopen().await;
        }
        let found = world.store().unpublished(mark).await.expect("reads");
        assert_eq!((found.upto, found.everything), (next.seq, false));
        for key in [FeedKey::all(), FeedKey::named(FeedKind::Source, "Acme")] {
            assert!(found.feeds.contains(&key), "{key} of {:?}", found.feeds);
        }
        assert!(!found.feeds.contains(&FeedKey::health()));
        assert!(found.articles.contains(&next.new[0].id));
    }
}

async fn what_changes_after_the_mark_stays_unpublished<B: Bench>() {
    let mark = [1; 16];
    let a = spec("a", "site");
    let mut world = World::<B>::with(&[&a]).await;
    world.scan(&a, &entries(&["One"])).await;
    let before = world.store().unpublished(mark).await.expect("reads");
    let meanwhile = world.scan(&a, &entries(&["Zero", "One"])).await;
    world.store().published(before.upto, mark).await.expect("is noted");
    let found = world.store().unpublished(mark).await.expect("reads");
    assert!(found.feeds.contains(&FeedKey::all()) && found.articles.contains(&meanwhile.new[0].id));
    assert!(!found.everything);
}

async fn article_taken_off_is_published_after_a_restart<B: Bench>() {
    let mark = [1; 16];
    let a = spec("a", "site");
    let mut world = World::<B>::with(&[&a]).await;
    world.scan(&a, &entries(&["One", "Two", "Three"])).await;
    world.scan(&a, &entries(&["One", "Three"])).await;
    let upto = world.store().unpublished(mark).await.expect("reads").upto;
    world.store().published(upto, mark).await.expect("is noted");
    let gone = world.scan(&a, &entries(&["One", "Three"])).await;
    assert_eq!(titles(&gone.removed), ["Two"]);
    world.bench.reopen().await;
    let found = world.store().unpublished(mark).await.expect("reads");
    assert!(found.articles.contains(&gone.removed[0].id), "its own page shows that");
}

async fn find_takes_a_unique_prefix<B: Bench>() {
    let a = spec("a", "site");
    let mut world = World::<B>::with(&[&a]).await;
    let names: Vec<String> = (0..40).map(|n| format!("Article {n}")).collect();
    let page = entries(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let committed = world.scan(&a, &page).await;
    for article in &committed.new {
        let id = article.id.to_string();
        for prefix in [id.as_str(), &id.to_uppercase(), &id.replace('-', ""), &id[..12]] {
            let found = world.store().find(prefix).await.expect("reads");
            assert_eq!(titles(&found), [article.title.as_str()], "{prefix}");
        }
        let digit = &id[..1];
        let many = committed.new.iter().filter(|a| a.id.to_string().starts_with(digit)).count();
        assert_eq!(world.store().find(digit).await.expect("reads").len(), many.min(2));
    }
    for nothing in ["", "-", "x", "0g", &"0".repeat(33), "é"] {
        assert!(world.store().find(nothing).await.expect("reads").is_empty(), "{nothing:?}");
    }
}

async fn believed_readings_are_the_last_sixteen<B: Bench>() {
    let a = spec("a", "site");
    let mut world = World::<B>::with(&[&a]).await;
    let mut page = entries(&["One", "Two"]);
    let mut hashes: Vec<ReadingHash> = Vec::new();
    for n in 0..20 {
        page[0].summary = Some(format!("Edition {n}"));
        world.scan(&a, &page).await;
        let past = world.store().past(&a.id).await.expect("declared");
        hashes.push(*past.believed.last().expect("was believed"));
    }
    world.bench.reopen().await;
    assert_eq!(world.store().past(&a.id).await.expect("declared").believed, hashes[4..]);
}
