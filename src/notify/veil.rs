//! Blotting out what a receiver repeats of a target's secrets.
//!
//! A receiver may write them otherwise than they were sent: percent-encoded or not, and escaped as JSON or HTML has it.
//! So both sides are unescaped before they are compared, and what is blotted out is what stands in the answer.

use std::fmt;
use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::model::secret::Secret;
use crate::net::Address;

/// Parts of an address that are shorter are not looked for by themselves, unless they look like no word: they would be
/// found everywhere.
const TELLING: usize = 8;

/// Of parts with a digit in them.
const TELLING_WITH_DIGIT: usize = 4;

/// Parts that the addresses of everybody have: they tell nothing, and articles may speak of services.
const COMMON: [&str; 7] =
    ["services", "webhooks", "webhookb2", "workflows", "triggers", "messages", "open-apis"];

/// How often something may be escaped: a URL inside JSON inside a page.
const DEPTH: usize = 4;

/// What a signing secret begins with.
const PREFIX: &str = "whsec_";

/// What stands in the place of a secret.
const BLOT: &str = "…";

/// What is not to be repeated. Its `Debug` form shows nothing.
#[derive(Clone)]
pub(super) struct Veil {
    /// Unescaped; the longest first, because a part of another one must not break that up before it is looked for.
    hidden: Vec<Vec<u8>>,
}

/// A byte, and where in the text it was made of stands.
type Byte = (u8, Range<usize>);

impl Veil {
    /// Of a target's address, as far as it has one, and its other secrets.
    pub(super) fn new(address: Option<&Address>, secrets: &[Secret]) -> Self {
        let url = address.map(Address::expose);
        let (path, query) =
            (url.map_or("", |url| url.path()), url.and_then(|url| url.query()).unwrap_or_default());
        let parts = path
            .split('/')
            .chain(query.split('&').map(|pair| pair.split_once('=').map_or(pair, |(_, value)| value)));
        let mut hidden: Vec<Vec<u8>> = parts.map(unescaped).filter(|part| is_telling(part)).collect();
        // As a whole, however short.
        let wholes = [format!("{path}?{query}"), path.to_owned(), query.to_owned()];
        hidden.extend(wholes.iter().map(|whole| unescaped(whole)).filter(|whole| whole.len() > 2));
        for secret in secrets {
            let text = secret.expose();
            // Without what tells a signing secret for one: a receiver may repeat it either way.
            let bare = text.strip_prefix(PREFIX).unwrap_or(text);
            hidden.push(unescaped(bare));
            // A bot's token is its number and the secret itself.
            hidden.extend(bare.split_once(':').map(|(_, key)| unescaped(key)).filter(|key| is_telling(key)));
            // As it is sent to a mail server.
            hidden.push(STANDARD.encode(bare).into_bytes());
        }
        hidden.retain(|key| !key.is_empty());
        hidden.sort_by_key(|part| std::cmp::Reverse(part.len()));
        hidden.dedup();
        Self { hidden }
    }

    /// The text without what is hidden.
    pub(super) fn over(&self, text: String) -> String {
        let bytes = bytes_of(&text);
        let plain: Vec<u8> = bytes.iter().map(|(byte, _)| *byte).collect();
        let mut blots: Vec<Range<usize>> = Vec::new();
        let mut at = 0;
        while at < plain.len() {
            let found = self.hidden.iter().find(|part| plain[at..].starts_with(part));
            let Some(found) = found else {
                at += 1;
                continue;
            };
            blots.push(bytes[at].1.start..bytes[at + found.len() - 1].1.end);
            at += found.len();
        }
        if blots.is_empty() {
            return text;
        }
        let mut shown = String::with_capacity(text.len());
        let mut from = 0;
        for blot in blots {
            shown.push_str(text.get(from..blot.start).unwrap_or_default());
            shown.push_str(BLOT);
            from = blot.end;
        }
        shown.push_str(text.get(from..).unwrap_or_default());
        shown
    }
}

impl fmt::Debug for Veil {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Veil").finish_non_exhaustive()
    }
}

/// Whether a part of an address is one by which somebody else could use it.
fn is_telling(part: &[u8]) -> bool {
    let least = if part.iter().any(u8::is_ascii_digit) { TELLING_WITH_DIGIT } else { TELLING };
    part.len() >= least && COMMON.iter().all(|common| common.as_bytes() != part)
}

fn unescaped(text: &str) -> Vec<u8> {
    bytes_of(text).into_iter().map(|(byte, _)| byte).collect()
}

/// The bytes of a text, unescaped as often as it may be escaped.
fn bytes_of(text: &str) -> Vec<Byte> {
    let mut bytes: Vec<Byte> = text.bytes().enumerate().map(|(at, byte)| (byte, at..at + 1)).collect();
    for _ in 0..DEPTH {
        let before = bytes.len();
        bytes = unescaped_once(&bytes);
        if bytes.len() == before {
            break;
        }
    }
    bytes
}

fn unescaped_once(bytes: &[Byte]) -> Vec<Byte> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some((byte, place)) = bytes.get(at) {
        if let Some((length, meant)) = escape(&bytes[at..]) {
            let place = place.start..bytes[at + length - 1].1.end;
            out.extend(meant.into_iter().map(|byte| (byte, place.clone())));
            at += length;
        } else {
            // In a query, one stands for the other.
            out.push((if *byte == b'+' { b' ' } else { *byte }, place.clone()));
            at += 1;
        }
    }
    out
}

/// How long the escape is that a text begins with, and what it means: `%2F`, `\/`, `\u002f`, `\x2f`, `&amp;`, `&#47;`.
fn escape(bytes: &[Byte]) -> Option<(usize, Vec<u8>)> {
    let byte = |at: usize| bytes.get(at).map(|(byte, _)| *byte);
    let number = |range: Range<usize>, radix: u32| {
        let digits: String = bytes.get(range)?.iter().map(|(byte, _)| char::from(*byte)).collect();
        u32::from_str_radix(&digits, radix).ok().filter(|_| !digits.starts_with('+'))
    };
    let char = |code: u32| {
        let meant = char::from_u32(code)?;
        Some(meant.encode_utf8(&mut [0; 4]).as_bytes().to_vec())
    };
    match (byte(0)?, byte(1)?) {
        (b'%', _) => Some((3, vec![u8::try_from(number(1..3, 16)?).ok()?])),
        (b'\\', b'u') => Some((6, char(number(2..6, 16)?)?)),
        (b'\\', b'x') => Some((4, char(number(2..4, 16)?)?)),
        (b'\\', meant @ (b'/' | b'"' | b'\\')) => Some((2, vec![meant])),
        (b'&', next) => {
            let end = bytes.iter().take(10).position(|(byte, _)| *byte == b';')?;
            let name: Vec<u8> = bytes[1..end].iter().map(|(byte, _)| *byte).collect();
            let meant = match name.as_slice() {
                b"amp" => vec![b'&'],
                b"quot" => vec![b'"'],
                b"lt" => vec![b'<'],
                b"gt" => vec![b'>'],
                _ if next != b'#' => return None,
                [_, b'x' | b'X', ..] => char(number(3..end, 16)?)?,
                _ => char(number(2..end, 10)?)?,
            };
            Some((end + 1, meant))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn veil(url: &str) -> Veil {
        let secrets = [Secret::new("whsec_a+b/c3VyZWx5IGEga2V5".to_owned())];
        Veil::new(Some(&Address::parse(url).expect("an address")), &secrets)
    }

    const URL: &str =
        "https://example.org/T0/s3cret%20path/x?key=s3cret%2Fquery%3D&b=%C3%A9t%C3%A9s+caf%C3%A9";

    #[test]
    fn what_everybody_knows_of_an_address_is_no_secret() {
        let veil = veil("https://hooks.slack.com/services/T024BE7LD/B024BE7LE/XMcqM8iYpR4Zt0");
        let told = veil
            .over("Microservices: no B024BE7LE at /services/T024BE7LD/B024BE7LE/XMcqM8iYpR4Zt0".to_owned());
        assert_eq!(told, "Microservices: no … at …");
    }

    #[test]
    fn f132_what_is_repeated_is_blotted_out_however_it_is_written() {
        let veil = veil(URL);
        for said in [
            "no hook s3cret%20path here",
            "no hook s3cret path here",
            "no hook s3cret+path here",
            "no hook /T0/s3cret%20path/x here",
            "no hook /T0/s3cret path/x here",
            r#"no hook \/T0\/s3cret path\/x here"#,
            r#"no hook \u002FT0\u002fs3cret\u0020path\x2fx here"#,
            "no hook &#47;T0&#x2F;s3cret path&#x2f;x here",
            "no hook %2FT0%2Fs3cret%2520path%2Fx here",
            "no hook s3cret/query= here",
            "no hook s3cret%2fquery%3d here",
            r"no hook s3cret\/query\u003d here",
            "no hook /T0/s3cret%20path/x?key=s3cret%2Fquery%3D&b=%C3%A9t%C3%A9s+caf%C3%A9 here",
            r"no hook \/T0\/s3cret%20path\/x?key=s3cret%2Fquery%3D\u0026b=%C3%A9t%C3%A9s+caf%C3%A9 here",
            "no hook /T0/s3cret path/x?key=s3cret/query=&amp;b=étés café here",
            "no hook étés café here",
            r"no hook \u00e9t\u00e9s caf\u00e9 here",
            "no hook a+b/c3VyZWx5IGEga2V5 here",
            r"no hook a+b\/c3VyZWx5IGEga2V5 here",
            "no hook a%2Bb%2Fc3VyZWx5IGEga2V5 here",
        ] {
            assert_eq!(veil.over(said.to_owned()), "no hook … here", "{said}");
        }
        assert_eq!(veil.over("whsec_a+b/c3VyZWx5IGEga2V5".to_owned()), "whsec_…");
        assert!(!format!("{veil:?}").contains("s3cret"));
    }

    #[test]
    fn f132_short_paths_are_hidden_as_a_whole_and_short_words_are_not() {
        let veil = veil("https://example.org/hook/ab12?t=9z");
        assert_eq!(veil.over("no /hook/ab12, no ab12, a hook".to_owned()), "no …, no …, a hook");
        assert_eq!(veil.over("POST /hook/ab12?t=9z failed".to_owned()), "POST … failed");
        let bare = super::tests::veil("https://example.org/");
        assert_eq!(bare.over("a / b ? c".to_owned()), "a / b ? c");
    }

    #[test]
    fn what_is_no_escape_stays_as_it_is() {
        let veil = veil(URL);
        for said in [
            "",
            "100 %",
            "%zz %1",
            "\\",
            "\\u00",
            "\\ud800",
            "&",
            "&;",
            "&#;",
            "&#x;",
            "&#x110000;",
            "&nbsp; é 日本",
        ] {
            assert_eq!(veil.over(said.to_owned()), said);
        }
        for cut in 0..URL.len() {
            veil.over(URL[cut..].to_owned());
            veil.over(format!("é{}", &URL[..cut]));
        }
    }
}
