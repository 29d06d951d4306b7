//! The outbox: messages owed to targets, from the record that owes them to what becomes of them.
//!
//! A delivery is born in the record that causes it, so nothing is announced without being owed; applying a record
//! freezes what the message says. How far a delivery is stands beside its message, so that settling a try writes a
//! few small entries, whatever the message holds.

pub(super) mod apply;
pub(super) mod decide;
pub(super) mod entry;
pub(super) mod owe;
pub(super) mod read;
pub(super) mod record;
mod tell;
