//! The integration tests, as one program.

mod crash;
mod feeds;
mod program;
mod store;
