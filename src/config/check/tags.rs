//! `[tags]`.

use std::collections::BTreeMap;

use super::Checker;
use super::value::MAX_NAME;
use crate::config::model::TagRules;
use crate::config::raw::{RawTags, Text, Texts};
use crate::model::text::{fold_key, one_line};

/// The greatest number of names, of other spellings, and of splits.
const MAX_RULES: usize = 10_000;
/// The greatest number of names in one split.
const MAX_PARTS: usize = 50;
/// The greatest length of a run in bytes.
const MAX_RUN: usize = 2_000;

impl Checker<'_> {
    pub(super) fn tags(&mut self, raw: &RawTags) -> TagRules {
        TagRules {
            known: self.names(raw.known.as_ref(), "known", MAX_RULES),
            pins: raw.split.iter().filter_map(|(run, names)| self.pin(run, names)).collect(),
            aliases: self.aliases(&raw.alias),
        }
    }

    /// A run and its names, which joined are the run again.
    fn pin(&mut self, run: &Text, names: &Texts) -> Option<(String, Vec<String>)> {
        let cleaned = self.line(Some(run), "split", MAX_RUN)?;
        let parts: Vec<String> = names.get_ref().iter().map(|name| one_line(name.get_ref())).collect();
        if parts.is_empty() || parts.len() > MAX_PARTS || parts.iter().any(String::is_empty) {
            let message = "a run splits into names that are not empty";
            self.findings.fault(names.span(), message).hint(format!("from 1 to {MAX_PARTS} of them"));
            return None;
        }
        let (wanted, joined) = (without_space(&cleaned), without_space(&parts.concat()));
        if wanted != joined {
            let fault = self.findings.fault(names.span(), "these names joined are not the run");
            fault.label(format!("`{joined}`")).also(run.span(), "the run");
            fault.hint("they must spell it exactly, capitals too; only white space may differ");
            return None;
        }
        Some((cleaned, parts))
    }

    /// Other spellings: none twice, and none that stands for another one.
    fn aliases(&mut self, raw: &[(Text, Text)]) -> Vec<(String, String)> {
        let mut aliases = Vec::new();
        let mut places: BTreeMap<String, &Text> = BTreeMap::new();
        for (other, name) in raw {
            let (Some(from), Some(to)) =
                (self.line(Some(other), "alias", MAX_NAME), self.line(Some(name), "alias", MAX_NAME))
            else {
                continue;
            };
            if let Some(before) = places.insert(fold_key(&from), other) {
                let fault = self.findings.fault(other.span(), format!("`{from}` is given twice"));
                fault.label("again here").also(before.span(), "first here");
            }
            aliases.push((from, to));
        }
        for (other, name) in raw {
            let (from, to) = (fold_key(other.get_ref()), fold_key(name.get_ref()));
            if let Some(next) = places.get(&to).filter(|_| from != to) {
                let fault = self
                    .findings
                    .fault(name.span(), format!("`{}` is itself another spelling", name.get_ref()));
                fault.also(next.span(), "here").hint("name the tag that is meant in the end");
            }
        }
        aliases
    }
}

fn without_space(text: &str) -> String {
    text.split_whitespace().collect()
}
