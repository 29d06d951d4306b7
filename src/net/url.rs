//! Addresses that requests go to, checked once.

use std::fmt;

use ::url::{Host, Url};

use super::guard::{Class, Network, Refusal};

/// Bytes of an address; those of chats have about 200.
const BYTES: usize = 2_000;

/// An absolute http(s) address. What it holds beside scheme, host and port may be a secret, as it is with chats, so
/// neither its `Debug` nor its `Display` form shows more.
#[derive(Clone, PartialEq, Eq)]
pub struct Address(Url);

/// Why a text is no address. It never shows the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It cannot be read as a URL.
    #[error("it is no URL ({0}); write one such as `https://example.org/hook`")]
    Syntax(&'static str),
    /// Another scheme.
    #[error("it does not begin with `https://` or `http://`")]
    Scheme,
    /// It has a part that no server gets to see.
    #[error("it has a fragment (`#…`), which is never sent; leave that out")]
    Fragment,
    /// It has a user name or a password, which would be sent as such, and is best not written into addresses.
    #[error("it holds a user name or a password; leave them out")]
    User,
    /// Longer than servers take.
    #[error("it has more than {BYTES} bytes")]
    TooLong,
}

impl Address {
    /// Reads an address. White space around it is not part of it, and numbers that are IP addresses in disguise
    /// (`2130706433`, `0x7f.1`) are seen for what they are (WHATWG URL, section 3.5).
    ///
    /// # Errors
    /// [`AddressError`]; the caller shows it with the place the text came from.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        if text.len() > BYTES {
            return Err(AddressError::TooLong);
        }
        let url = Url::parse(text).map_err(|error| AddressError::Syntax(reason(error)))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(AddressError::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(AddressError::User);
        }
        if url.fragment().is_some() {
            return Err(AddressError::Fragment);
        }
        Ok(Self(url))
    }

    /// The address that a redirect from this one leads to. A fragment is not part of it; a user name is left out.
    ///
    /// # Errors
    /// [`AddressError`].
    pub fn join(&self, location: &str) -> Result<Self, AddressError> {
        if location.len() > BYTES {
            return Err(AddressError::TooLong);
        }
        let mut url = self.0.join(location).map_err(|error| AddressError::Syntax(reason(error)))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(AddressError::Scheme);
        }
        url.set_fragment(None);
        // They cannot fail for a scheme that has a host.
        let _ = url.set_username("").and_then(|()| url.set_password(None));
        if url.as_str().len() > BYTES { Err(AddressError::TooLong) } else { Ok(Self(url)) }
    }

    /// The address with more parts of its path, and more of its query; both are escaped. A slash at its end makes no
    /// difference.
    #[must_use]
    pub fn with(&self, path: &[String], query: &[(&'static str, String)]) -> Self {
        let mut url = self.0.clone();
        if !path.is_empty()
            && let Ok(mut parts) = url.path_segments_mut()
        {
            parts.pop_if_empty().extend(path);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Self(url)
    }

    /// The address without the last part of its path, and that part, unescaped; `None` where it has none.
    #[must_use]
    pub fn without_last(&self) -> Option<(Self, String)> {
        let mut url = self.0.clone();
        let last = {
            let path = url.path().trim_end_matches('/').to_owned();
            let last = path.rsplit('/').next().filter(|last| !last.is_empty())?.to_owned();
            let mut parts = url.path_segments_mut().ok()?;
            parts.pop_if_empty().pop();
            percent_encoding::percent_decode_str(&last).decode_utf8().ok()?.into_owned()
        };
        Some((Self(url), last))
    }

    /// Whether scheme, host and port are the same.
    #[must_use]
    pub fn is_same_origin(&self, other: &Self) -> bool {
        self.0.scheme() == other.0.scheme()
            && self.0.host_str() == other.0.host_str()
            && self.0.port_or_known_default() == other.0.port_or_known_default()
    }

    /// For whom it is: host and port, without the scheme.
    #[must_use]
    pub fn host(&self) -> String {
        let port = self.0.port_or_known_default().unwrap_or(0);
        format!("{}:{port}", self.0.host_str().unwrap_or_default().trim_end_matches('.'))
    }

    /// What may be shown of the address of a page: all but the values of its query, which may be keys.
    #[must_use]
    pub fn shown(&self) -> String {
        let query = if self.0.query().is_some() { "?…" } else { "" };
        format!("{}{}{query}", self.origin(), self.0.path())
    }

    /// Scheme, host and port: `https://example.org:8443`. All that may be shown.
    #[must_use]
    pub fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }

    /// The whole address, secrets and all. Whoever takes it must not show it.
    #[must_use]
    pub fn expose(&self) -> &Url {
        &self.0
    }

    /// Whether its host may be reached, as far as can be told without a lookup: by an IP address that is written in it,
    /// or a name that is private by definition. `allowed` are networks that the operator named.
    ///
    /// # Errors
    /// [`Refusal`], which says what an operator can do.
    pub fn check(&self, class: impl Into<Class>, allowed: &[Network]) -> Result<(), Refusal> {
        let class = class.into();
        class.check_port(self.0.port_or_known_default().unwrap_or(0))?;
        match self.0.host() {
            Some(Host::Ipv4(ip)) => class.check_ip(ip.into(), allowed),
            Some(Host::Ipv6(ip)) => class.check_ip(ip.into(), allowed),
            Some(Host::Domain(name)) => class.check_name(name),
            // There is none without a host: the parser refuses it.
            None => Ok(()),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({}…)", self.origin())
    }
}

/// The parser's words are its own and hold nothing of the text.
fn reason(error: ::url::ParseError) -> &'static str {
    use ::url::ParseError as E;
    match error {
        E::EmptyHost => "it has no host",
        E::InvalidPort => "its port is no number up to 65535",
        E::InvalidIpv4Address => "its host is a broken IPv4 address",
        E::InvalidIpv6Address => "its host is a broken IPv6 address",
        E::IdnaError | E::InvalidDomainCharacter => "its host is no domain name",
        E::RelativeUrlWithoutBase => "it does not begin with `https://` or `http://`",
        _ => "it cannot be read",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::Policy;

    #[test]
    fn f132_an_address_shows_its_origin_and_nothing_else() {
        let address = Address::parse("https://hooks.example.org:8443/T0/B0/xyz?key=abc").expect("good");
        assert_eq!(address.to_string(), "https://hooks.example.org:8443");
        assert_eq!(format!("{address:?}"), "Address(https://hooks.example.org:8443…)");
    }

    #[test]
    fn an_address_takes_more_and_gives_its_last_part_away() {
        let address = |text: &str| Address::parse(text).expect("good");
        let more =
            address("https://example.org/a/").with(&["!b:c/d".into(), "e".into()], &[("q", "x y&".into())]);
        assert_eq!(more.expose().as_str(), "https://example.org/a/!b:c%2Fd/e?q=x+y%26");
        let (rest, last) =
            address("https://example.org/push/my%20topic").without_last().expect("a last part");
        assert_eq!((rest.expose().as_str(), last.as_str()), ("https://example.org/push", "my topic"));
        assert!(address("https://example.org/").without_last().is_none());
    }

    #[test]
    fn what_is_no_address_is_refused_without_being_shown() {
        for (text, expected) in [
            ("hooks.example.org/secret", "it does not begin with"),
            ("ftp://example.org/secret", "it does not begin with"),
            ("https:///", "it has no host"),
            ("https://example.org:99999/secret", "its port"),
            ("https://[::1/secret", "IPv6"),
            ("https://1.2.3.4.5.6.7.8.999/secret", "IPv4"),
            ("https://exa mple.org/secret", "no domain name"),
            ("https://example.org/secret#part", "fragment"),
            ("https://user:secret@example.org/hook", "a password"),
            ("https://secret@example.org/hook", "a user name"),
            ("", "it does not begin with"),
            (&format!("https://example.org/secret{}", "x".repeat(BYTES)), "more than"),
        ] {
            let error = Address::parse(text).expect_err(text).to_string();
            assert!(error.contains(expected) && !error.contains("secret"), "{text}: {error}");
        }
    }

    #[test]
    fn f041_loopback_written_in_any_form_is_refused() {
        for host in [
            "127.0.0.1",
            "2130706433",
            "0x7f.1",
            "127.1",
            "0177.0.0.1",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[64:ff9b::7f00:1]",
            "１２７.0.0.1",
            "localhost",
            "localhost.",
            "LocalHost",
        ] {
            let address = Address::parse(&format!("http://{host}/")).expect(host);
            assert!(address.check(Policy::default(), &[]).is_err(), "{host}");
            assert!(address.check(Policy { allow_private: true }, &[]).is_ok(), "{host}");
        }
        let public = Address::parse("https://example.org/").expect("good");
        assert!(public.check(Policy::default(), &[]).is_ok());
    }
}
