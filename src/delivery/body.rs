//! The JSON document that a generic target is sent.
//!
//! Its shape is part of the public surface: `docs/webhooks.md` has it for who writes a receiver.

use serde::Serialize;

use super::fit::{fit, written};
use crate::model::delivery::{HealthNews, NewArticle, Summary, TargetTrouble};
use crate::model::{
    Article, ArticleId, Delivery, DeliveryId, Health, Item, ListingId, Message, Printed, TargetId, Timestamp,
};

/// No document is longer, whatever the articles hold: the least that receivers are known to take is 20 KB.
pub const BODY_BYTES: usize = 20_000;

/// Room for a title of an article or a listing, in bytes as JSON has them; so are the others.
const TITLE: usize = 600;
/// Room for a summary or a reason.
const TEXT: usize = 6_000;
/// Room for a name: a source, a category, a tag.
const NAME: usize = 150;
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
        Message::New(news) => write(delivery, "article.new", NewData::of(news, base_url)),
        Message::Summary(summary) => {
            let mut data = SummaryData::of(summary, base_url);
            loop {
                let bytes = write(delivery, "articles.summary", &data)?;
                // The count says how many there are; the oldest of those shown go first.
                if bytes.len() <= BODY_BYTES || data.articles.pop().is_none() {
                    return Ok(bytes);
                }
            }
        }
        Message::Health(news) => write(delivery, "listing.health", HealthData::of(news)),
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
        Self {
            listing: Listing::of(&news.listing, &news.title),
            article: Whole {
                item: item(&news.article),
                url: page(&news.article, base_url),
                published: news.article.published,
            },
        }
    }
}

#[derive(Serialize)]
struct SummaryData<'d> {
    count: u32,
    approved: bool,
    listings: Vec<Counted<'d>>,
    articles: Vec<Brief>,
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
            approved: summary.approved,
            listings: most(&summary.listings),
            articles: summary.articles.iter().map(|article| Brief::of(article, base_url)).collect(),
            url,
        }
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
