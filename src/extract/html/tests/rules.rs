//! Reading by rules.

use super::*;
use crate::extract::html::next_page;
use crate::model::html::FieldRule;

const PAGE: &str = r#"<!DOCTYPE html>
<html><head><title> News &amp; more </title><base href="/deep/"></head><body>
<div class="list">
<article data-id="a1"><h2><a href="one?x=1&amp;y=2">One &lt;b&gt;</a></h2>
 <time datetime="2026-01-02T10:00:00+01:00">yesterday</time> <span class="by">By Ann</span>
 <p class="s">Summary  of
 one.</p><p class="tags"><a rel="tag" href="/t/go">Go</a><a rel="tag" href="/t/c">#C++</a><a rel="tag" href="/t/go">Go</a></p></article>
<article data-id="a2"><h2><a href="//other.example/two#top">Two</a></h2><time>3 March 2026</time><span class="by">By Bob</span></article>
<article data-id="a3"><h2><a href="javascript:void(0)">Three</a></h2><time>2 hours ago</time></article>
<article data-id="a4"><h2> </h2><time>2026-01-05</time></article>
</div></body></html>"#;

fn rules(fields: &[(&str, &str)]) -> HtmlRules {
    let mut rules = HtmlRules { item: "article".to_owned(), ..HtmlRules::default() };
    for (name, rule) in fields {
        *rules.field_mut(name).expect("a field") = Some(FieldRule::short(rule));
    }
    rules
}

fn items(selector: &str) -> HtmlRules {
    HtmlRules { item: selector.to_owned(), ..HtmlRules::default() }
}

#[test]
fn an_entry_is_read_with_all_its_parts() {
    let fields =
        [("date", "time"), ("source", ".by"), ("summary", "p.s"), ("tags", "[rel=tag]"), ("id", "@data-id")];
    let mut rules = rules(&fields);
    rules.source.as_mut().expect("a rule").regex = Some(r"^By (.+)".to_owned());
    rules.title = Some(FieldRule::short("h2"));
    let reading = read_by(PAGE, Some(rules));
    let [one, two, three] = reading.entries.as_slice() else { panic!("{reading:#?}") };
    assert_eq!(one.title, "One <b>");
    assert_eq!(one.link.as_deref(), Some("https://ex.com/deep/one?x=1&y=2"));
    assert_eq!(one.date.map(|date| date.to_string()).as_deref(), Some("2026-01-02T10:00:00+01:00"));
    assert_eq!(one.source.as_deref(), Some("Ann"));
    assert_eq!(one.summary.as_deref(), Some("Summary of one."));
    assert_eq!(one.tags, TagRow::List(vec!["Go".to_owned(), "C++".to_owned()]));
    assert_eq!(one.id.as_deref(), Some("a1"));
    assert_eq!((one.page, one.line, one.whole), (1, 4, true));
    assert_eq!(two.link.as_deref(), Some("https://other.example/two#top"));
    assert_eq!(two.date.map(|date| date.to_string()).as_deref(), Some("2026-03-03"));
    assert_eq!((three.link.as_deref(), three.date, three.whole), (None, None, true));
    assert_eq!(reading.pages[0].title.as_deref(), Some("News & more"));
    assert!(!reading.pages[0].cut);
    assert_eq!(faults_of(&reading, Weight::Loss), ["an entry without a title; it was left out"]);
}

#[test]
fn steps_lead_to_what_stands_around_an_entry() {
    let page = "<main><h3 class=day>3 March 2026</h3><ul><li><a href=/1>First</a><li><a href=/2>Second</a></ul>\
        <h3 class=day>4 March 2026</h3><ul><li><a href=/3>Third</a></ul></main>\
        <table><tr class=t><td><a href=/4>Row</a><tr class=m><td>by ann<tr class=t><td><a href=/5>Bare</a>\
        <tr class=t><td><a href=/6>Last</a><tr class=m><td>by bob</table>";
    let mut rules = items("main li");
    rules.date = Some(FieldRule {
        closest: Some("ul".to_owned()),
        previous: Some("h3.day".to_owned()),
        ..FieldRule::default()
    });
    rules.category = Some(FieldRule { parent: 1, previous: Some("*".to_owned()), ..FieldRule::default() });
    let reading = read_by(page, Some(rules));
    let dates: Vec<String> =
        reading.entries.iter().filter_map(|entry| entry.date.map(|date| date.to_string())).collect();
    assert_eq!(dates, ["2026-03-03", "2026-03-03", "2026-03-04"]);
    assert_eq!(reading.entries[2].category.as_deref(), Some("4 March 2026"));

    let mut rules = items("tr.t");
    rules.source = Some(FieldRule { next: Some("tr.m".to_owned()), ..FieldRule::short("td") });
    let reading = read_by(page, Some(rules));
    let sources: Vec<Option<&str>> = reading.entries.iter().map(|entry| entry.source.as_deref()).collect();
    assert_eq!(sources, [Some("by ann"), None, Some("by bob")], "never beyond the next entry");
}

#[test]
fn the_entry_itself_is_a_field_as_it_is_written_in_a_config() {
    let page = "<h3 class=t>One of them</h3><h3 class=t>Another of them</h3>";
    for title in [FieldRule::default(), FieldRule::short(":scope")] {
        let reading = read_by(page, Some(HtmlRules { title: Some(title), ..items("h3.t") }));
        assert_eq!(reading.entries.len(), 2, "{:?}", reading.faults);
        assert_eq!(reading.entries[0].title, "One of them");
    }
}

#[test]
fn f076_rules_that_find_nothing_are_a_fault_of_the_page() {
    let reading = read_by(PAGE, Some(items("li.post")));
    assert!(reading.entries.is_empty());
    let faults = faults_of(&reading, Weight::Page);
    assert!(faults[0].starts_with("nothing on the page matches `li.post`"), "{faults:?}");
    let empty = HtmlRules { title: Some(FieldRule::short("b")), ..items("time") };
    assert!(faults_of(&read_by(PAGE, Some(empty)), Weight::Page)[0].contains("none has a title"));
    // Everything is an entry: nonsense, but within bounds.
    assert!(!read_by(PAGE, Some(items("*"))).entries.is_empty());
}

#[test]
fn f054_walls_are_told_before_rules_find_something_on_them() {
    let list = "<ul><li><a href=/1>A link on it</a><li><a href=/2>Another one</a></ul>";
    for (title, body, is_wall) in [
        ("Just a moment...", "", true),
        ("Sign in - Example", "<form><input type=password></form>", true),
        ("Sign in - Example", "", false),
        ("Captcha | Example", "<form><input type=password></form>", false),
        ("News", "<form><input type=password></form>", false),
    ] {
        let page = format!("<html><head><title>{title}</title></head><body>{list}{body}</body></html>");
        let reading = read_by(&page, Some(items("li")));
        assert_eq!(reading.entries.is_empty(), is_wall, "{title}");
        assert_eq!(faults_of(&reading, Weight::Page).len(), usize::from(is_wall), "{title}");
    }
}

#[test]
fn f085_an_ambiguous_date_asks_for_the_order() {
    let page = "<li><a href=/1>One</a> <i>03/04/2026</i><li><a href=/2>Two</a> <i>25/04/2026</i>";
    let rules = HtmlRules { date: Some(FieldRule::short("i")), ..items("li") };
    let reading = read_by(page, Some(rules.clone()));
    assert_eq!(reading.entries[0].date, None);
    assert!(!reading.entries[0].whole && reading.entries[1].whole);
    assert!(faults_of(&reading, Weight::Loss)[0].contains("set `day_first`"));
    let dates = DateRules { day_first: Some(true), ..DateRules::default() };
    let rules = Rules { format: Format::Html, html: Some(Box::new(rules)), dates, ..Rules::default() };
    let reading = crate::extract::read(&[document(page)], &rules);
    assert_eq!(reading.entries[0].date.map(|date| date.to_string()).as_deref(), Some("2026-04-03"));
    assert!(reading.faults.is_empty());
}

#[test]
fn relative_links_of_a_file_need_a_base() {
    let read = |page: &str| {
        let rules = Rules { format: Format::Html, html: Some(Box::new(items("li"))), ..Rules::default() };
        crate::extract::read(&[Document::new("page.html", page.as_bytes().to_vec())], &rules)
    };
    let adrift = read("<html><li><a href=/1>One</a>");
    assert_eq!(adrift.entries[0].link, None);
    assert!(faults_of(&adrift, Weight::Warning)[0].contains("relative"));
    let based = read("<html><base href='https://ex.com/a/'><li><a href=1>One</a>");
    assert_eq!(based.entries[0].link.as_deref(), Some("https://ex.com/a/1"));
    let canonical = read("<html><link rel=canonical href='https://ex.com/b/'><li><a href=1>One</a>");
    assert_eq!(canonical.entries[0].link.as_deref(), Some("https://ex.com/b/1"));
}

#[test]
fn f082_the_same_article_twice_is_one_entry() {
    let page = "<li><a href=/1>One</a><li><a href=/1>One</a><li><a href=/1>Another</a>";
    assert_eq!(read_by(page, Some(items("li"))).entries.len(), 2);
}

#[test]
fn a_page_that_was_cut_is_told() {
    let entries = "<li><p><a href=/1>Some title</a></p></li>".repeat(3);
    let whole = format!("<html><body><ul>{entries}</ul></body></html>");
    assert!(!read_by(&whole, Some(items("li"))).pages[0].cut);
    for cut in [20, 40, 46] {
        let page = &whole[..whole.len() - cut];
        assert!(read_by(page, Some(items("li"))).pages[0].cut, "{page}");
    }
    // Pages that leave out what may be left out are whole.
    assert!(!read_by("<ul><li><a href=/1>Some title</a></ul>", Some(items("li"))).pages[0].cut);
}

#[test]
fn f074_a_flat_page_with_very_many_links_is_bounded() {
    let entries: String = (0..200_000)
        .map(|n| format!("<p><a href='/an/address/{n}'>The title of an article {n}</a></p>"))
        .collect();
    let page = format!("<html><body>{entries}</body></html>");
    let limits = Limits { entries: 100, ..Limits::default() };
    for html in [None, Some(Box::new(items("p")))] {
        let rules = Rules { format: Format::Html, limits, html, ..Rules::default() };
        let reading = crate::extract::read(&[document(&page)], &rules);
        assert!(reading.entries.len() <= 100 && (1..=200).contains(&reading.faults.len()));
    }
}

#[test]
fn the_next_page_is_found_and_stays_on_its_site() {
    let next = |page: &str, selector: Option<&str>| next_page(&document(page), selector);
    let to = |address: &str| Ok(Some(address.to_owned()));
    assert_eq!(next("<link rel=next href='?page=2'>", None), to("https://ex.com/news/?page=2"));
    assert_eq!(next("<p>x<a rel='nofollow next' href=/p/2>more</a>", None), to("https://ex.com/p/2"));
    assert_eq!(next("<a href=/p/2>next</a>", None), Ok(None));
    assert_eq!(next("<a rel=next href='#'>next</a>", None), Ok(None));
    assert_eq!(next("<a rel=next href='/news/#x'>next</a>", None), Ok(None), "itself");
    assert!(next("<a rel=next href='https://evil.example/'>next</a>", None).is_err());
    assert!(next("<a rel=next href='http://ex.com/2'>next</a>", None).is_err());
    assert_eq!(next("<li class=next><a href=/3>x</a>", Some("li.next")), to("https://ex.com/3"));
}
