//! How `tidings check` shows a target: where its address and its secrets come from, and never what they are.

use std::path::Path;

use serde::Serialize;
use url::Url;

use crate::config::Config;
use crate::daemon::clock;
use crate::delivery::{Digest, quiet_until};
use crate::model::filter::{Filter, Pattern};
use crate::model::quiet::QuietHours;
use crate::model::target::{SecretRef, TargetSpec, Way, Wording};
use crate::model::{Change, Timestamp};
use crate::notify;

/// A target in the report.
#[derive(Serialize)]
pub(super) struct Row<'a> {
    id: &'a str,
    kind: &'static str,
    /// Where messages are sent; `null` for a program.
    url: Option<Place>,
    /// The chat, the room, the addresses or the program, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<String>,
    secrets: Vec<Place>,
    when: &'a Filter,
    changes: &'a [Change],
    late: bool,
    health: &'a [Pattern],
    held: &'a [Pattern],
    burst: Option<u32>,
    /// The least seconds between two messages, where the config says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pace: Option<f64>,
    /// The hours in which nothing is sent.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    quiet: Vec<String>,
    /// When they end, where it is quiet now.
    #[serde(skip_serializing_if = "Option::is_none")]
    quiet_until: Option<Timestamp>,
    /// When what is gathered is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
    /// When what comes to be owed now would be.
    #[serde(skip_serializing_if = "Option::is_none")]
    digest_next: Option<Timestamp>,
    /// Whether messages wait for all that were owed before them.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    order: bool,
    /// How many tries are under way at once, where the pace is not bound.
    concurrency: usize,
    allow_private: bool,
    /// The messages that are told in the operator's own words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    templates: Vec<&'static str>,
    /// What is wrong with its address and secrets, where they can be had from here.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    faults: Vec<String>,
}

/// Where a secret comes from.
#[derive(Serialize)]
struct Place {
    /// `$ALERT_URL`, a path, `credential alert`, or `the config`.
    from: String,
    /// The host of an address that stands in the config.
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<String>,
    /// Whether it can be had from where the check runs, which need not be where the daemon does.
    here: bool,
}

impl Place {
    fn of(secret: &SecretRef) -> Self {
        let here = match secret {
            SecretRef::Given(_) => true,
            SecretRef::Env(name) => std::env::var_os(name).is_some_and(|value| !value.is_empty()),
            SecretRef::File(path) => path.is_file(),
            SecretRef::Credential(name) => std::env::var_os("CREDENTIALS_DIRECTORY")
                .is_some_and(|folder| Path::new(&folder).join(name).is_file()),
        };
        Self { from: secret.to_string(), host: None, here }
    }

    fn of_address(url: &SecretRef) -> Self {
        let host = match url {
            SecretRef::Given(text) => {
                Url::parse(text.expose()).ok().and_then(|url| url.host_str().map(str::to_owned))
            }
            _ => None,
        };
        Self { host, ..Self::of(url) }
    }

    fn words(&self) -> String {
        match (&self.host, self.here) {
            (Some(host), _) => format!("{host} (in {})", self.from),
            (None, true) => self.from.clone(),
            (None, false) => format!("{} (not to be had from here)", self.from),
        }
    }
}

/// The target as a row of the report.
pub(super) fn row<'a>(target: &'a TargetSpec, config: &Config) -> Row<'a> {
    let (manner, now) = (config.manner(&target.rule.id), clock());
    Row {
        id: target.rule.id.as_str(),
        kind: target.kind().name(),
        url: target.way.url().map(Place::of_address),
        to: to(&target.way),
        secrets: target.way.secrets().into_iter().map(|(_, secret)| Place::of(secret)).collect(),
        when: &target.rule.when,
        changes: &target.rule.changes,
        late: target.rule.late,
        health: &target.rule.health,
        held: &target.rule.held,
        burst: target.burst,
        pace: target.pace.map(|pace| pace.as_secs_f64()),
        quiet: target.rule.quiet.iter().map(QuietHours::describe).collect(),
        quiet_until: quiet_until(&target.rule.quiet, now),
        digest: manner.digest.as_ref().map(Digest::describe),
        digest_next: manner.digest.as_ref().map(|digest| digest.closes(now)),
        order: manner.order,
        concurrency: manner.concurrency,
        allow_private: target.allow_private,
        templates: templates(&target.wording),
        faults: notify::faults(target, &config.network.allow).iter().map(ToString::to_string).collect(),
    }
}

/// Where at an address, or to whom.
fn to(way: &Way) -> Option<String> {
    match way {
        Way::Telegram { chat, .. } => Some(format!("chat {chat}")),
        Way::Matrix { room, .. } => Some(format!("room {room}")),
        Way::Email(mail) => Some(mail.to.join(", ")),
        Way::Command(program) => program.command.first().map(|name| format!("program {name}")),
        _ => None,
    }
}

/// Which of its messages are told in the operator's own words.
fn templates(Wording { article, summary, health, subject }: &Wording) -> Vec<&'static str> {
    let all = [("articles", article), ("summaries", summary), ("health", health), ("subjects", subject)];
    all.into_iter().filter(|(_, text)| text.is_some()).map(|(name, _)| name).collect()
}

/// The row as lines for people.
pub(super) fn lines(row: &Row<'_>) -> Vec<String> {
    let secrets: Vec<String> = row.secrets.iter().map(Place::words).collect();
    let late = if row.late { "" } else { ", none of them late" };
    let private = if row.allow_private { ", private networks allowed" } else { "" };
    let url = row.url.as_ref().map(Place::words);
    let to: Vec<&str> = url.as_deref().into_iter().chain(row.to.as_deref()).collect();
    let mut lines =
        vec![format!("target {}, {}", row.id, row.kind), format!("  sends to  {}{private}", to.join(", "))];
    if !secrets.is_empty() {
        let verb = if row.kind == "generic" { "signs by" } else { "secrets " };
        lines.push(format!("  {verb}  {}", secrets.join(", ")));
    }
    lines.push(format!("  articles  {}{late}", words(row.when)));
    if *row.changes != [Change::New] {
        let names: Vec<&str> = row.changes.iter().map(|change| change.name()).collect();
        lines.push(format!("  changes   {}", names.join(", ")));
    }
    for (name, patterns) in [("health    of", row.health), ("held      readings of", row.held)] {
        let patterns: Vec<&str> = patterns.iter().map(Pattern::as_str).collect();
        let of = match patterns.contains(&"*") {
            _ if patterns.is_empty() => continue,
            true => "all listings".to_owned(),
            false => patterns.join(", "),
        };
        lines.push(format!("  {name} {of}"));
    }
    for hours in &row.quiet {
        lines.push(format!("  quiet     {hours}"));
    }
    if let Some(until) = row.quiet_until {
        lines.push(format!("  quiet     now, until {until}"));
    }
    if let (Some(digest), Some(next)) = (&row.digest, row.digest_next) {
        lines.push(format!("  digest    {digest}; what is new now is told at {next}"));
    }
    if row.order {
        lines.push("  order     one at a time, each after all that were owed before it".to_owned());
    }
    if let Some(burst) = row.burst.filter(|_| row.digest.is_none()) {
        lines.push(format!("  burst     more than {burst} in a minute become one summary"));
    }
    if let Some(pace) = row.pace {
        lines.push(format!("  pace      at least {pace} s between two messages"));
    }
    if !row.templates.is_empty() {
        lines.push(format!("  own words {}", row.templates.join(", ")));
    }
    lines.extend(row.faults.iter().map(|fault| format!("  warning   {fault}")));
    lines
}

/// Which articles a filter lets through.
fn words(filter: &Filter) -> String {
    match filter {
        Filter::All(list) if list.is_empty() => "all".to_owned(),
        Filter::Any(list) if list.is_empty() => "none".to_owned(),
        Filter::All(list) => joined(list, " and "),
        Filter::Any(list) => joined(list, " or "),
        Filter::Not(inner) => format!("not {}", within(inner)),
        Filter::Tag(pattern) => format!("tagged {}", pattern.as_str()),
        Filter::Source(pattern) => format!("from {}", pattern.as_str()),
        Filter::Category(pattern) => format!("in category {}", pattern.as_str()),
        Filter::Listing(pattern) => format!("on {}", pattern.as_str()),
        Filter::Text(text) => format!("with “{text}”"),
        Filter::Regex(regex) => format!("fitting /{}/", regex.as_str()),
    }
}

fn joined(list: &[Filter], word: &str) -> String {
    list.iter().map(within).collect::<Vec<_>>().join(word)
}

/// A filter within another: in brackets where it is of several parts.
fn within(filter: &Filter) -> String {
    match filter {
        Filter::All(list) | Filter::Any(list) if list.len() > 1 => format!("({})", words(filter)),
        _ => words(filter),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_told_in_words() {
        let tag = |name: &str| Filter::Tag(Pattern::new(name));
        let filter = Filter::All(vec![
            Filter::Any(vec![tag("Kafka"), tag("Go*")]),
            Filter::Source(Pattern::new("JD*")),
            Filter::Not(Box::new(Filter::Text("hiring".into()))),
        ]);
        assert_eq!(words(&filter), "(tagged Kafka or tagged Go*) and from JD* and not with “hiring”");
        assert_eq!((words(&Filter::All(vec![])), words(&Filter::Any(vec![]))), ("all".into(), "none".into()));
    }
}
