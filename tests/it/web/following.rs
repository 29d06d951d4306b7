//! Listings whose pages are followed from one to the next.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, Mutex};

use serde_json::Value;

use super::sample::{ok, redirect, same};
use crate::child::start;
use crate::program::{Home, json_lines};
use crate::support::{Receiver, Request, Say, journal_text};

/// What a server lists, cut into pages of five, each of which links to the next.
#[derive(Clone, Default)]
struct Site {
    /// The articles, newest first.
    articles: Vec<usize>,
    /// What is said in place of a page.
    instead: BTreeMap<usize, Say>,
    /// Whether the next page is named by a header, and not on the page.
    by_header: bool,
    /// Where a page says that the next one is, in place of where it is.
    next: BTreeMap<usize, String>,
    /// Whether pages have validators.
    validators: bool,
}

const SIZE: usize = 5;

impl Site {
    fn answer(&self, request: &Request) -> Say {
        let path = request.path();
        if path == "/robots.txt" {
            return Say::answer("404 Not Found", "", "");
        }
        let number = path.rsplit_once('=').and_then(|(_, number)| number.parse().ok()).unwrap_or(1);
        if let Some(say) = self.instead.get(&number) {
            return say.clone();
        }
        let pages: Vec<&[usize]> = self.articles.chunks(SIZE).collect();
        let Some(page) = number.checked_sub(1).and_then(|at| pages.get(at)) else {
            return Say::answer("404 Not Found", "", "");
        };
        let own = (number < pages.len()).then(|| format!("/list?p={}", number + 1));
        let next = self.next.get(&number).cloned().or(own);
        let items: String = page
            .iter()
            .map(|n| {
                format!("<article><h2><a href='/a/{n}'>Article {n} of all that there are</a></h2></article>")
            })
            .collect();
        let link = next.as_ref().filter(|_| !self.by_header);
        let link =
            link.map(|next| format!("<a rel=next class=older href='{next}'>Older</a>")).unwrap_or_default();
        let html = format!("<html><title>All</title><main>{items}</main>{link}</html>");
        let etag = format!("\"{page:?}{next:?}\"");
        let mut headers = if self.validators { format!("ETag: {etag}\r\n") } else { String::new() };
        if let Some(next) = next.filter(|_| self.by_header) {
            headers += &format!("Link: <{next}>; rel=\"next\"\r\n");
        }
        if self.validators && request.header("if-none-match") == Some(etag) {
            return same("");
        }
        ok(&format!("Content-Type: text/html\r\n{headers}"), &html)
    }
}

/// A site, and a listing of it.
struct Bench {
    site: Arc<Mutex<Site>>,
    server: Receiver,
    home: Home,
    seen: usize,
}

impl Bench {
    /// A site with the articles of a range, the greatest number first.
    fn new(articles: Range<usize>, more: &str) -> Self {
        let site = Site { articles: articles.rev().collect(), validators: true, ..Site::default() };
        let site = Arc::new(Mutex::new(site));
        let served = Arc::clone(&site);
        let server = Receiver::by(move |request| served.lock().unwrap().answer(request));
        let home = Home::new(&config(&server, more));
        Self { site, server, home, seen: 0 }
    }

    fn change(&self, change: impl FnOnce(&mut Site)) {
        change(&mut self.site.lock().unwrap());
    }

    /// Articles come, in the order of their numbers.
    fn come(&self, articles: Range<usize>) {
        self.change(|site| articles.for_each(|n| site.articles.insert(0, n)));
    }

    #[track_caller]
    fn scan(&self, code: i32) -> Value {
        json_lines(&self.home.expect(code, &["scan", "--json"])).remove(0)
    }

    /// The numbers of the pages that were asked for since the last look.
    fn asked(&mut self) -> Vec<usize> {
        let got = self.server.got();
        let number = |request: &Request| match request.path().rsplit_once('=') {
            Some((_, number)) => number.parse().unwrap(),
            None => 1,
        };
        let pages = got[self.seen..].iter().filter(|request| request.path() != "/robots.txt");
        let numbers = pages.map(number).collect();
        self.seen = got.len();
        numbers
    }
}

fn config(server: &Receiver, more: &str) -> String {
    format!(
        "data_dir = \"var\"\n[network]\ngap = \"0s\"\n[[listing]]\nid = \"news\"\nurl = \"http://{}/list\"\n\
         allow_private = true\nrobots = false\n{more}\n[listing.html]\nitem = \"article\"\ntitle = \"h2\"\n",
        server.host()
    )
}

const FOLLOW: &str = "next_page = true";

/// The numbers of the articles in a list of a report.
fn numbers(report: &Value, list: &str) -> Vec<usize> {
    let links = report[list].as_array().unwrap().iter().map(|article| article["link"].as_str().unwrap());
    let mut numbers: Vec<usize> =
        links.map(|link| link.rsplit_once('/').unwrap().1.parse().unwrap()).collect();
    numbers.sort_unstable();
    numbers
}

fn faults(report: &Value) -> String {
    report["faults"].to_string()
}

fn nothing_gone(report: &Value) {
    assert_eq!((numbers(report, "removed"), numbers(report, "returned")), (vec![], vec![]), "{report}");
}

#[test]
fn a_first_look_fills_in_all_pages_and_then_only_what_changed_is_asked_for() {
    let mut bench = Bench::new(0..15, FOLLOW);
    let first = bench.scan(0);
    assert_eq!((&first["status"], &first["pages"]), (&"baseline".into(), &3.into()), "{first}");
    assert_eq!(numbers(&first, "new"), Vec::from_iter(0..15));
    assert_eq!(bench.asked(), [1, 2, 3]);
    assert_eq!(bench.scan(0)["status"], "unchanged");
    assert_eq!(bench.asked(), [1]);
    // One article: the last of each page moves to the next one.
    bench.come(15..16);
    let one = bench.scan(0);
    assert_eq!((&one["health"], numbers(&one, "new")), (&"ok".into(), vec![15]), "{one}");
    nothing_gone(&one);
    assert_eq!(bench.asked(), [1, 2], "the second page brings nothing new");
    assert_eq!(bench.scan(0)["status"], "unchanged");
    assert_eq!(bench.asked(), [1]);
    // The same without a new article: nothing moves, whichever pages are read.
    bench.change(|site| site.next.insert(1, "/list?p=2&again".into()).map_or((), drop));
    let same = bench.scan(0);
    assert_eq!((&same["status"], &same["health"]), (&"unchanged".into(), &"ok".into()), "{same}");
    assert_eq!(bench.asked(), [1]);
    // Nor is what stands further down new when it is read again.
    bench.change(|site| site.next.clear());
    bench.come(16..22);
    let more = bench.scan(0);
    assert_eq!(numbers(&more, "new"), Vec::from_iter(16..22), "{more}");
    nothing_gone(&more);
    assert_eq!(bench.asked(), [1, 2, 3]);
}

#[test]
fn an_outage_with_two_pages_of_news_loses_none_and_tells_each_once() {
    let mut bench = Bench::new(0..20, FOLLOW);
    bench.scan(0);
    bench.asked();
    bench.come(20..32);
    let report = bench.scan(0);
    assert_eq!(
        (&report["health"], numbers(&report, "new")),
        (&"ok".into(), Vec::from_iter(20..32)),
        "{report}"
    );
    nothing_gone(&report);
    assert_eq!(bench.asked(), [1, 2, 3, 4]);
    assert_eq!(bench.scan(0)["status"], "unchanged");
    bench.come(32..33);
    assert_eq!(numbers(&bench.scan(0), "new"), [32]);
    let journal = String::from_utf8(journal_text(&bench.home.path("var/journal"))).unwrap();
    assert!(!journal.contains("returned"), "nothing comes and goes");
}

#[test]
fn f050_a_following_page_that_fails_loses_nothing_and_is_waited_for() {
    let mut bench = Bench::new(0..15, FOLLOW);
    bench.scan(0);
    bench.asked();
    bench.come(15..22);
    for broken in [
        Say::answer("500 Oops", "", ""),
        Say::answer("410 Gone", "", ""),
        Say::Reset,
        ok(
            "Content-Type: text/html\r\n",
            "<html><title>Log in</title><form><input type=password></form></html>",
        ),
    ] {
        bench.change(|site| site.instead.insert(2, broken).map_or((), drop));
        let failed = bench.scan(6);
        assert_eq!((&failed["status"], numbers(&failed, "new")), (&"failed".into(), vec![]), "{failed}");
        assert_ne!(failed["health"], "gone");
        assert_eq!(bench.asked(), [1, 2], "{failed}");
    }
    bench.change(|site| site.instead.clear());
    let well = bench.scan(0);
    assert_eq!(numbers(&well, "new"), Vec::from_iter(15..22), "{well}");
    nothing_gone(&well);
    assert_eq!(bench.asked(), [1, 2, 3]);
}

#[test]
fn f059_a_wait_that_a_following_page_asks_for_is_the_listings() {
    let mut bench = Bench::new(0..15, FOLLOW);
    bench.change(|site| {
        let wait = Say::answer("429 Too Many Requests", "Retry-After: 7200\r\n", "");
        site.instead.insert(3, wait);
    });
    bench.scan(6);
    assert_eq!(bench.asked(), [1, 2, 3]);
    let resting = bench.scan(6);
    assert!(resting["reason"].as_str().unwrap().contains("asks not to be asked before"), "{resting}");
    assert_eq!(bench.asked().len(), 0);
}

#[test]
fn pages_that_lead_in_a_circle_or_away_end_the_walk_with_a_word() {
    for (next, said) in [
        ("/list", "was read already"),
        ("/list?p=1", "is one that was read already"),
        ("https://elsewhere.example/list", "is on another site"),
        ("//127.0.0.1:1/list", "is on another site"),
    ] {
        let mut bench = Bench::new(0..15, FOLLOW);
        bench.change(|site| site.next.insert(2, next.into()).map_or((), drop));
        let report = bench.scan(0);
        assert_eq!((&report["status"], numbers(&report, "new")), (&"baseline".into(), Vec::from_iter(5..15)));
        assert!(faults(&report).contains(said), "{next}: {report}");
        assert!(bench.asked().starts_with(&[1, 2]));
        // The end of the list comes up to the second page, and is known by then or not.
        assert_eq!(bench.scan(0)["status"], "unchanged");
    }
    let mut bench = Bench::new(0..15, FOLLOW);
    let other = Receiver::by(|_| ok("", "never asked"));
    let away = redirect(302, &format!("http://{}/list", other.host()));
    bench.change(|site| site.instead.insert(2, away).map_or((), drop));
    let report = bench.scan(6);
    assert_eq!(report["status"], "failed", "{report}");
    assert_eq!((bench.asked(), other.got().len()), (vec![1, 2], 0), "private, and named by a page");
}

#[test]
fn a_walk_ends_at_its_bound_and_says_so_where_it_may_miss_something() {
    let mut bench = Bench::new(0..40, "next_page = true\nmax_followed = 3");
    let first = bench.scan(0);
    assert_eq!((&first["pages"], first["new"].as_array().unwrap().len()), (&3.into(), 15), "{first}");
    assert_eq!(faults(&first), "[]");
    bench.come(40..53);
    let far = bench.scan(0);
    assert_eq!(numbers(&far, "new"), Vec::from_iter(40..53), "{far}");
    assert!(
        faults(&far).contains("the last of 3 pages (`max_followed`) still brings something new"),
        "{far}"
    );
    assert_eq!(bench.asked(), [1, 2, 3, 1, 2, 3]);
    // Nothing known in all of them is for a person to decide.
    bench.come(53..70);
    let held = bench.scan(6);
    assert_eq!(held["status"], "held", "{held}");
    assert!(faults(&held).contains("still brings something new"), "{held}");
    bench.home.expect(0, &["listing", "approve", "news"]);
    bench.asked();
    assert_eq!(bench.scan(0)["status"], "unchanged");
    assert_eq!(bench.asked(), [1]);
}

#[test]
fn the_next_page_may_be_named_by_a_selector_or_a_header() {
    let mut by_selector = Bench::new(0..10, "next_page = \"a.older\"");
    assert_eq!(by_selector.scan(0)["pages"], 2);
    assert_eq!(by_selector.asked(), [1, 2]);
    let by_header = Bench::new(0..10, FOLLOW);
    by_header.change(|site| site.by_header = true);
    assert_eq!(by_header.scan(0)["pages"], 2);
    let none = Bench::new(0..10, "next_page = false");
    assert_eq!(none.scan(0)["pages"], 1);
    let server = by_header.server.host();
    let preview = by_header.home.expect(0, &["preview", "--allow-private", &format!("http://{server}/list")]);
    assert!(preview.contains(&format!("the next page is http://{server}/list?p=2")), "{preview}");
}

#[test]
fn nothing_is_ever_removed_from_a_followed_listing() {
    let bench = Bench::new(0..15, "next_page = true\nremoved_after = 1");
    bench.scan(0);
    // An article is taken down in the middle, then the last ones, then all but the first page.
    bench.change(|site| site.articles.retain(|n| *n != 12));
    for _ in 0..3 {
        let report = bench.scan(0);
        assert_eq!(report["health"], "ok", "{report}");
        nothing_gone(&report);
    }
    bench.change(|site| site.articles.truncate(7));
    bench.come(15..16);
    let report = bench.scan(0);
    assert_eq!((&report["health"], numbers(&report, "new")), (&"ok".into(), vec![15]), "{report}");
    nothing_gone(&report);
    bench.change(|site| site.articles.truncate(4));
    let report = bench.scan(0);
    assert_eq!(report["health"], "ok", "{report}");
    nothing_gone(&report);
    // What comes back is no news.
    bench.change(|site| site.articles = (0..16).rev().collect());
    bench.come(16..17);
    let report = bench.scan(0);
    assert_eq!(numbers(&report, "new"), [16], "{report}");
}

#[test]
fn following_begins_quietly_on_a_listing_that_was_one_page() {
    let mut bench = Bench::new(0..20, "");
    assert_eq!(bench.scan(0)["pages"], 1);
    bench.home.configure(&config(&bench.server, FOLLOW));
    bench.come(20..22);
    let report = bench.scan(0);
    assert_eq!((numbers(&report, "new"), &report["pages"]), (vec![20, 21], &5.into()), "{report}");
    bench.asked();
    bench.come(22..23);
    let report = bench.scan(0);
    assert_eq!(numbers(&report, "new"), [22], "{report}");
    assert_eq!(bench.asked(), [1, 2], "what stands below is known");
    // Without anything new on the first page, the others are learned all the same.
    let mut bench = Bench::new(0..20, "");
    bench.scan(0);
    bench.home.configure(&config(&bench.server, FOLLOW));
    bench.asked();
    let report = bench.scan(0);
    assert_eq!((numbers(&report, "new"), &report["articles"]), (vec![], &20.into()), "{report}");
    assert_eq!(bench.asked(), [1, 2, 3, 4]);
    assert_eq!(bench.scan(0)["status"], "unchanged");
    assert_eq!(bench.asked(), [1]);
}

#[test]
fn other_rules_read_all_pages_again_and_tell_nothing() {
    let mut bench = Bench::new(0..15, FOLLOW);
    bench.scan(0);
    bench.come(15..16);
    bench.scan(0);
    bench.asked();
    let other =
        config(&bench.server, FOLLOW).replace("title = \"h2\"", "title = \"h2 a\"\nlink = \"h2 a @href\"");
    bench.home.configure(&other);
    let report = bench.scan(0);
    assert_eq!((&report["status"], &report["articles"]), (&"unchanged".into(), &16.into()), "{report}");
    bench.come(16..18);
    assert_eq!(numbers(&bench.scan(0), "new"), [16, 17]);
}

#[test]
fn pages_without_validators_are_compared() {
    let mut bench = Bench::new(0..15, FOLLOW);
    bench.change(|site| site.validators = false);
    bench.scan(0);
    assert_eq!(bench.scan(0)["status"], "unchanged");
    assert_eq!(bench.asked(), [1, 2, 3, 1]);
}

#[test]
fn f022_killed_anywhere_nothing_is_lost_and_nothing_is_told_twice() {
    for (place, told) in [
        ("cycle.before-fetch", false),
        ("cycle.after-fetch", false),
        ("cycle.before-commit", false),
        ("cycle.after-commit", true),
        ("cycle.after-snapshot", true),
    ] {
        let bench = Bench::new(0..15, FOLLOW);
        bench.scan(0);
        bench.come(15..22);
        let ended = start(&bench.home, &["scan", "--json"], Some(place)).end();
        assert_eq!(ended.code(), None, "{place}: killed");
        let expected = if told { vec![] } else { Vec::from_iter(15..22) };
        assert_eq!(numbers(&bench.scan(0), "new"), expected, "{place}");
        assert_eq!(bench.home.articles().len(), 22, "{place}");
    }
}

#[test]
fn f022_killed_while_following_begins_it_begins_again() {
    // What the old page says by the new rules, what is new, and what stands below: one commit each.
    for (place, told) in [
        ("cycle.before-commit", false),
        ("cycle.before-commit:2", false),
        ("cycle.after-commit", true),
        ("cycle.before-commit:3", true),
        ("cycle.after-commit:2", true),
    ] {
        let mut bench = Bench::new(0..20, "");
        bench.scan(0);
        bench.home.configure(&config(&bench.server, FOLLOW));
        bench.come(20..22);
        let ended = start(&bench.home, &["scan", "--json"], Some(place)).end();
        assert_eq!(ended.code(), None, "{place}: killed");
        let expected = if told { vec![] } else { vec![20, 21] };
        assert_eq!(numbers(&bench.scan(0), "new"), expected, "{place}");
        assert_eq!(bench.home.articles().len(), 22, "{place}");
        bench.come(22..23);
        bench.asked();
        assert_eq!(numbers(&bench.scan(0), "new"), [22], "{place}");
        assert_eq!(bench.asked(), [1, 2], "{place}");
    }
}

#[test]
fn other_rules_after_an_outage_lose_no_news() {
    let mut bench = Bench::new(0..20, FOLLOW);
    bench.scan(0);
    // Something old stays at the top.
    bench.change(|site| site.articles.insert(0, 7));
    bench.scan(0);
    let other = config(&bench.server, FOLLOW).replace("title = \"h2\"", "title = \"h2 a\"");
    bench.home.configure(&other);
    bench.change(|site| site.articles.splice(1..1, (20..28).rev()).for_each(drop));
    bench.asked();
    let report = bench.scan(0);
    assert_eq!(numbers(&report, "new"), Vec::from_iter(20..28), "{report}");
    nothing_gone(&report);
}

#[test]
fn an_old_article_at_the_top_hides_no_news() {
    let mut bench = Bench::new(0..20, FOLLOW);
    bench.change(|site| site.articles.insert(0, 3));
    bench.scan(0);
    bench.change(|site| site.articles.splice(1..1, (20..30).rev()).for_each(drop));
    bench.asked();
    let report = bench.scan(0);
    assert_eq!(numbers(&report, "new"), Vec::from_iter(20..30), "{report}");
    assert_eq!(bench.asked(), [1, 2, 3, 4]);
    // One moves up from far below, as when somebody commented on it: what is between is still there.
    bench.change(|site| {
        site.articles.retain(|n| *n != 2);
        site.articles.insert(0, 2);
    });
    for _ in 0..3 {
        let report = bench.scan(0);
        assert_eq!((&report["health"], numbers(&report, "new")), (&"ok".into(), vec![]), "{report}");
        nothing_gone(&report);
    }
}

/// A page of articles without links, all of one publisher and day.
fn titled(titles: &[&str], next: Option<&str>) -> Say {
    let item = |title: &&str| {
        format!("<article><h2>{title}</h2><time>2024-05-06</time><p>What {title} is about.</p></article>")
    };
    let items: String = titles.iter().map(item).collect();
    let next = next.map(|next| format!("<link rel=next href='{next}'>")).unwrap_or_default();
    ok("Content-Type: text/html\r\n", &format!("<html>{next}<title>All</title>{items}</html>"))
}

#[test]
fn another_title_is_no_news_whatever_stands_on_pages_that_were_not_read() {
    let bench = Bench::new(0..1, FOLLOW);
    let below =
        titled(&["Rust for Cooks", "Nine Ways to Fry an Egg", "Bread without Salt"], Some("/list?p=3"));
    let last = titled(&["An Old Hat", "The Price of Tea in Spring"], None);
    let first = |title: &str| titled(&[title, "Gardens of the North", "A Short Walk"], Some("/list?p=2"));
    bench.change(|site| {
        site.instead.extend([(1, first("Where the Rivers of the West Meet")), (2, below), (3, last)]);
    });
    bench.home.configure(
        &config(&bench.server, FOLLOW).replace("title = \"h2\"", "title = \"h2\"\ndate = \"time\""),
    );
    assert_eq!(bench.scan(0)["new"].as_array().unwrap().len(), 8);
    bench.change(|site| {
        site.instead.insert(1, first("Where the Rivers of the West Met"));
    });
    let report = bench.scan(0);
    assert_eq!((report["new"].as_array().unwrap().len(), &report["pages"]), (0, &2.into()), "{report}");
    assert_eq!(report["updated"][0]["title"], "Where the Rivers of the West Met", "{report}");
}
