//! Listings that are feeds, JSON and sitemaps, through the whole program.

use serde_json::json;

use crate::support::Work;

/// Three listings of three formats; `items` says of which articles each has how many.
fn write(work: &Work, items: usize) {
    let each = |item: fn(usize) -> String| (0..items).rev().map(item).collect::<Vec<_>>();
    let rss = each(|n| {
        format!(
            "<item><title>Article {n} &amp; more</title><link>https://a.b/{n}</link><guid>https://a.b/{n}</guid>\
             <category>Kafka</category><description>&lt;p&gt;Text {n}&lt;/p&gt;</description></item>"
        )
    });
    work.page("feed.xml", format!("<rss><channel><title>Blog</title>{}</channel></rss>", rss.concat()));
    let list = each(|n| json!({"no": n, "title": format!("Story {n}"), "at": 1_456_963_201 + n}).to_string());
    work.page("list.json", format!("{{\"data\": [{}]}}", list.join(",\n")));
    let urls = each(|n| format!("<url><loc>https://s.t/2016/page-{n}.html</loc></url>\n"));
    work.page("sitemap.xml", format!("<urlset>\n{}</urlset>", urls.concat()));
}

const CONFIG: &str = r#"
[[listing]]
id = "blog"
files = ["pages/feed.xml"]

[[listing]]
id = "stories"
files = ["pages/list.json"]
format = "json"
[listing.json]
items = "data"
id = "no"
title = "title"
date = "at"
link = "https://c.d/{no}"

[[listing]]
id = "site"
files = ["pages/sitemap.xml"]
format = "sitemap"
"#;

#[test]
fn data_listings_are_scanned_and_only_what_is_new_is_told() {
    let work = Work::new(CONFIG);
    write(&work, 5);
    let first = work.run(&["scan", "--json"]);
    assert_eq!(first.code, 0, "{first:?}");
    assert!(first.lines().iter().all(|line| line["status"] == json!("baseline")), "{first:?}");
    write(&work, 6);
    let second = work.run(&["scan", "--json"]);
    assert_eq!(second.code, 0, "{second:?}");
    let mut told: Vec<String> = second
        .lines()
        .iter()
        .flat_map(|line| line["new"].as_array().expect("a list").clone())
        .map(|item| {
            format!(
                "{} {}",
                item["title"].as_str().unwrap_or_default(),
                item["link"].as_str().unwrap_or_default()
            )
        })
        .collect();
    told.sort();
    assert_eq!(
        told,
        ["Article 5 & more https://a.b/5", "Page 5 https://s.t/2016/page-5.html", "Story 5 https://c.d/5"]
    );
    // The same pages again are no news.
    let third = work.run(&["scan", "--json"]);
    assert!(third.lines().iter().all(|line| line["new"].as_array().is_none_or(Vec::is_empty)), "{third:?}");
}

#[test]
fn preview_shows_the_rules_it_found() {
    let work = Work::one("");
    work.page("list.json", r#"{"data": {"list": [{"title": "One", "url": "https://a.b/1"}, {"title": "Two", "url": "https://a.b/2"}]}}"#);
    let shown = work.run(&["preview", "pages/list.json"]);
    assert_eq!(shown.code, 0, "{shown:?}");
    let rules = "[listing.json]\nitems = \"$.data.list[*]\"\ntitle = \"title\"\nlink = \"url\"\n";
    assert!(shown.out.contains(rules), "{}", shown.out);
    // They are rules that a config may have.
    work.config(&format!("[[listing]]\nid = \"news\"\nfiles = [\"pages/list.json\"]\n{rules}"));
    assert_eq!(work.run(&["check"]).code, 0);
    let json = work.run(&["preview", "--json", "pages/list.json"]).line();
    assert_eq!(
        (json["rules"]["config"].as_str(), json["pages"][0]["format"].as_str()),
        (Some(rules), Some("json"))
    );
}

#[test]
fn the_examples_in_the_repository_are_read_as_they_say() {
    let data = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_tidings"));
        command.args(["--config", "config/examples.toml", "--data-dir"]).arg(data.path()).args(arguments);
        command.current_dir(env!("CARGO_MANIFEST_DIR")).env_clear().env("PATH", "/usr/bin:/bin");
        let output = command.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let checked: serde_json::Value = serde_json::from_str(&run(&["check", "--json"])).unwrap();
    assert_eq!(checked["faults"], json!([]));
    let reports = crate::program::json_lines(&run(&["scan", "--json"]));
    let counts: Vec<(&str, u64)> = reports
        .iter()
        .map(|report| (report["listing"].as_str().unwrap(), report["articles"].as_u64().unwrap()))
        .collect();
    let expected = [
        ("text", 43),
        ("html-found", 8),
        ("html-rules", 8),
        ("feed", 5),
        ("json", 4),
        ("sitemap", 4),
        ("program", 5),
        ("csv", 3),
    ];
    assert_eq!(counts, expected);
    for report in &reports {
        assert_eq!((&report["status"], &report["health"]), (&json!("baseline"), &json!("ok")), "{report}");
    }
    let shown = |at: usize| -> Vec<[serde_json::Value; 6]> {
        let articles = reports[at]["new"].as_array().unwrap().iter();
        articles
            .map(|article| {
                ["title", "link", "date", "summary", "source", "tags"].map(|field| article[field].clone())
            })
            .collect()
    };
    assert_eq!(shown(1), shown(2), "what is found is what the rules say");
    assert_eq!(reports[2]["new"][0]["source"], "Priya Raman");
    assert_eq!(reports[2]["new"][0]["tags"], json!(["queues", "migration"]));
}
