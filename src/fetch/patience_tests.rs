//! Tables of answers, and when each lets a page be asked for again.

use http::HeaderValue;

use super::*;

const NOW: i64 = 1_700_000_000;

fn now() -> Timestamp {
    Timestamp::from_unix(NOW)
}

fn headers(list: &[(&'static str, &str)]) -> HeaderMap {
    let pair = |(name, value): &(&'static str, &str)| {
        (HeaderName::from_static(name), HeaderValue::from_str(value).expect("a value"))
    };
    list.iter().map(pair).collect()
}

/// Seconds that a new page is left alone after this, and why.
fn wait(heard: Heard<'_>) -> Option<(i64, Pausing)> {
    let mut visit = Visit::default();
    note(&mut visit, heard, now());
    visit.pause.map(|pause| (pause.until.since(now()), pause.by))
}

#[test]
fn what_came_is_good_for_as_long_as_its_server_says_up_to_a_day() {
    let date = "Tue, 14 Nov 2023 22:13:20 GMT";
    let later = "Tue, 14 Nov 2023 23:13:20 GMT";
    for (list, expected) in [
        (&[][..], 0),
        (&[("cache-control", "max-age=600")], 600),
        (&[("cache-control", "public, Max-Age=\"600\" , s-maxage=9999")], 600),
        (&[("cache-control", "max-age=600"), ("age", "100")], 500),
        (&[("cache-control", "max-age=600"), ("age", "700")], 0),
        (&[("cache-control", "max-age=600"), ("age", "-700")], 600),
        (&[("cache-control", "max-age=31536000")], DAY),
        (&[("cache-control", "max-age=999999999999999999999999")], DAY),
        (&[("cache-control", "max-age=-5")], 0),
        (&[("cache-control", "max-age=soon")], 0),
        (&[("cache-control", "max-age=600, no-cache")], 0),
        (&[("cache-control", "no-store"), ("expires", later)], 0),
        (&[("expires", later)], 3_600),
        (&[("expires", later), ("date", date)], 3_600),
        (&[("expires", later), ("date", later)], 0),
        (&[("expires", later), ("cache-control", "max-age=60")], 60),
        (&[("expires", "0")], 0),
        (&[("expires", "Fri, 01 Jan 2100 00:00:00 GMT")], DAY),
    ] {
        let headers = headers(list);
        let expected = (expected > 0).then_some((expected, Pausing::Fresh));
        assert_eq!(wait(Heard::Well(&headers, None)), expected, "{list:?}");
    }
}

#[test]
fn what_a_page_says_of_itself_is_remembered_for_answers_without_it() {
    let (mut visit, none) = (Visit::default(), HeaderMap::new());
    note(&mut visit, Heard::Well(&none, Some(Hints { ttl: 3_600, skip_hours: 0 })), now());
    note(&mut visit, Heard::Well(&none, None), now().plus(4_000));
    assert_eq!(visit.pause.map(|pause| pause.until), Some(now().plus(7_600)));
    note(&mut visit, Heard::Well(&none, Some(Hints::default())), now().plus(8_000));
    assert_eq!(visit.pause, None, "it says so no longer");
}

#[test]
fn hours_that_a_feed_sleeps_in_are_slept_through() {
    // 22:13:20; it sleeps from 22 to 2.
    let hints = Hints { ttl: 0, skip_hours: 1 << 22 | 1 << 23 | 1 | 1 << 1 };
    let none = HeaderMap::new();
    let expected = 1_700_013_600 - NOW;
    assert_eq!(wait(Heard::Well(&none, Some(hints))), Some((expected, Pausing::Fresh)));
    let never = Hints { ttl: 0, skip_hours: (1 << 24) - 1 };
    assert_eq!(wait(Heard::Well(&none, Some(never))), None);
}

#[test]
fn f059_a_wait_that_a_server_asks_for_is_kept_up_to_a_day_and_garbage_is_none() {
    let hour = Some((HOUR, Pausing::Failed));
    for (text, expected) in [
        ("120", Some((120, Pausing::Asked))),
        (" 7200 ", Some((7_200, Pausing::Asked))),
        ("315360000", Some((DAY, Pausing::Asked))),
        ("99999999999999999999999", Some((DAY, Pausing::Asked))),
        ("Tue, 14 Nov 2023 23:13:20 GMT", Some((HOUR, Pausing::Asked))),
        ("Fri, 01 Jan 2100 00:00:00 GMT", Some((DAY, Pausing::Asked))),
        ("Tue, 14 Nov 2013 23:13:20 GMT", hour),
        ("0", hour),
        ("-5", hour),
        ("soon", hour),
        ("", hour),
    ] {
        for status in [429, 503] {
            assert_eq!(wait(Heard::Refused(status, &headers(&[("retry-after", text)]))), expected, "{text}");
        }
    }
}

#[test]
fn f060_failures_are_left_alone_ever_longer_and_what_works_again_is_not() {
    let (mut visit, none) = (Visit::default(), HeaderMap::new());
    let mut at = now();
    let mut hours = Vec::new();
    for turn in 0..8 {
        note(&mut visit, if turn % 2 == 0 { Heard::Failed } else { Heard::Refused(502, &none) }, at);
        let until = visit.pause.expect("a pause").until;
        hours.push(until.since(at) / HOUR);
        at = until;
    }
    assert_eq!(hours, [1, 2, 4, 8, 16, 24, 24, 24]);
    note(&mut visit, Heard::Well(&none, None), at);
    assert_eq!((visit.failures, visit.pause), (0, None));
    let mut visit = Visit { failures: u16::MAX, ..visit };
    note(&mut visit, Heard::Failed, at);
    assert_eq!(visit.pause.expect("a pause").until, at.plus(DAY));
}

#[test]
fn f061_what_is_gone_is_left_alone_until_somebody_asks_for_it() {
    let (mut visit, none) = (Visit::default(), HeaderMap::new());
    note(&mut visit, Heard::Refused(410, &none), now());
    let later = now().plus(3_000 * DAY);
    assert_eq!(rest(&visit, Wanted::Due, later).map(|pause| pause.by), Some(Pausing::Gone));
    assert_eq!(rest(&visit, Wanted::Now, now()), None);
}

#[test]
fn a_page_that_is_missing_is_asked_for_daily_and_after_a_month_counts_as_gone() {
    let (mut visit, none) = (Visit::default(), HeaderMap::new());
    for day in 0..30 {
        note(&mut visit, Heard::Refused(404, &none), now().plus(day * DAY));
        let pause = visit.pause.expect("a pause");
        assert_eq!((pause.until, pause.by), (now().plus((day + 1) * DAY), Pausing::Failed));
    }
    note(&mut visit, Heard::Refused(404, &none), now().plus(30 * DAY));
    assert_eq!(visit.pause.map(|pause| pause.by), Some(Pausing::Gone));
    note(&mut visit, Heard::Well(&none, None), now().plus(31 * DAY));
    assert_eq!((visit.missing, visit.pause), (None, None));
}

#[test]
fn only_what_its_server_asked_for_keeps_a_person_from_a_page() {
    for (by, due, by_hand) in [
        (Pausing::Fresh, true, false),
        (Pausing::Failed, true, false),
        (Pausing::Robots, true, false),
        (Pausing::Asked, true, true),
    ] {
        let visit = Visit { pause: Some(Pause { until: now().plus(60), by }), ..Visit::default() };
        assert_eq!(rest(&visit, Wanted::Due, now()).is_some(), due);
        assert_eq!(rest(&visit, Wanted::Now, now()).is_some(), by_hand);
        assert!(rest(&visit, Wanted::Due, now().plus(60)).is_none(), "it is over");
        let set_back = now().plus(-2 * DAY);
        assert!(rest(&visit, Wanted::Due, set_back).is_none(), "noted by another clock");
    }
}

#[test]
fn f062_a_permanent_redirect_counts_after_five_times_over_two_days() {
    let mut visit = Visit::default();
    for (hours, settles) in
        [(0, false), (1, false), (2, false), (3, false), (4, false), (47, false), (48, true), (49, false)]
    {
        assert_eq!(
            note_moved(&mut visit, Some("https://b.example/"), now().plus(hours * HOUR)),
            settles,
            "{hours}"
        );
    }
    assert!(visit.moved.as_ref().expect("moved").settled);
    assert!(!note_moved(&mut visit, Some("https://c.example/"), now().plus(50 * HOUR)));
    assert!(!visit.moved.as_ref().expect("moved").settled, "another address begins anew");
    note_moved(&mut visit, None, now());
    assert_eq!(visit.moved, None);
    for day in 0..4 {
        assert!(!note_moved(&mut visit, Some("https://b.example/"), now().plus(day * DAY)), "too seldom");
    }
    assert!(note_moved(&mut visit, Some("https://b.example/"), now().plus(4 * DAY)));
}
