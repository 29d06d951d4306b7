//! The integration tests, as one program.

mod feeds;
mod store;
