//! The kinds of `[[target]]`: which keys each has, and what they mean.

use std::time::Duration;

use super::Checker;
use crate::config::raw::{RawSecret, RawTarget, Source, Text};
use crate::model::target::{Mail, SecretRef, TargetKind, Way};
use crate::net::{MailServer, MailServerError, Policy, Refusal};

/// The greatest number of addresses that mail goes to.
const MAX_TO: usize = 50;
/// Bytes of a mail address, with the name before it.
const MAX_ADDRESS: usize = 320;
/// Bytes of the name of a room or a chat.
const MAX_ROOM: usize = 255;

/// Keys that a kind must have, and keys that it may have.
fn keys(kind: TargetKind) -> (&'static [&'static str], &'static [&'static str]) {
    match kind {
        TargetKind::Generic => (&["url", "secret"], &[]),
        TargetKind::Slack
        | TargetKind::Discord
        | TargetKind::Mattermost
        | TargetKind::Teams
        | TargetKind::GoogleChat
        | TargetKind::WeCom => (&["url"], &[]),
        TargetKind::Feishu | TargetKind::DingTalk => (&["url"], &["secret"]),
        TargetKind::Telegram => (&["token", "chat"], &["url", "topic"]),
        TargetKind::Matrix => (&["url", "token", "room"], &[]),
        TargetKind::Ntfy => (&["url"], &["token"]),
        TargetKind::Gotify => (&["url", "token"], &[]),
        TargetKind::Email => (&["url", "from", "to"], &["user", "password"]),
        TargetKind::Command => (&["command"], &["command_timeout"]),
    }
}

/// How a key of a target may look.
fn example(key: &str, kind: TargetKind) -> &'static str {
    match (key, kind) {
        ("url", TargetKind::Matrix) => "such as `url = \"https://matrix.example.org\"`",
        ("url", TargetKind::Gotify) => "such as `url = \"https://gotify.example.org\"`",
        ("url", TargetKind::Ntfy) => "such as `url = \"https://ntfy.sh/my-topic\"`",
        ("url", TargetKind::Email) => "such as `url = \"smtp://mail.example.org:587\"`",
        ("url", _) => "such as `url = { env = \"ALERT_URL\" }`",
        ("secret", _) => {
            "a generic message is signed: `secret = { env = \"ALERT_SECRET\" }`, \
             which `echo whsec_$(openssl rand -base64 32)` makes"
        }
        ("token", _) => "such as `token = { env = \"BOT_TOKEN\" }`",
        ("chat", _) => "such as `chat = \"@my_channel\"` or `chat = -1001234567890`",
        ("room", _) => "such as `room = \"!id:example.org\"`",
        ("from", _) => "such as `from = \"News <news@example.org>\"`",
        ("to", _) => "such as `to = [\"team@example.org\"]`",
        _ => "such as `command = [\"/usr/local/bin/tell\", \"team\"]`",
    }
}

impl Checker<'_> {
    /// Where a target's messages go; `None` after a fault that leaves nothing to go on with.
    pub(super) fn way(&mut self, raw: &RawTarget, kind: TargetKind, private: bool) -> Option<Way> {
        let (must, may) = keys(kind);
        for key in must.iter().filter(|key| raw.missing.contains(key)) {
            let fault = self.findings.fault(raw.span.clone(), format!("this target has no `{key}`"));
            fault.hint(example(key, kind));
        }
        for (key, span) in &raw.given {
            if must.contains(key) || may.contains(key) {
                continue;
            }
            let of: Vec<&str> = TargetKind::ALL
                .into_iter()
                .filter(|kind| {
                    let (must, may) = keys(*kind);
                    must.contains(key) || may.contains(key)
                })
                .map(TargetKind::name)
                .collect();
            let fault = self
                .findings
                .fault(span.clone(), format!("`{key}` is no key of a target of the kind `{}`", kind.name()));
            fault.hint(format!("it is one of {}", of.join(", ")));
        }
        let url = if kind == TargetKind::Email {
            self.mail_server(raw.url.as_ref(), private)
        } else {
            self.target_url(raw.url.as_ref(), private)
        };
        Some(match kind {
            TargetKind::Generic => {
                let secrets = raw.secret.as_ref().map(|secrets| self.signing(secrets)).unwrap_or_default();
                Way::Generic { url: url?, secrets }
            }
            TargetKind::Slack
            | TargetKind::Discord
            | TargetKind::Mattermost
            | TargetKind::Teams
            | TargetKind::GoogleChat
            | TargetKind::WeCom => Way::Hook { kind, url: url? },
            TargetKind::Feishu | TargetKind::DingTalk => {
                let secret = match &raw.secret {
                    Some(secrets) => Some(self.only(secrets)?),
                    None => None,
                };
                Way::Signed { kind, url: url?, secret }
            }
            TargetKind::Telegram => {
                let chat = raw.chat.as_ref().and_then(|chat| self.chat(chat));
                let token = self.optional(raw.token.as_ref())?;
                let topic = raw.topic.as_ref().map(|topic| *topic.get_ref());
                if raw.url.is_some() && url.is_none() {
                    return None;
                }
                Way::Telegram { url, token: token?, chat: chat?, topic }
            }
            TargetKind::Matrix => {
                let room = raw.room.as_ref().and_then(|room| self.room(room));
                let token = self.optional(raw.token.as_ref())?;
                Way::Matrix { url: url?, token: token?, room: room? }
            }
            TargetKind::Ntfy => Way::Push { kind, url: url?, token: self.optional(raw.token.as_ref())? },
            TargetKind::Gotify => {
                let token = self.optional(raw.token.as_ref())?;
                token.as_ref()?;
                Way::Push { kind, url: url?, token }
            }
            TargetKind::Email => Way::Email(Box::new(self.mail(raw, url)?)),
            TargetKind::Command => {
                let command = raw.command.as_ref()?;
                Way::Command(self.program(command, raw.command_timeout.as_ref()))
            }
        })
    }

    /// What can be told of a target whose kind is not known.
    pub(super) fn unsorted(&mut self, raw: &RawTarget, private: bool) {
        self.target_url(raw.url.as_ref(), private);
        if let Some(secrets) = &raw.secret {
            self.signing(secrets);
        }
    }

    fn target_url(&mut self, url: Option<&RawSecret>, private: bool) -> Option<SecretRef> {
        let url = url?;
        if let Some(Source::Given(text)) = &url.source {
            self.address(text, url, private);
        }
        self.source(url)
    }

    fn mail_server(&mut self, url: Option<&RawSecret>, private: bool) -> Option<SecretRef> {
        let url = url?;
        if let Some(Source::Given(text)) = &url.source {
            match MailServer::parse(text) {
                Ok(server) => match server.check(Policy { allow_private: private }, &self.allowed) {
                    Ok(()) => {}
                    Err(Refusal::Private { .. }) => {
                        let message = "`url` is in a private network, or on this machine";
                        let fault = self.findings.fault(url.span.clone(), message);
                        fault.hint("if that is meant, add `allow_private = true`");
                    }
                    Err(_) => self.never(url.span.clone()),
                },
                Err(error) => {
                    let message = match error {
                        MailServerError::Syntax => "`url` is no address of a mail server",
                        MailServerError::User => "`url` holds a user name or a password",
                        MailServerError::More => "`url` holds more than a host and a port",
                    };
                    let fault = self.findings.fault(url.span.clone(), message);
                    fault.hint(
                        "such as `smtp://mail.example.org:587` or `smtps://mail.example.org`; `user` and `password` are keys",
                    );
                }
            }
        }
        self.source(url)
    }

    /// A secret that need not be there; `None` after a fault.
    fn optional(&mut self, raw: Option<&RawSecret>) -> Option<Option<SecretRef>> {
        match raw {
            Some(raw) => {
                if let Some(Source::Given(text)) = &raw.source
                    && (text.is_empty() || text.chars().any(char::is_control))
                {
                    let fault = self.findings.fault(raw.span.clone(), "this is empty, or no line of text");
                    fault.hint(
                        "better `{ env = \"NAME\" }`, `{ file = \"PATH\" }` or `{ credential = \"NAME\" }`",
                    );
                }
                self.source(raw).map(Some)
            }
            None => Some(None),
        }
    }

    /// The one secret that a chat signs with.
    fn only(&mut self, raw: &toml::Spanned<Vec<RawSecret>>) -> Option<SecretRef> {
        if let [only] = raw.get_ref().as_slice() {
            return self.optional(Some(only)).flatten();
        }
        let message = format!("`secret` holds {} secrets", raw.get_ref().len());
        self.findings.fault(raw.span(), message).hint("this kind signs with one");
        None
    }

    /// A chat of Telegram: a number, or a public name.
    fn chat(&mut self, text: &Text) -> Option<String> {
        let chat = text.get_ref();
        let name = chat.strip_prefix('@').is_some_and(|name| {
            (4..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        });
        if name || chat.parse::<i64>().is_ok_and(|number| number != 0) {
            return Some(chat.clone());
        }
        let fault = self.findings.fault(text.span(), "`chat` is no chat of Telegram");
        fault.hint(example("chat", TargetKind::Telegram));
        None
    }

    /// A room of Matrix, by its id.
    fn room(&mut self, text: &Text) -> Option<String> {
        let room = text.get_ref();
        let good = room.starts_with('!')
            && (2..=MAX_ROOM).contains(&room.len())
            && !room.contains(|c: char| c.is_whitespace() || c.is_control());
        if good {
            return Some(room.clone());
        }
        let fault = self.findings.fault(text.span(), "`room` is no id of a room");
        fault.hint("it begins with `!`: clients show it among a room's settings; an alias (`#…`) can lead elsewhere tomorrow");
        None
    }

    fn mail(&mut self, raw: &RawTarget, url: Option<SecretRef>) -> Option<Mail> {
        let from = raw.from.as_ref().and_then(|from| self.mail_address(from));
        let mut to = Vec::new();
        if let Some(list) = &raw.to {
            let count = list.get_ref().len();
            if count == 0 || count > MAX_TO {
                let fault = self.findings.fault(list.span(), format!("`to` holds {count} addresses"));
                fault.hint(format!("from 1 to {MAX_TO}"));
            }
            to = list.get_ref().iter().take(MAX_TO).filter_map(|text| self.mail_address(text)).collect();
        }
        for (one, other, key) in [(&raw.user, &raw.password, "password"), (&raw.password, &raw.user, "user")]
        {
            if let (Some(one), None) = (one, other) {
                let fault = self.findings.fault(one.span.clone(), format!("there is no `{key}` beside it"));
                fault.hint("a server wants both, or none");
            }
        }
        let user = self.optional(raw.user.as_ref())?;
        let password = self.optional(raw.password.as_ref())?;
        Some(Mail { url: url?, user, password, from: from?, to })
    }

    fn mail_address(&mut self, text: &Text) -> Option<String> {
        let good = text.get_ref().len() <= MAX_ADDRESS
            && !text.get_ref().contains(char::is_control)
            && text.get_ref().parse::<lettre::message::Mailbox>().is_ok();
        if good {
            return Some(text.get_ref().clone());
        }
        let fault = self.findings.fault(text.span(), "this is no mail address");
        fault.hint("such as `news@example.org` or `News <news@example.org>`");
        None
    }

    /// The least time between two messages.
    pub(super) fn pace(&mut self, text: Option<&Text>) -> Option<Duration> {
        let text = text?;
        let period = self.period(text, "pace")?;
        if period > Duration::ZERO && period <= Duration::from_secs(3_600) {
            return Some(period);
        }
        let fault = self.findings.fault(text.span(), "`pace` is out of range");
        fault
            .label("up to 1h")
            .hint("the least time between two messages; each kind has its own, which this never shortens");
        None
    }
}
