//! The JSON document that a generic target is sent.
//!
//! Its shape is part of the public surface: `docs/webhooks.md` has it for who writes a receiver.

use std::collections::BTreeMap;

use serde::Serialize;

use super::fit::{fit, written};
use crate::model::delivery::{
    AlsoAt, ArticleChange, ChangedArticle, FieldChange, HealthNews, NewArticle, Summary, TargetTrouble,
};
use crate::model::{
    Article, ArticleId, Change, Delivery, DeliveryId, Field, Health, Item, ListingId, Message, Printed,
    TargetId, Timestamp,
};

/// No document is longer, whatever the articles hold: the least that receivers are known to take is 20 KB.
pub const BODY_BYTES: usize = 20_000;

/// Room for a title of an article or a listing, in bytes as JSON has them; so are the others.
const TITLE: usize = 600;
/// Room for a summary or a reason.
const TEXT: usize = 6_000;
/// Room for a name: a source, a category, a tag.
const NAME: usize = 150;
/// Room for what a field said before.
const WAS: usize = 300;
/// Longer links are left out: a part of a link leads nowhere.
const LINK: usize = 2_000;
/// Tags shown of an article; more than any page was seen to give one.
const TAGS: usize = 30;
/// Listings shown in a summary: those with most articles.
const LISTINGS: usize = 20;

/// The document of a delivery: JSON, its fields always in the same order, at most [`BODY_BYTES`].
///
/// The same bytes for the same delivery below the same `base_url` (which has no slash at its end), in every try. The
/// bound holds for a `base_url` of up to 1 KB.
///
/// # Errors
/// If the writer fails, which no text can cause.
pub fn body(delivery: &Delivery, base_url: &str) -> Result<Vec<u8>, serde_json::Error> {
    match &delivery.message {
        Message::New(news) => {
            let mut data = NewData::of(news, base_url);
            loop {
                let bytes = write(delivery, "article.new", &data)?;
                // Where else the story is told goes first.
                if bytes.len() <= BODY_BYTES || data.article.also_at.pop().is_none() {
                    return Ok(bytes);
                }
            }
        }
        Message::Summary(summary) => {
            let mut data = SummaryData::of(summary, base_url);
            loop {
                let bytes = write(delivery, "articles.summary", &data)?;
                // The counts say how many there are; the oldest of those shown go first, and new ones last.
                if bytes.len() <= BODY_BYTES || !data.show_less() {
                    return Ok(bytes);
                }
            }
        }
        Message::Health(news) => write(delivery, "listing.health", HealthData::of(news)),
        Message::Change(change) => {
            let kind = match change.what {
                Change::Removed => "article.removed",
                Change::Returned => "article.returned",
                Change::Updated | Change::New => "article.updated",
            };
            write(delivery, kind, ChangeData::of(change, base_url))
        }
        Message::Target(trouble) => write(delivery, "target.disabled", TargetData::of(trouble)),
    }
}

fn write<D: Serialize>(
    delivery: &Delivery,
    kind: &'static str,
    data: D,
) -> Result<Vec<u8>, serde_json::Error> {
    let Delivery { born, id, seq, .. } = delivery;
    serde_json::to_vec(&Envelope { kind, timestamp: *born, id: *id, seq: *seq, data })
}

#[derive(Serialize)]
struct Envelope<D> {
    #[serde(rename = "type")]
    kind: &'static str,
    timestamp: Timestamp,
    id: DeliveryId,
    seq: u64,
    data: D,
}

#[derive(Serialize)]
struct NewData<'d> {
    listing: Listing<'d>,
    article: Whole,
}

impl<'d> NewData<'d> {
    fn of(news: &'d NewArticle, base_url: &str) -> Self {
        let mut article = Whole::of(&news.article, base_url);
        article.also_at = news.also_at.iter().map(Teller::of).collect();
        Self { listing: Listing::of(&news.listing, &news.title), article }
    }
}

#[derive(Serialize)]
struct ChangeData<'d> {
    listing: Listing<'d>,
    article: Whole,
    fields: Vec<Field>,
    was: Was,
}

/// What the fields said before, by their names.
#[derive(Serialize)]
struct Was(BTreeMap<Field, Option<String>>);

impl<'d> ChangeData<'d> {
    fn of(change: &'d ArticleChange, base_url: &str) -> Self {
        let was = change.fields.iter().map(|FieldChange { field, was }| {
            let was = was.as_deref().filter(|was| *field != Field::Link || written(was) <= LINK);
            // A link is whole or not there; of a text its beginning tells which one it was.
            let was = was.map(|was| if *field == Field::Link { was.to_owned() } else { fit(was, WAS) });
            (*field, was)
        });
        Self {
            listing: Listing::of(&change.listing, &change.title),
            article: Whole::of(&change.article, base_url),
            fields: change.fields.iter().map(|change| change.field).collect(),
            was: Was(was.collect()),
        }
    }
}

#[derive(Serialize)]
struct SummaryData<'d> {
    count: u32,
    counts: BTreeMap<Change, u32>,
    approved: bool,
    listings: Vec<Counted<'d>>,
    articles: Vec<Brief>,
    changed: Vec<Changed>,
    url: String,
}

impl<'d> SummaryData<'d> {
    fn of(summary: &'d Summary, base_url: &str) -> Self {
        let url = match summary.listings.as_slice() {
            [(only, ..)] => format!("{base_url}/feeds/listings/{only}.html"),
            _ => format!("{base_url}/feeds/all.html"),
        };
        Self {
            count: summary.count,
            counts: summary.counts().into_iter().collect(),
            approved: summary.approved,
            listings: most(&summary.listings),
            articles: summary.articles.iter().map(|article| Brief::of(article, base_url)).collect(),
            changed: summary.changed.iter().map(|changed| Changed::of(changed, base_url)).collect(),
            url,
        }
    }

    /// Leaves out one article that it shows; whether there was one.
    fn show_less(&mut self) -> bool {
        self.changed.pop().is_some() || self.articles.pop().is_some()
    }
}

/// Those [`LISTINGS`] that announce most, by id.
fn most(listings: &[(ListingId, String, u32)]) -> Vec<Counted<'_>> {
    let mut shown: Vec<&(ListingId, String, u32)> = listings.iter().collect();
    shown.sort_by(|a, b| b.2.cmp(&a.2).then_with(|| a.0.cmp(&b.0)));
    shown.truncate(LISTINGS);
    shown.sort_by(|a, b| a.0.cmp(&b.0));
    shown
        .into_iter()
        .map(|(id, title, count)| Counted { listing: Listing::of(id, title), count: *count })
        .collect()
}

#[derive(Serialize)]
struct HealthData<'d> {
    listing: Listing<'d>,
    from: Health,
    to: Health,
    reason: String,
    at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    held: Option<Held>,
}

/// A reading that waits for approval.
#[derive(Serialize)]
struct Held {
    count: u64,
    titles: Vec<String>,
}

impl<'d> HealthData<'d> {
    fn of(news: &'d HealthNews) -> Self {
        let event = &news.event;
        Self {
            listing: Listing::of(&event.listing, &news.title),
            from: event.from,
            to: event.to,
            reason: fit(&event.reason, TEXT),
            at: event.at,
            held: news.held.as_ref().map(|held| Held {
                count: held.count,
                titles: held.titles.iter().map(|title| fit(title, TITLE)).collect(),
            }),
        }
    }
}

#[derive(Serialize)]
struct TargetData<'d> {
    target: &'d TargetId,
    reason: String,
    failing_since: Timestamp,
    waiting: u64,
    enable: String,
}

impl<'d> TargetData<'d> {
    fn of(trouble: &'d TargetTrouble) -> Self {
        Self {
            target: &trouble.target,
            reason: fit(&trouble.reason, TEXT),
            failing_since: trouble.since,
            waiting: trouble.waiting,
            enable: format!("tidings target enable {}", trouble.target),
        }
    }
}

#[derive(Serialize)]
struct Listing<'d> {
    id: &'d ListingId,
    title: String,
}

impl<'d> Listing<'d> {
    fn of(id: &'d ListingId, title: &str) -> Self {
        Self { id, title: fit(title, TITLE) }
    }
}

#[derive(Serialize)]
struct Counted<'d> {
    #[serde(flatten)]
    listing: Listing<'d>,
    count: u32,
}

/// An article with all that is told of it.
#[derive(Serialize)]
struct Whole {
    #[serde(flatten)]
    item: Item,
    url: String,
    published: Timestamp,
    /// Others that tell the same story.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    also_at: Vec<Teller>,
}

/// An article that tells the same story.
#[derive(Serialize)]
struct Teller {
    id: ArticleId,
    source: String,
    title: String,
    link: Option<String>,
}

impl Teller {
    fn of(other: &AlsoAt) -> Self {
        Self {
            id: other.id,
            source: fit(&other.source, NAME),
            title: fit(&other.title, TITLE),
            link: other.link.clone().filter(|link| written(link) <= LINK),
        }
    }
}

impl Whole {
    fn of(article: &Article, base_url: &str) -> Self {
        let (item, url) = (item(article), page(article, base_url));
        Self { item, url, published: article.published, also_at: Vec::new() }
    }
}

/// An article that is not new, in a summary.
#[derive(Serialize)]
struct Changed {
    what: Change,
    #[serde(flatten)]
    article: Brief,
    fields: Vec<Field>,
}

impl Changed {
    fn of(changed: &ChangedArticle, base_url: &str) -> Self {
        let ChangedArticle { what, fields, article } = changed;
        Self { what: *what, article: Brief::of(article, base_url), fields: fields.clone() }
    }
}

/// The same without its summary.
#[derive(Serialize)]
struct Brief {
    id: Option<ArticleId>,
    title: String,
    link: Option<String>,
    source: Option<String>,
    date: Option<Printed>,
    category: Option<String>,
    tags: Vec<String>,
    late: bool,
    url: String,
    published: Timestamp,
}

impl Brief {
    fn of(article: &Article, base_url: &str) -> Self {
        let Item { id, title, link, source, date, category, tags, late, .. } = item(article);
        let (url, published) = (page(article, base_url), article.published);
        Self { id, title, link, source, date, category, tags, late, url, published }
    }
}

/// An article as reports show it, each part within its room.
fn item(article: &Article) -> Item {
    let whole = Item::of(article, &[]);
    let name = |text: String| fit(&text, NAME);
    Item {
        title: fit(&whole.title, TITLE),
        link: whole.link.filter(|link| written(link) <= LINK),
        source: whole.source.map(name),
        category: whole.category.map(name),
        tags: whole.tags.into_iter().take(TAGS).map(name).collect(),
        summary: whole.summary.map(|text| fit(&text, TEXT)),
        ..whole
    }
}

/// The address of an article's own page.
fn page(article: &Article, base_url: &str) -> String {
    format!("{base_url}/articles/{}.html", article.id)
}

#[cfg(test)]
#[path = "tests/body.rs"]
mod tests;
