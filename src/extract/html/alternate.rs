//! Feeds that a page names as another form of itself.

use super::links::{Base, Link};
use super::select::{Query, Selectors};
use super::tree::Tree;
use crate::extract::charset;
use crate::model::reading::Document;

/// What pages call them by.
const ALTERNATE: &str = "link[rel~=alternate][href][type]";

/// The types of feeds.
const TYPES: [&str; 3] = ["application/rss+xml", "application/atom+xml", "application/feed+json"];

/// The greatest number of feeds of one page.
const MAX: usize = 10;

/// The absolute addresses of the feeds that `document` names, each once, in order, at most ten.
#[must_use]
pub fn feeds(document: &Document) -> Vec<String> {
    let decoded = charset::decode(&document.bytes, document.media.as_deref());
    let mut found = Vec::new();
    let (Ok(tree), Ok(selectors)) = (Tree::parse(&decoded.text), Selectors::parse(ALTERNATE)) else {
        return found;
    };
    let base = Base::of(&tree, document.address.as_deref());
    for id in Query::new(&tree).all(0, &selectors) {
        let media = tree.attr(id, "type").unwrap_or_default();
        let media = media.split(';').next().unwrap_or_default().trim();
        if !TYPES.iter().any(|known| media.eq_ignore_ascii_case(known)) {
            continue;
        }
        if let Link::To(link) = base.link(&tree.attr(id, "href").unwrap_or_default())
            && !found.contains(&link)
        {
            found.push(link);
        }
        if found.len() >= MAX {
            break;
        }
    }
    found
}
