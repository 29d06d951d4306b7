//! Listings watched in process, by a clock that the test moves.

use std::path::Path;

use tidings::config::{Config, Environment, load};
use tidings::daemon::App;
use tidings::daemon::report::{Item, ScanReport};
use tidings::model::reading::Document;
use tidings::model::{Article, FeedKey, ListingSpec, Timestamp};
use tidings::store::{EmbeddedStore, Store};
use tokio::runtime::Runtime;

use super::page::Page;

/// When every watch begins.
const START: i64 = 1_900_000_000;

/// A config line for a listing of the site `site`.
pub(crate) fn listing(id: &str, more: &str) -> String {
    format!("[[listing]]\nid = \"{id}\"\nsite = \"site\"\nfiles = [\"{id}.txt\"]\n{more}\n")
}

/// A store, the listings of a config, and a clock.
pub(crate) struct Watch {
    runtime: Runtime,
    folder: tempfile::TempDir,
    app: Option<App<EmbeddedStore>>,
    pub(crate) now: i64,
}

impl Watch {
    /// Watches the listings of a config.
    pub(crate) fn new(config: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let folder = tempfile::tempdir().expect("a folder");
        let mut watch = Self { runtime, folder, app: None, now: START };
        watch.reopen(config);
        watch
    }

    /// Watches one listing, `news`.
    pub(crate) fn one(more: &str) -> Self {
        Self::new(&listing("news", more))
    }

    /// One listing, `news`, and its baseline.
    pub(crate) fn after(page: impl Into<Page>) -> Self {
        let mut watch = Self::one("");
        watch.scan(page.into().text());
        watch
    }

    /// Stops, and starts again with another config.
    pub(crate) fn reopen(&mut self, config: &str) {
        self.reopen_with(config, |_| {});
    }

    /// The same with a config that is changed after it was read.
    pub(crate) fn reopen_with(&mut self, config: &str, change: impl FnOnce(&mut Config)) {
        self.stop();
        let mut config = self.config(config);
        change(&mut config);
        let app = self.runtime.block_on(async {
            let store = EmbeddedStore::open(&config.data_dir, Timestamp::from_unix(START)).expect("a store");
            App::with(config, store).await.expect("an app")
        });
        self.app = Some(app);
    }

    fn stop(&mut self) {
        if let Some(app) = self.app.take() {
            self.runtime.block_on(app.close()).expect("closed");
        }
    }

    fn config(&self, text: &str) -> Config {
        let path = self.folder.path().join("tidings.toml");
        std::fs::write(&path, text).expect("a config");
        let env = Environment { working_dir: self.folder.path().to_owned(), ..Environment::default() };
        load(Path::new(&path), &env).expect("a valid config").config
    }

    pub(crate) fn app(&self) -> &App<EmbeddedStore> {
        self.app.as_ref().expect("an app")
    }

    pub(crate) fn spec(&self, id: &str) -> ListingSpec {
        let listing = self.app().config.listings.iter().find(|listing| listing.spec.id.as_str() == id);
        listing.expect("a listing").spec.clone()
    }

    /// Half an hour later, scans `news` as one page with these bytes.
    pub(crate) fn scan(&mut self, bytes: impl Into<Vec<u8>>) -> ScanReport {
        self.scan_on("news", &[&bytes.into()])
    }

    /// The same with these entries.
    pub(crate) fn see(&mut self, page: impl Into<Page>) -> ScanReport {
        self.scan(page.into().text())
    }

    /// The same on another listing.
    pub(crate) fn see_on(&mut self, id: &str, page: impl Into<Page>) -> ScanReport {
        self.scan_on(id, &[page.into().text().as_bytes()])
    }

    /// Half an hour later, scans a listing with these pages.
    pub(crate) fn scan_on(&mut self, id: &str, pages: &[&[u8]]) -> ScanReport {
        self.now += 1_800;
        let spec = self.spec(id);
        let document = |(at, bytes): (usize, &&[u8])| Document::new(format!("{id}-{at}"), bytes.to_vec());
        let pages: Vec<Document> = pages.iter().enumerate().map(document).collect();
        let now = Timestamp::from_unix(self.now);
        let report = self.runtime.block_on(self.app().scan_pages(&spec, &pages, now)).expect("a scan");
        assert_whole(&report);
        report
    }

    /// Half an hour later, the listing's pages cannot be had (the file that the config names is not there).
    pub(crate) fn fail(&mut self) -> ScanReport {
        let spec = self.spec("news");
        self.runtime.block_on(self.app().scan(&spec, None)).expect("a scan")
    }

    /// Loses the pages that were kept for rereading.
    pub(crate) fn forget_snapshots(&self) {
        std::fs::remove_dir_all(self.folder.path().join("var/snapshots")).expect("snapshots");
    }

    /// Runs something to its end.
    pub(crate) fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// A place in the data folder.
    pub(crate) fn data(&self, path: &str) -> std::path::PathBuf {
        self.folder.path().join("var").join(path)
    }

    /// The journal's bytes.
    pub(crate) fn journal(&self) -> String {
        let mut paths: Vec<_> = std::fs::read_dir(self.folder.path().join("var/journal"))
            .expect("a journal")
            .flatten()
            .map(|entry| entry.path())
            .collect();
        paths.sort();
        paths.iter().map(|path| std::fs::read_to_string(path).expect("text")).collect()
    }

    /// How many lines the journal has.
    pub(crate) fn lines(&self) -> usize {
        self.journal().lines().count()
    }

    /// Every article, oldest first.
    pub(crate) fn articles(&self) -> Vec<Article> {
        self.runtime.block_on(self.app().store.articles(0, 100_000)).expect("articles")
    }

    /// The only article with this title.
    pub(crate) fn article(&self, title: &str) -> Article {
        let mut found: Vec<Article> =
            self.articles().into_iter().filter(|article| article.title == title).collect();
        assert_eq!(found.len(), 1, "articles titled {title}");
        found.remove(0)
    }

    /// The titles in a feed, last entered first.
    pub(crate) fn window(&self, key: &FeedKey) -> Vec<String> {
        let articles = self.runtime.block_on(self.app().store.window(key, 1_000)).expect("a window");
        articles.into_iter().map(|article| article.title).collect()
    }

    /// The health events, oldest first: listing, health, reason.
    pub(crate) fn events(&self) -> Vec<(String, String)> {
        let events = self.runtime.block_on(self.app().store.health_events()).expect("events");
        events.into_iter().rev().map(|event| (event.to.name().to_owned(), event.reason)).collect()
    }

    /// The kinds of the health events, oldest first.
    pub(crate) fn healths(&self) -> Vec<String> {
        self.events().into_iter().map(|(health, _)| health).collect()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.stop();
    }
}

/// What holds for every report.
fn assert_whole(report: &ScanReport) {
    let mut ids: Vec<_> = report.new.iter().filter_map(|item| item.id).collect();
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), count, "an article twice in {report:?}");
    assert_eq!(report.reason.is_empty(), report.health == tidings::model::Health::Ok, "{report:?}");
    assert!(report.updated.iter().all(|item| !item.fields.is_empty()), "{report:?}");
}

/// The titles of some articles of a report.
pub(crate) fn titles(items: &[Item]) -> Vec<&str> {
    items.iter().map(|item| item.title.as_str()).collect()
}
