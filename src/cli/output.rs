//! What commands print: lines and tables for people, JSON for programs.

use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, PoisonError};

use comfy_table::{ContentArrangement, Table};
use serde::{Deserialize, Serialize};

use super::args::When;
use super::exit::{Exit, Failure};
use super::progress::Teller;
use crate::daemon::admin::Told;

/// How many bytes an answer may have that is kept until it is sent.
const KEPT_BYTES: usize = 64 << 20;

/// What a terminal shows, and how wide it is; a daemon that prints for somebody needs to know.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Look {
    /// Whether to colour.
    pub color: bool,
    /// The width of the terminal; `None` where there is none.
    width: Option<u16>,
}

impl Look {
    /// Standard output under these wishes.
    #[must_use]
    pub(super) fn new(color: When) -> Self {
        let terminal = io::stdout().is_terminal();
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let color = match color {
            When::Auto => terminal && !plain,
            When::Always => true,
            When::Never => false,
        };
        let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
        Self { color, width: terminal.then(|| columns.unwrap_or(120)) }
    }
}

/// Where a command prints to.
#[derive(Debug)]
pub(super) struct Output {
    /// How it should look.
    pub look: Look,
    to: To,
}

#[derive(Debug)]
enum To {
    Stdout,
    /// Kept to be sent to somebody, who is told meanwhile how far it is.
    Kept(Mutex<Kept>, Told),
}

#[derive(Debug, Default)]
struct Kept {
    lines: Vec<String>,
    bytes: usize,
}

impl Output {
    /// Standard output.
    #[must_use]
    pub(super) fn stdout(color: When) -> Self {
        Self { look: Look::new(color), to: To::Stdout }
    }

    /// Lines that are kept, for somebody whose terminal looks like this.
    #[must_use]
    pub(super) fn kept(look: Look, told: Told) -> Self {
        Self { look, to: To::Kept(Mutex::default(), told) }
    }

    /// What tells whoever waits for this how far it is.
    #[must_use]
    pub(super) fn teller(&self) -> Teller {
        match &self.to {
            To::Stdout => Teller::new(),
            To::Kept(_, told) => Teller::sending(told.clone()),
        }
    }

    /// The lines that were kept.
    #[must_use]
    pub(super) fn into_lines(self) -> Vec<String> {
        match self.to {
            To::Stdout => Vec::new(),
            To::Kept(kept, _) => kept.into_inner().unwrap_or_else(PoisonError::into_inner).lines,
        }
    }

    /// Prints one line. Whether anybody still reads.
    ///
    /// # Errors
    /// When standard output is full, or more is printed than can be kept.
    pub(super) fn try_line(&self, text: &str) -> Result<bool, Failure> {
        match &self.to {
            To::Stdout => written(writeln!(io::stdout().lock(), "{text}")),
            To::Kept(kept, _) => {
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                kept.bytes += text.len();
                if kept.bytes > KEPT_BYTES {
                    let message = format!("the answer is longer than {} MB", KEPT_BYTES >> 20);
                    return Err(Failure::new(Exit::Output, message)
                        .hint("ask for less with --limit, or stop the daemon and ask again"));
                }
                kept.lines.push(text.to_owned());
                Ok(true)
            }
        }
    }

    /// Prints one line.
    ///
    /// # Errors
    /// As [`Self::try_line`].
    pub(super) fn line(&self, text: &str) -> Result<(), Failure> {
        self.try_line(text).map(drop)
    }

    /// Prints one JSON object as one line.
    ///
    /// # Errors
    /// As [`Self::line`].
    pub(super) fn json(&self, value: &impl Serialize) -> Result<(), Failure> {
        let text =
            serde_json::to_string(value).map_err(|error| Failure::new(Exit::Bug, error.to_string()))?;
        self.line(&text)
    }

    /// Prints a table. Cells are shown as they are, control characters aside.
    ///
    /// # Errors
    /// As [`Self::line`].
    pub(super) fn table(&self, head: &[&str], rows: Vec<Vec<String>>) -> Result<(), Failure> {
        let mut table = Table::new();
        table.load_style(comfy_table::presets::NOTHING);
        match self.look.width {
            Some(width) => table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width),
            // One row is one line, so that programs can search them.
            None => table.set_content_arrangement(ContentArrangement::Disabled),
        };
        table.set_header(head.iter().map(|cell| cell.to_uppercase()));
        table.add_rows(
            rows.into_iter().map(|row| row.into_iter().map(|cell| plain(&cell)).collect::<Vec<_>>()),
        );
        let text = table.to_string();
        let trimmed: Vec<&str> = text.lines().map(str::trim_end).collect();
        self.line(&trimmed.join("\n"))
    }
}

/// A text without anything that a terminal could take for an order: control characters, and marks that turn the
/// direction of text around.
#[must_use]
pub(super) fn plain(text: &str) -> String {
    let hidden = |c: char| c.is_control() || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    text.chars().map(|c| if hidden(c) { ' ' } else { c }).collect()
}

/// Whether anybody still reads.
fn written(result: io::Result<()>) -> Result<bool, Failure> {
    match result {
        // The reader has seen enough (`tidings articles | head`).
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Failure::new(Exit::Output, format!("cannot write to standard output: {error}"))),
        Ok(()) => Ok(true),
    }
}
