//! Scans of listings whose pages are on the web: what has to be fetched, and what of it is remembered.

mod fetch;
mod follow;
mod index;

use std::sync::Arc;

use self::fetch::Fetch;
use super::App;
use super::pages::Pages;
use super::report::{ScanReport, Status};
use crate::config::NetworkConfig;
use crate::diff::{Memo, Past};
use crate::fetch::patience::{self, Wanted};
use crate::fetch::web::{Manners, WebError};
use crate::model::listing::{Format, Web};
use crate::model::reading::Document;
use crate::model::visit::{Pause, Pausing};
use crate::model::{Fault, Health, ListingSpec, Timestamp, Visits};
use crate::store::{Store, StoreError};

/// A day in seconds.
const DAY: i64 = 86_400;

/// What fetching a listing gave.
enum Fetched {
    /// All its pages.
    Pages(Found),
    /// They are as they were, and there is nothing to do with them.
    Same,
    /// They are left alone until then.
    Resting(Pause),
}

/// The pages of a listing.
struct Found {
    documents: Vec<Document>,
    /// How many of them, from the first, may hold news.
    fresh: usize,
    /// Whether more is to be learned of them than news: they were followed by other rules before, or not at all.
    relearn: bool,
    /// What is to be said of how they were found.
    notes: Vec<Fault>,
}

impl Found {
    fn all(documents: Vec<Document>, notes: Vec<Fault>) -> Self {
        Self { fresh: documents.len(), documents, relearn: false, notes }
    }
}

/// Why pages could not be had.
enum Trouble {
    /// The web's.
    Web(WebError),
    /// The store's: nothing of the scan is remembered.
    Store(StoreError),
}

impl From<WebError> for Trouble {
    fn from(error: WebError) -> Self {
        Self::Web(error)
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
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
        if web.following.is_some() {
            // Whether a page brings something new is told by what the listing holds.
            past = self.whole(spec, past).await?;
        }
        let fetched = self.fetch(spec, web, &mut past, due, now).await;
        let rest = resting(&past.memo, now);
        let mut report = match fetched {
            Ok(Fetched::Pages(found)) if found.relearn => self.relearn(spec, &found, past, now).await?,
            Ok(Fetched::Pages(found)) => {
                let pages = Pages::of(self.rules.of(spec), &found.documents).noting(&found.notes);
                self.scan_found(spec, &pages, past, now).await?
            }
            Ok(Fetched::Same) => self.unchanged(spec, past, now).await?,
            Ok(Fetched::Resting(pause)) => self.rested(spec, past, due, pause).await?,
            Err(Trouble::Store(error)) => return Err(error),
            Err(Trouble::Web(error)) if error.is_gone() => {
                // It is not asked again, so that it is said at once, however patient the listing is.
                let spec = ListingSpec { alert_after: 1, ..spec.clone() };
                self.failed(&spec, Health::Gone, &error.to_string(), past, now).await?
            }
            Err(Trouble::Web(error)) => {
                self.failed(spec, Health::Failing, &error.to_string(), past, now).await?
            }
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
    ) -> Result<Fetched, Trouble> {
        let known = std::mem::take(&mut past.memo.visits);
        let mut fetch = Fetch::of(self, spec, web, past, &known, due, now);
        let result = fetch.all(self, past, &known).await;
        if !matches!(result, Ok(Fetched::Pages(_) | Fetched::Same)) {
            fetch.drop_what_came(&known);
        }
        let body = match &result {
            Ok(Fetched::Pages(found)) => Some(crate::fetch::fingerprint(&found.documents)),
            _ => known.body,
        };
        let is_learned = matches!(&result, Ok(Fetched::Pages(found)) if !found.relearn);
        let followed = web.following.is_some() && (known.followed || is_learned);
        past.memo.visits = Visits { body, pages: fetch.into_visits(), followed };
        result
    }

    /// Scans a followed listing whose rules changed, or that was not followed before: first the pages that may hold news,
    /// then all of them, of which nothing more is news.
    ///
    /// Until the second step is done the rules count as changed, and nothing is known of the pages, so that a crash between
    /// the two only has all of it made again.
    async fn relearn(
        &self,
        spec: &ListingSpec,
        found: &Found,
        mut past: Past,
        now: Timestamp,
    ) -> Result<ScanReport, StoreError> {
        let fresh = found.documents.get(..found.fresh).unwrap_or(&found.documents);
        let first = Pages::of(self.rules.of(spec), fresh).noting(&found.notes).for_now();
        let visits = std::mem::take(&mut past.memo.visits);
        let mut report = self.scan_found(spec, &first, past, now).await?;
        let mut past = self.store.past(&spec.id).await?;
        past.memo.visits = visits;
        if past.memo.body != Some(first.body) || past.memo.is_doubtful() {
            self.store.commit_unchanged(&spec.id, past.memo).await?;
            return Ok(report);
        }
        past.memo.visits.followed = true;
        let all = self.learn(spec, &Pages::of(self.rules.of(spec), &found.documents), &past, now).await?;
        (report.pages, report.articles) = (all.pages, all.articles);
        Ok(report)
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
    let pauses = memo.visits.pages.iter().filter_map(|visit| {
        let pause = patience::rest(visit, Wanted::Due, now)?;
        // For how long one of an index's sitemaps is good says nothing of the others.
        (visit.listed.is_none() || pause.by != Pausing::Fresh).then_some(pause)
    });
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
