//! Fields of one entry, cleaned and bounded, with a word on what was not kept.

use std::borrow::Cow;

use crate::model::listing::{DateRules, Limits};
use crate::model::reading::Weight;
use crate::model::{Printed, TagRow, text};

use super::dates::BadDate;
use super::faults::Faults;
use super::links::{BadLink, Base};

/// The longest id that is kept, in bytes: one that is cut might be another's.
const MAX_ID: usize = 8_000;

/// How much of a summary is the title of an entry without one, in bytes.
const TITLE_OF_SUMMARY: usize = 200;

/// Cleans and bounds the fields of the entry that begins at `line`.
pub(super) struct Fields<'f> {
    /// The bounds.
    pub(super) limits: &'f Limits,
    /// How dates are written.
    pub(super) dates: &'f DateRules,
    /// Where what was not kept is told.
    pub(super) faults: &'f mut Faults,
    /// The entry's line.
    pub(super) line: u32,
}

impl Fields<'_> {
    /// A field of one line; `None` when nothing is left of it.
    pub(super) fn line(&mut self, name: &str, raw: &str) -> Option<String> {
        let text = text::one_line(raw);
        let most = self.limits.line_bytes as usize;
        if text.len() <= most {
            return Some(text).filter(|text| !text.is_empty());
        }
        let reason = format!("the {name} has {} bytes and was cut to the limit of {most}", text.len());
        self.faults.add(Weight::Loss, self.line, reason);
        Some(text::bounded(&text, most)).filter(|text| !text.is_empty())
    }

    /// A summary, cut without a word: data formats often hold the whole article there.
    pub(super) fn summary(&self, raw: &str) -> Option<String> {
        let text = text::one_line(raw);
        let most = self.limits.summary_bytes as usize;
        let text = if text.len() <= most { text } else { text::bounded(&text, most) };
        Some(text).filter(|text| !text.is_empty())
    }

    /// What stands for the title of an entry that has none: the beginning of its summary, or its link.
    pub(super) fn stand_in(&mut self, summary: Option<&str>, link: Option<&str>) -> Option<String> {
        let most = TITLE_OF_SUMMARY.min(self.limits.line_bytes as usize);
        let summary = summary.map(|summary| text::bounded(summary, most)).filter(|title| !title.is_empty());
        summary.or_else(|| self.line("title", link?))
    }

    /// An id.
    pub(super) fn id(&mut self, raw: &str) -> Option<String> {
        let id = text::one_line(raw);
        if id.len() > MAX_ID {
            let reason = format!("the id has {} bytes, more than {MAX_ID}; it was left out", id.len());
            self.faults.add(Weight::Warning, self.line, reason);
            return None;
        }
        Some(id).filter(|id| !id.is_empty())
    }

    /// The first of some links that can be one.
    pub(super) fn link<'l>(
        &mut self,
        base: &Base,
        links: impl Iterator<Item = Cow<'l, str>>,
    ) -> Option<String> {
        let mut worst: Option<BadLink> = None;
        for link in links {
            match base.absolute(&link) {
                Ok(link) => return Some(link),
                Err(bad) => worst = worst.or(Some(bad)),
            }
        }
        if let Some(bad) = worst {
            self.faults.add(Weight::Warning, self.line, bad.reason());
        }
        None
    }

    /// The first of some dates that can be read.
    pub(super) fn date(
        &mut self,
        dates: impl Iterator<Item = Option<Result<Printed, BadDate>>>,
    ) -> Option<Printed> {
        let mut wrong = None;
        for date in dates {
            match date {
                Some(Ok(date)) => return Some(date),
                Some(Err(bad)) => wrong = wrong.or(Some(Some(bad))),
                None => wrong = wrong.or(Some(None)),
            }
        }
        let reason = match wrong? {
            Some(BadDate::NoSuchDay) => "there is no such day between 1970 and 2199; the entry has no date",
            Some(BadDate::Unordered) => {
                "the date does not say which number is the month; set `day_first` of the listing. The entry has no date"
            }
            None => "the date is written in no known form; `date_formats` can tell it. The entry has no date",
        };
        self.faults.add(Weight::Warning, self.line, reason);
        None
    }

    /// Tags, each once; those that pass the bound of a row are left out.
    pub(super) fn tags<'t>(&mut self, tags: impl Iterator<Item = Cow<'t, str>>) -> TagRow {
        let mut row: Vec<String> = Vec::new();
        let mut room = self.limits.line_bytes as usize;
        for tag in tags {
            let tag = text::one_line(&tag);
            if tag.is_empty() || row.contains(&tag) {
                continue;
            }
            if tag.len() > room {
                let reason = format!(
                    "the tags have more than {} bytes; the last were left out",
                    self.limits.line_bytes
                );
                self.faults.add(Weight::Loss, self.line, reason);
                break;
            }
            room -= tag.len();
            row.push(tag);
        }
        if row.is_empty() { TagRow::None } else { TagRow::List(row) }
    }
}

/// One fault for the entries past the limit.
pub(super) fn too_many(limits: &Limits, line: u32, faults: &mut Faults) {
    let reason = format!("more than {} entries; those from here on were left out", limits.entries);
    faults.add(Weight::Loss, line, reason);
}
