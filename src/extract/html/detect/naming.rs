//! What the parts of an entry are called: in classes, in addresses, and in the texts of links that are no titles.

use super::bylines::is_row;
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
    // In a list of tags it is the link that is the tag, where there is one.
    let bare =
        || tree.name(id) != Name::LI || tree.below(id).take(20).all(|inner| tree.name(inner) != Name::A);
    rel.split_ascii_whitespace().any(|word| word == "tag")
        || ["/tag/", "/tags/", "/topic/", "/topics/", "?tag=", "/t/"].iter().any(|part| href.contains(part))
        || is_named(tree, id, &TAGS)
        || tree.parent(id).is_some_and(|up| is_named(tree, up, &TAGS)) && bare()
}

/// Whether an element that holds no link is a row of tags in one text: it is called so, or begins with the word.
pub(super) fn is_tag_row(tree: &Tree<'_>, id: Id, text: &str) -> bool {
    let plain = matches!(
        tree.name(id),
        Name::P | Name::DIV | Name::SPAN | Name::TD | Name::LI | Name::DD | Name::SMALL | Name::EM | Name::I
    );
    plain
        && (is_row(text) || is_named(tree, id, &TAGS) && text.contains([',', '，', '、']))
        && tree.below(id).take(60).all(|inner| tree.name(inner) != Name::A)
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

/// Whether a title is a piece of a program: a declaration, or a name as only programs have them.
pub(super) fn is_code(text: &str) -> bool {
    const SAYS: [&str; 9] =
        ["impl ", "impl<", "fn ", "pub fn ", "const fn ", "unsafe fn ", "pub unsafe ", "def ", "func "];
    const BEGINS: [&str; 8] = ["pub ", "const ", "struct ", "enum ", "trait ", "class ", "type ", "macro "];
    const HOLDS: [&str; 7] = ["::", "->", "()", "(&", "(self", "<T", "&mut "];
    let begins = |words: &[&str]| words.iter().any(|begin| text.starts_with(begin));
    let sign = || text.contains(['(', '<', ':', '=', ';', '_', '{']);
    if HOLDS.iter().any(|sign| text.contains(sign)) || begins(&SAYS) || begins(&BEGINS) && sign() {
        return true;
    }
    // One word, like `set_len` or `HashMap`, and unlike a word of a language.
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'!'));
    let humps = || {
        text.bytes().zip(text.bytes().skip(1)).any(|(a, b)| a.is_ascii_lowercase() && b.is_ascii_uppercase())
    };
    plain && !text.is_empty() && (text.contains('_') || text.ends_with('!') || humps())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_programs_are_no_titles() {
        for text in [
            "pub fn push(&mut self, value: T)",
            "HashMap::new",
            "set_len",
            "AllocError",
            "vec!",
            "impl Clone for V6",
        ] {
            assert!(is_code(text), "{text}");
        }
        for text in [
            "Pub quiz tonight",
            "Rust",
            "v1.2.3",
            "Why C++?",
            "Class of 2026",
            "亿级流量系统",
            "Type systems",
            "",
        ] {
            assert!(!is_code(text), "{text}");
        }
    }
}
