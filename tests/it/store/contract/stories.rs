//! Cross-posts: a message names who told its story before, and nothing is swallowed.

use tidings::model::{ArticleId, Delivery, Entry, ListingSpec, Message, Printed};
use tidings::store::{Committed, Decision, Declared, Store};

use super::operator::decide;
use crate::store::support::{
    Bench, OnDisk, World, block_on, declared, entries, entry, everything, journal_lines, spec, target,
};

on_both! {
    story_told_elsewhere_names_the_earlier_ones_and_both_are_announced,
    articles_of_one_scan_know_each_other_in_page_order,
    column_of_one_source_and_titles_that_say_little_are_no_stories,
    story_is_told_by_five_others_at_most_and_by_nobody_who_is_hidden,
    story_is_that_of_the_title_under_which_it_came,
}

const STORY: &str = "How a queue became a log";

fn by(source: &str) -> Entry {
    Entry { source: Some(source.to_owned()), ..entry(STORY) }
}

fn on(day: &str, entry: Entry) -> Entry {
    Entry { date: Printed::parse(day), ..entry }
}

/// A world that was looked at once.
async fn begun<B: Bench>(specs: &[&ListingSpec]) -> World<B> {
    let mut world = World::<B>::begin();
    let targets = vec![target("all", everything())];
    world.declare(&Declared { targets, ..declared(specs) }).await;
    for spec in specs {
        world.scan(spec, &entries(&["One"])).await;
    }
    world
}

fn only(committed: &Committed) -> ArticleId {
    assert_eq!((committed.new.len(), committed.owed), (1, 1), "it is announced");
    committed.new[0].id
}

/// Who else tells the story that a message is about.
fn also(delivery: &Delivery) -> Vec<ArticleId> {
    let Message::New(news) = &delivery.message else { panic!("{delivery:?}") };
    news.also_at.iter().map(|other| other.id).collect()
}

/// The message about an article.
async fn message<B: Bench>(world: &World<B>, article: ArticleId) -> Delivery {
    let about =
        |delivery: &Delivery| matches!(&delivery.message, Message::New(news) if news.article.id == article);
    world.due("all").await.into_iter().find(about).expect("a message")
}

async fn story_told_elsewhere_names_the_earlier_ones_and_both_are_announced<B: Bench>() {
    let (a, b, c) = (spec("a", "site"), spec("b", "site"), spec("c", "other"));
    let mut world = begun::<B>(&[&a, &b, &c]).await;
    let link = Some("https://acme.example.org/queue".to_owned());
    let first = only(&world.scan(&a, &[Entry { link, ..by("Acme") }, entry("One")]).await);
    assert_eq!(also(&message(&world, first).await), []);
    // Another source, whatever its title looks like.
    let quoted = Entry { source: None, ..entry("HOW a \u{201C}queue\u{201D} became  a log") };
    let other = only(&world.scan(&b, &[quoted.clone(), entry("One")]).await);
    assert_eq!(also(&message(&world, other).await), [], "quotes are not left out");
    let copied = Entry { source: None, ..entry("HOW a queue became  a log") };
    let second = only(&world.scan(&b, &[copied, quoted, entry("One")]).await);
    let told = message(&world, second).await;
    assert_eq!(also(&told), [first]);
    let Message::New(news) = &told.message else { panic!("{told:?}") };
    assert_eq!((news.also_at[0].source.as_str(), news.also_at[0].title.as_str()), ("Acme", STORY));
    assert_eq!(news.also_at[0].link.as_deref(), Some("https://acme.example.org/queue"));
    // The same source on another site: who came last is told first.
    let third = only(&world.scan(&c, &[by("acme"), entry("One")]).await);
    world.bench.reopen().await;
    let told = message(&world, third).await;
    assert_eq!(also(&told), [second, first]);
    let Message::New(news) = &told.message else { panic!("{told:?}") };
    assert_eq!(news.also_at[0].source, "Listing b", "an article that names none is its listing's");
    // What was said before stays as it was.
    assert_eq!(also(&message(&world, first).await), []);
}

async fn articles_of_one_scan_know_each_other_in_page_order<B: Bench>() {
    let a = spec("a", "site");
    let mut world = begun::<B>(&[&a]).await;
    let page = [by("Acme"), entry("Another"), by("Bazaar"), by("Cathedral"), entry("One")];
    let committed = world.scan(&a, &page).await;
    assert_eq!((committed.new.len(), committed.owed), (4, 4));
    let [acme, another, bazaar, cathedral] = [0, 1, 2, 3].map(|at| committed.new[at].id);
    for (article, wanted) in [
        (acme, vec![bazaar, cathedral]),
        (bazaar, vec![acme, cathedral]),
        (cathedral, vec![acme, bazaar]),
        (another, vec![]),
    ] {
        assert_eq!(also(&message(&world, article).await), wanted);
    }
}

async fn column_of_one_source_and_titles_that_say_little_are_no_stories<B: Bench>() {
    let (a, b) = (spec("a", "site"), spec("b", "other"));
    let mut world = begun::<B>(&[&a, &b]).await;
    let first = only(&world.scan(&a, &[on("2016-03-01", by("Acme")), entry("One")]).await);
    let column = [on("2016-03-04", by("Acme")), on("2016-03-01", by("Acme")), entry("One")];
    let next = only(&world.scan(&a, &column).await);
    assert_eq!(also(&message(&world, next).await), [], "one source has a column");
    // Two weeks are one story, and a day more is another.
    let fortnight = only(&world.scan(&b, &[on("2016-02-19", by("Acme")), entry("One")]).await);
    assert_eq!(also(&message(&world, fortnight).await), [next]);
    let older = [on("2016-02-18", by("Bazaar")), on("2016-02-19", by("Acme")), entry("One")];
    let older = only(&world.scan(&b, &older).await);
    assert_eq!(also(&message(&world, older).await), [fortnight], "15 days from that of the 4th");
    assert_ne!(first, next);
    let short = |source: &str| Entry { title: "Release notes".into(), ..by(source) };
    let committed =
        world.scan(&a, &[short("Acme"), short("Bazaar"), column[0].clone(), column[1].clone()]).await;
    for article in &committed.new {
        assert_eq!(also(&message(&world, article.id).await), []);
    }
}

async fn story_is_told_by_five_others_at_most_and_by_nobody_who_is_hidden<B: Bench>() {
    let (a, b) = (spec("a", "site"), spec("b", "other"));
    let mut world = begun::<B>(&[&a, &b]).await;
    let sources = ["Acme", "Bazaar", "Cathedral", "Depot", "Emporium", "Forum", "Gazette"];
    let mut page: Vec<Entry> = sources.iter().map(|source| by(source)).collect();
    page.push(entry("One"));
    let committed = world.scan(&a, &page).await;
    let last = message(&world, committed.new[6].id).await;
    assert_eq!(also(&last), committed.new[..5].iter().map(|article| article.id).collect::<Vec<_>>());
    // Of those that the last one knew of, one is hidden.
    let known = also(&last);
    let newest = world.store().articles(0, 100).await.expect("reads").pop().expect("articles").id;
    let newest = message(&world, newest).await;
    let Message::New(news) = &newest.message else { panic!("{newest:?}") };
    let hidden = also(&newest)[0];
    assert!(decide(&mut world, Decision::Hide(hidden)).await);
    let elsewhere = only(&world.scan(&b, &[by("Harbour"), entry("One")]).await);
    let mut wanted = vec![news.article.id];
    wanted.extend(also(&newest).into_iter().filter(|id| *id != hidden));
    assert_eq!(also(&message(&world, elsewhere).await), wanted);
    assert_eq!(known.len(), 5);
}

async fn story_is_that_of_the_title_under_which_it_came<B: Bench>() {
    let (a, b) = (spec("a", "site"), spec("b", "other"));
    let mut world = begun::<B>(&[&a, &b]).await;
    let linked = |title: &str| Entry { link: Some("https://example.org/1".into()), ..entry(title) };
    let first = only(&world.scan(&a, &[linked(STORY), entry("One")]).await);
    let renamed = "A title that is another one by now";
    assert_eq!(world.scan(&a, &[linked(renamed), entry("One")]).await.updated.len(), 1);
    world.bench.reopen().await;
    let told =
        world.scan(&b, &[Entry { title: renamed.into(), ..by("Bazaar") }, by("Bazaar"), entry("One")]).await;
    assert_eq!(also(&message(&world, told.new[0].id).await), []);
    assert_eq!(also(&message(&world, told.new[1].id).await), [first]);
}

#[test]
fn who_told_a_story_is_known_after_a_rebuild_and_a_compaction() {
    block_on(async {
        let (a, b, c) = (spec("a", "site"), spec("b", "other"), spec("c", "third"));
        let mut world = begun::<OnDisk>(&[&a, &b, &c]).await;
        let linked = |title: &str| Entry { link: Some("https://example.org/1".into()), ..entry(title) };
        let first = only(&world.scan(&a, &[linked(STORY), entry("One")]).await);
        world.scan(&a, &[linked("Another title than it had"), entry("One")]).await;
        let rest = entries(&["One", "Two", "Three"]);
        world.scan(&b, &rest).await;
        let page = [vec![by("Bazaar")], rest.clone()].concat();
        let second = only(&world.scan(&b, &page).await);
        let before = world.due("all").await;
        assert!(
            journal_lines(world.bench.folder())
                .iter()
                .any(|line| line.contains(&format!("\"also\":[\"{first}\"]")))
        );
        world.bench.rebuild().await;
        assert_eq!(world.due("all").await, before);
        // Forgotten, it is named no more; who it knew of is.
        // A page that was there before would be an old copy.
        let rest = [entries(&["Four"]), rest].concat();
        world.scan(&b, &rest).await;
        world.scan(&b, &rest).await;
        for delivery in world.due("all").await {
            assert!(decide(&mut world, Decision::Drop(vec![delivery.id])).await);
        }
        world.now = world.now.plus(3 * 86_400);
        assert_eq!(world.store().forget(world.now.plus(-86_400), world.now).await.expect("forgets"), 1);
        world.bench.compact(None).await.expect("it began anew");
        let third = only(&world.scan(&c, &[by("Cathedral"), entry("One")]).await);
        assert_eq!(also(&message(&world, third).await), [first]);
        assert_ne!(first, second);
        let checked = world.store().check(&mut |_| {}).expect("checks");
        assert!(checked.faults.is_empty(), "{:?}", checked.faults);
    });
}
