//! Addresses that messages are sent to. No fault shows one: many are secrets by themselves.

use super::Checker;
use crate::config::raw::RawSecret;
use crate::net::{Address, AddressError, Policy, Refusal};

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
        let refused = url.check(Policy { allow_private: private }, &self.allowed).err();
        match refused {
            Some(Refusal::Private { .. }) => {
                let message = "`url` is in a private network, or on this machine";
                let fault = self.findings.fault(raw.span.clone(), message);
                fault.hint("if that is meant, add `allow_private = true`");
            }
            Some(_) => self.never(raw.span.clone()),
            None if url.expose().scheme() == "http" && !private => {
                let warning = self.findings.warn(raw.span.clone(), "messages go there unencrypted");
                warning.hint("`https://` keeps them to the receiver");
            }
            None => {}
        }
    }

    /// An address that no request should go to.
    pub(super) fn never(&mut self, span: std::ops::Range<usize>) {
        let message = "`url` is an address that is never reached: link-local, of a cloud's metadata, multicast or reserved";
        self.findings
            .fault(span, message)
            .hint("if that is meant, name the address itself in `[network] allow`");
    }
}

/// The address that `text` spells, or what is wrong with it and what to do.
pub(super) fn address(text: &str) -> Result<Address, (&'static str, &'static str)> {
    const LIKE: &str = "such as `https://alerts.example.org/tidings`";
    if text.is_empty() {
        return Err(("`url` is empty", LIKE));
    }
    // The parser would take these out silently.
    if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(("`url` holds a blank or a control character", "write a blank as `%20`"));
    }
    if text.starts_with('$') {
        return Err(("`url` is no absolute address", "a variable is `url = { env = \"NAME\" }`"));
    }
    Address::parse(text).map_err(|error| match error {
        AddressError::Syntax(_) => ("`url` is no absolute address", LIKE),
        AddressError::Scheme => ("`url` must begin with https:// or http://", LIKE),
        AddressError::TooLong => ("`url` is too long", "at most 2000 bytes"),
        AddressError::User => (
            "`url` holds a user name or a password",
            "leave them out: a receiver knows messages by their signature",
        ),
        AddressError::Fragment => {
            ("`url` has a fragment, which is never sent", "leave out `#` and what follows; `%23` is the sign")
        }
    })
}
