//! From what is remembered to the published tree.
//!
//! Only what changed since the last time is rendered; a file whose bytes are already right is not touched. After
//! a change of the config or the program, after the machine was started, at the first start, and when files are
//! missing, everything is rendered and what does not belong there any more is removed. Both ways give the same
//! tree.

mod batch;
mod pages;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::Mutex;

use self::batch::Batch;
use self::pages::Pages;
use super::public;
use crate::config::Config;
use crate::disk::Disk;
use crate::feed::{self, Directory, FeedEntry, FeedSummary, RenderError};
use crate::model::feed::path;
use crate::model::paths::article_path;
use crate::model::{Article, ArticleId, FeedKey, FeedKind, Paths};
use crate::publish::{PublishError, Tree};
use crate::serve::{Site, Table};
use crate::store::{FeedInfo, Store, StoreError, Unpublished};

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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Published {
    /// Feeds there are.
    pub feeds: usize,
    /// Files written, because their bytes changed.
    pub written: usize,
    /// Files removed.
    pub removed: usize,
    /// Files that could not be written or removed. They are tried again.
    pub failed: usize,
    /// What the first of them failed with.
    pub trouble: Option<String>,
}

/// Publishes what one store remembers into one tree. Clones publish into the same tree, one after another.
#[derive(Debug)]
pub struct Publisher<S> {
    /// By what is published from the next time on; for pages that are rendered on request, from now on.
    latest: Arc<RwLock<Edition<S>>>,
    tree: Arc<Tree>,
    site: Arc<Site>,
    /// What is published, once this process knows. Locked while somebody publishes.
    known: Arc<Mutex<Option<Known>>>,
}

/// By what is published: a config over a store.
#[derive(Debug)]
struct Edition<S> {
    pages: Arc<Pages<S>>,
    window: usize,
    /// What decides bytes beside the store: config and program; and what may lose files: the machine's start.
    mark: [u8; 16],
}

impl<S: Store> Edition<S> {
    fn new(config: &Config, store: Arc<S>) -> Self {
        let pages = Arc::new(Pages::new(config, store));
        Self { pages, window: config.site.window as usize, mark: mark(config) }
    }
}

impl<S> Clone for Edition<S> {
    fn clone(&self) -> Self {
        Self { pages: Arc::clone(&self.pages), window: self.window, mark: self.mark }
    }
}

/// What is published.
#[derive(Debug)]
struct Known {
    paths: Arc<Paths>,
    feeds: usize,
}

impl<S> Clone for Publisher<S> {
    fn clone(&self) -> Self {
        let (latest, tree) = (Arc::clone(&self.latest), Arc::clone(&self.tree));
        Self { latest, tree, site: Arc::clone(&self.site), known: Arc::clone(&self.known) }
    }
}

/// One publishing: what is wanted, and what there is.
struct Work {
    wanted: Unpublished,
    everything: bool,
    feeds: Vec<FeedInfo>,
    /// The articles that changed.
    changed: HashSet<ArticleId>,
    there: Arc<Paths>,
}

impl Work {
    /// Whether the page of an article that a feed shows is to be made.
    fn wants_page(&self, id: ArticleId) -> bool {
        self.everything || self.changed.contains(&id) || !self.there.holds_page(id)
    }
}

impl<S: Store> Publisher<S> {
    /// Opens the tree of a config.
    ///
    /// # Errors
    /// [`PublishError`] when the tree cannot be written.
    pub fn open(disk: &Disk, config: &Config, store: Arc<S>) -> Result<Self, PublishError> {
        let tree = Tree::open_on(disk, &public(config))?;
        let latest = Arc::new(RwLock::new(Edition::new(config, store)));
        let asked = Arc::clone(&latest);
        let render = move |path: &str| {
            // Called on the pool for blocking work, which belongs to the runtime.
            let runtime = tokio::runtime::Handle::try_current().map_err(std::io::Error::other)?;
            let pages = Arc::clone(&asked.read().unwrap_or_else(PoisonError::into_inner).pages);
            runtime.block_on(pages.on_request(path)).map_err(std::io::Error::other)
        };
        let (site, tree) = (Arc::new(Site::rendering(tree.root(), render)), Arc::new(tree));
        Ok(Self { latest, tree, site, known: Arc::default() })
    }

    /// Publishes by another config from the next time on, into the same tree; so do all clones.
    pub fn configure(&self, config: &Config) {
        let mut latest = self.latest.write().unwrap_or_else(PoisonError::into_inner);
        let store = Arc::clone(&latest.pages.store);
        *latest = Edition::new(config, store);
    }

    /// The tree as a server sees it; pages of articles that are no file any more are rendered on request.
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
    /// [`PublishingError`] when the store or the tree cannot be read. A file that cannot be written is counted,
    /// and does not keep the others.
    pub async fn publish(&self) -> Result<Published, PublishingError> {
        let mut known = self.known.lock().await;
        let edition = self.latest.read().unwrap_or_else(PoisonError::into_inner).clone();
        Press { edition, tree: &self.tree, site: &self.site }.publish(&mut known).await
    }
}

/// One publishing.
struct Press<'p, S> {
    edition: Edition<S>,
    tree: &'p Arc<Tree>,
    site: &'p Site,
}

impl<S> std::ops::Deref for Press<'_, S> {
    type Target = Edition<S>;

    fn deref(&self) -> &Edition<S> {
        &self.edition
    }
}

impl<S: Store> Press<'_, S> {
    async fn publish(&self, known: &mut Option<Known>) -> Result<Published, PublishingError> {
        let wanted = self.pages.store.unpublished(self.mark).await?;
        let nothing = wanted.feeds.is_empty() && wanted.archives.is_empty() && wanted.articles.is_empty();
        if !wanted.everything
            && nothing
            && let Some(known) = known.as_ref()
        {
            return Ok(Published { feeds: known.feeds, ..Published::default() });
        }
        let work = self.look(wanted, known.take()).await?;
        let mut batch = Batch::default();
        let places = self.feeds(&work, &mut batch).await?;
        self.archives(&work, &mut batch).await?;
        self.others(&work, places, &mut batch).await?;
        self.lists(&work.feeds, &mut batch).await?;
        crate::crashpoint::hit("publish.before-files");
        batch.flush(self.tree).await?;
        let upto = work.wanted.upto;
        let (published, paths) = self.finish(work, batch).await?;
        *known = Some(Known { paths, feeds: published.feeds });
        if published.failed == 0 {
            crate::crashpoint::hit("publish.before-mark");
            self.pages.store.published(upto, self.mark).await?;
        }
        Ok(published)
    }

    /// What there is to do. Files that are missing at the first look make everything wanted.
    async fn look(&self, wanted: Unpublished, known: Option<Known>) -> Result<Work, PublishingError> {
        let feeds = self.pages.store.feeds().await?;
        let mut everything = wanted.everything;
        let there = match known {
            Some(known) if !everything => known.paths,
            known => {
                let tree = Arc::clone(self.tree);
                let there: Paths = batch::blocking(move || tree.list()).await??.into_iter().collect();
                let mut wanted = feeds.iter().filter(|info| !info.retired).flat_map(files_of);
                let missing = !there.contains("index.html") || wanted.any(|path| !there.contains(&path));
                everything |= known.is_none() && missing;
                Arc::new(there)
            }
        };
        let changed = wanted.articles.iter().copied().collect();
        Ok(Work { wanted, everything, feeds, changed, there })
    }

    /// Renders the feeds that changed. Returns whose place in a window may have changed by that: those shown, and
    /// as many after them as may have been pushed out.
    async fn feeds(&self, work: &Work, batch: &mut Batch) -> Result<Places, PublishingError> {
        let mut places = Places::default();
        let entered = if work.everything { 0 } else { work.changed.len() };
        let by_key = by_key(&work.feeds);
        let directory = Directory::new(&self.summaries(&work.feeds));
        for info in work.feeds.iter().filter(|info| !info.retired) {
            if !work.everything && !work.wanted.feeds.contains(&info.key) {
                continue;
            }
            if info.key.kind == FeedKind::Health {
                let events = self.pages.store.health_events().await?;
                let entries = events.iter().map(|event| self.pages.health_entry(event)).collect();
                self.render(info, entries, &directory, batch)?;
                continue;
            }
            let mut articles = self.pages.store.window(&info.key, self.window + entered).await?;
            let after = articles.split_off(self.window.min(articles.len()));
            places.after.extend(after.iter().map(|article| article.id));
            self.render(info, self.pages.entries(&articles), &directory, batch)?;
            for article in articles {
                // Its page is a file as long as a feed shows it.
                if places.shown.insert(article.id) && work.wants_page(article.id) {
                    self.page(&article, &by_key, batch)?;
                }
            }
            batch.flush_full(self.tree).await?;
        }
        Ok(places)
    }

    fn render(
        &self,
        info: &FeedInfo,
        entries: Vec<FeedEntry<'_>>,
        directory: &Directory,
        batch: &mut Batch,
    ) -> Result<(), PublishingError> {
        let (doc, channel) = (self.pages.document(info, entries), &self.pages.channel);
        for (ending, bytes) in [
            ("rss", feed::rss(&doc, channel)?),
            ("atom", feed::atom(&doc, channel)?),
            ("json", feed::json(&doc, channel)?),
            ("html", feed::feed_page(&doc, directory, channel)?),
        ] {
            batch.add(format!("{}.{ending}", doc.path), bytes, doc.updated);
        }
        Ok(())
    }

    async fn archives(&self, work: &Work, batch: &mut Batch) -> Result<(), PublishingError> {
        let mut wanted: BTreeSet<(FeedKey, u32)> = work.wanted.archives.iter().cloned().collect();
        if work.everything {
            let all = |info: &FeedInfo| {
                let key = info.key.clone();
                (1..=info.archives).map(move |page| (key.clone(), page))
            };
            wanted.extend(work.feeds.iter().flat_map(all));
        }
        let by_key = by_key(&work.feeds);
        // What came at one time stands together in the journal, which is compressed: so the oldest pages of all feeds
        // first, and not one feed after another.
        let age = |(key, page): &(FeedKey, u32)| {
            let pages = by_key.get(key).map_or(1, |info| info.archives.max(1));
            u64::from(*page) * 1_000_000 / u64::from(pages)
        };
        let mut wanted: Vec<(FeedKey, u32)> = wanted.into_iter().collect();
        wanted.sort_by_key(age);
        for (key, page) in wanted {
            let Some(info) = by_key.get(&key).filter(|info| !info.retired && page <= info.archives) else {
                continue;
            };
            let articles = self.pages.store.archive(&key, page).await?;
            let entries = self.pages.entries(&articles);
            let updated = entries.iter().map(|entry| entry.updated).max().unwrap_or(info.updated);
            let doc = self.pages.document(info, entries);
            let bytes = feed::archive(&doc, page, &self.pages.channel)?;
            batch.add(feed::archive::path(&doc.path, page), bytes, updated);
            batch.flush_full(self.tree).await?;
        }
        Ok(())
    }

    /// The pages of articles in no window that was rendered: those that changed, and those that a window may have left.
    /// One that no feed shows any more is no file.
    async fn others(&self, work: &Work, places: Places, batch: &mut Batch) -> Result<(), PublishingError> {
        if work.everything {
            return Ok(());
        }
        let asked: BTreeSet<ArticleId> =
            places.after.union(&work.changed).filter(|id| !places.shown.contains(id)).copied().collect();
        let asked: Vec<ArticleId> = asked.into_iter().collect();
        let shown: HashSet<ArticleId> =
            self.pages.store.shown(&asked, self.window).await?.into_iter().collect();
        batch.leave.extend(asked.iter().filter(|id| !shown.contains(*id)).map(|id| article_path(*id)));
        let by_key = by_key(&work.feeds);
        for id in asked.into_iter().filter(|id| shown.contains(id) && work.wants_page(*id)) {
            // One may be hidden or forgotten while this publishes.
            for article in self.pages.store.find(&id.to_string()).await? {
                self.page(&article, &by_key, batch)?;
            }
            batch.flush_full(self.tree).await?;
        }
        Ok(())
    }

    fn page(
        &self,
        article: &Article,
        by_key: &HashMap<&FeedKey, &FeedInfo>,
        batch: &mut Batch,
    ) -> Result<(), PublishingError> {
        if article.is_shown() {
            let bytes = self.pages.article(article, by_key)?;
            batch.add(article_path(article.id), bytes, article.updated);
        }
        Ok(())
    }

    fn summaries(&self, feeds: &[FeedInfo]) -> Vec<FeedSummary> {
        feeds.iter().filter(|info| !info.retired).map(|info| self.pages.summary(info)).collect()
    }

    /// The files that list what there is.
    async fn lists(&self, feeds: &[FeedInfo], batch: &mut Batch) -> Result<(), PublishingError> {
        let channel = &self.pages.channel;
        let summaries = self.summaries(feeds);
        let recent = self.pages.store.window(&FeedKey::all(), RECENT).await?;
        let recent = self.pages.entries(&recent);
        let updated = summaries.iter().map(|feed| feed.updated).max().unwrap_or_default();
        let mut add = |path: &str, bytes: Vec<u8>| batch.add(path.to_owned(), bytes, updated);
        add("index.html", feed::index_page(&summaries, &recent, channel)?);
        add("opml.xml", feed::opml(&summaries, channel)?);
        add("catalog.json", feed::catalog(&summaries, channel)?);
        add("style.css", feed::STYLE.as_bytes().to_vec());
        add("search.js", feed::SEARCH.as_bytes().to_vec());
        Ok(())
    }

    /// Tells the server what there is, and removes what is no longer published. Returns the paths that stay.
    async fn finish(&self, work: Work, batch: Batch) -> Result<(Published, Arc<Paths>), PublishingError> {
        let Work { everything, feeds, there, .. } = work;
        let mut done = batch.done;
        done.feeds = feeds.iter().filter(|info| !info.retired).count();
        let mut gone: HashSet<String> = feeds.iter().filter(|info| info.retired).flat_map(files_of).collect();
        gone.extend(self.pages.store.hidden().await?.into_iter().map(article_path));
        let moved: HashMap<String, String> =
            feeds.iter().filter(|info| !info.retired).flat_map(moves_of).collect();
        let unwanted = gone.iter().chain(moved.keys()).chain(&batch.leave);
        // Of the whole tree, what was not made anew goes; what could not be written stays as it was.
        let mut stay = match everything {
            true => batch.failed.iter().filter(|path| there.contains(path)).collect(),
            false => Paths::clone(&there),
        };
        let left: Vec<&String> = unwanted.filter(|path| stay.remove(path)).collect();
        stay.add(batch.written);
        let leave: Vec<String> = match everything {
            true => there.without(&stay).collect(),
            false => left.into_iter().filter(|path| !stay.contains(path)).cloned().collect(),
        };
        let mut stay = Arc::new(stay);
        self.site.set(Table { published: Arc::clone(&stay), moved, gone });
        let (removed, failed) = batch::remove(self.tree, leave).await?;
        done.removed = removed;
        done.failed += failed.len();
        if let (None, Some(path)) = (&done.trouble, failed.first()) {
            done.trouble = Some(format!("remove {path}, which is published no more"));
        }
        if !failed.is_empty() {
            // What could not be removed is tried again.
            let stay = Arc::make_mut(&mut stay);
            failed.iter().for_each(|path| stay.insert(path));
        }
        Ok((done, stay))
    }
}

/// Articles whose place in a window may have changed.
#[derive(Default)]
struct Places {
    /// In the window of a feed that was rendered.
    shown: HashSet<ArticleId>,
    /// Right after one.
    after: HashSet<ArticleId>,
}

fn by_key(feeds: &[FeedInfo]) -> HashMap<&FeedKey, &FeedInfo> {
    feeds.iter().map(|info| (&info.key, info)).collect()
}

/// The paths of a feed's files.
fn files_of(info: &FeedInfo) -> Vec<String> {
    files_at(info, &info.slug)
}

/// Where a feed's files were while it had other slugs, and where they are.
fn moves_of(info: &FeedInfo) -> impl Iterator<Item = (String, String)> {
    info.former.iter().flat_map(|slug| files_at(info, slug).into_iter().zip(files_of(info)))
}

/// The paths of a feed's files under a slug.
fn files_at(info: &FeedInfo, slug: &str) -> Vec<String> {
    let path = path(info.key.kind, slug);
    let archives = (1..=info.archives).map(|page| feed::archive::path(&path, page));
    ["rss", "atom", "json", "html"].iter().map(|ending| format!("{path}.{ending}")).chain(archives).collect()
}

/// How many of the newest articles the index tells of: those it names, and those it counts by their days. They are
/// read anew whenever anything is published, so there are not more of them than a picture needs.
const RECENT: usize = 300;

/// Raised when the same values are rendered into other bytes, so that a tree of an older program is made anew.
const RENDERING: u32 = 3;

/// The hash of what decides published bytes beside the store, and of the machine's start: files are not flushed to
/// the disk, so those written before a power cut may be short, and every one is looked at after it.
fn mark(config: &Config) -> [u8; 16] {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let titles: Vec<_> =
        config.listings.iter().map(|listing| (&listing.spec.id, &listing.spec.title)).collect();
    let views: Vec<_> = config.views.iter().map(|view| (&view.id, &view.title, &view.description)).collect();
    let program = env!("CARGO_PKG_VERSION");
    let text = format!("{program} {RENDERING} {} {:?} {titles:?} {views:?}", boot.trim(), config.site);
    let mut mark = [0; 16];
    mark.copy_from_slice(&blake3::hash(text.as_bytes()).as_bytes()[..16]);
    mark
}
