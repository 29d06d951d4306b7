//! The pages of one scan: whether they must be read at all, and reading them.

use crate::diff::Past;
use crate::extract;
use crate::fetch;
use crate::model::listing::Input;
use crate::model::reading::Document;
use crate::model::{Fault, ListingSpec, Reading};
use crate::store::StoreError;

/// Pages with more bytes than this are read on a thread of their own, so that others are not kept waiting.
const INLINE_BYTES: usize = 256 << 10;

/// Fetched pages, with what tells whether they must be read at all.
pub(super) struct Pages<'p> {
    pub(super) documents: &'p [Document],
    /// The hash of their bytes.
    pub(super) body: [u8; 16],
    /// The hash of the rules they are read by.
    pub(super) rules: [u8; 16],
    /// What is to be said of how they were found.
    pub(super) notes: &'p [Fault],
}

impl<'p> Pages<'p> {
    pub(super) fn of(rules: [u8; 16], documents: &'p [Document]) -> Self {
        Self { documents, body: fetch::fingerprint(documents), rules, notes: &[] }
    }

    /// The same, with something to be said of how they were found.
    pub(super) fn noting(self, notes: &'p [Fault]) -> Self {
        Self { notes, ..self }
    }

    /// The same, remembered as read by rules that are no longer in use: more is to be read by those that are.
    pub(super) fn for_now(self) -> Self {
        Self { rules: [0; 16], ..self }
    }
}

pub(super) async fn read_files(spec: &ListingSpec, patterns: &[String]) -> Result<Vec<Document>, String> {
    let (patterns, limits) = (patterns.to_vec(), spec.rules.limits);
    match tokio::task::spawn_blocking(move || fetch::files(&patterns, &limits)).await {
        Ok(Ok(pages)) => Ok(pages),
        Ok(Err(error)) => Err(error.to_string()),
        Err(error) => Err(format!("reading its pages ended early: {error}")),
    }
}

pub(super) async fn extract_pages(spec: &ListingSpec, pages: &[Document]) -> Result<Reading, StoreError> {
    if pages.iter().map(|page| page.bytes.len()).sum::<usize>() <= INLINE_BYTES {
        return Ok(extract::read(pages, &spec.rules));
    }
    let (pages, rules) = (pages.to_vec(), spec.rules.clone());
    let reading = tokio::task::spawn_blocking(move || extract::read(&pages, &rules)).await;
    reading.map_err(|error| StoreError::Stopped(format!("extracting ended early: {error}")))
}

/// The same bytes, read by the same rules, with nothing pending: there is nothing to do.
pub(super) fn is_unchanged(past: &Past, pages: &Pages<'_>) -> bool {
    is_settled(past, pages.body) && past.memo.rules == pages.rules
}

fn is_settled(past: &Past, body: [u8; 16]) -> bool {
    past.baseline.is_some()
        && past.memo.body == Some(body)
        && past.health.is_well()
        && !past.memo.is_pending()
}

/// The same of pages that are not at hand: they had these bytes.
pub(super) fn is_read_as_before(past: &Past, rules: [u8; 16], body: [u8; 16]) -> bool {
    is_settled(past, body) && past.memo.rules == rules
}

/// The numbers of the pages that a listing asks for, where they have any.
pub(super) fn asked(spec: &ListingSpec) -> Option<Vec<u32>> {
    let Input::Web(web) = &spec.input else { return None };
    web.pages.map(|_| web.numbers().collect())
}
