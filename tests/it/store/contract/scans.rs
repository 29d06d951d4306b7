//! What a scan brings: new, updated, removed, aged, returned, seen elsewhere.

use tidings::model::{Field, Presence};
use tidings::store::{Store, StoreError};

use crate::store::support::{Bench, World, declared, entries, id, propose, spec, titles};

on_both! {
    baseline_fills_the_feed_and_announces_nothing,
    new_article_is_reported_once_and_remembered,
    unchanged_page_writes_no_record,
    changed_summary_is_an_update_of_that_field,
    volatile_values_are_no_update,
    article_missing_twice_in_the_middle_is_removed_and_comes_back,
    article_off_the_last_page_is_aged_and_not_removed,
    retitled_article_keeps_its_id,
    corrected_date_is_the_same_article,
    reread_corrects_quietly,
    undeclared_listing_is_refused,
    recall_leads_keys_to_articles_of_the_site_only,
    memo_is_remembered_and_dropped_with_its_listing,
    glance_is_the_past_without_what_the_listing_holds,
}

async fn baseline_fills_the_feed_and_announces_nothing<B: Bench>() {
    let a = spec("a", "site");
    let mut world = World::<B>::with(&[&a]).await;
    let committed = world.scan(&a, &entries(&["One", "Two", "Three"])).await;
    assert!(committed.baseline && committed.seq > 0);
    assert_eq!(titles(&committed.new), ["One", "Two", "Three"], "in page order");
    assert!(committed.new.iter().all(|article| article.announced.is_none() && !article.late));
    let past = world.store().past(&a.id).await.expect("declared");
    assert_eq!(past.baseline.map(|baseline| (baseline.seq, baseline.at)), Some((committed.seq, world.now)));
    assert_eq!((past.held.len(), past.news, past.believed.len()), (3, 0, 1));
}

async fn new_article_is_reported_once_and_remembered<B: Bench>() {
    let a = spec("a", "site");
    let mut world = World::<B>::with(&[&a]).await;
    world.scan(&a, &entries(&["One", "Two"])).await;
    let first = world.scan(&a, &entries(&["Zero", "One", "Two"])).await;
    assert_eq!(titles(&first.new), ["Zero"]);
    assert_eq!(first.new[0].announced, Some(first.seq));
    assert_eq!(first.new[0].first_seen, world.now);
    world.bench.reopen().await;
    let again = world.scan(&a, &entries(&["Zero", "One", "Two"])).await;
    assert!(again.new.is_empty() && again.seq == 0);
    let known = world.store().articles(0, 10).await.expect("reads");
    assert_eq!(titles(&known), ["Two", "One", "Zero"], "bottom of the page first");
    assert_eq!(known[2], first.new[0]);
    assert_eq!(titles(&world.store().articles(1, 1).await.expect("reads")), ["One"]);
    assert_eq!(world.store().article_count().await.expect("reads"), 3);
}

async fn unchanged_page_writes_no_record<B: Bench>() {
    let a = spec("a", "site");
    let mut world = World::<B>::with(&[&a]).await;
    world.scan(&a, &entries(&["One", "Two"])).await;
    let before = world.store().unpublished([0; 16]).await.expect("reads").upto;
    let committed = world.scan(&a, &entries(&["Two", "One"])).await;
    assert_eq!(committed, tidings::store::Committed::default(), "another order is no change");
    assert_eq!(world.store().unpublished([0; 16]).await.expect("reads").upto, before);
    world.declare(&declared(&[&a])).await;
    assert_eq!(world.store().unpublished([0; 16]).await.expect("reads").upto, before);
}

async fn changed_summary_is_an_update_of_that_field<B: Bench>() {
    let a = spec("a", "site");
    let mut world = World::<B>::with(&[&a]).await;
    let mut page = entries(&["One", "Two"]);
    let first = world.scan(&a, &page).await;
    page[0].summary = Some("Now with a summary".to_owned());
    page[0].likes = Some(5);
    let committed = world.scan(&a, &page).await;
    assert!(committed.new.is_empty());
    let [(article, fields)] = &committed.updated[..] else { panic!("{committed:?}") };
    assert_eq!(fields, &[Field::Summary]);
    assert_eq!((article.id, article.published), (first.new[0].id, first.new[0].published));
    assert_eq!(article.updated, world.now);
    assert_eq!((article.summary.as_deref(), article.likes), (Some("Now with a summary"), Some(5)));
    assert_eq!(first.new[0].updated, first.new[0].published);
}

async fn volatile_values_are_no_update<B: Bench>() {
    let a = spec("a", "site");
    let mut world = World::<B>::with(&[&a]).await;
    let mut page = entries(&["One"]);
    let first = world.scan(&a, &page).await;
    (page[0].likes, page[0].minutes) = (Some(100), Some(3));
    let committed = world.scan(&a, &page).await;
    assert_eq!(committed.seq, 0);
    let known = world.store().articles(0, 9).await.expect("reads");
    assert_eq!(known, first.new, "a volatile value shows as of the last journaled change");
}

async fn article_missing_twice_in_the_middle_is_removed_and_comes_back<B: Bench>() {
    let a = spec("a", "site");
    let mut world = World::<B>::with(&[&a]).await;
    let page = entries(&["One", "Two", "Three"]);
    let without = entries(&["One", "Three"]);
    world.scan(&a, &page).await;
    assert!(world.scan(&a, &without).await.removed.is_empty());
    world.bench.reopen().await;
    let gone = world.scan(&a, &without).await;
    assert_eq!(titles(&gone.removed), ["Two"]);
    assert_eq!(gone.removed[0].listings[0].presence, Presence::Removed);
    assert!(gone.removed[0].is_removed());
    let back = world.scan(&a, &page).await;
    // The page is equal to an older copy of itself: doubted until seen three scans running.
    assert!(back.returned.is_empty());
    world.scan(&a, &page).await;
    let back = world.scan(&a, &page).await;
    assert_eq!((titles(&back.returned), back.new.len()), (vec!["Two"], 0));
    assert_eq!(back.returned[0].listings[0].presence, Presence::Listed);
    assert_eq!(back.returned[0].updated, gone.removed[0].updated, "to return is no change of content");
}

async fn article_off_the_last_page_is_aged_and_not_removed<B: Bench>() {
    let a = spec("a", "site");
    let mut world = World::<B>::with(&[&a]).await;
    world.scan(&a, &entries(&["One", "Two", "Three"])).await;
    let committed = world.scan(&a, &entries(&["Zero", "One", "Two"])).await;
    assert_eq!((committed.aged, committed.removed.len()), (1, 0));
    let known = world.store().articles(0, 9).await.expect("reads");
    let presences: Vec<_> = known.iter().map(|a| (a.title.as_str(), a.listings[0].presence)).collect();
    assert_eq!(presences[0], ("Three", Presence::Aged));
    assert_eq!(world.store().past(&a.id).await.expect("declared").held.len(), 3);
    let back = world.scan(&a, &entries(&["Zero", "One", "Two", "Three"])).await;
    assert!(back.new.is_empty() && back.returned.is_empty(), "what had aged out is neither new nor returned");
}

async fn retitled_article_keeps_its_id<B: Bench>() {
    let a = spec("a", "site");
    let mut world = World::<B>::with(&[&a]).await;
    let first = world.scan(&a, &entries(&["How Uber Scales Its Platform", "The end"])).await;
    let committed = world.scan(&a, &entries(&["How Uber Scaled Its Platform", "The end"])).await;
    let [(article, fields)] = &committed.updated[..] else { panic!("{committed:?}") };
    assert_eq!((article.id, fields.as_slice()), (first.new[0].id, &[Field::Title][..]));
    assert_eq!(article.keys.len(), 2, "the old key leads to it still");
}

async fn corrected_date_is_the_same_article<B: Bench>() {
    let a = spec("a", "site");
    let mut world = World::<B>::with(&[&a]).await;
    let mut page = entries(&["One", "Two"]);
    page[0].summary = Some("The same words".to_owned());
    let first = world.scan(&a, &page).await;
    page[0].date = tidings::model::Printed::parse("2016-03-01");
    let committed = world.scan(&a, &page).await;
    let [(article, fields)] = &committed.updated[..] else { panic!("{committed:?}") };
    assert_eq!((article.id, fields.as_slice()), (first.new[0].id, &[Field::Date][..]));
    assert_eq!(article.published.rfc3339(), "2016-03-01T00:00:01Z");
    let again = world.scan(&a, &page).await;
    assert_eq!(again.seq, 0, "a corrected date gives a new time once");
}

async fn reread_corrects_quietly<B: Bench>() {
    let a = spec("a", "site");
    let mut world = World::<B>::with(&[&a]).await;
    world.scan(&a, &entries(&["One", "Two"])).await;
    let mut page = entries(&["One", "Two", "Three"]);
    page[0].category = Some("Guides".to_owned());
    let now = world.tick();
    let proposal = propose(world.store(), &a, &page, true, now).await.expect("declared");
    let committed = world.store().commit_scan(proposal).await.expect("commits");
    assert!(committed.new.is_empty() && committed.updated.is_empty() && committed.seq > 0);
    let known = world.store().articles(0, 9).await.expect("reads");
    let one = known.iter().find(|article| article.title == "One").expect("known");
    assert_eq!((one.category.as_deref(), one.updated), (Some("Guides"), one.published));
    assert!(known.iter().all(|article| article.announced.is_none()));
    assert_eq!(known.len(), 3);
    let past = world.store().past(&a.id).await.expect("declared");
    assert_eq!(past.news, 0);
}

async fn undeclared_listing_is_refused<B: Bench>() {
    let (a, b) = (spec("a", "site"), spec("b", "site"));
    let mut world = World::<B>::with(&[&a]).await;
    let refused = |result: StoreError| matches!(result, StoreError::NoListing(name) if name == id("b"));
    assert!(refused(world.store().past(&b.id).await.expect_err("unknown")));
    assert!(refused(world.store().recall(&b.id, &[], &[]).await.expect_err("unknown")));
    let memo = tidings::diff::Memo::default();
    assert!(refused(world.store().commit_unchanged(&b.id, memo).await.expect_err("unknown")));
    let mut proposal = world.propose(&a, &entries(&["One"])).await;
    proposal.listing = b.id.clone();
    assert!(refused(world.store().commit_scan(proposal).await.expect_err("unknown")));
}

async fn recall_leads_keys_to_articles_of_the_site_only<B: Bench>() {
    let (a, b) = (spec("a", "site"), spec("b", "other"));
    let mut world = World::<B>::with(&[&a, &b]).await;
    let first = world.scan(&a, &entries(&["One", "Two"])).await;
    let keys: Vec<_> = first.new.iter().flat_map(|article| article.keys.clone()).collect();
    let recall = world.store().recall(&a.id, &keys, &[]).await.expect("declared");
    assert_eq!((recall.by_key.len(), recall.articles.len()), (2, 2));
    let recall = world.store().recall(&b.id, &keys, &[first.new[0].id]).await.expect("declared");
    assert_eq!((recall.by_key.len(), recall.articles.len()), (0, 1));
    let second = world.scan(&b, &entries(&["One", "Two"])).await;
    assert_eq!(second.new.len(), 2, "another site, other articles");
    assert!(second.new.iter().all(|article| first.new.iter().all(|other| other.id != article.id)));
}

async fn glance_is_the_past_without_what_the_listing_holds<B: Bench>() {
    let a = spec("a", "site");
    let mut world = World::<B>::with(&[&a]).await;
    for titles in [&["One", "Two"][..], &["Three", "One", "Two"]] {
        world.scan(&a, &entries(titles)).await;
        let past = world.store().past(&a.id).await.expect("declared");
        assert_eq!(past.held.len(), titles.len());
        let glance = world.store().glance(&a.id).await.expect("declared");
        assert_eq!(glance, tidings::diff::Past { held: Vec::new(), ..past });
    }
    assert!(matches!(world.store().glance(&id("other")).await, Err(StoreError::NoListing(_))));
    world.declare(&declared(&[])).await;
    assert!(matches!(world.store().glance(&a.id).await, Err(StoreError::NoListing(_))));
}

async fn memo_is_remembered_and_dropped_with_its_listing<B: Bench>() {
    let a = spec("a", "site");
    let mut world = World::<B>::with(&[&a]).await;
    world.scan(&a, &entries(&["One"])).await;
    let mut memo = world.store().past(&a.id).await.expect("declared").memo;
    assert!(memo.body.is_some() && memo.scanned == Some(world.now) && memo.entries == 1);
    memo.declared = Some(46);
    world.store().commit_unchanged(&a.id, memo.clone()).await.expect("declared");
    world.bench.reopen().await;
    assert_eq!(world.store().past(&a.id).await.expect("declared").memo, memo);
    world.declare(&declared(&[])).await;
    world.store().commit_unchanged(&a.id, memo).await.expect_err("a retired listing has no memo");
    world.declare(&declared(&[&a])).await;
    let past = world.store().past(&a.id).await.expect("declared");
    assert_eq!((past.memo, past.baseline), (tidings::diff::Memo::default(), None));
}
