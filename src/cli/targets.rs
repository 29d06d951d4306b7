//! The lines to the targets of a config, and what is said of them.

use std::sync::Arc;

use super::output::plain;
use crate::config::Config;
use crate::daemon::drain::{Happened, Line, TargetNews};
use crate::net::{Client, Limits, Setup};
use crate::notify::Sender;

/// The lines to all targets that can be had, and a sentence for each that cannot.
pub(super) fn lines(config: &Config) -> (Vec<Line>, Vec<String>) {
    let (mut lines, mut faults) = (Vec::new(), Vec::new());
    if config.targets.is_empty() {
        return (lines, faults);
    }
    let client = match client(config) {
        Ok(client) => client,
        Err(message) => return (lines, vec![message]),
    };
    for target in &config.targets {
        match Sender::new(target, client.clone()) {
            Ok(sender) => {
                let manner = config.manner(&target.rule.id);
                lines.push(Line::new(sender, target, manner, &config.site.base_url));
            }
            Err(found) => faults.extend(found.iter().map(ToString::to_string)),
        }
    }
    (lines, faults)
}

/// What messages are sent by.
///
/// # Errors
/// A sentence, where there can be none.
pub(super) fn client(config: &Config) -> Result<Client, String> {
    let (allowed, extra_ca) =
        (Arc::from(config.network.allow.as_slice()), config.network.extra_ca_file.clone());
    let setup = Setup { limits: Limits::default(), allowed, extra_ca, proxy: None };
    setup.client().map_err(|error| format!("no message can be sent: cannot {error}"))
}

/// Says what happened with a target, in a log line.
pub(super) fn say(news: &TargetNews) {
    let target = news.target.as_str();
    match &news.what {
        Happened::Failing(reason) => {
            tracing::warn!(
                target_id = target,
                reason = plain(reason),
                "messages cannot be sent; they are tried again"
            );
        }
        Happened::Recovered => tracing::info!(target_id = target, "messages are sent again"),
        Happened::GivenUp(reason) => {
            tracing::error!(
                target_id = target,
                reason = plain(reason),
                "a message was given up; `tidings deliveries --state dead` lists it, `deliveries retry` sends it again"
            );
        }
        Happened::Disabled(reason) => {
            tracing::error!(
                target_id = target,
                reason = plain(reason),
                "the target is disabled; `tidings target enable {target}` begins again"
            );
        }
    }
}
