//! What a receiver gets; judged by others' programs, and by the document for who writes one.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::Value;
use tidings::clock::now;
use tidings::model::Timestamp;
use tidings::notify::Sender;

use super::sample::{
    BASE, OTHER_SECRET, SECRET, client, disabled, health, new, sender, summary, target, updated,
};
use crate::support::{Receiver, Request, Say};

const DOCUMENT: &str = include_str!("../../../docs/webhooks.md");

fn willing() -> Receiver {
    Receiver::new(&[Say::answer("204 No Content", "", "")])
}

/// Fenced blocks of a kind in the document.
fn blocks(kind: &str) -> Vec<&'static str> {
    let fence = format!("```{kind}\n");
    let starts = DOCUMENT.match_indices(&fence).map(|(at, _)| at + fence.len());
    starts.map(|start| DOCUMENT[start..].split("```").next().unwrap()).collect()
}

fn verifies(secret: &str, request: &Request) -> bool {
    let mut headers = http::HeaderMap::new();
    for (name, value) in request.headers() {
        headers.insert(http::HeaderName::try_from(name).unwrap(), value.parse().unwrap());
    }
    standardwebhooks::Webhook::new(secret).unwrap().verify(&request.body, &headers).is_ok()
}

#[tokio::test]
async fn f130_while_a_secret_is_changed_receivers_with_either_one_verify() {
    let receiver = willing();
    let spec = target(&format!("http://{}/", receiver.host()), &[SECRET, OTHER_SECRET]);
    Sender::new(&spec, client()).unwrap().send(&new("Größe 🎉"), BASE, now()).await.unwrap();
    let request = &receiver.got()[0];
    assert!(verifies(SECRET, request) && verifies(OTHER_SECRET, request));
    assert!(!verifies("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", request));
}

#[tokio::test]
async fn tries_of_a_message_differ_in_their_time_and_signature_alone() {
    let receiver = Receiver::new(&[Say::answer("500 x", "", ""), Say::answer("200 OK", "", "")]);
    let sender = sender(&format!("http://{}/", receiver.host()));
    for at in [1_800_000_000, 1_800_000_005] {
        sender.send(&new("Logs"), BASE, Timestamp::from_unix(at)).await.unwrap();
    }
    let got = receiver.got();
    let [first, second] = got.as_slice() else { panic!("{got:?}") };
    assert_eq!(first.body, second.body);
    assert_eq!(first.header("webhook-id"), second.header("webhook-id"));
    assert_eq!(first.header("webhook-id").as_deref(), Some("5b1d9c60-3a0e-5f43-8e52-c1a7d20b9f10"));
    assert_eq!(first.header("webhook-timestamp").as_deref(), Some("1800000000"));
    assert_eq!(second.header("webhook-timestamp").as_deref(), Some("1800000005"));
    assert_ne!(first.header("webhook-signature"), second.header("webhook-signature"));
}

#[tokio::test]
async fn f131_a_title_with_line_breaks_adds_no_header_and_no_field() {
    let receiver = willing();
    let title = "a\r\nX-Evil: 1\r\n\r\nHTTP/1.1\",\"type\":\"evil";
    sender(&format!("http://{}/hooks/1?a=b", receiver.host())).send(&new(title), BASE, now()).await.unwrap();
    let request = &receiver.got()[0];
    let mut names: Vec<String> = request.headers().into_iter().map(|(name, _)| name).collect();
    names.sort_unstable();
    let expected = [
        "accept",
        "content-length",
        "content-type",
        "host",
        "user-agent",
        "webhook-id",
        "webhook-signature",
        "webhook-timestamp",
    ];
    assert_eq!(names, expected);
    assert!(request.head.starts_with("POST /hooks/1?a=b HTTP/1.1\r\n"), "{}", request.head);
    assert_eq!(request.header("content-type").as_deref(), Some("application/json"));
    let agent = request.header("user-agent").unwrap();
    assert!(agent.starts_with(concat!("tidings/", env!("CARGO_PKG_VERSION"))), "{agent}");
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(body["type"], "article.new");
    assert_eq!(body["data"]["article"]["title"], title);
}

#[tokio::test]
async fn document_shows_each_body_as_it_is_sent() {
    let receiver = willing();
    let sender = sender(&format!("http://{}/", receiver.host()));
    for delivery in [new("How Kafka stores a log"), updated(), summary(), health(), disabled()] {
        sender.send(&delivery, BASE, now()).await.unwrap();
    }
    let examples = blocks("json");
    let got = receiver.got();
    assert_eq!(examples.len(), got.len());
    for (example, request) in examples.iter().zip(got) {
        // Without white space outside of strings, both are the same text: the order of fields too.
        let lines: String = example.lines().map(str::trim_start).collect::<Vec<_>>().join("");
        let tight = lines.replace("\": ", "\":").replace(", \"", ",\"");
        assert_eq!(tight, String::from_utf8(request.body).unwrap());
    }
}

#[tokio::test]
async fn document_has_a_program_that_verifies_real_messages() {
    let Some(python) = python() else { return };
    let receiver = willing();
    sender(&format!("http://{}/", receiver.host())).send(&new("Größe 🎉"), BASE, now()).await.unwrap();
    let request = &receiver.got()[0];
    let program = format!(
        "{}\n{}",
        blocks("python")[0],
        concat!(
            "import json, sys\n",
            "case = json.load(sys.stdin)\n",
            "print(verify(case['secret'], case['headers'], case['body'].encode()))\n",
        )
    );
    let headers = |time: Option<&str>| -> Value {
        let mut headers: serde_json::Map<String, Value> =
            request.headers().into_iter().map(|(name, value)| (name, value.into())).collect();
        if let Some(time) = time {
            headers.insert("webhook-timestamp".into(), time.into());
        }
        headers.into()
    };
    let body = String::from_utf8(request.body.clone()).unwrap();
    for (secret, headers, body, expected) in [
        (SECRET, headers(None), body.clone(), "True"),
        (OTHER_SECRET, headers(None), body.clone(), "False"),
        (SECRET, headers(None), body.replace("Kafka", "Other"), "False"),
        (SECRET, headers(Some("1800000000")), body.clone(), "False"),
    ] {
        let case = serde_json::json!({"secret": secret, "headers": headers, "body": body}).to_string();
        assert_eq!(run(python, &program, &case), expected);
    }
}

/// Python 3; without it the test says that it was skipped, or fails where `TIDINGS_REQUIRE` names `python3`.
fn python() -> Option<&'static str> {
    let found = Command::new("python3").arg("--version").output().is_ok_and(|done| done.status.success());
    let required = std::env::var("TIDINGS_REQUIRE").unwrap_or_default();
    let required = required.split(',').any(|name| name.trim() == "python3");
    assert!(found || !required, "python3 is required and missing");
    if !found {
        eprintln!("SKIPPED: no python3 here, so the program of docs/webhooks.md was not run");
    }
    found.then_some("python3")
}

fn run(python: &str, program: &str, input: &str) -> String {
    let mut child = Command::new(python)
        .args(["-I", "-c", program])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap().trim().to_owned()
}
