//! A delivery as mail (RFC 5322): plain text, and the same in HTML.

use std::time::{Duration, SystemTime};

use lettre::Address;
use lettre::address::Envelope;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MultiPart, MultiPartKind, SinglePart};

use super::dialect::{Dialect, HTML, PLAIN, bytes};
use super::notice::Notice;
use super::template::Words;
use crate::model::Delivery;

/// Bytes of each form of the text.
pub(super) const TEXT: usize = 40_000;
/// Bytes of the subject.
const SUBJECT: usize = 200;

/// Whom mail is from, and to whom it goes.
#[derive(Clone, Debug)]
pub struct Letter {
    from: Mailbox,
    to: Vec<Mailbox>,
}

/// Why mail cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// An address is none.
    #[error("`{key}`: `{text}` is no mail address; such as `news@example.org` or `News <news@example.org>`")]
    Address {
        /// The key of the config.
        key: &'static str,
        /// What stands there.
        text: String,
    },
    /// The writer failed, which no text can cause.
    #[error("the mail could not be written: {0}")]
    Write(#[from] lettre::error::Error),
}

impl Letter {
    /// Reads the addresses: `news@example.org`, `News <news@example.org>`.
    ///
    /// # Errors
    /// [`MailError::Address`], the first of them.
    pub fn new(from: &str, to: &[String]) -> Result<Self, MailError> {
        let mailbox = |key, text: &str| {
            text.parse::<Mailbox>().map_err(|_| MailError::Address { key, text: text.to_owned() })
        };
        let to = to.iter().map(|text| mailbox("to", text)).collect::<Result<_, _>>()?;
        Ok(Self { from: mailbox("from", from)?, to })
    }

    /// The mail of a delivery, and for whom the server is to take it; in the operator's `own` words, where there are any, as
    /// plain text alone. Its `Message-ID` is made of the delivery's id, and the
    /// bytes are the same in every try.
    ///
    /// # Errors
    /// [`MailError::Write`].
    pub fn write(
        &self,
        delivery: &Delivery,
        own: Option<&Words>,
        base_url: &str,
    ) -> Result<(Envelope, Vec<u8>), MailError> {
        let notice = Notice::of(delivery, base_url).worded(own);
        let id = format!("<{}@{}>", delivery.id, self.from.email.domain());
        let born = SystemTime::UNIX_EPOCH
            + Duration::from_secs(u64::try_from(delivery.born.unix()).unwrap_or_default());
        let automatic =
            HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned());
        let mut builder = Message::builder()
            .from(self.from.clone())
            .subject(PLAIN.cut(&notice.subject(), SUBJECT))
            .date(born)
            .message_id(Some(id))
            .raw_header(automatic);
        for to in &self.to {
            builder = builder.to(to.clone());
        }
        let html = Dialect { size: bytes, ..HTML };
        let plain = Dialect { link: |text, url| format!("{text}\n  {url}"), ..PLAIN };
        let html = format!("<!DOCTYPE html><html><body>{}</body></html>\n", html.whole(&notice, TEXT));
        let parts = MultiPart::builder()
            .kind(MultiPartKind::Alternative)
            // One by chance would make the bytes of each try others.
            .boundary(format!("tidings-{}", delivery.id))
            .singlepart(SinglePart::plain(plain.whole(&notice, TEXT) + "\n"))
            .singlepart(SinglePart::html(html));
        let message = match &notice.own.text {
            Some(text) => builder.singlepart(SinglePart::plain(format!("{text}\n")))?,
            None => builder.multipart(parts)?,
        };
        let to: Vec<Address> = self.to.iter().map(|to| to.email.clone()).collect();
        Ok((Envelope::new(Some(self.from.email.clone()), to)?, message.formatted()))
    }
}
