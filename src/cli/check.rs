//! `tidings check`.

mod targets;

use std::path::PathBuf;

use serde::Serialize;

use super::args::Global;
use super::exit::{Exit, Failure};
use super::output::{Output, plain};
use super::{environment, load};
use crate::config::{self, Config, Faults, LoadError, Severity};
use crate::daemon::{clock, public};
use crate::model::Timestamp;
use crate::model::listing::Input;
use crate::model::text::counted;
use crate::net::Address;

/// How many fires of each schedule are shown.
const FIRES: usize = 3;

#[derive(Serialize)]
struct Report<'a> {
    config: PathBuf,
    ok: bool,
    data_dir: Option<PathBuf>,
    public: Option<PathBuf>,
    base_url: Option<&'a str>,
    listen: Option<String>,
    listings: Vec<Row<'a>>,
    views: Vec<&'a str>,
    targets: Vec<targets::Row<'a>>,
    faults: Vec<Fault<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    title: &'a str,
    site: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    files: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    /// The program and its arguments, where one makes the page.
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<&'a [String]>,
    format: &'static str,
    tags: &'a [String],
    schedule: String,
    next: Vec<Timestamp>,
}

#[derive(Serialize)]
struct Fault<'a> {
    severity: &'static str,
    line: usize,
    column: usize,
    message: &'a str,
    hint: Option<&'a str>,
}

/// Checks the config and shows what follows from it.
pub(super) fn check(global: &Global, json: bool, output: &Output) -> Result<Exit, Failure> {
    let env = environment(global)?;
    for path in config::places(global.config.as_deref(), None) {
        match config::load(&path, &env) {
            Ok(checked) => {
                if json {
                    output.json(&report(&checked.config, &checked.warnings))?;
                } else {
                    people(&checked.config, &checked.warnings, output)?;
                }
                return Ok(Exit::Done);
            }
            Err(LoadError::Faults(faults)) => {
                if json {
                    let faults = self::faults(&faults);
                    output.json(&Report {
                        config: path,
                        ok: false,
                        data_dir: None,
                        public: None,
                        base_url: None,
                        listen: None,
                        listings: Vec::new(),
                        views: Vec::new(),
                        targets: Vec::new(),
                        faults,
                    })?;
                } else {
                    output.line(&format!("{}{faults}", faults.render(output.look.color)))?;
                }
                return Ok(Exit::Config);
            }
            Err(LoadError::Read { source, .. })
                if source.kind() == std::io::ErrorKind::NotFound && global.config.is_none() => {}
            // The same words as every other command.
            Err(_) => break,
        }
    }
    load(global).map(|_| Exit::Done)
}

fn report<'a>(config: &'a Config, warnings: &'a Faults) -> Report<'a> {
    let now = clock();
    let row = |listing: &'a config::Listing| {
        let (files, url, command) = match &listing.spec.input {
            Input::Files(files) => (files.iter().map(String::as_str).collect(), None, None),
            Input::Web(web) => (Vec::new(), Some(shown(&web.url)), None),
            Input::Program(program) => (Vec::new(), None, Some(program.command.as_slice())),
        };
        Row {
            id: listing.spec.id.as_str(),
            title: &listing.spec.title,
            site: &listing.spec.site,
            files,
            command,
            url,
            format: listing.spec.rules.format.name(),
            tags: &listing.spec.tags,
            schedule: listing.schedule.describe(),
            next: listing.schedule.upcoming(now, FIRES),
        }
    };
    Report {
        config: config.path.clone(),
        ok: true,
        data_dir: Some(config.data_dir.clone()),
        public: Some(public(config)),
        base_url: Some(&config.site.base_url),
        listen: config.serve.map(|serve| serve.listen.to_string()),
        listings: config.listings.iter().map(row).collect(),
        views: config.views.iter().map(|view| view.id.as_str()).collect(),
        targets: config.targets.iter().map(|target| targets::row(target, config)).collect(),
        faults: faults(warnings),
    }
}

/// The address of a page, without what may be a key in it.
fn shown(url: &str) -> String {
    Address::parse(url)
        .map_or_else(|_| url.split('?').next().unwrap_or_default().to_owned(), |url| url.shown())
}

fn faults(faults: &Faults) -> Vec<Fault<'_>> {
    let fault = |fault: &'_ config::ConfigFault| -> (usize, usize) { (fault.line, fault.column) };
    faults
        .as_slice()
        .iter()
        .map(|found| {
            let (line, column) = fault(found);
            Fault {
                severity: match found.severity {
                    Severity::Error => "error",
                    Severity::Warning => "warning",
                },
                line,
                column,
                message: &found.message,
                hint: found.hint.as_deref(),
            }
        })
        .collect()
}

fn people(config: &Config, warnings: &Faults, output: &Output) -> Result<(), Failure> {
    if !warnings.is_empty() {
        output.line(&warnings.render(output.look.color))?;
    }
    let report = report(config, warnings);
    output.line(&format!(
        "config    {}",
        std::path::absolute(&config.path).unwrap_or(config.path.clone()).display()
    ))?;
    output.line(&format!("data      {}", config.data_dir.display()))?;
    output.line(&format!("feeds     {}", public(config).display()))?;
    output.line(&format!("base url  {}", config.site.base_url))?;
    output.line(&format!(
        "serving   {}",
        report.listen.as_deref().map_or("off".into(), |at| format!("http://{at}/"))
    ))?;
    for row in &report.listings {
        output.line("")?;
        output.line(&plain(&format!(
            "listing {} “{}”, site {}, {}",
            row.id, row.title, row.site, row.schedule
        )))?;
        if let Some([program, ..]) = row.command {
            output.line(&plain(&format!("  reads what `{program}` writes ({})", row.format)))?;
        }
        for file in row.files.iter().copied().chain(row.url.as_deref()) {
            output.line(&plain(&format!("  reads {file} ({})", row.format)))?;
        }
        if !row.tags.is_empty() {
            output.line(&plain(&format!("  tags  {}", row.tags.join(", "))))?;
        }
        let next: Vec<String> = row.next.iter().map(Timestamp::to_string).collect();
        output.line(&format!("  next  {}", next.join(", ")))?;
    }
    for target in &report.targets {
        output.line("")?;
        for line in targets::lines(target) {
            output.line(&plain(&line))?;
        }
    }
    let targets = if report.targets.is_empty() {
        String::new()
    } else {
        format!(", {}", counted(report.targets.len(), "target"))
    };
    let views =
        if report.views.is_empty() { String::new() } else { format!(", views: {}", report.views.join(", ")) };
    let listings = counted(report.listings.len(), "listing");
    output.line(&format!("\nthe config is good: {listings}{targets}{views}"))
}
