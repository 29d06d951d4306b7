//! Why a target cannot work, and why a try got no answer. Neither shows a secret.

use super::mail::MailTryError;
use crate::delivery::{KeyError, MailError, TemplateFault};
use crate::model::TargetId;
use crate::net::{AddressError, MailServerError, Refusal, SendError};
use crate::program::Unfinished;
use crate::secret::SecretError;

/// Why a target cannot work. Says which and what to do; shows no secret.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// Its address cannot be had.
    #[error("target `{target}`, `url`: {source}")]
    NoUrl {
        /// The target.
        target: TargetId,
        /// Why.
        source: SecretError,
    },
    /// Its address is none.
    #[error("target `{target}`, `url`: {source}")]
    BadUrl {
        /// The target.
        target: TargetId,
        /// Why.
        source: AddressError,
    },
    /// The address of its mail server is none.
    #[error("target `{target}`, `url`: {source}")]
    BadServer {
        /// The target.
        target: TargetId,
        /// Why.
        source: MailServerError,
    },
    /// Its address names no topic.
    #[error("target `{target}`, `url`: it names no topic; such as `https://ntfy.sh/my-topic`")]
    NoTopic {
        /// The target.
        target: TargetId,
    },
    /// Its address may not be reached.
    #[error("target `{target}`, `url`: {source}")]
    Refused {
        /// The target.
        target: TargetId,
        /// Why.
        source: Refusal,
    },
    /// Another of its secrets cannot be had.
    #[error("target `{target}`, `{key}`: {source}")]
    NoSecret {
        /// The target.
        target: TargetId,
        /// The key of the config that names it.
        key: &'static str,
        /// Why.
        source: SecretError,
    },
    /// A signing secret is no key.
    #[error("target `{target}`, `secret`: {source}")]
    BadSecret {
        /// The target.
        target: TargetId,
        /// Why.
        source: KeyError,
    },
    /// A token is none that a request can carry.
    #[error("target `{target}`, `{key}`: it holds what no request can carry; check that it is the right one")]
    BadToken {
        /// The target.
        target: TargetId,
        /// The key of the config that names it.
        key: &'static str,
    },
    /// A mail address is none.
    #[error("target `{target}`: {source}")]
    BadMail {
        /// The target.
        target: TargetId,
        /// Why.
        source: MailError,
    },
    /// A template is none, which the check of its config finds.
    #[error("target `{target}`, {source}")]
    BadTemplate {
        /// The target.
        target: TargetId,
        /// Why.
        source: TemplateFault,
    },
}

impl TargetError {
    /// Whether something is merely not to be had from here.
    pub(super) fn is_missing(&self) -> bool {
        matches!(self, Self::NoUrl { .. } | Self::NoSecret { .. })
    }
}

/// A try got no answer.
#[derive(Debug, thiserror::Error)]
pub enum TryError {
    /// The message could not be written, which no text can cause.
    #[error("the message could not be written: {0}")]
    Body(#[from] serde_json::Error),
    /// It was written, and not answered.
    #[error(transparent)]
    Send(#[from] SendError),
    /// The mail could not be written, which no text can cause.
    #[error(transparent)]
    Mail(#[from] MailError),
    /// The mail server did not answer.
    #[error(transparent)]
    Server(#[from] MailTryError),
    /// The program did not end by itself.
    #[error("`{program}`: {source}")]
    Program {
        /// Its name.
        program: String,
        /// What happened.
        source: Unfinished,
    },
}
