//! One item of a feed.

use std::borrow::Cow;

use crate::extract::fields::Fields;
use crate::extract::links::Base;
use crate::extract::markup;
use crate::extract::moment;
use crate::extract::xml::{Kind, Scanner, Tag};
use crate::model::Entry;
use crate::model::reading::Weight;

use super::names::{Names, Space};
use super::{ends_fact, is_item};

/// How many tags of one item are looked at.
const MAX_TAGS: usize = 1_000;

/// How an item ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// With its end tag.
    Closed,
    /// With the next item, or the feed's end.
    Missing,
    /// With the document.
    Cut,
}

/// How a text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// As character data that means itself.
    Text,
    /// As character data that is HTML.
    Html,
    /// As elements.
    Xhtml,
    /// As character data that may be HTML and may not.
    Loose,
    /// As something that is no text (a picture in base64).
    Foreign,
}

/// A text as it stands in the feed.
#[derive(Clone, Copy, Debug)]
struct Written<'t> {
    raw: &'t str,
    style: Style,
}

/// What an item holds, as it stands in the feed.
pub(super) struct Item<'t> {
    pub(super) end: End,
    /// Whether it is one of Atom, whose texts say how they are written.
    atom: bool,
    about: Option<&'t str>,
    id: Option<&'t str>,
    /// Whether the id says that it is no link.
    opaque: bool,
    original: Option<&'t str>,
    link: Option<&'t str>,
    /// The link that stands in an attribute, and whether it leads to HTML for sure.
    alternate: Option<(&'t str, bool)>,
    title: Option<Written<'t>>,
    published: Option<&'t str>,
    dublin: Option<&'t str>,
    updated: Option<&'t str>,
    source: Option<&'t str>,
    publisher: Option<&'t str>,
    author: Option<&'t str>,
    tags: Vec<&'t str>,
    summary: Option<Written<'t>>,
    content: Option<Written<'t>>,
}

impl Style {
    /// How a title is written; `atom` where that is known of the element around it.
    pub(super) fn of_title(tag: &Tag<'_>, atom: Option<bool>) -> Self {
        match atom {
            Some(true) => Self::declared(tag, Self::Text),
            Some(false) => Self::Loose,
            None if tag.attribute("type").is_some() => Self::declared(tag, Self::Text),
            None => Self::Loose,
        }
    }

    /// As the tag's `type` and, of Atom 0.3, `mode` say.
    fn declared(tag: &Tag<'_>, otherwise: Self) -> Self {
        if tag.attributes.is_empty() {
            return otherwise;
        }
        if tag.attribute("mode") == Some("base64") || tag.attribute("src").is_some() {
            return Self::Foreign;
        }
        let escaped = tag.attribute("mode") == Some("escaped");
        match tag.attribute("type") {
            None => otherwise,
            Some("text") => Self::Text,
            Some("html") => Self::Html,
            Some("xhtml") => Self::Xhtml,
            Some("text/html" | "application/xhtml+xml") if escaped => Self::Html,
            Some("application/xhtml+xml") => Self::Xhtml,
            Some("text/html") => Self::Html,
            Some(other) if other.starts_with("text/") => Self::Text,
            Some(_) => Self::Foreign,
        }
    }

    /// The text that is written so, up to about `most` bytes.
    pub(super) fn text(self, raw: &str, most: usize) -> Cow<'_, str> {
        match self {
            Self::Text => markup::value(raw),
            // Elements instead of character data, where that was said to stand there: they are read as they are.
            Self::Html if raw.contains('<') && !raw.contains("<![CDATA[") => markup::plain(raw, most),
            Self::Html => through(markup::value(raw), |text| markup::plain(text, most)),
            Self::Xhtml => markup::plain(raw, most),
            Self::Loose => through(markup::value(raw), |text| markup::title(text, most)),
            Self::Foreign => Cow::Borrowed(""),
        }
    }
}

/// `next` of a text that may be borrowed.
fn through<'t>(text: Cow<'t, str>, next: impl Fn(&str) -> Cow<'_, str>) -> Cow<'t, str> {
    match text {
        Cow::Borrowed(text) => next(text),
        Cow::Owned(text) => Cow::Owned(next(&text).into_owned()),
    }
}

impl<'t> Item<'t> {
    /// Reads the item that `open` opens, up to its end.
    pub(super) fn read(open: &Tag<'t>, scanner: &mut Scanner<'t>, names: &Names<'t>) -> Self {
        let mut item = Self {
            end: End::Cut,
            atom: open.local() == "entry",
            about: open.attributes.contains("about").then(|| open.attribute("rdf:about")).flatten(),
            id: None,
            opaque: false,
            original: None,
            link: None,
            alternate: None,
            title: None,
            published: None,
            dublin: None,
            updated: None,
            source: None,
            publisher: None,
            author: None,
            tags: Vec::new(),
            summary: None,
            content: None,
        };
        while let Some(tag) = scanner.next() {
            if is_item(&tag) {
                if tag.kind == Kind::Close {
                    item.end = End::Closed;
                } else {
                    item.end = End::Missing;
                    scanner.back(&tag);
                }
                break;
            }
            if tag.kind == Kind::Close {
                if ends_fact(&tag) {
                    item.end = End::Missing;
                    scanner.back(&tag);
                    break;
                }
                continue;
            }
            item.fact(&tag, scanner, names);
        }
        item
    }

    /// Takes what one element of the item says. The first of each kind counts.
    fn fact(&mut self, tag: &Tag<'t>, scanner: &mut Scanner<'t>, names: &Names<'t>) {
        let (prefix, local) = tag.name.split_once(':').unwrap_or(("", tag.name));
        let space = names.space(prefix);
        let style = |otherwise| if self.atom { Style::declared(tag, otherwise) } else { otherwise };
        let place: &mut Option<&'t str> = match (space, local) {
            (Space::Plain, "title") => {
                let style = Style::of_title(tag, Some(self.atom));
                let raw = scanner.inner(tag, ends_fact);
                self.title = self.title.or(Some(Written { raw, style }));
                return;
            }
            (Space::Plain, "link") => return self.hear_link(tag, scanner),
            (Space::Plain, "category") => return self.hear_category(tag, scanner),
            (Space::Plain, "description") => {
                let style = if self.atom { style(Style::Text) } else { Style::Html };
                let raw = scanner.inner(tag, ends_fact);
                self.summary = self.summary.or(Some(Written { raw, style }));
                return;
            }
            (Space::Plain, "summary") => {
                let style = style(if self.atom { Style::Text } else { Style::Html });
                let raw = scanner.inner(tag, ends_fact);
                self.summary = self.summary.or(Some(Written { raw, style }));
                return;
            }
            (Space::Plain, "content") => {
                let style = style(if self.atom { Style::Text } else { Style::Html });
                let raw = scanner.inner(tag, ends_fact);
                self.content = self.content.or(Some(Written { raw, style }));
                return;
            }
            (Space::Content, "encoded") => {
                let raw = scanner.inner(tag, ends_fact);
                self.content = self.content.or(Some(Written { raw, style: Style::Html }));
                return;
            }
            (Space::Dublin, "title") => {
                let raw = scanner.inner(tag, ends_fact);
                self.title = self.title.or(Some(Written { raw, style: Style::Loose }));
                return;
            }
            (Space::Dublin, "description") => {
                let raw = scanner.inner(tag, ends_fact);
                self.summary = self.summary.or(Some(Written { raw, style: Style::Html }));
                return;
            }
            (Space::Dublin, "subject") => {
                let raw = scanner.inner(tag, ends_fact);
                return self.add_tag(raw);
            }
            (Space::Plain, "guid") => {
                self.opaque |=
                    tag.attribute("isPermaLink").is_some_and(|flag| flag.eq_ignore_ascii_case("false"));
                &mut self.id
            }
            (Space::Plain, "id") => &mut self.id,
            (Space::Plain, "pubDate" | "pubdate" | "PubDate" | "published" | "issued") => &mut self.published,
            (Space::Dublin, "date" | "issued" | "created") | (Space::Plain, "created") => &mut self.dublin,
            (Space::Plain | Space::Dublin, "updated" | "modified") => &mut self.updated,
            (Space::Plain, "source") => &mut self.source,
            (Space::Plain, "author") | (Space::Dublin, "creator") => &mut self.author,
            (Space::Dublin, "publisher") => &mut self.publisher,
            (Space::Burner, "origLink") => &mut self.original,
            // What has titles and links of its own.
            (Space::Plain, "contributor" | "image") => {
                scanner.inner(tag, ends_fact);
                return;
            }
            _ => return,
        };
        let raw = scanner.inner(tag, ends_fact);
        if place.is_none() && !raw.trim_ascii().is_empty() {
            *place = Some(raw);
        }
    }

    /// A link: of Atom in an attribute, of RSS as text.
    fn hear_link(&mut self, tag: &Tag<'t>, scanner: &mut Scanner<'t>) {
        if let Some(href) = tag.attribute("href") {
            let kind = tag.attribute("type");
            let html = kind.is_none_or(|kind| kind.contains("html"));
            let better = self.alternate.is_none_or(|(_, known)| html && !known);
            if better && matches!(tag.attribute("rel"), None | Some("alternate" | "")) {
                self.alternate = Some((href, html));
            }
        } else {
            let raw = scanner.inner(tag, ends_fact);
            if self.link.is_none() && !raw.trim_ascii().is_empty() {
                self.link = Some(raw);
            }
        }
    }

    /// A category: of Atom in an attribute, of RSS as text.
    fn hear_category(&mut self, tag: &Tag<'t>, scanner: &mut Scanner<'t>) {
        let named =
            tag.attribute("label").filter(|label| !label.is_empty()).or_else(|| tag.attribute("term"));
        let raw = match named {
            Some(named) => named,
            None => scanner.inner(tag, ends_fact),
        };
        self.add_tag(raw);
    }

    fn add_tag(&mut self, raw: &'t str) {
        if self.tags.len() < MAX_TAGS {
            self.tags.push(raw);
        }
    }

    /// The entry, and its author; `None`, with a fault, when there is nothing to call it by.
    pub(super) fn finish(self, base: &Base, fields: &mut Fields<'_>) -> Option<(Entry, Option<String>)> {
        let most = fields.limits.summary_bytes as usize;
        let written = [self.summary, self.content].into_iter().flatten();
        let summary = written.filter_map(|text| fields.summary(&text.style.text(text.raw, most))).next();
        // An id is no link when it says so, or when it is no address at all.
        let permalink = self.id.filter(|_| !self.opaque && !self.atom);
        let permalink = permalink.map(markup::value).filter(|id| is_address(id));
        let about = self.about.map(markup::value).filter(|about| is_address(about));
        let written = [self.original, self.link, self.alternate.map(|(href, _)| href)];
        let links = written.into_iter().flatten().map(markup::value).chain(permalink).chain(about);
        let link = fields.link(base, links);
        let title = self.title.and_then(|title| {
            let most = fields.limits.line_bytes as usize;
            let text = title.style.text(title.raw, most);
            fields.line("title", &text)
        });
        let Some(title) = title.or_else(|| fields.stand_in(summary.as_deref(), link.as_deref())) else {
            let reason = "the item has no title, no text and no link; it was left out";
            fields.faults.add(Weight::Loss, fields.line, reason);
            return None;
        };
        let dates = [self.published, self.dublin, self.updated].into_iter().flatten();
        let rules = fields.dates;
        let date = fields.date(dates.map(|raw| moment::read_by(&markup::value(raw), rules)));
        let id = self.id.or(self.about).and_then(|id| fields.id(&markup::value(id)));
        let source = self.source.map(|raw| named(raw, "title")).filter(|source| !source.trim().is_empty());
        let source = source.or_else(|| self.publisher.map(|raw| named(raw, "name")));
        let entry = Entry {
            id,
            link,
            source: source.and_then(|source| fields.line("source", &source)),
            date,
            title,
            summary,
            tags: fields.tags(self.tags.into_iter().map(|raw| tag_text(raw))),
            page: fields.faults.page_number(),
            line: fields.line,
            whole: true,
            ..Entry::default()
        };
        let author = self.author.and_then(|raw| fields.line("author", &author_name(&named(raw, "name"))));
        Some((entry, author))
    }
}

fn tag_text(raw: &str) -> Cow<'_, str> {
    through(markup::value(raw), |text| markup::title(text, usize::MAX))
}

/// Whether a text is an address of the web.
fn is_address(text: &str) -> bool {
    let text = text.trim_start();
    let has = |scheme: &str| text.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme));
    has("http://") || has("https://")
}

/// What an element says that is either a text or has a child of that name.
fn named<'t>(raw: &'t str, child: &str) -> Cow<'t, str> {
    if !raw.contains('<') {
        return markup::value(raw);
    }
    let mut scanner = Scanner::new(raw);
    let mut has_children = false;
    while let Some(tag) = scanner.next() {
        if tag.kind == Kind::Open && tag.local() == child {
            let style = Style::declared(&tag, Style::Text);
            return style.text(scanner.inner(&tag, |_| false), usize::MAX);
        }
        has_children = true;
    }
    if has_children { Cow::Borrowed("") } else { markup::value(raw) }
}

/// The name in `mail@example.com (Name)`, as RSS writes authors.
fn author_name(text: &str) -> String {
    match text.split_once('(') {
        Some((mail, name)) if mail.contains('@') => name.trim_end().trim_end_matches(')').to_owned(),
        _ => text.to_owned(),
    }
}
