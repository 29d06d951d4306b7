//! What a message says, in the words that every chat is told it in, before it is written as one of them wants it.

use unicode_segmentation::UnicodeSegmentation as _;

use super::template::Words;
use crate::model::delivery::{
    AlsoAt, ArticleChange, ChangedArticle, FieldChange, HealthNews, HeldNews, NewArticle, Summary,
    TargetTrouble,
};
use crate::model::text::{bounded, counted, is_invisible, one_line};
use crate::model::{Article, ArticleId, Change, Delivery, Field, Health, ListingId, Message};

/// Room for a title: graphemes, and bytes, because a grapheme can be of any length.
const TITLE: (usize, usize) = (200, 600);
/// Room for a summary or a reason.
const TEXT: (usize, usize) = (300, 1_000);
/// Room for a name: a source, a category, a tag, a listing.
const NAME: (usize, usize) = (60, 150);
/// Room for what a field said before, and for the title of an article that is held.
const WAS: (usize, usize) = (80, 250);
/// Titles of held articles.
const TITLES: usize = 3;
/// Tags shown of an article.
const TAGS: usize = 6;
/// Other listings shown of an article.
const ALSO: usize = 5;
/// Room for an address, in bytes as HTML has it. In the place of a longer one stands that of the article's own page.
const LINK: usize = 1_000;

/// What a message says. Texts are of one line each, and nothing in them turns directions or hides; they are what a page
/// gave all the same, so each chat escapes them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Notice {
    /// A sign before the title: of trouble, or of its end.
    pub(super) sign: &'static str,
    /// What it is about.
    pub(super) title: String,
    /// Where the title leads: an http(s) address whose letters need no escaping but for `&`.
    pub(super) url: String,
    /// Source, date, category and tags.
    pub(super) facts: String,
    /// The summary, or the reason.
    pub(super) text: String,
    /// Where else the article is.
    pub(super) also: String,
    /// Who else tells the story: each with where that leads.
    pub(super) tellers: Vec<(String, String)>,
    /// What to do.
    pub(super) advice: String,
    /// Articles.
    pub(super) items: Vec<Item>,
    /// How many articles there are.
    pub(super) count: usize,
    /// Whether somebody should look soon.
    pub(super) is_trouble: bool,
    /// What is said in place of all of it but where it leads: the operator's own words, in the chat's markup.
    pub(super) own: Words,
}

/// An article in a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) title: String,
    pub(super) url: String,
    /// Source and date.
    pub(super) facts: String,
}

impl Notice {
    /// What a delivery says; addresses of ours are below `base_url`.
    pub(super) fn of(delivery: &Delivery, base_url: &str) -> Self {
        match &delivery.message {
            Message::New(news) => Self::news(news, base_url),
            Message::Summary(summary) => Self::summary(summary, base_url),
            Message::Health(health) => Self::health(health, base_url),
            Message::Change(change) => Self::change(change, base_url),
            Message::Target(trouble) => Self::target(trouble, base_url),
        }
    }

    fn news(NewArticle { listing, title, article, also_at }: &NewArticle, base_url: &str) -> Self {
        let tellers = also_at.iter().map(|other| (name(&other.source), teller(other, base_url)));
        Self { tellers: tellers.collect(), ..Self::article(listing, title, article, base_url) }
    }

    fn change(change: &ArticleChange, base_url: &str) -> Self {
        let ArticleChange { what, fields, listing, title, article } = change;
        let told = Self::article(listing, title, article, base_url);
        let differs = |field| fields.iter().any(|change| change.field == field);
        let mut texts = match what {
            Change::Removed => vec![format!("It was taken off {}.", name(title))],
            Change::Returned => vec![format!("It had been taken off, and is back on {}.", name(title))],
            Change::Updated | Change::New => Vec::new(),
        };
        if !fields.is_empty() {
            let parts: Vec<String> = fields.iter().map(differed).collect();
            texts.push(format!("Changed: {}.", parts.join(", ")));
        }
        // What did not change was told before.
        if differs(Field::Summary) {
            texts.push(told.text.clone());
        }
        Self {
            title: format!("{}: {}", heading(*what), told.title),
            // What is gone is seldom still where its link leads.
            url: if *what == Change::Removed { page(article.id, base_url) } else { told.url },
            text: texts.join(" "),
            ..told
        }
    }

    /// What is told of any article.
    fn article(listing: &ListingId, title: &str, article: &Article, base_url: &str) -> Self {
        let own = if article.tags.is_empty() {
            article.all_tags()
        } else {
            article.tags.iter().map(String::as_str).collect()
        };
        let tags: Vec<String> = own.into_iter().take(TAGS).map(name).collect();
        let also: Vec<&str> = article
            .listings
            .iter()
            .map(|on| on.listing.as_str())
            .filter(|other| *other != listing.as_str())
            .take(ALSO)
            .collect();
        let category = article.category.as_deref().map(name);
        Self {
            title: titled(article),
            url: url(article, base_url),
            facts: joined([Some(source(article, title)), date(article), category, Some(tags.join(", "))]),
            text: short(article.summary.as_deref().unwrap_or_default(), TEXT),
            also: if also.is_empty() { String::new() } else { format!("also on {}", also.join(", ")) },
            count: 1,
            ..Self::default()
        }
    }

    fn summary(summary: &Summary, base_url: &str) -> Self {
        let (place, url) = match summary.listings.as_slice() {
            [(id, title, _)] => (name(title), format!("{base_url}/feeds/listings/{id}.html")),
            listings => (counted(listings.len(), "listing"), format!("{base_url}/feeds/all.html")),
        };
        let item = |article: &Article| Item {
            title: titled(article),
            url: self::url(article, base_url),
            facts: joined([article.source.as_deref().map(name), date(article)]),
        };
        let changed = summary.changed.iter().map(|ChangedArticle { what, fields, article }| {
            let names: Vec<&str> = fields.iter().map(|field| field.name()).collect();
            let told = item(article);
            Item {
                title: format!("{}: {}", heading(*what), told.title),
                url: if *what == Change::Removed { page(article.id, base_url) } else { told.url },
                facts: joined([Some(told.facts), Some(names.join(", "))]),
            }
        });
        let listings = summary.listings.iter().take(ALSO);
        let shares: Vec<String> =
            listings.map(|(_, title, count)| format!("{count} on {}", name(title))).collect();
        Self {
            title: format!("{} on {place}", summary.in_words()),
            url: safe(&url).unwrap_or_default(),
            facts: if summary.listings.len() > 1 { shares.join(" · ") } else { String::new() },
            text: if summary.approved {
                "They were held as too many at once, and approved.".into()
            } else {
                String::new()
            },
            items: summary.articles.iter().map(item).chain(changed).collect(),
            count: summary.count as usize,
            ..Self::default()
        }
    }

    fn health(HealthNews { title, event, held }: &HealthNews, base_url: &str) -> Self {
        let is_well = event.to == Health::Ok;
        let sign = match event.to {
            Health::Ok => "✅",
            Health::Quiet | Health::Paused => "ℹ️",
            _ => "⚠️",
        };
        let state = match event.to {
            Health::Ok => "reads well again".to_owned(),
            to => format!("is {}", to.name()),
        };
        Self {
            sign,
            title: format!("{} {state}", name(title)),
            url: safe(&format!("{base_url}/feeds/health.html")).unwrap_or_default(),
            facts: format!("listing {} · it was {} before", event.listing, event.from.name()),
            text: match held {
                Some(held) => format!("{} {}", short(&event.reason, TEXT), waiting(held)).trim().to_owned(),
                None => short(&event.reason, TEXT),
            },
            advice: advice(event.to, &event.listing),
            is_trouble: !is_well && !matches!(event.to, Health::Quiet | Health::Paused),
            ..Self::default()
        }
    }

    fn target(trouble: &TargetTrouble, base_url: &str) -> Self {
        let TargetTrouble { target, reason, since, waiting } = trouble;
        let waiting = match waiting {
            0 => "nothing waits for it".to_owned(),
            1 => "one message waits for it".to_owned(),
            many => format!("{many} messages wait for it"),
        };
        Self {
            sign: "⚠️",
            title: format!("Nothing is sent to the target {target} any more"),
            url: safe(&format!("{base_url}/index.html")).unwrap_or_default(),
            facts: format!("no try succeeded since {since} · {waiting}"),
            text: short(reason, TEXT),
            advice: format!("When it works again: “tidings target enable {target}”."),
            is_trouble: true,
            ..Self::default()
        }
    }

    /// The same in the operator's own words, as far as there are any.
    pub(super) fn worded(mut self, own: Option<&Words>) -> Self {
        self.own = own.cloned().unwrap_or_default();
        self
    }

    /// What stands above the text, where that is told apart.
    pub(super) fn subject(&self) -> String {
        self.own.subject.clone().unwrap_or_else(|| self.headline())
    }

    /// The title with its sign.
    pub(super) fn headline(&self) -> String {
        if self.sign.is_empty() { self.title.clone() } else { format!("{} {}", self.sign, self.title) }
    }
}

/// What becomes of an article, before its title.
fn heading(what: Change) -> &'static str {
    match what {
        Change::New => "New",
        Change::Updated => "Updated",
        Change::Removed => "Removed",
        Change::Returned => "Back",
    }
}

/// A field that changed, and what it said before; of what is long only that it changed.
fn differed(FieldChange { field, was }: &FieldChange) -> String {
    match (field, was.as_deref()) {
        (Field::Summary | Field::Link, _) => field.name().to_owned(),
        (_, None) => format!("{} (there was none)", field.name()),
        (_, Some(was)) => format!("{} (was “{}”)", field.name(), short(was, WAS)),
    }
}

/// How many articles wait for approval, and some of them.
fn waiting(held: &HeldNews) -> String {
    let titles: Vec<String> =
        held.titles.iter().take(TITLES).map(|title| format!("“{}”", short(title, WAS))).collect();
    let articles = counted(held.count, "article");
    match (titles.is_empty(), held.count.saturating_sub(titles.len() as u64)) {
        (true, _) => format!("Held: {articles}."),
        (false, 0) => format!("Held: {}.", titles.join(", ")),
        (false, more) => format!("Held: {articles}: {} and {more} more.", titles.join(", ")),
    }
}

/// What an operator can do about a listing that is so. Without backticks, which not every chat takes for what they are.
pub(super) fn advice(health: Health, listing: &ListingId) -> String {
    let words = match health {
        Health::Ok | Health::Paused => "",
        Health::Quiet => "See whether the page still shows new articles: “tidings log --listing LISTING”.",
        Health::Failing => "See what fails: “tidings status”. It is tried again by itself.",
        Health::Empty | Health::Shrunk | Health::Odd => {
            "Look at the page. If it looks otherwise now, “tidings listing reread LISTING” shows what the rules make of it."
        }
        Health::Quarantined => {
            "Nothing was announced. “tidings listing approve LISTING” believes it, “tidings listing reject LISTING” does not."
        }
        Health::Gone => "Take the listing off the config, or give it the page's new address.",
    };
    words.replace("LISTING", listing.as_str())
}

pub(super) fn titled(article: &Article) -> String {
    let title = short(&article.title, TITLE);
    if title.is_empty() { "(without a title)".to_owned() } else { title }
}

fn name(text: &str) -> String {
    short(text, NAME)
}

fn source(article: &Article, listing: &str) -> String {
    name(article.source.as_deref().unwrap_or(listing))
}

fn date(article: &Article) -> Option<String> {
    article.date.map(|date| date.day().to_string())
}

fn joined<const N: usize>(parts: [Option<String>; N]) -> String {
    let parts: Vec<String> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
    parts.join(" · ")
}

/// A text on one line, cut at a grapheme border and marked with an ellipsis. What turns directions or shows nothing is
/// left out, but for what joins the parts of an emoji or a word.
pub(super) fn short(text: &str, (graphemes, bytes): (usize, usize)) -> String {
    let joins = |c: char| matches!(c, '\u{200C}' | '\u{200D}' | '\u{FE00}'..='\u{FE0F}');
    let shown: String = text.chars().filter(|c| !is_invisible(*c) || joins(*c)).collect();
    let line = one_line(&shown);
    let cut = match line.grapheme_indices(true).nth(graphemes) {
        // The ellipsis takes the place of the last one.
        Some(_) => {
            let end = line.grapheme_indices(true).nth(graphemes - 1).map_or(0, |(at, _)| at);
            format!("{}…", line[..end].trim_end())
        }
        None => line,
    };
    bounded(&cut, bytes)
}

/// Where an article's title leads: its link where that is one for the web, else its own page.
fn url(article: &Article, base_url: &str) -> String {
    article.link.as_deref().and_then(safe).unwrap_or_else(|| page(article.id, base_url))
}

/// Where an article that tells the same story is.
pub(super) fn teller(other: &AlsoAt, base_url: &str) -> String {
    other.link.as_deref().and_then(safe).unwrap_or_else(|| page(other.id, base_url))
}

/// The address of an article's own page.
pub(super) fn page(id: ArticleId, base_url: &str) -> String {
    safe(&format!("{base_url}/articles/{id}.html")).unwrap_or_default()
}

/// An http(s) address in which nothing stands that ends an address in any chat's markup.
pub(super) fn safe(text: &str) -> Option<String> {
    let url = url::Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let mut out = String::with_capacity(url.as_str().len());
    for c in url.as_str().chars() {
        match c {
            '(' | ')' | '[' | ']' | '<' | '>' | '|' | '"' | '\'' | '\\' | '`' | ' ' | '{' | '}' | '^' => {
                out.push_str(&format!("%{:02X}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    let written = out.len() + 4 * out.matches('&').count();
    // The host of an IPv6 address stands in brackets, which are no markup there, but cannot be told from it.
    (written <= LINK && url::Url::parse(&out).is_ok()).then_some(out)
}
