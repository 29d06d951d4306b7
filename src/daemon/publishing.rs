//! From what is remembered to the published tree.
//!
//! Only what changed since the last time is rendered; a file whose bytes are already right is not touched. After
//! a change of the config or the program, and at the first start, everything is rendered and what does not belong
//! there any more is removed.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use tokio::sync::Mutex;
use uuid::Uuid;

use super::public;
use crate::config::Config;
use crate::feed::{self, Channel, FeedDocument, FeedEntry, FeedSummary, RenderError};
use crate::model::feed::{of_article, path};
use crate::model::{Article, ArticleId, FeedKey, FeedKind, Health, ListingId, Timestamp};
use crate::publish::{PublishError, Tree};
use crate::serve::{Site, Table};
use crate::store::{FeedInfo, HealthEvent, Store, StoreError, Unpublished};

/// Publishing failed. What is remembered is not touched by that; it is tried again after the next scan.
#[derive(Debug, thiserror::Error)]
pub enum PublishingError {
    /// What is remembered cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file cannot be written.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// A document cannot be made.
    #[error(transparent)]
    Render(#[from] RenderError),
}

/// What one publishing did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Published {
    /// Feeds there are.
    pub feeds: usize,
    /// Files written, because their bytes changed.
    pub written: usize,
    /// Files removed.
    pub removed: usize,
    /// Files that could not be written; each was logged. They are tried again.
    pub failed: usize,
}

/// Publishes what one store remembers into one tree. Clones publish into the same tree, one after another.
#[derive(Debug)]
pub struct Publisher<S> {
    store: Arc<S>,
    tree: Arc<Tree>,
    site: Arc<Site>,
    channel: Channel,
    window: usize,
    titles: HashMap<ListingId, String>,
    views: HashMap<ListingId, (String, String)>,
    /// What decides bytes beside the store: config and program.
    mark: [u8; 16],
    /// What is published, once this process knows. Locked while somebody publishes.
    known: Arc<Mutex<Option<Known>>>,
}

/// What is published.
#[derive(Debug, Default)]
struct Known {
    paths: HashSet<String>,
    feeds: usize,
}

impl<S> Clone for Publisher<S> {
    fn clone(&self) -> Self {
        Self {
            store: Arc::clone(&self.store),
            tree: Arc::clone(&self.tree),
            site: Arc::clone(&self.site),
            channel: self.channel.clone(),
            window: self.window,
            titles: self.titles.clone(),
            views: self.views.clone(),
            mark: self.mark,
            known: Arc::clone(&self.known),
        }
    }
}

impl<S: Store> Publisher<S> {
    /// Opens the tree of a config.
    ///
    /// # Errors
    /// [`PublishError`] when the tree cannot be written.
    pub fn open(config: &Config, store: Arc<S>) -> Result<Self, PublishError> {
        let tree = Tree::open(&public(config))?;
        let site = Arc::new(Site::new(tree.root()));
        let titles = config.listings.iter().map(|l| (l.spec.id.clone(), l.spec.title.clone())).collect();
        let description =
            |view: &crate::model::filter::ViewSpec| view.description.clone().unwrap_or_default();
        let views = config.views.iter().map(|v| (v.id.clone(), (v.title.clone(), description(v)))).collect();
        let channel = Channel {
            title: config.site.title.clone(),
            description: config.site.description.clone(),
            base_url: config.site.base_url.clone(),
            language: config.site.language.clone(),
        };
        let window = config.site.window as usize;
        let mark = mark(config);
        let (tree, known) = (Arc::new(tree), Arc::default());
        Ok(Self { store, tree, site, channel, window, titles, views, mark, known })
    }

    /// The tree as a server sees it.
    #[must_use]
    pub fn site(&self) -> Arc<Site> {
        Arc::clone(&self.site)
    }

    /// The folder of the tree.
    #[must_use]
    pub fn root(&self) -> &Path {
        self.tree.root()
    }

    /// Publishes what changed.
    ///
    /// # Errors
    /// [`PublishingError`] when the store cannot be read. A file that cannot be written is logged and counted,
    /// and does not keep the others.
    pub async fn publish(&self) -> Result<Published, PublishingError> {
        let mut known = self.known.lock().await;
        let wanted = self.store.unpublished(self.mark).await?;
        let missing = known.is_none() && !self.tree.root().join("index.html").exists();
        let everything = wanted.everything || missing;
        let nothing = wanted.feeds.is_empty() && wanted.archives.is_empty() && wanted.articles.is_empty();
        if !everything
            && nothing
            && let Some(known) = known.as_ref()
        {
            return Ok(Published { feeds: known.feeds, ..Published::default() });
        }
        let feeds = self.store.feeds().await?;
        let mut batch = Batch::default();
        let shown = self.feeds(&wanted, everything, &feeds, &mut batch).await?;
        self.archives(&wanted, everything, &feeds, &mut batch).await?;
        let articles = if everything { &shown } else { &wanted.articles };
        self.articles(articles, &feeds, &mut batch).await?;
        self.lists(&feeds, &mut batch)?;
        crate::crashpoint::hit("publish.before-files");
        self.flush(&mut batch).await?;
        let published = self.finish(batch, &feeds, everything, &mut known).await?;
        if published.failed == 0 {
            crate::crashpoint::hit("publish.before-mark");
            self.store.published(wanted.upto, self.mark).await?;
        }
        Ok(published)
    }

    /// Renders the feeds that changed; returns the articles they show.
    async fn feeds(
        &self,
        wanted: &Unpublished,
        everything: bool,
        feeds: &[FeedInfo],
        batch: &mut Batch,
    ) -> Result<Vec<ArticleId>, PublishingError> {
        let mut shown = BTreeSet::new();
        for info in feeds.iter().filter(|info| !info.retired) {
            if !everything && !wanted.feeds.contains(&info.key) {
                continue;
            }
            if info.key.kind == FeedKind::Health {
                let events = self.store.health_events().await?;
                let entries = events.iter().map(|event| self.health_entry(event)).collect();
                self.render(info, entries, batch)?;
                continue;
            }
            let articles = self.store.window(&info.key, self.window).await?;
            shown.extend(articles.iter().map(|article| article.id));
            let mut entries: Vec<FeedEntry<'_>> =
                articles.iter().map(|article| self.entry(article)).collect();
            feed::order(&mut entries);
            self.render(info, entries, batch)?;
            self.flush_full(batch).await?;
        }
        Ok(shown.into_iter().collect())
    }

    fn entry<'a>(&'a self, article: &'a Article) -> FeedEntry<'a> {
        feed::entry(article, self.unnamed(article))
    }

    /// The source of an article that names none.
    fn unnamed(&self, article: &Article) -> Option<&str> {
        let on = article.listings.first()?;
        self.titles.get(&on.listing).map(String::as_str)
    }

    fn render(
        &self,
        info: &FeedInfo,
        entries: Vec<FeedEntry<'_>>,
        batch: &mut Batch,
    ) -> Result<(), PublishingError> {
        let doc = self.document(info, entries);
        let updated = doc.updated;
        for (ending, bytes) in [
            ("rss", feed::rss(&doc, &self.channel)?),
            ("atom", feed::atom(&doc, &self.channel)?),
            ("json", feed::json(&doc, &self.channel)?),
        ] {
            batch.add(format!("{}.{ending}", doc.path), bytes, updated);
        }
        Ok(())
    }

    fn document<'a>(&self, info: &FeedInfo, entries: Vec<FeedEntry<'a>>) -> FeedDocument<'a> {
        let name = self.name(info);
        let (title, description) = match info.key.kind {
            FeedKind::All => (self.channel.title.clone(), self.channel.description.clone()),
            FeedKind::Health => (
                format!("{} – health", self.channel.title),
                "Listings that fail, recover, shrink or wait for approval".to_owned(),
            ),
            FeedKind::View => (name.clone(), self.view_description(info).unwrap_or_default()),
            FeedKind::Listing => (name.clone(), format!("Articles listed on {name}")),
            kind => (
                format!("{name} – {}", self.channel.title),
                format!("Articles with the {} {name}", kind.name()),
            ),
        };
        let path = path(info.key.kind, &info.slug);
        let (id, kind, updated, archives) = (info.id, info.key.kind, info.updated, info.archives);
        FeedDocument { id, kind, title, description, path, updated, entries, archives }
    }

    /// The name of a feed, as people see it.
    fn name(&self, info: &FeedInfo) -> String {
        let id = || ListingId::parse(&info.label).ok();
        match info.key.kind {
            FeedKind::All => "Everything".to_owned(),
            FeedKind::Health => "Health".to_owned(),
            FeedKind::Listing => {
                id().and_then(|id| self.titles.get(&id).cloned()).unwrap_or_else(|| info.label.clone())
            }
            FeedKind::View => {
                id().and_then(|id| Some(self.views.get(&id)?.0.clone())).unwrap_or_else(|| info.label.clone())
            }
            _ => info.label.clone(),
        }
    }

    fn view_description(&self, info: &FeedInfo) -> Option<String> {
        Some(self.views.get(&ListingId::parse(&info.label).ok()?)?.1.clone())
    }

    fn health_entry(&self, event: &HealthEvent) -> FeedEntry<'static> {
        let (store, _) = self.store.identity();
        let name = self.titles.get(&event.listing).map_or_else(|| event.listing.to_string(), Clone::clone);
        let title = match (event.from, event.to) {
            (from, to) if from == to => format!("{name}: a quiet baseline comes next"),
            (Health::Paused, Health::Ok) => format!("{name} is watched again"),
            (_, Health::Ok) => format!("{name} is ok again"),
            (_, Health::Quarantined) => format!("{name} is held for approval"),
            (_, to) => format!("{name} is {}", to.name()),
        };
        FeedEntry {
            id: Uuid::new_v5(&store.uuid(), format!("health\n{}", event.seq).as_bytes()),
            title: title.into(),
            link: None,
            source: Some(name.into()),
            published: event.at,
            updated: event.at,
            category: Some(event.to.name().into()),
            tags: Vec::new(),
            summary: Some(event.reason.clone().into()),
        }
    }

    async fn archives(
        &self,
        wanted: &Unpublished,
        everything: bool,
        feeds: &[FeedInfo],
        batch: &mut Batch,
    ) -> Result<(), PublishingError> {
        let mut pages: BTreeSet<(FeedKey, u32)> = wanted.archives.iter().cloned().collect();
        if everything {
            pages.extend(
                feeds.iter().flat_map(|info| (1..=info.archives).map(|page| (info.key.clone(), page))),
            );
        }
        for (key, page) in pages {
            let Some(info) =
                feeds.iter().find(|info| info.key == key && !info.retired && page <= info.archives)
            else {
                continue;
            };
            let articles = self.store.archive(&key, page).await?;
            let mut entries: Vec<FeedEntry<'_>> =
                articles.iter().map(|article| self.entry(article)).collect();
            feed::order(&mut entries);
            let updated = entries.iter().map(|entry| entry.updated).max().unwrap_or(info.updated);
            let doc = self.document(info, entries);
            let bytes = feed::archive(&doc, page, &self.channel)?;
            batch.add(feed::archive::path(&doc.path, page), bytes, updated);
            self.flush_full(batch).await?;
        }
        Ok(())
    }

    /// The pages of articles. A page stays until everything is published anew; until then it may outlive its
    /// article's place in a window.
    async fn articles(
        &self,
        ids: &[ArticleId],
        feeds: &[FeedInfo],
        batch: &mut Batch,
    ) -> Result<(), PublishingError> {
        let by_key: HashMap<&FeedKey, &FeedInfo> = feeds.iter().map(|info| (&info.key, info)).collect();
        for id in ids {
            for article in self.store.find(&id.to_string()).await? {
                self.article(&article, &by_key, batch)?;
            }
            self.flush_full(batch).await?;
        }
        Ok(())
    }

    fn article(
        &self,
        article: &Article,
        feeds: &HashMap<&FeedKey, &FeedInfo>,
        batch: &mut Batch,
    ) -> Result<(), PublishingError> {
        let path = article_path(article.id);
        if article.hidden {
            return Ok(());
        }
        let unnamed = self.unnamed(article).unwrap_or_default();
        let members = of_article(article, unnamed);
        let summaries: Vec<FeedSummary> = members
            .iter()
            .filter_map(|member| feeds.get(&FeedKey::named(member.kind, member.label)))
            .filter(|info| !info.retired)
            .map(|info| self.summary(info))
            .collect();
        let bytes = feed::article_page(article, &summaries, &self.channel)?;
        batch.add(path, bytes, article.updated);
        Ok(())
    }

    fn summary(&self, info: &FeedInfo) -> FeedSummary {
        FeedSummary {
            kind: info.key.kind,
            title: self.name(info),
            slug: if info.key.name.is_empty() { String::new() } else { info.slug.clone() },
            count: usize::try_from(info.count).unwrap_or(usize::MAX),
            updated: info.updated,
            path: path(info.key.kind, &info.slug),
        }
    }

    /// The files that list what there is.
    fn lists(&self, feeds: &[FeedInfo], batch: &mut Batch) -> Result<(), PublishingError> {
        let summaries: Vec<FeedSummary> =
            feeds.iter().filter(|info| !info.retired).map(|info| self.summary(info)).collect();
        let updated = summaries.iter().map(|feed| feed.updated).max().unwrap_or_default();
        let mut add = |path: &str, bytes: Vec<u8>| batch.add(path.to_owned(), bytes, updated);
        add("index.html", feed::index_page(&summaries, &self.channel)?);
        add("opml.xml", feed::opml(&summaries, &self.channel)?);
        add("catalog.json", feed::catalog(&summaries, &self.channel)?);
        add("style.css", feed::STYLE.as_bytes().to_vec());
        Ok(())
    }

    /// Writes what has gathered, if that is much.
    async fn flush_full(&self, batch: &mut Batch) -> Result<(), PublishingError> {
        if batch.bytes > BATCH_BYTES { self.flush(batch).await } else { Ok(()) }
    }

    /// Writes what has gathered.
    async fn flush(&self, batch: &mut Batch) -> Result<(), PublishingError> {
        let tree = Arc::clone(&self.tree);
        let files = std::mem::take(&mut batch.files);
        batch.bytes = 0;
        let job = move || {
            let (mut paths, mut written, mut failed) = (Vec::new(), 0, 0);
            for (path, (bytes, modified)) in files {
                match tree.replace(&path, &bytes, modified) {
                    Ok(changed) => written += usize::from(changed),
                    Err(error) => {
                        failed += 1;
                        tracing::error!(%error, "cannot publish a file; its last good version stays");
                    }
                }
                paths.push(path);
            }
            (paths, written, failed)
        };
        let (paths, written, failed) = blocking(job).await?;
        batch.paths.extend(paths);
        batch.done.written += written;
        batch.done.failed += failed;
        Ok(())
    }

    /// Tells the server what there is, and removes what is no longer published.
    async fn finish(
        &self,
        batch: Batch,
        feeds: &[FeedInfo],
        everything: bool,
        known: &mut Option<Known>,
    ) -> Result<Published, PublishingError> {
        let mut done = batch.done;
        done.feeds = feeds.iter().filter(|info| !info.retired).count();
        let mut gone: HashSet<String> = feeds.iter().filter(|info| info.retired).flat_map(files_of).collect();
        gone.extend(self.store.hidden().await?.into_iter().map(article_path));
        let tree = Arc::clone(&self.tree);
        let there: HashSet<String> = match known.take() {
            Some(known) if !everything => known.paths,
            _ => blocking(move || tree.list()).await??.into_iter().collect(),
        };
        let unwanted = |path: &&String| gone.contains(*path) || (everything && !batch.paths.contains(*path));
        let leave: Vec<String> = there.iter().filter(unwanted).cloned().collect();
        let mut stay: HashSet<String> = there.into_iter().filter(|path| !leave.contains(path)).collect();
        stay.extend(batch.paths.iter().filter(|path| self.tree.root().join(path).exists()).cloned());
        self.site.set(Table { published: stay.clone(), gone, ..Table::default() });
        *known = Some(Known { paths: stay, feeds: done.feeds });
        let tree = Arc::clone(&self.tree);
        let job =
            move || leave.iter().map(|path| tree.remove(path)).collect::<Result<Vec<bool>, PublishError>>();
        done.removed = blocking(job).await??.into_iter().filter(|removed| *removed).count();
        Ok(done)
    }
}

async fn blocking<T: Send + 'static>(job: impl FnOnce() -> T + Send + 'static) -> Result<T, StoreError> {
    let done = tokio::task::spawn_blocking(job).await;
    done.map_err(|error| StoreError::Stopped(format!("publishing ended early: {error}")))
}

/// How much may gather in memory before it is written.
const BATCH_BYTES: usize = 8 << 20;

/// Files to write, with the time of their last real change, and what became of those written.
#[derive(Default)]
struct Batch {
    files: BTreeMap<String, (Vec<u8>, Timestamp)>,
    bytes: usize,
    paths: HashSet<String>,
    done: Published,
}

impl Batch {
    fn add(&mut self, path: String, bytes: Vec<u8>, modified: Timestamp) {
        self.bytes += bytes.len();
        self.files.insert(path, (bytes, modified));
    }
}

/// The path of an article's own page.
fn article_path(id: ArticleId) -> String {
    format!("articles/{id}.html")
}

fn files_of(info: &FeedInfo) -> Vec<String> {
    let path = path(info.key.kind, &info.slug);
    let archives = (1..=info.archives).map(|page| feed::archive::path(&path, page));
    ["rss", "atom", "json"].iter().map(|ending| format!("{path}.{ending}")).chain(archives).collect()
}

/// The hash of all that decides published bytes beside the store.
fn mark(config: &Config) -> [u8; 16] {
    let titles: Vec<_> =
        config.listings.iter().map(|listing| (&listing.spec.id, &listing.spec.title)).collect();
    let views: Vec<_> = config.views.iter().map(|view| (&view.id, &view.title, &view.description)).collect();
    let text = format!("{} {:?} {titles:?} {views:?}", env!("CARGO_PKG_VERSION"), config.site);
    let mut mark = [0; 16];
    mark.copy_from_slice(&blake3::hash(text.as_bytes()).as_bytes()[..16]);
    mark
}
