//! Notifications on a phone or a desktop.

use serde_json::json;

use super::Outgoing;
use crate::delivery::dialect::{BARE, CALM, MARKDOWN};
use crate::delivery::notice::Notice;
use crate::model::secret::Secret;

/// Bytes of a text for ntfy; what has more than 4,096 becomes an attachment there.
pub(super) const NTFY: usize = 3_800;
/// Bytes of its title.
const NTFY_TITLE: usize = 250;
/// Letters of a text for Gotify, which names no bound.
pub(super) const GOTIFY: usize = 4_000;

/// <https://docs.ntfy.sh/publish/#publish-as-json>: plain text, and where a click leads.
pub(super) fn ntfy(
    notice: &Notice,
    topic: &Secret,
    token: Option<&Secret>,
) -> Result<Outgoing, serde_json::Error> {
    let lines = notice.own.text.clone().unwrap_or_else(|| BARE.body(notice, NTFY).join("\n"));
    let mut body = json!({
        "topic": topic.expose(),
        "title": BARE.cut(&notice.subject(), NTFY_TITLE),
        // An empty one is replaced by "triggered".
        "message": if lines.is_empty() { BARE.cut(&notice.headline(), NTFY) } else { lines },
        "priority": if notice.is_trouble { 4 } else { 3 },
    });
    if !notice.url.is_empty() {
        body["click"] = notice.url.as_str().into();
    }
    Ok(Outgoing::json(&body)?.by_bearer(token))
}

/// <https://gotify.net/docs/pushmsg>: Markdown, and where a click leads.
pub(super) fn gotify(notice: &Notice, token: &Secret) -> Result<Outgoing, serde_json::Error> {
    // The title is told apart and is no link, so one stands at the end.
    let mut lines = MARKDOWN.body(notice, GOTIFY);
    if !notice.url.is_empty() && notice.items.is_empty() {
        lines.push((MARKDOWN.link)("open", &notice.url));
    }
    let told = notice.own.text.clone().unwrap_or_else(|| lines.join(MARKDOWN.line));
    let mut extras = json!({"client::display": {"contentType": "text/markdown"}});
    if !notice.url.is_empty() {
        extras["client::notification"] = json!({"click": {"url": notice.url}});
    }
    let body = json!({
        "title": CALM.cut(&notice.subject(), NTFY_TITLE),
        "message": told,
        "priority": if notice.is_trouble { 8 } else { 5 },
        "extras": extras,
    });
    let mut outgoing = Outgoing::json(&body)?.below(&["message"]);
    outgoing.headers.push(("x-gotify-key", token.expose().to_owned()));
    Ok(outgoing)
}
