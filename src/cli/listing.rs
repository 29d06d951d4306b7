//! `tidings feeds`, `articles` and `tags`: what is remembered, as lists.

use serde::Serialize;

use super::args::{ArticlesArgs, TagsArgs};
use super::desk::Desk;
use super::exit::{Exit, Failure};
use super::output::{Output, plain};
use crate::daemon::App;
use crate::daemon::report::Item;
use crate::model::feed::path;
use crate::model::filter::{Filter, Pattern};
use crate::model::{Article, FeedKind, ListingId, TagRow, Timestamp};
use crate::store::{EmbeddedStore, FeedInfo, Store};

/// How many articles are read from the store at once.
const STEP: usize = 500;

/// How many unsure rows are shown at most.
const UNSURE: usize = 10_000;

#[derive(Serialize)]
struct FeedRow {
    kind: FeedKind,
    title: String,
    slug: String,
    count: u64,
    updated: Timestamp,
    rss: String,
    atom: String,
    json: String,
}

/// Lists the feeds.
pub(super) async fn feeds(desk: &Desk, json: bool, output: &Output) -> Result<Exit, Failure> {
    let app = &desk.app;
    let base_url = app.config.site.base_url.clone();
    let mut feeds: Vec<FeedInfo> =
        app.store.feeds().await?.into_iter().filter(|feed| !feed.retired).collect();
    feeds.sort_by(|a, b| a.key.cmp(&b.key));
    let row = |feed: &FeedInfo| {
        let address = |ending: &str| format!("{base_url}/{}.{ending}", path(feed.key.kind, &feed.slug));
        FeedRow {
            kind: feed.key.kind,
            title: title(app, feed),
            slug: if feed.key.name.is_empty() { String::new() } else { feed.slug.clone() },
            count: feed.count,
            updated: feed.updated,
            rss: address("rss"),
            atom: address("atom"),
            json: address("json"),
        }
    };
    let rows: Vec<FeedRow> = feeds.iter().map(row).collect();
    if json {
        rows.iter().try_for_each(|row| output.json(row))?;
    } else {
        let cells = |row: FeedRow| {
            vec![row.kind.name().into(), row.title, row.count.to_string(), row.updated.to_string(), row.atom]
        };
        output
            .table(&["kind", "title", "count", "updated", "atom"], rows.into_iter().map(cells).collect())?;
    }
    Ok(Exit::Done)
}

fn title(app: &App<EmbeddedStore>, feed: &FeedInfo) -> String {
    let id = ListingId::parse(&feed.label).ok();
    let listing = |id: &ListingId| app.config.listings.iter().find(|listing| listing.spec.id == *id);
    let view = |id: &ListingId| app.config.views.iter().find(|view| view.id == *id);
    match feed.key.kind {
        FeedKind::Listing => id.as_ref().and_then(listing).map(|listing| listing.spec.title.clone()),
        FeedKind::View => id.as_ref().and_then(view).map(|view| view.title.clone()),
        FeedKind::All => Some("Everything".to_owned()),
        FeedKind::Health => Some("Health".to_owned()),
        _ => None,
    }
    .unwrap_or_else(|| feed.label.clone())
}

#[derive(Serialize)]
struct ArticleRow {
    #[serde(flatten)]
    item: Item,
    published: Timestamp,
    updated: Timestamp,
    first_seen: Timestamp,
    announced: bool,
    listings: Vec<ListingId>,
    page_tags: Vec<String>,
    sure: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    forgotten: Option<Timestamp>,
}

/// Lists remembered articles.
pub(super) async fn articles(desk: &Desk, args: &ArticlesArgs, output: &Output) -> Result<Exit, Failure> {
    let app = &desk.app;
    if let Some(wanted) = args.listing.as_deref().filter(|wanted| !wanted.contains('*')) {
        let is_configured = app.config.listings.iter().any(|listing| listing.spec.id.as_str() == wanted);
        // One that was taken out of the config still has its articles.
        let known =
            is_configured || app.store.listings().await?.iter().any(|known| known.id.as_str() == wanted);
        if !known {
            return Err(Failure::new(Exit::NotFound, format!("there is no listing `{}`", plain(wanted))));
        }
    }
    let filter = filter(args);
    let titles = |id: &ListingId| {
        app.config
            .listings
            .iter()
            .find(|listing| listing.spec.id == *id)
            .map(|listing| listing.spec.title.clone())
    };
    let mut found: Vec<Article> = Vec::new();
    let mut end = app.store.article_count().await?;
    while end > 0 && found.len() < args.limit {
        let start = end.saturating_sub(STEP);
        let step = app.store.articles(start, end - start).await?;
        let is_wanted =
            |article: &Article| article.is_textless() == args.forgotten && filter.matches(article, &titles);
        found.extend(step.into_iter().rev().filter(is_wanted));
        end = start;
    }
    found.truncate(args.limit);
    if args.json {
        for article in &found {
            output.json(&article_row(article))?;
        }
    } else {
        let cells = |article: &Article| {
            vec![
                article.id.to_string().chars().take(8).collect(),
                article.date.map(|date| date.to_string()).unwrap_or_default(),
                article.source.clone().unwrap_or_default(),
                article.title.clone(),
                article.tags.join(" | "),
            ]
        };
        output.table(&["id", "date", "source", "title", "tags"], found.iter().map(cells).collect())?;
    }
    Ok(Exit::Done)
}

fn filter(args: &ArticlesArgs) -> Filter {
    let pattern = |text: &Option<String>| text.as_deref().map(Pattern::new);
    let conditions = [
        pattern(&args.tag).map(Filter::Tag),
        pattern(&args.source).map(Filter::Source),
        pattern(&args.category).map(Filter::Category),
        pattern(&args.listing).map(Filter::Listing),
        args.text.clone().map(Filter::Text),
    ];
    Filter::All(conditions.into_iter().flatten().collect())
}

fn article_row(article: &Article) -> ArticleRow {
    let mut page_tags: Vec<String> = article.listings.iter().flat_map(|on| on.tags.clone()).collect();
    page_tags.dedup();
    ArticleRow {
        item: Item::of(article, &[]),
        published: article.published,
        updated: article.updated,
        first_seen: article.first_seen,
        announced: article.announced.is_some(),
        listings: article.listings.iter().map(|on| on.listing.clone()).collect(),
        page_tags,
        sure: article.sure,
        forgotten: article.forgotten.map(|forgotten| forgotten.at),
    }
}

#[derive(Serialize)]
struct TagOut {
    tag: String,
    slug: String,
    count: u64,
}

#[derive(Serialize)]
struct UnsureOut {
    id: String,
    run: String,
    tags: Vec<String>,
    title: String,
}

/// Lists the tags, or the rows whose split is in doubt.
pub(super) async fn tags(desk: &Desk, args: &TagsArgs, output: &Output) -> Result<Exit, Failure> {
    let app = &desk.app;
    if args.unsure {
        unsure(app, args.json, output).await?;
        return Ok(Exit::Done);
    }
    let mut feeds: Vec<FeedInfo> =
        app.store.feeds().await?.into_iter().filter(|feed| feed.key.kind == FeedKind::Tag).collect();
    feeds.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.key.cmp(&b.key)));
    let rows = feeds.into_iter().map(|feed| TagOut { tag: feed.label, slug: feed.slug, count: feed.count });
    if args.json {
        for row in rows {
            output.json(&row)?;
        }
    } else {
        let cells = rows.map(|row| vec![row.count.to_string(), row.tag, row.slug]);
        output.table(&["count", "tag", "slug"], cells.collect())?;
    }
    Ok(Exit::Done)
}

async fn unsure(app: &App<EmbeddedStore>, json: bool, output: &Output) -> Result<(), Failure> {
    let articles = app.store.unsure(UNSURE).await?;
    let rows: Vec<UnsureOut> = articles
        .into_iter()
        .filter_map(|article| match article.row {
            TagRow::Run(run) => {
                Some(UnsureOut { id: article.id.to_string(), run, tags: article.tags, title: article.title })
            }
            _ => None,
        })
        .collect();
    if json {
        return rows.iter().try_for_each(|row| output.json(row));
    }
    if rows.is_empty() {
        return output.line("no row is in doubt");
    }
    let cells =
        |row: UnsureOut| vec![row.id.chars().take(8).collect(), row.run, row.tags.join(" | "), row.title];
    output.table(&["id", "row", "split as", "title"], rows.into_iter().map(cells).collect())?;
    output.line("\na wrong one can be pinned in the config: [tags.split] \"ROW\" = [\"TAG\", \"TAG\"]")
}
