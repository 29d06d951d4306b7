//! Retitles and corrected dates: a key that vanished and a key that appeared may be one article.
//!
//! In doubt they are two: a weekly column with one title stays news.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::identity::{Match, Recall, Seen, Sight};
use super::past::Past;
use crate::model::text::{fold, fold_key};
use crate::model::{Article, Entry, Printed};

/// Pairs entries that match nothing with places in [`Past::held`] that vanished in this scan, which are `gone`.
///
/// `not_aged` are the vanished places that cannot have fallen off the end of the page. One that a scan has missed
/// before has not gone yet: it may be back under another title. Returns place by index of entry.
#[must_use]
pub(super) fn pairs(
    sight: &Sight<'_>,
    past: &Past,
    recall: &Recall,
    gone: &BTreeSet<usize>,
    not_aged: &BTreeSet<usize>,
) -> HashMap<usize, usize> {
    let came: Vec<Came<'_>> = sight.entries.iter().filter_map(Came::of).collect();
    let known = |at: &usize| recall.articles.get(&past.held[*at].article);
    let article = |at: &usize| known(at).filter(|article| !article.is_textless());
    let went: Vec<Went<'_>> =
        gone.iter().filter_map(|at| Some(Went { at: *at, article: article(at)? })).collect();
    if went.is_empty() || !came.iter().any(|came| came.is_new) {
        return HashMap::new();
    }
    let day = |date: Option<Printed>| date.map(Printed::day);
    let retitled = alone(
        &came,
        &went,
        |entry| Some((entry.source.as_deref().map(fold_key), day(entry.date)?)),
        |article| Some((article.source.as_deref().map(fold_key), day(article.date)?)),
    );
    let redated = alone(
        &came,
        &went,
        |entry| Some((entry.source.as_deref().map(fold_key), fold_key(&entry.title))),
        |article| Some((article.source.as_deref().map(fold_key), fold_key(&article.title))),
    );
    let retitled = retitled.into_iter().filter(|(came, went)| is_retitled(came.entry, went.article));
    let redated = redated.into_iter().filter(|(came, went)| is_redated(came.entry, went.article));
    let mut paired = HashMap::new();
    let mut taken = HashSet::new();
    for (came, went) in retitled.chain(redated) {
        let is_free = came.is_new && not_aged.contains(&went.at) && !paired.contains_key(&came.index);
        if is_free && taken.insert(went.at) {
            paired.insert(came.index, went.at);
        }
    }
    paired
}

/// An entry that the last reading did not show.
#[derive(Clone, Copy)]
struct Came<'a> {
    index: usize,
    entry: &'a Entry,
    /// Nobody knows it. One that the site knows is itself, but makes what else came less certain.
    is_new: bool,
}

impl<'a> Came<'a> {
    fn of(seen: &Seen<'a>) -> Option<Self> {
        let (index, entry) = (seen.candidate.index, seen.candidate.entry);
        match seen.is {
            Match::Held(_) => None,
            is => Some(Self { index, entry, is_new: is == Match::New }),
        }
    }
}

/// An article that the reading no longer shows.
#[derive(Clone, Copy)]
struct Went<'a> {
    at: usize,
    article: &'a Article,
}

/// What came and what went alone: exactly one of each has that key. In the order of the keys.
fn alone<'a, K: Ord>(
    came: &[Came<'a>],
    went: &[Went<'a>],
    key_of_entry: impl Fn(&Entry) -> Option<K>,
    key_of_article: impl Fn(&Article) -> Option<K>,
) -> Vec<(Came<'a>, Went<'a>)> {
    let mut groups: BTreeMap<K, (Vec<Came<'a>>, Vec<Went<'a>>)> = BTreeMap::new();
    for came in came {
        if let Some(key) = key_of_entry(came.entry) {
            groups.entry(key).or_default().0.push(*came);
        }
    }
    for went in went {
        if let Some(group) = key_of_article(went.article).and_then(|key| groups.get_mut(&key)) {
            group.1.push(*went);
        }
    }
    let pair = |(came, went): (Vec<Came<'a>>, Vec<Went<'a>>)| match (&came[..], &went[..]) {
        ([came], [went]) => Some((*came, *went)),
        _ => None,
    };
    groups.into_values().filter_map(pair).collect()
}

/// Of one source and day: equal digits, and near-equal titles or an equal summary.
fn is_retitled(entry: &Entry, article: &Article) -> bool {
    digits(&entry.title) == digits(&article.title)
        && (dice(&entry.title, &article.title) >= 0.6 || same_summary(entry, article))
}

/// Of one source and title: an equal summary or link.
fn is_redated(entry: &Entry, article: &Article) -> bool {
    let same_link = entry.link.is_some() && entry.link == article.link;
    same_link || same_summary(entry, article)
}

fn same_summary(entry: &Entry, article: &Article) -> bool {
    matches!((&entry.summary, &article.summary), (Some(a), Some(b)) if fold(a) == fold(b))
}

/// The numbers in a title: "Part 1" and "Part 2" are two articles, however alike.
fn digits(title: &str) -> Vec<String> {
    fold_key(title)
        .split(|c: char| !c.is_numeric())
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Sørensen and Dice's coefficient over the words of two titles; for scripts without blanks, over pairs of
/// characters.
fn dice(a: &str, b: &str) -> f64 {
    let (a, b) = (tokens(a), tokens(b));
    let mut rest = b.clone();
    let shared = a
        .iter()
        .filter(|token| {
            rest.iter().position(|other| other == *token).map(|at| rest.swap_remove(at)).is_some()
        })
        .count();
    let total = a.len() + b.len();
    if total == 0 {
        return 0.0;
    }
    #[expect(clippy::cast_precision_loss, reason = "token counts of a bounded title")]
    let coefficient = 2.0 * shared as f64 / total as f64;
    coefficient
}

fn tokens(title: &str) -> Vec<String> {
    let folded = fold_key(title);
    let mut tokens = Vec::new();
    for word in folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        let chars: Vec<char> = word.chars().collect();
        if chars.iter().all(|c| *c < '\u{2E80}') || chars.len() < 2 {
            tokens.push(word.to_owned());
        } else {
            tokens.extend(chars.windows(2).map(String::from_iter));
        }
    }
    // A title is bounded, but comparing bags of tokens is quadratic: 200 words tell enough.
    tokens.truncate(200);
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dice_of_near_titles_is_high_and_of_others_low() {
        assert!(dice("How Uber Scales Its Platform", "How Uber Scaled Its Platform") >= 0.6);
        assert!(dice("How Uber Scales Its Platform", "Inside Weibo's Architecture") < 0.3);
        assert!(dice("微服务架构设计实践", "微服务架构设计的实践") >= 0.6);
        assert!(dice("", "").abs() < f64::EPSILON);
    }

    #[test]
    fn digits_tell_parts_of_a_series_apart() {
        assert_ne!(digits("Part 1 of 3"), digits("Part 2 of 3"));
        assert_eq!(digits("5 ms"), digits("In 5 ms"));
    }
}
