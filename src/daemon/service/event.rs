//! What the service tells about itself while it runs.

use std::net::SocketAddr;

use super::{News, Reloaded};
use crate::daemon::drain::TargetNews;
use crate::daemon::publishing::Published;
use crate::daemon::report::ScanReport;
use crate::model::Timestamp;

/// What the service tells about itself while it runs. Nothing is told twice.
#[derive(Clone, Debug)]
pub enum Event {
    /// The first scans are done and published.
    Ready {
        /// What they did, in the order of the config. A listing that still is being read is not among them.
        reports: Vec<ScanReport>,
        /// What was published.
        published: Published,
        /// Where the tree is served, if it is.
        served: Option<SocketAddr>,
        /// When each listing is looked at next, soonest first.
        next: Vec<(String, Timestamp)>,
    },
    /// A scan is worth saying.
    Scanned {
        /// What it did.
        report: Box<ScanReport>,
        /// Why.
        news: News,
    },
    /// A listing takes longer than its schedule allows; fires are skipped.
    Slow(String),
    /// Files cannot be written, and why; `None` when they can be again.
    Publishing(Option<String>),
    /// Nothing can be remembered, and why; `None` when it can again.
    Store(Option<String>),
    /// Another config is in use.
    Reloaded(Reloaded),
    /// Another config was refused, and why; the old one stays.
    Refused(String),
    /// Something happened with a target.
    Target(TargetNews),
    /// Once a day, while something is not well: what.
    Summary(String),
}
