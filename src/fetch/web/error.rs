//! Why a page could not be had over the web.

use crate::net::{AddressError, ClientError, Refusal, SendError};
use crate::secret::SecretError;

use super::decode::DecodeError;

/// A page could not be had. The text reads after "failed to …", names the page, and shows no secret: of an address
/// neither a user name nor the values of its query.
#[derive(Debug, thiserror::Error)]
pub enum WebError {
    /// What the config has cannot be an address; a config that was checked has none.
    #[error("fetch a page: its address cannot be used: {0}")]
    Address(AddressError),
    /// A secret that goes with the request cannot be had.
    #[error("fetch {page}: `{key}`: {source}")]
    Secret {
        /// The page.
        page: String,
        /// The key of the listing.
        key: String,
        /// Why.
        source: SecretError,
    },
    /// A secret that goes with the request is nothing that a header can carry.
    #[error(
        "fetch {page}: `{key}` is not one line of plain letters, digits and signs (ASCII), as a header must be"
    )]
    Header {
        /// The page.
        page: String,
        /// The key of the listing.
        key: String,
    },
    /// Nothing can be fetched at all.
    #[error("fetch {page}: cannot {source}")]
    Client {
        /// The page.
        page: String,
        /// Why.
        source: ClientError,
    },
    /// The address may not be reached; nothing was sent.
    #[error("fetch {page}: {refusal}")]
    Refused {
        /// The page.
        page: String,
        /// Why not.
        refusal: Refusal,
    },
    /// No answer, or none that is whole.
    #[error("fetch {page}: {source}")]
    Send {
        /// The page.
        page: String,
        /// Why.
        source: SendError,
    },
    /// Another answer than a page.
    #[error("fetch {page}: it answered {status}{}", explained(*.status))]
    Status {
        /// The page.
        page: String,
        /// The status code.
        status: u16,
    },
    /// The server says that the page is gone for good, or has not had it for a month.
    #[error("fetch {page}: {}; it is not asked any more until `tidings scan` asks for it, or it has another `url`", gone(*.status))]
    Gone {
        /// The page.
        page: String,
        /// The status code.
        status: u16,
    },
    /// `304 Not Modified` though nothing was asked about.
    #[error(
        "fetch {page}: it answered 304 (not modified) though it was asked for the whole page; a cache before it is broken"
    )]
    Unasked {
        /// The page.
        page: String,
    },
    /// A redirect that is not followed.
    #[error("fetch {page}: it redirects to {to}: {reason}")]
    Redirect {
        /// The page that redirects.
        page: String,
        /// Where to, as far as it may be shown.
        to: String,
        /// Why that is not followed.
        reason: String,
    },
    /// It came packed and cannot be unpacked.
    #[error("fetch {page}: {source}")]
    Decode {
        /// The page.
        page: String,
        /// Why.
        source: DecodeError,
    },
    /// The pages of the listing have more bytes than are held at once.
    #[error(
        "fetch {page}: with it the pages of the listing would have more than {limit} bytes, which are held in memory at once; make several listings of one `site` of it"
    )]
    TooMuch {
        /// The page.
        page: String,
        /// The limit.
        limit: u64,
    },
    /// An index of sitemaps that names none that may be read.
    #[error("fetch {page}: it is an index of sitemaps, and names none of its own site")]
    EmptyIndex {
        /// The index.
        page: String,
    },
    /// robots.txt does not let us.
    #[error(
        "fetch {page}: the site's robots.txt does not allow it; it is asked again tomorrow (`robots = false` fetches it all the same: ask the site first)"
    )]
    Forbidden {
        /// The page.
        page: String,
    },
    /// robots.txt could not be had, which means that nothing may be fetched.
    #[error("fetch {page}: {robots} cannot be had ({reason}), and without it nothing may be fetched")]
    NoRobots {
        /// The page.
        page: String,
        /// The address of robots.txt.
        robots: String,
        /// Why not.
        reason: String,
    },
}

impl WebError {
    /// Whether the site is gone, as it says.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        matches!(self, Self::Gone { .. })
    }

    /// Whether nothing was sent, because of what stands in the config or is missing here: waiting longer each time
    /// would help nobody.
    pub(super) fn is_ours(&self) -> bool {
        matches!(
            self,
            Self::Address(_)
                | Self::Secret { .. }
                | Self::Header { .. }
                | Self::Client { .. }
                | Self::Refused { .. }
        )
    }
}

/// The name of a status, and what to do about it where that is known.
fn explained(status: u16) -> String {
    let name = http::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    let name = name.map(|name| format!(" ({name})")).unwrap_or_default();
    let hint = match status {
        401 => "; it wants `basic_auth`, `cookies` or a header",
        403 => "; it may want `basic_auth`, or refuse programs",
        404 => "; check the `url`: it is asked daily for a month",
        407 => "; the proxy wants a user name and a password",
        429 => "; it is asked less often for a while",
        500..=599 => "; it is tried again later",
        _ => "",
    };
    format!("{name}{hint}")
}

fn gone(status: u16) -> &'static str {
    if status == 410 {
        "its server says that it is gone for good (410)"
    } else {
        "its server has not had it for a month (404)"
    }
}
