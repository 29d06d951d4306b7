//! A target: where messages go, as the config says it.

use std::fmt;
use std::path::PathBuf;

use super::delivery::TargetRule;
use super::secret::Secret;

/// What the config says of one target, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetSpec {
    /// Its id, and which messages it is owed.
    pub rule: TargetRule,
    /// What it is, and so how messages are written and sent.
    pub kind: TargetKind,
    /// The address that messages are sent to.
    pub url: SecretRef,
    /// What messages are signed with: all of these at once, so that a receiver can change from one to another.
    pub secrets: Vec<SecretRef>,
    /// More messages than this within a minute become one; `None` never makes one of many.
    pub burst: Option<u32>,
    /// Whether its address may be one of a private network, or of this machine.
    pub allow_private: bool,
}

/// The kinds of targets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetKind {
    /// A JSON document by POST, signed as Standard Webhooks 1.0 says.
    Generic,
}

impl TargetKind {
    /// Its name in the config.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Generic => "generic",
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
