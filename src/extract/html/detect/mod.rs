//! Rules found on a page: the structure that repeats, and what its parts are.
//!
//! [`survey`] weighs the page in one pass; [`groups`] puts elements of one shape together and scores each group
//! as a list of articles; [`parts`] looks for title, date, source, summary and tags in single entries;
//! [`voting`] makes of what was found one selector for all entries. Navigation, footers and the like are passed
//! over, and a page that is no list gets no rules. [`bylines`] tells names and tags from what stands in one text with
//! them. All of it is bounded by the budget of the [`Query`].

mod bylines;
mod groups;
mod naming;
mod parts;
mod survey;
mod voting;

use super::select::Query;
use super::tree::Tree;
use crate::extract::charset;
use crate::model::html::{FIELDS, HtmlRules};
use crate::model::listing::{DateRules, Limits};
use crate::model::reading::Document;

/// From this confidence on, rules that were found are used.
pub(super) const ENOUGH: f32 = 0.5;

/// Rules that were found on a page, and how sure they are.
#[derive(Clone, Debug, PartialEq)]
pub struct Detection {
    /// The rules.
    pub rules: HtmlRules,
    /// How sure it is that they give the page's articles: 0 to 1. From a half on they are used.
    pub confidence: f32,
    /// What speaks for them, one line each, for people.
    pub notes: Vec<String>,
}

/// Finds rules for a page on the page itself; `None` where nothing on it repeats, or it is too large or too deep.
///
/// `confidence` says whether they would be used without having been asked for.
#[must_use]
pub fn detect(document: &Document, limits: &Limits, dates: &DateRules) -> Option<Detection> {
    if document.bytes.len() as u64 > limits.page_bytes {
        return None;
    }
    let decoded = charset::decode(&document.bytes, document.media.as_deref());
    let tree = Tree::parse(&decoded.text).ok()?;
    on_page(&Query::new(&tree), dates)
}

/// The same on a page that is a tree already.
pub(super) fn on_page(query: &Query<'_, '_>, dates: &DateRules) -> Option<Detection> {
    let survey = survey::Survey::of(query.tree);
    let group = groups::best(query, &survey, dates)?;
    let rules = voting::rules(query, &group, dates)?;
    let mut notes = vec![format!("{} entries by `{}`", group.members.len(), rules.item)];
    for name in FIELDS {
        if let Some(field) = rules.field(name) {
            notes.push(format!("{name}: {}", describe(field)));
        }
    }
    Some(Detection { rules, confidence: group.score / (group.score + 0.8), notes })
}

fn describe(rule: &crate::model::html::FieldRule) -> String {
    let mut text = String::new();
    if let Some(next) = &rule.next {
        text.push_str(&format!("in the `{next}` after the entry, "));
    }
    let select = if rule.select.is_empty() { super::ITSELF } else { &rule.select };
    text.push_str(&format!("`{select}`"));
    if let Some(attr) = &rule.attr {
        text.push_str(&format!(", attribute `{attr}`"));
    }
    text
}

/// What is said of a page on which no list was found, or none that is sure enough.
pub(super) fn complaint(found: Option<&Detection>) -> String {
    match found {
        None => "no list of articles was recognised on the HTML page; say where it is with [listing.html]"
            .to_owned(),
        Some(found) => format!(
            "no list of articles was recognised on the HTML page; the likeliest, `{}`, is not sure enough ({:.0} of 100). Say \
             where it is with [listing.html]",
            found.rules.item,
            found.confidence * 100.0
        ),
    }
}
