//! What kind of document it is, as far as its first bytes show.

use crate::model::listing::Format;

/// How far into a document its first element is looked for, past what does not belong there.
const PREAMBLE: usize = 4_096;

/// What a document seems to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Nothing, or only white space.
    Empty,
    /// No text at all; the kind of file where it is known (`a PDF document`).
    Binary(Option<&'static str>),
    /// An HTML page.
    Html,
    /// An RSS, RDF or Atom feed.
    Feed,
    /// A sitemap, or an index of them.
    Sitemap,
    /// Another XML document.
    Xml,
    /// JSON.
    Json,
    /// Plain text: a text listing, or prose.
    Text,
}

impl Content {
    /// One sentence that says what the document is instead of what `wanted` reads, and what to write instead.
    #[must_use]
    pub fn complaint(self, wanted: Format) -> String {
        let seems = match self {
            Self::Empty => return "the page is empty; check where it comes from".to_owned(),
            Self::Binary(kind) => {
                let kind = kind.unwrap_or("binary data");
                return format!("the page is {kind}, not text; save it as plain text");
            }
            Self::Html => "an HTML page; `format = \"html\"` reads those",
            Self::Feed => "a feed (RSS or Atom); `format = \"feed\"` reads those",
            Self::Sitemap => "a sitemap; `format = \"sitemap\"` reads those",
            Self::Xml => "an XML document that is neither a feed nor a sitemap; nothing reads those",
            Self::Json => "JSON data; `format = \"json\"` reads it",
            Self::Text if matches!(wanted, Format::Text | Format::Auto) => {
                "plain text without a listing's entries; give the listing's text page"
            }
            Self::Text => {
                "plain text; `format = \"text\"` reads the text rendering of a listing, `format = \"csv\"` a table"
            }
        };
        let kind = match wanted {
            Format::Auto => "listing",
            Format::Text => "text listing",
            Format::Html => "HTML page",
            Format::Feed => "feed",
            Format::Json => "JSON document",
            Format::Sitemap => "sitemap",
            Format::Csv => "table (CSV)",
        };
        format!("the page is no {kind}: it seems to be {seems}")
    }
}

/// What `bytes` seem to be. Looks at the first few kilobytes only.
#[must_use]
pub fn sniff(bytes: &[u8]) -> Content {
    of_bytes(bytes).unwrap_or_else(|| {
        let mut end = bytes.len().min(8192);
        // Whole pairs, so that UTF-16 is not cut within a unit.
        end -= end % 2 * usize::from(end < bytes.len());
        of_text(&super::charset::decode(bytes.get(..end).unwrap_or_default(), None).text)
    })
}

/// Kinds that show before the bytes are read as text: nothing at all, and well-known binary files.
pub(super) fn of_bytes(bytes: &[u8]) -> Option<Content> {
    const MAGIC: [(&[u8], &str); 9] = [
        (b"\x1F\x8B", "compressed (gzip)"),
        (b"\x28\xB5\x2F\xFD", "compressed (zstd)"),
        (b"PK\x03\x04", "a ZIP archive or an office document"),
        (b"%PDF-", "a PDF document"),
        (b"\x89PNG\r\n", "a PNG picture"),
        (b"\xFF\xD8\xFF", "a JPEG picture"),
        (b"GIF8", "a GIF picture"),
        (b"RIFF", "a picture or a sound"),
        (b"\x7FELF", "a program"),
    ];
    if bytes.is_empty() {
        return Some(Content::Empty);
    }
    MAGIC.iter().find(|(magic, _)| bytes.starts_with(magic)).map(|(_, kind)| Content::Binary(Some(kind)))
}

/// What a decoded text seems to be.
pub(super) fn of_text(text: &str) -> Content {
    let start = text.trim_start_matches(super::cursor::is_blank);
    if start.is_empty() {
        return Content::Empty;
    }
    if is_noise(start) {
        return Content::Binary(None);
    }
    match start.as_bytes().first() {
        Some(b'<') => of_markup(start),
        Some(b'{' | b'[') if opens_json(start) => Content::Json,
        _ => Content::Text,
    }
}

/// What a decoded text seems to be, where `media` is the type it was sent as, and `wanted` what the config says. Both
/// only decide where the text itself does not.
pub(super) fn of_sent(text: &str, media: Option<&str>, wanted: Format) -> Content {
    let found = of_text(text);
    let media = media.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_xml = media.ends_with("/xml") || media.ends_with("+xml");
    let start = text.trim_start_matches(super::cursor::is_blank);
    match found {
        // Warnings of a broken program, or an advertisement, before the document.
        Content::Text | Content::Xml if is_xml || matches!(wanted, Format::Feed | Format::Sitemap) => {
            of_root(start).unwrap_or(found)
        }
        Content::Text if media == "text/html" && start.starts_with('<') => Content::Html,
        Content::Text
            if (media.ends_with("json") || wanted == Format::Json) && start.starts_with(['{', '[']) =>
        {
            Content::Json
        }
        _ => found,
    }
}

/// The kind of feed or sitemap that begins somewhere near the beginning.
fn of_root(start: &str) -> Option<Content> {
    let head = start.as_bytes();
    let head = head.get(..head.len().min(PREAMBLE)).unwrap_or_default();
    let has = |root: &[u8]| memchr::memmem::find(head, root).is_some();
    if has(b"<rss") || has(b"<feed") || has(b":feed") || has(b"RDF") {
        return Some(Content::Feed);
    }
    (has(b"<urlset") || has(b"<sitemapindex")).then_some(Content::Sitemap)
}

/// Whether control characters or undecodable bytes make up more than a thirtieth of the beginning.
fn is_noise(text: &str) -> bool {
    let sample = text.as_bytes().get(..text.len().min(2048)).unwrap_or_default();
    let controls = sample.iter().filter(|byte| matches!(byte, 0..=8 | 14..=26 | 28..=31 | 127)).count();
    // U+FFFD ends in these two bytes, C1 controls are 0xC2 and one of 0x80..=0x9F.
    let odd = sample.windows(2).filter(|pair| matches!(pair, [0xBF, 0xBD] | [0xC2, 0x80..=0x9F])).count();
    controls + odd > sample.len() / 30
}

/// Markup, when the text begins with it; a text line may begin with `<` too.
fn of_markup(start: &str) -> Content {
    let mut rest = start;
    let mut xml = false;
    // Comments, declarations and processing instructions come before what tells.
    for _ in 0..16 {
        rest = rest.trim_start();
        let skipped = match rest.as_bytes() {
            [b'<', b'?', ..] => {
                xml = true;
                rest.split_once("?>")
            }
            [b'<', b'!', b'-', b'-', ..] => rest.split_once("-->"),
            _ => None,
        };
        let Some((_, after)) = skipped else { break };
        rest = after;
    }
    let name: String = rest
        .trim_start_matches(['<', '!'])
        .chars()
        .take(13)
        .take_while(|c| c.is_ascii_alphanumeric() || *c == ':')
        .map(|c| c.to_ascii_lowercase())
        .collect();
    match name.as_str() {
        "doctype" => {
            let head: String = rest.chars().take(40).collect::<String>().to_ascii_lowercase();
            let named = head.split_ascii_whitespace().nth(1).unwrap_or_default().trim_end_matches(['>', '[']);
            match named {
                "rss" | "feed" | "rdf:rdf" => Content::Feed,
                "urlset" | "sitemapindex" => Content::Sitemap,
                _ if head.contains("html") => Content::Html,
                // The name of a document type is anybody's.
                _ => of_root(rest).unwrap_or(Content::Xml),
            }
        }
        "html" | "head" | "body" | "div" | "meta" | "script" | "title" | "table" | "main" | "section" => {
            Content::Html
        }
        "rss" | "feed" | "rdf:rdf" | "atom:feed" | "rdf" => Content::Feed,
        "urlset" | "sitemapindex" => Content::Sitemap,
        "opml" => Content::Xml,
        _ if xml => Content::Xml,
        _ => Content::Text,
    }
}

/// Whether `{` or `[` is followed by what JSON allows there; a line `[Java] News` is text.
fn opens_json(start: &str) -> bool {
    let mut marks = start.bytes().filter(|byte| !byte.is_ascii_whitespace());
    let first_two = (marks.next(), marks.next());
    matches!(first_two, (Some(b'{'), Some(b'"' | b'}')) | (Some(b'['), Some(b'{' | b'"' | b'[' | b']')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_documents_are_told_by_their_beginning() {
        for (bytes, content) in [
            (&b""[..], Content::Empty),
            (b"\xEF\xBB\xBF", Content::Empty),
            (b" \r\n\t\n", Content::Empty),
            (b"<!DOCTYPE html><html><body>x", Content::Html),
            (b"\n<!-- made by hand -->\n<HTML lang=en>", Content::Html),
            (b"\xFF\xFE<\0h\0t\0m\0l\0>\0", Content::Html),
            (b"<?xml version='1.0'?><!-- x --><rss version='2.0'>", Content::Feed),
            (b"<feed xmlns='http://www.w3.org/2005/Atom'>", Content::Feed),
            (b"<?xml version='1.0'?>\n<urlset>", Content::Sitemap),
            (b"<?xml version='1.0'?>\n<thing>", Content::Xml),
            (b"{\"items\": []}", Content::Json),
            (b"[\n {\"a\": 1}]", Content::Json),
            (b"[Java] a line of text", Content::Text),
            (b"<b> is how bold begins", Content::Text),
            (b"Tagged articles\n949 articles\n", Content::Text),
            (b"\x1F\x8B\x08\0\0\0", Content::Binary(Some("compressed (gzip)"))),
            (b"%PDF-1.7 x", Content::Binary(Some("a PDF document"))),
            (b"\x01\x02\x03abc\0\0\0\xFF", Content::Binary(None)),
        ] {
            assert_eq!(sniff(bytes), content, "{:?}", String::from_utf8_lossy(bytes));
        }
    }
}
