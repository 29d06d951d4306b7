//! Chats that a bot or an account writes to.

use serde_json::json;

use super::Outgoing;
use crate::delivery::dialect::{CALM, Dialect, HTML, bytes, utf16};
use crate::delivery::notice::Notice;
use crate::delivery::template::stripped;
use crate::model::DeliveryId;
use crate::model::secret::Secret;

/// Letters of a message to Telegram. Marks do not count there; here they do.
pub(super) const TELEGRAM: usize = 4_096;
/// Bytes of each form of a text for Matrix: both, escaped, must fit into an event of 65,536.
pub(super) const MATRIX: usize = 8_000;

/// <https://core.telegram.org/bots/api#sendmessage>.
pub(super) fn telegram(
    notice: &Notice,
    token: &Secret,
    chat: &str,
    topic: Option<i64>,
) -> Result<Outgoing, serde_json::Error> {
    // It knows no `<br>`.
    let dialect = Dialect { line: "\n", size: utf16, ..HTML };
    let mut body = json!({
        "chat_id": chat,
        "text": dialect.whole(notice, TELEGRAM),
        "parse_mode": "HTML",
        "link_preview_options": {"is_disabled": true},
    });
    if let Ok(number) = chat.parse::<i64>() {
        body["chat_id"] = number.into();
    }
    if let Some(topic) = topic {
        body["message_thread_id"] = topic.into();
    }
    let bot = format!("bot{}", token.expose());
    Ok(Outgoing::json(&body)?.below(&[&bot, "sendMessage"]))
}

/// <https://spec.matrix.org/latest/client-server-api/#put_matrixclientv3roomsroomidsendeventtypetxnid>: the id of the
/// delivery is that of the transaction, so a server that has it takes it once. Nobody is mentioned.
pub(super) fn matrix(
    notice: &Notice,
    token: &Secret,
    room: &str,
    id: DeliveryId,
) -> Result<Outgoing, serde_json::Error> {
    let html = Dialect { size: bytes, ..HTML };
    // `@room` and a name call somebody in clients that do not know of mentions yet.
    let plain = match &notice.own.text {
        Some(own) => CALM.cut(&stripped(own), MATRIX),
        None => CALM.whole(notice, MATRIX),
    };
    let body = json!({
        "msgtype": "m.text",
        "body": plain,
        "format": "org.matrix.custom.html",
        "formatted_body": html.whole(notice, MATRIX),
        "m.mentions": {},
    });
    let id = id.to_string();
    let path = ["_matrix", "client", "v3", "rooms", room, "send", "m.room.message", &id];
    let outgoing = Outgoing::json(&body)?.below(&path).by_bearer(Some(token));
    Ok(Outgoing { put: true, ..outgoing })
}
