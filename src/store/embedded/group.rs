//! A group of commits in the making: requests to records, one after another, each seeing those before it.

use std::path::Path;

use tokio::sync::oneshot;

use super::apply::apply;
use super::decide;
use super::declare;
use super::forget;
use super::index::{Applied, Index};
use super::journal::Line;
use super::operator;
use super::outbox;
use super::outbox::owe::Origin;
use super::parts;
use super::place;
use super::record::{DecisionFact, Fact, Record, ScanFact};
use super::writer::Writer;
use crate::diff::{Kind, Proposal, SightKind};
use crate::model::id::StoreId;
use crate::model::{Article, ArticleId, Delivery, DeliveryId, FeedKind, SiteUid, TargetId, Timestamp};
use crate::store::{Committed, Decision, Declared, Resplit, Settled, Settlement, StoreError};

pub(super) type Result<T> = std::result::Result<T, StoreError>;

/// Where an answer goes.
pub(super) type To<T> = oneshot::Sender<Result<T>>;

/// Something for the writer to do.
pub(super) enum Request {
    Scan(Box<Proposal>, To<Committed>),
    Configure(Declared, Timestamp, To<()>),
    Retag(Vec<Resplit>, Timestamp, To<usize>),
    Decide(Decision, Timestamp, To<bool>),
    /// Forget the texts of these, where nothing was remembered of them since the first time.
    Forget(Vec<ArticleId>, Timestamp, Timestamp, To<usize>),
    Settle(Vec<Settled>, Timestamp, To<Settlement>),
    Batch(TargetId, Vec<DeliveryId>, Timestamp, To<Option<Delivery>>),
    /// Mend the index, if it is broken.
    Mend(To<()>),
    /// Do something between two groups.
    Between(Box<dyn FnOnce(&mut Writer) + Send>),
    /// Finish: bring `state.json` up to date and end the thread.
    Close(To<()>),
}

impl Request {
    /// When it was asked; `None` where nothing is to be written.
    fn now(&self) -> Option<Timestamp> {
        match self {
            Self::Scan(proposal, _) => Some(proposal.now),
            Self::Configure(_, now, _)
            | Self::Retag(_, now, _)
            | Self::Decide(_, now, _)
            | Self::Settle(_, now, _)
            | Self::Forget(_, _, now, _)
            | Self::Batch(_, _, now, _) => Some(*now),
            Self::Close(_) | Self::Mend(_) | Self::Between(_) => None,
        }
    }

    /// Answers with an error.
    pub(super) fn refuse(self, error: &StoreError) {
        let error = error.clone();
        match self {
            Self::Scan(_, to) => drop(to.send(Err(error))),
            Self::Configure(_, _, to) => drop(to.send(Err(error))),
            Self::Settle(_, _, to) => drop(to.send(Err(error))),
            Self::Mend(to) | Self::Close(to) => drop(to.send(Err(error))),
            Self::Retag(_, _, to) | Self::Forget(_, _, _, to) => drop(to.send(Err(error))),
            Self::Decide(_, _, to) => drop(to.send(Err(error))),
            Self::Batch(_, _, _, to) => drop(to.send(Err(error))),
            // Whoever waits for it is told by that.
            Self::Between(what) => drop(what),
        }
    }
}

/// What is decided and waits for the disk: sent once the group is durable, or with what failed.
pub(super) type Answer = Box<dyn FnOnce(Option<&StoreError>)>;

/// One group of commits in the making.
pub(super) struct Group<'w, 't> {
    pub(super) index: Index<'t>,
    pub(super) lines: Vec<Line>,
    pub(super) answers: Vec<Answer>,
    store: StoreId,
    /// The number of the last record, this group's included, and its time.
    pub(super) seq: u64,
    pub(super) at: Timestamp,
    folder: &'w Path,
    /// The number of its first record.
    first: u64,
    /// Why every listing begins anew, where that is still to be said.
    pub(super) rebaseline: Option<String>,
    /// Where the next line will stand in the journal.
    next: (u32, u64),
}

impl<'w, 't> Group<'w, 't> {
    /// A group that goes on from what is applied.
    pub(super) fn new(index: Index<'t>, applied: &Applied, folder: &'w Path, next: (u32, u64)) -> Self {
        let (lines, answers) = (Vec::new(), Vec::new());
        let (store, seq, at) = (applied.store, applied.seq, applied.at);
        Self { index, lines, answers, store, seq, at, folder, first: seq + 1, rebaseline: None, next }
    }

    /// Decides on a request.
    ///
    /// # Errors
    /// What makes the whole group fail. A request that is refused alone is answered at once.
    pub(super) fn take(&mut self, request: Request) -> Result<()> {
        // Before anything else: a crash in between must not leave that alone.
        if let Some(now) = request.now()
            && let Some(reason) = self.rebaseline.take()
        {
            self.record(Fact::Decision(DecisionFact::Rebaseline { reason }), now)?;
        }
        match request {
            Request::Scan(proposal, to) => {
                let done = self.scan(&proposal);
                self.conclude(to, done)
            }
            Request::Configure(declared, now, to) => {
                let done = self.configure(&declared, now);
                self.conclude(to, done)
            }
            Request::Retag(splits, now, to) => {
                let done = self.retag(&splits, now);
                self.conclude(to, done)
            }
            Request::Decide(decision, now, to) => {
                let done = self.decide(&decision, now);
                self.conclude(to, done)
            }
            Request::Forget(articles, before, now, to) => {
                let done = self.forget(&articles, before, now);
                self.conclude(to, done)
            }
            Request::Settle(tries, now, to) => {
                let done = self.settle(&tries, now);
                self.conclude(to, done)
            }
            Request::Batch(target, deliveries, now, to) => {
                let done = self.batch(&target, &deliveries, now);
                self.conclude(to, done)
            }
            Request::Mend(to) | Request::Close(to) => self.conclude(to, Ok(())),
            Request::Between(what) => {
                drop(what);
                Ok(())
            }
        }
    }

    fn conclude<T: 'static>(&mut self, to: To<T>, done: Result<T>) -> Result<()> {
        match done {
            Ok(value) => {
                let answer = move |failure: Option<&StoreError>| {
                    drop(to.send(failure.map_or(Ok(value), |error| Err(error.clone()))));
                };
                self.answers.push(Box::new(answer));
                Ok(())
            }
            // Of these nothing is in the index: the rest of the group goes on.
            Err(error @ (StoreError::NoListing(_) | StoreError::Io { .. })) => {
                drop(to.send(Err(error)));
                Ok(())
            }
            Err(error) => {
                drop(to.send(Err(error.clone())));
                Err(error)
            }
        }
    }

    fn configure(&mut self, declared: &Declared, now: Timestamp) -> Result<()> {
        let mut mint = || SiteUid::from_uuid(uuid::Uuid::new_v4());
        match declare::configure(&mut self.index, declared, self.store, &mut mint)? {
            Some(fact) => self.record(fact, now).map(drop),
            None => Ok(()),
        }
    }

    /// Whether anything changed by it.
    fn decide(&mut self, decision: &Decision, now: Timestamp) -> Result<bool> {
        let origin = self.origin(now);
        let Some(fact) = operator::decide(&mut self.index, decision, origin)? else {
            return Ok(false);
        };
        self.record(fact, now)?;
        Ok(true)
    }

    fn forget(&mut self, articles: &[ArticleId], before: Timestamp, now: Timestamp) -> Result<usize> {
        let Some(fact) = forget::decide(&self.index, articles, before)? else { return Ok(0) };
        let count = if let DecisionFact::Forget { articles, .. } = &fact { articles.len() } else { 0 };
        self.record(Fact::Decision(fact), now)?;
        Ok(count)
    }

    fn settle(&mut self, tries: &[Settled], now: Timestamp) -> Result<Settlement> {
        let origin = self.origin(now);
        let mut settlement = Settlement::default();
        if let Some(fact) = outbox::decide::settle(&mut self.index, tries, now, origin)? {
            for disabled in &fact.disabled {
                settlement.disabled.push((disabled.target.clone(), disabled.reason.clone()));
                settlement.owed += disabled.owes.len();
            }
            self.record(Fact::Delivery(fact), now)?;
        }
        Ok(settlement)
    }

    fn batch(
        &mut self,
        target: &TargetId,
        deliveries: &[DeliveryId],
        now: Timestamp,
    ) -> Result<Option<Delivery>> {
        let origin = self.origin(now);
        let Some(fact) = outbox::decide::batch(&self.index, target, deliveries, origin)? else {
            return Ok(None);
        };
        let id = fact.id;
        self.record(Fact::Batch(fact), now)?;
        Ok(outbox::read::delivery(&self.index, id)?)
    }

    fn origin(&self, now: Timestamp) -> Origin {
        Origin { store: self.store, seq: self.seq + 1, at: self.next_at(now) }
    }

    fn retag(&mut self, splits: &[Resplit], now: Timestamp) -> Result<usize> {
        let Some(fact) = declare::retag(&mut self.index, splits, self.store)? else { return Ok(0) };
        let count = fact.articles.len();
        self.record(Fact::Retag(fact), now)?;
        Ok(count)
    }

    /// The time of the next record: never before the last one.
    fn next_at(&self, now: Timestamp) -> Timestamp {
        self.at.max(now)
    }

    fn record(&mut self, fact: Fact, now: Timestamp) -> Result<u64> {
        let at = self.next_at(now);
        let mut seq = self.seq;
        let mut records: Vec<Record> = Vec::new();
        let mut lines = Vec::new();
        for fact in parts::split(fact) {
            seq += 1;
            records.push(Record { seq, at, fact });
        }
        let (file, mut offset) = self.next;
        for record in &mut records {
            let line = Line::within(record, Some(self.first), self.folder)?;
            place::mark(record, line.json(), file, offset);
            offset += line.len();
            lines.push(line);
        }
        for record in &parts::join(records) {
            apply(&mut self.index, record)?;
        }
        (self.seq, self.at) = (seq, at);
        self.next = (file, offset);
        self.lines.extend(lines);
        Ok(seq)
    }

    fn scan(&mut self, proposal: &Proposal) -> Result<Committed> {
        let origin = self.origin(proposal.now);
        let decision = decide::scan(&mut self.index, proposal, origin)?;
        let mut committed = Committed { baseline: decision.kind == Kind::Baseline, ..Committed::default() };
        let mut scans = Vec::new();
        for fact in decision.facts {
            match &fact {
                Fact::Scan(scan) => {
                    committed.owed += scan.owes.len();
                    scans.push(scan.clone());
                }
                Fact::Health(health) => committed.owed += health.owes.len(),
                _ => {}
            }
            committed.seq = self.record(fact, proposal.now)?;
        }
        for scan in &scans {
            self.report(scan, &mut committed)?;
        }
        let mut memo = proposal.memo.clone();
        let held = self.index.listing(&proposal.listing)?.map(|listing| listing.held).unwrap_or_default();
        let in_order = held.len() == decision.order.len()
            && held.iter().zip(&decision.order).all(|(held, article)| held.article == *article);
        memo.order = if in_order { Vec::new() } else { decision.order };
        self.index.put_memo(&proposal.listing, &memo)?;
        Ok(committed)
    }

    /// What was accepted, as it is remembered from now on, in page order.
    fn report(&self, scan: &ScanFact, committed: &mut Committed) -> Result<()> {
        let mut new: Vec<(u32, ArticleId)> = Vec::new();
        for article in &scan.new {
            // A corrected reading's finds are not news.
            if article.announced || scan.kind == Kind::Baseline {
                new.push((article.place, article.id));
            }
        }
        for known in &scan.known {
            if known.announced {
                new.push((known.place, known.id));
            } else if known.sight == SightKind::First {
                committed.also += 1;
            }
            if known.sight == SightKind::Returned {
                committed.returned.extend(self.article(known.id)?);
            }
            if !known.fields.is_empty() && scan.kind == Kind::Scan {
                let article = self.article(known.id)?;
                committed.updated.extend(article.map(|article| (article, known.fields.clone())));
            }
        }
        new.sort_unstable();
        for (_, id) in new {
            committed.new.extend(self.article(id)?);
        }
        for id in &scan.removed {
            committed.removed.extend(self.article(*id)?);
        }
        committed.aged += scan.aged.len();
        let tags = scan.feeds.iter().filter(|feed| feed.kind == FeedKind::Tag);
        committed.new_tags.extend(tags.map(|feed| feed.label.clone()));
        Ok(())
    }

    fn article(&self, id: ArticleId) -> Result<Option<Article>> {
        let Some(number) = self.index.number(id)? else { return Ok(None) };
        Ok(self.index.stored(number)?.map(|stored| stored.article))
    }
}
