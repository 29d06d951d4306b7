//! `tidings add`: a listing for a page, at the end of the config.

mod append;
mod entry;
mod target;

use std::collections::BTreeSet;
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use serde::Serialize;

use super::args::{AddArgs, Global, PreviewArgs};
use super::environment;
use super::exit::{Exit, Failure};
use super::output::{Output, plain};
use super::preview::{self, Looked, Preview};
use crate::config::{Config, Environment};
use crate::extract;
use crate::model::ListingId;
use crate::model::reading::Weight;

use self::append::Place;
use self::entry::Entry;
use self::target::Target;

/// What became of it, as JSON.
#[derive(Serialize)]
struct Added<'a> {
    added: bool,
    /// The listing; one that reads the page already, where there is.
    listing: &'a str,
    config: String,
    /// What was appended, or would be.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    preview: Option<Preview<'a>>,
}

/// Shows how a page would be read, asks, and appends a listing for it to the config.
pub(super) async fn add(global: &Global, args: &AddArgs, output: &Output) -> Result<Exit, Failure> {
    let place = Place::find(global)?;
    let env = environment(global)?;
    let config = place.check(&env)?;
    let target = Target::of(args, &place, &env)?;
    let taken = taken(&config);
    if let Some(id) = &args.id {
        check_id(id, &taken).map_err(|message| Failure::new(Exit::Usage, message))?;
    }
    if let Some(listing) = target.reader(&config).filter(|_| !args.force) {
        return already(listing, &place, args, output);
    }
    let looked = match preview::look(&config, &as_preview(&target, args)).await {
        Ok(looked) => Some(looked),
        Err(failure) if args.force => {
            tracing::warn!("{}", failure.message);
            None
        }
        Err(failure) => return Err(failure),
    };
    if let Some(looked) = looked.as_ref().filter(|_| !args.json) {
        looked.tell(false, output)?;
        output.line("")?;
    }
    if !args.force
        && let Some(looked) = &looked
        && !is_listing(looked)
    {
        let why = looked.reading.faults.iter().find(|fault| fault.weight == Weight::Page);
        let why = why.map(|fault| format!(": {}", fault.reason)).unwrap_or_default();
        let message = format!("no listing was found on the page{why}; nothing was appended");
        return Err(Failure::new(Exit::Listings, plain(&message)).hint(format!(
            "`--format` reads it as one kind alone; --force appends it all the same{}",
            feed_hint(looked)
        )));
    }

    let mut entry = Entry::of(args, target, looked.as_ref(), &taken);
    let asks = io::stdin().is_terminal() && !args.json && !args.yes;
    if asks && args.id.is_none() {
        match asked_id(&entry.id, &taken)? {
            Some(id) => entry.id = id,
            None => return nothing(output),
        }
    }
    let text = written(&mut entry, looked.as_ref(), &place, &env)?;
    if !args.json {
        for line in text.lines() {
            output.line(&plain(line))?;
        }
        output.line("")?;
    }
    if !args.yes && !asks {
        if args.json {
            output.json(&told(false, &entry.id, &place, Some(&text), looked.as_ref()))?;
        }
        let message = format!("nothing was appended to {}: nobody can be asked here", place.path().display());
        return Err(Failure::new(Exit::Usage, message).hint("--yes appends it without asking"));
    }
    if asks && !agreed(&place)? {
        return nothing(output);
    }
    place.append(&text)?;
    if args.json {
        output.json(&told(true, &entry.id, &place, Some(&text), looked.as_ref()))?;
    } else {
        let (id, path) = (&entry.id, place.path().display());
        let did = if place.is_new() { "written, with" } else { "has" };
        output.line(&format!("{path} {did} the listing {id} at its end"))?;
        output.line(&format!(
            "`tidings reload` has a running daemon take it up; `tidings scan {id}` reads it now, where none runs"
        ))?;
    }
    Ok(Exit::Done)
}

/// The options of `preview` that show the page.
fn as_preview(target: &Target, args: &AddArgs) -> PreviewArgs {
    PreviewArgs {
        page: target.first().to_owned(),
        allow_private: args.allow_private,
        save: None,
        format: args.format,
        tags: args.tags.clone(),
        json: args.json,
    }
}

/// Whether articles were found on a page that is nothing else.
fn is_listing(looked: &Looked) -> bool {
    looked.found > 0 && looked.reading.faults.iter().all(|fault| fault.weight != Weight::Page)
}

fn feed_hint(looked: &Looked) -> String {
    looked.feeds.first().map(|feed| plain(&format!("; the page names a feed: {feed}"))).unwrap_or_default()
}

/// Ids that are or were a listing's.
fn taken(config: &Config) -> BTreeSet<String> {
    let specs = config.listings.iter().map(|listing| &listing.spec);
    specs.flat_map(|spec| spec.renamed_from.iter().chain([&spec.id])).map(ListingId::to_string).collect()
}

fn check_id(id: &str, taken: &BTreeSet<String>) -> Result<(), String> {
    ListingId::parse(id).map_err(|error| error.to_string())?;
    if taken.contains(id) { Err(format!("there is, or was, a listing `{id}`")) } else { Ok(()) }
}

/// A listing reads the page already.
fn already(listing: &ListingId, place: &Place, args: &AddArgs, output: &Output) -> Result<Exit, Failure> {
    if args.json {
        output.json(&told(false, listing.as_str(), place, None, None))?;
    } else {
        output.line(&format!(
            "{listing} reads it already: nothing was appended (--force makes another listing of it)"
        ))?;
    }
    Ok(Exit::Done)
}

fn told<'a>(
    added: bool,
    listing: &'a str,
    place: &Place,
    text: Option<&'a str>,
    looked: Option<&'a Looked>,
) -> Added<'a> {
    let config = place.path().display().to_string();
    Added { added, listing, config, text, preview: looked.map(Looked::summary) }
}

/// The text to append, which the config takes; `entry` loses rules by which less would be read than was shown.
fn written(
    entry: &mut Entry,
    looked: Option<&Looked>,
    place: &Place,
    env: &Environment,
) -> Result<String, Failure> {
    if entry.rules.is_some()
        && let Some(looked) = looked
    {
        let config = place.check_with(&entry.to_string(), env)?;
        let spec =
            config.listings.into_iter().map(|listing| listing.spec).find(|spec| spec.id.as_str() == entry.id);
        let read = spec.map(|spec| extract::read(&looked.documents, &spec.rules).entries.len());
        if read.is_none_or(|read| read < looked.reading.entries.len()) {
            entry.rules = None;
        }
    }
    let text = entry.to_string();
    place.check_with(&text, env)?;
    Ok(text)
}

fn nothing(output: &Output) -> Result<Exit, Failure> {
    output.line("nothing was appended")?;
    Ok(Exit::Done)
}

/// An id, as the user wants it; `None` where the user went away.
fn asked_id(offered: &str, taken: &BTreeSet<String>) -> Result<Option<String>, Failure> {
    loop {
        let Some(answer) = asked(&format!("the listing's id [{offered}]:"))? else { return Ok(None) };
        let id = if answer.is_empty() { offered } else { &answer };
        match check_id(id, taken) {
            Ok(()) => return Ok(Some(id.to_owned())),
            Err(message) => said(&format!("{message}\n"))?,
        }
    }
}

fn agreed(place: &Place) -> Result<bool, Failure> {
    let path = place.path().display();
    let question = match place.is_new() {
        true => format!("there is no config yet; write {path} with this at its end? [Y/n]"),
        false => format!("append this to {path}? [Y/n]"),
    };
    loop {
        let answer = asked(&question)?.map(|answer| answer.to_lowercase());
        match answer.as_deref() {
            Some("" | "y" | "yes") => return Ok(true),
            None | Some("n" | "no") => return Ok(false),
            Some(_) => {}
        }
    }
}

/// Asks on the terminal; `None` at the end of its input.
fn asked(question: &str) -> Result<Option<String>, Failure> {
    said(&format!("{question} "))?;
    let mut line = String::new();
    let read = io::stdin().lock().read_line(&mut line);
    let read =
        read.map_err(|error| Failure::new(Exit::Usage, format!("the answer cannot be read: {error}")))?;
    Ok((read > 0).then(|| line.trim().to_owned()))
}

fn said(text: &str) -> Result<(), Failure> {
    let mut err = io::stderr().lock();
    let done = err.write_all(text.as_bytes()).and_then(|()| err.flush());
    done.map_err(|error| Failure::new(Exit::Output, format!("cannot write to standard error: {error}")))
}
