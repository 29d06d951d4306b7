//! `Link` headers (RFC 8288): the next page, where a server names it beside the page.

use http::HeaderMap;
use http::header::LINK;

use crate::net::Address;

/// Bytes of such headers that are looked at, all together.
const MOST: usize = 8_192;

/// The page that an answer from `at` calls the next one, absolute; `None` where it names none that could be asked for.
pub(super) fn next(headers: &HeaderMap, at: &Address) -> Option<String> {
    let mut room = MOST;
    for value in headers.get_all(LINK) {
        room = room.checked_sub(value.as_bytes().len())?;
        if let Some(target) = value.to_str().ok().and_then(target) {
            return at.join(target).ok().map(|next| next.expose().as_str().to_owned());
        }
    }
    None
}

/// The target of the first link of the relation `next` in one header.
fn target(mut rest: &str) -> Option<&str> {
    loop {
        let (_, after) = rest.split_once('<')?;
        let (target, after) = after.split_once('>')?;
        let (parameters, others) = parameters(after);
        if parameters.into_iter().any(|(name, value)| {
            name.eq_ignore_ascii_case("rel")
                && value.split_ascii_whitespace().any(|relation| relation.eq_ignore_ascii_case("next"))
        }) {
            return Some(target.trim());
        }
        rest = others;
    }
}

/// The parameters of a link, up to the comma that ends it, and what comes after that.
fn parameters(mut rest: &str) -> (Vec<(&str, &str)>, &str) {
    let mut found = Vec::new();
    loop {
        rest = rest.trim_start();
        let Some(after) = rest.strip_prefix(';') else {
            return (found, rest.split_once(',').map_or("", |(_, others)| others));
        };
        let end = after.find(['=', ';', ',']).unwrap_or(after.len());
        let name = after[..end].trim();
        let Some(value) = after[end..].strip_prefix('=') else {
            rest = &after[end..];
            continue;
        };
        let value = value.trim_start();
        let (value, others) = match value.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => value.split_at(value.find([';', ',']).unwrap_or(value.len())),
        };
        found.push((name, value.trim()));
        rest = others;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(values: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(LINK, http::HeaderValue::from_str(value).expect("a value"));
        }
        next(&headers, &Address::parse("https://e.org/list?a=1").expect("an address"))
    }

    #[test]
    fn the_next_page_is_found_among_links() {
        for (header, expected) in [
            ("<https://e.org/2>; rel=\"next\"", "https://e.org/2"),
            ("<?a=2>; rel=next", "https://e.org/list?a=2"),
            ("</1>; rel=prev, </2>; title=\"a, <b>; c\"; rel=\"up NEXT\"", "https://e.org/2"),
            (" < /2#x > ; REL = next ; crossorigin", "https://e.org/2"),
            ("</a,b>;foo;rel=\"next\";bar", "https://e.org/a,b"),
        ] {
            assert_eq!(found(&[header]).as_deref(), Some(expected), "{header}");
        }
        assert_eq!(found(&["</1>; rel=prev", "</2>; rel=next"]).as_deref(), Some("https://e.org/2"));
    }

    #[test]
    fn what_names_none_is_none() {
        let long = format!("<{}>; rel=next", "a".repeat(9_000));
        for header in [
            "",
            "<",
            "</2>",
            "</2>; rel=nextish",
            "</2>; rev=next",
            "rel=next",
            "<ftp://e.org/>; rel=next",
            "</2>; title=\"rel=next",
            &long,
        ] {
            assert_eq!(found(&[header]), None, "{header}");
        }
    }
}
