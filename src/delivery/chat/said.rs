//! What a service's answer means. Many say 200 and mean no: what counts is what each says of itself.

use serde_json::Value;

use crate::model::answer::{LONGEST_WAIT, asked_wait};
use crate::model::target::TargetKind;
use crate::model::{Answer, Timestamp};

/// What a service made of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// It took it.
    Taken,
    /// It did not.
    Refused {
        /// Whether it is tried again.
        end: End,
        /// Seconds that it wants to be left alone at least; 0 where it says nothing.
        wait: i64,
        /// Whether that is for all messages, because too many came.
        busy: bool,
        /// What to do, where that is known.
        hint: Option<&'static str>,
    },
}

/// What becomes of a message that was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It is tried again.
    Again,
    /// The next try would be the same.
    Never,
    /// There is nobody there any more.
    Gone,
}

/// Where nothing else is known of it.
fn refused(hint: Option<&'static str>) -> Heard {
    Heard::Refused { end: End::Again, wait: 0, busy: false, hint }
}

fn gone(hint: &'static str) -> Heard {
    Heard::Refused { end: End::Gone, wait: 0, busy: false, hint: Some(hint) }
}

fn busy(wait: i64) -> Heard {
    let hint = Some("it takes no more for now; nothing is sent to it until then");
    Heard::Refused { end: End::Again, wait: wait.clamp(0, LONGEST_WAIT), busy: true, hint }
}

/// What an answer of a service of that kind means.
pub(in crate::delivery) fn heard(kind: TargetKind, answer: &Answer, now: Timestamp) -> Heard {
    let told = answer.retry_after.as_deref().map_or(0, |text| asked_wait(text, now));
    let text = answer.text.trim();
    let json: Value = serde_json::from_str(text).unwrap_or_default();
    let is_good = (200..300).contains(&answer.status);
    let special = match kind {
        TargetKind::Generic | TargetKind::Email | TargetKind::Command => None,
        TargetKind::Slack => slack(answer, text, is_good),
        TargetKind::Discord => discord(answer, &json),
        TargetKind::Mattermost if is_good && text != "ok" => Some(refused(NOT_ITS)),
        TargetKind::Teams => teams(text),
        // Each repeats what it took, or names it; the answer may be longer than what is read of it.
        TargetKind::GoogleChat if is_good && !text.contains("\"name\"") => Some(refused(NOT_ITS)),
        TargetKind::Ntfy | TargetKind::Gotify if is_good && !text.contains("\"id\"") => {
            Some(refused(NOT_ITS))
        }
        TargetKind::Matrix => matrix(answer, &json, is_good),
        TargetKind::Telegram => telegram(answer, text, &json, is_good),
        TargetKind::Feishu => feishu(&json, is_good),
        TargetKind::DingTalk => dingtalk(&json, is_good),
        TargetKind::WeCom => wecom(&json, is_good),
        TargetKind::Mattermost | TargetKind::GoogleChat | TargetKind::Ntfy | TargetKind::Gotify => None,
    };
    let heard = special.unwrap_or_else(|| plain(kind, answer, is_good));
    match heard {
        // What the header says counts too, whatever the body says.
        Heard::Refused { end, wait, busy, hint } => Heard::Refused { end, wait: wait.max(told), busy, hint },
        taken => taken,
    }
}

const NOT_ITS: Option<&str> = Some("that is not what the service says; check the target's address");

/// By the status alone.
fn plain(kind: TargetKind, answer: &Answer, is_good: bool) -> Heard {
    let end = match (kind, answer.status) {
        (TargetKind::Command, 0) => return Heard::Taken,
        (TargetKind::Command, _) => End::Again,
        _ if is_good => return Heard::Taken,
        // Larger than the mail server takes (RFC 3463, X.3.4).
        (TargetKind::Email, _) if answer.text.contains("5.3.4") => End::Never,
        (TargetKind::Email, _) => End::Again,
        (_, 410) => End::Gone,
        (_, 413) => End::Never,
        (_, 429) if kind != TargetKind::Generic => return busy(1),
        _ => End::Again,
    };
    let hint = match (kind, answer.status) {
        (TargetKind::Email, 535) => Some("check the target's `user` and `password`"),
        (TargetKind::Email | TargetKind::Command, _) => None,
        (_, 300..=399) => Some("redirects are not followed; give the target the address it moved to"),
        (TargetKind::Generic, 400 | 401) if speaks_of_time(&answer.text) => Some(CLOCK),
        (_, 401 | 403) => Some(match kind {
            TargetKind::Generic => "check that the target's secret is the receiver's",
            TargetKind::Ntfy | TargetKind::Gotify | TargetKind::Matrix => "check the target's `token`",
            _ => "check the target's address, and that it may write there",
        }),
        (_, 404) => Some("check the target's address"),
        (_, 410) => Some("it wants no more messages"),
        (_, 413) => Some("the message is larger than it takes"),
        _ => None,
    };
    Heard::Refused { end, wait: 0, busy: false, hint }
}

const CLOCK: &str =
    "check the clock of this machine and the receiver's: signed messages are good for minutes only";

/// Whether a refusal blames the time of the try, in the words that libraries for receivers have for it.
fn speaks_of_time(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    ["timestamp", "too old", "too new", "clock", "tolerance"].iter().any(|word| text.contains(word))
}

/// Seconds, which may be a fraction: the next whole one.
fn seconds(value: &Value) -> Option<i64> {
    let seconds = value.as_f64().filter(|seconds| seconds.is_finite())?;
    // Within a day, which a whole number holds.
    Some(seconds.clamp(0.0, 86_400.0).ceil() as i64)
}

fn slack(answer: &Answer, text: &str, is_good: bool) -> Option<Heard> {
    match (answer.status, text) {
        (_, "no_service" | "no_service_id" | "no_team" | "team_disabled") if !is_good => {
            Some(gone("the webhook is no more; make another one in Slack"))
        }
        (410, _) => Some(gone("the channel is archived; make a webhook for another one")),
        _ if is_good && text != "ok" => Some(refused(NOT_ITS)),
        _ => None,
    }
}

fn discord(answer: &Answer, json: &Value) -> Option<Heard> {
    match answer.status {
        404 if json["code"] == 10_015 => Some(gone("the webhook is no more; make another one in Discord")),
        429 => Some(busy(seconds(&json["retry_after"]).unwrap_or(1).max(1))),
        _ => None,
    }
}

/// A workflow answers at once; what stood before workflows said 200 and told in words that it failed.
fn teams(text: &str) -> Option<Heard> {
    if text.contains("WorkflowNotFound") {
        return Some(gone("the workflow is no more; make another one in Teams"));
    }
    match (text.contains("HTTP error 429"), text.contains("failed with error")) {
        (true, _) => Some(busy(1)),
        (false, true) => Some(refused(None)),
        (false, false) => None,
    }
}

fn matrix(answer: &Answer, json: &Value, is_good: bool) -> Option<Heard> {
    match json["errcode"].as_str() {
        _ if is_good && !json["event_id"].is_string() => Some(refused(NOT_ITS)),
        _ if answer.status == 429 => {
            let wait = json["retry_after_ms"].as_f64().map_or(1.0, |millis| millis / 1_000.0);
            Some(busy(seconds(&Value::from(wait)).unwrap_or(1).max(1)))
        }
        Some("M_UNKNOWN_TOKEN") => Some(refused(Some("check the target's `token`"))),
        Some("M_FORBIDDEN") => {
            Some(refused(Some("the account must have joined the room, and may write there")))
        }
        Some("M_TOO_LARGE") => Some(Heard::Refused { end: End::Never, wait: 0, busy: false, hint: None }),
        _ => None,
    }
}

fn telegram(answer: &Answer, text: &str, json: &Value, is_good: bool) -> Option<Heard> {
    if is_good {
        // It repeats the message, so that its answer may be cut; how it went stands at the beginning.
        let begins = text.chars().filter(|c| !c.is_whitespace()).take(10).eq("{\"ok\":true".chars());
        return if begins || json["ok"] == true {
            Some(Heard::Taken)
        } else if json["ok"] == false {
            Some(refused(None))
        } else {
            Some(refused(NOT_ITS))
        };
    }
    match answer.status {
        429 => Some(busy(seconds(&json["parameters"]["retry_after"]).unwrap_or(1).max(1))),
        400 if json["parameters"]["migrate_to_chat_id"].is_i64() => {
            Some(refused(Some("the group became another one: give the target that number as its `chat`")))
        }
        401 | 404 => Some(refused(Some("check the target's `token`"))),
        400 | 403 => {
            Some(refused(Some("check the target's `chat`, and that the bot is in it and may write there")))
        }
        _ => None,
    }
}

fn feishu(json: &Value, is_good: bool) -> Option<Heard> {
    let code = json["code"].as_i64().or_else(|| json["StatusCode"].as_i64());
    match code {
        Some(0) if is_good => Some(Heard::Taken),
        Some(19_021) => Some(refused(Some(
            "check the target's `secret`, and the clock of this machine: a signature is good for an hour",
        ))),
        Some(19_022) => Some(refused(Some("the bot takes messages from other addresses only"))),
        Some(19_024) => {
            Some(refused(Some("the bot wants one of its keywords; let it check signatures instead")))
        }
        Some(11_232 | 11_233 | 230_020) => Some(busy(60)),
        Some(19_001) => Some(gone("the bot is no more; add another one to the group")),
        _ if is_good => Some(refused(if code.is_none() { NOT_ITS } else { None })),
        _ => None,
    }
}

fn dingtalk(json: &Value, is_good: bool) -> Option<Heard> {
    match json["errcode"].as_i64() {
        Some(0) if is_good => Some(Heard::Taken),
        Some(310_000) => Some(refused(Some(
            "the bot's safety settings refuse it: check the target's `secret` and the clock, or its keywords and addresses",
        ))),
        // Who passes the limit is shut out for ten minutes.
        Some(130_101 | 130_102 | 410_100 | 90_018 | 90_030) => Some(busy(600)),
        Some(300_001 | 300_005) => Some(gone("the bot is no more; add another one to the group")),
        code if is_good => Some(refused(if code.is_none() { NOT_ITS } else { None })),
        _ => None,
    }
}

fn wecom(json: &Value, is_good: bool) -> Option<Heard> {
    match json["errcode"].as_i64() {
        Some(0) if is_good => Some(Heard::Taken),
        Some(45_009) => Some(busy(60)),
        Some(93_000) => Some(gone("the bot is no more; add another one to the group")),
        code if is_good => Some(refused(if code.is_none() { NOT_ITS } else { None })),
        _ => None,
    }
}
