//! Feeds: who is in them, in which order, under which slug; windows, archive pages, tags, views.

use tidings::model::{Entry, FeedKey, FeedKind, Filter, Pattern, Printed, TagRow};
use tidings::store::{Declared, FeedInfo, Resplit, Store};

use crate::store::support::{Bench, World, declared, entries, entry, spec, start, titles, view};

on_both! {
    first_feeds_stand_empty_from_the_stores_creation,
    articles_are_in_the_feeds_of_their_names,
    names_that_fold_to_one_are_one_feed_and_slugs_stay,
    window_holds_the_last_to_enter_latest_first,
    known_articles_enter_another_listings_feed_by_their_time,
    full_pages_close_and_stay,
    updated_of_a_feed_never_falls,
    changed_category_moves_an_article,
    unsure_split_begins_no_feed_and_retag_does,
    tags_of_a_listing_are_its_articles_tags,
    renamed_listing_takes_its_unnamed_articles_along,
    views_follow_their_filter,
    defining_a_view_moves_nothing_else,
    tag_feeds_begun_by_one_scan_are_capped,
}

async fn feed<B: Bench>(world: &World<B>, kind: FeedKind, name: &str) -> Option<FeedInfo> {
    world.store().feed(&FeedKey::named(kind, name)).await.expect("reads")
}

async fn window<B: Bench>(world: &World<B>, key: &FeedKey, most: usize) -> Vec<String> {
    let articles = world.store().window(key, most).await.expect("reads");
    titles(&articles).into_iter().map(str::to_owned).collect()
}

fn tagged(title: &str, tags: &[&str]) -> Entry {
    Entry { tags: TagRow::List(tags.iter().map(|&tag| tag.to_owned()).collect()), ..entry(title) }
}

fn numbered(range: std::ops::Range<u32>) -> Vec<Entry> {
    range.rev().map(|n| entry(&format!("Article {n:03}"))).collect()
}

async fn first_feeds_stand_empty_from_the_stores_creation<B: Bench>() {
    let world = World::<B>::begin();
    let feeds = world.store().feeds().await.expect("reads");
    let keys: Vec<_> = feeds.iter().map(|feed| feed.key.clone()).collect();
    assert_eq!(keys, [FeedKey::all(), FeedKey::health()]);
    assert!(feeds.iter().all(|feed| feed.updated == start() && feed.count == 0 && !feed.retired));
    assert_eq!(world.store().identity().1, start());
    assert!(window(&world, &FeedKey::all(), 10).await.is_empty());
    assert_eq!(feed(&world, FeedKind::Tag, "Kafka").await, None);
}

async fn articles_are_in_the_feeds_of_their_names<B: Bench>() {
    let a = spec("a", "site");
    let mut world = World::<B>::with(&[&a]).await;
    let mut page = vec![tagged("One", &["Kafka", "C++"]), entry("Two")];
    page[0].category = Some("Guides".to_owned());
    page[1].source = None;
    let committed = world.scan(&a, &page).await;
    assert_eq!(committed.new_tags, ["Kafka", "C++"]);
    let one: Vec<(FeedKind, &str, &str)> = vec![
        (FeedKind::Tag, "kafka", "kafka"),
        (FeedKind::Tag, "c++", "c-plus-plus"),
        (FeedKind::Source, "ACME", "acme"),
        (FeedKind::Category, "Guides", "guides"),
    ];
    for (kind, name, slug) in one {
        let info = feed(&world, kind, name).await.expect("began");
        assert_eq!((info.count, info.slug.as_str(), info.updated), (1, slug, world.now));
        assert_eq!(window(&world, &info.key, 10).await, ["One"]);
    }
    let unnamed = feed(&world, FeedKind::Source, "Listing a").await.expect("the listing's title");
    assert_eq!(window(&world, &unnamed.key, 10).await, ["Two"]);
    let listing = feed(&world, FeedKind::Listing, "a").await.expect("declared");
    assert_eq!((listing.count, listing.slug.as_str()), (2, "a"));
}

async fn names_that_fold_to_one_are_one_feed_and_slugs_stay<B: Bench>() {
    let a = spec("a", "site");
    let mut world = World::<B>::with(&[&a]).await;
    world.scan(&a, &[tagged("One", &["C"]), tagged("Two", &["c", "C#"])]).await;
    let before = world.store().feeds().await.expect("reads");
    world.bench.reopen().await;
    world.scan(&a, &[tagged("Zero", &["C/"]), tagged("One", &["C"]), tagged("Two", &["c", "C#"])]).await;
    let after = world.store().feeds().await.expect("reads");
    let c = feed(&world, FeedKind::Tag, "C").await.expect("began");
    assert_eq!((c.count, c.label.as_str()), (2, "c"), "as first seen, from the bottom of the page");
    let slugs = |feeds: &[FeedInfo]| -> Vec<_> {
        feeds.iter().map(|feed| (feed.key.clone(), feed.slug.clone(), feed.id)).collect()
    };
    assert_eq!(slugs(&after)[..before.len()], slugs(&before)[..]);
    let other = feed(&world, FeedKind::Tag, "C/").await.expect("began");
    assert!(other.slug.starts_with("c-") && other.id != c.id, "{}", other.slug);
}

async fn window_holds_the_last_to_enter_latest_first<B: Bench>() {
    let a = spec("a", "site");
    let mut world = World::<B>::with(&[&a]).await;
    let day = |title: &str, date: &str| Entry { date: Printed::parse(date), ..entry(title) };
    world.scan(&a, &[day("B", "2016-03-01"), day("C", "2016-03-03"), day("A", "2016-03-01")]).await;
    let all = FeedKey::all();
    assert_eq!(window(&world, &all, 10).await, ["C", "B", "A"], "by published, then position");
    world
        .scan(
            &a,
            &[
                day("Old", "2015-01-01"),
                day("B", "2016-03-01"),
                day("C", "2016-03-03"),
                day("A", "2016-03-01"),
            ],
        )
        .await;
    assert_eq!(window(&world, &all, 10).await, ["Old", "C", "B", "A"], "by the record that brought it first");
    assert_eq!(window(&world, &all, 2).await, ["Old", "C"]);
    assert!(window(&world, &all, 0).await.is_empty());
}

async fn known_articles_enter_another_listings_feed_by_their_time<B: Bench>() {
    let (a, b) = (spec("a", "site"), spec("b", "site"));
    let mut world = World::<B>::with(&[&a, &b]).await;
    let day = |title: &str, date: &str| Entry { date: Printed::parse(date), ..entry(title) };
    let (old, middle, new) =
        (day("Old", "2016-03-01"), day("Middle", "2016-03-02"), day("New", "2016-03-03"));
    world.scan(&a, &[new.clone(), old.clone()]).await;
    world.scan(&b, &[new, middle, old]).await;
    let key = FeedKey::named(FeedKind::Listing, "b");
    assert_eq!(window(&world, &key, 10).await, ["New", "Middle", "Old"]);
}

async fn full_pages_close_and_stay<B: Bench>() {
    let a = spec("a", "site");
    let mut world = World::<B>::with(&[&a]).await;
    world.scan(&a, &numbered(0..99)).await;
    let all = FeedKey::all();
    assert_eq!(feed(&world, FeedKind::All, "").await.expect("stands").archives, 0);
    assert!(world.store().archive(&all, 1).await.expect("reads").is_empty(), "not closed yet");
    world.scan(&a, &numbered(40..139)).await;
    let info = feed(&world, FeedKind::All, "").await.expect("stands");
    assert_eq!((info.count, info.archives), (139, 1));
    let closed = world.store().archive(&all, 1).await.expect("reads");
    assert_eq!((closed.len(), closed[0].title.as_str()), (100, "Article 099"));
    assert_eq!(closed[99].title, "Article 000");
    assert_eq!(window(&world, &all, 120).await.len(), 120);
    assert_eq!(window(&world, &all, 120).await[119], "Article 019");
    for page in [0, 2, u32::MAX] {
        assert!(world.store().archive(&all, page).await.expect("reads").is_empty(), "page {page}");
    }
    world.bench.reopen().await;
    assert_eq!(world.store().archive(&all, 1).await.expect("reads"), closed);
}

async fn updated_of_a_feed_never_falls<B: Bench>() {
    let a = spec("a", "site");
    let mut world = World::<B>::with(&[&a]).await;
    let mut page = vec![tagged("One", &["Kafka"]), tagged("Two", &["Rust"])];
    world.scan(&a, &page).await;
    let first = world.now;
    page[0].summary = Some("Edited".to_owned());
    world.scan(&a, &page).await;
    let kafka = feed(&world, FeedKind::Tag, "Kafka").await.expect("began").updated;
    let rust = feed(&world, FeedKind::Tag, "Rust").await.expect("began").updated;
    assert_eq!((kafka, rust), (world.now, first));
    page.remove(0);
    world.scan(&a, &[vec![tagged("New", &["Rust"])], page].concat()).await;
    assert_eq!(feed(&world, FeedKind::Tag, "Kafka").await.expect("began").updated, kafka);
}

async fn changed_category_moves_an_article<B: Bench>() {
    let a = spec("a", "site");
    let mut world = World::<B>::with(&[&a]).await;
    let mut page = entries(&["One", "Two"]);
    page[0].category = Some("Guides".to_owned());
    world.scan(&a, &page).await;
    page[0].category = Some("News".to_owned());
    world.scan(&a, &page).await;
    let guides = feed(&world, FeedKind::Category, "Guides").await.expect("began");
    assert_eq!((guides.count, guides.updated, guides.retired), (0, world.now, false));
    let news = feed(&world, FeedKind::Category, "News").await.expect("began");
    assert_eq!(window(&world, &news.key, 9).await, ["One"]);
}

async fn unsure_split_begins_no_feed_and_retag_does<B: Bench>() {
    let a = spec("a", "site");
    let mut world = World::<B>::with(&[&a]).await;
    let run = |title: &str, run: &str| Entry { tags: TagRow::Run(run.to_owned()), ..entry(title) };
    let page = vec![run("Doubtful", "?Kaf|Rust?"), run("Sure", "Rust")];
    let committed = world.scan(&a, &page).await;
    assert_eq!(committed.new_tags, ["Rust"]);
    assert_eq!(feed(&world, FeedKind::Tag, "Kaf").await, None);
    let rust = FeedKey::named(FeedKind::Tag, "Rust");
    assert_eq!(window(&world, &rust, 9).await, ["Doubtful", "Sure"], "a feed that is there is joined");
    let unsure = world.store().unsure(9).await.expect("reads");
    assert_eq!(titles(&unsure), ["Doubtful"]);
    let split = Resplit { id: unsure[0].id, tags: vec!["Kafka".to_owned()], sure: true };
    let nobody = Resplit { id: tidings::model::ArticleId::from_uuid(uuid::Uuid::nil()), ..split.clone() };
    let now = world.tick();
    assert_eq!(world.store().retag(vec![nobody, split], now).await.expect("commits"), 1);
    assert!(world.store().unsure(9).await.expect("reads").is_empty());
    assert_eq!(window(&world, &rust, 9).await, ["Sure"]);
    let kafka = feed(&world, FeedKind::Tag, "Kafka").await.expect("began");
    assert_eq!((kafka.count, kafka.updated), (1, now));
    assert_eq!(world.scan(&a, &page).await.seq, 0, "the row is the same, however it is split");
}

async fn tags_of_a_listing_are_its_articles_tags<B: Bench>() {
    let mut a = spec("a", "site");
    a.tags = vec!["Backend".to_owned()];
    let mut world = World::<B>::with(&[&a]).await;
    let empty = feed(&world, FeedKind::Tag, "Backend").await.expect("declared");
    assert_eq!((empty.count, empty.updated), (0, start()));
    world.scan(&a, &entries(&["One", "Two"])).await;
    assert_eq!(feed(&world, FeedKind::Tag, "backend").await.expect("declared").count, 2);
    a.tags = vec!["Frontend".to_owned()];
    world.tick();
    world.declare(&declared(&[&a])).await;
    assert_eq!(feed(&world, FeedKind::Tag, "Backend").await.expect("declared").count, 0);
    let frontend = feed(&world, FeedKind::Tag, "Frontend").await.expect("declared");
    assert_eq!((frontend.count, frontend.updated), (2, world.now));
    let known = world.store().articles(0, 9).await.expect("reads");
    assert!(known.iter().all(|article| article.all_tags() == ["Frontend"]));
}

async fn renamed_listing_takes_its_unnamed_articles_along<B: Bench>() {
    let mut a = spec("a", "site");
    let mut world = World::<B>::with(&[&a]).await;
    let mut page = entries(&["One", "Two"]);
    page[0].source = None;
    world.scan(&a, &page).await;
    a.title = "Another title".to_owned();
    world.tick();
    world.declare(&declared(&[&a])).await;
    assert_eq!(feed(&world, FeedKind::Source, "Listing a").await.expect("began").count, 0);
    let renamed = feed(&world, FeedKind::Source, "Another title").await.expect("began");
    assert_eq!(window(&world, &renamed.key, 9).await, ["One"]);
    assert_eq!(world.store().listings().await.expect("reads")[0].title, "Another title");
}

fn with_view(specs: &[&tidings::model::ListingSpec], name: &str, filter: Filter) -> Declared {
    Declared { views: vec![view(name, filter)], ..declared(specs) }
}

async fn views_follow_their_filter<B: Bench>() {
    let a = spec("a", "site");
    let mut world = World::<B>::with(&[&a]).await;
    let kafka = Filter::Tag(Pattern::new("Kaf*"));
    world.scan(&a, &[tagged("One", &["Kafka"]), tagged("Two", &["Rust"])]).await;
    world.declare(&with_view(&[&a], "mine", kafka.clone())).await;
    let key = FeedKey::named(FeedKind::View, "mine");
    assert_eq!(window(&world, &key, 9).await, ["One"], "filled with what is remembered");
    world.bench.reopen().await;
    let page = [tagged("Zero", &["kafka"]), tagged("One", &["Kafka"]), tagged("Two", &["Rust"])];
    world.scan(&a, &page).await;
    assert_eq!(window(&world, &key, 9).await, ["Zero", "One"]);
    world.declare(&with_view(&[&a], "mine", Filter::Not(Box::new(kafka)))).await;
    assert_eq!(window(&world, &key, 9).await, ["Two"]);
    world.declare(&declared(&[&a])).await;
    assert!(world.store().feed(&key).await.expect("reads").expect("stays known").retired);
    world.declare(&with_view(&[&a], "mine", Filter::All(vec![]))).await;
    let info = world.store().feed(&key).await.expect("reads").expect("stays known");
    assert_eq!((info.retired, info.count), (false, 3));
}

async fn defining_a_view_moves_nothing_else<B: Bench>() {
    let a = spec("a", "site");
    let mut world = World::<B>::with(&[&a]).await;
    let run = |title: &str, run: &str| Entry { tags: TagRow::Run(run.to_owned()), ..entry(title) };
    world.scan(&a, &[run("Doubtful", "?Rust?")]).await;
    world.scan(&a, &[run("Sure", "Rust"), run("Doubtful", "?Rust?")]).await;
    let before = feed(&world, FeedKind::Tag, "Rust").await;
    world.tick();
    world.declare(&with_view(&[&a], "everything", Filter::All(vec![]))).await;
    assert_eq!(feed(&world, FeedKind::Tag, "Rust").await, before);
    assert_eq!(feed(&world, FeedKind::View, "everything").await.expect("declared").count, 2);
}

async fn tag_feeds_begun_by_one_scan_are_capped<B: Bench>() {
    let a = spec("a", "site");
    let mut world = World::<B>::with(&[&a]).await;
    let names: Vec<String> = (0..1_005).map(|n| format!("Tag {n}")).collect();
    let page = vec![Entry { tags: TagRow::List(names), ..entry("Hostile") }];
    let committed = world.scan(&a, &page).await;
    assert_eq!(committed.new_tags.len(), 1_000);
    assert_eq!(feed(&world, FeedKind::Tag, "Tag 1004").await, None);
    let next = world.scan(&a, &[page, vec![tagged("Plain", &["Tag 1004"])]].concat()).await;
    assert_eq!(next.new_tags, ["Tag 1004"]);
}
