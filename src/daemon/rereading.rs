//! What other rules would make of the pages that were kept last: found as any scan finds it, and thrown away.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use serde::Serialize;

use super::App;
use super::cycle::Known;
use super::drain::Bell;
use super::pages::Pages;
use super::report::Item;
use super::tagging::Tagging;
use crate::config::Config;
use crate::diff::{self, Belief, Content, Past, Proposal, SightKind};
use crate::model::key::KeyKind;
use crate::model::reading::Document;
use crate::model::{Article, ArticleId, Fault, Field, Health, ListingId, ListingSpec};
use crate::store::{Store, StoreError};

/// What the rules of a config would make of a listing's last pages, against what is remembered.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rereading {
    /// The listing.
    pub listing: ListingId,
    /// How it would be by that.
    pub health: Health,
    /// Why it would not be ok, one sentence; empty when it would.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// How many pages were kept.
    pub pages: usize,
    /// How many articles would be on them.
    pub articles: usize,
    /// Articles that would come to the listing; without an id where they would be new.
    pub appear: Vec<Item>,
    /// Articles that would no longer be found on it.
    pub vanish: Vec<Item>,
    /// Articles whose content would be corrected.
    pub corrected: Vec<Correction>,
    /// Articles that would be known by more keys.
    pub keys: Vec<Rekeyed>,
    /// What would not fit on the pages.
    pub faults: Vec<Fault>,
}

impl Rereading {
    /// Whether any article could be read.
    #[must_use]
    pub fn is_readable(&self) -> bool {
        self.health.is_well()
    }
}

/// An article whose content would be corrected.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Correction {
    /// The article, as it is remembered.
    #[serde(flatten)]
    pub item: Item,
    /// What would change.
    pub changes: Vec<FieldChange>,
}

/// A field that would change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldChange {
    /// The field.
    pub field: Field,
    /// What it says; empty where it says nothing.
    pub from: String,
    /// What it would say.
    pub to: String,
}

/// An article that would be known by more keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rekeyed {
    /// The article.
    pub id: ArticleId,
    /// Its title.
    pub title: String,
    /// The kinds of the keys that it does not have yet.
    pub gains: Vec<&'static str>,
}

/// Why there is nothing to say.
#[derive(Debug, thiserror::Error)]
pub enum RereadingError {
    /// The store knows no listing of that id, nor of one that it had before.
    #[error("nothing is remembered of `{0}` yet")]
    Unknown(ListingId),
    /// None of its pages are kept.
    #[error("no pages of `{0}` are kept")]
    NoPages(ListingId),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl RereadingError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unknown(id) | Self::NoPages(id) => {
                Some(format!("`tidings scan {id}` reads its pages, and keeps those that read well"))
            }
            Self::Store(error) => error.hint().map(str::to_owned),
        }
    }
}

impl<S: Store> App<S> {
    /// What the rules that `config` has for a listing would make of its pages as they were kept last. Changes nothing.
    ///
    /// # Errors
    /// [`RereadingError`].
    pub async fn foresee(&self, config: Config, spec: &ListingSpec) -> Result<Rereading, RereadingError> {
        let app = self.untold(config).await?;
        let known_as = app.known_as(spec).await?;
        let _gate = app.gates.enter(&known_as.id).await;
        let past = app.store.past(&known_as.id).await?;
        let no_pages = || RereadingError::NoPages(spec.id.clone());
        let documents = app.last_pages(&known_as.id, &past).ok_or_else(no_pages)?;
        let pages = Pages::of(app.rules.of(&known_as), &documents);
        let found = app.find(&known_as, &pages, &past, Known::Reread, app.clock.now()).await?;
        let mut told = Rereading {
            listing: spec.id.clone(),
            health: found.judgement.health,
            reason: found.judgement.reason,
            pages: documents.len(),
            articles: found.reading.entries.iter().filter(|entry| entry.whole).count(),
            appear: Vec::new(),
            vanish: Vec::new(),
            corrected: Vec::new(),
            keys: Vec::new(),
            faults: found.reading.faults,
        };
        if matches!(found.judgement.belief, Belief::Whole | Belief::Part) {
            app.compare(&mut told, &known_as, &past, &found.proposal).await?;
        }
        Ok(told)
    }

    /// This app by another config, of which the store is not told.
    async fn untold(&self, mut config: Config) -> Result<Self, StoreError> {
        config.data_dir.clone_from(&self.config.data_dir);
        let tagging = Tagging::new(&config.tags, &self.store.feeds().await?);
        tagging.remember_evident(&self.store.listings().await?, &config.listings);
        let (snapshots, gates) = (self.snapshots.clone().for_reading(), Arc::clone(&self.gates));
        let (disk, clock) = (self.disk.clone(), self.clock.clone());
        let (store, rules, bell) = (Arc::clone(&self.store), Arc::default(), Bell::default());
        let fetcher = Arc::clone(&self.fetcher);
        Ok(Self { config, disk, clock, store, tagging, snapshots, fetcher, rules, gates, bell })
    }

    /// The listing under the id that the store knows it by.
    async fn known_as(&self, spec: &ListingSpec) -> Result<ListingSpec, RereadingError> {
        for id in std::iter::once(&spec.id).chain(&spec.renamed_from) {
            match self.store.past(id).await {
                Ok(_) => return Ok(ListingSpec { id: id.clone(), ..spec.clone() }),
                Err(StoreError::NoListing(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(RereadingError::Unknown(spec.id.clone()))
    }

    /// The pages that were believed last, or those kept last where that is no longer known.
    fn last_pages(&self, listing: &ListingId, past: &Past) -> Option<Vec<Document>> {
        let believed = past.memo.body.and_then(|body| self.snapshots.load(listing, body));
        believed.or_else(|| self.snapshots.last(listing))
    }

    async fn compare(
        &self,
        told: &mut Rereading,
        spec: &ListingSpec,
        past: &Past,
        proposal: &Proposal,
    ) -> Result<(), StoreError> {
        let vanished = vanished(past, proposal);
        let known = proposal.known.iter().map(|known| known.article);
        let ids: Vec<ArticleId> = vanished.iter().copied().chain(known).collect();
        let articles = self.recall(spec, &[], &ids).await?.articles;
        told.vanish = vanished.iter().filter_map(|id| Some(Item::of(articles.get(id)?, &[]))).collect();
        told.appear = appearing(proposal, &articles);
        for known in &proposal.known {
            let Some(article) = articles.get(&known.article) else { continue };
            if let Some(update) = known.update.as_ref().filter(|update| !update.fields.is_empty()) {
                let item = Item::of(article, &update.fields);
                let change = |field: &Field| FieldChange {
                    field: *field,
                    from: remembered(article, *field),
                    to: proposed(&update.content, *field),
                };
                told.corrected.push(Correction { item, changes: update.fields.iter().map(change).collect() });
            }
            let gains =
                |kind: &KeyKind| known.offered.get(*kind).is_some_and(|key| !article.keys.contains(&key));
            let gains: Vec<&'static str> =
                KeyKind::ALL.into_iter().filter(gains).map(KeyKind::name).collect();
            if known.sight == SightKind::Still && !gains.is_empty() {
                told.keys.push(Rekeyed { id: article.id, title: article.title.clone(), gains });
            }
        }
        Ok(())
    }
}

/// What the listing holds and the reading lacks, but for what was missing already.
fn vanished(past: &Past, proposal: &Proposal) -> Vec<ArticleId> {
    let before: HashSet<ArticleId> = past.memo.missing.iter().map(|(article, _)| *article).collect();
    let missing = proposal.memo.missing.iter().map(|(article, _)| *article);
    let gone = proposal.removed.iter().chain(&proposal.aged).copied().chain(missing);
    gone.filter(|article| !before.contains(article)).collect()
}

/// What comes to the listing: drafts in page order, then what is known from elsewhere or earlier.
fn appearing(proposal: &Proposal, articles: &BTreeMap<ArticleId, Article>) -> Vec<Item> {
    let mut drafts: Vec<&diff::Draft> = proposal.drafts.iter().collect();
    drafts.sort_by_key(|draft| draft.index);
    let new = drafts.into_iter().map(|draft| Item::content(&draft.content));
    let known = proposal.known.iter().filter(|known| known.sight != SightKind::Still);
    new.chain(known.filter_map(|known| Some(Item::of(articles.get(&known.article)?, &[])))).collect()
}

fn remembered(article: &Article, field: Field) -> String {
    match field {
        Field::Title => article.title.clone(),
        Field::Link => article.link.clone().unwrap_or_default(),
        Field::Source => article.source.clone().unwrap_or_default(),
        Field::Date => article.date.map(|date| date.to_string()).unwrap_or_default(),
        Field::Category => article.category.clone().unwrap_or_default(),
        Field::Summary => article.summary.clone().unwrap_or_default(),
        Field::Tags => article.tags.join(" | "),
    }
}

fn proposed(content: &Content, field: Field) -> String {
    match field {
        Field::Title => content.title.clone(),
        Field::Link => content.link.clone().unwrap_or_default(),
        Field::Source => content.source.clone().unwrap_or_default(),
        Field::Date => content.date.map(|date| date.to_string()).unwrap_or_default(),
        Field::Category => content.category.clone().unwrap_or_default(),
        Field::Summary => content.summary.clone().unwrap_or_default(),
        Field::Tags => content.tags.join(" | "),
    }
}
