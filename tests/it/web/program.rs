//! The program with listings on the web: by hand, as a service, and started again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::sample::{ok, same};
use crate::child::{Running, start};
use crate::program::Home;
use crate::support::{Page, Receiver, Say, items};

const RUN: [&str; 3] = ["run", "--listen", "127.0.0.1:0"];

fn config(server: &Receiver, more: &str) -> String {
    format!(
        "data_dir = \"var\"\n[network]\ngap = \"0s\"\ncontact = \"mailto:ops@e.org\"\n[defaults]\nformat = \"text\"\n\
         [[listing]]\nid = \"news\"\nurl = \"http://{}/latest\"\nallow_private = true\nevery = \"1h\"\n{more}",
        server.host()
    )
}

fn news() -> Receiver {
    Receiver::by(|request| match request.path() {
        "/robots.txt" => ok("", "User-agent: *\nDisallow: /private"),
        _ if request.header("if-none-match").is_some() => same(""),
        _ => ok("ETag: \"x\"\r\n", &Page::of(items(0..20)).text()),
    })
}

/// Waits until something holds.
#[track_caller]
fn until(what: &str, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn stop(mut running: Running) {
    running.signal(rustix::process::Signal::TERM);
    assert!(running.wait(Duration::from_secs(20)), "it ends");
}

#[test]
fn a_listing_on_the_web_is_scanned_by_hand() {
    let server = news();
    let home = Home::new(&config(&server, ""));
    let first: Value = serde_json::from_str(&home.expect(0, &["scan", "--json"])).unwrap();
    let report = first.as_array().map_or(&first, |list| &list[0]);
    assert_eq!(
        (report["status"].as_str(), report["articles"].as_u64()),
        (Some("baseline"), Some(20)),
        "{first}"
    );
    home.expect(0, &["scan"]);
    let asked: Vec<String> = server.got().iter().map(|request| request.path().to_owned()).collect();
    assert_eq!(asked, ["/robots.txt", "/latest", "/latest"], "robots.txt once a day, over processes");
    let agent = server.got()[1].header("user-agent").unwrap();
    assert_eq!(agent, concat!("tidings/", env!("CARGO_PKG_VERSION"), " (+mailto:ops@e.org)"));
    let shown = home.expect(0, &["check"]);
    assert!(shown.contains(&format!("reads http://{}/latest", server.host())), "{shown}");
}

#[test]
fn a_start_asks_only_for_what_is_due_and_waits_for_no_slow_host() {
    let server = news();
    let slow = Receiver::new(&[Say::Stall(Vec::new())]);
    let more = format!(
        "[[listing]]\nid = \"slow\"\nurl = \"http://{}/\"\nallow_private = true\nrobots = false\n",
        slow.host()
    );
    let home = Home::new(&config(&server, &more));
    let mut running = start(&home, &RUN, None);
    assert!(!running.wait_until("serving them on"), "{}", running.printed());
    until("the feed", || {
        std::fs::read_to_string(home.public().join("feeds/all.rss")).is_ok_and(|feed| feed.contains("<item>"))
    });
    until("the slow one is asked", || !slow.got().is_empty());
    stop(running);
    let asked = server.got().len();

    let mut running = start(&home, &RUN, None);
    assert!(!running.wait_until("serving them on"), "{}", running.printed());
    until("the slow one is asked again: nothing is remembered of it", || slow.got().len() > 1);
    let status: Value = serde_json::from_str(&home.expect(0, &["status", "--json"])).unwrap();
    let row = status["listings"].as_array().unwrap().iter().find(|row| row["id"] == "news").unwrap();
    assert!(row["next"].is_string(), "{row}");
    assert_eq!(server.got().len(), asked, "asked within the hour");
    stop(running);
}

#[test]
fn one_slow_host_with_many_listings_delays_nobody_else() {
    let server = news();
    let released = Arc::new(AtomicBool::new(false));
    let is_released = Arc::clone(&released);
    let slow = Receiver::by(move |_| {
        while !is_released.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(5));
        }
        ok("", "page")
    });
    let many: String = (0..40)
        .map(|number| {
            format!(
                "[[listing]]\nid = \"slow-{number}\"\nurl = \"http://{}/{number}\"\nallow_private = true\nrobots = false\n",
                slow.host()
            )
        })
        .collect();
    // The slow ones stand first.
    let text = config(&server, "");
    let (head, tail) = text.split_once("[[listing]]").unwrap();
    let home = Home::new(&format!("{head}{many}[[listing]]{tail}"));
    let scanning = start(&home, &["scan"], None);
    until("the other host is asked", || server.got().iter().any(|request| request.path() == "/latest"));
    assert!(slow.got().len() <= 1, "one at a time");
    released.store(true, Ordering::SeqCst);
    drop(scanning.end());
    assert_eq!(slow.got().len(), 40);
}

#[test]
fn a_page_on_the_web_is_previewed_with_the_rules_that_were_found() {
    let entry = |n: u32| {
        format!(
            "<article class=post><h2><a href=\"/posts/{n}\">How part {n} of it was moved</a></h2>\
             <time datetime=2026-03-{n:02}>then</time><p>What was learned by that, number {n}.</p></article>"
        )
    };
    let page = format!(
        "<!doctype html><html><head><title>News</title></head><body><main>{}</main></body></html>",
        (10..20).map(entry).collect::<String>()
    );
    let bytes = page.clone();
    let server = Receiver::by(move |request| match request.path() {
        "/robots.txt" => ok("", "User-agent: *\nDisallow: /private"),
        _ => ok("Content-Type: text/html; charset=utf-8\r\n", &bytes),
    });
    let home = Home::new("data_dir = \"var\"\n");
    let url = format!("http://{}/blog/", server.host());
    let refused = home.run(&["preview", &url]);
    assert_eq!(refused.status.code(), Some(6));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--allow-private"), "{refused:?}");
    assert_eq!(server.got().len(), 0);
    let shown = home.expect(0, &["preview", &url, "--allow-private", "--save", "page.html"]);
    assert!(shown.contains("How part 12 of it was moved") && shown.contains("[listing.html]"), "{shown}");
    assert_eq!(std::fs::read_to_string(home.path("page.html")).unwrap(), page);
    let json: Value =
        serde_json::from_str(&home.expect(0, &["preview", &url, "--allow-private", "--json"])).unwrap();
    let first = &json["entries"][0];
    assert_eq!(first["link"], format!("http://{}/posts/10", server.host()), "{json}");
    // The rules that it shows read the page the same way.
    let rules = json["rules"]["config"].as_str().unwrap();
    home.configure(&format!(
        "data_dir = \"var\"\n[[listing]]\nid = \"blog\"\nfiles = [\"page.html\"]\n{rules}"
    ));
    let report: Value = serde_json::from_str(&home.expect(0, &["scan", "--json"])).unwrap();
    assert_eq!(report["articles"], json["articles"], "{report}");
    let private = format!("http://{}/private/x", server.host());
    home.expect(6, &["preview", &private, "--allow-private"]);
    assert!(!home.path("var/index").exists() || server.got().iter().all(|got| got.path() != "/private/x"));
}
