//! The one writer: a thread that owns the journal and gives the last word on every proposal.
//!
//! Commits that arrive while an fsync runs are taken together: decided one after another, each seeing those
//! before it, appended in one write, made durable by one fsync, applied to the index as one batch. Nobody is
//! answered before that.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{mpsc, oneshot};

use super::apply::apply;
use super::decide;
use super::declare;
use super::index::{Applied, Index, Touched};
use super::journal::{Journal, Line};
use super::open::distrust;
use super::operator;
use super::parts;
use super::record::{Fact, Record, ScanFact};
use super::state::{self, State};
use crate::diff::{Kind, Proposal, SightKind};
use crate::model::id::StoreId;
use crate::model::{Article, ArticleId, FeedKind, SiteUid, Timestamp};
use crate::store::{Committed, Decision, Declared, Resplit, StoreError};

/// The most commits that share one fsync.
const GROUP: usize = 512;

/// After how many records `state.json` is brought up to date while the daemon runs.
const STATE_EVERY: u64 = 1_000;

type Result<T> = std::result::Result<T, StoreError>;

/// Something for the writer to do.
pub(super) enum Request {
    Scan(Box<Proposal>, oneshot::Sender<Result<Committed>>),
    Configure(Declared, Timestamp, oneshot::Sender<Result<()>>),
    Retag(Vec<Resplit>, Timestamp, oneshot::Sender<Result<usize>>),
    Decide(Decision, Timestamp, oneshot::Sender<Result<bool>>),
    /// Finish: bring `state.json` up to date and end the thread.
    Close(oneshot::Sender<Result<()>>),
}

/// What is decided and waits for the disk.
enum Answer {
    Scan(oneshot::Sender<Result<Committed>>, Committed),
    Done(oneshot::Sender<Result<()>>),
    Retag(oneshot::Sender<Result<usize>>, usize),
    Decided(oneshot::Sender<Result<bool>>, bool),
}

impl Answer {
    fn send(self, failure: Option<&StoreError>) {
        match (self, failure) {
            (Self::Scan(to, committed), None) => drop(to.send(Ok(committed))),
            (Self::Done(to), None) => drop(to.send(Ok(()))),
            (Self::Retag(to, count), None) => drop(to.send(Ok(count))),
            (Self::Decided(to, changed), None) => drop(to.send(Ok(changed))),
            (Self::Scan(to, _), Some(error)) => drop(to.send(Err(error.clone()))),
            (Self::Done(to), Some(error)) => drop(to.send(Err(error.clone()))),
            (Self::Retag(to, _), Some(error)) => drop(to.send(Err(error.clone()))),
            (Self::Decided(to, _), Some(error)) => drop(to.send(Err(error.clone()))),
        }
    }
}

/// The writer's own: nobody else touches the journal.
pub(super) struct Writer {
    pub(super) tree: sled::Tree,
    pub(super) journal: Journal,
    pub(super) folder: std::path::PathBuf,
    pub(super) applied: Applied,
    pub(super) stated: u64,
    pub(super) touched: Arc<Mutex<Pending>>,
    /// Why nothing is written any more.
    pub(super) stopped: Option<StoreError>,
}

/// What changed since it was last published, with the sequence number that changed it last.
#[derive(Debug, Default)]
pub(super) struct Pending {
    pub(super) feeds: std::collections::BTreeMap<u32, u64>,
    pub(super) archives: std::collections::BTreeMap<(u32, u32), u64>,
    pub(super) articles: std::collections::BTreeMap<ArticleId, u64>,
}

impl Pending {
    fn note(&mut self, touched: Touched, seq: u64) {
        self.feeds.extend(touched.feeds.into_iter().map(|feed| (feed, seq)));
        self.archives.extend(touched.archives.into_iter().map(|archive| (archive, seq)));
        self.articles.extend(touched.articles.into_iter().map(|article| (article, seq)));
    }

    /// Forgets what was published up to `seq`.
    pub(super) fn forget(&mut self, seq: u64) {
        self.feeds.retain(|_, changed| *changed > seq);
        self.archives.retain(|_, changed| *changed > seq);
        self.articles.retain(|_, changed| *changed > seq);
    }
}

/// One group of commits in the making.
struct Group<'w, 't> {
    index: Index<'t>,
    lines: Vec<Line>,
    answers: Vec<Answer>,
    store: StoreId,
    /// The number of the last record, this group's included, and its time.
    seq: u64,
    at: Timestamp,
    folder: &'w Path,
}

impl Writer {
    /// Serves requests until it is told to close, or nobody can ask any more.
    pub(super) fn run(mut self, mut requests: mpsc::Receiver<Request>) {
        while let Some(first) = requests.blocking_recv() {
            let mut batch = vec![first];
            while batch.len() < GROUP
                && let Ok(next) = requests.try_recv()
            {
                batch.push(next);
            }
            let mut close = None;
            batch.retain_mut(|request| match request {
                Request::Close(_) => {
                    if let Request::Close(to) = std::mem::replace(
                        request,
                        Request::Retag(Vec::new(), Timestamp::default(), oneshot::channel().0),
                    ) {
                        close = Some(to);
                    }
                    false
                }
                _ => true,
            });
            self.group(batch);
            if let Some(to) = close {
                drop(to.send(self.note_state()));
                return;
            }
        }
        if let Err(error) = self.note_state() {
            tracing::warn!(%error, "cannot bring state.json up to date; the next start reads more of the journal");
        }
    }

    fn group(&mut self, batch: Vec<Request>) {
        if let Some(error) = &self.stopped {
            let stopped = StoreError::Stopped(error.to_string());
            return batch.into_iter().for_each(|request| refuse(request, &stopped));
        }
        let tree = self.tree.clone();
        let mut index = Index::new(&tree);
        index.applied = Some(self.applied.clone());
        let mut group = Group {
            index,
            lines: Vec::new(),
            answers: Vec::new(),
            store: self.applied.store,
            seq: self.applied.seq,
            at: self.applied.at,
            folder: &self.folder,
        };
        let mut failed = None;
        for request in batch {
            match &failed {
                None => failed = group.take(request).err(),
                Some(error) => refuse(request, error),
            }
        }
        let Group { mut index, lines, answers, seq, at, .. } = group;
        let failure = failed.or_else(|| self.write(&mut index, &lines, seq, at).err());
        if let Some(error) = &failure {
            tracing::error!(%error, "a group of commits failed; nothing of it was acknowledged");
            if matches!(error, StoreError::Index(_)) {
                distrust(&self.folder, error);
            }
        }
        for answer in answers {
            answer.send(failure.as_ref());
        }
    }

    /// Makes a group durable, then visible.
    fn write(&mut self, index: &mut Index<'_>, lines: &[Line], seq: u64, at: Timestamp) -> Result<()> {
        if lines.is_empty() {
            return self.apply(index);
        }
        let end = self.journal.append(lines)?;
        let mut applied = index.applied.clone().unwrap_or_else(|| self.applied.clone());
        (applied.seq, applied.at) = (seq, at);
        (applied.file, applied.end, applied.crc) = (end.file, end.end, end.crc);
        // From here on the group is a fact; an index that fails is behind, and must not be written over.
        // Noted before it is visible: whoever sees the new sequence number must see what it touched, too.
        let touched = std::mem::take(&mut index.touched);
        self.touched.lock().unwrap_or_else(PoisonError::into_inner).note(touched, seq);
        let mut follow = || -> Result<()> {
            index.put_applied(applied.clone())?;
            self.tree_apply(index)
        };
        if let Err(error) = follow() {
            self.stopped = Some(error.clone());
            return Err(error);
        }
        self.applied = applied;
        crate::crashpoint::hit("index.after-apply");
        if seq >= self.stated + STATE_EVERY {
            self.note_state()?;
        }
        Ok(())
    }

    fn tree_apply(&self, index: &mut Index<'_>) -> Result<()> {
        crate::crashpoint::hit("index.before-apply");
        Ok(index.txn.apply()?)
    }

    fn apply(&mut self, index: &mut Index<'_>) -> Result<()> {
        if index.txn.is_empty() {
            return Ok(());
        }
        index.txn.apply().map_err(|error| {
            let error = StoreError::from(error);
            self.stopped = Some(error.clone());
            error
        })
    }

    fn note_state(&mut self) -> Result<()> {
        if self.stated == self.applied.seq {
            return Ok(());
        }
        let state = State { schema: state::SCHEMA, store: self.applied.store, seq: self.applied.seq };
        state::write(&self.folder, &state)?;
        self.stated = self.applied.seq;
        Ok(())
    }
}

fn refuse(request: Request, error: &StoreError) {
    match request {
        Request::Scan(_, to) => drop(to.send(Err(error.clone()))),
        Request::Configure(_, _, to) | Request::Close(to) => drop(to.send(Err(error.clone()))),
        Request::Retag(_, _, to) => drop(to.send(Err(error.clone()))),
        Request::Decide(_, _, to) => drop(to.send(Err(error.clone()))),
    }
}

impl Group<'_, '_> {
    fn take(&mut self, request: Request) -> Result<()> {
        match request {
            Request::Scan(proposal, to) => match self.scan(&proposal) {
                Ok(committed) => self.answers.push(Answer::Scan(to, committed)),
                Err(error @ (StoreError::NoListing(_) | StoreError::Io { .. })) => drop(to.send(Err(error))),
                Err(error) => {
                    drop(to.send(Err(error.clone())));
                    return Err(error);
                }
            },
            Request::Configure(declared, now, to) => {
                let done = self.configure(&declared, now);
                self.answers.push(Answer::Done(to));
                done?;
            }
            Request::Retag(splits, now, to) => {
                let retagged = self.retag(&splits, now);
                self.answers.push(Answer::Retag(to, retagged.as_ref().copied().unwrap_or(0)));
                retagged?;
            }
            Request::Decide(decision, now, to) => match self.decide(&decision, now) {
                Ok(changed) => self.answers.push(Answer::Decided(to, changed)),
                Err(error @ StoreError::NoListing(_)) => drop(to.send(Err(error))),
                Err(error) => {
                    drop(to.send(Err(error.clone())));
                    return Err(error);
                }
            },
            Request::Close(to) => self.answers.push(Answer::Done(to)),
        }
        Ok(())
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
        let Some(fact) = operator::decide(&mut self.index, decision, self.store)? else { return Ok(false) };
        self.record(fact, now)?;
        Ok(true)
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
        for record in &records {
            lines.push(Line::of(record, self.folder)?);
        }
        for record in &parts::join(records) {
            apply(&mut self.index, record)?;
        }
        (self.seq, self.at) = (seq, at);
        self.lines.extend(lines);
        Ok(seq)
    }

    fn scan(&mut self, proposal: &Proposal) -> Result<Committed> {
        let at = self.next_at(proposal.now);
        let decision = decide::scan(&mut self.index, proposal, self.store, at)?;
        let mut committed = Committed { baseline: decision.kind == Kind::Baseline, ..Committed::default() };
        let mut scans = Vec::new();
        for fact in decision.facts {
            if let Fact::Scan(scan) = &fact {
                scans.push(scan.clone());
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
