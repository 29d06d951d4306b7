//! From what was found in each entry to one rule for all of them.

use std::collections::{BTreeMap, HashSet};

use super::bylines::{Form, byline, is_row, row};
use super::groups::Group;
use super::parts::{Found, Parts};
use super::survey::telling_classes;
use crate::extract::html::compile::{Compiled, Field};
use crate::extract::html::field::Kind;
use crate::extract::html::select::{Query, Selectors, is_ident_char};
use crate::extract::html::tree::{Id, Name, Tree};
use crate::model::html::{FieldRule, HtmlRules};
use crate::model::listing::DateRules;
use crate::model::text::one_line;

/// How many entries are asked, and how many rules of a field are tried on them.
const VOTERS: usize = 40;
const TRIED: usize = 14;

/// Rules for the entries of `group`; `None` where no selector tells them from the rest of the page.
pub(super) fn rules(query: &Query<'_, '_>, group: &Group, dates: &DateRules) -> Option<HtmlRules> {
    let item = item_selector(query, group)?;
    let mut rules = HtmlRules { item, ..HtmlRules::default() };
    let compiled = Compiled::of(&rules).ok()?;
    let parts = Parts { query, dates };
    let members: HashSet<Id> = group.members.iter().copied().collect();
    let voters: Vec<(Id, Found)> =
        group.members.iter().take(VOTERS).map(|id| (*id, parts.of(*id, &members))).collect();
    let vote = |kind: Kind, least: f32, form: Option<&Form>, chosen: &dyn Fn(&Found) -> Option<Id>| {
        let votes: Vec<(Id, Option<Id>)> =
            voters.iter().map(|(item, found)| (*item, chosen(found))).collect();
        elect(query, &compiled, &votes, least, kind, form)
    };
    rules.title = Some(vote(Kind::Text, 0.5, None, &|found| found.title)?);
    rules.date = vote(Kind::Date, 0.4, None, &|found| found.date);
    let said = voters.iter().filter_map(|(_, found)| found.source).filter(|id| {
        let text = query.tree.text(*id, 40);
        text.trim_start().get(..3).is_some_and(|start| start.eq_ignore_ascii_case("by "))
    });
    let said = said.count();
    rules.source = vote(Kind::Text, 0.4, None, &|found| found.source);
    if let Some(source) = rules.source.as_mut().filter(|_| said * 2 > voters.len()) {
        source.regex = Some(r"(?i)^(?:by\s+)?(.+)$".to_owned());
    }
    let bylines = || voters.iter().filter_map(|(_, found)| found.byline).map(|(_, forms)| forms);
    if rules.source.is_none()
        && let Some(number) = usual(bylines)
    {
        let of_form =
            |found: &Found| found.byline.filter(|(_, forms)| forms >> number & 1 == 1).map(|(id, _)| id);
        rules.source = vote(Kind::Text, 0.4, byline(number), &of_form);
    }
    rules.summary = vote(Kind::Text, 0.3, None, &|found| found.summary);
    rules.category = vote(Kind::Text, 0.4, None, &|found| found.category);
    let first_tags = voters.iter().filter_map(|(_, found)| found.tags.first());
    let texts: Vec<String> = first_tags.map(|id| one_line(&query.tree.text(*id, 600))).collect();
    let labelled = texts.iter().filter(|text| is_row(text)).count();
    let form = if labelled == 0 { None } else { row(labelled == texts.len()) };
    rules.tags = vote(Kind::Text, 0.3, form, &|found| found.tags.first().copied());
    if rules.tags.is_some() && labelled * 2 > texts.len() {
        rules.tags_split = separator(&texts);
    }
    Some(rules)
}

/// The first of the bits that are set most often.
fn usual<I: Iterator<Item = u8>>(masks: impl Fn() -> I) -> Option<usize> {
    let count = |bit: usize| masks().filter(|mask| mask >> bit & 1 == 1).count();
    (0..8).rev().max_by_key(|bit| count(*bit)).filter(|bit| count(*bit) > 0)
}

/// What stands between the tags of rows that have no comma.
fn separator(rows: &[String]) -> Option<String> {
    if rows.iter().any(|row| row.contains([',', '，', '、', ';'])) {
        return None;
    }
    let found = ["|", "·", "•", " / "].into_iter().find(|mark| rows.iter().any(|row| row.contains(mark)));
    found.map(str::to_owned)
}

/// The rule whose first element is most often the chosen one; `None` where less than `least` of the entries have
/// any, or no rule fits most of those. With a form, elements count whose text it fits.
fn elect(
    query: &Query<'_, '_>,
    rules: &Compiled,
    votes: &[(Id, Option<Id>)],
    least: f32,
    kind: Kind,
    form: Option<&Form>,
) -> Option<FieldRule> {
    let chosen = votes.iter().filter(|(_, chosen)| chosen.is_some()).count();
    if chosen == 0 || (chosen as f32) < votes.len() as f32 * least {
        return None;
    }
    // Each rule with how often it was proposed and how plain it is.
    let mut proposed: BTreeMap<(Option<String>, String), (usize, usize)> = BTreeMap::new();
    for (item, chosen) in votes {
        let Some(chosen) = chosen else { continue };
        for (rank, rule) in proposals(query.tree, *item, *chosen).into_iter().enumerate() {
            let entry = proposed.entry(rule).or_insert((0, rank));
            entry.0 += 1;
            entry.1 = entry.1.min(rank);
        }
    }
    let mut proposed: Vec<_> = proposed.into_iter().collect();
    proposed.sort_by(|a, b| b.1.0.cmp(&a.1.0).then(a.1.1.cmp(&b.1.1)).then(a.0.cmp(&b.0)));
    proposed.truncate(TRIED);
    let mut best: Option<(f32, FieldRule)> = None;
    proposed.sort_by_key(|(_, (_, rank))| *rank);
    for ((next, select), _) in proposed {
        let mut rule = FieldRule { next, select, ..FieldRule::default() };
        let Ok(mut field) = Field::of(&rule) else { continue };
        if let Some(form) = form {
            (rule.regex, field.regex) = (Some(form.text.to_owned()), Some(form.regex.clone()));
        }
        let mut score = 0.0_f32;
        for (item, chosen) in votes {
            let found = query.first(*item, &field, rules, kind, 1_000).map(|(id, _)| id);
            match (found, chosen) {
                (Some(found), Some(chosen)) if found == *chosen => score += 1.0,
                (Some(_), Some(_)) => score -= 0.3,
                (Some(_), None) => score -= 0.2,
                _ => {}
            }
        }
        if best.as_ref().is_none_or(|(before, _)| score > before + 0.01) {
            best = Some((score, rule));
        }
    }
    best.filter(|(score, _)| *score >= chosen as f32 * 0.6).map(|(_, rule)| rule)
}

/// Rules that lead from `item` to `chosen`, the most telling first: the element after the entry, and the selector.
fn proposals(tree: &Tree<'_>, item: Id, chosen: Id) -> Vec<(Option<String>, String)> {
    let mut start = item;
    let mut next = Vec::new();
    if chosen >= tree.end(item) {
        let Some(after) = std::iter::successors(tree.next(item), |at| tree.next(*at))
            .take(8)
            .find(|at| chosen < tree.end(*at))
        else {
            return Vec::new();
        };
        start = after;
        for class in telling_classes(tree, after).take(2) {
            next.push(Some(format!("{}.{}", tree.name_text(after), escaped(class))));
        }
        if tree.classes(after).next().is_none() {
            next.push(Some(format!("{}:not([class])", tree.name_text(after))));
        }
        next.push(Some(tree.name_text(after).into_owned()));
    } else {
        next.push(None);
    }
    let selectors = if chosen == start { vec![String::new()] } else { selectors(tree, start, chosen) };
    next.iter().flat_map(|next| selectors.iter().map(move |select| (next.clone(), select.clone()))).collect()
}

/// Selectors for `id` below `scope`, the most telling first.
fn selectors(tree: &Tree<'_>, scope: Id, id: Id) -> Vec<String> {
    let name = tree.name_text(id).into_owned();
    let mut out = Vec::new();
    let parent = tree.parent(id).filter(|parent| *parent > scope);
    let heading = std::iter::successors(parent, |at| tree.parent(*at).filter(|up| *up > scope))
        .find(|at| tree.name(*at).is_heading());
    if let Some(heading) = heading {
        out.push(format!("{} {name}", tree.name_text(heading)));
        out.push(format!(":is(h1, h2, h3, h4, h5, h6) {name}"));
    }
    for class in telling_classes(tree, id).take(4) {
        out.push(format!("{name}.{}", escaped(class)));
    }
    if let Some(value) = tree.raw_attr(id, "itemprop").filter(|value| value.chars().all(is_ident_char)) {
        out.push(format!("[itemprop=\"{value}\"]"));
    }
    if name == "a"
        && tree.raw_attr(id, "rel").is_some_and(|rel| rel.split_ascii_whitespace().any(|word| word == "tag"))
    {
        out.push("a[rel~=tag]".to_owned());
    }
    if tree.name(id).is_heading() || name == "time" {
        out.push(name.clone());
    }
    if let Some(parent) = parent {
        for class in telling_classes(tree, parent).take(3) {
            out.push(format!(".{} > {name}", escaped(class)));
        }
    }
    if tree.name(id).is_heading() {
        out.push(":is(h1, h2, h3, h4, h5, h6)".to_owned());
    }
    out.push(name.clone());
    match tree.parent(id) {
        Some(up) if up == scope => {
            out.push(format!("> {name}"));
            out.push(format!("> {name}:nth-child({})", tree.index(id)));
        }
        Some(up) => {
            out.push(format!("{} > {name}", tree.name_text(up)));
            if tree.parent(up) == Some(scope) {
                out.push(format!("> {}:nth-child({}) > {name}", tree.name_text(up), tree.index(up)));
                out.push(format!(
                    "> {}:nth-child({}) > {name}:nth-child({})",
                    tree.name_text(up),
                    tree.index(up),
                    tree.index(id)
                ));
            }
        }
        None => {}
    }
    out
}

/// A selector that matches the members of a group, and nothing else where that can be had.
fn item_selector(query: &Query<'_, '_>, group: &Group) -> Option<String> {
    let tree = query.tree;
    let first = *group.members.first()?;
    let mut own = tree.name_text(first).into_owned();
    if !own.chars().all(is_ident_char) {
        return None;
    }
    let common: Vec<&str> = tree
        .classes(first)
        .filter(|class| class.len() <= 60 && !class.contains(['&', '\0']))
        .filter(|class| group.members.iter().all(|id| tree.classes(*id).any(|other| other == *class)))
        .collect();
    let telling: Vec<&str> = telling_classes(tree, first).filter(|class| common.contains(class)).collect();
    let mut classes: Vec<&str> = group.class.as_deref().into_iter().collect();
    for class in telling.iter().chain(&common) {
        if !classes.contains(class) && classes.len() < 3 {
            classes.push(class);
        }
    }
    // One class is enough where it tells; more are taken only as needed.
    let mut best: Option<(usize, String)> = None;
    let mut consider = |selector: String| -> bool {
        let Ok(parsed) = Selectors::parse(&selector) else { return false };
        let matched = query.all(0, &parsed).take(group.members.len() * 4 + 8).count();
        if matched >= group.members.len() && best.as_ref().is_none_or(|(before, _)| matched < *before) {
            best = Some((matched, selector));
        }
        matched == group.members.len()
    };
    let mut done = false;
    for class in &classes {
        own.push_str(&format!(".{}", escaped(class)));
        done = consider(own.clone());
        if done {
            break;
        }
    }
    done = done || classes.is_empty() && consider(own.clone());
    // Upwards, as far as is needed; the strict one says of elements without a class that they have none, which
    // tells a plain list from those that say what they are.
    let (mut selector, mut strict) = (own.clone(), own);
    let mut at = first;
    for _ in 0..6 {
        let Some(up) = tree.parent(at).filter(|up| !done && tree.name(*up) != Name::HTML) else { break };
        let id = tree.raw_attr(up, "id").filter(|id| !id.is_empty() && id.chars().all(is_ident_char));
        let id = id.filter(|id| !id.starts_with(|c: char| c.is_ascii_digit() || c == '-'));
        if let Some(id) = id {
            done = consider(format!("#{id} > {selector}"));
        }
        if !done {
            let name = tree.name_text(up);
            let classes: String =
                telling_classes(tree, up).take(2).map(|class| format!(".{}", escaped(class))).collect();
            let none = if tree.raw_attr(up, "class").is_none() { ":not([class])" } else { "" };
            selector = format!("{name}{classes} > {selector}");
            strict = format!("{name}{classes}{none} > {strict}");
            done = consider(selector.clone()) || strict != selector && consider(strict.clone());
        }
        at = up;
    }
    best.filter(|(matched, _)| *matched <= group.members.len() + group.members.len() / 4 + 1)
        .map(|(_, selector)| selector)
}

/// A class as it is written in a selector.
fn escaped(class: &str) -> String {
    let mut out = String::with_capacity(class.len());
    for (at, c) in class.chars().enumerate() {
        if at == 0 && c.is_ascii_digit() {
            out.push_str(&format!("\\{:x} ", u32::from(c)));
        } else if is_ident_char(c) {
            out.push(c);
        } else {
            out.push('\\');
            out.push(c);
        }
    }
    if out == "-" { "\\-".to_owned() } else { out }
}
