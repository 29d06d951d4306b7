//! The integration tests, as one program.

mod crash;
mod documents;
mod feeds;
mod layers;
mod life;
mod program;
mod store;
