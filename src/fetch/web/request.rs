//! What is sent with a request.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{ACCEPT_ENCODING, AUTHORIZATION, COOKIE, IF_MODIFIED_SINCE, IF_NONE_MATCH, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::decode::ACCEPTED;
use super::error::WebError;
use crate::model::listing::Web;
use crate::model::target::SecretRef;
use crate::model::visit::Visit;
use crate::net::Address;
use crate::secret::secret;

/// What goes with all requests for one page.
pub(super) struct Sent {
    agent: HeaderValue,
    /// For the configured origin alone: who we are, and what else the config wants said there.
    own: HeaderMap,
}

/// What is asked: whether the page changed since we had it.
pub(super) struct Asks {
    etag: Option<HeaderValue>,
    modified: Option<HeaderValue>,
}

impl Sent {
    /// Gets the secrets that go with a page from where they are.
    pub(super) fn new(web: &Web, agent: &str, page: &Address) -> Result<Self, WebError> {
        let agent = web.user_agent.as_deref().unwrap_or(agent);
        let bad = |key: &str| WebError::Header { page: page.shown(), key: key.to_owned() };
        let agent = HeaderValue::from_str(agent).map_err(|_| bad("user_agent"))?;
        let mut own = HeaderMap::new();
        let found = |key: &str, place: &SecretRef| {
            secret(place).map_err(|source| WebError::Secret {
                page: page.shown(),
                key: key.to_owned(),
                source,
            })
        };
        let mut put = |name: HeaderName, key: &str, value: &str| {
            let is_plain = value.bytes().all(|b| b == b' ' || b.is_ascii_graphic());
            let value = HeaderValue::from_str(value).ok().filter(|_| is_plain);
            let mut value = value.ok_or_else(|| bad(key))?;
            value.set_sensitive(true);
            own.append(name, value);
            Ok(())
        };
        for (name, place) in &web.headers {
            let header = HeaderName::try_from(name.as_str()).map_err(|_| bad(name))?;
            put(header, name, found(name, place)?.expose())?;
        }
        if let Some(place) = &web.basic_auth {
            let login = found("basic_auth", place)?;
            let value = format!("Basic {}", STANDARD.encode(login.expose()));
            put(AUTHORIZATION, "basic_auth", &value)?;
        }
        if let Some(place) = &web.cookies {
            put(COOKIE, "cookies", found("cookies", place)?.expose())?;
        }
        Ok(Self { agent, own })
    }

    /// How the program names itself.
    pub(super) fn agent(&self) -> &HeaderValue {
        &self.agent
    }

    /// What is asked of `at` about the page that came last; `None` where it is asked for whole: nothing is known of
    /// it, what is known is of another address, or its bytes are needed.
    pub(super) fn about(&self, visit: &Visit, at: &Address, whole: bool) -> Option<Asks> {
        let source = if visit.source.is_empty() { &visit.address } else { &visit.source };
        // The spelling that came, or that of the config.
        let is_of_it =
            source == at.expose().as_str() || Address::parse(source).is_ok_and(|source| source == *at);
        if whole || !is_of_it || visit.body.is_none() {
            return None;
        }
        let value = |bytes: &Option<Vec<u8>>| HeaderValue::from_bytes(bytes.as_ref()?).ok();
        let asks = Asks { etag: value(&visit.etag), modified: value(&visit.modified) };
        (asks.etag.is_some() || asks.modified.is_some()).then_some(asks)
    }

    /// The headers of one request; what is for the configured origin alone only where `is_own`.
    pub(super) fn headers(&self, is_own: bool, asks: Option<Asks>) -> HeaderMap {
        let mut headers = if is_own { self.own.clone() } else { HeaderMap::new() };
        headers.insert(USER_AGENT, self.agent.clone());
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(ACCEPTED));
        if let Some(asks) = asks {
            headers.extend(asks.etag.map(|etag| (IF_NONE_MATCH, etag)));
            headers.extend(asks.modified.map(|modified| (IF_MODIFIED_SINCE, modified)));
        }
        headers
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::secret::Secret;

    #[test]
    fn f047_what_is_for_one_origin_is_sent_to_no_other() {
        let given = |text: &str| SecretRef::Given(Secret::new(text.into()));
        let page = Address::parse("https://e.org/").expect("an address");
        let web = Web {
            headers: vec![("x-key".into(), given("k"))],
            basic_auth: Some(given("me:pw")),
            cookies: Some(given("a=1")),
            ..Web::at("https://e.org/")
        };
        let sent = Sent::new(&web, "tidings", &page).expect("headers");
        let names = |is_own| {
            let headers = sent.headers(is_own, None);
            let mut names: Vec<String> = headers.keys().map(ToString::to_string).collect();
            names.sort();
            names
        };
        assert_eq!(names(true), ["accept-encoding", "authorization", "cookie", "user-agent", "x-key"]);
        assert_eq!(names(false), ["accept-encoding", "user-agent"]);
        for other in
            ["http://e.org/", "https://e.org:444/", "https://www.e.org/", "https://e.org.evil.example/"]
        {
            assert!(!Address::parse(other).expect("an address").is_same_origin(&page), "{other}");
        }
        assert!(Address::parse("https://E.org:443/x").expect("an address").is_same_origin(&page));
        assert!(!format!("{:?}", sent.headers(true, None)).contains("pw"));
    }
}
