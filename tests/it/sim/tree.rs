//! What must be true of the published tree.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use roxmltree::{Document, Node};
use serde_json::Value;

use super::model::{Outcome, hold};
use crate::program::files;

/// What is known of the tree so far.
#[derive(Default)]
pub(super) struct Tree {
    /// Files that were parsed: inode, time and length.
    parsed: HashMap<String, (u64, i64, i64, u64)>,
    /// By the path of a feed: its id, and when it changed.
    feeds: HashMap<String, (String, String)>,
    /// The ids of entries, by title.
    entries: HashMap<String, String>,
}

/// A feed, as one of its formats has it.
#[derive(Debug, Default)]
struct Feed {
    id: String,
    updated: String,
    entries: Vec<(String, String)>,
}

impl Tree {
    /// Feeds of listings may have other paths from now on, and others theirs.
    pub(super) fn renamed(&mut self) {
        self.feeds.retain(|path, _| !path.starts_with("feeds/listings/"));
    }

    /// Every file is whole; where all were written, all formats of a feed agree.
    pub(super) fn check(&mut self, public: &Path, complete: bool) -> Outcome {
        let mut changed: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let there = files(public);
        for name in &there {
            let found = fs::metadata(public.join(name)).map_err(|error| format!("{name}: {error}"))?;
            let stamp = (found.ino(), found.mtime(), found.mtime_nsec(), found.len());
            let last = name.rsplit('/').next().unwrap_or_default();
            if last.starts_with(".tidings-") {
                hold!(!complete, "{name} is left over");
                continue;
            }
            if self.parsed.insert(name.clone(), stamp) == Some(stamp) {
                continue;
            }
            let text = fs::read_to_string(public.join(name)).map_err(|error| format!("{name}: {error}"))?;
            let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
            match ending {
                "rss" | "atom" | "xml" => {
                    Document::parse(&text).map_err(|error| format!("{name}: {error}"))?;
                }
                "json" => {
                    serde_json::from_str::<Value>(&text).map_err(|error| format!("{name}: {error}"))?;
                }
                "html" => hold!(text.trim_end().ends_with("</html>"), "{name} is cut"),
                "css" | "js" => hold!(!text.is_empty(), "{name} is empty"),
                _ => return Err(format!("{name} has no place in the tree")),
            }
            if matches!(ending, "rss" | "atom" | "json") && name != "catalog.json" {
                changed.entry(stem.to_owned()).or_default().push(ending.to_owned());
            }
        }
        if complete {
            for stem in changed.keys().filter(|stem| !stem.contains("-archive-")) {
                self.feed(public, stem)?;
            }
        }
        Ok(())
    }

    fn feed(&mut self, public: &Path, stem: &str) -> Outcome {
        let text = |ending: &str| {
            let name = format!("{stem}.{ending}");
            fs::read_to_string(public.join(&name)).map_err(|error| format!("{name}: {error}"))
        };
        let feed = atom(&text("atom")?);
        let ids: Vec<&String> = feed.entries.iter().map(|(id, _)| id).collect();
        let (rss, json) = (rss_ids(&text("rss")?), json_ids(&text("json")?));
        hold!(rss.iter().eq(ids.iter().copied()), "{stem}: RSS has {rss:?}, Atom has {ids:?}");
        hold!(json.iter().eq(ids.iter().copied()), "{stem}: JSON has {json:?}, Atom has {ids:?}");
        let now = (feed.id.clone(), feed.updated.clone());
        if let Some((id, updated)) = self.feeds.insert(stem.to_owned(), now) {
            hold!(id == feed.id, "{stem} had the id {id} and has {}", feed.id);
            hold!(updated <= feed.updated, "{stem} was updated {updated}, then {}", feed.updated);
        }
        if stem == "feeds/health" {
            return Ok(());
        }
        for (id, title) in feed.entries {
            // A title that a reader saw under one id is under no other; a new one may follow it.
            let known = self.entries.entry(title.clone()).or_insert_with(|| id.clone());
            hold!(*known == id, "{stem}: {title:?} had the id {known} and has {id}");
        }
        Ok(())
    }
}

fn text_of(node: Node<'_, '_>, name: &str) -> String {
    let found = node.children().find(|child| child.tag_name().name() == name);
    found.and_then(|child| child.text()).unwrap_or_default().to_owned()
}

fn atom(text: &str) -> Feed {
    let Ok(document) = Document::parse(text) else { return Feed::default() };
    let root = document.root_element();
    let entries = root.children().filter(|node| node.tag_name().name() == "entry");
    let entries = entries.map(|node| (text_of(node, "id"), text_of(node, "title"))).collect();
    Feed { id: text_of(root, "id"), updated: text_of(root, "updated"), entries }
}

fn rss_ids(text: &str) -> Vec<String> {
    let Ok(document) = Document::parse(text) else { return Vec::new() };
    let items = document.descendants().filter(|node| node.tag_name().name() == "item");
    items.map(|node| text_of(node, "guid")).collect()
}

fn json_ids(text: &str) -> Vec<String> {
    let feed: Value = serde_json::from_str(text).unwrap_or_default();
    let items = feed["items"].as_array().cloned().unwrap_or_default();
    items.iter().map(|item| item["id"].as_str().unwrap_or_default().to_owned()).collect()
}
