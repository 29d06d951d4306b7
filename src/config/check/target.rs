//! `[[target]]`.

use std::collections::{BTreeMap, BTreeSet};

use toml::Spanned;

use super::Checker;
use super::view::{MAX_NAMES, listing_ids};
use crate::config::raw::{RawConfig, RawTarget, RawWhen, Text, Texts};
use crate::delivery::Manner;
use crate::model::delivery::{AT_ONCE, IN_DOUBT, TargetRule};
use crate::model::filter::{Filter, Pattern};
use crate::model::target::{TargetKind, TargetSpec};
use crate::model::{Change, TargetId};

/// The greatest number of targets.
const MAX_TARGETS: usize = 100;
/// How many messages a minute a target gets before they become one.
const BURST: i64 = 20;

impl Checker<'_> {
    /// The targets, and how the messages of each follow one another.
    pub(super) fn targets(
        &mut self,
        raw: &RawConfig,
        delivered: u64,
    ) -> (Vec<TargetSpec>, BTreeMap<TargetId, Manner>) {
        if let Some(first) = raw.targets.get(MAX_TARGETS) {
            let message = format!("{} targets are too many", raw.targets.len());
            self.findings.fault(first.span.clone(), message).hint(format!("at most {MAX_TARGETS}"));
            return (Vec::new(), BTreeMap::new());
        }
        let listings = listing_ids(raw);
        let zone = self.default_zone(raw);
        let (mut targets, mut manners) = (Vec::new(), BTreeMap::new());
        for raw in &raw.targets {
            let mut manner = self.manner(raw, zone);
            if let Some(mut target) = self.target(raw, &listings, delivered) {
                target.rule.quiet = self.quiet_hours(raw, zone);
                if may_be_in_doubt(&target, &manner) {
                    manner.doubt = manner.concurrency.max(IN_DOUBT as usize);
                }
                target.rule.at_once = match &manner.digest {
                    Some(_) => 0,
                    None => u32::try_from(manner.doubt).unwrap_or(AT_ONCE),
                };
                manners.insert(target.rule.id.clone(), manner);
                targets.push(target);
            }
        }
        self.unique(raw.targets.iter().map(|target| &target.id), "target");
        (targets, manners)
    }

    /// One target; `None` after a fault that leaves nothing to go on with.
    fn target(&mut self, raw: &RawTarget, listings: &BTreeSet<&str>, delivered: u64) -> Option<TargetSpec> {
        if raw.missing.contains(&"id") {
            self.required(&["id"], "target", &raw.span);
        }
        let id = self.target_id(raw.id.as_ref());
        let kind = self.kind(raw.kind.as_ref());
        let allow_private = raw.allow_private.as_ref().is_some_and(|flag| *flag.get_ref());
        let way = match kind {
            Some(kind) => self.way(raw, kind, allow_private),
            None => {
                self.unsorted(raw, allow_private);
                None
            }
        };
        let when = self.articles(raw.when.as_ref(), listings);
        let changes = self.changes(raw.changes.as_ref());
        let health = self.patterns(raw.health.as_ref(), "health", listings);
        let held = self.patterns(raw.held.as_ref(), "held", listings);
        let burst = self.burst(raw.burst.as_ref());
        let pace = self.pace(raw.pace.as_ref());
        let wording = self.wording(raw, kind);
        if let Some(Err(flag)) = &raw.when
            && health.is_empty()
            && held.is_empty()
            && !flag.get_ref()
        {
            let warning = self.findings.warn(flag.span(), "this target is told of nothing");
            warning.hint("with `health = true` it is told how listings are doing");
        }
        let late = raw.late.as_ref().is_none_or(|flag| *flag.get_ref());
        let rule = TargetRule {
            id: id?,
            when: when?,
            changes,
            late,
            health,
            held,
            delivered,
            at_once: AT_ONCE,
            quiet: Vec::new(),
        };
        Some(TargetSpec { rule, way: way?, burst, pace, allow_private, wording })
    }

    fn kind(&mut self, kind: Option<&Text>) -> Option<TargetKind> {
        let Some(text) = kind else { return Some(TargetKind::Generic) };
        let found = TargetKind::ALL.into_iter().find(|kind| kind.name() == text.get_ref());
        if found.is_none() {
            let fault = self.findings.fault(text.span(), "`kind` is not known");
            fault.hint(format!("one of {}", TargetKind::ALL.map(TargetKind::name).join(", ")));
        }
        found
    }

    /// Which articles it is told of: all of them unless it says so.
    fn articles(
        &mut self,
        raw: Option<&Result<RawWhen, Spanned<bool>>>,
        listings: &BTreeSet<&str>,
    ) -> Option<Filter> {
        match raw {
            None => Some(Filter::All(Vec::new())),
            Some(Ok(when)) => self.filter(when, listings, 1),
            Some(Err(flag)) => {
                if *flag.get_ref() {
                    let fault = self.findings.fault(flag.span(), "`when` must be a filter, or false");
                    fault.hint("leave the key out, and it is told of every article");
                }
                Some(Filter::Any(Vec::new()))
            }
        }
    }

    /// What it is told of articles: that they are new unless it says so.
    fn changes(&mut self, raw: Option<&Texts>) -> Vec<Change> {
        let Some(list) = raw else { return vec![Change::New] };
        let all = || Change::ALL.map(Change::name).join(", ");
        if list.get_ref().is_empty() {
            let fault = self.findings.fault(list.span(), "`changes` is empty, so it would be told of none");
            fault.hint(format!("some of {}; `when = false` is none", all()));
        }
        let mut found = Vec::new();
        for text in list.get_ref() {
            match Change::ALL.into_iter().find(|change| change.name() == text.get_ref()) {
                Some(change) => found.push(change),
                None => {
                    let fault = self.findings.fault(text.span(), "`changes` names what is not known");
                    fault.hint(format!("one of {}", all()));
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The listings whose health, or whose held readings, it is told of.
    fn patterns(
        &mut self,
        raw: Option<&Result<Texts, Spanned<bool>>>,
        key: &str,
        listings: &BTreeSet<&str>,
    ) -> Vec<Pattern> {
        match raw {
            None => Vec::new(),
            Some(Err(flag)) => flag.get_ref().then(|| Pattern::new("*")).into_iter().collect(),
            Some(Ok(list)) => {
                if list.get_ref().is_empty() {
                    let message = format!("`{key}` is empty, so nothing would fit");
                    let fault = self.findings.fault(list.span(), message);
                    fault.hint("true is all listings, false none");
                }
                self.check_listings(Some(list), listings);
                let names = self.names(Some(list), key, MAX_NAMES);
                names.iter().map(|name| Pattern::new(name)).collect()
            }
        }
    }

    fn burst(&mut self, raw: Option<&Result<Spanned<i64>, Spanned<bool>>>) -> Option<u32> {
        let number = match raw {
            None => None,
            Some(Ok(number)) => Some(number),
            Some(Err(flag)) => {
                if *flag.get_ref() {
                    let fault = self.findings.fault(flag.span(), "`burst` must be a whole number, or false");
                    fault.hint(format!("leave the key out to get {BURST}"));
                }
                return None;
            }
        };
        u32::try_from(self.number(number, "burst", 1..=1_000, BURST)).ok()
    }
}

/// Whether it harms nobody if a kill leaves many messages of which nothing is known: the receiver knows by their ids what
/// it has, and none of them can become part of another.
fn may_be_in_doubt(target: &TargetSpec, manner: &Manner) -> bool {
    let is_told_singly = target.burst.is_none() && target.rule.quiet.is_empty() && manner.digest.is_none();
    target.kind() == TargetKind::Generic && is_told_singly && !manner.order && target.pace.is_none()
}
