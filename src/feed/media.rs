//! The media types of published files.

/// RSS 2.0 (not registered, but what readers look for).
pub(super) const RSS: &str = "application/rss+xml";
/// Atom 1.0 (RFC 4287, section 7).
pub(super) const ATOM: &str = "application/atom+xml";
/// JSON Feed 1.1.
pub(super) const JSON_FEED: &str = "application/feed+json";
/// HTML.
pub(super) const HTML: &str = "text/html";

/// The value of `Content-Type` for a published path, by its ending; bytes of no known kind are
/// `application/octet-stream`.
#[must_use]
pub fn media_type(path: &str) -> &'static str {
    let name = path.rsplit('/').next().unwrap_or(path);
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("rss") => "application/rss+xml; charset=utf-8",
        Some("atom") => "application/atom+xml; charset=utf-8",
        Some("json") if name == "catalog.json" => "application/json",
        Some("json") => JSON_FEED,
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("xml") if name == "opml.xml" => "text/x-opml; charset=utf-8",
        Some("xml") => "application/xml",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::media_type;

    #[test]
    fn media_types_follow_the_ending() {
        for (path, expected) in [
            ("/feeds/all.rss", "application/rss+xml; charset=utf-8"),
            ("feeds/tags/kafka-archive-2.atom", "application/atom+xml; charset=utf-8"),
            ("feeds/tags/catalog.json/all.json", "application/feed+json"),
            ("catalog.json", "application/json"),
            ("opml.xml", "text/x-opml; charset=utf-8"),
            ("index.html", "text/html; charset=utf-8"),
            ("style.css", "text/css; charset=utf-8"),
            ("a.b/c", "application/octet-stream"),
        ] {
            assert_eq!(media_type(path), expected, "{path}");
        }
    }
}
