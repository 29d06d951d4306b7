//! The config changed, and the pages did or did not.

use tidings::daemon::report::Status;
use tidings::model::{FeedKey, FeedKind};

use crate::support::{Item, Page, Watch, Work, item, items, listing, titles};

/// Twenty entries, one of them with a long title.
fn page() -> Vec<Item> {
    let mut page = items(0..20);
    page[6].title =
        "A Title That Goes On and On until It Is Longer Than Anybody Would Care to Read in One Go".into();
    page
}

#[test]
fn same_page_by_other_limits_is_corrected_quietly() {
    let mut watch = Watch::after(page());
    let before = watch.articles();
    watch.reopen(&listing("news", "max_line_bytes = 60"));
    let report = watch.see(page());
    assert!(report.new.is_empty() && report.updated.is_empty() && report.removed.is_empty(), "{report:?}");
    let after = watch.articles();
    assert_eq!(after.len(), before.len());
    let mut corrected = 0;
    for (old, new) in before.iter().zip(&after) {
        assert_eq!((old.id, old.published, old.updated), (new.id, new.published, new.updated));
        corrected += usize::from(old.title != new.title);
    }
    assert_eq!(corrected, 1);
    let lines = watch.lines();
    assert_eq!(watch.see(page()).status, Status::Unchanged);
    assert_eq!(watch.lines(), lines);
}

#[test]
fn same_page_in_another_order_than_remembered_is_corrected_article_by_article() {
    let mut watch = Watch::after(page());
    let mut shuffled = page();
    shuffled.reverse();
    watch.see(shuffled.clone());
    let before = watch.articles();
    watch.reopen(&listing("news", "max_line_bytes = 60"));
    watch.see(shuffled);
    for (old, new) in before.iter().zip(&watch.articles()) {
        assert!(new.title == old.title || old.title.starts_with("A Title That Goes On"), "{old:?} {new:?}");
    }
    assert_eq!(watch.articles().len(), 20);
}

#[test]
fn other_page_by_other_limits_gives_the_correction_first_and_then_the_news() {
    let mut watch = Watch::after(page());
    watch.reopen(&listing("news", "max_line_bytes = 60"));
    let mut next = page();
    next.insert(0, item(30));
    next[10].summary = "Told anew, in the same scan that reads the page by other rules.".into();
    let report = watch.see(next.clone());
    assert_eq!(titles(&report.new), [item(30).title.as_str()]);
    assert_eq!(titles(&report.updated), [next[10].title.as_str()]);
    assert!(report.removed.is_empty());
    assert_eq!(watch.articles().len(), 21);
}

#[test]
fn field_that_is_no_longer_volatile_is_corrected_quietly() {
    let mut watch = Watch::one("volatile = [\"summary\"]");
    watch.see(items(0..20));
    let mut page = items(0..20);
    page[5].summary = "Something else, which this listing does not care for.".into();
    watch.see(page.clone());
    watch.reopen(&listing("news", ""));
    let report = watch.see(page.clone());
    assert!(report.updated.is_empty() && report.new.is_empty(), "{report:?}");
    let article = watch.article(&page[5].title);
    assert_eq!(article.summary.as_deref(), Some(page[5].summary.as_str()));
    assert_eq!(article.updated, article.published);
    page[5].summary = "And now it matters what is said here.".into();
    assert_eq!(watch.see(page).updated.len(), 1);
}

#[test]
fn other_identity_and_format_of_the_same_page_are_quiet() {
    let mut watch = Watch::after(items(0..20));
    let before = watch.articles();
    for more in [
        "identity = [\"source+date+title\"]",
        "identity = [\"link\", \"source+date+title\"]",
        "format = \"text\"",
    ] {
        watch.reopen(&listing("news", more));
        let report = watch.see(items(0..20));
        assert_eq!((report.status, report.new.len()), (Status::Unchanged, 0), "{more}: {report:?}");
        assert_eq!(watch.articles(), before);
    }
}

#[test]
fn fewer_entries_by_a_limit_announce_nothing_now_and_nothing_when_it_is_lifted() {
    let mut watch = Watch::after(items(0..20));
    watch.reopen(&listing("news", "max_entries = 5"));
    for _ in 0..4 {
        let report = watch.see(items(0..20));
        assert!(report.new.is_empty() && report.removed.is_empty(), "{report:?}");
    }
    watch.reopen(&listing("news", ""));
    let report = watch.see(items(0..20));
    assert!(report.new.is_empty() && report.returned.is_empty() && report.updated.is_empty(), "{report:?}");
    assert_eq!(watch.articles().len(), 20);
}

#[test]
fn rules_and_bytes_changed_without_a_kept_page_announce_no_known_article() {
    let mut watch = Watch::after(page());
    watch.forget_snapshots();
    watch.reopen(&listing("news", "volatile = [\"category\"]"));
    let mut next = page();
    next.insert(0, item(30));
    let report = watch.see(next);
    assert_eq!(titles(&report.new), [item(30).title.as_str()]);
}

#[test]
fn dry_run_by_other_rules_says_what_the_scan_then_says() {
    let work = Work::one("");
    work.page("news.txt", Page::of(page()).text());
    work.scan();
    work.config("[[listing]]\nid = \"news\"\nfiles = [\"pages/news.txt\"]\nmax_line_bytes = 60\n");
    let mut next = page();
    next.insert(0, item(30));
    work.page("news.txt", Page::of(next).text());
    for report in [work.run(&["scan", "--dry-run", "--json"]).line(), work.scan().line()] {
        let count = |list: &str| report[list].as_array().map(Vec::len);
        assert_eq!(
            (count("new"), count("updated"), count("removed")),
            (Some(1), Some(0), Some(0)),
            "{report}"
        );
    }
}

#[test]
fn pinned_row_is_corrected_quietly() {
    let config = |tags: &str| format!("{tags}\n{}", listing("news", ""));
    let mut watch = Watch::new(&config(""));
    let mut page = items(0..20);
    page[3].tags = "Backend ArchitectureKafkaStreams".into();
    watch.see(page.clone());
    let before = watch.article(&page[3].title);
    watch.reopen(&config(
        "[tags.split]\n\"Backend ArchitectureKafkaStreams\" = [\"Backend Architecture\", \"Kafka\", \"Streams\"]",
    ));
    let article = watch.article(&page[3].title);
    assert_eq!(article.tags, ["Backend Architecture", "Kafka", "Streams"]);
    assert!(article.sure);
    assert_eq!((article.updated, article.published), (before.updated, before.published));
    assert_eq!(watch.window(&FeedKey::named(FeedKind::Tag, "streams")), [article.title.as_str()]);
    let lines = watch.lines();
    assert_eq!(watch.see(page).status, Status::Unchanged);
    assert_eq!(watch.lines(), lines);
}

#[test]
fn alias_moves_articles_to_the_tag_it_stands_for_quietly() {
    let work = Work::one("");
    let mut page = items(0..20);
    page[3].tags = "Backend ArchitectureKafka".into();
    work.page("news.txt", Page::of(page.clone()).text());
    work.scan();
    let before = work.feed("feeds/tags/kafka.atom");
    assert_eq!(before.len(), 1);
    work.config(
        "[tags]\nalias = { \"Kafka\" = \"Apache Kafka\" }\n[[listing]]\nid = \"news\"\nfiles = [\"pages/news.txt\"]\n",
    );
    assert_eq!(work.scan().line()["status"], "unchanged");
    let after = work.feed("feeds/tags/apache-kafka.atom");
    assert_eq!((&after[0].id, &after[0].updated), (&before[0].id, &before[0].updated));
    assert!(after[0].categories.contains(&"Apache Kafka".to_owned()), "{after:?}");
    assert!(work.feed("feeds/tags/kafka.atom").is_empty());
}

#[test]
fn view_that_is_added_later_is_filled_with_what_is_remembered() {
    let work = Work::one("");
    work.page("news.txt", Page::of(items(0..20)).text());
    work.scan();
    work.config(
        "[[listing]]\nid = \"news\"\nfiles = [\"pages/news.txt\"]\n[[view]]\nid = \"ops\"\nwhen = { categories = \
         [\"Operations\"] }\n",
    );
    assert_eq!(work.scan().line()["status"], "unchanged");
    let found: Vec<String> = work.feed("feeds/views/ops.atom").into_iter().map(|entry| entry.title).collect();
    let expected: Vec<String> = items(0..20)
        .into_iter()
        .filter(|entry| entry.category == "Operations")
        .map(|entry| entry.title)
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn listing_whose_tags_change_takes_its_articles_along_quietly() {
    let mut watch = Watch::one("tags = [\"First\"]");
    watch.see(items(0..20));
    let before = watch.articles();
    watch.reopen(&listing("news", "tags = [\"Second\"]"));
    assert_eq!(watch.see(items(0..20)).status, Status::Unchanged);
    assert_eq!(watch.window(&FeedKey::named(FeedKind::Tag, "second")).len(), 20);
    assert!(watch.window(&FeedKey::named(FeedKind::Tag, "first")).is_empty());
    for (old, new) in before.iter().zip(&watch.articles()) {
        assert_eq!((old.id, old.published, old.updated), (new.id, new.published, new.updated));
    }
}

#[test]
fn f103_tags_that_differ_by_case_only_are_one_feed() {
    let mut page = items(0..20);
    page[3].tags = "Backend ArchitectureKafka".into();
    page[4].tags = "Backend Architecturekafka".into();
    let mut watch = Watch::one("tags = [\"KAFKA\"]");
    watch.see(page);
    assert_eq!(watch.window(&FeedKey::named(FeedKind::Tag, "Kafka")).len(), 20);
}

#[test]
fn page_tag_taken_out_of_the_config_is_not_taken_for_evident() {
    let mut watch = Watch::one("tags = [\"Wrong Tag\"]");
    watch.see(items(0..20));
    watch.reopen(&crate::support::listing("news", ""));
    watch.see(items(0..21));
    let article = watch.article(&item(20).title);
    assert_eq!(article.listings[0].tags, ["Backend Architecture"], "what the page makes evident");
}
