//! The service as systemd, a terminal and an operator see it: signals, reloads, signs of life, log lines.

pub(crate) mod daemon;
mod hardship;
mod log;
mod notify;
mod reload;
mod secrets;
mod signals;
mod units;
mod watch;
