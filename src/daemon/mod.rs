//! Assembly: one scan from pages to feeds, and the service that repeats it.
//!
//! [`cycle`] reads like the picture in the crate's documentation. [`publishing`] turns what is remembered into
//! the published tree. [`service`] does both on schedule and serves the tree.

pub mod admin;
pub mod approval;
pub mod cycle;
pub mod drain;
pub mod gates;
mod pages;
pub mod publishing;
pub mod report;
pub mod rereading;
pub mod rules;
pub mod service;
pub mod systemd;
pub mod tagging;
pub mod telemetry;
pub mod watch;
pub mod web;

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

use crate::clock::Clock;
use crate::config::{self, Config};
use crate::disk::Disk;
use crate::fetch::web::Fetcher;
use crate::model::ListingId;
use crate::store::{Declared, DeclaredListing, DeclaredView, EmbeddedStore, Snapshots, Store, StoreError};

pub use crate::clock::now as clock;

use self::drain::Bell;
use self::gates::Gates;
use self::publishing::Publisher;
use self::rules::RuleHashes;
use self::tagging::Tagging;

/// Everything one process works with.
#[derive(Debug)]
pub struct App<S> {
    /// The config.
    pub config: Config,
    /// What is written to.
    pub disk: Disk,
    /// What tells the time.
    pub clock: Clock,
    /// What is remembered.
    pub store: Arc<S>,
    /// The splitting of tag rows, and what was learned for it.
    pub tagging: Tagging,
    /// The last pages of each listing.
    pub snapshots: Snapshots,
    /// Fetches pages on the web.
    pub fetcher: Arc<Fetcher>,
    /// By which rules listings are read.
    pub rules: Arc<RuleHashes>,
    /// One scan of a listing at a time.
    pub gates: Arc<Gates>,
    /// Rung when a target may be owed something.
    pub bell: Bell,
}

impl App<EmbeddedStore> {
    /// Opens the store of a config and makes what the config declares known to it. Blocks while opening.
    ///
    /// # Errors
    /// [`StoreError`]; see [`EmbeddedStore::open`].
    pub async fn open(config: Config) -> Result<Self, StoreError> {
        let folder = config.data_dir.clone();
        let opened = tokio::task::spawn_blocking(move || EmbeddedStore::open(&folder, clock()));
        let store = opened.await.map_err(|error| StoreError::Stopped(error.to_string()))??;
        Self::with(config, store).await
    }

    /// Opens the store without telling it what the config declares: for commands that only look.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub async fn open_undeclared(config: Config) -> Result<Self, StoreError> {
        let folder = config.data_dir.clone();
        let opened = tokio::task::spawn_blocking(move || EmbeddedStore::open(&folder, clock()));
        let store = opened.await.map_err(|error| StoreError::Stopped(error.to_string()))??;
        let tagging = Tagging::new(&config.tags, &store.feeds().await?);
        let (disk, snapshots) = (Disk::default(), Snapshots::new(&config.data_dir));
        let fetcher = Arc::new(Fetcher::new(web::manners(&config.network)));
        Ok(Self {
            config,
            disk,
            fetcher,
            clock: Clock::default(),
            store: Arc::new(store),
            tagging,
            snapshots,
            rules: Arc::default(),
            gates: Arc::default(),
            bell: Bell::default(),
        })
    }

    /// Closes the store.
    ///
    /// # Errors
    /// See [`EmbeddedStore::close`].
    pub async fn close(self) -> Result<(), StoreError> {
        match Arc::try_unwrap(self.store) {
            Ok(store) => store.close().await,
            // Somebody still reads; what is acknowledged is durable all the same.
            Err(_) => Ok(()),
        }
    }
}

impl<S: Store> App<S> {
    /// Takes an open store and makes what the config declares known to it.
    ///
    /// # Errors
    /// [`StoreError`] when that cannot be remembered.
    pub async fn with(config: Config, store: S) -> Result<Self, StoreError> {
        Self::on(Disk::default(), config, store).await
    }

    /// The same on a disk that somebody may watch; the store should be open on the same.
    ///
    /// # Errors
    /// As [`Self::with`].
    pub async fn on(disk: Disk, config: Config, store: S) -> Result<Self, StoreError> {
        Self::at(Clock::default(), disk, config, store).await
    }

    /// The same by a clock of the caller's own.
    ///
    /// # Errors
    /// As [`Self::with`].
    pub async fn at(clock: Clock, disk: Disk, config: Config, store: S) -> Result<Self, StoreError> {
        Self::over(clock, disk, config, Arc::new(store)).await
    }

    async fn over(clock: Clock, disk: Disk, config: Config, store: Arc<S>) -> Result<Self, StoreError> {
        let tagging = Tagging::new(&config.tags, &store.feeds().await?);
        tagging.remember_evident(&store.listings().await?, &config.listings);
        let snapshots = Snapshots::on(&disk, &config.data_dir);
        let (rules, gates, bell) = (Arc::default(), Arc::default(), Bell::default());
        let fetcher = Arc::new(Fetcher::new(web::manners(&config.network)));
        let app = Self { config, disk, clock, store, tagging, snapshots, fetcher, rules, gates, bell };
        app.store.configure(app.declared(), app.clock.now()).await?;
        crate::crashpoint::hit("config.after-configure");
        app.rename_snapshots().await?;
        app.apply_tag_rules().await?;
        Ok(app)
    }

    /// Has the kept pages of renamed listings follow them. A start after a crash in between does what is left.
    async fn rename_snapshots(&self) -> Result<(), StoreError> {
        let is_renamed = |listing: &&config::Listing| !listing.spec.renamed_from.is_empty();
        if !self.config.listings.iter().any(|listing| is_renamed(&listing)) {
            return Ok(());
        }
        let known: HashSet<ListingId> =
            self.store.listings().await?.into_iter().map(|listing| listing.id).collect();
        for spec in self.config.listings.iter().filter(is_renamed).map(|listing| &listing.spec) {
            for from in spec.renamed_from.iter().filter(|from| !known.contains(*from)) {
                if let Err(error) = self.snapshots.rename(from, &spec.id) {
                    tracing::warn!(listing = %spec.id, %from, %error, "cannot rename the folder of its kept pages");
                }
            }
        }
        Ok(())
    }

    /// Has the store forget what old articles say, where the config wants that. Returns of how many.
    ///
    /// # Errors
    /// [`StoreError`] when that cannot be remembered.
    pub async fn forget_old(&self) -> Result<usize, StoreError> {
        let Some(kept) = self.config.keep.articles else { return Ok(0) };
        let now = self.clock.now();
        self.store.forget(now.plus(-kept), now).await
    }

    /// What the config declares, as the store wants it.
    #[must_use]
    pub fn declared(&self) -> Declared {
        let listing = |listing: &crate::config::Listing| {
            let spec = &listing.spec;
            let tags = self.tagging.page_tags(spec);
            let evident = spec.tags.is_empty() && !tags.is_empty();
            let (id, title, site) = (spec.id.clone(), spec.title.clone(), spec.site.clone());
            let renamed_from = spec.renamed_from.clone();
            DeclaredListing { id, renamed_from, title, site, tags, evident }
        };
        let view = |view: &crate::model::filter::ViewSpec| {
            let (id, title) = (view.id.clone(), view.title.clone());
            DeclaredView { id, title, filter: view.filter.clone() }
        };
        Declared {
            listings: self.config.listings.iter().map(listing).collect(),
            views: self.config.views.iter().map(view).collect(),
            targets: self.config.targets.iter().map(|target| target.rule.clone()).collect(),
        }
    }

    /// A publisher for this app's tree.
    ///
    /// # Errors
    /// [`crate::publish::PublishError`] when the tree cannot be written.
    pub fn publisher(&self) -> Result<Publisher<S>, crate::publish::PublishError> {
        Publisher::open(&self.disk, &self.config, Arc::clone(&self.store))
    }

    /// Where the published tree is.
    #[must_use]
    pub fn public(&self) -> PathBuf {
        public(&self.config)
    }
}

/// Where the published tree of a config is.
#[must_use]
pub fn public(config: &Config) -> PathBuf {
    config.data_dir.join("public")
}
