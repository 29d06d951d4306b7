//! How far a long piece of work is: on a terminal all the time, in the log every ten seconds; by a daemon, to whoever
//! asked it.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::daemon::admin::Told;
use crate::store::Progress;

/// How often a terminal is told, and whoever asked a daemon.
const TERMINAL: Duration = Duration::from_millis(100);

/// How often the log is.
const LOG: Duration = Duration::from_secs(10);

/// Tells how far something is.
#[derive(Debug)]
pub(super) struct Teller {
    to: To,
    last: Instant,
    /// Whether a line stands on the terminal that is to be taken away.
    shown: bool,
}

#[derive(Debug)]
enum To {
    Terminal,
    Log,
    /// To a command that waits for a daemon.
    Sent(Told),
}

/// How far something is, on its way from a daemon.
#[derive(Serialize, Deserialize)]
struct Extent {
    what: String,
    done: u64,
    of: u64,
}

impl Teller {
    /// On standard error.
    pub(super) fn new() -> Self {
        let to = if io::stderr().is_terminal() { To::Terminal } else { To::Log };
        Self { to, last: Instant::now(), shown: false }
    }

    /// By a daemon, to whoever asked.
    pub(super) fn sending(told: Told) -> Self {
        Self { to: To::Sent(told), last: Instant::now(), shown: false }
    }

    /// Tells it, unless that was done just now.
    pub(super) fn tell(&mut self, Progress { what, done, of }: Progress) {
        self.show(what, done, of);
    }

    /// Tells what a daemon sent.
    pub(super) fn pass_on(&mut self, sent: &str) {
        if let Ok(Extent { what, done, of }) = serde_json::from_str(sent) {
            self.show(&super::output::plain(&what), done, of);
        }
    }

    fn show(&mut self, what: &str, done: u64, of: u64) {
        let pause = if matches!(self.to, To::Log) { LOG } else { TERMINAL };
        if self.last.elapsed() < pause {
            return;
        }
        self.last = Instant::now();
        match &self.to {
            To::Log => tracing::info!(done, of, "{what}"),
            To::Sent(told) => {
                let extent = serde_json::to_string(&Extent { what: what.to_owned(), done, of });
                // Nobody may be waiting for it any more.
                extent.into_iter().for_each(|extent| drop(told.send(Some(extent))));
            }
            To::Terminal => {
                let extent = match (done, of) {
                    (0, 0) => String::new(),
                    (done, 0) => format!(" {done}"),
                    (done, of) => format!(" {done} of {of}"),
                };
                self.shown = true;
                drop(write!(io::stderr().lock(), "\r\u{1b}[K{what}{extent}"));
            }
        }
    }
}

impl Drop for Teller {
    fn drop(&mut self) {
        if self.shown {
            drop(write!(io::stderr().lock(), "\r\u{1b}[K"));
        }
    }
}
