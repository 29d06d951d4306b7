//! Where the pages of feeds are, by name.

use std::collections::HashMap;

use crate::feed::catalog::FeedSummary;
use crate::model::text::fold_key;
use crate::model::{FeedKey, FeedKind};

/// The feeds there are, looked up by kind and name, in any spelling of the name.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    /// Listings stand here under their id, which is their slug; their titles may be equal.
    paths: HashMap<FeedKey, String>,
    names: HashMap<String, String>,
}

impl Directory {
    /// A directory of these feeds. Of two with one kind and folded name, the first counts.
    #[must_use]
    pub fn new(feeds: &[FeedSummary]) -> Self {
        let mut found = Self::default();
        for feed in feeds {
            let name = if feed.kind == FeedKind::Listing { &feed.slug } else { &feed.title };
            let key = FeedKey { kind: feed.kind, name: fold_key(name) };
            found.paths.entry(key).or_insert_with(|| feed.path.clone());
            found.names.insert(feed.path.clone(), feed.name().into_owned());
        }
        found
    }

    /// The address of the page of the feed of `kind` named `name` (a listing's id), as seen from a page whose way
    /// to the top is `root`; `None` if there is no such feed.
    pub(super) fn href(&self, kind: FeedKind, name: &str, root: &str) -> Option<String> {
        let path = self.paths.get(&FeedKey::named(kind, name))?;
        Some(format!("{root}{path}.html"))
    }

    /// The name of the feed at `path`, on one line.
    pub(super) fn name(&self, path: &str) -> Option<&str> {
        self.names.get(path).map(String::as_str)
    }
}
