//! `[listing.html]`, and how the dates of a listing are written.

use std::ops::Range;

use super::Checker;
use super::value::{MAX_NAME, inside};
use crate::config::raw::{RawField, RawHtml, RawPolicy, RawRule, Text};
use crate::extract::html::{ITSELF, check_regex, check_selector};
use crate::model::html::{FieldRule, HtmlRules};
use crate::model::listing::DateRules;

/// How many elements up a rule may go.
const MAX_PARENTS: i64 = 20;
/// How many forms of dates a listing may have.
const MAX_FORMATS: usize = 20;

impl Checker<'_> {
    /// The rules of a listing; `None` after a fault that leaves nothing to go on with.
    pub(super) fn html(&mut self, raw: &RawHtml) -> Option<HtmlRules> {
        for key in &raw.missing {
            let fault = self.findings.fault(raw.span.clone(), format!("these rules have no `{key}`"));
            fault.hint("the selector of one entry, such as `item = \"article.post\"`");
        }
        let mut rules = HtmlRules {
            item: raw.item.as_ref().and_then(|text| self.selector(text)).unwrap_or_default(),
            tags_split: raw.tags_split.as_ref().map(|text| text.get_ref().clone()),
            ..HtmlRules::default()
        };
        for (name, field) in &raw.fields {
            let rule = match field {
                RawField::Short(text) => self.short_rule(text),
                RawField::Table(table) => self.rule(table),
            };
            if let Some(place) = rules.field_mut(name) {
                *place = Some(rule);
            }
        }
        if let Some(split) = raw.tags_split.as_ref().filter(|text| text.get_ref().is_empty()) {
            self.findings.fault(split.span(), "`tags_split` is empty").hint("such as `tags_split = \"|\"`");
        } else if let Some(split) = raw.tags_split.as_ref().filter(|_| rules.tags.is_none()) {
            let warning = self.findings.warn(split.span(), "`tags_split` has no effect without `tags`");
            warning.hint("say where the tags are: `tags = \".tags\"`");
        }
        (!rules.item.is_empty()).then_some(rules)
    }

    /// A selector; `None` after a fault.
    pub(super) fn selector(&mut self, text: &Text) -> Option<String> {
        let selector = text.get_ref().trim();
        self.part(text, selector).then(|| selector.to_owned())
    }

    /// Checks `part` of `text` as a selector; whether it is one.
    fn part(&mut self, text: &Text, part: &str) -> bool {
        let Err(bad) = check_selector(part) else { return true };
        let at = text.get_ref().find(part).unwrap_or_default();
        let span = inside(self.text, text, &shifted(&bad.span, at));
        let message = format!("this selector is not understood: {}", bad.message);
        self.findings.fault(span, message).hint(bad.hint);
        false
    }

    /// `h2 a`, `h2 a @href`, `@data-id`.
    fn short_rule(&mut self, text: &Text) -> FieldRule {
        let (select, _) = FieldRule::split(text.get_ref());
        if text.get_ref().trim().is_empty() {
            let fault = self.findings.fault(text.span(), "this rule is empty");
            fault.hint(format!("`{ITSELF}` is the entry itself"));
        } else if !select.is_empty() && select != ITSELF {
            self.part(text, select);
        }
        FieldRule::short(text.get_ref())
    }

    fn rule(&mut self, raw: &RawRule) -> FieldRule {
        let steps = [&raw.closest, &raw.previous, &raw.next, &raw.select, &raw.attr];
        if steps.iter().all(|step| step.is_none()) && raw.parent.is_none() && raw.regex.is_none() {
            let fault = self.findings.fault(raw.span.clone(), "this rule says nothing");
            fault.hint("such as `{ select = \"h2 a\" }`");
        }
        let mut step = |text: &Option<Text>| text.as_ref().and_then(|text| self.selector(text));
        let (closest, previous, next) = (step(&raw.closest), step(&raw.previous), step(&raw.next));
        let select = match &raw.select {
            Some(text) if text.get_ref().trim().is_empty() || text.get_ref().trim() == ITSELF => {
                String::new()
            }
            Some(text) => self.selector(text).unwrap_or_default(),
            None => String::new(),
        };
        if let Some(regex) = &raw.regex
            && let Err(bad) = check_regex(regex.get_ref())
        {
            let span = inside(self.text, regex, &bad.span);
            let fault = self.findings.fault(span, format!("this regex is not understood: {}", bad.message));
            fault.hint("the first group is the value, or else all that matches: `regex = '(\\d+) views'`");
        }
        if let Some(attr) = raw.attr.as_ref().filter(|attr| attr.get_ref().trim().is_empty()) {
            self.findings.fault(attr.span(), "`attr` is empty").hint("without it the text is read");
        }
        let parent = self.number(raw.parent.as_ref(), "parent", 0..=MAX_PARENTS, 0);
        FieldRule {
            closest,
            parent: u8::try_from(parent).unwrap_or_default(),
            previous,
            next,
            select,
            attr: raw.attr.as_ref().map(|attr| attr.get_ref().trim().to_owned()),
            regex: raw.regex.as_ref().map(|regex| regex.get_ref().clone()),
        }
    }

    /// How dates are written, with `base` for what is left out.
    pub(super) fn dates(&mut self, raw: &RawPolicy, base: &DateRules) -> DateRules {
        DateRules {
            day_first: raw.day_first.as_ref().map(|flag| *flag.get_ref()).or(base.day_first),
            formats: self.date_formats(raw).unwrap_or_else(|| base.formats.clone()),
            language: self.page_language(raw.language.as_ref()).or_else(|| base.language.clone()),
        }
    }

    fn date_formats(&mut self, raw: &RawPolicy) -> Option<Vec<String>> {
        let list = raw.date_formats.as_ref()?;
        let count = list.get_ref().len();
        if count > MAX_FORMATS {
            let fault = self.findings.fault(list.span(), format!("`date_formats` holds {count} forms"));
            fault.hint(format!("at most {MAX_FORMATS}"));
        }
        let mut formats = Vec::new();
        for text in list.get_ref().iter().take(MAX_FORMATS) {
            let format = text.get_ref().trim();
            let wrong = chrono::format::StrftimeItems::new(format)
                .any(|item| matches!(item, chrono::format::Item::Error));
            if wrong || !format.contains('%') || format.len() > MAX_NAME {
                let fault = self.findings.fault(text.span(), "this is no form of a date");
                fault.hint("as `strftime` has them: `%d.%m.%Y`, `%b %d, %Y %H:%M %z`");
            } else {
                formats.push(format.to_owned());
            }
        }
        Some(formats)
    }

    fn page_language(&mut self, text: Option<&Text>) -> Option<String> {
        let text = text?;
        let known = || DateRules::LANGUAGES.iter().map(|(name, _)| *name);
        // `de-AT` is German.
        let name = text.get_ref().trim().to_ascii_lowercase();
        let name = name.split(['-', '_']).next().unwrap_or_default();
        if known().any(|language| language == name) {
            return Some(name.to_owned());
        }
        let list = known().collect::<Vec<_>>().join(", ");
        self.findings.fault(text.span(), "`language` is not known").hint(format!("one of {list}"));
        None
    }
}

fn shifted(span: &Range<usize>, by: usize) -> Range<usize> {
    span.start + by..span.end + by
}
