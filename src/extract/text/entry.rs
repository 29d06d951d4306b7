//! One entry from the lines of its block.

use crate::extract::dates::BadDate;
use crate::extract::faults::Faults;
use crate::model::listing::Limits;
use crate::model::reading::Weight;
use crate::model::{Entry, Printed, TagRow, text};

use super::blocks::Block;
use super::lines::{Kind, Lines, same_text};
use super::{anchors, noise, row};

/// How an entry ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Finish {
    /// With its closing line.
    Whole,
    /// With what is probably its closing line; the page ends before that is proven.
    Doubtful,
    /// With the page.
    Cut,
    /// With the next entry: its closing line is missing.
    Missing,
}

impl Finish {
    /// How a block that others follow ends.
    pub(super) fn of(block: &Block) -> Self {
        if block.close.is_some() { Self::Whole } else { Self::Missing }
    }
}

/// Reads the entry of a block; `None`, with a fault, when it has no title.
pub(super) fn read(
    lines: &Lines<'_>,
    block: &Block,
    finish: Finish,
    limits: &Limits,
    faults: &mut Faults,
) -> Option<Entry> {
    let first = lines.number(block.first);
    let mut fields = Fields { limits, line: first, faults };
    let body = body_of(lines, block, finish);
    let title = body.first().and_then(|title| fields.line("title", title));
    let Some(title) = title else {
        if finish != Finish::Cut {
            let line = lines.number(block.date);
            faults.add(Weight::Loss, line, "a date line without a title after it; the entry was left out");
        }
        return None;
    };
    let (summary, run) = split_body(body.get(1..).unwrap_or_default());
    let mut entry = Entry {
        source: block.source.and_then(|at| fields.line("source", lines.text(at))),
        title,
        summary: fields.summary(summary),
        tags: run.and_then(|run| fields.line("tag row", run)).map_or(TagRow::None, row::read),
        page: fields.faults.page_number(),
        line: first,
        ..Entry::default()
    };
    if let Kind::Date(found) = lines.kind(block.date) {
        entry.category = found.category.and_then(|category| fields.line("category", category));
        match found.day {
            Ok(day) => entry.date = Some(Printed::Day(day)),
            Err(bad) => faults.add(Weight::Loss, lines.number(block.date), bad_date(bad)),
        }
    }
    if let Some(Kind::Close(closing)) = block.close.map(|at| lines.kind(at)) {
        entry.likes = closing.likes.filter(|likes| *likes <= u64::from(u32::MAX));
        entry.minutes = closing.minutes.filter(|minutes| *minutes < u32::MAX);
        if (entry.likes, entry.minutes) != (closing.likes, closing.minutes) {
            let line = block.close.map_or(first, |at| lines.number(at));
            faults.add(Weight::Warning, line, "a number of likes or minutes that cannot be; it was left out");
        }
    }
    if finish == Finish::Missing {
        let reason = "the entry's closing line (likes, minutes) is missing; it is not taken for whole";
        faults.add(Weight::Loss, first, reason);
    }
    entry.whole = finish == Finish::Whole && entry.date.is_some();
    Some(entry)
}

/// The texts of a block's body; at the end of a cut page without footer and without what began a closing line.
fn body_of<'t>(lines: &Lines<'t>, block: &Block, finish: Finish) -> Vec<&'t str> {
    let mut body: Vec<&str> = block.body.clone().map(|at| lines.text(at)).collect();
    if block.close.is_none() {
        while body.len() > 1 && body.last().is_some_and(|last| noise::is_noise(last)) {
            body.pop();
        }
        let starts_number = |text: &&str| text.starts_with(|c: char| c.is_ascii_digit());
        if finish == Finish::Cut && lines.open_end && body.len() > 1 && body.last().is_some_and(starts_number)
        {
            body.pop();
        }
        // The title again, where the closing line is missing.
        if body.len() > 1 && body.first().zip(body.last()).is_some_and(|(a, b)| same_text(a, b)) {
            body.pop();
        }
    }
    body
}

/// What follows the title: the summary's lines, and the tag run where the last line looks like one.
fn split_body<'b, 't>(rest: &'b [&'t str]) -> (&'b [&'t str], Option<&'t str>) {
    match rest.split_last() {
        Some((last, before)) if row::is_row(last) && !is_closing(last) => (before, Some(last)),
        _ => (rest, None),
    }
}

fn is_closing(text: &str) -> bool {
    matches!(anchors::kind(text), Kind::Close(_))
}

fn bad_date(bad: BadDate) -> &'static str {
    match bad {
        BadDate::Unordered => {
            "the date does not say which number is the month; the entry has no date and is not taken for whole"
        }
        BadDate::NoSuchDay => "there is no such day between 1970 and 2199; the entry has no date",
    }
}

/// Cleans and bounds the fields of one entry.
struct Fields<'f> {
    limits: &'f Limits,
    line: u32,
    faults: &'f mut Faults,
}

impl Fields<'_> {
    /// A field of one line; `None` when nothing is left of it.
    fn line(&mut self, name: &str, raw: &str) -> Option<String> {
        self.bounded(name, text::one_line(raw), self.limits.line_bytes)
    }

    /// The summary, its lines joined with a blank.
    fn summary(&mut self, raw: &[&str]) -> Option<String> {
        let text = match raw {
            [one] => text::one_line(one),
            _ => text::one_line(&raw.join(" ")),
        };
        self.bounded("summary", text, self.limits.summary_bytes)
    }

    fn bounded(&mut self, name: &str, text: String, max: u32) -> Option<String> {
        let max = max as usize;
        if text.len() <= max {
            return Some(text).filter(|text| !text.is_empty());
        }
        let reason = format!("the {name} has {} bytes and was cut to the limit of {max}", text.len());
        self.faults.add(Weight::Loss, self.line, reason);
        Some(text::bounded(&text, max)).filter(|text| !text.is_empty())
    }
}
