//! Deciding: from a proposal to facts, against what is remembered by now. This runs in the writer alone, one
//! proposal after another, so of two scans that bring one article the second sees the first.

use std::collections::{HashMap, HashSet};

use super::begin::NewFeeds;
use super::index::{Index, Listing};
use super::outbox::owe::{self, Origin, Turn};
use super::record::{Content, Fact, HealthFact, KnownArticle, NewArticle, ScanFact};
use super::routes::unnamed_source;
use crate::diff::{Draft, Kind, Known, Place, Proposal, SightKind};
use crate::model::{
    Article, ArticleId, Day, Field, Health, Key, OnListing, Presence, Printed, TargetRule, Timestamp,
    key::KeyKind,
};
use crate::store::StoreError;

type Result<T> = std::result::Result<T, StoreError>;

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
pub(super) fn scan(index: &mut Index<'_>, proposal: &Proposal, origin: Origin) -> Result<Decision> {
    let listing = index.listing_alone(&proposal.listing)?.filter(|listing| !listing.retired);
    let listing = listing.ok_or_else(|| StoreError::NoListing(proposal.listing.clone()))?;
    let has_entries = !proposal.drafts.is_empty() || !proposal.known.is_empty();
    // A listing that was taken off the config and put back while the scan ran has no past to tell news by.
    let is_overtaken = listing.baseline.is_none() && has_entries && proposal.kind != Kind::Baseline;
    let (kind, announce) =
        if is_overtaken { (Kind::Baseline, false) } else { (proposal.kind, proposal.announce) };
    let targets = owe::rules(index)?;
    let mut scan = Scan {
        index,
        proposal,
        kind,
        announce,
        listing: &listing,
        targets: &targets,
        origin,
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
        let turn = Turn {
            is_health: change.to != listing.health,
            is_hold: change.hold.is_some() != listing.hold.is_some(),
        };
        facts.push(Fact::Health(HealthFact {
            listing: proposal.listing.clone(),
            from: listing.health,
            to: change.to,
            reason: change.reason.clone(),
            hold: change.hold.clone(),
            owes: owe::of_turn(&targets, &proposal.listing, turn, origin),
        }));
    }
    Ok(Decision { facts, kind, order })
}

pub(super) struct Scan<'s, 'i, 't> {
    pub(super) index: &'i mut Index<'t>,
    pub(super) proposal: &'s Proposal,
    pub(super) kind: Kind,
    announce: bool,
    pub(super) listing: &'s Listing,
    pub(super) targets: &'s [TargetRule],
    pub(super) origin: Origin,
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
        self.tell_stories(&mut new)?;
        for article in &self.proposal.known {
            known.push(self.known(article, &places)?);
        }
        for article in &new {
            let article = article.article(self.listing.uid, self.on_listing(), self.origin.at, 0);
            self.begin_feeds(&article)?;
        }
        for article in &known {
            self.begin_feeds_of_known(article)?;
        }
        let owes = self.owes(&new, &known)?;
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
            owes,
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
            also: Vec::new(),
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
            && winner.is_shown();
        KnownArticle {
            id: winner.id,
            keys: draft.offered,
            print: draft.print,
            place,
            sight,
            announced,
            late: announced && draft.late,
            fields: Vec::new(),
            content: winner.is_textless().then(|| draft.content.clone().into()),
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
            None => Ok((self.origin.at.plus(-back), None)),
            Some(Printed::Instant { at, .. }) => Ok((at.min(self.origin.at), None)),
            Some(Printed::Day(day)) => {
                let given = match self.seconds.get(&day) {
                    Some(given) => *given,
                    None => self.index.day_second(self.listing.uid, day)?,
                };
                let second = given.saturating_add(1);
                self.seconds.insert(day, second);
                let published = day.start_in(self.proposal.zone).plus(i64::from(second));
                Ok((published.min(self.origin.at), Some(second)))
            }
        }
    }

    fn known(&mut self, known: &Known, places: &Places) -> Result<KnownArticle> {
        let place = places.articles.get(&known.article).copied().unwrap_or(u32::MAX);
        let number = self.index.number(known.article)?;
        let announced = known.announce && {
            let core = number.map(|number| self.index.core(number)).transpose()?.flatten();
            core.is_some_and(|core| core.announced.is_none() && core.forgotten.is_none())
        };
        let (fields, content) = match &known.update {
            Some(update) => {
                let stored = number.map(|number| self.index.stored(number)).transpose()?.flatten();
                let content = Content::from(update.content.clone());
                // All that the article says from then on, so that the index can point here for it.
                match stored {
                    // Nobody knows what it said before: that is learned, and not changed.
                    Some(stored) if stored.article.is_textless() => (Vec::new(), Some(content)),
                    Some(_) if update.fields.is_empty() => (Vec::new(), None),
                    Some(stored) => {
                        (update.fields.clone(), Some(content.over(stored.article, &update.fields)))
                    }
                    None => (update.fields.clone(), Some(content)),
                }
            }
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

    pub(super) fn on_listing(&self) -> OnListing {
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
        self.feeds.begin(self.index, self.origin.store, article, &unnamed)
    }

    /// A known article begins feeds when its source, category or tags changed, or when this listing adds tags.
    fn begin_feeds_of_known(&mut self, known: &KnownArticle) -> Result<()> {
        if known.content.is_none() && known.sight == SightKind::Still {
            return Ok(());
        }
        match self.left(known)? {
            Some(article) => self.begin_feeds(&article),
            None => Ok(()),
        }
    }
}

#[derive(Default)]
struct Places {
    drafts: HashMap<usize, u32>,
    articles: HashMap<ArticleId, u32>,
}
