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
