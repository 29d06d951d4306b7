//! `index.html`: the catalogue.

use minijinja::{Value, context};

use super::plot::plot;
use super::{FORMATS, alternates, dated, files, fill, language, moment, noun, target, without_directions};
use crate::feed::catalog::{FeedSummary, groups, heading};
use crate::feed::document::{Channel, FeedEntry};
use crate::feed::error::RenderError;
use crate::feed::text::line;
use crate::model::FeedKind;

/// How many of the newest articles are shown.
const NEWEST: usize = 6;
/// Up to so many feeds of one kind are all shown in full.
const FULL: usize = 60;
/// Of more, so many with the most articles are shown in full; the others by name, in folded parts.
const TOP: usize = 30;
/// How many feeds one folded part holds.
const PART: usize = 100;

/// `index.html`: every feed by kind, with its count, its last change and its addresses; above them the newest
/// articles and how many there were lately.
///
/// `recent` are the last articles to enter the feed of everything, in the order of [`crate::feed::order`].
///
/// # Errors
/// [`RenderError`] if the template cannot be filled, which no text can cause.
pub fn index_page(
    feeds: &[FeedSummary],
    recent: &[FeedEntry<'_>],
    channel: &Channel,
) -> Result<Vec<u8>, RenderError> {
    let everything = feeds.iter().find(|feed| feed.kind == FeedKind::All);
    let context = context! {
        root => "",
        title => channel.name(),
        window_title => without_directions(&channel.name()),
        description => line(&channel.description),
        language => language(channel),
        alternates => everything.map(|feed| alternates(&feed.path, &feed.name(), &FORMATS, "")).unwrap_or_default(),
        everything => everything.map(|feed| files(&feed.path, "")),
        newest => recent.iter().take(NEWEST).map(newest).collect::<Value>(),
        plot => plot(recent, "articles"),
        groups => groups(feeds).into_iter().map(|(kind, feeds)| group(kind, feeds)).collect::<Value>(),
    };
    fill("index.html", "index.html", context)
}

fn newest(entry: &FeedEntry<'_>) -> Value {
    let (href, away) = target(entry, "");
    let source = entry.source.as_deref().map(|name| context! { name => line(name) });
    context! { href, away, title => line(&entry.title), source, date => dated(entry) }
}

/// The feeds of one kind, given by name.
fn group(kind: FeedKind, mut feeds: Vec<&FeedSummary>) -> Value {
    let count = feeds.len();
    let mut others = Vec::new();
    if count > FULL {
        // A stable sort: equal counts stay in the order of their names.
        let mut places: Vec<usize> = (0..count).collect();
        places.sort_by_key(|&at| std::cmp::Reverse(feeds[at].count));
        let mut rest = places.split_off(TOP);
        rest.sort_unstable();
        others = rest.into_iter().map(|at| feeds[at]).collect();
        feeds = places.into_iter().map(|at| feeds[at]).collect();
    }
    context! {
        id => kind.name(),
        heading => heading(kind),
        count,
        others => others.len(),
        rows => feeds.into_iter().map(row).collect::<Value>(),
        parts => others.chunks(PART).map(part).collect::<Value>(),
    }
}

/// A feed in full.
fn row(feed: &FeedSummary) -> Value {
    context! {
        path => &feed.path,
        name => feed.name(),
        count => feed.count,
        noun => noun(feed),
        updated => moment(feed.updated),
        formats => files(&feed.path, ""),
    }
}

/// A folded part; its rows are short, because there may be thousands.
fn part(feeds: &[&FeedSummary]) -> Value {
    let short = |feed: &&FeedSummary| {
        let day = feed.updated.to_chrono().format("%Y-%m-%d").to_string();
        context! { path => &feed.path, name => feed.name(), count => feed.count, day }
    };
    context! {
        first => feeds.first().map(|feed| feed.name()),
        last => feeds.last().map(|feed| feed.name()),
        rows => feeds.iter().map(short).collect::<Value>(),
    }
}
