//! Texts in a markup, cut to their room without breaking it.

use unicode_segmentation::UnicodeSegmentation as _;

/// What stays whole when a text is cut, beside graphemes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::delivery) enum Marks {
    /// Nothing.
    None,
    /// What stands in pointed brackets, and references such as `&amp;`.
    Whole,
    /// The same, and tags that are open are closed.
    Tags,
}

/// Elements that are never open.
const VOID: [&str; 3] = ["br", "hr", "img"];

/// `text`, cut so that it takes no more than `room` by `size`, and marked there with an ellipsis.
pub(in crate::delivery) fn cut(text: &str, room: usize, size: fn(&str) -> usize, marks: Marks) -> String {
    if size(text) <= room {
        return text.to_owned();
    }
    let Some(room) = room.checked_sub(size("…")) else { return String::new() };
    let mut open: Vec<&str> = Vec::new();
    let (mut used, mut closing, mut end) = (0, 0, 0);
    while let Some(piece) = piece(&text[end..], marks) {
        used += size(piece);
        let before = open.len();
        let last = open.last().copied();
        if marks == Marks::Tags {
            turn(piece, &mut open);
        }
        match open.len().cmp(&before) {
            std::cmp::Ordering::Greater => closing += open.last().map_or(0, |name| size(&end_tag(name))),
            std::cmp::Ordering::Less => closing -= last.map_or(0, |name| size(&end_tag(name))),
            std::cmp::Ordering::Equal => {}
        }
        if used + closing > room {
            // As it was before this piece.
            match open.len().cmp(&before) {
                std::cmp::Ordering::Greater => {
                    open.pop();
                }
                std::cmp::Ordering::Less => open.extend(last),
                std::cmp::Ordering::Equal => {}
            }
            break;
        }
        end += piece.len();
    }
    let mut out = format!("{}…", &text[..end]);
    out.extend(open.iter().rev().map(|name| end_tag(name)));
    out
}

fn end_tag(name: &str) -> String {
    format!("</{name}>")
}

/// What a text begins with that is not cut apart.
fn piece(text: &str, marks: Marks) -> Option<&str> {
    let whole = match text.as_bytes().first()? {
        b'<' if marks != Marks::None => text.find('>').map(|at| at + 1),
        b'&' if marks != Marks::None => {
            let name = text[1..].find(|c: char| !(c.is_ascii_alphanumeric() || c == '#')).map(|at| at + 1);
            name.filter(|at| text.as_bytes().get(*at) == Some(&b';') && *at < 12).map(|at| at + 1)
        }
        _ => None,
    };
    whole.map(|end| &text[..end]).or_else(|| text.graphemes(true).next())
}

/// What a tag opens or closes.
fn turn<'t>(piece: &'t str, open: &mut Vec<&'t str>) {
    let Some(tag) = piece.strip_prefix('<').and_then(|tag| tag.strip_suffix('>')) else { return };
    let (tag, closes) = tag.strip_prefix('/').map_or((tag, false), |tag| (tag, true));
    let end = tag.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).unwrap_or(tag.len());
    let name = &tag[..end];
    if closes {
        if open.last().is_some_and(|last| last.eq_ignore_ascii_case(name)) {
            open.pop();
        }
    } else if !name.is_empty()
        && !tag.ends_with('/')
        && !VOID.iter().any(|void| void.eq_ignore_ascii_case(name))
    {
        open.push(name);
    }
}

/// What an HTML text says, as plain text: tags are left out, those that break lines break them, references are what they
/// stand for.
pub(in crate::delivery) fn stripped(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(piece) = piece(rest, Marks::Whole) {
        rest = &rest[piece.len()..];
        match piece.strip_prefix('<').filter(|tag| tag.ends_with('>')) {
            Some(tag) => {
                let tag = tag.trim_start_matches('/').to_ascii_lowercase();
                let breaks = ["br", "p>", "p ", "li", "div", "h1", "h2", "h3", "tr"];
                if breaks.iter().any(|name| tag.starts_with(name)) && !out.is_empty() && !out.ends_with('\n')
                {
                    out.push('\n');
                }
            }
            None => out.push_str(&htmlize::unescape(piece)),
        }
    }
    out.trim().to_owned()
}
