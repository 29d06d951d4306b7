//! Entries of a page by rules.

use std::collections::HashSet;

use super::compile::Compiled;
use super::detect;
use super::field::Kind;
use super::links::{Base, Link};
use super::select::Query;
use super::tree::{Id, MAX_DEPTH, Name, Tree};
use crate::extract::charset::Decoded;
use crate::extract::dates::{self, PageDate};
use crate::extract::faults::Faults;
use crate::model::listing::{DateRules, Limits, Rules};
use crate::model::reading::{Document, Weight};
use crate::model::text::{bounded, one_line};
use crate::model::{Entry, Page, Printed, TagRow};

/// The greatest number of tags of one entry.
const MAX_TAGS: usize = 100;

/// Of the entries that have a date (a link) so many in a hundred, and one without is not whole.
const USUAL: usize = 80;

/// Reads one page: fills in the facts of `page` and appends its entries.
pub(in crate::extract) fn read(
    document: &Document,
    decoded: &Decoded<'_>,
    rules: &Rules,
    page: &mut Page,
    entries: &mut Vec<Entry>,
    faults: &mut Faults,
) {
    let text = &*decoded.text;
    let tree = match Tree::parse(text) {
        Ok(tree) => tree,
        Err(bad) => {
            let line = line_of(text, bad.at);
            faults.page(format!(
                "elements are nested deeper than {MAX_DEPTH} on line {line}; no browser shows such a page"
            ));
            return;
        }
    };
    let query = Query::new(&tree);
    let found;
    let html = match &rules.html {
        Some(html) => html,
        None => match detect::on_page(&query, &rules.dates) {
            Some(detection) if detection.confidence >= detect::ENOUGH => {
                found = Box::new(detection.rules);
                &found
            }
            other => return faults.page(detect::complaint(other.as_ref())),
        },
    };
    let compiled = match Compiled::of(html) {
        Ok(compiled) => compiled,
        Err(bad) => return faults.page(format!("the listing's rules cannot be used: {}", bad.message)),
    };
    page.title = title_of(&query, &rules.limits);
    let mut reader = Reader {
        query: &query,
        rules: &compiled,
        base: Base::of(&tree, document.address.as_deref()),
        limits: &rules.limits,
        dates: &rules.dates,
        line: Line { text, at: 0, number: 1 },
        faults,
    };
    let items = reader.items(page, entries);
    if reader.faults_of_page(&html.item, items, page.entries) {
        return;
    }
    note_end(&tree, text, decoded.cut, items, page, entries, faults);
}

/// Whether the page seems to have come whole; marks the last entry where it did not.
fn note_end(
    tree: &Tree<'_>,
    text: &str,
    cut: bool,
    items: Items,
    page: &mut Page,
    entries: &mut [Entry],
    faults: &mut Faults,
) {
    let last_open = tree.open.contains(&items.last);
    let unclosed = tree.open.iter().any(|id| !tree.name(*id).may_stay_open());
    page.cut = cut || tree.broken || tree.full || tree.begins && !tree.ends && (last_open || unclosed);
    if !page.cut {
        return;
    }
    if (last_open || tree.end(items.last) >= tree.len())
        && let Some(last) = entries.last_mut()
    {
        last.whole = false;
    }
    let line = line_of(text, text.len());
    let reason = if tree.full {
        "the page has more elements than are read; it was not read to its end"
    } else {
        "the page ends before it is closed; it may not have come whole"
    };
    faults.add(Weight::Loss, line, reason);
}

fn line_of(text: &str, at: usize) -> u32 {
    Line { text, at: 0, number: 1 }.of(at)
}

/// The page's own title.
fn title_of(query: &Query<'_, '_>, limits: &Limits) -> Option<String> {
    let tree = query.tree;
    let title = (1..tree.len()).take(20_000).find(|id| tree.name(*id) == Name::TITLE)?;
    let text = one_line(&tree.text(title, limits.line_bytes as usize));
    Some(bounded(&text, limits.line_bytes as usize)).filter(|title| !title.is_empty())
}

/// Counts lines while going through a page.
struct Line<'t> {
    text: &'t str,
    at: usize,
    number: u32,
}

impl Line<'_> {
    /// The line of the byte `at`; asked for in the order of the page.
    fn of(&mut self, at: usize) -> u32 {
        let passed = self.text.as_bytes().get(self.at..at).unwrap_or_default();
        let ends = memchr::memchr_iter(b'\n', passed).count();
        self.number = self.number.saturating_add(u32::try_from(ends).unwrap_or(u32::MAX));
        self.at = self.at.max(at);
        self.number
    }
}

/// What was found of items.
#[derive(Clone, Copy, Default)]
struct Items {
    count: usize,
    last: Id,
}

struct Reader<'r, 'q, 't, 'f> {
    query: &'r Query<'q, 't>,
    rules: &'r Compiled,
    base: Base,
    limits: &'r Limits,
    dates: &'r DateRules,
    line: Line<'t>,
    faults: &'f mut Faults,
}

/// An entry, and what its page gives of it without its being readable.
struct Read {
    entry: Entry,
    /// Something stands where its date should.
    dated: bool,
    /// Its date says something that could not be understood.
    doubtful: bool,
}

impl Reader<'_, '_, '_, '_> {
    /// Reads all entries.
    fn items(&mut self, page: &mut Page, entries: &mut Vec<Entry>) -> Items {
        let query = self.query;
        let mut items = Items::default();
        let mut reads: Vec<Read> = Vec::new();
        let mut seen: HashSet<(String, String)> = HashSet::new();
        for id in query.all(0, &self.rules.item) {
            (items.count, items.last) = (items.count + 1, id);
            let line = self.line.of(query.tree.at(id));
            if entries.len() + reads.len() >= self.limits.entries as usize {
                let reason =
                    format!("more than {} entries; those from here on were left out", self.limits.entries);
                self.faults.add(Weight::Loss, line, reason);
                break;
            }
            let Some(read) = self.entry(id, line) else { continue };
            // The same article twice on a page: its picture and its title, say.
            let twice = read
                .entry
                .link
                .as_ref()
                .is_some_and(|link| !seen.insert((link.clone(), read.entry.title.clone())));
            if !twice {
                reads.push(read);
            }
        }
        let usual = |count: usize| count * 100 >= reads.len() * USUAL;
        let dated = usual(reads.iter().filter(|read| read.dated).count());
        let linked = usual(reads.iter().filter(|read| read.entry.link.is_some()).count());
        page.entries = reads.len();
        entries.extend(reads.into_iter().map(|read| Entry {
            whole: !read.doubtful && (read.dated || !dated) && (read.entry.link.is_some() || !linked),
            ..read.entry
        }));
        items
    }

    /// Faults of the page as a whole; whether there are any.
    fn faults_of_page(&mut self, selector: &str, items: Items, read: usize) -> bool {
        let selector = bounded(selector, 100);
        if self.query.is_spent() {
            let reason =
                format!("looking for `{selector}` and its fields took too long; simpler selectors would not");
            self.faults.page(reason);
        } else if items.count == 0 {
            self.faults.page(format!(
                "nothing on the page matches `{selector}`; the page may have changed, or be another one"
            ));
        } else if read == 0 {
            let count = crate::model::text::counted(items.count, "element");
            self.faults.page(format!("`{selector}` matches {count}, but none has a title"));
        } else {
            return false;
        }
        true
    }

    fn entry(&mut self, id: Id, line: u32) -> Option<Read> {
        let (title, title_at) = self.title(id);
        let Some(title) = title.and_then(|title| self.bounded("title", title, self.limits.line_bytes, line))
        else {
            self.faults.add(Weight::Loss, line, "an entry without a title; it was left out");
            return None;
        };
        let link = self.link(id, title_at, line);
        let date = self.rules.date.as_ref().map_or((None, false, false), |_| self.date(id, line));
        let tags = self.tags(id, line);
        let entry = Entry {
            id: self.line_of(id, "id", line),
            link,
            source: self.line_of(id, "source", line),
            date: date.0,
            category: self.line_of(id, "category", line),
            title,
            summary: self.summary(id, line),
            tags,
            page: self.faults.page_number(),
            line,
            ..Entry::default()
        };
        Some(Read { entry, dated: date.1, doubtful: date.2 })
    }

    /// The title and the element that holds it.
    fn title(&self, id: Id) -> (Option<String>, Option<Id>) {
        let most = self.limits.line_bytes as usize;
        let query = self.query;
        if let Some(field) = &self.rules.title {
            let found = query.first(id, field, self.rules, Kind::Text, most);
            return found.map_or((None, None), |(at, title)| (Some(title), Some(at)));
        }
        let tree = query.tree;
        let text = |at: Id| Some(one_line(&query.text_of(at, most))).filter(|text| !text.is_empty());
        let heading =
            tree.below(id).filter(|at| tree.name(*at).is_heading()).find_map(|at| Some((text(at)?, at)));
        let links =
            || tree.below(id).filter(|at| tree.name(*at) == Name::A).find_map(|at| Some((text(at)?, at)));
        match heading.or_else(links).or_else(|| Some((text(id)?, id))) {
            Some((text, at)) => (Some(text), Some(at)),
            None => (None, None),
        }
    }

    fn link(&mut self, id: Id, title: Option<Id>, line: u32) -> Option<String> {
        let query = self.query;
        let href = match &self.rules.link {
            Some(field) => query.value(id, field, self.rules, Kind::Link, 0),
            None => title.and_then(|at| self.title_link(id, at)).or_else(|| query.href(id)),
        }?;
        match self.base.link(&href) {
            Link::To(link) => Some(link),
            Link::None => None,
            Link::Adrift => {
                let shown = bounded(&one_line(&href), 100);
                let reason =
                    format!("the link `{shown}` is relative, and nothing says to what; it was left out");
                self.faults.add(Weight::Warning, line, reason);
                None
            }
        }
    }

    /// The link that a title is, has in it, or stands in.
    fn title_link(&self, item: Id, title: Id) -> Option<String> {
        let tree = self.query.tree;
        self.query.href(title).or_else(|| {
            let mut at = title;
            while at > item {
                at = tree.parent(at)?;
                if tree.name(at) == Name::A && tree.raw_attr(at, "href").is_some() {
                    return tree.attr(at, "href").map(std::borrow::Cow::into_owned);
                }
            }
            None
        })
    }

    /// The date, whether something stands where it should, and whether that could not be understood.
    fn date(&mut self, id: Id, line: u32) -> (Option<Printed>, bool, bool) {
        let Some(field) = &self.rules.date else { return (None, false, false) };
        let Some(text) = self.query.value(id, field, self.rules, Kind::Date, self.limits.line_bytes as usize)
        else {
            return (None, false, false);
        };
        let shown = bounded(&text, 60);
        let reason = match dates::find(&text, self.dates) {
            PageDate::Date(date) => return (Some(date), true, false),
            // True only today: when it was first seen says as much.
            PageDate::Relative => return (None, true, false),
            PageDate::Unordered => format!(
                "`{shown}` does not say which number is the month; set `day_first` of the listing. The entry has no \
                 date and is not taken for whole"
            ),
            PageDate::NoSuchDay => {
                format!("there is no such day between 1970 and 2199: `{shown}`; the entry has no date")
            }
            PageDate::None => {
                let reason = format!("`{shown}` is no date that is known; `date_formats` can tell its form");
                self.faults.add(Weight::Warning, line, reason);
                return (None, true, false);
            }
        };
        self.faults.add(Weight::Loss, line, reason);
        (None, true, true)
    }

    fn line_of(&mut self, id: Id, name: &str, line: u32) -> Option<String> {
        let field = match name {
            "id" => &self.rules.id,
            "source" => &self.rules.source,
            _ => &self.rules.category,
        };
        let most = self.limits.line_bytes;
        let value = self.query.value(id, field.as_ref()?, self.rules, Kind::Text, most as usize)?;
        self.bounded(name, value, most, line)
    }

    fn summary(&mut self, id: Id, line: u32) -> Option<String> {
        let field = self.rules.summary.as_ref()?;
        let most = self.limits.summary_bytes;
        let value = self.query.value(id, field, self.rules, Kind::Text, most as usize)?;
        self.bounded("summary", value, most, line)
    }

    fn tags(&mut self, id: Id, line: u32) -> TagRow {
        let Some(field) = &self.rules.tags else { return TagRow::None };
        let values = self.query.values(id, field, self.rules, self.limits.line_bytes as usize, MAX_TAGS + 1);
        let separators: &[&str] = match &self.rules.tags_split {
            Some(split) => &[split.as_str()],
            None if values.len() == 1 => &[",", "，", "、", ";"],
            None => &[],
        };
        let mut names: Vec<String> = values;
        for separator in separators.iter().filter(|separator| !separator.is_empty()) {
            names = names.iter().flat_map(|value| value.split(separator)).map(str::to_owned).collect();
        }
        let mut kept: Vec<String> = Vec::new();
        let mut room = self.limits.line_bytes as usize;
        for name in names {
            let name = one_line(name.trim().trim_start_matches('#'));
            if name.is_empty() || kept.contains(&name) {
                continue;
            }
            if kept.len() >= MAX_TAGS || name.len() > room {
                self.faults.add(
                    Weight::Loss,
                    line,
                    "the entry has more tags than are kept; the others were left out",
                );
                break;
            }
            room -= name.len();
            kept.push(name);
        }
        if kept.is_empty() { TagRow::None } else { TagRow::List(kept) }
    }

    fn bounded(&mut self, name: &str, value: String, most: u32, line: u32) -> Option<String> {
        let most = most as usize;
        if value.len() <= most {
            return Some(value).filter(|value| !value.is_empty());
        }
        self.faults.add(Weight::Loss, line, format!("the {name} is longer than {most} bytes and was cut"));
        Some(bounded(&value, most)).filter(|value| !value.is_empty())
    }
}
