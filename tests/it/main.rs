//! The integration tests, as one program.

mod compare;
mod documents;
mod feeds;
mod layers;
mod store;
mod support;
