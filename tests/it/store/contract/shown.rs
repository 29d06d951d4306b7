//! Which articles stand in a window, compared with reading every window.

use std::collections::BTreeSet;

use tidings::model::{ArticleId, Entry, FeedKind, TagRow};
use tidings::store::Store;

use crate::store::support::{Bench, World, declared, entry, spec};

on_both! {
    shown_are_those_in_the_window_of_a_feed,
}

/// Article `n`, of one of many tags and two sources.
fn numbered(n: u32) -> Entry {
    let tags = TagRow::List(vec![format!("Tag {}", n % 9), "Every".to_owned()]);
    let source = if n.is_multiple_of(4) { "Seldom" } else { "Often" };
    Entry { tags, source: Some(source.to_owned()), ..entry(&format!("Article {n:03}")) }
}

async fn check<B: Bench>(world: &World<B>) {
    let store = world.store();
    let all: Vec<ArticleId> =
        store.articles(0, 1_000).await.expect("reads").iter().map(|article| article.id).collect();
    for window in [1, 5, 100, 130, 1_000] {
        let mut expected = BTreeSet::new();
        for feed in store.feeds().await.expect("reads").iter().filter(|feed| !feed.retired) {
            let articles = store.window(&feed.key, window).await.expect("reads");
            expected.extend(articles.iter().map(|article| article.id));
        }
        let shown = store.shown(&all, window).await.expect("reads");
        assert_eq!(shown.len(), shown.iter().collect::<BTreeSet<_>>().len());
        assert_eq!(shown.into_iter().collect::<BTreeSet<_>>(), expected, "window {window}");
    }
    let stranger = ArticleId::from_uuid(uuid::Uuid::from_u128(1));
    assert!(store.shown(&[stranger], 100).await.expect("reads").is_empty());
}

async fn shown_are_those_in_the_window_of_a_feed<B: Bench>() {
    let (a, b) = (spec("a", "site"), spec("b", "site"));
    let mut world = World::<B>::with(&[&a, &b]).await;
    for end in [150, 200, 250, 290] {
        let page: Vec<Entry> = (0..end).rev().map(numbered).collect();
        world.scan(&a, &page).await;
    }
    let page: Vec<Entry> = (0..30).rev().map(numbered).collect();
    world.scan(&b, &page).await;
    check(&world).await;
    // An article that only the retired listing's feed still shows is shown no more.
    let before = world.store().feed(&tidings::model::FeedKey::named(FeedKind::Listing, "b")).await;
    assert!(!before.expect("reads").expect("declared").retired);
    world.declare(&declared(&[&a])).await;
    check(&world).await;
}
