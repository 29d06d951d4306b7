//! `tidings target test` and `tidings deliveries preview`: what a target would get, sent at once or only shown.

use serde::Serialize;
use uuid::Uuid;

use super::args::{PreviewMessage, PreviewTarget, TargetArg};
use super::desk::Desk;
use super::exit::{Exit, Failure};
use super::output::{Output, plain};
use super::targets;
use crate::daemon::clock;
use crate::delivery::judge;
use crate::model::delivery::{ArticleChange, FieldChange, HealthNews, HeldNews, NewArticle, Summary};
use crate::model::target::TargetSpec;
use crate::model::{
    Article, ArticleId, Change, Delivery, DeliveryId, DeliveryState, Field, Health, HealthEvent, ListingId,
    Message, Printed, SiteUid, TagRow, Timestamp, TryEnd,
};
use crate::notify::Sender;
use crate::store::Store as _;

/// Articles that an example of a summary shows.
const SHOWN: usize = 5;

/// How a test went, as JSON.
#[derive(Serialize)]
struct Tested<'a> {
    target: &'a str,
    kind: &'static str,
    to: String,
    taken: bool,
    /// The status that was answered; `null` where nothing was.
    status: Option<u16>,
    /// Why it was not taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Why it was not in the operator's own words, though there are some.
    #[serde(skip_serializing_if = "Option::is_none")]
    template_fault: Option<String>,
    duration_ms: u128,
}

/// What would be sent, as JSON.
#[derive(Serialize)]
struct Previewed<'a> {
    target: &'a str,
    kind: &'static str,
    message: &'static str,
    /// Why it is not in the operator's own words, though there are some.
    #[serde(skip_serializing_if = "Option::is_none")]
    template_fault: Option<String>,
    sent: String,
}

/// Sends a target a message that says that it is a test, at once, and tells what was answered.
pub(super) async fn test(desk: &Desk, args: &TargetArg, output: &Output) -> Result<Exit, Failure> {
    let (spec, sender) = sender(desk, &args.target)?;
    let now = clock();
    let begun = tokio::time::Instant::now();
    let article = Article {
        title: "A test message from tidings".to_owned(),
        summary: Some(format!("Messages of the target {} arrive here.", spec.rule.id)),
        ..example(now, desk)
    };
    let delivery = delivery(spec, news(article, desk)?, now);
    let base_url = &desk.app.config.site.base_url;
    let tried = sender.send(&delivery, base_url, now).await;
    let template_fault = sender.template_fault(&delivery, base_url);
    let duration_ms = begun.elapsed().as_millis();
    let end = judge(spec.kind(), &tried, 1, clock(), 0.5).end;
    let status = tried.as_ref().ok().map(|answer| answer.status);
    let reason = match end {
        TryEnd::Delivered => None,
        TryEnd::Failed { reason, .. } | TryEnd::Dead { reason } | TryEnd::Disabled { reason } => Some(reason),
    };
    let (target, kind) = (spec.rule.id.as_str(), spec.kind().name());
    if args.json {
        let (taken, to) = (reason.is_none(), sender.origin());
        output.json(&Tested { target, kind, to, taken, status, reason, template_fault, duration_ms })?;
        return Ok(if taken { Exit::Done } else { Exit::Listings });
    }
    if let Some(fault) = template_fault {
        output.line(&format!(
            "{target}: the usual words were sent, because a template fails: {}",
            plain(&fault)
        ))?;
    }
    match reason {
        None => {
            let to = plain(&sender.origin());
            let answer = status.map(|status| format!(" and answered {status}")).unwrap_or_default();
            output.line(&format!("{target}: {to} took a test message{answer}, after {duration_ms} ms"))?;
            Ok(Exit::Done)
        }
        Some(reason) => {
            let message = format!("{target}: the test message was not taken: {}", plain(&reason));
            Err(Failure::new(Exit::Listings, message))
        }
    }
}

/// Shows what a target would be sent, byte for byte but for its secrets.
pub(super) async fn preview(desk: &Desk, args: &PreviewTarget, output: &Output) -> Result<Exit, Failure> {
    let (spec, sender) = sender(desk, &args.target)?;
    let now = clock();
    let message = match (&args.article, args.message) {
        (Some(prefix), _) => news(by_id(desk, prefix).await?, desk)?,
        (None, PreviewMessage::New) => {
            let newest = newest(desk, 1).await?.pop();
            news(newest.unwrap_or_else(|| example(now, desk)), desk)?
        }
        (None, PreviewMessage::Summary) => {
            let mut found = newest(desk, SHOWN).await?;
            if found.is_empty() {
                found.push(example(now, desk));
            }
            let all = found.into_iter().map(|article| announced(article, desk));
            Message::Summary(Box::new(Summary::of(all.collect::<Result<Vec<_>, _>>()?, false)))
        }
        (None, PreviewMessage::Health) => {
            let (listing, title) = listing(desk, None)?;
            let reason = "no answer from https://news.example.org within 30s".to_owned();
            let event =
                HealthEvent { seq: 0, at: now, listing, from: Health::Ok, to: Health::Failing, reason };
            Message::Health(Box::new(HealthNews { title, event, held: None }))
        }
        (None, PreviewMessage::Held) => {
            let (listing, title) = listing(desk, None)?;
            let reason = "64 articles are new at once where the last reading had 43".to_owned();
            let (from, to) = (Health::Ok, Health::Quarantined);
            let event = HealthEvent { seq: 0, at: now, listing, from, to, reason };
            let titles = ["One example", "Another", "A third"].map(str::to_owned).to_vec();
            Message::Health(Box::new(HealthNews { title, event, held: Some(HeldNews { count: 64, titles }) }))
        }
        (None, PreviewMessage::Updated) => change(desk, Change::Updated, now).await?,
        (None, PreviewMessage::Removed) => change(desk, Change::Removed, now).await?,
        (None, PreviewMessage::Returned) => change(desk, Change::Returned, now).await?,
    };
    let delivery = delivery(spec, message, now);
    let base_url = &desk.app.config.site.base_url;
    let template_fault = sender.template_fault(&delivery, base_url);
    let sent = sender.preview(&delivery, base_url, now);
    let sent = sent.map_err(|error| Failure::new(Exit::Bug, error.to_string()))?;
    if args.json {
        let (target, kind) = (spec.rule.id.as_str(), spec.kind().name());
        output.json(&Previewed { target, kind, message: delivery.message.name(), template_fault, sent })?;
        return Ok(Exit::Done);
    }
    if let Some(fault) = template_fault {
        output.line(&format!("the usual words, because a template fails: {}", plain(&fault)))?;
    }
    sent.lines().try_for_each(|line| output.line(&plain(line)))?;
    Ok(Exit::Done)
}

/// A message as a target is sent it, but for its secrets.
pub(super) fn shown(desk: &Desk, spec: &TargetSpec, delivery: &Delivery) -> Result<String, Failure> {
    let (_, sender) = sender(desk, spec.rule.id.as_str())?;
    let shown = sender.preview(delivery, &desk.app.config.site.base_url, clock());
    shown.map_err(|error| Failure::new(Exit::Bug, error.to_string()))
}

/// A target of the config, and what sends to it.
fn sender<'d>(desk: &'d Desk, target: &str) -> Result<(&'d TargetSpec, Sender), Failure> {
    let config = &desk.app.config;
    let spec = config.targets.iter().find(|spec| spec.rule.id.as_str() == target).ok_or_else(|| {
        let known: Vec<&str> = config.targets.iter().map(|spec| spec.rule.id.as_str()).collect();
        let hint = match known.is_empty() {
            true => "the config has no [[target]]".to_owned(),
            false => format!("the config has {}", known.join(", ")),
        };
        Failure::new(Exit::NotFound, format!("there is no target `{}`", plain(target))).hint(hint)
    })?;
    let client = targets::client(config).map_err(|message| Failure::new(Exit::Config, message))?;
    match Sender::new(spec, client) {
        Ok(sender) => Ok((spec, sender)),
        Err(faults) => {
            let faults: Vec<String> = faults.iter().map(|fault| plain(&fault.to_string())).collect();
            Err(Failure::new(Exit::Config, faults.join("; ")))
        }
    }
}

async fn by_id(desk: &Desk, prefix: &str) -> Result<Article, Failure> {
    let mut found = desk.app.store.find(prefix).await?;
    match (found.pop(), found.pop()) {
        (Some(one), None) => Ok(one),
        (None, _) => Err(Failure::new(Exit::NotFound, format!("there is no article `{}`", plain(prefix)))
            .hint("`tidings articles` shows ids; the beginning of one is enough")),
        (Some(_), Some(_)) => {
            let message = format!("more than one id begins with `{}`", plain(prefix));
            Err(Failure::new(Exit::NotFound, message).hint("give more of it"))
        }
    }
}

fn delivery(spec: &TargetSpec, message: Message, now: Timestamp) -> Delivery {
    // Another one each time, as if it were owed: a receiver that knows ids takes each test.
    let name = format!("tidings test {} {} {}", spec.rule.id, now.unix(), fastrand::u64(..));
    Delivery {
        id: DeliveryId::from_uuid(Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes())),
        target: spec.rule.id.clone(),
        seq: 0,
        born: now,
        message,
        state: DeliveryState::Waiting(now),
        tries: 0,
        changed: now,
        trouble: String::new(),
    }
}

/// A listing of the config with its title: the named one, or the first.
fn listing(desk: &Desk, id: Option<&ListingId>) -> Result<(ListingId, String), Failure> {
    let listings = &desk.app.config.listings;
    let found = listings.iter().find(|listing| Some(&listing.spec.id) == id).or_else(|| listings.first());
    match (found, id) {
        (Some(found), _) => Ok((found.spec.id.clone(), found.spec.title.clone())),
        (None, Some(id)) => Ok((id.clone(), id.to_string())),
        (None, None) => {
            Err(Failure::new(Exit::NotFound, "the config has no [[listing]] that a message could be of"))
        }
    }
}

fn news(article: Article, desk: &Desk) -> Result<Message, Failure> {
    announced(article, desk).map(|news| Message::New(Box::new(news)))
}

/// The newest article, as if that had become of it.
async fn change(desk: &Desk, what: Change, now: Timestamp) -> Result<Message, Failure> {
    let newest = newest(desk, 1).await?.pop();
    let NewArticle { listing, title, article, .. } =
        announced(newest.unwrap_or_else(|| example(now, desk)), desk)?;
    let was = Some("The title that it had before".to_owned());
    let fields = match what {
        Change::Updated => vec![FieldChange { field: Field::Title, was }],
        _ => Vec::new(),
    };
    Ok(Message::Change(Box::new(ArticleChange { what, fields, listing, title, article })))
}

fn announced(article: Article, desk: &Desk) -> Result<NewArticle, Failure> {
    let (listing, title) = listing(desk, article.listings.first().map(|on| &on.listing))?;
    Ok(NewArticle { listing, title, article, also_at: Vec::new() })
}

/// The articles that came last, as many.
async fn newest(desk: &Desk, most: usize) -> Result<Vec<Article>, Failure> {
    let count = desk.app.store.article_count().await?;
    Ok(desk.app.store.articles(count.saturating_sub(most), most).await?)
}

/// An article that stands for any.
fn example(now: Timestamp, desk: &Desk) -> Article {
    Article {
        id: ArticleId::from_uuid(Uuid::nil()),
        site: SiteUid::from_uuid(Uuid::nil()),
        keys: Vec::new(),
        title: "How an example became an article".to_owned(),
        link: Some(desk.app.config.site.base_url.clone()),
        source: Some("tidings".to_owned()),
        date: Printed::parse(now.rfc3339().get(..10).unwrap_or_default()),
        category: None,
        summary: Some("What its summary says, in a sentence or two.".to_owned()),
        row: TagRow::None,
        tags: vec!["Example".to_owned()],
        sure: true,
        likes: None,
        minutes: None,
        published: now,
        updated: now,
        first_seen: now,
        first_seq: 0,
        seen: now,
        announced: None,
        late: false,
        hidden: false,
        forgotten: None,
        listings: Vec::new(),
    }
}
