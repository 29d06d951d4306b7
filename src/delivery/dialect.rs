//! How a notice becomes the text of one chat: what its markup is, and what room it has.

use unicode_segmentation::UnicodeSegmentation as _;

use super::notice::{Item, Notice};

/// A chat's markup. Everything is decided letter by letter, so that a text is as long as its parts.
#[derive(Clone, Copy)]
pub(super) struct Dialect {
    /// Writes one letter so that it is no markup and calls nobody.
    pub(super) escape: fn(char, &mut String),
    /// A link; the text is escaped.
    pub(super) link: fn(&str, &str) -> String,
    /// What stands out; the text is escaped.
    pub(super) strong: fn(&str) -> String,
    /// What stands back; the text is escaped.
    pub(super) faint: fn(&str) -> String,
    /// What is between two lines.
    pub(super) line: &'static str,
    /// How long a text is, as the service counts.
    pub(super) size: fn(&str) -> usize,
}

/// Length in UTF-16, which is never less than in letters; services count one or the other.
pub(super) fn utf16(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Length in bytes.
pub(super) fn bytes(text: &str) -> usize {
    text.len()
}

/// Keeps a sign of address from calling anybody: what follows it is no name any more.
pub(super) const APART: char = '\u{2060}';

impl Dialect {
    /// The escaped text, cut at a grapheme border so that it takes no more than `room`, and marked there.
    pub(super) fn cut(&self, text: &str, room: usize) -> String {
        let whole = self.escaped(text);
        if (self.size)(&whole) <= room {
            return whole;
        }
        let Some(mut left) = room.checked_sub((self.size)("…")) else { return String::new() };
        let mut out = String::new();
        for grapheme in text.graphemes(true) {
            let written = self.escaped(grapheme);
            let Some(rest) = left.checked_sub((self.size)(&written)) else { break };
            left = rest;
            out.push_str(&written);
        }
        out.push('…');
        out
    }

    /// The text, escaped.
    pub(super) fn escaped(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len() + 8);
        text.chars().for_each(|c| (self.escape)(c, &mut out));
        out
    }

    /// The title as a link; without one where that takes more than `room`.
    pub(super) fn title(&self, notice: &Notice, room: usize) -> String {
        let text = self.cut(&notice.headline(), room.min(700));
        let linked = (self.link)(&text, &notice.url);
        let linked = if notice.url.is_empty() { text.clone() } else { linked };
        let strong = (self.strong)(&linked);
        if (self.size)(&strong) <= room { strong } else { self.cut(&notice.headline(), room) }
    }

    /// What follows the title, each on a line of its own, as far as it fits into `room`, which counts what is between
    /// lines too.
    pub(super) fn body(&self, notice: &Notice, room: usize) -> Vec<String> {
        let mut left = room;
        let mut lines = Vec::new();
        let between = (self.size)(self.line);
        let mut add = |line: String, lines: &mut Vec<String>| {
            let size = (self.size)(&line) + between;
            if line.is_empty() || size > left {
                return false;
            }
            left -= size;
            lines.push(line);
            true
        };
        let faint =
            |text: &str| if text.is_empty() { String::new() } else { (self.faint)(&self.cut(text, 500)) };
        add(faint(&notice.facts), &mut lines);
        add(self.cut(&notice.text, 1_200.min(room / 2)), &mut lines);
        add(faint(&notice.also), &mut lines);
        add(self.tellers(notice, room / 3), &mut lines);
        add(self.cut(&notice.advice, 400), &mut lines);
        let rest = |shown: usize| match notice.count.saturating_sub(shown) {
            0 => String::new(),
            more if notice.url.is_empty() => self.escaped(&format!("and {more} more")),
            more => (self.link)(&self.escaped(&format!("and {more} more")), &notice.url),
        };
        if notice.items.is_empty() {
            return lines;
        }
        // Room for the last line is kept free.
        let kept = (self.size)(&rest(0)) + between;
        let mut room = left.saturating_sub(kept);
        let mut shown = 0;
        for item in &notice.items {
            let line = self.item(item);
            let size = (self.size)(&line) + between;
            if size > room {
                break;
            }
            room -= size;
            shown += 1;
            lines.push(line);
        }
        let rest = rest(shown);
        if !rest.is_empty() && kept <= left {
            lines.push(rest);
        }
        lines
    }

    /// Who else tells the story, as many as fit.
    fn tellers(&self, notice: &Notice, room: usize) -> String {
        let (mut told, mut left) = (String::new(), room);
        for (source, url) in &notice.tellers {
            let lead = if told.is_empty() { "also at " } else { ", " };
            let link = (self.link)(&self.cut(source, 150), url);
            let Some(rest) = left.checked_sub((self.size)(lead) + (self.size)(&link)) else { break };
            left = rest;
            told.push_str(lead);
            told.push_str(&link);
        }
        if told.is_empty() { told } else { (self.faint)(&told) }
    }

    /// One article of a list.
    fn item(&self, item: &Item) -> String {
        let title = (self.link)(&self.cut(&item.title, 400), &item.url);
        match item.facts.as_str() {
            "" => format!("• {title}"),
            facts => format!("• {title} {}", (self.faint)(&self.cut(&format!("— {facts}"), 200))),
        }
    }

    /// All of it as one text of at most `most`.
    pub(super) fn whole(&self, notice: &Notice, most: usize) -> String {
        if let Some(own) = &notice.own.text {
            return own.clone();
        }
        let title = self.title(notice, most);
        let mut lines = vec![title];
        let left = most.saturating_sub((self.size)(&lines[0]));
        lines.extend(self.body(notice, left));
        lines.join(self.line)
    }
}

fn same(text: &str) -> String {
    text.to_owned()
}

/// Plain text; an address stands beside what it is of.
pub(super) const PLAIN: Dialect = Dialect {
    escape: |c, out| out.push(c),
    link: |text, url| format!("{text} {url}"),
    strong: same,
    faint: same,
    line: "\n",
    size: bytes,
};

/// Plain text without addresses, for where one is given apart.
pub(super) const BARE: Dialect = Dialect { link: |text, _| text.to_owned(), ..PLAIN };

/// Plain text in which nothing is left that some program of a chat could take for a call.
pub(super) const CALM: Dialect = Dialect {
    escape: |c, out| {
        out.push(c);
        if matches!(c, '@' | '<') {
            out.push(APART);
        }
    },
    ..PLAIN
};

/// The little HTML that Telegram, Matrix, mail and Google Chat have in common.
pub(super) fn html(c: char, out: &mut String) {
    match c {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '"' => out.push_str("&quot;"),
        '@' => out.extend(['@', APART]),
        c => out.push(c),
    }
}

/// A link in HTML.
pub(super) fn anchor(text: &str, url: &str) -> String {
    format!("<a href=\"{}\">{text}</a>", url.replace('&', "&amp;"))
}

/// HTML with line breaks as tags.
pub(super) const HTML: Dialect = Dialect {
    escape: html,
    link: anchor,
    strong: |text| format!("<b>{text}</b>"),
    faint: |text| format!("<i>{text}</i>"),
    line: "<br>",
    size: utf16,
};

/// Markdown with backslashes before what would be markup.
pub(super) fn backslashed(c: char, out: &mut String) {
    match c {
        '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '~' => out.extend(['\\', c]),
        '@' => out.extend(['@', APART]),
        c => out.push(c),
    }
}

/// A link in Markdown.
pub(super) fn bracketed(text: &str, url: &str) -> String {
    format!("[{text}]({url})")
}

/// Markdown as CommonMark has it.
pub(super) const MARKDOWN: Dialect = Dialect {
    escape: backslashed,
    link: bracketed,
    strong: |text| format!("**{text}**"),
    faint: same,
    line: "  \n",
    size: utf16,
};
