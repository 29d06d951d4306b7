//! Who is told what became of articles that were known, and of readings that are held.

use tidings::diff::Hold;
use tidings::model::delivery::{ArticleChange, SUMMARY_ARTICLES};
use tidings::model::{
    Change, Delivery, DeliveryId, Entry, Field, Filter, Health, ListingSpec, Message, Pattern, Printed,
    TagRow, TargetRule,
};
use tidings::store::{BATCH_MOST, Decision, Declared, Store};

use super::operator::{approval, decide, held};
use crate::store::support::{
    Bench, World, declared, entries, entry, everything, id, propose, propose_by, spec, target, target_id,
    titles,
};

on_both! {
    update_is_told_with_what_was_there_before,
    update_by_other_rules_and_of_what_is_volatile_is_told_to_nobody,
    first_sight_on_another_listing_is_no_update,
    removed_by_other_rules_is_told_to_nobody_and_by_looking_again_is,
    same_change_on_two_listings_is_told_once,
    baseline_tells_of_no_change,
    removed_is_told_once_no_listing_holds_it,
    listing_that_left_the_config_holds_nothing,
    returned_is_told_when_it_had_been_removed_everywhere,
    moved_between_listings_is_neither_removed_nor_returned,
    aged_out_is_not_removed,
    returned_with_other_words_is_one_message,
    hidden_and_forgotten_articles_are_told_of_nothing,
    held_reading_tells_of_no_change_until_it_is_approved,
    changes_are_judged_as_the_commit_leaves_the_article,
    late_concerns_new_articles_alone,
    change_of_a_change_has_its_own_id,
    batch_takes_changes_and_counts_them,
    listing_that_is_held_is_told_with_titles_and_when_that_ends,
    regex_routes_as_texts_do,
}

fn with(specs: &[&ListingSpec], targets: Vec<TargetRule>) -> Declared {
    Declared { targets, ..declared(specs) }
}

/// A target that is told of these changes.
fn told_of(name: &str, changes: &[Change]) -> TargetRule {
    TargetRule { changes: changes.to_vec(), ..target(name, everything()) }
}

/// A world with one target that is told of everything, and one that is told of new articles alone.
async fn world<B: Bench>(specs: &[&ListingSpec]) -> World<B> {
    let world = World::<B>::begin();
    world.declare(&with(specs, vec![told_of("all", &Change::ALL), target("new", everything())])).await;
    world
}

fn change(delivery: &Delivery) -> &ArticleChange {
    match &delivery.message {
        Message::Change(change) => change,
        other => panic!("{other:?}"),
    }
}

/// What waits for the one that is told of everything, as `updated: One`.
async fn said<B: Bench>(world: &World<B>) -> Vec<String> {
    let due = world.due("all").await;
    let said = due.iter().map(|delivery| match &delivery.message {
        Message::New(news) => format!("new: {}", news.article.title),
        Message::Change(change) => format!("{}: {}", change.what.name(), change.article.title),
        other => other.name().to_owned(),
    });
    said.collect()
}

/// Scans until what is missing counts as removed.
async fn scan_twice<B: Bench>(world: &mut World<B>, spec: &ListingSpec, page: &[Entry]) -> usize {
    world.scan(spec, page).await.owed + world.scan(spec, page).await.owed
}

async fn update_is_told_with_what_was_there_before<B: Bench>() {
    let a = spec("a", "site");
    let mut world = world::<B>(&[&a]).await;
    let mut page = entries(&["Two", "One"]);
    page[0].link = Some("https://example.org/2".into());
    page[0].tags = TagRow::List(vec!["Kafka".into(), "C".into()]);
    world.scan(&a, &page).await;
    page[0].title = "Two, corrected".into();
    page[0].summary = Some("A summary".into());
    page[0].tags = TagRow::List(vec!["Kafka".into()]);
    let committed = world.scan(&a, &page).await;
    assert_eq!((committed.updated.len(), committed.owed), (1, 1));
    world.bench.reopen().await;
    let due = world.due("all").await;
    let told = change(&due[0]);
    assert_eq!((told.what, told.listing.as_str(), told.title.as_str()), (Change::Updated, "a", "Listing a"));
    let fields: Vec<_> = told.fields.iter().map(|change| (change.field, change.was.as_deref())).collect();
    let expected = [(Field::Title, Some("Two")), (Field::Summary, None), (Field::Tags, Some("Kafka, C"))];
    assert_eq!(fields, expected);
    assert_eq!(told.article, committed.updated[0].0, "the article as the scan left it");
    assert_eq!(due[0].message.name(), "updated");
    assert!(world.due("new").await.is_empty());
    assert_eq!(world.scan(&a, &page).await.owed, 0, "it is told once");
}

async fn update_by_other_rules_and_of_what_is_volatile_is_told_to_nobody<B: Bench>() {
    let mut a = spec("a", "site");
    a.content = vec![Field::Title, Field::Summary];
    let mut world = world::<B>(&[&a]).await;
    let mut page = entries(&["Two", "One"]);
    world.scan(&a, &page).await;
    (page[0].likes, page[0].category) = (Some(9), Some("News".into()));
    assert_eq!(world.scan(&a, &page).await.owed, 0, "likes, and a category that is volatile here");
    page[0].summary = Some("Read otherwise".into());
    let now = world.tick();
    let reread = propose(world.store(), &a, &page, true, now).await.expect("is declared");
    assert_eq!(world.store().commit_scan(reread).await.expect("commits").owed, 0);
    assert!(said(&world).await.is_empty());
}

async fn removed_by_other_rules_is_told_to_nobody_and_by_looking_again_is<B: Bench>() {
    let a = spec("a", "site");
    let mut world = world::<B>(&[&a]).await;
    let page = entries(&["One", "Two", "Three", "Four"]);
    world.scan(&a, &page).await;
    let (fewer, least) = (entries(&["One", "Three", "Four"]), entries(&["One", "Four"]));
    // Other rules make Two go; then the page itself lets go of Three; and both are looked for once more.
    let mut removed = Vec::new();
    for (page, rules) in [(&fewer, Some([2; 16])), (&least, None), (&least, Some([1; 16]))] {
        let now = world.tick();
        let proposal = propose_by(world.store(), &a, page, rules, now).await.expect("is declared");
        let committed = world.store().commit_scan(proposal).await.expect("commits");
        let titles: Vec<_> = committed.removed.iter().map(|article| article.title.clone()).collect();
        removed.push((titles, committed.owed));
    }
    assert_eq!(removed, [(vec![], 0), (vec!["Two".into()], 0), (vec!["Three".into()], 1)]);
    assert_eq!(said(&world).await, ["removed: Three"]);
}

async fn first_sight_on_another_listing_is_no_update<B: Bench>() {
    let (a, b) = (spec("a", "site"), spec("b", "site"));
    let mut world = world::<B>(&[&a, &b]).await;
    world.scan(&b, &entries(&["Two"])).await;
    world.scan(&a, &entries(&["One"])).await;
    let other = Entry { summary: Some("In other words".into()), ..entry("One") };
    assert_eq!(world.scan(&b, &[other, entry("Two")]).await.owed, 2, "it is news there, as it is known");
    assert_eq!(said(&world).await, ["new: One"]);
}

async fn same_change_on_two_listings_is_told_once<B: Bench>() {
    let (a, b) = (spec("a", "site"), spec("b", "site"));
    let mut world = world::<B>(&[&a, &b]).await;
    let link = Some("https://example.org/1".to_owned());
    let mut page = vec![Entry { link, ..entry("One") }, entry("Two")];
    world.scan(&a, &page).await;
    world.scan(&b, &page).await;
    page[0].summary = Some("Another".into());
    // Both are compared before either is remembered.
    let from_a = world.propose(&a, &page).await;
    let from_b = world.propose(&b, &page).await;
    let first = world.store().commit_scan(from_a).await.expect("commits");
    let second = world.store().commit_scan(from_b).await.expect("commits");
    assert_eq!((first.owed, second.owed), (1, 0));
    page[0].summary = Some("A third".into());
    let owed = (world.scan(&a, &page).await.owed, world.scan(&b, &page).await.owed);
    assert_eq!(owed, (1, 0), "nor one after the other");
    assert_eq!(said(&world).await, ["updated: One", "updated: One"]);
}

async fn baseline_tells_of_no_change<B: Bench>() {
    let (a, mut b) = (spec("a", "site"), spec("b", "site"));
    b.announce_first = true;
    let mut world = world::<B>(&[&a, &b]).await;
    world.scan(&a, &entries(&["One", "Two", "Three"])).await;
    scan_twice(&mut world, &a, &entries(&["One", "Three"])).await;
    assert_eq!(said(&world).await, ["removed: Two"]);
    world.scan(&b, &entries(&["Two", "Four"])).await;
    assert_eq!(said(&world).await, ["removed: Two", "new: Four"], "that Two is back there is told to nobody");
}

async fn removed_is_told_once_no_listing_holds_it<B: Bench>() {
    let (a, b) = (spec("a", "site"), spec("b", "site"));
    let mut world = world::<B>(&[&a, &b]).await;
    let page = entries(&["One", "Two", "Three"]);
    world.scan(&a, &page).await;
    world.scan(&b, &page).await;
    let gone = entries(&["One", "Three"]);
    world.scan(&a, &gone).await;
    let committed = world.scan(&a, &gone).await;
    assert_eq!((titles(&committed.removed), committed.owed), (vec!["Two"], 0), "b holds it");
    world.bench.reopen().await;
    assert_eq!(world.scan(&b, &gone).await.owed, 0, "missed once");
    let committed = world.scan(&b, &gone).await;
    assert_eq!((titles(&committed.removed), committed.owed), (vec!["Two"], 1));
    let due = world.due("all").await;
    let told = change(&due[0]);
    assert_eq!((told.what, told.listing.as_str(), told.fields.len()), (Change::Removed, "b", 0));
    assert!(told.article.is_removed());
    assert!(world.due("new").await.is_empty());
}

async fn listing_that_left_the_config_holds_nothing<B: Bench>() {
    let (a, b) = (spec("a", "site"), spec("b", "site"));
    let mut world = world::<B>(&[&a, &b]).await;
    let page = entries(&["One", "Two", "Three"]);
    world.scan(&a, &page).await;
    world.scan(&b, &page).await;
    world.declare(&with(&[&a], vec![told_of("all", &Change::ALL)])).await;
    assert_eq!(scan_twice(&mut world, &a, &entries(&["One", "Three"])).await, 1);
    assert_eq!(said(&world).await, ["removed: Two"]);
}

async fn returned_is_told_when_it_had_been_removed_everywhere<B: Bench>() {
    let (a, b) = (spec("a", "site"), spec("b", "site"));
    let mut world = world::<B>(&[&a, &b]).await;
    world.scan(&a, &entries(&["One", "Two", "Three"])).await;
    world.scan(&b, &entries(&["One", "Two", "Three"])).await;
    scan_twice(&mut world, &a, &entries(&["One", "Three"])).await;
    let committed = world.scan(&a, &entries(&["One", "Two", "Three", "Four"])).await;
    assert_eq!(titles(&committed.returned), ["Two"]);
    scan_twice(&mut world, &b, &entries(&["One", "Three"])).await;
    assert_eq!(said(&world).await, ["new: Four"], "one of them held it all the time");
    scan_twice(&mut world, &a, &entries(&["One", "Three", "Four"])).await;
    let committed = world.scan(&b, &entries(&["One", "Two", "Three", "Five"])).await;
    assert_eq!((titles(&committed.returned), committed.owed), (vec!["Two"], 3));
    world.bench.reopen().await;
    assert_eq!(said(&world).await, ["new: Four", "removed: Two", "new: Five", "returned: Two"]);
    let due = world.due("all").await;
    assert_eq!((change(&due[3]).listing.as_str(), change(&due[3]).fields.len()), ("b", 0));
    let committed = world.scan(&a, &entries(&["One", "Two", "Three", "Four", "Six"])).await;
    assert_eq!((titles(&committed.returned), committed.owed), (vec!["Two"], 2), "b held it before a");
}

async fn moved_between_listings_is_neither_removed_nor_returned<B: Bench>() {
    let (a, b) = (spec("a", "site"), spec("b", "site"));
    let mut world = world::<B>(&[&a, &b]).await;
    world.scan(&a, &entries(&["One", "Two", "Three"])).await;
    world.scan(&b, &entries(&["Four", "Five"])).await;
    // On its new page first, then gone from the old one.
    world.scan(&b, &entries(&["Two", "Four", "Five"])).await;
    scan_twice(&mut world, &a, &entries(&["One", "Three"])).await;
    assert!(said(&world).await.is_empty());
    // The other way round it was on none meanwhile, and both are told.
    scan_twice(&mut world, &a, &entries(&["Three", "Six"])).await;
    world.scan(&b, &entries(&["One", "Two", "Four", "Five"])).await;
    assert_eq!(said(&world).await, ["new: Six", "removed: One", "returned: One"]);
}

async fn aged_out_is_not_removed<B: Bench>() {
    let a = spec("a", "site");
    let mut world = world::<B>(&[&a]).await;
    world.scan(&a, &entries(&["Three", "Two", "One"])).await;
    let committed = world.scan(&a, &entries(&["Four", "Three", "Two"])).await;
    assert_eq!((committed.aged, committed.owed), (1, 2));
    let committed = world.scan(&a, &entries(&["Four", "Three", "Two", "One"])).await;
    assert_eq!(committed.owed, 0, "and back from there is not returned");
}

async fn returned_with_other_words_is_one_message<B: Bench>() {
    let a = spec("a", "site");
    let mut world = World::<B>::begin();
    let targets = vec![
        told_of("all", &Change::ALL),
        told_of("updates", &[Change::Updated]),
        told_of("removals", &[Change::Removed]),
    ];
    world.declare(&with(&[&a], targets)).await;
    let mut page = entries(&["One", "Two", "Three"]);
    world.scan(&a, &page).await;
    scan_twice(&mut world, &a, &[page[0].clone(), page[2].clone()]).await;
    page[1].summary = Some("Another".into());
    assert_eq!(world.scan(&a, &page).await.owed, 2);
    assert_eq!(said(&world).await, ["removed: Two", "returned: Two"]);
    let returned = &world.due("all").await[1];
    assert_eq!(change(returned).fields.len(), 1, "and says what changed meanwhile");
    let updates = world.due("updates").await;
    assert_eq!((updates.len(), change(&updates[0]).what), (1, Change::Updated));
    assert_eq!(world.due("removals").await.len(), 1);
}

async fn hidden_and_forgotten_articles_are_told_of_nothing<B: Bench>() {
    let a = spec("a", "site");
    let mut world = world::<B>(&[&a]).await;
    let mut page = entries(&["One", "Two", "Three"]);
    let two = world.scan(&a, &page).await.new[1].id;
    assert!(decide(&mut world, Decision::Hide(two)).await);
    page[1].summary = Some("Another".into());
    assert_eq!(world.scan(&a, &page).await.owed, 0);
    assert_eq!(scan_twice(&mut world, &a, &[page[0].clone(), page[2].clone()]).await, 0);
    assert!(decide(&mut world, Decision::Restore(two)).await, "which is told to nobody, either");
    let later = world.now.plus(100_000);
    assert_eq!(world.store().forget(later, later).await.expect("commits"), 1);
    page[1].summary = Some("A third".into());
    assert_eq!(world.scan(&a, &page).await.owed, 0, "what was forgotten is learned again, quietly");
    assert!(said(&world).await.is_empty());
}

async fn held_reading_tells_of_no_change_until_it_is_approved<B: Bench>() {
    let a = spec("a", "site");
    let (mut world, mut page) = held::<B>(&a).await;
    let targets = vec![told_of("all", &Change::ALL), told_of("updates", &[Change::Updated])];
    world.declare(&with(&[&a], targets)).await;
    let last = page.len() - 1;
    page[last].summary = Some("Another".into());
    assert_eq!(world.scan(&a, &page).await.owed, 0);
    let proposal = approval(&mut world, &a, &page).await;
    assert_eq!(world.store().commit_scan(proposal).await.expect("commits").owed, 2);
    world.bench.reopen().await;
    let due = world.due("all").await;
    let Message::Summary(summary) = &due[0].message else { panic!("{due:?}") };
    assert_eq!((due.len(), summary.count, summary.updated, summary.approved), (1, 61, 1, true));
    assert_eq!((summary.articles.len(), summary.changed.len()), (SUMMARY_ARTICLES, 0), "new ones go first");
    let due = world.due("updates").await;
    let Message::Summary(summary) = &due[0].message else { panic!("{due:?}") };
    assert_eq!((summary.count, summary.updated, summary.articles.len()), (1, 1, 0));
    assert_eq!(summary.changed[0].fields, [Field::Summary]);
    assert_eq!(summary.changed[0].article.title, "Three");
}

async fn changes_are_judged_as_the_commit_leaves_the_article<B: Bench>() {
    let a = spec("a", "site");
    let mut world = World::<B>::begin();
    let told = |name: &str, text: &str| TargetRule {
        when: Filter::Text(text.into()),
        ..told_of(name, &Change::ALL)
    };
    world.declare(&with(&[&a], vec![told("before", "draft"), told("after", "final")])).await;
    let mut page = entries(&["Two", "One"]);
    page[0].summary = Some("A draft".into());
    world.scan(&a, &page).await;
    page[0].summary = Some("The final word".into());
    assert_eq!(world.scan(&a, &page).await.owed, 1);
    assert!(world.due("before").await.is_empty());
    assert_eq!(change(&world.due("after").await[0]).what, Change::Updated);
}

async fn late_concerns_new_articles_alone<B: Bench>() {
    let a = spec("a", "site");
    let mut world = World::<B>::begin();
    let punctual = TargetRule { late: false, ..told_of("all", &Change::ALL) };
    world.declare(&with(&[&a], vec![punctual])).await;
    world.scan(&a, &entries(&["One", "Two"])).await;
    let mut page = entries(&["Old", "One", "Two"]);
    page[0].date = Printed::parse("2015-01-01");
    assert_eq!(world.scan(&a, &page).await.owed, 0);
    page[0].summary = Some("Another".into());
    world.scan(&a, &page).await;
    assert_eq!(said(&world).await, ["updated: Old"]);
}

async fn change_of_a_change_has_its_own_id<B: Bench>() {
    let a = spec("a", "site");
    let mut world = world::<B>(&[&a]).await;
    let mut page = entries(&["Two", "One"]);
    world.scan(&a, &page).await;
    for text in ["First", "Second", "Third"] {
        page[0].summary = Some(text.into());
        world.scan(&a, &page).await;
    }
    let ids = |due: Vec<Delivery>| due.iter().map(|delivery| delivery.id).collect::<Vec<DeliveryId>>();
    let before = ids(world.due("all").await);
    assert!(before.len() == 3 && before[0] != before[1] && before[1] != before[2]);
    world.bench.reopen().await;
    assert_eq!(ids(world.due("all").await), before);
    let was: Vec<Option<String>> =
        world.due("all").await.iter().map(|delivery| change(delivery).fields[0].was.clone()).collect();
    assert_eq!(was, [None, Some("First".into()), Some("Second".into())]);
}

async fn batch_takes_changes_and_counts_them<B: Bench>() {
    let a = spec("a", "site");
    let mut world = world::<B>(&[&a]).await;
    let mut page = entries(&["One", "Two", "Three", "Four"]);
    world.scan(&a, &page).await;
    page[0].summary = Some("Another".into());
    page.remove(1);
    world.scan(&a, &page).await;
    page.insert(0, entry("Five"));
    world.scan(&a, &page).await;
    assert_eq!(said(&world).await, ["updated: One", "new: Five", "removed: Two"]);
    let due = world.due("all").await;
    assert!(due.iter().all(Delivery::is_fresh) && due.len() < BATCH_MOST);
    let ids = due.iter().map(|delivery| delivery.id).collect();
    let summary = world.store().close_batch(&target_id("all"), ids, world.now).await.expect("commits");
    let summary = summary.expect("they are fresh");
    world.bench.reopen().await;
    assert_eq!(world.due("all").await, std::slice::from_ref(&summary));
    let Message::Summary(said) = &summary.message else { panic!("{summary:?}") };
    let counts = [(Change::New, 1), (Change::Updated, 1), (Change::Removed, 1), (Change::Returned, 0)];
    assert_eq!((said.count, said.counts()), (3, counts));
    assert_eq!(titles(&said.articles), ["Five"]);
    let changed: Vec<_> =
        said.changed.iter().map(|changed| (changed.what, changed.article.title.as_str())).collect();
    assert_eq!(changed, [(Change::Updated, "One"), (Change::Removed, "Two")], "newest first");
    assert_eq!(said.listings, [(id("a"), "Listing a".to_owned(), 3)]);
}

async fn listing_that_is_held_is_told_with_titles_and_when_that_ends<B: Bench>() {
    let a = spec("a", "site");
    let (mut world, page) = (World::<B>::begin(), super::operator::flood());
    let of = |text: &str| vec![Pattern::new(text)];
    let nothing = |name: &str| target(name, Filter::Any(vec![]));
    let targets = vec![
        TargetRule { held: of("*"), ..nothing("held") },
        TargetRule { held: of("a"), health: of("a"), ..nothing("both") },
        TargetRule { health: of("*"), ..nothing("health") },
        TargetRule { held: of("b"), ..nothing("other") },
    ];
    world.declare(&with(&[&a], targets)).await;
    world.scan(&a, &entries(&["One"])).await;
    let page = [page, entries(&["One"])].concat();
    assert_eq!(world.scan(&a, &page).await.owed, 3);
    let due = world.due("held").await;
    let Message::Health(news) = &due[0].message else { panic!("{due:?}") };
    assert_eq!((news.event.to, news.title.as_str()), (Health::Quarantined, "Listing a"));
    let reading = news.held.as_ref().expect("says what waits");
    assert_eq!((reading.count, reading.titles.len()), (60, Hold::TITLES));
    assert_eq!(reading.titles[0], "Flood 0");
    assert_eq!(world.due("both").await[0].message, due[0].message);
    world.bench.reopen().await;
    assert_eq!(world.due("held").await, due);
    assert_eq!(world.scan(&a, &page).await.owed, 0, "it is said once");
    // Believed by an operator: an end for all.
    let proposal = approval(&mut world, &a, &page).await;
    world.store().commit_scan(proposal).await.expect("commits");
    let count = |due: Vec<Delivery>| due.len();
    assert_eq!(count(world.due("held").await), 2);
    assert_eq!((count(world.due("both").await), count(world.due("health").await)), (2, 2));
    // Other trouble is none of its business.
    for _ in 0..4 {
        world.scan(&a, &[]).await;
    }
    world.scan(&a, &page).await;
    assert_eq!((count(world.due("held").await), count(world.due("health").await)), (2, 4));
    // Rejected: who is told of health alone is not told of what operators do.
    let flood: Vec<Entry> = (0..99).map(|n| entry(&format!("Wave {n}"))).collect();
    let page = [flood, page].concat();
    assert_eq!(world.scan(&a, &page).await.owed, 3);
    let hash = world.store().past(&a.id).await.expect("reads").hold.expect("is held").hash;
    assert!(decide(&mut world, Decision::Reject(id("a"), hash)).await);
    world.bench.reopen().await;
    let due = world.due("held").await;
    let Message::Health(news) = &due[3].message else { panic!("{due:?}") };
    assert_eq!((due.len(), news.event.to, news.held.as_ref()), (4, Health::Odd, None));
    assert_eq!((count(world.due("both").await), count(world.due("health").await)), (6, 5));
    assert!(world.due("other").await.is_empty());
}

async fn regex_routes_as_texts_do<B: Bench>() {
    let a = spec("a", "site");
    let mut world = World::<B>::begin();
    let regex = |text: &str| Filter::Regex(tidings::model::Expression::parse(text).expect("a regex"));
    let targets = vec![
        target("words", regex(r"(?i)\bkafka\b")),
        target("others", Filter::Not(Box::new(regex("[Kk]afka")))),
    ];
    world.declare(&with(&[&a], targets.clone())).await;
    world.scan(&a, &entries(&["One"])).await;
    world.bench.reopen().await;
    world.declare(&with(&[&a], targets)).await;
    let before = world.store().unpublished([0; 16]).await.expect("reads").upto;
    world.scan(&a, &entries(&["Kafkaesque", "KAFKA, stored", "Storage", "One"])).await;
    let upto = world.store().unpublished([0; 16]).await.expect("reads").upto;
    assert_eq!(upto, before + 1, "the same targets were no news to the store");
    let told = |due: Vec<Delivery>| -> Vec<String> {
        let title = |delivery: &Delivery| match &delivery.message {
            Message::New(news) => news.article.title.clone(),
            other => other.name().to_owned(),
        };
        due.iter().map(title).collect()
    };
    assert_eq!(told(world.due("words").await), ["KAFKA, stored"]);
    assert_eq!(told(world.due("others").await), ["Storage", "KAFKA, stored"]);
}
