//! Signatures, as Standard Webhooks 1.0 has them: HMAC-SHA256 over the message's id, the time of the try, and the
//! body.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretSlice};
use sha2::Sha256;

use crate::model::secret::Secret;
use crate::model::{DeliveryId, Timestamp};

/// What a key begins with, so that a person and a scanner for leaked secrets know it for one.
const PREFIX: &str = "whsec_";
/// Bytes of a key, as the specification bounds them.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// A key that messages are signed with. Its `Debug` form does not show it; wiped from memory when dropped.
#[derive(Clone, Debug)]
pub struct SigningKey(SecretSlice<u8>);

/// Why a secret is no key. The text names what is wrong and what to write, never the secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// It is something else.
    #[error(
        "the secret does not begin with `{PREFIX}`; write `{PREFIX}` and the base64 of 24 to 64 random bytes"
    )]
    Prefix,
    /// What follows the prefix cannot be read.
    #[error(
        "what follows `{PREFIX}` in the secret is not base64; it takes A-Z, a-z, 0-9, `+`, `/`, and `=` at its end"
    )]
    Base64,
    /// The key is too short to be safe, or longer than receivers take.
    #[error("the secret holds {bytes} bytes; it must hold 24 to 64 (`openssl rand -base64 32` makes 32)")]
    Length {
        /// How many it holds.
        bytes: usize,
    },
}

impl SigningKey {
    /// Reads a key: `whsec_` and the base64 (RFC 4648, section 4, padded) of 24 to 64 bytes.
    ///
    /// # Errors
    /// [`KeyError`]; the caller shows it with the place the secret came from.
    pub fn parse(secret: &Secret) -> Result<Self, KeyError> {
        let text = secret.expose().strip_prefix(PREFIX).ok_or(KeyError::Prefix)?;
        let bytes = STANDARD.decode(text).map_err(|_| KeyError::Base64)?;
        let key = SecretSlice::from(bytes);
        let bytes = key.expose_secret().len();
        if KEY_BYTES.contains(&bytes) { Ok(Self(key)) } else { Err(KeyError::Length { bytes }) }
    }

    /// `v1,` and the signature of `parts`, one after another, in base64.
    fn sign(&self, parts: &[&[u8]]) -> Option<String> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.expose_secret()).ok()?;
        parts.iter().for_each(|part| mac.update(part));
        Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
    }
}

/// The headers that one try of a message carries beside its `body`: its id, which never changes; the time of this try,
/// by which a receiver refuses what was recorded and sent again; and a signature by each key, with blanks between
/// them. Without a key there is no signature.
#[must_use]
pub fn headers(
    keys: &[SigningKey],
    id: DeliveryId,
    now: Timestamp,
    body: &[u8],
) -> Vec<(&'static str, String)> {
    let (id, time) = (id.to_string(), now.unix().to_string());
    let parts: [&[u8]; 5] = [id.as_bytes(), b".", time.as_bytes(), b".", body];
    // HMAC takes keys of any length, so there is a signature by each.
    let signatures: Vec<String> = keys.iter().filter_map(|key| key.sign(&parts)).collect();
    let mut headers = vec![("webhook-id", id), ("webhook-timestamp", time)];
    if !signatures.is_empty() {
        headers.push(("webhook-signature", signatures.join(" ")));
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Result<SigningKey, KeyError> {
        SigningKey::parse(&Secret::new(text.to_owned()))
    }

    /// The example of the public specification and its libraries.
    #[test]
    fn signature_is_that_of_the_specification() {
        let key = key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("a key");
        let parts: [&[u8]; 5] =
            [b"msg_p5jXN8AQM9LWM0D4loKWxJek", b".", b"1614265330", b".", br#"{"test": 2432232314}"#];
        assert_eq!(key.sign(&parts).as_deref(), Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
    }

    #[test]
    fn f130_every_key_signs_and_an_independent_library_verifies_each() {
        let texts = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"];
        let keys = texts.map(|text| key(text).expect("a key"));
        let body = r#"{"title":"Größe 🎉"}"#.as_bytes();
        let id = DeliveryId::from_uuid(uuid::Uuid::from_u128(7));
        let now = crate::clock::now();
        let mut sent = http::HeaderMap::new();
        for (name, value) in headers(&keys, id, now, body) {
            sent.insert(name, value.parse().expect("a header"));
        }
        assert_eq!(sent["webhook-signature"].to_str().expect("text").split(' ').count(), 2);
        for text in texts {
            let receiver = standardwebhooks::Webhook::new(text).expect("a key");
            receiver.verify(body, &sent).expect("the signature is good");
            receiver.verify(b"{}", &sent).expect_err("the body is another");
            sent.insert("webhook-id", "another".parse().expect("a header"));
            receiver.verify(body, &sent).expect_err("the id is another");
            sent.insert("webhook-id", id.to_string().parse().expect("a header"));
        }
    }

    #[test]
    fn without_a_key_there_is_no_signature() {
        let headers =
            headers(&[], DeliveryId::from_uuid(uuid::Uuid::from_u128(7)), Timestamp::from_unix(5), b"{}");
        assert_eq!(
            headers.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
            ["webhook-id", "webhook-timestamp"]
        );
    }

    #[test]
    fn f132_what_is_no_key_is_refused_without_being_shown() {
        let of = |bytes: usize| format!("{PREFIX}{}", STANDARD.encode(vec![7; bytes]));
        assert!(key(&of(24)).is_ok() && key(&of(64)).is_ok());
        for (text, expected) in [
            ("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned(), KeyError::Prefix),
            (String::new(), KeyError::Prefix),
            ("whsec_not!base64".to_owned(), KeyError::Base64),
            ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS".to_owned(), KeyError::Base64),
            (of(23), KeyError::Length { bytes: 23 }),
            (of(65), KeyError::Length { bytes: 65 }),
            ("whsec_".to_owned(), KeyError::Length { bytes: 0 }),
        ] {
            let error = key(&text).expect_err("no key");
            assert_eq!(error, expected);
            assert!(!error.to_string().contains("MfKQ") && !error.to_string().contains("not!"));
        }
        assert!(!format!("{:?}", key(&of(32))).contains("[7"));
    }
}
