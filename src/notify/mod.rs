//! Messages to targets: one POST for one try of one delivery.
//!
//! A [`Sender`] is made once from what the config says of a target, and finds every fault then, so that the service can
//! refuse to start with a target that could never work. What an answer means is `delivery::verdict`'s; what is owed,
//! and when, is the store's.

mod sender;
mod veil;

pub use crate::secret::{SecretError, secret};
pub use sender::{Sender, TargetError, TryError, faults, senders};
