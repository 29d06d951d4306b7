//! `tidings explain`: everything about one article.

mod held;

use std::collections::BTreeMap;

use serde::Serialize;

use super::args::ExplainArgs;
use super::desk::Desk;
use super::exit::{Exit, Failure};
use super::output::{Output, plain};
use crate::daemon::report::Item;
use crate::diff::{Kind, SightKind};
use crate::model::delivery::AlsoAt;
use crate::model::feed::of_article;
use crate::model::text::fold_key;
use crate::model::{Article, ArticleId, FeedKey, FeedKind, Key, ListingId, OnListing, Presence, Timestamp};
use crate::store::history::{Changed, History, KindKey, Mention, Said};
use crate::store::{Store, StoreError};

/// How many articles are read from the store at once.
const STEP: usize = 500;

/// How many articles are shown where a title is not unique.
const SHOWN: usize = 20;

#[derive(Serialize)]
struct Explained<'a> {
    #[serde(flatten)]
    item: Item,
    published: Timestamp,
    updated: Timestamp,
    first_seen: Timestamp,
    /// The sequence number of the record that announced it.
    announced: Option<u64>,
    hidden: bool,
    /// When its texts were forgotten.
    #[serde(skip_serializing_if = "Option::is_none")]
    forgotten: Option<Timestamp>,
    sure: bool,
    keys: Vec<NamedKey>,
    listings: &'a [OnListing],
    /// Others that told the same story when it was new.
    also_at: Vec<AlsoAt>,
    feeds: Vec<String>,
    history: Vec<Told>,
}

#[derive(Serialize)]
struct NamedKey {
    /// `null` where the journal does not say.
    kind: Option<&'static str>,
    key: Key,
}

/// What a record says, and what that means.
#[derive(Serialize)]
struct Told {
    #[serde(flatten)]
    mention: Mention,
    why: String,
}

/// Tells everything about one article.
pub(super) async fn explain(desk: &Desk, args: &ExplainArgs, output: &Output) -> Result<Exit, Failure> {
    let mut found = match by_id(desk, &args.article).await? {
        Some(article) => vec![article],
        None => by_title(desk, &args.article).await?,
    };
    let article = match found.len() {
        0 => return unremembered(desk, args, output).await,
        1 => found.remove(0),
        count => {
            several(&found, args.json, output)?;
            let message = format!("{count} articles have `{}` in their titles", plain(&args.article));
            return Err(Failure::new(Exit::NotFound, message).hint("name one by its id"));
        }
    };
    let (folder, id) = (desk.app.config.data_dir.clone(), article.id);
    let reading = tokio::task::spawn_blocking(move || History::new(&folder).of_article(id));
    let mentions = reading.await.map_err(|error| StoreError::Stopped(error.to_string()))??;
    let explained = explained(desk, &article, mentions).await?;
    if args.json {
        output.json(&explained)?;
    } else {
        people(&explained, output)?;
    }
    Ok(Exit::Done)
}

/// The article whose id begins so; `None` when none does.
///
/// # Errors
/// Exit code 8 when several do.
pub(super) async fn by_id(desk: &Desk, prefix: &str) -> Result<Option<Article>, Failure> {
    let mut found = desk.app.store.find(prefix).await?;
    if found.len() > 1 {
        let ids: Vec<String> = found.iter().map(|article| article.id.to_string()).collect();
        return Err(Failure::new(Exit::NotFound, format!("more than one id begins with `{prefix}`"))
            .hint(format!("give more of it: {}, …", ids.join(", "))));
    }
    Ok(found.pop())
}

/// The articles with that in their titles; one alone where only one title is exactly that.
async fn by_title(desk: &Desk, text: &str) -> Result<Vec<Article>, Failure> {
    let wanted = fold_key(text);
    let mut found = Vec::new();
    let count = desk.app.store.article_count().await?;
    for skip in (0..count).step_by(STEP) {
        let step = desk.app.store.articles(skip, STEP).await?;
        found.extend(step.into_iter().filter(|article| fold_key(&article.title).contains(&wanted)));
    }
    let mut exact = found.iter().filter(|article| fold_key(&article.title) == wanted);
    match (exact.next().cloned(), exact.next()) {
        (Some(only), None) => Ok(vec![only]),
        _ => Ok(found),
    }
}

/// Nobody remembers it. It may be in a reading that waits for approval.
async fn unremembered(desk: &Desk, args: &ExplainArgs, output: &Output) -> Result<Exit, Failure> {
    let (listings, found) = held::find(desk, &args.article).await?;
    if !found.is_empty() {
        held::tell(&found, args.json, output)?;
        return Ok(Exit::Done);
    }
    let failure = Failure::new(Exit::NotFound, format!("there is no article `{}`", plain(&args.article)));
    let listings: Vec<&str> = listings.iter().map(ListingId::as_str).collect();
    Err(match listings.is_empty() {
        true => failure.hint("`tidings articles --text TEXT` searches"),
        false => failure.hint(format!(
            "nor by that title in what is held for approval on {}; `tidings articles --text TEXT` searches",
            listings.join(", ")
        )),
    })
}

fn several(found: &[Article], json: bool, output: &Output) -> Result<(), Failure> {
    if json {
        return found.iter().try_for_each(|article| output.json(&Item::of(article, &[])));
    }
    let cells = |article: &Article| {
        let date = article.date.map(|date| date.to_string()).unwrap_or_default();
        vec![article.id.to_string(), date, article.source.clone().unwrap_or_default(), article.title.clone()]
    };
    output.table(&["id", "date", "source", "title"], found.iter().take(SHOWN).map(cells).collect())?;
    match found.len().saturating_sub(SHOWN) {
        0 => Ok(()),
        more => output.line(&format!("and {more} more")),
    }
}

async fn explained<'a>(
    desk: &Desk,
    article: &'a Article,
    mentions: Vec<Mention>,
) -> Result<Explained<'a>, Failure> {
    let mut kinds: BTreeMap<Key, &'static str> = BTreeMap::new();
    for mention in &mentions {
        if let Said::New { keys, .. } | Said::Seen { keys, .. } = &mention.what {
            kinds.extend(keys.iter().map(|KindKey { kind, key }| (*key, kind.name())));
        }
    }
    let told = mentions.iter().find_map(|mention| match &mention.what {
        Said::New { also_at, .. } => Some(also_at.clone()),
        _ => None,
    });
    let keys = article.keys.iter().map(|key| NamedKey { kind: kinds.get(key).copied(), key: *key });
    let history = mentions.into_iter().map(|mention| Told { why: why(&mention), mention });
    Ok(Explained {
        item: Item::of(article, &[]),
        published: article.published,
        updated: article.updated,
        first_seen: article.first_seen,
        announced: article.announced,
        hidden: article.hidden,
        forgotten: article.forgotten.map(|forgotten| forgotten.at),
        sure: article.sure,
        keys: keys.collect(),
        listings: &article.listings,
        also_at: tellers(desk, told).await?,
        feeds: feeds(desk, article).await?,
        history: history.collect(),
    })
}

/// Those that tell the same story, as they are by now.
async fn tellers(desk: &Desk, ids: Option<Vec<ArticleId>>) -> Result<Vec<AlsoAt>, Failure> {
    let mut found = Vec::new();
    for id in ids.unwrap_or_default() {
        let Some(other) = desk.app.store.find(&id.to_string()).await?.pop() else { continue };
        let unnamed = other.listings.first().map(|on| on.listing.to_string()).unwrap_or_default();
        found.push(AlsoAt::of(other, unnamed));
    }
    Ok(found)
}

/// The names of the feeds that it is in.
async fn feeds(desk: &Desk, article: &Article) -> Result<Vec<String>, Failure> {
    let config = &desk.app.config;
    let title = |id: &ListingId| {
        config
            .listings
            .iter()
            .find(|listing| listing.spec.id == *id)
            .map(|listing| listing.spec.title.clone())
    };
    let unnamed = article.listings.first().and_then(|on| title(&on.listing)).unwrap_or_default();
    let members = of_article(article, &unnamed);
    let mut wanted: Vec<FeedKey> =
        members.into_iter().map(|member| FeedKey::named(member.kind, member.label)).collect();
    let views = config.views.iter().filter(|view| article.is_shown() && view.filter.matches(article, &title));
    wanted.extend(views.map(|view| FeedKey::named(FeedKind::View, view.id.as_str())));
    let mut names = Vec::new();
    for key in wanted {
        if let Some(feed) = desk.app.store.feed(&key).await?.filter(|feed| !feed.retired) {
            let name = format!("{} {}", key.kind.name(), feed.label);
            names.push(name.trim_end().to_owned());
        }
    }
    Ok(names)
}

/// What a record means for the article, as a sentence.
fn why(mention: &Mention) -> String {
    let on = mention.listing.as_ref().map(ToString::to_string).unwrap_or_default();
    match &mention.what {
        Said::New { scan, announced, late, held, .. } => {
            let late = if *late { "; late: it is dated before the newest article there" } else { "" };
            match (scan, announced, held) {
                (_, _, Some(reason)) => {
                    format!(
                        "first seen on {on}; held ({reason}), then approved and announced as one with the rest{late}"
                    )
                }
                (Kind::Baseline, false, _) => {
                    format!("first seen on {on}, at its first look: fills feeds, announced to nobody")
                }
                (Kind::Reread, ..) => {
                    format!("found on {on} when its pages were read by other rules: a correction, no news")
                }
                (_, true, _) => format!("new on {on}: none of its keys was known; announced{late}"),
                (_, false, _) => format!("first seen on {on}, and not announced"),
            }
        }
        Said::Forgotten { before } => {
            format!(
                "its texts were forgotten: nothing was remembered of it since {before}; still known, so never new again"
            )
        }
        Said::Seen { scan, sight, announced, changes, relearned, .. } => {
            let mut parts = vec![seen(*sight, *announced, &on)];
            if !changes.is_empty() {
                let what = if *scan == Kind::Scan { "updated" } else { "corrected by other rules" };
                parts.push(format!("{what}: {}", changes.iter().map(change).collect::<Vec<_>>().join("; ")));
            } else if *relearned {
                parts.push("its texts, which were forgotten, are known again".to_owned());
            } else if *sight == SightKind::Still {
                parts.push("known by more keys from now on".to_owned());
            }
            parts.join("; ")
        }
        Said::Removed => format!("taken off {on} while its neighbours stayed"),
        Said::Aged => format!("fell off the last page of {on}; that is not being removed"),
        Said::Split { tags, sure } => {
            let sure = if *sure { "" } else { " (unsure)" };
            format!("its tags are {}{sure}, by what was learned since; nobody was told", tags.join(" | "))
        }
        Said::Renamed { from } => format!("listing {from} is {on} from now on"),
        Said::Hidden => "hidden by an operator: in no feed, not forgotten".to_owned(),
        Said::Restored => "back in its feeds by an operator; nobody was told".to_owned(),
        Said::Owed { target, articles: 1, change: Some(change), .. } => {
            format!("a message that it was {} is owed to {target}", change.name())
        }
        Said::Owed { target, articles: 1, .. } => format!("a message about it is owed to {target}"),
        Said::Owed { target, articles, .. } => {
            format!("a summary of {articles} articles, with it among them, is owed to {target}")
        }
        Said::Batched { target, messages, .. } => {
            format!("its message to {target} became part of a summary of {messages}")
        }
        Said::Delivered { target, .. } => format!("sent to {target}"),
        Said::Failed { target, reason, next, .. } => {
            format!("sending it to {target} failed: {reason}; to be tried again at {next}")
        }
        Said::Dead { target, reason, .. } => format!("its message to {target} was given up: {reason}"),
        Said::Retried { target, .. } => format!("its message to {target} is sent again, by an operator"),
        Said::Dropped { target, .. } => format!("its message to {target} was dropped by an operator"),
    }
}

fn seen(sight: SightKind, announced: bool, on: &str) -> String {
    match (sight, announced) {
        (SightKind::Still, _) => format!("still on {on}"),
        (SightKind::First, true) => format!("seen on {on}, too, and announced by that"),
        (SightKind::First, false) => format!("seen on {on}, too: known already, so no news"),
        (SightKind::Back, _) => format!("back on {on}, whose last page it had fallen off: no news"),
        (SightKind::Returned, _) => format!("back on {on}, which had taken it off: no news"),
    }
}

fn change(change: &Changed) -> String {
    let Changed { field, from, to } = change;
    format!("{} from “{from}” to “{to}”", field.name())
}

fn people(explained: &Explained<'_>, output: &Output) -> Result<(), Failure> {
    let Explained { item, .. } = explained;
    let line = |name: &str, value: &str| named(name, value, output);
    about(item, output)?;
    let unsure = if explained.sure { "" } else { " (unsure)" };
    line("tags", &format!("{}{unsure}", item.tags.join(" | ")))?;
    line("published", &explained.published.to_string())?;
    line("updated", &explained.updated.to_string())?;
    line("first seen", &explained.first_seen.to_string())?;
    let announced = explained.announced.map_or("to nobody".to_owned(), |seq| format!("by record {seq}"));
    line("announced", &announced)?;
    for key in &explained.keys {
        line("key", &format!("{} ({})", key.key, key.kind.unwrap_or("kind unknown")))?;
    }
    for on in explained.listings {
        line("listing", &placed(on))?;
    }
    for other in &explained.also_at {
        line("also at", &format!("{}: {} ({})", other.source, other.title, other.id))?;
    }
    let feeds = match explained.forgotten {
        _ if explained.hidden => "none: it is hidden".to_owned(),
        Some(at) => format!("none: its texts were forgotten on {at}"),
        None => explained.feeds.join(", "),
    };
    line("feeds", &feeds)?;
    output.line("")?;
    for Told { mention, why } in &explained.history {
        output.line(&plain(&format!("{}  record {}: {why}", mention.at, mention.seq)))?;
    }
    Ok(())
}

/// A named value on a line of its own; none where it is empty.
fn named(name: &str, value: &str, output: &Output) -> Result<(), Failure> {
    match value {
        "" => Ok(()),
        value => output.line(&plain(&format!("  {name:<10} {value}"))),
    }
}

/// What its page says of it, but its tags.
fn about(item: &Item, output: &Output) -> Result<(), Failure> {
    let title = if item.title.is_empty() { "(its title is forgotten)" } else { &item.title };
    output.line(&plain(title))?;
    named("id", &item.id.map(|id| id.to_string()).unwrap_or_default(), output)?;
    named("source", item.source.as_deref().unwrap_or_default(), output)?;
    named("date", &item.date.map(|date| date.to_string()).unwrap_or_default(), output)?;
    named("category", item.category.as_deref().unwrap_or_default(), output)?;
    named("link", item.link.as_deref().unwrap_or_default(), output)?;
    named("summary", item.summary.as_deref().unwrap_or_default(), output)
}

fn placed(on: &OnListing) -> String {
    let presence = match on.presence {
        Presence::Listed => "on it",
        Presence::Aged => "fell off its last page",
        Presence::Removed => "taken off it",
    };
    let tags = if on.tags.is_empty() { String::new() } else { format!("; its tags: {}", on.tags.join(", ")) };
    format!("{} ({presence}{tags})", on.listing)
}
