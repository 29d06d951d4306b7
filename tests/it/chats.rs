//! Messages to chats and other services: each a server of the test's own that behaves as the service's manual says, and
//! refuses what it would refuse.

mod delivering;
mod mail;
mod own;
mod program;
mod refusals;
mod secrets;
mod service;
mod world;
