//! The fetch of one listing: which of its pages are asked for, and which are taken as they were kept.

use super::super::App;
use super::super::pages::is_read_as_before;
use super::{DAY, Fetched, Found, Trouble, minds_robots};
use crate::diff::Past;
use crate::extract::sitemap;
use crate::fetch::patience::Wanted;
use crate::fetch::web::{Outcome, Want, WebError};
use crate::fetch::{self, LISTING_BYTES};
use crate::model::listing::{Format, Web};
use crate::model::reading::Document;
use crate::model::visit::{Pause, Pausing};
use crate::model::{Fault, ListingSpec, Timestamp, Visit, Visits};
use crate::store::Store;

/// The fetch of one listing.
pub(super) struct Fetch<'f> {
    pub(super) spec: &'f ListingSpec,
    pub(super) web: &'f Web,
    pub(super) wanted: Wanted,
    pub(super) now: Timestamp,
    /// Whether the pages must be read though they are as they were.
    pub(super) needed: bool,
    /// Whether they were read by other rules before, or followed otherwise.
    pub(super) relearn: bool,
    /// The pages as they came last, where they are needed and were kept.
    pub(super) kept: Option<Vec<Document>>,
    /// What is remembered of the pages, in their order.
    pub(super) visits: Vec<Visit>,
}

impl<'f> Fetch<'f> {
    pub(super) fn of<S: Store>(
        app: &App<S>,
        spec: &'f ListingSpec,
        web: &'f Web,
        past: &Past,
        known: &Visits,
        due: Option<Timestamp>,
        now: Timestamp,
    ) -> Self {
        let rules = app.rules.of(spec);
        let needed = known.body.is_none_or(|body| !is_read_as_before(past, rules, body));
        let kept = known.body.filter(|_| needed).and_then(|body| app.snapshots.any(&spec.id, body));
        let wanted = if due.is_some() { Wanted::Due } else { Wanted::Now };
        let relearn = past.baseline.is_some() && past.memo.rules != rules;
        Self { spec, web, wanted, now, needed, relearn, kept, visits: Vec::new() }
    }

    /// What is remembered of the pages from now on.
    pub(super) fn into_visits(self) -> Vec<Visit> {
        self.visits
    }

    /// All pages, one after another. Those after one that fails keep what is remembered of them.
    pub(super) async fn all<S: Store>(
        &mut self,
        app: &App<S>,
        past: &Past,
        known: &Visits,
    ) -> Result<Fetched, Trouble> {
        if let Some(following) = &self.web.following {
            return self.followed(app, past, known, following).await;
        }
        self.visits = self.web.addresses().map(|address| known.of(&address)).collect();
        let may_be_index =
            self.web.pages.is_none() && matches!(self.spec.rules.format, Format::Auto | Format::Sitemap);
        let was_index = may_be_index && known.pages.iter().any(|visit| visit.listed.is_some());
        let mut outcomes = Vec::with_capacity(self.visits.len());
        for at in 0..self.visits.len() {
            // Of an index its sitemaps are needed, and not itself.
            let whole = self.needed && !was_index && self.kept_page(at).is_none();
            let outcome = match self.one(app, at, whole, self.wanted).await? {
                Outcome::Resting(pause) => return Ok(Fetched::Resting(pause)),
                outcome => outcome,
            };
            let children = match &outcome {
                Outcome::Page(page) if may_be_index => sitemap::children(page),
                Outcome::Same if was_index => Some(super::index::as_before(known)),
                _ => None,
            };
            if let Some(children) = children {
                return Ok(self.sitemaps(app, known, children).await?);
            }
            outcomes.push(outcome);
        }
        let is_same = outcomes.iter().all(|outcome| *outcome == Outcome::Same);
        if is_same && !self.needed {
            return Ok(Fetched::Same);
        }
        Ok(self.gather(app, known, 0, outcomes, Vec::new()).await?)
    }

    /// The documents of what came, and of what is as it was; `outcomes` are those of the pages from `first` on.
    pub(super) async fn gather<S: Store>(
        &mut self,
        app: &App<S>,
        known: &Visits,
        first: usize,
        outcomes: Vec<Outcome>,
        notes: Vec<Fault>,
    ) -> Result<Fetched, WebError> {
        if self.kept.is_none() {
            self.kept = known.body.and_then(|body| app.snapshots.any(&self.spec.id, body));
        }
        let mut documents = Vec::with_capacity(outcomes.len());
        let mut room = LISTING_BYTES;
        for (at, outcome) in (first..).zip(outcomes) {
            let document = match outcome {
                Outcome::Page(document) => Some(document),
                Outcome::Same | Outcome::Resting(_) => self.kept_page(at),
            };
            let document = match document {
                Some(document) => document,
                // It is as it was, yet lost here.
                None => match self.one(app, at, true, Wanted::Now).await? {
                    Outcome::Page(document) => document,
                    Outcome::Resting(pause) => return Ok(Fetched::Resting(pause)),
                    Outcome::Same => return Ok(Fetched::Resting(self.again(at))),
                },
            };
            take(&mut room, &document)?;
            documents.push(document);
        }
        Ok(Fetched::Pages(Found::all(documents, notes)))
    }

    pub(super) async fn one<S: Store>(
        &mut self,
        app: &App<S>,
        at: usize,
        whole: bool,
        wanted: Wanted,
    ) -> Result<Outcome, WebError> {
        let mut visit = self.visits[at].clone();
        let outcome = self.ask(app, &mut visit, at, whole, wanted).await;
        self.visits[at] = visit;
        outcome
    }

    /// Asks for the page of a visit; `at` is its place.
    pub(super) async fn ask<S: Store>(
        &self,
        app: &App<S>,
        visit: &mut Visit,
        at: usize,
        whole: bool,
        wanted: Wanted,
    ) -> Result<Outcome, WebError> {
        let address = visit.address.clone();
        // Several configured pages are each their own; others are named by the first.
        let first = self.visits.first().map_or(address.as_str(), |first| &first.address);
        let is_own = at == 0 || self.web.pages.is_some();
        let want = Want {
            web: self.web,
            address: &address,
            configured: if is_own { &address } else { first },
            wanted,
            whole,
            robots: minds_robots(self.spec.rules.format),
            bytes: self.spec.rules.limits.page_bytes,
            now: self.now,
        };
        app.fetcher.page(want, visit).await
    }

    /// Takes back what was learned of pages that came where another one did not: their bytes are not used, so that they
    /// must come once more and not be as they were.
    pub(super) fn drop_what_came(&mut self, known: &Visits) {
        for visit in &mut self.visits {
            let before = known.of(&visit.address);
            if visit.body != before.body {
                (visit.etag, visit.modified) = (before.etag, before.modified);
                (visit.body, visit.source) = (before.body, before.source);
                visit.pause.take_if(|pause| pause.by == Pausing::Fresh);
            }
            if before.listed.is_some() {
                visit.listed = before.listed;
            }
        }
    }

    /// The page as it came last, if it was kept.
    pub(super) fn kept_page(&self, at: usize) -> Option<Document> {
        let body = self.visits[at].body?;
        let mut kept = self.kept.iter().flatten();
        kept.find(|page| fetch::fingerprint(std::slice::from_ref(*page)) == body).cloned()
    }

    /// When a page that did not change may be asked for as a whole again.
    pub(super) fn again(&self, at: usize) -> Pause {
        let whole = self.visits[at].whole.unwrap_or(self.now);
        Pause { until: whole.plus(DAY), by: Pausing::Fresh }
    }
}

/// Takes the bytes of a page out of the room for all of them.
pub(super) fn take(room: &mut u64, page: &Document) -> Result<(), WebError> {
    let rest = room.checked_sub(page.bytes.len() as u64);
    *room = rest.ok_or_else(|| WebError::TooMuch { page: page.name.clone(), limit: LISTING_BYTES })?;
    Ok(())
}
