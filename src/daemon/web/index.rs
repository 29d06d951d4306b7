//! Indexes of sitemaps: the sitemaps that one names are the pages of the listing, each with what is remembered of it.

use url::Url;

use super::super::App;
use super::Fetched;
use super::fetch::Fetch;
use crate::extract::sitemap::{Child, is_settled};
use crate::fetch::web::{Outcome, WebError};
use crate::model::reading::Weight;
use crate::model::text::{bounded, counted};
use crate::model::visit::{Listed, Pausing};
use crate::model::{Fault, Timestamp, Visit, Visits};
use crate::net::Address;
use crate::store::Store;

/// A sitemap is asked for at least so often, whatever its index says of it, in seconds: some write one time for ever.
const WEEK: i64 = 7 * 86_400;

/// The sitemaps that an index named when it came last.
pub(super) fn as_before(known: &Visits) -> Vec<Child> {
    let listed = known.pages.iter().filter_map(|visit| Some((visit, visit.listed.as_ref()?)));
    listed
        .map(|(visit, listed)| Child { address: visit.address.clone(), changed: listed.changed.clone() })
        .collect()
}

impl Fetch<'_> {
    /// The sitemaps of an index, as far as they may have changed.
    pub(super) async fn sitemaps<S: Store>(
        &mut self,
        app: &App<S>,
        known: &Visits,
        children: Vec<Child>,
    ) -> Result<Fetched, WebError> {
        let (children, notes) = self.chosen(children);
        if children.is_empty() {
            let index = self.visits.first().and_then(|visit| Address::parse(&visit.address).ok());
            let page = index.map(|index| index.shown()).unwrap_or_default();
            return Err(WebError::EmptyIndex { page });
        }
        let mut outcomes = Vec::with_capacity(children.len());
        let before = known.pages.iter().filter(|visit| visit.listed.is_some());
        let is_same_list = before.map(|visit| &visit.address).eq(children.iter().map(|child| &child.address));
        for child in &children {
            let before = known.of(&child.address);
            self.visits.push(Visit { listed: Some(before.listed.clone().unwrap_or_default()), ..before });
        }
        for (at, child) in (1..).zip(children) {
            if !is_due(&self.visits[at], &child, self.now) {
                outcomes.push(Outcome::Same);
                continue;
            }
            let whole = self.needed && self.kept_page(at).is_none();
            let outcome = match self.one(app, at, whole, self.wanted).await? {
                Outcome::Resting(pause) if pause.by == Pausing::Fresh && self.visits[at].body.is_some() => {
                    Outcome::Same
                }
                Outcome::Resting(pause) => return Ok(Fetched::Resting(pause)),
                outcome => {
                    self.visits[at].listed = Some(Listed { changed: child.changed, at: Some(self.now) });
                    outcome
                }
            };
            outcomes.push(outcome);
        }
        let is_same = is_same_list && outcomes.iter().all(|outcome| *outcome == Outcome::Same);
        if is_same && !self.needed {
            return Ok(Fetched::Same);
        }
        self.gather(app, known, 1, outcomes, notes).await
    }

    /// Those of an index's sitemaps that are read: of its own site, and as many as the listing may have pages.
    fn chosen(&self, mut children: Vec<Child>) -> (Vec<Child>, Vec<Fault>) {
        let mut notes = Vec::new();
        let mut note = |reason: String| {
            notes.push(Fault { page: 0, line: 0, reason, weight: Weight::Warning });
        };
        let index = self.visits.first();
        let address = index.map(|visit| if visit.source.is_empty() { &visit.address } else { &visit.source });
        let Some(index) = address.and_then(|address| Url::parse(address).ok()) else {
            return (Vec::new(), notes);
        };
        let named = children.len();
        let mut foreign = None;
        children.retain(|child| {
            let url = Url::parse(&child.address).ok();
            let is_own = url.as_ref().is_some_and(|url| url.origin() == index.origin());
            if !is_own {
                foreign.get_or_insert_with(|| child.address.clone());
            }
            is_own && url != Some(index.clone())
        });
        if let Some(foreign) = foreign {
            let shown = bounded(&foreign, 200);
            note(format!("the index names sitemaps of other sites, such as `{shown}`; they are left out"));
        } else if children.len() < named {
            note("the index of sitemaps names itself; that is left out".to_owned());
        }
        let most = self.spec.rules.limits.pages as usize;
        if children.len() > most {
            let all = counted(children.len(), "sitemap");
            note(format!("the index names {all}; the first {most} are read (`max_pages`)"));
            children.truncate(most);
        }
        (children, notes)
    }
}

/// Whether a sitemap is asked for: it was not had, its index says that it changed, or that cannot be told from what it
/// says.
fn is_due(visit: &Visit, child: &Child, now: Timestamp) -> bool {
    let (Some(listed), Some(_)) = (&visit.listed, visit.body) else { return true };
    let (Some(at), Some(changed)) = (listed.at, &child.changed) else { return true };
    listed.changed.as_ref() != Some(changed) || !is_settled(changed, at) || at > now || now.since(at) >= WEEK
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sitemap_is_asked_for_when_it_may_have_changed() {
        let had = Timestamp::from_unix(1_767_355_200); // 2026-01-02T12:00:00Z
        let morning = Some("2026-01-02T08:00:00Z");
        let visit = |changed: Option<&str>, body| Visit {
            body,
            listed: Some(Listed { changed: changed.map(str::to_owned), at: Some(had) }),
            ..Visit::default()
        };
        let child = |changed: Option<&str>| Child {
            address: "https://e.org/1.xml".into(),
            changed: changed.map(str::to_owned),
        };
        let due = |before, said, later| is_due(&visit(before, Some([1; 16])), &child(said), had.plus(later));
        assert!(!due(morning, morning, 3_600));
        assert!(due(morning, Some("2026-01-02T13:00:00Z"), 3_600), "it changed");
        assert!(due(None, None, 3_600) && due(morning, None, 3_600), "it does not say");
        assert!(due(Some("2026-01-02"), Some("2026-01-02"), 3_600), "the day went on");
        assert!(!due(Some("2025-12-31"), Some("2025-12-31"), 3_600));
        assert!(due(Some("2099-01-01"), Some("2099-01-01"), 3_600), "nobody knows the future");
        assert!(due(morning, morning, WEEK) && due(morning, morning, -1));
        assert!(is_due(&visit(morning, None), &child(morning), had), "it was never had");
        assert!(is_due(&Visit::default(), &child(morning), had));
    }
}
