//! The integration tests, as one program.

mod documents;
mod feeds;
mod layers;
mod operators;
mod store;
