//! `url` of a listing, and what belongs to it.

use http::HeaderName;

use super::Checker;
use super::address::address;
use super::network::is_header;
use crate::config::raw::{RawListing, RawSecret, RawWeb, Source, Text, span_of};
use crate::model::listing::{Following, Format, Limits, NextPage, PAGE, Web};
use crate::model::secret::Secret;
use crate::model::target::SecretRef;
use crate::net::{Address, Policy, Refusal};

/// Numbers of pages are below this.
const MAX_NUMBER: u32 = 1_000_000_000;
/// The greatest number of pages that are followed.
const MAX_FOLLOWED: i64 = 10_000;
/// The greatest number of headers of one listing.
const MAX_HEADERS: usize = 20;
/// Headers that the program sets itself, or that the connection is made of.
const OWN: [&str; 14] = [
    "host",
    "connection",
    "content-length",
    "transfer-encoding",
    "te",
    "upgrade",
    "accept-encoding",
    "if-none-match",
    "if-modified-since",
    "if-match",
    "if-unmodified-since",
    "if-range",
    "range",
    "user-agent",
];

impl Checker<'_> {
    /// The page of a listing that comes from an address; `None` where its pages are files, or after a fault.
    pub(super) fn web(&mut self, raw: &RawListing) -> Option<Web> {
        let Some(text) = &raw.web.url else {
            for (key, span) in raw.web.keys() {
                let fault =
                    self.findings.fault(span, format!("`{key}` is for pages that come from an address"));
                fault.hint("this listing has no `url`");
            }
            return None;
        };
        if let Some(files) = &raw.files {
            let fault = self.findings.fault(text.span(), "both `files` and `url` are given");
            fault
                .also(files.span(), "the other")
                .hint("keep one of them, or make two listings of one `site`");
        }
        let allow_private = raw.web.allow_private.as_ref().is_some_and(|flag| *flag.get_ref());
        let pages = self.pages(raw, text);
        let following = self.following(raw, text);
        let (url, login) = self.page(text, allow_private)?;
        let basic_auth = self.basic_auth(&raw.web, text, login);
        Some(Web {
            url,
            pages,
            following,
            allow_private,
            robots: raw.web.robots.as_ref().map(|flag| *flag.get_ref()),
            user_agent: self.header_text(raw.web.user_agent.as_ref(), "user_agent"),
            headers: self.headers(&raw.web),
            basic_auth,
            cookies: raw.web.cookies.as_ref().and_then(|cookies| self.header_secret(cookies, "cookies")),
            proxy: raw.web.proxy.as_ref().and_then(|proxy| {
                if let Some(Source::Given(text)) = &proxy.source {
                    self.proxy(text, proxy.span.clone());
                }
                self.source(proxy)
            }),
        })
    }

    /// The numbers of its pages, as `"1..5"`.
    fn pages(&mut self, raw: &RawListing, url: &Text) -> Option<(u32, u32)> {
        let has_place = url.get_ref().contains(PAGE);
        let Some(text) = &raw.web.pages else {
            if has_place {
                let fault = self.findings.fault(url.span(), "`{page}` stands for the number of a page");
                fault.hint("`pages = \"1..5\"` says which there are");
            }
            return None;
        };
        if !has_place {
            let fault = self.findings.fault(text.span(), "there is no place for a number in `url`");
            fault.also(url.span(), "here").hint("`{page}` stands for it: `?page={page}`");
        }
        let number = |text: &str| text.trim().parse::<u32>().ok().filter(|number| *number < MAX_NUMBER);
        let parsed = text.get_ref().split_once("..");
        let Some((first, last)) = parsed.and_then(|(first, last)| Some((number(first)?, number(last)?)))
        else {
            let fault = self.findings.fault(text.span(), "these are no numbers of pages");
            fault.hint("the first and the last, such as `\"1..5\"`; `\"5..1\"` reads the last one first");
            return None;
        };
        let most = self.most_pages(raw);
        if first.abs_diff(last) >= most {
            let fault = self.findings.fault(text.span(), "more pages than a listing may have");
            fault.label(format!("at most {most}")).hint("`max_pages` allows more");
            return None;
        }
        Some((first, last))
    }

    /// How the pages after it are found, as `next_page` has it.
    fn following(&mut self, raw: &RawListing, url: &Text) -> Option<Following> {
        let most = self.most_pages(raw);
        let default = i64::from(Following::MOST.min(most.max(2)));
        let asked = self.number(raw.web.max_followed.as_ref(), "max_followed", 2..=MAX_FOLLOWED, default);
        let by = match &raw.web.next_page {
            Some(Ok(text)) => NextPage::Selector(self.selector(text)?),
            Some(Err(flag)) if *flag.get_ref() => NextPage::Relation,
            Some(Err(_)) | None => {
                if let Some(number) = &raw.web.max_followed {
                    let fault = self.findings.fault(number.span(), "no pages are followed");
                    fault.hint("`next_page = true` follows them");
                }
                return None;
            }
        };
        let span = raw.web.next_page.as_ref().map(span_of)?;
        if let Some(number) = raw.web.max_followed.as_ref().filter(|_| asked > i64::from(most)) {
            let fault = self.findings.fault(number.span(), "more pages than a listing may have");
            fault.label(format!("at most {most}")).hint("`max_pages` allows more");
            return None;
        }
        if raw.web.pages.is_some() || url.get_ref().contains(PAGE) {
            let fault = self.findings.fault(span, "the pages have numbers, so none is followed");
            fault.also(url.span(), "here").hint("either `{page}` and `pages`, or `next_page`");
            return None;
        }
        Some(Following { by, most: u32::try_from(asked).unwrap_or(most) })
    }

    /// Refuses to follow pages of a kind that names no next one.
    pub(super) fn check_following(&mut self, raw: &RawListing, format: Format) {
        let Some(next) = &raw.web.next_page else { return };
        match (next, format) {
            (Err(flag), Format::Sitemap) if *flag.get_ref() => {
                let fault = self.findings.fault(flag.span(), "a sitemap has no next page");
                fault.hint("an index of sitemaps is followed without it");
            }
            (Ok(text), Format::Text | Format::Feed | Format::Json | Format::Sitemap) => {
                let message = format!("`format` is `{}`, so no selector finds the next page", format.name());
                let fault = self.findings.fault(text.span(), message);
                fault.hint("`next_page = true` follows what the page, or its server, calls the next one");
            }
            _ => {}
        }
    }

    /// How many pages a listing may have, by its own `max_pages` or without any word of it.
    fn most_pages(&self, raw: &RawListing) -> u32 {
        let own = raw.policy.max_pages.as_ref().and_then(|number| u32::try_from(*number.get_ref()).ok());
        own.unwrap_or_else(|| Limits::default().pages)
    }

    /// The address without a user name and a password, and these.
    fn page(&mut self, text: &Text, private: bool) -> Option<(String, Option<String>)> {
        let (url, login) = without_login(text.get_ref());
        // What stands for the number of a page is as good as a number.
        let found = match address(&url.replace(PAGE, "1")) {
            Ok(found) => found,
            Err((message, _)) => {
                let fault = self.findings.fault(text.span(), message);
                fault.hint("such as `https://news.example.org/latest`");
                return None;
            }
        };
        match found.check(Policy { allow_private: private }, &self.allowed) {
            Ok(()) => {}
            Err(Refusal::Private { .. }) => {
                let message = "`url` is in a private network, or on this machine";
                let fault = self.findings.fault(text.span(), message);
                fault.hint("if that is meant, add `allow_private = true`");
            }
            Err(_) => self.never(text.span()),
        }
        Some((url, login))
    }

    fn basic_auth(&mut self, raw: &RawWeb, url: &Text, login: Option<String>) -> Option<SecretRef> {
        match (&raw.basic_auth, login) {
            (Some(auth), Some(_)) => {
                let fault =
                    self.findings.fault(auth.span.clone(), "both `basic_auth` and a user name in `url`");
                fault.also(url.span(), "the other").hint("keep `basic_auth`");
                None
            }
            (Some(auth), None) => {
                if let Some(Source::Given(text)) = &auth.source
                    && !text.contains(':')
                {
                    let fault = self.findings.fault(auth.span.clone(), "`basic_auth` has no colon");
                    fault.hint("a user name and a password: `basic_auth = \"me:password\"`");
                }
                self.header_secret(auth, "basic_auth")
            }
            (None, login) => login.map(|login| SecretRef::Given(Secret::new(login))),
        }
    }

    fn headers(&mut self, raw: &RawWeb) -> Vec<(String, SecretRef)> {
        if let Some((name, _)) = raw.headers.get(MAX_HEADERS) {
            let fault =
                self.findings.fault(name.span(), format!("{} headers are too many", raw.headers.len()));
            fault.hint(format!("at most {MAX_HEADERS}"));
        }
        let mut headers = Vec::new();
        for (name, value) in raw.headers.iter().take(MAX_HEADERS) {
            let key = name.get_ref().to_ascii_lowercase();
            if HeaderName::try_from(key.as_str()).is_err() {
                self.findings
                    .fault(name.span(), "this is no name of a header")
                    .hint("such as `Accept-Language`");
                continue;
            }
            if OWN.contains(&key.as_str()) {
                let fault = self.findings.fault(name.span(), format!("`{key}` is set by the program itself"));
                fault.hint(if key == "user-agent" {
                    "`user_agent` of the listing changes it"
                } else {
                    "leave it out"
                });
                continue;
            }
            headers.extend(self.header_secret(value, &key).map(|value| (key, value)));
        }
        headers
    }

    /// A secret that a header can carry, as far as the file shows it.
    fn header_secret(&mut self, raw: &RawSecret, key: &str) -> Option<SecretRef> {
        if let Some(Source::Given(text)) = &raw.source
            && (!is_header(text) || text.is_empty())
        {
            let message = format!("`{key}` is nothing that a header can carry");
            let fault = self.findings.fault(raw.span.clone(), message);
            fault.hint("one line of plain letters, digits and signs (ASCII), up to 2000 bytes");
            return None;
        }
        self.source(raw)
    }
}

/// The name of the host of an address: what a listing's site is called that says nothing else.
pub(super) fn host(url: &str) -> Option<String> {
    let address = Address::parse(&url.replace("{page}", "1")).ok()?;
    let host = address.host();
    let (name, _) = host.rsplit_once(':')?;
    (!name.is_empty()).then(|| name.to_owned())
}

/// An address without its user name and password, and these as `user:password`.
fn without_login(text: &str) -> (String, Option<String>) {
    let Some((scheme, rest)) = text.split_once("://") else { return (text.to_owned(), None) };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let Some(at) = rest[..end].rfind('@') else { return (text.to_owned(), None) };
    let (name, password) = rest[..at].split_once(':').unwrap_or((&rest[..at], ""));
    let decoded = |text: &str| {
        // Only percent signs mean something in this part of an address.
        let plain = text.replace('+', "%2B").replace('&', "%26");
        let pair = format!("x={plain}");
        let found = url::form_urlencoded::parse(pair.as_bytes()).next();
        found.map(|(_, value)| value.into_owned()).unwrap_or_default()
    };
    let login = format!("{}:{}", decoded(name), decoded(password));
    (format!("{scheme}://{}", &rest[at + 1..]), Some(login))
}
