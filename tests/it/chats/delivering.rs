//! What a scan finds reaches a chat, whatever its titles say.

use serde_json::Value;

use super::service::{KINDS, Service};
use super::world::World;

/// Titles of articles; a service refuses those that call somebody or break its markup.
const TITLES: [&str; 4] = [
    "@everyone <!channel> <@U1> <b>loud</b> & [x](javascript:1) as a title",
    "How شركة moved its queues \u{202E}to another place",
    "**Bold** `code` _under_ ~struck~ > quote <at user_id=\"all\">you</at>",
    "A family 👨‍👩‍👧 writes about its C# services, and then some more",
];

/// Every text of a message.
fn texts(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{text}\n"),
        Value::Array(list) => list.iter().map(texts).collect(),
        Value::Object(map) => map.values().map(texts).collect(),
        _ => String::new(),
    }
}

fn told(kind: &'static str) {
    let service = Service::new(kind);
    let mut world = World::of(&service, "");
    assert_eq!(service.asked(), 0, "{kind}: nobody is told of a first look");
    for title in &TITLES[..2] {
        world.add(title);
    }
    let deliveries = world.scan();
    assert!(deliveries.iter().all(|one| one["state"] == "delivered"), "{kind}: {deliveries:#?}");
    assert_eq!(service.taken().len(), 2, "{kind}");
    // Several at once become one.
    world.target(&service.target("burst = 1"));
    for title in &TITLES[2..] {
        world.add(title);
    }
    let deliveries = world.scan();
    assert!(deliveries.iter().all(|one| one["state"] == "delivered"), "{kind}: {deliveries:#?}");
    let taken = service.taken();
    assert_eq!(taken.len(), 3, "{kind}");
    let all = texts(taken.last().unwrap());
    assert!(all.contains("2 new articles on"), "{kind}: {all}");
    // A notification has room for one address.
    let linked = if kind == "ntfy" { "/feeds/listings/news.html" } else { "/articles/" };
    assert!(all.contains("👨‍👩‍👧") && all.contains(linked), "{kind}: {all}");
    let first: String = taken[..2].iter().map(texts).collect();
    for expected in ["شركة", "21CTO", "2020", "/articles/", "what was slow"] {
        assert!(first.contains(expected), "{kind}: no {expected} in {first}");
    }
    assert!(!first.contains('\u{202E}'), "{kind}: {first}");
    world.home.expect(0, &["target", "test", "team"]);
    let test = texts(service.taken().last().unwrap());
    assert!(test.contains("A test message from tidings"), "{kind}: {test}");
    // A preview is what would be sent, of any kind of message.
    for message in ["new", "summary", "health"] {
        let shown = world.home.expect(0, &["deliveries", "preview", "team", "--message", message]);
        assert!(
            shown.contains("http://127.0.0.1") && shown.contains("content-type: application/json"),
            "{shown}"
        );
        let body = shown.split("\n\n").nth(1).unwrap();
        serde_json::from_str::<Value>(body.trim()).unwrap_or_else(|error| panic!("{kind}: {error}: {body}"));
    }
    let health = world.home.expect(0, &["deliveries", "preview", "team", "--message", "health"]);
    assert!(health.contains("failing") && health.contains("tidings status"), "{kind}: {health}");
}

/// Two at a time: each waits for the pace of its service.
#[test]
fn f128_every_chat_is_told_and_nobody_is_called() {
    for pair in KINDS.chunks(4) {
        std::thread::scope(|scope| {
            let all: Vec<_> = pair.iter().map(|kind| scope.spawn(|| told(kind))).collect();
            all.into_iter().for_each(|one| one.join().unwrap());
        });
    }
}
