//! Webhooks whose address is all there is to know.

use serde_json::{Value, json};

use crate::delivery::dialect::{APART, CALM, Dialect, HTML, MARKDOWN, bracketed, bytes, utf16};
use crate::delivery::notice::Notice;
use crate::delivery::template::{Marks, cut};

/// Letters of a section's text in Slack; it takes 3,000.
const SLACK_SECTION: usize = 2_900;
/// Letters of all sections.
pub(super) const SLACK_TEXT: usize = 20_000;
/// Letters of an embed's title in Discord.
const DISCORD_TITLE: usize = 256;
/// Letters of its description; it takes 4,096, and all of an embed 6,000.
pub(super) const DISCORD_TEXT: usize = 4_000;
/// Letters of a post in Mattermost: what servers before 5.0 take; later ones take 16,383.
pub(super) const MATTERMOST: usize = 4_000;
/// Letters of a card for Teams, which takes messages of 28 KB: a letter is at most 6 bytes as JSON has it.
pub(super) const TEAMS: usize = 4_000;
/// Letters of a card for Google Chat, which takes messages of 32,000 bytes.
pub(super) const GOOGLE: usize = 4_000;
/// Bytes of Markdown that WeCom takes.
pub(super) const WECOM: usize = 4_096;

/// Slack's own markup, in which three letters are escaped (and with them every way to call somebody). What would make
/// texts bold, slanted, struck out or code is kept from it by what stands between.
pub(super) const SLACK: Dialect = Dialect {
    escape: |c, out| match c {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '*' | '_' | '~' | '`' => out.extend([APART, c, APART]),
        '@' => out.extend(['@', APART]),
        c => out.push(c),
    },
    link: |text, url| format!("<{}|{text}>", url.replace('&', "&amp;")),
    strong: |text| format!("*{text}*"),
    faint: |text| text.to_owned(),
    line: "\n",
    size: utf16,
};

/// <https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks>: a section for the article, and sections
/// for lists. `text` is what a notification shows.
pub(super) fn slack(notice: &Notice) -> Value {
    let lines = match &notice.own.text {
        Some(own) => own.lines().map(|line| cut(line, SLACK_SECTION, utf16, Marks::Whole)).collect(),
        None => {
            let mut lines = vec![SLACK.title(notice, SLACK_SECTION)];
            lines.extend(SLACK.body(notice, SLACK_TEXT));
            lines
        }
    };
    // Of so many letters there are a few sections of the fifty that a message may have.
    let mut sections: Vec<String> = Vec::new();
    for line in lines {
        let last = sections.last_mut();
        match last {
            Some(last) if utf16(last) + utf16(&line) < SLACK_SECTION => {
                last.push('\n');
                last.push_str(&line);
            }
            // One without a text is refused.
            _ if line.is_empty() => {}
            _ => sections.push(line),
        }
    }
    let block = |text: String| json!({"type": "section", "text": {"type": "mrkdwn", "text": text}});
    json!({
        "text": SLACK.cut(&notice.headline(), SLACK_SECTION),
        "blocks": sections.into_iter().map(block).collect::<Vec<_>>(),
        "unfurl_links": false,
        "unfurl_media": false,
    })
}

/// <https://docs.discord.com/developers/resources/webhook#execute-webhook>: one embed, and nobody may be called.
pub(super) fn discord(notice: &Notice) -> Value {
    let dialect = Dialect { line: "\n", ..MARKDOWN };
    let color = if notice.is_trouble { 0x00E0_7B00 } else { 0x002B_6CB0 };
    if let Some(own) = &notice.own.text {
        let embed = json!({"description": own, "color": color});
        return json!({"embeds": [embed], "allowed_mentions": {"parse": []}});
    }
    let lines = dialect.body(notice, DISCORD_TEXT);
    let mut embed = json!({
        "title": dialect.cut(&notice.headline(), DISCORD_TITLE),
        "description": lines.join("\n"),
        "color": color,
    });
    if !notice.url.is_empty() {
        embed["url"] = notice.url.as_str().into();
    }
    json!({"embeds": [embed], "allowed_mentions": {"parse": []}})
}

/// <https://developers.mattermost.com/integrate/webhooks/incoming/>.
pub(super) fn mattermost(notice: &Notice) -> Value {
    let dialect = Dialect { line: "\n", ..MARKDOWN };
    json!({"text": dialect.whole(notice, MATTERMOST), "props": {"disable_group_highlight": true}})
}

/// The texts of a card. Not all of Teams' programs take a backslash away before a sign that is none of theirs.
pub(super) const CARD: Dialect = Dialect {
    escape: |c, out| match c {
        '\\' | '*' | '_' | '[' | ']' | '`' => out.extend(['\\', c]),
        '<' => out.push_str("&lt;"),
        c => out.push(c),
    },
    strong: |text| text.to_owned(),
    ..MARKDOWN
};

/// <https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using>: an adaptive card,
/// whose texts know links, bold and slanted; nobody is called without being listed.
pub(super) fn teams(notice: &Notice) -> Value {
    let text = |text: String| json!({"type": "TextBlock", "text": text, "wrap": true, "spacing": "Small"});
    let body = match &notice.own.text {
        Some(own) => vec![text(own.clone())],
        None => {
            let title = CARD.title(notice, TEAMS / 2);
            let mut body = vec![json!({"type": "TextBlock", "text": title, "wrap": true,
                "weight": "Bolder", "size": "Medium"})];
            body.extend(CARD.body(notice, TEAMS).into_iter().map(text));
            body
        }
    };
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": null,
            "content": {
                "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                "type": "AdaptiveCard",
                "version": "1.4",
                "msteams": {"width": "Full"},
                "body": body,
            },
        }],
    })
}

/// <https://developers.google.com/workspace/chat/quickstart/webhooks>: a card, because its texts can be escaped and those
/// of plain messages cannot.
pub(super) fn google(notice: &Notice) -> Value {
    let text = HTML.whole(notice, GOOGLE);
    json!({
        "fallbackText": CALM.cut(&notice.headline(), 600),
        "cardsV2": [{
            "cardId": "tidings",
            "card": {"sections": [{"widgets": [{"textParagraph": {"text": text}}]}]},
        }],
    })
}

/// The Markdown of WeCom and DingTalk, which have no way to escape: what would be markup becomes its wide twin.
pub(super) fn widened(c: char, out: &mut String) {
    match c {
        '*' => out.push('＊'),
        '`' => out.push('｀'),
        '[' => out.push('［'),
        ']' => out.push('］'),
        '<' => out.push('＜'),
        '>' => out.push('＞'),
        '@' => out.extend(['@', APART]),
        c => out.push(c),
    }
}

/// <https://developer.work.weixin.qq.com/document/path/91770>.
pub(super) fn wecom(notice: &Notice) -> Value {
    let dialect = Dialect {
        escape: widened,
        link: bracketed,
        strong: |text| format!("**{text}**"),
        faint: |text| format!("<font color=\"comment\">{text}</font>"),
        line: "\n",
        size: bytes,
    };
    json!({"msgtype": "markdown", "markdown": {"content": dialect.whole(notice, WECOM)}})
}
