//! What every outgoing request of the program goes through: which addresses may be reached, how long it may take,
//! and how much of an answer is read.
//!
//! Nothing else in the program opens a socket to the outside. Names are looked up here too, because the addresses that
//! were checked must be those that are connected to: a second lookup could answer otherwise.

mod client;
mod error;
mod get;
mod guard;
mod resolver;
mod server;
mod url;

pub use client::{Client, ClientError, Limits, Setup, user_agent};
pub use error::SendError;
pub use get::{Ask, Got};
pub use guard::{Class, Network, Policy, Refusal, is_private};
pub use server::{MailServer, MailServerError};
pub use url::{Address, AddressError};
