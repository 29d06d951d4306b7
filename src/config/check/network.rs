//! `[network]`.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::Checker;
use crate::config::model::NetworkConfig;
use crate::config::raw::{RawNetwork, Source, Text};
use crate::net::{Network, user_agent};

/// The greatest length of a header's value in bytes.
pub(super) const MAX_HEADER: usize = 2_000;
/// The greatest number of networks.
const MAX_ALLOW: usize = 100;
const GAP: Duration = Duration::from_secs(1);
const CONCURRENCY: i64 = 32;
const CONNECT: Duration = Duration::from_secs(10);
const ANSWER: Duration = Duration::from_secs(30);
const PAGE: Duration = Duration::from_secs(60);
/// The shortest and the longest time that one step of a request can be given.
const TIMEOUTS: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(600);

impl Checker<'_> {
    pub(super) fn network(&mut self, raw: &RawNetwork) -> NetworkConfig {
        let gap = self.span(raw.gap.as_ref(), "gap", &(Duration::ZERO..=Duration::from_secs(3_600)), GAP);
        let concurrency = self.number(raw.concurrency.as_ref(), "concurrency", 1..=1_000, CONCURRENCY);
        let connect = self.span(raw.connect_timeout.as_ref(), "connect_timeout", &TIMEOUTS, CONNECT);
        let answer = self.span(raw.answer_timeout.as_ref(), "answer_timeout", &TIMEOUTS, ANSWER);
        let page = self.span(raw.page_timeout.as_ref(), "page_timeout", &TIMEOUTS, PAGE);
        let proxy = raw.proxy.as_ref().and_then(|proxy| {
            if let Some(Source::Given(text)) = &proxy.source {
                self.proxy(text, proxy.span.clone());
            }
            self.source(proxy)
        });
        NetworkConfig {
            user_agent: self.agent(raw),
            gap,
            concurrency: usize::try_from(concurrency).unwrap_or(1),
            connect_timeout: connect,
            answer_timeout: answer,
            page_timeout: page,
            proxy,
            extra_ca_file: raw.extra_ca_file.as_ref().map(|path| self.absolute(path.get_ref())),
            allow: self.allow(raw),
        }
    }

    fn agent(&mut self, raw: &RawNetwork) -> String {
        if let (Some(agent), Some(contact)) = (&raw.user_agent, &raw.contact) {
            let fault = self.findings.fault(contact.span(), "both `user_agent` and `contact` are given");
            fault
                .also(agent.span(), "the other")
                .hint("`contact` is for the program's own name; put it into yours");
        }
        if let Some(agent) = self.header_text(raw.user_agent.as_ref(), "user_agent") {
            return agent;
        }
        match self.header_text(raw.contact.as_ref(), "contact") {
            Some(contact) => format!("tidings/{} (+{contact})", env!("CARGO_PKG_VERSION")),
            None => user_agent(),
        }
    }

    /// A text that a header can carry: one line of visible ASCII and blanks.
    pub(super) fn header_text(&mut self, text: Option<&Text>, key: &str) -> Option<String> {
        let text = text?;
        if is_header(text.get_ref()) && !text.get_ref().trim().is_empty() {
            return Some(text.get_ref().trim().to_owned());
        }
        let fault = self.findings.fault(text.span(), format!("`{key}` is nothing that a header can carry"));
        fault.hint("one line of plain letters, digits and signs (ASCII), up to 2000 bytes");
        None
    }

    fn span(
        &mut self,
        text: Option<&Text>,
        key: &str,
        range: &RangeInclusive<Duration>,
        default: Duration,
    ) -> Duration {
        let Some(text) = text else { return default };
        let Some(period) = self.period(text, key) else { return default };
        if !range.contains(&period) {
            let fault = self.findings.fault(text.span(), format!("`{key}` is out of range"));
            let words = |period: &Duration| humantime::format_duration(*period).to_string();
            fault.label(format!("from {} to {}", words(range.start()), words(range.end())));
            fault.hint(format!("the default is {}", words(&default)));
            return default;
        }
        period
    }

    /// Checks a proxy's address that stands in the file.
    pub(super) fn proxy(&mut self, text: &str, span: std::ops::Range<usize>) {
        let known = ["http", "https", "socks5", "socks5h"];
        let good =
            url::Url::parse(text).is_ok_and(|url| known.contains(&url.scheme()) && url.host().is_some());
        if good {
            let warning = self.findings.warn(span, "with a proxy, names are looked up by it");
            warning.hint("so only it can keep pages from leading into its network; what addresses say is still checked");
        } else {
            let fault = self.findings.fault(span, "`proxy` is no address of a proxy");
            fault.hint("such as `http://proxy.example.org:3128` or `socks5://127.0.0.1:1080`");
        }
    }

    fn allow(&mut self, raw: &RawNetwork) -> Vec<Network> {
        let Some(list) = &raw.allow else { return Vec::new() };
        if list.get_ref().len() > MAX_ALLOW {
            let message = format!("`allow` holds {} networks", list.get_ref().len());
            self.findings.fault(list.span(), message).hint(format!("at most {MAX_ALLOW}"));
        }
        let mut networks = Vec::new();
        for text in list.get_ref().iter().take(MAX_ALLOW) {
            match Network::parse(text.get_ref()) {
                Some(network) => networks.push(network),
                None => {
                    let fault = self.findings.fault(text.span(), "this is no network");
                    fault.hint("such as `10.2.0.0/16`, `fd00:1::/32`, or one address");
                }
            }
        }
        networks
    }
}

/// Whether a header can carry it.
pub(super) fn is_header(text: &str) -> bool {
    text.len() <= MAX_HEADER && text.bytes().all(|b| b == b' ' || b.is_ascii_graphic())
}
