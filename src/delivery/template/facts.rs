//! What templates are told: the facts of a delivery, by the names that `docs/chats.md` has.

use std::collections::BTreeMap;

use minijinja::{Value, context};

use super::Markup;
use crate::delivery::notice::{Notice, advice, page, safe, short, teller, titled};
use crate::model::delivery::{AlsoAt, ArticleChange, HealthNews, NewArticle, Summary};
use crate::model::{Article, Change, Delivery, Field, ListingId, Message};

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
            Message::New(news) => self.news(news, base_url),
            Message::Change(change) => self.change(change, base_url),
            Message::Summary(summary) => self.summary(summary, base_url),
            Message::Health(health) => self.health(health),
            Message::Target(_) => context! { what => "target" },
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

    fn news(&self, NewArticle { listing, title, article, also_at }: &NewArticle, base_url: &str) -> Value {
        let also_at: Vec<Value> = also_at.iter().map(|other| self.teller(other, base_url)).collect();
        context! {
            what => Change::New.name(),
            fields => Vec::<&str>::new(),
            was => BTreeMap::<&str, Value>::new(),
            also_at,
            ..self.one(listing, title, article, base_url)
        }
    }

    /// Those of an article that is not new, and what its fields said before.
    fn change(&self, change: &ArticleChange, base_url: &str) -> Value {
        let ArticleChange { what, fields, listing, title, article } = change;
        let was = fields.iter().map(|change| {
            let was = match (change.field, change.was.as_deref()) {
                (Field::Link, was) => self.address(was.and_then(safe)),
                (_, was) => self.text(was, NAME),
            };
            (change.field.name(), was)
        });
        context! {
            what => what.name(),
            fields => fields.iter().map(|change| change.field.name()).collect::<Vec<_>>(),
            was => was.collect::<BTreeMap<_, _>>(),
            also_at => Vec::<Value>::new(),
            ..self.one(listing, title, article, base_url)
        }
    }

    /// Those of one article.
    fn one(&self, listing: &ListingId, title: &str, article: &Article, base_url: &str) -> Value {
        let others = article.listings.iter().map(|on| &on.listing).filter(|other| *other != listing);
        let also_on: Vec<Value> = others.take(ALSO).map(id).collect();
        context! {
            listing => id(listing),
            listing_title => short(title, NAME),
            also_on,
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
        let changed = summary.changed.iter().take(self.room.articles.saturating_sub(articles.len()));
        let changed: Vec<Value> = changed
            .map(|changed| {
                let fields: Vec<&str> = changed.fields.iter().map(|field| field.name()).collect();
                context! { what => changed.what.name(), fields, ..self.article(&changed.article, text, base_url) }
            })
            .collect();
        let [(_, new), (_, updated), (_, removed), (_, returned)] = summary.counts();
        context! {
            what => "summary",
            count => summary.count,
            new,
            updated,
            removed,
            returned,
            more => (summary.count as usize).saturating_sub(articles.len() + changed.len()),
            changed,
            approved => summary.approved,
            listings => listings.collect::<Vec<_>>(),
            articles,
        }
    }

    fn health(&self, HealthNews { title, event, held }: &HealthNews) -> Value {
        let titles = held.iter().flat_map(|held| &held.titles).map(|title| short(title, NAME));
        context! {
            what => "health",
            listing => id(&event.listing),
            title => short(title, NAME),
            from => event.from.name(),
            to => event.to.name(),
            reason => self.text(Some(&event.reason), self.room.text),
            held => held.as_ref().map_or(0, |held| held.count),
            titles => titles.collect::<Vec<_>>(),
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
