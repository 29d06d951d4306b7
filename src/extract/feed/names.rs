//! What prefixes stand for.

use crate::extract::xml::Tag;

/// How many prefixes are remembered; only those that mean something here are.
const MAX: usize = 64;

/// The vocabularies that are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Space {
    /// RSS and Atom, and everything without a prefix.
    Plain,
    /// Dublin Core, its terms too.
    Dublin,
    /// `content:encoded`.
    Content,
    /// `sy:updatePeriod`.
    Syndication,
    /// `feedburner:origLink`.
    Burner,
    /// All others: media, podcasts, comments.
    Other,
}

/// The prefixes of a feed. A declaration counts from where it stands to the end of the feed.
#[derive(Debug, Default)]
pub(super) struct Names<'t> {
    declared: Vec<(&'t str, Space)>,
}

impl<'t> Names<'t> {
    /// Notes what a tag declares.
    pub(super) fn declare(&mut self, tag: &Tag<'t>) {
        if !tag.attributes.contains("xmlns:") {
            return;
        }
        for (name, address) in tag.pairs() {
            let Some(prefix) = name.strip_prefix("xmlns:") else { continue };
            let space = of_address(address.trim());
            if self.space(prefix) == space {
                continue;
            }
            self.declared.retain(|(known, _)| *known != prefix);
            if self.declared.len() < MAX {
                self.declared.push((prefix, space));
            }
        }
    }

    /// What a prefix stands for: as declared, else as it is commonly used.
    pub(super) fn space(&self, prefix: &str) -> Space {
        if prefix.is_empty() {
            return Space::Plain;
        }
        let declared = self.declared.iter().find(|(known, _)| *known == prefix);
        declared.map_or_else(|| of_prefix(prefix), |(_, space)| *space)
    }
}

fn of_prefix(prefix: &str) -> Space {
    match prefix {
        "atom" | "atom10" | "atom03" | "a10" | "rss" | "rdf" => Space::Plain,
        "dc" | "dcterms" | "dct" => Space::Dublin,
        "content" => Space::Content,
        "sy" => Space::Syndication,
        "feedburner" => Space::Burner,
        _ => Space::Other,
    }
}

fn of_address(address: &str) -> Space {
    let plain = address.trim_end_matches(['/', '#']);
    let plain = plain.strip_prefix("https://").or_else(|| plain.strip_prefix("http://")).unwrap_or(plain);
    match plain {
        "www.w3.org/2005/Atom"
        | "purl.org/atom/ns"
        | "purl.org/rss/1.0"
        | "my.netscape.com/rdf/simple/0.9"
        | "backend.userland.com/rss2"
        | "www.w3.org/1999/02/22-rdf-syntax-ns" => Space::Plain,
        "purl.org/dc/elements/1.1" | "purl.org/dc/elements/1.0" | "purl.org/dc/terms" => Space::Dublin,
        "purl.org/rss/1.0/modules/content" => Space::Content,
        "purl.org/rss/1.0/modules/syndication" => Space::Syndication,
        "rssnamespace.org/feedburner/ext/1.0" => Space::Burner,
        _ => Space::Other,
    }
}
