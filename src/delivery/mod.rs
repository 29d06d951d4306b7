//! Deliveries on their way to a receiver: how a message is written, signed, tried again, and when many become one.
//!
//! Values in, values out: the bytes of a message are a function of the delivery and the address that everything is
//! published under, so every try sends the same; `now` and the chance that spreads tries are arguments. Sending
//! itself is `net`'s, and which messages are owed is the store's.

mod body;
mod burst;
mod chat;
mod dialect;
mod digest;
mod fit;
mod mail;
mod notice;
mod pace;
mod quiet;
mod retry;
mod sign;
mod template;

pub use body::{BODY_BYTES, body};
pub use burst::{Plan, plan};
pub use chat::{Chat, Heard, Outgoing};
pub use digest::{Digest, Gather, Manner, gather, sent_at};
pub use mail::{Letter, MailError};
pub use pace::{Pacer, Rule, rules};
pub use quiet::{QUIET_MOST, quiet_until};
pub use retry::{Judged, TRIES, judge, verdict};
pub use sign::{KeyError, SigningKey, headers};
pub use template::{Part, TemplateFault, Templates, Words, faults as template_faults};
