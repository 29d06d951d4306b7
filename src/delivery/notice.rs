//! What a message says, in the words that every chat is told it in, before it is written as one of them wants it.

use unicode_segmentation::UnicodeSegmentation as _;

use crate::model::delivery::{HealthNews, NewArticle, Summary, TargetTrouble};
use crate::model::text::{bounded, counted, is_invisible, one_line};
use crate::model::{Article, Delivery, Health, Message};

/// Room for a title: graphemes, and bytes, because a grapheme can be of any length.
const TITLE: (usize, usize) = (200, 600);
/// Room for a summary or a reason.
const TEXT: (usize, usize) = (300, 1_000);
/// Room for a name: a source, a category, a tag, a listing.
const NAME: (usize, usize) = (60, 150);
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
    /// What to do.
    pub(super) advice: String,
    /// Articles.
    pub(super) items: Vec<Item>,
    /// How many articles there are.
    pub(super) count: usize,
    /// Whether somebody should look soon.
    pub(super) is_trouble: bool,
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
            Message::Target(trouble) => Self::target(trouble, base_url),
        }
    }

    fn news(NewArticle { listing, title, article }: &NewArticle, base_url: &str) -> Self {
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
        let articles = counted(summary.count, "new article");
        let (place, url) = match summary.listings.as_slice() {
            [(id, title, _)] => (name(title), format!("{base_url}/feeds/listings/{id}.html")),
            listings => (counted(listings.len(), "listing"), format!("{base_url}/feeds/all.html")),
        };
        let items = summary.articles.iter().map(|article| Item {
            title: titled(article),
            url: self::url(article, base_url),
            facts: joined([article.source.as_deref().map(name), date(article)]),
        });
        let listings = summary.listings.iter().take(ALSO);
        let shares: Vec<String> =
            listings.map(|(_, title, count)| format!("{count} on {}", name(title))).collect();
        Self {
            title: format!("{articles} on {place}"),
            url: safe(&url).unwrap_or_default(),
            facts: if summary.listings.len() > 1 { shares.join(" · ") } else { String::new() },
            text: if summary.approved {
                "They were held as too many at once, and approved.".into()
            } else {
                String::new()
            },
            items: items.collect(),
            count: summary.count as usize,
            ..Self::default()
        }
    }

    fn health(HealthNews { title, event }: &HealthNews, base_url: &str) -> Self {
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
            text: short(&event.reason, TEXT),
            advice: advice(event.to).replace("LISTING", event.listing.as_str()),
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

    /// The title with its sign.
    pub(super) fn headline(&self) -> String {
        if self.sign.is_empty() { self.title.clone() } else { format!("{} {}", self.sign, self.title) }
    }
}

/// What an operator can do about a listing that is so. Without backticks, which not every chat takes for what they are.
fn advice(health: Health) -> &'static str {
    match health {
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
    }
}

fn titled(article: &Article) -> String {
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
    let page = || safe(&format!("{base_url}/articles/{}.html", article.id)).unwrap_or_default();
    article.link.as_deref().and_then(safe).unwrap_or_else(page)
}

/// An http(s) address in which nothing stands that ends an address in any chat's markup.
fn safe(text: &str) -> Option<String> {
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
