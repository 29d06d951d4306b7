//! `[[listing]]`.

use std::collections::BTreeMap;
use std::ops::{Range, RangeInclusive};

use super::Checker;
use super::policy::Policy;
use super::value::MAX_NAME;
use super::web::host;
use crate::config::model::Listing;
use crate::config::raw::{RawConfig, RawListing, Text, Texts};
use crate::model::ListingId;
use crate::model::html::HtmlRules;
use crate::model::key::KeyKind;
use crate::model::listing::{Format, Input, ListingSpec, Program, Rules};
use crate::model::text::bounded;

/// The greatest number of listings.
const MAX_LISTINGS: usize = 10_000;
/// The greatest number of paths and patterns of one listing.
const MAX_FILES: usize = 1_000;
/// The greatest number of words of a command.
const MAX_WORDS: usize = 1_000;
/// How long a command may run.
const COMMAND_SECONDS: RangeInclusive<u64> = 1..=3_600;
/// The greatest number of ids that a listing had before.
const MAX_FORMER: usize = 100;
/// The greatest number of tags that a listing gives to its articles.
const MAX_TAGS: usize = 100;

impl Checker<'_> {
    pub(super) fn listings(&mut self, raw: &RawConfig) -> Vec<Listing> {
        let Some(defaults) = self.defaults(&raw.defaults) else { return Vec::new() };
        if raw.listings.len() > MAX_LISTINGS {
            let message = format!("{} listings are too many", raw.listings.len());
            self.findings
                .fault(raw.listings[MAX_LISTINGS].span.clone(), message)
                .hint(format!("at most {MAX_LISTINGS}"));
            return Vec::new();
        }
        if raw.listings.is_empty() {
            let warning = self.findings.warn(None, "no listing is configured, so there is nothing to watch");
            warning.hint(
                "a listing is `[[listing]]` with `id = \"news\"` and `files = [\"news.txt\"]`, or a `url`",
            );
        }
        let listings = raw.listings.iter().filter_map(|listing| self.listing(listing, &defaults));
        let listings = listings.collect();
        self.unique(raw.listings.iter().map(|listing| &listing.id), "listing");
        self.claims(raw);
        self.shared_files(raw);
        listings
    }

    /// One listing; `None` after a fault that leaves nothing to go on with.
    fn listing(&mut self, raw: &RawListing, defaults: &Policy) -> Option<Listing> {
        self.required(&raw.missing, "listing", &raw.span);
        let id = self.id(raw.id.as_ref());
        let renamed_from = self.former_ids(raw);
        let input = self.input(raw);
        let title = self.line(raw.title.as_ref(), "title", MAX_NAME);
        let site = self.line(raw.site.as_ref(), "site", MAX_NAME);
        let tags = self.names(raw.tags.as_ref(), "tags", MAX_TAGS);
        let policy = self.policy(&raw.policy, defaults);
        let schedule = self.schedule(&policy);
        let json = self.json_rules(raw, &policy);
        self.check_identity(raw, &policy);
        let (format, html) = self.format_with_rules(raw, &policy);
        self.check_following(raw, format);
        let id = id?;
        let spec = ListingSpec {
            title: title.unwrap_or_else(|| id.to_string()),
            site: site.or_else(|| site_of(&input)).unwrap_or_else(|| id.to_string()),
            id,
            renamed_from,
            input,
            rules: Rules {
                format,
                limits: policy.limits,
                html: html.map(Box::new),
                json,
                dates: policy.dates,
            },
            tags,
            identity: policy.identity,
            content: policy.content,
            zone: policy.zone,
            announce_first: policy.announce_first,
            removed_after: policy.removed_after,
            alert_after: policy.alert_after,
            quiet: policy.quiet,
        };
        Some(Listing { spec, schedule: schedule? })
    }

    /// The format, and the rules that go with it: rules for HTML say that the pages are HTML.
    fn format_with_rules(&mut self, raw: &RawListing, policy: &Policy) -> (Format, Option<HtmlRules>) {
        let Some(table) = &raw.html else { return (policy.format, None) };
        let html = self.html(table);
        let own = raw.policy.format.as_ref();
        match policy.format {
            Format::Auto if own.is_none() => (Format::Html, html),
            Format::Auto | Format::Html => (policy.format, html),
            other => {
                let span = own.map_or(table.span.clone(), |format| format.span());
                let message = format!("`format` is `{}`, so [listing.html] would not be used", other.name());
                self.findings.fault(span, message).hint("`format = \"html\"`, or no rules");
                (other, None)
            }
        }
    }

    fn former_ids(&mut self, raw: &RawListing) -> Vec<ListingId> {
        let Some(former) = &raw.renamed_from else { return Vec::new() };
        if former.get_ref().is_empty() || former.get_ref().len() > MAX_FORMER {
            let message = format!("`renamed_from` holds {} ids", former.get_ref().len());
            self.findings.fault(former.span(), message).hint(format!("from 1 to {MAX_FORMER}"));
        }
        former.get_ref().iter().take(MAX_FORMER).filter_map(|id| self.id(Some(id))).collect()
    }

    /// Refuses former ids that are still in use, or that two listings claim.
    fn claims(&mut self, raw: &RawConfig) {
        let ids = raw.listings.iter().filter_map(|listing| listing.id.as_ref());
        let declared: BTreeMap<&str, Range<usize>> =
            ids.map(|id| (id.get_ref().as_str(), id.span())).collect();
        let mut first: BTreeMap<&str, Range<usize>> = BTreeMap::new();
        for listing in &raw.listings {
            let own = listing.id.as_ref().map(|id| id.get_ref().as_str());
            for former in listing.renamed_from.iter().flat_map(|ids| ids.get_ref()) {
                let name = former.get_ref().as_str();
                let shown = bounded(name, 80);
                if own == Some(name) {
                    let fault = self.findings.fault(former.span(), format!("`{shown}` is renamed to itself"));
                    fault.hint("`renamed_from` is the id it had before");
                } else if let Some(place) = declared.get(name) {
                    let fault = self.findings.fault(former.span(), format!("`{shown}` is still declared"));
                    fault.also(place.clone(), "here").hint("a listing takes over only what is there no more");
                } else if let Some(before) = first.get(name) {
                    let message = format!("`{shown}` can be renamed to one listing only");
                    let fault = self.findings.fault(former.span(), message);
                    fault.label("again here").also(before.clone(), "first here");
                } else {
                    first.insert(name, former.span());
                }
            }
        }
    }

    /// Where its pages come from: one of what there may be.
    fn input(&mut self, raw: &RawListing) -> Input {
        if let (Some(files), Some(command)) = (&raw.files, &raw.command) {
            let fault = self.findings.fault(command.span(), "both `files` and `command` are given");
            fault.also(files.span(), "the other").hint("keep one of them");
        }
        if let (Some(url), Some(command)) = (&raw.web.url, &raw.command) {
            let fault = self.findings.fault(command.span(), "both `url` and `command` are given");
            fault.also(url.span(), "the other").hint("keep one of them");
        }
        // Whatever is wrong with it is said, also where another one counts.
        let web = self.web(raw);
        match &raw.command {
            Some(command) => Input::Program(self.program(command, raw.command_timeout.as_ref())),
            None => {
                if let Some(timeout) = &raw.command_timeout {
                    let fault = self.findings.fault(timeout.span(), "there is no `command` that it is for");
                    fault.hint("`command = [\"./fetch-page\", \"1\"]` names a program and its arguments");
                }
                let files = self.files(raw);
                web.map_or(Input::Files(files), |web| Input::Web(Box::new(web)))
            }
        }
    }

    pub(super) fn program(&mut self, command: &Texts, timeout: Option<&Text>) -> Program {
        let words = command.get_ref();
        if words.is_empty() || words.len() > MAX_WORDS {
            let message = format!("`command` holds {} words", words.len());
            let fault = self.findings.fault(command.span(), message);
            fault.hint(format!("a program and its arguments: from 1 to {MAX_WORDS}"));
        }
        for (at, word) in words.iter().enumerate().take(MAX_WORDS) {
            let text = word.get_ref();
            if text.contains('\0') || (at == 0 && text.trim().is_empty()) {
                self.findings.fault(word.span(), "this is no program, and no argument of one");
            } else if at == 0 && words.len() == 1 && text.contains(char::is_whitespace) {
                let warning =
                    self.findings.warn(word.span(), "this is the name of one program, blanks and all");
                warning.hint("no shell reads it: give each argument as a text of its own");
            }
        }
        let seconds = timeout.and_then(|text| {
            let period = self.period(text, "command_timeout")?;
            if COMMAND_SECONDS.contains(&period.as_secs()) {
                return u32::try_from(period.as_secs()).ok();
            }
            let fault = self.findings.fault(text.span(), "`command_timeout` is out of range");
            fault.label("from 1s to 1h").hint("the default is \"1m\"");
            None
        });
        Program {
            command: words.iter().map(|word| word.get_ref().clone()).collect(),
            seconds: seconds.unwrap_or(60),
        }
    }

    fn files(&mut self, raw: &RawListing) -> Vec<String> {
        let Some(files) = &raw.files else { return Vec::new() };
        if files.get_ref().is_empty() || files.get_ref().len() > MAX_FILES {
            let message = format!("`files` holds {} paths", files.get_ref().len());
            self.findings.fault(files.span(), message).hint(format!("from 1 to {MAX_FILES}"));
        }
        files.get_ref().iter().take(MAX_FILES).filter_map(|file| self.file(file)).collect()
    }

    /// A path or pattern, absolute.
    fn file(&mut self, text: &Text) -> Option<String> {
        let path = text.get_ref();
        if path.trim().is_empty() || path.contains('\0') {
            self.findings.fault(text.span(), "this is no path");
            return None;
        }
        if path.contains("://") {
            let fault = self.findings.fault(text.span(), "this is an address, not a file");
            fault.hint("a page on the web is `url = \"https://…\"`");
            return None;
        }
        if let Err(error) = glob::Pattern::new(path) {
            let at = (error.pos.min(path.len())..path.len()).start;
            let span = super::value::inside(self.text, text, &(at..(at + 1).min(path.len())));
            let fault = self.findings.fault(span, format!("this pattern is not understood: {}", error.msg));
            fault.hint("`*` is any run of characters, `**` any folders, `[[]` a bracket");
            return None;
        }
        Some(self.pattern(path))
    }

    /// `path` against the working directory, whose own name is no pattern.
    fn pattern(&self, path: &str) -> String {
        if path.starts_with('/') {
            return path.to_owned();
        }
        let folder = self.env.working_dir.to_string_lossy();
        let plain = path.strip_prefix("./").unwrap_or(path);
        format!("{}/{plain}", glob::Pattern::escape(folder.trim_end_matches('/')))
    }

    /// Warns of an identity rule that no entry of the format can follow.
    fn check_identity(&mut self, raw: &RawListing, policy: &Policy) {
        let none = policy.format == Format::Text
            && !policy.identity.is_empty()
            && !policy.identity.contains(&KeyKind::SourceDateTitle);
        if none {
            let span = raw.policy.identity.as_ref().map_or(raw.span.clone(), |list| list.span());
            let warning = self.findings.warn(span, "text pages seldom give ids or links");
            warning.hint("entries without a key are lost; add \"source+date+title\"");
        }
    }

    /// Refuses an id that was given before.
    pub(super) fn unique<'r>(&mut self, ids: impl Iterator<Item = &'r Option<Text>>, kind: &str) {
        let mut first: BTreeMap<&str, Range<usize>> = BTreeMap::new();
        for id in ids.flatten().filter(|id| ListingId::parse(id.get_ref()).is_ok()) {
            match first.get(id.get_ref().as_str()) {
                Some(before) => {
                    let fault =
                        self.findings.fault(id.span(), format!("two {kind}s have the id `{}`", id.get_ref()));
                    fault.label("again here").also(before.clone(), "first here");
                }
                None => {
                    first.insert(id.get_ref(), id.span());
                }
            }
        }
    }

    /// Warns when two listings of one site read the same file.
    fn shared_files(&mut self, raw: &RawConfig) {
        let mut first: BTreeMap<(&str, String), Range<usize>> = BTreeMap::new();
        for listing in &raw.listings {
            let Some(site) = listing.site.as_ref().or(listing.id.as_ref()) else { continue };
            let files = listing.files.iter().flat_map(|files| files.get_ref()).take(MAX_FILES);
            for file in files {
                let key = (site.get_ref().as_str(), self.pattern(file.get_ref()));
                match first.get(&key) {
                    Some(before) => {
                        let warning = self.findings.warn(file.span(), "this file is read twice for one site");
                        warning.label("again here").also(before.clone(), "first here");
                    }
                    None => {
                        first.insert(key, file.span());
                    }
                }
            }
        }
    }
}

/// The site of a listing whose config names none, where its pages come from an address: the host.
fn site_of(input: &Input) -> Option<String> {
    let Input::Web(web) = input else { return None };
    host(&web.url)
}
