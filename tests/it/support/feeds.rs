//! Published feeds, read by parsers that did not write them.

use roxmltree::{Document, Node};

/// One entry of an Atom feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) summary: String,
    pub(crate) published: String,
    pub(crate) updated: String,
    pub(crate) categories: Vec<String>,
}

const ATOM: &str = "http://www.w3.org/2005/Atom";

/// The entries of an Atom document, in its order.
pub(crate) fn atom_entries(bytes: &[u8]) -> Vec<Entry> {
    let document = Document::parse(std::str::from_utf8(bytes).expect("UTF-8")).expect("well-formed Atom");
    let entries = document.root_element().children().filter(|node| node.has_tag_name((ATOM, "entry")));
    entries.map(entry).collect()
}

fn entry(node: Node<'_, '_>) -> Entry {
    let text = |name: &'static str| {
        let found = node.children().find(|child| child.has_tag_name((ATOM, name)));
        found.and_then(|child| child.text()).unwrap_or_default().to_owned()
    };
    let terms = node.children().filter(|child| child.has_tag_name((ATOM, "category")));
    Entry {
        id: text("id"),
        title: text("title"),
        summary: text("summary"),
        published: text("published"),
        updated: text("updated"),
        categories: terms.filter_map(|term| Some(term.attribute("term")?.to_owned())).collect(),
    }
}

/// The ids of an RSS document's items, in its order, by another reader.
pub(crate) fn rss_ids(bytes: &[u8]) -> Vec<String> {
    let feed = feed_rs::parser::parse(bytes).expect("RSS");
    feed.entries.into_iter().map(|entry| entry.id).collect()
}

/// The ids of a JSON feed's items, in its order.
pub(crate) fn json_ids(bytes: &[u8]) -> Vec<String> {
    let feed: serde_json::Value = serde_json::from_slice(bytes).expect("JSON");
    let items = feed["items"].as_array().expect("items");
    items.iter().map(|item| item["id"].as_str().expect("an id").to_owned()).collect()
}
