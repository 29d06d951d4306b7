//! One listing in process on a watched disk: scanned, published, and told of to a receiver that only takes notes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tidings::config::{Config, Environment, load};
use tidings::daemon::App;
use tidings::daemon::publishing::Publisher;
use tidings::daemon::report::{ScanReport, Status};
use tidings::disk::{Disk, Watch};
use tidings::model::reading::Document;
use tidings::model::{Article, DeliveryId, Message, TargetId, Timestamp, TryEnd};
use tidings::store::{EmbeddedStore, FeedInfo, Settled, Store, StoreError, Wanted};
use tokio::runtime::Runtime;

use crate::support::{Page, item};

/// How long mending may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// When every bench begins.
const START: i64 = 1_900_000_000;

const CONFIG: &str = r#"
data_dir = "var"
[site]
title = "Bench"
base_url = "http://bench.example"
[[listing]]
id = "news"
format = "text"
files = ["nowhere"]
[[target]]
id = "team"
kind = "generic"
url = "http://127.0.0.1:9/in"
secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
allow_private = true
burst = false
"#;

/// How many articles the page shows.
const SHOWN: usize = 5;

/// The listing, its store, and what the receiver took.
pub(super) struct Bench {
    pub(super) runtime: Runtime,
    pub(super) folder: tempfile::TempDir,
    disk: Disk,
    running: Option<(Arc<App<EmbeddedStore>>, Publisher<EmbeddedStore>)>,
    /// Every message that was taken, with what it says.
    pub(super) taken: Vec<(DeliveryId, String)>,
    /// What is not remembered yet of those.
    unsettled: Vec<Settled>,
    /// Titles of articles that a report called new.
    pub(super) acknowledged: Vec<String>,
    now: i64,
}

impl Bench {
    /// Nothing is there yet.
    pub(super) fn new(watch: Arc<dyn Watch>) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let (taken, unsettled, acknowledged) = (Vec::new(), Vec::new(), Vec::new());
        Self {
            runtime: runtime.unwrap(),
            folder: tempfile::tempdir().unwrap(),
            disk: Disk::watched(watch),
            running: None,
            taken,
            unsettled,
            acknowledged,
            now: START,
        }
    }

    pub(super) fn data(&self) -> PathBuf {
        self.folder.path().join("var")
    }

    fn config(&self) -> Config {
        let path = self.folder.path().join("tidings.toml");
        std::fs::write(&path, CONFIG).unwrap();
        let env = Environment { working_dir: self.folder.path().to_owned(), ..Environment::default() };
        load(&path, &env).unwrap().config
    }

    /// Opens the store and the tree.
    pub(super) fn open(&mut self) {
        let config = self.config();
        let (disk, now) = (self.disk.clone(), Timestamp::from_unix(START));
        let app = self.runtime.block_on(async {
            let store = EmbeddedStore::open_on(&disk, &config.data_dir, now).unwrap();
            App::on(disk, config, store).await.unwrap()
        });
        let publisher = app.publisher().unwrap();
        self.running = Some((Arc::new(app), publisher));
    }

    /// Closes the store.
    pub(super) fn close(&mut self) {
        let (app, publisher) = self.running.take().unwrap();
        drop(publisher);
        self.runtime.block_on(Arc::into_inner(app).unwrap().close()).unwrap();
    }

    pub(super) fn store(&self) -> &EmbeddedStore {
        &self.running.as_ref().unwrap().0.store
    }

    /// Waits until the index can be read: after a failure it is not opened anew at every request.
    pub(super) fn until_mended(&self) {
        let begun = Instant::now();
        while let Err(error) = self.runtime.block_on(self.store().feeds()) {
            assert!(begun.elapsed() < PATIENCE, "it is not mended: {error}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// What the page shows at a step: a new article, a changed one, and one less.
    pub(super) fn page(step: usize) -> Page {
        let mut items: Vec<_> = (step..step + SHOWN + 1).rev().map(item).collect();
        // Taken off in the middle at this step, and back at the next.
        items.remove(2);
        items[2].summary = format!("It was the disk after all, as step {step} found out.");
        Page::of(items)
    }

    /// The titles on the page at a step.
    pub(super) fn titles(step: usize) -> Vec<String> {
        Self::page(step).items.into_iter().map(|item| item.title).collect()
    }

    /// Half an hour later: scans, publishes and sends, as far as each goes, whatever became of the one before.
    pub(super) fn cycle(&mut self, step: usize) -> Cycle {
        self.now += 1_800;
        let now = Timestamp::from_unix(self.now);
        let (app, publisher) = self.running.clone().unwrap();
        let spec = app.config.listings[0].spec.clone();
        let page = Document::new("news", Self::page(step).text().into_bytes());
        let scan = self.runtime.block_on(app.scan_pages(&spec, &[page], now));
        if let Ok(report) = &scan {
            assert!(
                matches!(report.status, Status::Changed | Status::Baseline | Status::Unchanged),
                "{report:?}"
            );
            self.acknowledged.extend(report.new.iter().map(|item| item.title.clone()));
        }
        let published = self.runtime.block_on(publisher.publish());
        let published = match published {
            Ok(done) => done.trouble,
            Err(error) => Some(error.to_string()),
        };
        let sent = self.send(&app.store, now);
        Cycle { scan, published, sent }
    }

    /// Takes what is due, as a lane does: what became of a message is remembered before anything else is sent.
    fn send(&mut self, store: &EmbeddedStore, now: Timestamp) -> Result<(), StoreError> {
        let target = TargetId::parse("team").unwrap();
        self.runtime.block_on(async {
            if !self.unsettled.is_empty() {
                store.settle(self.unsettled.clone(), now).await?;
                self.unsettled.clear();
            }
            let due = store.due(&target, now, 1_000).await?;
            for delivery in due.deliveries {
                let title = match delivery.message {
                    Message::New(new) => new.article.title,
                    other => format!("{other:?}"),
                };
                self.taken.push((delivery.id, title));
                let (id, target) = (delivery.id, target.clone());
                self.unsettled.push(Settled { id, target, end: TryEnd::Delivered });
            }
            if !self.unsettled.is_empty() {
                store.settle(self.unsettled.clone(), now).await?;
                self.unsettled.clear();
            }
            Ok(())
        })
    }

    /// What a store in another folder remembers, what a scan of a step's page reports, and whom is owed a message about
    /// what after that.
    pub(super) fn look_over(
        &self,
        store: EmbeddedStore,
        folder: &Path,
        step: usize,
    ) -> (BTreeSet<String>, ScanReport, Vec<String>) {
        let mut config = self.config();
        config.data_dir = folder.to_owned();
        let page = Document::new("news", Self::page(step).text().into_bytes());
        self.runtime.block_on(async {
            let known = store.articles(0, usize::MAX).await.unwrap();
            let app = App::with(config, store).await.unwrap();
            let spec = app.config.listings[0].spec.clone();
            let now = Timestamp::from_unix(self.now + 1_800);
            let report = app.scan_pages(&spec, &[page], now).await.unwrap();
            let owed = app.store.deliveries(&Wanted::default(), usize::MAX).await.unwrap();
            app.close().await.unwrap();
            let titles = owed.into_iter().map(|delivery| match delivery.message {
                Message::New(new) => new.article.title,
                other => format!("{other:?}"),
            });
            (known.into_iter().map(|article| article.title).collect(), report, titles.collect())
        })
    }

    /// Everything that feeds are made of.
    pub(super) fn remembered(&self) -> (Vec<Article>, Vec<FeedInfo>) {
        let store = self.store();
        self.runtime
            .block_on(async { (store.articles(0, usize::MAX).await.unwrap(), store.feeds().await.unwrap()) })
    }

    /// Every published file.
    pub(super) fn tree(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut found = BTreeMap::new();
        let mut folders = vec![self.data().join("public")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).unwrap().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let bytes = std::fs::read(&path).unwrap();
                    found.insert(path, bytes);
                }
            }
        }
        found
    }
}

/// How far a cycle went.
#[derive(Debug)]
pub(super) struct Cycle {
    pub(super) scan: Result<ScanReport, StoreError>,
    /// What kept something from being published.
    pub(super) published: Option<String>,
    pub(super) sent: Result<(), StoreError>,
}

impl Cycle {
    /// Nothing failed.
    #[track_caller]
    pub(super) fn is_whole(&self) {
        let Self { scan, published, sent } = self;
        assert!(scan.is_ok() && published.is_none() && sent.is_ok(), "{self:?}");
    }
}

/// Copies a folder with all that is in it.
pub(super) fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else if let Err(error) = std::fs::copy(entry.path(), target) {
            // sled renames and removes its own while it is copied.
            assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
        }
    }
}
