//! `[[target]]` as typed.

use std::ops::Range;

use toml::Spanned;

use super::{RawWhen, Text, Texts, WHEN};
use crate::config::fault::Findings;
use crate::config::read::{RawSecret, RawTemplate, Section};

pub(in crate::config) const TARGET: &[&str] = &[
    "id",
    "kind",
    "url",
    "secret",
    "token",
    "chat",
    "topic",
    "room",
    "user",
    "password",
    "from",
    "to",
    "command",
    "command_timeout",
    "when",
    "changes",
    "late",
    "health",
    "held",
    "burst",
    "pace",
    "quiet",
    "digest",
    "digest_most",
    "order",
    "concurrency",
    "allow_private",
    "template",
    "summary_template",
    "health_template",
    "subject_template",
];

/// `quiet`.
const QUIET: &[&str] = &["from", "until", "days", "zone"];

/// Keys that some kinds have and others do not.
pub(in crate::config) const OF_KINDS: [&str; 12] = [
    "url",
    "secret",
    "token",
    "chat",
    "topic",
    "room",
    "user",
    "password",
    "from",
    "to",
    "command",
    "command_timeout",
];

/// `[[target]]`.
pub(in crate::config) struct RawTarget {
    pub(in crate::config) span: Range<usize>,
    /// The keys that are not there, of those that some target must have; one of a wrong type is not missing.
    pub(in crate::config) missing: Vec<&'static str>,
    /// The keys that are there, of those that some kinds do not have, with their places.
    pub(in crate::config) given: Vec<(&'static str, Range<usize>)>,
    pub(in crate::config) id: Option<Text>,
    pub(in crate::config) kind: Option<Text>,
    pub(in crate::config) url: Option<RawSecret>,
    /// Its secrets, and the place of all of them; `None` when there is no such key.
    pub(in crate::config) secret: Option<Spanned<Vec<RawSecret>>>,
    pub(in crate::config) token: Option<RawSecret>,
    pub(in crate::config) chat: Option<Text>,
    pub(in crate::config) topic: Option<Spanned<i64>>,
    pub(in crate::config) room: Option<Text>,
    pub(in crate::config) user: Option<RawSecret>,
    pub(in crate::config) password: Option<RawSecret>,
    pub(in crate::config) from: Option<Text>,
    pub(in crate::config) to: Option<Texts>,
    pub(in crate::config) command: Option<Texts>,
    pub(in crate::config) command_timeout: Option<Text>,
    pub(in crate::config) when: Option<Result<RawWhen, Spanned<bool>>>,
    pub(in crate::config) changes: Option<Texts>,
    pub(in crate::config) late: Option<Spanned<bool>>,
    pub(in crate::config) health: Option<Result<Texts, Spanned<bool>>>,
    pub(in crate::config) held: Option<Result<Texts, Spanned<bool>>>,
    pub(in crate::config) burst: Option<Result<Spanned<i64>, Spanned<bool>>>,
    pub(in crate::config) pace: Option<Text>,
    /// `None` where there is no such key.
    pub(in crate::config) quiet: Option<Vec<RawQuiet>>,
    pub(in crate::config) digest: Option<Text>,
    pub(in crate::config) digest_most: Option<Spanned<i64>>,
    pub(in crate::config) order: Option<Spanned<bool>>,
    pub(in crate::config) concurrency: Option<Spanned<i64>>,
    pub(in crate::config) allow_private: Option<Spanned<bool>>,
    pub(in crate::config) template: Option<RawTemplate>,
    pub(in crate::config) summary_template: Option<RawTemplate>,
    pub(in crate::config) health_template: Option<RawTemplate>,
    pub(in crate::config) subject_template: Option<RawTemplate>,
}

/// Hours in which nothing is sent.
pub(in crate::config) struct RawQuiet {
    pub(in crate::config) span: Range<usize>,
    /// The keys that are not there, of those that must be.
    pub(in crate::config) missing: Vec<&'static str>,
    pub(in crate::config) from: Option<Text>,
    pub(in crate::config) until: Option<Text>,
    pub(in crate::config) days: Option<Texts>,
    pub(in crate::config) zone: Option<Text>,
}

impl RawQuiet {
    fn read(section: &Section<'_>, findings: &mut Findings) -> Self {
        Self {
            span: section.span.clone(),
            missing: section.missing(&["from", "until"]),
            from: section.text("from", findings),
            until: section.text("until", findings),
            days: section.texts("days", findings),
            zone: section.text("zone", findings),
        }
    }
}

impl RawTarget {
    pub(super) fn read(section: &Section<'_>, findings: &mut Findings) -> Self {
        let quiet = section.section_or_sections("quiet", &[QUIET], findings);
        let when = section.section_or_flag("when", &[WHEN], findings);
        let mut wanted = vec!["id"];
        wanted.extend(OF_KINDS);
        Self {
            span: section.span.clone(),
            missing: section.missing(&wanted),
            given: OF_KINDS.iter().filter_map(|key| Some((*key, section.span_of(key)?))).collect(),
            id: section.text("id", findings),
            kind: section.text("kind", findings),
            url: section.secret("url", findings),
            secret: section.secrets("secret", findings),
            token: section.secret("token", findings),
            chat: section.text_or_number("chat", findings),
            topic: section.number("topic", findings),
            room: section.text("room", findings),
            user: section.secret("user", findings),
            password: section.secret("password", findings),
            from: section.text("from", findings),
            to: section.text_or_texts("to", findings),
            command: section.texts("command", findings),
            command_timeout: section.text("command_timeout", findings),
            when: when.map(|when| when.map(|table| RawWhen::read(&table, findings))),
            changes: section.texts("changes", findings),
            late: section.flag("late", findings),
            health: section.texts_or_flag("health", findings),
            held: section.texts_or_flag("held", findings),
            burst: section.number_or_flag("burst", findings),
            pace: section.text("pace", findings),
            quiet: quiet.map(|list| list.iter().map(|hours| RawQuiet::read(hours, findings)).collect()),
            digest: section.text("digest", findings),
            digest_most: section.number("digest_most", findings),
            order: section.flag("order", findings),
            concurrency: section.number("concurrency", findings),
            allow_private: section.flag("allow_private", findings),
            template: section.template("template", findings),
            summary_template: section.template("summary_template", findings),
            health_template: section.template("health_template", findings),
            subject_template: section.template("subject_template", findings),
        }
    }
}
