//! Titles, summaries and sources that look like something else derail nothing.

use super::renderings::plain;
use super::*;

/// How a page is laid out.
#[derive(Clone, Copy, Debug)]
struct Layout {
    doubled: bool,
    repeated: bool,
    blanks: bool,
}

const ALL: [Layout; 8] = {
    let mut all = [Layout { doubled: false, repeated: false, blanks: false }; 8];
    let mut at = 0;
    while at < 8 {
        all[at] = Layout { doubled: at & 1 > 0, repeated: at & 2 > 0, blanks: at & 4 > 0 };
        at += 1;
    }
    all
};

/// Source, title, summary, tags of one entry.
type Made = [&'static str; 4];

const PLAIN: [Made; 3] = [
    ["21CTO", "Choosing a Balancer", "Where should it live? Three places are weighed.", "KafkaRedis"],
    ["JD Tech", "Caches in Anger", "A cache that nobody filled, and what came of it.", "Cachingops"],
    ["Architect", "How So Few Keep So Many", "A dissection of servers, in order.", "ErlangScalability"],
];

const DATES: [&str; 3] = ["Mar 3, 2016", "Feb 16, 2016", "Jan 1, 2016"];

/// A page with `odd` after the first `before` plain entries, and the entries it should give.
fn page(layout: Layout, odd: &[Made], before: usize) -> (String, Vec<Entry>) {
    let made: Vec<Made> = PLAIN[..before].iter().chain(odd).chain(&PLAIN[before..]).copied().collect();
    let mut text = String::from("Tagged articles\n949 articles\nPage 10 of 10\n");
    let mut entries = Vec::new();
    for (at, [source, title, summary, tags]) in made.into_iter().enumerate() {
        let date = format!("{} · Backend Development", DATES[at % 3]);
        let closing = format!("{at} likes · 5 min read");
        let again = if layout.doubled { source } else { "" };
        let repeat = if layout.repeated { title } else { "" };
        let lines = plain(&[source, again, &date, title, summary, tags, &closing, repeat]);
        text += &if layout.blanks { lines.replace('\n', "\n\n") } else { lines };
        let day = chrono::NaiveDate::parse_from_str(DATES[at % 3], "%b %d, %Y").expect("a date");
        entries.push(Entry {
            source: Some(source.to_owned()),
            date: Printed::parse(&day.to_string()),
            category: Some("Backend Development".to_owned()),
            title: title.to_owned(),
            summary: Some(summary.to_owned()).filter(|text| !text.is_empty()),
            tags: if tags.is_empty() { TagRow::None } else { TagRow::Run(tags.to_owned()) },
            likes: Some(at as u64),
            minutes: Some(5),
            page: 1,
            whole: true,
            ..Entry::default()
        });
    }
    (text, entries)
}

#[track_caller]
fn check(layouts: &[Layout], odd: &[Made]) {
    for (layout, before) in layouts.iter().flat_map(|layout| (0..=3).map(move |before| (layout, before))) {
        let (text, wanted) = page(*layout, odd, before);
        let reading = read_bytes(text.as_bytes());
        assert_eq!(without_line(&reading.entries), wanted, "{layout:?}\n{text}\n{:?}", reading.faults);
        assert_eq!(reading.faults, [], "{layout:?}\n{text}");
        assert!(!reading.is_cut(), "{layout:?}");
    }
}

#[test]
fn titles_that_look_like_pinning_lines_are_titles() {
    for title in [
        "Mar 3, 2016: A Postmortem",
        "Mar 3, 2016 · A Postmortem",
        "2016-03-03",
        "5 min read",
        "12 likes · 3 min read",
        "Page 1 of 2",
        "949 articles",
        "Load more",
        "Copyright 2026",
        "Subscribe",
    ] {
        check(&ALL, &[["JD Tech", title, "What happened on that day, and why.", "OperationsReviews"]]);
        check(&ALL, &[["JD Tech", title, "", "OperationsReviews"]]);
    }
}

#[test]
fn summaries_that_look_like_pinning_lines_are_summaries() {
    let proven: Vec<Layout> =
        ALL.iter().copied().filter(|layout| layout.doubled || layout.repeated).collect();
    for summary in ["Mar 3, 2016 · Backend Development", "2016-03-03 - the day", "Mar 3, 2016"] {
        check(&proven, &[["JD Tech", "An Outage", summary, "OperationsReviews"]]);
    }
    for summary in [
        "12 likes · 3 min read",
        "5 min read",
        "Mar 3, 2016 - the day we moved everything to the cloud, and it broke.",
        "Mar 3, 2016, was the day.",
        "Tagged articles, 949 articles, Page 10 of 10.",
    ] {
        check(&ALL, &[["JD Tech", "An Outage", summary, "OperationsReviews"]]);
    }
}

#[test]
fn equal_texts_of_neighbours_are_kept_apart() {
    // A title equal to its source.
    check(&ALL, &[["JD Tech", "JD Tech", "About ourselves, in short.", "Team"]]);
    // Two entries of one title, and of one source.
    let twin = ["JD Tech", "Weekly Digest", "What we read this week, part one.", "DigestWeekly"];
    check(&ALL, &[twin, twin]);
    // A title that is the next entry's source.
    let named = ["JD Tech", "Ctrip Technology", "A portrait of a team, in five questions.", "Team"];
    check(&ALL, &[named, ["Ctrip Technology", "Pricing", "What a ride will cost, and when.", "Pricing"]]);
    // Tags that are the next entry's source.
    let tagged = ["JD Tech", "Portrait", "A portrait of a team, in five questions.", "Ctrip"];
    check(&ALL, &[tagged, ["Ctrip", "Ctrip", "What a ride will cost, and when.", "Ctrip"]]);
}

#[test]
fn f099_titles_with_markup_and_other_scripts_are_kept_as_written() {
    for title in [
        "<b>Bold</b> & ]]> <!-- x --> &amp; <script>alert(1)</script>",
        "مقدمة في \u{202E}قواعد\u{202C} البيانات",
        "微服务如何选择负载均衡",
        "Emoji 👨‍👩‍👧 and e\u{301}".trim_end_matches('\u{301}'),
        "A Title of C++, C# and .NET",
    ] {
        check(&ALL, &[["JD Tech", title, "What happened on that day, and why.", "OperationsReviews"]]);
    }
}

#[test]
fn strays_before_closing_lines_are_told_in_every_layout() {
    for layout in ALL {
        for stray in ["Advertisement", "1 likes · 5 min read", "1 likes · 5 min read\n\n1 likes · 5 min read"]
        {
            let (text, wanted) = page(layout, &[], 3);
            let text = text.replacen("\n1 likes", &format!("\n{stray}\n1 likes"), 1);
            let reading = read_bytes(text.as_bytes());
            assert_eq!(without_line(&reading.entries), wanted, "{layout:?}\n{text}\n{:?}", reading.faults);
            assert_eq!(reading.faults.len(), 1, "{layout:?}\n{text}\n{:?}", reading.faults);
        }
    }
}

#[test]
fn strays_before_titles_are_told_in_every_layout_that_repeats_titles() {
    for layout in ALL.iter().filter(|layout| layout.repeated) {
        let (text, wanted) = page(*layout, &[], 3);
        for date in DATES {
            let at = text.find(date).expect("a date") + date.len() + " · Backend Development".len();
            let text = format!("{}\nAdvertisement\nBuy our book{}", &text[..at], &text[at..]);
            let reading = read_bytes(text.as_bytes());
            assert_eq!(without_line(&reading.entries), wanted, "{layout:?}\n{text}\n{:?}", reading.faults);
            assert_eq!(reading.faults.len(), 1, "{layout:?}\n{text}\n{:?}", reading.faults);
        }
    }
}

#[test]
fn entries_without_a_date_line_are_told_in_every_layout() {
    for layout in ALL {
        let (text, wanted) = page(layout, &[], 3);
        for (at, date) in DATES.iter().enumerate() {
            let text = text.replacen(&format!("{date} · Backend Development\n"), "", 1);
            let reading = read_bytes(text.as_bytes());
            let loss = reading.faults.iter().filter(|fault| fault.weight == Weight::Loss).count();
            assert_eq!(loss, 1, "{layout:?}\n{text}\n{:?}", reading.faults);
            let others = wanted.iter().enumerate().filter(|(other, _)| *other != at);
            let others: Vec<Entry> = others.map(|(_, entry)| entry.clone()).collect();
            assert_eq!(without_line(&reading.entries), others, "{layout:?}\n{text}\n{:?}", reading.faults);
        }
    }
}

#[test]
fn pages_of_lookalikes_cut_at_any_byte_tell_only_whole_entries() {
    for layout in ALL.iter().filter(|layout| layout.repeated) {
        for title in ["Mar 3, 2016 · A Postmortem", "5 min read", "12 likes · 3 min read", "JD Tech"] {
            for summary in
                ["12 likes · 3 min read", "Mar 3, 2016 · Backend Development", "Short, and to the point."]
            {
                let (text, _) = page(*layout, &[["JD Tech", title, summary, "OperationsReviews"]], 3);
                let full = read_bytes(text.as_bytes());
                for end in 0..text.len() {
                    let reading = read_bytes(&text.as_bytes()[..end]);
                    for (at, entry) in reading.entries.iter().enumerate().filter(|(_, entry)| entry.whole) {
                        assert_eq!(entry, &full.entries[at], "{layout:?}\n{}", &text[..end]);
                    }
                }
            }
        }
    }
}
