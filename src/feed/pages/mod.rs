//! The pages people read: `index.html`, one page for each feed, and one for each article.
//!
//! No inline styles and no inline scripts: they work under `default-src 'none'; style-src 'self'`, and whole
//! without the one script there is, which only filters rows. Every text from outside is escaped by the template
//! engine and stands in `<bdi>`, so that it can neither be markup nor turn the text around it. Links within the
//! site are relative, so the pages also work under another address. Each page is HTML and well-formed XML.

mod article;
mod directory;
mod feed;
mod index;
mod plot;

use std::sync::LazyLock;

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, Output, State, UndefinedBehavior, Value, context};

use super::catalog::FeedSummary;
use super::document::{Channel, FeedEntry};
use super::error::RenderError;
use super::media::{ATOM, JSON_FEED, RSS};
use super::text::{html, legal, line};
use crate::model::{Printed, Timestamp};

pub use article::article_page;
pub use directory::Directory;
pub use feed::feed_page;
pub use index::index_page;

/// The style sheet of all pages, published as `style.css`.
pub const STYLE: &str = include_str!("../templates/style.css");

/// The script of `index.html`, published as `search.js`: filters the rows that are there.
pub const SEARCH: &str = include_str!("../templates/search.js");

/// The endings of a feed's files, what readers call them, and their media types.
const FORMATS: [(&str, &str, &str); 3] =
    [("rss", "RSS", RSS), ("atom", "Atom", ATOM), ("json", "JSON", JSON_FEED)];

/// The templates, read once.
static TEMPLATES: LazyLock<Result<Environment<'static>, minijinja::Error>> = LazyLock::new(|| {
    let mut templates = Environment::new();
    templates.set_undefined_behavior(UndefinedBehavior::Strict);
    templates.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    templates.set_formatter(write_escaped);
    templates.add_template("base.html", include_str!("../templates/base.html"))?;
    templates.add_template("index.html", include_str!("../templates/index.html"))?;
    templates.add_template("feed.html", include_str!("../templates/feed.html"))?;
    templates.add_template("article.html", include_str!("../templates/article.html"))?;
    Ok(templates)
});

/// Fills a template; `path` is for the error.
fn fill(template: &str, path: &str, context: Value) -> Result<Vec<u8>, RenderError> {
    // The error of the templates is kept for every page, and has no copy of its own.
    let unread = |error: &minijinja::Error| minijinja::Error::new(error.kind(), error.to_string());
    let page = TEMPLATES
        .as_ref()
        .map_err(unread)
        .and_then(|templates| templates.get_template(template)?.render(context));
    page.map(|page| page.trim_start().as_bytes().to_vec()).map_err(RenderError::at(path))
}

/// Escapes what is needed and no more: the engine's own rule also turns every `/` into `&#x2f;`.
///
/// Attributes in the templates are in double quotes, so the single one is left alone.
fn write_escaped(
    out: &mut Output<'_>,
    state: &mut State<'_, '_>,
    value: &Value,
) -> Result<(), minijinja::Error> {
    match value.as_str() {
        Some(text) if !value.is_safe() => Ok(out.write_str(&html(text).replace('"', "&quot;"))?),
        _ => minijinja::escape_formatter(out, state, value),
    }
}

/// The language of a page. The words between the texts are English, so that is it where none is configured.
fn language(channel: &Channel) -> String {
    channel.language().map_or_else(|| "en".to_owned(), Into::into)
}

/// What leads from the page at `path` to the top of the tree: `../../` for a page two folders down.
fn root(path: &str) -> String {
    "../".repeat(path.matches('/').count())
}

/// The three files of the feed at `path`, as seen from a page whose way to the top is `root`.
fn files(path: &str, root: &str) -> Value {
    let file = |(ending, label, media_type)| context! { href => format!("{root}{path}.{ending}"), label, media_type };
    FORMATS.into_iter().map(file).collect()
}

/// What a page's head says of a feed, for programs that look for feeds there.
fn alternates(path: &str, name: &str, formats: &[(&str, &str, &str)], root: &str) -> Vec<Value> {
    let link = |&(ending, label, media_type): &(&str, &str, &str)| {
        context! {
            media_type,
            title => format!("{name} ({label})"),
            href => format!("{root}{path}.{ending}"),
        }
    };
    formats.iter().map(link).collect()
}

/// A text in paragraphs, none of them empty.
fn paragraphs(text: Option<&str>) -> Value {
    text.unwrap_or_default().split('\n').map(line).filter(|text| !text.is_empty()).collect()
}

/// The address of an entry, and whether it leads away; its own page where the entry has no link.
fn target(entry: &FeedEntry<'_>, root: &str) -> (String, bool) {
    match entry.web_link() {
        Some(link) => (legal(link).into_owned(), true),
        None => (own_page(entry, root), false),
    }
}

/// The address of an entry's own page.
fn own_page(entry: &FeedEntry<'_>, root: &str) -> String {
    format!("{root}articles/{}.html", entry.id)
}

/// When an entry is from: the date as its page prints it, else the time that feeds show.
fn dated(entry: &FeedEntry<'_>) -> Value {
    entry.date.map_or_else(|| moment(entry.published), date)
}

/// A time for people, and for programs.
fn moment(at: Timestamp) -> Value {
    let shown = at.to_chrono().format("%Y-%m-%d %H:%M UTC").to_string();
    context! { machine => at.rfc3339(), shown }
}

/// A date as printed: the day, or the day and time in the offset it was printed in.
fn date(printed: Printed) -> Value {
    let machine = printed.to_string();
    let shown = match printed {
        Printed::Day(_) => machine.clone(),
        Printed::Instant { .. } => machine.replacen('T', " ", 1),
    };
    context! { machine, shown }
}

/// For the window's title, which cannot be isolated by markup: the text without direction controls.
fn without_directions(text: &str) -> String {
    let is_direction = |c| matches!(c, '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    legal(text).chars().filter(|c| !is_direction(*c)).collect()
}

/// `article` or `articles`.
fn noun(feed: &FeedSummary) -> &'static str {
    if feed.count == 1 { "article" } else { "articles" }
}
