//! The config, checked: what the rest of the program uses.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::delivery::Manner;
use crate::model::filter::ViewSpec;
use crate::model::listing::ListingSpec;
use crate::model::target::{SecretRef, TargetSpec};
use crate::model::{TargetId, Timestamp};
use crate::net::Network;
use crate::schedule::Schedule;

/// The config: every value usable as it is, every default filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// The file it came from, as it was named.
    pub path: PathBuf,
    /// The data folder, absolute.
    pub data_dir: PathBuf,
    /// What readers see.
    pub site: SiteConfig,
    /// The file server; `None` when it is switched off.
    pub serve: Option<ServeConfig>,
    /// How pages are asked for over the network.
    pub network: NetworkConfig,
    /// How long things are kept.
    pub keep: KeepConfig,
    /// The listings, in the order of the file; may be empty.
    pub listings: Vec<Listing>,
    /// The views, in the order of the file.
    pub views: Vec<ViewSpec>,
    /// The targets, in the order of the file.
    pub targets: Vec<TargetSpec>,
    /// How the messages of each target follow one another.
    pub manners: BTreeMap<TargetId, Manner>,
    /// What the user knows of tags.
    pub tags: TagRules,
}

/// What readers see of the whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteConfig {
    /// The title; never empty.
    pub title: String,
    /// One or two sentences; never empty.
    pub description: String,
    /// The absolute http(s) address below which the published files are reached, without a slash at its end:
    /// `{base_url}/feeds/all.rss` is a feed.
    pub base_url: String,
    /// The language of what is published (BCP 47): `en`, `de-CH`.
    pub language: String,
    /// How many articles a feed shows, 100 to 1000.
    pub window: u32,
}

/// The file server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServeConfig {
    /// Where it listens. Port 0 takes any free one.
    pub listen: SocketAddr,
}

impl Config {
    /// How the messages of a target follow one another.
    #[must_use]
    pub fn manner(&self, target: &TargetId) -> Manner {
        self.manners.get(target).cloned().unwrap_or_default()
    }
}

/// How pages are asked for over the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkConfig {
    /// How the program names itself; one line of ASCII.
    pub user_agent: String,
    /// The least time between two requests to one host.
    pub gap: Duration,
    /// How many hosts are asked at once; at least 1.
    pub concurrency: usize,
    /// Time until there is a connection.
    pub connect_timeout: Duration,
    /// Time until an answer begins, the connection included.
    pub answer_timeout: Duration,
    /// Time for a whole page.
    pub page_timeout: Duration,
    /// The proxy for all requests for pages.
    pub proxy: Option<SecretRef>,
    /// A PEM file of certificates to trust beside those that the system trusts.
    pub extra_ca_file: Option<PathBuf>,
    /// Networks that addresses in the config may lead to though they are not public.
    pub allow: Vec<Network>,
}

/// How long things are kept. What was seen is never forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeepConfig {
    /// Seconds for which records stay that tell what happened; a day at least.
    pub history: i64,
    /// Seconds for which texts of articles stay that no listing holds; a day at least. For ever without.
    pub articles: Option<i64>,
    /// How many delivered messages of each target stay; the last ones.
    pub delivered: u64,
}

/// A listing, and when it is scanned.
#[derive(Clone, Debug, PartialEq)]
pub struct Listing {
    /// What is watched, and how it is read.
    pub spec: ListingSpec,
    /// When.
    pub schedule: Schedule,
}

impl Listing {
    /// When it is due, where it was last scanned on schedule at `last`; due at once where it never was.
    ///
    /// The same whoever asks and whenever: a service that was stopped and started again, and a command beside it.
    #[must_use]
    pub fn due(&self, last: Option<Timestamp>) -> Timestamp {
        last.map_or(Timestamp::from_unix(0), |last| self.schedule.next_due(last, &self.spec.id))
    }
}

/// What the user knows of tags, for splitting runs such as `Backend ArchitectureCQRSDDD`. All names are single
/// lines as they should be shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TagRules {
    /// Names that exist, each once (without case).
    pub known: Vec<String>,
    /// Runs with the names they split into. The names joined are the run when white space is left out.
    pub pins: Vec<(String, Vec<String>)>,
    /// Other spellings with the name they stand for, which is itself no other spelling.
    pub aliases: Vec<(String, String)>,
}
