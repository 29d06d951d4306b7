//! JSON documents, by rules and without, and what is wrong with them.

use std::time::{Duration, Instant};

use crate::extract;
use crate::model::json::{JsonField, JsonFields, JsonPlace, JsonRules};
use crate::model::listing::{Format, Limits, Rules};
use crate::model::reading::{Document, Weight};
use crate::model::{Entry, Reading, TagRow};

fn document(text: &str) -> Document {
    let mut document = Document::new("page", text.into());
    document.address = Some("https://example.com/api/list".to_owned());
    document
}

fn read(text: &str) -> Reading {
    extract::read(&[document(text)], &Rules::default())
}

/// Reads by rules: pairs of a field's name and its place.
fn read_by(text: &str, items: &str, fields: &[(&str, &str)]) -> Reading {
    let field = |name: &str| {
        let found = fields.iter().find(|(field, _)| *field == name);
        found.map(|(_, place)| JsonField::parse(place).expect("a field"))
    };
    let rules = JsonRules {
        items: Some(JsonPlace::parse(items).expect("a place")),
        fields: JsonFields {
            id: field("id"),
            title: field("title"),
            link: field("link"),
            date: field("date"),
            source: field("source"),
            category: field("category"),
            summary: field("summary"),
            tags: field("tags"),
        },
        tags_separator: None,
    };
    let rules = Rules { format: Format::Json, json: Some(Box::new(rules)), ..Rules::default() };
    extract::read(&[document(text)], &rules)
}

fn tags(entry: &Entry) -> Vec<&str> {
    match &entry.tags {
        TagRow::List(tags) => tags.iter().map(String::as_str).collect(),
        _ => Vec::new(),
    }
}

fn date(entry: &Entry) -> String {
    entry.date.map(|date| date.to_string()).unwrap_or_default()
}

#[test]
fn articles_are_read_by_rules() {
    let text = r#"{"data": {"list": [
  {"no": 12345678901234567, "t": "One &amp; <b>two</b>", "slug": "a b/c?d", "at": 1456963201, "by": {"name": "Press"},
   "kind": "News", "text": "<p>First.</p><p>More &hellip;</p>", "tags": "Kafka, C++；存储"},
  {"no": "x", "t": "Second", "slug": "2", "at": "2016-03-03", "tags": [{"name": "a"}, "b", 3, null]}
]}}"#;
    let fields = [
        ("id", "no"),
        ("title", "$.t"),
        ("link", "https://example.com/p/{slug}"),
        ("date", "at"),
        ("source", "by.name"),
        ("category", "kind"),
        ("summary", "text"),
        ("tags", "tags"),
    ];
    let reading = read_by(text, "data.list", &fields);
    assert_eq!(reading.faults, []);
    assert_eq!(reading.entries, read_by(text, "$.data.list[*]", &fields).entries);
    assert_eq!(reading.entries, read_by(text, "$..list[*]", &fields).entries);
    let [first, second] = &reading.entries[..] else { panic!("two entries") };
    assert_eq!(first.id.as_deref(), Some("12345678901234567"));
    assert_eq!(first.title, "One & two");
    assert_eq!(first.link.as_deref(), Some("https://example.com/p/a%20b/c%3Fd"));
    assert_eq!(date(first), "2016-03-03T00:00:01Z");
    assert_eq!((first.source.as_deref(), first.category.as_deref()), (Some("Press"), Some("News")));
    assert_eq!(first.summary.as_deref(), Some("First. More …"));
    assert_eq!(tags(first), ["Kafka", "C++", "存储"]);
    assert_eq!((first.line, second.line, first.whole), (2, 4, true));
    assert_eq!((date(second).as_str(), tags(second)), ("2016-03-03", vec!["a", "b", "3"]));
    assert_eq!(reading.pages[0].format, Some(Format::Json));
}

#[test]
fn entries_stand_in_the_order_of_the_document() {
    let text = "{\"z\":\n{\"t\":\"1\"},\n\"a\":\n{\"t\":\"2\"},\"a\\u0062\":\n{\"t\":\"3\"}}";
    let reading = read_by(text, "$.*", &[("title", "t")]);
    let found: Vec<_> = reading.entries.iter().map(|entry| (entry.title.as_str(), entry.line)).collect();
    assert_eq!(found, [("1", 2), ("2", 4), ("3", 5)]);
}

#[test]
fn json_feed_is_read() {
    let text = r#"{"version": "https://jsonfeed.org/version/1.1", "title": "Blog", "items": [
{"id": 7, "url": "/1", "title": "One", "content_html": "<p>Text</p>", "date_published": "2016-03-03T10:30:05+08:00",
 "tags": ["a", "b"], "authors": [{"name": "Ann"}]},
{"id": "8", "external_url": "https://a.b/2", "content_text": "No title here", "date_modified": "2016-03-04T00:00:00Z"}]}"#;
    for format in [Format::Auto, Format::Feed, Format::Json] {
        let reading = extract::read(&[document(text)], &Rules { format, ..Rules::default() });
        assert_eq!(reading.faults, []);
        assert_eq!(
            (reading.pages[0].title.as_deref(), reading.pages[0].format),
            (Some("Blog"), Some(Format::Feed))
        );
        let [first, second] = &reading.entries[..] else { panic!("two entries") };
        assert_eq!((first.id.as_deref(), first.link.as_deref()), (Some("7"), Some("https://example.com/1")));
        assert_eq!(
            (date(first).as_str(), first.source.as_deref()),
            ("2016-03-03T10:30:05+08:00", Some("Blog"))
        );
        assert_eq!((first.summary.as_deref(), tags(first)), (Some("Text"), vec!["a", "b"]));
        assert_eq!((second.title.as_str(), second.link.as_deref()), ("No title here", Some("https://a.b/2")));
        assert_eq!(second.line, 4);
    }
}

#[test]
fn a_json_feed_names_its_next_page() {
    let feed =
        |next: &str| format!("{{\"version\": \"https://jsonfeed.org/version/1\", \"items\": []{next}}}");
    let next = |text: &str| extract::json::next_page(&document(text));
    assert_eq!(next(&feed(", \"next_url\": \"?p=2\"")).as_deref(), Some("https://example.com/api/list?p=2"));
    assert_eq!(next(&feed("")), None);
    assert_eq!(next("{\"next_url\": \"/x\"}"), None);
}

#[test]
fn lists_are_found_without_rules() {
    let cases = [
        // A news site of China.
        (
            r#"{"code": 0, "data": {"total": 9, "menu": [{"name": "Home", "url": "/"}], "list": [
            {"articleId": 1, "title": "One", "articleUrl": "https://a.b/1", "publishTime": 1456963201000, "brief": "x"},
            {"articleId": 2, "title": "Two", "articleUrl": "https://a.b/2", "publishTime": 1456963201000, "brief": "y"}]}}"#,
            "$.data.list[*]",
        ),
        // WordPress.
        (
            r#"[{"id": 1, "date": "2016-03-03T10:00:00", "link": "https://a.b/1", "title": {"rendered": "One"},
            "excerpt": {"rendered": "<p>x</p>"}, "_links": {"self": [{"href": "https://a.b/wp/1"}]}}]"#,
            "$[*]",
        ),
        // Reddit, and GraphQL.
        (
            r#"{"data": {"children": [{"kind": "t3", "data": {"id": "a", "title": "One", "permalink": "/r/1",
            "created_utc": 1456963201.0}}]}}"#,
            "$.data.children[*]",
        ),
        (
            r#"{"data": {"posts": {"edges": [{"cursor": "x", "node": {"title": "One", "path": "/1"}}]}}}"#,
            "$.data.posts.edges[*]",
        ),
        (r#"{"a-b": [{"headline": "One", "web_url": "https://a.b/1"}]}"#, "$[\"a-b\"][*]"),
    ];
    for (text, items) in cases {
        let found = extract::json::find(&document(text)).unwrap_or_else(|| panic!("{text}"));
        assert_eq!(found.rules.items.as_ref().map(JsonPlace::as_str), Some(items));
        assert!(found.confidence > 0.2, "{found:?}");
        let reading = read(text);
        assert_eq!(reading.faults, [], "{text}");
        assert_eq!(reading.entries[0].title, "One", "{text}");
        assert!(reading.entries[0].link.is_some(), "{text}");
        let by_found = Rules { format: Format::Json, json: Some(Box::new(found.rules)), ..Rules::default() };
        assert_eq!(extract::read(&[document(text)], &by_found).entries, reading.entries);
    }
}

#[test]
fn lines_of_objects_are_a_list() {
    let text = "{\"title\": \"One\", \"url\": \"https://a.b/1\"}\n{\"title\": \"Two\", \"url\": \"https://a.b/2\"}\n";
    let reading = read(text);
    let found: Vec<_> = reading.entries.iter().map(|entry| (entry.title.as_str(), entry.line)).collect();
    assert_eq!((found, reading.faults), (vec![("One", 1), ("Two", 2)], vec![]));
    let cut = read(&text[..text.len() - 5]);
    assert_eq!((cut.entries.len(), cut.is_cut(), cut.has_losses()), (1, true, true));
}

/// One fault of the page, with a word in it.
#[track_caller]
fn no_listing(reading: &Reading, word: &str) {
    assert_eq!((reading.entries.len(), reading.faults.len()), (0, 1), "{:?}", reading.faults);
    let fault = &reading.faults[0];
    assert!(fault.weight == Weight::Page && fault.reason.contains(word), "{}", fault.reason);
}

#[test]
fn documents_without_articles_say_so() {
    no_listing(&read(r#"{"a": 1}"#), "`items`");
    no_listing(&read(r#"{"menu": [{"name": "Home"}]}"#), "`items`");
    no_listing(&read(r#"{"items": [{"title": "One"}"#), "ends before its end");
    no_listing(&read(r#"{"a": b}"#), "line 1 column 7");
    no_listing(&read_by(r#"{"a": []}"#, "$.a", &[("title", "t")]), "empty");
    no_listing(&read_by(r#"{"a": []}"#, "$.b[*]", &[("title", "t")]), "nothing at");
    no_listing(&read_by(r#"{"a": [{"x": 1}, 2]}"#, "$.a[*]", &[("title", "t")]), "title");
    let feed = Rules { format: Format::Feed, ..Rules::default() };
    no_listing(&extract::read(&[document(r#"{"items": []}"#)], &feed), "format = \"json\"");
}

#[test]
fn f086_odd_documents_are_read_or_refused_with_words() {
    let deep = format!("{}1{}", "[".repeat(200), "]".repeat(200));
    no_listing(&read(&deep), "recursion limit");
    let item = r#"{"title": "One", "title": "Two", "url": "https://a.b/1", "id": 1e999, "n": 123456789012345678901234567890}"#;
    let reading = read(&format!("[{item}]"));
    assert_eq!(reading.entries[0].title, "Two");
    assert_eq!((reading.faults.len(), reading.faults[0].weight), (1, Weight::Warning));
    assert!(reading.faults[0].reason.contains("mended"));
    no_listing(&read(&format!("[{{}},{}1]", "1,".repeat(2_000_001))), "values");
    let limits = Limits { page_bytes: 1_000, ..Limits::default() };
    let large = extract::read(&[document(&" ".repeat(2_000))], &Rules { limits, ..Rules::default() });
    no_listing(&large, "more than the limit");
}

#[test]
fn f097_half_characters_in_json_are_replaced() {
    let reading = read(r#"[{"title": "a\ud800b", "url": "https://a.b/1"}]"#);
    assert_eq!(reading.entries[0].title, "a\u{FFFD}b");
}

#[test]
fn f087_paths_that_would_take_forever_are_refused() {
    let items: String =
        (0..100_000).map(|n| format!("{{\"t\": \"title {n}\", \"l\": [{n}, {n}]}},")).collect();
    let text = format!("{{\"a\": [{}0], \"deep\": {}0{}}}", items, "[".repeat(100), "]".repeat(100));
    assert!(text.len() > 3_000_000);
    let start = Instant::now();
    for path in ["$..*..*..*", "$.a[?@.t == $.a[0].t]", "$..[?search(@.t, 'x')]"] {
        no_listing(&read_by(&text, path, &[("title", "t")]), "too long");
    }
    let reading = read_by(&text, "$..[?@.t]", &[("title", "t")]);
    assert_eq!(reading.entries.len(), 20_000);
    assert!(reading.has_losses());
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
}
