//! Where secrets are to be had. No fault shows one.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Checker;
use crate::config::fault::Findings;
use crate::config::hide::{PREFIX, is_name, is_variable};
use crate::config::raw::{RawConfig, RawSecret, Source, Text};
use crate::model::secret::Secret;
use crate::model::target::SecretRef;

/// The greatest number of secrets of one target.
const MAX_SECRETS: usize = 4;
/// Bytes of a signing key, as Standard Webhooks 1.0 bounds them.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;
/// How to make one.
const MAKE: &str = "`echo whsec_$(openssl rand -base64 32)` makes one";

/// Warns of secrets in a file that everybody on the machine can read.
pub(in crate::config) fn warn_of_secrets(raw: &RawConfig, findings: &mut Findings) {
    let secrets = raw.targets.iter().flat_map(|target| {
        let signing = target.secret.iter().flat_map(|list| list.get_ref());
        signing.chain(&target.token).chain(&target.password)
    });
    let web = raw.listings.iter().flat_map(|listing| {
        let web = &listing.web;
        let headers = web.headers.iter().map(|(_, value)| value);
        headers.chain(&web.basic_auth).chain(&web.cookies)
    });
    for secret in secrets.chain(web).filter(|secret| matches!(secret.source, Some(Source::Given(_)))) {
        let warning = findings.warn(secret.span.clone(), "everybody on this machine can read this secret");
        warning.hint("`chmod o-r` the config, or name a variable: `{ env = \"ALERT_SECRET\" }`");
    }
}

impl Checker<'_> {
    /// What a target signs with: 1 to 4 secrets.
    pub(super) fn signing(&mut self, raw: &toml::Spanned<Vec<RawSecret>>) -> Vec<SecretRef> {
        let count = raw.get_ref().len();
        if count == 0 || count > MAX_SECRETS {
            let message = format!("`secret` holds {count} secrets");
            self.findings
                .fault(raw.span(), message)
                .hint(format!("from 1 to {MAX_SECRETS}, all used at once"));
        }
        let secrets = raw.get_ref().iter().take(MAX_SECRETS);
        secrets
            .filter_map(|secret| {
                if let Some(Source::Given(text)) = &secret.source
                    && let Err(message) = signing_key(text)
                {
                    let hint = match text.strip_prefix('$') {
                        Some(_) => "a variable is `secret = { env = \"NAME\" }`",
                        None => MAKE,
                    };
                    self.findings.fault(secret.span.clone(), message).hint(hint);
                }
                self.source(secret)
            })
            .collect()
    }

    /// Where a secret is to be had; `None` after a fault.
    pub(super) fn source(&mut self, raw: &RawSecret) -> Option<SecretRef> {
        match raw.source.as_ref()? {
            Source::Given(text) => Some(SecretRef::Given(Secret::new(text.clone()))),
            Source::Env(name) => {
                self.named(name, is_variable, "`env` is no name of a variable", "such as `ALERT_URL`")?;
                Some(SecretRef::Env(name.get_ref().clone()))
            }
            Source::File(path) => {
                self.named(path, is_name, "`file` is no path", "such as `/etc/tidings/alert-url`")?;
                Some(SecretRef::File(self.absolute(path.get_ref())))
            }
            Source::Credential(name) => {
                let hint = "such as `alert-url`, as `LoadCredential=` of systemd calls it";
                self.named(name, is_credential, "`credential` is no name of a credential", hint)?;
                Some(SecretRef::Credential(name.get_ref().clone()))
            }
        }
    }

    fn named(&mut self, text: &Text, fits: fn(&str) -> bool, message: &str, hint: &str) -> Option<()> {
        if fits(text.get_ref()) {
            return Some(());
        }
        self.findings.fault(text.span(), message).hint(hint);
        None
    }
}

/// A file name, as systemd takes it.
fn is_credential(text: &str) -> bool {
    is_name(text) && text.len() <= 255 && !text.contains('/') && text != "." && text != ".."
}

/// Whether `text` is a key that messages can be signed with, or what is wrong with it.
fn signing_key(text: &str) -> Result<(), String> {
    let Some(base64) = text.strip_prefix(PREFIX) else {
        return Err(format!("the secret does not begin with `{PREFIX}`"));
    };
    let Ok(key) = STANDARD.decode(base64) else {
        return Err(format!("what follows `{PREFIX}` is not base64"));
    };
    if KEY_BYTES.contains(&key.len()) {
        return Ok(());
    }
    Err(format!(
        "the secret holds {} bytes, a key has from {} to {}",
        key.len(),
        KEY_BYTES.start(),
        KEY_BYTES.end()
    ))
}
