//! What becomes of a try, by what the receiver does.

use tidings::clock::now;
use tidings::delivery::verdict;
use tidings::model::TryEnd;
use tidings::net::Limits;

use super::sample::{BASE, new, sender};
use crate::support::{Receiver, Say};

/// The first try of a message to a receiver that does this; with how many requests it got.
async fn tried(say: Say) -> (TryEnd, usize) {
    let receiver = Receiver::new(&[say]);
    let verdict = tried_at(&format!("http://{}/hooks/team", receiver.host())).await;
    (verdict, receiver.got().len())
}

async fn tried_at(url: &str) -> TryEnd {
    let sent = sender(url).send(&new("Logs"), BASE, now()).await;
    verdict(&sent, 1, now(), 0.5)
}

/// The reason of a try that failed and is repeated.
async fn failed(say: Say) -> String {
    match tried(say).await.0 {
        TryEnd::Failed { reason, .. } => reason,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn f123_any_2xx_is_delivered() {
    for status in ["200 OK", "202 Accepted", "204 No Content"] {
        assert_eq!(tried(Say::answer(status, "", "")).await, (TryEnd::Delivered, 1), "{status}");
    }
}

#[tokio::test]
async fn f123_refusals_and_faults_of_the_receiver_are_tried_again_and_say_why() {
    for (status, said, expected) in [
        ("400 Bad Request", "no", "the receiver answered 400 Bad Request: \"no\""),
        ("404 Not Found", "", "the receiver answered 404 Not Found; check the target's address"),
        ("500 Oops", "out\nof\tspace", "the receiver answered 500 Internal Server Error: \"out of space\""),
        ("503 x", "", "the receiver answered 503 Service Unavailable"),
    ] {
        assert_eq!(failed(Say::answer(status, "", said)).await, expected);
    }
    let clock = failed(Say::answer("401 x", "", "timestamp too old")).await;
    assert!(clock.contains("check the clock"), "{clock}");
}

#[tokio::test]
async fn f123_a_redirect_is_not_followed() {
    let receiver = Receiver::new(&[Say::answer("200 OK", "", "")]);
    let location = format!("Location: http://{}/\r\n", receiver.host());
    for status in ["301 x", "302 x", "307 x", "308 x"] {
        let reason = failed(Say::answer(status, &location, "")).await;
        assert!(reason.contains("redirects are not followed"), "{reason}");
    }
    assert!(receiver.got().is_empty());
}

#[tokio::test]
async fn f123_final_answers_are_final() {
    assert!(matches!(tried(Say::answer("410 Gone", "", "")).await.0, TryEnd::Disabled { .. }));
    assert!(matches!(tried(Say::answer("413 x", "", "")).await.0, TryEnd::Dead { .. }));
}

#[tokio::test]
async fn f123_a_busy_receiver_gets_the_wait_it_asks_for() {
    for status in ["429 x", "503 x"] {
        let begun = now();
        let (judged, _) = tried(Say::answer(status, "Retry-After: 3600\r\n", "")).await;
        let TryEnd::Failed { next, .. } = judged else { panic!("{judged:?}") };
        assert!((3_600..3_700).contains(&next.since(begun)), "{status}");
    }
}

#[tokio::test]
async fn f123_a_broken_connection_is_tried_again() {
    let reset = failed(Say::Reset).await;
    assert!(reset.contains("gave no whole answer"), "{reset}");
    let cut = failed(Say::Bytes(b"HTTP/1.1 200 OK\r\nContent-".to_vec())).await;
    assert!(cut.contains("gave no whole answer"), "{cut}");
    let rubbish = failed(Say::Bytes(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec())).await;
    assert!(rubbish.contains("gave no whole answer"), "{rubbish}");
    let endless_head = failed(Say::Endless(b"HTTP/1.1 200 OK\r\nx: ".to_vec())).await;
    assert!(endless_head.contains("gave no whole answer"), "{endless_head}");
}

#[tokio::test]
async fn f123_nobody_listening_is_tried_again() {
    let gone = Receiver::new(&[Say::Reset]).host();
    let TryEnd::Failed { reason, .. } = tried_at(&format!("http://{gone}/secret")).await else { panic!() };
    assert!(reason.starts_with(&format!("no connection to http://{gone}: ")), "{reason}");
}

#[tokio::test]
async fn f123_a_silent_receiver_is_given_up_in_time() {
    let silent = failed(Say::Stall(Vec::new())).await;
    assert!(
        silent.starts_with("no answer from http://127.0.0.1:") && silent.ends_with("within 600ms"),
        "{silent}"
    );
    let limits = Limits::default();
    assert_eq!((limits.connect.as_secs(), limits.whole.as_secs(), limits.answer_bytes), (5, 15, 4_096));
}

#[tokio::test]
async fn f123_what_is_said_after_the_status_is_read_as_far_as_it_comes() {
    let head =
        |status: &str| format!("HTTP/1.1 {status}\r\nContent-Length: 99999999999\r\n\r\n").into_bytes();
    assert_eq!(tried(Say::Endless(head("200 OK"))).await.0, TryEnd::Delivered);
    assert_eq!(tried(Say::Stall(head("200 OK"))).await.0, TryEnd::Delivered);
    let endless = failed(Say::Endless(head("500 x"))).await;
    assert!(endless.len() < 300 && endless.ends_with("xxx…\""), "{endless}");
    let receiver = Receiver::new(&[Say::Endless(head("500 x"))]);
    let answer =
        sender(&format!("http://{}", receiver.host())).send(&new("Logs"), BASE, now()).await.unwrap();
    assert_eq!(answer.text.len(), 4_096);
}

#[tokio::test]
async fn f123_tls_to_a_port_without_it_is_told_as_such() {
    // What speaks first and in plain text, as a mail server does, is no TLS.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mail = listener.local_addr().unwrap();
    let plain = std::thread::spawn(move || {
        use std::io::{Read as _, Write as _};
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
        let _ = stream.read(&mut [0; 1_024]);
    });
    let TryEnd::Failed { reason, .. } = tried_at(&format!("https://{mail}/secret")).await else { panic!() };
    assert_eq!(
        reason,
        format!("no TLS with https://{mail}: what came is no TLS; check the port and the certificate")
    );
    plain.join().unwrap();
}
