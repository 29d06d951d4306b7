//! Splitting tag rows with all that is known: the shipped vocabulary, the config, and the tags learned so far.

use std::collections::{HashMap, HashSet};
use std::sync::{PoisonError, RwLock};

use super::App;
use crate::config::{Listing, TagRules};
use crate::diff::Proposal;
use crate::extract::tags::{Row, Split, Vocabulary, page_tag, split};
use crate::model::text::fold_key;
use crate::model::{Article, Entry, FeedKind, ListingId, ListingSpec, Reading, TagRow, Timestamp};
use crate::store::{Committed, FeedInfo, ListingInfo, Resplit, Store, StoreError};

/// How many unsure rows are scored again when a tag becomes known.
const RESCORE: usize = 10_000;

/// How many articles are looked at in one step when the config's rules changed.
const STEP: usize = 1_000;

/// The vocabulary, shared by all scans.
#[derive(Debug)]
pub struct Tagging {
    vocabulary: RwLock<Vocabulary>,
    rules: TagRules,
    /// The pages' own tags of listings for which the config names none.
    evident: RwLock<HashMap<ListingId, Vec<String>>>,
}

impl Tagging {
    /// The vocabulary of the config's rules and of the tags that have feeds.
    #[must_use]
    pub fn new(rules: &TagRules, feeds: &[FeedInfo]) -> Self {
        let mut vocabulary = Vocabulary::shipped();
        for tag in &rules.known {
            vocabulary.know(tag);
        }
        for (run, tags) in &rules.pins {
            vocabulary.pin(run, tags.clone());
        }
        for (from, to) in &rules.aliases {
            vocabulary.alias(from, to);
        }
        for feed in feeds.iter().filter(|feed| feed.key.kind == FeedKind::Tag) {
            vocabulary.learn(&feed.label, u32::try_from(feed.count).unwrap_or(u32::MAX));
        }
        Self { vocabulary: RwLock::new(vocabulary), rules: rules.clone(), evident: RwLock::default() }
    }

    /// The page's own tags: what the config says, else what the pages made evident.
    #[must_use]
    pub fn page_tags(&self, spec: &ListingSpec) -> Vec<String> {
        if !spec.tags.is_empty() {
            return spec.tags.clone();
        }
        let evident = self.evident.read().unwrap_or_else(PoisonError::into_inner);
        evident.get(&spec.id).cloned().unwrap_or_default()
    }

    /// Takes over what listings' pages made evident before, be it under the id that a listing had then.
    pub(super) fn remember_evident(&self, listings: &[ListingInfo], declared: &[Listing]) {
        let mut evident = self.evident.write().unwrap_or_else(PoisonError::into_inner);
        for known in listings.iter().filter(|known| known.evident && !known.retired) {
            let renamed = declared.iter().find(|listing| listing.spec.renamed_from.contains(&known.id));
            evident.insert(known.id.clone(), known.tags.clone());
            if let Some(listing) = renamed {
                evident.entry(listing.spec.id.clone()).or_insert_with(|| known.tags.clone());
            }
        }
    }

    /// The tag that a reading makes evident as the page's own, if it is not known as that yet.
    fn newly_evident(&self, spec: &ListingSpec, reading: &Reading) -> Option<String> {
        let known = self.page_tags(spec);
        let whole: Vec<&Entry> = reading.entries.iter().filter(|entry| entry.whole).collect();
        let splits = self.split_reading(&whole, &known).into_iter().flatten();
        let splits: Vec<Split> =
            splits.map(|(tags, sure, confidence)| Split { tags, confidence, sure }).collect();
        page_tag(&splits).filter(|tag| !known.iter().any(|known| fold_key(known) == fold_key(tag)))
    }

    /// Splits the rows of a whole reading: one split for each entry, `None` where its row is no run.
    #[must_use]
    pub fn split_reading(
        &self,
        entries: &[&Entry],
        page_tags: &[String],
    ) -> Vec<Option<(Vec<String>, bool, f32)>> {
        let run = |entry: &&Entry| match &entry.tags {
            TagRow::Run(run) => Some(run.clone()),
            _ => None,
        };
        let runs: Vec<Option<String>> = entries.iter().map(run).collect();
        let rows: Vec<Row<'_>> = entries
            .iter()
            .zip(&runs)
            .filter_map(|(entry, run)| {
                Some(Row { run: run.as_deref()?, title: &entry.title, summary: entry.summary.as_deref() })
            })
            .collect();
        let vocabulary = self.vocabulary.read().unwrap_or_else(PoisonError::into_inner);
        let mut splits = split(&rows, page_tags, &vocabulary).into_iter();
        runs.iter()
            .map(|run| {
                run.as_ref()
                    .and_then(|_| splits.next())
                    .map(|split| (split.tags, split.sure, split.confidence))
            })
            .collect()
    }

    /// Fills in the names of the rows that a proposal wants split.
    pub fn label(&self, proposal: &mut Proposal, reading: &Reading, spec: &ListingSpec) {
        if !proposal.wants_splits() {
            return;
        }
        // Every row of the page is evidence for the others.
        let whole: Vec<&Entry> = reading.entries.iter().filter(|entry| entry.whole).collect();
        let splits = self.split_reading(&whole, &self.page_tags(spec));
        let by_row: std::collections::HashMap<(String, &str), &(Vec<String>, bool, f32)> = whole
            .iter()
            .zip(&splits)
            .filter_map(|(entry, split)| {
                Some(((entry.tags.as_text(), entry.title.as_str()), split.as_ref()?))
            })
            .collect();
        let fill = |content: &mut crate::diff::Content| {
            let key = (content.row.as_text(), content.title.as_str());
            if let (TagRow::Run(_), Some((tags, sure, _))) = (&content.row, by_row.get(&key)) {
                content.tags.clone_from(tags);
                content.sure = *sure;
            }
        };
        proposal.drafts.iter_mut().for_each(|draft| fill(&mut draft.content));
        let updates = proposal.known.iter_mut().filter_map(|known| known.update.as_mut());
        updates.filter(|update| update.tells_tags()).for_each(|update| fill(&mut update.content));
    }

    /// Learns the sure tags of accepted articles. Whether any of them was not known before.
    fn learn(&self, committed: &Committed) -> bool {
        let mut vocabulary = self.vocabulary.write().unwrap_or_else(PoisonError::into_inner);
        let mut news = false;
        let changed = committed.new.iter().chain(committed.updated.iter().map(|(article, _)| article));
        for tag in changed.filter(|article| article.sure).flat_map(|article| &article.tags) {
            news |= !vocabulary.is_known(tag);
            vocabulary.learn(tag, 1);
        }
        news
    }

    /// The splits of `articles` by today's vocabulary, where they differ from what is remembered.
    fn resplit(&self, articles: &[Article]) -> Vec<Resplit> {
        let vocabulary = self.vocabulary.read().unwrap_or_else(PoisonError::into_inner);
        let mut found = Vec::new();
        for article in articles {
            let TagRow::Run(run) = &article.row else { continue };
            let page_tags: Vec<String> = article.listings.iter().flat_map(|on| on.tags.clone()).collect();
            let row = Row { run, title: &article.title, summary: article.summary.as_deref() };
            let Some(split) = split(&[row], &page_tags, &vocabulary).pop() else { continue };
            if split.tags != article.tags || split.sure != article.sure {
                found.push(Resplit { id: article.id, tags: split.tags, sure: split.sure });
            }
        }
        found
    }

    /// Whether the config's rules speak of this article's row.
    fn is_ruled(&self, article: &Article, names: &HashSet<String>) -> bool {
        let TagRow::Run(run) = &article.row else { return false };
        self.rules.pins.iter().any(|(pinned, _)| fold_key(pinned) == fold_key(run))
            || article.tags.iter().any(|tag| names.contains(&fold_key(tag)))
    }
}

impl<S: Store> App<S> {
    /// Where the config does not name a page's own tag, takes the one that the page makes evident: every article on
    /// the page is in that tag's feed, whether its row shows it or not.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be remembered.
    pub(super) async fn note_evident_tag(
        &self,
        spec: &ListingSpec,
        reading: &Reading,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if !spec.tags.is_empty() {
            return Ok(());
        }
        let Some(tag) = self.tagging.newly_evident(spec, reading) else { return Ok(()) };
        tracing::info!(listing = %spec.id, tag, "the page's own tag is evident");
        {
            let mut evident = self.tagging.evident.write().unwrap_or_else(PoisonError::into_inner);
            evident.insert(spec.id.clone(), vec![tag]);
        }
        self.store.configure(self.declared(), now).await
    }

    /// Learns from a scan. A tag that becomes known may settle rows that were unsure: those alone are scored
    /// again, and nobody is told.
    ///
    /// # Errors
    /// [`StoreError`] when the corrections cannot be remembered.
    pub async fn learn_tags(&self, committed: &Committed) -> Result<usize, StoreError> {
        if !self.tagging.learn(committed) {
            return Ok(0);
        }
        let unsure = self.store.unsure(RESCORE).await?;
        let mut splits = self.tagging.resplit(&unsure);
        // A row that a whole page's evidence split is not made less sure by looking at it alone.
        splits.retain(|split| split.sure);
        if splits.is_empty() { Ok(0) } else { self.store.retag(splits, self.clock.now()).await }
    }

    /// Brings remembered rows into line with the config's pins and aliases: only rows that these speak of.
    pub(super) async fn apply_tag_rules(&self) -> Result<(), StoreError> {
        if self.tagging.rules.pins.is_empty() && self.tagging.rules.aliases.is_empty() {
            return Ok(());
        }
        let names: HashSet<String> =
            self.tagging.rules.aliases.iter().map(|(from, _)| fold_key(from)).collect();
        let mut skip = 0;
        loop {
            let articles = self.store.articles(skip, STEP).await?;
            if articles.is_empty() {
                return Ok(());
            }
            skip += STEP;
            let ruled: Vec<Article> =
                articles.into_iter().filter(|article| self.tagging.is_ruled(article, &names)).collect();
            let splits = self.tagging.resplit(&ruled);
            if !splits.is_empty() {
                let count = self.store.retag(splits, self.clock.now()).await?;
                tracing::info!(
                    articles = count,
                    "tag rules of the config corrected remembered rows; nobody is told"
                );
            }
        }
    }
}
