//! The socket by which commands reach a running daemon: `tidings.sock` in the data folder.
//!
//! Newline-delimited JSON. The daemon greets; the client sends one request, at most [`REQUEST_BYTES`]; the daemon
//! sends the very lines that the command would have printed, then how it ended. What requests mean is not known
//! here: a handler answers them.
//!
//! The file is for its owner alone (mode 0600), and a client of another user is refused all the same.

mod client;
mod server;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use client::{AskError, ask};
pub use server::{Socket, serve};

/// The greatest request in bytes: a page may be in it, of the most that a config allows, in Base64.
pub const REQUEST_BYTES: u64 = 90 << 20;

/// The greatest line of an answer in bytes, as the client reads it.
const LINE_BYTES: u64 = 64 << 20;

/// How long a client waits for the greeting.
pub const GREETING_TIME: Duration = Duration::from_secs(2);

/// How many clients are served at one time; others wait, and give up after [`GREETING_TIME`].
const CLIENTS: usize = 16;

/// How long a client may take to send its request, and to take each piece of its answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long commands under way may take when the daemon stops.
const STOP_TIME: Duration = Duration::from_secs(5);

/// One line that the daemon sends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Reply {
    /// The greeting, with the daemon's version.
    Hello(String),
    /// A line for standard output.
    Line(String),
    /// How far the command is, while it works.
    Told(String),
    /// How the command ended; nothing follows.
    End(End),
}

/// How a command ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// The exit code.
    pub exit: u8,
    /// Why it failed, for standard error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// What a handler answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// What the command prints, one line or several together.
    pub lines: Vec<String>,
    /// How it ended.
    pub end: End,
}

/// Where a handler tells how far it is. Only the last that was told is sent, when there is time for it.
pub type Told = tokio::sync::watch::Sender<Option<String>>;

/// Where the socket of a data folder is.
#[must_use]
pub fn path(data_dir: &Path) -> PathBuf {
    data_dir.join("tidings.sock")
}
