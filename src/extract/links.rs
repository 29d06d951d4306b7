//! Links of entries: absolute, of the web, or none.

use url::Url;

/// The longest link that is kept, in bytes.
const MAX_LINK: usize = 8_000;

/// What relative links are against.
#[derive(Clone, Debug)]
pub(super) struct Base(Option<Url>);

/// Why a link is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BadLink {
    /// It is relative, and nothing says against what.
    Relative,
    /// It is no address of the web, or none at all.
    Foreign,
}

impl BadLink {
    /// What is said of it.
    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::Relative => {
                "the link is relative, and the page does not say against which address; it was left out"
            }
            Self::Foreign => "the link is no http or https address; it was left out",
        }
    }
}

impl Base {
    /// The address that the document was fetched from.
    pub(super) fn of(address: Option<&str>) -> Self {
        Self(address.and_then(|address| Url::parse(address).ok()))
    }

    /// What the document says its links are against (`xml:base`), itself against what was known before.
    pub(super) fn under(&self, base: &str) -> Self {
        let base = base.trim();
        let url = match &self.0 {
            Some(outer) => outer.join(base).ok(),
            None => Url::parse(base).ok(),
        };
        Self(url.filter(|url| !url.cannot_be_a_base()).or_else(|| self.0.clone()))
    }

    /// The absolute form of a link; only http and https.
    pub(super) fn absolute(&self, link: &str) -> Result<String, BadLink> {
        let link = link.trim();
        if link.is_empty() || link.len() > MAX_LINK {
            return Err(BadLink::Foreign);
        }
        let url = match Url::parse(link) {
            Ok(url) => url,
            Err(url::ParseError::RelativeUrlWithoutBase) => {
                let base = self.0.as_ref().ok_or(BadLink::Relative)?;
                base.join(link).map_err(|_| BadLink::Foreign)?
            }
            Err(_) => return Err(BadLink::Foreign),
        };
        let is_web = matches!(url.scheme(), "http" | "https") && url.has_host();
        if is_web { Ok(url.into()) } else { Err(BadLink::Foreign) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_absolute_and_of_the_web() {
        let base = Base::of(Some("https://example.com/blog/feed.xml")).under("posts/");
        assert_eq!(base.absolute(" a?b=1#c ").as_deref(), Ok("https://example.com/blog/posts/a?b=1#c"));
        assert_eq!(base.absolute("//other.org/x").as_deref(), Ok("https://other.org/x"));
        assert_eq!(base.absolute("HTTP://Ex.com").as_deref(), Ok("http://ex.com/"));
        for link in ["javascript:alert(1)", "data:text/html,x", "mailto:a@b.c", "", "http://", "urn:x:y"] {
            assert_eq!(base.absolute(link), Err(BadLink::Foreign), "{link}");
        }
        assert_eq!(Base::of(None).absolute("/x"), Err(BadLink::Relative));
        assert_eq!(Base::of(None).under("https://a.b/").absolute("/x").as_deref(), Ok("https://a.b/x"));
    }
}
