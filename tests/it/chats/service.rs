//! The services, as their manuals say: what they take, what they refuse, and in which words.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};

use crate::support::{Receiver, Request, Say};

/// What addresses and tokens hold that nobody may see.
pub(super) const SECRET: &str = "xyzzyplugh1";

/// The kinds that are reached over HTTP.
pub(super) const KINDS: [&str; 12] = [
    "slack",
    "discord",
    "mattermost",
    "teams",
    "google-chat",
    "telegram",
    "matrix",
    "ntfy",
    "gotify",
    "feishu",
    "dingtalk",
    "wecom",
];

/// What a service does with the next request that it would take.
#[derive(Clone, Debug)]
pub(super) enum Mood {
    /// It takes no more for so many seconds.
    Busy(u32),
    /// It says no, in the words of the service, with status 200 where the service does that.
    No,
    /// There is nobody any more.
    Gone,
    /// It repeats all that it got, with this status.
    Echo(&'static str),
    /// This, whatever the service.
    Say(&'static str, &'static str),
}

/// A service that listens on this machine.
pub(super) struct Service {
    kind: &'static str,
    receiver: Receiver,
    moods: Arc<Mutex<VecDeque<Mood>>>,
    taken: Arc<Mutex<Vec<Value>>>,
}

impl Service {
    /// One that takes what its manual says.
    pub(super) fn new(kind: &'static str) -> Self {
        let moods: Arc<Mutex<VecDeque<Mood>>> = Arc::default();
        let taken: Arc<Mutex<Vec<Value>>> = Arc::default();
        let (mood, log) = (Arc::clone(&moods), Arc::clone(&taken));
        let receiver = Receiver::by(move |request| {
            let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
            if let Err(why) = accepts(kind, request, &body) {
                return refusal(kind, &why);
            }
            match mood.lock().unwrap().pop_front() {
                None => {
                    log.lock().unwrap().push(body.clone());
                    success(kind, &body)
                }
                Some(Mood::Busy(seconds)) => busy(kind, seconds),
                Some(Mood::No) => refusal(kind, "refused by the test"),
                Some(Mood::Gone) => gone(kind),
                Some(Mood::Say(status, text)) => Say::answer(status, "", text),
                Some(Mood::Echo(status)) => {
                    let said = format!("{}\n{}", request.head, String::from_utf8_lossy(&request.body));
                    Say::answer(status, "Content-Type: text/plain\r\n", &said)
                }
            }
        });
        Self { kind, receiver, moods, taken }
    }

    /// What it does next.
    pub(super) fn next(&self, moods: impl IntoIterator<Item = Mood>) {
        *self.moods.lock().unwrap() = moods.into_iter().collect();
    }

    /// The messages that it took.
    pub(super) fn taken(&self) -> Vec<Value> {
        self.taken.lock().unwrap().clone()
    }

    /// How many requests came.
    pub(super) fn asked(&self) -> usize {
        self.receiver.got().len()
    }

    /// A target of the config that leads here.
    pub(super) fn target(&self, more: &str) -> String {
        let (kind, host) = (self.kind, self.receiver.host());
        let path = path(kind);
        let keys = match kind {
            "telegram" => format!("token = \"123456:{SECRET}\"\nchat = -1001\ntopic = 7\n"),
            "matrix" => format!("token = \"syt_{SECRET}\"\nroom = \"!room:example.org\"\n"),
            "ntfy" => format!("token = \"tk_{SECRET}\"\n"),
            "gotify" => format!("token = \"A{SECRET}\"\n"),
            "feishu" | "dingtalk" => format!("secret = \"SEC{SECRET}\"\n"),
            _ => String::new(),
        };
        format!(
            "\n[[target]]\nid = \"team\"\nkind = \"{kind}\"\nurl = \"http://{host}{path}\"\n{keys}allow_private = true\n{more}\n"
        )
    }
}

/// The path and the query of the address that an operator copies from the service.
fn path(kind: &str) -> String {
    match kind {
        "slack" => format!("/services/T0/B0/{SECRET}"),
        "discord" => format!("/api/webhooks/1234/{SECRET}"),
        "mattermost" => format!("/hooks/{SECRET}"),
        "teams" => format!("/workflows/1234/triggers/manual/paths/invoke?api-version=1&sig={SECRET}"),
        "google-chat" => format!("/v1/spaces/AAAA/messages?key=k&token={SECRET}"),
        "ntfy" => format!("/{SECRET}"),
        "feishu" => format!("/open-apis/bot/v2/hook/{SECRET}"),
        "dingtalk" => format!("/robot/send?access_token={SECRET}"),
        "wecom" => format!("/cgi-bin/webhook/send?key={SECRET}"),
        _ => String::new(),
    }
}

fn accepts(kind: &str, request: &Request, body: &Value) -> Result<(), String> {
    let need = |holds: bool, what: &str| if holds { Ok(()) } else { Err(what.to_owned()) };
    let method = request.head.split(' ').next().unwrap_or_default();
    need(method == if kind == "matrix" { "PUT" } else { "POST" }, "method")?;
    need(body.is_object(), "invalid_payload: no JSON")?;
    let kind_of_body = request.header("content-type").unwrap_or_default();
    need(kind_of_body.starts_with("application/json"), "content type")?;
    let long = |value: &Value| value.as_str().map_or(0, |text| text.encode_utf16().count());
    let bytes = request.body.len();
    let bearer = |token: &str| request.header("authorization") == Some(format!("Bearer {token}"));
    if !matches!(kind, "telegram" | "matrix" | "ntfy" | "gotify" | "dingtalk") {
        need(request.path() == path(kind), "path")?;
    }
    match kind {
        "slack" => {
            let blocks = body["blocks"].as_array().ok_or("no_text")?;
            need(!blocks.is_empty() && blocks.len() <= 50, "invalid_blocks")?;
            for block in blocks {
                need(block["type"] == "section" && block["text"]["type"] == "mrkdwn", "invalid_blocks")?;
                need((1..=3_000).contains(&long(&block["text"]["text"])), "invalid_blocks")?;
                let text = block["text"]["text"].as_str().unwrap();
                need(!text.contains("<!") && !text.contains("<@"), "it calls somebody")?;
            }
            need(body["text"].is_string(), "no_text")
        }
        "discord" => {
            let embed = &body["embeds"][0];
            need(body["embeds"].as_array().is_some_and(|all| all.len() <= 10), "embeds")?;
            need((1..=256).contains(&long(&embed["title"])), "title")?;
            need(long(&embed["description"]) <= 4_096, "description")?;
            need(body["allowed_mentions"] == json!({"parse": []}), "it may call somebody")
        }
        "mattermost" => {
            need((1..=16_383).contains(&long(&body["text"])), "text")?;
            let text = body["text"].as_str().unwrap();
            need(["@all", "@channel", "@here"].iter().all(|call| !text.contains(call)), "it calls somebody")
        }
        "teams" => {
            let card = &body["attachments"][0];
            need(body["type"] == "message" && bytes <= 28 * 1_024, "size")?;
            need(card["contentType"] == "application/vnd.microsoft.card.adaptive", "card")?;
            need(
                card["content"]["type"] == "AdaptiveCard" && card["content"]["version"].is_string(),
                "card",
            )?;
            let blocks = card["content"]["body"].as_array().ok_or("body")?;
            need(!blocks.is_empty() && blocks.iter().all(|block| block["type"] == "TextBlock"), "body")?;
            need(card["content"]["msteams"]["entities"].is_null(), "it calls somebody")
        }
        "google-chat" => {
            let card = &body["cardsV2"][0]["card"]["sections"][0]["widgets"][0]["textParagraph"]["text"];
            need(card.is_string() && bytes <= 32_000, "card")?;
            need(!card.as_str().unwrap().contains("<users/"), "it calls somebody")
        }
        "telegram" => {
            need(request.path() == format!("/bot123456:{SECRET}/sendMessage"), "Not Found")?;
            need(body["chat_id"] == -1001 && body["message_thread_id"] == 7, "chat not found")?;
            need((1..=4_096).contains(&long(&body["text"])), "message is too long")?;
            need(body["parse_mode"] == "HTML", "parse mode")?;
            entities(body["text"].as_str().unwrap())
        }
        "matrix" => {
            let path = request.path();
            let begin = "/_matrix/client/v3/rooms/!room:example.org/send/m.room.message/";
            need(path.strip_prefix(begin).is_some_and(|id| uuid::Uuid::parse_str(id).is_ok()), "path")?;
            need(bearer(&format!("syt_{SECRET}")), "M_UNKNOWN_TOKEN")?;
            need(body["msgtype"] == "m.text" && body["body"].is_string() && bytes < 65_536, "M_BAD_JSON")?;
            need(body["m.mentions"] == json!({}), "it calls somebody")
        }
        "ntfy" => {
            need(request.path() == "/" && body["topic"] == SECRET, "topic")?;
            need(bearer(&format!("tk_{SECRET}")), "unauthorized")?;
            let message = body["message"].as_str().ok_or("message")?;
            need(!message.is_empty() && message.len() <= 4_096, "message too long")?;
            need(body["click"].as_str().is_some_and(|click| click.starts_with("http")), "click")?;
            need(body["priority"].as_u64().is_some_and(|priority| (1..=5).contains(&priority)), "priority")
        }
        "gotify" => {
            need(request.path() == "/message", "path")?;
            need(request.header("x-gotify-key") == Some(format!("A{SECRET}")), "unauthorized")?;
            need(body["message"].is_string() && body["title"].is_string(), "message")?;
            need(body["extras"]["client::display"]["contentType"] == "text/markdown", "extras")
        }
        "feishu" => {
            need(bytes <= 20 * 1_024, "too large")?;
            let lines = body["content"]["post"]["en_us"]["content"].as_array().ok_or("params error")?;
            let parts = lines.iter().flat_map(|line| line.as_array().unwrap());
            for part in parts {
                let tag = part["tag"].as_str().ok_or("params error")?;
                need(tag == "text" || tag == "a" && part["href"].is_string(), "it calls somebody")?;
            }
            let time = body["timestamp"].as_str().ok_or("timestamp")?;
            let key = format!("{time}\nSEC{SECRET}");
            need(body["sign"] == signature(key.as_bytes(), b""), "sign match fail")
        }
        "dingtalk" => {
            need(bytes <= 20_000, "too large")?;
            let url = url::Url::parse(&format!("http://x{}", request.path())).unwrap();
            let query: std::collections::HashMap<_, _> = url.query_pairs().into_owned().collect();
            need(query.get("access_token").is_some_and(|token| token == SECRET), "token is not exist")?;
            let time = query.get("timestamp").ok_or("timestamp")?;
            let secret = format!("SEC{SECRET}");
            let sign = signature(secret.as_bytes(), format!("{time}\n{secret}").as_bytes());
            need(query.get("sign") == Some(&sign) && time.len() == 13, "sign not match")?;
            need(body["msgtype"] == "markdown" && body["markdown"]["title"].is_string(), "params error")?;
            need(body["at"]["isAtAll"] != true, "it calls somebody")
        }
        "wecom" => {
            let text = body["markdown"]["content"].as_str().ok_or("invalid message")?;
            need(body["msgtype"] == "markdown" && text.len() <= 4_096, "content exceeds limit")?;
            need(!text.contains("<@"), "it calls somebody")
        }
        other => panic!("{other}"),
    }
}

/// HTML as Telegram takes it: its few tags, closed in order, and its four entities.
fn entities(html: &str) -> Result<(), String> {
    let mut open = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find(['<', '&', '>']) {
        rest = &rest[at..];
        if rest.starts_with('&') {
            let known = ["&lt;", "&gt;", "&amp;", "&quot;"].iter().find(|known| rest.starts_with(**known));
            rest = &rest[known.ok_or("can't parse entities")?.len()..];
            continue;
        }
        let end = rest.find('>').filter(|_| rest.starts_with('<')).ok_or("can't parse entities")?;
        let tag = &rest[1..end];
        rest = &rest[end + 1..];
        match tag.strip_prefix('/') {
            Some(name) if open.pop() == Some(name) => {}
            Some(_) => return Err("can't parse entities".into()),
            None => {
                let name = tag.split(' ').next().unwrap();
                if !["a", "b", "i"].contains(&name) || name == "a" && !tag.starts_with("a href=\"http") {
                    return Err(format!("unsupported start tag {tag}"));
                }
                open.push(name);
            }
        }
    }
    if open.is_empty() { Ok(()) } else { Err("can't find end tag".into()) }
}

fn signature(key: &[u8], text: &[u8]) -> String {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key).unwrap();
    mac.update(text);
    STANDARD.encode(mac.finalize().into_bytes())
}

fn document(status: &str, value: &Value) -> Say {
    Say::answer(status, "Content-Type: application/json\r\n", &value.to_string())
}

fn success(kind: &str, body: &Value) -> Say {
    match kind {
        "slack" | "mattermost" => Say::answer("200 OK", "Content-Type: text/html\r\n", "ok"),
        "discord" => Say::answer("204 No Content", "", ""),
        "teams" => Say::answer("202 Accepted", "", ""),
        "google-chat" => {
            document("200 OK", &json!({"name": "spaces/AAAA/messages/x", "cardsV2": body["cardsV2"]}))
        }
        // The whole message comes back, which may be more than is read.
        "telegram" => Say::answer(
            "200 OK",
            "Content-Type: application/json\r\n",
            &format!("{{\"ok\":true,\"result\":{{\"message_id\":5,\"text\":{}}}}}", json!("x".repeat(9_000))),
        ),
        "matrix" => document("200 OK", &json!({"event_id": "$abc"})),
        "ntfy" => document("200 OK", &json!({"id": "x1", "event": "message", "topic": body["topic"]})),
        "gotify" => document("200 OK", &json!({"id": 5, "appid": 1, "message": body["message"]})),
        "feishu" => document("200 OK", &json!({"code": 0, "data": {}, "msg": "success"})),
        _ => document("200 OK", &json!({"errcode": 0, "errmsg": "ok"})),
    }
}

fn refusal(kind: &str, why: &str) -> Say {
    match kind {
        "slack" => Say::answer("400 Bad Request", "", why),
        "discord" => document("400 Bad Request", &json!({"message": why, "code": 50_006})),
        "mattermost" => document("400 Bad Request", &json!({"id": "web.incoming", "message": why})),
        "teams" => Say::answer("200 OK", "", &format!("Webhook message delivery failed with error: {why}")),
        "google-chat" => document("400 Bad Request", &json!({"error": {"code": 400, "message": why}})),
        "telegram" => {
            document("400 Bad Request", &json!({"ok": false, "error_code": 400, "description": why}))
        }
        "matrix" => document("403 Forbidden", &json!({"errcode": "M_FORBIDDEN", "error": why})),
        "ntfy" => document("400 Bad Request", &json!({"code": 40_024, "http": 400, "error": why})),
        "gotify" => document("401 Unauthorized", &json!({"error": "Unauthorized", "errorDescription": why})),
        "feishu" => document("200 OK", &json!({"code": 19_021, "msg": why})),
        "dingtalk" => document("200 OK", &json!({"errcode": 310_000, "errmsg": why})),
        _ => document("200 OK", &json!({"errcode": 40_008, "errmsg": why})),
    }
}

fn busy(kind: &str, seconds: u32) -> Say {
    let header = format!("Content-Type: application/json\r\nRetry-After: {seconds}\r\n");
    let limited = |value: &Value| Say::answer("429 Too Many Requests", "", &value.to_string());
    match kind {
        "discord" => limited(
            &json!({"message": "You are being rate limited.", "retry_after": f64::from(seconds) - 0.5, "global": false}),
        ),
        "telegram" => limited(
            &json!({"ok": false, "error_code": 429, "description": "Too Many Requests", "parameters": {"retry_after": seconds}}),
        ),
        "matrix" => limited(
            &json!({"errcode": "M_LIMIT_EXCEEDED", "error": "Too Many Requests", "retry_after_ms": seconds * 1_000}),
        ),
        // These do not say how long.
        "feishu" => document("200 OK", &json!({"code": 11_232, "msg": "frequency limited psm"})),
        "dingtalk" => document("200 OK", &json!({"errcode": 130_101, "errmsg": "send too fast"})),
        "wecom" => document("200 OK", &json!({"errcode": 45_009, "errmsg": "api freq out of limit"})),
        _ => Say::answer("429 Too Many Requests", &header, "{}"),
    }
}

fn gone(kind: &str) -> Say {
    match kind {
        "slack" => Say::answer("404 Not Found", "", "no_service"),
        "discord" => document("404 Not Found", &json!({"message": "Unknown Webhook", "code": 10_015})),
        "teams" => document("404 Not Found", &json!({"error": {"code": "WorkflowNotFound"}})),
        "feishu" => document(
            "200 OK",
            &json!({"code": 19_001, "msg": "param invalid: incoming webhook access token invalid"}),
        ),
        "dingtalk" => document("200 OK", &json!({"errcode": 300_005, "errmsg": "token is not exist"})),
        "wecom" => document("200 OK", &json!({"errcode": 93_000, "errmsg": "invalid webhook url"})),
        _ => Say::answer("410 Gone", "", ""),
    }
}
