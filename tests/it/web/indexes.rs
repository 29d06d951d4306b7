//! Indexes of sitemaps.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::{Arc, Mutex};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

use super::sample::{ok, same};
use crate::program::{Home, json_lines};
use crate::support::{Receiver, Say};

/// Paths with what is there; its bytes are their own validators.
type Site = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

struct Bench {
    site: Site,
    server: Receiver,
    home: Home,
    seen: usize,
}

impl Bench {
    fn new(more: &str) -> Self {
        let site = Site::default();
        let served = Arc::clone(&site);
        let server = Receiver::by(move |request| {
            let Some(bytes) = served.lock().unwrap().get(request.path()).cloned() else {
                return Say::answer("500 Oops", "", "");
            };
            let etag =
                format!("\"{}-{}\"", bytes.len(), bytes.iter().map(|byte| u64::from(*byte)).sum::<u64>());
            if request.header("if-none-match") == Some(etag.clone()) {
                return same("");
            }
            let Say::Bytes(mut answer) = ok(&format!("ETag: {etag}\r\nX: {}\r\n", bytes.len()), "") else {
                unreachable!()
            };
            let text = String::from_utf8(answer).unwrap();
            answer =
                text.replace("Content-Length: 0", &format!("Content-Length: {}", bytes.len())).into_bytes();
            Say::Bytes([answer, bytes].concat())
        });
        let home = Home::new(&format!(
            "data_dir = \"var\"\n[network]\ngap = \"0s\"\n[[listing]]\nid = \"news\"\nformat = \"sitemap\"\n\
             url = \"http://{}/index.xml\"\nallow_private = true\n{more}\n",
            server.host()
        ));
        Self { site, server, home, seen: 0 }
    }

    fn put(&self, path: &str, text: &str) {
        self.site.lock().unwrap().insert(path.into(), text.into());
    }

    /// An index of sitemaps, each with the time of its last change.
    fn index(&self, children: &[(&str, &str)]) {
        let child = |(loc, changed): &(&str, &str)| {
            let changed =
                if changed.is_empty() { String::new() } else { format!("<lastmod>{changed}</lastmod>") };
            format!("<sitemap><loc>{loc}</loc>{changed}</sitemap>")
        };
        let children: String = children.iter().map(child).collect();
        self.put("/index.xml", &format!("<sitemapindex>{children}</sitemapindex>"));
    }

    fn sitemap(&self, path: &str, articles: std::ops::Range<usize>) {
        self.put(path, &sitemap(articles));
    }

    #[track_caller]
    fn scan(&self, code: i32) -> Value {
        json_lines(&self.home.expect(code, &["scan", "--json"])).remove(0)
    }

    /// The paths that were asked for since the last look, `?` behind those asked with a condition.
    fn asked(&mut self) -> Vec<String> {
        let got = self.server.got();
        let paths = got[self.seen..].iter().map(|request| {
            let condition = if request.header("if-none-match").is_some() { "?" } else { "" };
            format!("{}{condition}", request.path())
        });
        let paths = paths.collect();
        self.seen = got.len();
        paths
    }
}

fn sitemap(articles: std::ops::Range<usize>) -> String {
    let urls: String =
        articles.map(|n| format!("<url><loc>https://e.org/article-number-{n}</loc></url>")).collect();
    format!("<urlset>{urls}</urlset>")
}

fn new(report: &Value) -> usize {
    report["new"].as_array().unwrap().len()
}

#[test]
fn an_index_leads_to_its_sitemaps_and_only_those_that_changed_are_asked_for() {
    let mut bench = Bench::new("");
    bench.index(&[("/a.xml", "2020-01-01"), ("b.xml.gz", "2020-01-02T00:00:00Z"), ("/c.xml", "")]);
    bench.sitemap("/a.xml", 0..4);
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(sitemap(4..8).as_bytes()).unwrap();
    bench.site.lock().unwrap().insert("/b.xml.gz".into(), packed.finish().unwrap());
    bench.sitemap("/c.xml", 8..9);
    let first = bench.scan(0);
    assert_eq!(
        (&first["status"], &first["pages"], new(&first)),
        (&"baseline".into(), &3.into(), 9),
        "{first}"
    );
    assert_eq!(bench.asked(), ["/index.xml", "/a.xml", "/b.xml.gz", "/c.xml"]);
    assert_eq!(bench.scan(0)["status"], "unchanged");
    assert_eq!(bench.asked(), ["/index.xml?", "/c.xml?"], "the others changed long ago");
    // A sitemap changes, and the index says so: the others are taken as they were kept.
    bench.sitemap("/a.xml", 0..5);
    bench.index(&[("/a.xml", "2020-02-01"), ("b.xml.gz", "2020-01-02T00:00:00Z"), ("/c.xml", "")]);
    let changed = bench.scan(0);
    assert_eq!((&changed["health"], new(&changed)), (&"ok".into(), 0), "known from another one: {changed}");
    bench.sitemap("/c.xml", 8..11);
    let changed = bench.scan(0);
    assert_eq!((new(&changed), &changed["pages"]), (2, &3.into()), "{changed}");
    assert_eq!(changed["removed"].as_array().unwrap().len(), 0);
    assert_eq!(bench.asked(), ["/index.xml?", "/a.xml?", "/c.xml?", "/index.xml?", "/c.xml?"]);
    // Another sitemap is named, and comes.
    bench.sitemap("/d.xml", 20..22);
    bench.index(&[
        ("/a.xml", "2020-02-01"),
        ("b.xml.gz", "2020-01-02T00:00:00Z"),
        ("/c.xml", ""),
        ("/d.xml", "2020-03-01"),
    ]);
    assert_eq!(new(&bench.scan(0)), 2);
    assert_eq!(bench.asked(), ["/index.xml?", "/c.xml?", "/d.xml"]);
}

#[test]
fn f050_a_sitemap_that_fails_loses_nothing() {
    let mut bench = Bench::new("");
    bench.index(&[("/a.xml", "2020-01-01"), ("/b.xml", "2020-01-01")]);
    bench.sitemap("/a.xml", 0..4);
    bench.sitemap("/b.xml", 4..8);
    bench.scan(0);
    bench.asked();
    bench.index(&[("/a.xml", "2020-01-02"), ("/b.xml", "2020-01-02")]);
    bench.sitemap("/a.xml", 0..9);
    bench.site.lock().unwrap().remove("/b.xml");
    bench.sitemap("/a.xml", 90..95);
    let failed = bench.scan(6);
    assert_eq!((&failed["status"], new(&failed)), (&"failed".into(), 0), "{failed}");
    bench.sitemap("/a.xml", 0..5);
    bench.sitemap("/b.xml", 4..9);
    let well = bench.scan(0);
    assert_eq!((&well["health"], new(&well)), (&"ok".into(), 1), "{well}");
    assert_eq!(bench.scan(0)["status"], "unchanged");
}

#[test]
fn f090_what_an_index_may_not_name_is_refused_with_words() {
    let mut bench = Bench::new("max_pages = 2");
    bench.index(&[
        ("https://elsewhere.example/a.xml", ""),
        ("/index.xml", ""),
        ("/a.xml", ""),
        ("/b.xml", ""),
        ("/c.xml", ""),
    ]);
    bench.sitemap("/a.xml", 0..4);
    bench.sitemap("/b.xml", 4..8);
    let report = bench.scan(0);
    let faults = report["faults"].to_string();
    assert!(
        faults.contains("sitemaps of other sites, such as `https://elsewhere.example/a.xml`"),
        "{report}"
    );
    assert!(faults.contains("names 3 sitemaps; the first 2 are read (`max_pages`)"), "{report}");
    assert_eq!(bench.asked(), ["/index.xml", "/a.xml", "/b.xml"]);
    let nested = Bench::new("");
    nested.index(&[("/a.xml", "")]);
    nested.put("/a.xml", "<sitemapindex><sitemap><loc>/b.xml</loc></sitemap></sitemapindex>");
    let report = nested.scan(6);
    assert!(report["reason"].as_str().unwrap().contains("from no other index"), "{report}");
    let foreign = Bench::new("");
    foreign.index(&[("https://elsewhere.example/a.xml", "")]);
    let report = foreign.scan(6);
    assert!(report["reason"].as_str().unwrap().contains("names none of its own site"), "{report}");
}
