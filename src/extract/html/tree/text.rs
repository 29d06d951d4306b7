//! What a reader of the page sees in an element.

use super::{Id, Name, Tree};

impl Tree<'_> {
    /// The text below an element, bounded: a blank where a block begins or ends, nothing of scripts and the like.
    ///
    /// White space is as the page has it. Stops after `most` bytes of the page's own text.
    pub(in crate::extract::html) fn text(&self, id: Id, most: usize) -> String {
        let mut out = String::new();
        // Elements without a text are looked at for a while only.
        let nodes = u32::try_from(most).unwrap_or(u32::MAX / 4).saturating_mul(2).saturating_add(256);
        let end = self.end(id).min(id.saturating_add(nodes));
        let mut at = id;
        // The ends of the blocks that are open: text after one is apart from the text in it.
        let mut blocks: Vec<Id> = Vec::new();
        while at < end && out.len() < most {
            let node = self.node(at);
            let mut gap = node.spaced;
            while blocks.last().is_some_and(|end| *end <= at) {
                blocks.pop();
                gap = true;
            }
            if node.name == Name::TEXT {
                if gap && !out.is_empty() {
                    out.push(' ');
                }
                self.push_text(at, &mut out);
                at += 1;
                continue;
            }
            if node.name.is_unseen() && at != id {
                at = node.end;
                continue;
            }
            if (gap || !node.name.is_inline()) && !out.is_empty() {
                out.push(' ');
            }
            if !node.name.is_inline() {
                blocks.push(node.end);
            }
            at += 1;
        }
        out
    }

    /// Appends the text that the node `id` is, character references decoded.
    pub(super) fn push_text(&self, id: Id, out: &mut String) {
        let node = self.node(id);
        let raw = self.text.get(node.from as usize..node.to as usize).unwrap_or_default();
        let plain = node.parent != super::NONE
            && matches!(self.node(node.parent).name, Name::SCRIPT | Name::STYLE | Name::XMP);
        if raw.contains('&') && !plain {
            out.push_str(&htmlize::unescape(raw));
        } else {
            out.push_str(raw);
        }
    }

    /// The texts below an element one by one, each with its element; nothing of scripts and the like.
    pub(in crate::extract::html) fn texts(&self, id: Id) -> impl Iterator<Item = (Id, String)> + use<'_> {
        let end = self.end(id);
        let mut at = id + 1;
        std::iter::from_fn(move || {
            while at < end {
                let here = at;
                let node = self.node(here);
                if node.name == Name::TEXT {
                    at += 1;
                    let mut text = String::new();
                    self.push_text(here, &mut text);
                    return Some((node.parent, text));
                }
                at = if node.name.is_unseen() { node.end } else { at + 1 };
            }
            None
        })
    }

    /// The bytes of text that the node `id` is; 0 for an element.
    pub(in crate::extract::html) fn text_size(&self, id: Id) -> u32 {
        let node = self.node(id);
        if node.name == Name::TEXT { node.to - node.from } else { 0 }
    }
}
