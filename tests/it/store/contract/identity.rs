//! Other rules of identity: articles keep their ids, and nobody is told.

use tidings::model::key::KeyKind;
use tidings::model::{ArticleId, Entry, ListingSpec};
use tidings::store::Store;

use crate::store::support::{Bench, World, entry, propose, spec, titles};

on_both! {
    identity_changed_and_changed_back_keeps_every_id_and_announces_nothing,
}

/// An entry that offers every kind of key.
fn full(n: u32) -> Entry {
    let link = Some(format!("https://example.org/{n}"));
    Entry { id: Some(format!("id {n}")), link, ..entry(&format!("Article number {n} of many")) }
}

fn page(numbers: impl IntoIterator<Item = u32>) -> Vec<Entry> {
    numbers.into_iter().map(full).collect()
}

async fn ids<B: Bench>(world: &World<B>) -> Vec<ArticleId> {
    world.store().articles(0, 99).await.expect("reads").iter().map(|article| article.id).collect()
}

/// The same page by other rules.
async fn reread<B: Bench>(world: &mut World<B>, spec: &ListingSpec, page: &[Entry]) {
    let now = world.tick();
    let proposal = propose(world.store(), spec, page, true, now).await.expect("proposes");
    let committed = world.store().commit_scan(proposal).await.expect("commits");
    assert!(committed.new.is_empty() && committed.updated.is_empty() && committed.removed.is_empty());
}

async fn identity_changed_and_changed_back_keeps_every_id_and_announces_nothing<B: Bench>() {
    let all = spec("a", "site");
    let mut by_text = all.clone();
    by_text.identity = vec![KeyKind::SourceDateTitle];
    let mut world = World::<B>::with(&[&all]).await;
    world.scan(&all, &page(0..10)).await;
    let mut before = ids(&world).await;
    for (rules, news) in [(&by_text, 10), (&all, 11), (&by_text, 12), (&all, 13)] {
        reread(&mut world, rules, &page(0..news)).await;
        assert_eq!(ids(&world).await, before);
        world.bench.reopen().await;
        // What is new by those rules stays itself by the others.
        let committed = world.scan(rules, &page(0..=news)).await;
        assert_eq!(titles(&committed.new), [format!("Article number {news} of many")]);
        before.push(committed.new[0].id);
    }
    // Without a page to read again, the keys that an article ever had lead to it.
    for rules in [&by_text, &all, &by_text] {
        let committed = world.scan(rules, &page(0..14)).await;
        assert!(committed.new.is_empty() && committed.updated.is_empty(), "{committed:?}");
    }
    assert_eq!(ids(&world).await, before);
}
