//! A target: where messages go, as the config says it.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::delivery::TargetRule;
use super::listing::Program;
use super::secret::Secret;

/// What the config says of one target, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetSpec {
    /// Its id, and which messages it is owed.
    pub rule: TargetRule,
    /// What it is, where it is, and so how messages are written and sent.
    pub way: Way,
    /// More messages than this within a minute become one; `None` never makes one of many.
    pub burst: Option<u32>,
    /// The least time between two messages, where the operator wants more than the kind's own.
    pub pace: Option<Duration>,
    /// Whether its address may be one of a private network, or of this machine.
    pub allow_private: bool,
    /// The operator's own words for its messages.
    pub wording: Wording,
}

/// The operator's own words for messages: the texts of templates. Where one is missing, messages say the usual.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wording {
    /// For a message about one article.
    pub article: Option<String>,
    /// For a summary of several.
    pub summary: Option<String>,
    /// For a change of a listing's health.
    pub health: Option<String>,
    /// For what stands above any message, where the kind has that apart.
    pub subject: Option<String>,
}

impl TargetKind {
    /// Whether its messages have a subject or title apart from their text.
    #[must_use]
    pub fn has_subject(self) -> bool {
        matches!(self, Self::Email | Self::Ntfy | Self::Gotify)
    }
}

impl TargetSpec {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> TargetKind {
        self.way.kind()
    }
}

/// The kinds of targets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TargetKind {
    /// A JSON document by POST, signed as Standard Webhooks 1.0 says.
    Generic,
    /// An incoming webhook of Slack.
    Slack,
    /// A webhook of Discord.
    Discord,
    /// An incoming webhook of Mattermost.
    Mattermost,
    /// A workflow of Microsoft Teams that takes adaptive cards.
    Teams,
    /// A bot of Telegram.
    Telegram,
    /// A room of Matrix.
    Matrix,
    /// A topic of ntfy.
    Ntfy,
    /// An application of Gotify.
    Gotify,
    /// An incoming webhook of Google Chat.
    GoogleChat,
    /// A custom bot of Feishu or Lark.
    Feishu,
    /// A custom bot of DingTalk.
    DingTalk,
    /// A group bot of WeCom.
    WeCom,
    /// Mail by SMTP.
    Email,
    /// A program that gets the message on its standard input.
    Command,
}

impl TargetKind {
    /// All of them, the default first.
    pub const ALL: [Self; 15] = [
        Self::Generic,
        Self::Slack,
        Self::Discord,
        Self::Mattermost,
        Self::Teams,
        Self::Telegram,
        Self::Matrix,
        Self::Ntfy,
        Self::Gotify,
        Self::GoogleChat,
        Self::Feishu,
        Self::DingTalk,
        Self::WeCom,
        Self::Email,
        Self::Command,
    ];

    /// Its name in the config.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Generic => "generic",
            Self::Slack => "slack",
            Self::Discord => "discord",
            Self::Mattermost => "mattermost",
            Self::Teams => "teams",
            Self::Telegram => "telegram",
            Self::Matrix => "matrix",
            Self::Ntfy => "ntfy",
            Self::Gotify => "gotify",
            Self::GoogleChat => "google-chat",
            Self::Feishu => "feishu",
            Self::DingTalk => "dingtalk",
            Self::WeCom => "wecom",
            Self::Email => "email",
            Self::Command => "command",
        }
    }
}

/// Where a target's messages go, by its kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// To an address that gets signed JSON.
    Generic {
        /// The address.
        url: SecretRef,
        /// What messages are signed with: all of these at once, so that a receiver can change from one to another.
        secrets: Vec<SecretRef>,
    },
    /// To the webhook of a chat whose address is all there is to know.
    Hook {
        /// Which chat: Slack, Discord, Mattermost, Teams, Google Chat or WeCom.
        kind: TargetKind,
        /// The address.
        url: SecretRef,
    },
    /// To a bot of Feishu or DingTalk, which may want signatures.
    Signed {
        /// Which of the two.
        kind: TargetKind,
        /// The address.
        url: SecretRef,
        /// What messages are signed with.
        secret: Option<SecretRef>,
    },
    /// To a chat by a bot of Telegram.
    Telegram {
        /// The server of the Bot API; Telegram's own where there is none.
        url: Option<SecretRef>,
        /// The bot's token.
        token: SecretRef,
        /// The chat: `@name` or a number.
        chat: String,
        /// A topic of the chat.
        topic: Option<i64>,
    },
    /// To a room of Matrix.
    Matrix {
        /// The homeserver.
        url: SecretRef,
        /// The access token of who writes.
        token: SecretRef,
        /// The room's id.
        room: String,
    },
    /// To a topic of ntfy, or an application of Gotify.
    Push {
        /// Which of the two.
        kind: TargetKind,
        /// The address: of the topic, or of the server.
        url: SecretRef,
        /// The token; Gotify needs one.
        token: Option<SecretRef>,
    },
    /// By mail.
    Email(Box<Mail>),
    /// To a program.
    Command(Program),
}

/// Mail, and the server that takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// The server: `smtp://host:587` or `smtps://host:465`.
    pub url: SecretRef,
    /// Who logs in there; nobody where there is none.
    pub user: Option<SecretRef>,
    /// With which password.
    pub password: Option<SecretRef>,
    /// Whom the mail is from.
    pub from: String,
    /// To whom it goes.
    pub to: Vec<String>,
}

impl Way {
    /// The kind.
    #[must_use]
    pub fn kind(&self) -> TargetKind {
        match self {
            Self::Generic { .. } => TargetKind::Generic,
            Self::Hook { kind, .. } | Self::Signed { kind, .. } | Self::Push { kind, .. } => *kind,
            Self::Telegram { .. } => TargetKind::Telegram,
            Self::Matrix { .. } => TargetKind::Matrix,
            Self::Email(_) => TargetKind::Email,
            Self::Command(_) => TargetKind::Command,
        }
    }

    /// Where its address is to be had; `None` where it needs none.
    #[must_use]
    pub fn url(&self) -> Option<&SecretRef> {
        match self {
            Self::Generic { url, .. }
            | Self::Hook { url, .. }
            | Self::Signed { url, .. }
            | Self::Matrix { url, .. }
            | Self::Push { url, .. } => Some(url),
            Self::Telegram { url, .. } => url.as_ref(),
            Self::Email(mail) => Some(&mail.url),
            Self::Command(_) => None,
        }
    }

    /// Its other secrets, each with the key of the config that names it.
    #[must_use]
    pub fn secrets(&self) -> Vec<(&'static str, &SecretRef)> {
        match self {
            Self::Generic { secrets, .. } => secrets.iter().map(|secret| ("secret", secret)).collect(),
            Self::Signed { secret, .. } => secret.iter().map(|secret| ("secret", secret)).collect(),
            Self::Telegram { token, .. } | Self::Matrix { token, .. } => vec![("token", token)],
            Self::Push { token, .. } => token.iter().map(|token| ("token", token)).collect(),
            Self::Email(mail) => {
                let user = mail.user.iter().map(|user| ("user", user));
                user.chain(mail.password.iter().map(|password| ("password", password))).collect()
            }
            Self::Hook { .. } | Self::Command(_) => Vec::new(),
        }
    }
}

/// Where a secret is to be had. It is looked up when it is needed, so commands that need none run without.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretRef {
    /// Here.
    Given(Secret),
    /// In an environment variable of that name.
    Env(String),
    /// In a file, whose last line break is not part of it.
    File(PathBuf),
    /// In a systemd credential of that name.
    Credential(String),
}

/// The place, and never the secret: `$ALERT_URL`, `/etc/tidings/alert`, `credential alert`, `the config`.
impl fmt::Display for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Given(_) => f.write_str("the config"),
            Self::Env(name) => write!(f, "${name}"),
            Self::File(path) => path.display().fmt(f),
            Self::Credential(name) => write!(f, "credential {name}"),
        }
    }
}
