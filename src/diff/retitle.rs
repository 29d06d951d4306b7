//! Retitles and corrected dates: a key that vanished and a key that appeared may be one article.
//!
//! In doubt they are two: a weekly column with one title stays news.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::identity::{Match, Recall, Sight};
use super::past::Past;
use crate::model::text::{fold, fold_key};
use crate::model::{Article, Entry};

/// Pairs entries that match nothing with places in [`Past::held`] that vanished in this scan.
///
/// `certain` are the vanished places that cannot have aged out; `fresh` all that vanished just now. Returns
/// place by index of entry.
#[must_use]
pub(super) fn pairs(
    sight: &Sight<'_>,
    past: &Past,
    recall: &Recall,
    certain: &BTreeSet<usize>,
    fresh: &BTreeSet<usize>,
) -> HashMap<usize, usize> {
    let new: Vec<(usize, &Entry)> = sight
        .entries
        .iter()
        .filter(|seen| seen.is == Match::New)
        .map(|seen| (seen.candidate.index, seen.candidate.entry))
        .collect();
    let gone: Vec<(usize, &Article)> =
        fresh.iter().filter_map(|at| Some((*at, recall.articles.get(&past.held[*at].article)?))).collect();
    if new.is_empty() || gone.is_empty() {
        return HashMap::new();
    }
    let mut paired = retitled(&new, &gone, certain);
    let redated = redated(&new, &gone);
    for (index, at) in redated {
        if !paired.contains_key(&index) && !paired.values().any(|taken| *taken == at) {
            paired.insert(index, at);
        }
    }
    paired
}

/// Same source, same day, exactly one each, equal digits, and near-equal titles or an equal summary.
fn retitled(
    new: &[(usize, &Entry)],
    gone: &[(usize, &Article)],
    certain: &BTreeSet<usize>,
) -> HashMap<usize, usize> {
    type Group<'a> = (Vec<&'a (usize, &'a Entry)>, Vec<&'a (usize, &'a Article)>);
    let mut groups: BTreeMap<_, Group<'_>> = BTreeMap::new();
    for item in new {
        let Some(date) = item.1.date else { continue };
        groups.entry((item.1.source.as_deref().map(fold_key), date.day())).or_default().0.push(item);
    }
    for item in gone {
        let Some(date) = item.1.date else { continue };
        if let Some(group) = groups.get_mut(&(item.1.source.as_deref().map(fold_key), date.day())) {
            group.1.push(item);
        }
    }
    let mut paired = HashMap::new();
    for (new, gone) in groups.into_values() {
        if let ([(index, entry)], [(at, article)]) = (&new[..], &gone[..])
            && certain.contains(at)
            && digits(&entry.title) == digits(&article.title)
            && (dice(&entry.title, &article.title) >= 0.6 || same_summary(entry, article))
        {
            paired.insert(*index, *at);
        }
    }
    paired
}

/// Same source, same title, another day, and the same summary or link: exactly one each.
fn redated(new: &[(usize, &Entry)], gone: &[(usize, &Article)]) -> Vec<(usize, usize)> {
    let mut by_title: HashMap<_, (Vec<usize>, Vec<usize>)> = HashMap::new();
    for (place, (_, entry)) in new.iter().enumerate() {
        by_title
            .entry((entry.source.as_deref().map(fold_key), fold_key(&entry.title)))
            .or_default()
            .0
            .push(place);
    }
    for (place, (_, article)) in gone.iter().enumerate() {
        if let Some(group) =
            by_title.get_mut(&(article.source.as_deref().map(fold_key), fold_key(&article.title)))
        {
            group.1.push(place);
        }
    }
    by_title
        .into_values()
        .filter_map(|(new_places, gone_places)| {
            let ([place], [other]) = (&new_places[..], &gone_places[..]) else { return None };
            let ((index, entry), (at, article)) = (new[*place], gone[*other]);
            let same_link = entry.link.is_some() && entry.link == article.link;
            (same_link || same_summary(entry, article)).then_some((index, at))
        })
        .collect()
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
