//! From the config as typed to the config as usable, with all faults at once.

mod address;
mod html;
mod json;
mod keep;
mod listing;
mod manner;
mod network;
mod policy;
mod secret;
mod site;
mod tags;
mod target;
mod template;
mod value;
mod view;
mod way;
mod web;

use std::path::{Path, PathBuf};

use super::env::Environment;
use super::fault::Findings;
use super::model::Config;
use super::raw::RawConfig;
use crate::net::Network;

pub(super) use secret::warn_of_secrets;

/// What every check needs: where findings go, the file's text, and the world.
struct Checker<'a> {
    findings: Findings,
    text: &'a str,
    env: &'a Environment,
    /// Networks that addresses may lead to though they are not public.
    allowed: Vec<Network>,
}

/// Checks everything. What is wrong is replaced by something harmless after it was reported, so that the checks
/// after it can go on; the config is usable only when no error was found.
pub(super) fn check(
    raw: &RawConfig,
    findings: Findings,
    text: &str,
    path: &Path,
    env: &Environment,
) -> (Config, Findings) {
    let mut checker = Checker { findings, text, env, allowed: Vec::new() };
    let network = checker.network(&raw.network);
    checker.allowed.clone_from(&network.allow);
    let listings = checker.listings(raw);
    let keep = checker.keep(&raw.keep);
    let (targets, manners) = checker.targets(raw, keep.delivered);
    let config = Config {
        path: path.to_owned(),
        data_dir: checker.data_dir(raw),
        site: checker.site(&raw.site),
        serve: checker.serve(raw),
        network,
        keep,
        views: checker.views(raw),
        targets,
        manners,
        tags: checker.tags(&raw.tags),
        listings,
    };
    checker.reach(&config, raw);
    (config, checker.findings)
}

impl Checker<'_> {
    /// `path` against the working directory, `./` left out.
    fn absolute(&self, path: &str) -> PathBuf {
        self.env.working_dir.join(path).components().filter(|part| part.as_os_str() != ".").collect()
    }
}
