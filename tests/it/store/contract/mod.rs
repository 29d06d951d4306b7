//! The contract: what the words of the store mean, whatever it is made of. Each case runs on the plain model and
//! on the embedded store.

/// Runs each case on both stores.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod in_memory {
            $( #[test] fn $name() { crate::store::support::block_on(super::$name::<crate::store::support::InMemory>()); } )*
        }
        mod on_disk {
            $( #[test] fn $name() { crate::store::support::block_on(super::$name::<crate::store::support::OnDisk>()); } )*
        }
    };
}

mod announce;
mod changes;
mod feeds;
mod forget;
mod identity;
pub(super) mod operator;
mod outbox;
mod owing;
mod records;
mod rename;
mod scans;
mod sending;
mod shown;
mod silence;
mod stories;
mod times;
