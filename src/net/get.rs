//! One request for a page, within its limits.

use std::time::Duration;

use http::HeaderMap;
use tokio::time::Instant;

use super::client::Client;
use super::error::SendError;
use super::guard::Class;
use super::url::Address;

/// What is asked for, and what it may take.
#[derive(Clone, Debug)]
pub struct Ask<'a> {
    /// Where.
    pub address: &'a Address,
    /// Who named the address.
    pub class: Class,
    /// What is sent with it.
    pub headers: HeaderMap,
    /// Time until the answer begins, the connection included.
    pub first: Duration,
    /// Time for everything.
    pub whole: Duration,
    /// Bytes of the body that are taken, as they come; more is an error.
    pub bytes: u64,
}

/// An answer. It comes from a stranger.
#[derive(Clone, Debug, Default)]
pub struct Got {
    /// The status code.
    pub status: u16,
    /// Its headers; at most 100, of some 400 KB together.
    pub headers: HeaderMap,
    /// The whole body, as it came: nothing that was packed is unpacked. Empty but for a status from 200 to 299.
    pub body: Vec<u8>,
}

impl Client {
    /// Asks for a page once, and gives the answer, whatever it is. A body that breaks off before its end is an error
    /// and not half a page. Redirects are not followed.
    ///
    /// # Errors
    /// [`SendError`] when there is no whole answer.
    pub async fn get(&self, ask: Ask<'_>) -> Result<Got, SendError> {
        let address = ask.address;
        let origin = || address.origin();
        // The resolver is not asked about addresses that are written in the URL.
        self.check(address, ask.class).map_err(|refusal| SendError::Refused { origin: origin(), refusal })?;
        let begun = Instant::now();
        let request = self.of(ask.class).get(address.expose().clone());
        let sent = request.headers(ask.headers).timeout(ask.whole).send();
        let first = ask.first.min(ask.whole);
        let answered = tokio::time::timeout_at(begun + first, sent).await;
        let mut response = match answered {
            Err(_) => return Err(SendError::Timeout { origin: origin(), after: first }),
            Ok(Err(error)) => return Err(SendError::of(&error, origin(), &self.limits)),
            Ok(Ok(response)) => response,
        };
        let status = response.status().as_u16();
        let headers = std::mem::take(response.headers_mut());
        let mut body = Vec::new();
        if (200..300).contains(&status) {
            let reading = read(&mut response, ask.bytes, &mut body);
            match tokio::time::timeout_at(begun + ask.whole, reading).await {
                Err(_) => return Err(SendError::Slow { origin: origin(), after: ask.whole }),
                Ok(Err(Some(error))) if error.is_timeout() => {
                    return Err(SendError::Slow { origin: origin(), after: ask.whole });
                }
                Ok(Err(Some(error))) => return Err(SendError::of(&error, origin(), &self.limits)),
                Ok(Err(None)) => return Err(SendError::TooLarge { origin: origin(), limit: ask.bytes }),
                Ok(Ok(())) => {}
            }
        }
        Ok(Got { status, headers, body })
    }
}

/// Reads the whole body; `None` is an error where it is larger than `most`.
async fn read(
    response: &mut reqwest::Response,
    most: u64,
    body: &mut Vec<u8>,
) -> Result<(), Option<reqwest::Error>> {
    if response.content_length().is_some_and(|length| length > most) {
        return Err(None);
    }
    while let Some(chunk) = response.chunk().await.map_err(Some)? {
        if (body.len() + chunk.len()) as u64 > most {
            return Err(None);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(())
}
