//! The client: one request, within its limits, to an address that may be reached.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls_platform_verifier::Verifier;

use super::error::SendError;
use super::guard::{Class, Network, Policy, Refusal};
use super::resolver::{Lookup, Names, Resolver, system};
use super::url::Address;
use crate::model::Answer;
use crate::model::secret::Secret;

/// Bytes of a `Retry-After` that are read; a date has 29.
const RETRY_AFTER_BYTES: usize = 100;
/// How long a connection without requests is kept for the next one.
const IDLE: Duration = Duration::from_secs(30);
/// How many such connections to one host are kept: as many as messages to one target are under way at once, so that none
/// begins with another handshake.
const IDLE_MOST: usize = 64;

/// What one request may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Time until there is a connection: lookup, TCP and TLS together.
    pub connect: Duration,
    /// Time for everything, the connection included.
    pub whole: Duration,
    /// Bytes of an answer's body that are read.
    pub answer_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connect: Duration::from_secs(5), whole: Duration::from_secs(15), answer_bytes: 4_096 }
    }
}

/// What a client is made of.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// What one request may take.
    pub limits: Limits,
    /// Networks that addresses in the config may lead to though they are not public.
    pub allowed: Arc<[Network]>,
    /// A PEM file of certificates to trust beside those that the system trusts.
    pub extra_ca: Option<PathBuf>,
    /// The proxy that all requests go through, as an http, https or socks5 address; it then is the one that looks up
    /// names, so that only what is written in an address is checked here.
    pub proxy: Option<Secret>,
}

/// Sends requests. Cheap to clone; clones share their connections.
///
/// TLS is rustls with ring, and trusts whom the system trusts. No redirect is followed, no proxy is taken from the
/// environment, no cookie is kept, no compressed answer is asked for.
#[derive(Clone, Debug)]
pub struct Client {
    /// Several, so that a connection made under one policy is not used under another.
    public: reqwest::Client,
    private: reqwest::Client,
    found: reqwest::Client,
    pub(super) limits: Limits,
    pub(super) allowed: Arc<[Network]>,
    pub(super) names: Names,
    extra_ca: Option<Arc<Path>>,
}

/// There can be no client.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// No certificates to trust.
    #[error("load the certificates that this system trusts: {0}; install the package `ca-certificates`")]
    Trust(rustls::Error),
    /// The file of certificates cannot be used.
    #[error("read the certificates of `extra_ca_file` {}: {reason}", path.display())]
    ExtraCa {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The proxy's address is none.
    #[error(
        "use the proxy: its address is none; such as `http://proxy.example.org:3128` or `socks5://127.0.0.1:1080`"
    )]
    Proxy,
    /// The rest cannot be set up, which nothing outside the program can cause.
    #[error("set up the HTTP client: {0}")]
    Setup(reqwest::Error),
}

impl Setup {
    /// A client by this. Reads certificates from disk.
    ///
    /// # Errors
    /// [`ClientError`]; without certificates nothing could be sent by https.
    pub fn client(&self) -> Result<Client, ClientError> {
        let trusted = match &self.extra_ca {
            Some(path) => {
                certificates(path).map_err(|reason| ClientError::ExtraCa { path: path.clone(), reason })?
            }
            None => Vec::new(),
        };
        Client::with(self, &system(), trusted)
    }
}

/// The certificates of a PEM file; at least one.
fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let found = CertificateDer::pem_file_iter(path).map_err(|error| error.to_string())?;
    let found: Vec<_> = found.collect::<Result<_, _>>().map_err(|error| error.to_string())?;
    if found.is_empty() { Err("there is no certificate in it (PEM)".to_owned()) } else { Ok(found) }
}

impl Client {
    /// A client with these limits. Reads the system's certificates from disk.
    ///
    /// # Errors
    /// [`ClientError`]; without certificates nothing could be sent by https.
    pub fn new(limits: Limits) -> Result<Self, ClientError> {
        Setup { limits, ..Setup::default() }.client()
    }

    /// The same with another way of looking names up, and with more to trust than the system does.
    pub(super) fn with(
        setup: &Setup,
        lookup: &Lookup,
        trusted: Vec<CertificateDer<'static>>,
    ) -> Result<Self, ClientError> {
        // Given explicitly, so that no provider has to be installed for the whole process.
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = Verifier::new_with_extra_roots(trusted, Arc::clone(&provider));
        let verifier = Arc::new(verifier.map_err(ClientError::Trust)?);
        let mut tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(ClientError::Trust)?
            // Dangerous only in that the verifier is named here; it is that of the system.
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_no_client_auth();
        tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let proxy = match &setup.proxy {
            Some(address) => {
                let address = asked_for_names(address.expose());
                Some(reqwest::Proxy::all(&*address).map_err(|_| ClientError::Proxy)?)
            }
            None => None,
        };
        let under = |class| {
            let class = if proxy.is_some() { None } else { Some(class) };
            let resolver =
                Resolver { class, allowed: Arc::clone(&setup.allowed), lookup: Arc::clone(lookup) };
            connections(resolver, tls.clone(), proxy.clone(), &setup.limits).map_err(ClientError::Setup)
        };
        Ok(Self {
            public: under(Class::Configured(Policy { allow_private: false }))?,
            private: under(Class::Configured(Policy { allow_private: true }))?,
            found: under(Class::Found)?,
            limits: setup.limits,
            allowed: Arc::clone(&setup.allowed),
            names: Names(Arc::clone(lookup)),
            extra_ca: setup.extra_ca.as_deref().map(Arc::from),
        })
    }

    /// Whether an address may be reached, as far as can be told without a lookup.
    ///
    /// # Errors
    /// [`Refusal`], which says what an operator can do.
    pub fn check(&self, address: &Address, class: impl Into<Class>) -> Result<(), Refusal> {
        address.check(class, &self.allowed)
    }

    /// Networks that addresses in the config may lead to though they are not public.
    #[must_use]
    pub fn allowed(&self) -> &[Network] {
        &self.allowed
    }

    /// A PEM file of certificates to trust beside those that the system trusts.
    #[must_use]
    pub fn extra_ca(&self) -> Option<&Path> {
        self.extra_ca.as_deref()
    }

    /// The connections of a class.
    pub(super) fn of(&self, class: Class) -> &reqwest::Client {
        match class {
            Class::Configured(Policy { allow_private: true }) => &self.private,
            Class::Configured(_) => &self.public,
            Class::Found => &self.found,
        }
    }

    /// Posts `body` with `headers` to `address`, once, and gives the answer, whatever it is.
    ///
    /// Of the answer's body at most [`Limits::answer_bytes`] are read; where it breaks off, or time is up, what came by
    /// then is taken, because the status has been said.
    ///
    /// # Errors
    /// [`SendError`] when there is no answer. Whether the receiver got the request is then unknown, but for
    /// [`SendError::Refused`] and [`SendError::Header`].
    pub async fn post(
        &self,
        address: &Address,
        headers: &[(&'static str, String)],
        body: Vec<u8>,
        policy: Policy,
    ) -> Result<Answer, SendError> {
        self.submit(reqwest::Method::POST, address, headers, body, policy).await
    }

    /// The same by PUT.
    ///
    /// # Errors
    /// As [`Client::post`].
    pub async fn put(
        &self,
        address: &Address,
        headers: &[(&'static str, String)],
        body: Vec<u8>,
        policy: Policy,
    ) -> Result<Answer, SendError> {
        self.submit(reqwest::Method::PUT, address, headers, body, policy).await
    }

    async fn submit(
        &self,
        method: reqwest::Method,
        address: &Address,
        headers: &[(&'static str, String)],
        body: Vec<u8>,
        policy: Policy,
    ) -> Result<Answer, SendError> {
        // The resolver is not asked about addresses that are written in the URL.
        self.check(address, policy)
            .map_err(|refusal| SendError::Refused { origin: address.origin(), refusal })?;
        let request = self.of(policy.into()).request(method, address.expose().clone());
        let request = request.headers(carried(headers)?).body(body);
        match request.send().await {
            Ok(response) => Ok(self.read(response).await),
            Err(error) => Err(SendError::of(&error, address.origin(), &self.limits)),
        }
    }

    async fn read(&self, mut response: reqwest::Response) -> Answer {
        let status = response.status().as_u16();
        let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let retry_after = retry_after.filter(|value| value.len() <= RETRY_AFTER_BYTES).map(str::to_owned);
        let is_text = is_text(response.headers());
        let mut bytes = Vec::new();
        while bytes.len() < self.limits.answer_bytes {
            let Ok(Some(chunk)) = response.chunk().await else { break };
            let room = self.limits.answer_bytes - bytes.len();
            bytes.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
        }
        let text = if is_text { String::from_utf8_lossy(&bytes).into_owned() } else { String::new() };
        Answer { status, retry_after, text }
    }
}

/// A proxy's address by which it is the proxy that looks names up: reqwest would do so itself for `socks5`.
fn asked_for_names(proxy: &str) -> Cow<'_, str> {
    match proxy.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("socks5") => format!("socks5h://{rest}").into(),
        _ => proxy.into(),
    }
}

fn connections(
    resolver: Resolver,
    tls: rustls::ClientConfig,
    proxy: Option<reqwest::Proxy>,
    limits: &Limits,
) -> Result<reqwest::Client, reqwest::Error> {
    // What the environment says of proxies is never used.
    let builder = reqwest::Client::builder().no_proxy();
    let builder = match proxy {
        Some(proxy) => builder.proxy(proxy),
        None => builder,
    };
    builder
        .tls_backend_preconfigured(tls)
        .dns_resolver(Arc::new(resolver))
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .user_agent(user_agent())
        .connect_timeout(limits.connect)
        .timeout(limits.whole)
        .pool_idle_timeout(IDLE)
        .pool_max_idle_per_host(IDLE_MOST)
        .build()
}

/// Who asks: `tidings/0.1.0 (+https://…)`, with the home page where the package names one.
#[must_use]
pub fn user_agent() -> String {
    let home = match env!("CARGO_PKG_HOMEPAGE") {
        "" => String::new(),
        page => format!(" (+{page})"),
    };
    format!("tidings/{}{home}", env!("CARGO_PKG_VERSION"))
}

fn carried(headers: &[(&'static str, String)]) -> Result<HeaderMap, SendError> {
    let one = |(name, value): &(&'static str, String)| {
        let bad = || SendError::Header { name };
        Ok((
            HeaderName::try_from(*name).map_err(|_| bad())?,
            HeaderValue::from_str(value).map_err(|_| bad())?,
        ))
    };
    headers.iter().map(one).collect()
}

/// Whether a body is meant for reading; without a type it may be.
fn is_text(headers: &HeaderMap) -> bool {
    let Some(kind) = headers.get(CONTENT_TYPE) else { return true };
    let kind = kind.to_str().unwrap_or_default().to_ascii_lowercase();
    kind.starts_with("text/") || kind.contains("json") || kind.contains("xml")
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
