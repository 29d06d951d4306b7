//! What an independent reader finds in published bytes.

use roxmltree::{Document, Node};
use tidings::feed::{Channel, FeedDocument, atom, json, rss};

pub(super) const ATOM: &str = "http://www.w3.org/2005/Atom";
pub(super) const DC: &str = "http://purl.org/dc/elements/1.1/";

/// One entry as read back.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Read {
    pub(super) id: String,
    pub(super) url: String,
    pub(super) title: String,
    pub(super) summary: String,
    pub(super) author: Option<String>,
    /// Tags and category together, in the order written.
    pub(super) categories: Vec<String>,
}

pub(super) fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("UTF-8")
}

/// The entries in all three formats, each read by a parser that did not write them.
pub(super) fn all_formats(doc: &FeedDocument<'_>, channel: &Channel) -> [(&'static str, Vec<Read>); 3] {
    let rss = rss(doc, channel).expect("RSS");
    let atom = atom(doc, channel).expect("Atom");
    let json = json(doc, channel).expect("JSON");
    [("rss", read_rss(&rss)), ("atom", read_atom(&atom)), ("json", read_json(&json))]
}

pub(super) fn read_rss(bytes: &[u8]) -> Vec<Read> {
    let document = Document::parse(text(bytes)).expect("well-formed RSS");
    let items = document.descendants().filter(|node| node.has_tag_name("item"));
    items
        .map(|item| Read {
            id: child(item, "guid"),
            url: child(item, "link"),
            title: child(item, "title"),
            summary: plain(&child(item, "description")),
            author: item.children().find(|node| node.has_tag_name((DC, "creator"))).map(inner),
            categories: item.children().filter(|node| node.has_tag_name("category")).map(inner).collect(),
        })
        .collect()
}

pub(super) fn read_atom(bytes: &[u8]) -> Vec<Read> {
    let document = Document::parse(text(bytes)).expect("well-formed Atom");
    let entries = document.descendants().filter(|node| node.has_tag_name((ATOM, "entry")));
    entries
        .map(|entry| {
            let all =
                |name: &'static str| entry.children().filter(move |node| node.has_tag_name((ATOM, name)));
            let one = |name| all(name).next().map(inner).unwrap_or_default();
            Read {
                id: one("id"),
                url: all("link").next().and_then(|link| link.attribute("href")).expect("a link").to_owned(),
                title: one("title"),
                summary: one("summary"),
                author: all("author").next().map(|author| inner(author.first_element_child().expect("name"))),
                categories: all("category").filter_map(|at| at.attribute("term")).map(Into::into).collect(),
            }
        })
        .collect()
}

pub(super) fn read_json(bytes: &[u8]) -> Vec<Read> {
    let feed: serde_json::Value = serde_json::from_slice(bytes).expect("JSON");
    let string = |value: &serde_json::Value| value.as_str().map(str::to_owned);
    let items = feed["items"].as_array().expect("items");
    items
        .iter()
        .map(|item| Read {
            id: string(&item["id"]).expect("an id"),
            url: string(&item["url"]).expect("a URL"),
            title: string(&item["title"]).expect("a title"),
            summary: string(&item["content_text"]).expect("content"),
            author: string(&item["authors"][0]["name"]),
            categories: item["tags"].as_array().into_iter().flatten().filter_map(string).collect(),
        })
        .collect()
}

/// The text of a child element without a namespace; empty without one.
fn child(node: Node<'_, '_>, name: &str) -> String {
    node.children().find(|child| child.has_tag_name(name)).map(inner).unwrap_or_default()
}

/// All the text within an element, also where it is in several pieces.
pub(super) fn inner(node: Node<'_, '_>) -> String {
    node.descendants().filter(Node::is_text).filter_map(|text| text.text()).collect()
}

/// HTML without markup as plain text; panics on markup, which we never write.
fn plain(html: &str) -> String {
    assert!(!html.contains(['<', '>']), "markup in {html:?}");
    html.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}
