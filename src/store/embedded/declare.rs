//! Deciding on what the config declares, and on better splits of tag rows.

use super::begin::NewFeeds;
use super::index::Index;
use super::outbox;
use super::record::{ConfigureFact, DecisionFact, Fact, ListingFact, RetagFact, Retagged, ViewFact};
use super::rename::{self, Sites};
use super::routes::unnamed_source;
use crate::model::id::StoreId;
use crate::model::{FeedKey, FeedKind, ListingId, SiteUid};
use crate::store::{Declared, Resplit, StoreError};

type Result<T> = std::result::Result<T, StoreError>;

/// Decides on better splits: only those that differ.
pub(super) fn retag(index: &mut Index<'_>, splits: &[Resplit], store: StoreId) -> Result<Option<RetagFact>> {
    let mut feeds = NewFeeds::default();
    let mut articles = Vec::new();
    for split in splits {
        let Some(number) = index.number(split.id)? else { continue };
        let Some(mut stored) = index.stored(number)? else { continue };
        if stored.article.is_textless() {
            continue;
        }
        if stored.article.tags == split.tags && stored.article.sure == split.sure {
            continue;
        }
        stored.article.tags.clone_from(&split.tags);
        stored.article.sure = split.sure;
        let unnamed = unnamed_source(index, &stored.article)?;
        feeds.begin(index, store, &stored.article, &unnamed)?;
        articles.push(Retagged { id: split.id, tags: split.tags.clone(), sure: split.sure });
    }
    Ok((!articles.is_empty()).then_some(RetagFact { articles, feeds: feeds.new }))
}

/// Decides on what the config declares: only what differs from what is remembered.
pub(super) fn configure(
    index: &mut Index<'_>,
    declared: &Declared,
    store: StoreId,
    mint: &mut dyn FnMut() -> SiteUid,
) -> Result<Option<Fact>> {
    let renamed = rename::listings(index, declared)?;
    let mut sites = Sites::of(index, declared, &renamed)?;
    let mut fact = ConfigureFact { renamed, ..ConfigureFact::default() };
    fact.sites.append(&mut sites.renamed);
    let mut feeds = NewFeeds::default();
    for listing in &declared.listings {
        let uid = sites.uid(&listing.site, mint);
        let origin = fact.renamed.iter().find(|rename| rename.to == listing.id).map(|rename| &rename.from);
        let before = rename::before(index, &listing.id, &fact.renamed)?;
        let same = before.as_ref().is_some_and(|before| {
            !before.retired
                && before.title == listing.title
                && before.uid == uid
                && before.site == listing.site
                && before.tags == listing.tags
                && before.evident == listing.evident
        });
        if !same {
            if origin.is_none() {
                feeds.begin_one(index, store, FeedKind::Listing, listing.id.as_str())?;
            }
            for tag in &listing.tags {
                feeds.begin_one(index, store, FeedKind::Tag, tag)?;
            }
            let is_retitled = before.is_some_and(|before| before.title != listing.title);
            if is_retitled && names_sources(index, origin.unwrap_or(&listing.id))? {
                feeds.begin_one(index, store, FeedKind::Source, &listing.title)?;
            }
            let (id, title) = (listing.id.clone(), listing.title.clone());
            fact.listings.push(ListingFact {
                id,
                title,
                site: listing.site.clone(),
                uid,
                tags: listing.tags.clone(),
                evident: listing.evident,
            });
        }
    }
    let is_declared = |id: &ListingId| declared.listings.iter().any(|listing| listing.id == *id);
    let known = index.listings()?;
    let is_left = |id: &ListingId| !is_declared(id) && !fact.renamed.iter().any(|rename| rename.from == *id);
    fact.retired = known.into_iter().filter(|(id, l)| !l.retired && is_left(id)).map(|(id, _)| id).collect();
    let views = index.views()?.to_vec();
    for view in &declared.views {
        if !views.iter().any(|(id, filter)| *id == view.id && *filter == view.filter) {
            feeds.begin_one(index, store, FeedKind::View, view.id.as_str())?;
            let (id, title) = (view.id.clone(), view.title.clone());
            fact.views.push(ViewFact { id, title, filter: view.filter.clone() });
        }
    }
    let gone = |id: &ListingId| !declared.views.iter().any(|view| view.id == *id);
    fact.dropped = views.into_iter().map(|(id, _)| id).filter(gone).collect();
    outbox::decide::targets(index, &declared.targets, &mut fact)?;
    fact.feeds = feeds.new;
    let empty = ConfigureFact::default();
    Ok((fact != empty).then_some(Fact::Decision(DecisionFact::Configure(fact))))
}

/// Whether any article goes by the listing's title because it names no source of its own.
fn names_sources(index: &Index<'_>, id: &ListingId) -> Result<bool> {
    let key = FeedKey::named(FeedKind::Listing, id.as_str());
    let Some(number) = index.feed_number(&key)? else { return Ok(false) };
    for segment in 0..index.feed(number)?.map_or(0, |feed| feed.segments) {
        for member in index.segment(number, segment)?.members {
            let Some(article) = index.stored(member)?.map(|stored| stored.article) else { continue };
            if article.source.is_none() && article.listings.first().is_some_and(|on| on.listing == *id) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}
