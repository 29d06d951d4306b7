//! What the parts of an entry are called: in classes, in addresses, and in the texts of links that are no titles.

use super::survey::words;
use crate::extract::html::tree::{Id, Name, Tree};

pub(super) const TITLES: [&str; 8] =
    ["title", "headline", "subject", "titleline", "storylink", "heading", "caption", "topic"];
pub(super) const NO_TITLES: [&str; 24] = [
    "author",
    "byline",
    "user",
    "tag",
    "tags",
    "category",
    "categories",
    "cat",
    "date",
    "time",
    "meta",
    "comment",
    "comments",
    "more",
    "readmore",
    "reply",
    "replies",
    "source",
    "site",
    "domain",
    "avatar",
    "share",
    "badge",
    "label",
];
pub(super) const DATES: [&str; 14] = [
    "date",
    "time",
    "datetime",
    "published",
    "pubdate",
    "posted",
    "created",
    "updated",
    "ago",
    "age",
    "when",
    "day",
    "timestamp",
    "times",
];
const SOURCES: [&str; 12] = [
    "author",
    "byline",
    "source",
    "publisher",
    "user",
    "username",
    "hnuser",
    "writer",
    "creator",
    "nickname",
    "by",
    "account",
];
pub(super) const SUMMARIES: [&str; 14] = [
    "summary",
    "excerpt",
    "description",
    "desc",
    "intro",
    "teaser",
    "lead",
    "abstract",
    "snippet",
    "dek",
    "standfirst",
    "digest",
    "content",
    "synopsis",
];
const TAGS: [&str; 9] = ["tag", "tags", "label", "labels", "topic", "topics", "keyword", "keywords", "chip"];
pub(super) const CATEGORIES: [&str; 8] =
    ["category", "categories", "cat", "rubric", "kicker", "channel", "column", "section"];

/// Texts of links that are no titles.
const NOT_TITLES: [&str; 16] = [
    "read more",
    "more",
    "continue reading",
    "comments",
    "comment",
    "reply",
    "share",
    "weiterlesen",
    "lire la suite",
    "leer más",
    "leggi tutto",
    "阅读全文",
    "更多",
    "全文",
    "discuss",
    "hide",
];

pub(super) fn is_link(tree: &Tree<'_>, id: Id) -> bool {
    tree.raw_attr(id, "href").is_some_and(|href| {
        let href = href.trim();
        !href.is_empty()
            && !href.starts_with('#')
            && !["javascript:", "mailto:", "tel:"].iter().any(|scheme| {
                href.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
            })
    })
}

pub(super) fn is_named(tree: &Tree<'_>, id: Id, wanted: &[&str]) -> bool {
    let names = tree.classes(id).chain(tree.raw_attr(id, "itemprop"));
    names.into_iter().any(|name| words(name).any(|word| wanted.contains(&&*word)))
}

pub(super) fn is_tag(tree: &Tree<'_>, id: Id) -> bool {
    if !matches!(tree.name(id), Name::A | Name::SPAN | Name::LI) {
        return false;
    }
    let href = tree.raw_attr(id, "href").unwrap_or_default();
    let rel = tree.raw_attr(id, "rel").unwrap_or_default();
    rel.split_ascii_whitespace().any(|word| word == "tag")
        || ["/tag/", "/tags/", "/topic/", "/topics/", "?tag=", "/t/"].iter().any(|part| href.contains(part))
        || is_named(tree, id, &TAGS)
        || tree.parent(id).is_some_and(|up| tree.name(id) != Name::LI && is_named(tree, up, &TAGS))
}

pub(super) fn is_source(tree: &Tree<'_>, id: Id) -> bool {
    let rel = tree.raw_attr(id, "rel").unwrap_or_default();
    let href = tree.raw_attr(id, "href").unwrap_or_default();
    rel.split_ascii_whitespace().any(|word| word == "author")
        || ["/author/", "/authors/", "/user/", "/users/", "/u/"].iter().any(|part| href.contains(part))
        || is_named(tree, id, &SOURCES)
}

pub(super) fn is_phrase(text: &str) -> bool {
    let lower = text.trim_end_matches(['.', '…', '»', '→', '>', ' ', '›']).trim().to_lowercase();
    let counted = lower.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ' || c == '+');
    NOT_TITLES.contains(&lower.as_str())
        || counted.is_empty()
        || counted.len() < lower.len() && NOT_TITLES.contains(&counted)
}
