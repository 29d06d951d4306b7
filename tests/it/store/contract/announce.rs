//! Who announces what: once, and only what came after the baseline.

use tidings::model::{Entry, Printed};
use tidings::store::Store;

use crate::store::support::{Bench, World, declared, entries, entry, spec, titles};

on_both! {
    known_article_on_a_new_listing_is_also_there_and_no_news,
    article_first_seen_after_the_baseline_is_announced_by_the_other_listing,
    f024_two_listings_give_one_article_announced_once,
    two_listings_racing_announce_once,
    two_entries_with_one_title_do_not_both_lose_to_one_article,
    readded_listing_begins_with_a_baseline,
    scan_overtaken_by_a_readded_listing_is_a_baseline,
    listing_moved_to_another_site_begins_anew,
    announce_first_announces_the_baseline,
    late_article_is_announced_and_says_so,
    two_first_scans_of_one_listing_remember_each_article_once,
}

fn linked(title: &str, link: &str) -> Entry {
    Entry { link: Some(format!("https://example.org/{link}")), ..entry(title) }
}

async fn known_article_on_a_new_listing_is_also_there_and_no_news<B: Bench>() {
    let (a, b) = (spec("a", "site"), spec("b", "site"));
    let mut world = World::<B>::with(&[&a, &b]).await;
    world.scan(&a, &entries(&["One", "Two"])).await;
    world.scan(&b, &entries(&["Four", "Five"])).await;
    let committed = world.scan(&b, &entries(&["One", "Four", "Five"])).await;
    assert_eq!((committed.new.len(), committed.also), (0, 1), "first seen before b's baseline");
    let one = &world.store().articles(0, 9).await.expect("reads")[1];
    assert_eq!((one.title.as_str(), one.listings.len(), one.announced), ("One", 2, None));
    assert_eq!(one.updated, one.published, "seen elsewhere is no update");
}

async fn article_first_seen_after_the_baseline_is_announced_by_the_other_listing<B: Bench>() {
    let (a, b, c) = (spec("a", "site"), spec("b", "site"), spec("c", "site"));
    let mut world = World::<B>::with(&[&a, &b]).await;
    world.scan(&b, &entries(&["Four", "Five"])).await;
    // Known through a's baseline, which announces nothing, but after b's.
    world.scan(&a, &entries(&["One", "Two"])).await;
    let committed = world.scan(&b, &entries(&["One", "Four", "Five"])).await;
    assert_eq!((titles(&committed.new), committed.also), (vec!["One"], 0));
    assert_eq!(committed.new[0].announced, Some(committed.seq));
    world.declare(&declared(&[&a, &b, &c])).await;
    assert!(world.scan(&c, &entries(&["One", "Two"])).await.new.is_empty());
}

async fn f024_two_listings_give_one_article_announced_once<B: Bench>() {
    let (mut a, mut b) = (spec("a", "site"), spec("b", "site"));
    (a.tags, b.tags) = (vec!["Kafka".to_owned()], vec!["Storage".to_owned()]);
    let mut world = World::<B>::with(&[&a, &b]).await;
    world.scan(&a, &[linked("One", "1")]).await;
    world.scan(&b, &[linked("Two", "2")]).await;
    let first = world.scan(&a, &[linked("New", "new?utm_source=a"), linked("One", "1")]).await;
    let second = world.scan(&b, &[linked("New", "new#b"), linked("Two", "2")]).await;
    assert_eq!((first.new.len(), second.new.len(), second.also), (1, 0, 1));
    let found = world.store().find(&first.new[0].id.to_string()).await.expect("reads");
    assert_eq!(found[0].all_tags(), ["Kafka", "Storage"]);
    assert_eq!(found[0].announced, first.new[0].announced);
}

async fn two_listings_racing_announce_once<B: Bench>() {
    let (a, b) = (spec("a", "site"), spec("b", "site"));
    let mut world = World::<B>::with(&[&a, &b]).await;
    world.scan(&a, &entries(&["One"])).await;
    world.scan(&b, &entries(&["Two"])).await;
    let from_a = world.propose(&a, &entries(&["New", "One"])).await;
    let from_b = world.propose(&b, &entries(&["New", "Newer", "Two"])).await;
    let won = world.store().commit_scan(from_a).await.expect("commits");
    let lost = world.store().commit_scan(from_b).await.expect("commits");
    assert_eq!((titles(&won.new), won.also), (vec!["New"], 0));
    assert_eq!((titles(&lost.new), lost.also), (vec!["Newer"], 1), "the loser is also on it");
    let past = world.store().past(&b.id).await.expect("declared");
    assert_eq!(past.held.len(), 3);
    assert_eq!(past.held[0].article, won.new[0].id);
    assert_eq!(past.memo.order, [], "held in page order");
}

async fn two_entries_with_one_title_do_not_both_lose_to_one_article<B: Bench>() {
    let (a, b) = (spec("a", "site"), spec("b", "site"));
    let mut world = World::<B>::with(&[&a, &b]).await;
    world.scan(&a, &[linked("One", "1")]).await;
    world.scan(&b, &[linked("Two", "2")]).await;
    let from_a = world.propose(&a, &[linked("Weekly", "w1"), linked("One", "1")]).await;
    let weekly = [linked("Weekly", "w2"), linked("Weekly", "w1"), linked("Two", "2")];
    let from_b = world.propose(&b, &weekly).await;
    let won = world.store().commit_scan(from_a).await.expect("commits");
    let lost = world.store().commit_scan(from_b).await.expect("commits");
    assert_eq!((lost.new.len(), lost.also), (1, 1), "one is the known one, the other is new");
    assert_eq!(lost.new[0].link.as_deref(), Some("https://example.org/w2"));
    assert_ne!(lost.new[0].id, won.new[0].id);
    assert_eq!(world.store().past(&b.id).await.expect("declared").held.len(), 3);
}

async fn readded_listing_begins_with_a_baseline<B: Bench>() {
    let (a, b) = (spec("a", "site"), spec("b", "site"));
    let mut world = World::<B>::with(&[&a, &b]).await;
    world.scan(&a, &entries(&["One", "Two"])).await;
    world.declare(&declared(&[&b])).await;
    world.bench.reopen().await;
    world.declare(&declared(&[&a, &b])).await;
    let committed = world.scan(&a, &entries(&["Zero", "One", "Two"])).await;
    assert!(committed.baseline);
    assert_eq!((titles(&committed.new), committed.also), (vec!["Zero"], 0));
    assert_eq!(committed.new[0].announced, None);
    let next = world.scan(&a, &entries(&["Newer", "Zero", "One", "Two"])).await;
    assert_eq!(titles(&next.new), ["Newer"]);
}

async fn scan_overtaken_by_a_readded_listing_is_a_baseline<B: Bench>() {
    let a = spec("a", "site");
    let mut world = World::<B>::with(&[&a]).await;
    world.scan(&a, &entries(&["One", "Two"])).await;
    let proposal = world.propose(&a, &entries(&["Zero", "One", "Two"])).await;
    world.declare(&declared(&[])).await;
    world.declare(&declared(&[&a])).await;
    let committed = world.store().commit_scan(proposal).await.expect("commits");
    assert!(committed.baseline && committed.new.iter().all(|article| article.announced.is_none()));
}

async fn listing_moved_to_another_site_begins_anew<B: Bench>() {
    let (a, stays) = (spec("a", "site"), spec("b", "site"));
    let mut world = World::<B>::with(&[&a, &stays]).await;
    world.scan(&a, &entries(&["One", "Two"])).await;
    let moved = spec("a", "elsewhere");
    world.declare(&declared(&[&moved, &stays])).await;
    let committed = world.scan(&moved, &entries(&["One", "Two"])).await;
    assert!(committed.baseline);
    assert_eq!(world.store().article_count().await.expect("reads"), 4);
    assert!(world.scan(&moved, &entries(&["One", "Two"])).await.new.is_empty());
}

async fn announce_first_announces_the_baseline<B: Bench>() {
    let mut a = spec("a", "site");
    a.announce_first = true;
    let mut world = World::<B>::with(&[&a]).await;
    let committed = world.scan(&a, &entries(&["One", "Two"])).await;
    assert!(committed.baseline);
    assert!(committed.new.iter().all(|article| article.announced == Some(committed.seq)));
}

async fn late_article_is_announced_and_says_so<B: Bench>() {
    let a = spec("a", "site");
    let mut world = World::<B>::with(&[&a]).await;
    world.scan(&a, &entries(&["One", "Two"])).await;
    let old = Entry { date: Printed::parse("2016-02-01"), ..entry("Old") };
    let page = [vec![old], entries(&["One", "Two"])].concat();
    let committed = world.scan(&a, &page).await;
    assert_eq!(titles(&committed.new), ["Old"]);
    assert!(committed.new[0].late && committed.new[0].announced.is_some());
    let again = Entry { date: Printed::parse("2016-03-04"), ..entry("Fresh") };
    let committed = world.scan(&a, &[vec![again], page].concat()).await;
    assert!(!committed.new[0].late);
}

async fn two_first_scans_of_one_listing_remember_each_article_once<B: Bench>() {
    let a = spec("a", "site");
    let mut world = World::<B>::with(&[&a]).await;
    let one = world.propose(&a, &entries(&["One", "Two"])).await;
    let two = world.propose(&a, &entries(&["Zero", "One", "Two"])).await;
    world.store().commit_scan(one).await.expect("commits");
    let second = world.store().commit_scan(two).await.expect("commits");
    assert_eq!(titles(&second.new), ["Zero"]);
    assert_eq!(world.store().article_count().await.expect("reads"), 3);
    let past = world.store().past(&a.id).await.expect("declared");
    assert_eq!((past.held.len(), past.memo.order.len()), (3, 0));
}
