//! From a request to its answer.

use http_body_util::Full;
use hyper::body::{Body, Bytes};
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::{Method, Request, Response, StatusCode, Version};

use super::condition;
use super::file;
use super::site::{Found, Made, Site};
use crate::model::Timestamp;

/// An answer; its body is held whole.
pub(super) type Answer = Response<Full<Bytes>>;

/// Bytes of the path and query of a request.
const URL_BYTES: usize = 4 << 10;
/// The methods that are answered.
const METHODS: &str = "GET, HEAD, OPTIONS";
/// What every answer says: a browser guesses no types, runs no script but our own, and tells nobody what was read here.
const ALWAYS: [(HeaderName, &str); 3] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'none'; frame-ancestors 'none'",
    ),
    (header::REFERRER_POLICY, "no-referrer"),
];

/// The answer to `request` at the time `now`; files may be kept by readers for `max_age` seconds.
///
/// Nothing of the request is repeated in an answer. HEAD is answered as GET; the server library leaves the body out.
pub(super) async fn answer<B: Body>(
    site: &Site,
    request: &Request<B>,
    max_age: u32,
    now: Timestamp,
) -> Answer {
    if let Some(refusal) = refuse(request) {
        return refusal;
    }
    if request.method() == Method::OPTIONS {
        return with(empty(StatusCode::NO_CONTENT), header::ALLOW, METHODS);
    }
    let path = request.uri().path();
    let path = match path.strip_prefix('/') {
        Some("") => "index.html",
        Some("healthz") => return uncached(text(StatusCode::OK, "ok")),
        Some(path) => path,
        None => return uncached(text(StatusCode::NOT_FOUND, "not found\n")),
    };
    match site.find(path) {
        Found::File(place) => match file::read(place.clone()).await {
            Ok(version) => send(request, path, version, max_age, now),
            Err(error) => unreadable(site, &place, &error),
        },
        Found::Rendered(render) => match file::made(render, path).await {
            Ok(Made::Page(bytes)) => send(request, path, file::Version::new(bytes, None), max_age, now),
            Ok(Made::Gone) => cached(text(StatusCode::GONE, "gone\n"), max_age),
            Ok(Made::Nothing) => uncached(text(StatusCode::NOT_FOUND, "not found\n")),
            Err(error) => unreadable(site, std::path::Path::new(path), &error),
        },
        Found::Moved(to) => {
            let moved = text(StatusCode::MOVED_PERMANENTLY, "moved\n");
            cached(with(moved, header::LOCATION, &relative(path, &to)), max_age)
        }
        Found::Gone => cached(text(StatusCode::GONE, "gone\n"), max_age),
        Found::Nothing => uncached(text(StatusCode::NOT_FOUND, "not found\n")),
    }
}

/// The answer to a request that is not looked at further.
fn refuse<B: Body>(request: &Request<B>) -> Option<Answer> {
    // RFC 9112, section 3.2: exactly one Host in HTTP/1.1.
    let hosts = request.headers().get_all(header::HOST).iter().count();
    if hosts > 1 || (hosts == 0 && request.version() >= Version::HTTP_11) {
        return Some(close(text(StatusCode::BAD_REQUEST, "one Host header is needed\n")));
    }
    if ![Method::GET, Method::HEAD, Method::OPTIONS].contains(request.method()) {
        let refused = text(StatusCode::METHOD_NOT_ALLOWED, "only GET, HEAD and OPTIONS\n");
        return Some(uncached(with(refused, header::ALLOW, METHODS)));
    }
    // No method that is answered has a use for a body, and unread ones are what request smuggling is made of
    // (RFC 9110, section 9.3.1).
    if !request.body().is_end_stream() {
        return Some(close(text(StatusCode::PAYLOAD_TOO_LARGE, "no request body is read here\n")));
    }
    let url_bytes = request.uri().path_and_query().map_or(0, |path| path.as_str().len());
    (url_bytes > URL_BYTES).then(|| uncached(text(StatusCode::URI_TOO_LONG, "the address is too long\n")))
}

/// A file, or the news that the reader has it already. Both carry the same validators.
fn send<B>(request: &Request<B>, path: &str, version: file::Version, max_age: u32, now: Timestamp) -> Answer {
    let unchanged = condition::is_unchanged(request.headers(), &version.etag, version.modified);
    let answer = if unchanged {
        empty(StatusCode::NOT_MODIFIED)
    } else {
        with(Response::new(Full::new(version.bytes)), header::CONTENT_TYPE, media_type(path))
    };
    let mut answer = with(answer, header::ETAG, &version.etag);
    if let Some(modified) = version.modified {
        // RFC 9110, section 8.8.2.1: never later than the Date of the answer.
        answer = with(answer, header::LAST_MODIFIED, &modified.min(now).http_date());
    }
    always(cached(answer, max_age))
}

/// The answer for a published file that cannot be read: the trouble is ours and will pass, so a reader must not
/// take the feed for gone.
fn unreadable(site: &Site, place: &std::path::Path, error: &std::io::Error) -> Answer {
    if site.may_complain() {
        tracing::warn!(
            file = %place.display(), %error,
            "a published file cannot be read; publishing it again heals it, other files may be affected",
        );
    }
    let answer = text(StatusCode::SERVICE_UNAVAILABLE, "not readable at the moment\n");
    uncached(with(answer, header::RETRY_AFTER, "60"))
}

/// The media type of a published path, by its ending.
fn media_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "rss" => "application/rss+xml; charset=utf-8",
        "atom" => "application/atom+xml; charset=utf-8",
        "json" if path.starts_with("feeds/") => "application/feed+json; charset=utf-8",
        "json" => "application/json; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "xml" if path == "opml.xml" => "text/x-opml; charset=utf-8",
        "xml" => "application/xml; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// The path `to` as seen from the path `from`: it stays right behind a proxy that puts a prefix before our paths,
/// which an absolute one would not.
fn relative(from: &str, to: &str) -> String {
    format!("{}{to}", "../".repeat(from.matches('/').count()))
}

/// A short answer for a person.
fn text(status: StatusCode, text: &'static str) -> Answer {
    let mut answer = Response::new(Full::from(text));
    *answer.status_mut() = status;
    always(with(answer, header::CONTENT_TYPE, "text/plain; charset=utf-8"))
}

/// An answer that has no body.
fn empty(status: StatusCode) -> Answer {
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = status;
    always(answer)
}

/// With what every answer says.
fn always(mut answer: Answer) -> Answer {
    for (name, value) in ALWAYS {
        answer.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    answer
}

/// An answer that readers and proxies may keep for a while.
fn cached(answer: Answer, max_age: u32) -> Answer {
    with(answer, header::CACHE_CONTROL, &format!("public, max-age={max_age}"))
}

/// An answer that nobody may keep: it can be another one a moment later.
fn uncached(answer: Answer) -> Answer {
    with(answer, header::CACHE_CONTROL, "no-store")
}

/// The last answer on its connection.
fn close(answer: Answer) -> Answer {
    uncached(with(answer, header::CONNECTION, "close"))
}

/// With one more header. Values are of our own making; one that no header may hold is left out.
fn with(mut answer: Answer, name: HeaderName, value: &str) -> Answer {
    if let Ok(value) = HeaderValue::from_str(value) {
        answer.headers_mut().insert(name, value);
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_type_follows_the_ending_and_the_place() {
        for (path, expected) in [
            ("feeds/all.rss", "application/rss+xml; charset=utf-8"),
            ("feeds/tags/kafka-archive-1.atom", "application/atom+xml; charset=utf-8"),
            ("feeds/all.json", "application/feed+json; charset=utf-8"),
            ("catalog.json", "application/json; charset=utf-8"),
            ("opml.xml", "text/x-opml; charset=utf-8"),
            ("sitemap.xml", "application/xml; charset=utf-8"),
            ("index.html", "text/html; charset=utf-8"),
            ("style.css", "text/css; charset=utf-8"),
            ("search.js", "text/javascript; charset=utf-8"),
            ("html", "application/octet-stream"),
        ] {
            assert_eq!(media_type(path), expected, "{path}");
        }
    }

    #[test]
    fn relative_leads_to_the_new_path_also_behind_a_prefix() {
        for (base, prefix) in [("http://h/", ""), ("http://h/some/prefix/", "some/prefix/")] {
            for from in ["old.html", "feeds/old.rss", "feeds/tags/old.rss"] {
                let base = url::Url::parse(base).and_then(|base| base.join(from)).unwrap();
                let to = base.join(&relative(from, "feeds/tags/new.rss")).unwrap();
                assert_eq!(to.path(), format!("/{prefix}feeds/tags/new.rss"));
            }
        }
    }
}
