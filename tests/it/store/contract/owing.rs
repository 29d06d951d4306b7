//! Who is owed what: by the commit that causes it, once, and with the facts of that moment.

use tidings::model::delivery::SUMMARY_ARTICLES;
use tidings::model::{DeliveryState, Entry, Filter, Health, Message, Pattern, Printed, TargetRule};
use tidings::store::{Decision, Declared, Store, Wanted};

use super::operator::{approval, decide, held};
use crate::store::support::{
    Bench, World, declared, entries, entry, everything, id, spec, target, target_id, titles, told,
};

on_both! {
    article_is_owed_to_those_whose_filter_fits_it_as_the_scan_leaves_it,
    late_article_is_owed_to_those_who_want_late_ones,
    baseline_owes_nothing_unless_it_announces,
    hidden_article_is_owed_to_nobody,
    two_listings_racing_owe_once,
    article_announced_by_another_listing_is_owed_with_the_tags_of_both,
    message_says_what_was_known_when_it_was_owed,
    approved_reading_owes_each_target_one_summary,
    turn_of_health_by_a_scan_is_owed_and_an_operators_own_is_not,
    target_that_is_no_longer_declared_is_owed_nothing_more_and_keeps_what_waits,
}

fn with(specs: &[&tidings::model::ListingSpec], targets: Vec<TargetRule>) -> Declared {
    Declared { targets, ..declared(specs) }
}

async fn article_is_owed_to_those_whose_filter_fits_it_as_the_scan_leaves_it<B: Bench>() {
    let mut a = spec("a", "site");
    a.tags = vec!["Servers".to_owned()];
    let mut world = World::<B>::begin();
    let targets = vec![
        target("all", everything()),
        target("kafka", Filter::Tag(Pattern::new("kafka"))),
        target("page", Filter::Tag(Pattern::new("servers"))),
        target("source", Filter::Source(Pattern::new("listing a"))),
        target("nothing", Filter::Text("no such text".into())),
    ];
    world.declare(&with(&[&a], targets)).await;
    world.scan(&a, &entries(&["One"])).await;
    let tagged = Entry { tags: tidings::model::TagRow::Run("Kafka|C".into()), ..entry("Tagged") };
    let unnamed = Entry { source: None, ..entry("Unnamed") };
    let committed = world.scan(&a, &[tagged, unnamed, entry("One")]).await;
    assert_eq!((titles(&committed.new), committed.owed), (vec!["Tagged", "Unnamed"], 6));
    world.bench.reopen().await;
    // Of one day, the upper one was published later.
    assert_eq!(told(&world.due("all").await), ["Unnamed", "Tagged"]);
    assert_eq!(told(&world.due("kafka").await), ["Tagged"]);
    assert_eq!(told(&world.due("page").await), ["Unnamed", "Tagged"]);
    assert_eq!(told(&world.due("source").await), ["Unnamed"]);
    assert_eq!(told(&world.due("nothing").await), Vec::<&str>::new());
    let delivery = &world.due("kafka").await[0];
    assert_eq!((delivery.seq, delivery.born), (committed.seq, world.now));
    assert_eq!(delivery.state, DeliveryState::Waiting(world.now));
    let Message::New(news) = &delivery.message else { panic!("{delivery:?}") };
    assert_eq!((news.listing.as_str(), news.title.as_str()), ("a", "Listing a"));
    assert_eq!(Some(&news.article), committed.new.first(), "the article as the scan left it");
}

async fn late_article_is_owed_to_those_who_want_late_ones<B: Bench>() {
    let a = spec("a", "site");
    let mut world = World::<B>::begin();
    let punctual = TargetRule { late: false, ..target("punctual", everything()) };
    world.declare(&with(&[&a], vec![target("all", everything()), punctual])).await;
    world.scan(&a, &entries(&["One"])).await;
    let old = Entry { date: Printed::parse("2015-01-01"), ..entry("Old") };
    let committed = world.scan(&a, &[entry("New"), old, entry("One")]).await;
    assert_eq!(committed.owed, 3);
    assert_eq!(told(&world.due("all").await), ["Old", "New"]);
    assert_eq!(told(&world.due("punctual").await), ["New"]);
}

async fn baseline_owes_nothing_unless_it_announces<B: Bench>() {
    let (a, mut b) = (spec("a", "site"), spec("b", "other"));
    b.announce_first = true;
    let mut world = World::<B>::begin();
    world.declare(&with(&[&a, &b], vec![target("all", everything())])).await;
    assert_eq!(world.scan(&a, &entries(&["One", "Two"])).await.owed, 0);
    assert_eq!(world.scan(&b, &entries(&["Three", "Four"])).await.owed, 2);
    assert_eq!(told(&world.due("all").await), ["Four", "Three"]);
    // An updated one, one that goes and one that is back owe nothing.
    let mut page = entries(&["Three", "Four", "Five"]);
    world.scan(&b, &page).await;
    page[0].summary = Some("Another".into());
    assert_eq!(world.scan(&b, &page).await.updated.len(), 1);
    for _ in 0..2 {
        world.scan(&b, &[page[0].clone(), page[2].clone()]).await;
    }
    for _ in 0..3 {
        world.scan(&b, &page).await;
    }
    assert_eq!(world.due("all").await.len(), 3);
}

async fn hidden_article_is_owed_to_nobody<B: Bench>() {
    let (a, b) = (spec("a", "site"), spec("b", "site"));
    let mut world = World::<B>::begin();
    world.declare(&with(&[&a, &b], vec![target("all", everything())])).await;
    world.scan(&b, &entries(&["Four"])).await;
    let first = world.scan(&a, &entries(&["One"])).await;
    let proposal = world.propose(&b, &entries(&["One", "Four"])).await;
    assert!(decide(&mut world, Decision::Hide(first.new[0].id)).await);
    let committed = world.store().commit_scan(proposal).await.expect("commits");
    assert_eq!(committed.owed, 0, "it was hidden while the scan ran");
    assert!(decide(&mut world, Decision::Restore(first.new[0].id)).await);
    assert!(world.due("all").await.is_empty());
}

async fn two_listings_racing_owe_once<B: Bench>() {
    let (a, b) = (spec("a", "site"), spec("b", "site"));
    let mut world = World::<B>::begin();
    world.declare(&with(&[&a, &b], vec![target("all", everything())])).await;
    world.scan(&a, &entries(&["One"])).await;
    world.scan(&b, &entries(&["Two"])).await;
    let from_a = world.propose(&a, &entries(&["New", "One"])).await;
    let from_b = world.propose(&b, &entries(&["New", "Newer", "Two"])).await;
    let won = world.store().commit_scan(from_a).await.expect("commits");
    let lost = world.store().commit_scan(from_b).await.expect("commits");
    assert_eq!((won.owed, lost.owed), (1, 1));
    assert_eq!(told(&world.due("all").await), ["New", "Newer"]);
}

async fn article_announced_by_another_listing_is_owed_with_the_tags_of_both<B: Bench>() {
    let (mut a, mut b) = (spec("a", "site"), spec("b", "site"));
    (a.tags, b.tags) = (vec!["Kafka".to_owned()], vec!["Storage".to_owned()]);
    let mut world = World::<B>::begin();
    let both = |one: &str, two: &str| {
        Filter::All(vec![Filter::Tag(Pattern::new(one)), Filter::Listing(Pattern::new(two))])
    };
    let targets = vec![target("both", both("kafka", "b")), target("neither", both("rust", "b"))];
    world.declare(&with(&[&a, &b], targets)).await;
    world.scan(&b, &entries(&["Two"])).await;
    // Known through a's baseline, which announces nothing, but after b's.
    world.scan(&a, &entries(&["One"])).await;
    assert_eq!(world.scan(&b, &entries(&["One", "Two"])).await.owed, 1);
    let due = world.due("both").await;
    let Message::New(news) = &due[0].message else { panic!("{due:?}") };
    assert_eq!(news.listing.as_str(), "b");
    assert_eq!(news.article.all_tags(), ["Kafka", "Storage"]);
}

async fn message_says_what_was_known_when_it_was_owed<B: Bench>() {
    let mut a = spec("a", "site");
    let mut world = World::<B>::begin();
    let rule = target("all", everything());
    world.declare(&with(&[&a], vec![rule.clone()])).await;
    world.scan(&a, &entries(&["One"])).await;
    let mut page = entries(&["New", "One"]);
    world.scan(&a, &page).await;
    let before = world.due("all").await;
    page[0].summary = Some("Another".into());
    let committed = world.scan(&a, &page).await;
    assert_eq!(committed.updated.len(), 1);
    decide(&mut world, Decision::Hide(committed.updated[0].0.id)).await;
    (a.title, a.tags) = ("Renamed".into(), vec!["Tag".into()]);
    world.declare(&with(&[&a], vec![rule])).await;
    world.bench.reopen().await;
    assert_eq!(world.due("all").await, before);
}

async fn approved_reading_owes_each_target_one_summary<B: Bench>() {
    let a = spec("a", "site");
    let (mut world, mut page) = held::<B>(&a).await;
    let targets = vec![
        target("all", everything()),
        target("one", Filter::Text("flood 7".into())),
        target("none", Filter::Text("no such text".into())),
    ];
    page.remove(8);
    world.declare(&with(&[&a], targets)).await;
    let proposal = approval(&mut world, &a, &page).await;
    let committed = world.store().commit_scan(proposal).await.expect("commits");
    assert_eq!((committed.new.len(), committed.owed), (59, 2));
    world.bench.reopen().await;
    let due = [world.due("all").await, world.due("one").await, world.due("none").await].concat();
    let [all, one] = due.as_slice() else { panic!("{} deliveries", due.len()) };
    let Message::Summary(summary) = &all.message else { panic!("{all:?}") };
    assert_eq!((summary.count, summary.approved), (59, true));
    assert_eq!(summary.listings, [(id("a"), "Listing a".to_owned(), 59)]);
    assert_eq!(summary.articles, committed.new[..SUMMARY_ARTICLES], "the newest are on top of the page");
    let Message::Summary(summary) = &one.message else { panic!("{one:?}") };
    assert_eq!((summary.count, titles(&summary.articles)), (1, vec!["Flood 7"]));
    assert_ne!(all.id, one.id);
}

async fn turn_of_health_by_a_scan_is_owed_and_an_operators_own_is_not<B: Bench>() {
    let (a, b) = (spec("a", "site"), spec("b", "site"));
    let mut world = World::<B>::begin();
    let told_of = |name: &str, pattern: &str| TargetRule {
        health: vec![Pattern::new(pattern)],
        ..target(name, Filter::Any(vec![]))
    };
    world.declare(&with(&[&a, &b], vec![told_of("ours", "A"), told_of("theirs", "b*")])).await;
    world.scan(&a, &entries(&["One"])).await;
    let mut owed = 0;
    for _ in 0..5 {
        owed += world.scan(&a, &[]).await.owed;
    }
    assert_eq!(owed, 1, "trouble that lasts is said once");
    world.bench.reopen().await;
    let due = world.due("ours").await;
    let Message::Health(news) = &due[0].message else { panic!("{due:?}") };
    assert_eq!(
        (news.title.as_str(), news.event.from, news.event.to),
        ("Listing a", Health::Ok, Health::Empty)
    );
    assert_eq!(Some(&news.event), world.store().health_events().await.expect("reads").first());
    assert_eq!(world.scan(&a, &entries(&["One"])).await.owed, 1, "recovery, too");
    decide(&mut world, Decision::Pause(id("a"))).await;
    decide(&mut world, Decision::Resume(id("a"))).await;
    assert_eq!(told(&world.due("ours").await), ["health", "health"]);
    assert!(world.due("theirs").await.is_empty());
}

async fn target_that_is_no_longer_declared_is_owed_nothing_more_and_keeps_what_waits<B: Bench>() {
    let a = spec("a", "site");
    let mut world = World::<B>::begin();
    let both = vec![target("gone", everything()), target("stays", everything())];
    world.declare(&with(&[&a], both.clone())).await;
    world.scan(&a, &entries(&["One"])).await;
    assert_eq!(world.scan(&a, &entries(&["Two", "One"])).await.owed, 2);
    world.declare(&with(&[&a], both[1..].to_vec())).await;
    world.bench.reopen().await;
    assert_eq!(world.scan(&a, &entries(&["Three", "Two", "One"])).await.owed, 1);
    let info = &world.store().targets().await.expect("reads")[0];
    assert_eq!((info.id.as_str(), info.retired, info.waiting, info.next), ("gone", true, 1, None));
    assert!(world.due("gone").await.is_empty(), "nothing is sent to it");
    let narrow = TargetRule { when: Filter::Text("four".into()), ..both[0].clone() };
    world.declare(&with(&[&a], vec![narrow.clone(), both[1].clone()])).await;
    world.bench.reopen().await;
    assert_eq!(told(&world.due("gone").await), ["Two"], "and what it is owed is sent when it is back");
    assert_eq!(world.scan(&a, &entries(&["Four", "Three", "Two", "One"])).await.owed, 2);
    let info = &world.store().targets().await.expect("reads")[0];
    assert_eq!((&info.rule, info.retired, info.waiting), (&narrow, false, 2));
    let wanted = Wanted { target: Some(target_id("stays")), ..Wanted::default() };
    let stays = world.store().deliveries(&wanted, 2).await.expect("reads");
    assert_eq!(told(&stays), ["Four", "Three"], "last born first");
}
