//! Listings of several numbered pages.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::Value;

use super::sample::{ok, same};
use crate::program::{Home, json_lines};
use crate::support::{Page, Receiver, Say, items};

type Served = Arc<Mutex<BTreeMap<u32, Option<Vec<usize>>>>>;

/// A server whose pages hold the entries with these numbers; one without any fails.
fn server(served: &Served) -> Receiver {
    let served = Arc::clone(served);
    Receiver::by(move |request| {
        let number = request.path().rsplit_once('=').and_then(|(_, number)| number.parse().ok());
        let Some(Some(numbers)) = number.and_then(|number: u32| served.lock().unwrap().get(&number).cloned())
        else {
            return Say::answer("500 Oops", "", "");
        };
        let etag = format!("\"{numbers:?}\"");
        if request.header("if-none-match") == Some(etag.clone()) {
            return same("");
        }
        let entries = numbers.into_iter().map(|number| items(number..number + 1).remove(0)).collect();
        ok(&format!("ETag: {etag}\r\n"), &Page::of(entries).text())
    })
}

fn home(server: &Receiver, pages: &str) -> Home {
    Home::new(&format!(
        "data_dir = \"var\"\n[network]\ngap = \"0s\"\n[[listing]]\nid = \"news\"\nformat = \"text\"\nrobots = false\n\
         url = \"http://{}/list?page={{page}}\"\npages = \"{pages}\"\nallow_private = true\n",
        server.host()
    ))
}

#[track_caller]
fn scan(home: &Home, code: i32) -> Value {
    json_lines(&home.expect(code, &["scan", "--json"])).remove(0)
}

fn paths(server: &Receiver, from: usize) -> Vec<String> {
    server.got()[from..].iter().map(|request| request.path().to_owned()).collect()
}

fn list(numbers: std::ops::Range<usize>) -> Option<Vec<usize>> {
    Some(numbers.rev().collect())
}

#[test]
fn several_pages_are_one_listing_and_only_what_changed_is_fetched() {
    let served: Served = Arc::default();
    served.lock().unwrap().extend([(1, list(20..30)), (2, list(10..20)), (3, list(0..10))]);
    let server = server(&served);
    let home = home(&server, "1..3");
    let report = scan(&home, 0);
    assert_eq!((&report["status"], &report["pages"]), (&"baseline".into(), &3.into()), "{report}");
    assert_eq!(report["articles"], 30);
    assert_eq!(paths(&server, 0), ["/list?page=1", "/list?page=2", "/list?page=3"]);
    assert_eq!(scan(&home, 0)["status"], "unchanged");
    assert!(server.got()[3..].iter().all(|request| request.header("if-none-match").is_some()));
    // An article comes to the first page, which holds one more for now: the others are taken as they were.
    served.lock().unwrap().insert(1, list(20..31));
    let report = scan(&home, 0);
    assert_eq!((&report["articles"], report["new"].as_array().unwrap().len()), (&31.into(), 1), "{report}");
    assert_eq!(report["removed"].as_array().unwrap().len(), 0);
    assert_eq!(paths(&server, 6).len(), 3, "each page was asked for once");
    // One page that cannot be had: the listing is not the listing without it.
    served.lock().unwrap().extend([(1, list(20..32)), (2, None)]);
    let report = scan(&home, 6);
    assert_eq!(
        (&report["status"], report["new"].as_array().unwrap().len()),
        (&"failed".into(), 0),
        "{report}"
    );
    served.lock().unwrap().insert(2, list(10..20));
    assert_eq!(scan(&home, 0)["new"].as_array().unwrap().len(), 1);
}

#[test]
fn a_site_that_gives_its_last_page_for_those_it_does_not_have_is_told_so() {
    let server = Receiver::by(|request| {
        let number: usize = request.path().rsplit_once('=').unwrap().1.parse().unwrap();
        let number = number.min(2);
        let header = Some((20, u32::try_from(number).unwrap(), 2));
        ok("", &Page { header, items: items(20 - 10 * number..30 - 10 * number) }.text())
    });
    let home = home(&server, "1..4");
    let report = scan(&home, 0);
    assert_eq!((&report["status"], &report["articles"]), (&"baseline".into(), &20.into()), "{report}");
    assert_eq!(report["new"].as_array().unwrap().len(), 20);
    let faults = report["faults"].as_array().unwrap();
    let told: Vec<(u64, &str)> = faults
        .iter()
        .map(|fault| (fault["page"].as_u64().unwrap(), fault["reason"].as_str().unwrap()))
        .collect();
    let (copy, other) =
        ("the page holds nothing but what the pages before it hold", "it says that it is page 2 of 2");
    assert_eq!(told.len(), 4, "{told:?}");
    for page in [3, 4] {
        assert!(told.iter().any(|(at, reason)| *at == page && reason.starts_with(copy)), "{told:?}");
        assert!(told.iter().any(|(at, reason)| *at == page && reason.ends_with(other)), "{told:?}");
    }
    assert_eq!(scan(&home, 0)["articles"], 20);
}

#[test]
fn the_last_page_may_come_first() {
    let served: Served = Arc::default();
    served.lock().unwrap().extend([(9, list(0..5)), (10, list(5..10))]);
    let server = server(&served);
    let home = home(&server, "10..9");
    assert_eq!(scan(&home, 0)["articles"], 10);
    assert_eq!(paths(&server, 0), ["/list?page=10", "/list?page=9"]);
}

#[test]
fn faults_of_pages_are_told_with_their_place() {
    let listing = "[[listing]]\nid = \"news\"\n";
    let faults = [
        ("url = \"https://e.org/?p={page}\"", "`{page}` stands for the number of a page"),
        ("url = \"https://e.org/\"\npages = \"1..2\"", "no place for a number in `url`"),
        ("url = \"https://e.org/?p={page}\"\npages = \"1-2\"", "no numbers of pages"),
        ("url = \"https://e.org/?p={page}\"\npages = \"1..x\"", "no numbers of pages"),
        ("url = \"https://e.org/?p={page}\"\npages = \"1..5000\"", "more pages than a listing may have"),
        ("url = \"https://e.org/?p={page}\"\npages = \"1..20\"\nmax_pages = 10", "at most 10"),
        ("files = [\"x\"]\npages = \"1..2\"", "`pages` is for pages that come from an address"),
    ];
    for (text, fault) in faults {
        let told = Home::new(&format!("{listing}{text}\n")).expect(3, &["check"]);
        assert!(told.contains(fault), "{text}: {told}");
    }
}
