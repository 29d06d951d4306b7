//! Forgetting what old articles say: they leave feeds, and stay known.

use tidings::model::{ArticleId, FeedKey, FeedKind, Presence, TagRow};
use tidings::store::{Decision, Declared, FORGET_EVERY, Settled, Store, TryEnd};

use crate::store::support::{
    Bench, World, declared, entries, entry, everything, id, spec, target, target_id, titles,
};

on_both! {
    forgotten_article_leaves_feeds_and_is_no_news_when_it_is_back,
    what_a_listing_holds_is_kept_however_old_it_is,
    what_left_is_kept_until_it_is_old,
    listing_that_was_taken_off_and_put_back_in_time_keeps_its_articles,
    listing_that_begins_anew_or_waits_for_approval_keeps_its_articles,
    article_with_a_message_that_waits_is_kept,
    hidden_article_is_forgotten_and_stays_hidden,
    article_forgotten_while_a_scan_runs_is_learned_by_the_next_one,
    forgotten_article_is_no_news_on_a_listing_that_never_had_it,
    renaming_a_listing_reaches_what_is_forgotten,
    looking_for_old_articles_is_done_once_a_day,
}

/// Has what was not seen for an hour forgotten, a day after the last time. Returns of how many.
async fn forget<B: Bench>(world: &mut World<B>) -> usize {
    world.now = world.now.plus(FORGET_EVERY + 3_600);
    let (before, now) = (world.now.plus(-3_600), world.now);
    world.store().forget(before, now).await.expect("is remembered")
}

async fn find<B: Bench>(world: &World<B>, id: ArticleId) -> tidings::model::Article {
    world.store().find(&id.to_string()).await.expect("reads").remove(0)
}

async fn count<B: Bench>(world: &World<B>, key: &FeedKey) -> u64 {
    world.store().feed(key).await.expect("reads").map_or(0, |feed| feed.count)
}

/// A listing whose article `One` was taken off.
async fn one_gone<B: Bench>() -> (World<B>, tidings::model::ListingSpec, ArticleId) {
    let a = spec("a", "site");
    let mut world = World::<B>::with(&[&a]).await;
    let mut page = entries(&["One", "Two", "Three"]);
    page[0].tags = TagRow::List(vec!["Kafka".into()]);
    page[0].summary = Some("About one.".into());
    let one = world.scan(&a, &page).await.new.iter().find(|new| new.title == "One").expect("new").id;
    for _ in 0..2 {
        world.scan(&a, &page[1..]).await;
    }
    (world, a, one)
}

async fn forgotten_article_leaves_feeds_and_is_no_news_when_it_is_back<B: Bench>() {
    let (mut world, a, one) = one_gone::<B>().await;
    let mark = [1; 16];
    let upto = world.store().unpublished(mark).await.expect("reads").upto;
    world.store().published(upto, mark).await.expect("is noted");
    let before = find(&world, one).await;
    assert_eq!(forget(&mut world).await, 1);
    for _ in 0..2 {
        let pending = world.store().unpublished(mark).await.expect("reads");
        assert!(pending.articles.contains(&one) && pending.feeds.contains(&FeedKey::all()));
        let article = find(&world, one).await;
        assert!(article.is_textless() && article.title.is_empty() && article.summary.is_none());
        assert_eq!(
            (&article.keys, article.first_seen, article.published, &article.listings),
            (&before.keys, before.first_seen, before.published, &before.listings)
        );
        for (key, left) in [(FeedKey::all(), 2), (FeedKey::named(FeedKind::Tag, "Kafka"), 0)] {
            assert_eq!(count(&world, &key).await, left);
            let shown = world.store().window(&key, 10).await.expect("reads");
            assert!(shown.iter().all(|article| article.id != one));
        }
        world.bench.reopen().await;
    }
    let mut page = entries(&["New", "One", "Two", "Three"]);
    page[1].summary = Some("Said otherwise by now.".into());
    let committed = world.scan(&a, &page).await;
    assert_eq!(titles(&committed.new), ["New"], "it is known");
    assert_eq!((committed.updated.len(), titles(&committed.returned)), (0, vec!["One"]));
    world.bench.reopen().await;
    let pending = world.store().unpublished(mark).await.expect("reads");
    assert!(pending.articles.contains(&one), "its page still has to go");
    let back = find(&world, one).await;
    assert_eq!(back.summary.as_deref(), Some("Said otherwise by now."), "its texts are learned again");
    assert!(!back.is_textless() && back.forgotten.is_some() && back.updated == before.updated);
    assert_eq!(back.listings[0].presence, Presence::Listed);
    assert_eq!(count(&world, &FeedKey::all()).await, 3, "it enters no feed");
    page[1].summary = Some("And once more.".into());
    let committed = world.scan(&a, &page).await;
    assert_eq!(committed.updated.len(), 1, "what changes from now on is an update");
    assert!(world.scan(&a, &page).await.seq == 0, "and nothing is left to say");
}

async fn what_a_listing_holds_is_kept_however_old_it_is<B: Bench>() {
    let a = spec("a", "site");
    let mut world = World::<B>::with(&[&a]).await;
    world.scan(&a, &entries(&["One", "Two"])).await;
    assert_eq!(forget(&mut world).await, 0);
    // One reading without it is not enough for having left.
    world.scan(&a, &entries(&["Two"])).await;
    assert_eq!(forget(&mut world).await, 0);
}

async fn what_left_is_kept_until_it_is_old<B: Bench>() {
    let (world, _, one) = one_gone::<B>().await;
    let before = find(&world, one).await.seen;
    let store = world.store();
    assert_eq!(store.forget(before, world.now).await.expect("is remembered"), 0);
    let later = before.plus(FORGET_EVERY);
    assert_eq!(store.forget(later, world.now.plus(FORGET_EVERY)).await.expect("is remembered"), 1);
}

async fn listing_that_was_taken_off_and_put_back_in_time_keeps_its_articles<B: Bench>() {
    let a = spec("a", "site");
    let mut world = World::<B>::with(&[&a]).await;
    let page = entries(&["One", "Two"]);
    world.scan(&a, &page).await;
    // Long after the articles were seen, which were there all the time.
    world.now = world.now.plus(10 * FORGET_EVERY);
    world.declare(&declared(&[])).await;
    let retired = world.now;
    world.tick();
    assert_eq!(world.store().forget(retired, world.now).await.expect("is remembered"), 0);
    world.declare(&declared(&[&a])).await;
    assert_eq!(forget(&mut world).await, 0, "its next scan says what is there");
    world.scan(&a, &page).await;
    assert_eq!(count(&world, &FeedKey::all()).await, 2);
    world.declare(&declared(&[])).await;
    assert_eq!(forget(&mut world).await, 2, "off for long enough");
}

async fn listing_that_begins_anew_or_waits_for_approval_keeps_its_articles<B: Bench>() {
    let (mut world, a, _) = one_gone::<B>().await;
    let flood: Vec<_> = (0..60).map(|n| entry(&format!("Flood {n}"))).collect();
    world.scan(&a, &[flood, entries(&["Two", "Three"])].concat()).await;
    assert!(world.store().past(&a.id).await.expect("declared").hold.is_some());
    assert_eq!(forget(&mut world).await, 0);
    world.scan(&a, &entries(&["Two", "Three"])).await;
    assert_eq!(forget(&mut world).await, 1);
}

async fn article_with_a_message_that_waits_is_kept<B: Bench>() {
    let a = spec("a", "site");
    let mut world = World::<B>::begin();
    world.declare(&Declared { targets: vec![target("t", everything())], ..declared(&[&a]) }).await;
    world.scan(&a, &entries(&["One", "Zero", "Nil"])).await;
    world.scan(&a, &entries(&["Two", "One", "Zero", "Nil"])).await;
    for _ in 0..2 {
        world.scan(&a, &entries(&["One", "Zero", "Nil", "Three"])).await;
    }
    assert_eq!(forget(&mut world).await, 0);
    let due = world.due("t").await;
    let tries =
        due.iter().map(|owed| Settled { id: owed.id, target: target_id("t"), end: TryEnd::Delivered });
    world.store().settle(tries.collect(), world.now).await.expect("is remembered");
    assert_eq!(forget(&mut world).await, 1);
    let again = world.store().decide(Decision::Retry(vec![due[0].id]), world.now).await;
    assert!(again.expect("is remembered"));
    let two = world.due("t").await;
    assert_eq!(crate::store::support::told(&two[..1]), ["Two"], "messages say what was known");
}

async fn hidden_article_is_forgotten_and_stays_hidden<B: Bench>() {
    let (mut world, a, one) = one_gone::<B>().await;
    world.store().decide(Decision::Hide(one), world.now).await.expect("is remembered");
    assert_eq!(forget(&mut world).await, 1);
    assert_eq!(world.store().hidden().await.expect("reads"), [one]);
    let committed = world.scan(&a, &entries(&["One", "Two", "Three"])).await;
    assert!(committed.new.is_empty() && find(&world, one).await.hidden);
    assert!(world.store().decide(Decision::Restore(one), world.now).await.expect("is remembered"));
    assert_eq!(count(&world, &FeedKey::all()).await, 2, "it was forgotten all the same");
}

async fn article_forgotten_while_a_scan_runs_is_learned_by_the_next_one<B: Bench>() {
    let (mut world, a, one) = one_gone::<B>().await;
    let page = entries(&["One", "Two", "Three"]);
    let proposal = world.propose(&a, &page).await;
    assert_eq!(forget(&mut world).await, 1);
    world.store().commit_scan(proposal).await.expect("commits");
    let committed = world.scan(&a, &page).await;
    assert!(committed.new.is_empty() && committed.updated.is_empty());
    world.bench.reopen().await;
    assert_eq!(find(&world, one).await.title, "One");
    // A change that is told beside that tells all there is.
    let mut other = [page.clone(), entries(&["Four"])].concat();
    for _ in 0..2 {
        world.scan(&a, &other[1..]).await;
    }
    other[0].summary = Some("Changed.".into());
    let proposal = world.propose(&a, &other).await;
    assert_eq!(forget(&mut world).await, 1);
    world.store().commit_scan(proposal).await.expect("commits");
    world.bench.reopen().await;
    let article = find(&world, one).await;
    assert_eq!((article.title.as_str(), article.summary.as_deref()), ("One", Some("Changed.")));
}

async fn forgotten_article_is_no_news_on_a_listing_that_never_had_it<B: Bench>() {
    let (a, b) = (spec("a", "site"), spec("b", "site"));
    let mut world = World::<B>::with(&[&a, &b]).await;
    // Its baseline comes before that of the other one, so what that one brought was never told here.
    world.scan(&b, &entries(&["Other"])).await;
    world.scan(&a, &entries(&["One", "Two"])).await;
    for _ in 0..2 {
        world.scan(&a, &entries(&["Two"])).await;
    }
    assert_eq!(forget(&mut world).await, 1);
    let committed = world.scan(&b, &entries(&["One", "Other"])).await;
    assert_eq!((committed.new.len(), committed.also), (0, 1));
}

async fn renaming_a_listing_reaches_what_is_forgotten<B: Bench>() {
    let (mut world, a, one) = one_gone::<B>().await;
    assert_eq!(forget(&mut world).await, 1);
    let mut renamed = spec("b", "site");
    renamed.renamed_from = vec![a.id.clone()];
    world.declare(&declared(&[&renamed])).await;
    assert_eq!(find(&world, one).await.listings[0].listing, id("b"));
    let committed = world.scan(&renamed, &entries(&["One", "Two", "Three"])).await;
    assert_eq!(titles(&committed.returned), ["One"]);
}

async fn looking_for_old_articles_is_done_once_a_day<B: Bench>() {
    let (mut world, a, _) = one_gone::<B>().await;
    assert_eq!(forget(&mut world).await, 1);
    for _ in 0..2 {
        world.scan(&a, &entries(&["Three"])).await;
    }
    world.now = world.now.plus(7_200);
    assert_eq!(world.store().forget(world.now, world.now).await.expect("looks not"), 0);
    assert_eq!(forget(&mut world).await, 1);
}
