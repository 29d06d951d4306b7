//! Conditional requests: whether a reader already has what it would be sent (RFC 9110, section 13). Pure.

use hyper::header::{HeaderMap, HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH};

use crate::model::Timestamp;

/// Whether a GET or HEAD with `headers` is answered with 304, for a file with this strong `etag` (in quotes) that
/// was last changed at `modified`, if that is known.
///
/// `If-None-Match` decides alone where it is given, even when it cannot be read; then `If-Modified-Since`
/// (sections 13.1.2, 13.1.3 and 13.2.2). In doubt the file is sent.
pub(super) fn is_unchanged(headers: &HeaderMap, etag: &str, modified: Option<Timestamp>) -> bool {
    if headers.contains_key(IF_NONE_MATCH) {
        return headers.get_all(IF_NONE_MATCH).iter().any(|line| names(line.as_bytes(), etag.as_bytes()));
    }
    let Some(modified) = modified else { return false };
    single(headers, &IF_MODIFIED_SINCE)
        .and_then(|date| httpdate::parse_http_date(date).ok())
        .and_then(|since| since.duration_since(std::time::UNIX_EPOCH).ok())
        .is_some_and(|since| modified.unix().unsigned_abs() <= since.as_secs())
}

/// The value of a header that is given exactly once.
fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

/// Whether a list of entity tags names `etag`, compared weakly (section 8.8.3.2), or is `*`.
///
/// Reads until the first thing that is no entity tag. A comma may stand inside a tag, so the list cannot be split.
fn names(list: &[u8], etag: &[u8]) -> bool {
    let mut rest = list.trim_ascii();
    if rest == b"*" {
        return true;
    }
    loop {
        rest = rest.trim_ascii_start();
        if let Some(after) = rest.strip_prefix(b",") {
            rest = after;
            continue;
        }
        let opaque = rest.strip_prefix(b"W/").unwrap_or(rest);
        let Some(length) = tag_length(opaque) else { return false };
        if &opaque[..length] == etag {
            return true;
        }
        rest = opaque[length..].trim_ascii_start();
        if !rest.is_empty() && !rest.starts_with(b",") {
            return false;
        }
    }
}

/// The length of the entity tag at the start of `text`, quotes included (section 8.8.3).
fn tag_length(text: &[u8]) -> Option<usize> {
    let inner = text.strip_prefix(b"\"")?;
    let end = inner.iter().position(|&b| b == b'"')?;
    inner[..end].iter().all(|&b| b == 0x21 || (0x23..=0x7E).contains(&b) || b >= 0x80).then_some(end + 2)
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    const ETAG: &str = "\"abc\"";
    /// Thu, 03 Mar 2016 00:00:01 GMT.
    const MODIFIED: i64 = 1_456_963_201;

    fn unchanged(lines: &[(HeaderName, &[u8])]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(name, HeaderValue::from_bytes(value).unwrap());
        }
        is_unchanged(&headers, ETAG, Some(Timestamp::from_unix(MODIFIED)))
    }

    #[test]
    fn f118_if_none_match_is_read_as_the_rfc_says() {
        let cases: &[(&[u8], bool)] = &[
            (b"\"abc\"", true),
            (b"W/\"abc\"", true),
            (b"*", true),
            (b"  *  ", true),
            (b"\"x\", \"abc\"", true),
            (b"\"x\",W/\"abc\" , \"y\"", true),
            (b", ,\"abc\"", true),
            (b"\"a,b\", \"abc\"", true),
            (b"\"\xE9\", \"abc\"", true),
            (b"\"x\"", false),
            (b"\"ABC\"", false),
            (b"abc", false),
            (b"\"abc", false),
            (b"w/\"abc\"", false),
            (b"W/ \"abc\"", false),
            (b"\"x\" \"abc\"", false),
            (b"\"x,\"abc\"", false),
            (b"*, \"x\"", false),
            (b"\"a b\", \"abc\"", false),
            (b"", false),
            (b"\"", false),
            (b"\"\"", false),
        ];
        for (value, expected) in cases {
            assert_eq!(
                unchanged(&[(IF_NONE_MATCH, value)]),
                *expected,
                "{:?}",
                String::from_utf8_lossy(value)
            );
        }
        assert!(
            unchanged(&[(IF_NONE_MATCH, b"\"x\""), (IF_NONE_MATCH, b"\"abc\"")]),
            "two lines are one list"
        );
    }

    #[test]
    fn f118_if_modified_since_is_read_as_the_rfc_says() {
        let cases: &[(&[u8], bool)] = &[
            (b"Thu, 03 Mar 2016 00:00:01 GMT", true),
            (b"Thursday, 03-Mar-16 00:00:01 GMT", true),
            (b"Thu Mar  3 00:00:01 2016", true),
            (b"Thu, 03 Mar 2016 00:00:00 GMT", false),
            (b"Fri, 01 Jan 2100 00:00:00 GMT", true),
            (b"Thu, 03 Mar 2016 00:00:01 +0000", false),
            (b"yesterday", false),
            (b"\xFF", false),
            (b"", false),
        ];
        for (value, expected) in cases {
            assert_eq!(
                unchanged(&[(IF_MODIFIED_SINCE, value)]),
                *expected,
                "{:?}",
                String::from_utf8_lossy(value)
            );
        }
        let later = (IF_MODIFIED_SINCE, &b"Fri, 01 Jan 2100 00:00:00 GMT"[..]);
        assert!(!unchanged(&[later.clone(), later.clone()]), "given twice it is ignored");
        assert!(!unchanged(&[(IF_NONE_MATCH, b"\"x\""), later.clone()]), "If-None-Match decides alone");
        assert!(!unchanged(&[(IF_NONE_MATCH, b"garbage"), later]));
        assert!(!unchanged(&[]));
    }
}
