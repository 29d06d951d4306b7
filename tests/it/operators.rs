//! Operators' commands: the same output whether a daemon runs or not, and what each of them does.

mod bench;
mod decisions;
mod repair;
mod reread;
mod sockets;
mod stories;
