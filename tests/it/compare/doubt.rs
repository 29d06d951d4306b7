//! Pages that are not to be believed: cut, empty, something else, or an old copy.

use tidings::daemon::report::{ScanReport, Status};
use tidings::model::Health;

use crate::support::{Page, Watch, Work, item, items, titles};

fn says_nothing(report: &ScanReport) -> bool {
    report.new.is_empty()
        && report.updated.is_empty()
        && report.removed.is_empty()
        && report.returned.is_empty()
}

#[test]
fn f050_page_cut_anywhere_removes_nothing_and_announces_only_what_is_whole() {
    let mut watch = Watch::one("removed_after = 1");
    let known = items(0..20);
    watch.see(known.clone());
    let text = Page::of(items(0..23)).text();
    let mut announced = Vec::new();
    for at in (0..text.len()).step_by(61).filter(|at| text.is_char_boundary(*at)) {
        let report = watch.scan(&text.as_bytes()[..at]);
        assert!(report.removed.is_empty() && report.updated.is_empty(), "cut at {at}: {report:?}");
        for new in &report.new {
            let whole = items(20..23).into_iter().any(|entry| {
                entry.title == new.title && new.summary.as_deref() == Some(entry.summary.as_str())
            });
            assert!(whole, "cut at {at}: {new:?}");
            announced.push(new.title.clone());
        }
    }
    announced.extend(watch.scan(text).new.into_iter().map(|new| new.title));
    announced.sort();
    let mut expected: Vec<String> = items(20..23).into_iter().map(|entry| entry.title).collect();
    expected.sort();
    assert_eq!(announced, expected);
}

#[test]
fn cut_page_is_shrunk_and_says_so() {
    let mut watch = Watch::after(items(0..20));
    let text = Page::of(items(0..20)).text();
    let report = watch.scan(&text.as_bytes()[..text.len() / 2]);
    assert_eq!((report.status, report.health), (Status::Unchanged, Health::Shrunk));
    assert!(report.reason.contains("in the middle of an entry"), "{}", report.reason);
    assert!(!report.faults.is_empty());
    assert_eq!(watch.scan(text).health, Health::Ok);
}

#[test]
fn f070_page_that_is_no_listing_fails_and_changes_nothing() {
    let article = "How Uber Scales\n\nMar 3, 2016\n\nIt began with one room of servers. Then there were two.\n\nThe \
                   second room was the hard one, and this is why.\n";
    let pages: [(&str, &[u8]); 10] = [
        ("nothing", b""),
        ("white space", b" \n\t\r\n  \n"),
        ("a byte order mark", b"\xEF\xBB\xBF"),
        (
            "a login page",
            b"<!doctype html><html><title>Sign in</title><form><input type=password></form></html>",
        ),
        ("an error page", b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"),
        ("an error as text", b"503 Service Unavailable\nPlease try again later.\n"),
        ("a login page as text", b"Sign in to continue\n\nEmail\nPassword\n"),
        ("JSON", b"{\"error\":{\"code\":401,\"message\":\"unauthorized\"}}"),
        ("an image", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01"),
        ("an article's own page", article.as_bytes()),
    ];
    let mut watch = Watch::one("removed_after = 1");
    watch.see(items(0..20));
    let before = watch.articles();
    for (what, bytes) in pages {
        let report = watch.scan(bytes);
        assert_eq!((report.status, report.health), (Status::Failed, Health::Empty), "{what}: {report:?}");
        assert!(says_nothing(&report), "{what}: {report:?}");
    }
    assert_eq!(watch.articles(), before);
    let report = watch.see(items(0..21));
    assert_eq!(titles(&report.new), [item(20).title.as_str()]);
}

#[test]
fn f067_file_that_cannot_be_read_fails_and_keeps_the_published_feeds() {
    let work = Work::one("");
    work.page("news.txt", Page::of(items(0..20)).text());
    work.scan();
    let tree = work.tree();
    std::fs::remove_file(work.path("pages/news.txt")).expect("removed");
    let ran = work.scan();
    assert_eq!(
        (ran.code, &ran.line()["status"], &ran.line()["health"]),
        (6, &"failed".into(), &"failing".into())
    );
    assert!(ran.line()["reason"].as_str().is_some_and(|reason| reason.contains("news.txt")), "{ran:?}");
    std::fs::create_dir(work.path("pages/news.txt")).expect("a folder");
    let ran = work.scan();
    assert_eq!((ran.code, &ran.line()["status"]), (6, &"failed".into()));
    assert!(work.tree() == tree, "published files changed");
    std::fs::remove_dir(work.path("pages/news.txt")).expect("removed");
    work.page("news.txt", "");
    let ran = work.scan();
    assert_eq!((ran.code, &ran.line()["health"]), (6, &"empty".into()));
}

#[test]
fn page_with_one_known_entry_alone_removes_nothing() {
    let mut watch = Watch::one("removed_after = 1");
    watch.see(items(0..20));
    let report = watch.see(vec![item(10)]);
    assert_eq!((report.health, says_nothing(&report)), (Health::Shrunk, true), "{report:?}");
    assert_eq!(watch.see(items(0..20)).status, Status::Unchanged);
}

#[test]
fn page_with_one_unknown_entry_alone_is_held() {
    let mut watch = Watch::after(items(0..20));
    let report = watch.see(vec![item(300)]);
    assert_eq!((report.status, says_nothing(&report)), (Status::Held, true), "{report:?}");
}

#[test]
fn page_with_half_its_entries_is_shrunk_until_it_was_seen_three_times() {
    let mut watch = Watch::after(items(0..20));
    for _ in 0..2 {
        let report = watch.see(items(10..20));
        assert_eq!((report.health, says_nothing(&report)), (Health::Shrunk, true), "{report:?}");
    }
    let report = watch.see(items(10..20));
    assert_eq!((report.health, report.removed.len()), (Health::Ok, 0), "{report:?}");
    assert_eq!(watch.see(items(10..20)).health, Health::Ok);
    // The other half is known, whenever it is back.
    let report = watch.see(items(0..21));
    assert_eq!(titles(&report.new), [item(20).title.as_str()]);
    assert!(report.returned.is_empty());
}

#[test]
fn shrunk_page_announces_what_is_new_on_it_once() {
    let mut watch = Watch::after(items(0..20));
    let mut page = items(10..20);
    page.insert(0, item(30));
    assert_eq!(titles(&watch.see(page.clone()).new), [item(30).title.as_str()]);
    for _ in 0..4 {
        assert!(watch.see(page.clone()).new.is_empty());
    }
}

#[test]
fn old_copy_changes_nothing_until_it_was_seen_three_times() {
    let mut watch = Watch::after(items(0..20));
    watch.see(items(0..22));
    let lines = watch.lines();
    for _ in 0..2 {
        let report = watch.see(items(0..20));
        assert_eq!((report.status, report.health), (Status::Unchanged, Health::Odd), "{report:?}");
        assert!(says_nothing(&report) && report.reason.contains("older copy"), "{report:?}");
    }
    assert_eq!(watch.lines(), lines);
    let report = watch.see(items(0..20));
    assert_eq!((report.health, report.new.len(), report.updated.len()), (Health::Ok, 0, 0), "{report:?}");
    assert_eq!(watch.see(items(0..20)).removed.len(), 2);
    let lines = watch.lines();
    assert_eq!(watch.see(items(0..20)).status, Status::Unchanged);
    assert_eq!(watch.lines(), lines);
}

#[test]
fn old_copy_that_comes_and_goes_is_never_believed() {
    let mut watch = Watch::after(items(0..20));
    watch.see(items(0..22));
    let lines = watch.lines();
    for _ in 0..4 {
        for _ in 0..2 {
            assert_eq!(watch.see(items(0..20)).health, Health::Odd);
        }
        assert_eq!(watch.see(items(0..22)).health, Health::Ok);
    }
    assert_eq!(watch.lines(), lines);
}

#[test]
fn old_copy_is_not_seen_running_when_a_scan_failed_in_between() {
    let mut watch = Watch::after(items(0..20));
    watch.see(items(0..22));
    for _ in 0..2 {
        assert_eq!(watch.see(items(0..20)).health, Health::Odd);
    }
    assert_eq!(watch.fail().status, Status::Failed);
    assert_eq!(watch.see(items(0..20)).health, Health::Odd);
}

#[test]
fn old_copy_with_other_likes_is_an_old_copy() {
    let mut watch = Watch::after(items(0..20));
    watch.see(items(0..22));
    let mut page = items(0..20);
    page.iter_mut().for_each(|entry| entry.likes += 3);
    assert_eq!(watch.see(page).health, Health::Odd);
}

#[test]
fn believed_readings_are_remembered_sixteen_deep() {
    let mut watch = Watch::after(items(0..20));
    for n in 21..36 {
        watch.see(items(0..n));
    }
    assert_eq!(watch.see(items(0..20)).health, Health::Odd);
    watch.see(items(0..36));
    // That was the seventeenth: the first is forgotten, and is now a page that lost its newest entries.
    assert_ne!(watch.see(items(0..20)).health, Health::Odd);
}

#[test]
fn broken_page_is_no_baseline_and_the_next_good_one_is() {
    let text = Page::of(items(0..20)).text();
    for broken in ["", "<!doctype html><title>Sign in</title>", &text[..text.len() / 2], "Tagged articles\n"]
    {
        let mut watch = Watch::one("");
        let report = watch.scan(broken);
        assert_eq!(report.status, Status::Failed, "{report:?}");
        assert!(says_nothing(&report) && watch.articles().is_empty());
        let report = watch.scan(text.as_str());
        assert_eq!((report.status, report.new.len()), (Status::Baseline, 20), "{report:?}");
        assert!(watch.articles().iter().all(|article| article.announced.is_none()));
    }
}

#[test]
fn baseline_of_two_pages_waits_for_both() {
    let mut watch = Watch::one("");
    let (first, second) = (Page::of(items(20..40)).text(), Page::of(items(0..20)).text());
    assert_eq!(watch.scan_on("news", &[first.as_bytes(), b"<html>"]).status, Status::Failed);
    let report = watch.scan_on("news", &[first.as_bytes(), second.as_bytes()]);
    assert_eq!((report.status, report.new.len()), (Status::Baseline, 40));
}

/// A page of HTML with these titles, whose links never change.
fn linked(titles: &[String]) -> String {
    let entry = |(at, title): (usize, &String)| {
        format!(
            "<article><h2><a href=\"https://news.example/posts/{at}\">{title}</a></h2>\
             <time datetime=\"2026-03-{:02}\">then</time><p>What it says is the same as ever, number {at}.</p></article>\n",
            at + 1
        )
    };
    let entries: String = titles.iter().enumerate().map(entry).collect();
    format!(
        "<!doctype html><html><head><title>News</title></head><body><main>\n{entries}</main></body></html>"
    )
}

#[test]
fn f054_page_in_another_language_is_doubted_until_it_stays_so() {
    let mut watch = Watch::one("format = \"html\"");
    let english: Vec<String> = (0..20).map(|n| format!("How we moved our storage, part {n}")).collect();
    let german: Vec<String> = (0..20).map(|n| format!("Wie wir den Speicher umzogen, Teil {n}")).collect();
    assert_eq!(watch.scan(linked(&english)).status, Status::Baseline);
    for _ in 0..2 {
        let report = watch.scan(linked(&german));
        assert_eq!(report.health, Health::Odd, "{report:?}");
        assert!(report.reason.contains("20 of 20 known articles have other titles"), "{}", report.reason);
        assert!(says_nothing(&report), "{report:?}");
    }
    // It was a whim of the server.
    let report = watch.scan(linked(&english));
    assert!(report.health == Health::Ok && says_nothing(&report), "{report:?}");
    for _ in 0..2 {
        assert_eq!(watch.scan(linked(&german)).health, Health::Odd);
    }
    let report = watch.scan(linked(&german));
    assert_eq!((report.health, report.updated.len()), (Health::Ok, 20), "it stays so");
    // A few at once are what pages do.
    let mut edited = german.clone();
    edited[..9].clone_from_slice(&english[..9]);
    assert_eq!(watch.scan(linked(&edited)).updated.len(), 9);
}
