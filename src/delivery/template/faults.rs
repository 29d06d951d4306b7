//! What is wrong with a template, found before it is used: it is filled with examples of what it is for.

use std::collections::BTreeSet;

use minijinja::Value;
use uuid::Uuid;

use super::facts::{Facts, STEPS};
use super::{Part, TemplateFault, Templates};
use crate::delivery::chat::markup;
use crate::model::delivery::{
    AlsoAt, ArticleChange, FieldChange, HealthNews, HeldNews, NewArticle, News, Summary,
};
use crate::model::target::{TargetKind, Wording};
use crate::model::{
    Article, ArticleId, Change, Delivery, DeliveryId, DeliveryState, Field, Health, HealthEvent, ListingId,
    Message, OnListing, Presence, Printed, SiteUid, TagRow, TargetId, Timestamp,
};

/// Names that a template may have without being told them.
const OWN: [&str; 2] = ["loop", "self"];
const BASE: &str = "https://news.example.org";

/// All that is wrong with a template of a target of that kind: what it cannot be read for, names that are none, and what
/// goes wrong with examples that have every fact, and with such that lack all that may be missing.
#[must_use]
pub fn faults(kind: TargetKind, part: Part, text: &str) -> Vec<TemplateFault> {
    let mut wording = Wording::default();
    let place = match part {
        Part::Article => &mut wording.article,
        Part::Summary => &mut wording.summary,
        Part::Health => &mut wording.health,
        Part::Subject => &mut wording.subject,
    };
    *place = Some(text.to_owned());
    let templates = match Templates::read(kind, &wording) {
        Ok(Some(templates)) => templates,
        Ok(None) => return Vec::new(),
        Err(fault) => return vec![fault],
    };
    let unknown = unknown(&templates, part);
    if !unknown.is_empty() {
        return unknown;
    }
    let mut faults: Vec<TemplateFault> = Vec::new();
    for (example, fill) in examples(part) {
        let markup = markup(kind);
        let filled = match part {
            Part::Subject => templates.subject(fill(&Facts::plain(STEPS[0]))),
            part => templates.text(part, &markup, |facts| fill(facts)),
        };
        if let Err(fault) = filled
            && !faults.iter().any(|known| (known.line, &known.what) == (fault.line, &fault.what))
        {
            let hint = fault.hint.clone().unwrap_or_else(|| format!("it was filled for {example}"));
            faults.push(TemplateFault { hint: Some(hint), ..fault });
        }
    }
    faults
}

/// Names that no message of the kind has.
fn unknown(templates: &Templates, part: Part) -> Vec<TemplateFault> {
    let mut known: BTreeSet<String> = BTreeSet::new();
    for (_, fill) in examples(part) {
        let facts = fill(&Facts::plain(STEPS[0]));
        known.extend(facts.try_iter().into_iter().flatten().map(|name| name.to_string()));
    }
    let Ok(template) = templates.environment.get_template(part.key()) else { return Vec::new() };
    let globals: BTreeSet<&str> = templates.environment.globals().map(|(name, _)| name).collect();
    let asked: BTreeSet<String> = template.undeclared_variables(false).into_iter().collect();
    let names = asked.into_iter().filter(|name| {
        !known.contains(name) && !globals.contains(name.as_str()) && !OWN.contains(&name.as_str())
    });
    let list = known.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    let fault = |name: String| TemplateFault {
        hint: Some(format!("there are {list}")),
        ..TemplateFault::new(part, format!("`{name}` is no name of a fact"))
    };
    names.map(fault).collect()
}

/// Fills in the facts of an example.
type Fill = Box<dyn Fn(&Facts<'_>) -> Value>;

/// Examples of what a template is for, each with what it is.
pub(super) fn examples(part: Part) -> Vec<(&'static str, Fill)> {
    // Both are ids, whatever else they are.
    let Ok(target) = TargetId::parse("example") else { return Vec::new() };
    let (Ok(one), Ok(other)) = (ListingId::parse("news"), ListingId::parse("other")) else {
        return Vec::new();
    };
    let mut examples: Vec<(&'static str, Fill)> = Vec::new();
    let mut add = |name: &'static str, message: Message| {
        let delivery = delivery(&target, message);
        examples.push((name, Box::new(move |facts| facts.of(&delivery, BASE))));
    };
    let full = NewArticle {
        also_at: vec![AlsoAt::of(full(&[&other]), String::new())],
        ..news(&one, full(&[&one, &other]))
    };
    let bare = |listing| news(listing, bare());
    if matches!(part, Part::Article | Part::Subject) {
        add("an article of which everything is known", Message::New(Box::new(full.clone())));
        add("an article of which only the title is known", Message::New(Box::new(bare(&one))));
        add("an article that was updated", Message::Change(Box::new(updated(&full))));
    }
    if matches!(part, Part::Summary | Part::Subject) {
        let both = [News::New(full.clone()), News::New(bare(&other)), News::Change(updated(&full))];
        let both = Summary::of(both, true);
        add("a summary of two listings", Message::Summary(Box::new(both)));
        let many = Summary { count: 30, ..Summary::of([bare(&one)], false) };
        add("a summary of one listing", Message::Summary(Box::new(many)));
    }
    if matches!(part, Part::Health | Part::Subject) {
        let held = HeldNews { count: 60, titles: vec!["How an example was held".to_owned()] };
        for (name, to, reason, held) in [
            (
                "a listing that fails",
                Health::Failing,
                "no answer from https://news.example.org within 30s",
                None,
            ),
            ("a listing whose reading is held", Health::Quarantined, "60 of 60 articles are new", Some(held)),
            ("a listing that reads well again", Health::Ok, "", None),
        ] {
            let (at, reason) = (Timestamp::from_unix(0), reason.to_owned());
            let event = HealthEvent { seq: 1, at, listing: one.clone(), from: Health::Shrunk, to, reason };
            add(name, Message::Health(Box::new(HealthNews { title: "News".to_owned(), event, held })));
        }
    }
    examples
}

fn delivery(target: &TargetId, message: Message) -> Delivery {
    let born = Timestamp::from_unix(0);
    Delivery {
        id: DeliveryId::from_uuid(Uuid::nil()),
        target: target.clone(),
        seq: 1,
        born,
        message,
        state: DeliveryState::Waiting(born),
        tries: 0,
        changed: born,
        trouble: String::new(),
    }
}

fn news(listing: &ListingId, article: Article) -> NewArticle {
    NewArticle { listing: listing.clone(), title: "News".to_owned(), article, also_at: Vec::new() }
}

/// What changed of an article of which everything is known.
fn updated(news: &NewArticle) -> ArticleChange {
    let was = |field: Field, was: Option<&str>| FieldChange { field, was: was.map(str::to_owned) };
    ArticleChange {
        what: Change::Updated,
        fields: vec![was(Field::Title, Some("How an example began")), was(Field::Summary, None)],
        listing: news.listing.clone(),
        title: news.title.clone(),
        article: news.article.clone(),
    }
}

/// An article of which only the title is known.
fn bare() -> Article {
    let at = Timestamp::from_unix(0);
    Article {
        id: ArticleId::from_uuid(Uuid::nil()),
        site: SiteUid::from_uuid(Uuid::nil()),
        keys: Vec::new(),
        title: "How an example became an article".to_owned(),
        link: None,
        source: None,
        date: None,
        category: None,
        summary: None,
        row: TagRow::None,
        tags: Vec::new(),
        sure: true,
        likes: None,
        minutes: None,
        published: at,
        updated: at,
        first_seen: at,
        first_seq: 1,
        seen: at,
        announced: None,
        late: false,
        hidden: false,
        forgotten: None,
        listings: Vec::new(),
    }
}

/// An article of which everything is known.
fn full(listings: &[&ListingId]) -> Article {
    let on = |id: &&ListingId| OnListing {
        listing: (*id).clone(),
        tags: vec!["Page".to_owned()],
        presence: Presence::Listed,
    };
    Article {
        link: Some("https://example.org/article?a=1&b=2".to_owned()),
        source: Some("Example Times".to_owned()),
        date: Printed::parse("2026-01-31"),
        category: Some("Examples".to_owned()),
        summary: Some("What its summary says, with \"quotes\", <marks> & more.".to_owned()),
        tags: vec!["One".to_owned(), "C++".to_owned()],
        late: true,
        listings: listings.iter().map(on).collect(),
        ..bare()
    }
}
