//! The integration tests, as one program.

mod documents;
mod feeds;
mod layers;
mod pages;
