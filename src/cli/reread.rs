//! `tidings listing reread`: what the config as it is now would make of the pages kept last.

use super::args::ListingArg;
use super::desk::Desk;
use super::exit::{Exit, Failure};
use super::output::{Output, plain};
use super::scan;
use crate::daemon::report::Item;
use crate::daemon::rereading::{Correction, Rereading, RereadingError};
use crate::model::reading::Weight;

/// How many articles of one kind are shown to a person.
const SHOWN: usize = 10;

/// Shows what would be otherwise. Changes nothing.
pub(super) async fn reread(desk: &Desk, arg: &ListingArg, output: &Output) -> Result<Exit, Failure> {
    let config = desk.config_now().await?;
    let mut found = scan::chosen(&config, std::slice::from_ref(&arg.listing))?;
    let Some(listing) = found.pop() else {
        return Err(Failure::new(Exit::NotFound, format!("there is no listing `{}`", plain(&arg.listing))));
    };
    let told = desk.app.foresee(config, &listing.spec).await?;
    if arg.json {
        output.json(&told)?;
    } else {
        people(&told, output)?;
    }
    Ok(if told.is_readable() { Exit::Done } else { Exit::Listings })
}

fn people(told: &Rereading, output: &Output) -> Result<(), Failure> {
    let Rereading { listing, articles, pages, reason, .. } = told;
    if !told.is_readable() {
        return output.line(&plain(&format!("{listing}: nothing could be read by these rules: {reason}")));
    }
    let noun = |count: usize, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
    let change = [
        (told.appear.len(), "would appear"),
        (told.vanish.len(), "would vanish"),
        (told.corrected.len(), "would be corrected"),
        (told.keys.len(), "would be known by more keys"),
    ];
    let change: Vec<String> = change
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    let change = if change.is_empty() { "nothing would change".to_owned() } else { change.join(", ") };
    let (articles, pages) = (noun(*articles, "article"), noun(*pages, "page"));
    output.line(&format!("{listing}: {articles} on {pages}, as kept last: {change}"))?;
    list("would appear", told.appear.iter().map(titled), output)?;
    list("would vanish", told.vanish.iter().map(titled), output)?;
    list("would be corrected", told.corrected.iter().map(corrected), output)?;
    let keys = told.keys.iter().map(|article| format!("{}: {}", article.title, article.gains.join(", ")));
    list("would be known by its", keys, output)?;
    for fault in told.faults.iter().filter(|fault| fault.weight != Weight::Page).take(SHOWN) {
        let line = if fault.line == 0 { String::new() } else { format!(", line {}", fault.line) };
        output.line(&plain(&format!("  page {}{line}: {}", fault.page, fault.reason)))?;
    }
    Ok(())
}

fn list(what: &str, all: impl ExactSizeIterator<Item = String>, output: &Output) -> Result<(), Failure> {
    let more = all.len().saturating_sub(SHOWN);
    for one in all.take(SHOWN) {
        output.line(&plain(&format!("  {what}: {one}")))?;
    }
    if more > 0 { output.line(&format!("  and {more} more {what}")) } else { Ok(()) }
}

fn titled(item: &Item) -> String {
    let from = item.source.as_deref().map(|source| format!(" ({source})")).unwrap_or_default();
    format!("{}{from}", item.title)
}

fn corrected(Correction { item, changes }: &Correction) -> String {
    let change = |change: &crate::daemon::rereading::FieldChange| {
        format!("{} from “{}” to “{}”", change.field.name(), change.from, change.to)
    };
    let changes: Vec<String> = changes.iter().map(change).collect();
    format!("{}: {}", item.title, changes.join("; "))
}

impl From<RereadingError> for Failure {
    fn from(error: RereadingError) -> Self {
        let (message, hint) = (error.to_string(), error.hint());
        let exit = match error {
            RereadingError::Unknown(_) | RereadingError::NoPages(_) => Exit::NotFound,
            RereadingError::Store(error) => return error.into(),
        };
        Self { exit, message, hint }
    }
}
