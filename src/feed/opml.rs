//! `opml.xml`: every feed as a subscription list (OPML 2.0).

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use super::catalog::{FeedSummary, groups, heading};
use super::document::Channel;
use super::error::RenderError;
use crate::model::FeedKind;

/// The feeds as OPML 2.0, UTF-8: one outline per feed, those of a kind below one named after the kind; `all`
/// and `health` stand alone. The addresses are those of the Atom documents.
///
/// # Errors
/// [`RenderError`] if the writer fails, which no text can cause.
pub fn opml(feeds: &[FeedSummary], channel: &Channel) -> Result<Vec<u8>, RenderError> {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 1);
    write(&mut writer, feeds, channel).map_err(RenderError::at("opml.xml"))?;
    let mut bytes = writer.into_inner();
    bytes.push(b'\n');
    Ok(bytes)
}

fn write(to: &mut Writer<Vec<u8>>, feeds: &[FeedSummary], channel: &Channel) -> io::Result<()> {
    to.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let mut root = BytesStart::new("opml");
    root.push_attribute(("version", "2.0"));
    to.write_event(Event::Start(root))?;
    to.write_event(Event::Start(BytesStart::new("head")))?;
    to.create_element("title").write_text_content(BytesText::new(&channel.name()))?;
    to.write_event(Event::End(BytesEnd::new("head")))?;
    to.write_event(Event::Start(BytesStart::new("body")))?;
    for (kind, feeds) in groups(feeds) {
        let alone = matches!(kind, FeedKind::All | FeedKind::Health);
        if !alone {
            let mut group = BytesStart::new("outline");
            group.push_attribute(("text", heading(kind)));
            to.write_event(Event::Start(group))?;
        }
        for feed in feeds {
            to.write_event(Event::Empty(outline(feed, channel)))?;
        }
        if !alone {
            to.write_event(Event::End(BytesEnd::new("outline")))?;
        }
    }
    to.write_event(Event::End(BytesEnd::new("body")))?;
    to.write_event(Event::End(BytesEnd::new("opml")))
}

fn outline(feed: &FeedSummary, channel: &Channel) -> BytesStart<'static> {
    let name = feed.name();
    let mut outline = BytesStart::new("outline");
    outline.push_attribute(("type", "rss"));
    outline.push_attribute(("text", name.as_ref()));
    outline.push_attribute(("title", name.as_ref()));
    outline.push_attribute(("xmlUrl", channel.url(&format!("{}.atom", feed.path)).as_str()));
    outline.push_attribute(("htmlUrl", channel.url(&format!("{}.html", feed.path)).as_str()));
    outline
}
