//! Mail to a server that takes it (RFC 5321, RFC 6409).

use std::error::Error as _;
use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use lettre::address::Envelope;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};

use crate::model::Answer;
use crate::model::secret::Secret;
use crate::model::text::{bounded, one_line};
use crate::net::{MailServer, is_private};

/// How long the server may take for one step.
const STEP: Duration = Duration::from_secs(15);
/// And for all of them.
const WHOLE: Duration = Duration::from_secs(60);
/// Bytes of its words that are kept.
const SAID: usize = 1_000;

/// Why there was no answer.
#[derive(Debug, thiserror::Error)]
pub enum MailTryError {
    /// TLS cannot be had here.
    #[error("TLS with {server} cannot be set up: {reason}")]
    Tls {
        /// The server.
        server: String,
        /// Why.
        reason: String,
    },
    /// No connection, or it ended.
    #[error("{server} took no mail: {reason}")]
    Broken {
        /// The server.
        server: String,
        /// What happened.
        reason: String,
    },
    /// Not in time.
    #[error("{server} took no mail within {} s", WHOLE.as_secs())]
    Slow {
        /// The server.
        server: String,
    },
}

/// Gives a mail to a server at one of its addresses, which were checked, and tells what it answered.
///
/// The connection goes to that address and the certificate must be for the server's name. Without TLS nothing is sent,
/// but to a server of a private network that offers none.
///
/// # Errors
/// [`MailTryError`] when the server said nothing.
pub(super) async fn give(
    server: &MailServer,
    at: IpAddr,
    login: Option<(&Secret, &Secret)>,
    extra_ca: Option<&Path>,
    (envelope, bytes): (&Envelope, &[u8]),
) -> Result<Answer, MailTryError> {
    let shown = || server.origin();
    let broken = |error: &dyn std::fmt::Display| MailTryError::Tls { server: shown(), reason: brief(error) };
    let mut parameters = TlsParameters::builder(server.host().to_owned());
    if let Some(path) = extra_ca {
        let pem = tokio::fs::read(path).await.map_err(|error| broken(&error))?;
        let trusted = Certificate::from_pem(&pem).map_err(|error| broken(&error))?;
        parameters = parameters.add_root_certificate(trusted);
    }
    let parameters = parameters.build_rustls().map_err(|error| broken(&error))?;
    let tls = match (server.is_tls(), is_private(at)) {
        (true, _) => Tls::Wrapper(parameters),
        (false, true) => Tls::Opportunistic(parameters),
        (false, false) => Tls::Required(parameters),
    };
    let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(at.to_string())
        .port(server.port())
        .tls(tls)
        // What this machine is called is nobody's business.
        .hello_name(ClientId::Ipv4(std::net::Ipv4Addr::LOCALHOST))
        .timeout(Some(STEP));
    if let Some((user, password)) = login {
        builder =
            builder.credentials(Credentials::new(user.expose().to_owned(), password.expose().to_owned()));
    }
    let transport = builder.build();
    match tokio::time::timeout(WHOLE, transport.send_raw(envelope, bytes)).await {
        Err(_) => Err(MailTryError::Slow { server: shown() }),
        Ok(Ok(response)) => {
            let text = response.message().collect::<Vec<_>>().join(" ");
            Ok(Answer { status: response.code().into(), retry_after: None, text: bounded(&text, SAID) })
        }
        Ok(Err(error)) => {
            let words = error.source().map_or_else(|| error.to_string(), ToString::to_string);
            match error.status() {
                Some(code) => {
                    Ok(Answer { status: code.into(), retry_after: None, text: bounded(&words, SAID) })
                }
                None => {
                    Err(MailTryError::Broken { server: shown(), reason: brief(&error_words(&error, words)) })
                }
            }
        }
    }
}

/// What went wrong and, where that is another matter, what caused it.
fn error_words(error: &lettre::transport::smtp::Error, cause: String) -> String {
    let text = error.to_string();
    if text.contains(&cause) { text } else { format!("{text}: {cause}") }
}

fn brief(error: &dyn std::fmt::Display) -> String {
    bounded(&one_line(&error.to_string()), 300)
}
