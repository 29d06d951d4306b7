//! The config as typed: which keys there are and what type each has. No rule but these, and no default.

mod html;
mod json;
mod network;
mod target;

use std::ops::Range;

use toml::Spanned;

use super::fault::Findings;
use super::read::Section;
pub(super) use super::read::{RawSecret, RawTemplate, Source, Text, Texts};
pub(super) use html::{RawField, RawHtml, RawRule};
pub(super) use json::RawJson;
pub(super) use network::{RawNetwork, RawWeb, span_of};
pub(super) use target::{RawQuiet, RawTarget};

const ROOT: &[&str] =
    &["data_dir", "site", "serve", "network", "tags", "keep", "defaults", "listing", "view", "target"];
const SITE: &[&str] = &["title", "description", "base_url", "language", "window"];
const SERVE: &[&str] = &["listen"];
const KEEP: &[&str] = &["articles", "history", "delivered"];
const TAGS: &[&str] = &["known", "alias", "split"];
const LISTING: &[&str] =
    &["id", "renamed_from", "title", "files", "command", "command_timeout", "site", "tags", "html", "json"];
/// What `[defaults]` may hold, and every listing.
const POLICY: &[&str] = &[
    "schedule",
    "every",
    "zone",
    "format",
    "day_first",
    "date_formats",
    "language",
    "identity",
    "volatile",
    "announce_first",
    "removed_after",
    "alert_after",
    "quiet_after",
    "max_pages",
    "max_page_bytes",
    "max_entries",
    "max_line_bytes",
    "max_summary_bytes",
];
const VIEW: &[&str] = &["id", "title", "description", "when"];
const WHEN: &[&str] = &["tags", "sources", "categories", "listings", "text", "regex", "all", "any", "not"];

/// Every key, by the table it stands in.
#[cfg(test)]
pub(super) const KEYS: &[(&str, &[&str])] = &[
    ("", ROOT),
    ("site", SITE),
    ("serve", SERVE),
    ("network", network::NETWORK),
    ("keep", KEEP),
    ("tags", TAGS),
    ("defaults", POLICY),
    ("listing", LISTING),
    ("listing", network::WEB),
    ("listing", POLICY),
    ("html", html::HTML),
    ("html", &crate::model::html::FIELDS),
    ("field", html::FIELD),
    ("json", json::JSON),
    ("view", VIEW),
    ("when", WHEN),
    ("target", target::TARGET),
];

/// The whole file.
pub(super) struct RawConfig {
    pub(super) data_dir: Option<Text>,
    pub(super) site: RawSite,
    pub(super) listen: Option<Result<Text, Spanned<bool>>>,
    pub(super) network: RawNetwork,
    pub(super) keep: RawKeep,
    pub(super) tags: RawTags,
    pub(super) defaults: RawPolicy,
    pub(super) listings: Vec<RawListing>,
    pub(super) views: Vec<RawView>,
    pub(super) targets: Vec<RawTarget>,
}

/// `[site]`.
#[derive(Default)]
pub(super) struct RawSite {
    pub(super) title: Option<Text>,
    pub(super) description: Option<Text>,
    pub(super) base_url: Option<Text>,
    pub(super) language: Option<Text>,
    pub(super) window: Option<Spanned<i64>>,
}

/// `[keep]`.
#[derive(Default)]
pub(super) struct RawKeep {
    pub(super) articles: Option<Result<Text, Spanned<bool>>>,
    pub(super) history: Option<Text>,
    pub(super) delivered: Option<Spanned<i64>>,
}

/// `[tags]`.
#[derive(Default)]
pub(super) struct RawTags {
    pub(super) known: Option<Texts>,
    pub(super) alias: Vec<(Text, Text)>,
    pub(super) split: Vec<(Text, Texts)>,
}

/// How listings are treated: `[defaults]`, and the same keys in a listing.
#[derive(Clone, Default)]
pub(super) struct RawPolicy {
    pub(super) schedule: Option<Text>,
    pub(super) every: Option<Text>,
    pub(super) zone: Option<Text>,
    pub(super) format: Option<Text>,
    pub(super) day_first: Option<Spanned<bool>>,
    pub(super) date_formats: Option<Texts>,
    pub(super) language: Option<Text>,
    pub(super) identity: Option<Texts>,
    pub(super) volatile: Option<Texts>,
    pub(super) announce_first: Option<Spanned<bool>>,
    pub(super) removed_after: Option<Spanned<i64>>,
    pub(super) alert_after: Option<Spanned<i64>>,
    pub(super) quiet_after: Option<Result<Text, Spanned<bool>>>,
    pub(super) max_pages: Option<Spanned<i64>>,
    pub(super) max_page_bytes: Option<Spanned<i64>>,
    pub(super) max_entries: Option<Spanned<i64>>,
    pub(super) max_line_bytes: Option<Spanned<i64>>,
    pub(super) max_summary_bytes: Option<Spanned<i64>>,
}

/// `[[listing]]`.
pub(super) struct RawListing {
    pub(super) span: Range<usize>,
    /// The keys it must have and does not; one of a wrong type is not missing.
    pub(super) missing: Vec<&'static str>,
    pub(super) id: Option<Text>,
    pub(super) renamed_from: Option<Texts>,
    pub(super) title: Option<Text>,
    pub(super) files: Option<Texts>,
    pub(super) command: Option<Texts>,
    pub(super) command_timeout: Option<Text>,
    pub(super) web: RawWeb,
    pub(super) site: Option<Text>,
    pub(super) tags: Option<Texts>,
    pub(super) html: Option<RawHtml>,
    pub(super) json: Option<RawJson>,
    pub(super) policy: RawPolicy,
}

/// `[[view]]`.
pub(super) struct RawView {
    pub(super) span: Range<usize>,
    /// The keys it must have and does not; one of a wrong type is not missing.
    pub(super) missing: Vec<&'static str>,
    pub(super) id: Option<Text>,
    pub(super) title: Option<Text>,
    pub(super) description: Option<Text>,
    pub(super) when: Option<RawWhen>,
}

/// `when`, and what stands in its `all`, `any` and `not`.
pub(super) struct RawWhen {
    pub(super) span: Range<usize>,
    pub(super) tags: Option<Texts>,
    pub(super) sources: Option<Texts>,
    pub(super) categories: Option<Texts>,
    pub(super) listings: Option<Texts>,
    pub(super) text: Option<Text>,
    pub(super) regex: Option<Text>,
    pub(super) all: Option<Vec<RawWhen>>,
    pub(super) any: Option<Vec<RawWhen>>,
    pub(super) not: Option<Box<RawWhen>>,
}

impl RawConfig {
    /// Reads the file's table. What has a wrong type counts as missing, after it was reported.
    pub(super) fn read(span: Range<usize>, table: &toml::de::DeTable<'_>, findings: &mut Findings) -> Self {
        let root = Section::open(span, table, &[ROOT], findings);
        let site = root.section("site", &[SITE], findings);
        let serve = root.section("serve", &[SERVE], findings);
        let network = root.section("network", &[network::NETWORK], findings);
        let keep = root.section("keep", &[KEEP], findings);
        let tags = root.section("tags", &[TAGS], findings);
        let defaults = root.section("defaults", &[POLICY], findings);
        let listings =
            root.sections("listing", &[LISTING, network::WEB, POLICY], findings).unwrap_or_default();
        let views = root.sections("view", &[VIEW], findings).unwrap_or_default();
        let targets = root.sections("target", &[target::TARGET], findings).unwrap_or_default();
        Self {
            data_dir: root.text("data_dir", findings),
            site: site.map(|section| RawSite::read(&section, findings)).unwrap_or_default(),
            listen: serve.and_then(|section| section.text_or_flag("listen", findings)),
            network: network.map(|section| RawNetwork::read(&section, findings)).unwrap_or_default(),
            keep: keep.map(|section| RawKeep::read(&section, findings)).unwrap_or_default(),
            tags: tags.map(|section| RawTags::read(&section, findings)).unwrap_or_default(),
            defaults: defaults.map(|section| RawPolicy::read(&section, findings)).unwrap_or_default(),
            listings: listings.iter().map(|section| RawListing::read(section, findings)).collect(),
            views: views.iter().map(|section| RawView::read(section, findings)).collect(),
            targets: targets.iter().map(|section| RawTarget::read(section, findings)).collect(),
        }
    }
}

impl RawSite {
    fn read(section: &Section<'_>, findings: &mut Findings) -> Self {
        Self {
            title: section.text("title", findings),
            description: section.text("description", findings),
            base_url: section.text("base_url", findings),
            language: section.text("language", findings),
            window: section.number("window", findings),
        }
    }
}

impl RawKeep {
    fn read(section: &Section<'_>, findings: &mut Findings) -> Self {
        Self {
            articles: section.text_or_flag("articles", findings),
            history: section.text("history", findings),
            delivered: section.number("delivered", findings),
        }
    }
}

impl RawTags {
    fn read(section: &Section<'_>, findings: &mut Findings) -> Self {
        Self {
            known: section.texts("known", findings),
            alias: section.text_by_name("alias", findings),
            split: section.texts_by_name("split", findings),
        }
    }
}

impl RawPolicy {
    fn read(section: &Section<'_>, findings: &mut Findings) -> Self {
        Self {
            schedule: section.text("schedule", findings),
            every: section.text("every", findings),
            zone: section.text("zone", findings),
            format: section.text("format", findings),
            day_first: section.flag("day_first", findings),
            date_formats: section.texts("date_formats", findings),
            language: section.text("language", findings),
            identity: section.texts("identity", findings),
            volatile: section.texts("volatile", findings),
            announce_first: section.flag("announce_first", findings),
            removed_after: section.number("removed_after", findings),
            alert_after: section.number("alert_after", findings),
            quiet_after: section.text_or_flag("quiet_after", findings),
            max_pages: section.number("max_pages", findings),
            max_page_bytes: section.number("max_page_bytes", findings),
            max_entries: section.number("max_entries", findings),
            max_line_bytes: section.number("max_line_bytes", findings),
            max_summary_bytes: section.number("max_summary_bytes", findings),
        }
    }
}

impl RawListing {
    fn read(section: &Section<'_>, findings: &mut Findings) -> Self {
        Self {
            span: section.span.clone(),
            // Its pages are files, come from an address, or are made by a program.
            missing: section.missing(if section.has("url") || section.has("command") {
                &["id"]
            } else {
                &["id", "files"]
            }),
            id: section.text("id", findings),
            renamed_from: section.text_or_texts("renamed_from", findings),
            title: section.text("title", findings),
            files: section.texts("files", findings),
            command: section.texts("command", findings),
            command_timeout: section.text("command_timeout", findings),
            web: RawWeb::read(section, findings),
            site: section.text("site", findings),
            tags: section.texts("tags", findings),
            html: section
                .section("html", &[html::HTML, &crate::model::html::FIELDS], findings)
                .map(|rules| RawHtml::read(&rules, findings)),
            json: section.section("json", &[json::JSON], findings).map(|json| RawJson::read(&json, findings)),
            policy: RawPolicy::read(section, findings),
        }
    }
}

impl RawView {
    fn read(section: &Section<'_>, findings: &mut Findings) -> Self {
        Self {
            span: section.span.clone(),
            missing: section.missing(&["id", "when"]),
            id: section.text("id", findings),
            title: section.text("title", findings),
            description: section.text("description", findings),
            when: section.section("when", &[WHEN], findings).map(|when| RawWhen::read(&when, findings)),
        }
    }
}

impl RawWhen {
    /// The parser bounds how deep tables nest, and with it this recursion.
    fn read(section: &Section<'_>, findings: &mut Findings) -> Self {
        let mut nested = |key| {
            let sections = section.sections(key, &[WHEN], findings)?;
            Some(sections.iter().map(|inner| Self::read(inner, findings)).collect::<Vec<Self>>())
        };
        let (all, any) = (nested("all"), nested("any"));
        let not =
            section.section("not", &[WHEN], findings).map(|inner| Box::new(Self::read(&inner, findings)));
        Self {
            span: section.span.clone(),
            tags: section.texts("tags", findings),
            sources: section.texts("sources", findings),
            categories: section.texts("categories", findings),
            listings: section.texts("listings", findings),
            text: section.text("text", findings),
            regex: section.text("regex", findings),
            all,
            any,
            not,
        }
    }
}

impl RawWhen {
    /// Whether it gives no key at all.
    pub(super) fn is_empty(&self) -> bool {
        let lists = [&self.tags, &self.sources, &self.categories, &self.listings];
        lists.iter().all(|list| list.is_none())
            && self.text.is_none()
            && self.regex.is_none()
            && self.all.is_none()
            && self.any.is_none()
            && self.not.is_none()
    }
}
