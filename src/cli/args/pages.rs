//! Options of the commands that look at one page: `preview`, `add`.

use std::path::PathBuf;

use clap::Args;
use serde::{Deserialize, Serialize};

use crate::model::listing::Format;

/// Options of `preview`.
#[derive(Clone, Debug, Serialize, Deserialize, Args)]
pub struct PreviewArgs {
    /// The page: a file, or an http(s) address.
    #[arg(value_name = "FILE|URL")]
    pub page: String,
    /// The address may be in a private network, or on this machine.
    #[arg(long)]
    pub allow_private: bool,
    /// Keep the page as it came.
    #[arg(long, value_name = "FILE")]
    pub save: Option<PathBuf>,
    /// How to read it.
    #[arg(long, value_name = "FORMAT", default_value = "auto", value_parser = parse_format)]
    pub format: Format,
    /// A tag that every article on the page has (may be repeated).
    #[arg(long = "tag", value_name = "TAG")]
    pub tags: Vec<String>,
    /// One JSON object.
    #[arg(long)]
    pub json: bool,
}

/// Options of `add`.
#[derive(Clone, Debug, Serialize, Deserialize, Args)]
pub struct AddArgs {
    /// The page: an http(s) address, or a file.
    #[arg(value_name = "URL|FILE")]
    pub page: String,
    /// The listing's id [default: one made of the page's title].
    #[arg(long, value_name = "ID")]
    pub id: Option<String>,
    /// What readers see [default: the page's title].
    #[arg(long, value_name = "TITLE")]
    pub title: Option<String>,
    /// The site whose articles they are; listings of one site share them.
    #[arg(long, value_name = "SITE")]
    pub site: Option<String>,
    /// A tag that every article on the page has (may be repeated).
    #[arg(long = "tag", value_name = "TAG")]
    pub tags: Vec<String>,
    /// How often it is scanned, such as `30m` [default: as `[defaults]` says].
    #[arg(long, value_name = "PERIOD", conflicts_with = "schedule")]
    pub every: Option<String>,
    /// When it is scanned, as a cron line.
    #[arg(long, value_name = "CRON")]
    pub schedule: Option<String>,
    /// How to read it; `auto` finds out, and what it finds is written.
    #[arg(long, value_name = "FORMAT", default_value = "auto", value_parser = parse_format)]
    pub format: Format,
    /// The numbers of its pages, for `{page}` in the address; the first of them is looked at.
    #[arg(long, value_name = "FIRST..LAST")]
    pub pages: Option<String>,
    /// The address may be in a private network, or on this machine.
    #[arg(long)]
    pub allow_private: bool,
    /// Append it without asking.
    #[arg(long, short)]
    pub yes: bool,
    /// Also where nothing was found on the page, it did not come, or another listing reads it.
    #[arg(long)]
    pub force: bool,
    /// One JSON object; asks nothing.
    #[arg(long)]
    pub json: bool,
}

fn parse_format(text: &str) -> Result<Format, String> {
    let names: Vec<&str> = Format::ALL.iter().map(|format| format.name()).collect();
    let found = Format::ALL.iter().copied().find(|format| format.name() == text);
    found.ok_or_else(|| format!("one of {}; `auto` finds out", names.join(", ")))
}
