//! Deciding: from a proposal to facts, against what is remembered by now. This runs in the writer alone, one
//! proposal after another, so of two scans that bring one article the second sees the first.

use std::collections::{HashMap, HashSet};

use super::apply::unnamed_source;
use super::index::{Index, Listing};
use super::record::{
    ConfigureFact, Content, DecisionFact, Fact, HealthFact, KnownArticle, ListingFact, NewArticle, NewFeed,
    RetagFact, Retagged, ScanFact, ViewFact,
};
use crate::diff::{Draft, Kind, Known, Place, Proposal, SightKind};
use crate::model::feed::of_article;
use crate::model::id::{FeedId, StoreId};
use crate::model::{
    Article, ArticleId, Day, FeedKey, FeedKind, Field, Health, Key, ListingId, OnListing, Presence, Printed,
    SiteUid, Timestamp, key::KeyKind, slug,
};
use crate::store::{Declared, Resplit, StoreError};

type Result<T> = std::result::Result<T, StoreError>;

/// How many tag feeds one scan may begin: a page of ten thousand tags is not a vocabulary.
const NEW_TAG_FEEDS: usize = 1_000;

/// What was decided about a proposal.
pub(super) struct Decision {
    /// The facts to write; none when nothing is to be remembered.
    pub(super) facts: Vec<Fact>,
    /// What kind of scan it turned out to be.
    pub(super) kind: Kind,
    /// The listing's page order from now on.
    pub(super) order: Vec<ArticleId>,
}

/// Decides on a scan.
pub(super) fn scan(
    index: &mut Index<'_>,
    proposal: &Proposal,
    store: StoreId,
    at: Timestamp,
) -> Result<Decision> {
    let listing = index.listing(&proposal.listing)?.filter(|listing| !listing.retired);
    let listing = listing.ok_or_else(|| StoreError::NoListing(proposal.listing.clone()))?;
    let has_entries = !proposal.drafts.is_empty() || !proposal.known.is_empty();
    // A listing that was taken off the config and put back while the scan ran has no past to tell news by.
    let is_overtaken = listing.baseline.is_none() && has_entries && proposal.kind != Kind::Baseline;
    let (kind, announce) =
        if is_overtaken { (Kind::Baseline, false) } else { (proposal.kind, proposal.announce) };
    let mut scan = Scan {
        index,
        proposal,
        kind,
        announce,
        listing: &listing,
        store,
        at,
        feeds: NewFeeds::default(),
        seconds: HashMap::new(),
    };
    let fact = scan.fact()?;
    let order = scan.order(&fact);
    let mut facts = Vec::new();
    let plain = ScanFact {
        new: Vec::new(),
        known: Vec::new(),
        removed: Vec::new(),
        aged: Vec::new(),
        ..fact.clone()
    };
    if fact != plain || kind == Kind::Baseline || proposal.approved {
        facts.push(Fact::Scan(fact));
    }
    // A scan that was under way when the listing was paused does not resume it.
    if let Some(change) = proposal.health.as_ref().filter(|_| listing.health != Health::Paused) {
        facts.push(Fact::Health(HealthFact {
            listing: proposal.listing.clone(),
            from: listing.health,
            to: change.to,
            reason: change.reason.clone(),
            hold: change.hold.clone(),
        }));
    }
    Ok(Decision { facts, kind, order })
}

struct Scan<'s, 'i, 't> {
    index: &'i mut Index<'t>,
    proposal: &'s Proposal,
    kind: Kind,
    announce: bool,
    listing: &'s Listing,
    store: StoreId,
    at: Timestamp,
    feeds: NewFeeds,
    /// The greatest second given on each day, this scan's included.
    seconds: HashMap<Day, u32>,
}

impl Scan<'_, '_, '_> {
    fn fact(&mut self) -> Result<ScanFact> {
        let places = self.places();
        let mut winners = self.winners()?;
        let mut new = Vec::new();
        let mut known = Vec::new();
        let mut minted = HashSet::new();
        let undated = self.proposal.drafts.iter().filter(|draft| draft.content.date.is_none()).count();
        let mut undated_below = 0;
        // Bottom of the page first, so that of two articles of one day the upper one gets the later time.
        let mut drafts: Vec<&Draft> = self.proposal.drafts.iter().collect();
        drafts.sort_by_key(|draft| std::cmp::Reverse(draft.index));
        for draft in drafts {
            if draft.content.date.is_none() {
                undated_below += 1;
            }
            let back = i64::try_from(undated - undated_below).unwrap_or(0);
            let place = places.drafts.get(&draft.index).copied().unwrap_or(u32::MAX);
            match winners.remove(&draft.index) {
                Some(winner) => known.push(self.lost(draft, &winner, place)),
                None => new.push(self.new_article(draft, place, &mut minted, back)?),
            }
        }
        // Stable: within one published time, bottom of the page first.
        new.sort_by_key(|article| article.published);
        for article in &self.proposal.known {
            known.push(self.known(article, &places)?);
        }
        for article in &new {
            let article = self.as_article(article);
            self.begin_feeds(&article)?;
        }
        for article in &known {
            self.begin_feeds_of_known(article)?;
        }
        Ok(ScanFact {
            listing: self.proposal.listing.clone(),
            site: self.listing.uid,
            kind: self.kind,
            part: None,
            approved: self.proposal.approved,
            hash: self.proposal.hash,
            new,
            known,
            removed: self.proposal.removed.clone(),
            aged: self.proposal.aged.clone(),
            feeds: std::mem::take(&mut self.feeds.new),
        })
    }

    /// The place of each candidate in the page order, by index for drafts and by id for known articles.
    fn places(&self) -> Places {
        let mut places = Places::default();
        for (place, item) in self.proposal.order.iter().enumerate() {
            let place = u32::try_from(place).unwrap_or(u32::MAX);
            match item {
                Place::Draft(index) => places.drafts.insert(*index, place),
                Place::Article(article) => places.articles.insert(*article, place),
            };
        }
        places
    }

    fn new_article(
        &mut self,
        draft: &Draft,
        place: u32,
        minted: &mut HashSet<ArticleId>,
        back: i64,
    ) -> Result<NewArticle> {
        let (published, second) = self.time(draft.content.date, back)?;
        Ok(NewArticle {
            id: self.mint(draft, minted)?,
            keys: draft.offered,
            print: draft.print,
            place,
            content: draft.content.clone().into(),
            published,
            second,
            announced: self.announce,
            late: self.announce && draft.late,
        })
    }

    /// The articles that other scans remembered for drafts since those were compared, by index of the draft.
    ///
    /// Stronger keys have the first word, and an article is on a page once: two entries that only share a title
    /// do not both lead to the one that came first.
    fn winners(&self) -> Result<HashMap<usize, Article>> {
        let mut winners = HashMap::new();
        let on_page = self.proposal.order.iter().filter_map(|place| match place {
            Place::Article(article) => Some(*article),
            Place::Draft(_) => None,
        });
        let mut taken: HashSet<ArticleId> = on_page.collect();
        for kind in KeyKind::ALL {
            for draft in &self.proposal.drafts {
                let key = draft.offered.get(kind).filter(|key| !draft.refused.contains(key));
                if let Some(key) = key.filter(|_| !winners.contains_key(&draft.index))
                    && let Some(number) = self.index.by_key(self.listing.uid, key)?
                    && let Some(stored) = self.index.stored(number)?
                    && taken.insert(stored.article.id)
                {
                    winners.insert(draft.index, stored.article);
                }
            }
        }
        Ok(winners)
    }

    /// A draft that lost: the article is known by now, and this listing has it too.
    fn lost(&self, draft: &Draft, winner: &Article, place: u32) -> KnownArticle {
        let here = winner.listings.iter().find(|on| on.listing == self.proposal.listing);
        let sight = match here.map(|on| on.presence) {
            None => SightKind::First,
            Some(Presence::Removed) => SightKind::Returned,
            Some(_) => SightKind::Back,
        };
        let after_baseline = self.listing.baseline.is_some_and(|baseline| winner.first_seq > baseline.seq);
        let announced = self.announce
            && sight == SightKind::First
            && after_baseline
            && winner.announced.is_none()
            && !winner.hidden;
        KnownArticle {
            id: winner.id,
            keys: draft.offered,
            print: draft.print,
            place,
            sight,
            announced,
            late: announced && draft.late,
            fields: Vec::new(),
            content: None,
            published: None,
            second: None,
        }
    }

    /// The id of a new article: derived from its site and its strongest key. Where that id is taken (its key leads
    /// elsewhere and was refused), from the next key, at last from all of them and a counter.
    fn mint(&self, draft: &Draft, minted: &mut HashSet<ArticleId>) -> Result<ArticleId> {
        let free_keys = draft.offered.all().filter(|key| !draft.refused.contains(key));
        let mut candidates: Vec<Key> = free_keys.collect();
        if candidates.is_empty() {
            candidates.extend(draft.offered.all());
        }
        for key in candidates {
            let id = ArticleId::derive(self.listing.uid, key);
            if self.index.number(id)?.is_none() && minted.insert(id) {
                return Ok(id);
            }
        }
        let mut again = 0u32;
        loop {
            let seed = draft.offered.all().map(|key| key.to_string()).collect::<String>();
            let id = ArticleId::derive(self.listing.uid, Key::of_id(&format!("{seed} {again}")));
            if self.index.number(id)?.is_none() && minted.insert(id) {
                return Ok(id);
            }
            again += 1;
        }
    }

    /// The time feeds show. A date-only article gets 00:00 of its day plus one second more than any other of that
    /// site and day; an undated one the time of this scan, `back` seconds less to keep the page order.
    fn time(&mut self, date: Option<Printed>, back: i64) -> Result<(Timestamp, Option<u32>)> {
        match date {
            None => Ok((self.at.plus(-back), None)),
            Some(Printed::Instant { at, .. }) => Ok((at.min(self.at), None)),
            Some(Printed::Day(day)) => {
                let given = match self.seconds.get(&day) {
                    Some(given) => *given,
                    None => self.index.day_second(self.listing.uid, day)?,
                };
                let second = given.saturating_add(1);
                self.seconds.insert(day, second);
                let published = day.start_in(self.proposal.zone).plus(i64::from(second));
                Ok((published.min(self.at), Some(second)))
            }
        }
    }

    fn known(&mut self, known: &Known, places: &Places) -> Result<KnownArticle> {
        let place = places.articles.get(&known.article).copied().unwrap_or(u32::MAX);
        let announced = known.announce && {
            let number = self.index.number(known.article)?;
            let stored = number.map(|number| self.index.stored(number)).transpose()?.flatten();
            stored.is_some_and(|stored| stored.article.announced.is_none())
        };
        let (fields, content) = match &known.update {
            Some(update) => (update.fields.clone(), Some(Content::from(update.content.clone()))),
            None => (Vec::new(), None),
        };
        let (published, second) = match &content {
            Some(content) if fields.contains(&Field::Date) => {
                let (published, second) = self.time(content.date, 0)?;
                (Some(published), second)
            }
            _ => (None, None),
        };
        Ok(KnownArticle {
            id: known.article,
            keys: known.offered,
            print: known.print,
            place,
            sight: known.sight,
            announced,
            late: announced && known.late,
            fields,
            content,
            published,
            second,
        })
    }

    fn order(&self, fact: &ScanFact) -> Vec<ArticleId> {
        let by_place: HashMap<u32, ArticleId> = fact
            .new
            .iter()
            .map(|new| (new.place, new.id))
            .chain(fact.known.iter().map(|known| (known.place, known.id)))
            .collect();
        let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        self.proposal
            .order
            .iter()
            .enumerate()
            .filter_map(|(at, item)| match item {
                Place::Article(article) => Some(*article),
                Place::Draft(_) => by_place.get(&place(at)).copied(),
            })
            .collect()
    }

    fn as_article(&self, new: &NewArticle) -> Article {
        let Content { title, link, source, date, category, summary, row, tags, sure, likes, minutes } =
            new.content.clone();
        Article {
            id: new.id,
            site: self.listing.uid,
            keys: Vec::new(),
            title,
            link,
            source,
            date,
            category,
            summary,
            row,
            tags,
            sure,
            likes,
            minutes,
            published: new.published,
            updated: new.published,
            first_seen: self.at,
            first_seq: 0,
            announced: None,
            late: new.late,
            hidden: false,
            listings: vec![self.on_listing()],
        }
    }

    fn on_listing(&self) -> OnListing {
        OnListing {
            listing: self.proposal.listing.clone(),
            tags: self.listing.tags.clone(),
            presence: Presence::Listed,
        }
    }

    fn begin_feeds(&mut self, article: &Article) -> Result<()> {
        let unnamed = match &article.source {
            Some(_) => String::new(),
            None if article.listings.len() == 1 => self.listing.title.clone(),
            None => unnamed_source(self.index, article)?,
        };
        self.feeds.begin(self.index, self.store, article, &unnamed)
    }

    /// A known article begins feeds when its source, category or tags changed, or when this listing adds tags.
    fn begin_feeds_of_known(&mut self, known: &KnownArticle) -> Result<()> {
        if known.content.is_none() && known.sight == SightKind::Still {
            return Ok(());
        }
        let Some(number) = self.index.number(known.id)? else { return Ok(()) };
        let Some(mut stored) = self.index.stored(number)? else { return Ok(()) };
        if let Some(content) = &known.content {
            let article = &mut stored.article;
            if known.fields.contains(&Field::Source) {
                article.source.clone_from(&content.source);
            }
            if known.fields.contains(&Field::Category) {
                article.category.clone_from(&content.category);
            }
            if known.fields.contains(&Field::Tags) {
                article.tags.clone_from(&content.tags);
                article.sure = content.sure;
            }
        }
        if !stored.article.listings.iter().any(|on| on.listing == self.proposal.listing) {
            stored.article.listings.push(self.on_listing());
        }
        self.begin_feeds(&stored.article)
    }
}

#[derive(Default)]
struct Places {
    drafts: HashMap<usize, u32>,
    articles: HashMap<ArticleId, u32>,
}

/// Feeds that begin with the record in the making.
#[derive(Default)]
pub(super) struct NewFeeds {
    pub(super) new: Vec<NewFeed>,
    keys: HashSet<FeedKey>,
    tags: usize,
}

impl NewFeeds {
    pub(super) fn begin(
        &mut self,
        index: &Index<'_>,
        store: StoreId,
        article: &Article,
        unnamed: &str,
    ) -> Result<()> {
        for member in of_article(article, unnamed) {
            if member.tentative {
                continue;
            }
            let is_tag = member.kind == FeedKind::Tag;
            if is_tag && self.tags >= NEW_TAG_FEEDS {
                continue;
            }
            if self.begin_one(index, store, member.kind, member.label)? && is_tag {
                self.tags += 1;
            }
        }
        Ok(())
    }

    /// Begins one feed unless it exists. Whether it did.
    fn begin_one(&mut self, index: &Index<'_>, store: StoreId, kind: FeedKind, label: &str) -> Result<bool> {
        let key = FeedKey::named(kind, label);
        if self.keys.contains(&key) || index.feed_number(&key)?.is_some() {
            return Ok(false);
        }
        let mut failed = None;
        let taken = |slug: &str| {
            self.new.iter().any(|feed| feed.kind == kind && feed.slug == slug)
                || index
                    .slug_owner(kind, slug)
                    .unwrap_or_else(|error| {
                        failed = Some(error);
                        None
                    })
                    .is_some()
        };
        let slug = match kind {
            FeedKind::Listing | FeedKind::View => label.to_owned(),
            FeedKind::All | FeedKind::Health => kind.name().to_owned(),
            _ => slug::assign(label, taken),
        };
        if let Some(error) = failed {
            return Err(error.into());
        }
        let id = FeedId::derive(store, kind.name(), &key.name);
        self.new.push(NewFeed { kind, label: label.to_owned(), slug, id });
        self.keys.insert(key);
        Ok(true)
    }
}

/// The feeds that stand from the beginning.
pub(super) fn first_feeds(store: StoreId) -> Vec<NewFeed> {
    let feed = |kind: FeedKind| NewFeed {
        kind,
        label: String::new(),
        slug: kind.name().to_owned(),
        id: FeedId::derive(store, kind.name(), ""),
    };
    vec![feed(FeedKind::All), feed(FeedKind::Health)]
}

/// Decides on better splits: only those that differ.
pub(super) fn retag(index: &mut Index<'_>, splits: &[Resplit], store: StoreId) -> Result<Option<RetagFact>> {
    let mut feeds = NewFeeds::default();
    let mut articles = Vec::new();
    for split in splits {
        let Some(number) = index.number(split.id)? else { continue };
        let Some(mut stored) = index.stored(number)? else { continue };
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
    let mut fact = ConfigureFact::default();
    let mut feeds = NewFeeds::default();
    let mut minted: HashMap<&str, SiteUid> = HashMap::new();
    for listing in &declared.listings {
        let uid = match index.site(&listing.site)? {
            Some(uid) => uid,
            None => *minted.entry(&listing.site).or_insert_with(&mut *mint),
        };
        let before = index.listing(&listing.id)?;
        let same = before.as_ref().is_some_and(|before| {
            !before.retired
                && before.title == listing.title
                && before.uid == uid
                && before.site == listing.site
                && before.tags == listing.tags
        });
        if !same {
            feeds.begin_one(index, store, FeedKind::Listing, listing.id.as_str())?;
            for tag in &listing.tags {
                feeds.begin_one(index, store, FeedKind::Tag, tag)?;
            }
            let is_renamed = before.is_some_and(|before| before.title != listing.title);
            if is_renamed && names_sources(index, &listing.id)? {
                feeds.begin_one(index, store, FeedKind::Source, &listing.title)?;
            }
            let (id, title) = (listing.id.clone(), listing.title.clone());
            fact.listings.push(ListingFact {
                id,
                title,
                site: listing.site.clone(),
                uid,
                tags: listing.tags.clone(),
            });
        }
    }
    let is_declared = |id: &ListingId| declared.listings.iter().any(|listing| listing.id == *id);
    let known = index.listings()?;
    fact.retired =
        known.into_iter().filter(|(id, l)| !l.retired && !is_declared(id)).map(|(id, _)| id).collect();
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
