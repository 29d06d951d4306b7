//! The next page of a listing.

use url::Url;

use super::links::{Base, Link};
use super::select::{Query, Selectors};
use super::tree::Tree;
use crate::extract::charset;
use crate::model::reading::Document;

/// What pages call the next one by themselves.
const REL_NEXT: &str = "link[rel~=next][href], a[rel~=next][href]";

/// The absolute address of the page that follows `document`, by a selector or by `rel=next`; `None`
/// where the page names none, or itself.
///
/// # Errors
///
/// Why the page that it names is not followed: it is of another origin, or its address cannot be made out.
pub fn next_page(document: &Document, selector: Option<&str>) -> Result<Option<String>, String> {
    let decoded = charset::decode(&document.bytes, document.media.as_deref());
    let Ok(tree) = Tree::parse(&decoded.text) else { return Ok(None) };
    let selector = selector.unwrap_or(REL_NEXT);
    let Ok(selectors) = Selectors::parse(selector) else {
        return Err(format!("`{selector}` is no selector"));
    };
    let query = Query::new(&tree);
    let Some(href) = query.all(0, &selectors).find_map(|id| query.href(id)) else { return Ok(None) };
    let shown = crate::model::text::bounded(&href, 200);
    let next = match Base::of(&tree, document.address.as_deref()).link(&href) {
        Link::To(next) => next,
        Link::Adrift => return Err(format!("the next page `{shown}` is relative, and nothing says to what")),
        Link::None => return Ok(None),
    };
    let (Some(address), Ok(url)) = (&document.address, Url::parse(&next)) else { return Ok(Some(next)) };
    let Ok(here) = Url::parse(address) else { return Ok(Some(next)) };
    if here.origin() != url.origin() {
        return Err(format!(
            "the next page `{shown}` is on another site than `{}`",
            here.origin().ascii_serialization()
        ));
    }
    let bare = |url: &Url| {
        let mut url = url.clone();
        url.set_fragment(None);
        url
    };
    Ok(Some(next).filter(|_| bare(&here) != bare(&url)))
}
