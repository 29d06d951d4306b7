//! The store: one contract for the plain model and the embedded store, and what is the embedded store's alone.

mod beside;
mod compact;
mod contract;
mod damage;
mod dump;
mod golden;
mod group;
mod journal_v1;
mod journal_v1_changes;
mod journal_v1_forget;
mod journal_v1_outbox;
mod outbox;
mod random;
pub(crate) mod support;
