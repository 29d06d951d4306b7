//! Bots whose messages may have to be signed with the time of the try.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use super::Outgoing;
use super::hooks::widened;
use crate::delivery::dialect::{APART, BARE, Dialect, bracketed, bytes};
use crate::delivery::notice::Notice;
use crate::model::Timestamp;
use crate::model::secret::Secret;

/// Bytes of texts in a message for Feishu, which takes 20 KB with all that is around them.
pub(super) const FEISHU: usize = 8_000;
/// Lines of the operator's own that are told apart; each takes some more room. The last one has what is left.
const LINES: usize = 100;
/// Bytes of Markdown for DingTalk, which takes messages of 20,000 bytes.
pub(super) const DINGTALK: usize = 5_000;
/// Bytes of the line that DingTalk's list of chats shows.
const DINGTALK_TITLE: usize = 150;

/// <https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot>: a post, in which a link is told apart from text,
/// so nothing in a text is markup. The signature's key is the time and the secret; nothing is signed with it.
pub(super) fn feishu(
    notice: &Notice,
    secret: Option<&Secret>,
    now: Timestamp,
) -> Result<Outgoing, serde_json::Error> {
    // `<at …>` calls somebody in messages of another kind; nothing is left to chance.
    let calm = |text: &str| text.replace("<at", &format!("<{APART}at"));
    let text = |text: &str| json!({"tag": "text", "text": calm(text)});
    let link = |words: &str, url: &str| match url {
        "" => text(words),
        url => json!({"tag": "a", "text": calm(words), "href": url}),
    };
    if let Some(own) = &notice.own.text {
        let lines = own.splitn(LINES, '\n').map(|line| json!([{"tag": "text", "text": line}]));
        return posted(lines.collect(), secret, now);
    }
    let mut lines: Vec<Value> = vec![json!([link(&notice.headline(), &notice.url)])];
    let mut room = FEISHU;
    let told = Notice { items: Vec::new(), count: 0, ..notice.clone() };
    for line in BARE.body(&told, FEISHU) {
        room = room.saturating_sub(line.len());
        lines.push(json!([text(&line)]));
    }
    let mut shown = 0;
    for item in &notice.items {
        // Names of the parts and the signs around them take some hundred bytes.
        let Some(left) = room.checked_sub(item.title.len() + item.url.len() + item.facts.len() + 150) else {
            break;
        };
        room = left;
        shown += 1;
        lines.push(json!([text("• "), link(&item.title, &item.url), text(&format!(" — {}", item.facts))]));
    }
    if !notice.items.is_empty() && notice.count > shown {
        lines.push(json!([link(&format!("and {} more", notice.count - shown), &notice.url)]));
    }
    posted(lines, secret, now)
}

/// A post of these lines, signed where there is a secret.
fn posted(lines: Vec<Value>, secret: Option<&Secret>, now: Timestamp) -> Result<Outgoing, serde_json::Error> {
    let mut body =
        json!({"msg_type": "post", "content": {"post": {"en_us": {"title": "", "content": lines}}}});
    if let Some(secret) = secret {
        let time = now.unix().to_string();
        let key = format!("{time}\n{}", secret.expose());
        body["sign"] = signature(key.as_bytes(), b"").into();
        body["timestamp"] = time.into();
    }
    Outgoing::json(&body)
}

/// DingTalk's Markdown, in which one line break is none.
pub(super) const MARKED: Dialect = Dialect {
    escape: widened,
    link: bracketed,
    strong: |text| format!("**{text}**"),
    faint: |text| text.to_owned(),
    line: "\n\n",
    size: bytes,
};

/// Plain text that calls nobody in Feishu.
pub(super) const POST: Dialect = Dialect {
    escape: |c, out| {
        out.push(c);
        if c == '<' {
            out.push(APART);
        }
    },
    ..BARE
};

/// <https://open.dingtalk.com/document/robots/custom-robot-access>: Markdown. The time and the secret are signed with the
/// secret, and stand in the address.
pub(super) fn dingtalk(
    notice: &Notice,
    secret: Option<&Secret>,
    now: Timestamp,
) -> Result<Outgoing, serde_json::Error> {
    let mut outgoing = Outgoing::json(&json!({
        "msgtype": "markdown",
        "markdown": {
            "title": MARKED.cut(&notice.headline(), DINGTALK_TITLE),
            "text": MARKED.whole(notice, DINGTALK),
        },
        "at": {"isAtAll": false},
    }))?;
    if let Some(secret) = secret {
        let time = now.unix().saturating_mul(1_000).to_string();
        let signed = format!("{time}\n{}", secret.expose());
        let sign = signature(secret.expose().as_bytes(), signed.as_bytes());
        outgoing.query = vec![("timestamp", time), ("sign", sign)];
    }
    Ok(outgoing)
}

/// HMAC-SHA256 in base64.
fn signature(key: &[u8], text: &[u8]) -> String {
    // A key of any length is one.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return String::new() };
    mac.update(text);
    STANDARD.encode(mac.finalize().into_bytes())
}
