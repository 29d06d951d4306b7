//! One scan of one listing: fetch, extract, judge, diff, commit.

use std::time::Instant;

use super::report::{Item, ScanReport, Status};
use super::{App, clock};
use crate::diff::{self, Belief, Judgement, Memo, Past, Proposal, ReadingHash, Recall, Scan};
use crate::extract;
use crate::fetch;
use crate::model::listing::Input;
use crate::model::reading::{Document, Weight};
use crate::model::{Article, Health, ListingSpec, Reading, Timestamp};
use crate::store::{Committed, Store, StoreError};

/// Pages with more bytes than this are read on a thread of their own, so that others are not kept waiting.
const INLINE_BYTES: usize = 256 << 10;

/// Whether a scan may remember what it finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It remembers.
    Commit,
    /// It only says what it would do.
    DryRun,
}

/// A reading with everything that was made of it, up to the proposal.
pub(super) struct Found {
    reading: Reading,
    pub(super) judgement: Judgement,
    pub(super) proposal: Proposal,
    /// The hash of the reading, believed or not.
    pub(super) hash: ReadingHash,
    recall: Recall,
}

/// What the judge does not see in the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// Nothing.
    Nothing,
    /// The same pages were believed before, read by other rules.
    Reread,
    /// An operator approved them.
    Approved,
}

impl<S: Store> App<S> {
    /// Scans a listing once. A listing that cannot be read is a report, not an error.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read or written; then nothing of the scan is remembered.
    pub async fn scan(&self, spec: &ListingSpec, mode: Mode) -> Result<ScanReport, StoreError> {
        let started = Instant::now();
        let _gate = match mode {
            Mode::Commit => Some(self.gates.enter(&spec.id).await),
            Mode::DryRun => None,
        };
        let past = self.past(spec, mode).await?;
        if past.health == Health::Paused {
            return Ok(paused(spec, &past));
        }
        let now = clock();
        let mut report = match read_pages(spec).await {
            Ok(pages) => self.scan_past(spec, &pages, past, now, mode).await?,
            Err(reason) => self.failed(spec, &reason, past, now, mode).await?,
        };
        report.duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        log(&report);
        Ok(report)
    }

    /// Scans pages that are already there.
    ///
    /// # Errors
    /// As [`Self::scan`].
    pub async fn scan_pages(
        &self,
        spec: &ListingSpec,
        pages: &[Document],
        now: Timestamp,
        mode: Mode,
    ) -> Result<ScanReport, StoreError> {
        let past = self.past(spec, mode).await?;
        self.scan_past(spec, pages, past, now, mode).await
    }

    async fn scan_past(
        &self,
        spec: &ListingSpec,
        pages: &[Document],
        mut past: Past,
        now: Timestamp,
        mode: Mode,
    ) -> Result<ScanReport, StoreError> {
        let body = fetch::fingerprint(pages);
        let rules = rules(spec);
        if is_unchanged(&past, body, rules) {
            return self.unchanged(spec, past, now, mode).await;
        }
        let same_body = past.memo.body == Some(body);
        if let (false, Some(kept), Mode::Commit) = (same_body, past.memo.body, mode)
            && past.memo.rules != rules
            && let Some(pages) = self.snapshots.load(&spec.id, kept)
        {
            // First what the new rules make of the old pages: that is a correction. Then what the page changed.
            let found = self.find(spec, &pages, kept, rules, past, Known::Reread, now).await?;
            self.commit(found.proposal).await?;
            past = self.past(spec, mode).await?;
        }
        let reread = if same_body && past.baseline.is_some() { Known::Reread } else { Known::Nothing };
        let found = self.find(spec, pages, body, rules, past, reread, now).await?;
        self.finish(spec, pages, body, found, mode).await
    }

    async fn past(&self, spec: &ListingSpec, mode: Mode) -> Result<Past, StoreError> {
        match self.store.past(&spec.id).await {
            // A dry run declares nothing, so the store may not know the listing yet.
            Err(StoreError::NoListing(_)) if mode == Mode::DryRun => Ok(Past::default()),
            past => past,
        }
    }

    async fn unchanged(
        &self,
        spec: &ListingSpec,
        past: Past,
        now: Timestamp,
        mode: Mode,
    ) -> Result<ScanReport, StoreError> {
        let mut report = empty_report(spec);
        report.articles = past.memo.entries as usize;
        report.pages = past.memo.pages as usize;
        report.declared = past.memo.declared;
        if mode == Mode::Commit {
            let memo = Memo { scanned: Some(now), believed: Some(now), ..past.memo };
            self.store.commit_unchanged(&spec.id, memo).await?;
        }
        Ok(report)
    }

    /// From pages to a proposal.
    #[expect(clippy::too_many_arguments, reason = "one step of one function, named for its callers above")]
    pub(super) async fn find(
        &self,
        spec: &ListingSpec,
        pages: &[Document],
        body: [u8; 16],
        rules: [u8; 16],
        past: Past,
        known: Known,
        now: Timestamp,
    ) -> Result<Found, StoreError> {
        let mut reading = extract_pages(spec, pages).await?;
        let wanted = diff::identify(&reading, &past, spec);
        let repeated = wanted.faults.clone();
        let hash = wanted.hash;
        let mut recall = self.recall(spec, &wanted.unknown, &[]).await?;
        let sight = diff::sight(wanted, &past, &recall, &spec.identity);
        let more = self.recall(spec, &[], &sight.articles(&past)).await?;
        recall.articles.extend(more.articles);
        let judgement = judged(&reading, &sight, hash, &past, known, now);
        let reread = known == Known::Reread;
        let scan = Scan { spec, reading: &reading, hash, body, rules, reread, now };
        let mut proposal = diff::compare(scan, &sight, &judgement, &past, &recall);
        drop(sight);
        proposal.memo.pages = u32::try_from(pages.len()).unwrap_or(u32::MAX);
        proposal.approved = known == Known::Approved;
        self.tagging.label(&mut proposal, &reading, spec);
        reading.faults.extend(repeated);
        Ok(Found { reading, judgement, proposal, hash, recall })
    }

    async fn recall(
        &self,
        spec: &ListingSpec,
        keys: &[crate::model::Key],
        articles: &[crate::model::ArticleId],
    ) -> Result<Recall, StoreError> {
        if keys.is_empty() && articles.is_empty() {
            return Ok(Recall::default());
        }
        match self.store.recall(&spec.id, keys, articles).await {
            Err(StoreError::NoListing(_)) => Ok(Recall::default()),
            recall => recall,
        }
    }

    async fn finish(
        &self,
        spec: &ListingSpec,
        pages: &[Document],
        body: [u8; 16],
        found: Found,
        mode: Mode,
    ) -> Result<ScanReport, StoreError> {
        let Found { reading, judgement, proposal, recall, .. } = found;
        let mut report = empty_report(spec);
        report.pages = pages.len();
        report.articles = reading.entries.iter().filter(|entry| entry.whole).count();
        report.declared = reading.declared();
        report.health = judgement.health;
        report.reason.clone_from(&judgement.reason);
        if mode == Mode::DryRun {
            report.faults = reading.faults;
            fill_dry(&mut report, &proposal, &recall);
            report.status = status(&judgement, &report, proposal.kind == diff::Kind::Baseline);
            return Ok(report);
        }
        if judgement.belief == Belief::Whole {
            self.note_evident_tag(spec, &reading).await?;
        }
        report.faults = reading.faults;
        let committed = self.commit(proposal).await?;
        fill(&mut report, &committed);
        report.status = status(&judgement, &report, committed.baseline);
        let kept = match &judgement.belief {
            Belief::Whole => {
                crate::crashpoint::hit("cycle.before-snapshot");
                self.snapshots.keep(&spec.id, body, pages)
            }
            Belief::Hold(hold) => self.snapshots.hold(&spec.id, hold.hash, pages),
            Belief::Part | Belief::Nothing => Ok(()),
        };
        if let Err(error) = kept {
            tracing::warn!(listing = %spec.id, %error, "cannot keep a snapshot of the pages");
        }
        let corrected = self.learn_tags(&committed).await?;
        if corrected > 0 {
            tracing::info!(listing = %spec.id, articles = corrected, "rows that were unsure are split better now");
        }
        Ok(report)
    }

    pub(super) async fn commit(&self, proposal: Proposal) -> Result<Committed, StoreError> {
        crate::crashpoint::hit("cycle.before-commit");
        if proposal.is_quiet() {
            let (listing, memo) = (proposal.listing.clone(), memo_with_order(proposal));
            self.store.commit_unchanged(&listing, memo).await?;
            return Ok(Committed::default());
        }
        let committed = self.store.commit_scan(proposal).await?;
        crate::crashpoint::hit("cycle.after-commit");
        Ok(committed)
    }

    /// A listing whose pages could not be had.
    async fn failed(
        &self,
        spec: &ListingSpec,
        reason: &str,
        past: Past,
        now: Timestamp,
        mode: Mode,
    ) -> Result<ScanReport, StoreError> {
        let mut report = empty_report(spec);
        (report.status, report.health) = (Status::Failed, Health::Failing);
        reason.clone_into(&mut report.reason);
        report.faults.push(crate::model::Fault {
            page: 0,
            line: 0,
            reason: reason.to_owned(),
            weight: Weight::Page,
        });
        if mode == Mode::Commit {
            self.commit(diff::unread(spec, Health::Failing, reason, &past, now)).await?;
        }
        Ok(report)
    }
}

/// Rereading changes nothing about the page, so it is believed as it was; what is approved is believed.
fn judged(
    reading: &Reading,
    sight: &diff::Sight<'_>,
    hash: ReadingHash,
    past: &Past,
    known: Known,
    now: Timestamp,
) -> Judgement {
    if known == Known::Approved
        && (reading.is_cut() || reading.faults.iter().any(|f| f.weight == Weight::Page))
    {
        let reason = "approved by an operator, though its pages are not whole".to_owned();
        return Judgement { belief: Belief::Part, health: Health::Shrunk, reason, doubt: None };
    }
    if known != Known::Nothing && !sight.entries.is_empty() {
        return Judgement { belief: Belief::Whole, health: Health::Ok, reason: String::new(), doubt: None };
    }
    diff::judge(reading, sight, hash, past, now)
}

async fn read_pages(spec: &ListingSpec) -> Result<Vec<Document>, String> {
    let Input::Files(patterns) = &spec.input;
    let (patterns, limits) = (patterns.clone(), spec.limits);
    match tokio::task::spawn_blocking(move || fetch::files(&patterns, &limits)).await {
        Ok(Ok(pages)) => Ok(pages),
        Ok(Err(error)) => Err(error.to_string()),
        Err(error) => Err(format!("reading its pages ended early: {error}")),
    }
}

async fn extract_pages(spec: &ListingSpec, pages: &[Document]) -> Result<Reading, StoreError> {
    if pages.iter().map(|page| page.bytes.len()).sum::<usize>() <= INLINE_BYTES {
        return Ok(extract::read(pages, spec.format, &spec.limits));
    }
    let (pages, format, limits) = (pages.to_vec(), spec.format, spec.limits);
    let reading = tokio::task::spawn_blocking(move || extract::read(&pages, format, &limits)).await;
    reading.map_err(|error| StoreError::Stopped(format!("extracting ended early: {error}")))
}

/// A paused listing is not looked at, whoever asks.
fn paused(spec: &ListingSpec, past: &Past) -> ScanReport {
    let mut report = empty_report(spec);
    report.articles = past.held.len();
    report.health = Health::Paused;
    "paused by an operator; `tidings listing resume` begins again".clone_into(&mut report.reason);
    report
}

/// The same bytes, read by the same rules, with nothing pending: there is nothing to do.
fn is_unchanged(past: &Past, body: [u8; 16], rules: [u8; 16]) -> bool {
    past.baseline.is_some()
        && past.memo.body == Some(body)
        && past.memo.rules == rules
        && past.health == Health::Ok
        && !past.memo.is_pending()
}

/// What decides how a page is read and compared: raise nothing by hand, it follows the config and the extractor.
pub(super) fn rules(spec: &ListingSpec) -> [u8; 16] {
    let text = format!(
        "{} {:?} {:?} {:?} {:?}",
        extract::VERSION,
        spec.format,
        spec.identity,
        spec.content,
        spec.limits
    );
    let mut hash = [0; 16];
    hash.copy_from_slice(&blake3::hash(text.as_bytes()).as_bytes()[..16]);
    hash
}

/// The memo of a scan that the store need not write: the order is all known articles.
fn memo_with_order(proposal: Proposal) -> Memo {
    let mut memo = proposal.memo;
    memo.order = proposal
        .order
        .into_iter()
        .filter_map(|place| match place {
            diff::Place::Article(article) => Some(article),
            diff::Place::Draft(_) => None,
        })
        .collect();
    memo
}

fn empty_report(spec: &ListingSpec) -> ScanReport {
    ScanReport {
        listing: spec.id.clone(),
        status: Status::Unchanged,
        health: Health::Ok,
        reason: String::new(),
        pages: 0,
        articles: 0,
        declared: None,
        new: Vec::new(),
        updated: Vec::new(),
        removed: Vec::new(),
        returned: Vec::new(),
        faults: Vec::new(),
        duration_ms: 0,
    }
}

fn status(judgement: &Judgement, report: &ScanReport, baseline: bool) -> Status {
    let lists = [&report.new, &report.updated, &report.removed, &report.returned];
    match &judgement.belief {
        Belief::Hold(_) => Status::Held,
        Belief::Nothing if judgement.health != Health::Odd => Status::Failed,
        _ if baseline => Status::Baseline,
        _ if lists.iter().any(|list| !list.is_empty()) => Status::Changed,
        _ => Status::Unchanged,
    }
}

fn fill(report: &mut ScanReport, committed: &Committed) {
    let items = |articles: &[Article]| articles.iter().map(|article| Item::of(article, &[])).collect();
    report.new = items(&committed.new);
    report.updated = committed.updated.iter().map(|(article, fields)| Item::of(article, fields)).collect();
    report.removed = items(&committed.removed);
    report.returned = items(&committed.returned);
}

/// What a dry run would have remembered.
fn fill_dry(report: &mut ScanReport, proposal: &Proposal, recall: &Recall) {
    let known = |id| recall.articles.get(id);
    let announced =
        proposal.known.iter().filter(|known| known.announce).filter_map(|seen| known(&seen.article));
    if proposal.kind != diff::Kind::Reread {
        report.new = proposal.drafts.iter().map(|draft| Item::draft(draft, proposal.announce)).collect();
        report.new.extend(announced.map(|article| Item::of(article, &[])));
        let updates = proposal.known.iter().filter_map(|seen| Some((seen, seen.update.as_ref()?)));
        report.updated = updates.map(|(seen, update)| Item::update(seen.article, update)).collect();
    }
    report.removed =
        proposal.removed.iter().filter_map(known).map(|article| Item::of(article, &[])).collect();
    let back = proposal.known.iter().filter(|seen| seen.sight == diff::SightKind::Returned);
    report.returned =
        back.filter_map(|seen| known(&seen.article)).map(|article| Item::of(article, &[])).collect();
}

fn log(report: &ScanReport) {
    let (listing, articles) = (report.listing.as_str(), report.articles);
    let (new, updated, removed) = (report.new.len(), report.updated.len(), report.removed.len());
    let duration_ms = report.duration_ms;
    match report.status {
        Status::Failed | Status::Held => {
            tracing::warn!(
                listing,
                health = report.health.name(),
                reason = report.reason,
                "scan {:?}",
                report.status
            );
        }
        _ if report.health != Health::Ok => {
            tracing::warn!(
                listing,
                articles,
                new,
                health = report.health.name(),
                reason = report.reason,
                "scan in doubt"
            );
        }
        Status::Unchanged => tracing::debug!(listing, articles, duration_ms, "scan unchanged"),
        Status::Changed | Status::Baseline => {
            tracing::info!(listing, articles, new, updated, removed, duration_ms, "scan {:?}", report.status);
        }
    }
}
