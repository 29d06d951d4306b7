use super::*;

const NOW: i64 = 1_800_000_000;

fn now() -> Timestamp {
    Timestamp::from_unix(NOW)
}

fn answer(status: u16) -> Answer {
    Answer { status, ..Answer::default() }
}

fn judged(answer: Answer, tries: u32) -> TryEnd {
    verdict::<String>(&Ok(answer), tries, now(), 0.5)
}

/// Seconds until the next try.
fn wait(verdict: &TryEnd) -> i64 {
    match verdict {
        TryEnd::Failed { next, .. } => next.unix() - NOW,
        other => panic!("not tried again: {other:?}"),
    }
}

fn reason(verdict: TryEnd) -> String {
    match verdict {
        TryEnd::Failed { reason, .. } | TryEnd::Dead { reason } | TryEnd::Disabled { reason } => reason,
        TryEnd::Delivered => panic!("delivered"),
    }
}

#[test]
fn f123_answers_are_judged_by_the_table() {
    for status in [200, 202, 204, 299] {
        assert_eq!(judged(answer(status), 1), TryEnd::Delivered);
    }
    for status in [100, 301, 302, 400, 401, 404, 408, 429, 500, 502, 503, 599, 999] {
        assert_eq!(wait(&judged(answer(status), 1)), 5, "{status}");
        assert!(matches!(judged(answer(status), 8), TryEnd::Dead { .. }), "{status}");
    }
    assert!(matches!(judged(answer(410), 1), TryEnd::Disabled { .. }));
    assert!(matches!(judged(answer(413), 1), TryEnd::Dead { .. }));
    let silent = verdict(&Err("no answer within 15 s"), 1, now(), 0.5);
    assert_eq!(silent, TryEnd::Failed { reason: "no answer within 15 s".into(), next: now().plus(5) });
}

#[test]
fn f123_eight_tries_are_spread_over_a_day() {
    let waits = |jitter: f64| -> Vec<i64> {
        (1..8).map(|tries| wait(&verdict::<String>(&Ok(answer(500)), tries, now(), jitter))).collect()
    };
    assert_eq!(waits(0.5), [5, 300, 1_800, 7_200, 18_000, 36_000, 36_000]);
    assert_eq!(waits(0.0), [4, 240, 1_440, 5_760, 14_400, 28_800, 28_800]);
    assert_eq!(waits(1.0), [6, 360, 2_160, 8_640, 21_600, 43_200, 43_200]);
    // A caller's mistake shifts nothing beyond the bounds.
    assert_eq!(waits(-7.0), waits(0.0));
    assert_eq!(waits(f64::INFINITY), waits(1.0));
    assert_eq!(waits(f64::NAN), waits(0.5));
    let last = reason(judged(answer(500), TRIES));
    assert_eq!(last, "the receiver answered 500 Internal Server Error; this was the last of 8 tries");
}

#[test]
fn f123_a_receiver_gets_the_wait_it_asks_for_up_to_a_day() {
    let asks = |text: &str, tries| {
        wait(&judged(Answer { status: 429, retry_after: Some(text.to_owned()), ..Answer::default() }, tries))
    };
    assert_eq!(asks("120", 1), 120);
    assert_eq!(asks(" 120 ", 1), 120);
    assert_eq!(asks("1", 2), 300, "never earlier than it asks, but later by the schedule");
    assert_eq!(asks("999999", 1), 86_400);
    assert_eq!(asks("99999999999999999999999999", 1), 86_400);
    assert_eq!(asks(&now().plus(600).http_date(), 1), 600);
    assert_eq!(asks(&now().plus(-600).http_date(), 1), 5);
    assert_eq!(asks("Friday, 15-Jan-27 08:10:00 GMT", 1), 600, "the form of RFC 850");
    for odd in ["", "-5", "1.5", "soon", "\u{0}", "+5"] {
        assert_eq!(asks(odd, 1), 5, "{odd:?}");
    }
}

#[test]
fn reasons_quote_the_receiver_in_a_bounded_harmless_line() {
    let said =
        |status: u16, text: &str| reason(judged(Answer { status, retry_after: None, text: text.into() }, 1));
    assert_eq!(said(503, ""), "the receiver answered 503 Service Unavailable");
    assert_eq!(said(599, ""), "the receiver answered 599");
    assert_eq!(
        said(503, "down\r\n\u{1b}[31m for \u{202E}repairs\u{0}\n"),
        "the receiver answered 503 Service Unavailable: \"down [31m for repairs\""
    );
    let long = said(500, &"ä".repeat(4_000));
    assert!(long.ends_with("ä…\"") && long.len() <= 260, "{long}");
    assert!(said(301, "").contains("redirects are not followed"));
}

#[test]
fn f130_a_refusal_for_its_time_says_to_check_the_clock() {
    let hint =
        |status: u16, text: &str| reason(judged(Answer { status, retry_after: None, text: text.into() }, 1));
    assert!(hint(400, r#"{"error":"Message timestamp too old"}"#).contains("check the clock"));
    assert!(hint(401, "Timestamp outside the tolerance zone").contains("check the clock"));
    assert!(!hint(500, "timestamp column missing").contains("check the clock"));
    assert!(!hint(401, "no such hook").contains("check the clock"));
}
