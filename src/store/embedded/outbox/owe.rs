//! Deciding what a scan owes, and to whom.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::record::{ChangeFact, Owed};
use crate::model::id::StoreId;
use crate::model::{Article, Change, DeliveryId, Field, ListingId, Pattern, TargetId, TargetRule, Timestamp};
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

/// Something that a scan found of an article that was known, with the article as the scan leaves it.
pub(in super::super) struct Told {
    /// What it is, for a target that wants that; else the next of these.
    pub(in super::super) whats: Vec<Change>,
    /// The fields that say something else than before.
    pub(in super::super) fields: Vec<Field>,
    pub(in super::super) article: Article,
}

/// What is owed for the articles that a scan announces, each as the scan leaves it and with its place on the page, and
/// for what it changes of others: one message for each article and target, or one for all of them if the reading was
/// `approved`.
///
/// In the order in which articles enter feeds: the latest last, and of one time the upper one; then what changed.
pub(in super::super) fn of_articles(
    index: &Index<'_>,
    rules: &[TargetRule],
    mut announced: Vec<(u32, Article)>,
    mut changed: Vec<Told>,
    approved: bool,
    origin: Origin,
) -> Result<Vec<Owed>> {
    announced.retain(|(_, article)| !article.hidden);
    announced.sort_by_key(|(place, article)| (article.published, Reverse(*place)));
    changed.retain(|told| told.article.is_shown());
    let all = announced.iter().map(|(_, article)| article).chain(changed.iter().map(|told| &told.article));
    let titles = titles(index, all)?;
    let title_of = |id: &ListingId| titles.get(id).cloned();
    let is_told = |rule: &TargetRule, article: &Article| {
        rule.wants(Change::New) && (rule.late || !article.late) && rule.when.matches(article, &title_of)
    };
    let change = |rule: &TargetRule, told: &Told| {
        let what = *told.whats.iter().find(|what| rule.wants(**what))?;
        let fits = rule.when.matches(&told.article, &title_of);
        fits.then(|| ChangeFact { article: told.article.id, what, fields: told.fields.clone() })
    };
    let mut owes = Vec::new();
    if approved {
        for rule in rules {
            let told = announced.iter().filter(|(_, article)| is_told(rule, article));
            let articles: Vec<_> = told.map(|(_, article)| article.id).collect();
            let changes: Vec<_> = changed.iter().filter_map(|told| change(rule, told)).collect();
            if !articles.is_empty() || !changes.is_empty() {
                let id = origin.id(&rule.id, "summary");
                owes.push(Owed { id, target: rule.id.clone(), articles, changes });
            }
        }
        return Ok(owes);
    }
    for (_, article) in &announced {
        for rule in rules.iter().filter(|rule| is_told(rule, article)) {
            let id = DeliveryId::derive(origin.store, &rule.id, &article.id.to_string());
            let (target, articles, changes) = (rule.id.clone(), vec![article.id], Vec::new());
            owes.push(Owed { id, target, articles, changes });
        }
    }
    for told in &changed {
        for rule in rules {
            let Some(change) = change(rule, told) else { continue };
            // An article may change again, so the record is part of the name.
            let id = origin.id(&rule.id, &format!("{} {}", change.what.name(), change.article));
            let (target, articles, changes) = (rule.id.clone(), Vec::new(), vec![change]);
            owes.push(Owed { id, target, articles, changes });
        }
    }
    Ok(owes)
}

/// The titles of the listings that these articles were seen on.
fn titles<'a>(
    index: &Index<'_>,
    articles: impl Iterator<Item = &'a Article>,
) -> Result<HashMap<ListingId, String>> {
    let mut titles = HashMap::new();
    for on in articles.flat_map(|article| &article.listings) {
        if !titles.contains_key(&on.listing)
            && let Some(listing) = index.listing_alone(&on.listing)?
        {
            titles.insert(on.listing.clone(), listing.title);
        }
    }
    Ok(titles)
}

/// What something that is said of a listing is, for those who are told of it.
#[derive(Clone, Copy)]
pub(in super::super) struct Turn {
    /// Its health is another one, and no operator's own doing.
    pub(in super::super) is_health: bool,
    /// A reading is held from now on, or none any more.
    pub(in super::super) is_hold: bool,
}

/// What is owed for a turn of a listing: one message for each target.
pub(in super::super) fn of_turn(
    rules: &[TargetRule],
    listing: &ListingId,
    turn: Turn,
    origin: Origin,
) -> Vec<Owed> {
    let is_in = |patterns: &[Pattern]| patterns.iter().any(|pattern| pattern.matches(listing.as_str()));
    let is_told =
        |rule: &&TargetRule| (turn.is_health && is_in(&rule.health)) || (turn.is_hold && is_in(&rule.held));
    let owed = |rule: &TargetRule| Owed {
        id: origin.id(&rule.id, "health"),
        target: rule.id.clone(),
        articles: Vec::new(),
        changes: Vec::new(),
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
    let owed = |rule: TargetRule| Owed {
        id: origin.id(&rule.id, &what),
        target: rule.id,
        articles: Vec::new(),
        changes: Vec::new(),
    };
    Ok(others.into_iter().map(owed).collect())
}
