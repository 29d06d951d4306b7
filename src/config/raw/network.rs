//! `[network]`, and the keys of a listing whose pages come over it, as typed.

use toml::Spanned;

use super::{Text, Texts};
use crate::config::fault::Findings;
use crate::config::read::{RawSecret, Section};

pub(in crate::config) const NETWORK: &[&str] = &[
    "user_agent",
    "contact",
    "gap",
    "concurrency",
    "connect_timeout",
    "answer_timeout",
    "page_timeout",
    "proxy",
    "extra_ca_file",
    "allow",
];
pub(in crate::config) const WEB: &[&str] = &[
    "url",
    "pages",
    "next_page",
    "max_followed",
    "allow_private",
    "robots",
    "user_agent",
    "headers",
    "basic_auth",
    "cookies",
    "proxy",
];

/// `[network]`.
#[derive(Default)]
pub(in crate::config) struct RawNetwork {
    pub(in crate::config) user_agent: Option<Text>,
    pub(in crate::config) contact: Option<Text>,
    pub(in crate::config) gap: Option<Text>,
    pub(in crate::config) concurrency: Option<Spanned<i64>>,
    pub(in crate::config) connect_timeout: Option<Text>,
    pub(in crate::config) answer_timeout: Option<Text>,
    pub(in crate::config) page_timeout: Option<Text>,
    pub(in crate::config) proxy: Option<RawSecret>,
    pub(in crate::config) extra_ca_file: Option<Text>,
    pub(in crate::config) allow: Option<Texts>,
}

impl RawNetwork {
    pub(super) fn read(section: &Section<'_>, findings: &mut Findings) -> Self {
        Self {
            user_agent: section.text("user_agent", findings),
            contact: section.text("contact", findings),
            gap: section.text("gap", findings),
            concurrency: section.number("concurrency", findings),
            connect_timeout: section.text("connect_timeout", findings),
            answer_timeout: section.text("answer_timeout", findings),
            page_timeout: section.text("page_timeout", findings),
            proxy: section.secret("proxy", findings),
            extra_ca_file: section.text("extra_ca_file", findings),
            allow: section.texts("allow", findings),
        }
    }
}

/// What a listing says of an address.
#[derive(Default)]
pub(in crate::config) struct RawWeb {
    pub(in crate::config) url: Option<Text>,
    pub(in crate::config) pages: Option<Text>,
    pub(in crate::config) next_page: Option<Result<Text, Spanned<bool>>>,
    pub(in crate::config) max_followed: Option<Spanned<i64>>,
    pub(in crate::config) allow_private: Option<Spanned<bool>>,
    pub(in crate::config) robots: Option<Spanned<bool>>,
    pub(in crate::config) user_agent: Option<Text>,
    pub(in crate::config) headers: Vec<(Text, RawSecret)>,
    pub(in crate::config) basic_auth: Option<RawSecret>,
    pub(in crate::config) cookies: Option<RawSecret>,
    pub(in crate::config) proxy: Option<RawSecret>,
}

impl RawWeb {
    pub(super) fn read(section: &Section<'_>, findings: &mut Findings) -> Self {
        Self {
            url: section.text("url", findings),
            pages: section.text("pages", findings),
            next_page: section.text_or_flag("next_page", findings),
            max_followed: section.number("max_followed", findings),
            allow_private: section.flag("allow_private", findings),
            robots: section.flag("robots", findings),
            user_agent: section.text("user_agent", findings),
            headers: section.secret_by_name("headers", findings),
            basic_auth: section.secret("basic_auth", findings),
            cookies: section.secret("cookies", findings),
            proxy: section.secret("proxy", findings),
        }
    }

    /// The places of its keys but for `url`, with their names.
    pub(in crate::config) fn keys(&self) -> Vec<(&'static str, std::ops::Range<usize>)> {
        let flag = |name, flag: &Option<Spanned<bool>>| flag.as_ref().map(|flag| (name, flag.span()));
        let secret = |name, raw: &Option<RawSecret>| raw.as_ref().map(|raw| (name, raw.span.clone()));
        let keys = [
            self.pages.as_ref().map(|text| ("pages", text.span())),
            self.next_page.as_ref().map(|next| ("next_page", span_of(next))),
            self.max_followed.as_ref().map(|number| ("max_followed", number.span())),
            flag("allow_private", &self.allow_private),
            flag("robots", &self.robots),
            self.user_agent.as_ref().map(|text| ("user_agent", text.span())),
            self.headers.first().map(|(name, _)| ("headers", name.span())),
            secret("basic_auth", &self.basic_auth),
            secret("cookies", &self.cookies),
            secret("proxy", &self.proxy),
        ];
        keys.into_iter().flatten().collect()
    }
}

/// Where a text stands, or the flag in its place.
pub(in crate::config) fn span_of(value: &Result<Text, Spanned<bool>>) -> std::ops::Range<usize> {
    match value {
        Ok(text) => text.span(),
        Err(flag) => flag.span(),
    }
}
