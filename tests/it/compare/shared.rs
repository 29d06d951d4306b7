//! Listings of one site: an article on several of them is one article, announced once.

use tidings::daemon::report::Status;
use tidings::model::{FeedKey, FeedKind, Presence};

use crate::support::{Item, Page, Watch, Work, item, items, listing, titles};

fn two() -> Watch {
    Watch::new(&[listing("a", "tags = [\"Page A\"]"), listing("b", "tags = [\"Page B\"]")].concat())
}

fn with(mut page: Vec<Item>, first: Item) -> Vec<Item> {
    page.insert(0, first);
    page
}

#[test]
fn f024_second_listing_that_shows_known_articles_is_quiet_and_adds_its_tags() {
    let mut watch = two();
    watch.see_on("a", items(0..20));
    let before = watch.articles();
    let report = watch.see_on("b", items(0..20));
    assert_eq!((report.status, report.new.len()), (Status::Baseline, 0), "{report:?}");
    let after = watch.articles();
    assert_eq!(after.len(), 20);
    for (old, new) in before.iter().zip(&after) {
        assert_eq!((old.id, old.published, old.updated), (new.id, new.published, new.updated));
        let tags = new.all_tags();
        assert!(tags.contains(&"Page A") && tags.contains(&"Page B"), "{tags:?}");
    }
    for tag in ["page a", "page b"] {
        assert_eq!(watch.window(&FeedKey::named(FeedKind::Tag, tag)).len(), 20, "{tag}");
    }
    let lines = watch.lines();
    for id in ["a", "b"] {
        assert_eq!(watch.see_on(id, items(0..20)).status, Status::Unchanged);
    }
    assert_eq!(watch.lines(), lines);
}

#[test]
fn f024_article_new_on_one_and_then_on_another_is_announced_once() {
    let mut watch = two();
    watch.see_on("a", items(0..20));
    watch.see_on("b", items(50..70));
    assert_eq!(watch.see_on("a", items(0..21)).new.len(), 1);
    let report = watch.see_on("b", with(items(50..70), item(20)));
    assert!(report.new.is_empty() && report.updated.is_empty(), "{report:?}");
    let article = watch.article(&item(20).title);
    assert_eq!(article.listings.len(), 2);
    assert!(article.all_tags().contains(&"Page B"));
    let lines = watch.lines();
    assert_eq!(watch.see_on("b", with(items(50..70), item(20))).status, Status::Unchanged);
    assert_eq!(watch.lines(), lines);
}

#[test]
fn article_of_another_listings_baseline_is_news_when_it_was_first_seen_after_ours() {
    let mut watch = two();
    watch.see_on("a", items(0..20));
    watch.see_on("b", items(50..70));
    // First seen after the baseline of `a`, and never announced: `a` may say it.
    let report = watch.see_on("a", with(items(0..20), item(60)));
    assert_eq!(titles(&report.new), [item(60).title.as_str()]);
    // First seen before the baseline of `b`: never news there.
    let report = watch.see_on("b", with(items(50..70), item(10)));
    assert!(report.new.is_empty(), "{report:?}");
}

#[test]
fn edit_that_shows_on_both_listings_is_one_update() {
    let mut watch = two();
    let mut page = items(0..20);
    watch.see_on("a", page.clone());
    watch.see_on("b", page.clone());
    page[4].summary = "Told anew, on every page of the site that shows it.".into();
    page[8].date = page[8].date + chrono::Days::new(1);
    assert_eq!(watch.see_on("a", page.clone()).updated.len(), 2);
    let (edited, redated) = (watch.article(&page[4].title), watch.article(&page[8].title));
    let report = watch.see_on("b", page.clone());
    assert!(report.updated.is_empty() && report.new.is_empty(), "{report:?}");
    assert_eq!(watch.article(&page[4].title).updated, edited.updated);
    assert_eq!(watch.article(&page[8].title).published, redated.published);
    let lines = watch.lines();
    for id in ["a", "b"] {
        assert_eq!(watch.see_on(id, page.clone()).status, Status::Unchanged);
    }
    assert_eq!(watch.lines(), lines);
}

#[test]
fn retitle_that_shows_on_both_listings_is_one_update() {
    let mut watch = two();
    let mut page = items(0..20);
    watch.see_on("a", page.clone());
    watch.see_on("b", page.clone());
    page[4].title.push_str(", Revised");
    assert_eq!(watch.see_on("a", page.clone()).updated.len(), 1);
    let report = watch.see_on("b", page.clone());
    assert!(report.updated.is_empty() && report.new.is_empty() && report.removed.is_empty(), "{report:?}");
    assert_eq!(watch.articles().len(), 20);
    assert_eq!(watch.see_on("b", page).removed.len(), 0);
}

#[test]
fn listings_that_word_one_article_differently_do_not_update_it_in_turn() {
    let mut watch = two();
    let (a, mut b) = (items(0..20), items(0..20));
    b.iter_mut().for_each(|entry| entry.summary = format!("{} And a little more.", entry.summary));
    watch.see_on("a", a.clone());
    watch.see_on("b", b.clone());
    let lines = watch.lines();
    for round in 1..4 {
        for (id, page) in [("a", &a), ("b", &b)] {
            let mut page = page.clone();
            page[0].likes += round;
            assert_eq!(watch.see_on(id, page).status, Status::Unchanged);
        }
    }
    assert_eq!(watch.lines(), lines);
}

#[test]
fn removed_from_one_listing_is_still_on_the_other() {
    let mut watch = two();
    watch.see_on("a", items(0..20));
    watch.see_on("b", items(0..20));
    let mut page = items(0..20);
    page.remove(9);
    watch.see_on("a", page.clone());
    assert_eq!(watch.see_on("a", page).removed.len(), 1);
    let article = watch.article(&item(10).title);
    assert!(!article.is_removed());
    let presences: Vec<Presence> = article.listings.iter().map(|on| on.presence).collect();
    assert_eq!(presences, [Presence::Removed, Presence::Listed]);
    assert!(article.all_tags().contains(&"Page A"), "tags stay");
}

#[test]
fn f039_listing_taken_out_and_put_back_begins_with_a_baseline_and_announces_nothing() {
    let config = |ids: &[&str]| ids.iter().map(|id| listing(id, "")).collect::<String>();
    let mut watch = Watch::new(&config(&["a", "b"]));
    watch.see_on("a", items(0..20));
    watch.see_on("b", items(50..70));
    let ids: Vec<_> = watch.articles().iter().map(|article| article.id).collect();
    watch.reopen(&config(&["b"]));
    watch.see_on("b", items(50..70));
    watch.reopen(&config(&["a", "b"]));
    // Three came in while nobody looked.
    let report = watch.see_on("a", items(3..23));
    assert_eq!(report.status, Status::Baseline);
    assert!(watch.articles().iter().all(|article| article.announced.is_none()));
    assert_eq!(watch.articles().iter().take(40).map(|article| article.id).collect::<Vec<_>>(), ids);
    assert_eq!(watch.articles().len(), 43);
    let report = watch.see_on("a", items(3..24));
    assert_eq!(titles(&report.new), [item(23).title.as_str()]);
}

#[test]
fn listing_of_another_site_has_articles_of_its_own() {
    let config = "[[listing]]\nid = \"a\"\nfiles = [\"a\"]\n[[listing]]\nid = \"b\"\nfiles = [\"b\"]\n";
    let mut watch = Watch::new(config);
    watch.see_on("a", items(0..5));
    watch.see_on("b", items(0..5));
    let articles = watch.articles();
    assert_eq!(articles.len(), 10);
    assert_ne!(articles[0].id, articles[5].id);
}

#[test]
fn both_listings_scanned_at_once_announce_an_article_once() {
    let work = Work::new(
        "[[listing]]\nid = \"a\"\nsite = \"s\"\nfiles = [\"pages/a\"]\n[[listing]]\nid = \"b\"\nsite = \"s\"\nfiles = \
         [\"pages/b\"]\n",
    );
    let write = |range: std::ops::Range<usize>| {
        for name in ["a", "b"] {
            work.page(name, Page::of(items(range.clone())).text());
        }
    };
    write(0..20);
    let first = work.scan().lines();
    assert!(first.iter().all(|report| report["status"] == "baseline"), "{first:?}");
    assert_eq!(work.feed("feeds/all.atom").len(), 20);
    for round in 1..4 {
        write(0..20 + round * 5);
        let reports = work.scan().lines();
        let new: usize = reports.iter().filter_map(|report| Some(report["new"].as_array()?.len())).sum();
        assert_eq!(new, 5, "{reports:?}");
    }
    let mut ids: Vec<String> = work.feed("feeds/all.atom").into_iter().map(|entry| entry.id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 35);
    assert!(work.scan().lines().iter().all(|report| report["status"] == "unchanged"));
}

#[test]
fn late_is_said_of_a_shared_article_too() {
    let mut watch = two();
    watch.see_on("a", items(100..120));
    watch.see_on("b", items(100..120));
    // Listing `b` brought no article of its own, yet it holds what is newer than this one.
    let report = watch.see_on("b", with(items(100..120), item(5)));
    assert_eq!((report.new.len(), report.new[0].late), (1, true), "{report:?}");
}

#[test]
fn f040_listing_that_moves_to_another_site_begins_with_a_baseline_there() {
    let on = |id: &str, site: &str| {
        format!("[[listing]]\nid = \"{id}\"\nsite = \"{site}\"\nfiles = [\"{id}.txt\"]\n")
    };
    // The other one stays, so the site is not merely called otherwise.
    let config = |site: &str| on("news", site) + &on("other", "first");
    let mut watch = Watch::new(&config("first"));
    watch.see(items(0..20));
    watch.reopen(&config("second"));
    let report = watch.see(items(0..21));
    assert_eq!((report.status, report.new.len()), (Status::Baseline, 21));
    assert!(watch.articles().iter().all(|article| article.announced.is_none()));
    // The first site is remembered by its name.
    watch.reopen(&config("first"));
    let report = watch.see(items(0..20));
    assert_eq!((report.status, report.new.len()), (Status::Baseline, 0));
    assert_eq!(watch.articles().len(), 41);
}

#[test]
fn f040_site_that_is_called_otherwise_keeps_its_articles() {
    let config =
        |site: &str| format!("[[listing]]\nid = \"news\"\nsite = \"{site}\"\nfiles = [\"news.txt\"]\n");
    let mut watch = Watch::new(&config("first"));
    watch.see(items(0..20));
    for name in ["second", "first"] {
        watch.reopen(&config(name));
        assert_eq!(watch.see(items(0..20)).status, Status::Unchanged, "{name}");
    }
    assert_eq!(watch.see(items(0..21)).new.len(), 1);
    assert_eq!(watch.articles().len(), 21);
}

#[test]
fn title_of_a_listing_that_changes_is_quiet() {
    let mut watch = Watch::one("");
    watch.see(items(0..20));
    watch.reopen(&listing("news", "title = \"Another Name\""));
    assert_eq!(watch.see(items(0..20)).status, Status::Unchanged);
    assert_eq!(watch.articles().len(), 20);
}
