//! Laws that hold for any page.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;

const PIECES: [&str; 30] = [
    "<div class=post>",
    "</div>",
    "<ul>",
    "<li>",
    "</li>",
    "</ul>",
    "<h2>",
    "</h2>",
    "<a href=/one>",
    "<a href='",
    "</a>",
    "A title of an article",
    "<p>",
    "A summary that is long enough to be one, with words.",
    "<time>",
    "2026-03-03",
    "</time>",
    "03/04/2026",
    "<table><tr><td>",
    "<tr>",
    "</table>",
    "<script>",
    "</script>",
    "<!--",
    "-->",
    "&amp;",
    "&#0;",
    "<svg>",
    "\n",
    "<nav>",
];

fn check_sane(page: &[u8]) {
    let html = HtmlRules { item: "li, div.post, tr".to_owned(), ..HtmlRules::default() };
    for html in [None, Some(Box::new(html))] {
        let limits = Limits { entries: 50, line_bytes: 100, summary_bytes: 300, ..Limits::default() };
        let rules = Rules { format: Format::Html, limits, html, ..Rules::default() };
        let documents = [Document::new("page.html", page.to_vec())];
        let reading = crate::extract::read(&documents, &rules);
        assert_eq!(reading.pages.len(), 1);
        assert_eq!(reading.pages[0].entries, reading.entries.len());
        assert!(reading.entries.len() <= 50 && reading.faults.len() <= 200);
        for entry in &reading.entries {
            assert!(!entry.title.is_empty() && entry.title.len() <= 100 && entry.page == 1 && entry.line > 0);
            assert!(entry.summary.as_ref().is_none_or(|summary| summary.len() <= 300));
            assert!(entry.link.as_ref().is_none_or(|link| link.starts_with("http")));
        }
        assert!(reading.entries.is_sorted_by_key(|entry| entry.line));
        assert!(
            !reading.entries.is_empty() || !reading.faults.is_empty(),
            "nothing is refused without words"
        );
        assert_eq!(reading, crate::extract::read(&documents, &rules));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn f075_any_bytes_give_a_sane_reading(bytes in vec(any::<u8>(), 0..400)) {
        check_sane(&bytes);
    }

    #[test]
    fn f075_pieces_in_any_order_give_a_sane_reading(pieces in vec(select(&PIECES[..]), 0..80)) {
        check_sane(pieces.concat().as_bytes());
    }
}
