//! Remembering: what the journal holds, and the index over it, in domain words.
//!
//! The [`Store`] trait speaks of listings, scans, articles and feeds; no transactions, cursors or keys leak.
//! Its implementation is [`EmbeddedStore`] (a journal that is the truth, sled as the index); [`MemoryStore`] is
//! a plain model of the same words, held equal by one contract suite.

pub mod embedded;
pub mod memory;
pub mod outbox;
pub mod snapshots;

use std::future::Future;
use std::path::PathBuf;

use crate::diff::{Hold, Memo, Past, Proposal, ReadingHash, Recall};
use crate::model::feed::FeedKey;
use crate::model::filter::Filter;
use crate::model::id::{FeedId, StoreId};
use crate::model::{
    Article, ArticleId, Delivery, DeliveryId, Field, Health, HealthEvent, Key, ListingId, TargetId,
    TargetRule, Timestamp,
};

pub use crate::model::TryEnd;
pub use embedded::{
    Checked, Compacted, EmbeddedStore, Exported, Fault, INDEX_SEGMENT, Imported, Progress, Rewritten, Stats,
    Upkeep, history,
};
pub use memory::MemoryStore;
pub use outbox::{
    BATCH_MOST, DEAD_KEPT, DELIVERED_KEPT, Due, Settled, Settlement, TROUBLE_BYTES, TargetInfo, Wanted,
};
pub use snapshots::Snapshots;

/// How many articles one archive page of a feed holds. Fixed for ever: closed pages do not change.
pub const ARCHIVE_PAGE: usize = 100;

/// The most that a feed's window may show; an older article that changes moves no feed's `updated`.
pub const WINDOW_MAX: usize = 1_000;

/// How many seconds lie between two looks for articles whose texts are to be forgotten.
pub const FORGET_EVERY: i64 = 86_400;

/// A place that remembers. All methods may be called at once; commits take effect one after another.
pub trait Store: Send + Sync + 'static {
    /// The store's own id and the time of its creation.
    fn identity(&self) -> (StoreId, Timestamp);

    /// Why the last thing that was to be remembered was not; `None` when it was.
    fn trouble(&self) -> Option<String> {
        None
    }

    /// Keeps itself small, where that is worth its while: what it has of the last `history` seconds stays. Everything
    /// goes on meanwhile. Dropping this ends nothing that was begun.
    fn tend(&self, history: i64, now: Timestamp) -> impl Future<Output = Result<Upkeep>> + Send {
        let _ = (history, now);
        async { Ok(Upkeep::default()) }
    }

    /// Makes the declared listings, views and targets known, and retires those no longer declared. Writes nothing
    /// when nothing differs.
    ///
    /// A listing that is not known yet, and had another id before, takes over all that is remembered under the first
    /// such id that is known and no longer declared. A site name that is not known yet is another name of the site
    /// that a declared listing belonged to, where no other one stays there; else it is a new site, and the listing
    /// begins anew on it.
    fn configure(&self, declared: Declared, now: Timestamp) -> impl Future<Output = Result<()>> + Send;

    /// A listing's past without the articles that it holds, which is cheap: all that a scan needs of a page that did
    /// not change.
    fn glance(&self, listing: &ListingId) -> impl Future<Output = Result<Past>> + Send;

    /// A listing's past.
    fn past(&self, listing: &ListingId) -> impl Future<Output = Result<Past>> + Send;

    /// Which articles of the listing's site these keys lead to, and those articles and `articles` themselves.
    fn recall(
        &self,
        listing: &ListingId,
        keys: &[Key],
        articles: &[ArticleId],
    ) -> impl Future<Output = Result<Recall>> + Send;

    /// Checks a proposal against what is remembered by now, and remembers what is accepted. When this returns,
    /// it survives a power cut.
    fn commit_scan(&self, proposal: Proposal) -> impl Future<Output = Result<Committed>> + Send;

    /// Remembers that a scan changed nothing. Waits for no disk.
    fn commit_unchanged(&self, listing: &ListingId, memo: Memo) -> impl Future<Output = Result<()>> + Send;

    /// Remembers what an operator decided. Whether anything changed by it: a listing that is paused already, a
    /// reading that is no longer held, or an article, a delivery or a target that is not known, changes nothing.
    ///
    /// What an approved reading brings is committed by [`Self::commit_scan`].
    fn decide(&self, decision: Decision, now: Timestamp) -> impl Future<Output = Result<bool>> + Send;

    /// Forgets what articles say that nobody has seen since `before`: no listing's last reading holds them, no reading
    /// waits for approval on a listing of theirs, and no message about them waits. Returns how many.
    ///
    /// They leave all feeds, and stay known by their keys: one that comes back is no news. Its texts are learned again
    /// from the page then, but it enters no feed any more.
    ///
    /// Looks at every article there is, so at most once a day: 0 where `before` is less than [`FORGET_EVERY`] from that
    /// of the last look.
    fn forget(&self, before: Timestamp, now: Timestamp) -> impl Future<Output = Result<usize>> + Send;

    /// The articles that are hidden.
    fn hidden(&self) -> impl Future<Output = Result<Vec<ArticleId>>> + Send;

    /// Remembers better splits of tag rows; nobody is told. Returns how many articles changed.
    fn retag(&self, splits: Vec<Resplit>, now: Timestamp) -> impl Future<Output = Result<usize>> + Send;

    /// Articles whose split is not sure, oldest first; at most `most`.
    fn unsure(&self, most: usize) -> impl Future<Output = Result<Vec<Article>>> + Send;

    /// Every article, oldest first, `most` of them after skipping `skip`.
    fn articles(&self, skip: usize, most: usize) -> impl Future<Output = Result<Vec<Article>>> + Send;

    /// How many articles are remembered.
    fn article_count(&self) -> impl Future<Output = Result<usize>> + Send;

    /// The articles whose ids begin with `prefix` (hex digits, with or without hyphens); at most two, which is
    /// enough to tell that a prefix is not unique.
    fn find(&self, prefix: &str) -> impl Future<Output = Result<Vec<Article>>> + Send;

    /// All feeds, in the order in which they began.
    fn feeds(&self) -> impl Future<Output = Result<Vec<FeedInfo>>> + Send;

    /// One feed.
    fn feed(&self, key: &FeedKey) -> impl Future<Output = Result<Option<FeedInfo>>> + Send;

    /// The last `most` articles that entered a feed, last first.
    fn window(&self, key: &FeedKey, most: usize) -> impl Future<Output = Result<Vec<Article>>> + Send;

    /// Those of `articles` that stand among the last `window` of a feed that is not retired.
    fn shown(
        &self,
        articles: &[ArticleId],
        window: usize,
    ) -> impl Future<Output = Result<Vec<ArticleId>>> + Send;

    /// The articles of one closed archive page of a feed, counted from 1, last entered first.
    fn archive(&self, key: &FeedKey, page: u32) -> impl Future<Output = Result<Vec<Article>>> + Send;

    /// The last health events, newest first.
    fn health_events(&self) -> impl Future<Output = Result<Vec<HealthEvent>>> + Send;

    /// All listings ever declared, by id.
    fn listings(&self) -> impl Future<Output = Result<Vec<ListingInfo>>> + Send;

    /// All targets ever declared, by id.
    fn targets(&self) -> impl Future<Output = Result<Vec<TargetInfo>>> + Send;

    /// What is to be sent to a target by `now`; at most `most`. Nothing to one that is not declared, or disabled.
    ///
    /// A clock that was put back delays no message that was never tried, and no other by more than
    /// [`crate::model::delivery::WAIT_MOST`].
    fn due(&self, target: &TargetId, now: Timestamp, most: usize)
    -> impl Future<Output = Result<Due>> + Send;

    /// What is to be sent by `now` to a target that takes messages in the order in which they came to be owed: those that
    /// were owed first, up to one that is not due yet; `next` is when that is. Looks at all that wait for it.
    fn due_in_order(
        &self,
        target: &TargetId,
        now: Timestamp,
        most: usize,
    ) -> impl Future<Output = Result<Due>> + Send;

    /// Makes one summary of several messages, which are deliveries of their own no longer. Only of those that are
    /// [fresh](Delivery::is_fresh), owed to this target, and waiting; at most [`BATCH_MOST`].
    /// Returns the summary, due at once; `None` when none is such.
    fn close_batch(
        &self,
        target: &TargetId,
        deliveries: Vec<DeliveryId>,
        now: Timestamp,
    ) -> impl Future<Output = Result<Option<Delivery>>> + Send;

    /// Remembers what became of tries; when this returns, it survives a power cut. Those of deliveries that do not
    /// wait any more, or of another target, are passed over. A next try later than
    /// [`crate::model::delivery::WAIT_MOST`] after `now` is made then.
    ///
    /// A target that said that it is gone, or to which every try failed for
    /// [`crate::model::delivery::FAILING_MOST`], is sent nothing more. The other declared targets that are told of
    /// health are owed a message about that, and where there are none, the first by id that is sent anything.
    fn settle(&self, tries: Vec<Settled>, now: Timestamp) -> impl Future<Output = Result<Settlement>> + Send;

    /// Deliveries, those that came to be owed last first; at most `most`. Looks at every one there is.
    fn deliveries(&self, which: &Wanted, most: usize) -> impl Future<Output = Result<Vec<Delivery>>> + Send;

    /// The ids of deliveries, each with its target, in no order. Looks at every one there is, and reads no message.
    fn delivery_ids(
        &self,
        which: &Wanted,
    ) -> impl Future<Output = Result<Vec<(DeliveryId, TargetId)>>> + Send;

    /// The deliveries whose ids begin with `prefix`; as [`Self::find`].
    fn find_delivery(&self, prefix: &str) -> impl Future<Output = Result<Vec<Delivery>>> + Send;

    /// What must be published anew, given the mark of what decides bytes beside the store (config, program).
    fn unpublished(&self, mark: [u8; 16]) -> impl Future<Output = Result<Unpublished>> + Send;

    /// Notes that everything up to a sequence number is published under a mark.
    fn published(&self, upto: u64, mark: [u8; 16]) -> impl Future<Output = Result<()>> + Send;
}

/// A shorthand.
pub type Result<T> = std::result::Result<T, StoreError>;

/// What the config declares.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Declared {
    /// The listings.
    pub listings: Vec<DeclaredListing>,
    /// The views.
    pub views: Vec<DeclaredView>,
    /// The targets; no id twice.
    pub targets: Vec<TargetRule>,
}

/// A listing as declared.
#[derive(Clone, Debug, PartialEq)]
pub struct DeclaredListing {
    /// Its id.
    pub id: ListingId,
    /// Ids that it had before. See [`Store::configure`].
    pub renamed_from: Vec<ListingId>,
    /// Its title.
    pub title: String,
    /// The name of its site.
    pub site: String,
    /// The tags it gives to every article on it.
    pub tags: Vec<String>,
    /// Whether the pages made these tags evident, and the config does not say them.
    pub evident: bool,
}

/// A view as declared.
#[derive(Clone, Debug, PartialEq)]
pub struct DeclaredView {
    /// Its id.
    pub id: ListingId,
    /// Its title.
    pub title: String,
    /// Which articles are in it.
    pub filter: Filter,
}

/// What an operator decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The listing is not scanned until it is resumed.
    Pause(ListingId),
    /// It is scanned again; what was new meanwhile is news.
    Resume(ListingId),
    /// The held reading with that hash is not believed, now or later.
    Reject(ListingId, ReadingHash),
    /// The article leaves all feeds, and is not forgotten.
    Hide(ArticleId),
    /// A hidden article comes back. Nobody is told.
    Restore(ArticleId),
    /// These deliveries are due at once, under the same ids, their tries counted anew; dead, waiting and delivered
    /// ones.
    Retry(Vec<DeliveryId>),
    /// The same, of those that are not delivered by now: whoever looked which ones wait meant no others.
    RetryUndelivered(Vec<DeliveryId>),
    /// These deliveries are forgotten; waiting and dead ones.
    Drop(Vec<DeliveryId>),
    /// Nothing is sent to the target, for that reason, until it is enabled. What it is owed waits.
    Disable(TargetId, String),
    /// A disabled target is sent messages again. What it failed before counts no more.
    Enable(TargetId),
}

/// What the store accepted of a proposal.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Committed {
    /// The sequence number of the last record it wrote; 0 when it wrote none.
    pub seq: u64,
    /// Whether it was the listing's baseline.
    pub baseline: bool,
    /// Articles that are new: those announced, or in a baseline those that fill the feed.
    pub new: Vec<Article>,
    /// Articles whose content changed, and the fields.
    pub updated: Vec<(Article, Vec<Field>)>,
    /// Articles taken off the listing.
    pub removed: Vec<Article>,
    /// Articles that had been taken off and are back.
    pub returned: Vec<Article>,
    /// How many articles fell off the listing's last page.
    pub aged: usize,
    /// How many known articles were seen here for the first time.
    pub also: usize,
    /// Names of tags that began a feed.
    pub new_tags: Vec<String>,
    /// How many deliveries it owes to targets.
    pub owed: usize,
}

/// A better split of an article's tag row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resplit {
    /// The article.
    pub id: ArticleId,
    /// Its row's names.
    pub tags: Vec<String>,
    /// Whether they are sure.
    pub sure: bool,
}

/// A feed, as remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedInfo {
    /// Which feed.
    pub key: FeedKey,
    /// Its name as first seen.
    pub label: String,
    /// Its slug.
    pub slug: String,
    /// The slugs that it had before, oldest first.
    pub former: Vec<String>,
    /// Its id.
    pub id: FeedId,
    /// How many articles are in it.
    pub count: u64,
    /// How many archive pages are closed.
    pub archives: u32,
    /// When what it shows last changed.
    pub updated: Timestamp,
    /// Whether the config no longer declares it.
    pub retired: bool,
}

/// A listing, as remembered.
#[derive(Clone, Debug, PartialEq)]
pub struct ListingInfo {
    /// Its id.
    pub id: ListingId,
    /// Its title.
    pub title: String,
    /// The tags it gives to every article on it.
    pub tags: Vec<String>,
    /// Whether the pages made these tags evident, and the config does not say them.
    pub evident: bool,
    /// Whether the config no longer declares it.
    pub retired: bool,
    /// Its health as last said.
    pub health: Health,
    /// Since when.
    pub since: Timestamp,
    /// Why it is not ok, one sentence; empty when it is.
    pub reason: String,
    /// The reading that waits for approval.
    pub hold: Option<Hold>,
    /// How many articles its last believed reading had.
    pub articles: usize,
    /// What is remembered beside the journal.
    pub memo: Memo,
}

/// What must be published anew.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unpublished {
    /// Everything up to this sequence number is covered.
    pub upto: u64,
    /// Whether all there is must be looked at: the config or the program changed, or nothing was published yet.
    pub everything: bool,
    /// Feeds whose window changed, or that are new or retired.
    pub feeds: Vec<FeedKey>,
    /// Closed archive pages that changed, counted from 1.
    pub archives: Vec<(FeedKey, u32)>,
    /// Articles that changed.
    pub articles: Vec<ArticleId>,
}

/// Why the store cannot do what it was asked.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process has it open.
    #[error("the data folder {folder} is in use{holder}")]
    InUse {
        /// The data folder.
        folder: PathBuf,
        /// ` by process 123`, or nothing when that is not known.
        holder: String,
    },
    /// It was written by a newer program.
    #[error("{file}:{line}: {what}")]
    Newer {
        /// The file.
        file: PathBuf,
        /// The line, counted from 1; 0 for the file as a whole.
        line: u64,
        /// What says so.
        what: String,
    },
    /// The journal or its companion is damaged, or missing where it must be.
    #[error("{file}{}: {what}", if *line == 0 { String::new() } else { format!(":{line}") })]
    Damaged {
        /// The file.
        file: PathBuf,
        /// The line, counted from 1; 0 for the file as a whole.
        line: u64,
        /// What is wrong.
        what: String,
    },
    /// The system refused to read or write.
    #[error("cannot {verb} {path}: {reason}")]
    Io {
        /// What was tried.
        verb: &'static str,
        /// Where.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// The index failed. It is opened anew, or built anew from the journal, when the store is next asked for anything.
    #[error("{0}")]
    Index(embedded::IndexError),
    /// What was built beside the store was given up, and thrown away; the store goes on.
    #[error("{0}; nothing was changed")]
    GivenUp(String),
    /// A proposal speaks of a listing that was never declared.
    #[error("the store does not know a listing `{0}`")]
    NoListing(ListingId),
    /// A store is to be made where there is one.
    #[error("there is a store in {0}")]
    Occupied(PathBuf),
    /// An earlier failure closed the store for writing.
    #[error("the store stopped writing after an earlier failure: {0}")]
    Stopped(String),
}

impl StoreError {
    /// Whether it may pass without anybody touching the store: space is freed, a disk comes back, the index is built
    /// anew. Whoever asked may ask again.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Io { .. } | Self::Index(_) | Self::GivenUp(_))
    }

    /// What an operator can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::InUse { .. } => Some("stop the other tidings, or give this one a `data_dir` of its own"),
            Self::Newer { .. } => Some("install the newer version again; nothing was changed"),
            Self::Damaged { .. } => Some(
                "restore the data folder from a backup, or run `tidings store rebuild --skip-bad-lines`, which keeps \
                 what can be read and makes the next scan of each listing a quiet baseline",
            ),
            Self::Io { .. } => {
                Some("check that the folder exists, is writable for this user, and has free space")
            }
            Self::Index(_) => Some(
                "nothing is lost: the index is built anew from the journal, and announces nothing by that",
            ),
            Self::GivenUp(_) => Some("the store goes on as it was; try again"),
            Self::NoListing(_) => Some("`tidings check` lists the configured listings"),
            Self::Occupied(_) => Some("--replace moves it aside; or name another folder with --data-dir"),
            Self::Stopped(_) => Some("mend the cause and start again; nothing that was acknowledged is lost"),
        }
    }
}
