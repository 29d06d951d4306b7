//! Pausing, approving, rejecting, hiding: end to end, by the socket of a daemon and without one.

use super::bench::{Bench, numbered};

/// Three articles known, and a page on which sixty more are new.
fn flooded() -> Bench {
    let bench = Bench::new(&["Alpha on disks", "Beta on tapes", "Gamma on drums"]);
    bench.ok(&["scan"]);
    flood(&bench, "Flood");
    bench
}

fn flood(bench: &Bench, what: &str) {
    let mut titles = numbered(what, 60);
    titles.extend(["Alpha on disks", "Beta on tapes", "Gamma on drums"].map(str::to_owned));
    bench.page(&titles.iter().map(String::as_str).collect::<Vec<_>>());
}

fn status(bench: &Bench) -> serde_json::Value {
    let status: serde_json::Value = serde_json::from_str(&bench.ok(&["status", "--json"])).expect("JSON");
    status["listings"][0].clone()
}

fn scan(bench: &Bench) -> serde_json::Value {
    let said = bench.run(&["scan", "a", "--json"]);
    serde_json::from_str(&said.out).unwrap_or_else(|error| panic!("{error}: {said:?}"))
}

fn held_pages(bench: &Bench) -> usize {
    let Ok(folder) = std::fs::read_dir(bench.data().join("snapshots/a")) else { return 0 };
    folder.flatten().filter(|entry| entry.file_name().to_string_lossy().starts_with("held-")).count()
}

/// Runs a case with a daemon and without.
fn both(case: fn(&Bench)) {
    let bench = flooded();
    case(&bench);
    let bench = flooded();
    let daemon = bench.daemon();
    case(&bench);
    daemon.stop();
}

#[test]
fn approved_reading_enters_the_feeds_and_is_no_news_later() {
    both(|bench| {
        assert_eq!(bench.run(&["scan"]).code, 6, "it is held");
        assert_eq!(
            (status(bench)["health"].as_str(), status(bench)["held"].as_u64()),
            (Some("quarantined"), Some(60))
        );
        assert_eq!(held_pages(bench), 1);
        assert!(!bench.published("feeds/all.atom").contains("Flood number 7<"));
        let told = bench.ok(&["status"]);
        assert!(told.contains("tidings listing approve a"), "{told}");
        // The page as it was judged is what is approved, whatever stands there by now.
        bench.page(&[]);
        let said = bench.ok(&["listing", "approve", "a"]);
        assert_eq!(said, "a: approved; 60 articles are in the feeds, and announced as one\n");
        assert!(bench.published("feeds/all.atom").contains("Flood number 7<"));
        assert_eq!((status(bench)["health"].as_str(), held_pages(bench)), (Some("ok"), 0));
        flood(bench, "Flood");
        let report = scan(bench);
        assert_eq!(
            (report["status"].as_str(), report["new"].as_array().map(Vec::len)),
            (Some("unchanged"), Some(0))
        );
        let log = bench.ok(&["log", "--listing", "a"]);
        assert!(log.contains("a: approved by an operator: 60 new"), "{log}");
        let story = bench.ok(&["explain", "Flood number 7"]);
        assert!(
            story.contains("held (60 articles are new at once") && story.contains("then approved"),
            "{story}"
        );
        assert_eq!(bench.run(&["listing", "approve", "a"]).code, 8, "nothing is held any more");
    });
}

#[test]
fn rejected_reading_stays_out_and_another_one_is_judged_anew() {
    both(|bench| {
        assert_eq!(bench.run(&["scan"]).code, 6);
        let told = bench.ok(&["explain", "flood number 7"]);
        let since = status(bench)["since"].as_str().unwrap_or_default().to_owned();
        assert!(told.starts_with("Flood number 7\n"), "{told}");
        assert!(told.contains(&format!("held on a since {since}, with 60 new in all\n")), "{told}");
        assert!(told.contains("why: 60 articles are new at once"), "{told}");
        assert!(told.contains("`tidings listing approve a`"), "{told}");
        assert!(told.contains("`tidings listing reject a`"), "{told}");
        let told: serde_json::Value =
            serde_json::from_str(&bench.ok(&["explain", "Flood number 7", "--json"])).expect("JSON");
        assert_eq!((&told["id"], &told["held"]["listing"]), (&serde_json::Value::Null, &"a".into()));
        let hint = bench.run(&["explain", "Drought"]);
        assert!(hint.code == 8 && hint.err.contains("held for approval on a"), "{hint:?}");
        let said: serde_json::Value =
            serde_json::from_str(&bench.ok(&["listing", "reject", "a", "--json"])).expect("JSON");
        assert_eq!((said["decision"].as_str(), said["new"].as_u64()), (Some("reject"), Some(60)));
        assert_eq!(held_pages(bench), 0);
        for _ in 0..4 {
            scan(bench);
            assert_eq!(status(bench)["health"], "odd");
        }
        assert!(!bench.published("feeds/all.atom").contains("Flood"));
        flood(bench, "Deluge");
        assert_eq!(scan(bench)["status"], "held", "another reading is not rejected by that");
        bench.page(&["Delta on cards", "Alpha on disks", "Beta on tapes", "Gamma on drums"]);
        let report = scan(bench);
        assert_eq!(report["new"][0]["title"], "Delta on cards");
        assert_eq!((status(bench)["health"].as_str(), held_pages(bench)), (Some("ok"), 0));
    });
}

#[test]
fn held_pages_that_are_gone_cannot_be_approved_until_they_are_seen_again() {
    let bench = flooded();
    assert_eq!(bench.run(&["scan"]).code, 6);
    std::fs::remove_dir_all(bench.data().join("snapshots")).expect("stands");
    let gone = bench.run(&["listing", "approve", "a"]);
    assert!(gone.code == 6 && gone.err.contains("tidings listing scan a"), "{gone:?}");
    assert_eq!(bench.run(&["listing", "scan", "a"]).code, 6);
    bench.ok(&["listing", "approve", "a"]);
}

#[test]
fn paused_listing_is_not_looked_at_and_goes_on_where_it_was() {
    both(|bench| {
        bench.page(&["Alpha on disks", "Beta on tapes", "Gamma on drums"]);
        bench.ok(&["scan"]);
        assert!(bench.ok(&["listing", "pause", "a"]).starts_with("a: paused; "));
        assert_eq!(bench.ok(&["listing", "pause", "a"]), "a: paused already\n");
        bench.page(&["Delta on cards", "Alpha on disks", "Beta on tapes", "Gamma on drums"]);
        let report = scan(bench);
        assert_eq!(
            (report["status"].as_str(), report["health"].as_str()),
            (Some("unchanged"), Some("paused"))
        );
        assert!(bench.published("feeds/health.atom").contains("Page A is paused"));
        assert_eq!(status(bench)["next"], serde_json::Value::Null);
        assert!(bench.ok(&["listing", "resume", "a"]).starts_with("a: resumed; "));
        let report = scan(bench);
        assert_eq!(
            (report["status"].as_str(), report["new"][0]["title"].as_str()),
            (Some("changed"), Some("Delta on cards"))
        );
        assert!(bench.published("feeds/health.atom").contains("Page A is watched again"));
    });
}

#[test]
fn hidden_article_leaves_every_feed_at_once_and_comes_back() {
    both(|bench| {
        bench.page(&["Alpha on disks", "Beta on tapes", "Gamma on drums"]);
        let id = bench.id_of("Beta on tapes");
        let page = format!("articles/{id}.html");
        assert!(bench.published(&page).contains("Beta on tapes"));
        assert_eq!(bench.ok(&["articles", "hide", &id[..13]]), "“Beta on tapes” left all feeds\n");
        for feed in
            ["feeds/all.atom", "feeds/tags/kafka.rss", "feeds/sources/acme.json", "feeds/listings/a.atom"]
        {
            let text = bench.published(feed);
            assert!(text.contains("Alpha on disks") && !text.contains("Beta on tapes"), "{feed}");
        }
        assert_eq!(bench.published(&page), "");
        bench.ok(&["scan"]);
        assert!(!bench.published("feeds/all.atom").contains("Beta on tapes"), "it is not forgotten");
        assert!(bench.ok(&["explain", "Beta"]).contains("hidden by an operator"));
        assert_eq!(bench.ok(&["articles", "restore", &id]), "“Beta on tapes” is back in its feeds\n");
        assert!(bench.published("feeds/all.atom").contains("Beta on tapes"));
        assert!(bench.published(&page).contains("Beta on tapes"));
        assert_eq!(bench.run(&["articles", "hide", "ffffffffffff"]).code, 8);
    });
}
