//! Elements of one shape, and how much they are like a list of articles.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::naming::is_code;
use super::parts::{Found, Parts};
use super::survey::{Place, Survey, telling_classes};
use crate::extract::html::select::Query;
use crate::extract::html::tree::{Id, Name};
use crate::model::listing::DateRules;

/// The fewest entries of a list.
const LEAST: usize = 3;
/// How many groups are looked at closely, and how many members of each.
const CLOSELY: usize = 40;
const SAMPLE: usize = 30;
/// How many bytes of an entry's text count for its weight.
const WEIGHT: u32 = 400;

/// Elements that may be the entries of a list.
pub(super) struct Group {
    /// In the order of the page.
    pub(super) members: Vec<Id>,
    /// The class that tells them from others of the same shape.
    pub(super) class: Option<String>,
    pub(super) score: f32,
}

/// The group that is most like a list of articles.
pub(super) fn best(query: &Query<'_, '_>, survey: &Survey, dates: &DateRules) -> Option<Group> {
    let mut groups: Vec<(u64, Group)> = candidates(query, survey)
        .into_iter()
        .map(|group| (weight(query, survey, &group), group))
        .filter(|(weight, _)| *weight > 0)
        .collect();
    groups.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.members[0].cmp(&b.1.members[0])));
    groups.truncate(CLOSELY);
    let mut groups: Vec<Group> = groups.into_iter().map(|(_, group)| group).collect();
    for group in &mut groups {
        group.score = score(query, survey, group, dates);
    }
    let at = (0..groups.len()).max_by(|a, b| groups[*a].score.total_cmp(&groups[*b].score))?;
    let at = outermost(query, &groups, at);
    Some(groups.swap_remove(at)).filter(|group| group.score > 0.0)
}

/// Of groups that are as good, one entry of which is in each entry of the other, the outer one: it holds more.
fn outermost(query: &Query<'_, '_>, groups: &[Group], at: usize) -> usize {
    let mut best = at;
    for (other, group) in groups.iter().enumerate() {
        let inner = &groups[best];
        if group.score < inner.score * 0.95 || group.members.len() != inner.members.len() || other == best {
            continue;
        }
        let holds = |(outer, inner): (&Id, &Id)| outer < inner && *inner < query.tree.end(*outer);
        if group.members.iter().zip(&inner.members).all(holds) {
            best = other;
        }
    }
    best
}

/// Elements with the same name below the same path, and those of them with the same class.
fn candidates(query: &Query<'_, '_>, survey: &Survey) -> Vec<Group> {
    let tree = query.tree;
    let mut index: HashMap<(u64, Name), usize> = HashMap::new();
    let mut lists: Vec<Vec<Id>> = Vec::new();
    for id in 1..tree.len() {
        if !tree.is_element(id) || survey.place[id as usize] == Place::Out || !may_be_entry(tree.name(id)) {
            continue;
        }
        let Some(parent) = tree.parent(id) else { continue };
        let next = lists.len();
        let at = *index.entry((survey.path[parent as usize], tree.name(id))).or_insert(next);
        if at == next {
            lists.push(Vec::new());
        }
        lists[at].push(id);
    }
    let mut groups = Vec::new();
    for members in lists.into_iter().filter(|members| members.len() >= LEAST) {
        let mut classes: BTreeMap<&str, Vec<Id>> = BTreeMap::new();
        for id in &members {
            for class in telling_classes(tree, *id) {
                let list = classes.entry(class).or_default();
                if list.last() != Some(id) {
                    list.push(*id);
                }
            }
        }
        let fits = |list: &Vec<Id>| {
            list.len() >= LEAST && list.len() < members.len() && list.len() * 4 >= members.len()
        };
        let mut parts: Vec<(&str, Vec<Id>)> = classes.into_iter().filter(|(_, list)| fits(list)).collect();
        parts.sort_by_key(|(_, list)| std::cmp::Reverse(list.len()));
        parts.dedup_by(|a, b| a.1 == b.1);
        parts.truncate(5);
        groups.extend(parts.into_iter().map(|(class, members)| Group {
            members,
            class: Some(class.to_owned()),
            score: 0.0,
        }));
        groups.push(Group { members, class: None, score: 0.0 });
    }
    groups
}

fn may_be_entry(name: Name) -> bool {
    name.is_heading()
        || matches!(
            name,
            Name::A
                | Name::ARTICLE
                | Name::BLOCKQUOTE
                | Name::DETAILS
                | Name::DIV
                | Name::DL
                | Name::DT
                | Name::FIGURE
                | Name::LI
                | Name::OTHER
                | Name::P
                | Name::SECTION
                | Name::TABLE
                | Name::TBODY
                | Name::TD
                | Name::TR
        )
}

/// A first look: how much text stands in members that hold a link.
fn weight(query: &Query<'_, '_>, survey: &Survey, group: &Group) -> u64 {
    let tree = query.tree;
    let one = |id: &Id| {
        let text = survey.text(tree, *id);
        let linked = survey.links(tree, *id) > 0;
        if linked && text >= 8 { u64::from(text.min(WEIGHT)) } else { 0 }
    };
    group.members.iter().map(one).sum()
}

/// How much a group is like a list of articles; above 0.8 it is more likely one than not.
fn score(query: &Query<'_, '_>, survey: &Survey, group: &Group, dates: &DateRules) -> f32 {
    let tree = query.tree;
    let parts = Parts { query, dates };
    let members: HashSet<Id> = group.members.iter().copied().collect();
    let sample: Vec<Id> = group.members.iter().copied().take(SAMPLE).collect();
    let found: Vec<Found> = sample.iter().map(|id| parts.of(*id, &members)).collect();
    let of = |count: usize| ratio(count, sample.len());
    let titles: Vec<&Found> =
        found.iter().filter(|found| found.title.is_some() && found.title_size >= 6).collect();
    if titles.len() < LEAST {
        return 0.0;
    }
    let hrefs: HashSet<&str> = titles.iter().filter_map(|found| found.href.as_deref()).collect();
    let distinct = ratio(hrefs.len(), titles.len());
    let texts: HashSet<&str> = titles.iter().map(|found| found.title_text.as_str()).collect();
    let various = ratio(texts.len(), titles.len());
    let average = titles.iter().map(|found| found.title_size).sum::<usize>() / titles.len();
    let length = match average {
        0..10 => 0.1,
        10..16 => 0.3,
        16..22 => 0.6,
        22..30 => 0.85,
        _ => 1.0,
    };
    let dated = of(found.iter().filter(|found| found.date.is_some()).count());
    let headed = of(titles.iter().filter(|found| found.headed).count());
    let summed = of(found.iter().filter(|found| found.summary.is_some()).count());
    // An element with several headings holds several articles.
    let headings: u32 = sample.iter().map(|id| survey.headings(tree, *id)).sum();
    let crowd = if headed > 0.5 { (headings as f32 / sample.len() as f32).max(1.0) } else { 1.0 };
    let count = ((1 + group.members.len()) as f32).ln() / 11_f32.ln();
    let mass: u64 = group.members.iter().map(|id| u64::from(survey.text(tree, *id))).sum();
    let links: u64 = group.members.iter().map(|id| u64::from(survey.link_text(tree, *id))).sum();
    let share = (mass as f32 / survey.mass.max(1) as f32).min(1.0);
    // Prose with a link here and there is no list: what stands around the titles is short, or has a heading.
    let prose = if headed < 0.5 && dated < 0.5 && links * 6 < mass { 0.3 } else { 1.0 };
    // Names of functions, types and files without a date are an index of something else.
    let coded = titles.iter().filter(|found| is_code(&found.title_text)).count();
    let code = if dated < 0.5 && coded * 2 > titles.len() { 0.25 } else { 1.0 };
    let beside = group.members.iter().filter(|id| survey.place[**id as usize] == Place::Beside).count();
    let place = if beside * 2 > group.members.len() { 0.2 } else { 1.0 };
    of(titles.len()).powi(2)
        * distinct
        * various
        * length
        * count.min(1.2)
        * (0.5 + share)
        * (1.0 + 0.5 * dated + 0.35 * headed + 0.3 * summed)
        * prose
        * code
        * place
        / (crowd * crowd)
}

fn ratio(count: usize, of: usize) -> f32 {
    count as f32 / of.max(1) as f32
}
