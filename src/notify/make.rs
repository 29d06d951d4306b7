//! What a sender is made of: addresses and secrets from where the config says they are, checked.

use super::error::TargetError;
use crate::delivery::{Chat, Letter, SigningKey, Templates};
use crate::model::TargetId;
use crate::model::listing::Program;
use crate::model::secret::Secret;
use crate::model::target::{Mail, SecretRef, TargetKind, TargetSpec, Way};
use crate::net::{Address, MailServer, Network, Policy};
use crate::secret::secret;

/// Where Telegram's bots are.
const TELEGRAM: &str = "https://api.telegram.org";

/// What messages of a target go through.
#[derive(Clone, Debug)]
pub(super) enum Through {
    /// Requests to an address.
    Web(Box<Address>, Chat),
    /// A mail server.
    Mail(Box<Post>),
    /// A program.
    Program(Program),
}

/// A mail server, who logs in there, and for whom the mail is.
#[derive(Clone, Debug)]
pub(super) struct Post {
    pub(super) server: MailServer,
    pub(super) login: Option<(Secret, Secret)>,
    pub(super) letter: Letter,
}

/// What is wrong with a target, found on the way.
pub(super) struct Making<'a> {
    pub(super) target: &'a TargetId,
    pub(super) faults: Vec<TargetError>,
    /// Every secret that was had.
    pub(super) secrets: Vec<Secret>,
}

impl Making<'_> {
    /// What messages go through; `None` after a fault.
    pub(super) fn through(
        &mut self,
        spec: &TargetSpec,
        policy: Policy,
        allowed: &[Network],
    ) -> Option<Through> {
        let kind = spec.kind();
        let (url, chat) = match &spec.way {
            Way::Generic { url, secrets } => {
                let keys: Vec<Option<SigningKey>> = secrets.iter().map(|place| self.key(place)).collect();
                (Some(url), keys.into_iter().collect::<Option<Vec<_>>>().map(Chat::Generic))
            }
            Way::Hook { url, .. } => (Some(url), Some(Chat::Hook(kind))),
            Way::Signed { url, secret, .. } => {
                let secret = self.optional("secret", secret.as_ref());
                (Some(url), secret.map(|secret| Chat::Signed(kind, secret)))
            }
            Way::Telegram { url, token, chat, topic } => {
                let (chat, topic) = (chat.clone(), *topic);
                (url.as_ref(), self.token(token).map(|token| Chat::Telegram { token, chat, topic }))
            }
            Way::Matrix { url, token, room } => {
                let room = room.clone();
                (Some(url), self.token(token).map(|token| Chat::Matrix { token, room }))
            }
            Way::Push { url, token, .. } if kind == TargetKind::Ntfy => {
                return self.ntfy(url, token.as_ref(), policy, allowed);
            }
            Way::Push { url, token, .. } => {
                let token = token.as_ref().and_then(|token| self.token(token));
                (Some(url), token.map(|token| Chat::Gotify { token }))
            }
            Way::Email(mail) => return self.mail(mail, policy, allowed),
            Way::Command(program) => return Some(Through::Program(program.clone())),
        };
        let address = self.address(url, policy, allowed);
        Some(Through::Web(Box::new(address?), chat?))
    }

    /// The operator's own words; none after a fault, too.
    pub(super) fn templates(&mut self, spec: &TargetSpec) -> Option<Templates> {
        match Templates::read(spec.kind(), &spec.wording) {
            Ok(templates) => templates,
            Err(source) => {
                self.faults.push(TargetError::BadTemplate { target: self.target.clone(), source });
                None
            }
        }
    }

    fn ntfy(
        &mut self,
        url: &SecretRef,
        token: Option<&SecretRef>,
        policy: Policy,
        allowed: &[Network],
    ) -> Option<Through> {
        let token = token.map(|token| self.token(token));
        let (address, topic) = match self.address(Some(url), policy, allowed)?.without_last() {
            Some(parts) => parts,
            None => {
                self.faults.push(TargetError::NoTopic { target: self.target.clone() });
                return None;
            }
        };
        let topic = Secret::new(topic);
        self.secrets.push(topic.clone());
        let token = match token {
            Some(token) => Some(token?),
            None => None,
        };
        Some(Through::Web(Box::new(address), Chat::Ntfy { topic, token }))
    }

    fn mail(&mut self, mail: &Mail, policy: Policy, allowed: &[Network]) -> Option<Through> {
        let target = || self.target.clone();
        let server = match secret(&mail.url) {
            Ok(text) => MailServer::parse(text.expose())
                .map_err(|source| TargetError::BadServer { target: target(), source }),
            Err(source) => Err(TargetError::NoUrl { target: target(), source }),
        };
        let server = server.and_then(|server| {
            let checked = server.check(policy, allowed);
            checked.map_err(|source| TargetError::Refused { target: target(), source }).map(|()| server)
        });
        let letter = Letter::new(&mail.from, &mail.to)
            .map_err(|source| TargetError::BadMail { target: target(), source });
        let server = server.map_err(|fault| self.faults.push(fault)).ok();
        let letter = letter.map_err(|fault| self.faults.push(fault)).ok();
        let user = self.optional("user", mail.user.as_ref());
        let password = self.optional("password", mail.password.as_ref());
        if let (Some(Some(user)), Some(Some(password))) = (&user, &password) {
            // As it is sent, for servers that repeat it (RFC 4616).
            self.secrets.push(Secret::new(format!("\0{}\0{}", user.expose(), password.expose())));
        }
        let login = user?.zip(password?);
        Some(Through::Mail(Box::new(Post { server: server?, login, letter: letter? })))
    }

    fn address(&mut self, url: Option<&SecretRef>, policy: Policy, allowed: &[Network]) -> Option<Address> {
        let target = || self.target.clone();
        let text = match url {
            Some(url) => secret(url).map_err(|source| TargetError::NoUrl { target: target(), source }),
            None => Ok(Secret::new(TELEGRAM.to_owned())),
        };
        let address = text.and_then(|text| {
            let address = Address::parse(text.expose())
                .map_err(|source| TargetError::BadUrl { target: target(), source })?;
            let checked = address.check(policy, allowed);
            checked.map_err(|source| TargetError::Refused { target: target(), source }).map(|()| address)
        });
        address.map_err(|fault| self.faults.push(fault)).ok()
    }

    fn key(&mut self, place: &SecretRef) -> Option<SigningKey> {
        let secret = self.secret("secret", place)?;
        let key = SigningKey::parse(&secret);
        key.map_err(|source| {
            self.faults.push(TargetError::BadSecret { target: self.target.clone(), source });
        })
        .ok()
    }

    /// A token, which stands in a header or a path.
    fn token(&mut self, place: &SecretRef) -> Option<Secret> {
        let token = self.secret("token", place)?;
        if token.expose().bytes().all(|b| b.is_ascii_graphic() && b != b'/') {
            return Some(token);
        }
        self.faults.push(TargetError::BadToken { target: self.target.clone(), key: "token" });
        None
    }

    /// A secret that need not be there; `None` after a fault.
    fn optional(&mut self, key: &'static str, place: Option<&SecretRef>) -> Option<Option<Secret>> {
        match place {
            Some(place) => self.secret(key, place).map(Some),
            None => Some(None),
        }
    }

    fn secret(&mut self, key: &'static str, place: &SecretRef) -> Option<Secret> {
        match secret(place) {
            Ok(found) => {
                self.secrets.push(found.clone());
                Some(found)
            }
            Err(source) => {
                self.faults.push(TargetError::NoSecret { target: self.target.clone(), key, source });
                None
            }
        }
    }
}
