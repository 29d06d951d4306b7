//! What the plain model makes of a scan.

use std::cmp::Reverse;
use std::collections::HashSet;

use super::outbox::Changed;
use super::{Listing, Model};
use crate::diff::{
    Baseline, Content, Draft, Fingerprint, HealthChange, Held, Kind, Known, Offered, Past, Place, Proposal,
    SightKind, Update, note_arrival, told_fields,
};
use crate::model::delivery::FieldChange;
use crate::model::{
    Article, ArticleId, Change, Field, Health, HealthEvent, Key, ListingId, OnListing, Presence, Printed,
    SiteUid, Timestamp,
};
use crate::store::{Committed, Result};

/// An entry of the scan that is an article by now.
struct Sighted {
    /// The place of the article among all.
    article: usize,
    /// The place of the entry on the page.
    place: usize,
    offered: Offered,
    print: Fingerprint,
    /// `None` for a new article.
    sight: Option<SightKind>,
    announced: bool,
    update: Option<Update>,
    /// Whether feeds show it otherwise now: its content changed, or this listing's tags came to it.
    is_changed: bool,
    /// The article as it was before; `None` for a new one.
    before: Option<Article>,
}

impl Model {
    pub(super) fn commit_scan(&mut self, proposal: &Proposal) -> Result<Committed> {
        let listing = self.listing(&proposal.listing)?.clone();
        let mut proposal = proposal.clone();
        let has_entries = !proposal.drafts.is_empty() || !proposal.known.is_empty();
        if listing.past.baseline.is_none() && has_entries && proposal.kind != Kind::Baseline {
            // Taken off the config and back while the scan ran.
            (proposal.kind, proposal.announce) = (Kind::Baseline, false);
        }
        let mut committed = Committed { baseline: proposal.kind == Kind::Baseline, ..Committed::default() };
        let mut order = page_order(&proposal);
        let first = self.seq + 1;
        let says_something = has_entries || !proposal.removed.is_empty() || !proposal.aged.is_empty();
        if says_something || committed.baseline || proposal.approved {
            self.next_record(proposal.now);
            self.scan(&listing, &proposal, &mut committed, &mut order);
            committed.seq = self.seq;
        }
        if let Some(change) = proposal.health.as_ref().filter(|_| listing.past.health != Health::Paused) {
            self.next_record(proposal.now);
            if let Some(event) = self.turn(&proposal.listing, change) {
                let is_hold = change.hold.is_some() != listing.past.hold.is_some();
                let kinds = (event.from != event.to, is_hold);
                committed.owed += self.owe_turn(&event, kinds, change.hold.as_ref(), first);
            }
            self.health(&proposal.listing, change);
            committed.seq = self.seq;
        }
        if let Some(listing) = self.listings.get_mut(&proposal.listing) {
            let order: Vec<ArticleId> = order.into_iter().flatten().collect();
            let is_held_order = listing.past.held.iter().map(|held| held.article).eq(order.iter().copied());
            listing.past.memo = proposal.memo;
            listing.past.memo.order = if is_held_order { Vec::new() } else { order };
        }
        Ok(committed)
    }

    pub(super) fn health(&mut self, id: &ListingId, change: &HealthChange) {
        let Some(listing) = self.listings.get_mut(id) else { return };
        let from = listing.past.health;
        listing.past.health = change.to;
        listing.reason.clone_from(&change.reason);
        listing.past.hold.clone_from(&change.hold);
        if from != change.to {
            listing.since = self.at;
            let (seq, at, reason) = (self.seq, self.at, change.reason.clone());
            self.add_event(HealthEvent { seq, at, listing: id.clone(), from, to: change.to, reason });
        }
    }

    fn scan(
        &mut self,
        listing: &Listing,
        proposal: &Proposal,
        committed: &mut Committed,
        order: &mut [Option<ArticleId>],
    ) {
        let mut sighted = self.remember_drafts(listing, proposal);
        for known in &proposal.known {
            sighted.extend(self.sight_known(listing.uid, known, proposal));
        }
        for seen in &sighted {
            self.add_keys(listing.uid, seen.article, seen.offered);
            if let Some(slot) = order.get_mut(seen.place) {
                *slot = Some(self.articles[seen.article].id);
            }
        }
        self.begin_feeds_of_scan(&sighted, committed);
        for seen in sighted.iter().filter(|seen| seen.is_changed) {
            self.content_changed(seen.article);
        }
        let mut entering: Vec<(Timestamp, Reverse<usize>, usize)> = sighted
            .iter()
            .map(|seen| (self.articles[seen.article].published, Reverse(seen.place), seen.article))
            .collect();
        entering.sort();
        entering.into_iter().for_each(|(_, _, article)| self.route(article));
        for (gone, presence) in [(&proposal.removed, Presence::Removed), (&proposal.aged, Presence::Aged)] {
            for article in self.articles.iter_mut().filter(|article| gone.contains(&article.id)) {
                article
                    .listings
                    .iter_mut()
                    .filter(|on| on.listing == proposal.listing)
                    .for_each(|on| on.presence = presence);
                article.seen = self.at;
            }
        }
        self.follow(proposal, &sighted);
        self.report(proposal, &sighted, committed);
        let announced = sighted.iter().filter(|seen| seen.announced);
        let announced = announced.map(|seen| (seen.article, seen.place)).collect();
        let changed = self.changed(proposal, &sighted);
        committed.owed += self.owe_news(proposal, announced, &changed, self.seq);
    }

    /// What became of articles that are not announced, as targets are told; nothing by a baseline, and by a correction
    /// only what went before it.
    fn changed(&self, proposal: &Proposal, sighted: &[Sighted]) -> Vec<Changed> {
        if proposal.kind == Kind::Baseline {
            return Vec::new();
        }
        let mut changed = Vec::new();
        for seen in sighted.iter().filter(|seen| !seen.announced && proposal.kind == Kind::Scan) {
            let Some(before) = &seen.before else { continue };
            let after = &self.articles[seen.article];
            let fields = seen.update.as_ref().map(|update| update.fields.as_slice()).unwrap_or_default();
            let fields = told_fields(before, after, fields);
            let was_removed = before.listings.iter().any(|on| on.presence == Presence::Removed);
            let came = seen.sight != Some(SightKind::Still);
            let is_back = came && was_removed && !self.is_elsewhere(&proposal.listing, before);
            let mut whats = if is_back { vec![Change::Returned] } else { vec![] };
            whats.extend((!fields.is_empty()).then_some(Change::Updated));
            if !whats.is_empty() {
                let change = |field| FieldChange { field, was: before.says(field) };
                let fields = fields.into_iter().map(change).collect();
                changed.push(Changed { article: seen.article, whats, fields });
            }
        }
        let told = proposal.removed.iter().filter(|id| !proposal.corrected.contains(id));
        for article in told.filter_map(|id| self.place(*id)) {
            if !self.is_elsewhere(&proposal.listing, &self.articles[article]) {
                changed.push(Changed { article, whats: vec![Change::Removed], fields: vec![] });
            }
        }
        changed
    }

    /// Which article each draft turns out to be, if it is remembered by now. Stronger keys first; an article is on
    /// a page once.
    fn winners(&self, site: SiteUid, proposal: &Proposal) -> Vec<Option<usize>> {
        let on_page = proposal.order.iter().filter_map(|place| match place {
            Place::Article(article) => self.place(*article),
            Place::Draft(_) => None,
        });
        let mut taken: HashSet<usize> = on_page.collect();
        let mut winners = vec![None; proposal.drafts.len()];
        let kinds: [fn(&Offered) -> Option<Key>; 3] = [|o| o.id, |o| o.link, |o| o.text];
        for key_of in kinds {
            for (draft, winner) in
                proposal.drafts.iter().zip(&mut winners).filter(|(_, winner)| winner.is_none())
            {
                let key = key_of(&draft.offered).filter(|key| !draft.refused.contains(key));
                let place = key.and_then(|key| self.keys.get(&(site, key)));
                *winner = place.copied().filter(|place| taken.insert(*place));
            }
        }
        winners
    }

    /// Remembers drafts as new articles, and sees those that are known by now. Bottom of the page first; new ones
    /// then by the time they show.
    fn remember_drafts(&mut self, listing: &Listing, proposal: &Proposal) -> Vec<Sighted> {
        let winners = self.winners(listing.uid, proposal);
        let mut drafts: Vec<(&Draft, Option<usize>)> = proposal.drafts.iter().zip(winners).collect();
        drafts.sort_by_key(|(draft, _)| Reverse(draft.index));
        let mut back = drafts.iter().filter(|(draft, _)| draft.content.date.is_none()).count();
        let (mut new, mut lost) = (Vec::new(), Vec::new());
        let mut ids: HashSet<ArticleId> = self.articles.iter().map(|article| article.id).collect();
        for (draft, winner) in drafts {
            back -= usize::from(draft.content.date.is_none());
            match winner {
                Some(place) => lost.push(self.sight_lost(listing, draft, place, proposal)),
                None => {
                    let published = self.time(listing.uid, draft.content.date, proposal, back);
                    let id = mint(listing.uid, draft, &mut ids);
                    new.push((draft, self.new_article(listing, proposal, draft, id, published)));
                }
            }
        }
        new.sort_by_key(|(_, article)| article.published);
        let place = |draft: &Draft| place_of(proposal, Place::Draft(draft.index));
        let told: Vec<(usize, &Article)> =
            new.iter().map(|(draft, article)| (place(draft), article)).collect();
        self.tell_stories(&told);
        let mut sighted = Vec::new();
        for (draft, article) in new {
            self.articles.push(article);
            sighted.push(Sighted {
                article: self.articles.len() - 1,
                place: place_of(proposal, Place::Draft(draft.index)),
                offered: draft.offered,
                print: draft.print,
                sight: None,
                announced: proposal.announce,
                update: None,
                is_changed: false,
                before: None,
            });
        }
        sighted.extend(lost);
        sighted
    }

    fn new_article(
        &self,
        listing: &Listing,
        proposal: &Proposal,
        draft: &Draft,
        id: ArticleId,
        published: Timestamp,
    ) -> Article {
        let content = draft.content.clone();
        Article {
            id,
            site: listing.uid,
            keys: Vec::new(),
            title: content.title,
            link: content.link,
            source: content.source,
            date: content.date,
            category: content.category,
            summary: content.summary,
            row: content.row,
            tags: content.tags,
            sure: content.sure,
            likes: content.likes,
            minutes: content.minutes,
            published,
            updated: published,
            first_seen: self.at,
            first_seq: self.seq,
            seen: self.at,
            announced: proposal.announce.then_some(self.seq),
            late: proposal.announce && draft.late,
            hidden: false,
            forgotten: None,
            listings: vec![listed(listing, &proposal.listing)],
        }
    }

    /// The time that feeds show: 00:00 of a day and one second more than any given on that site and day; never in
    /// the future.
    fn time(&mut self, site: SiteUid, date: Option<Printed>, proposal: &Proposal, back: usize) -> Timestamp {
        match date {
            None => self.at.plus(-i64::try_from(back).unwrap_or(0)),
            Some(Printed::Instant { at, .. }) => at.min(self.at),
            Some(Printed::Day(day)) => {
                let given = self.seconds.entry((site, day)).or_insert(0);
                *given += 1;
                day.start_in(proposal.zone).plus(i64::from(*given)).min(self.at)
            }
        }
    }

    /// A draft that another scan remembered first: this listing has the article too.
    fn sight_lost(
        &mut self,
        listing: &Listing,
        draft: &Draft,
        article: usize,
        proposal: &Proposal,
    ) -> Sighted {
        let winner = &self.articles[article];
        let here = winner.listings.iter().find(|on| on.listing == proposal.listing);
        let sight = match here.map(|on| on.presence) {
            None => SightKind::First,
            Some(Presence::Removed) => SightKind::Returned,
            Some(Presence::Listed | Presence::Aged) => SightKind::Back,
        };
        let since_baseline = listing.past.baseline.is_some_and(|baseline| winner.first_seq > baseline.seq);
        let may_announce =
            proposal.announce && sight == SightKind::First && since_baseline && winner.is_shown();
        let mut sighted = Sighted {
            article,
            place: place_of(proposal, Place::Draft(draft.index)),
            offered: draft.offered,
            print: draft.print,
            sight: Some(sight),
            announced: may_announce && winner.announced.is_none(),
            update: None,
            is_changed: false,
            before: Some(winner.clone()),
        };
        sighted.is_changed = self.see(listing, proposal, &sighted, draft.late);
        self.learn_again(article, &draft.content);
        sighted
    }

    fn sight_known(&mut self, site: SiteUid, known: &Known, proposal: &Proposal) -> Option<Sighted> {
        let article = self.place(known.article)?;
        let listing = self.listings.get(&proposal.listing)?.clone();
        let mut sighted = Sighted {
            article,
            place: place_of(proposal, Place::Article(known.article)),
            offered: known.offered,
            print: known.print,
            sight: Some(known.sight),
            announced: known.announce
                && self.articles[article].announced.is_none()
                && self.articles[article].forgotten.is_none(),
            update: known.update.clone().filter(|update| !update.fields.is_empty()),
            is_changed: known.update.is_some(),
            before: Some(self.articles[article].clone()),
        };
        if self.articles[article].is_textless() {
            sighted.update = None;
        }
        sighted.is_changed |= self.see(&listing, proposal, &sighted, known.late);
        if let Some(update) = &known.update {
            self.learn_again(article, &update.content);
        }
        if let Some(update) = &sighted.update {
            let published = update
                .fields
                .contains(&Field::Date)
                .then(|| self.time(site, update.content.date, proposal, 0));
            let at = self.at;
            let article = &mut self.articles[article];
            take_over(article, update);
            article.published = published.unwrap_or(article.published);
            if proposal.kind == Kind::Scan {
                article.updated = at;
            }
        }
        Some(sighted)
    }

    /// The article is on this listing, and announced if that is due. Whether it got a tag by that.
    fn see(&mut self, listing: &Listing, proposal: &Proposal, seen: &Sighted, late: bool) -> bool {
        let seq = self.seq;
        let article = &mut self.articles[seen.article];
        let tags = article.all_tags().len();
        article.seen = self.at;
        article.listings.retain_mut(|on| {
            if on.listing == proposal.listing {
                *on = listed(listing, &proposal.listing);
            }
            true
        });
        if !article.listings.iter().any(|on| on.listing == proposal.listing) {
            article.listings.push(listed(listing, &proposal.listing));
        }
        if seen.announced {
            (article.announced, article.late) = (Some(seq), late);
        }
        article.all_tags().len() != tags
    }

    fn add_keys(&mut self, site: SiteUid, article: usize, offered: Offered) {
        for key in [offered.id, offered.link, offered.text].into_iter().flatten() {
            let owner = *self.keys.entry((site, key)).or_insert(article);
            let keys = &mut self.articles[article].keys;
            if owner == article && !keys.contains(&key) {
                keys.push(key);
            }
        }
    }

    fn begin_feeds_of_scan(&mut self, sighted: &[Sighted], committed: &mut Committed) {
        let mut begun = 0;
        for seen in sighted {
            if seen.sight != Some(SightKind::Still) || seen.update.is_some() {
                committed.new_tags.extend(self.begin_feeds_of(seen.article, &mut begun));
            }
        }
    }

    /// What the listing holds and knows from now on.
    fn follow(&mut self, proposal: &Proposal, sighted: &[Sighted]) {
        let articles = &self.articles;
        let (seq, at) = (self.seq, self.at);
        let Some(listing) = self.listings.get_mut(&proposal.listing) else { return };
        let past = &mut listing.past;
        let mut placed = Vec::new();
        for seen in sighted {
            let (article, is_textless) = (articles[seen.article].id, articles[seen.article].is_textless());
            // What was forgotten while the scan ran is learned by the next one.
            let print = if is_textless { Fingerprint::default() } else { seen.print };
            let held = Held { article, offered: seen.offered, print };
            match past.held.iter_mut().find(|before| before.article == held.article) {
                Some(before) if seen.sight == Some(SightKind::Still) => *before = held,
                _ => placed.push((seen.place, held)),
            }
            if proposal.kind == Kind::Scan && (seen.announced || seen.sight.is_none()) {
                past.news += 1;
            }
            past.newest = past.newest.max(articles[seen.article].date.map(Printed::day));
        }
        let moved = |held: &Held| placed.iter().any(|(_, other)| other.article == held.article);
        let gone =
            |held: &Held| proposal.removed.contains(&held.article) || proposal.aged.contains(&held.article);
        past.held.retain(|held| !moved(held) && !gone(held));
        placed.sort_by_key(|(place, _)| *place);
        for (place, held) in placed {
            past.held.insert(place.min(past.held.len()), held);
        }
        if proposal.kind == Kind::Baseline {
            past.baseline = Some(Baseline { seq, at });
        }
        let came = sighted.iter().any(|seen| matches!(seen.sight, None | Some(SightKind::First)));
        if proposal.kind == Kind::Scan && came {
            note_arrival(&mut past.arrivals, at);
        }
        if proposal.approved {
            past.hold = None;
        }
        if let Some(hash) = proposal.hash {
            past.believed.retain(|known| *known != hash);
            past.believed.push(hash);
            let surplus = past.believed.len().saturating_sub(Past::BELIEVED);
            past.believed.drain(..surplus);
            past.hold = None;
        }
    }

    /// What was accepted; what is new in page order.
    fn report(&self, proposal: &Proposal, sighted: &[Sighted], committed: &mut Committed) {
        let mut new: Vec<&Sighted> = Vec::new();
        for seen in sighted {
            let article = &self.articles[seen.article];
            if seen.announced || (seen.sight.is_none() && proposal.kind == Kind::Baseline) {
                new.push(seen);
            } else if seen.sight == Some(SightKind::First) {
                committed.also += 1;
            }
            if seen.sight == Some(SightKind::Returned) {
                committed.returned.push(article.clone());
            }
            if let Some(update) = seen.update.as_ref().filter(|_| proposal.kind == Kind::Scan) {
                committed.updated.push((article.clone(), update.fields.clone()));
            }
        }
        new.sort_by_key(|seen| seen.place);
        committed.new = new.into_iter().map(|seen| self.articles[seen.article].clone()).collect();
        let gone = proposal.removed.iter().filter_map(|id| self.place(*id));
        committed.removed = self.at_places(gone.collect::<Vec<_>>());
        committed.aged = proposal.aged.len();
    }
}

/// The articles of the page order, as far as they are known before the drafts are.
fn page_order(proposal: &Proposal) -> Vec<Option<ArticleId>> {
    let article = |place: &Place| match place {
        Place::Article(article) => Some(*article),
        Place::Draft(_) => None,
    };
    proposal.order.iter().map(article).collect()
}

fn place_of(proposal: &Proposal, wanted: Place) -> usize {
    proposal.order.iter().position(|place| *place == wanted).unwrap_or(usize::MAX)
}

fn listed(listing: &Listing, id: &ListingId) -> OnListing {
    OnListing { listing: id.clone(), tags: listing.tags.clone(), presence: Presence::Listed }
}

/// The id of a new article: from its first key that is its own, and no other article's id.
fn mint(site: SiteUid, draft: &Draft, ids: &mut HashSet<ArticleId>) -> ArticleId {
    let all = [draft.offered.id, draft.offered.link, draft.offered.text];
    let mut keys: Vec<Key> = all.into_iter().flatten().filter(|key| !draft.refused.contains(key)).collect();
    if keys.is_empty() {
        keys.extend(all.into_iter().flatten());
    }
    let seed: String = draft.offered.all().map(|key| key.to_string()).collect();
    let further = (0..).map(|again: u32| Key::of_id(&format!("{seed} {again}")));
    let mut candidates = keys.into_iter().chain(further).map(|key| ArticleId::derive(site, key));
    candidates.find(|id| ids.insert(*id)).unwrap_or_else(|| ArticleId::derive(site, Key::of_id(&seed)))
}

/// Takes over the fields that changed; likes and minutes always.
fn take_over(article: &mut Article, update: &Update) {
    let Content { title, link, source, date, category, summary, row, tags, sure, likes, minutes } =
        update.content.clone();
    for field in &update.fields {
        match field {
            Field::Title => article.title.clone_from(&title),
            Field::Link => article.link.clone_from(&link),
            Field::Source => article.source.clone_from(&source),
            Field::Date => article.date = date,
            Field::Category => article.category.clone_from(&category),
            Field::Summary => article.summary.clone_from(&summary),
            Field::Tags => {
                (article.row, article.tags, article.sure) = (row.clone(), tags.clone(), sure);
            }
        }
    }
    (article.likes, article.minutes) = (likes, minutes);
}
