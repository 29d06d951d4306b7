//! Messages to targets, from a changed page to a receiver that fails as it likes.

mod decisions;
mod kills;
mod stories;
mod storm;
mod weather;
mod world;
