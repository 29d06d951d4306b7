//! What the store's tests share: benches to run on, pages to scan, and one scan as the daemon does it.

use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tidings::diff::{self, Content, Proposal, Scan};
use tidings::disk::Disk;
use tidings::model::id::{SiteUid, StoreId};
use tidings::model::key::KeyKind;
use tidings::model::listing::{Format, Input, Quiet, Rules};
use tidings::model::{
    Delivery, Entry, Field, Filter, ListingId, ListingSpec, Message, Page, Printed, Reading, TagRow,
    TargetId, TargetRule, Timestamp,
};
use tidings::store::{
    Committed, Compacted, Declared, DeclaredListing, DeclaredView, EmbeddedStore, MemoryStore, Result, Store,
};
use uuid::Uuid;

/// Half past nine on the 4th of March 2016, in Greenwich.
pub(crate) fn start() -> Timestamp {
    Timestamp::from_unix(1_457_083_800)
}

/// A store to test, and what is needed to close it and open it again.
pub(crate) trait Bench: Sized {
    type Store: Store;

    fn begin(now: Timestamp) -> Self;
    fn store(&self) -> &Self::Store;
    /// Closes the store and opens it again; nothing for one that lives in memory.
    async fn reopen(&mut self);
}

pub(crate) struct InMemory(MemoryStore);

impl Bench for InMemory {
    type Store = MemoryStore;

    fn begin(now: Timestamp) -> Self {
        Self(MemoryStore::new(StoreId::from_uuid(Uuid::from_u128(7)), now))
    }

    fn store(&self) -> &MemoryStore {
        &self.0
    }

    async fn reopen(&mut self) {}
}

pub(crate) struct OnDisk {
    folder: TempDir,
    store: Option<EmbeddedStore>,
    /// How long a file of the journal gets before it is closed, where that is not the usual.
    most: Option<u64>,
}

impl OnDisk {
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The store in a folder.
    pub(crate) fn at(folder: TempDir) -> Self {
        let store = Some(EmbeddedStore::open(folder.path(), start()).expect("opens"));
        Self { folder, store, most: None }
    }

    /// The closed store's folder.
    pub(crate) fn into_folder(self) -> TempDir {
        assert!(self.store.is_none(), "is closed");
        self.folder
    }

    pub(crate) async fn close(&mut self) {
        if let Some(store) = self.store.take() {
            store.close().await.expect("closes");
        }
    }

    /// Closes it, compacts its journal, and opens it again.
    pub(crate) async fn compact(&mut self, since: Option<Timestamp>) -> Option<Compacted> {
        self.close().await;
        let done = EmbeddedStore::compact(self.folder.path(), start(), since, &mut |_| {});
        self.open();
        done.expect("is compacted")
    }

    /// Opens it again after [`Self::close`].
    pub(crate) fn open(&mut self) {
        let (disk, folder) = (Disk::default(), self.folder.path());
        let opened = match self.most {
            Some(most) => EmbeddedStore::open_small(&disk, folder, start(), most),
            None => EmbeddedStore::open(folder, start()),
        };
        self.store = Some(opened.expect("opens"));
    }

    /// A new one, whose files of the journal are closed when they are longer than `most`.
    pub(crate) fn small(most: u64) -> Self {
        let mut this = Self { folder: TempDir::new().expect("a folder"), store: None, most: Some(most) };
        this.open();
        this
    }

    /// Closes it, throws its index away, and opens it again.
    pub(crate) async fn rebuild(&mut self) {
        self.close().await;
        std::fs::remove_dir_all(self.folder.path().join("index")).expect("there is an index");
        self.open();
    }
}

impl Bench for OnDisk {
    type Store = EmbeddedStore;

    fn begin(now: Timestamp) -> Self {
        let folder = TempDir::new().expect("a folder");
        let store = Some(EmbeddedStore::open(folder.path(), now).expect("opens"));
        Self { folder, store, most: None }
    }

    fn store(&self) -> &EmbeddedStore {
        self.store.as_ref().expect("is open")
    }

    async fn reopen(&mut self) {
        self.close().await;
        self.open();
    }
}

/// Runs a future to its end on a runtime of its own.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(future)
}

pub(crate) fn id(text: &str) -> ListingId {
    ListingId::parse(text).expect("an id")
}

/// A listing of `site` with everything as a config leaves it.
pub(crate) fn spec(name: &str, site: &str) -> ListingSpec {
    ListingSpec {
        id: id(name),
        renamed_from: vec![],
        title: format!("Listing {name}"),
        site: site.to_owned(),
        input: Input::Files(vec![]),
        rules: Rules { format: Format::Text, ..Rules::default() },
        tags: vec![],
        identity: KeyKind::ALL.to_vec(),
        content: Field::ALL.to_vec(),
        zone: chrono_tz::Tz::UTC,
        announce_first: false,
        removed_after: 2,
        alert_after: 3,
        quiet: Quiet::Auto,
    }
}

pub(crate) fn declared(specs: &[&ListingSpec]) -> Declared {
    let listing = |spec: &&ListingSpec| DeclaredListing {
        id: spec.id.clone(),
        renamed_from: spec.renamed_from.clone(),
        title: spec.title.clone(),
        site: spec.site.clone(),
        tags: spec.tags.clone(),
        evident: false,
    };
    Declared { listings: specs.iter().map(listing).collect(), views: vec![], targets: vec![] }
}

pub(crate) fn view(name: &str, filter: tidings::model::Filter) -> DeclaredView {
    DeclaredView { id: id(name), title: format!("View {name}"), filter }
}

/// An entry with a title, one publisher, and one day.
pub(crate) fn entry(title: &str) -> Entry {
    Entry {
        title: title.to_owned(),
        source: Some("Acme".to_owned()),
        date: Printed::parse("2016-03-03"),
        whole: true,
        ..Entry::default()
    }
}

/// Entries with these titles.
pub(crate) fn entries(titles: &[&str]) -> Vec<Entry> {
    titles.iter().map(|title| entry(title)).collect()
}

pub(crate) fn reading(entries: &[Entry]) -> Reading {
    let page = Page { name: "page".to_owned(), entries: entries.len(), ..Page::default() };
    Reading { pages: vec![page], entries: entries.to_vec(), faults: vec![] }
}

/// What one scan proposes; the daemon's steps up to the commit.
///
/// A run of tags is split at `|`, and is not sure when it holds a `?`.
pub(crate) async fn propose(
    store: &impl Store,
    spec: &ListingSpec,
    entries: &[Entry],
    reread: bool,
    now: Timestamp,
) -> Result<Proposal> {
    let reading = reading(entries);
    let past = store.past(&spec.id).await?;
    let wanted = diff::identify(&reading, &past, spec);
    let (hash, unknown) = (wanted.hash, wanted.unknown.clone());
    let recall = store.recall(&spec.id, &unknown, &[]).await?;
    let sight = diff::sight(wanted, &past, &recall, &spec.identity);
    let recall = store.recall(&spec.id, &unknown, &sight.articles(&past)).await?;
    let judgement = diff::judge(&reading, &sight, hash, &past, spec, now);
    let body = hash_of(entries);
    let scan = Scan { spec, reading: &reading, hash, body, rules: [1; 16], reread, now };
    let mut proposal = diff::compare(scan, &sight, &judgement, &past, &recall);
    let updates = proposal.known.iter_mut().filter_map(|known| known.update.as_mut());
    let contents = proposal.drafts.iter_mut().map(|draft| &mut draft.content);
    contents.chain(updates.map(|update| &mut update.content)).for_each(split);
    Ok(proposal)
}

fn split(content: &mut Content) {
    if let TagRow::Run(run) = &content.row {
        content.sure = !run.contains('?');
        content.tags = run.split('|').map(|name| name.trim_matches('?').to_owned()).collect();
    }
}

fn hash_of(entries: &[Entry]) -> [u8; 16] {
    let mut hash = [0; 16];
    hash.copy_from_slice(&blake3::hash(format!("{entries:?}").as_bytes()).as_bytes()[..16]);
    hash
}

/// A bench with a clock: half an hour passes with every scan.
pub(crate) struct World<B> {
    pub(crate) bench: B,
    pub(crate) now: Timestamp,
}

impl<B: Bench> World<B> {
    pub(crate) fn begin() -> Self {
        Self { bench: B::begin(start()), now: start() }
    }

    /// A world in which these listings are declared.
    pub(crate) async fn with(specs: &[&ListingSpec]) -> Self {
        let world = Self::begin();
        world.declare(&declared(specs)).await;
        world
    }

    pub(crate) fn store(&self) -> &B::Store {
        self.bench.store()
    }

    pub(crate) async fn declare(&self, declared: &Declared) {
        self.store().configure(declared.clone(), self.now).await.expect("is remembered");
    }

    pub(crate) fn tick(&mut self) -> Timestamp {
        self.now = self.now.plus(1_800);
        self.now
    }

    /// What waits for a target and is due.
    pub(crate) async fn due(&self, target: &str) -> Vec<Delivery> {
        let due = self.store().due(&target_id(target), self.now, usize::MAX).await.expect("reads");
        due.deliveries
    }

    /// One scan of a page with these entries.
    pub(crate) async fn scan(&mut self, spec: &ListingSpec, entries: &[Entry]) -> Committed {
        let now = self.tick();
        let proposal = propose(self.store(), spec, entries, false, now).await.expect("is declared");
        self.store().commit_scan(proposal).await.expect("commits")
    }

    /// A proposal that is not committed yet.
    pub(crate) async fn propose(&mut self, spec: &ListingSpec, entries: &[Entry]) -> Proposal {
        let now = self.tick();
        propose(self.store(), spec, entries, false, now).await.expect("is declared")
    }
}

pub(crate) fn titles<'a>(articles: impl IntoIterator<Item = &'a tidings::model::Article>) -> Vec<&'a str> {
    articles.into_iter().map(|article| article.title.as_str()).collect()
}

/// The site ids that the journal in a data folder speaks of, by name.
pub(crate) fn sites_in(folder: &Path) -> Vec<(String, SiteUid)> {
    let mut found = Vec::new();
    for line in journal_lines(folder) {
        let json: serde_json::Value =
            serde_json::from_str(line.split('\t').next().expect("a line")).expect("JSON");
        let listings = &json["decision"]["configure"]["listings"];
        for listing in listings.as_array().into_iter().flatten() {
            let text = |field: &str| listing[field].as_str().expect("text").to_owned();
            found.push((text("site"), SiteUid::from_uuid(text("uid").parse().expect("a UUID"))));
        }
    }
    found
}

pub(crate) fn journal_file(folder: &Path) -> PathBuf {
    folder.join("journal").join("0001.jsonl")
}

pub(crate) fn journal_lines(folder: &Path) -> Vec<String> {
    let text = String::from_utf8(crate::support::journal_text(&folder.join("journal"))).expect("is text");
    text.lines().map(str::to_owned).collect()
}

/// A target that is told of these articles, also of late ones, and of no health.
pub(crate) fn target(name: &str, when: Filter) -> TargetRule {
    TargetRule {
        id: target_id(name),
        when,
        late: true,
        health: vec![],
        delivered: 1_000,
        at_once: 4,
        quiet: vec![],
    }
}

pub(crate) fn target_id(name: &str) -> TargetId {
    TargetId::parse(name).expect("an id")
}

/// What holds for every article.
pub(crate) fn everything() -> Filter {
    Filter::All(vec![])
}

/// The titles of the articles that deliveries tell of; of other messages their kind.
pub(crate) fn told(deliveries: &[Delivery]) -> Vec<&str> {
    let told = deliveries.iter().map(|delivery| match &delivery.message {
        Message::New(new) => new.article.title.as_str(),
        other => other.name(),
    });
    told.collect()
}
