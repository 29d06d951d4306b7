//! Fetching a page that a program makes: its standard output.

use super::FetchError;
use crate::model::ListingId;
use crate::model::listing::{Limits, Program};
use crate::model::reading::Document;
use crate::model::text::one_line;
use crate::program::{Task, Unfinished, how, run};

/// Runs a program, without a shell, and gives its standard output as one page. It has nothing on its standard input;
/// `TIDINGS_LISTING` is the id of the listing.
///
/// # Errors
/// When it cannot be started, ends with another status than 0, runs for too long, or writes more than
/// `limits.page_bytes`: nothing of what it wrote is used then. The text has the last line of its standard error.
pub async fn command(
    program: &Program,
    listing: &ListingId,
    limits: &Limits,
) -> Result<Document, FetchError> {
    let name = one_line(program.command.first().map_or("", String::as_str));
    let failed = |what: String| FetchError::Command { program: name.clone(), what };
    let env = [("TIDINGS_LISTING", listing.as_str())];
    let ended = run(program, Task { env: &env, input: None, most: limits.page_bytes }).await;
    let ended = ended.map_err(|error| {
        failed(match error {
            Unfinished::TooMuch(most) => format!(
                "it wrote more than the {most} bytes that a page may have and was killed; `max_page_bytes` allows more"
            ),
            other => other.to_string(),
        })
    })?;
    if !ended.status.success() {
        let words = if ended.said.is_empty() { String::new() } else { format!(": {}", ended.said) };
        return Err(failed(format!("it {}{words}", how(ended.status))));
    }
    Ok(Document::new(name.clone(), ended.output))
}
