//! Mail servers, and the addresses that their names lead to.

use std::fmt;
use std::io;
use std::net::IpAddr;

use ::url::Url;

use super::client::Client;
use super::error::SendError;
use super::guard::{Class, Network, Policy, Refusal};
use crate::model::text;

/// A mail server that takes mail to pass on: `smtp://host:587`, `smtps://host:465`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailServer {
    host: String,
    port: u16,
    tls: bool,
}

/// Why a text is no mail server. It never shows the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailServerError {
    /// It cannot be read.
    #[error(
        "it is no address of a mail server; such as `smtp://mail.example.org:587` or `smtps://mail.example.org`"
    )]
    Syntax,
    /// It holds what belongs elsewhere.
    #[error("it holds a user name or a password; give them as `user` and `password`")]
    User,
    /// It holds more.
    #[error("it holds more than a host and a port")]
    More,
}

impl MailServer {
    /// Reads `smtp://` (port 587 where none is given) or `smtps://` (465).
    ///
    /// # Errors
    /// [`MailServerError`]; the caller shows it with the place the text came from.
    pub fn parse(text: &str) -> Result<Self, MailServerError> {
        let url = Url::parse(text.trim()).map_err(|_| MailServerError::Syntax)?;
        let tls = match url.scheme() {
            "smtp" => false,
            "smtps" => true,
            _ => return Err(MailServerError::Syntax),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(MailServerError::User);
        }
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err(MailServerError::More);
        }
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(MailServerError::Syntax)?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
        // Parsed as an opaque one, so that escapes would stay in it.
        if host.contains('%') {
            return Err(MailServerError::Syntax);
        }
        Ok(Self { host, port: url.port().unwrap_or(if tls { 465 } else { 587 }), tls })
    }

    /// Its name, or its IP address.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Its port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether TLS comes before everything else.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        self.tls
    }

    /// Whether it may be reached, as far as can be told without a lookup.
    ///
    /// # Errors
    /// [`Refusal`], which says what an operator can do.
    pub fn check(&self, policy: Policy, allowed: &[Network]) -> Result<(), Refusal> {
        match self.host.parse::<IpAddr>() {
            Ok(ip) => policy.check_ip(ip, allowed),
            Err(_) => policy.check_name(&self.host),
        }
    }

    /// What may be shown of it, which is all.
    #[must_use]
    pub fn origin(&self) -> String {
        let scheme = if self.tls { "smtps" } else { "smtp" };
        let (host, port) = (&self.host, self.port);
        if host.contains(':') {
            format!("{scheme}://[{host}]:{port}")
        } else {
            format!("{scheme}://{host}:{port}")
        }
    }
}

impl fmt::Display for MailServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin())
    }
}

impl Client {
    /// An address of a mail server that may be reached. As with requests, one address that may not refuses the whole name;
    /// who connects must connect to this one, because a second lookup could answer otherwise.
    ///
    /// # Errors
    /// [`SendError::Refused`], [`SendError::Lookup`], [`SendError::ConnectTimeout`].
    pub async fn mail_address(&self, server: &MailServer, policy: Policy) -> Result<IpAddr, SendError> {
        let origin = || server.origin();
        let class = Class::Configured(policy);
        let refused = |refusal| SendError::Refused { origin: origin(), refusal };
        let lookup = |error: io::Error| SendError::Lookup {
            origin: origin(),
            reason: text::bounded(&text::one_line(&error.to_string()), 300),
        };
        if let Ok(ip) = server.host.parse::<IpAddr>() {
            return class.check_ip(ip, &self.allowed).map(|()| ip).map_err(refused);
        }
        class.check_name(&server.host).map_err(refused)?;
        let after = self.limits.connect;
        let found = tokio::time::timeout(after, self.names.ask(&server.host)).await;
        let found = found.map_err(|_| SendError::ConnectTimeout { origin: origin(), after })?;
        let found = found.map_err(lookup)?;
        for ip in &found {
            class.check_ip(*ip, &self.allowed).map_err(refused)?;
        }
        found.first().copied().ok_or_else(|| lookup(io::Error::other("it has no address")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_server_is_a_host_and_a_port() {
        let origin = |text: &str| MailServer::parse(text).map(|server| server.origin());
        assert_eq!(origin("smtp://Mail.example.org"), Ok("smtp://mail.example.org:587".into()));
        assert_eq!(origin("smtps://mail.example.org/"), Ok("smtps://mail.example.org:465".into()));
        assert_eq!(origin("smtp://[::1]:25"), Ok("smtp://[::1]:25".into()));
        for (text, error) in [
            ("https://mail.example.org", MailServerError::Syntax),
            ("mail.example.org:587", MailServerError::Syntax),
            ("smtp://", MailServerError::Syntax),
            ("smtp://mail%2eexample.org", MailServerError::Syntax),
            ("smtp://me:secret@mail.example.org", MailServerError::User),
            ("smtp://mail.example.org/secret", MailServerError::More),
        ] {
            assert_eq!(origin(text), Err(error), "{text}");
        }
    }
}
