//! One target: where its messages go, and how.

use std::fmt;

use super::veil::Veil;
use crate::delivery::{KeyError, SigningKey, body, headers};
use crate::model::secret::Secret;
use crate::model::target::{SecretRef, TargetKind, TargetSpec};
use crate::model::{Answer, Delivery, TargetId, Timestamp};
use crate::net::{Address, AddressError, Client, Network, Policy, Refusal, SendError};
use crate::secret::{SecretError, secret};

/// Sends messages to one target. Its `Debug` form shows nothing secret.
#[derive(Clone)]
pub struct Sender {
    target: TargetId,
    kind: TargetKind,
    address: Address,
    keys: Vec<SigningKey>,
    policy: Policy,
    client: Client,
    /// What a receiver may say back to us, and nobody should read in a log.
    veil: Veil,
}

/// Why a target cannot work. Says which and what to do; shows no secret.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// Its address cannot be had.
    #[error("target `{target}`, `url`: {source}")]
    NoUrl {
        /// The target.
        target: TargetId,
        /// Why.
        source: SecretError,
    },
    /// Its address is none.
    #[error("target `{target}`, `url`: {source}")]
    BadUrl {
        /// The target.
        target: TargetId,
        /// Why.
        source: AddressError,
    },
    /// Its address may not be reached.
    #[error("target `{target}`, `url`: {source}")]
    Refused {
        /// The target.
        target: TargetId,
        /// Why.
        source: Refusal,
    },
    /// A signing secret cannot be had.
    #[error("target `{target}`, `secret`: {source}")]
    NoSecret {
        /// The target.
        target: TargetId,
        /// Why.
        source: SecretError,
    },
    /// A signing secret is no key.
    #[error("target `{target}`, `secret`: {source}")]
    BadSecret {
        /// The target.
        target: TargetId,
        /// Why.
        source: KeyError,
    },
}

/// A try got no answer.
#[derive(Debug, thiserror::Error)]
pub enum TryError {
    /// The message could not be written, which no text can cause.
    #[error("the message could not be written: {0}")]
    Body(#[from] serde_json::Error),
    /// It was written, and not answered.
    #[error(transparent)]
    Send(#[from] SendError),
}

/// A sender for each target, in their order.
///
/// # Errors
/// All faults of all of them.
pub fn senders(specs: &[TargetSpec], client: &Client) -> Result<Vec<Sender>, Vec<TargetError>> {
    let mut faults = Vec::new();
    let mut made = Vec::new();
    for spec in specs {
        match Sender::new(spec, client.clone()) {
            Ok(sender) => made.push(sender),
            Err(found) => faults.extend(found),
        }
    }
    if faults.is_empty() { Ok(made) } else { Err(faults) }
}

/// What is wrong with a target's address and secrets as they are to be had here. What is not to be had is another
/// matter, because it may be elsewhere, and is left out. `allowed` are networks that the operator named.
#[must_use]
pub fn faults(spec: &TargetSpec, allowed: &[Network]) -> Vec<TargetError> {
    let policy = Policy { allow_private: spec.allow_private };
    let keys = spec.secrets.iter().filter_map(|place| key(spec, place).err());
    let found = address(spec, policy, allowed).err().into_iter().chain(keys);
    found.filter(|fault| !matches!(fault, TargetError::NoUrl { .. } | TargetError::NoSecret { .. })).collect()
}

impl Sender {
    /// Gets the target's address and keys from where they are, and checks them.
    ///
    /// # Errors
    /// All that is wrong with the target.
    pub fn new(spec: &TargetSpec, client: Client) -> Result<Self, Vec<TargetError>> {
        let policy = Policy { allow_private: spec.allow_private };
        let mut faults = Vec::new();
        let address = address(spec, policy, client.allowed()).map_err(|fault| faults.push(fault)).ok();
        let found: Vec<(Secret, SigningKey)> = spec
            .secrets
            .iter()
            .filter_map(|place| key(spec, place).map_err(|fault| faults.push(fault)).ok())
            .collect();
        let Some(address) = address.filter(|_| faults.is_empty()) else { return Err(faults) };
        let (secrets, keys): (Vec<Secret>, Vec<SigningKey>) = found.into_iter().unzip();
        let veil = Veil::new(&address, &secrets);
        let (target, kind) = (spec.rule.id.clone(), spec.kind);
        Ok(Self { target, kind, address, keys, policy, client, veil })
    }

    /// The target.
    #[must_use]
    pub fn target(&self) -> &TargetId {
        &self.target
    }

    /// Where messages go, as far as it may be shown: scheme, host and port.
    #[must_use]
    pub fn origin(&self) -> String {
        self.address.origin()
    }

    /// Tries a delivery once, signed for `now`, and gives the receiver's answer, whatever it is. Secrets of the target
    /// that the receiver repeats are blotted out of it.
    ///
    /// Repeating it is harmless: the id and the body are the same each time.
    ///
    /// # Errors
    /// [`TryError`] when there was no answer; the receiver may have got the message all the same.
    pub async fn send(
        &self,
        delivery: &Delivery,
        base_url: &str,
        now: Timestamp,
    ) -> Result<Answer, TryError> {
        let (body, headers) = match self.kind {
            TargetKind::Generic => {
                let body = body(delivery, base_url)?;
                let mut headers = headers(&self.keys, delivery.id, now, &body);
                headers.push(("content-type", "application/json".to_owned()));
                (body, headers)
            }
        };
        let mut answer = self.client.post(&self.address, &headers, body, self.policy).await?;
        answer.text = self.veil.over(std::mem::take(&mut answer.text));
        Ok(answer)
    }
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender")
            .field("target", &self.target)
            .field("kind", &self.kind)
            .field("origin", &self.address.origin())
            .finish_non_exhaustive()
    }
}

fn address(spec: &TargetSpec, policy: Policy, allowed: &[Network]) -> Result<Address, TargetError> {
    let target = || spec.rule.id.clone();
    let text = secret(&spec.url).map_err(|source| TargetError::NoUrl { target: target(), source })?;
    let address =
        Address::parse(text.expose()).map_err(|source| TargetError::BadUrl { target: target(), source })?;
    address.check(policy, allowed).map_err(|source| TargetError::Refused { target: target(), source })?;
    Ok(address)
}

fn key(spec: &TargetSpec, place: &SecretRef) -> Result<(Secret, SigningKey), TargetError> {
    let target = || spec.rule.id.clone();
    let secret = secret(place).map_err(|source| TargetError::NoSecret { target: target(), source })?;
    let key =
        SigningKey::parse(&secret).map_err(|source| TargetError::BadSecret { target: target(), source })?;
    Ok((secret, key))
}
