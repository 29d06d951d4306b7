//! The program from outside: exit codes, the shape of `scan --json`, dry runs, first scans.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::{Page, Watch, Work, item, items, listing, titles};

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

/// Checks an article of a report, key by key.
fn check_article(article: &Value, update: bool) {
    let mut expected: BTreeSet<&str> =
        ["id", "title", "link", "source", "date", "category", "tags", "summary", "late"].into();
    if update {
        expected.insert("fields");
        assert!(article["fields"].as_array().is_some_and(|fields| fields.iter().all(Value::is_string)));
    }
    assert_eq!(keys(article), expected);
    let id = article["id"].as_str().expect("an id");
    assert!(id.len() == 36 && id.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit()), "{id}");
    assert!(article["title"].is_string() && article["link"].is_null());
    assert!(
        article["source"].is_string() && article["category"].is_string() && article["summary"].is_string()
    );
    let date = article["date"].as_str().expect("a date");
    assert!(chrono::NaiveDate::parse_from_str(date, "%Y-%m-%d").is_ok(), "{date}");
    assert!(
        article["tags"].as_array().is_some_and(|tags| !tags.is_empty() && tags.iter().all(Value::is_string))
    );
    assert!(article["late"].is_boolean());
}

/// Checks a report of `scan --json`, key by key.
fn check_report(report: &Value) {
    let expected: BTreeSet<&str> = [
        "listing",
        "status",
        "health",
        "pages",
        "articles",
        "declared",
        "new",
        "updated",
        "removed",
        "returned",
        "faults",
        "duration_ms",
    ]
    .into();
    let mut found = keys(report);
    assert_eq!(
        found.remove("reason"),
        report["health"] != "ok",
        "a reason exactly when the health is not ok"
    );
    assert_eq!(found, expected);
    assert_eq!(report["listing"], "news");
    let status = report["status"].as_str().expect("a status");
    assert!(["changed", "unchanged", "baseline", "held", "failed"].contains(&status), "{status}");
    let health = report["health"].as_str().expect("a health");
    assert!(["ok", "failing", "empty", "shrunk", "odd", "quarantined"].contains(&health), "{health}");
    assert!(report["pages"].is_u64() && report["articles"].is_u64() && report["duration_ms"].is_u64());
    assert!(report["declared"].is_u64() || report["declared"].is_null());
    for list in ["new", "updated", "removed", "returned"] {
        for article in report[list].as_array().expect("a list") {
            check_article(article, list == "updated");
        }
    }
    for fault in report["faults"].as_array().expect("a list") {
        assert_eq!(keys(fault), ["page", "line", "reason"].into());
        assert!(fault["page"].is_u64() && fault["line"].is_u64() && fault["reason"].is_string());
    }
}

#[test]
fn scan_json_has_the_promised_shape_whatever_happens() {
    let work = Work::one("removed_after = 1");
    let mut seen = BTreeSet::new();
    let mut scan = |text: String| {
        work.page("news.txt", text);
        let report = work.scan().line();
        check_report(&report);
        seen.insert(report["status"].as_str().expect("a status").to_owned());
        report
    };
    let first = scan(Page::of(items(0..20)).text());
    assert_eq!(
        (&first["pages"], &first["articles"], &first["declared"]),
        (&1.into(), &20.into(), &949.into())
    );
    assert_eq!(first["new"].as_array().map(Vec::len), Some(20));
    assert_eq!(first["new"][0]["title"], item(19).title);
    let mut page = items(0..21);
    page[5].summary = "Told anew, in a few more words than before.".into();
    page.remove(8);
    let second = scan(Page::of(page.clone()).text());
    for list in ["new", "updated", "removed"] {
        assert_eq!(second[list].as_array().map(Vec::len), Some(1), "{list}");
    }
    page.insert(0, item(40));
    page.push(item(12));
    assert_eq!(scan(Page::of(page.clone()).text())["returned"].as_array().map(Vec::len), Some(1));
    scan(Page { header: None, items: page.clone() }.text());
    scan(Page::of(items(300..320)).text());
    let text = Page::of(page).text();
    scan(text[..text.len() / 2].to_owned());
    scan(String::new());
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), ["baseline", "changed", "failed", "held", "unchanged"]);
}

#[test]
fn listings_are_reported_one_a_line_in_the_order_of_the_config() {
    let more = |id: &str| format!("[[listing]]\nid = \"{id}\"\nfiles = [\"pages/{id}.txt\"]\n");
    let work = Work::new(&["z", "a", "m"].map(more).concat());
    for name in ["z", "m"] {
        work.page(&format!("{name}.txt"), Page::of(items(0..5)).text());
    }
    let ran = work.scan();
    let status: Vec<(String, String)> =
        ran.lines().iter().map(|line| (line["listing"].to_string(), line["status"].to_string())).collect();
    assert_eq!(ran.code, 6, "one listing failed");
    let expected = [("z", "baseline"), ("a", "failed"), ("m", "baseline")];
    assert_eq!(status, expected.map(|(id, status)| (format!("\"{id}\""), format!("\"{status}\""))));
    let ran = work.run(&["scan", "--json", "m"]);
    assert_eq!((ran.code, &ran.line()["listing"]), (0, &"m".into()));
}

#[test]
fn unknown_listing_is_exit_8_and_changes_nothing() {
    let work = Work::one("");
    work.page("news.txt", Page::of(items(0..5)).text());
    let before = work.everything();
    let ran = work.run(&["scan", "--json", "nws"]);
    assert_eq!((ran.code, ran.out.as_str()), (8, ""));
    assert!(ran.err.contains("`nws`") && ran.err.contains("news"), "{}", ran.err);
    assert!(work.everything() == before);
}

#[test]
fn dry_run_writes_nothing_where_nothing_is_remembered() {
    let work = Work::one("");
    work.page("news.txt", Page::of(items(0..20)).text());
    let before = work.everything();
    let ran = work.run(&["scan", "--dry-run", "--json"]);
    assert_eq!((ran.code, &ran.line()["status"]), (0, &"baseline".into()));
    assert_eq!(ran.line()["new"].as_array().map(Vec::len), Some(20));
    assert!(work.everything() == before);
}

#[test]
fn dry_run_beside_a_store_says_everything_and_writes_nothing() {
    let work = Work::one("removed_after = 1");
    work.page("news.txt", Page::of(items(0..20)).text());
    work.scan();
    let mut page = items(0..21);
    page[5].summary = "Told anew, in a few more words than before.".into();
    page.remove(9);
    for (what, page) in
        [("changes", page.clone()), ("a removal alone", [&items(0..20)[..8], &items(0..20)[9..]].concat())]
    {
        work.page("news.txt", Page::of(page).text());
        let before = work.everything();
        let dry = work.run(&["scan", "--dry-run", "--json"]);
        assert_eq!(dry.code, 0, "{dry:?}");
        assert_eq!(titles_of(&dry.line()["removed"]), [item(11).title.as_str()], "{what}");
        let after = work.everything();
        let changed: Vec<_> = before.iter().filter(|(path, file)| after.get(*path) != Some(file)).collect();
        assert!(
            changed.is_empty() && after.len() == before.len(),
            "{what}: {:?}",
            changed.iter().map(|c| c.0).collect::<Vec<_>>()
        );
    }
    work.page("news.txt", Page::of(page).text());
    let (dry, wet) = (work.run(&["scan", "--dry-run", "--json"]).line(), work.scan().line());
    for list in ["updated", "removed", "returned"] {
        assert_eq!(dry[list], wet[list], "{list}");
    }
    assert_eq!(titles_of(&dry["new"]), titles_of(&wet["new"]));
}

fn titles_of(list: &Value) -> Vec<&str> {
    list.as_array().expect("a list").iter().filter_map(|article| article["title"].as_str()).collect()
}

#[test]
fn dry_run_of_bad_pages_has_the_exit_code_of_a_scan() {
    let work = Work::one("");
    work.page("news.txt", "");
    assert_eq!(work.run(&["scan", "--dry-run"]).code, 6);
    work.page("news.txt", Page::of(items(0..20)).text());
    work.scan();
    work.page("news.txt", Page::of(items(300..400)).text());
    let ran = work.run(&["scan", "--dry-run", "--json"]);
    assert_eq!((ran.code, &ran.line()["status"]), (6, &"held".into()));
}

#[test]
fn exit_codes_of_config_and_usage() {
    let work = Work::one("");
    assert_eq!(work.run(&["scan", "--no-such-option"]).code, 2);
    work.config("[[listing]]\nid = \"news\"\nfile = [\"x\"]\n");
    assert_eq!(work.run(&["scan"]).code, 3);
}

#[test]
fn announce_first_announces_the_baseline() {
    let mut watch = Watch::one("announce_first = true");
    let report = watch.see(items(0..20));
    assert_eq!(report.new.len(), 20);
    assert!(watch.articles().iter().all(|article| article.announced.is_some() && !article.late));
    assert_eq!(watch.see(items(0..21)).new.len(), 1);
}

#[test]
fn baseline_announces_nothing_and_is_never_announced_later() {
    let mut watch = Watch::after(items(0..20));
    assert!(watch.articles().iter().all(|article| article.announced.is_none()));
    watch.see(items(0..21));
    watch.see(items(1..22));
    let announced: Vec<String> =
        watch.articles().into_iter().filter(|a| a.announced.is_some()).map(|a| a.title).collect();
    assert_eq!(announced, [item(20).title, item(21).title]);
}

#[test]
fn old_article_that_is_pushed_down_from_the_page_before_is_new_and_late() {
    let mut watch = Watch::after(items(100..120));
    let mut page = items(100..120);
    page.insert(0, item(50));
    page.insert(0, item(130));
    let report = watch.see(page);
    let late: Vec<(&str, bool)> = report.new.iter().map(|new| (new.title.as_str(), new.late)).collect();
    assert_eq!(late, [(item(130).title.as_str(), false), (item(50).title.as_str(), true)]);
    assert!(watch.article(&item(50).title).late);
}

#[test]
fn article_of_the_newest_day_is_not_late() {
    let mut watch = Watch::after(items(100..120));
    let mut twin = item(119);
    twin.title = "Another One of That Day".into();
    let mut page = items(100..120);
    page.insert(0, twin);
    let report = watch.see(page);
    assert_eq!((titles(&report.new), report.new[0].late), (vec!["Another One of That Day"], false));
}

#[test]
fn two_entries_of_one_day_keep_their_order_in_feeds() {
    let mut page = items(0..20);
    page.iter_mut().for_each(|entry| entry.date = item(0).date);
    let mut watch = Watch::new(&listing("news", ""));
    watch.see(page.clone());
    let mut articles = watch.articles();
    articles.sort_by_key(|article| std::cmp::Reverse(article.published));
    let order: Vec<&str> = articles.iter().map(|article| article.title.as_str()).collect();
    assert_eq!(order, page.iter().map(|entry| entry.title.as_str()).collect::<Vec<_>>());
}
