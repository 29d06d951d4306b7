//! One target: where its messages go, and how.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::error::{TargetError, TryError};
use super::mail;
use super::make::{Making, Post, Through};
use super::veil::Veil;
use crate::delivery::{Chat, Outgoing, Templates, Words, body};
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
    /// The operator's own words.
    templates: Option<Templates>,
    /// Whether it was said that they fail.
    said: Arc<AtomicBool>,
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
        let templates = making.templates(spec);
        let Some(through) = through.filter(|_| making.faults.is_empty()) else { return Err(making.faults) };
        let address = match &through {
            Through::Web(address, _) => Some(&**address),
            Through::Mail(_) | Through::Program(_) => None,
        };
        let veil = Veil::new(address, &making.secrets);
        let (target, kind, said) = (spec.rule.id.clone(), spec.kind(), Arc::default());
        Ok(Self { target, kind, through, policy, client, veil, templates, said })
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
        let own = self.words(delivery, base_url);
        let told = (delivery, own.as_ref(), base_url);
        let mut answer = match &self.through {
            Through::Web(address, chat) => self.request(address, chat, told, now).await?,
            Through::Mail(post) => self.mail(post, told).await?,
            Through::Program(program) => self.run(program, told).await?,
        };
        answer.text = self.veil.over(std::mem::take(&mut answer.text));
        Ok(answer)
    }

    async fn request(
        &self,
        address: &Address,
        chat: &Chat,
        (delivery, own, base_url): Told<'_>,
        now: Timestamp,
    ) -> Result<Answer, TryError> {
        let Outgoing { put, path, query, headers, body } = chat.write(delivery, own, base_url, now)?;
        let address = address.with(&path, &query);
        Ok(match put {
            true => self.client.put(&address, &headers, body, self.policy).await?,
            false => self.client.post(&address, &headers, body, self.policy).await?,
        })
    }

    async fn mail(&self, post: &Post, (delivery, own, base_url): Told<'_>) -> Result<Answer, TryError> {
        let (envelope, bytes) = post.letter.write(delivery, own, base_url)?;
        let at = self.client.mail_address(&post.server, self.policy).await?;
        let login = post.login.as_ref().map(|(user, password)| (user, password));
        Ok(mail::give(&post.server, at, login, self.client.extra_ca(), (&envelope, &bytes)).await?)
    }

    async fn run(&self, program: &Program, told: Told<'_>) -> Result<Answer, TryError> {
        let (input, delivery) = (input(told)?, told.0);
        let id = delivery.id.to_string();
        let env = [("TIDINGS_TARGET", self.target.as_str()), ("TIDINGS_DELIVERY", id.as_str())];
        let task = Task { env: &env, input: Some(input), most: OUTPUT };
        let ended = program::run(program, task).await;
        let ended = ended.map_err(|source| TryError::Program { program: name(program), source })?;
        Ok(Answer { status: program::status(ended.status), retry_after: None, text: ended.said })
    }

    /// The operator's own words for a delivery; none where they fail, which is said once.
    fn words(&self, delivery: &Delivery, base_url: &str) -> Option<Words> {
        match self.templates.as_ref()?.words(delivery, base_url) {
            Ok(words) => Some(words),
            Err(fault) => {
                if !self.said.swap(true, Ordering::Relaxed) {
                    tracing::warn!(
                        target_id = self.target.as_str(),
                        delivery = %delivery.id,
                        reason = %fault,
                        "a template failed, so the usual words are sent; `tidings deliveries preview` shows what it makes"
                    );
                }
                None
            }
        }
    }

    /// What is wrong with the operator's own words for a delivery, so that the usual ones are sent.
    #[must_use]
    pub fn template_fault(&self, delivery: &Delivery, base_url: &str) -> Option<String> {
        let words = self.templates.as_ref()?.words(delivery, base_url);
        words.err().map(|fault| fault.to_string())
    }

    /// What would be sent, byte for byte, but for the target's secrets: the address behind its host, tokens, and what a
    /// page happens to have in common with them. The usual words where the operator's own fail.
    ///
    /// # Errors
    /// [`TryError`] when it cannot be written.
    pub fn preview(&self, delivery: &Delivery, base_url: &str, now: Timestamp) -> Result<String, TryError> {
        let own = self.templates.as_ref().and_then(|templates| templates.words(delivery, base_url).ok());
        let own = own.as_ref();
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        let shown = match &self.through {
            Through::Web(address, chat) => {
                let outgoing = chat.write(delivery, own, base_url, now)?;
                let method = if outgoing.put { "PUT" } else { "POST" };
                let mut shown = format!("{method} {}/…\n", address.origin());
                for (name, value) in &outgoing.headers {
                    shown.push_str(&format!("{name}: {value}\n"));
                }
                shown.push('\n');
                shown + &text(outgoing.body)
            }
            Through::Mail(post) => text(post.letter.write(delivery, own, base_url)?.1),
            Through::Program(_) => text(input((delivery, own, base_url))?),
        };
        Ok(self.veil.over(shown))
    }
}

/// A delivery, the operator's own words for it, and what addresses of ours are below.
type Told<'t> = (&'t Delivery, Option<&'t Words>, &'t str);

/// What a program is given on its standard input.
fn input((delivery, own, base_url): Told<'_>) -> Result<Vec<u8>, serde_json::Error> {
    match own.and_then(Words::text) {
        Some(own) => Ok(own.as_bytes().to_vec()),
        None => body(delivery, base_url),
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
