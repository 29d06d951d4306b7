//! Conditions, waits, and what is remembered between two fetches.

use tidings::fetch::patience::Wanted;
use tidings::fetch::web::Outcome;
use tidings::model::visit::{Pausing, Visit};

use super::sample::{DAY, HOUR, Page, ok, same};
use crate::support::{Receiver, Say};

fn condition(server: &Receiver, turn: usize) -> (Option<String>, Option<String>) {
    let request = server.got().remove(turn);
    (request.header("if-none-match"), request.header("if-modified-since"))
}

#[test]
fn f056_f057_f058_validators_are_sent_back_byte_for_byte_and_each_kept_on_its_own() {
    let date = "Sat, 05 Mar 2016 9:30:00 gmt";
    let server = Receiver::new(&[
        ok(&format!("ETag: W/unquoted weak\r\nLast-Modified: {date}\r\n"), "a"),
        same("ETag: \"second\"\r\n"),
        same("Last-Modified: garbage\r\n"),
        ok("ETag: \"third\"\r\n", "a"),
        ok("", "a"),
        same(""),
    ]);
    let mut page = Page::of(&server);
    assert!(matches!(page.fetch(), Ok(Outcome::Page(_))));
    for turn in 1..=2 {
        assert_eq!(page.later(HOUR).unwrap(), Outcome::Same, "{turn}");
    }
    assert!(matches!(page.later(HOUR), Ok(Outcome::Page(_))));
    assert!(matches!(page.later(HOUR), Ok(Outcome::Page(_))));
    assert!(page.later(HOUR).is_err(), "304 though nothing was asked");
    let text = |text: &str| Some(text.to_owned());
    let expected = [
        (None, None),
        (text("W/unquoted weak"), text(date)),
        (text("\"second\""), text(date)),
        (text("\"second\""), text("garbage")),
        (text("\"third\""), None),
        (None, None),
    ];
    for (turn, expected) in expected.into_iter().enumerate() {
        assert_eq!(condition(&server, turn), expected, "{turn}");
    }
}

#[test]
fn f055_not_modified_without_a_question_is_an_error() {
    let server = Receiver::new(&[same("ETag: \"x\"\r\n")]);
    let mut page = Page::of(&server);
    assert!(page.error().contains("304 (not modified) though it was asked for the whole page"));
    assert_eq!((page.visit.failures, page.visit.etag), (1, None));
}

#[test]
fn what_is_remembered_is_of_one_address() {
    let server = Receiver::new(&[ok("ETag: \"x\"\r\n", "a")]);
    let mut page = Page::of(&server);
    page.page();
    page.web.url = format!("http://{}/other", server.host());
    let visits = tidings::model::Visits { pages: vec![page.visit.clone()], ..Default::default() };
    page.visit = visits.of(&page.web.url);
    page.page();
    assert_eq!(condition(&server, 1), (None, None));
}

#[test]
fn bytes_that_did_not_change_are_had_once_a_day() {
    let server = Receiver::by(|request| match request.header("if-none-match") {
        Some(_) => same(""),
        None => ok("ETag: \"x\"\r\n", "a"),
    });
    let mut page = Page::of(&server);
    page.page();
    page.whole = true;
    assert_eq!(page.later(DAY - 1).unwrap(), Outcome::Same);
    assert!(matches!(page.later(1), Ok(Outcome::Page(_))));
    assert_eq!(page.later(1).unwrap(), Outcome::Same);
}

#[test]
fn f059_a_wait_that_is_asked_for_is_kept_whoever_wants_the_page() {
    let server = Receiver::new(&[
        Say::answer("429 Too Many Requests", "Retry-After: 7200\r\n", ""),
        Say::answer("503 Service Unavailable", "Retry-After: 315360000\r\n", ""),
        Say::answer("503 Service Unavailable", "Retry-After: soon\r\n", ""),
        ok("Cache-Control: max-age=1800\r\n", "a"),
    ]);
    let mut page = Page::of(&server);
    assert!(page.error().contains("it answered 429 (Too Many Requests)"));
    for wanted in [Wanted::Due, Wanted::Now] {
        page.wanted = wanted;
        assert!(matches!(page.fetch(), Ok(Outcome::Resting(pause)) if pause.by == Pausing::Asked));
    }
    // What is remembered outlives the program.
    let kept = serde_json::to_string(&page.visit).unwrap();
    page.visit = serde_json::from_str::<Visit>(&kept).unwrap();
    assert!(matches!(page.later(7_199), Ok(Outcome::Resting(_))));
    assert!(page.later(1).is_err());
    assert_eq!(page.visit.pause.unwrap().until.since(page.now), DAY, "ten years are a day");
    assert!(page.later(DAY).is_err());
    assert_eq!(page.visit.pause.unwrap().by, Pausing::Failed, "garbage is nothing");
    assert!(matches!(page.later(HOUR * 24), Ok(Outcome::Page(_))));
    page.wanted = Wanted::Due;
    assert!(matches!(page.later(1_799), Ok(Outcome::Resting(pause)) if pause.by == Pausing::Fresh));
    assert!(matches!(page.later(1), Ok(Outcome::Page(_))));
    assert_eq!(server.got().len(), 5);
}

#[test]
fn f060_failures_are_waited_out_and_a_person_need_not_wait() {
    let server = Receiver::new(&[
        Say::answer("500 Internal Server Error", "", ""),
        Say::answer("502 Bad Gateway", "", ""),
        ok("", "a"),
    ]);
    let mut page = Page::of(&server);
    assert!(page.fetch().is_err());
    assert!(matches!(page.later(HOUR - 1), Ok(Outcome::Resting(_))));
    assert!(page.later(1).is_err());
    assert!(matches!(page.later(HOUR), Ok(Outcome::Resting(_))), "two hours by now");
    page.wanted = Wanted::Now;
    assert!(matches!(page.fetch(), Ok(Outcome::Page(_))));
    assert_eq!((page.visit.failures, page.visit.pause), (0, None));
}

#[test]
fn f061_a_page_that_is_gone_is_left_alone() {
    let server = Receiver::new(&[Say::answer("410 Gone", "", ""), ok("", "a")]);
    let mut page = Page::of(&server);
    let error = page.fetch().expect_err("gone");
    assert!(error.is_gone() && error.to_string().contains("gone for good (410)"), "{error}");
    assert!(matches!(page.later(400 * DAY), Ok(Outcome::Resting(pause)) if pause.by == Pausing::Gone));
    page.wanted = Wanted::Now;
    assert!(matches!(page.fetch(), Ok(Outcome::Page(_))), "somebody asked for it");
}

#[test]
fn one_host_is_asked_once_at_a_time() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (running, peak) = (Arc::clone(&now), Arc::clone(&most));
    let server = Receiver::by(move |_| {
        peak.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        std::thread::sleep(std::time::Duration::from_millis(20));
        running.fetch_sub(1, Ordering::SeqCst);
        ok("", "a")
    });
    let page = Page::of(&server);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let want = tidings::fetch::web::Want {
            web: &page.web,
            address: &page.web.url,
            configured: &page.web.url,
            wanted: Wanted::Due,
            whole: false,
            robots: false,
            bytes: 100,
            now: page.now,
        };
        let fetch = || async {
            let mut visit = page.visit.clone();
            page.fetcher.page(want, &mut visit).await.unwrap();
        };
        tokio::join!(fetch(), fetch(), fetch(), fetch());
    });
    assert_eq!((server.got().len(), most.load(Ordering::SeqCst)), (4, 1));
}
