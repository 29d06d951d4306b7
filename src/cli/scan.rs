//! `tidings scan`.

use std::io::Read as _;
use std::sync::Arc;

use base64::prelude::{BASE64_STANDARD, Engine as _};

use super::args::ScanArgs;
use super::desk::Desk;
use super::exit::{Exit, Failure};
use super::output::{Output, plain};
use crate::config::{Config, Listing};
use crate::daemon::App;
use crate::daemon::report::{Item, ScanReport, Status};
use crate::daemon::service::{self, Job};
use crate::model::Health;
use crate::model::reading::{Document, Weight};
use crate::model::text::counted;
use crate::store::{EmbeddedStore, Snapshots};

/// How many articles or faults of a report are shown to a person.
const SHOWN: usize = 10;

/// Scans once and publishes.
pub(super) async fn scan(desk: &Desk, args: &ScanArgs, output: &Output) -> Result<Exit, Failure> {
    let jobs = jobs(&desk.app.config, args)?;
    let reports = service::scan_all(&desk.app, jobs).await?;
    let forgotten = desk.app.forget_old().await;
    let published = desk.publish().await;
    show(&reports, args.json, output)?;
    let forgotten = forgotten?;
    if forgotten > 0 && !args.json {
        output
            .line(&format!("forgot what {} said, by `[keep] articles`", counted(forgotten, "old article")))?;
    }
    if let Ok(published) = &published
        && !args.json
    {
        output.line(&format!(
            "{} in {}, {} written",
            counted(published.feeds, "feed"),
            desk.app.public().display(),
            counted(published.written, "file")
        ))?;
    }
    // Last: a receiver may take its time, and the report need not wait for it.
    desk.send().await?;
    published?;
    desk.tend().await;
    Ok(exit(&reports))
}

/// Says what a scan would do: does it on a copy of what is remembered, and throws the copy away. So it says what a
/// scan would say, and writes nothing into the data folder. Also while a daemon has the store open, and not by it.
pub(super) async fn dry_run(mut config: Config, args: &ScanArgs, output: &Output) -> Result<Exit, Failure> {
    let jobs = jobs(&config, args)?;
    let cannot = |error: std::io::Error| {
        Failure::new(Exit::Output, format!("cannot make a folder for the dry run: {error}"))
            .hint("$TMPDIR may name another place")
    };
    let copy = tempfile::tempdir().map_err(cannot)?;
    let (from, to) = (config.data_dir.clone(), copy.path().to_owned());
    let snapshots = Snapshots::new(&from).for_reading();
    config.data_dir.clone_from(&to);
    let copied = tokio::task::spawn_blocking({
        let (from, to) = (from.clone(), to.clone());
        move || EmbeddedStore::copy(&from, &to)
    });
    copied.await.map_err(|error| Failure::new(Exit::Bug, error.to_string()))??;
    let mut app = App::open(config).await.map_err(|error| {
        let Failure { exit, message, hint } = error.into();
        // What is wrong with the copy is wrong with what it was made of.
        Failure { exit, message: message.replace(&*to.to_string_lossy(), &from.to_string_lossy()), hint }
    })?;
    app.snapshots = snapshots;
    let app = Arc::new(app);
    let mut reports = service::scan_all(&app, jobs).await?;
    if let Ok(app) = Arc::try_unwrap(app) {
        app.close().await?;
    }
    // What is not remembered has no id that would stay.
    reports.iter_mut().flat_map(|report| &mut report.new).for_each(|item| item.id = None);
    show(&reports, args.json, output)?;
    Ok(exit(&reports))
}

/// Takes standard input for the page, where that is wanted: here, since a daemon has another one.
pub(super) fn take_stdin(config: &Config, mut args: ScanArgs) -> Result<ScanArgs, Failure> {
    if !args.stdin {
        return Ok(args);
    }
    let [listing] = &chosen(config, &args.listings)?[..] else {
        let message = "standard input is one page, and several listings are named";
        return Err(Failure::new(Exit::Usage, message).hint("`tidings scan LISTING --stdin`"));
    };
    let most = listing.spec.rules.limits.page_bytes;
    let mut page = Vec::new();
    let read = std::io::stdin().lock().take(most + 1).read_to_end(&mut page);
    read.map_err(|error| Failure::new(Exit::Listings, format!("cannot read standard input: {error}")))?;
    if page.len() as u64 > most {
        let message = format!("standard input has more than the {most} bytes that a page may have");
        return Err(Failure::new(Exit::Listings, message).hint("`max_page_bytes` allows more"));
    }
    args.page = Some(BASE64_STANDARD.encode(page));
    Ok(args)
}

/// What is to be scanned.
fn jobs(config: &Config, args: &ScanArgs) -> Result<Vec<Job>, Failure> {
    let listings = chosen(config, &args.listings)?.into_iter();
    let Some(page) = &args.page else { return Ok(listings.map(|listing| (listing, None)).collect()) };
    let bytes = BASE64_STANDARD.decode(page);
    let bytes = bytes.map_err(|error| Failure::new(Exit::Usage, format!("this is no page: {error}")))?;
    let page = Document::new("standard input", bytes);
    Ok(listings.map(|listing| (listing, Some(page.clone()))).collect())
}

/// The listings that are named, or all; exit code 8 when there is none of a name.
pub(super) fn chosen(config: &Config, wanted: &[String]) -> Result<Vec<Listing>, Failure> {
    if let Some(unknown) =
        wanted.iter().find(|id| !config.listings.iter().any(|l| l.spec.id.as_str() == id.as_str()))
    {
        let known: Vec<&str> = config.listings.iter().map(|listing| listing.spec.id.as_str()).collect();
        let message = format!("there is no listing `{}`", plain(unknown));
        return Err(
            Failure::new(Exit::NotFound, message).hint(format!("the config has {}", known.join(", ")))
        );
    }
    let all = wanted.is_empty();
    let listings = config.listings.iter().filter(|l| all || wanted.iter().any(|id| id == l.spec.id.as_str()));
    Ok(listings.cloned().collect())
}

fn exit(reports: &[ScanReport]) -> Exit {
    let trouble = reports.iter().any(|report| matches!(report.status, Status::Failed | Status::Held));
    if trouble { Exit::Listings } else { Exit::Done }
}

fn show(reports: &[ScanReport], json: bool, output: &Output) -> Result<(), Failure> {
    for report in reports {
        if json {
            output.json(report)?;
            continue;
        }
        output.line(&sentence(report))?;
        if report.status == Status::Held {
            let id = &report.listing;
            output.line(&plain(&format!(
                "  `tidings listing approve {id}` takes the reading in, `tidings listing reject {id}` does not"
            )))?;
        }
        if report.status != Status::Baseline {
            items("new", &report.new, output)?;
        }
        items("updated", &report.updated, output)?;
        items("removed", &report.removed, output)?;
        items("returned", &report.returned, output)?;
        let faults = report.faults.iter().filter(|fault| fault.weight != Weight::Page);
        for fault in faults.take(SHOWN) {
            let line = if fault.line == 0 { String::new() } else { format!(", line {}", fault.line) };
            output.line(&format!("  page {}{line}: {}", fault.page, plain(&fault.reason)))?;
        }
    }
    Ok(())
}

fn items(what: &str, items: &[Item], output: &Output) -> Result<(), Failure> {
    for item in items.iter().take(SHOWN) {
        let from = item.source.as_deref().map(|source| format!(" ({source})")).unwrap_or_default();
        let late = if item.late { ", late" } else { "" };
        let fields: Vec<&str> = item.fields.iter().map(|field| field.name()).collect();
        let fields = if fields.is_empty() { String::new() } else { format!(": {}", fields.join(", ")) };
        output.line(&plain(&format!("  {what}{late}: {}{from}{fields}", item.title)))?;
    }
    let more = items.len().saturating_sub(SHOWN);
    if more > 0 { output.line(&format!("  and {more} more {what}")) } else { Ok(()) }
}

/// One plain line about a scan.
pub(super) fn sentence(report: &ScanReport) -> String {
    let counts = [
        (report.new.len(), "new"),
        (report.updated.len(), "updated"),
        (report.removed.len(), "removed"),
        (report.returned.len(), "returned"),
    ];
    let changes: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    let changes = changes.join(", ");
    let articles = counted(report.articles, "article");
    let what = match report.status {
        _ if report.health == Health::Paused => {
            return plain(&format!("{}: {}", report.listing, report.reason));
        }
        Status::Changed => format!("{changes} of {articles}"),
        Status::Unchanged => format!("nothing new among {articles}"),
        Status::Baseline => format!("first look, {articles} remembered and none announced"),
        Status::Held => format!("held: {}", report.reason),
        Status::Failed => format!("failed: {}", report.reason),
    };
    let doubt = match report.status {
        Status::Held | Status::Failed => String::new(),
        _ if report.health == Health::Ok => String::new(),
        _ => format!(" ({}: {})", report.health.name(), report.reason),
    };
    plain(&format!("{}: {what}{doubt}", report.listing))
}
