//! What happened: the journal, read for people.
//!
//! The journal grows at its end, and a snapshot may take the place of its oldest files; so reading it needs no lock and
//! disturbs no daemon. Nothing here decides anything.

mod article;

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::dump::snapshot;
use super::journal::{self, Damage, Position};
use super::outbox::record::{DeliveryFact, EndFact};
use super::parts;
use super::record::{DecisionFact, Fact, KnownArticle, Record, RenameFact, ScanFact};
use crate::diff::{Kind, SightKind};
use crate::model::{ArticleId, Health, ListingId, TargetId, Timestamp};
use crate::store::Result;

use self::article::Story;
pub use self::article::{Changed, KindKey, Mention, Said};

/// How often a journal is read that is compacted meanwhile.
const TRIES: u32 = 5;

/// One fact of the journal.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Happening {
    /// The sequence number of its record.
    pub seq: u64,
    /// When it was written.
    pub at: Timestamp,
    /// What it says.
    #[serde(flatten)]
    pub what: What,
}

/// What a fact says.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum What {
    /// The store was created.
    Store,
    /// A scan changed something.
    Scan(Counts),
    /// Rows of tags were split anew.
    Retag {
        /// How many articles have other tags by that.
        articles: usize,
    },
    /// A listing's health changed.
    Health(Turn),
    /// The config declares something else.
    Configure {
        /// Listings that go on under another id.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        renamed: Vec<Renamed>,
        /// Listings that are new, back, or described otherwise.
        listings: Vec<ListingId>,
        /// Listings that are no longer declared.
        retired: Vec<ListingId>,
        /// Views that are new, or defined otherwise.
        views: Vec<ListingId>,
        /// Views that are no longer declared.
        dropped: Vec<ListingId>,
        /// Targets that are new, back, or owed other messages.
        targets: Vec<TargetId>,
        /// Targets that are no longer declared.
        untargeted: Vec<TargetId>,
    },
    /// Records were lost.
    Rebaseline {
        /// Why, one sentence.
        reason: String,
    },
    /// A listing was paused.
    Pause(Turn),
    /// It was resumed.
    Resume(Turn),
    /// Its held reading was rejected.
    Reject(Turn),
    /// An article was hidden.
    Hide {
        /// The article.
        article: ArticleId,
    },
    /// The texts of old articles were forgotten.
    Forget {
        /// How many.
        articles: usize,
        /// Nothing was remembered of them since then.
        before: Timestamp,
    },
    /// It came back.
    Restore {
        /// The article.
        article: ArticleId,
    },
    /// Several messages became one.
    Batch {
        /// Whom it is owed to.
        target: TargetId,
        /// How many messages it stands for.
        messages: usize,
    },
    /// Tries of deliveries ended.
    Delivery(Ends),
    /// An operator had messages sent again.
    Retry {
        /// How many.
        deliveries: usize,
    },
    /// An operator had messages forgotten.
    Drop {
        /// How many.
        deliveries: usize,
    },
    /// Nothing is sent to a target until it is enabled.
    Disable {
        /// The target.
        target: TargetId,
        /// Why.
        reason: String,
    },
    /// Messages are sent to it again.
    Enable {
        /// The target.
        target: TargetId,
    },
}

/// How tries ended, in numbers of deliveries.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Ends {
    /// The targets.
    pub targets: Vec<TargetId>,
    /// The receiver took it.
    pub delivered: usize,
    /// It is tried again.
    pub failed: usize,
    /// It was given up.
    pub dead: usize,
    /// The last reason that was given; empty where nothing failed.
    pub reason: String,
    /// Targets that want no more, or that nothing reached for days.
    pub disabled: Vec<TargetId>,
}

/// A listing that goes on under another id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Renamed {
    /// The id that it had.
    pub from: ListingId,
    /// The one that it has.
    pub to: ListingId,
}

/// A turn of a listing's health.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Turn {
    /// The listing.
    pub listing: ListingId,
    /// Its health before.
    pub from: Health,
    /// Its health from then on.
    pub to: Health,
    /// Why, one sentence.
    pub reason: String,
}

/// What a scan changed, in numbers of articles.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// The listing.
    pub listing: ListingId,
    /// What kind of scan it was.
    pub kind: Kind,
    /// Whether it was held, and approved by an operator.
    pub approved: bool,
    /// Remembered as new.
    pub new: usize,
    /// Announced, whether remembered as new or known from another listing.
    pub announced: usize,
    /// Whose content changed.
    pub updated: usize,
    /// Taken off the listing.
    pub removed: usize,
    /// Back after they had been taken off.
    pub returned: usize,
    /// Fell off the last page.
    pub aged: usize,
    /// Known, and seen here for the first time.
    pub also: usize,
    /// Messages that are owed for it.
    pub owed: usize,
}

impl What {
    /// Whether it is about this listing.
    #[must_use]
    pub fn is_about(&self, id: &ListingId) -> bool {
        match self {
            Self::Scan(counts) => counts.listing == *id,
            Self::Health(turn) | Self::Pause(turn) | Self::Resume(turn) | Self::Reject(turn) => {
                turn.listing == *id
            }
            Self::Configure { renamed, listings, retired, .. } => {
                let is_renamed = renamed.iter().any(|Renamed { from, to }| from == id || to == id);
                is_renamed || listings.contains(id) || retired.contains(id)
            }
            Self::Rebaseline { .. } => true,
            Self::Store
            | Self::Retag { .. }
            | Self::Hide { .. }
            | Self::Restore { .. }
            | Self::Forget { .. }
            | Self::Batch { .. }
            | Self::Delivery(_)
            | Self::Retry { .. }
            | Self::Drop { .. }
            | Self::Disable { .. }
            | Self::Enable { .. } => false,
        }
    }
}

/// A reader of the journal that goes on where it stopped.
#[derive(Debug)]
pub struct History {
    folder: PathBuf,
    at: Position,
}

impl History {
    /// The history in a data folder, from its beginning. There may be none yet.
    #[must_use]
    pub fn new(data_dir: &Path) -> Self {
        Self { folder: data_dir.join("journal"), at: Position::default() }
    }

    /// Hands on what happened since the last time. Blocks while reading.
    ///
    /// # Errors
    /// [`crate::store::StoreError`] with the place when the journal is damaged, or a newer program wrote it.
    pub fn read(&mut self, mut sink: impl FnMut(Happening)) -> Result<()> {
        self.records(|record| sink(Happening { seq: record.seq, at: record.at, what: what(&record.fact) }))
    }

    /// Hands on what the journal says of one article. Blocks while reading all of it.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn of_article(&mut self, id: ArticleId) -> Result<Vec<Mention>> {
        let mut story = Story::new(id);
        self.records(|record| story.take(record))?;
        Ok(story.mentions)
    }

    fn records(&mut self, mut sink: impl FnMut(&Record)) -> Result<()> {
        for tries in 1.. {
            let begins = snapshot::newest(&self.folder)?;
            let at = &mut self.at;
            let read = journal::read(&self.folder, *at, Damage::Stop, |records, place| {
                parts::join(records).iter().for_each(&mut sink);
                *at = place;
                Ok(())
            });
            match read {
                Ok(tail) => {
                    self.at = tail.end;
                    break;
                }
                // Files that a snapshot took the place of went while they were read.
                Err(_) if tries < TRIES && snapshot::newest(&self.folder)? != begins => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

fn what(fact: &Fact) -> What {
    match fact {
        Fact::Store(_) => What::Store,
        Fact::Scan(scan) => What::Scan(counts(scan)),
        Fact::Retag(retag) => What::Retag { articles: retag.articles.len() },
        Fact::Health(health) => What::Health(turn(health)),
        Fact::Decision(DecisionFact::Configure(fact)) => What::Configure {
            renamed: fact.renamed.iter().map(renamed).collect(),
            listings: fact.listings.iter().map(|listing| listing.id.clone()).collect(),
            retired: fact.retired.clone(),
            views: fact.views.iter().map(|view| view.id.clone()).collect(),
            dropped: fact.dropped.clone(),
            targets: fact.targets.iter().map(|rule| rule.id.clone()).collect(),
            untargeted: fact.untargeted.clone(),
        },
        Fact::Decision(DecisionFact::Rebaseline { reason }) => What::Rebaseline { reason: reason.clone() },
        Fact::Decision(DecisionFact::Pause(health)) => What::Pause(turn(health)),
        Fact::Decision(DecisionFact::Resume(health)) => What::Resume(turn(health)),
        Fact::Decision(DecisionFact::Reject { health, .. }) => What::Reject(turn(health)),
        Fact::Decision(DecisionFact::Hide { article }) => What::Hide { article: *article },
        Fact::Decision(DecisionFact::Restore { article, .. }) => What::Restore { article: *article },
        Fact::Batch(batch) => What::Batch { target: batch.target.clone(), messages: batch.deliveries.len() },
        Fact::Delivery(fact) => What::Delivery(ends(fact)),
        Fact::Decision(DecisionFact::Forget { articles, before }) => {
            What::Forget { articles: articles.len(), before: *before }
        }
        Fact::Decision(DecisionFact::Retry { deliveries }) => What::Retry { deliveries: deliveries.len() },
        Fact::Decision(DecisionFact::Drop { deliveries }) => What::Drop { deliveries: deliveries.len() },
        Fact::Decision(DecisionFact::Disable { target, reason }) => {
            What::Disable { target: target.clone(), reason: reason.clone() }
        }
        Fact::Decision(DecisionFact::Enable { target }) => What::Enable { target: target.clone() },
    }
}

fn ends(fact: &DeliveryFact) -> Ends {
    let mut ends = Ends::default();
    for ended in &fact.tries {
        if !ends.targets.contains(&ended.target) {
            ends.targets.push(ended.target.clone());
        }
        let reason = match &ended.end {
            EndFact::Delivered => {
                ends.delivered += 1;
                continue;
            }
            EndFact::Failed { reason, .. } => {
                ends.failed += 1;
                reason
            }
            EndFact::Dead { reason } => {
                ends.dead += 1;
                reason
            }
            EndFact::Disabled { reason } => {
                ends.dead += 1;
                if !ends.disabled.contains(&ended.target) {
                    ends.disabled.push(ended.target.clone());
                }
                reason
            }
        };
        ends.reason.clone_from(reason);
    }
    for disabled in &fact.disabled {
        if !ends.disabled.contains(&disabled.target) {
            ends.disabled.push(disabled.target.clone());
            ends.reason.clone_from(&disabled.reason);
        }
    }
    ends
}

fn renamed(RenameFact { from, to }: &RenameFact) -> Renamed {
    Renamed { from: from.clone(), to: to.clone() }
}

fn turn(health: &super::record::HealthFact) -> Turn {
    let (listing, reason) = (health.listing.clone(), health.reason.clone());
    Turn { listing, from: health.from, to: health.to, reason }
}

fn counts(scan: &ScanFact) -> Counts {
    let known = |which: &dyn Fn(&KnownArticle) -> bool| scan.known.iter().filter(|k| which(k)).count();
    let is_scan = scan.kind == Kind::Scan;
    Counts {
        listing: scan.listing.clone(),
        kind: scan.kind,
        approved: scan.approved,
        new: scan.new.len(),
        announced: scan.new.iter().filter(|new| new.announced).count() + known(&|known| known.announced),
        updated: known(&|known| is_scan && !known.fields.is_empty()),
        removed: scan.removed.len(),
        returned: known(&|known| known.sight == SightKind::Returned),
        aged: scan.aged.len(),
        also: known(&|known| known.sight == SightKind::First && !known.announced),
        owed: scan.owes.len(),
    }
}
