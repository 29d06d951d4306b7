//! What is said of a listing's health: once, in the health feed, and never in the others.

use tidings::daemon::report::Status;
use tidings::model::Health;

use crate::support::{Page, Watch, Work, items};

#[test]
fn trouble_is_said_once_when_it_lasts_and_recovery_once() {
    let mut watch = Watch::after(items(0..20));
    let lines = watch.lines();
    for _ in 0..2 {
        assert_eq!(watch.scan("").health, Health::Empty);
    }
    assert_eq!((watch.lines(), watch.healths().len()), (lines, 0));
    for _ in 0..5 {
        watch.scan("");
        assert_eq!((watch.lines(), watch.healths()), (lines + 1, vec!["empty".to_owned()]));
    }
    assert!(watch.events()[0].1.contains("the last reading had 20"), "{:?}", watch.events());
    for _ in 0..3 {
        assert_eq!(watch.see(items(0..20)).health, Health::Ok);
        assert_eq!((watch.lines(), watch.healths()), (lines + 2, vec!["empty".to_owned(), "ok".to_owned()]));
    }
}

#[test]
fn trouble_that_passes_is_not_said() {
    let mut watch = Watch::after(items(0..20));
    let lines = watch.lines();
    for _ in 0..4 {
        watch.scan("");
        watch.scan("{}");
        watch.see(items(0..20));
    }
    assert_eq!((watch.lines(), watch.healths().len()), (lines, 0));
}

#[test]
fn trouble_that_alternates_in_kind_is_said_once_and_another_kind_when_it_lasts() {
    let mut watch = Watch::after(items(0..20));
    let text = Page::of(items(0..20)).text();
    let cut = &text.as_bytes()[..text.len() / 2];
    for round in 0..6 {
        watch.scan("");
        watch.scan(cut);
        let said: &[&str] = if round == 0 { &[] } else { &["empty"] };
        assert_eq!(watch.healths(), said, "round {round}");
    }
    watch.scan(cut);
    assert_eq!(watch.healths(), ["empty"], "two of a kind are no change yet");
    watch.scan("");
    watch.scan("{}");
    watch.scan("");
    assert_eq!(watch.healths(), ["empty"], "it is what was said");
    watch.fail();
    watch.fail();
    assert_eq!(watch.healths(), ["empty"]);
    watch.fail();
    assert_eq!(watch.healths(), ["empty", "failing"]);
    watch.scan(text.clone());
    watch.scan(text);
    assert_eq!(watch.healths(), ["empty", "failing", "ok"]);
}

#[test]
fn trouble_says_when_the_page_last_read_well() {
    let mut watch = Watch::one("alert_after = 1");
    watch.scan("");
    assert!(!watch.events()[0].1.contains("last read well"), "{:?}", watch.events());
    watch.see(items(0..20));
    watch.see(items(0..20));
    watch.scan("");
    let (health, reason) = watch.events().pop().unwrap();
    // 18 March 2030 was a Monday; the watch began at 17:46:40 on the day before, and looked three times.
    assert!(reason.ends_with("; last read well on 2030-03-17 at 19:16 UTC"), "{health}: {reason}");
}

#[test]
fn trouble_is_said_at_once_where_the_config_says_so() {
    let mut watch = Watch::one("alert_after = 1");
    watch.see(items(0..20));
    watch.fail();
    assert_eq!(watch.healths(), ["failing"]);
}

#[test]
fn cut_page_that_stays_cut_is_said_and_so_is_its_recovery() {
    let mut watch = Watch::after(items(0..20));
    let text = Page::of(items(0..20)).text();
    for _ in 0..4 {
        watch.scan(&text.as_bytes()[..text.len() / 2]);
    }
    watch.scan(text);
    assert_eq!(watch.healths(), ["shrunk", "ok"]);
}

#[test]
fn listing_that_never_had_a_good_page_says_so() {
    let mut watch = Watch::one("");
    for _ in 0..4 {
        assert_eq!(watch.fail().status, Status::Failed);
    }
    assert_eq!(watch.healths(), ["failing"]);
    assert_eq!(watch.see(items(0..20)).status, Status::Baseline);
    assert_eq!(watch.healths(), ["failing", "ok"]);
}

#[test]
fn news_is_told_while_the_listing_recovers() {
    let mut watch = Watch::one("alert_after = 1");
    watch.see(items(0..20));
    watch.fail();
    let report = watch.see(items(0..21));
    assert_eq!((report.new.len(), report.health), (1, Health::Ok));
    assert_eq!(watch.healths(), ["failing", "ok"]);
}

#[test]
fn health_is_published_in_its_own_feed_and_in_no_other() {
    let work = Work::one("alert_after = 1");
    work.page("news.txt", Page::of(items(0..20)).text());
    work.scan();
    let others = |work: &Work| {
        let mut tree = work.tree();
        tree.retain(|path, (bytes, _)| {
            let name = path.to_string_lossy().into_owned();
            let list = ["health.", "index.html", "catalog.json", "opml.xml"];
            !bytes.is_empty() && !list.iter().any(|part| name.contains(part))
        });
        tree
    };
    let before = others(&work);
    assert!(before.len() > 20 && work.feed("feeds/health.atom").is_empty());
    work.page("news.txt", "");
    assert_eq!(work.scan().code, 6);
    let told = work.feed("feeds/health.atom");
    assert_eq!((told.len(), told[0].title.as_str()), (1, "news is empty"));
    assert!(others(&work) == before, "a content feed changed");
    work.page("news.txt", Page::of(items(0..20)).text());
    assert_eq!(work.scan().code, 0);
    let told = work.feed("feeds/health.atom");
    let mut titles: Vec<&str> = told.iter().map(|entry| entry.title.as_str()).collect();
    titles.sort_unstable();
    assert_eq!(titles, ["news is empty", "news is ok again"]);
    assert!(others(&work) == before, "a content feed changed");
    let tree = work.tree();
    work.scan();
    assert!(work.tree() == tree);
}
