//! Links of a page, made absolute.

use url::Url;

use super::select::Query;
use super::tree::{Name, Tree};

/// The longest address that is kept, in bytes; as servers have it.
const MAX_BYTES: usize = 8_192;

/// What a link turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Link {
    /// An absolute address of http or https.
    To(String),
    /// A relative one, and nothing says of what.
    Adrift,
    /// Something else: a mail address, a script, a mere place on the page.
    None,
}

/// What relative links of a page are against.
pub(super) struct Base(Option<Url>);

impl Base {
    /// What the page says in `base`; where it came from; for a page that was saved, what it says its address is.
    pub(super) fn of(tree: &Tree<'_>, address: Option<&str>) -> Self {
        let address = address.and_then(|address| Url::parse(address).ok()).filter(is_web);
        let mut canonical = None;
        // Both stand in the head; few pages have more before their body.
        for id in (1..tree.len()).take(20_000).filter(|id| tree.is_element(*id)) {
            match tree.name(id) {
                Name::BASE => {
                    let Some(href) = tree.attr(id, "href") else { continue };
                    let base = match &address {
                        Some(address) => address.join(href.trim()),
                        None => Url::parse(href.trim()),
                    };
                    if let Some(base) = base.ok().filter(is_web) {
                        return Self(Some(base));
                    }
                }
                Name::LINK if canonical.is_none() => {
                    let rel = tree.attr(id, "rel").unwrap_or_default();
                    if rel.split_ascii_whitespace().any(|word| word.eq_ignore_ascii_case("canonical")) {
                        let href = tree.attr(id, "href").unwrap_or_default();
                        canonical = Url::parse(href.trim()).ok().filter(is_web);
                    }
                }
                _ => {}
            }
        }
        Self(address.or(canonical))
    }

    /// The address that `href` leads to.
    pub(super) fn link(&self, href: &str) -> Link {
        let href = href.trim();
        if href.is_empty() || href.starts_with('#') || href.len() > MAX_BYTES || href.contains("%00") {
            return Link::None;
        }
        let url = match (&self.0, Url::parse(href)) {
            (_, Ok(url)) => url,
            (Some(base), Err(url::ParseError::RelativeUrlWithoutBase)) => match base.join(href) {
                Ok(url) => url,
                Err(_) => return Link::None,
            },
            (None, Err(url::ParseError::RelativeUrlWithoutBase)) => return Link::Adrift,
            _ => return Link::None,
        };
        let fits = is_web(&url) && url.host_str().is_some_and(|host| !host.is_empty());
        if fits && url.as_str().len() <= MAX_BYTES { Link::To(url.into()) } else { Link::None }
    }
}

fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
}

impl Query<'_, '_> {
    /// The link of an element: its own, or that of the first link in it.
    pub(super) fn href(&self, id: super::tree::Id) -> Option<String> {
        let tree = self.tree;
        let own = tree.attr(id, "href").or_else(|| {
            let link =
                tree.below(id).find(|id| tree.name(*id) == Name::A && tree.raw_attr(*id, "href").is_some());
            link.and_then(|link| tree.attr(link, "href"))
        });
        own.map(std::borrow::Cow::into_owned)
    }
}
