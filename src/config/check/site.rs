//! `data_dir`, `[site]` and `[serve]`.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::Range;
use std::path::PathBuf;

use url::Url;

use super::Checker;
use super::value::{MAX_NAME, MAX_PROSE};
use crate::config::env::Override;
use crate::config::model::{Config, ServeConfig, SiteConfig};
use crate::config::raw::{RawConfig, RawSite, Text};

const DATA_DIR: &str = "./var";
const TITLE: &str = "tidings";
const DESCRIPTION: &str = "What is new on the pages that are watched";
const BASE_URL: &str = "http://127.0.0.1:7878";
const LANGUAGE: &str = "en";
const WINDOW: i64 = 100;
const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 7878);

/// A value with its place in the file, or the name of what gave it from outside.
struct Given<'a> {
    value: &'a str,
    span: Option<Range<usize>>,
    name: &'a str,
}

impl<'a> Given<'a> {
    fn new(outside: Option<&'a Override>, inside: Option<&'a Text>, key: &'a str) -> Option<Self> {
        match (outside, inside) {
            (Some(given), _) => Some(Self { value: &given.value, span: None, name: &given.origin }),
            (None, Some(text)) => Some(Self { value: text.get_ref(), span: Some(text.span()), name: key }),
            (None, None) => None,
        }
    }
}

impl Checker<'_> {
    pub(super) fn data_dir(&mut self, raw: &RawConfig) -> PathBuf {
        let env = self.env;
        let Some(given) = Given::new(env.data_dir.as_ref(), raw.data_dir.as_ref(), "data_dir") else {
            let state = env.state_directory.as_deref().and_then(|list| list.split(':').next());
            return self.absolute(state.unwrap_or(DATA_DIR));
        };
        if given.value.trim().is_empty() || given.value.contains('\0') {
            let fault = self.findings.fault(given.span, format!("`{}` is no path", given.name));
            fault.hint(format!("leave it out to get {DATA_DIR}"));
        }
        self.absolute(given.value)
    }

    pub(super) fn site(&mut self, raw: &RawSite) -> SiteConfig {
        let window = self.number(raw.window.as_ref(), "window", 100..=1_000, WINDOW);
        SiteConfig {
            title: self.line(raw.title.as_ref(), "title", MAX_NAME).unwrap_or_else(|| TITLE.to_owned()),
            description: self
                .line(raw.description.as_ref(), "description", MAX_PROSE)
                .unwrap_or_else(|| DESCRIPTION.to_owned()),
            base_url: self.base_url(raw),
            language: self.language(raw.language.as_ref()),
            window: u32::try_from(window).unwrap_or_default(),
        }
    }

    fn base_url(&mut self, raw: &RawSite) -> String {
        let env = self.env;
        let Some(given) = Given::new(env.base_url.as_ref(), raw.base_url.as_ref(), "base_url") else {
            return BASE_URL.to_owned();
        };
        match base_url(given.value) {
            Ok(url) => return url,
            Err(reason) => {
                let fault = self.findings.fault(given.span, format!("`{}` {reason}", given.name));
                fault.hint("such as `https://news.example.org` or `https://example.org/tidings`");
            }
        }
        BASE_URL.to_owned()
    }

    fn language(&mut self, language: Option<&Text>) -> String {
        let Some(text) = language else { return LANGUAGE.to_owned() };
        let tag = text.get_ref();
        let mut parts = tag.split('-');
        let first = parts.next().is_some_and(|part| (2..=8).contains(&part.len()) && letters(part));
        let rest = parts
            .all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()));
        if !first || !rest || tag.len() > 35 {
            self.findings
                .fault(text.span(), "`language` is no language tag")
                .hint("such as `en`, `de-CH`, `zh-Hans`");
        }
        tag.clone()
    }

    pub(super) fn serve(&mut self, raw: &RawConfig) -> Option<ServeConfig> {
        let env = self.env;
        let inside = match &raw.listen {
            Some(Err(flag)) if env.listen.is_none() => {
                if *flag.get_ref() {
                    let fault = self.findings.fault(flag.span(), "`listen` must be an address, or false");
                    fault.hint(format!("such as `\"{LISTEN}\"`"));
                }
                return None;
            }
            Some(Ok(text)) => Some(text),
            _ => None,
        };
        let Some(given) = Given::new(env.listen.as_ref(), inside, "listen") else {
            return Some(ServeConfig { listen: LISTEN });
        };
        match given.value.parse() {
            Ok(listen) => Some(ServeConfig { listen }),
            Err(_) if given.span.is_none() && given.value == "false" => None,
            Err(_) => {
                let hint = listen_hint(given.value);
                let message = format!("`{}` is no address and port", given.name);
                self.findings.fault(given.span, message).hint(hint);
                None
            }
        }
    }

    /// Warns when readers elsewhere are let in but sent to an address of their own machine.
    pub(super) fn reach(&mut self, config: &Config, raw: &RawConfig) {
        let Some(serve) = config.serve.filter(|serve| !serve.listen.ip().is_loopback()) else { return };
        let local = Url::parse(&config.site.base_url).is_ok_and(|url| match url.host() {
            Some(url::Host::Domain(name)) => name == "localhost",
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        });
        if !local {
            return;
        }
        let span = match &raw.listen {
            Some(Ok(text)) if self.env.listen.is_none() => Some(text.span()),
            _ => None,
        };
        let message =
            format!("other machines can reach {}, but feeds point to {}", serve.listen, config.site.base_url);
        self.findings.warn(span, message).hint("set `base_url` in `[site]` to the address that readers use");
    }
}

fn letters(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_alphabetic())
}

/// The address as the program uses it, or what is wrong with it.
fn base_url(text: &str) -> Result<String, &'static str> {
    let url = Url::parse(text.trim()).map_err(|_| "is no absolute address")?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("must begin with http:// or https://");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("must end with the path: `?` and `#` have no meaning here");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("would publish a user name or password");
    }
    if url.as_str().len() > 1_000 {
        return Err("is longer than 1000 bytes");
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

fn listen_hint(text: &str) -> String {
    if text.parse::<IpAddr>().is_ok() {
        return format!("a port is missing: `{text}:7878`");
    }
    match text.rsplit_once(':') {
        Some(("", port)) if port.parse::<u16>().is_ok() => {
            format!("every address is `0.0.0.0:{port}`, this machine `127.0.0.1:{port}`")
        }
        Some(("localhost", port)) if port.parse::<u16>().is_ok() => {
            format!("write the number: `127.0.0.1:{port}`")
        }
        _ => format!("such as `{LISTEN}`, or `0.0.0.0:7878` for every address"),
    }
}
