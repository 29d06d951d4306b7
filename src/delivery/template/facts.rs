//! What templates are told: the facts of a delivery, by the names that `docs/chats.md` has.

use minijinja::{Value, context};

use super::Markup;
use crate::delivery::notice::{Notice, advice, page, safe, short, teller, titled};
use crate::model::change::Field;
use crate::model::delivery::{AlsoAt, HealthNews, NewArticle, Summary};
use crate::model::{Article, Delivery, ListingId, Message};

/// Room for a name: a source, a category, a tag, a listing.
const NAME: (usize, usize) = (200, 600);
/// Room for the summary of an article among several.
const BRIEF: (usize, usize) = (300, 1_000);
/// Tags of an article.
const TAGS: usize = 30;
/// Other listings of an article.
const ALSO: usize = 20;
/// Listings of a summary.
const LISTINGS: usize = 20;

/// How much the longest facts may hold.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    /// A summary or a reason: graphemes, and bytes.
    text: (usize, usize),
    /// How many articles a summary shows.
    articles: usize,
}

/// What is tried in turn until a message fits.
pub(super) const STEPS: [Room; 6] = [
    Room { text: (6_000, 6_000), articles: 20 },
    Room { text: (1_000, 2_000), articles: 20 },
    Room { text: (300, 1_000), articles: 20 },
    Room { text: (200, 500), articles: 10 },
    Room { text: (80, 200), articles: 5 },
    Room { text: (0, 0), articles: 2 },
];

/// How facts are given to a template.
pub(super) struct Facts<'m> {
    /// The markup that they are told in; `None` for plain text.
    pub(super) markup: Option<&'m Markup>,
    pub(super) room: Room,
}

impl Facts<'_> {
    /// Facts for a line of plain text.
    pub(super) fn plain(room: Room) -> Self {
        Self { markup: None, room }
    }

    /// Those of a delivery.
    pub(super) fn of(&self, delivery: &Delivery, base_url: &str) -> Value {
        let more = match &delivery.message {
            Message::New(news) => self.one("new", &[], news, base_url),
            Message::Summary(summary) => self.summary(summary, base_url),
            Message::Health(health) => self.health(health, base_url),
        };
        let notice = Notice::of(delivery, base_url);
        context! {
            delivery => delivery.id.to_string(),
            at => delivery.born.rfc3339(),
            headline => notice.headline(),
            url => self.address(Some(notice.url)),
            base_url => self.address(safe(base_url)),
            ..more
        }
    }

    /// Those of one article, which is new, or of which something else is to be told: `what`, and which fields changed.
    pub(super) fn one(&self, what: &str, fields: &[Field], news: &NewArticle, base_url: &str) -> Value {
        let NewArticle { listing, title, article, also_at } = news;
        let others = article.listings.iter().map(|on| &on.listing).filter(|other| *other != listing);
        let also_on: Vec<Value> = others.take(ALSO).map(id).collect();
        context! {
            what,
            fields => fields.iter().map(|field| field.name()).collect::<Vec<_>>(),
            listing => id(listing),
            listing_title => short(title, NAME),
            also_on,
            also_at => also_at.iter().map(|other| self.teller(other, base_url)).collect::<Vec<_>>(),
            ..self.article(article, self.room.text, base_url)
        }
    }

    fn teller(&self, other: &AlsoAt, base_url: &str) -> Value {
        let page = page(other.id, base_url);
        context! {
            id => other.id.to_string(),
            source => short(&other.source, NAME),
            title => short(&other.title, NAME),
            link => self.address(other.link.as_deref().and_then(safe)),
            page => self.address(Some(page)),
            url => self.address(Some(teller(other, base_url))),
        }
    }

    fn article(&self, article: &Article, text: (usize, usize), base_url: &str) -> Value {
        let own = if article.tags.is_empty() {
            article.all_tags()
        } else {
            article.tags.iter().map(String::as_str).collect()
        };
        let link = article.link.as_deref().and_then(safe);
        let page = page(article.id, base_url);
        context! {
            id => article.id.to_string(),
            title => titled(article),
            url => self.address(link.clone().or_else(|| Some(page.clone()))),
            link => self.address(link),
            page => self.address(Some(page)),
            source => self.text(article.source.as_deref(), NAME),
            date => self.text(article.date.map(|date| date.to_string()).as_deref(), NAME),
            category => self.text(article.category.as_deref(), NAME),
            tags => own.into_iter().take(TAGS).map(|tag| short(tag, NAME)).collect::<Vec<_>>(),
            summary => self.text(article.summary.as_deref(), text),
            late => article.late,
        }
    }

    fn summary(&self, summary: &Summary, base_url: &str) -> Value {
        let listings = summary.listings.iter().take(LISTINGS).map(
            |(listing, title, count)| context! { id => id(listing), title => short(title, NAME), count },
        );
        let articles = summary.articles.iter().take(self.room.articles);
        let text = (self.room.text.0.min(BRIEF.0), self.room.text.1.min(BRIEF.1));
        let articles: Vec<Value> = articles.map(|article| self.article(article, text, base_url)).collect();
        context! {
            what => "summary",
            count => summary.count,
            more => (summary.count as usize).saturating_sub(articles.len()),
            approved => summary.approved,
            listings => listings.collect::<Vec<_>>(),
            articles,
        }
    }

    fn health(&self, HealthNews { title, event }: &HealthNews, _base_url: &str) -> Value {
        context! {
            what => "health",
            listing => id(&event.listing),
            title => short(title, NAME),
            from => event.from.name(),
            to => event.to.name(),
            reason => self.text(Some(&event.reason), self.room.text),
            advice => self.text(Some(&advice(event.to, &event.listing)), NAME),
        }
    }

    /// A text that need not be there: then it is an empty one, or no value in JSON.
    fn text(&self, text: Option<&str>, room: (usize, usize)) -> Value {
        // `short` leaves room for an ellipsis.
        let text = text.filter(|_| room.0 > 0);
        match text.map(|text| short(text, room)).filter(|text| !text.is_empty()) {
            Some(text) => Value::from(text),
            None => self.nothing(),
        }
    }

    fn nothing(&self) -> Value {
        match self.markup {
            Some(markup) if markup.is_json => Value::from(()),
            _ => Value::from(""),
        }
    }

    /// An address in which nothing stands that ends one, as the markup has it.
    fn address(&self, url: Option<String>) -> Value {
        match (url.filter(|url| !url.is_empty()), self.markup) {
            (None, _) => self.nothing(),
            (Some(url), Some(markup)) if !markup.is_json => Value::from_safe_string((markup.address)(&url)),
            (Some(url), _) => Value::from(url),
        }
    }
}

fn id(listing: &ListingId) -> Value {
    Value::from(listing.as_str())
}
