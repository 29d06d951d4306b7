//! What the server knows of the published tree: a table from request paths to files.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

/// The paths that a server answers for, relative and as published (`feeds/tags/kafka.atom`).
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// Files of the tree.
    pub published: HashSet<String>,
    /// What was published under another path: old path to new one. Answered with 301.
    pub moved: HashMap<String, String>,
    /// What was published and never will be again. Answered with 410.
    pub gone: HashSet<String>,
}

/// A published tree as served: where it is, and what of it may be asked for. Shared by the server and whoever
/// publishes.
#[derive(Debug)]
pub struct Site {
    root: PathBuf,
    table: RwLock<Arc<Table>>,
    /// Whether an unreadable file was logged since the table was set.
    complained: AtomicBool,
}

/// What a path leads to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// This file on disk.
    File(PathBuf),
    /// Another path.
    Moved(String),
    /// Nothing any more.
    Gone,
    /// Nothing.
    Nothing,
}

impl Site {
    /// A site with its tree at `root` and nothing published yet: every path is unknown until [`Self::set`].
    #[must_use]
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), table: RwLock::default(), complained: AtomicBool::new(false) }
    }

    /// Replaces the table. Requests that are being answered go on with the old one.
    ///
    /// Call it after new files are written and before old ones are removed. A path that is in several parts of the
    /// table is published, else moved, else gone. Paths that no published tree may hold (absolute, hidden, with
    /// characters other than `A-Z a-z 0-9 . _ -`) are left out.
    pub fn set(&self, mut table: Table) {
        table.published.retain(|path| is_plain(path));
        table.moved.retain(|_, to| is_plain(to));
        *self.table.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(table);
        self.complained.store(false, Ordering::Relaxed);
    }

    /// What `path` (without its first `/`) leads to.
    pub(super) fn find(&self, path: &str) -> Found {
        let table = Arc::clone(&self.table.read().unwrap_or_else(PoisonError::into_inner));
        if let Some(known) = table.published.get(path) {
            return Found::File(self.root.join(known));
        }
        match table.moved.get(path) {
            Some(to) => Found::Moved(to.clone()),
            None if table.gone.contains(path) => Found::Gone,
            None => Found::Nothing,
        }
    }

    /// Whether an unreadable file should be logged: the first time after the table was set, so that readers who ask
    /// every minute do not fill the log.
    pub(super) fn may_complain(&self) -> bool {
        !self.complained.swap(true, Ordering::Relaxed)
    }
}

/// Whether `path` is relative and made of plain names only: a second fence, should a mistake of ours ever put
/// something else into a table.
fn is_plain(path: &str) -> bool {
    let is_name = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
    };
    path.split('/').all(is_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn find_prefers_published_to_moved_to_gone() {
        let site = Site::new(Path::new("/tree"));
        assert_eq!(site.find("a"), Found::Nothing);
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        site.set(Table {
            published: names(&["a"]),
            moved: ["a", "b"].map(|from| (from.to_owned(), "feeds/new".to_owned())).into(),
            gone: names(&["a", "b", "c"]),
        });
        assert_eq!(site.find("a"), Found::File("/tree/a".into()));
        assert_eq!(site.find("b"), Found::Moved("feeds/new".into()));
        assert_eq!(site.find("c"), Found::Gone);
        assert_eq!(site.find("d"), Found::Nothing);
    }

    #[test]
    fn f117_a_table_never_leads_out_of_the_tree() {
        let site = Site::new(Path::new("/tree"));
        let bad = ["/etc/passwd", "../x", "a/../../x", "", "a//b", ".env", "a\nb", "http://elsewhere/"];
        site.set(Table {
            published: bad.iter().map(|&path| path.to_owned()).collect(),
            moved: bad.iter().enumerate().map(|(n, &to)| (format!("m{n}"), to.to_owned())).collect(),
            gone: HashSet::new(),
        });
        for (n, path) in bad.iter().enumerate() {
            assert_eq!(site.find(path), Found::Nothing, "{path:?}");
            assert_eq!(site.find(&format!("m{n}")), Found::Nothing, "{path:?}");
        }
    }
}
