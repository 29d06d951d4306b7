//! Deciding what a scan owes, and to whom.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::record::Owed;
use crate::model::id::StoreId;
use crate::model::{Article, DeliveryId, ListingId, TargetId, TargetRule, Timestamp};
use crate::store::embedded::index::Index;
use crate::store::embedded::txn::Result;

/// What deliveries get their ids from, beside the target and what they tell of.
#[derive(Clone, Copy)]
pub(in super::super) struct Origin {
    /// The store.
    pub(in super::super) store: StoreId,
    /// The number of the first record that the scan, or the batch, writes: no other one writes it, too.
    pub(in super::super) seq: u64,
    /// When that is: a store that was put back to an older backup gives its numbers again, but not its times.
    pub(in super::super) at: Timestamp,
}

impl Origin {
    pub(in super::super) fn id(self, target: &TargetId, what: &str) -> DeliveryId {
        DeliveryId::derive(self.store, target, &format!("{what} {} {}", self.seq, self.at))
    }
}

/// The rules of the targets that are declared, by id.
pub(in super::super) fn rules(index: &mut Index<'_>) -> Result<Vec<TargetRule>> {
    let declared = index.targets()?.iter().filter(|target| !target.retired);
    Ok(declared.map(|target| target.rule.clone()).collect())
}

/// What is owed for the articles that a scan announces, each as the scan leaves it and with its place on the page:
/// one message for each article and target, or one for all of them if the reading was `approved`.
///
/// In the order in which articles enter feeds: the latest last, and of one time the upper one.
pub(in super::super) fn of_articles(
    index: &Index<'_>,
    rules: &[TargetRule],
    mut announced: Vec<(u32, Article)>,
    approved: bool,
    origin: Origin,
) -> Result<Vec<Owed>> {
    announced.retain(|(_, article)| !article.hidden);
    announced.sort_by_key(|(place, article)| (article.published, Reverse(*place)));
    let titles = titles(index, &announced)?;
    let title_of = |id: &ListingId| titles.get(id).cloned();
    let is_told = |rule: &TargetRule, article: &Article| {
        (rule.late || !article.late) && rule.when.matches(article, &title_of)
    };
    let mut owes = Vec::new();
    if approved {
        for rule in rules {
            let told = announced.iter().filter(|(_, article)| is_told(rule, article));
            let articles: Vec<_> = told.map(|(_, article)| article.id).collect();
            if !articles.is_empty() {
                let id = origin.id(&rule.id, "summary");
                owes.push(Owed { id, target: rule.id.clone(), articles });
            }
        }
        return Ok(owes);
    }
    for (_, article) in &announced {
        for rule in rules.iter().filter(|rule| is_told(rule, article)) {
            let id = DeliveryId::derive(origin.store, &rule.id, &article.id.to_string());
            owes.push(Owed { id, target: rule.id.clone(), articles: vec![article.id] });
        }
    }
    Ok(owes)
}

/// The titles of the listings that these articles were seen on.
fn titles(index: &Index<'_>, articles: &[(u32, Article)]) -> Result<HashMap<ListingId, String>> {
    let mut titles = HashMap::new();
    for on in articles.iter().flat_map(|(_, article)| &article.listings) {
        if !titles.contains_key(&on.listing)
            && let Some(listing) = index.listing_alone(&on.listing)?
        {
            titles.insert(on.listing.clone(), listing.title);
        }
    }
    Ok(titles)
}

/// What is owed for a turn of a listing's health.
pub(in super::super) fn of_health(rules: &[TargetRule], listing: &ListingId, origin: Origin) -> Vec<Owed> {
    let is_told = |rule: &&TargetRule| rule.health.iter().any(|pattern| pattern.matches(listing.as_str()));
    let owed = |rule: &TargetRule| Owed {
        id: origin.id(&rule.id, "health"),
        target: rule.id.clone(),
        articles: Vec::new(),
    };
    rules.iter().filter(is_told).map(owed).collect()
}

/// What is owed because a target is sent nothing more, one of those that are `gone` by this record: to all others that
/// are told of health, and where there are none, to the first one that is sent anything.
pub(super) fn of_disabled(
    index: &mut Index<'_>,
    target: &TargetId,
    gone: &[(TargetId, String)],
    origin: Origin,
) -> Result<Vec<Owed>> {
    let mut others = Vec::new();
    for rule in rules(index)? {
        if gone.iter().all(|(gone, _)| *gone != rule.id) && index.tally(&rule.id)?.disabled.is_none() {
            others.push(rule);
        }
    }
    if others.iter().any(|rule| !rule.health.is_empty()) {
        others.retain(|rule| !rule.health.is_empty());
    } else {
        others.truncate(1);
    }
    let what = format!("disabled {target}");
    let owed =
        |rule: TargetRule| Owed { id: origin.id(&rule.id, &what), target: rule.id, articles: Vec::new() };
    Ok(others.into_iter().map(owed).collect())
}
