//! Scans of listings whose pages are on the web: what has to be fetched, and what of it is remembered.

use std::sync::Arc;

use super::App;
use super::cycle::is_read_as_before;
use super::report::{ScanReport, Status};
use crate::config::NetworkConfig;
use crate::diff::{Memo, Past};
use crate::fetch;
use crate::fetch::patience::{self, Wanted};
use crate::fetch::web::{Manners, Outcome, Want, WebError};
use crate::model::listing::{Format, Web};
use crate::model::reading::Document;
use crate::model::visit::{Pause, Pausing};
use crate::model::{Health, ListingSpec, Timestamp, Visit, Visits};
use crate::store::{Store, StoreError};

/// A day in seconds.
const DAY: i64 = 86_400;

/// What fetching a listing gave.
enum Fetched {
    /// All its pages.
    Pages(Vec<Document>),
    /// They are as they were, and there is nothing to do with them.
    Same,
    /// They are left alone until then.
    Resting(Pause),
}

impl<S: Store> App<S> {
    /// Scans a listing on the web. What was learned of its pages is remembered with whatever the scan remembers.
    pub(super) async fn scan_web(
        &self,
        spec: &ListingSpec,
        web: &Web,
        mut past: Past,
        due: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<ScanReport, StoreError> {
        if self.store.trouble().is_some() {
            // No server is asked again and again for pages that could not be remembered.
            self.store.commit_unchanged(&spec.id, past.memo.clone()).await?;
        }
        let fetched = self.fetch(spec, web, &mut past, due, now).await;
        let rest = resting(&past.memo, now);
        let mut report = match fetched {
            Ok(Fetched::Pages(documents)) => self.scan_past(spec, &documents, past, now).await?,
            Ok(Fetched::Same) => self.unchanged(spec, past, now).await?,
            Ok(Fetched::Resting(pause)) => self.rested(spec, past, due, pause).await?,
            Err(error) if error.is_gone() => {
                // It is not asked again, so that it is said at once, however patient the listing is.
                let spec = ListingSpec { alert_after: 1, ..spec.clone() };
                self.failed(&spec, Health::Gone, &error.to_string(), past, now).await?
            }
            Err(error) => self.failed(spec, Health::Failing, &error.to_string(), past, now).await?,
        };
        report.rest = rest;
        Ok(report)
    }

    /// Fetches the pages of a listing, as far as they changed or are needed, and notes what was learned in its memo.
    async fn fetch(
        &self,
        spec: &ListingSpec,
        web: &Web,
        past: &mut Past,
        due: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Fetched, WebError> {
        let known = std::mem::take(&mut past.memo.visits);
        let mut fetch = Fetch::of(self, spec, web, past, &known, due, now);
        let result = fetch.all(self, &known).await;
        if !matches!(result, Ok(Fetched::Pages(_) | Fetched::Same)) {
            fetch.drop_what_came(&known);
        }
        past.memo.visits = Visits { body: known.body, pages: fetch.visits };
        match result {
            Ok(Fetched::Pages(documents)) => {
                past.memo.visits.body = Some(fetch::fingerprint(&documents));
                Ok(Fetched::Pages(documents))
            }
            other => other,
        }
    }

    /// A listing that was not asked for, because it is to be left alone. Only its place in the schedule moves.
    async fn rested(
        &self,
        spec: &ListingSpec,
        past: Past,
        due: Option<Timestamp>,
        pause: Pause,
    ) -> Result<ScanReport, StoreError> {
        let mut report = ScanReport::empty(spec);
        report.health = past.health;
        report.articles = past.memo.entries as usize;
        report.pages = past.memo.pages as usize;
        let until = pause.until;
        report.reason = match pause.by {
            _ if due.is_some() && past.health.is_well() => String::new(),
            Pausing::Asked => format!("its server asks not to be asked before {until}"),
            Pausing::Gone => "its server says that it is gone; `tidings scan` asks again".to_owned(),
            Pausing::Fresh | Pausing::Failed | Pausing::Robots => format!("it is left alone until {until}"),
        };
        if due.is_none() && pause.by == Pausing::Asked {
            report.status = Status::Failed;
        }
        self.store.commit_unchanged(&spec.id, past.memo).await?;
        Ok(report)
    }
}

/// The fetch of one listing.
struct Fetch<'f> {
    spec: &'f ListingSpec,
    web: &'f Web,
    wanted: Wanted,
    now: Timestamp,
    /// Whether the pages must be read though they are as they were.
    needed: bool,
    /// The pages as they came last, where they are needed and were kept.
    kept: Option<Vec<Document>>,
    /// What is remembered of the pages, in their order.
    visits: Vec<Visit>,
}

impl<'f> Fetch<'f> {
    fn of<S: Store>(
        app: &App<S>,
        spec: &'f ListingSpec,
        web: &'f Web,
        past: &Past,
        known: &Visits,
        due: Option<Timestamp>,
        now: Timestamp,
    ) -> Self {
        let needed = known.body.is_none_or(|body| !is_read_as_before(past, app.rules.of(spec), body));
        let kept = known.body.filter(|_| needed).and_then(|body| app.snapshots.any(&spec.id, body));
        let wanted = if due.is_some() { Wanted::Due } else { Wanted::Now };
        Self { spec, web, wanted, now, needed, kept, visits: Vec::new() }
    }

    /// All pages, one after another. Those after one that fails keep what is remembered of them.
    async fn all<S: Store>(&mut self, app: &App<S>, known: &Visits) -> Result<Fetched, WebError> {
        self.visits = self.web.addresses().map(|address| known.of(&address)).collect();
        let mut outcomes = Vec::with_capacity(self.visits.len());
        for at in 0..self.visits.len() {
            let whole = self.needed && self.kept_page(at).is_none();
            outcomes.push(match self.one(app, at, whole, self.wanted).await? {
                Outcome::Resting(pause) => return Ok(Fetched::Resting(pause)),
                outcome => outcome,
            });
        }
        let is_same = outcomes.iter().all(|outcome| *outcome == Outcome::Same);
        if is_same && !self.needed {
            return Ok(Fetched::Same);
        }
        if self.kept.is_none() {
            self.kept = known.body.and_then(|body| app.snapshots.any(&self.spec.id, body));
        }
        let mut documents = Vec::with_capacity(outcomes.len());
        for (at, outcome) in outcomes.into_iter().enumerate() {
            let document = match outcome {
                Outcome::Page(document) => Some(document),
                Outcome::Same | Outcome::Resting(_) => self.kept_page(at),
            };
            match document {
                Some(document) => documents.push(document),
                // It is as it was, yet lost here.
                None => match self.one(app, at, true, Wanted::Now).await? {
                    Outcome::Page(document) => documents.push(document),
                    Outcome::Resting(pause) => return Ok(Fetched::Resting(pause)),
                    Outcome::Same => return Ok(Fetched::Resting(self.again(at))),
                },
            }
        }
        Ok(Fetched::Pages(documents))
    }

    async fn one<S: Store>(
        &mut self,
        app: &App<S>,
        at: usize,
        whole: bool,
        wanted: Wanted,
    ) -> Result<Outcome, WebError> {
        let mut visit = self.visits[at].clone();
        let address = visit.address.clone();
        let want = Want {
            web: self.web,
            address: &address,
            wanted,
            whole,
            robots: minds_robots(self.spec.rules.format),
            bytes: self.spec.rules.limits.page_bytes,
            now: self.now,
        };
        let outcome = app.fetcher.page(want, &mut visit).await;
        self.visits[at] = visit;
        outcome
    }

    /// Takes back what was learned of pages that came where another one did not: their bytes are not used, so that they
    /// must come once more and not be as they were.
    fn drop_what_came(&mut self, known: &Visits) {
        for visit in &mut self.visits {
            let before = known.of(&visit.address);
            if visit.body != before.body {
                (visit.etag, visit.modified) = (before.etag, before.modified);
                (visit.body, visit.source) = (before.body, before.source);
                visit.pause.take_if(|pause| pause.by == Pausing::Fresh);
            }
        }
    }

    /// The page as it came last, if it was kept.
    fn kept_page(&self, at: usize) -> Option<Document> {
        let body = self.visits[at].body?;
        let mut kept = self.kept.iter().flatten();
        kept.find(|page| fetch::fingerprint(std::slice::from_ref(*page)) == body).cloned()
    }

    /// When a page that did not change may be asked for as a whole again.
    fn again(&self, at: usize) -> Pause {
        let whole = self.visits[at].whole.unwrap_or(self.now);
        Pause { until: whole.plus(DAY), by: Pausing::Fresh }
    }
}

/// Whether robots.txt is asked for pages of a format where the config says nothing. Feeds and the like are made for
/// programs.
#[must_use]
pub fn minds_robots(format: Format) -> bool {
    match format {
        Format::Auto | Format::Text | Format::Html => true,
        Format::Feed | Format::Json | Format::Sitemap | Format::Csv => false,
    }
}

/// Until when the pages of a listing are to be left alone; `None` where they may be asked for.
#[must_use]
pub fn resting(memo: &Memo, now: Timestamp) -> Option<Timestamp> {
    let pauses = memo.visits.pages.iter().filter_map(|visit| patience::rest(visit, Wanted::Due, now));
    pauses.map(|pause| pause.until).max()
}

/// How pages are asked for, by the config.
#[must_use]
pub fn manners(network: &NetworkConfig) -> Manners {
    Manners {
        agent: network.user_agent.clone(),
        gap: network.gap,
        connect: network.connect_timeout,
        answer: network.answer_timeout,
        page: network.page_timeout,
        proxy: network.proxy.clone(),
        extra_ca: network.extra_ca_file.clone(),
        allowed: Arc::from(network.allow.as_slice()),
    }
}
