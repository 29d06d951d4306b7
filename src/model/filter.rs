//! Filters: which articles a view shows (and a target is told of). Values, and one pure question.

use serde::{Deserialize, Serialize};

use super::article::Article;
use super::id::ListingId;
use super::regex::Expression;
use super::text::fold_key;

/// The greatest depth of filters within filters.
pub const MAX_DEPTH: usize = 8;

/// A name with `*` for any run of characters, compared without case ([`fold_key`] on both sides).
///
/// Written, in JSON too, as the user spelled it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Pattern {
    written: String,
    /// What must follow one another, folded; the first must begin the name and the last must end it.
    parts: Vec<String>,
}

impl Pattern {
    /// The pattern that `written` spells.
    #[must_use]
    pub fn new(written: &str) -> Self {
        Self { written: written.to_owned(), parts: fold_key(written).split('*').map(str::to_owned).collect() }
    }

    /// As the user spelled it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// Whether it names one name only: it holds no `*`.
    #[must_use]
    pub fn is_literal(&self) -> bool {
        self.parts.len() == 1
    }

    /// Whether `name` fits, in any spelling that folds to the same.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        let name = fold_key(name);
        let [first, middle @ .., last] = self.parts.as_slice() else {
            return self.parts.first().is_some_and(|only| *only == name);
        };
        // Taking each part where it first fits leaves the most room for those after it.
        let mut rest = match name.strip_prefix(first.as_str()) {
            Some(rest) => rest,
            None => return false,
        };
        for part in middle {
            match rest.find(part.as_str()) {
                Some(at) => rest = &rest[at + part.len()..],
                None => return false,
            }
        }
        rest.ends_with(last.as_str())
    }
}

impl From<String> for Pattern {
    fn from(written: String) -> Self {
        Self::new(&written)
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> Self {
        pattern.written
    }
}

/// Which articles: a tree of conditions.
///
/// Its JSON form is part of the journal: `{"all":[{"tag":"Kafka"},{"source":"JD*"},{"text":"storage"}]}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Filter {
    /// Every one of these; none at all holds for everything.
    All(Vec<Filter>),
    /// At least one of these.
    Any(Vec<Filter>),
    /// Not this.
    Not(Box<Filter>),
    /// It has a tag of that name, its own or its listings'.
    Tag(Pattern),
    /// It is from that publisher; where the entry names none, the title of its first listing counts.
    Source(Pattern),
    /// It is in that category.
    Category(Pattern),
    /// It was seen on that listing (by id).
    Listing(Pattern),
    /// Its title or summary holds this text, without case.
    Text(String),
    /// A part of its title, or of its summary, fits this regex, as they are written.
    Regex(Expression),
}

impl Filter {
    /// Whether `article` fits. `title_of` gives the title of a listing, or `None` when the config no longer
    /// has it.
    #[must_use]
    pub fn matches(&self, article: &Article, title_of: &dyn Fn(&ListingId) -> Option<String>) -> bool {
        match self {
            Self::All(filters) => filters.iter().all(|filter| filter.matches(article, title_of)),
            Self::Any(filters) => filters.iter().any(|filter| filter.matches(article, title_of)),
            Self::Not(filter) => !filter.matches(article, title_of),
            Self::Tag(pattern) => article.all_tags().into_iter().any(|tag| pattern.matches(tag)),
            Self::Source(pattern) => match &article.source {
                Some(source) => pattern.matches(source),
                None => first_title(article, title_of).is_some_and(|title| pattern.matches(&title)),
            },
            Self::Category(pattern) => article.category.as_deref().is_some_and(|name| pattern.matches(name)),
            Self::Listing(pattern) => article.listings.iter().any(|on| pattern.matches(on.listing.as_str())),
            Self::Text(text) => {
                let wanted = fold_key(text);
                let holds = |field: &str| fold_key(field).contains(&wanted);
                holds(&article.title) || article.summary.as_deref().is_some_and(holds)
            }
            Self::Regex(regex) => {
                let fits = |field: &str| regex.matches(field);
                fits(&article.title) || article.summary.as_deref().is_some_and(fits)
            }
        }
    }
}

impl Filter {
    /// Whether a regex is in it.
    #[must_use]
    pub fn has_regex(&self) -> bool {
        match self {
            Self::All(filters) | Self::Any(filters) => filters.iter().any(Self::has_regex),
            Self::Not(filter) => filter.has_regex(),
            Self::Regex(_) => true,
            Self::Tag(_) | Self::Source(_) | Self::Category(_) | Self::Listing(_) | Self::Text(_) => false,
        }
    }
}

fn first_title(article: &Article, title_of: &dyn Fn(&ListingId) -> Option<String>) -> Option<String> {
    article.listings.first().and_then(|on| title_of(&on.listing))
}

/// A view: a feed that the config defines by a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewSpec {
    /// Its id, and the name of its files below `feeds/views/`.
    pub id: ListingId,
    /// What readers see.
    pub title: String,
    /// One or two sentences for readers.
    pub description: Option<String>,
    /// Which articles it shows.
    pub filter: Filter,
}

#[cfg(test)]
mod tests {
    use super::super::article::{OnListing, Presence};
    use super::super::id::{ArticleId, SiteUid};
    use super::super::reading::TagRow;
    use super::super::time::Timestamp;
    use super::*;

    fn article() -> Article {
        let listing = ListingId::parse("backend").expect("an id");
        Article {
            id: ArticleId::from_uuid(uuid::Uuid::nil()),
            site: SiteUid::from_uuid(uuid::Uuid::nil()),
            keys: Vec::new(),
            title: "Kafka\u{2011}style storage".into(),
            link: None,
            source: Some("JD Tech Talk".into()),
            date: None,
            category: Some("Databases".into()),
            summary: Some("How STRASSE became straße".into()),
            row: TagRow::None,
            tags: vec!["Kafka".into()],
            sure: true,
            likes: None,
            minutes: None,
            published: Timestamp::from_unix(0),
            updated: Timestamp::from_unix(0),
            first_seen: Timestamp::from_unix(0),
            first_seq: 1,
            seen: Timestamp::default(),
            announced: None,
            late: false,
            hidden: false,
            forgotten: None,
            listings: vec![OnListing { listing, tags: vec!["Backend".into()], presence: Presence::Listed }],
        }
    }

    fn holds(filter: &Filter, article: &Article) -> bool {
        filter.matches(article, &|id| Some(format!("Listing {id}")))
    }

    #[test]
    fn patterns_match_whole_names_without_case() {
        for (pattern, name, expected) in [
            ("Kafka", "kafka", true),
            ("Kafka", "kafka streams", false),
            ("JD*", "JD Tech Talk", true),
            ("JD*", "AJD", false),
            ("*tech*", "JD Tech Talk", true),
            ("*tech", "JD Tech Talk", false),
            ("j*t*t*k", "JD Tech Talk", true),
            ("a*a", "a", false),
            ("*", "", true),
            ("**", "anything", true),
            ("", "", true),
            ("", "x", false),
            ("scale-up", "Scale\u{2011}Up", true),
            ("STRASSE", "straße", true),
        ] {
            assert_eq!(Pattern::new(pattern).matches(name), expected, "{pattern:?} on {name:?}");
        }
    }

    #[test]
    fn every_condition_looks_at_its_own_field() {
        let article = article();
        let pattern = Pattern::new;
        let regex = |text: &str| Expression::parse(text).expect("a regex");
        for (filter, expected) in [
            (Filter::Tag(pattern("kafka")), true),
            (Filter::Tag(pattern("backend")), true),
            (Filter::Tag(pattern("databases")), false),
            (Filter::Source(pattern("jd*")), true),
            (Filter::Source(pattern("listing*")), false),
            (Filter::Category(pattern("databases")), true),
            (Filter::Listing(pattern("back*")), true),
            (Filter::Text("kafka-style".into()), true),
            (Filter::Text("strasse BECAME".into()), true),
            (Filter::Text("backend".into()), false),
            (Filter::Regex(regex("^Kafka.*e$")), true),
            (Filter::Regex(regex("kafka")), false),
            (Filter::Regex(regex("(?i)strasse .* straße$")), true),
            (Filter::Not(Box::new(Filter::Regex(regex("JD|Databases|backend")))), true),
            (Filter::All(vec![]), true),
            (Filter::Any(vec![]), false),
            (Filter::Not(Box::new(Filter::Tag(pattern("kafka")))), false),
            (Filter::Any(vec![Filter::Tag(pattern("x")), Filter::Tag(pattern("kafka"))]), true),
            (Filter::All(vec![Filter::Tag(pattern("x")), Filter::Tag(pattern("kafka"))]), false),
        ] {
            assert_eq!(holds(&filter, &article), expected, "{filter:?}");
        }
    }

    #[test]
    fn an_unnamed_source_is_the_title_of_the_first_listing() {
        let mut article = article();
        article.source = None;
        assert!(holds(&Filter::Source(Pattern::new("listing backend")), &article));
        assert!(!Filter::Source(Pattern::new("*")).matches(&article, &|_| None));
    }

    #[test]
    fn the_json_form_is_fixed_and_reads_back() {
        let filter = Filter::All(vec![
            Filter::Tag(Pattern::new("Kafka")),
            Filter::Not(Box::new(Filter::Any(vec![Filter::Source(Pattern::new("JD*"))]))),
            Filter::Text("storage".into()),
            Filter::Regex(Expression::parse(r"(?i)\blog").expect("a regex")),
        ]);
        let json = serde_json::to_string(&filter).expect("JSON");
        assert_eq!(
            json,
            r#"{"all":[{"tag":"Kafka"},{"not":{"any":[{"source":"JD*"}]}},{"text":"storage"},{"regex":"(?i)\\blog"}]}"#
        );
        assert_eq!(serde_json::from_str::<Filter>(&json).expect("a filter"), filter);
    }
}
