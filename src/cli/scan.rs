//! `tidings scan`.

use std::sync::Arc;

use super::args::ScanArgs;
use super::desk::Desk;
use super::exit::{Exit, Failure};
use super::output::{Output, plain};
use crate::config::{Config, Listing};
use crate::daemon::cycle::Mode;
use crate::daemon::report::{Item, ScanReport, Status};
use crate::daemon::tagging::Tagging;
use crate::daemon::{App, clock, service};
use crate::model::Health;
use crate::model::id::StoreId;
use crate::model::reading::Weight;
use crate::store::{MemoryStore, Snapshots, Store};

/// How many articles or faults of a report are shown to a person.
const SHOWN: usize = 10;

/// Scans once and publishes.
pub(super) async fn scan(desk: &Desk, args: &ScanArgs, output: &Output) -> Result<Exit, Failure> {
    let listings = chosen(&desk.app.config, &args.listings)?;
    if args.dry_run {
        let reports = would(&desk.app, listings).await?;
        show(&reports, args.json, output)?;
        return Ok(exit(&reports));
    }
    let reports = service::scan_all(&desk.app, listings, Mode::Commit).await?;
    let published = desk.publish().await;
    show(&reports, args.json, output)?;
    let published = published?;
    if !args.json {
        output.line(&format!(
            "{} feeds in {}, {} files written",
            published.feeds,
            desk.app.public().display(),
            published.written
        ))?;
    }
    Ok(exit(&reports))
}

/// Says what a scan would do where nothing is remembered yet: an empty memory stands in for the store, so that not
/// even a folder is made.
pub(super) async fn first_dry_run(
    config: Config,
    listings: Vec<Listing>,
    args: &ScanArgs,
    output: &Output,
) -> Result<Exit, Failure> {
    let store = Arc::new(MemoryStore::new(StoreId::from_uuid(uuid::Uuid::nil()), clock()));
    let tagging = Tagging::new(&config.tags, &[]);
    let snapshots = Snapshots::new(&config.data_dir);
    let app = App { config, store, tagging, snapshots, gates: Arc::default() };
    let reports = would(&Arc::new(app), listings).await?;
    show(&reports, args.json, output)?;
    Ok(exit(&reports))
}

async fn would<S: Store>(app: &Arc<App<S>>, listings: Vec<Listing>) -> Result<Vec<ScanReport>, Failure> {
    Ok(service::scan_all(app, listings, Mode::DryRun).await?)
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
    let what = match report.status {
        _ if report.health == Health::Paused => {
            return plain(&format!("{}: {}", report.listing, report.reason));
        }
        Status::Changed => format!("{changes} of {} articles", report.articles),
        Status::Unchanged => format!("nothing new among {} articles", report.articles),
        Status::Baseline => format!("first look, {} articles remembered and none announced", report.articles),
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
