//! Lists found without rules: pages as they are written, with everything around the articles, and what a person
//! would call the articles of each.

mod cases;
mod site;

use super::*;
use crate::extract::html::{Detection, detect};
use cases::{Case, cases};
use site::{Article, page};

fn found(case: &Case) -> (Option<Detection>, Reading) {
    let detection = detect(&document(&case.page), &Limits::default(), &DateRules::default());
    (detection, read_by(&case.page, None))
}

/// Of the articles of a page: how many were found with title and link, and how many were found that are none.
fn hits(case: &Case, entries: &[Entry]) -> (usize, usize) {
    let is = |entry: &&Entry, article: &Article| {
        entry.title == article.title
            && entry.link.as_deref() == Some(&format!("https://ex.com{}", article.link))
    };
    let right =
        case.articles.iter().filter(|article| entries.iter().any(|entry| is(&entry, article))).count();
    (right, entries.len().saturating_sub(right))
}

#[test]
fn the_articles_of_every_kind_of_page_are_found() {
    let (mut right, mut wrong, mut all) = (0, 0, 0);
    let mut misses = Vec::new();
    for case in cases() {
        let (detection, reading) = found(&case);
        let (hit, stray) = hits(&case, &reading.entries);
        (right, wrong, all) = (right + hit, wrong + stray, all + case.articles.len());
        if (hit, stray) != (case.articles.len(), 0) {
            let notes = detection.map(|found| (found.confidence, found.notes));
            let first = reading.entries.first().map(|entry| (&entry.title, &entry.link));
            misses.push(format!(
                "{}: {hit} of {}, {stray} wrong: {notes:#?} {first:?} {:?}",
                case.name,
                case.articles.len(),
                reading.faults
            ));
        }
    }
    println!("{right} of {all} articles, {wrong} wrong\n{}", misses.join("\n"));
    assert_eq!((right, wrong), (all, 0), "{}", misses.join("\n"));
}

#[test]
fn the_parts_of_the_articles_are_found() {
    let mut misses = Vec::new();
    let (mut right, mut all) = (0, 0);
    for case in cases() {
        let (detection, reading) = found(&case);
        let entries = &reading.entries;
        let relative = case.name == "two rows each";
        let has = [
            entries.iter().filter(|entry| entry.date.is_some() || relative).count(),
            entries.iter().filter(|entry| entry.source.is_some()).count(),
            entries.iter().filter(|entry| entry.summary.is_some()).count(),
            entries.iter().filter(|entry| entry.tags != TagRow::None).count(),
        ];
        for ((name, wanted), count) in
            ["date", "source", "summary", "tags"].into_iter().zip(case.parts).zip(has)
        {
            all += 1;
            let fits = if wanted { count * 10 >= case.articles.len() * 9 } else { count == 0 };
            right += usize::from(fits);
            if !fits {
                let notes = detection.as_ref().map(|found| &found.notes);
                misses.push(format!("{}: {name} in {count}: {notes:?}", case.name));
            }
        }
        for (entry, article) in entries.iter().zip(&case.articles) {
            let day = entry.date.map(|date| date.day().to_string());
            if day.as_ref().is_some_and(|day| *day != article.date)
                || entry.source.as_ref().is_some_and(|source| *source != article.author)
            {
                misses.push(format!(
                    "{}: {day:?} {:?} of {:?} {:?}",
                    case.name, entry.source, article.date, article.author
                ));
                break;
            }
        }
    }
    println!("{right} of {all} parts\n{}", misses.join("\n"));
    assert!(
        right * 100 >= all * 95 && misses.len() <= all - right,
        "{right} of {all}\n{}",
        misses.join("\n")
    );
}

#[test]
fn what_is_no_list_is_a_fault_that_asks_for_rules() {
    let prose = format!(
        "<article><h1>On things</h1>{}</article>",
        "<p>Many words about <a href=/x>things</a> and others, \
        which go on for a while, so that this is prose and no list at all, however long one looks.</p>"
            .repeat(12)
    );
    let cards = "<div class=stat><b>12</b> <a href=/s>sold</a></div>".repeat(6);
    // As rustdoc writes them.
    let methods: String = ["with_capacity", "from_raw_parts", "shrink_to_fit", "swap_remove", "extend_from_slice"]
        .iter()
        .map(|name| {
            format!(
                "<details class=\"toggle method-toggle\" open><summary><section id=\"method.{name}\" class=\"method\"><span \
                 class=\"rightside\"><span class=\"since\">1.0.0</span> · <a class=\"src\" href=\"../src/vec/mod.rs.html#{0}\">\
                 Source</a></span><h4 class=\"code-header\">pub fn <a href=\"#method.{name}\" class=\"fn\">{name}</a>(&amp;mut \
                 self, other: &amp;<a class=\"struct\" href=\"struct.{name}.html\">Vec</a>&lt;T&gt;) -&gt; <a \
                 href=\"struct.Vec.html\">Vec</a></h4></section></summary><div class=\"docblock\"><p>What {name} does, in a \
                 sentence that is long enough to be a summary of something.</p></div></details>",
                name.len()
            )
        })
        .collect();
    let index: String = (0..40)
        .map(|n| format!("<li><a href=\"struct.Item{n}.html\">collections::hash_map::Item{n}</a></li>"))
        .collect();
    let index = format!("<h3>Structs</h3><ul class=all-items>{index}</ul>");
    for (name, body) in [
        ("prose", prose),
        ("nothing", String::new()),
        ("numbers", cards),
        ("methods", methods),
        ("an index of a program", index),
        ("two entries", "<ul><li><a href=/1>A title of an article</a><li><a href=/2>Another title of one</a></ul>".to_owned()),
        ("a form", "<form><label>Name <input></label><label>Password <input type=password></label><button>Go</button></form>".to_owned()),
        ("a product", "<h1>A thing</h1><ul><li>Light</li><li>Cheap</li><li>Good</li></ul><p>Buy it now, it is very good.</p>".to_owned()),
        ("not found", "<h1>404</h1><p>The page was not found. Try <a href=/>the first page</a> or <a href=/s>search</a>.</p>".to_owned()),
    ] {
        let reading = read_by(&page(&body), None);
        assert!(reading.entries.is_empty(), "{name}: {:#?}", reading.entries.first());
        let faults = faults_of(&reading, Weight::Page);
        assert!(faults.iter().any(|fault| fault.contains("[listing.html]")), "{name}: {faults:?}");
    }
}

#[test]
fn f073_finding_a_list_is_bounded() {
    // Shapes that repeat within each other, and very many of them.
    let nested = format!("{}<a href=/x>A title of an article</a>", "<div><p>".repeat(200)).repeat(50);
    let classes: String = (0..20_000)
        .map(|n| format!("<div class='c{n} x{}'><a href=/{n}>Some title {n}</a></div>", n % 900))
        .collect();
    let empty = format!("<ul>{}</ul>", "<li><span></span><b></b></li>".repeat(50_000));
    for body in [nested, classes, empty] {
        let reading = read_by(&page(&body), None);
        assert!(!reading.entries.is_empty() || !reading.faults.is_empty());
    }
}

#[test]
fn authors_and_tags_are_found_where_they_stand_in_a_text_with_more() {
    let page = include_str!("../../../../seeds/examples/blog.html");
    let reading = read_by(page, None);
    let first = &reading.entries[0];
    assert_eq!(first.source.as_deref(), Some("Priya Raman"));
    assert_eq!(first.date.map(|date| date.to_string()).as_deref(), Some("2026-03-18"));
    assert_eq!(first.tags, TagRow::List(vec!["queues".to_owned(), "migration".to_owned()]));
    assert!(reading.entries.iter().all(|entry| entry.source.is_some() && entry.tags != TagRow::None));

    let written = cases().into_iter().rev().take(3);
    for case in written {
        let reading = read_by(&case.page, None);
        for (entry, article) in reading.entries.iter().zip(&case.articles) {
            let tags = TagRow::List(vec![article.tag.clone(), "writing".to_owned()]);
            assert_eq!((entry.source.as_ref(), &entry.tags), (Some(&article.author), &tags), "{}", case.name);
        }
    }
}
