//! Messages to targets, from a changed page to a receiver that fails as it likes.

mod changes;
mod decisions;
mod kills;
mod sending;
mod stories;
mod storm;
mod weather;
mod world;
