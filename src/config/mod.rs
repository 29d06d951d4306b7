//! The config file: read as typed, checked for all faults at once, and made usable.
//!
//! [`load()`] reads the file first. [`parse`] touches nothing of the world but the files of templates that the text names.
//!
//! What is given outside the file ([`Environment`]) wins over it: a flag over a variable, a variable over the
//! file, the file over the default.

mod check;
mod env;
mod fault;
mod hide;
mod load;
mod model;
mod nearest;
mod raw;
mod read;
#[cfg(test)]
mod tests;

use std::path::Path;

pub use crate::model::filter::ViewSpec;
pub use env::{Environment, Override};
pub use fault::{ConfigFault, Faults, Severity};
pub use load::{LoadError, MAX_BYTES, load, places};
pub use model::{Config, KeepConfig, Listing, NetworkConfig, ServeConfig, SiteConfig, TagRules};

/// A config that can be used, and what is odd about it.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The config.
    pub config: Config,
    /// Warnings; nothing in them keeps the program from running.
    pub warnings: Faults,
}

/// Checks the text of a config file. `path` is for messages only.
///
/// # Errors
/// [`Faults`] with everything that is wrong, warnings among them, when at least one of them is an error: for the
/// user, who must change the file. Where the file is no TOML, only that is reported.
pub fn parse(text: &str, path: &Path, env: &Environment) -> Result<Checked, Faults> {
    parse_shared(text, path, env, false)
}

/// [`parse`], where it is known whether others on this machine can read the file.
fn parse_shared(text: &str, path: &Path, env: &Environment, shared: bool) -> Result<Checked, Faults> {
    let mut findings = fault::Findings::default();
    let (table, errors) = toml::de::DeTable::parse_recoverable(text);
    for error in &errors {
        findings.fault(error.span(), error.message());
    }
    if findings.has_errors() {
        return Err(findings.into_faults(text, hide::blotted(text, None), path));
    }
    let raw = raw::RawConfig::read(table.span(), table.get_ref(), &mut findings);
    let (config, mut findings) = check::check(&raw, findings, text, path, env);
    if shared {
        check::warn_of_secrets(&raw, &mut findings);
    }
    let errors = findings.has_errors();
    let faults = findings.into_faults(text, hide::blotted(text, Some(table.get_ref())), path);
    if errors { Err(faults) } else { Ok(Checked { config, warnings: faults }) }
}
