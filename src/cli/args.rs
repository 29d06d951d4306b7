//! The command line, as typed.

mod messages;
mod pages;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use serde::{Deserialize, Serialize};

use crate::daemon::telemetry::LogFormat;

pub use self::messages::{
    ChosenDeliveries, DeliveriesAction, DeliveriesArgs, DeliveryArg, DropDeliveries, ListDeliveries,
    PreviewMessage, PreviewTarget, ReplayArgs, Since, State, TargetArg, TargetCommand,
};
pub use self::pages::{AddArgs, PreviewArgs};

/// Watches pages that list articles, and tells people what is new on them.
#[derive(Debug, Parser)]
#[command(
    name = "tidings",
    version,
    about,
    long_about = None,
    after_help = "Without a command, `run` is meant.\n\n\
Exit codes:\n  \
0  done\n  \
1  a bug of ours\n  \
2  usage\n  \
3  config\n  \
4  store in use\n  \
5  store unreadable, or newer than this program\n  \
6  some listings failed or are held, or a target did not take its test\n  \
7  output not writable, or address in use\n  \
8  no such listing, article, feed, message or target"
)]
pub struct Cli {
    /// What comes before the command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What the options of all commands stand under, after those of the command itself.
const EVERYWHERE: &str = "Options of every command";

/// Options of all commands.
#[derive(Clone, Debug, Args)]
pub struct Global {
    /// The config file [default: config/tidings.toml, then /etc/tidings/tidings.toml].
    #[arg(help_heading = EVERYWHERE, long, global = true, env = "TIDINGS_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The data folder, in place of `data_dir`.
    #[arg(help_heading = EVERYWHERE, long, global = true, value_name = "FOLDER")]
    pub data_dir: Option<String>,
    /// Where readers find what is published, in place of `site.base_url`.
    #[arg(help_heading = EVERYWHERE, long, global = true, value_name = "URL")]
    pub base_url: Option<String>,
    /// Where the file server listens, in place of `serve.listen`; `false` switches it off.
    #[arg(help_heading = EVERYWHERE, long, global = true, value_name = "ADDRESS")]
    pub listen: Option<String>,
    /// Log more: once for what each scan did, twice for everything.
    #[arg(help_heading = EVERYWHERE, short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// How log lines look.
    #[arg(help_heading = EVERYWHERE, long, global = true, value_enum, default_value_t, value_name = "FORMAT")]
    pub log_format: LogFormat,
    /// Whether output is coloured [default: on a terminal, unless NO_COLOR is set].
    #[arg(help_heading = EVERYWHERE, long, global = true, value_name = "WHEN", value_enum, default_value_t)]
    pub color: When,
}

/// When to do something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum When {
    /// On a terminal.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The commands.
#[derive(Clone, Debug, Serialize, Deserialize, Subcommand)]
pub enum Command {
    /// Scan on schedule, publish and serve, until stopped.
    Run,
    /// Scan once and publish.
    Scan(ScanArgs),
    /// Show how a page would be read, with its faults; remembers nothing.
    Preview(PreviewArgs),
    /// Show how a page would be read, and append a listing for it to the config.
    Add(AddArgs),
    /// Check the config: every fault with its place, and when each listing is scanned next.
    Check(JsonArg),
    /// List the published feeds.
    Feeds(JsonArg),
    /// List remembered articles, newest first; hide one, or bring it back.
    Articles(ArticlesArgs),
    /// List the tags, or the rows whose split is in doubt.
    Tags(TagsArgs),
    /// Show how each listing is doing.
    Status(JsonArg),
    /// Show what happened, oldest first: scans that changed something, health, decisions.
    Log(LogArgs),
    /// Tell everything about one article: where and when it was seen, and why it was or was not announced.
    Explain(ExplainArgs),
    /// Pause, resume or scan a listing; approve or reject what is held; try other rules on its last pages.
    #[command(subcommand)]
    Listing(ListingCommand),
    /// List the messages owed to targets, newest first; send some again, or give them up.
    Deliveries(DeliveriesArgs),
    /// Test a target; stop sending to it, or begin again.
    #[command(subcommand)]
    Target(TargetCommand),
    /// Have the running daemon read its config again.
    Reload,
    /// Write a config to begin with.
    Init(InitArgs),
    /// Write all that is remembered to a file: a backup, or to move to another machine. No secret is in it.
    Export(ExportArgs),
    /// Make a store of what was exported; the next scan of each listing is a quiet baseline.
    Import(ImportArgs),
    /// Look after the store.
    #[command(subcommand)]
    Store(StoreCommand),
}

/// Options of `export`.
#[derive(Clone, Debug, Serialize, Deserialize, Args)]
pub struct ExportArgs {
    /// The file; `-` is standard output.
    #[arg(value_name = "FILE", default_value = "-")]
    pub file: PathBuf,
    /// One JSON object, once the file is written; not to standard output.
    #[arg(long)]
    pub json: bool,
}

/// Options of `import`.
#[derive(Clone, Debug, Serialize, Deserialize, Args)]
pub struct ImportArgs {
    /// The file; `-` is standard input.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Move a store that is there aside, once the new one is whole.
    #[arg(long)]
    pub replace: bool,
    /// One JSON object.
    #[arg(long)]
    pub json: bool,
}

/// Options of `scan`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Args)]
pub struct ScanArgs {
    /// The listings to scan; all without any.
    #[arg(value_name = "LISTING")]
    pub listings: Vec<String>,
    /// Only say what would be remembered: nothing is written.
    #[arg(long)]
    pub dry_run: bool,
    /// Take standard input for the page of the one listing that is named, instead of what its config says.
    #[arg(long, requires = "listings")]
    pub stdin: bool,
    /// What was read there, in Base64.
    #[arg(skip)]
    pub page: Option<String>,
    /// One JSON object a listing a line.
    #[arg(long)]
    pub json: bool,
}

/// Options of `articles`.
#[derive(Clone, Debug, Serialize, Deserialize, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct ArticlesArgs {
    /// What to do, rather than listing them.
    #[command(subcommand)]
    pub action: Option<ArticlesAction>,
    /// Only with this tag (`*` stands for anything).
    #[arg(long, value_name = "TAG")]
    pub tag: Option<String>,
    /// Only from this publisher.
    #[arg(long, value_name = "SOURCE")]
    pub source: Option<String>,
    /// Only in this category.
    #[arg(long, value_name = "CATEGORY")]
    pub category: Option<String>,
    /// Only seen on this listing.
    #[arg(long, value_name = "LISTING")]
    pub listing: Option<String>,
    /// Only with this text in the title or the summary.
    #[arg(long, value_name = "TEXT")]
    pub text: Option<String>,
    /// Those whose texts were forgotten (`[keep] articles`), and not the others.
    #[arg(long)]
    pub forgotten: bool,
    /// At most this many.
    #[arg(long, value_name = "COUNT", default_value_t = 50)]
    pub limit: usize,
    /// One JSON object an article a line.
    #[arg(long)]
    pub json: bool,
}

/// What can be done with an article.
#[derive(Clone, Debug, Serialize, Deserialize, Subcommand)]
pub enum ArticlesAction {
    /// Take an article out of all feeds, without forgetting it.
    Hide(ArticleArg),
    /// Bring a hidden article back; nobody is told.
    Restore(ArticleArg),
}

/// One article.
#[derive(Clone, Debug, Serialize, Deserialize, Args)]
pub struct ArticleArg {
    /// Its id, or the beginning of it.
    #[arg(value_name = "ID")]
    pub article: String,
    /// One JSON object.
    #[arg(long)]
    pub json: bool,
}

/// Options of `explain`.
#[derive(Clone, Debug, Serialize, Deserialize, Args)]
pub struct ExplainArgs {
    /// Its id, the beginning of it, or a part of its title.
    #[arg(value_name = "ID|TITLE")]
    pub article: String,
    /// One JSON object.
    #[arg(long)]
    pub json: bool,
}

/// What can be done with a listing.
#[derive(Clone, Debug, Serialize, Deserialize, Subcommand)]
pub enum ListingCommand {
    /// Do not scan it until it is resumed.
    Pause(ListingArg),
    /// Scan it again; what was new meanwhile is news.
    Resume(ListingArg),
    /// Believe the reading that is held: its articles enter the feeds, and are announced as one.
    Approve(ListingArg),
    /// Do not believe the reading that is held, now or later.
    Reject(ListingArg),
    /// Scan it once and publish.
    Scan(ListingArg),
    /// Show what the config as it is now would make of the pages kept last; changes nothing.
    Reread(ListingArg),
}

/// One listing.
#[derive(Clone, Debug, Serialize, Deserialize, Args)]
pub struct ListingArg {
    /// Its id.
    #[arg(value_name = "LISTING")]
    pub listing: String,
    /// One JSON object.
    #[arg(long)]
    pub json: bool,
}

/// Options of `log`.
#[derive(Clone, Debug, Serialize, Deserialize, Args)]
pub struct LogArgs {
    /// Go on, and show what happens from now.
    #[arg(long, short)]
    pub follow: bool,
    /// Only what is about this listing.
    #[arg(long, value_name = "LISTING")]
    pub listing: Option<String>,
    /// At most this many, the last ones.
    #[arg(long, value_name = "COUNT", default_value_t = 50)]
    pub limit: usize,
    /// One JSON object a line.
    #[arg(long)]
    pub json: bool,
}

/// Options of `init`.
#[derive(Clone, Debug, Serialize, Deserialize, Args)]
pub struct InitArgs {
    /// Replace a config that is there.
    #[arg(long)]
    pub force: bool,
}

/// Options of `tags`.
#[derive(Clone, Debug, Serialize, Deserialize, Args)]
pub struct TagsArgs {
    /// The rows whose split is in doubt, with what was made of them.
    #[arg(long)]
    pub unsure: bool,
    /// One JSON object a line.
    #[arg(long)]
    pub json: bool,
}

/// Only `--json`.
#[derive(Clone, Debug, Serialize, Deserialize, Args)]
pub struct JsonArg {
    /// JSON for programs.
    #[arg(long)]
    pub json: bool,
}

/// What can be done with the store.
#[derive(Clone, Debug, Serialize, Deserialize, Subcommand)]
pub enum StoreCommand {
    /// Read everything and say whether it is whole: every fault with its place, and what to do.
    Check(JsonArg),
    /// Show how much is remembered, and the room it takes.
    Stats(JsonArg),
    /// Replace old files of the journal by a snapshot of what they lead to, and take the room that is wasted in the
    /// index. Scans go on meanwhile; the daemon does it by itself when it pays.
    ///
    /// Nothing that is remembered is lost, and nothing is announced; `log` and `explain` no longer tell of what was
    /// in those files.
    Compact {
        /// Keep the journal's files that hold something younger than this; `0s` keeps none. By default `history` of
        /// the config's `[keep]`.
        #[arg(long, value_name = "PERIOD", value_parser = humantime::parse_duration)]
        history: Option<std::time::Duration>,
        /// One JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Build the index anew from the journal. Announces nothing; scans go on meanwhile.
    Rebuild {
        /// Pass over damaged lines of the journal; the next scan of each listing is then a quiet baseline. Stop the
        /// daemon first.
        #[arg(long)]
        skip_bad_lines: bool,
        /// One JSON object.
        #[arg(long)]
        json: bool,
    },
}
