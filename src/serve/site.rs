//! What the server knows of the published tree: a table from request paths to files.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use crate::model::Paths;

/// The paths that a server answers for, relative and as published (`feeds/tags/kafka.atom`).
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// Files of the tree.
    pub published: Arc<Paths>,
    /// What was published under another path: old path to new one. Answered with 301.
    pub moved: HashMap<String, String>,
    /// What was published and never will be again. Answered with 410.
    pub gone: HashSet<String>,
}

/// What is made of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Made {
    /// A page of these bytes.
    Page(Vec<u8>),
    /// There was one, and never will be again.
    Gone,
    /// There is none.
    Nothing,
}

/// Makes the pages of articles that are no files.
/// An error is a trouble of ours that will pass. May block.
type Render = dyn Fn(&str) -> io::Result<Made> + Send + Sync;

/// A published tree as served: where it is, and what of it may be asked for. Shared by the server and whoever
/// publishes.
pub struct Site {
    root: PathBuf,
    table: RwLock<Arc<Table>>,
    render: Option<Arc<Render>>,
    /// Whether an unreadable file was logged since the table was set.
    complained: AtomicBool,
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Site").field("root", &self.root).field("table", &self.table).finish_non_exhaustive()
    }
}

/// What a path leads to.
pub(super) enum Found {
    /// This file on disk.
    File(PathBuf),
    /// What this makes of the path, if anything.
    Rendered(Arc<Render>),
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
        let (table, complained) = (RwLock::default(), AtomicBool::new(false));
        Self { root: root.to_owned(), table, render: None, complained }
    }

    /// The same with a maker of those pages `articles/….html` that are not in the table. It is called on the pool
    /// for blocking work, for any such path that a stranger may think of.
    #[must_use]
    pub fn rendering(root: &Path, render: impl Fn(&str) -> io::Result<Made> + Send + Sync + 'static) -> Self {
        Self { render: Some(Arc::new(render)), ..Self::new(root) }
    }

    /// Replaces the table. Requests that are being answered go on with the old one.
    ///
    /// Call it after new files are written and before old ones are removed. A path that is in several parts of the
    /// table is published, else moved, else gone. Paths that no published tree may hold (absolute, hidden, with
    /// characters other than `A-Z a-z 0-9 . _ -`) lead nowhere.
    pub fn set(&self, mut table: Table) {
        table.moved.retain(|_, to| is_plain(to));
        *self.table.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(table);
        self.complained.store(false, Ordering::Relaxed);
    }

    /// What `path` (without its first `/`) leads to.
    pub(super) fn find(&self, path: &str) -> Found {
        let table = Arc::clone(&self.table.read().unwrap_or_else(PoisonError::into_inner));
        if is_plain(path) && table.published.contains(path) {
            return Found::File(self.root.join(path));
        }
        match table.moved.get(path) {
            Some(to) => Found::Moved(to.clone()),
            None if table.gone.contains(path) => Found::Gone,
            None => match &self.render {
                Some(render) if is_article(path) => Found::Rendered(Arc::clone(render)),
                _ => Found::Nothing,
            },
        }
    }

    /// Whether an unreadable file should be logged: the first time after the table was set, so that readers who ask
    /// every minute do not fill the log.
    pub(super) fn may_complain(&self) -> bool {
        !self.complained.swap(true, Ordering::Relaxed)
    }
}

/// Whether `path` may be the page of an article: `articles/`, one plain name, `.html`.
fn is_article(path: &str) -> bool {
    let name = path.strip_prefix("articles/").and_then(|name| name.strip_suffix(".html"));
    name.is_some_and(|name| {
        !name.is_empty() && name.len() <= 64 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    })
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

    /// What a path leads to, in a word.
    fn lead(site: &Site, path: &str) -> String {
        match site.find(path) {
            Found::File(place) => place.display().to_string(),
            Found::Rendered(_) => "rendered".to_owned(),
            Found::Moved(to) => format!("moved to {to}"),
            Found::Gone => "gone".to_owned(),
            Found::Nothing => "nothing".to_owned(),
        }
    }

    fn paths(paths: &[&str]) -> Arc<Paths> {
        Arc::new(paths.iter().collect())
    }

    #[test]
    fn find_prefers_published_to_moved_to_gone() {
        let site = Site::new(Path::new("/tree"));
        assert_eq!(lead(&site, "a"), "nothing");
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        site.set(Table {
            published: paths(&["a"]),
            moved: ["a", "b"].map(|from| (from.to_owned(), "feeds/new".to_owned())).into(),
            gone: names(&["a", "b", "c"]),
        });
        assert_eq!(lead(&site, "a"), "/tree/a");
        assert_eq!(lead(&site, "b"), "moved to feeds/new");
        assert_eq!(lead(&site, "c"), "gone");
        assert_eq!(lead(&site, "d"), "nothing");
    }

    #[test]
    fn f117_a_table_never_leads_out_of_the_tree() {
        let site = Site::new(Path::new("/tree"));
        let bad = ["/etc/passwd", "../x", "a/../../x", "", "a//b", ".env", "a\nb", "http://elsewhere/"];
        site.set(Table {
            published: paths(&bad),
            moved: bad.iter().enumerate().map(|(n, &to)| (format!("m{n}"), to.to_owned())).collect(),
            gone: HashSet::new(),
        });
        for (n, path) in bad.iter().enumerate() {
            assert_eq!(lead(&site, path), "nothing", "{path:?}");
            assert_eq!(lead(&site, &format!("m{n}")), "nothing", "{path:?}");
        }
    }

    #[test]
    fn f117_only_paths_of_articles_are_rendered() {
        let site = Site::rendering(Path::new("/tree"), |_| Ok(Made::Nothing));
        assert_eq!(lead(&site, "articles/0f-1.html"), "rendered");
        let long = format!("articles/{}.html", "0".repeat(65));
        for path in
            ["articles/.html", "articles/a", "articles/../a.html", "articles/a/b.html", "a.html", &long]
        {
            assert_eq!(lead(&site, path), "nothing", "{path}");
        }
        let published = paths(&["articles/a.html"]);
        site.set(Table { published, ..Table::default() });
        assert_eq!(lead(&site, "articles/a.html"), "/tree/articles/a.html");
    }
}
