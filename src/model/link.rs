//! The canonical form of a link: what two addresses of one article have in common.
//!
//! Folded: scheme (http and https are one), default port, case and trailing dot of the host, fragment,
//! tracking parameters, needless percent signs, an empty query. Not folded, because it may tell two articles
//! apart: trailing slash, `www.`, `index.html`, case of the path, order of parameters.

use url::Url;

/// Query parameters that only say where a click came from.
const TRACKING: &[&str] = &[
    "fbclid",
    "gclid",
    "gclsrc",
    "dclid",
    "gbraid",
    "wbraid",
    "msclkid",
    "yclid",
    "ttclid",
    "twclid",
    "li_fat_id",
    "igshid",
    "igsh",
    "mc_cid",
    "mc_eid",
    "mkt_tok",
    "vero_id",
    "oly_anon_id",
    "oly_enc_id",
    "_hsenc",
    "_hsmi",
    "_openstat",
    "wickedid",
    "spm",
    "scm",
    "s_cid",
    "ref_src",
];

/// The canonical form of an absolute http(s) address; `None` for anything else, and where it holds `%00`.
#[must_use]
pub fn canonical(address: &str) -> Option<String> {
    let url = Url::parse(address.trim()).ok()?;
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    let host = url.host_str()?.trim_end_matches('.');
    if host.is_empty() || address.contains("%00") {
        return None;
    }
    let mut out = format!("http://{host}");
    if let Some(port) = url.port() {
        out.push_str(&format!(":{port}"));
    }
    out.push_str(&plain_percent(url.path()));
    let query: Vec<String> = url
        .query()
        .unwrap_or_default()
        .split('&')
        .filter(|pair| !pair.is_empty() && !is_tracking(pair))
        .map(plain_percent)
        .collect();
    if !query.is_empty() {
        out.push('?');
        out.push_str(&query.join("&"));
    }
    Some(out)
}

fn is_tracking(pair: &str) -> bool {
    let name = pair.split('=').next().unwrap_or_default().to_ascii_lowercase();
    name.starts_with("utm_") || TRACKING.contains(&name.as_str())
}

/// Decodes `%XX` of unreserved characters and writes the others in capitals (RFC 3986, section 6.2.2).
fn plain_percent(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        let code = rest.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match code {
            Some(b) if b.is_ascii_alphanumeric() || b"-._~".contains(&b) => out.push(char::from(b)),
            Some(b) => out.push_str(&format!("%{b:02X}")),
            None => {
                out.push('%');
                rest = &rest[at + 1..];
                continue;
            }
        }
        rest = &rest[at + 3..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn f093_links_that_are_one() {
        for (a, b) in [
            ("HTTP://Ex.com:80/a/../b?utm_source=x#f", "http://ex.com/b"),
            ("https://ex.com/a", "http://ex.com/a"),
            ("https://ex.com:443/a", "https://ex.com/a"),
            ("https://EX.com/a", "https://ex.com/a"),
            ("https://ex.com./a", "https://ex.com/a"),
            ("https://ex.com", "https://ex.com/"),
            ("https://ex.com/a#top", "https://ex.com/a"),
            ("https://ex.com/a?", "https://ex.com/a"),
            ("https://ex.com/a?&", "https://ex.com/a"),
            ("https://ex.com/a?UTM_Medium=mail&x=1", "https://ex.com/a?x=1"),
            ("https://ex.com/a?x=1&fbclid=2", "https://ex.com/a?x=1"),
            ("https://ex.com/a?gclid=2", "https://ex.com/a"),
            ("https://ex.com/a?spm=a.b.c", "https://ex.com/a"),
            ("https://ex.com/%7Euser", "https://ex.com/~user"),
            ("https://ex.com/%7euser", "https://ex.com/~user"),
            ("https://ex.com/a%2fb", "https://ex.com/a%2Fb"),
            ("https://ex.com/%61", "https://ex.com/a"),
            ("https://ex.com/a?q=%7E", "https://ex.com/a?q=~"),
            ("https://b\u{fc}cher.example/", "https://xn--bcher-kva.example/"),
            ("https://ex.com/\u{e4}", "https://ex.com/%C3%A4"),
            ("https://ex.com/a b", "https://ex.com/a%20b"),
            (" https://ex.com/a\n", "https://ex.com/a"),
            ("https://ex.com/./a", "https://ex.com/a"),
            ("https://ex.com/b/../a", "https://ex.com/a"),
            ("https://user:secret@ex.com/a", "https://ex.com/a"),
            ("https://127.1/a", "https://127.0.0.1/a"),
            ("https://ex.com\\a", "https://ex.com/a"),
            ("https://ex.com/a?x=%2f", "https://ex.com/a?x=%2F"),
            ("https://\u{ff45}x.com/a", "https://ex.com/a"),
            ("https://ex.com/100%", "https://ex.com/100%"),
        ] {
            assert_eq!(canonical(a), canonical(b), "{a} = {b}");
            assert!(canonical(a).is_some(), "{a}");
        }
    }

    #[test]
    fn f094_links_that_are_two() {
        for (a, b) in [
            ("https://ex.com/a", "https://ex.com/a/"),
            ("https://ex.com/", "https://www.ex.com/"),
            ("https://ex.com/", "https://ex.com/index.html"),
            ("https://ex.com/A", "https://ex.com/a"),
            ("https://ex.com/?a=1&b=2", "https://ex.com/?b=2&a=1"),
            ("https://ex.com/a%2Fb", "https://ex.com/a/b"),
            ("https://ex.com/a", "https://ex.org/a"),
            ("https://ex.com:8080/a", "https://ex.com/a"),
            ("https://ex.com/a?x=1", "https://ex.com/a?x=2"),
            ("https://ex.com/a?x", "https://ex.com/a"),
            ("https://ex.com/a?x=", "https://ex.com/a?x"),
            ("https://ex.com/a?utm=1", "https://ex.com/a"),
            ("https://ex.com/a?ref=1", "https://ex.com/a"),
            ("https://ex.com/a+b", "https://ex.com/a%20b"),
            ("https://ex.com/a%26b", "https://ex.com/a&b"),
            ("https://ex.com/a;b", "https://ex.com/a"),
            ("https://ex.com//a", "https://ex.com/a"),
            ("https://a.ex.com/", "https://b.ex.com/"),
            ("https://ex.com/a.html", "https://ex.com/a"),
            ("https://ex.com/?p=12", "https://ex.com/?p=1"),
            ("https://ex.com/%25", "https://ex.com/%2525"),
            ("https://ex.com/a?id=A", "https://ex.com/a?id=a"),
            ("https://ex.com/1", "https://ex.com/01"),
            ("https://[::1]/", "https://127.0.0.1/"),
            ("https://ex.com/a?b#c", "https://ex.com/a?c#b"),
        ] {
            assert_ne!(canonical(a), canonical(b), "{a} and {b}");
        }
    }

    #[test]
    fn f095_what_is_no_link_has_no_canonical_form() {
        for bad in [
            "",
            "/a",
            "ftp://ex.com/",
            "javascript:alert(1)",
            "https://ex.com/%00",
            "https://",
            "mailto:a@b.c",
        ] {
            assert_eq!(canonical(bad), None, "{bad}");
        }
    }
}
