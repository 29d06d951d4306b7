//! What operators decide: pausing, approving, rejecting, hiding.

use tidings::diff::{self, Belief, HealthChange, Judgement, Proposal, Scan};
use tidings::model::{Article, Entry, FeedKey, FeedKind, Health, ListingSpec, TagRow};
use tidings::store::{Decision, Store, StoreError};

use crate::store::support::{Bench, World, declared, entries, id, reading, spec, titles};

on_both! {
    paused_listing_goes_on_where_it_was,
    scan_under_way_does_not_resume_a_paused_listing,
    rejected_reading_is_never_believed,
    approved_reading_is_announced_once_and_its_hold_is_gone,
    approved_articles_are_no_news_on_another_listing,
    hold_survives_a_pause,
    hidden_article_leaves_all_feeds_and_comes_back,
    hidden_article_is_not_announced_and_begins_feeds_when_it_is_back,
    deciding_on_what_is_not_there_changes_nothing,
}

pub(super) async fn decide<B: Bench>(world: &mut World<B>, decision: Decision) -> bool {
    let now = world.tick();
    world.store().decide(decision, now).await.expect("is remembered")
}

async fn feed_count<B: Bench>(world: &World<B>, key: FeedKey) -> u64 {
    world.store().feed(&key).await.expect("reads").map_or(0, |feed| feed.count)
}

pub(in crate::store) fn flood() -> Vec<Entry> {
    let names: Vec<String> = (0..60).map(|n| format!("Flood {n}")).collect();
    entries(&names.iter().map(String::as_str).collect::<Vec<_>>())
}

/// A listing that holds three articles, and a reading with sixty more that is held.
pub(super) async fn held<B: Bench>(a: &ListingSpec) -> (World<B>, Vec<Entry>) {
    let mut world = World::<B>::with(&[a]).await;
    let known = entries(&["One", "Two", "Three"]);
    world.scan(a, &known).await;
    let page = [flood(), known].concat();
    world.scan(a, &page).await;
    (world, page)
}

/// What approving a reading proposes.
pub(in crate::store) async fn approval<B: Bench>(
    world: &mut World<B>,
    spec: &ListingSpec,
    page: &[Entry],
) -> Proposal {
    let now = world.tick();
    let (store, reading) = (world.store(), reading(page));
    let past = store.past(&spec.id).await.expect("declared");
    let wanted = diff::identify(&reading, &past, spec);
    let (hash, unknown) = (wanted.hash, wanted.unknown.clone());
    let recall = store.recall(&spec.id, &unknown, &[]).await.expect("reads");
    let sight = diff::sight(wanted, &past, &recall, &spec.identity);
    let recall = store.recall(&spec.id, &unknown, &sight.articles(&past)).await.expect("reads");
    let judgement =
        Judgement { belief: Belief::Whole, health: Health::Ok, reason: String::new(), doubt: None };
    let scan = Scan { spec, reading: &reading, hash, body: [9; 16], rules: [1; 16], reread: false, now };
    let mut proposal = diff::compare(scan, &sight, &judgement, &past, &recall);
    proposal.approved = true;
    proposal.health.get_or_insert(HealthChange { to: Health::Ok, reason: String::new(), hold: None });
    proposal
}

async fn paused_listing_goes_on_where_it_was<B: Bench>() {
    let a = spec("a", "site");
    let mut world = World::<B>::with(&[&a]).await;
    world.scan(&a, &entries(&["One", "Two"])).await;
    assert!(decide(&mut world, Decision::Pause(id("a"))).await);
    assert!(!decide(&mut world, Decision::Pause(id("a"))).await, "it is paused already");
    world.bench.reopen().await;
    let info = &world.store().listings().await.expect("reads")[0];
    assert_eq!(
        (info.health, info.reason.as_str(), info.articles),
        (Health::Paused, "paused by an operator", 2)
    );
    assert!(decide(&mut world, Decision::Resume(id("a"))).await);
    assert!(!decide(&mut world, Decision::Resume(id("a"))).await);
    world.bench.reopen().await;
    assert_eq!(world.store().past(&a.id).await.expect("declared").health, Health::Ok);
    let committed = world.scan(&a, &entries(&["Zero", "One", "Two"])).await;
    assert!(!committed.baseline);
    assert_eq!(titles(&committed.new), ["Zero"], "what was new meanwhile is news");
    let events = world.store().health_events().await.expect("reads");
    let said: Vec<_> = events.iter().map(|event| (event.from, event.to)).collect();
    assert_eq!(said, [(Health::Paused, Health::Ok), (Health::Ok, Health::Paused)]);
    world.declare(&declared(&[])).await;
    assert!(matches!(
        world.store().decide(Decision::Pause(id("a")), world.now).await,
        Err(StoreError::NoListing(_))
    ));
}

async fn scan_under_way_does_not_resume_a_paused_listing<B: Bench>() {
    let a = spec("a", "site");
    let mut world = World::<B>::with(&[&a]).await;
    world.scan(&a, &entries(&["One", "Two"])).await;
    let mut proposal = world.propose(&a, &entries(&["Zero", "One", "Two"])).await;
    proposal.health = Some(HealthChange { to: Health::Ok, reason: "well again".into(), hold: None });
    assert!(decide(&mut world, Decision::Pause(id("a"))).await);
    let committed = world.store().commit_scan(proposal).await.expect("commits");
    assert_eq!(titles(&committed.new), ["Zero"]);
    assert_eq!(world.store().past(&a.id).await.expect("declared").health, Health::Paused);
}

async fn rejected_reading_is_never_believed<B: Bench>() {
    let a = spec("a", "site");
    let (mut world, page) = held::<B>(&a).await;
    let hold = world.store().past(&a.id).await.expect("declared").hold.expect("is held");
    assert!(decide(&mut world, Decision::Reject(id("a"), hold.hash)).await);
    assert!(!decide(&mut world, Decision::Reject(id("a"), hold.hash)).await, "nothing is held any more");
    world.bench.reopen().await;
    for _ in 0..5 {
        assert!(world.scan(&a, &page).await.new.is_empty());
    }
    let past = world.store().past(&a.id).await.expect("declared");
    assert_eq!((past.health, &past.hold, past.held.len()), (Health::Odd, &None, 3));
    assert_eq!(past.rejected, [hold.hash]);
    assert_eq!(world.store().health_events().await.expect("reads").len(), 2, "held, then rejected");
}

async fn approved_reading_is_announced_once_and_its_hold_is_gone<B: Bench>() {
    let a = spec("a", "site");
    let (mut world, page) = held::<B>(&a).await;
    let proposal = approval(&mut world, &a, &page).await;
    let committed = world.store().commit_scan(proposal).await.expect("commits");
    assert_eq!(committed.new.len(), 60);
    world.bench.reopen().await;
    let past = world.store().past(&a.id).await.expect("declared");
    assert_eq!((past.health, &past.hold, past.held.len()), (Health::Ok, &None, 63));
    assert_eq!(feed_count(&world, FeedKey::all()).await, 63);
    let articles = world.store().articles(3, 60).await.expect("reads");
    assert!(articles.iter().all(|article| article.announced == articles[0].announced));
    assert!(articles[0].announced.is_some());
    let again = world.scan(&a, &page).await;
    assert!(again.new.is_empty() && again.seq == 0);
}

async fn approved_articles_are_no_news_on_another_listing<B: Bench>() {
    let (a, b) = (spec("a", "site"), spec("b", "site"));
    let (mut world, page) = held::<B>(&a).await;
    world.declare(&declared(&[&a, &b])).await;
    world.scan(&b, &entries(&["One"])).await;
    let proposal = approval(&mut world, &a, &page).await;
    world.store().commit_scan(proposal).await.expect("commits");
    let seen = world.scan(&b, &[entries(&["One"]), flood()[..5].to_vec()].concat()).await;
    assert_eq!((seen.new.len(), seen.also), (0, 5));
}

async fn hold_survives_a_pause<B: Bench>() {
    let a = spec("a", "site");
    let (mut world, page) = held::<B>(&a).await;
    let hold = world.store().past(&a.id).await.expect("declared").hold;
    assert!(decide(&mut world, Decision::Pause(id("a"))).await);
    assert!(decide(&mut world, Decision::Resume(id("a"))).await);
    let past = world.store().past(&a.id).await.expect("declared");
    assert_eq!((past.health, &past.hold), (Health::Quarantined, &hold));
    assert!(decide(&mut world, Decision::Pause(id("a"))).await);
    let proposal = approval(&mut world, &a, &page).await;
    world.store().commit_scan(proposal).await.expect("commits");
    let past = world.store().past(&a.id).await.expect("declared");
    assert_eq!((past.health, &past.hold, past.held.len()), (Health::Paused, &None, 63));
}

async fn window<B: Bench>(world: &World<B>, key: FeedKey) -> Vec<Article> {
    world.store().window(&key, 100).await.expect("reads")
}

async fn hidden_article_leaves_all_feeds_and_comes_back<B: Bench>() {
    let mark = [1; 16];
    let a = spec("a", "site");
    let mut world = World::<B>::with(&[&a]).await;
    let committed = world.scan(&a, &entries(&["One", "Two", "Three"])).await;
    let two = committed.new.iter().find(|article| article.title == "Two").expect("is new").id;
    let upto = world.store().unpublished(mark).await.expect("reads").upto;
    world.store().published(upto, mark).await.expect("is noted");
    assert!(decide(&mut world, Decision::Hide(two)).await);
    assert!(!decide(&mut world, Decision::Hide(two)).await);
    let pending = world.store().unpublished(mark).await.expect("reads");
    assert!(pending.articles.contains(&two) && pending.feeds.contains(&FeedKey::all()));
    world.bench.reopen().await;
    let keys =
        [FeedKey::all(), FeedKey::named(FeedKind::Source, "Acme"), FeedKey::named(FeedKind::Listing, "a")];
    for key in &keys {
        let shown = window(&world, key.clone()).await;
        assert!(shown.iter().all(|article| article.id != two), "{key}");
        assert_eq!(feed_count(&world, key.clone()).await, 2);
    }
    let all = world.store().feed(&FeedKey::all()).await.expect("reads").expect("stands");
    assert!(all.updated > committed.new[0].first_seen, "leaving a feed changes it");
    assert_eq!(world.store().hidden().await.expect("reads"), [two]);
    let again = world.scan(&a, &entries(&["One", "Two", "Three", "Four"])).await;
    assert_eq!(titles(&again.new), ["Four"], "it is not forgotten");
    assert!(decide(&mut world, Decision::Restore(two)).await);
    assert!(!decide(&mut world, Decision::Restore(two)).await);
    world.bench.reopen().await;
    for key in &keys {
        assert_eq!(feed_count(&world, key.clone()).await, 4);
    }
    assert!(world.store().hidden().await.expect("reads").is_empty());
    let back = world.store().find(&two.to_string()).await.expect("reads").remove(0);
    let before = committed.new.iter().find(|article| article.id == two).expect("was new");
    assert_eq!(back, *before, "nothing about it moved");
}

async fn hidden_article_is_not_announced_and_begins_feeds_when_it_is_back<B: Bench>() {
    let (a, b) = (spec("a", "site"), spec("b", "site"));
    let mut world = World::<B>::with(&[&a, &b]).await;
    world.scan(&b, &entries(&["Other"])).await;
    let mut page = entries(&["One"]);
    let one = world.scan(&a, &page).await.new[0].id;
    assert!(decide(&mut world, Decision::Hide(one)).await);
    page[0].tags = TagRow::List(vec!["Kafka".into()]);
    world.scan(&a, &page).await;
    let tag = FeedKey::named(FeedKind::Tag, "Kafka");
    assert!(world.store().feed(&tag).await.expect("reads").is_none());
    let seen = world.scan(&b, &[entries(&["Other"]), page.clone()].concat()).await;
    assert_eq!((seen.new.len(), seen.also), (0, 1));
    assert!(decide(&mut world, Decision::Restore(one)).await);
    assert_eq!(titles(&window(&world, tag).await), ["One"]);
}

async fn deciding_on_what_is_not_there_changes_nothing<B: Bench>() {
    let a = spec("a", "site");
    let mut world = World::<B>::with(&[&a]).await;
    let nobody = tidings::model::ArticleId::from_uuid(uuid::Uuid::from_u128(1));
    assert!(!decide(&mut world, Decision::Hide(nobody)).await);
    assert!(!decide(&mut world, Decision::Restore(nobody)).await);
    assert!(!decide(&mut world, Decision::Resume(id("a"))).await);
    let unknown = world.store().decide(Decision::Resume(id("b")), world.now).await;
    assert!(matches!(unknown, Err(StoreError::NoListing(_))));
    assert!(world.store().health_events().await.expect("reads").is_empty());
}
