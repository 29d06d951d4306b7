//! Messages to targets: one try of one delivery, over HTTP, by mail or by a program.
//!
//! A [`Sender`] is made once from what the config says of a target, and finds every fault then, so that the service can
//! refuse to start with a target that could never work. What an answer means is `delivery::judge`'s; what is owed,
//! and when, is the store's.

mod error;
mod mail;
mod make;
mod sender;
mod veil;

pub use crate::secret::{SecretError, secret};
pub use error::{TargetError, TryError};
pub use mail::MailTryError;
pub use sender::{Sender, faults, senders};
