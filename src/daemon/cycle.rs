//! One scan of one listing: fetch, extract, judge, diff, commit.

use std::time::Instant;

use super::App;
use super::pages::{Pages, asked, extract_pages, is_unchanged, read_files};
use super::report::{ScanReport, Status};
use crate::diff::{self, Belief, Judgement, Memo, Past, Proposal, ReadingHash, Recall, Scan};
use crate::fetch;
use crate::model::listing::Input;
use crate::model::reading::{Document, Weight};
use crate::model::{Fault, Health, ListingSpec, Reading, Timestamp};
use crate::store::{Committed, Store, StoreError};

/// A reading with everything that was made of it, up to the proposal.
pub(super) struct Found {
    pub(super) reading: Reading,
    pub(super) judgement: Judgement,
    pub(super) proposal: Proposal,
    /// The hash of the reading, believed or not.
    pub(super) hash: ReadingHash,
    /// How many articles are on the pages.
    pub(super) articles: usize,
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
    /// `due` is the instant at which its schedule had it scanned, and is remembered as that; a scan for another
    /// reason leaves the schedule where it is.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read or written; then nothing of the scan is remembered.
    pub async fn scan(&self, spec: &ListingSpec, due: Option<Timestamp>) -> Result<ScanReport, StoreError> {
        self.scan_of(spec, due, None).await
    }

    /// Scans a listing once whose page somebody gives.
    ///
    /// # Errors
    /// As [`Self::scan`].
    pub async fn scan_given(&self, spec: &ListingSpec, page: Document) -> Result<ScanReport, StoreError> {
        self.scan_of(spec, None, Some(page)).await
    }

    async fn scan_of(
        &self,
        spec: &ListingSpec,
        due: Option<Timestamp>,
        given: Option<Document>,
    ) -> Result<ScanReport, StoreError> {
        let started = Instant::now();
        let _gate = self.gates.enter(&spec.id).await;
        let past = self.glance(spec, due).await?;
        if past.health == Health::Paused {
            return self.paused(spec, past, due).await;
        }
        let now = self.clock.now();
        crate::crashpoint::hit("cycle.before-fetch");
        let mut report = match (given, &spec.input) {
            (Some(page), _) => self.scan_past(spec, &[page], past, now).await?,
            (None, Input::Web(web)) => self.scan_web(spec, web, past, due, now).await?,
            (None, Input::Files(patterns)) => {
                self.scan_had(spec, read_files(spec, patterns).await, past, now).await?
            }
            (None, Input::Program(program)) => {
                let page = fetch::command(program, &spec.id, &spec.rules.limits).await;
                let pages = page.map(|page| vec![page]).map_err(|error| error.to_string());
                self.scan_had(spec, pages, past, now).await?
            }
        };
        report.duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        report.log();
        Ok(report)
    }

    /// Scans pages that were had, or not.
    async fn scan_had(
        &self,
        spec: &ListingSpec,
        pages: Result<Vec<Document>, String>,
        past: Past,
        now: Timestamp,
    ) -> Result<ScanReport, StoreError> {
        match pages {
            Ok(pages) => self.scan_past(spec, &pages, past, now).await,
            Err(reason) => self.failed(spec, Health::Failing, &reason, past, now).await,
        }
    }

    /// The past of a listing without what it holds, with this scan's place in its schedule.
    async fn glance(&self, spec: &ListingSpec, due: Option<Timestamp>) -> Result<Past, StoreError> {
        let mut past = self.store.glance(&spec.id).await?;
        past.memo.on_schedule = due.or(past.memo.on_schedule);
        Ok(past)
    }

    /// The whole past of a listing, of which a scan had a glance, and noted in its memo what it learned. The gate keeps
    /// other scans out in between.
    pub(super) async fn whole(&self, spec: &ListingSpec, glance: Past) -> Result<Past, StoreError> {
        Ok(Past { memo: glance.memo, ..self.store.past(&spec.id).await? })
    }

    /// A paused listing is not looked at, whoever asks; its schedule goes on.
    async fn paused(
        &self,
        spec: &ListingSpec,
        past: Past,
        due: Option<Timestamp>,
    ) -> Result<ScanReport, StoreError> {
        let past = self.whole(spec, past).await?;
        let report = ScanReport::paused(spec, &past);
        if due.is_some() {
            self.store.commit_unchanged(&spec.id, past.memo).await?;
        }
        Ok(report)
    }

    /// Scans pages that are already there.
    ///
    /// # Errors
    /// As [`Self::scan`].
    pub async fn scan_pages(
        &self,
        spec: &ListingSpec,
        documents: &[Document],
        now: Timestamp,
    ) -> Result<ScanReport, StoreError> {
        let past = self.store.glance(&spec.id).await?;
        self.scan_past(spec, documents, past, now).await
    }

    pub(super) async fn scan_past(
        &self,
        spec: &ListingSpec,
        documents: &[Document],
        past: Past,
        now: Timestamp,
    ) -> Result<ScanReport, StoreError> {
        self.scan_found(spec, &Pages::of(self.rules.of(spec), documents), past, now).await
    }

    pub(super) async fn scan_found(
        &self,
        spec: &ListingSpec,
        pages: &Pages<'_>,
        mut past: Past,
        now: Timestamp,
    ) -> Result<ScanReport, StoreError> {
        crate::crashpoint::hit("cycle.after-fetch");
        if is_unchanged(&past, pages) {
            return self.unchanged(spec, past, now).await;
        }
        past = self.whole(spec, past).await?;
        let same_body = past.memo.body == Some(pages.body);
        if !same_body && self.reread(spec, &past, pages, now).await? {
            past = self.store.past(&spec.id).await?;
        }
        let known = if same_body && past.baseline.is_some() { Known::Reread } else { Known::Nothing };
        let found = self.find(spec, pages, &past, known, now).await?;
        self.finish(spec, pages, found).await
    }

    /// Learns what pages hold that were believed, or not looked at, before: corrections, and nothing of it is news.
    pub(super) async fn learn(
        &self,
        spec: &ListingSpec,
        pages: &Pages<'_>,
        past: &Past,
        now: Timestamp,
    ) -> Result<ScanReport, StoreError> {
        let found = self.find(spec, pages, past, Known::Reread, now).await?;
        self.finish(spec, pages, found).await
    }

    /// Where both rules and pages changed: first what the new rules make of the old pages. That is a correction;
    /// what the pages changed comes after it. Whether anything was corrected.
    async fn reread(
        &self,
        spec: &ListingSpec,
        past: &Past,
        pages: &Pages<'_>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let rules = pages.rules;
        let Some(body) = past.memo.body.filter(|_| past.memo.rules != rules) else { return Ok(false) };
        let Some(documents) = self.snapshots.load(&spec.id, body) else { return Ok(false) };
        let reading = extract_pages(spec, pages.documents).await?;
        if past.believed.last() == Some(&diff::identify(&reading, past, spec).hash) {
            // The pages of now were believed already, and the memo that said so was lost in a kill. After those of before
            // they would look like an old copy.
            return Ok(false);
        }
        let kept = Pages { documents: &documents, body, rules, notes: &[] };
        let found = self.find(spec, &kept, past, Known::Reread, now).await?;
        let believed = found.judgement.belief == Belief::Whole;
        if believed {
            self.commit(found.proposal).await?;
        }
        Ok(believed)
    }

    pub(super) async fn unchanged(
        &self,
        spec: &ListingSpec,
        past: Past,
        now: Timestamp,
    ) -> Result<ScanReport, StoreError> {
        let mut report = ScanReport::empty(spec);
        report.articles = past.memo.entries as usize;
        report.pages = past.memo.pages as usize;
        report.declared = past.memo.declared;
        let wellness = diff::unchanged(spec, &past, now);
        if let Some(reason) = &wellness.quiet {
            (report.health, report.reason) = (Health::Quiet, reason.clone());
        }
        crate::crashpoint::hit("cycle.before-memo");
        let (looked, silence) = (Some(now), wellness.silence);
        if wellness.change.is_some() {
            let past = self.whole(spec, past).await?;
            let before = past.memo.clone();
            let memo = Memo { scanned: looked, believed: looked, well: looked, silence, ..before };
            self.commit(diff::well(spec, &past, memo, wellness, now)).await?;
        } else {
            let memo = Memo { scanned: looked, believed: looked, well: looked, silence, ..past.memo };
            self.store.commit_unchanged(&spec.id, memo).await?;
        }
        Ok(report)
    }

    /// From pages to a proposal.
    pub(super) async fn find(
        &self,
        spec: &ListingSpec,
        pages: &Pages<'_>,
        past: &Past,
        known: Known,
        now: Timestamp,
    ) -> Result<Found, StoreError> {
        let mut reading = extract_pages(spec, pages.documents).await?;
        let wanted = diff::identify(&reading, past, spec);
        let repeated = wanted.faults.clone();
        let (hash, articles) = (wanted.hash, wanted.candidates.len());
        let mut recall = self.recall(spec, &wanted.unknown, &[]).await?;
        let sight = diff::sight(wanted, past, &recall, &spec.identity);
        let more = self.recall(spec, &[], &sight.articles(past)).await?;
        recall.articles.extend(more.articles);
        let judgement = judged(spec, &reading, &sight, hash, past, known, now);
        let reread = known == Known::Reread;
        let scan = Scan { spec, reading: &reading, hash, body: pages.body, rules: pages.rules, reread, now };
        let mut proposal = diff::compare(scan, &sight, &judgement, past, &recall);
        drop(sight);
        proposal.approved = known == Known::Approved;
        self.tagging.label(&mut proposal, &reading, spec);
        let half = reading.entries.iter().filter(|entry| !entry.whole).count();
        let asked = asked(spec);
        let faults = diff::page_faults(&reading, repeated, articles + half, asked.as_deref());
        reading.faults.extend(faults);
        reading.faults.extend_from_slice(pages.notes);
        Ok(Found { reading, judgement, proposal, hash, articles })
    }

    pub(super) async fn recall(
        &self,
        spec: &ListingSpec,
        keys: &[crate::model::Key],
        articles: &[crate::model::ArticleId],
    ) -> Result<Recall, StoreError> {
        if keys.is_empty() && articles.is_empty() {
            return Ok(Recall::default());
        }
        self.store.recall(&spec.id, keys, articles).await
    }

    async fn finish(
        &self,
        spec: &ListingSpec,
        pages: &Pages<'_>,
        found: Found,
    ) -> Result<ScanReport, StoreError> {
        let Found { reading, judgement, proposal, articles, .. } = found;
        let mut report = ScanReport::empty(spec);
        report.pages = pages.documents.len();
        report.articles = articles;
        report.declared = reading.declared();
        report.health = judgement.health;
        report.reason.clone_from(&judgement.reason);
        if let Some(reason) = &proposal.quiet {
            (report.health, report.reason) = (Health::Quiet, reason.clone());
        }
        // Rows that are as they were make nothing evident that they did not before.
        if judgement.belief == Belief::Whole && proposal.wants_splits() {
            self.note_evident_tag(spec, &reading, proposal.now).await?;
        }
        report.faults = reading.faults;
        let committed = self.commit(proposal).await?;
        report.fill(&committed, &judgement);
        self.keep_pages(spec, pages, &judgement.belief);
        let corrected = self.learn_tags(&committed).await?;
        if corrected > 0 {
            tracing::info!(listing = %spec.id, articles = corrected, "rows that were unsure are split better now");
        }
        Ok(report)
    }

    /// Keeps the pages of a reading that was believed, or that waits for approval. Losing them loses nothing else.
    fn keep_pages(&self, spec: &ListingSpec, pages: &Pages<'_>, belief: &Belief) {
        let kept = match belief {
            Belief::Whole => {
                crate::crashpoint::hit("cycle.before-snapshot");
                let kept = self.snapshots.keep(&spec.id, pages.body, pages.documents);
                crate::crashpoint::hit("cycle.after-snapshot");
                kept
            }
            Belief::Hold(hold) => self.snapshots.hold(&spec.id, hold.hash, pages.documents),
            Belief::Part | Belief::Nothing => Ok(()),
        };
        let is_doubted = *belief != Belief::Whole && spec.input.host().is_some();
        let kept = kept.and_then(|()| match is_doubted {
            true => self.snapshots.doubt(&spec.id, pages.body, pages.documents),
            false => Ok(()),
        });
        if let Err(error) = kept {
            tracing::warn!(listing = %spec.id, %error, "cannot keep a snapshot of the pages");
        }
    }

    pub(super) async fn commit(&self, proposal: Proposal) -> Result<Committed, StoreError> {
        crate::crashpoint::hit("cycle.before-commit");
        if proposal.is_quiet() {
            let (listing, memo) = (proposal.listing.clone(), memo_with_order(proposal));
            self.store.commit_unchanged(&listing, memo).await?;
            return Ok(Committed::default());
        }
        let committed = self.store.commit_scan(proposal).await?;
        if committed.owed > 0 {
            self.bell.ring();
        }
        crate::crashpoint::hit("cycle.after-commit");
        Ok(committed)
    }

    /// A listing whose pages could not be had.
    pub(super) async fn failed(
        &self,
        spec: &ListingSpec,
        health: Health,
        reason: &str,
        past: Past,
        now: Timestamp,
    ) -> Result<ScanReport, StoreError> {
        let past = self.whole(spec, past).await?;
        let mut report = ScanReport::empty(spec);
        (report.status, report.health) = (Status::Failed, health);
        reason.clone_into(&mut report.reason);
        report.faults.push(Fault { page: 0, line: 0, reason: reason.to_owned(), weight: Weight::Page });
        self.commit(diff::unread(spec, health, reason, &past, now)).await?;
        Ok(report)
    }
}

impl<S: Store> App<S> {
    /// Marks a listing as failing whose scan panicked, for the `times`th time in a row; `last` when it is not
    /// scanned again; `due` as for [`Self::scan`]. Nothing of that scan is remembered.
    ///
    /// # Errors
    /// As [`Self::scan`].
    pub async fn panicked(
        &self,
        spec: &ListingSpec,
        times: u8,
        last: bool,
        due: Option<Timestamp>,
    ) -> Result<ScanReport, StoreError> {
        let reason = if last {
            format!(
                "a bug of ours ended the scan {times} times in a row; it is left alone until tidings starts again, \
                 or its config is reloaded"
            )
        } else {
            ScanReport::panicked(spec).reason
        };
        // What ends a schedule is said at once, however patient the listing is.
        let alert_after = if last { 1 } else { spec.alert_after };
        let spec = ListingSpec { alert_after, ..spec.clone() };
        let _gate = self.gates.enter(&spec.id).await;
        let past = self.glance(&spec, due).await?;
        if past.health == Health::Paused {
            return self.paused(&spec, past, due).await;
        }
        self.failed(&spec, Health::Failing, &reason, past, self.clock.now()).await
    }
}

/// Rereading changes nothing about the page, so it is believed as it was; what is approved is believed.
fn judged(
    spec: &ListingSpec,
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
    diff::judge(reading, sight, hash, past, spec, now)
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
