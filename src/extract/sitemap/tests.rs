//! Sitemaps, of news and without, packed, cut, and indexes of them.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;
use crate::extract;
use crate::model::listing::Rules;
use crate::model::{Reading, TagRow};

fn read(bytes: &[u8]) -> Reading {
    let mut document = Document::new("sitemap.xml", bytes.to_vec());
    document.address = Some("https://a.b/sitemap.xml".to_owned());
    extract::read(&[document], &Rules::default())
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("written");
    encoder.finish().expect("finished")
}

const NEWS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"
 xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
<url><loc>https://a.b/2016/one-thing.html?a=1&amp;b=2</loc><lastmod>2016-03-04</lastmod>
<image:image><image:loc>https://a.b/i.png</image:loc><image:title>No</image:title></image:image>
<news:news><news:publication><news:name>The Press</news:name><news:language>en</news:language></news:publication>
<news:publication_date>2016-03-03T10:30:05+08:00</news:publication_date><news:title>One &amp; only</news:title>
<news:keywords>Kafka, storage</news:keywords></news:news></url>
<url><loc>/2016/another_thing/</loc><lastmod>2199-01-01T00:00:00Z</lastmod><priority>0.5</priority></url>
</urlset>"#;

#[test]
fn sitemaps_are_read() {
    let reading = read(NEWS.as_bytes());
    assert_eq!(reading.faults, []);
    assert_eq!(reading.pages[0].format, Some(Format::Sitemap));
    let [first, second] = &reading.entries[..] else { panic!("two entries") };
    assert_eq!((first.title.as_str(), first.source.as_deref()), ("One & only", Some("The Press")));
    assert_eq!(first.link.as_deref(), Some("https://a.b/2016/one-thing.html?a=1&b=2"));
    assert_eq!(first.date.map(|date| date.to_string()).as_deref(), Some("2016-03-03T10:30:05+08:00"));
    assert_eq!(first.tags, TagRow::List(vec!["Kafka".to_owned(), "storage".to_owned()]));
    assert_eq!(
        (second.title.as_str(), second.link.as_deref()),
        ("Another thing", Some("https://a.b/2016/another_thing/"))
    );
    // A date in the future is what the site says; what to make of it is for others.
    assert_eq!(second.date.map(|date| date.to_string()).as_deref(), Some("2199-01-01T00:00:00Z"));
    assert_eq!((first.line, second.line), (4, 9));
}

#[test]
fn f090_packed_cut_and_endless_sitemaps_are_held_within_bounds() {
    let packed = gzip(NEWS.as_bytes());
    assert_eq!(read(&packed).entries, read(NEWS.as_bytes()).entries);
    let damaged = read(&packed[..packed.len() - 20]);
    assert!(damaged.has_losses());
    // A bomb: 60 MB of blanks in 60 KB.
    let bomb = read(&gzip(&b" ".repeat(60 << 20)));
    assert_eq!((bomb.entries.len(), bomb.faults.len()), (0, 1));
    assert!(bomb.faults[0].reason.contains("cannot be unpacked"), "{}", bomb.faults[0].reason);
    let cut = read(&NEWS.as_bytes()[..NEWS.len() - 60]);
    assert_eq!((cut.entries.len(), cut.is_cut(), cut.has_losses()), (1, true, true));

    let many: String = (0..50_001).map(|n| format!("<url><loc>https://a.b/{n}</loc></url>")).collect();
    let document = Document::new("sitemap", format!("<urlset>{many}</urlset>").into());
    let limits = crate::model::listing::Limits { entries: 100_000, ..Default::default() };
    let reading = extract::read(&[document], &Rules { limits, ..Rules::default() });
    assert_eq!((reading.entries.len(), reading.has_losses(), reading.is_cut()), (50_000, true, false));
}

#[test]
fn f090_an_index_is_no_listing_but_names_its_sitemaps_each_once() {
    let index = "<sitemapindex><sitemap><loc>https://a.b/1.xml</loc><lastmod> 2026-01-02 </lastmod></sitemap>\
                 <sitemap><loc>/2.xml</loc></sitemap>\
                 <sitemap><loc>https://a.b/1.xml</loc><lastmod>2026-09-09</lastmod></sitemap><sitemap><loc>ftp://x/</loc></sitemap></sitemapindex>";
    let reading = read(index.as_bytes());
    assert_eq!((reading.entries.len(), reading.faults.len()), (0, 1));
    assert!(reading.faults[0].reason.contains("index"));
    let mut document = Document::new("index", index.into());
    document.address = Some("https://a.b/index.xml".to_owned());
    let child = |address: &str, changed: Option<&str>| Child {
        address: address.to_owned(),
        changed: changed.map(str::to_owned),
    };
    let named = vec![child("https://a.b/1.xml", Some("2026-01-02")), child("https://a.b/2.xml", None)];
    assert_eq!(children(&document), Some(named.clone()));
    document.bytes = gzip(&document.bytes);
    assert_eq!(children(&document), Some(named));
    assert_eq!(children(&Document::new("x", b"<urlset/>".to_vec())), None);
    assert_eq!(children(&Document::new("x", b"\x1F\x8Bnothing".to_vec())), None);
}

#[test]
fn f090_a_sitemap_is_settled_when_its_last_change_is_over() {
    let noon = Timestamp::from_unix(1_767_355_200); // 2026-01-02T12:00:00Z
    for (changed, settled) in [
        ("2026-01-02T12:00:00Z", true),
        ("2026-01-02T13:00:00+02:00", true),
        ("2026-01-02T12:00:01Z", false),
        ("2026-01-02", false),
        ("2026-01-01", true),
        ("2099-01-01", false),
        ("soon", false),
        ("", false),
    ] {
        assert_eq!(is_settled(changed, noon), settled, "{changed}");
    }
}

#[test]
fn titles_are_made_of_addresses() {
    for (link, title) in [
        ("https://a.b/2024/how-to_scale.html", "How to scale"),
        ("https://a.b/blog/", "Blog"),
        ("https://a.b/%E4%B8%AD%E6%96%87/index.html", "中文"),
        ("https://a.b/v1.2", "V1.2"),
        ("https://a.b/", "https://a.b/"),
        ("https://a.b/---", "https://a.b/---"),
    ] {
        assert_eq!(title_of(link), title, "{link}");
    }
}
