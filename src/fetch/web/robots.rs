//! robots.txt of the sites that are asked: had when it is needed, and kept for a day.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::HeaderMap;
use http::HeaderValue;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, LOCATION, USER_AGENT};

use super::decode::{self, ACCEPTED};
use super::error::WebError;
use super::{Fetcher, HOPS};
use crate::fetch::robots::{BYTES, Robots, token};
use crate::model::Timestamp;
use crate::model::visit::{RobotsWord, Visit};
use crate::net::{Address, Class, Client};

/// For how long one is used, in seconds (RFC 9309, section 2.4).
const GOOD: i64 = 86_400;
/// For how long the last good one is used while there is no other.
const GOOD_ENOUGH: i64 = 30 * 86_400;
/// For how long a site is not asked again for one that could not be had.
const AGAIN: i64 = 3_600;
/// So many are kept.
const MOST: usize = 1_024;
/// One that is packed may have so many bytes unpacked; the rest is left out. A site that sends more as it is, too.
const READ: u64 = 4 << 20;

/// What is known of sites' robots.txt, by origin and by what the program calls itself.
#[derive(Debug, Default)]
pub(super) struct RobotsCache {
    known: Mutex<HashMap<(String, String), Known>>,
}

#[derive(Clone, Debug)]
struct Known {
    at: Timestamp,
    /// Or why it could not be had.
    robots: Result<Arc<Robots>, String>,
}

impl RobotsCache {
    fn get(&self, key: &(String, String), now: Timestamp) -> Option<Known> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(key).filter(|known| known.is_good(now)).cloned()
    }

    fn put(&self, key: (String, String), value: Known) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.retain(|_, known| known.is_good(value.at));
        }
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(key, value);
    }
}

impl Known {
    fn is_good(&self, now: Timestamp) -> bool {
        let most = if self.robots.is_ok() { GOOD } else { AGAIN };
        self.at <= now && now.since(self.at) < most
    }
}

impl Fetcher {
    /// Whether robots.txt lets `at` be fetched, and the pause that it wants. What it says of a listing's own page is
    /// remembered in its `visit`, so that it is asked once a day over restarts.
    pub(super) async fn heed(
        &self,
        client: &Client,
        at: &Address,
        class: Class,
        agent: &HeaderValue,
        visit: Option<&mut Visit>,
        now: Timestamp,
    ) -> Result<Duration, WebError> {
        let last = visit.as_ref().and_then(|visit| visit.robots);
        let since = |word: &RobotsWord| if word.at <= now { now.since(word.at) } else { i64::MAX };
        let word = match last.filter(|word| since(word) < GOOD) {
            Some(word) => word,
            None => match self.robots_of(client, at, class, agent, now).await {
                Known { at: read, robots: Ok(robots) } => {
                    let url = at.expose();
                    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
                    let allowed = robots.allows(&format!("{}{query}", url.path()));
                    RobotsWord { at: read, allowed, delay: robots.delay() }
                }
                Known { robots: Err(reason), .. } => {
                    let old = last.filter(|word| since(word) < GOOD_ENOUGH);
                    let robots = robots_address(at).map(|robots| robots.shown()).unwrap_or_default();
                    old.ok_or_else(|| WebError::NoRobots { page: at.shown(), robots, reason })?
                }
            },
        };
        if let Some(visit) = visit {
            visit.robots = Some(word);
        }
        if word.allowed {
            Ok(Duration::from_secs(word.delay.into()))
        } else {
            Err(WebError::Forbidden { page: at.shown() })
        }
    }

    /// The robots.txt of the site of `at`, as it is known, or now is.
    async fn robots_of(
        &self,
        client: &Client,
        at: &Address,
        class: Class,
        agent: &HeaderValue,
        now: Timestamp,
    ) -> Known {
        let name = token(agent.to_str().unwrap_or_default()).to_owned();
        let key = (at.origin(), name);
        if let Some(known) = self.robots.get(&key, now) {
            return known;
        }
        let robots = self.read_robots(client, at, class, agent, &key.1).await.map(Arc::new);
        let known = Known { at: now, robots };
        self.robots.put(key, known.clone());
        known
    }

    /// Gets it. What is not there allows all (RFC 9309, section 2.3.1.3); what cannot be had, nothing.
    async fn read_robots(
        &self,
        client: &Client,
        page: &Address,
        class: Class,
        agent: &HeaderValue,
        name: &str,
    ) -> Result<Robots, String> {
        let Some(mut at) = robots_address(page) else { return Ok(Robots::default()) };
        for _ in 0..=HOPS {
            let class = if at.is_same_origin(page) { class } else { Class::Found };
            let mut headers = HeaderMap::new();
            headers.insert(USER_AGENT, agent.clone());
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(ACCEPTED));
            let got = self.get(client, &at, class, headers, READ, Duration::ZERO).await;
            let got = got.map_err(|error| error.to_string())?;
            match got.status {
                200..=299 => {
                    let coding = got.headers.get(CONTENT_ENCODING).and_then(|value| value.to_str().ok());
                    let bytes = decode::decode(got.body, coding, READ).map_err(|error| error.to_string())?;
                    return Ok(Robots::read(&bytes[..bytes.len().min(BYTES + 1)], name));
                }
                300..=399 => {
                    let location = got.headers.get(LOCATION);
                    let location =
                        location.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
                    let Some(next) = location.and_then(|location| at.join(&location).ok()) else {
                        return Ok(Robots::default());
                    };
                    at = next;
                }
                429 | 500..=599 => return Err(format!("it answers {}", got.status)),
                _ => return Ok(Robots::default()),
            }
        }
        // Too many redirects may be taken for a file that is not there.
        Ok(Robots::default())
    }
}

/// The address of the robots.txt for a page.
fn robots_address(page: &Address) -> Option<Address> {
    page.join("/robots.txt").ok()
}
