//! What commands print: lines and tables for people, JSON for programs.

use std::io::{self, IsTerminal, Write};

use comfy_table::{ContentArrangement, Table};
use serde::Serialize;

use super::args::When;
use super::exit::{Exit, Failure};

/// Standard output, and what may be done with it.
#[derive(Debug)]
pub(super) struct Output {
    /// Whether to colour.
    pub color: bool,
    /// The width of the terminal; `None` where there is none.
    width: Option<u16>,
}

impl Output {
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

    /// Prints one line.
    ///
    /// # Errors
    /// When standard output is closed or full.
    pub(super) fn line(&self, text: &str) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        written(writeln!(out, "{text}"))
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
        table.load_style(comfy_table::presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
        if let Some(width) = self.width {
            table.set_width(width);
        }
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

fn written(result: io::Result<()>) -> Result<(), Failure> {
    match result {
        // The reader has seen enough (`tidings articles | head`).
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Failure::new(Exit::Output, format!("cannot write to standard output: {error}"))),
        Ok(()) => Ok(()),
    }
}
