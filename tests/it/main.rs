//! The integration tests, as one program.

mod compare;
mod feeds;
mod support;
