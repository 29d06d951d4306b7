//! Addresses that messages are sent to. No fault shows one: many are secrets by themselves.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use super::Checker;
use crate::config::raw::RawSecret;

/// The greatest length of an address in bytes.
const MAX_URL: usize = 2_000;

impl Checker<'_> {
    /// Checks an address that stands in the file. `private` says whether it may be in a private network.
    pub(super) fn address(&mut self, text: &str, raw: &RawSecret, private: bool) {
        let url = match address(text) {
            Ok(url) => url,
            Err((message, hint)) => {
                self.findings.fault(raw.span.clone(), message).hint(hint);
                return;
            }
        };
        let local = url.host().is_some_and(|host| is_private(&host));
        if local && !private {
            let message = "`url` is in a private network, or on this machine";
            self.findings
                .fault(raw.span.clone(), message)
                .hint("if that is meant, add `allow_private = true`");
        } else if url.scheme() == "http" && !private {
            let warning = self.findings.warn(raw.span.clone(), "messages go there unencrypted");
            warning.hint("`https://` keeps them to the receiver; signed they are either way");
        }
    }
}

/// The address that `text` spells, or what is wrong with it and what to do.
fn address(text: &str) -> Result<Url, (&'static str, &'static str)> {
    const LIKE: &str = "such as `https://alerts.example.org/tidings`";
    if text.is_empty() {
        return Err(("`url` is empty", LIKE));
    }
    // The parser would take these out silently.
    if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(("`url` holds a blank or a control character", "write a blank as `%20`"));
    }
    if text.len() > MAX_URL {
        return Err(("`url` is too long", "at most 2000 bytes"));
    }
    if text.starts_with('$') {
        return Err(("`url` is no absolute address", "a variable is `url = { env = \"NAME\" }`"));
    }
    let url = Url::parse(text).map_err(|_| ("`url` is no absolute address", LIKE))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(("`url` must begin with https:// or http://", LIKE));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err((
            "`url` holds a user name or a password",
            "leave them out: a receiver knows messages by their signature",
        ));
    }
    if url.fragment().is_some() {
        return Err((
            "`url` has a fragment, which is never sent",
            "leave out `#` and what follows; `%23` is the sign",
        ));
    }
    Ok(url)
}

/// Whether an address is certainly not a public one; what a name leads to shows only when it is looked up.
fn is_private(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => {
            let name = name.trim_end_matches('.');
            let within = |zone: &str| {
                name.strip_suffix(zone).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            };
            ["localhost", "local", "internal"].into_iter().any(within)
        }
        Host::Ipv4(address) => private_v4(*address),
        Host::Ipv6(address) => private_v6(*address),
    }
}

fn private_v4(address: Ipv4Addr) -> bool {
    address.is_loopback() || address.is_private() || address.is_link_local() || address.is_unspecified()
}

fn private_v6(address: Ipv6Addr) -> bool {
    match IpAddr::V6(address).to_canonical() {
        IpAddr::V4(mapped) => private_v4(mapped),
        IpAddr::V6(address) => {
            address.is_loopback()
                || address.is_unspecified()
                || address.is_unique_local()
                || address.is_unicast_link_local()
        }
    }
}
