//! Laws that hold for any input.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;

/// Lines that stand around entries on real pages.
const NOISE: [&str; 14] = [
    "Load more",
    "Previous 1 2 3 Next",
    "« 1 2 3 »",
    "Copyright 2026 Somebody. All rights reserved.",
    "Subscribe to our newsletter",
    "Advertisement",
    "----------",
    "",
    "   ",
    "Our new book is out. Read it today!",
    "Home | About | Contact",
    "Sponsored",
    "加载更多",
    "949 articles",
];

/// Pieces that make entries, in any order.
const PIECES: [&str; 16] = [
    "21CTO\n",
    "Mar 3, 2016 · Backend Development\n",
    "03/04/2016 · X\n",
    "2016-03-03\n",
    "0 likes · 5 min read\n",
    "5 min read\n",
    "12 likes",
    "\n",
    "\r",
    "A Title of Things\n",
    "A summary, with commas. And more.\n",
    "KafkaRedis\n",
    "Page 1 of 1\n",
    "46 articles\n",
    "Load more\n",
    "\u{FEFF}\u{202E}·",
];

pub(super) fn check_sane(bytes: &[u8]) {
    let reading = read_bytes(bytes);
    assert_eq!(reading.pages.len(), 1);
    assert_eq!(reading.pages[0].entries, reading.entries.len());
    assert!(reading.entries.iter().all(|entry| !entry.title.is_empty() && entry.page == 1 && entry.line > 0));
    assert!(reading.entries.iter().all(|entry| !entry.whole || entry.date.is_some()));
    assert!(reading.entries.is_sorted_by_key(|entry| entry.line));
    assert!(reading.faults.len() <= 200);
    assert_eq!(reading, read_bytes(bytes));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn f075_arbitrary_bytes_give_a_sane_reading(bytes in vec(any::<u8>(), 0..600)) {
        check_sane(&bytes);
    }

    #[test]
    fn pieces_in_any_order_give_a_sane_reading(pieces in vec(select(&PIECES[..]), 0..60)) {
        check_sane(pieces.concat().as_bytes());
    }

    #[test]
    fn damaged_seeds_give_a_sane_reading(edits in vec((0..23_000_usize, any::<u8>()), 1..40)) {
        let mut bytes = ENGINEERING.as_bytes().to_vec();
        for (at, byte) in edits {
            bytes[at] = byte;
        }
        check_sane(&bytes);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn noise_between_entries_changes_no_entry(noise in vec(vec(select(&NOISE[..]), 0..4), 44)) {
        let lines: Vec<&str> = ARCHITECTURE.split_inclusive('\n').collect();
        let mut text = lines[..3].concat();
        for (entry, noise) in lines[3..].chunks(11).zip(&noise) {
            text += &noise.iter().map(|line| format!("{line}\n")).collect::<String>();
            text += &entry.concat();
        }
        text += "\n";
        text += &noise[43].iter().map(|line| format!("{line}\n")).collect::<String>();
        let reading = read_bytes(text.as_bytes());
        prop_assert_eq!(without_line(&reading.entries), without_line(&expected(ARCHITECTURE)));
    }
}
