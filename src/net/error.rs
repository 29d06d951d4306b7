//! Why a request got no answer.

use std::error::Error;
use std::io;
use std::time::Duration;

use super::client::Limits;
use super::guard::Refusal;
use crate::model::text;

/// Bytes that a reason may have.
const REASON_BYTES: usize = 300;

/// A request got no answer. Sentences for an operator; of the address they show scheme, host and port only.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The guard refused; nothing was sent.
    #[error("{origin} is not reached: {refusal}")]
    Refused {
        /// Where it should have gone.
        origin: String,
        /// Why not.
        refusal: Refusal,
    },
    /// The name has no address.
    #[error("the name in {origin} was not found: {reason}")]
    Lookup {
        /// Where it should have gone.
        origin: String,
        /// What the system said.
        reason: String,
    },
    /// Nobody took the connection.
    #[error("no connection to {origin}: {reason}")]
    Connect {
        /// Where it should have gone.
        origin: String,
        /// What the system said.
        reason: String,
    },
    /// Nobody took the connection in time.
    #[error("no connection to {origin} within {after:?}")]
    ConnectTimeout {
        /// Where it should have gone.
        origin: String,
        /// How long it was tried.
        after: Duration,
    },
    /// A connection, but not to one that could prove who it is.
    #[error("no TLS with {origin}: {reason}; check the port and the certificate")]
    Tls {
        /// Where it should have gone.
        origin: String,
        /// What is wrong.
        reason: String,
    },
    /// Sent, as far as can be told, and not answered in time.
    #[error("no answer from {origin} within {after:?}")]
    Timeout {
        /// Where it went.
        origin: String,
        /// How long was waited.
        after: Duration,
    },
    /// The connection ended, or what came was no HTTP.
    #[error("{origin} gave no whole answer: {reason}")]
    Broken {
        /// Where it went.
        origin: String,
        /// What happened.
        reason: String,
    },
    /// It answered, and did not come to an end with it in time.
    #[error("{origin} did not send the whole page within {after:?}")]
    Slow {
        /// Where it went.
        origin: String,
        /// How long was waited.
        after: Duration,
    },
    /// It sends more than is read.
    #[error(
        "{origin} sent more than the {limit} bytes that a page may have; check that it is a listing page"
    )]
    TooLarge {
        /// Where it went.
        origin: String,
        /// Bytes that may come.
        limit: u64,
    },
    /// A header that HTTP cannot carry; nothing was sent.
    #[error("the header `{name}` holds what HTTP cannot carry")]
    Header {
        /// Its name.
        name: &'static str,
    },
}

impl SendError {
    /// What reqwest's error says, without the address that it would show.
    pub(super) fn of(error: &reqwest::Error, origin: String, limits: &Limits) -> Self {
        if let Some(refusal) = find::<Refusal>(error) {
            return Self::Refused { origin, refusal: *refusal };
        }
        if let Some(tls) = find::<rustls::Error>(error) {
            return Self::Tls { origin, reason: tls_reason(tls) };
        }
        match (error.is_timeout(), error.is_connect()) {
            (true, true) => Self::ConnectTimeout { origin, after: limits.connect },
            (true, false) => Self::Timeout { origin, after: limits.whole },
            _ if error.is_dns() => Self::Lookup { origin, reason: root(error) },
            (false, true) => Self::Connect { origin, reason: root(error) },
            (false, false) => Self::Broken { origin, reason: root(error) },
        }
    }
}

fn tls_reason(error: &rustls::Error) -> String {
    use rustls::{CertificateError as C, Error as E};
    let plain = match error {
        E::InvalidMessage(_) => return "what came is no TLS".to_owned(),
        E::InvalidCertificate(C::Expired | C::ExpiredContext { .. }) => "its certificate has expired",
        E::InvalidCertificate(C::NotValidYet | C::NotValidYetContext { .. }) => {
            "its certificate is not valid yet, or the clock of this machine is wrong"
        }
        E::InvalidCertificate(C::NotValidForName | C::NotValidForNameContext { .. }) => {
            "its certificate is for another name"
        }
        E::InvalidCertificate(C::UnknownIssuer) => {
            "nobody who is trusted here signed its certificate; where that is meant, name the authority by `extra_ca_file`"
        }
        E::InvalidCertificate(C::Revoked) => "its certificate was revoked",
        E::PeerIncompatible(_) | E::AlertReceived(rustls::AlertDescription::ProtocolVersion) => {
            "it speaks only TLS that is too old to be trusted"
        }
        other => return brief(other),
    };
    format!("{plain} ({})", brief(error))
}

/// An error and what caused it, down to the root; an I/O error's own content too, which `source` leaves out.
fn causes<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| {
        match error.downcast_ref::<io::Error>().map(io::Error::get_ref) {
            Some(Some(inner)) => Some(inner as &(dyn Error + 'static)),
            _ => error.source(),
        }
    })
}

fn find<E: Error + 'static>(error: &reqwest::Error) -> Option<&E> {
    causes(error).find_map(|cause| cause.downcast_ref::<E>())
}

/// What the innermost cause says. reqwest's own error, the outermost, is left out: it would show the address.
fn root(error: &reqwest::Error) -> String {
    causes(error).skip(1).last().map_or_else(|| "the request could not be made".to_owned(), brief)
}

/// An error's words on one bounded line: a certificate can name a thousand hosts, and the error then names them too.
fn brief<E: Error + ?Sized>(error: &E) -> String {
    text::bounded(&text::one_line(&error.to_string()), REASON_BYTES)
}
