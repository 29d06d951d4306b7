//! One target: where its messages go, and how.

use std::fmt;

use super::error::{TargetError, TryError};
use super::mail;
use super::make::{Making, Post, Through};
use super::veil::Veil;
use crate::delivery::{Chat, Outgoing, body};
use crate::model::listing::Program;
use crate::model::target::{TargetKind, TargetSpec};
use crate::model::text::one_line;
use crate::model::{Answer, Delivery, TargetId, Timestamp};
use crate::net::{Address, Client, Network, Policy};
use crate::program::{self, Task};

/// Bytes that a program may write to its standard output; nobody reads them.
const OUTPUT: u64 = 64 * 1024;

/// Sends messages to one target. Its `Debug` form shows nothing secret.
#[derive(Clone)]
pub struct Sender {
    target: TargetId,
    kind: TargetKind,
    through: Through,
    policy: Policy,
    client: Client,
    /// What a receiver may say back to us, and nobody should read in a log.
    veil: Veil,
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
    let mut making = Making { target: &spec.rule.id, faults: Vec::new(), secrets: Vec::new() };
    let _ = making.through(spec, Policy { allow_private: spec.allow_private }, allowed);
    making.faults.retain(|fault| !fault.is_missing());
    making.faults
}

impl Sender {
    /// Gets the target's address and secrets from where they are, and checks them.
    ///
    /// # Errors
    /// All that is wrong with the target.
    pub fn new(spec: &TargetSpec, client: Client) -> Result<Self, Vec<TargetError>> {
        let policy = Policy { allow_private: spec.allow_private };
        let mut making = Making { target: &spec.rule.id, faults: Vec::new(), secrets: Vec::new() };
        let through = making.through(spec, policy, client.allowed());
        let Some(through) = through.filter(|_| making.faults.is_empty()) else { return Err(making.faults) };
        let address = match &through {
            Through::Web(address, _) => Some(&**address),
            Through::Mail(_) | Through::Program(_) => None,
        };
        let veil = Veil::new(address, &making.secrets);
        Ok(Self { target: spec.rule.id.clone(), kind: spec.kind(), through, policy, client, veil })
    }

    /// The target.
    #[must_use]
    pub fn target(&self) -> &TargetId {
        &self.target
    }

    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> TargetKind {
        self.kind
    }

    /// Where messages go, as far as it may be shown: scheme, host and port, or a program's name.
    #[must_use]
    pub fn origin(&self) -> String {
        match &self.through {
            Through::Web(address, _) => address.origin(),
            Through::Mail(post) => post.server.origin(),
            Through::Program(program) => name(program),
        }
    }

    /// Tries a delivery once, at `now`, and gives the receiver's answer, whatever it is. Secrets of the target that the
    /// receiver repeats are blotted out of it.
    ///
    /// Repeating it is harmless where the kind has ids: the id and the body are the same each time.
    ///
    /// # Errors
    /// [`TryError`] when there was no answer; the receiver may have got the message all the same.
    pub async fn send(
        &self,
        delivery: &Delivery,
        base_url: &str,
        now: Timestamp,
    ) -> Result<Answer, TryError> {
        let mut answer = match &self.through {
            Through::Web(address, chat) => self.request(address, chat, delivery, base_url, now).await?,
            Through::Mail(post) => self.mail(post, delivery, base_url).await?,
            Through::Program(program) => self.run(program, delivery, base_url).await?,
        };
        answer.text = self.veil.over(std::mem::take(&mut answer.text));
        Ok(answer)
    }

    async fn request(
        &self,
        address: &Address,
        chat: &Chat,
        delivery: &Delivery,
        base_url: &str,
        now: Timestamp,
    ) -> Result<Answer, TryError> {
        let Outgoing { put, path, query, headers, body } = chat.write(delivery, base_url, now)?;
        let address = address.with(&path, &query);
        Ok(match put {
            true => self.client.put(&address, &headers, body, self.policy).await?,
            false => self.client.post(&address, &headers, body, self.policy).await?,
        })
    }

    async fn mail(&self, post: &Post, delivery: &Delivery, base_url: &str) -> Result<Answer, TryError> {
        let (envelope, bytes) = post.letter.write(delivery, base_url)?;
        let at = self.client.mail_address(&post.server, self.policy).await?;
        let login = post.login.as_ref().map(|(user, password)| (user, password));
        Ok(mail::give(&post.server, at, login, self.client.extra_ca(), (&envelope, &bytes)).await?)
    }

    async fn run(&self, program: &Program, delivery: &Delivery, base_url: &str) -> Result<Answer, TryError> {
        let input = body(delivery, base_url)?;
        let id = delivery.id.to_string();
        let env = [("TIDINGS_TARGET", self.target.as_str()), ("TIDINGS_DELIVERY", id.as_str())];
        let task = Task { env: &env, input: Some(input), most: OUTPUT };
        let ended = program::run(program, task).await;
        let ended = ended.map_err(|source| TryError::Program { program: name(program), source })?;
        Ok(Answer { status: program::status(ended.status), retry_after: None, text: ended.said })
    }

    /// What would be sent, byte for byte, but for the target's secrets: the address behind its host, tokens, and what a
    /// page happens to have in common with them.
    ///
    /// # Errors
    /// [`TryError`] when it cannot be written.
    pub fn preview(&self, delivery: &Delivery, base_url: &str, now: Timestamp) -> Result<String, TryError> {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        let shown = match &self.through {
            Through::Web(address, chat) => {
                let outgoing = chat.write(delivery, base_url, now)?;
                let method = if outgoing.put { "PUT" } else { "POST" };
                let mut shown = format!("{method} {}/…\n", address.origin());
                for (name, value) in &outgoing.headers {
                    shown.push_str(&format!("{name}: {value}\n"));
                }
                shown.push('\n');
                shown + &text(outgoing.body)
            }
            Through::Mail(post) => text(post.letter.write(delivery, base_url)?.1),
            Through::Program(_) => text(body(delivery, base_url)?),
        };
        Ok(self.veil.over(shown))
    }
}

fn name(program: &Program) -> String {
    one_line(program.command.first().map_or("", String::as_str))
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender")
            .field("target", &self.target)
            .field("kind", &self.kind)
            .field("origin", &self.origin())
            .finish_non_exhaustive()
    }
}
