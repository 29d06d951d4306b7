//! What must be true of articles and messages, by a model that knows the pages and what was acknowledged, and nothing
//! of how the program works.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use tidings::daemon::report::{ScanReport, Status};
use tidings::model::{Article, ArticleId, Change, DeliveryId, Health, TargetId};

use super::network::{Says, Taken};
use super::pages::{Pages, Shown};
use super::settings::Settings;
use super::step::SLOTS;

pub(super) type Outcome = Result<(), String>;

/// Fails with a sentence unless something holds.
macro_rules! hold {
    ($holds:expr, $($said:tt)*) => {
        if !$holds {
            return Err(format!($($said)*));
        }
    };
}
pub(super) use hold;

/// Why an article is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// A baseline held it: nobody is ever told.
    Silent,
    /// It was news.
    News,
    /// It came with a scan whose end nobody saw.
    Either,
}

#[derive(Debug)]
struct Known {
    standing: Standing,
    titles: BTreeSet<String>,
    /// Of those, the ones that a baseline took for another article, which nobody is told of yet, each with its round.
    silent: HashMap<String, u64>,
    /// The round of scans that remembered it.
    round: u64,
}

/// Whether something is so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Sure {
    #[default]
    No,
    Yes,
    Maybe,
}

/// One scan: the listing's place, what its page showed, and how it ended, where that was told.
pub(super) struct Scanned {
    pub(super) slot: usize,
    pub(super) shown: Vec<Shown>,
    pub(super) report: Option<ScanReport>,
}

#[derive(Default)]
pub(super) struct Model {
    known: HashMap<usize, Known>,
    /// Articles that a scan saw whose end nobody did, with the titles that it saw.
    unsure: BTreeMap<usize, BTreeSet<String>>,
    /// Articles that may be two by now, because a new title was not recognised.
    twins: HashSet<usize>,
    baselined: [Sure; SLOTS],
    /// The round in which each listing had its baseline, or may have had.
    first: [u64; SLOTS],
    /// Rounds of scans so far.
    round: u64,
    held: [Vec<Shown>; SLOTS],
    /// Ids of articles that were acknowledged.
    acknowledged: BTreeSet<String>,
    owed: BTreeMap<TargetId, BTreeSet<usize>>,
    told: HashMap<(TargetId, ArticleId), DeliveryId>,
    /// By which message it was told what became of an article, and by which record.
    changes: HashMap<(ArticleId, Change, u64), DeliveryId>,
    told_numbers: HashMap<(TargetId, usize), BTreeSet<DeliveryId>>,
    /// Articles shown in summaries of bursts.
    summarised: HashSet<(TargetId, ArticleId)>,
    summaries: BTreeMap<(TargetId, DeliveryId), usize>,
    /// Messages that an operator had forgotten: those about one article, and how many others were told of.
    dropped: HashSet<(TargetId, usize)>,
    dropped_more: HashMap<TargetId, usize>,
}

impl Model {
    /// How many articles are known.
    pub(super) fn size(&self) -> usize {
        self.known.len()
    }

    /// Takes scans that ran at once.
    pub(super) fn scanned(&mut self, pages: &Pages, scans: &[Scanned], settings: &Settings) -> Outcome {
        self.round += 1;
        for scan in scans.iter().filter(|scan| scan.report.is_none()) {
            self.unseen(scan);
        }
        let mut expected = BTreeSet::new();
        let mut believed = Vec::new();
        for scan in scans {
            let Some(report) = &scan.report else { continue };
            if self.believes(scan, report)? {
                let new = scan.shown.iter().map(|entry| entry.number);
                expected.extend(new.filter(|n| !self.known.contains_key(n) && !self.unsure.contains_key(n)));
                believed.push((scan, report));
            }
        }
        // What a baseline and a scan of another listing saw at once, either may have remembered first.
        believed.sort_by_key(|(_, report)| report.status != Status::Baseline);
        for (scan, report) in &believed {
            for item in &report.new {
                let Some(number) = pages.number(&item.title) else {
                    return Err(format!("{:?} is reported as new and was on no page", item.title));
                };
                self.acknowledged.extend(item.id.map(|id| id.to_string()));
                let is_news = report.status != Status::Baseline;
                let again = |error| format!("{error}, by {} ({:?})", report.listing, report.status);
                let is_first = self
                    .renewed(number, &item.title, is_news.then_some(scan.slot), &mut expected)
                    .map_err(again)?;
                if is_first && is_news {
                    for target in settings.told_of(number) {
                        self.owed.entry(target).or_default().insert(number);
                    }
                }
                if is_first {
                    let standing = if is_news { Standing::News } else { Standing::Silent };
                    self.learn(number, standing, [item.title.clone()].into());
                }
            }
        }
        hold!(expected.is_empty(), "{expected:?} are on a believed page, and neither known nor new");
        for (scan, _) in believed {
            for entry in &scan.shown {
                self.seen(entry);
            }
        }
        Ok(())
    }

    fn learn(&mut self, number: usize, standing: Standing, titles: BTreeSet<String>) {
        self.known.insert(number, Known { standing, titles, silent: HashMap::new(), round: self.round });
    }

    /// Whether an article that is reported as new may be, and is the first of its number. `news` is the listing for
    /// which it is news.
    ///
    /// One that the baseline of a listing brought is news of another one that had its own before.
    fn renewed(
        &mut self,
        number: usize,
        title: &str,
        news: Option<usize>,
        expected: &mut BTreeSet<usize>,
    ) -> Result<bool, String> {
        if expected.remove(&number) {
            return Ok(true);
        }
        if let Some(titles) = self.unsure.remove(&number) {
            // It may have been remembered under a title that it had, and be another one by this.
            if !titles.iter().all(|known| known == title) {
                self.twins.insert(number);
            }
            return Ok(true);
        }
        let Some(known) = self.known.get_mut(&number) else {
            return Err(format!("{number} ({title:?}) is reported as new, and no believed page shows it"));
        };
        if known.standing != Standing::News && news.is_some_and(|slot| self.first[slot] <= known.round) {
            known.standing = Standing::News;
            // Under a title that was not recognised it is another one than was remembered, and perhaps told of, before.
            if known.titles.insert(title.to_owned()) {
                self.twins.insert(number);
            }
            return Ok(true);
        }
        // So is one that another listing's baseline took for another article, because it had another title by then.
        if let Some(slot) = news
            && let Some(round) = known.silent.remove(title)
            && self.first[slot] <= round
        {
            return Ok(false);
        }
        hold!(known.titles.insert(title.to_owned()), "{number} ({title:?}) is reported as new a second time");
        if news.is_none() {
            known.silent.insert(title.to_owned(), self.round);
        }
        self.twins.insert(number);
        Ok(false)
    }

    /// The end of a scan was not seen.
    fn unseen(&mut self, scan: &Scanned) {
        for entry in &scan.shown {
            match self.known.get(&entry.number) {
                None => {
                    self.unsure.entry(entry.number).or_default().insert(entry.item.title.clone());
                }
                Some(known) if !known.titles.contains(&entry.item.title) => {
                    self.twins.insert(entry.number);
                }
                Some(_) => {}
            }
        }
        if self.baselined[scan.slot] == Sure::No {
            (self.baselined[scan.slot], self.first[scan.slot]) = (Sure::Maybe, self.round);
        }
    }

    /// Whether a scan believed its page, at least what is whole.
    fn believes(&mut self, scan: &Scanned, report: &ScanReport) -> Result<bool, String> {
        let slot = scan.slot;
        let changes = [&report.new, &report.updated, &report.removed, &report.returned];
        let is_quiet = changes.iter().all(|items| items.is_empty());
        hold!(
            report.health == Health::Ok || !report.reason.is_empty(),
            "{} is {:?} and does not say why",
            report.listing,
            report.health
        );
        if report.health == Health::Paused || matches!(report.status, Status::Held | Status::Failed) {
            hold!(is_quiet, "{} is {:?}, and changed: {report:?}", report.listing, report.status);
            if report.status == Status::Held {
                self.held[slot].clone_from(&scan.shown);
            }
            return Ok(false);
        }
        if report.health == Health::Odd {
            hold!(is_quiet, "{} is not believed, and changed: {report:?}", report.listing);
            return Ok(false);
        }
        match (report.status == Status::Baseline, self.baselined[slot]) {
            (true, Sure::Yes) => Err(format!("{} has a second baseline", report.listing)),
            (false, Sure::No) => Err(format!("the first look at {} is no baseline", report.listing)),
            (is_first, _) => {
                self.baselined[slot] = Sure::Yes;
                if is_first {
                    self.first[slot] = self.round;
                }
                Ok(true)
            }
        }
    }

    fn seen(&mut self, entry: &Shown) {
        let (number, title) = (entry.number, entry.item.title.clone());
        if let Some(titles) = self.unsure.remove(&number) {
            self.learn(number, Standing::Either, titles);
        }
        if let Some(known) = self.known.get_mut(&number) {
            known.titles.insert(title);
        }
    }

    /// The config has a listing again that it did not have: its next look may be a baseline once more.
    pub(super) fn relisted(&mut self, slot: usize) {
        if self.baselined[slot] == Sure::Yes {
            self.baselined[slot] = Sure::Maybe;
        }
    }

    /// An operator approved what is held; `new` are the titles of what that brought, `None` where nobody saw the end.
    pub(super) fn approved(&mut self, pages: &Pages, slot: usize, new: Option<&[Article]>) -> Outcome {
        let shown = std::mem::take(&mut self.held[slot]);
        let Some(new) = new else {
            self.unseen(&Scanned { slot, shown, report: None });
            return Ok(());
        };
        let mut expected: BTreeSet<usize> = shown.iter().map(|entry| entry.number).collect();
        expected.retain(|n| !self.known.contains_key(n) && !self.unsure.contains_key(n));
        for article in new {
            let Some(number) = pages.number(&article.title) else {
                return Err(format!("{:?} is approved and was on no page", article.title));
            };
            self.acknowledged.insert(article.id.to_string());
            if self.renewed(number, &article.title, Some(slot), &mut expected)? {
                self.learn(number, Standing::News, [article.title.clone()].into());
            }
        }
        hold!(expected.is_empty(), "{expected:?} are approved, and neither known nor new");
        shown.iter().for_each(|entry| self.seen(entry));
        Ok(())
    }

    /// What a new process finds: all articles, and which listings have a baseline.
    pub(super) fn found(
        &mut self,
        pages: &Pages,
        articles: &[Article],
        baselined: &[Option<bool>],
    ) -> Outcome {
        self.remembered(articles)?;
        let mut there: HashMap<usize, BTreeSet<String>> = HashMap::new();
        for article in articles {
            if let Some(number) = pages.number(&article.title) {
                there.entry(number).or_default().insert(article.title.clone());
            }
        }
        for number in std::mem::take(&mut self.unsure).into_keys() {
            if let Some(titles) = there.remove(&number) {
                self.learn(number, Standing::Either, titles);
            }
        }
        for (known, found) in self.baselined.iter_mut().zip(baselined) {
            if let (Sure::Maybe, Some(found)) = (*known, found) {
                *known = if *found { Sure::Yes } else { Sure::No };
            }
        }
        Ok(())
    }

    /// Everything acknowledged is there, and nothing is there that no page had.
    pub(super) fn remembered(&self, articles: &[Article]) -> Outcome {
        let there: BTreeSet<String> = articles.iter().map(|article| article.id.to_string()).collect();
        hold!(there.len() == articles.len(), "two articles have one id");
        let lost: Vec<&String> = self.acknowledged.difference(&there).collect();
        hold!(lost.is_empty(), "acknowledged, and lost: {lost:?}");
        Ok(())
    }

    /// What pages show that were scanned last, and is remembered, is remembered as it is shown.
    pub(super) fn as_shown(&self, shown: &[Shown], articles: &[Article]) -> Outcome {
        let by_title: HashMap<&str, &Article> =
            articles.iter().map(|article| (article.title.as_str(), article)).collect();
        for entry in shown.iter().filter(|entry| !self.twins.contains(&entry.number)) {
            let (number, item) = (entry.number, &entry.item);
            let Some(article) = by_title.get(item.title.as_str()) else {
                return Err(format!("{number} ({:?}) is on a page, and not remembered so", item.title));
            };
            // A listing that shows an article of another one is heard when it changes what it says, not when it begins.
            hold!(
                article.listings.len() > 1 || article.summary.as_deref() == Some(&item.summary),
                "{number}: the page says {:?}, remembered is {:?}",
                item.summary,
                article.summary
            );
        }
        Ok(())
    }

    /// An operator had a message forgotten, perhaps.
    pub(super) fn dropped(&mut self, target: &TargetId, number: Option<usize>, count: usize) {
        match number {
            Some(number) => drop(self.dropped.insert((target.clone(), number))),
            None => *self.dropped_more.entry(target.clone()).or_default() += count,
        }
    }

    /// Takes what receivers took.
    pub(super) fn told(&mut self, pages: &Pages, taken: Vec<Taken>) -> Outcome {
        for Taken { target, id, says } in taken {
            match says {
                Says::New(article, title) => {
                    let Some(number) = pages.number(&title) else {
                        return Err(format!("{target} is told of {title:?}, which was on no page"));
                    };
                    self.told_of(&target, id, article, number)?;
                }
                Says::Summary(count, shown, approved) => {
                    self.summaries.insert((target.clone(), id), count);
                    for article in shown.into_iter().filter(|_| !approved) {
                        hold!(
                            !self.told.contains_key(&(target.clone(), article)),
                            "{target} is told of {article} in a summary, and was told before"
                        );
                        self.summarised.insert((target.clone(), article));
                    }
                }
                Says::Health => {}
                Says::Change(what, article, seq, title) => {
                    hold!(target == Settings::watcher(), "{target} is told that {title:?} was {what:?}");
                    hold!(pages.number(&title).is_some(), "{title:?} was {what:?}, and was on no page");
                    let before = *self.changes.entry((article, what, seq)).or_insert(id);
                    hold!(before == id, "that {title:?} was {what:?} by {seq} is {before} and {id}");
                }
            }
        }
        Ok(())
    }

    fn told_of(&mut self, target: &TargetId, id: DeliveryId, article: ArticleId, number: usize) -> Outcome {
        hold!(*target != Settings::watcher(), "{target} is told that {number} is new");
        let known = self.known.get(&number).map(|known| known.standing);
        let is_one = !self.twins.contains(&number);
        hold!(
            known != Some(Standing::Silent) || !is_one,
            "{target} is told of {number}, which a baseline held"
        );
        hold!(
            known.is_some() || self.unsure.contains_key(&number),
            "{target} is told of {number}, which nobody scanned"
        );
        hold!(
            !self.summarised.contains(&(target.clone(), article)),
            "{target} is told of {number} alone, and was in a summary"
        );
        let before = *self.told.entry((target.clone(), article)).or_insert(id);
        hold!(before == id, "{target} is told of {number} as {before} and as {id}");
        let ids = self.told_numbers.entry((target.clone(), number)).or_default();
        ids.insert(id);
        hold!(ids.len() == 1 || !is_one, "{target} is told of {number} as {ids:?}");
        Ok(())
    }

    /// When all is calm, everything owed was told. `dead` are the articles whose messages were given up, and how many
    /// others were.
    pub(super) fn all_told(&self, dead: &[(TargetId, Option<usize>, usize)]) -> Outcome {
        let bursty = Settings::target(2);
        let is_dead = |target: &TargetId, number: usize| {
            dead.iter().any(|(of, about, _)| of == target && *about == Some(number))
        };
        for each in [0, 1].map(Settings::target) {
            for number in self.owed.get(&each).into_iter().flatten() {
                let key = (each.clone(), *number);
                hold!(
                    self.told_numbers.contains_key(&key)
                        || self.dropped.contains(&key)
                        || is_dead(&each, *number),
                    "{each} was owed {number} and is not told"
                );
            }
        }
        let owed = self.owed.get(&bursty).map_or(0, BTreeSet::len);
        let alone = self.told_numbers.keys().filter(|(target, _)| *target == bursty).count();
        let mine =
            |((target, _), count): (&(TargetId, DeliveryId), &usize)| (*target == bursty).then_some(*count);
        let summed: usize = self.summaries.iter().filter_map(mine).sum();
        let lost: usize = dead.iter().filter(|(of, ..)| *of == bursty).map(|(.., count)| count).sum();
        let dropped = self.dropped.iter().filter(|(target, _)| *target == bursty).count()
            + self.dropped_more.get(&bursty).copied().unwrap_or_default();
        hold!(
            alone + summed + lost + dropped >= owed,
            "{bursty} was owed {owed}, and told of {alone} and {summed}, without {lost} dead and {dropped} dropped"
        );
        Ok(())
    }
}
