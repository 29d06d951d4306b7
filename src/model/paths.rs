//! Paths of the published tree, of which nearly all are those of articles' own pages.

use std::collections::HashSet;

use super::id::ArticleId;

/// The path of an article's own page.
#[must_use]
pub fn article_path(id: ArticleId) -> String {
    format!("articles/{id}.html")
}

/// The article whose page has that path. In one spelling only, so that one article has one address.
#[must_use]
pub fn article_of(path: &str) -> Option<ArticleId> {
    let text = path.strip_prefix("articles/")?.strip_suffix(".html")?;
    let uuid = uuid::Uuid::try_parse(text).ok()?;
    let mut spelled = uuid::Uuid::encode_buffer();
    (uuid.hyphenated().encode_lower(&mut spelled) == text).then(|| ArticleId::from_uuid(uuid))
}

/// A set of paths, relative and as published (`feeds/tags/kafka.atom`). The page of an article takes 16 bytes of it: there
/// may be a hundred thousand of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paths {
    articles: HashSet<ArticleId>,
    others: HashSet<Box<str>>,
}

impl Paths {
    /// Whether `path` is in it.
    #[must_use]
    pub fn contains(&self, path: &str) -> bool {
        match article_of(path) {
            Some(id) => self.articles.contains(&id),
            None => self.others.contains(path),
        }
    }

    /// Whether the page of an article is in it.
    #[must_use]
    pub fn holds_page(&self, id: ArticleId) -> bool {
        self.articles.contains(&id)
    }

    /// Adds a path.
    pub fn insert(&mut self, path: &str) {
        match article_of(path) {
            Some(id) => {
                self.articles.insert(id);
            }
            None => {
                self.others.insert(path.into());
            }
        }
    }

    /// Takes a path out. Whether it was in.
    pub fn remove(&mut self, path: &str) -> bool {
        match article_of(path) {
            Some(id) => self.articles.remove(&id),
            None => self.others.remove(path),
        }
    }

    /// Adds every path of another set.
    pub fn add(&mut self, more: Self) {
        self.articles.extend(more.articles);
        self.others.extend(more.others);
    }

    /// Those that are not in another set, in no order.
    pub fn without<'s>(&'s self, other: &'s Self) -> impl Iterator<Item = String> + use<'s> {
        let articles = self.articles.difference(&other.articles).map(|id| article_path(*id));
        articles.chain(self.others.difference(&other.others).map(|path| path.to_string()))
    }
}

impl<P: AsRef<str>> FromIterator<P> for Paths {
    fn from_iter<I: IntoIterator<Item = P>>(paths: I) -> Self {
        let mut found = Self::default();
        paths.into_iter().for_each(|path| found.insert(path.as_ref()));
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "dcd72c02-13b4-5b3b-b442-db2e248a791c";

    #[test]
    fn article_of_knows_one_spelling_of_a_path() {
        let page = format!("articles/{ID}.html");
        assert_eq!(article_of(&page).map(article_path), Some(page));
        for other in [
            format!("articles/{}.html", ID.to_uppercase()),
            format!("articles/{}.html", ID.replace('-', "")),
            format!("articles/{{{ID}}}.html"),
            format!("articles/{ID}"),
            format!("{ID}.html"),
            "articles/.html".to_owned(),
            "articles/dcd7.html".to_owned(),
        ] {
            assert_eq!(article_of(&other), None, "{other}");
        }
    }

    #[test]
    fn a_set_holds_pages_of_articles_and_all_else_alike() {
        let page = format!("articles/{ID}.html");
        let shouted = format!("articles/{}.html", ID.to_uppercase());
        let mut paths: Paths = ["index.html", &page, &shouted].into_iter().collect();
        assert!([&page, &shouted, "index.html"].iter().all(|path| paths.contains(path)));
        assert!(article_of(&page).is_some_and(|id| paths.holds_page(id)));
        assert!(!paths.contains("feeds/all.rss"));

        let whole = paths.clone();
        assert!(paths.remove(&page) && paths.remove(&shouted) && !paths.remove(&page));
        assert_eq!(paths, ["index.html"].into_iter().collect());
        let mut rest: Vec<String> = whole.without(&paths).collect();
        rest.sort_unstable();
        let mut both = vec![page, shouted];
        both.sort_unstable();
        assert_eq!(rest, both);
        paths.add(whole.clone());
        assert_eq!(paths, whole);
    }
}
