//! The page of one article.

use std::borrow::Cow;

use minijinja::{Value, context};

use super::{Directory, FORMATS, alternates, date, fill, language, moment, paragraphs, without_directions};
use crate::feed::catalog::FeedSummary;
use crate::feed::document::{Channel, entry};
use crate::feed::error::RenderError;
use crate::model::text::fold_key;
use crate::model::{Article, FeedKind, OnListing, Presence};

/// From the pages of articles to the top of the tree.
const ROOT: &str = "../";

/// `articles/ID.html`: one article, where it was seen, what is remembered of its history, with links to the feeds
/// it is in.
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
    let directory = Directory::new(feeds);
    let named = |kind: FeedKind, name: &str| context! { name, href => directory.href(kind, name, ROOT) };
    let listing_tags = || article.listings.iter().flat_map(|on| &on.tags).map(|tag| fold_key(tag));
    let tag = |name: &Cow<'_, str>| {
        // A tag that is not sure may get its feed through another article: this page must not change with that.
        let sure = article.sure || listing_tags().any(|given| given == fold_key(name));
        if sure {
            named(FeedKind::Tag, name)
        } else {
            context! { name, href => () }
        }
    };
    let atom_of = |feed: &FeedSummary| alternates(&feed.path, &feed.name(), &FORMATS[1..2], ROOT);
    let context = context! {
        root => ROOT,
        description => "",
        channel => channel.name(),
        language => language(channel),
        alternates => feeds.iter().flat_map(atom_of).collect::<Value>(),
        window_title => without_directions(&shown.title),
        title => shown.title.as_ref(),
        link => shown.link.as_deref(),
        source => shown.source.as_deref().map(|name| named(FeedKind::Source, name)),
        date => article.date.map(date),
        category => shown.category.as_deref().map(|name| named(FeedKind::Category, name)),
        tags => shown.tags.iter().map(tag).collect::<Value>(),
        paragraphs => paragraphs(shown.summary.as_deref()),
        listings => article.listings.iter().map(|on| seen_on(on, &directory)).collect::<Value>(),
        history => history(article),
    };
    fill("article.html", &format!("articles/{}.html", article.id), context)
}

/// A listing that an article was seen on: its title, which its feed knows, and whether it is still there.
fn seen_on(on: &OnListing, feeds: &Directory) -> Value {
    let id = on.listing.as_str();
    let href = feeds.href(FeedKind::Listing, id, ROOT);
    let name = feeds.name(&crate::model::feed::path(FeedKind::Listing, id)).unwrap_or(id);
    context! { name, href, presence => presence(on.presence) }
}

/// What happened to the article, oldest first.
fn history(article: &Article) -> Value {
    let late = "first seen; dated before what its listing already had";
    let mut events = vec![
        (article.published, "published, as feeds have it"),
        (article.first_seen, if article.late { late } else { "first seen" }),
    ];
    if article.updated > article.published {
        events.push((article.updated, "last changed"));
    }
    events.sort_by_key(|(at, _)| *at);
    events.into_iter().map(|(at, what)| context! { at => moment(at), what }).collect()
}

fn presence(presence: Presence) -> &'static str {
    match presence {
        Presence::Listed => "on the page",
        Presence::Aged => "fell off the last page",
        Presence::Removed => "taken off the page",
    }
}
