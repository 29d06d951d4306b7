//! Where a store lives: on a disk, which outlives its process, or in memory, which does not.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use tidings::clock::Clock;
use tidings::config::Config;
use tidings::daemon::App;
use tidings::daemon::publishing::Publisher;
use tidings::daemon::service::plan::Plan;
use tidings::disk::Disk;
use tidings::model::Timestamp;
use tidings::model::id::StoreId;
use tidings::store::{EmbeddedStore, MemoryStore, Store, StoreError};

/// A kind of store.
pub(super) trait House {
    type Store: Store;
    /// Whether what is remembered survives the process.
    const LASTS: bool;

    fn open(disk: &Disk, folder: &Path, now: Timestamp) -> Result<Self::Store, StoreError>;
    async fn close(app: App<Self::Store>) -> Result<(), StoreError>;
}

pub(super) struct OnDisk;

impl House for OnDisk {
    type Store = EmbeddedStore;
    const LASTS: bool = true;

    fn open(disk: &Disk, folder: &Path, now: Timestamp) -> Result<EmbeddedStore, StoreError> {
        EmbeddedStore::open_on(disk, folder, now)
    }

    async fn close(app: App<EmbeddedStore>) -> Result<(), StoreError> {
        app.close().await
    }
}

pub(super) struct InMemory;

impl House for InMemory {
    type Store = MemoryStore;
    const LASTS: bool = false;

    fn open(_: &Disk, _: &Path, now: Timestamp) -> Result<MemoryStore, StoreError> {
        Ok(MemoryStore::new(StoreId::from_uuid(uuid::Uuid::from_u128(7)), now))
    }

    async fn close(_: App<MemoryStore>) -> Result<(), StoreError> {
        Ok(())
    }
}

/// The clock on the wall.
#[derive(Clone)]
pub(super) struct Wall(Arc<AtomicI64>);

impl Wall {
    /// Monday, the 5th of January 2026, in the morning.
    pub(super) fn new() -> Self {
        Self(Arc::new(AtomicI64::new(1_767_600_000)))
    }

    pub(super) fn pass(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }

    pub(super) fn now(&self) -> Timestamp {
        Timestamp::from_unix(self.0.load(Ordering::SeqCst))
    }

    fn clock(&self) -> Clock {
        let wall = self.clone();
        Clock::told(move || wall.now())
    }
}

/// One process: what the service would hold. Dropping it is a kill.
pub(super) struct Process<S> {
    pub(super) publisher: Publisher<S>,
    pub(super) plan: Plan,
    pub(super) app: Arc<App<S>>,
    pub(super) begun: Timestamp,
    /// Dropped last: it waits for what still runs beside it.
    pub(super) runtime: tokio::runtime::Runtime,
}

impl<S: Store> Process<S> {
    /// Starts as the service does.
    pub(super) fn start<H: House<Store = S>>(
        disk: &Disk,
        config: Config,
        wall: &Wall,
    ) -> Result<Self, String> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let begun = wall.now();
        let store = H::open(disk, &config.data_dir, begun).map_err(|error| error.to_string())?;
        let app = runtime.block_on(App::at(wall.clock(), disk.clone(), config, store));
        let app = Arc::new(app.map_err(|error| error.to_string())?);
        let publisher = app.publisher().map_err(|error| error.to_string())?;
        let known = runtime.block_on(app.store.listings()).map_err(|error| error.to_string())?;
        let last = known.into_iter().filter_map(|info| Some((info.id, info.memo.on_schedule?))).collect();
        let plan = Plan::new(app.config.listings.clone(), &last, begun);
        Ok(Self { publisher, plan, app, begun, runtime })
    }
}
