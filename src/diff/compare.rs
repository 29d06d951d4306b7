//! Comparison: what a believed reading changes.

use std::collections::{BTreeSet, HashMap};

use super::fingerprint::ReadingHash;
use super::identity::{Match, Recall, Seen, Sight};
use super::judge::{Belief, Judgement};
use super::past::{Memo, Past, Streak};
use super::proposal::{Content, Draft, HealthChange, Kind, Known, Place, Proposal, SightKind, Update};
use super::retitle;
use crate::model::{Article, ArticleId, Field, Health, Key, ListingSpec, Presence, Reading, Timestamp};

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
    let mut comparison = Comparison {
        scan,
        sight,
        past,
        recall,
        pairs: HashMap::new(),
        proposal: empty(scan, judgement, past),
    };
    match &judgement.belief {
        Belief::Whole => comparison.run(true),
        Belief::Part => comparison.run(false),
        Belief::Nothing | Belief::Hold(_) => {
            comparison.proposal.order = past.held.iter().map(|held| Place::Article(held.article)).collect();
        }
    }
    comparison.proposal
}

/// What to remember of a scan whose pages could not even be fetched.
#[must_use]
pub fn unread(spec: &ListingSpec, health: Health, reason: &str, past: &Past, now: Timestamp) -> Proposal {
    let mut memo = past.memo.clone();
    memo.scanned = Some(now);
    memo.trouble = trouble(health, past);
    Proposal {
        listing: spec.id.clone(),
        now,
        zone: spec.zone,
        kind: Kind::Scan,
        announce: false,
        approved: false,
        hash: None,
        drafts: Vec::new(),
        known: Vec::new(),
        removed: Vec::new(),
        aged: Vec::new(),
        order: past.held.iter().map(|held| Place::Article(held.article)).collect(),
        health: said(health, reason, None, past, spec),
        memo,
    }
}

fn empty(scan: Scan<'_>, judgement: &Judgement, past: &Past) -> Proposal {
    let baseline = past.baseline.is_none();
    let believed = matches!(judgement.belief, Belief::Whole | Belief::Part);
    let kind = match (baseline && believed, scan.reread) {
        (true, _) => Kind::Baseline,
        (false, true) => Kind::Reread,
        (false, false) => Kind::Scan,
    };
    Proposal {
        listing: scan.spec.id.clone(),
        now: scan.now,
        zone: scan.spec.zone,
        kind,
        announce: kind == Kind::Scan || (kind == Kind::Baseline && scan.spec.announce_first),
        approved: false,
        hash: None,
        drafts: Vec::new(),
        known: Vec::new(),
        removed: Vec::new(),
        aged: Vec::new(),
        order: Vec::new(),
        health: health_change(scan, judgement, past),
        memo: next_memo(scan, judgement, past),
    }
}

/// The memo after this scan, its order and missing articles still as before.
fn next_memo(scan: Scan<'_>, judgement: &Judgement, past: &Past) -> Memo {
    let mut memo = past.memo.clone();
    memo.scanned = Some(scan.now);
    memo.entries = u32::try_from(scan.reading.entries.len()).unwrap_or(u32::MAX);
    memo.declared = scan.reading.declared();
    memo.doubt = judgement.doubt;
    memo.trouble = trouble(judgement.health, past);
    if judgement.belief == Belief::Whole {
        memo.body = Some(scan.body);
        memo.rules = scan.rules;
    }
    if matches!(judgement.belief, Belief::Whole | Belief::Part) {
        memo.believed = Some(scan.now);
    }
    memo
}

/// The streak of trouble after a scan with this health.
fn trouble(health: Health, past: &Past) -> Option<Streak> {
    let before =
        past.memo.trouble.as_ref().filter(|streak| streak.health == health).map_or(0, |streak| streak.scans);
    (health != Health::Ok).then(|| Streak { health, scans: before.saturating_add(1) })
}

/// What is to be said of the listing's health: trouble that lasts, once; quarantine at once; recovery, once.
fn health_change(scan: Scan<'_>, judgement: &Judgement, past: &Past) -> Option<HealthChange> {
    let hold = match &judgement.belief {
        Belief::Hold(hold) => Some(hold.clone()),
        _ => None,
    };
    said(judgement.health, &judgement.reason, hold, past, scan.spec)
}

/// Whether a scan that leaves the listing in `health` is to be said, and how.
fn said(
    health: Health,
    reason: &str,
    hold: Option<super::past::Hold>,
    past: &Past,
    spec: &ListingSpec,
) -> Option<HealthChange> {
    let scans = trouble(health, past).map_or(0, |streak| streak.scans);
    let say = match health {
        Health::Ok => past.health != Health::Ok,
        Health::Quarantined => {
            past.hold.as_ref().map(|held| held.hash) != hold.as_ref().map(|held| held.hash)
        }
        _ => past.health != health && scans >= u32::from(spec.alert_after),
    };
    let reason =
        if health == Health::Ok { "the page reads well again".to_owned() } else { reason.to_owned() };
    say.then_some(HealthChange { to: health, reason, hold })
}

struct Comparison<'c, 'a> {
    scan: Scan<'c>,
    sight: &'c Sight<'a>,
    past: &'c Past,
    recall: &'c Recall,
    /// Place in the past by index of an entry whose keys are new but which is an article known before.
    pairs: HashMap<usize, usize>,
    proposal: Proposal,
}

impl Comparison<'_, '_> {
    fn run(&mut self, complete: bool) {
        let order = self.past_order();
        let mut vanished: BTreeSet<usize> = self.sight.vanished.iter().copied().collect();
        let last_survivor = order.iter().rposition(|at| !vanished.contains(at));
        let certain: BTreeSet<usize> = order
            .iter()
            .take(last_survivor.unwrap_or(0))
            .filter(|at| vanished.contains(at))
            .copied()
            .collect();
        if complete {
            self.pair(&certain, &vanished);
            vanished.retain(|at| !self.pairs.values().any(|paired| paired == at));
        }
        for seen in &self.sight.entries {
            self.entry(seen);
        }
        let kept = if complete { self.let_go(&vanished, &certain) } else { vanished };
        self.order(&order, &kept);
        let changed = !self.proposal.is_quiet() || self.past.baseline.is_none();
        self.proposal.hash = (complete && changed).then_some(self.scan.hash);
    }

    /// Places in the past in page order.
    fn past_order(&self) -> Vec<usize> {
        let held = &self.past.held;
        if self.past.memo.order.len() != held.len() {
            return (0..held.len()).collect();
        }
        let places: HashMap<ArticleId, usize> =
            held.iter().enumerate().map(|(at, held)| (held.article, at)).collect();
        let order: Vec<usize> =
            self.past.memo.order.iter().filter_map(|article| places.get(article).copied()).collect();
        if order.len() == held.len() { order } else { (0..held.len()).collect() }
    }

    fn pair(&mut self, certain: &BTreeSet<usize>, vanished: &BTreeSet<usize>) {
        let missing: Vec<ArticleId> = self.past.memo.missing.iter().map(|(article, _)| *article).collect();
        let fresh: BTreeSet<usize> =
            vanished.iter().copied().filter(|at| !missing.contains(&self.past.held[*at].article)).collect();
        self.pairs = retitle::pairs(self.sight, self.past, self.recall, certain, &fresh);
        if self.scan.reread && self.sight.entries.len() == self.past.held.len() {
            // The same bytes: what stands at the same place is the same article, whatever the rules make of it.
            for seen in self.sight.entries.iter().filter(|seen| seen.is == Match::New) {
                let index = seen.candidate.index;
                if vanished.contains(&index) && !self.pairs.values().any(|at| *at == index) {
                    self.pairs.entry(index).or_insert(index);
                }
            }
        }
    }

    fn entry(&mut self, seen: &Seen<'_>) {
        let place = match seen.is {
            Match::Held(at) => Some(at),
            _ => self.pairs.get(&seen.candidate.index).copied(),
        };
        match (place, seen.is) {
            (Some(at), _) => self.still(seen, at),
            (None, Match::Known(article)) => self.known(seen, article),
            (None, _) => self.draft(seen),
        }
    }

    /// An article of the last reading: has its content changed, or does it offer new keys?
    fn still(&mut self, seen: &Seen<'_>, at: usize) {
        let held = &self.past.held[at];
        let fields = held.print.differences(&seen.candidate.print, &self.scan.spec.content);
        let aliases: Vec<Key> = seen
            .candidate
            .offered
            .all()
            .filter(|key| !held.offered.all().any(|known| known == *key))
            .collect();
        if fields.is_empty() && aliases.is_empty() {
            return;
        }
        let update =
            (!fields.is_empty()).then(|| Update { fields, content: Content::of(seen.candidate.entry) });
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
        self.proposal.known.push(Known {
            article: id,
            index: seen.candidate.index,
            offered: seen.candidate.offered,
            aliases: seen.candidate.offered.all().filter(|key| !article.keys.contains(key)).collect(),
            print: seen.candidate.print,
            sight,
            announce: sight == SightKind::First && self.is_news(article),
            late: self.is_late(seen),
            update: None,
        });
    }

    /// Whether this listing may announce an article that became known through another one.
    fn is_news(&self, article: &Article) -> bool {
        self.proposal.announce
            && article.announced.is_none()
            && !article.hidden
            && self.past.baseline.is_some_and(|baseline| article.first_seq > baseline.seq)
    }

    fn is_late(&self, seen: &Seen<'_>) -> bool {
        matches!((seen.candidate.entry.date, self.past.newest), (Some(date), Some(newest)) if date.day() < newest)
    }

    fn draft(&mut self, seen: &Seen<'_>) {
        let offered = seen.candidate.offered;
        let leads = |key: &Key| {
            self.recall.by_key.contains_key(key)
                || self.past.held.iter().any(|held| held.offered.all().any(|k| k == *key))
        };
        self.proposal.drafts.push(Draft {
            index: seen.candidate.index,
            offered,
            refused: offered.all().filter(leads).collect(),
            print: seen.candidate.print,
            content: Content::of(seen.candidate.entry),
            late: self.past.baseline.is_some() && self.is_late(seen),
        });
    }

    /// Sorts what vanished from a complete reading into removed, aged out, and missed for now. Returns the places
    /// that stay.
    fn let_go(&mut self, vanished: &BTreeSet<usize>, certain: &BTreeSet<usize>) -> BTreeSet<usize> {
        let counts: HashMap<ArticleId, u8> = self.past.memo.missing.iter().copied().collect();
        let mut kept = BTreeSet::new();
        let mut missing = Vec::new();
        for at in vanished {
            let article = self.past.held[*at].article;
            if !certain.contains(at) {
                self.proposal.aged.push(article);
                continue;
            }
            let scans = counts.get(&article).map_or(1, |scans| scans.saturating_add(1));
            if scans >= self.scan.spec.removed_after {
                self.proposal.removed.push(article);
            } else {
                missing.push((article, scans));
                kept.insert(*at);
            }
        }
        self.proposal.memo.missing = missing;
        kept
    }

    /// The page order from now on: the reading's, and each article that stays without being on it after the one
    /// that it stood behind.
    fn order(&mut self, past_order: &[usize], kept: &BTreeSet<usize>) {
        let mut behind: HashMap<Option<ArticleId>, Vec<ArticleId>> = HashMap::new();
        let mut previous = None;
        for at in past_order {
            let article = self.past.held[*at].article;
            if kept.contains(at) {
                behind.entry(previous).or_default().push(article);
            } else if !self.proposal.removed.contains(&article) && !self.proposal.aged.contains(&article) {
                previous = Some(article);
            }
        }
        let mut order: Vec<Place> = behind.remove(&None).into_iter().flatten().map(Place::Article).collect();
        for seen in &self.sight.entries {
            let index = seen.candidate.index;
            let known = match seen.is {
                Match::Held(at) => Some(self.past.held[at].article),
                Match::Known(article) if self.recall.articles.contains_key(&article) => Some(article),
                _ => self.pairs.get(&index).map(|at| self.past.held[*at].article),
            };
            match known {
                Some(article) => {
                    order.push(Place::Article(article));
                    order.extend(behind.remove(&Some(article)).into_iter().flatten().map(Place::Article));
                }
                None => order.push(Place::Draft(index)),
            }
        }
        self.proposal.order = order;
    }
}

/// The rows of a reading that a proposal needs split: its drafts' and those of updates whose row changed.
impl Proposal {
    /// Whether any tag run in it must be split.
    #[must_use]
    pub fn wants_splits(&self) -> bool {
        let run = |content: &Content| matches!(content.row, crate::model::TagRow::Run(_));
        self.drafts.iter().any(|draft| run(&draft.content))
            || self
                .known
                .iter()
                .filter_map(|known| known.update.as_ref())
                .any(|update| update.fields.contains(&Field::Tags) && run(&update.content))
    }
}
