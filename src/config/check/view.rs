//! `[[view]]` and its `when`.

use std::collections::BTreeSet;

use super::Checker;
use super::value::{MAX_NAME, MAX_PROSE, inside};

use crate::config::raw::{RawConfig, RawView, RawWhen, Text, Texts};
use crate::model::Expression;
use crate::model::filter::{Filter, MAX_DEPTH, Pattern, ViewSpec};

/// The greatest number of views.
const MAX_VIEWS: usize = 1_000;
/// The greatest number of names in one list of a filter.
pub(super) const MAX_NAMES: usize = 200;

/// The ids of the listings, as typed.
pub(super) fn listing_ids(raw: &RawConfig) -> BTreeSet<&str> {
    raw.listings.iter().filter_map(|listing| listing.id.as_ref()).map(|id| id.get_ref().as_str()).collect()
}

impl Checker<'_> {
    pub(super) fn views(&mut self, raw: &RawConfig) -> Vec<ViewSpec> {
        if let Some(first) = raw.views.get(MAX_VIEWS) {
            let message = format!("{} views are too many", raw.views.len());
            self.findings.fault(first.span.clone(), message).hint(format!("at most {MAX_VIEWS}"));
            return Vec::new();
        }
        let listings = listing_ids(raw);
        let views = raw.views.iter().filter_map(|view| self.view(view, &listings)).collect();
        self.unique(raw.views.iter().map(|view| &view.id), "view");
        views
    }

    fn view(&mut self, raw: &RawView, listings: &BTreeSet<&str>) -> Option<ViewSpec> {
        self.required(&raw.missing, "view", &raw.span);
        let id = self.id(raw.id.as_ref());
        let title = self.line(raw.title.as_ref(), "title", MAX_NAME);
        let description = self.line(raw.description.as_ref(), "description", MAX_PROSE);
        let filter = raw.when.as_ref().and_then(|when| self.filter(when, listings, 1));
        let id = id?;
        Some(ViewSpec { title: title.unwrap_or_else(|| id.to_string()), id, description, filter: filter? })
    }

    /// All of the given keys; within one key, any of its names.
    pub(super) fn filter(
        &mut self,
        raw: &RawWhen,
        listings: &BTreeSet<&str>,
        depth: usize,
    ) -> Option<Filter> {
        if depth > MAX_DEPTH {
            let fault = self.findings.fault(raw.span.clone(), "filters are nested too deeply");
            fault.hint(format!("at most {MAX_DEPTH} levels"));
            return None;
        }
        self.check_listings(raw.listings.as_ref(), listings);
        let mut all = Vec::new();
        all.extend(self.any_name(raw.tags.as_ref(), "tags", Filter::Tag));
        all.extend(self.any_name(raw.sources.as_ref(), "sources", Filter::Source));
        all.extend(self.any_name(raw.categories.as_ref(), "categories", Filter::Category));
        all.extend(self.any_name(raw.listings.as_ref(), "listings", Filter::Listing));
        all.extend(self.line(raw.text.as_ref(), "text", MAX_NAME).map(Filter::Text));
        all.extend(raw.regex.as_ref().and_then(|text| self.expression(text)).map(Filter::Regex));
        let mut inner = |list: &[RawWhen]| -> Vec<Filter> {
            if list.is_empty() {
                self.findings.fault(raw.span.clone(), "`all` or `any` of nothing").hint("leave the key out");
            }
            list.iter().filter_map(|when| self.filter(when, listings, depth + 1)).collect()
        };
        all.extend(raw.all.as_deref().map(|list| Filter::All(inner(list))));
        all.extend(raw.any.as_deref().map(|list| Filter::Any(inner(list))));
        let not = raw.not.as_deref().and_then(|when| self.filter(when, listings, depth + 1));
        all.extend(not.map(|filter| Filter::Not(Box::new(filter))));
        if all.is_empty() && raw.is_empty() {
            let fault = self.findings.fault(raw.span.clone(), "this filter says nothing");
            fault.hint("give one of tags, sources, categories, listings, text, regex, all, any, not");
        }
        match <[Filter; 1]>::try_from(all) {
            Ok([one]) => Some(one),
            Err(all) => Some(Filter::All(all)),
        }
    }

    /// A regex; `None` after a fault.
    fn expression(&mut self, text: &Text) -> Option<Expression> {
        let written = text.get_ref();
        if written.is_empty() {
            let fault = self.findings.fault(text.span(), "`regex` is empty, so everything would fit");
            fault.hint("leave the key out to allow all");
            return None;
        }
        if written.len() > MAX_PROSE {
            let message = format!("`regex` is {} bytes long", written.len());
            self.findings.fault(text.span(), message).hint(format!("at most {MAX_PROSE}"));
            return None;
        }
        match Expression::parse(written) {
            Ok(expression) => Some(expression),
            Err(bad) => {
                let span = inside(self.text, text, &bad.span);
                let message = format!("this regex is not understood: {}", bad.message);
                self.findings.fault(span, message).hint("as in `regex = '(?i)\\bkafka\\b'`");
                None
            }
        }
    }

    fn any_name(
        &mut self,
        list: Option<&Texts>,
        key: &str,
        condition: fn(Pattern) -> Filter,
    ) -> Option<Filter> {
        let list = list?;
        if list.get_ref().is_empty() {
            let fault = self.findings.fault(list.span(), format!("`{key}` is empty, so nothing would fit"));
            fault.hint("leave the key out to allow all");
            return None;
        }
        let names = self.names(Some(list), key, MAX_NAMES);
        let any: Vec<Filter> = names.iter().map(|name| condition(Pattern::new(name))).collect();
        match <[Filter; 1]>::try_from(any) {
            Ok([one]) => Some(one),
            Err(any) => Some(Filter::Any(any)),
        }
    }

    /// Warns of a listing that is not in the config.
    pub(super) fn check_listings(&mut self, list: Option<&Texts>, listings: &BTreeSet<&str>) {
        for text in list.iter().flat_map(|list| list.get_ref()) {
            let pattern = Pattern::new(text.get_ref());
            let found = if pattern.is_literal() {
                listings.contains(text.get_ref().as_str())
            } else {
                listings.iter().any(|id| pattern.matches(id))
            };
            if found {
                continue;
            }
            let near = self.findings.suggest(text.get_ref(), listings.iter().copied());
            let warning =
                self.findings.warn(text.span(), format!("no listing is called `{}`", text.get_ref()));
            if let Some(near) = near {
                warning.hint(format!("did you mean `{near}`?"));
            }
        }
    }
}
