//! How far a long piece of work is: on a terminal all the time, in the log every ten seconds.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use crate::store::Progress;

/// How often a terminal is told.
const TERMINAL: Duration = Duration::from_millis(100);

/// How often the log is.
const LOG: Duration = Duration::from_secs(10);

/// Tells how far something is, on standard error.
#[derive(Debug)]
pub(super) struct Teller {
    is_terminal: bool,
    last: Instant,
    /// Whether a line stands on the terminal that is to be taken away.
    shown: bool,
}

impl Teller {
    pub(super) fn new() -> Self {
        Self { is_terminal: io::stderr().is_terminal(), last: Instant::now(), shown: false }
    }

    /// Tells it, unless that was done just now.
    pub(super) fn tell(&mut self, Progress { what, done, of }: Progress) {
        let pause = if self.is_terminal { TERMINAL } else { LOG };
        if self.last.elapsed() < pause {
            return;
        }
        self.last = Instant::now();
        if !self.is_terminal {
            tracing::info!(done, of, "{what}");
            return;
        }
        let extent = match (done, of) {
            (0, 0) => String::new(),
            (done, 0) => format!(" {done}"),
            (done, of) => format!(" {done} of {of}"),
        };
        self.shown = true;
        drop(write!(io::stderr().lock(), "\r\u{1b}[K{what}{extent}"));
    }
}

impl Drop for Teller {
    fn drop(&mut self) {
        if self.shown {
            drop(write!(io::stderr().lock(), "\r\u{1b}[K"));
        }
    }
}
