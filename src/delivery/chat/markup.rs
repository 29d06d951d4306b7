//! The markup of each kind of target, for who writes messages in words of their own.

use super::{bots, hooks, push, signed};
use crate::delivery::body::BODY_BYTES;
use crate::delivery::dialect::{BARE, Dialect, HTML, MARKDOWN, PLAIN, bytes, utf16};
use crate::delivery::mail;
use crate::delivery::template::Marks;
use crate::model::target::TargetKind;

/// Bytes that a program is given on its standard input.
const INPUT: usize = 64 * 1024;

/// How a text for a kind of target is written.
pub(in crate::delivery) struct Markup {
    /// How a text that is none of the author's is written in it, and how long it is.
    pub(in crate::delivery) dialect: Dialect,
    /// How an address is written in it, of which nothing is escaped but what ends one.
    pub(in crate::delivery) address: fn(&str) -> String,
    /// What must not be cut apart.
    pub(in crate::delivery) marks: Marks,
    /// How long a text may be.
    pub(in crate::delivery) most: usize,
    /// Whether values are written as JSON, and the whole must be JSON.
    pub(in crate::delivery) is_json: bool,
}

fn same(url: &str) -> String {
    url.to_owned()
}

fn ampersands(url: &str) -> String {
    url.replace('&', "&amp;")
}

/// That of a kind.
pub(in crate::delivery) fn markup(kind: TargetKind) -> Markup {
    let of = |dialect, most| Markup { dialect, address: same, marks: Marks::None, most, is_json: false };
    let html =
        |size, most| Markup { address: ampersands, marks: Marks::Tags, ..of(Dialect { size, ..HTML }, most) };
    match kind {
        TargetKind::Generic => Markup { is_json: true, ..of(PLAIN, BODY_BYTES) },
        TargetKind::Slack => {
            Markup { address: ampersands, marks: Marks::Whole, ..of(hooks::SLACK, hooks::SLACK_TEXT) }
        }
        TargetKind::Discord => of(MARKDOWN, hooks::DISCORD_TEXT),
        TargetKind::Mattermost => of(MARKDOWN, hooks::MATTERMOST),
        TargetKind::Teams => Markup { marks: Marks::Whole, ..of(hooks::CARD, hooks::TEAMS) },
        TargetKind::GoogleChat => html(utf16, hooks::GOOGLE),
        TargetKind::Telegram => html(utf16, bots::TELEGRAM),
        TargetKind::Matrix => html(bytes, bots::MATRIX),
        TargetKind::Ntfy => of(BARE, push::NTFY),
        TargetKind::Gotify => of(MARKDOWN, push::GOTIFY),
        TargetKind::Feishu => of(signed::POST, signed::FEISHU),
        TargetKind::DingTalk => Markup { marks: Marks::Tags, ..of(signed::MARKED, signed::DINGTALK) },
        TargetKind::WeCom => {
            let dialect = Dialect { size: bytes, ..signed::MARKED };
            Markup { marks: Marks::Tags, ..of(dialect, hooks::WECOM) }
        }
        TargetKind::Email => of(PLAIN, mail::TEXT),
        TargetKind::Command => of(PLAIN, INPUT),
    }
}
