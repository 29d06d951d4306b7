//! The integration tests, as one program.

mod child;
mod crash;
mod feeds;
mod program;
mod publish;
mod service;
mod store;
