//! Fetching pages over HTTP, politely: one request at a time to a host, conditional where that is possible, where
//! robots.txt allows it, and not before the page may be asked for again.
//!
//! [`Fetcher::page`] gets one page by what is remembered of it ([`Visit`]), and notes there what it learned. When a page
//! may be asked for again is [`super::patience`]'s; which addresses may be reached, [`crate::net`]'s.

mod decode;
mod error;
mod hosts;
mod link;
mod request;
mod robots;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderName, LAST_MODIFIED, LOCATION};

pub use decode::DecodeError;
pub use error::WebError;

use self::hosts::Hosts;
use self::request::Sent;
use self::robots::RobotsCache;
use super::fingerprint;
use super::hints::Hints;
use super::patience::{self, Heard, Wanted};
use crate::model::Timestamp;
use crate::model::listing::Web;
use crate::model::reading::Document;
use crate::model::target::SecretRef;
use crate::model::text::bounded;
use crate::model::visit::{Pause, Visit};
use crate::net::{Address, Ask, Class, Client, Got, Limits, Network, Policy, SendError, Setup};
use crate::secret::secret;

/// Redirects that are followed from one page.
const HOPS: usize = 5;
/// Bytes of a validator that are kept; a longer one is as good as none.
const VALIDATOR: usize = 1_024;
/// Bytes of a media type that are kept.
const MEDIA: usize = 200;
/// A page is asked for without a condition at most so often, where one could be made, in seconds.
const WHOLE_AFTER: i64 = 86_400;

/// How pages are asked for, whichever they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manners {
    /// `User-Agent`.
    pub agent: String,
    /// The least time between two requests to one host.
    pub gap: Duration,
    /// Time until there is a connection.
    pub connect: Duration,
    /// Time until the answer begins, the connection included.
    pub answer: Duration,
    /// Time for a whole page.
    pub page: Duration,
    /// The proxy for all.
    pub proxy: Option<SecretRef>,
    /// A PEM file of certificates to trust beside those that the system trusts.
    pub extra_ca: Option<PathBuf>,
    /// Networks that addresses in the config may lead to though they are not public.
    pub allowed: Arc<[Network]>,
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Want<'w> {
    /// How it is asked for.
    pub web: &'w Web,
    /// The address: that of `web`, or another page of it.
    pub address: &'w str,
    /// The address that the config names: its origin alone gets what is for it, and may be in a private network. The
    /// same as `address`, but for a page that another one names.
    pub configured: &'w str,
    /// Who wants it.
    pub wanted: Wanted,
    /// Whether its bytes are needed though they did not change. They are had at most once a day that way.
    pub whole: bool,
    /// Whether robots.txt is asked where the config says nothing.
    pub robots: bool,
    /// Bytes that it may have.
    pub bytes: u64,
    /// The present.
    pub now: Timestamp,
}

/// What became of a page that was wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It came.
    Page(Document),
    /// It is as it was when it came last.
    Same,
    /// It was not asked for: it is left alone until then.
    Resting(Pause),
}

/// Fetches pages. One for the whole program.
#[derive(Debug)]
pub struct Fetcher {
    manners: Manners,
    /// By the proxy they go through.
    clients: Mutex<HashMap<Option<String>, Client>>,
    hosts: Arc<Hosts>,
    robots: Arc<RobotsCache>,
}

impl Fetcher {
    /// One with these manners. Touches nothing before the first page is wanted.
    #[must_use]
    pub fn new(manners: Manners) -> Self {
        Self { manners, clients: Mutex::default(), hosts: Arc::default(), robots: Arc::default() }
    }

    /// One with other manners that goes on from here: it knows when each host was last asked.
    #[must_use]
    pub fn with(&self, manners: Manners) -> Self {
        let (hosts, robots) = (Arc::clone(&self.hosts), Arc::clone(&self.robots));
        let clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let clients = Mutex::new(if manners == self.manners { clients } else { HashMap::new() });
        Self { manners, clients, hosts, robots }
    }

    /// Gets a page, unless it is to be left alone. What is learned is noted in `visit`, also where that ends in an
    /// error; whoever has it must remember it.
    ///
    /// # Errors
    /// [`WebError`]; what came in part is no page.
    pub async fn page(&self, want: Want<'_>, visit: &mut Visit) -> Result<Outcome, WebError> {
        if let Some(pause) = patience::rest(visit, want.wanted, want.now) {
            return Ok(Outcome::Resting(pause));
        }
        let got = self.ask(want, visit).await;
        let (heard, outcome) = match got {
            Err(error) if error.is_ours() => return Err(error),
            Err(error @ WebError::Forbidden { .. }) => (Heard::Forbidden, Err(error)),
            Err(error) => (Heard::Failed, Err(error)),
            Ok(Answered::Status { page, status, headers }) => {
                patience::note(visit, Heard::Refused(status, &headers), want.now);
                visit.moved.take_if(|moved| moved.settled);
                let is_gone = patience::is_gone(visit);
                return Err(if is_gone {
                    WebError::Gone { page, status }
                } else {
                    WebError::Status { page, status }
                });
            }
            Ok(Answered::Same(headers)) => {
                patience::note(visit, Heard::Well(&headers, None), want.now);
                return Ok(Outcome::Same);
            }
            Ok(Answered::Page(document, headers)) => {
                let hints = Hints::of(&document.bytes);
                visit.body = Some(fingerprint(std::slice::from_ref(&document)));
                patience::note(visit, Heard::Well(&headers, Some(hints)), want.now);
                return Ok(Outcome::Page(document));
            }
        };
        // A new address that fails may have been the wrong one.
        visit.moved.take_if(|moved| moved.settled);
        patience::note(visit, heard, want.now);
        outcome
    }

    /// The client for a listing; made when it is first needed.
    fn client(&self, web: &Web, page: &Address) -> Result<Client, WebError> {
        let named = web.proxy.as_ref().or(self.manners.proxy.as_ref());
        let missing = |source| WebError::Secret { page: page.shown(), key: "proxy".to_owned(), source };
        let proxy = named.map(secret).transpose().map_err(missing)?;
        let key = proxy.as_ref().map(|proxy| proxy.expose().to_owned());
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&key) {
            return Ok(client.clone());
        }
        let manners = &self.manners;
        let limits = Limits { connect: manners.connect, whole: manners.page, answer_bytes: 0 };
        let (allowed, extra_ca) = (Arc::clone(&manners.allowed), manners.extra_ca.clone());
        let client = Setup { limits, allowed, extra_ca, proxy }.client();
        let client = client.map_err(|source| WebError::Client { page: page.shown(), source })?;
        clients.insert(key, client.clone());
        Ok(client)
    }

    /// Asks for a page, through all redirects.
    async fn ask(&self, want: Want<'_>, visit: &mut Visit) -> Result<Answered, WebError> {
        let configured = Address::parse(want.address).map_err(WebError::Address)?;
        let own = Address::parse(want.configured).map_err(WebError::Address)?;
        let sent = Sent::new(want.web, &self.manners.agent, &configured)?;
        let client = self.client(want.web, &configured)?;
        let policy = Policy { allow_private: want.web.allow_private };
        let settled = visit.moved.as_ref().filter(|moved| moved.settled);
        let begin = settled.and_then(|moved| Address::parse(&moved.to).ok());
        let is_elsewhere = begin.is_some();
        let mut at = begin.unwrap_or_else(|| configured.clone());
        // Where the permanent redirects led that it began with.
        let mut permanent = true;
        let mut moved_to = None;
        let mut seen = vec![at.expose().as_str().to_owned()];
        loop {
            let is_own = at.is_same_origin(&own);
            let class = if is_own { Class::Configured(policy) } else { Class::Found };
            client.check(&at, class).map_err(|refusal| refused(&at, &configured, &seen, refusal))?;
            let delay = if want.web.robots.unwrap_or(want.robots) {
                let first = seen.len() == 1;
                self.heed(&client, &at, class, sent.agent(), first.then_some(&mut *visit), want.now).await?
            } else {
                Duration::ZERO
            };
            let asks = sent.about(visit, &at, want.whole && !is_whole_lately(visit, want.now));
            let conditional = asks.is_some();
            let headers = sent.headers(is_own, asks);
            let got = self.get(&client, &at, class, headers, want.bytes, delay).await;
            let got = got.map_err(|source| WebError::Send { page: at.shown(), source })?;
            match got.status {
                200 | 203 => {
                    if !is_elsewhere {
                        note_moved(visit, moved_to.as_deref(), want.now);
                    }
                    return page(got, &at, &configured, conditional, want, visit);
                }
                304 if conditional => {
                    if !is_elsewhere {
                        note_moved(visit, moved_to.as_deref(), want.now);
                    }
                    keep_validators(visit, &got.headers, false);
                    return Ok(Answered::Same(got.headers));
                }
                304 => return Err(WebError::Unasked { page: at.shown() }),
                301 | 302 | 303 | 307 | 308 if got.headers.contains_key(LOCATION) => {
                    let next = redirect(&at, &got, &seen)?;
                    permanent &= matches!(got.status, 301 | 308);
                    if permanent {
                        moved_to = Some(next.expose().as_str().to_owned());
                    }
                    seen.push(next.expose().as_str().to_owned());
                    at = next;
                }
                status => {
                    return Ok(Answered::Status { page: at.shown(), status, headers: got.headers });
                }
            }
        }
    }

    /// One request, when its host may be asked.
    async fn get(
        &self,
        client: &Client,
        address: &Address,
        class: Class,
        headers: HeaderMap,
        bytes: u64,
        delay: Duration,
    ) -> Result<Got, SendError> {
        let turn = self.hosts.turn(&address.host(), self.manners.gap.max(delay)).await;
        let (first, whole) = (self.manners.answer, self.manners.page);
        let got = client.get(Ask { address, class, headers, first, whole, bytes }).await;
        drop(turn);
        got
    }
}

/// What a server answered in the end.
enum Answered {
    Page(Document, HeaderMap),
    Same(HeaderMap),
    Status { page: String, status: u16, headers: HeaderMap },
}

/// The page of an answer, and what is remembered of it.
fn page(
    got: Got,
    at: &Address,
    configured: &Address,
    conditional: bool,
    want: Want<'_>,
    visit: &mut Visit,
) -> Result<Answered, WebError> {
    let Got { headers, body, .. } = got;
    let broken = |source| WebError::Decode { page: at.shown(), source };
    let mut codings = headers.get_all(CONTENT_ENCODING).iter();
    let coding = codings.next().map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    if let Some(another) = codings.next() {
        let both = format!("{}, {}", coding.unwrap_or_default(), String::from_utf8_lossy(another.as_bytes()));
        return Err(broken(DecodeError::Unknown(bounded(&both, 60))));
    }
    let bytes = decode::decode(body, coding.as_deref(), want.bytes).map_err(broken)?;
    keep_validators(visit, &headers, true);
    let address = at.expose().as_str();
    visit.source = if at == configured { String::new() } else { address.to_owned() };
    if !conditional {
        visit.whole = Some(want.now);
    }
    let media =
        headers.get(CONTENT_TYPE).map(|value| bounded(&String::from_utf8_lossy(value.as_bytes()), MEDIA));
    let next = link::next(&headers, at);
    let document = Document { name: at.shown(), bytes, address: Some(address.to_owned()), media, next };
    Ok(Answered::Page(document, headers))
}

/// Keeps the validators of an answer as they are, each on its own. An answer with the page that has none takes the
/// old ones away: they are of another page.
fn keep_validators(visit: &mut Visit, headers: &HeaderMap, is_page: bool) {
    let value = |name: &HeaderName| {
        let value = headers.get(name)?.as_bytes();
        (value.len() <= VALIDATOR && !value.is_empty()).then(|| value.to_vec())
    };
    let (etag, modified) = (value(&ETAG), value(&LAST_MODIFIED));
    if is_page || etag.is_some() {
        visit.etag = etag;
    }
    if is_page || modified.is_some() {
        visit.modified = modified;
    }
}

fn note_moved(visit: &mut Visit, to: Option<&str>, now: Timestamp) {
    if patience::note_moved(visit, to, now) {
        // What robots.txt said was of the old address.
        visit.robots = None;
        let to = to.and_then(|to| Address::parse(to).ok()).map(|to| to.shown()).unwrap_or_default();
        tracing::info!(
            page = page_name(visit),
            to,
            "the page moved for good, days ago; it is fetched there, change its `url`"
        );
    }
}

fn page_name(visit: &Visit) -> String {
    Address::parse(&visit.address).map(|address| address.shown()).unwrap_or_default()
}

/// Whether the page was asked for without a condition within the last day.
fn is_whole_lately(visit: &Visit, now: Timestamp) -> bool {
    visit.whole.is_some_and(|whole| whole <= now && now.since(whole) < WHOLE_AFTER)
}

/// The address that an answer redirects to.
fn redirect(at: &Address, got: &Got, seen: &[String]) -> Result<Address, WebError> {
    let location = got.headers.get(LOCATION).map(|value| String::from_utf8_lossy(value.as_bytes()));
    let location = location.unwrap_or_default();
    let scheme = location.split([':', '/', '?', '#']).next().unwrap_or_default();
    let not_followed =
        |to: String, reason: &str| WebError::Redirect { page: at.shown(), to, reason: reason.to_owned() };
    let next = at
        .join(&location)
        .map_err(|error| not_followed(format!("`{}…`", bounded(scheme, 30)), &error.to_string()))?;
    let reason = match () {
        () if at.expose().scheme() == "https" && next.expose().scheme() == "http" => {
            "from https to http, where anybody on the way could change the page"
        }
        () if seen.iter().any(|seen| seen == next.expose().as_str()) => {
            "which was asked already; it leads in a circle"
        }
        () if seen.len() > HOPS => "which would be the sixth redirect in a row; five are followed",
        () => return Ok(next),
    };
    Err(not_followed(next.shown(), reason))
}

/// A refusal of the configured address is for its operator; one of another is a redirect that is not followed.
fn refused(at: &Address, configured: &Address, seen: &[String], refusal: crate::net::Refusal) -> WebError {
    if at == configured {
        return WebError::Refused { page: at.shown(), refusal };
    }
    let from = seen.iter().rev().nth(1).and_then(|from| Address::parse(from).ok());
    let page = from.as_ref().unwrap_or(configured).shown();
    WebError::Redirect { page, to: at.shown(), reason: refusal.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f046_no_redirect_leads_from_https_to_http() {
        let at = Address::parse("https://e.org/a?k=xyzzy").expect("an address");
        let to = |location: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(LOCATION, http::HeaderValue::from_static(location));
            redirect(
                &at,
                &Got { status: 302, headers, body: Vec::new() },
                &["https://e.org/a?k=xyzzy".into()],
            )
        };
        assert_eq!(to("/b").expect("followed").expose().as_str(), "https://e.org/b");
        assert_eq!(to("//f.org/#x").expect("followed").expose().as_str(), "https://f.org/");
        assert_eq!(to("https://me:pw@f.org/").expect("followed").expose().as_str(), "https://f.org/");
        for location in [
            "http://e.org/b",
            "http://f.org/",
            "data:text/html,x",
            "https://[::1",
            "https://e.org/a?k=xyzzy#y",
        ] {
            let error = to(location).expect_err(location).to_string();
            assert!(!error.contains("xyzzy"), "{error}");
        }
    }
}
