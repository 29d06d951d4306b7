//! The pages people read: `index.html`, and one page for each article.
//!
//! No scripts, no inline styles: they work under `default-src 'none'; style-src 'self'`. Every text from
//! outside is escaped by the template engine and stands in `<bdi>`, so that it can neither be markup nor turn
//! the text around it. Links within the site are relative, so the pages also work under another address.

use std::sync::LazyLock;

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, Output, State, UndefinedBehavior, Value, context};

use super::catalog::{FeedSummary, groups, heading};
use super::document::{Channel, entry};
use super::error::RenderError;
use super::media::{ATOM, JSON_FEED, RSS};
use super::text::{html, legal, line};
use crate::model::text::fold_key;
use crate::model::{Article, FeedKind, OnListing, Presence, Printed, Timestamp};

/// The style sheet of all pages, published as `style.css`.
pub const STYLE: &str = include_str!("templates/style.css");

/// The endings of a feed's files, what readers call them, and their media types.
const FORMATS: [(&str, &str, &str); 3] =
    [("rss", "RSS", RSS), ("atom", "Atom", ATOM), ("json", "JSON", JSON_FEED)];

/// The templates, read once.
static TEMPLATES: LazyLock<Result<Environment<'static>, minijinja::Error>> = LazyLock::new(|| {
    let mut templates = Environment::new();
    templates.set_undefined_behavior(UndefinedBehavior::Strict);
    templates.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    templates.set_formatter(write_escaped);
    templates.add_template("index.html", include_str!("templates/index.html"))?;
    templates.add_template("article.html", include_str!("templates/article.html"))?;
    Ok(templates)
});

/// `index.html`: every feed by kind, with its count, its last change and its addresses.
///
/// # Errors
/// [`RenderError`] if the template cannot be filled, which no text can cause.
pub fn index_page(feeds: &[FeedSummary], channel: &Channel) -> Result<Vec<u8>, RenderError> {
    let groups = groups(feeds).into_iter().map(|(kind, feeds)| {
        context! {
            id => kind.name(),
            heading => heading(kind),
            feeds => feeds.into_iter().map(feed_row).collect::<Value>(),
        }
    });
    let everything = feeds.iter().filter(|feed| feed.kind == FeedKind::All);
    let context = context! {
        title => channel.name(),
        window_title => without_directions(&channel.name()),
        description => line(&channel.description),
        language => channel.language().unwrap_or_default(),
        alternates => everything.flat_map(|feed| alternates(feed, &FORMATS, "")).collect::<Value>(),
        groups => groups.collect::<Value>(),
    };
    fill("index.html", "index.html", context)
}

/// `articles/ID.html`: one article, with links to the feeds it is in.
///
/// `feeds` are those feeds; its source, category, tags and listings become links where one of them is theirs.
///
/// # Errors
/// [`RenderError`] if the template cannot be filled, which no text can cause.
pub fn article_page(
    article: &Article,
    feeds: &[FeedSummary],
    channel: &Channel,
) -> Result<Vec<u8>, RenderError> {
    let shown = entry(article, None);
    let named = |kind: FeedKind, name: &str| context! { name, href => feed_named(feeds, kind, name) };
    let paragraphs = shown.summary.as_deref().unwrap_or_default().split('\n').map(line);
    let atom_of = |feed| alternates(feed, &FORMATS[1..2], "../");
    let context = context! {
        channel => channel.name(),
        language => channel.language().unwrap_or_default(),
        alternates => feeds.iter().flat_map(atom_of).collect::<Value>(),
        window_title => without_directions(&shown.title),
        title => shown.title.as_ref(),
        link => shown.link.as_deref(),
        source => shown.source.as_deref().map(|name| named(FeedKind::Source, name)),
        date => article.date.map(date),
        category => shown.category.as_deref().map(|name| named(FeedKind::Category, name)),
        tags => shown.tags.iter().map(|name| named(FeedKind::Tag, name)).collect::<Value>(),
        paragraphs => paragraphs.filter(|text| !text.is_empty()).collect::<Value>(),
        listings => article.listings.iter().map(|on| seen_on(on, feeds)).collect::<Value>(),
        first_seen => moment(article.first_seen),
    };
    fill("article.html", &format!("articles/{}.html", article.id), context)
}

/// A listing that an article was seen on: its title, which its feed knows, and whether it is still there.
fn seen_on(on: &OnListing, feeds: &[FeedSummary]) -> Value {
    let id = on.listing.as_str();
    let feed = feeds.iter().find(|feed| feed.kind == FeedKind::Listing && feed.slug == id);
    context! {
        name => feed.map_or_else(|| id.into(), FeedSummary::name),
        href => feed.map(href),
        presence => presence(on.presence),
    }
}

fn fill(template: &str, path: &str, context: Value) -> Result<Vec<u8>, RenderError> {
    // The error of the templates is kept for every page, and has no copy of its own.
    let unread = |error: &minijinja::Error| minijinja::Error::new(error.kind(), error.to_string());
    let page = TEMPLATES
        .as_ref()
        .map_err(unread)
        .and_then(|templates| templates.get_template(template)?.render(context));
    page.map(String::into_bytes).map_err(RenderError::at(path))
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

fn feed_row(feed: &FeedSummary) -> Value {
    let anchor = feed.path.trim_start_matches("feeds/").replace('/', "-");
    let formats = FORMATS.into_iter().map(|(ending, label, media_type)| {
        context! { href => format!("{}.{ending}", feed.path), label, media_type }
    });
    context! {
        anchor,
        name => feed.name(),
        count => feed.count,
        updated => moment(feed.updated),
        formats => formats.collect::<Value>(),
    }
}

/// What a page's head says of a feed, for programs that look for feeds there.
fn alternates<'a>(
    feed: &'a FeedSummary,
    formats: &'a [(&'a str, &'a str, &'a str)],
    root: &'a str,
) -> impl Iterator<Item = Value> + 'a {
    formats.iter().map(move |&(ending, label, media_type)| {
        context! {
            media_type,
            title => format!("{} ({label})", feed.name()),
            href => format!("{root}{}.{ending}", feed.path),
        }
    })
}

/// The address, from an article's page, of the feed of that kind and name; in any spelling of the name.
fn feed_named(feeds: &[FeedSummary], kind: FeedKind, name: &str) -> Option<String> {
    let folded = fold_key(name);
    feeds.iter().find(|feed| feed.kind == kind && fold_key(&feed.title) == folded).map(href)
}

fn href(feed: &FeedSummary) -> String {
    format!("../{}.atom", feed.path)
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

fn presence(presence: Presence) -> &'static str {
    match presence {
        Presence::Listed => "on the page",
        Presence::Aged => "fell off the last page",
        Presence::Removed => "taken off the page",
    }
}

/// For the window's title, which cannot be isolated by markup: the text without direction controls.
fn without_directions(text: &str) -> String {
    let is_direction = |c| matches!(c, '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    legal(text).chars().filter(|c| !is_direction(*c)).collect()
}
