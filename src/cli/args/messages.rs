//! The commands about messages and targets, as typed.

use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};

use crate::model::delivery::StateKind;
use crate::model::{Day, Timestamp};

/// Options of `deliveries`.
#[derive(Clone, Debug, Serialize, Deserialize, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct DeliveriesArgs {
    /// What to do, rather than listing them.
    #[command(subcommand)]
    pub action: Option<DeliveriesAction>,
    /// Which to list.
    #[command(flatten)]
    pub list: ListDeliveries,
}

/// Which messages to list.
#[derive(Clone, Debug, Serialize, Deserialize, Args)]
pub struct ListDeliveries {
    /// Only those to this target.
    #[arg(long, value_name = "TARGET")]
    pub target: Option<String>,
    /// Only those in this state (may be repeated).
    #[arg(long, value_name = "STATE", value_enum)]
    pub state: Vec<State>,
    /// Only those of which something became since then: a time, or so long ago (`2h`, `3d`).
    #[arg(long, value_name = "WHEN", value_parser = parse_since)]
    pub since: Option<Since>,
    /// At most this many.
    #[arg(long, value_name = "COUNT", default_value_t = 50)]
    pub limit: usize,
    /// One JSON object a message a line.
    #[arg(long)]
    pub json: bool,
}

/// How far a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
pub enum State {
    /// It is tried, now or later.
    Waiting,
    /// The receiver took it; the last ones of each target are kept (`[keep] delivered`).
    Delivered,
    /// It was given up.
    Dead,
}

impl State {
    /// The state that is meant.
    #[must_use]
    pub fn kind(self) -> StateKind {
        match self {
            Self::Waiting => StateKind::Waiting,
            Self::Delivered => StateKind::Delivered,
            Self::Dead => StateKind::Dead,
        }
    }
}

/// What can be done with messages.
#[derive(Clone, Debug, Serialize, Deserialize, Subcommand)]
pub enum DeliveriesAction {
    /// List them, newest first.
    List(ListDeliveries),
    /// Show one, as its target is sent it; with `--json` as a generic target would be.
    Show(DeliveryArg),
    /// Show what a target would be sent of an article, byte for byte but for secrets; sends nothing.
    Preview(PreviewTarget),
    /// Try some at once, those that were given up too.
    Retry(ChosenDeliveries),
    /// Give some up for good: they are not sent, and forgotten.
    Drop(DropDeliveries),
    /// Send once more what was delivered. The ids are the same, so that a receiver can tell.
    Replay(ReplayArgs),
}

/// One message.
#[derive(Clone, Debug, Serialize, Deserialize, Args)]
pub struct DeliveryArg {
    /// Its id, or the beginning of it.
    #[arg(value_name = "ID")]
    pub delivery: String,
    /// One JSON object.
    #[arg(long)]
    pub json: bool,
}

/// Options of `deliveries preview`.
#[derive(Clone, Debug, Serialize, Deserialize, Args)]
pub struct PreviewTarget {
    /// The target's id.
    #[arg(value_name = "TARGET")]
    pub target: String,
    /// The article's id, or the beginning of it; without one the newest, or an example.
    #[arg(value_name = "ARTICLE", conflicts_with = "message")]
    pub article: Option<String>,
    /// The kind of message.
    #[arg(long, value_name = "KIND", value_enum, default_value = "new")]
    pub message: PreviewMessage,
    /// One JSON object.
    #[arg(long)]
    pub json: bool,
}

/// The kinds of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
pub enum PreviewMessage {
    /// An article is new.
    New,
    /// Several are, told as one.
    Summary,
    /// A listing's health changed.
    Health,
    /// An article says something else than before.
    Updated,
    /// An article was taken off.
    Removed,
    /// An article is back.
    Returned,
    /// A listing's reading is held for approval.
    Held,
}

/// Some messages: by their ids, or all in a state.
#[derive(Clone, Debug, Serialize, Deserialize, Args)]
#[command(group = clap::ArgGroup::new("which").required(true).multiple(true).args(["ids", "target", "all", "since"]))]
pub struct ChosenDeliveries {
    /// Their ids, or the beginnings of them.
    #[arg(value_name = "ID", conflicts_with_all = ["target", "all", "state", "since"])]
    pub ids: Vec<String>,
    /// Those to this target.
    #[arg(long, value_name = "TARGET", conflicts_with = "all")]
    pub target: Option<String>,
    /// Those to all targets.
    #[arg(long)]
    pub all: bool,
    /// Of those, the ones in this state [default: dead].
    #[arg(long, value_name = "STATE", value_enum)]
    pub state: Option<State>,
    /// Of those, the ones of which something became since then (that died, or came to be owed): a time
    /// (`2026-11-21T09:00:00Z`, `2026-11-21`), or so long ago (`2h`, `3d`).
    #[arg(long, value_name = "WHEN", value_parser = parse_since)]
    pub since: Option<Since>,
    /// One JSON object.
    #[arg(long)]
    pub json: bool,
}

/// Options of `deliveries drop`.
#[derive(Clone, Debug, Serialize, Deserialize, Args)]
pub struct DropDeliveries {
    /// Which.
    #[command(flatten)]
    pub chosen: ChosenDeliveries,
    /// Only say how many would be dropped.
    #[arg(long)]
    pub dry_run: bool,
}

/// Options of `deliveries replay`.
#[derive(Clone, Debug, Serialize, Deserialize, Args)]
pub struct ReplayArgs {
    /// What was delivered since then: a time (`2026-11-21T09:00:00Z`, `2026-11-21`), or so long ago (`2h`, `3d`).
    #[arg(long, value_name = "WHEN", value_parser = parse_since)]
    pub since: Since,
    /// Only to this target.
    #[arg(long, value_name = "TARGET")]
    pub target: Option<String>,
    /// One JSON object.
    #[arg(long)]
    pub json: bool,
}

/// A time, or so long ago.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Since {
    /// Then.
    At(Timestamp),
    /// So many seconds before now.
    Ago(i64),
}

impl Since {
    /// The time that is meant.
    #[must_use]
    pub fn at(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(at) => at,
            Self::Ago(seconds) => now.plus(-seconds),
        }
    }
}

/// What can be done with a target.
#[derive(Clone, Debug, Serialize, Deserialize, Subcommand)]
pub enum TargetCommand {
    /// Send it a test message at once, and tell what it answered.
    Test(TargetArg),
    /// Send it nothing until it is enabled; what it is owed waits.
    Disable(TargetArg),
    /// Send to it again, what waits first.
    Enable(TargetArg),
}

/// One target.
#[derive(Clone, Debug, Serialize, Deserialize, Args)]
pub struct TargetArg {
    /// Its id.
    #[arg(value_name = "TARGET")]
    pub target: String,
    /// One JSON object.
    #[arg(long)]
    pub json: bool,
}

fn parse_since(text: &str) -> Result<Since, String> {
    if let Ok(period) = humantime::parse_duration(text) {
        return i64::try_from(period.as_secs()).map(Since::Ago).map_err(|_| "too long ago".to_owned());
    }
    let at =
        Timestamp::parse_rfc3339(text).or_else(|| Day::parse(text).map(|day| day.start_in(chrono_tz::UTC)));
    at.map(Since::At).ok_or_else(|| "a time (RFC 3339), a day, or a period such as `2h` is meant".to_owned())
}
