//! What happened: the journal, read for people.
//!
//! The journal only grows, so reading it needs no lock and disturbs no daemon. Nothing here decides anything.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::journal::{self, Damage, Position};
use super::parts;
use super::record::{Content, DecisionFact, Fact, KnownArticle, NewArticle, Record, RenameFact, ScanFact};
use crate::diff::{Kind, Offered, SightKind};
use crate::model::key::KeyKind;
use crate::model::{ArticleId, Field, Health, Key, ListingId, Timestamp};
use crate::store::Result;

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
    /// It came back.
    Restore {
        /// The article.
        article: ArticleId,
    },
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
            Self::Store | Self::Retag { .. } | Self::Hide { .. } | Self::Restore { .. } => false,
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
        let mut story = Story { id, content: None, hold: None, mentions: Vec::new() };
        self.records(|record| story.take(record))?;
        Ok(story.mentions)
    }

    fn records(&mut self, mut sink: impl FnMut(&Record)) -> Result<()> {
        let tail = journal::read(&self.folder, self.at, Damage::Stop, |records, _| {
            parts::join(records).iter().for_each(&mut sink);
            Ok(())
        })?;
        self.at = tail.end;
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
        },
        Fact::Decision(DecisionFact::Rebaseline { reason }) => What::Rebaseline { reason: reason.clone() },
        Fact::Decision(DecisionFact::Pause(health)) => What::Pause(turn(health)),
        Fact::Decision(DecisionFact::Resume(health)) => What::Resume(turn(health)),
        Fact::Decision(DecisionFact::Reject { health, .. }) => What::Reject(turn(health)),
        Fact::Decision(DecisionFact::Hide { article }) => What::Hide { article: *article },
        Fact::Decision(DecisionFact::Restore { article, .. }) => What::Restore { article: *article },
    }
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
    }
}

/// What a record says of one article.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Mention {
    /// The sequence number of the record.
    pub seq: u64,
    /// When it was written.
    pub at: Timestamp,
    /// The listing, where it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listing: Option<ListingId>,
    /// What it says.
    #[serde(flatten)]
    pub what: Said,
}

/// What is said of an article.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "what", rename_all = "lowercase")]
pub enum Said {
    /// It is new.
    New {
        /// The kind of the scan.
        scan: Kind,
        /// Whether it was announced.
        announced: bool,
        /// Whether it was dated before the newest article of the listing.
        late: bool,
        /// Why its reading was held, if it was, before an operator approved it.
        #[serde(skip_serializing_if = "Option::is_none")]
        held: Option<String>,
        /// The keys it came with.
        keys: Vec<KindKey>,
    },
    /// It was seen again, and something is to be remembered of that.
    Seen {
        /// The kind of the scan.
        scan: Kind,
        /// How it came to be on the listing.
        sight: SightKind,
        /// Whether it was announced.
        announced: bool,
        /// Whether it was dated before the newest article of the listing.
        late: bool,
        /// What changed.
        changes: Vec<Changed>,
        /// The keys it was seen with.
        keys: Vec<KindKey>,
    },
    /// It was taken off the listing.
    Removed,
    /// It fell off the listing's last page.
    Aged,
    /// Its row of tags was split anew.
    Split {
        /// Its tags from then on.
        tags: Vec<String>,
        /// Whether they are sure.
        sure: bool,
    },
    /// The listing that it was seen on goes on under another id.
    Renamed {
        /// The id that the listing had.
        from: ListingId,
    },
    /// An operator hid it.
    Hidden,
    /// It came back.
    Restored,
}

/// A key and its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct KindKey {
    /// The kind.
    pub kind: KeyKind,
    /// The key.
    pub key: Key,
}

/// A field that changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Changed {
    /// The field.
    pub field: Field,
    /// What it said before; empty where it said nothing.
    pub from: String,
    /// What it says from then on.
    pub to: String,
}

/// One article's story, while the journal is read.
struct Story {
    id: ArticleId,
    content: Option<Content>,
    /// The last reading that was held, and why.
    hold: Option<(ListingId, String)>,
    mentions: Vec<Mention>,
}

impl Story {
    fn take(&mut self, record: &Record) {
        let (listing, what) = match &record.fact {
            Fact::Scan(scan) => (Some(scan.listing.clone()), self.scan(scan)),
            Fact::Health(health) if health.to == Health::Quarantined => {
                self.hold = Some((health.listing.clone(), health.reason.clone()));
                return;
            }
            Fact::Retag(retag) => (None, retag.articles.iter().find(|split| split.id == self.id).map(split)),
            Fact::Decision(DecisionFact::Hide { article }) => {
                (None, (*article == self.id).then_some(Said::Hidden))
            }
            Fact::Decision(DecisionFact::Restore { article, .. }) => {
                (None, (*article == self.id).then_some(Said::Restored))
            }
            Fact::Decision(DecisionFact::Configure(fact)) => {
                fact.renamed.iter().for_each(|rename| self.rename(record, rename));
                return;
            }
            _ => return,
        };
        self.mentions.extend(what.map(|what| Mention { seq: record.seq, at: record.at, listing, what }));
    }

    fn rename(&mut self, record: &Record, RenameFact { from, to }: &RenameFact) {
        if let Some((listing, _)) = self.hold.as_mut().filter(|(listing, _)| listing == from) {
            listing.clone_from(to);
        }
        if self.mentions.iter().any(|mention| mention.listing.as_ref() == Some(from)) {
            let (listing, what) = (Some(to.clone()), Said::Renamed { from: from.clone() });
            self.mentions.push(Mention { seq: record.seq, at: record.at, listing, what });
        }
    }

    fn scan(&mut self, scan: &ScanFact) -> Option<Said> {
        if let Some(new) = scan.new.iter().find(|new| new.id == self.id) {
            return Some(self.new_article(scan, new));
        }
        if let Some(known) = scan.known.iter().find(|known| known.id == self.id) {
            return Some(self.known_article(scan, known));
        }
        if scan.removed.contains(&self.id) {
            return Some(Said::Removed);
        }
        scan.aged.contains(&self.id).then_some(Said::Aged)
    }

    fn new_article(&mut self, scan: &ScanFact, new: &NewArticle) -> Said {
        self.content = Some(new.content.clone());
        let held = self.hold.as_ref().filter(|(listing, _)| scan.approved && *listing == scan.listing);
        Said::New {
            scan: scan.kind,
            announced: new.announced,
            late: new.late,
            held: held.map(|(_, reason)| reason.clone()),
            keys: keys(&new.keys),
        }
    }

    fn known_article(&mut self, scan: &ScanFact, known: &KnownArticle) -> Said {
        let mut changes = Vec::new();
        if let Some(content) = &known.content {
            let before = self.content.as_ref();
            changes.extend(known.fields.iter().map(|field| Changed {
                field: *field,
                from: before.map(|before| value(before, *field)).unwrap_or_default(),
                to: value(content, *field),
            }));
            self.content = Some(content.clone());
        }
        let (sight, announced, late) = (known.sight, known.announced, known.late);
        Said::Seen { scan: scan.kind, sight, announced, late, changes, keys: keys(&known.keys) }
    }
}

fn split(split: &super::record::Retagged) -> Said {
    Said::Split { tags: split.tags.clone(), sure: split.sure }
}

fn keys(offered: &Offered) -> Vec<KindKey> {
    let key = |kind: KeyKind| offered.get(kind).map(|key| KindKey { kind, key });
    KeyKind::ALL.into_iter().filter_map(key).collect()
}

fn value(content: &Content, field: Field) -> String {
    match field {
        Field::Title => content.title.clone(),
        Field::Link => content.link.clone().unwrap_or_default(),
        Field::Source => content.source.clone().unwrap_or_default(),
        Field::Date => content.date.map(|date| date.to_string()).unwrap_or_default(),
        Field::Category => content.category.clone().unwrap_or_default(),
        Field::Summary => content.summary.clone().unwrap_or_default(),
        Field::Tags => content.row.as_text(),
    }
}
