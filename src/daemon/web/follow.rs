//! Listings whose pages are followed: from the first to the next one, while that brings something new.
//!
//! Only the first page has validators. Where it is as it was, nothing else is asked for; where it changed, the others are
//! had anew, because whatever pushed the end of one page down to the next changed that, too.

use std::collections::HashSet;

use super::super::App;
use super::super::pages::extract_pages;
use super::fetch::{Fetch, take};
use super::{DAY, Fetched, Found, Trouble};
use crate::diff::{Offered, Past};
use crate::extract;
use crate::fetch::patience::Wanted;
use crate::fetch::web::{Outcome, WebError};
use crate::fetch::{self, LISTING_BYTES};
use crate::model::listing::{Following, NextPage};
use crate::model::reading::{Document, Weight};
use crate::model::text::bounded;
use crate::model::visit::{Pause, Pausing};
use crate::model::{Fault, Key, Reading, Visit, Visits};
use crate::net::Address;
use crate::store::{Store, StoreError};

/// The pages of one walk.
struct Walk {
    documents: Vec<Document>,
    /// The addresses that were asked for, and those that gave the pages in the end.
    asked: HashSet<String>,
    /// The keys of all entries so far.
    seen: HashSet<Key>,
    /// Bytes that the pages may still have.
    room: u64,
    notes: Vec<Fault>,
}

/// What one page of a walk holds.
#[derive(Clone, Copy, Default)]
struct Brings {
    /// Something that no page before it had.
    more: bool,
    /// Something that the listing never showed.
    news: bool,
    /// Something that the listing's last reading had.
    old: bool,
}

impl Fetch<'_> {
    /// The first page, and those after it while they bring something new.
    pub(super) async fn followed<S: Store>(
        &mut self,
        app: &App<S>,
        past: &Past,
        known: &Visits,
        following: &Following,
    ) -> Result<Fetched, Trouble> {
        let before = known.of(&self.web.url);
        self.visits = vec![before.clone()];
        let whole = self.needed && self.kept_page(0).is_none();
        let (first, is_same) = match self.one(app, 0, whole, self.wanted).await? {
            Outcome::Resting(pause) => return Ok(Fetched::Resting(pause)),
            Outcome::Page(page) => (Some(page), self.visits[0].body == before.body),
            Outcome::Same => (None, true),
        };
        if is_same && !self.needed {
            return Ok(Fetched::Same);
        }
        if is_same
            && !self.relearn
            && let Some(kept) = self.kept.take()
        {
            if !self.is_torn(past, known, &kept).await? {
                return Ok(Fetched::Pages(Found::all(kept, Vec::new())));
            }
            self.kept = Some(kept);
        }
        let first = match first.or_else(|| self.kept_page(0)) {
            Some(first) => first,
            // It is as it was, yet lost here.
            None => match self.one(app, 0, true, Wanted::Now).await? {
                Outcome::Page(page) => page,
                Outcome::Resting(pause) => return Ok(Fetched::Resting(pause)),
                Outcome::Same => return Ok(Fetched::Resting(self.again(0))),
            },
        };
        self.walk(app, past, known, following, first).await
    }

    /// Whether the pages that came last were not believed for something that getting them once more may mend: one of
    /// them was no page of the listing.
    async fn is_torn(&self, past: &Past, known: &Visits, kept: &[Document]) -> Result<bool, StoreError> {
        if known.body == past.memo.body {
            return Ok(false);
        }
        let reading = extract_pages(self.spec, kept).await?;
        Ok(reading.is_cut() || reading.faults.iter().any(|fault| fault.weight == Weight::Page))
    }

    async fn walk<S: Store>(
        &mut self,
        app: &App<S>,
        past: &Past,
        known: &Visits,
        following: &Following,
        first: Document,
    ) -> Result<Fetched, Trouble> {
        let most = following.most.min(self.spec.rules.limits.pages) as usize;
        let backfill = past.baseline.is_none() || self.relearn;
        let (was_followed, failures) = (known.followed, known.of(&self.web.url).failures);
        let mut walk = Walk::from(&self.web.url, first)?;
        let mut fresh = None;
        while let Some(page) = walk.documents.last() {
            let (reading, next) = self.read(page, &following.by).await?;
            let brings = self.brings(app, past, &mut walk.seen, &reading).await?;
            // Of a listing that was one page before, what stands below something known was never looked at.
            if fresh.is_none() && if was_followed { !brings.news } else { brings.old } {
                fresh = Some(walk.documents.len());
            }
            if !(if backfill { brings.more } else { brings.news }) {
                break;
            }
            let next = match next {
                Ok(Some(next)) => next,
                Ok(None) => break,
                Err(reason) => {
                    walk.note(format!("{reason}; it is not followed"));
                    break;
                }
            };
            if walk.documents.len() >= most {
                if !backfill {
                    walk.note(format!(
                        "the last of {most} pages (`max_followed`) still brings something new: what stands below it \
                         may be missed"
                    ));
                }
                break;
            }
            if let Err(error) = Address::parse(&next) {
                walk.note(format!("the next page `{}` cannot be asked for: {error}", bounded(&next, 200)));
                break;
            }
            if !walk.asked.insert(next.clone()) {
                walk.note(format!("the next page `{}` was read already; it is not followed", shown(&next)));
                break;
            }
            let document = self.next(app, &next, failures).await?;
            if !walk.push(document)? {
                break;
            }
        }
        let Walk { documents, notes, .. } = walk;
        let fresh = fresh.filter(|_| self.relearn).unwrap_or(documents.len());
        Ok(Fetched::Pages(Found { fresh, relearn: self.relearn, documents, notes }))
    }

    /// A page by the rules of the listing, and the page after it.
    async fn read(
        &self,
        page: &Document,
        by: &NextPage,
    ) -> Result<(Reading, Result<Option<String>, String>), StoreError> {
        let reading = extract_pages(self.spec, std::slice::from_ref(page)).await?;
        let format = reading.pages.first().and_then(|page| page.format);
        let (page, by) = (page.clone(), by.clone());
        let next = tokio::task::spawn_blocking(move || extract::next_page(&page, format, &by)).await;
        let next =
            next.map_err(|error| StoreError::Stopped(format!("reading a page ended early: {error}")))?;
        Ok((reading, next))
    }

    /// What a page brings. What other listings of the site showed may still be new here.
    async fn brings<S: Store>(
        &self,
        app: &App<S>,
        past: &Past,
        seen: &mut HashSet<Key>,
        reading: &Reading,
    ) -> Result<Brings, StoreError> {
        let entries = reading.entries.iter().filter(|entry| entry.whole);
        let offered: Vec<Offered> = entries.map(|entry| Offered::by(entry, &self.spec.identity)).collect();
        let held: HashSet<Key> = past.held.iter().flat_map(|held| held.offered.all()).collect();
        let is_held = |offered: &Offered| offered.all().any(|key| held.contains(&key));
        let unknown: Vec<&Offered> = offered.iter().filter(|offered| !is_held(offered)).collect();
        let mut brings = Brings { old: unknown.len() < offered.len(), ..Brings::default() };
        let keys: Vec<Key> = unknown.iter().flat_map(|offered| offered.all()).collect();
        let by_key = app.recall(self.spec, &keys, &[]).await?.by_key;
        let ids: Vec<_> = by_key.values().copied().collect();
        let articles = app.recall(self.spec, &[], &ids).await?.articles;
        let was_here = |key: &Key| {
            let article = by_key.get(key).and_then(|id| articles.get(id));
            article.is_some_and(|article| article.listings.iter().any(|on| on.listing == self.spec.id))
        };
        for offered in &offered {
            let is_more = !offered.all().any(|key| seen.contains(&key));
            brings.more |= is_more;
            brings.news |= is_more && !is_held(offered) && !offered.all().any(|key| was_here(&key));
        }
        seen.extend(offered.iter().flat_map(Offered::all));
        Ok(brings)
    }

    /// The page at an address that another page names. Nothing of it is remembered but how it failed: that is the
    /// listing's trouble, and makes the first page wait.
    async fn next<S: Store>(
        &mut self,
        app: &App<S>,
        address: &str,
        failures: u16,
    ) -> Result<Document, WebError> {
        let mut visit = Visit { address: address.to_owned(), failures, ..Visit::default() };
        // Its number only says that it is not the first.
        let error = match self.ask(app, &mut visit, 1, true, Wanted::Now).await {
            Ok(Outcome::Page(document)) => return Ok(document),
            Ok(Outcome::Same | Outcome::Resting(_)) => WebError::Unasked { page: shown(address) },
            // The listing is still there.
            Err(WebError::Gone { page, status }) => WebError::Status { page, status },
            Err(error) => error,
        };
        let day = Pause { until: self.now.plus(DAY), by: Pausing::Failed };
        if let (Some(first), Some(pause)) = (self.visits.first_mut(), visit.pause) {
            first.pause = Some(if pause.by == Pausing::Gone { day } else { pause });
            first.failures = visit.failures;
        }
        Err(error)
    }
}

impl Walk {
    fn from(asked: &str, first: Document) -> Result<Self, WebError> {
        let mut walk = Self {
            documents: Vec::new(),
            asked: HashSet::from([asked.to_owned()]),
            seen: HashSet::new(),
            room: LISTING_BYTES,
            notes: Vec::new(),
        };
        walk.push(first)?;
        Ok(walk)
    }

    /// Takes a page; whether it is one more of the listing.
    fn push(&mut self, page: Document) -> Result<bool, WebError> {
        let address = page.address.clone().unwrap_or_default();
        let origin = |address: &str| Address::parse(address).ok().map(|address| address.origin());
        if let Some(first) = self.documents.first().and_then(|first| first.address.as_deref())
            && origin(first) != origin(&address)
        {
            self.note(format!("the next page leads to another site, `{}`; it is not followed", page.name));
            return Ok(false);
        }
        let is_same = |other: &Document| {
            fetch::fingerprint(std::slice::from_ref(other)) == fetch::fingerprint(std::slice::from_ref(&page))
        };
        if self.documents.iter().any(|other| other.address == page.address || is_same(other)) {
            self.note(format!("the next page, `{}`, is one that was read already", page.name));
            return Ok(false);
        }
        take(&mut self.room, &page)?;
        self.asked.insert(address);
        self.documents.push(page);
        Ok(true)
    }

    fn note(&mut self, reason: String) {
        let page = u32::try_from(self.documents.len()).unwrap_or(u32::MAX);
        self.notes.push(Fault { page, line: 0, reason, weight: Weight::Warning });
    }
}

/// An address as it may be shown.
fn shown(address: &str) -> String {
    Address::parse(address).map_or_else(|_| bounded(address, 200), |address| address.shown())
}
