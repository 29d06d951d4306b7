//! Comparison: what a believed reading changes.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::fingerprint::{Fingerprint, ReadingHash};
use super::gone::Gone;
use super::identity::{Match, Recall, Seen, Sight};
use super::judge::{Belief, Judgement};
use super::past::{Memo, Past};
use super::proposal::{Content, Draft, Kind, Known, Place, Proposal, SightKind, Update};
use super::rhythm::{self, Wellness};
use super::{health, retitle};
use crate::model::{Article, ArticleId, Health, Key, ListingSpec, Presence, Reading, Timestamp};

/// Everything about one scan that comparing looks at.
#[derive(Clone, Copy, Debug)]
pub struct Scan<'a> {
    /// The listing.
    pub spec: &'a ListingSpec,
    /// What was read.
    pub reading: &'a Reading,
    /// The hash of what it says.
    pub hash: ReadingHash,
    /// Hash of the pages' bytes.
    pub body: [u8; 16],
    /// Hash of the rules they were read by.
    pub rules: [u8; 16],
    /// Whether the same bytes are read again by other rules: differences are corrections.
    pub reread: bool,
    /// The clock.
    pub now: Timestamp,
}

/// Compares a judged reading with the listing's past.
#[must_use]
pub fn compare(
    scan: Scan<'_>,
    sight: &Sight<'_>,
    judgement: &Judgement,
    past: &Past,
    recall: &Recall,
) -> Proposal {
    let page_order = past.page_order();
    let mut comparison = Comparison {
        scan,
        sight,
        past,
        recall,
        gone: Gone::of(sight, &page_order, scan.spec.is_open_ended()),
        page_order,
        pairs: HashMap::new(),
        proposal: empty(scan, sight.entries.len(), judgement, past),
    };
    match &judgement.belief {
        Belief::Whole => comparison.run(true),
        Belief::Part => comparison.run(false),
        Belief::Nothing | Belief::Hold(_) => comparison.proposal.order = as_before(past),
    }
    health::say(&mut comparison.proposal, judgement, past, scan.spec);
    comparison.proposal
}

/// What to remember of a scan whose pages could not even be fetched.
#[must_use]
pub fn unread(spec: &ListingSpec, health: Health, reason: &str, past: &Past, now: Timestamp) -> Proposal {
    let mut memo = past.memo.clone();
    memo.scanned = Some(now);
    memo.trouble = health::trouble(health, past);
    // What is doubted must be seen in scans that follow one another.
    memo.doubt = None;
    let change = health::trouble_said(health, reason, None, past, spec);
    Proposal { order: as_before(past), health: change, memo, ..nothing(spec, Kind::Scan, now) }
}

/// What a scan that found the same bytes, by the same rules, says of the listing's health. Cheap.
#[must_use]
pub fn unchanged(spec: &ListingSpec, past: &Past, now: Timestamp) -> Wellness {
    rhythm::wellness(spec, past, false, now)
}

/// What to remember of such a scan, where it is to be said.
#[must_use]
pub fn well(spec: &ListingSpec, past: &Past, memo: Memo, wellness: Wellness, now: Timestamp) -> Proposal {
    let Wellness { quiet, change, .. } = wellness;
    Proposal { order: as_before(past), health: change, quiet, memo, ..nothing(spec, Kind::Scan, now) }
}

/// What an entry says of an article whose texts were forgotten.
fn learned(seen: &Seen<'_>) -> Update {
    Update { fields: Vec::new(), content: Content::of(seen.candidate.entry) }
}

/// A proposal that changes nothing.
fn nothing(spec: &ListingSpec, kind: Kind, now: Timestamp) -> Proposal {
    Proposal {
        listing: spec.id.clone(),
        now,
        zone: spec.zone,
        kind,
        announce: false,
        approved: false,
        hash: None,
        drafts: Vec::new(),
        known: Vec::new(),
        removed: Vec::new(),
        corrected: Vec::new(),
        aged: Vec::new(),
        order: Vec::new(),
        health: None,
        quiet: None,
        memo: Memo::default(),
    }
}

/// The page order of a scan that says nothing of it.
fn as_before(past: &Past) -> Vec<Place> {
    past.page_order().into_iter().map(|at| Place::Article(past.held[at].article)).collect()
}

fn empty(scan: Scan<'_>, distinct: usize, judgement: &Judgement, past: &Past) -> Proposal {
    let baseline = past.baseline.is_none();
    let believed = matches!(judgement.belief, Belief::Whole | Belief::Part);
    let kind = match (baseline && believed, scan.reread) {
        (true, _) => Kind::Baseline,
        (false, true) => Kind::Reread,
        (false, false) => Kind::Scan,
    };
    Proposal {
        announce: kind == Kind::Scan || (kind == Kind::Baseline && scan.spec.announce_first),
        memo: next_memo(scan, distinct, judgement, past),
        ..nothing(scan.spec, kind, scan.now)
    }
}

/// The memo after this scan, its order and missing articles still as before.
fn next_memo(scan: Scan<'_>, distinct: usize, judgement: &Judgement, past: &Past) -> Memo {
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let mut memo = past.memo.clone();
    memo.scanned = Some(scan.now);
    memo.entries = count(distinct);
    memo.declared = scan.reading.declared();
    memo.doubt = judgement.doubt;
    memo.trouble = health::trouble(judgement.health, past);
    if judgement.belief == Belief::Whole {
        memo.body = Some(scan.body);
        memo.rules = scan.rules;
        memo.pages = count(scan.reading.pages.len());
        memo.numbers = scan.reading.numbers();
    }
    if matches!(judgement.belief, Belief::Whole | Belief::Part) {
        memo.believed = Some(scan.now);
    }
    memo
}

struct Comparison<'c, 'a> {
    scan: Scan<'c>,
    sight: &'c Sight<'a>,
    past: &'c Past,
    recall: &'c Recall,
    /// The last reading's places in page order.
    page_order: Vec<usize>,
    gone: Gone,
    /// Place in the past by index of an entry whose keys are new but which is an article known before.
    pairs: HashMap<usize, usize>,
    proposal: Proposal,
}

impl Comparison<'_, '_> {
    fn run(&mut self, complete: bool) {
        if complete {
            self.pair();
            let paired: HashSet<usize> = self.pairs.values().copied().collect();
            self.gone.vanished.retain(|at| !paired.contains(at));
        }
        for seen in &self.sight.entries {
            self.entry(seen);
        }
        let kept = if complete { self.let_go() } else { self.keep_all() };
        let is_as_before = self.proposal.drafts.is_empty() && self.proposal.known.is_empty();
        if self.scan.reread && !self.is_by_other_rules() && is_as_before {
            // The page was looked at once more because something was missing: what goes by that is no correction.
            self.proposal.kind = Kind::Scan;
        }
        self.order(&kept);
        let changed = !self.proposal.is_quiet() || self.past.baseline.is_none();
        self.proposal.hash = (complete && changed).then_some(self.scan.hash);
    }

    /// Finds the articles that are known before under other keys.
    fn pair(&mut self) {
        // Where nobody looked nothing is gone, and cannot be what came.
        let gone = if self.is_open_ended() { &self.gone.above } else { &self.gone.vanished };
        let pairs =
            |not_aged: &BTreeSet<usize>| retitle::pairs(self.sight, self.past, self.recall, gone, not_aged);
        let first = pairs(&self.gone.above);
        // With these told, it may turn out that nothing pushed the end of the page down.
        self.pairs = pairs(self.gone.not_aged(self.sight, &first));
        if self.scan.reread {
            self.pair_places();
        }
    }

    /// The same bytes: what stands at the same place is the same article, whatever the rules make of it.
    fn pair_places(&mut self) {
        let missing: HashSet<ArticleId> =
            self.past.memo.missing.iter().map(|(article, _)| *article).collect();
        let is_shown = |at: &&usize| !missing.contains(&self.past.held[**at].article);
        let shown: Vec<usize> = self.page_order.iter().filter(is_shown).copied().collect();
        // The pages of an open-ended listing that were read last are its beginning.
        let fits = match self.is_open_ended() {
            true => shown.len() >= self.sight.entries.len(),
            false => shown.len() == self.sight.entries.len(),
        };
        if !fits || (self.is_open_ended() && self.past.memo.entries as usize != self.sight.entries.len()) {
            return;
        }
        let mut taken: HashSet<usize> = self.pairs.values().copied().collect();
        for (seen, at) in self.sight.entries.iter().zip(shown) {
            let index = seen.candidate.index;
            let is_free = seen.is == Match::New && !self.pairs.contains_key(&index);
            if is_free && self.gone.vanished.contains(&at) && taken.insert(at) {
                self.pairs.insert(index, at);
            }
        }
    }

    fn entry(&mut self, seen: &Seen<'_>) {
        match (self.place(seen), seen.is) {
            (Some(at), _) => self.still(seen, at),
            (None, Match::Known(article)) => self.known(seen, article),
            (None, _) => self.draft(seen),
        }
    }

    /// The place in the past of an entry that was there before, under these keys or others.
    fn place(&self, seen: &Seen<'_>) -> Option<usize> {
        match seen.is {
            Match::Held(at) => Some(at),
            _ => self.pairs.get(&seen.candidate.index).copied(),
        }
    }

    /// An article of the last reading: has its content changed, or does it offer new keys?
    fn still(&mut self, seen: &Seen<'_>, at: usize) {
        let held = &self.past.held[at];
        let content = &self.scan.spec.content;
        let mut fields = held.print.differences(&seen.candidate.print, content);
        let aliases: Vec<Key> = seen
            .candidate
            .offered
            .all()
            .filter(|key| !held.offered.all().any(|known| known == *key))
            .collect();
        if fields.is_empty() && aliases.is_empty() {
            return;
        }
        let article = self.recall.articles.get(&held.article);
        if let Some(article) = article.filter(|article| !article.is_textless()) {
            // Another listing of the site may have brought the same change before: it is told once.
            let news = Fingerprint::of_article(article).differences(&seen.candidate.print, content);
            fields.retain(|field| news.contains(field));
        }
        let update = match article {
            Some(article) if article.is_textless() => Some(learned(seen)),
            _ => (!fields.is_empty()).then(|| Update { fields, content: Content::of(seen.candidate.entry) }),
        };
        self.proposal.known.push(Known {
            article: held.article,
            index: seen.candidate.index,
            offered: seen.candidate.offered,
            aliases,
            print: seen.candidate.print,
            sight: SightKind::Still,
            announce: false,
            late: false,
            update,
        });
    }

    /// An article that the site knows, but that the last reading did not hold.
    fn known(&mut self, seen: &Seen<'_>, id: ArticleId) {
        let Some(article) = self.recall.articles.get(&id) else { return self.draft(seen) };
        let here = article.listings.iter().find(|on| on.listing == self.scan.spec.id);
        let sight = match here.map(|on| on.presence) {
            None => SightKind::First,
            Some(Presence::Removed) => SightKind::Returned,
            Some(Presence::Aged | Presence::Listed) => SightKind::Back,
        };
        let update = self.changed_meanwhile(seen, article, sight);
        self.proposal.known.push(Known {
            article: id,
            index: seen.candidate.index,
            offered: seen.candidate.offered,
            aliases: seen.candidate.offered.all().filter(|key| !article.keys.contains(key)).collect(),
            print: seen.candidate.print,
            sight,
            announce: sight == SightKind::First && self.is_news(article),
            late: self.is_late(seen),
            update,
        });
    }

    /// What changed of an article while this listing did not show it, or all that it says where that was forgotten. Nothing where another listing ever showed it, too:
    /// what that one said may be written otherwise, or say more, and is heard there.
    fn changed_meanwhile(&self, seen: &Seen<'_>, article: &Article, sight: SightKind) -> Option<Update> {
        let is_elsewhere = article.listings.iter().any(|on| on.listing != self.scan.spec.id);
        if article.is_textless() {
            return Some(learned(seen));
        }
        if sight == SightKind::First || is_elsewhere {
            return None;
        }
        let content = &self.scan.spec.content;
        let fields = Fingerprint::of_article(article).differences(&seen.candidate.print, content);
        (!fields.is_empty()).then(|| Update { fields, content: Content::of(seen.candidate.entry) })
    }

    /// Whether this listing may announce an article that became known through another one.
    fn is_news(&self, article: &Article) -> bool {
        self.proposal.announce
            && article.announced.is_none()
            && article.is_shown()
            && self.past.baseline.is_some_and(|baseline| article.first_seq > baseline.seq)
    }

    fn is_late(&self, seen: &Seen<'_>) -> bool {
        matches!((seen.candidate.entry.date, self.past.newest), (Some(date), Some(newest)) if date.day() < newest)
    }

    fn draft(&mut self, seen: &Seen<'_>) {
        let offered = seen.candidate.offered;
        self.proposal.drafts.push(Draft {
            index: seen.candidate.index,
            offered,
            refused: offered.all().filter(|key| self.sight.leads(*key, self.recall)).collect(),
            print: seen.candidate.print,
            content: Content::of(seen.candidate.entry),
            late: self.past.baseline.is_some() && self.is_late(seen),
        });
    }

    /// What vanished from a reading that is not complete stays; what it shows is no longer missing.
    fn keep_all(&mut self) -> BTreeSet<usize> {
        let vanished: HashSet<ArticleId> =
            self.gone.vanished.iter().map(|at| self.past.held[*at].article).collect();
        self.proposal.memo.missing.retain(|(article, _)| vanished.contains(article));
        self.proposal.memo.corrected.retain(|article| vanished.contains(article));
        if !self.is_open_ended() {
            return self.gone.vanished.clone();
        }
        let mut kept = self.gone.above.clone();
        self.keep_below(&mut kept);
        kept
    }

    /// Whether the pages are as they were, and the rules are not.
    fn is_by_other_rules(&self) -> bool {
        self.scan.reread && self.scan.rules != self.past.memo.rules
    }

    fn is_open_ended(&self) -> bool {
        self.scan.spec.is_open_ended()
    }

    /// Keeps what stands below the end of an open-ended reading, as many as the listing held before: as many as came in
    /// above have aged out at the end.
    fn keep_below(&mut self, kept: &mut BTreeSet<usize>) {
        let most = self.past.held.len().max(self.sight.entries.len());
        let mut room = most.saturating_sub(self.sight.entries.len() + kept.len());
        for at in &self.page_order {
            let is_below = self.gone.vanished.contains(at) && !self.gone.above.contains(at);
            if !is_below || kept.contains(at) {
                continue;
            }
            if room > 0 {
                room -= 1;
                kept.insert(*at);
            } else {
                self.proposal.aged.push(self.past.held[*at].article);
            }
        }
    }

    /// Sorts what vanished from a complete reading into removed, aged out, and missed for now. Returns the places
    /// that stay. From an open-ended listing nothing is ever removed: what is missed for long enough may stand further
    /// down, where nobody looked.
    fn let_go(&mut self) -> BTreeSet<usize> {
        let counts: HashMap<ArticleId, u8> = self.past.memo.missing.iter().copied().collect();
        let lossy = self.scan.reading.has_losses();
        let mut kept = BTreeSet::new();
        let mut missing = Vec::new();
        let mut corrected = self.past.memo.corrected.clone();
        for at in &self.gone.vanished {
            let article = self.past.held[*at].article;
            if self
                .recall
                .articles
                .get(&article)
                .is_some_and(|article| !article.is_textless() && self.sight.shows_half(article))
            {
                kept.insert(*at);
                continue;
            }
            if !self.gone.above.contains(at) {
                if !self.is_open_ended() {
                    self.proposal.aged.push(article);
                }
                continue;
            }
            let before = counts.get(&article).copied().unwrap_or(0);
            if lossy {
                // It may be what could not be read.
                missing.extend((before > 0).then_some((article, before)));
                kept.insert(*at);
                continue;
            }
            if before == 0 && self.is_by_other_rules() {
                corrected.push(article);
            }
            let scans = before.saturating_add(1);
            if scans >= self.scan.spec.removed_after {
                let open_ended = self.is_open_ended();
                let to = if open_ended { &mut self.proposal.aged } else { &mut self.proposal.removed };
                to.push(article);
            } else {
                missing.push((article, scans));
                kept.insert(*at);
            }
        }
        self.proposal.corrected = corrected.clone();
        self.proposal.corrected.retain(|article| self.proposal.removed.contains(article));
        corrected.retain(|article| missing.iter().any(|(missing, _)| missing == article));
        self.proposal.memo.corrected = corrected;
        self.proposal.memo.missing = missing;
        if self.is_open_ended() {
            self.keep_below(&mut kept);
        }
        kept
    }

    /// The page order from now on: the reading's, and each article that stays without being on it after the one
    /// that it stood behind; what is below an open-ended reading, at its end.
    fn order(&mut self, kept: &BTreeSet<usize>) {
        let mut behind: HashMap<Option<ArticleId>, Vec<ArticleId>> = HashMap::new();
        let (mut previous, mut below) = (None, Vec::new());
        for at in &self.page_order {
            let article = self.past.held[*at].article;
            if kept.contains(at) && self.is_open_ended() && !self.gone.above.contains(at) {
                below.push(Place::Article(article));
            } else if kept.contains(at) {
                behind.entry(previous).or_default().push(article);
            } else if !self.gone.vanished.contains(at) {
                previous = Some(article);
            }
        }
        let mut order: Vec<Place> = behind.remove(&None).into_iter().flatten().map(Place::Article).collect();
        for seen in &self.sight.entries {
            let known = match (self.place(seen), seen.is) {
                (Some(at), _) => Some(self.past.held[at].article),
                (None, Match::Known(article)) => {
                    Some(article).filter(|id| self.recall.articles.contains_key(id))
                }
                (None, _) => None,
            };
            match known {
                Some(article) => {
                    order.push(Place::Article(article));
                    order.extend(behind.remove(&Some(article)).into_iter().flatten().map(Place::Article));
                }
                None => order.push(Place::Draft(seen.candidate.index)),
            }
        }
        order.append(&mut below);
        self.proposal.order = order;
    }
}
