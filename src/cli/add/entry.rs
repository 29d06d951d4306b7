//! The `[[listing]]` that is appended, as text.

use std::collections::BTreeSet;
use std::fmt;

use super::target::Target;
use crate::cli::args::AddArgs;
use crate::cli::output::plain;
use crate::cli::preview::Looked;
use crate::model::listing::Format;
use crate::model::slug;
use crate::model::text::{bounded, counted, one_line};

/// The greatest length of an id that is made, in bytes.
const MAX_ID: usize = 40;

/// The greatest length of a title, in bytes.
const MAX_TITLE: usize = 200;

/// Titles that say nothing of a page.
const GENERIC: [&str; 16] = [
    "home", "homepage", "index", "blog", "news", "articles", "archive", "archives", "latest", "posts",
    "feed", "rss", "atom", "sitemap", "untitled", "welcome",
];

/// A listing, and what the comment above it says.
pub(super) struct Entry {
    /// Its id.
    pub id: String,
    /// The table of rules that were found.
    pub rules: Option<String>,
    comment: Vec<String>,
    title: Option<String>,
    target: Target,
    pages: Option<String>,
    allow_private: bool,
    site: Option<String>,
    tags: Vec<String>,
    format: Format,
    every: Option<String>,
    schedule: Option<String>,
}

impl Entry {
    /// The listing of a page that was looked at, or that did not come. Its id is none of `taken`.
    pub(super) fn of(
        args: &AddArgs,
        target: Target,
        looked: Option<&Looked>,
        taken: &BTreeSet<String>,
    ) -> Self {
        let page = looked.and_then(|looked| looked.reading.pages.first());
        let said = page
            .and_then(|page| page.title.as_deref())
            .map(|title| bounded(&plain(&one_line(title)), MAX_TITLE));
        let said = said.filter(|title| !title.is_empty());
        let id = args.id.clone().unwrap_or_else(|| {
            free_id(said.as_deref().unwrap_or_default(), &target.name(), |id| taken.contains(id))
        });
        let format = page.and_then(|page| page.format).unwrap_or(args.format);
        let found = looked.filter(|looked| looked.found > 0);
        let rules = found.and_then(|looked| looked.rules.as_ref());
        let name = said.as_deref().map(|title| format!("“{title}”: ")).unwrap_or_default();
        let comment = match (found, rules) {
            (None, _) => vec![format!("{name}nothing was found on it when it was added.")],
            (Some(looked), Some(rules)) => {
                let table = rules.config.lines().next().unwrap_or_default();
                vec![
                    format!(
                        "{name}{}, found by what repeats on the page, {} % sure.",
                        counted(looked.found, "article"),
                        (rules.confidence * 100.0).round()
                    ),
                    format!("Without {table} they are looked for anew in each scan."),
                ]
            }
            (Some(looked), None) => vec![format!("{name}{}.", counted(looked.found, "article"))],
        };
        Self {
            id,
            rules: rules.map(|rules| rules.config.clone()),
            comment,
            title: args.title.clone().or(said),
            target,
            pages: args.pages.clone(),
            allow_private: args.allow_private,
            site: args.site.clone(),
            tags: args.tags.clone(),
            format,
            every: args.every.clone(),
            schedule: args.schedule.clone(),
        }
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.comment {
            writeln!(f, "# {line}")?;
        }
        writeln!(f, "[[listing]]\nid = {}", quoted(&self.id))?;
        let mut key = |name: &str, value: Option<&str>| match value {
            Some(value) => writeln!(f, "{name} = {}", quoted(value)),
            None => Ok(()),
        };
        key("title", self.title.as_deref())?;
        match &self.target {
            Target::Web { url, .. } => key("url", Some(url))?,
            Target::File { pattern, .. } => writeln!(f, "files = [{}]", quoted(pattern))?,
        }
        let mut key = |name: &str, value: Option<&str>| match value {
            Some(value) => writeln!(f, "{name} = {}", quoted(value)),
            None => Ok(()),
        };
        key("pages", self.pages.as_deref())?;
        key("site", self.site.as_deref())?;
        key("format", Some(self.format.name()))?;
        key("every", self.every.as_deref())?;
        key("schedule", self.schedule.as_deref())?;
        if self.allow_private {
            writeln!(f, "allow_private = true")?;
        }
        if !self.tags.is_empty() {
            let tags: Vec<String> = self.tags.iter().map(|tag| quoted(tag)).collect();
            writeln!(f, "tags = [{}]", tags.join(", "))?;
        }
        match &self.rules {
            Some(rules) => write!(f, "\n{}\n", rules.trim_end()),
            None => Ok(()),
        }
    }
}

/// An id that is free: of the page's title, else of its host or file, with a number where others have that.
pub(super) fn free_id(title: &str, name: &str, taken: impl Fn(&str) -> bool) -> String {
    let (title, name) = (slug::readable(title), slug::readable(name));
    let base = match (GENERIC.contains(&title.as_str()) || title.len() < 3, title.is_empty(), name.is_empty())
    {
        (false, ..) => title,
        (true, _, true) => {
            if title.is_empty() {
                "listing".to_owned()
            } else {
                title
            }
        }
        (true, true, false) => name,
        (true, false, false) => format!("{name}-{title}"),
    };
    let base = shortened(&base);
    if !taken(base) {
        return base.to_owned();
    }
    (2_u32..).map(|number| format!("{base}-{number}")).find(|id| !taken(id)).unwrap_or_default()
}

/// The first words of an id that fit.
fn shortened(id: &str) -> &str {
    let Some(head) = id.get(..MAX_ID) else { return id };
    let whole = id.as_bytes().get(MAX_ID) == Some(&b'-');
    match head.rfind('-') {
        Some(end) if !whole && end > 0 => &head[..end],
        _ => head.trim_end_matches('-'),
    }
}

/// A text as the config has it. What JSON writes in quotes, TOML reads alike, but for one character.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace('\u{7F}', "\\u007F")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_made_of_titles_and_are_free() {
        for (title, name, id) in [
            ("Notes from the engine room", "e.org", "notes-from-the-engine-room"),
            ("C++ & Rust", "e.org", "c-plus-plus-and-rust"),
            ("Blog", "news.e.org", "news-e-org-blog"),
            ("Blog", "", "blog"),
            ("最新文章", "e.org", "e-org"),
            ("", "", "listing"),
            ("???", "e.org", "e-org"),
            (
                "A title that goes on and on for much longer than any id should be",
                "e.org",
                "a-title-that-goes-on-and-on-for-much",
            ),
        ] {
            assert_eq!(free_id(title, name, |_| false), id, "{title}");
            assert!(crate::model::ListingId::parse(id).is_ok());
        }
        let taken = ["news-of-e", "news-of-e-2"];
        assert_eq!(free_id("News of E", "", |id| taken.contains(&id)), "news-of-e-3");
    }

    #[test]
    fn any_text_is_quoted_as_toml_reads_it() {
        for text in ["a\"b\\c", "\u{7F}\u{1}\n", "é “x”", "'''", "\u{2028}"] {
            let table: toml::Table = toml::from_str(&format!("x = {}", quoted(text))).expect("TOML");
            assert_eq!(table["x"].as_str(), Some(text));
        }
    }
}
