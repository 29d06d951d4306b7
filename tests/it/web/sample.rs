//! What these tests share: a fetcher in a hurry, and what it remembers of one page.

use std::sync::Arc;
use std::time::Duration;

use tidings::fetch::patience::Wanted;
use tidings::fetch::web::{Fetcher, Manners, Outcome, Want, WebError};
use tidings::model::listing::Web;
use tidings::model::reading::Document;
use tidings::model::{Timestamp, Visit};

use crate::support::{Receiver, Say};

pub(super) const HOUR: i64 = 3_600;
pub(super) const DAY: i64 = 24 * HOUR;

/// A page that is fetched again and again, by a clock that the test moves.
pub(super) struct Page {
    runtime: tokio::runtime::Runtime,
    pub(super) fetcher: Fetcher,
    pub(super) web: Web,
    pub(super) visit: Visit,
    pub(super) now: Timestamp,
    pub(super) robots: bool,
    pub(super) whole: bool,
    pub(super) bytes: u64,
    pub(super) wanted: Wanted,
}

pub(super) fn manners() -> Manners {
    Manners {
        agent: "tidings/test (+https://e.org)".into(),
        gap: Duration::ZERO,
        connect: Duration::from_secs(5),
        answer: Duration::from_secs(5),
        page: Duration::from_secs(10),
        proxy: None,
        extra_ca: None,
        allowed: Arc::default(),
    }
}

impl Page {
    pub(super) fn at(url: impl Into<String>) -> Self {
        Self::with(url, manners())
    }

    pub(super) fn with(url: impl Into<String>, manners: Manners) -> Self {
        let web = Web { allow_private: true, ..Web::at(url) };
        let visit = Visit { address: web.url.clone(), ..Visit::default() };
        Self {
            runtime: tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap(),
            fetcher: Fetcher::new(manners),
            web,
            visit,
            now: Timestamp::from_unix(1_800_000_000),
            robots: false,
            whole: false,
            bytes: 1 << 20,
            wanted: Wanted::Due,
        }
    }

    /// The page `/` of a server.
    pub(super) fn of(server: &Receiver) -> Self {
        Self::at(format!("http://{}/", server.host()))
    }

    pub(super) fn fetch(&mut self) -> Result<Outcome, WebError> {
        let want = Want {
            web: &self.web,
            address: &self.web.url,
            configured: &self.web.url,
            wanted: self.wanted,
            whole: self.whole,
            robots: self.robots,
            bytes: self.bytes,
            now: self.now,
        };
        self.runtime.block_on(self.fetcher.page(want, &mut self.visit))
    }

    /// The same so many seconds later.
    pub(super) fn later(&mut self, seconds: i64) -> Result<Outcome, WebError> {
        self.now = self.now.plus(seconds);
        self.fetch()
    }

    #[track_caller]
    pub(super) fn page(&mut self) -> Document {
        match self.fetch() {
            Ok(Outcome::Page(document)) => document,
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    pub(super) fn error(&mut self) -> String {
        self.fetch().expect_err("no page").to_string()
    }
}

/// A page with these headers.
pub(super) fn ok(headers: &str, body: &str) -> Say {
    Say::answer("200 OK", headers, body)
}

/// `304` with these headers.
pub(super) fn same(headers: &str) -> Say {
    Say::Bytes(format!("HTTP/1.1 304 Not Modified\r\n{headers}Connection: close\r\n\r\n").into_bytes())
}

/// An answer that redirects there.
pub(super) fn redirect(status: u16, to: &str) -> Say {
    Say::answer(&format!("{status} Moved"), &format!("Location: {to}\r\n"), "")
}
