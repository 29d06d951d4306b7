//! Chats and other services: each with what it is sent, and what its answers mean, as its manual has it.

mod bots;
mod hooks;
mod markup;
mod push;
mod said;
mod signed;

use std::fmt;

use super::body;
use super::notice::Notice;
use super::sign::{SigningKey, headers};
use super::template::Words;
use crate::model::secret::Secret;
use crate::model::target::TargetKind;
use crate::model::{Delivery, Timestamp};

pub(super) use markup::{Markup, markup};
pub use said::Heard;
pub(super) use said::{End, heard};

/// A service that takes messages over HTTP, with what it must be told. Its `Debug` form shows nothing secret.
#[derive(Clone, Debug)]
pub enum Chat {
    /// Signed JSON documents.
    Generic(Vec<SigningKey>),
    /// A webhook whose address is all: Slack, Discord, Mattermost, Teams, Google Chat, WeCom.
    Hook(TargetKind),
    /// Feishu or DingTalk, and what messages are signed with.
    Signed(TargetKind, Option<Secret>),
    /// Telegram.
    Telegram {
        /// The bot's token.
        token: Secret,
        /// The chat: `@name` or a number.
        chat: String,
        /// A topic of it.
        topic: Option<i64>,
    },
    /// Matrix.
    Matrix {
        /// An access token.
        token: Secret,
        /// The room's id.
        room: String,
    },
    /// ntfy.
    Ntfy {
        /// The topic; who knows it can read along.
        topic: Secret,
        /// An access token.
        token: Option<Secret>,
    },
    /// Gotify.
    Gotify {
        /// The application's token.
        token: Secret,
    },
}

/// One request to a service. Its path, query and headers may hold secrets, so its `Debug` form shows none of them.
#[derive(Clone, Default)]
pub struct Outgoing {
    /// Whether it is a PUT and no POST.
    pub put: bool,
    /// What follows the path of the target's address, part by part.
    pub path: Vec<String>,
    /// What follows its query.
    pub query: Vec<(&'static str, String)>,
    /// Its headers.
    pub headers: Vec<(&'static str, String)>,
    /// Its body.
    pub body: Vec<u8>,
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outgoing").field("bytes", &self.body.len()).finish_non_exhaustive()
    }
}

impl Outgoing {
    /// JSON by POST to the address itself.
    fn json(value: &serde_json::Value) -> Result<Self, serde_json::Error> {
        let body = serde_json::to_vec(value)?;
        let headers = vec![("content-type", "application/json; charset=utf-8".to_owned())];
        Ok(Self { headers, body, ..Self::default() })
    }

    /// The same to a path below it.
    fn below(mut self, path: &[&str]) -> Self {
        self.path = path.iter().map(|part| (*part).to_owned()).collect();
        self
    }

    /// The same with a token that proves who sends.
    fn by_bearer(mut self, token: Option<&Secret>) -> Self {
        self.headers.extend(token.map(|token| ("authorization", format!("Bearer {}", token.expose()))));
        self
    }
}

impl Chat {
    /// The kind of target that it is.
    #[must_use]
    pub fn kind(&self) -> TargetKind {
        match self {
            Self::Generic(_) => TargetKind::Generic,
            Self::Hook(kind) | Self::Signed(kind, _) => *kind,
            Self::Telegram { .. } => TargetKind::Telegram,
            Self::Matrix { .. } => TargetKind::Matrix,
            Self::Ntfy { .. } => TargetKind::Ntfy,
            Self::Gotify { .. } => TargetKind::Gotify,
        }
    }

    /// Writes a delivery as the service takes it, in the operator's `own` words where there are any; addresses of ours are below `base_url`. The same each time, but for what
    /// signs the time of the try.
    ///
    /// # Errors
    /// If the writer fails, which no text can cause.
    pub fn write(
        &self,
        delivery: &Delivery,
        own: Option<&Words>,
        base_url: &str,
        now: Timestamp,
    ) -> Result<Outgoing, serde_json::Error> {
        if let Self::Generic(keys) = self {
            let body = match own.and_then(Words::text) {
                Some(own) => own.as_bytes().to_vec(),
                None => body(delivery, base_url)?,
            };
            let mut headers = headers(keys, delivery.id, now, &body);
            headers.push(("content-type", "application/json".to_owned()));
            return Ok(Outgoing { headers, body, ..Outgoing::default() });
        }
        let notice = Notice::of(delivery, base_url).worded(own);
        match self {
            Self::Generic(_) => Ok(Outgoing::default()),
            Self::Hook(kind) => Outgoing::json(&match kind {
                TargetKind::Discord => hooks::discord(&notice),
                TargetKind::Mattermost => hooks::mattermost(&notice),
                TargetKind::Teams => hooks::teams(&notice),
                TargetKind::GoogleChat => hooks::google(&notice),
                TargetKind::WeCom => hooks::wecom(&notice),
                _ => hooks::slack(&notice),
            }),
            Self::Signed(TargetKind::DingTalk, secret) => signed::dingtalk(&notice, secret.as_ref(), now),
            Self::Signed(_, secret) => signed::feishu(&notice, secret.as_ref(), now),
            Self::Telegram { token, chat, topic } => bots::telegram(&notice, token, chat, *topic),
            Self::Matrix { token, room } => bots::matrix(&notice, token, room, delivery.id),
            Self::Ntfy { topic, token } => push::ntfy(&notice, topic, token.as_ref()),
            Self::Gotify { token } => push::gotify(&notice, token),
        }
    }
}

#[cfg(test)]
#[path = "../tests/chat.rs"]
mod tests;
