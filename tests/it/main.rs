//! The integration tests, as one program.
#![expect(clippy::unwrap_used, reason = "a test fails where it expected something else")]

mod adding;
mod chats;
mod child;
mod compare;
mod crash;
mod deliveries;
mod documents;
mod feeds;
mod formats;
mod inputs;
mod layers;
mod life;
mod operators;
mod pages;
mod program;
mod publish;
mod service;
mod sim;
mod store;
mod support;
mod survival;
mod web;
mod webhooks;
