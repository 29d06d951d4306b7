//! Finding the list of articles in a document that nobody gave rules for.
//!
//! The list is the one whose objects say most of what articles say: each name below has a role, and each object a
//! value of the kind that fits the role. More roles count for more than more objects.

use serde_json::{Map, Value};

use crate::extract::dates::BadDate;
use crate::model::json::{JsonField, JsonFields, JsonPlace, JsonRules};
use crate::model::listing::DateRules;

use super::{Found, text};

/// How many objects of a list are looked at.
const SAMPLE: usize = 24;
/// How many fields of an object are looked at.
const MAX_FIELDS: usize = 200;
/// How many lists of objects are looked at.
const MAX_LISTS: usize = 1_000;

/// Objects that only wrap an article (`{"kind": "post", "data": {…}}`).
const WRAPPERS: &[&str] =
    &["node", "data", "attributes", "item", "fields", "_source", "article", "post", "entry"];

/// What a field may be called, the best name first; compared without case, `_` and `-`.
const TITLES: &[&str] = &["title", "headline", "heading", "subject", "name", "topic"];
const LINKS: &[&str] = &[
    "url",
    "link",
    "permalink",
    "href",
    "htmlurl",
    "weburl",
    "canonicalurl",
    "articleurl",
    "shareurl",
    "fullurl",
    "detailurl",
    "storyurl",
    "uri",
    "links",
    "path",
];
const IDS: &[&str] = &["id", "uuid", "guid", "articleid", "postid", "objectid", "key", "slug"];
const DATES: &[&str] = &[
    "datepublished",
    "publishedat",
    "published",
    "publishdate",
    "publishtime",
    "publicationdate",
    "pubdate",
    "pubtime",
    "date",
    "dategmt",
    "createdat",
    "created",
    "createdate",
    "createtime",
    "createdutc",
    "createdtime",
    "postedat",
    "releasedate",
    "time",
    "timestamp",
    "firstpublishedat",
    "updatedat",
    "updated",
    "modified",
    "datemodified",
    "updatetime",
    "ctime",
    "mtime",
];
const SUMMARIES: &[&str] = &[
    "summary",
    "excerpt",
    "description",
    "abstract",
    "brief",
    "intro",
    "teaser",
    "subtitle",
    "digest",
    "selftext",
    "contenttext",
    "body",
    "content",
    "text",
    "contenthtml",
];
const SOURCES: &[&str] =
    &["source", "publisher", "sourcename", "site", "sitename", "media", "author", "authorname", "by"];
const CATEGORIES: &[&str] = &["category", "categoryname", "section", "channel", "column"];
const TAGS: &[&str] = &["tags", "tag", "taglist", "keywords", "topics", "labels", "categories"];

/// A list that may be the one.
struct Candidate {
    score: u64,
    found: Found,
}

/// The list of articles in `value`, and the rules that lead to it and read it.
pub(super) fn find(value: &Value, dates: &DateRules) -> Option<Found> {
    let mut search = Search { path: Vec::new(), best: None, left: MAX_LISTS, dates };
    search.look_at(value);
    search.best.map(|best| best.found)
}

/// The rules that read each of `rows`, whose list is the whole document.
pub(super) fn of_rows(rows: &[Value], dates: &DateRules) -> Option<Found> {
    judge(rows, &[], dates).map(|candidate| candidate.found)
}

/// A search through a document.
struct Search<'v, 'd> {
    /// What leads to where it is.
    path: Vec<Step<'v>>,
    best: Option<Candidate>,
    /// How many lists may still be looked at.
    left: usize,
    /// How dates are written.
    dates: &'d DateRules,
}

impl<'v> Search<'v, '_> {
    /// Looks at every list in `value`. Nests no deeper than the parser allowed.
    fn look_at(&mut self, value: &'v Value) {
        match value {
            Value::Array(values) => {
                if self.left > 0 && values.first().is_some_and(Value::is_object) {
                    self.left -= 1;
                    let candidate = judge(values, &self.path, self.dates);
                    let least = self.best.as_ref().map_or(0, |best| best.score);
                    self.best = candidate.filter(|found| found.score > least).or(self.best.take());
                }
                for (index, inner) in values.iter().enumerate() {
                    self.step(Step::Index(index), inner);
                }
            }
            Value::Object(fields) => {
                for (name, inner) in fields {
                    self.step(Step::Name(name), inner);
                }
            }
            _ => {}
        }
    }

    fn step(&mut self, step: Step<'v>, inner: &'v Value) {
        self.path.push(step);
        self.look_at(inner);
        self.path.pop();
    }
}

/// A step from the document's root.
enum Step<'v> {
    Name(&'v str),
    Index(usize),
}

/// What speaks for a list, and how it is read; `None` when it holds no articles.
fn judge<'v>(values: &'v [Value], path: &[Step<'_>], dates: &DateRules) -> Option<Candidate> {
    let objects: Vec<&'v Map<String, Value>> =
        values.iter().take(SAMPLE).filter_map(Value::as_object).collect();
    if objects.is_empty() || objects.len() * 2 < values.len().min(SAMPLE) {
        return None;
    }
    let bare = roles(&objects, dates).map(|roles| ("", roles));
    let wrapped = WRAPPERS.iter().filter_map(|wrapper| {
        let inner: Vec<_> = objects.iter().filter_map(|object| object.get(*wrapper)?.as_object()).collect();
        let enough = inner.len() * 2 >= objects.len() && !inner.is_empty();
        enough.then(|| roles(&inner, dates)).flatten().map(|roles| (*wrapper, roles))
    });
    let (wrapper, roles) = bare.into_iter().chain(wrapped).max_by_key(|(_, roles)| roles.score())?;
    let count = values.len();
    // A list of one may be anything; a long one is no better than a page of them.
    let score = roles.score() * 1_000 + count.min(100) as u64;
    let at = |role: &Option<Role>| {
        let name = &role.as_ref()?.name;
        let path = if wrapper.is_empty() {
            format!("$[{}]", quoted(name))
        } else {
            format!("$[{}][{}]", quoted(wrapper), quoted(name))
        };
        let plain = if wrapper.is_empty() { name.clone() } else { format!("{wrapper}.{name}") };
        let simple = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'));
        JsonPlace::parse(if simple { &plain } else { &path }).ok().map(JsonField::Place)
    };
    let fields = JsonFields {
        id: at(&roles.id),
        title: at(&roles.title),
        link: at(&roles.link),
        date: at(&roles.date),
        source: at(&roles.source),
        category: at(&roles.category),
        summary: at(&roles.summary),
        tags: at(&roles.tags),
    };
    let items = JsonPlace::parse(&format!("{}[*]", written(path))).ok()?;
    let rules = JsonRules { items: Some(items), fields, tags_separator: None };
    Some(Candidate { score, found: Found { rules, confidence: roles.confidence(count), items: count } })
}

fn written(path: &[Step<'_>]) -> String {
    let mut out = "$".to_owned();
    for step in path {
        match step {
            Step::Name(name) if is_simple(name) => {
                out.push('.');
                out.push_str(name);
            }
            Step::Name(name) => out.push_str(&format!("[{}]", quoted(name))),
            Step::Index(index) => out.push_str(&format!("[{index}]")),
        }
    }
    out
}

/// Whether a path may name it without quotes.
fn is_simple(name: &str) -> bool {
    let letters = |c: char| c.is_ascii_alphabetic() || c == '_';
    name.starts_with(letters) && name.chars().all(|c| letters(c) || c.is_ascii_digit())
}

fn quoted(name: &str) -> String {
    serde_json::to_string(name).unwrap_or_default()
}

/// The field that has a role, and in which part of the objects.
struct Role {
    name: String,
    part: f32,
}

/// Which field has which role.
#[derive(Default)]
struct Roles {
    id: Option<Role>,
    title: Option<Role>,
    link: Option<Role>,
    date: Option<Role>,
    source: Option<Role>,
    category: Option<Role>,
    summary: Option<Role>,
    tags: Option<Role>,
}

impl Roles {
    fn score(&self) -> u64 {
        let has = |role: &Option<Role>, worth: u64| if role.is_some() { worth } else { 0 };
        has(&self.link, 40)
            + has(&self.date, 30)
            + has(&self.summary, 10)
            + has(&self.id, 5)
            + has(&self.tags, 5)
            + has(&self.source, 3)
            + has(&self.category, 2)
    }

    fn confidence(&self, count: usize) -> f32 {
        let part = |role: &Option<Role>| role.as_ref().map_or(0.0, |role| role.part);
        let several = if count > 1 { 1.0 } else { 0.6 };
        several * part(&self.title) * (0.3 + 0.4 * part(&self.link) + 0.3 * part(&self.date))
    }
}

/// The fields of an object, their names without case and marks.
type Fields<'v> = Vec<(String, &'v str, &'v Value)>;

/// The roles of the fields of some objects; `None` when they have no titles, or neither links nor dates.
fn roles(objects: &[&Map<String, Value>], dates: &DateRules) -> Option<Roles> {
    let fields: Vec<Fields<'_>> = objects.iter().map(|object| fields_of(object)).collect();
    let role = |names: &[&str], fits: &dyn Fn(&Value) -> bool| {
        names.iter().find_map(|name| field(&fields, name, fits))
    };
    let title = role(TITLES, &is_title)?;
    let (link, date) = (role(LINKS, &is_link), role(DATES, &|value| is_date(value, dates)));
    if link.is_none() && date.is_none() {
        return None;
    }
    Some(Roles {
        title: Some(title),
        link,
        date,
        id: role(IDS, &is_id),
        summary: role(SUMMARIES, &is_text),
        source: role(SOURCES, &is_text),
        category: role(CATEGORIES, &is_text),
        tags: role(TAGS, &is_tags),
    })
}

fn fields_of(object: &Map<String, Value>) -> Fields<'_> {
    let plain = |name: &str| {
        let letters = name.chars().filter(|c| !matches!(c, '_' | '-' | ' '));
        letters.map(|c| c.to_ascii_lowercase()).collect::<String>()
    };
    let short = object.iter().take(MAX_FIELDS).filter(|(name, _)| name.len() <= 40);
    short.map(|(name, value)| (plain(name), name.as_str(), value)).collect()
}

/// The field of that name, where at least half of the objects have it with a value that fits.
fn field(objects: &[Fields<'_>], name: &str, fits: &dyn Fn(&Value) -> bool) -> Option<Role> {
    let fitting = |fields: &&Fields<'_>| fields.iter().any(|(plain, _, value)| plain == name && fits(value));
    let count = objects.iter().filter(fitting).count();
    if count == 0 || count * 2 < objects.len() {
        return None;
    }
    let found = objects.iter().flatten().find(|(plain, _, value)| plain == name && fits(value))?;
    Some(Role { name: found.1.to_owned(), part: count as f32 / objects.len() as f32 })
}

fn is_title(value: &Value) -> bool {
    !matches!(value, Value::Number(_) | Value::Array(_))
        && text::of(value).is_some_and(|text| !text.trim().is_empty())
}

fn is_text(value: &Value) -> bool {
    is_title(value) || matches!(value, Value::Array(_)) && text::of(value).is_some()
}

fn is_link(value: &Value) -> bool {
    text::of(value).is_some_and(|text| {
        let text = text.trim();
        text.starts_with("http://") || text.starts_with("https://") || text.starts_with('/')
    })
}

/// One whose order of day and month is not known is a date, too: its fault asks for `day_first`.
fn is_date(value: &Value, rules: &DateRules) -> bool {
    matches!(text::date(value, rules), Some(Some(Ok(_) | Err(BadDate::Unordered))))
}

fn is_id(value: &Value) -> bool {
    matches!(value, Value::Number(_))
        || value.as_str().is_some_and(|id| !id.trim().is_empty() && id.len() <= 200)
}

fn is_tags(value: &Value) -> bool {
    match value {
        Value::Array(_) => text::tags(value, None).iter().any(|tag| !tag.trim().is_empty()),
        Value::String(text) => !text.trim().is_empty() && text.len() <= 500,
        _ => false,
    }
}
