//! What the journal says of one article, in order.

use serde::Serialize;

use super::super::outbox::record::{BatchFact, DeliveryFact, EndFact, Owed};
use super::super::record::{
    Content, DecisionFact, Fact, KnownArticle, NewArticle, Record, RenameFact, Retagged, ScanFact,
};
use crate::diff::{Kind, Offered, SightKind};
use crate::model::key::KeyKind;
use crate::model::{ArticleId, Change, DeliveryId, Field, Health, Key, ListingId, TargetId, Timestamp};

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
        /// Others that tell the same story: earlier ones, and such that came with it.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        also_at: Vec<ArticleId>,
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
        /// Whether its texts, which were forgotten, are known again.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        relearned: bool,
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
    /// Its texts were forgotten: nothing was remembered of it since that time.
    Forgotten {
        /// Since when.
        before: Timestamp,
    },
    /// An operator hid it.
    Hidden,
    /// It came back.
    Restored,
    /// A message about it is owed.
    Owed {
        /// To whom.
        target: TargetId,
        /// The message.
        delivery: DeliveryId,
        /// How many articles it tells of.
        articles: usize,
        /// What it says of this one; nothing where it says that it is new.
        #[serde(skip_serializing_if = "Option::is_none")]
        change: Option<Change>,
    },
    /// That message became part of a summary.
    Batched {
        /// Whom it is owed to.
        target: TargetId,
        /// The summary.
        delivery: DeliveryId,
        /// How many messages it stands for.
        messages: usize,
    },
    /// The receiver took the message.
    Delivered {
        /// Whom it was owed to.
        target: TargetId,
        /// The message.
        delivery: DeliveryId,
    },
    /// Sending it failed.
    Failed {
        /// Whom it is owed to.
        target: TargetId,
        /// The message.
        delivery: DeliveryId,
        /// Why.
        reason: String,
        /// When it was to be tried again.
        next: Timestamp,
    },
    /// It was given up.
    Dead {
        /// Whom it was owed to.
        target: TargetId,
        /// The message.
        delivery: DeliveryId,
        /// Why.
        reason: String,
    },
    /// An operator had it sent again.
    Retried {
        /// Whom it is owed to.
        target: TargetId,
        /// The message.
        delivery: DeliveryId,
    },
    /// An operator had it forgotten.
    Dropped {
        /// Whom it was owed to.
        target: TargetId,
        /// The message.
        delivery: DeliveryId,
    },
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
pub(super) struct Story {
    id: ArticleId,
    content: Option<Content>,
    /// The last reading that was held, and why.
    hold: Option<(ListingId, String)>,
    /// The messages that tell of it.
    deliveries: Vec<(DeliveryId, TargetId)>,
    pub(super) mentions: Vec<Mention>,
}

impl Story {
    pub(super) fn new(id: ArticleId) -> Self {
        Self { id, content: None, hold: None, deliveries: Vec::new(), mentions: Vec::new() }
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

    pub(super) fn take(&mut self, record: &Record) {
        let (listing, said) = match &record.fact {
            Fact::Scan(scan) => {
                let mut said: Vec<Said> = self.scan(scan).into_iter().collect();
                said.extend(self.owed(&scan.owes));
                (Some(scan.listing.clone()), said)
            }
            Fact::Health(health) if health.to == Health::Quarantined => {
                self.hold = Some((health.listing.clone(), health.reason.clone()));
                return;
            }
            Fact::Retag(retag) => {
                let split = retag.articles.iter().find(|split| split.id == self.id).map(split);
                (None, split.into_iter().collect())
            }
            Fact::Batch(batch) => (None, self.batched(batch).into_iter().collect()),
            Fact::Delivery(fact) => (None, self.outcomes(fact)),
            Fact::Decision(DecisionFact::Configure(fact)) => {
                fact.renamed.iter().for_each(|rename| self.rename(record, rename));
                return;
            }
            Fact::Decision(decision) => (None, self.decided(decision)),
            Fact::Store(_) | Fact::Health(_) => return,
        };
        let (seq, at) = (record.seq, record.at);
        self.mentions.extend(said.into_iter().map(|what| Mention {
            seq,
            at,
            listing: listing.clone(),
            what,
        }));
    }

    fn decided(&mut self, decision: &DecisionFact) -> Vec<Said> {
        match decision {
            DecisionFact::Forget { articles, before } if articles.contains(&self.id) => {
                self.content = None;
                vec![Said::Forgotten { before: *before }]
            }
            DecisionFact::Hide { article } if *article == self.id => vec![Said::Hidden],
            DecisionFact::Restore { article, .. } if *article == self.id => vec![Said::Restored],
            DecisionFact::Retry { deliveries } => {
                self.ours(deliveries, |target, delivery| Said::Retried { target, delivery })
            }
            DecisionFact::Drop { deliveries } => {
                self.ours(deliveries, |target, delivery| Said::Dropped { target, delivery })
            }
            _ => Vec::new(),
        }
    }

    fn owed(&mut self, owes: &[Owed]) -> Vec<Said> {
        let mut said = Vec::new();
        for owed in owes {
            let is_new = owed.articles.contains(&self.id);
            let change =
                owed.changes.iter().find(|change| change.article == self.id).map(|change| change.what);
            if !is_new && change.is_none() {
                continue;
            }
            self.deliveries.push((owed.id, owed.target.clone()));
            let articles = owed.articles.len() + owed.changes.len();
            let (target, delivery) = (owed.target.clone(), owed.id);
            said.push(Said::Owed { target, delivery, articles, change });
        }
        said
    }

    fn batched(&mut self, batch: &BatchFact) -> Option<Said> {
        let is_in = |(id, _): &(DeliveryId, TargetId)| batch.deliveries.contains(id);
        let before = self.deliveries.len();
        self.deliveries.retain(|ours| !is_in(ours));
        if self.deliveries.len() == before {
            return None;
        }
        self.deliveries.push((batch.id, batch.target.clone()));
        let (target, delivery, messages) = (batch.target.clone(), batch.id, batch.deliveries.len());
        Some(Said::Batched { target, delivery, messages })
    }

    fn outcomes(&self, fact: &DeliveryFact) -> Vec<Said> {
        let is_ours = |id: DeliveryId| self.deliveries.iter().any(|(ours, _)| *ours == id);
        let ended = fact.tries.iter().filter(|ended| is_ours(ended.id));
        let said = ended.map(|ended| {
            let (target, delivery) = (ended.target.clone(), ended.id);
            match ended.end.clone() {
                EndFact::Delivered => Said::Delivered { target, delivery },
                EndFact::Failed { reason, next } => Said::Failed { target, delivery, reason, next },
                EndFact::Dead { reason } | EndFact::Disabled { reason } => {
                    Said::Dead { target, delivery, reason }
                }
            }
        });
        said.collect()
    }

    /// What is said of those of these deliveries that tell of the article.
    fn ours(&self, deliveries: &[DeliveryId], said: impl Fn(TargetId, DeliveryId) -> Said) -> Vec<Said> {
        let ours = self.deliveries.iter().filter(|(id, _)| deliveries.contains(id));
        ours.map(|(id, target)| said(target.clone(), *id)).collect()
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
            also_at: new.also.clone(),
        }
    }

    fn known_article(&mut self, scan: &ScanFact, known: &KnownArticle) -> Said {
        let mut changes = Vec::new();
        let relearned = known.fields.is_empty() && known.content.is_some();
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
        Said::Seen { scan: scan.kind, sight, announced, late, changes, relearned, keys: keys(&known.keys) }
    }
}

fn split(split: &Retagged) -> Said {
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
