//! Identity: which article an entry is.
//!
//! An entry offers every key it can. The strongest key that leads to an article wins; the others become aliases.
//! A weak hit is refused when entry and article both have the same stronger kind with different values and both
//! are on the page: then they are two articles that happen to share a title.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize};

use super::fingerprint::{Fingerprint, ReadingHash};
use super::past::Past;
use crate::model::key::KeyKind;
use crate::model::text::fold_key;
use crate::model::{Article, ArticleId, Entry, Fault, Key, ListingSpec, Reading, reading::Weight};

/// The keys that an entry offers, by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
pub struct Offered {
    /// By explicit id.
    #[serde(default)]
    pub id: Option<Key>,
    /// By canonical link.
    #[serde(default)]
    pub link: Option<Key>,
    /// By source, day and title.
    #[serde(default)]
    pub text: Option<Key>,
}

impl Serialize for Offered {
    /// For people, only the keys there are; otherwise three places, each filled or not.
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let all = [("id", self.id), ("link", self.link), ("text", self.text)];
        let brief = to.is_human_readable();
        let mut fields = to.serialize_struct("Offered", 3)?;
        for (name, key) in all {
            match (key, brief) {
                (None, true) => fields.skip_field(name)?,
                _ => fields.serialize_field(name, &key)?,
            }
        }
        fields.end()
    }
}

impl Offered {
    /// What `entry` offers under an identity rule. Where the rule finds nothing (links only, and no link), the
    /// text key steps in: an entry always has one.
    #[must_use]
    pub fn by(entry: &Entry, rule: &[KeyKind]) -> Self {
        let mut offered = Self::default();
        for kind in rule {
            match kind {
                KeyKind::Id => {
                    offered.id = entry.id.as_deref().filter(|id| !id.trim().is_empty()).map(Key::of_id)
                }
                KeyKind::Link => offered.link = entry.link.as_deref().and_then(Key::of_link),
                KeyKind::SourceDateTitle => offered.text = Some(text_key(entry)),
            }
        }
        if offered == Self::default() {
            offered.text = Some(text_key(entry));
        }
        offered
    }

    /// The key of one kind.
    #[must_use]
    pub fn get(&self, kind: KeyKind) -> Option<Key> {
        match kind {
            KeyKind::Id => self.id,
            KeyKind::Link => self.link,
            KeyKind::SourceDateTitle => self.text,
        }
    }

    /// The keys in the order of `rule`, then any other.
    pub fn strongest<'a>(&'a self, rule: &'a [KeyKind]) -> impl Iterator<Item = (KeyKind, Key)> + 'a {
        let rest = KeyKind::ALL.into_iter().filter(|kind| !rule.contains(kind));
        rule.iter().copied().chain(rest).filter_map(|kind| Some((kind, self.get(kind)?)))
    }

    /// All keys, strongest kind first.
    pub fn all(&self) -> impl Iterator<Item = Key> + '_ {
        [self.id, self.link, self.text].into_iter().flatten()
    }

    /// Whether both have a key of a kind stronger than `kind`, with different values.
    fn contradicts(&self, other: &Self, kind: KeyKind, rule: &[KeyKind]) -> bool {
        rule.iter().take_while(|stronger| **stronger != kind).any(
            |stronger| matches!((self.get(*stronger), other.get(*stronger)), (Some(a), Some(b)) if a != b),
        )
    }
}

fn text_key(entry: &Entry) -> Key {
    Key::of_text(entry.source.as_deref(), entry.date, &entry.title)
}

/// One distinct entry of a reading, with its keys and fingerprint.
#[derive(Clone, Debug)]
pub struct Candidate<'a> {
    /// The entry.
    pub entry: &'a Entry,
    /// Its place among the distinct whole entries.
    pub index: usize,
    /// Its keys.
    pub offered: Offered,
    /// Its fingerprint.
    pub print: Fingerprint,
}

/// The entries of a reading that can be compared: whole ones, each article once.
#[derive(Clone, Debug)]
pub struct Wanted<'a> {
    /// In page order.
    pub candidates: Vec<Candidate<'a>>,
    /// The hash of what the reading says.
    pub hash: ReadingHash,
    /// Repeated entries, as faults.
    pub faults: Vec<Fault>,
    /// Keys that the listing's last reading does not hold: to be looked up among all that the site has seen.
    pub unknown: Vec<Key>,
    /// Every key that it does hold.
    held: HashSet<Key>,
    /// The folded titles of entries that are not whole.
    half: HashSet<String>,
}

/// Gives every whole entry its keys and fingerprint, and drops repetitions within the reading.
#[must_use]
pub fn identify<'a>(reading: &'a Reading, past: &Past, spec: &ListingSpec) -> Wanted<'a> {
    let mut candidates: Vec<Candidate<'a>> = Vec::with_capacity(reading.entries.len());
    let mut owners: HashMap<Key, usize> = HashMap::new();
    let mut faults = Vec::new();
    for entry in reading.entries.iter().filter(|entry| entry.whole) {
        let offered = Offered::by(entry, &spec.identity);
        let twin = offered.strongest(&spec.identity).find_map(|(kind, key)| {
            let twin = *owners.get(&key)?;
            (!offered.contradicts(&candidates[twin].offered, kind, &spec.identity)).then_some(twin)
        });
        if let Some(twin) = twin {
            faults.extend((faults.len() < REPEATED_MOST).then(|| repeated(entry, candidates[twin].entry)));
            // Of two that differ the one that was remembered stays, whichever stands first today.
            let print = Fingerprint::of(entry);
            if print != candidates[twin].print && past.held.iter().any(|held| held.print == print) {
                (candidates[twin].entry, candidates[twin].print) = (entry, print);
            }
            continue;
        }
        let index = candidates.len();
        for key in offered.all() {
            owners.entry(key).or_insert(index);
        }
        candidates.push(Candidate { entry, index, offered, print: Fingerprint::of(entry) });
    }
    let held: HashSet<Key> = past.held.iter().flat_map(|held| held.offered.all()).collect();
    let unknown = candidates
        .iter()
        .flat_map(|candidate| candidate.offered.all())
        .filter(|key| !held.contains(key))
        .collect();
    let prints: Vec<_> = candidates
        .iter()
        .filter_map(|c| Some((c.offered.strongest(&spec.identity).next()?.1, c.print)))
        .collect();
    let half =
        reading.entries.iter().filter(|entry| !entry.whole).map(|entry| fold_key(&entry.title)).collect();
    Wanted { hash: ReadingHash::of(&prints, &spec.content), candidates, faults, unknown, held, half }
}

/// How many repeated entries are told of one by one.
const REPEATED_MOST: usize = 200;

fn repeated(entry: &Entry, first: &Entry) -> Fault {
    let place = if first.page == entry.page { String::new() } else { format!(" of page {}", first.page) };
    let reason = format!("the same article as on line {}{place}: {}", first.line, entry.title);
    Fault { page: entry.page, line: entry.line, reason, weight: Weight::Warning }
}

/// What the store recalls for a scan: articles by key, as remembered now.
#[derive(Clone, Debug, Default)]
pub struct Recall {
    /// Which article each known key leads to.
    pub by_key: HashMap<Key, ArticleId>,
    /// The articles themselves.
    pub articles: BTreeMap<ArticleId, Article>,
}

/// Every candidate of a reading with the article it is, where it is one that is known.
#[derive(Clone, Debug)]
pub struct Sight<'a> {
    /// In page order.
    pub entries: Vec<Seen<'a>>,
    /// Places in [`Past::held`] that the reading does not show.
    pub vanished: Vec<usize>,
    /// Every key of the listing's last reading.
    held: HashSet<Key>,
    /// The folded titles of entries that are not whole.
    half: HashSet<String>,
}

/// One candidate, and what it was matched with.
#[derive(Clone, Debug)]
pub struct Seen<'a> {
    /// The candidate.
    pub candidate: Candidate<'a>,
    /// What it is.
    pub is: Match,
}

/// What an entry was matched with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    /// An article of the listing's last believed reading: its place there.
    Held(usize),
    /// An article that the site has seen elsewhere, or here before.
    Known(ArticleId),
    /// Nothing known.
    New,
}

/// Matches the candidates with the listing's last reading, then with all that the site has seen.
#[must_use]
pub fn sight<'a>(wanted: Wanted<'a>, past: &Past, recall: &Recall, rule: &[KeyKind]) -> Sight<'a> {
    let matches = Matcher::new(&wanted, past, recall, rule).run();
    let taken: HashSet<usize> =
        matches.iter().filter_map(|is| if let Match::Held(at) = is { Some(*at) } else { None }).collect();
    let vanished = (0..past.held.len()).filter(|at| !taken.contains(at)).collect();
    let entries =
        wanted.candidates.into_iter().zip(matches).map(|(candidate, is)| Seen { candidate, is }).collect();
    Sight { entries, vanished, held: wanted.held, half: wanted.half }
}

/// One run of matching: the look-up tables, and which articles are given away.
struct Matcher<'m, 'a> {
    candidates: &'m [Candidate<'a>],
    past: &'m Past,
    recall: &'m Recall,
    rule: &'m [KeyKind],
    held_by_key: HashMap<Key, usize>,
    held_by_article: HashMap<ArticleId, usize>,
    on_page: HashSet<Key>,
    taken: HashSet<ArticleId>,
}

impl<'m, 'a> Matcher<'m, 'a> {
    fn new(wanted: &'m Wanted<'a>, past: &'m Past, recall: &'m Recall, rule: &'m [KeyKind]) -> Self {
        let held = || past.held.iter().enumerate();
        Self {
            candidates: &wanted.candidates,
            past,
            recall,
            rule,
            held_by_key: held().flat_map(|(at, held)| held.offered.all().map(move |key| (key, at))).collect(),
            held_by_article: held().map(|(at, held)| (held.article, at)).collect(),
            on_page: wanted.candidates.iter().flat_map(|candidate| candidate.offered.all()).collect(),
            taken: HashSet::new(),
        }
    }

    /// Strong kinds first over the whole page, so that a weak hit never takes an article from its true owner.
    fn run(mut self) -> Vec<Match> {
        let mut matches = vec![Match::New; self.candidates.len()];
        let rest = KeyKind::ALL.into_iter().filter(|kind| !self.rule.contains(kind));
        for kind in self.rule.iter().copied().chain(rest).collect::<Vec<_>>() {
            for candidate in self.candidates {
                if matches[candidate.index] == Match::New
                    && let Some((article, is)) = self.find(candidate, kind)
                    && self.taken.insert(article)
                {
                    matches[candidate.index] = is;
                }
            }
        }
        matches
    }

    /// What the key of one kind leads to. A key that the last reading does not hold may still lead to an article
    /// that it holds under another key.
    fn find(&self, candidate: &Candidate<'_>, kind: KeyKind) -> Option<(ArticleId, Match)> {
        let key = candidate.offered.get(kind)?;
        let place = self.held_by_key.get(&key).copied();
        let Some(at) = place.or_else(|| self.held_by_article.get(self.recall.by_key.get(&key)?).copied())
        else {
            let article = *self.recall.by_key.get(&key)?;
            return Some((article, Match::Known(article)));
        };
        let held = &self.past.held[at];
        let refused = candidate.offered.contradicts(&held.offered, kind, self.rule)
            && self.is_on_page(&held.offered, kind);
        (!refused).then_some((held.article, Match::Held(at)))
    }

    /// Whether another entry of the page offers one of these keys of a kind stronger than `kind`.
    fn is_on_page(&self, offered: &Offered, kind: KeyKind) -> bool {
        let stronger = self.rule.iter().take_while(|stronger| **stronger != kind);
        stronger.filter_map(|stronger| offered.get(*stronger)).any(|key| self.on_page.contains(&key))
    }
}

impl Sight<'_> {
    /// The articles that comparing will want to look at: those not on the last reading, those that changed, and
    /// those that vanished while others are new or not whole.
    #[must_use]
    pub fn articles(&self, past: &Past) -> Vec<ArticleId> {
        let mut wanted = Vec::new();
        let mut any_new = !self.half.is_empty();
        for seen in &self.entries {
            match seen.is {
                Match::Known(article) => wanted.push(article),
                Match::Held(at) if past.held[at].print != seen.candidate.print => {
                    wanted.push(past.held[at].article);
                }
                Match::Held(_) => {}
                Match::New => any_new = true,
            }
        }
        if any_new {
            wanted.extend(self.vanished.iter().map(|at| past.held[*at].article));
        }
        wanted
    }

    /// Whether a key leads to an article of the last reading, or to any other that is known.
    #[must_use]
    pub fn leads(&self, key: Key, recall: &Recall) -> bool {
        self.held.contains(&key) || recall.by_key.contains_key(&key)
    }

    /// Whether an article is on the page after all, by an entry that is not whole.
    #[must_use]
    pub fn shows_half(&self, article: &Article) -> bool {
        !self.half.is_empty() && self.half.contains(&fold_key(&article.title))
    }

    /// How many entries match nothing known.
    #[must_use]
    pub fn new_count(&self) -> usize {
        self.entries.iter().filter(|seen| seen.is == Match::New).count()
    }

    /// The titles of the first of those, in page order.
    pub fn new_titles(&self, most: usize) -> impl Iterator<Item = &str> {
        let new = self.entries.iter().filter(|seen| seen.is == Match::New);
        new.take(most).map(|seen| seen.candidate.entry.title.as_str())
    }

    /// How many entries are known to the site.
    #[must_use]
    pub fn known_count(&self) -> usize {
        self.entries.len() - self.new_count()
    }
}
