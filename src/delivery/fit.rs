//! Texts cut to the room they may take in JSON.

use unicode_segmentation::UnicodeSegmentation;

/// Cuts `text` at a grapheme border and marks the cut with an ellipsis, so that as a JSON string, its quotes aside,
/// it takes at most `max` bytes; `max` is at least 3.
///
/// The bytes are counted as they are written, because a control character takes six.
pub(super) fn fit(text: &str, max: usize) -> String {
    if written(text) <= max {
        return text.to_owned();
    }
    let mut room = max.saturating_sub('…'.len_utf8());
    let mut end = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        let Some(left) = room.checked_sub(written(grapheme)) else { break };
        room = left;
        end = at + grapheme.len();
    }
    format!("{}…", &text[..end])
}

/// How many bytes `text` takes in a JSON string (RFC 8259, section 7), as serde_json writes it.
pub(super) fn written(text: &str) -> usize {
    let byte = |b: u8| match b {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 0x08 | 0x0C => 2,
        0x00..=0x1F => 6,
        _ => 1,
    };
    text.bytes().map(byte).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn f099_texts_are_cut_at_grapheme_borders() {
        assert_eq!(fit("👨‍👩‍👧 and more", 24), "👨‍👩‍👧 an…");
        assert_eq!(fit("👨‍👩‍👧 and more", 10), "…");
        assert_eq!(fit("short", 5), "short");
        assert_eq!(fit("\u{1}\u{1}\u{1}", 17), "\u{1}\u{1}…");
    }

    proptest! {
        #[test]
        fn whatever_the_text_it_takes_no_more_room_than_it_may(text in any::<String>(), max in 3usize..200) {
            let cut = fit(&text, max);
            let json = serde_json::to_string(&cut).expect("JSON");
            prop_assert_eq!(json.len() - 2, written(&cut));
            prop_assert!(json.len() - 2 <= max);
            prop_assert!(cut == text || text.starts_with(cut.strip_suffix('…').expect("marked")));
        }
    }
}
