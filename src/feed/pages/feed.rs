//! The page of one feed.

use minijinja::{Value, context};

use super::plot::plot;
use super::{
    Directory, FORMATS, alternates, dated, files, fill, language, moment, own_page, paragraphs, root, target,
    without_directions,
};
use crate::feed::archive;
use crate::feed::catalog::heading;
use crate::feed::document::{Channel, FeedDocument, FeedEntry};
use crate::feed::error::RenderError;
use crate::feed::fitted;
use crate::feed::text::{legal, line};
use crate::model::FeedKind;

/// How many archive documents a page links, newest first; each of them links the one before it.
const ARCHIVES: u32 = 20;

/// `feeds/tags/SLUG.html`: one feed with its entries, for people; programs find its three files in the head.
///
/// A source, category or tag is a link where its feed is in `feeds` and the entry surely belongs to it, so that the
/// page changes with its feed and never because another feed began.
///
/// # Errors
/// [`RenderError`] if the template cannot be filled, which no text can cause.
pub fn feed_page(
    doc: &FeedDocument<'_>,
    feeds: &Directory,
    channel: &Channel,
) -> Result<Vec<u8>, RenderError> {
    let path = doc.file("html");
    let root = root(&path);
    let title = feeds.name(&doc.path).map_or_else(|| doc.title(channel), Into::into);
    fitted(doc.entries.len(), |count| {
        let shown = &doc.entries[..count];
        let context = context! {
            root => &root,
            channel => channel.name(),
            language => language(channel),
            window_title => without_directions(&doc.title(channel)),
            title => &title,
            description => doc.description(channel).unwrap_or_default(),
            alternates => alternates(&doc.path, &title, &FORMATS, &root),
            files => files(&doc.path, &root),
            group => context! { id => doc.kind.name(), heading => heading(doc.kind) },
            updated => moment(doc.updated()),
            plot => plot(&doc.entries, if doc.kind == FeedKind::Health { "events" } else { "articles" }),
            entries => shown.iter().map(|entry| row(entry, doc.kind, feeds, &root)).collect::<Value>(),
            archives => archives(doc, &root),
        };
        fill("feed.html", &path, context)
    })
}

/// One entry. Health events have no page of their own, and lead back to where they stand.
fn row(entry: &FeedEntry<'_>, kind: FeedKind, feeds: &Directory, root: &str) -> Value {
    let is_article = kind != FeedKind::Health;
    let (href, away) = target(entry, root);
    let named = |kind, name: &str, sure: bool| {
        let href = sure.then(|| feeds.href(kind, name, root)).flatten();
        context! { name => line(name), href }
    };
    let tags = entry.tags.iter().map(|tag| named(FeedKind::Tag, tag, entry.sure));
    context! {
        title => legal(&entry.title),
        href => is_article.then_some(href),
        away,
        page => is_article.then(|| own_page(entry, root)),
        source => entry.source.as_deref().map(|name| named(FeedKind::Source, name, entry.named)),
        category => entry.category.as_deref().map(|name| named(FeedKind::Category, name, is_article)),
        date => dated(entry),
        paragraphs => paragraphs(entry.summary.as_deref()),
        tags => tags.collect::<Value>(),
    }
}

/// The newest archive documents.
fn archives(doc: &FeedDocument<'_>, root: &str) -> Value {
    let oldest = doc.archives.saturating_sub(ARCHIVES) + 1;
    let link = |number| context! { number, href => format!("{root}{}", archive::path(&doc.path, number)) };
    (oldest..=doc.archives).rev().map(link).collect()
}
