//! A page that came half announces nothing that is not whole.

use super::*;

/// Reads `bytes` cut at `end` and checks what is whole against the full reading.
fn check_cut(bytes: &[u8], full: &[Entry], end: usize) -> Reading {
    let reading = read_bytes(&bytes[..end]);
    for (at, entry) in reading.entries.iter().enumerate() {
        let last = at + 1 == reading.entries.len();
        if entry.whole || !last {
            assert_eq!(entry, &full[at], "entry {at} of the page cut at byte {end}");
        } else {
            assert!(reading.is_cut(), "cut at byte {end}");
        }
    }
    let useless = reading.faults.iter().any(|fault| fault.weight == Weight::Page);
    assert_eq!(useless, reading.entries.is_empty(), "cut at byte {end}");
    reading
}

/// Cuts at every byte of every entry, each time with the header and the two entries before it.
fn check_every_byte(seed: &str) {
    let lines: Vec<&str> = seed.split_inclusive('\n').collect();
    let (header, entries) = lines.split_at(3);
    let entries: Vec<String> = entries.chunks(11).map(<[&str]>::concat).collect();
    for at in 0..entries.len() {
        let before = header.concat() + &entries[at.saturating_sub(2)..at].concat();
        let text = before.clone() + entries[at].trim_end();
        let full = read_bytes(text.as_bytes());
        assert!(!full.is_cut() && full.entries.len() == at.min(2) + 1);
        for end in before.len() + 1..text.len() {
            let reading = check_cut(text.as_bytes(), &full.entries, end);
            // Nothing says that a lone entry's title comes once more.
            let may_be_all = at == 0 && text.as_bytes()[..end].trim_ascii_end().ends_with(b" min read");
            assert!(reading.is_cut() || may_be_all, "entry {at} cut at byte {end}");
            assert!(reading.entries.len() >= at.min(2), "entry {at} cut at byte {end}");
        }
    }
}

#[test]
fn page_ten_cut_at_any_byte_is_cut_and_tells_only_whole_entries() {
    check_every_byte(ARCHITECTURE);
}

#[test]
fn page_one_cut_at_any_byte_is_cut_and_tells_only_whole_entries() {
    check_every_byte(ENGINEERING);
}

#[test]
fn seeds_cut_within_the_whole_page_tell_only_whole_entries() {
    for seed in [ARCHITECTURE, ENGINEERING] {
        let full = expected(seed);
        // A prime step meets every part of an entry.
        for end in (0..seed.len()).step_by(61) {
            check_cut(seed.as_bytes(), &full, end);
        }
    }
}

#[test]
#[ignore = "46,000 readings: a minute without optimisation; the tests above meet the same cuts with less before them"]
fn seeds_cut_at_every_byte_tell_only_whole_entries() {
    for seed in [ARCHITECTURE, ENGINEERING] {
        let full = expected(seed);
        for end in 0..=seed.len() {
            check_cut(seed.as_bytes(), &full, end);
        }
    }
}

#[test]
fn pages_cut_between_entries_are_not_cut() {
    let lines: Vec<&str> = ARCHITECTURE.split_inclusive('\n').collect();
    for entries in [1, 2, 20, 43] {
        let text = lines[..3 + 11 * entries].concat();
        for text in [text.trim_end(), text.as_str(), &format!("{text}\nLoad more\n© 2026\n")] {
            let reading = read_bytes(text.as_bytes());
            assert!(!reading.is_cut());
            assert_eq!(reading.entries, expected(ARCHITECTURE)[..entries]);
        }
    }
}

#[test]
fn renderings_cut_within_their_last_entry_tell_only_whole_entries() {
    let head: String = ENGINEERING.split_inclusive('\n').take(3 + 11 * 3).collect();
    for (at, (name, render)) in renderings::SAME.iter().enumerate() {
        let text = render(&head);
        let full = read_bytes(text.as_bytes());
        assert_eq!(full.entries.len(), 3, "{name}");
        for end in (text.len() / 2 + at % 2..text.len()).step_by(2) {
            check_cut(text.as_bytes(), &full.entries, end);
        }
    }
}

#[test]
fn pages_in_other_encodings_cut_at_any_byte_tell_only_whole_entries() {
    let head: String = ENGINEERING.split_inclusive('\n').take(3 + 11 * 3).collect();
    let marked = format!("\u{FEFF}{head}");
    let little: Vec<u8> = marked.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = head.encode_utf16().flat_map(u16::to_be_bytes).collect();
    for bytes in [little, big, encoding_rs::GB18030.encode(&head).0.into_owned()] {
        let full = read_bytes(&bytes);
        assert_eq!(full.entries.len(), 3);
        for end in (0..bytes.len()).filter(|end| end % 7 == 0 || *end > bytes.len() - 200) {
            check_cut(&bytes, &full.entries, end);
        }
    }
}
