//! The page after one, as that page names it.

use url::Url;

use super::{feed, html, json};
use crate::model::listing::{Format, NextPage};
use crate::model::reading::Document;
use crate::model::text::bounded;

/// The absolute address of the page that follows `document`, which was read as `format`; `None` where it names none, or
/// itself. What its server says goes after what it says itself.
///
/// # Errors
/// Why the page that it names is not followed, one sentence: it is of another site, or its address cannot be made out.
pub fn next_page(
    document: &Document,
    format: Option<Format>,
    by: &NextPage,
) -> Result<Option<String>, String> {
    let own = match (by, format) {
        (NextPage::Selector(selector), _) => html::next_page(document, Some(selector))?,
        (NextPage::Relation, Some(Format::Html)) => html::next_page(document, None)?,
        (NextPage::Relation, Some(Format::Feed)) => {
            json::next_page(document).or_else(|| feed::next_page(document))
        }
        (NextPage::Relation, _) => None,
    };
    let sent = || document.next.clone().filter(|_| *by == NextPage::Relation);
    let Some(next) = own.or_else(sent) else { return Ok(None) };
    let here = document.address.as_deref().and_then(|here| Url::parse(here).ok());
    let (Some(here), Ok(mut url)) = (here, Url::parse(&next)) else { return Ok(Some(next)) };
    if here.origin() != url.origin() {
        return Err(format!(
            "the next page `{}` is on another site than `{}`",
            bounded(&next, 200),
            here.origin().ascii_serialization()
        ));
    }
    url.set_fragment(None);
    // They cannot fail for an address of the web.
    let _ = url.set_username("").and_then(|()| url.set_password(None));
    let mut itself = here;
    itself.set_fragment(None);
    Ok(Some(url).filter(|url| *url != itself).map(String::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(text: &str, format: Format, header: Option<&str>) -> Result<Option<String>, String> {
        let document = Document {
            address: Some("https://e.org/list?p=1".into()),
            next: header.map(str::to_owned),
            ..Document::new("page", text.into())
        };
        next_page(&document, Some(format), &NextPage::Relation)
    }

    #[test]
    fn every_kind_of_page_names_its_next_one_in_its_own_way() {
        let second = || Ok(Some("https://e.org/list?p=2".to_owned()));
        assert_eq!(next("<a rel=next href='?p=2#list'>More</a>", Format::Html, None), second());
        assert_eq!(next("<feed><link rel='next' href='?p=2'/></feed>", Format::Feed, None), second());
        let json = r#"{"version":"https://jsonfeed.org/version/1.1","items":[],"next_url":"https://e.org/list?p=2"}"#;
        assert_eq!(next(json, Format::Feed, None), second());
        for format in [Format::Text, Format::Json, Format::Html, Format::Feed] {
            assert_eq!(next("", format, Some("https://e.org/list?p=2")), second(), "{format:?}");
        }
        let by = NextPage::Selector("a.older".into());
        let page = "<a class=older href='https://me:pw@e.org/list?p=2#top'>Older</a>";
        let page = Document {
            address: Some("https://e.org/list?p=1".into()),
            next: Some("https://e.org/other".into()),
            ..Document::new("page", page.into())
        };
        assert_eq!(next_page(&page, Some(Format::Html), &by), second());
        let none = Document { bytes: Vec::new(), ..page };
        assert_eq!(next_page(&none, Some(Format::Html), &by), Ok(None), "only what the selector finds");
        let own = next("<link rel=next href='?p=2'>", Format::Html, Some("https://e.org/other"));
        assert_eq!(own, second(), "the page goes before its server");
        for itself in ["https://e.org/list?p=1", "https://e.org/list?p=1#more"] {
            assert_eq!(next("", Format::Json, Some(itself)), Ok(None));
        }
    }

    #[test]
    fn no_page_leads_to_another_site() {
        let feed = next("<feed><link rel='next' href='https://f.org/'/></feed>", Format::Feed, None);
        assert!(feed.is_err_and(|reason| reason.contains("another site than `https://e.org`")));
        assert!(next("", Format::Text, Some("http://e.org/list?p=2")).is_err(), "another scheme");
        assert!(next("", Format::Text, Some("https://e.org:444/")).is_err(), "another port");
    }
}
