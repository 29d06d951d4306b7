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
        if is_written_out(link) {
            return Ok(link.to_owned());
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

/// Whether a link is absolute and already written as it would be after it was understood, as most are; that saves
/// taking it apart.
fn is_written_out(link: &str) -> bool {
    let Some(rest) = link.strip_prefix("https://").or_else(|| link.strip_prefix("http://")) else {
        return false;
    };
    let Some((host, after)) = rest.split_once('/') else { return false };
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.');
    // Numbers may be an address, and `xn--` may be wrong.
    let host_is_plain = host.bytes().all(plain)
        && !host.contains("--")
        && host.split('.').all(|label| !label.is_empty())
        && host.rsplit('.').next().is_some_and(|last| last.starts_with(|c: char| c.is_ascii_lowercase()));
    // `/.` may be a step up, and `%2e` another way to write it.
    let safe = |byte: u8| {
        byte.is_ascii_alphanumeric()
            || matches!(
                byte,
                b'-' | b'_'
                    | b'~'
                    | b'.'
                    | b'/'
                    | b'?'
                    | b'='
                    | b'&'
                    | b'#'
                    | b'+'
                    | b','
                    | b':'
                    | b'@'
                    | b';'
            )
    };
    host_is_plain && !after.starts_with('.') && after.bytes().all(safe) && !after.contains("/.")
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

    #[test]
    fn links_that_are_written_out_are_what_they_would_become() {
        let mut count = 0;
        for host in [
            "a.b",
            "x-y.example.com",
            "1.2.3.4",
            "0x7f.1",
            "a..b",
            "a.b.",
            "A.b",
            "xn--a.b",
            "a.1",
            "localhost",
            "",
        ] {
            for rest in [
                "",
                "/",
                "/a?b=1&c#d",
                "/a/../b",
                "/./x",
                "/.x",
                "/a%2e/b",
                "/a b",
                "/'x'",
                "?q",
                "/a//b?c#d?e#f",
                "/é",
                ":80/x",
            ] {
                for scheme in ["https://", "http://", "HTTP://", "ftp://"] {
                    let link = format!("{scheme}{host}{rest}");
                    if is_written_out(&link) {
                        count += 1;
                        assert_eq!(Url::parse(&link).map(String::from).as_deref(), Ok(link.as_str()));
                    }
                }
            }
        }
        assert!(count >= 12);
    }
}
