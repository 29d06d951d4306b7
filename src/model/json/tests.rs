//! Paths, templates and rules.

use serde_json::json;

use super::*;

fn found(path: &str, value: &Value) -> Vec<Value> {
    JsonPlace::parse(path).expect("a path").query(value).into_iter().cloned().collect()
}

#[test]
fn plain_names_are_paths() {
    let value = json!({"a": {"b-c": [1, {"d'e": 2}]}, "dc:date": 3});
    assert_eq!(found("a.b-c[0]", &value), [json!(1)]);
    assert_eq!(found("a.b-c[1].d'e", &value), [json!(2)]);
    assert_eq!(found("dc:date", &value), [json!(3)]);
    assert_eq!(found("$.a['b-c'][*]", &value).len(), 2);
    assert!(found("nothing.here", &value).is_empty());
}

#[test]
fn wrong_places_say_where() {
    for (text, at) in [("", 0), ("a..b", 2), ("$.a[", 3), ("https://x/{id", 10), ("https://x/{a..b}", 13)] {
        assert_eq!(JsonField::parse(text).expect_err(text).at, at, "{text}");
    }
}

#[test]
fn f087_dear_paths_are_known_for_what_they_cost() {
    let steps = |path: &str| JsonPlace::parse(path).expect("a path").steps(1_000, 10);
    assert_eq!(steps("$.a[*]"), 1_000);
    assert_eq!(steps("$..a"), 1_000);
    assert_eq!(steps("$..*..*..*"), 100_000);
    assert_eq!(steps("$.a[?@.b == $.c]"), 1_000_000);
    assert_eq!(steps("$['..$'][?@.a == '..']"), 1_000);
    assert_eq!(steps("$.a[?search(@.b, 'x')]"), 500_000);
    let error = JsonPlace::parse("$.a[?match(@.b, @.c)]").expect_err("a pattern of the document");
    assert!(error.message.contains("quotes"));
}

/// What RFC 9535 says of every kind of selector, on a document of our own.
#[test]
fn paths_are_those_of_rfc_9535() {
    let value = json!({
        "shop": {"books": [
            {"t": "a", "p": 9, "tags": ["x", "y"]}, {"t": "b", "p": 12}, {"t": "c", "p": 8, "isbn": "0"},
            {"t": "d", "p": 23, "isbn": "1"}
        ], "bike": {"p": 399}},
        "k k": {"'": 1, "\u{263a}": 2}, "n": null, "f": false, "empty": []
    });
    for (path, expected) in [
        ("$.shop.books[*].t", json!(["a", "b", "c", "d"])),
        ("$['shop']['books'][0]['t']", json!(["a"])),
        ("$.shop.books[-1].t", json!(["d"])),
        ("$.shop.books[0,2].t", json!(["a", "c"])),
        ("$.shop.books[:2].t", json!(["a", "b"])),
        ("$.shop.books[1:].t", json!(["b", "c", "d"])),
        ("$.shop.books[::2].t", json!(["a", "c"])),
        ("$.shop.books[::-1].t", json!(["d", "c", "b", "a"])),
        ("$.shop.books[3:0:-2].t", json!(["d", "b"])),
        ("$.shop.books[9].t", json!([])),
        ("$.shop.books[::0].t", json!([])),
        ("$..books[2].t", json!(["c"])),
        ("$.shop.books[?@.isbn].t", json!(["c", "d"])),
        ("$.shop.books[?!@.isbn].t", json!(["a", "b"])),
        ("$.shop.books[?@.p < 10].t", json!(["a", "c"])),
        ("$.shop.books[?@.p >= 12 && @.isbn == '1'].t", json!(["d"])),
        ("$.shop.books[?@.p > 20 || @.t == \"a\"].t", json!(["a", "d"])),
        ("$.shop.books[?@.p != 12].t", json!(["a", "c", "d"])),
        ("$.shop.books[?length(@.tags) == 2].t", json!(["a"])),
        ("$.shop.books[?count(@.*) == 3].t", json!(["a", "c", "d"])),
        ("$.shop.books[?value(@.t) == 'b'].p", json!([12])),
        ("$.shop.books[?match(@.t, '[ab]')].t", json!(["a", "b"])),
        ("$.shop.books[?search(@.t, 'c')].t", json!(["c"])),
        ("$.shop.books[?@.nothing == @.neither].t", json!(["a", "b", "c", "d"])),
        ("$['k k']['\\'']", json!([1])),
        ("$['k k'].\u{263a}", json!([2])),
        ("$['k k']['\\u263A']", json!([2])),
        ("$.n", json!([null])),
        ("$.f", json!([false])),
        ("$.empty[*]", json!([])),
        ("$.shop.bike[?@ > 1]", json!([399])),
    ] {
        assert_eq!(Value::from(found(path, &value)), expected, "{path}");
    }
    let mut all = found("$..p", &value);
    all.sort_by_key(|value| value.as_i64());
    assert_eq!(Value::from(all), json!([8, 9, 12, 23, 399]));
    for wrong in [
        "$",
        "$.",
        "$.a[",
        "$[01]",
        "$[1:2:3:4]",
        "$ .a ",
        "$.a[?@.b = 1]",
        "$[?length(@)]",
        "$.a[?nope(@)]",
        "$[1e2]",
    ] {
        assert_eq!(JsonPlace::parse(wrong).is_ok(), wrong == "$", "{wrong}");
    }
}

#[test]
fn rules_are_written_as_the_config_reads_them() {
    let rules = JsonRules {
        items: JsonPlace::parse("$[\"a-b\"][*]").ok(),
        fields: JsonFields { title: JsonField::parse("t").ok(), ..JsonFields::default() },
        tags_separator: Some("\t".to_owned()),
    };
    let text = "[listing.json]\nitems = \"$[\\\"a-b\\\"][*]\"\ntitle = \"t\"\ntags_separator = \"\\t\"\n";
    assert_eq!(rules.to_config(), text);
}

#[test]
fn templates_are_written_as_they_were_read() {
    for text in ["https://x/{id}", "{base}/{a.b}/x", "title", "$.a[0]"] {
        assert_eq!(JsonField::parse(text).expect("a field").to_string(), text);
    }
}
